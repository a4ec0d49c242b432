// The way from what is stored to what a small network reads, and from its outputs to what they say.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "vectors.h"

// How stored examples become what the network reads, and what its outputs say.
struct Reading {
    long is_words;      // then examples are taken as they are, and otherwise they are bytes
    const float *mean;  // of the training images, or nothing
    float step, low;    // of one byte to the next; of byte 0
    long ending;        // as `Ending` below
    float constant;     // of the class that stands for none, in distances
};

enum Ending : long { SCORES, ONE_SCORE, DISTANCES };

// STEP is from one number of an example to its next one.
template <long STEP>
inline void from_bytes(const Reading &reading, const uint8_t *bytes, long count, float *to) {
    if (reading.mean)
        for (long at = 0; at < count; ++at) to[at * STEP] = (bytes[at] - reading.mean[at]) * reading.step;
    else
        for (long at = 0; at < count; ++at) to[at * STEP] = bytes[at] * reading.step + reading.low;
}

// Powers of e over their sum, which a class for none may share.
inline void share(const float *preferences, long count, const float *none, float *chances) {
    float most = *std::max_element(preferences, preferences + count);
    if (none) most = std::max(most, *none);
    float sum = none ? std::exp(*none - most) : 0.0f;
    for (long at = 0; at < count; ++at) sum += chances[at] = std::exp(preferences[at] - most);
    for (long at = 0; at < count; ++at) chances[at] /= sum;
}

// Insert each class behind all that are at least as likely; what is not a number comes first, as in torch.
inline void order(const float *preferences, long count, int64_t *classes) {
    for (long next = 0; next < count; ++next) {
        const float value = preferences[next];
        long at = next;
        for (; at > 0; --at) {
            const float before = preferences[classes[at - 1]];
            if (!(value > before || (value != value && before == before))) break;
            classes[at] = classes[at - 1];
        }
        classes[at] = next;
    }
}

inline void say(const Reading &reading, const float *outputs, long given, float *chances, int64_t *classes) {
    if (reading.ending == ONE_SCORE) {
        const float both[2] = {-*outputs, *outputs};
        const Vector likely = logistic(Vector{both[0], both[1]});
        std::memcpy(chances, &likely, sizeof both);
        return order(both, 2, classes);
    }
    if (reading.ending == SCORES) {
        share(outputs, given, nullptr, chances);
        return order(outputs, given, classes);
    }
    static thread_local std::vector<float> near;
    near.resize(given);
    for (long at = 0; at < given; ++at) near[at] = -outputs[at];
    const float none = -reading.constant;
    share(near.data(), given, &none, chances);
    order(near.data(), given, classes);
}

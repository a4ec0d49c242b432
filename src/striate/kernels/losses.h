// The losses of single examples, and whether an example is taken for what it is.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

// Sums over examples: of their losses, and of those that were given another class than their label.
struct Outcome {
    double loss;
    long errors;  // -1: a label names no class
};

struct Criterion {
    enum Loss : long { CROSS_ENTROPY, BINARY_CROSS_ENTROPY, MAP, DISTANCE };

    long loss, classes;
    float constant;  // j of equation 9 of LeNet-5's paper, for MAP
    float share;     // of an example in what the gradient is of
};

// Minus the logarithm of the label's softmax; the scores become its gradient. `other` is one more score, which no
// label names; minus infinity is none.
inline double cross_entropy(float *scores, long label, const Criterion &criterion, float other) {
    float *const end = scores + criterion.classes;
    const float largest = std::max(*std::max_element(scores, end), other), right = scores[label] - largest;
    float sum = std::exp(other - largest);
    for (float *score = scores; score < end; ++score) sum += *score = std::exp(*score - largest);
    const float share = criterion.share / sum;
    for (float *score = scores; score < end; ++score) *score *= share;
    scores[label] -= criterion.share;
    return std::log(sum) - right;
}

inline double binary_cross_entropy(float *score, long label, const Criterion &criterion) {
    const float power = std::exp(-std::abs(*score));
    const double loss = std::max(*score, 0.0f) - *score * label + std::log1p(power);
    const float chance = (*score < 0.0f ? power : 1.0f) / (1.0f + power);
    *score = (chance - label) * criterion.share;
    return loss;
}

// Add the loss of one example to an outcome. Its outputs become the gradient of the loss, times the share.
inline void add_loss(float *outputs, int64_t label, const Criterion &criterion, Outcome &outcome) {
    const long classes = criterion.classes;
    const bool is_binary = criterion.loss == Criterion::BINARY_CROSS_ENTROPY;
    if (outcome.errors < 0 || label < 0 || label >= (is_binary ? 2 : classes)) {
        outcome.errors = -1;
        return;
    }
    switch (criterion.loss) {
        case Criterion::BINARY_CROSS_ENTROPY:
            outcome.errors += (*outputs > 0.0f) != label;
            outcome.loss += binary_cross_entropy(outputs, label, criterion);
            return;
        case Criterion::CROSS_ENTROPY:
            outcome.errors += std::max_element(outputs, outputs + classes) - outputs != label;
            outcome.loss += cross_entropy(outputs, label, criterion, -INFINITY);
            return;
        case Criterion::MAP:  // a cross-entropy of minus the distances
            outcome.errors += std::min_element(outputs, outputs + classes) - outputs != label;
            for (long at = 0; at < classes; ++at) outputs[at] = -outputs[at];
            outcome.loss += cross_entropy(outputs, label, criterion, -criterion.constant);
            for (long at = 0; at < classes; ++at) outputs[at] = -outputs[at];
            return;
        case Criterion::DISTANCE:
            outcome.errors += std::min_element(outputs, outputs + classes) - outputs != label;
            outcome.loss += outputs[label];
            for (long at = 0; at < classes; ++at) outputs[at] = at == label ? criterion.share : 0.0f;
    }
}

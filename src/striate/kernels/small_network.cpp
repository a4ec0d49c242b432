// A small network, row by row, a few examples at a time: no call, no thread and no memory of its own for a
// row, which is most of what a row of few numbers costs elsewhere.
//
// Maps lie channels last in a scratch of floats.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "small_full.h"
#include "small_lanes.h"
#include "small_products.h"
#include "small_reading.h"
#include "small_rows.h"
#include "small_sentences.h"
#include "vectors.h"

namespace {

void run_one(const Row &row, const float *numbers, const char *example, float *scratch) {
    const float *in = scratch + row.in, *weights = numbers + row.weights;
    const float *bias = row.bias < 0 ? nullptr : numbers + row.bias;
    float *out = scratch + row.out;
    switch (row.kind) {
        case PAD: pad(row, in, out); break;
        case CONVOLVE: convolve(row, in, out, weights, bias); break;
        case SLIDE: slide(row, in, out, weights, bias, scratch + row.aside); break;
        case AVERAGE:
            add_up(row, in, out);
            scale(out, row.rows * row.columns, row.maps, weights, bias);
            break;
        case MAXIMUM: take_maximum(row, in, out); break;
        case LARGEST: largest(row, in, out); break;
        case MEAN: mean(row, in, out); break;
        case MEASURE: measure(row, in, out, weights); break;
        case EMBED: embed(row, reinterpret_cast<const int64_t *>(example), out, weights); break;
        case PLACE: lay(row, in, out); break;
        case ADD: add(row, in, out); break;
        case TRANSPOSE: transpose(row, in, out); break;
    }
}

// Examples as they come, and where what is found goes; without a reading they are floats, or words.
struct Work {
    const Network &network;
    const Reading *reading;
    const char *examples;
    float *outputs, *chances;
    int64_t *classes;

    bool is_of_bytes() const { return reading && !reading->is_words; }

    const char *example(long at) const {
        return examples + at * (is_of_bytes() ? network.copied : network.size);
    }

    template <long STEP>
    void take(long at, float *scratch) const {
        if (is_of_bytes())
            return from_bytes<STEP>(*reading, reinterpret_cast<const uint8_t *>(example(at)),
                                    network.copied, scratch);
        const float *from = reinterpret_cast<const float *>(example(at));
        for (long value = 0; value < network.copied; ++value) scratch[value * STEP] = from[value];
    }

    template <long STEP>
    void give(long at, const float *scratch) const {
        const long classes_given = reading && reading->ending == ONE_SCORE ? 2 : network.given;
        float *to = outputs + at * network.given;
        for (long value = 0; value < network.given; ++value)
            to[value] = scratch[(network.out + value) * STEP];
        if (reading) say(*reading, to, network.given, chances + at * classes_given, classes + at * classes_given);
    }
};

constexpr long ABREAST = 8;      // examples that share each weight of a full layer that is read
constexpr long NEAR = 1L << 14;  // floats that lie near enough to be read again at once

// Give this thread's own room, which begins at a whole line of the cache.
float *room_for(long vectors) {
    static thread_local std::vector<Vector> memory;
    if (static_cast<long>(memory.size()) < vectors) memory.resize(vectors);
    return reinterpret_cast<float *>(memory.data());
}

// Run examples that lie one behind the other, a few of them row by row.
void run_some(const Work &work, long first, long end) {
    const Network &network = work.network;
    const long vectors = network.scratch / LANES | 1;  // odd, so that the same value of each example
    const long step = vectors * LANES;                 // lies in another place of the cache
    const long abreast = std::clamp(NEAR / step, 1L, ABREAST);
    float *scratch = room_for(abreast * vectors);
    for (; first < end; first += abreast) {
        const long count = std::min(abreast, end - first);
        for (long one = 0; one < count; ++one) work.take<1>(first + one, scratch + one * step);
        for (const Row *row = network.rows; row < network.rows + network.count; ++row) {
            if (row->kind == CONNECT) connect(*row, network.numbers, scratch, step, count);
            for (long one = 0; one < count; ++one) {
                float *own = scratch + one * step;
                if (row->kind != CONNECT) run_one(*row, network.numbers, work.example(first + one), own);
                apply(*row, own + row->out);
            }
        }
        for (long one = 0; one < count; ++one) work.give<1>(first + one, scratch + one * step);
    }
}

// Run examples that lie side by side, as long as they fill the lanes; give the first that is left.
long run_narrow(const Work &work, long first, long end) {
    const Network &network = work.network;
    float *scratch = room_for(network.scratch);
    for (; first + LANES <= end; first += LANES) {
        for (long lane = 0; lane < LANES; ++lane) work.take<LANES>(first + lane, scratch + lane);
        for (long at = 0; at < network.count; ++at)
            run_side_by_side(network.rows[at], network.numbers, scratch);
        for (long lane = 0; lane < LANES; ++lane) work.give<LANES>(first + lane, scratch + lane);
    }
    return first;
}

void run_all(const Work &work, long first, long end) {
    if (is_narrow(work.network)) first = run_narrow(work, first, end);
    run_some(work, first, end);
}

void share_out(const Work &work, long batch, long threads) {
    if (threads == 1) return run_all(work, 0, batch);
#pragma omp parallel for num_threads(threads) schedule(static)
    for (long thread = 0; thread < threads; ++thread)
        run_all(work, thread * batch / threads, (thread + 1) * batch / threads);
}

}  // namespace

extern "C" {

void give_lanes(long *lanes) { *lanes = LANES; }

void run_network(const Network *network, const char *examples, long batch, float *out, long threads) {
    share_out({*network, nullptr, examples, out, nullptr, nullptr}, batch, threads);
}

void read_network(const Network *network, const Reading *reading, const char *examples, long batch,
                  float *outputs, float *chances, int64_t *classes, long threads) {
    share_out({*network, reading, examples, outputs, chances, classes}, batch, threads);
}

}

// Full layers of images side by side: every unit reads every value. And their activation.
//
// All three products, of values, their gradients and those of weights, are one function on tiles of the
// outcome. A number of the outcome is added up by one thread, in one order.
#pragma once

#include <algorithm>
#include <utility>

#include "lanes.h"

namespace full_layer {

// Numbers that are taken one at a time: line i, place k of the sum at first[i x line + k x step].
struct Scalars {
    const float *first;
    long line, step;
};

// Lines of vectors, one for each place of the sum.
struct Vectors {
    const float *first;
    long line;
};

template <int LINES, int WIDTH>
void multiply(Scalars left, Vectors right, long depth, Lanes *out) {
    Lanes sums[LINES][WIDTH] = {};
    for (long k = 0; k < depth; ++k) {
        Lanes values[WIDTH];
        for (int x = 0; x < WIDTH; ++x) values[x] = load(right.first + k * right.line + x * LANES);
        for (int i = 0; i < LINES; ++i) {
            const Lanes weight = repeat(left.first[i * left.line + k * left.step]);
            for (int x = 0; x < WIDTH; ++x) sums[i][x] += weight * values[x];
        }
    }
    for (int i = 0; i < LINES; ++i)
        for (int x = 0; x < WIDTH; ++x) out[i * WIDTH + x] = sums[i][x];
}

using Multiply = void (*)(Scalars, Vectors, long, Lanes *);

template <int WIDTH, std::size_t... LINES>
Multiply choose(long lines, std::index_sequence<LINES...>) {
    static constexpr Multiply forms[] = {multiply<LINES + 1, WIDTH>...};
    return forms[lines - 1];
}

// A product of `lines` x `depth` and `depth` x `width` vectors, in tiles of as many sums as there are registers.
struct Product {
    Scalars left;
    Vectors right;
    long lines, depth, width;

    long across() const { return std::min(2L, width); }  // vectors of a tile
    long strips() const { return (lines * across() + SUMS - 1) / SUMS; }
    long tiles() const { return strips() * ((width + across() - 1) / across()); }

    // Give `finish` each vector of a tile, with its place.
    template <typename Finish>
    void work_out(long tile, Finish finish) const {
        const long strip = tile % strips(), i = lines * strip / strips();
        const long count = lines * (strip + 1) / strips() - i;
        const long x = tile / strips() * across(), vectors = std::min(across(), width - x);
        const Multiply form = vectors == 1 ? choose<1>(count, std::make_index_sequence<SUMS>())
                                           : choose<2>(count, std::make_index_sequence<SUMS / 2>());
        Lanes sums[SUMS];
        form({left.first + i * left.line, left.line, left.step}, {right.first + x * LANES, right.line}, depth, sums);
        for (long line = 0; line < count; ++line)
            for (long at = 0; at < vectors; ++at) finish(i + line, x + at, sums[line * vectors + at]);
    }
};

// Write a vector of the gradients of a unit's weights, of which the last one may be beyond the layer's `count`.
inline void store_weights(Lanes sums, float *of_weight, long count, long unit, long vector) {
    const long start = vector * LANES;
    float *const to = of_weight + unit * count + start;
    if (start + LANES <= count)
        std::memcpy(to, &sums, sizeof sums);
    else
        std::memcpy(to, &sums, (count - start) * sizeof(float));
}

}  // namespace full_layer

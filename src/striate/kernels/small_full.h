// Full layers of a small network, several examples at a time, so that each weight is read once for all of them.
#pragma once

#include <algorithm>
#include <type_traits>
#include <vector>

#include "small_products.h"
#include "small_rows.h"
#include "vectors.h"

// Find the inputs that are not zero in each of some examples. Backgrounds of images are zero, and half of
// what a ReLU gives; a product with zero changes no sum, and weights that are not read cost nothing.
inline const std::vector<long> &filled_inputs(const float *from, long step, long examples, long inputs) {
    static thread_local std::vector<long> filled;
    filled.resize(inputs);
    long count = 0;
    for (long at = 0; at < inputs; at += LANES) {
        Integers found{};
        for (long example = 0; example < examples; ++example)
            found |= load(from + example * step + at) != 0.0f;
        for (long lane = 0; lane < std::min<long>(LANES, inputs - at); ++lane) {
            filled[count] = at + lane;
            count += found[lane] != 0;
        }
    }
    filled.resize(count);
    return filled;
}

// Multiply P examples, `step` apart, with V panels of weights.
template <long P, long V>
inline void weigh(const float *from, long step, const std::vector<long> &filled, const float *weights,
                  long panel, const float *bias, float *to, long wanted) {
    Vector sums[P][V];
    for (long p = 0; p < P; ++p)
        for (long v = 0; v < V; ++v) sums[p][v] = bias ? load(bias + v * LANES) : Vector{};
    for (const long at : filled)
        for (long v = 0; v < V; ++v) {
            const Vector factors = load(weights + v * panel + at * LANES);
            for (long p = 0; p < P; ++p) sums[p][v] += from[p * step + at] * factors;
        }
    store_wanted(sums, to, step, wanted);
}

// Multiply P examples with all panels, as many at a time as fill the registers.
template <long P>
void weigh_all(const Row &row, const float *in, long step, const float *weights, const float *bias,
               float *out) {
    constexpr long MOST = P == 1 ? 8 : REGISTERS / 2 / P;
    const std::vector<long> &filled = filled_inputs(in, step, P, row.channels);
    const long panels = (row.maps + LANES - 1) / LANES, size = row.channels * LANES;
    for (long panel = 0; panel < panels;) {
        const long left = panels - panel, rounds = (left + MOST - 1) / MOST;
        const long several = (left + rounds - 1) / rounds;  // so that no round is left with few sums
        with_constant<MOST>(several, [&](auto count) {
            weigh<P, decltype(count)::value>(in, step, filled, weights + panel * size, size,
                                             bias ? bias + panel * LANES : nullptr,
                                             out + panel * LANES, row.maps - panel * LANES);
        });
        panel += several;
    }
}

// A full layer for some examples, whose scratches lie `step` apart.
inline void connect(const Row &row, const float *numbers, float *scratch, long step, long examples) {
    const float *weights = numbers + row.weights, *bias = row.bias < 0 ? nullptr : numbers + row.bias;
    const auto go = [&](auto several) {
        constexpr long P = decltype(several)::value;
        for (; examples >= P; examples -= P, scratch += P * step)
            weigh_all<P>(row, scratch + row.in, step, weights, bias, scratch + row.out);
    };
    go(std::integral_constant<long, 8>{});
    go(std::integral_constant<long, 4>{});
    go(std::integral_constant<long, 1>{});
}

// As many examples side by side as a vector has lanes, through full layers of few units: value by value one vector, in which each
// lane is an example. Panels would leave most of their lanes idle there, in sums and in functions.
#pragma once

#include <algorithm>

#include "small_products.h"
#include "small_rows.h"
#include "vectors.h"

constexpr long MOST_UNITS = LANES;
constexpr long MOST_VALUES = 256;  // of an example, so that a vector of them lie in the nearest cache

inline bool is_narrow(const Network &network) {
    const Row *rows = network.rows;
    return network.scratch <= MOST_VALUES && std::all_of(rows, rows + network.count, [](const Row &row) {
        return row.kind == CONNECT && row.maps <= MOST_UNITS && row.function != SOFTMAX;
    });
}

// Each weight is read by itself, from the one panel that a layer of few units has.
template <long UNITS>
inline void connect_side_by_side(const float *in, long inputs, const float *weights, const float *bias,
                                 float *out) {
    Vector sums[UNITS];
    for (long unit = 0; unit < UNITS; ++unit) sums[unit] = repeat(bias ? bias[unit] : 0.0f);
    for (long at = 0; at < inputs; ++at) {
        const Vector values = load(in + at * LANES);
        for (long unit = 0; unit < UNITS; ++unit) sums[unit] += weights[at * LANES + unit] * values;
    }
    for (long unit = 0; unit < UNITS; ++unit) store(sums[unit], out + unit * LANES);
}

// Every float of an example's scratch is a vector here.
inline void run_side_by_side(const Row &row, const float *numbers, float *scratch) {
    const float *in = scratch + row.in * LANES, *weights = numbers + row.weights;
    const float *bias = row.bias < 0 ? nullptr : numbers + row.bias;
    float *out = scratch + row.out * LANES;
    with_constant<MOST_UNITS>(row.maps, [&](auto units) {
        connect_side_by_side<decltype(units)::value>(in, row.channels, weights, bias, out);
    });
    apply_each(row.function, out, row.maps * LANES);
}

// Products of a small network. Weights lie in panels of as many maps as a vector has lanes: all numbers that are multiplied with
// one input are neighbours, and so are those of the next input.
#pragma once

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "small_rows.h"
#include "vectors.h"

constexpr long MOST_PLACES = REGISTERS == 32 ? 8 : 6, MOST_PANELS = 8;

// Where the inputs of one product lie: runs of neighbours, each so far behind the one before.
struct Inputs {
    long lines, line_step;  // lines of a kernel
    long cells, cell_step;  // runs in a line
    long length;            // of a run

    long total() const { return lines * cells * length; }
};

// Act with a number from 1 to MOST as a constant, so that loops over it are unrolled.
template <long MOST, typename Act>
inline void with_constant(long number, Act act) {
    if constexpr (MOST > 1)
        if (number < MOST) return with_constant<MOST - 1>(number, act);
    act(std::integral_constant<long, MOST>{});
}

template <long P, long V>
inline void store_wanted(const Vector (&sums)[P][V], float *to, long to_step, long wanted) {
    for (long p = 0; p < P; ++p)
        for (long v = 0; v < V; ++v) {
            float *place = to + p * to_step + v * LANES;
            const long count = std::min<long>(LANES, wanted - v * LANES);
            if (count == LANES)
                store(sums[p][v], place);
            else
                std::memcpy(place, &sums[p][v], count * sizeof(float));
        }
}

// Multiply P places, `step` apart, with V panels of weights.
template <long P, long V>
inline void multiply(const float *from, long step, Inputs inputs, const float *weights,
                     const float *bias, float *to, long to_step, long wanted) {
    Vector sums[P][V];
    for (long p = 0; p < P; ++p)
        for (long v = 0; v < V; ++v) sums[p][v] = bias ? load(bias + v * LANES) : Vector{};
    const long panel = inputs.total() * LANES;
    for (long line = 0; line < inputs.lines; ++line)
        for (long cell = 0; cell < inputs.cells; ++cell) {
            const float *run = from + line * inputs.line_step + cell * inputs.cell_step;
            for (long at = 0; at < inputs.length; ++at, weights += LANES)
                for (long v = 0; v < V; ++v) {
                    const Vector factors = load(weights + v * panel);
                    for (long p = 0; p < P; ++p) sums[p][v] += run[p * step + at] * factors;
                }
        }
    store_wanted(sums, to, to_step, wanted);
}

template <long V>
inline void multiply_places(const float *from, long step, long places, Inputs inputs, const float *weights,
                     const float *bias, float *to, long to_step, long wanted) {
    constexpr long MANY = V <= 2 ? MOST_PLACES : 1;
    long place = 0;
    for (; place + MANY <= places; place += MANY)
        multiply<MANY, V>(from + place * step, step, inputs, weights, bias, to + place * to_step,
                          to_step, wanted);
    if constexpr (MANY == MOST_PLACES)
        for (; place + 4 <= places; place += 4)
            multiply<4, V>(from + place * step, step, inputs, weights, bias, to + place * to_step,
                           to_step, wanted);
    for (; place < places; ++place)
        multiply<1, V>(from + place * step, step, inputs, weights, bias, to + place * to_step,
                       to_step, wanted);
}

// Multiply lines of places with all panels: each panel meets all places while it is near.
inline void multiply_all(const float *from, long lines, long line_step, long places, long step,
                  Inputs inputs, const float *weights, const float *bias, float *to, long to_line,
                  long to_step, long wanted) {
    const long panels = (wanted + LANES - 1) / LANES, size = inputs.total() * LANES;
    long panel = 0;
    const auto go = [&](auto several) {
        constexpr long V = decltype(several)::value;
        for (; panel + V <= panels; panel += V)
            for (long line = 0; line < lines; ++line)
                multiply_places<V>(from + line * line_step, step, places, inputs,
                                   weights + panel * size, bias ? bias + panel * LANES : nullptr,
                                   to + line * to_line + panel * LANES, to_step,
                                   wanted - panel * LANES);
    };
    // A single place needs many sums at a time to keep the processor's adders busy.
    if (places < 4) {
        go(std::integral_constant<long, MOST_PANELS>{});
        go(std::integral_constant<long, 4>{});
    }
    go(std::integral_constant<long, 2>{});
    go(std::integral_constant<long, 1>{});
}

inline void convolve(const Row &row, const float *in, float *out, const float *weights, const float *bias) {
    const long read = row.channels / row.groups, given = row.maps / row.groups;
    const long line = row.width * row.channels;
    Inputs inputs{row.kernel_height, row.dilation_down * line, row.kernel_width,
                  row.dilation_across * row.channels, read};
    if (row.groups == 1 && row.dilation_across == 1) {  // then the cells of a line are neighbours
        inputs.length *= inputs.cells;
        inputs.cells = 1;
    }
    const long panels = (given + LANES - 1) / LANES;
    for (long group = 0; group < row.groups; ++group)
        multiply_all(in + group * read, row.rows, row.down * line, row.columns,
                     row.across * row.channels, inputs, weights + group * panels * inputs.total() * LANES,
                     bias ? bias + group * panels * LANES : nullptr, out + group * given,
                     row.columns * row.maps, row.maps, given);
}

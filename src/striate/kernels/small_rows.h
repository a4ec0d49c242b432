// What a small network and its rows are, and what a row does that has no products of matrices.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "functions.h"
#include "vectors.h"

// As `small_network.py` lists the fields and numbers the kinds.
enum Kind : long { PAD, CONVOLVE, CONNECT, SLIDE, MAXIMUM, AVERAGE, LARGEST, MEAN, MEASURE,
                   EMBED, PLACE, ADD, TRANSPOSE };

struct Row {
    long kind, function;
    long in, out;                  // where in the scratch
    long channels, height, width;  // of what it reads
    long maps, rows, columns;      // of what it gives
    long kernel_height, kernel_width;
    long down, across;                  // stride
    long dilation_down, dilation_across;
    long top, left;  // padding
    long groups;
    long weights, bias;  // where in the network's numbers
    long aside;          // what its kind says
};

struct Network {
    const Row *rows;
    const float *numbers;
    long count;    // of rows
    long size;     // of an example, in bytes
    long copied;   // floats of an example that go to the front of the scratch
    long given;    // floats that come out
    long out;      // where they are in the scratch
    long scratch;  // floats
};

inline void pad(const Row &row, const float *in, float *out) {
    const long line = row.width * row.channels, wide = row.columns * row.channels;
    std::fill_n(out, row.rows * wide, 0.0f);
    for (long y = 0; y < row.height; ++y)
        std::copy_n(in + y * line, line, out + (y + row.top) * wide + row.left * row.channels);
}

// Go over the cells of all windows that lie inside the image.
template <typename Begin, typename Take>
inline void pool(const Row &row, const float *in, float *out, Begin begin, Take take) {
    for (long y = 0; y < row.rows; ++y)
        for (long x = 0; x < row.columns; ++x, out += row.maps) {
            begin(out);
            for (long ky = 0; ky < row.kernel_height; ++ky)
                for (long kx = 0; kx < row.kernel_width; ++kx) {
                    const long at_y = y * row.down + ky * row.dilation_down - row.top;
                    const long at_x = x * row.across + kx * row.dilation_across - row.left;
                    if (at_y >= 0 && at_y < row.height && at_x >= 0 && at_x < row.width)
                        take(out, in + (at_y * row.width + at_x) * row.channels);
                }
        }
}

// The larger one; what is not a number stays, as in torch.
inline Vector larger(Vector one, Vector other) {
    return (other > one) | (other != other) ? other : one;
}

// Whole vectors reach into the next place, which is written after this one.
inline void take_larger(long maps, const float *from, float *to) {
    for (long map = 0; map < maps; map += LANES) store(larger(load(to + map), load(from + map)), to + map);
}

inline void take_maximum(const Row &row, const float *in, float *out) {
    pool(row, in, out, [&](float *to) { std::fill_n(to, row.maps, -INFINITY); },
         [&](float *to, const float *from) { take_larger(row.maps, from, to); });
}

inline void add_up(const Row &row, const float *in, float *out) {
    pool(row, in, out, [&](float *to) { std::fill_n(to, row.maps, 0.0f); },
         [&](float *to, const float *from) {
             for (long map = 0; map < row.maps; ++map) to[map] += from[map];
         });
}

// Sums of windows times a number a map, plus another one; one number for all where `maps` is 1.
inline void scale(float *out, long places, long count, const float *gains, const float *bias) {
    for (long place = 0; place < places; ++place, out += count)
        for (long map = 0; map < count; ++map) out[map] = out[map] * gains[map] + bias[map];
}

inline void largest(const Row &row, const float *in, float *out) {
    std::copy_n(in, row.channels, out);
    for (long place = 1; place < row.height * row.width; ++place)
        take_larger(row.channels, in + place * row.channels, out);
}

inline void mean(const Row &row, const float *in, float *out) {
    const long places = row.height * row.width;
    std::fill_n(out, row.channels, 0.0f);
    for (long place = 0; place < places; ++place)
        for (long map = 0; map < row.channels; ++map) out[map] += in[place * row.channels + map];
    for (long map = 0; map < row.channels; ++map) out[map] /= places;
}

inline void measure(const Row &row, const float *in, float *out, const float *codes) {
    for (long unit = 0; unit < row.maps; ++unit) {
        float sum = 0.0f;
        for (long at = 0; at < row.channels; ++at) {
            const float away = in[at] - codes[unit * row.channels + at];
            sum += away * away;
        }
        out[unit] = sum;
    }
}

inline void embed(const Row &row, const int64_t *words, float *out, const float *vectors) {
    for (long at = 0; at < row.rows; ++at, out += row.columns)
        if (words[at] > 0)
            std::copy_n(vectors + (words[at] - 1) * row.columns, row.columns, out);
        else
            std::fill_n(out, row.columns, 0.0f);
}

// Lay maps among those of other branches, `aside` maps behind the first.
inline void lay(const Row &row, const float *in, float *out) {
    for (long place = 0; place < row.rows * row.columns; ++place)
        std::copy_n(in + place * row.channels, row.channels, out + place * row.maps + row.aside);
}

inline void add(const Row &row, const float *in, float *out) {
    for (long at = 0; at < row.channels * row.height * row.width; ++at) out[at] += in[at];
}

// Turn maps x places into places x maps.
inline void transpose(const Row &row, const float *in, float *out) {
    for (long y = 0; y < row.height; ++y)
        for (long x = 0; x < row.width; ++x) out[x * row.height + y] = in[y * row.width + x];
}

// Apply a function number by number; buffers end at whole vectors.
inline void apply_each(long function, float *values, long count) {
    const Activation activate{function};
    for (long at = 0; at < count; at += LANES) store(activate(load(values + at)), values + at);
}

inline void apply(const Row &row, float *values) {
    const long places = row.rows * row.columns;
    if (row.function != SOFTMAX) return apply_each(row.function, values, row.maps * places);
    for (long place = 0; place < places; ++place, values += row.maps) {
        const float most = *std::max_element(values, values + row.maps);
        float sum = 0.0f;
        for (long map = 0; map < row.maps; ++map) sum += values[map] = std::exp(values[map] - most);
        for (long map = 0; map < row.maps; ++map) values[map] /= sum;
    }
}

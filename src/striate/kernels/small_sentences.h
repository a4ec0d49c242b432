// Convolutions over sentences: their kernels are as wide as a line, which is the vector of a word.
#pragma once

#include <algorithm>
#include <cstring>
#include <vector>

#include "small_products.h"
#include "small_rows.h"
#include "vectors.h"

inline bool is_filled(const float *line, long width) {
    Integers found{};
    long at = 0;
    for (; at + LANES <= width; at += LANES) found |= load(line + at) != 0.0f;
    bool is_found = false;
    for (; at < width; ++at) is_found |= line[at] != 0.0f;
    for (long lane = 0; lane < LANES; ++lane) is_found |= found[lane] != 0;
    return is_found;
}

// Multiply P lines that lie interleaved, eight at a time, with V panels.
template <long P, long V>
inline void multiply_tile(const float *tile, long width, const float *weights, float *to, long step) {
    Vector sums[P][V] = {};
    for (long at = 0; at < width; ++at)
        for (long v = 0; v < V; ++v) {
            const Vector factors = load(weights + (v * width + at) * LANES);
            for (long p = 0; p < P; ++p) sums[p][v] += tile[at * MOST_PLACES + p] * factors;
        }
    for (long p = 0; p < P; ++p)
        for (long v = 0; v < V; ++v) store(sums[p][v], to + p * step + v * LANES);
}

// The lines of a sentence, each once: a word that comes again has the same products.
struct Lines {
    static constexpr long NONE = -1;

    std::vector<long> distinct;  // where each of them comes first
    std::vector<long> among;     // for every line its number among those, or NONE if it is zero

    void find(const float *in, long height, long width) {
        distinct.clear();
        among.assign(height, NONE);
        for (long y = 0; y < height; ++y) {
            const float *line = in + y * width;
            if (!is_filled(line, width)) continue;
            const auto is_same = [&](long other) {
                const float *before = in + other * width;
                return *before == *line && !std::memcmp(before, line, width * sizeof(float));
            };
            const auto found = std::find_if(distinct.begin(), distinct.end(), is_same);
            among[y] = found - distinct.begin();
            if (found == distinct.end()) distinct.push_back(y);
        }
    }
};

// Kernels as wide as the lines: lines of zeros, the padding of a sentence, are left out. The others are
// multiplied with all lines of all kernels at once, and the products added up where they meet.
inline void slide(const Row &row, const float *in, float *out, const float *weights, const float *bias,
                  float *aside) {
    static thread_local Lines lines;
    lines.find(in, row.height, row.width);
    const long panels = (row.kernel_height * row.maps + LANES - 1) / LANES, all = panels * LANES;
    const long count = lines.distinct.size(), tiles = (count + MOST_PLACES - 1) / MOST_PLACES;
    const auto first = [&](long tile) { return tile * count / tiles; };  // of about equal size
    float *interleaved = aside + row.height * all;
    const long size = MOST_PLACES * row.width;
    for (long tile = 0; tile < tiles; ++tile)
        for (long line = first(tile); line < first(tile + 1); ++line) {
            const float *from = in + lines.distinct[line] * row.width;
            float *to = interleaved + tile * size + line - first(tile);
            for (long at = 0; at < row.width; ++at) to[at * MOST_PLACES] = from[at];
        }
    for (long panel = 0; panel < panels; panel += 2)
        for (long tile = 0; tile < tiles; ++tile)
            with_constant<MOST_PLACES>(first(tile + 1) - first(tile), [&](auto some) {
                constexpr long P = decltype(some)::value;
                const float *from = interleaved + tile * size, *factors = weights + panel * LANES * row.width;
                float *to = aside + first(tile) * all + panel * LANES;
                if (panel + 1 < panels)
                    multiply_tile<P, 2>(from, row.width, factors, to, all);
                else
                    multiply_tile<P, 1>(from, row.width, factors, to, all);
            });
    for (long y = 0; y < row.rows; ++y)
        for (long map = 0; map < row.maps; ++map) out[y * row.maps + map] = bias ? bias[map] : 0.0f;
    for (long line = 0; line < row.height; ++line)
        for (long k = 0; k < row.kernel_height; ++k) {
            const long y = line - k;
            if (lines.among[line] == Lines::NONE || y < 0 || y >= row.rows) continue;
            const float *products = aside + lines.among[line] * all + k * row.maps;
            float *sums = out + y * row.maps;
            for (long map = 0; map < row.maps; ++map) sums[map] += products[map];
        }
}

// Images side by side: one vector holds the same value of as many images as the processor takes at once.
//
// Maps lie in memory as maps x height x width x images. A weight is then multiplied by a whole vector,
// whatever the sizes of kernels and maps are: no lane is idle because a layer has one channel, or six.
#pragma once

#include <cstring>

#include "functions.h"
#include "vectors.h"

constexpr int SUMS = REGISTERS == 32 ? 14 : 10;  // vectors that a loop adds up in registers

typedef Vector Lanes;

// Vectors of half as many numbers, and so on: halves are added until one number is left.
template <int COUNT>
struct Part {
    typedef float Vector __attribute__((vector_size(COUNT * sizeof(float))));
};

template <int COUNT>
inline float sum_of(typename Part<COUNT>::Vector value) {
    if constexpr (COUNT == 1) {
        return value[0];
    } else {
        typename Part<COUNT / 2>::Vector halves[2];
        std::memcpy(halves, &value, sizeof value);
        return sum_of<COUNT / 2>(halves[0] + halves[1]);
    }
}

inline float sum(Lanes value) { return sum_of<LANES>(value); }

typedef float Four __attribute__((vector_size(4 * sizeof(float))));

// Numbers of two vectors, in a new order; those of the second count from 4 on.
template <int A, int B, int C, int D>
inline Four pick(Four one, Four other) {
#if defined(__clang__)
    return __builtin_shufflevector(one, other, A, B, C, D);
#else
    typedef int Places __attribute__((vector_size(4 * sizeof(int))));
    return __builtin_shuffle(one, other, Places{A, B, C, D});
#endif
}

inline Four load_four(const float *place) {
    Four four;
    std::memcpy(&four, place, sizeof four);
    return four;
}

// From rows x columns to columns x rows.
inline void transpose(const float *from, long line, long rows, long columns, float *to, long to_line) {
    long row = 0;
    for (; row + 4 <= rows; row += 4) {
        long column = 0;
        for (; column + 4 <= columns; column += 4) {
            const float *first = from + row * line + column;
            const Four a = load_four(first), b = load_four(first + line);
            const Four c = load_four(first + 2 * line), d = load_four(first + 3 * line);
            const Four ab = pick<0, 4, 1, 5>(a, b), ab_behind = pick<2, 6, 3, 7>(a, b);
            const Four cd = pick<0, 4, 1, 5>(c, d), cd_behind = pick<2, 6, 3, 7>(c, d);
            const Four turned[] = {pick<0, 1, 4, 5>(ab, cd), pick<2, 3, 6, 7>(ab, cd),
                                   pick<0, 1, 4, 5>(ab_behind, cd_behind), pick<2, 3, 6, 7>(ab_behind, cd_behind)};
            for (int at = 0; at < 4; ++at) std::memcpy(to + (column + at) * to_line + row, &turned[at], sizeof(Four));
        }
        for (; column < columns; ++column)
            for (long at = row; at < row + 4; ++at) to[column * to_line + at] = from[at * line + column];
    }
    for (; row < rows; ++row)
        for (long column = 0; column < columns; ++column) to[column * to_line + row] = from[row * line + column];
}

// Add up numbers of all parts, which lie `step` numbers behind each other, in the order of the parts. All threads of
// a team take their share.
inline void add_parts(const float *parts, long count, long step, float *out, long numbers) {
    constexpr long CHUNK = 1024;
#pragma omp for schedule(static)
    for (long first = 0; first < numbers; first += CHUNK) {
        const long last = first + CHUNK < numbers ? first + CHUNK : numbers;
        std::memcpy(out + first, parts + first, (last - first) * sizeof(float));
        for (long part = 1; part < count; ++part)
            for (long index = first; index < last; ++index) out[index] += parts[part * step + index];
    }
}

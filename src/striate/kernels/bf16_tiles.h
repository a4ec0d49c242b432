// Products of bf16 numbers, two at a time, added up in registers: what a convolution is made of.
#pragma once

#include <immintrin.h>

#include <cstring>

#include "numbers.h"

constexpr int LANES = 16;
constexpr int VECTORS = 2;
constexpr int PANEL = LANES * VECTORS;  // maps whose weights lie side by side
constexpr int MOST_PLACES = 14;         // x 2 vectors: 28 of the 32 registers hold sums

// Add the products of one pair of numbers and of the weights of a panel.
inline __attribute__((always_inline)) void add_product(__m512 (&sums)[VECTORS], const bfloat16 *at,
                                                       const bfloat16 *weights) {
    int two;
    std::memcpy(&two, at, sizeof two);
    const __m512bh both = (__m512bh)_mm512_set1_epi32(two);
    for (int vector = 0; vector < VECTORS; ++vector)
        sums[vector] = _mm512_dpbf16_ps(sums[vector], both, (__m512bh)_mm512_loadu_si512(weights + 2 * LANES * vector));
}

// Add the products of LINES x COLUMNS places and the maps of one panel, over `pairs` pairs of numbers.
//
// The first place reads its pairs from `at` on, `step` numbers from one to the next; the next one of its line `apart`
// numbers further on, and the first one of the next line `below`. The weights of a pair lie map by map; given is where those of the next
// pair are. Inlined, for only then do the sums stay in registers.
template <int LINES, int COLUMNS>
inline __attribute__((always_inline)) const bfloat16 *add_products(__m512 (&sums)[LINES * COLUMNS][VECTORS],
                                                                   const bfloat16 *at, long apart, long below, long pairs,
                                                                   long step, const bfloat16 *weights) {
    for (long pair = 0; pair < pairs; ++pair, at += step, weights += 2 * PANEL) {
        __m512bh maps[VECTORS];
        for (int vector = 0; vector < VECTORS; ++vector)
            maps[vector] = (__m512bh)_mm512_loadu_si512(weights + 2 * LANES * vector);
#pragma GCC unroll 14
        for (int place = 0; place < LINES * COLUMNS; ++place) {
            int two;
            std::memcpy(&two, at + place / COLUMNS * below + place % COLUMNS * apart, sizeof two);
            const __m512bh both = (__m512bh)_mm512_set1_epi32(two);
            for (int vector = 0; vector < VECTORS; ++vector)
                sums[place][vector] = _mm512_dpbf16_ps(sums[place][vector], both, maps[vector]);
        }
    }
    return weights;
}

// The same of one place: its sums wait for each other, unless several are begun.
template <>
inline __attribute__((always_inline)) const bfloat16 *add_products<1, 1>(__m512 (&sums)[1][VECTORS], const bfloat16 *at,
                                                                         long, long, long pairs, long step,
                                                                         const bfloat16 *weights) {
    constexpr int CHAINS = 6;
    __m512 chains[CHAINS][VECTORS] = {};
    long pair = 0;
    for (; pair + CHAINS <= pairs; pair += CHAINS)
#pragma GCC unroll 8
        for (int chain = 0; chain < CHAINS; ++chain, at += step, weights += 2 * PANEL)
            add_product(chains[chain], at, weights);
    for (; pair < pairs; ++pair, at += step, weights += 2 * PANEL) add_product(sums[0], at, weights);
    for (int chain = 0; chain < CHAINS; ++chain)
        for (int vector = 0; vector < VECTORS; ++vector)
            sums[0][vector] = _mm512_add_ps(sums[0][vector], chains[chain][vector]);
    return weights;
}

// Call `task.run<LINES, COLUMNS>()` for numbers that are known only now: two lines of half as many places, or one.
template <typename Task>
inline void with_places(long lines, long columns, Task &task) {
    switch (lines == 2 ? MOST_PLACES + columns : columns) {
        case 1: return task.template run<1, 1>();
        case 2: return task.template run<1, 2>();
        case 3: return task.template run<1, 3>();
        case 4: return task.template run<1, 4>();
        case 5: return task.template run<1, 5>();
        case 6: return task.template run<1, 6>();
        case 7: return task.template run<1, 7>();
        case 8: return task.template run<1, 8>();
        case 9: return task.template run<1, 9>();
        case 10: return task.template run<1, 10>();
        case 11: return task.template run<1, 11>();
        case 12: return task.template run<1, 12>();
        case 13: return task.template run<1, 13>();
        case 14: return task.template run<1, 14>();
        case 15: return task.template run<2, 1>();
        case 16: return task.template run<2, 2>();
        case 17: return task.template run<2, 3>();
        case 18: return task.template run<2, 4>();
        case 19: return task.template run<2, 5>();
        case 20: return task.template run<2, 6>();
        default: return task.template run<2, 7>();
    }
}

// Something of `whole` parts, dealt out evenly to `takers`.
inline long share(long whole, long takers, long taker) { return taker * whole / takers; }

inline __mmask16 mask_of(long left) {
    return left >= LANES ? 0xFFFF : static_cast<__mmask16>((1 << (left > 0 ? left : 0)) - 1);
}

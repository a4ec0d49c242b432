// As many numbers at a time as a register holds, in the vectors of GCC and Clang.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "registers.h"

typedef float Vector __attribute__((vector_size(LANES * sizeof(float))));
typedef int32_t Integers __attribute__((vector_size(LANES * sizeof(int32_t))));

inline Vector load(const float *place) {
    Vector values;
    std::memcpy(&values, place, sizeof values);
    return values;
}

inline void store(Vector values, float *place) { std::memcpy(place, &values, sizeof values); }

inline Vector repeat(float value) { return Vector{} + value; }

inline Vector between(Vector values, float least, float most) {
    values = values < least ? repeat(least) : values;
    return values > most ? repeat(most) : values;
}

// Two to the power of whole numbers from -126 to 127: the exponent of a float, set by itself.
inline Vector power_of_two(Integers exponents) {
    const Integers bits = (exponents + 127) << 23;
    Vector values;
    std::memcpy(&values, &bits, sizeof values);
    return values;
}

// e^x - 1, near to 0 as exactly as elsewhere: x is n ln 2 + r with |r| <= ln 2 / 2, where eight terms of
// the series leave less than half a unit in the last place.
inline Vector exponential_minus_one(Vector x) {
    x = between(x, -87.0f, 87.0f);
    const Vector scaled = x * 1.44269504f;  // 1 / ln 2
    const Integers n = __builtin_convertvector(scaled + (scaled < 0.0f ? repeat(-0.5f) : repeat(0.5f)), Integers);
    const Vector whole = __builtin_convertvector(n, Vector);
    // ln 2 in two parts, the first of which has few digits, so that its multiples are exact.
    const Vector r = (x - whole * 0.693359375f) + whole * 2.12194440e-4f;
    Vector series = repeat(1.0f / 40320);
    series = series * r + 1.0f / 5040;
    series = series * r + 1.0f / 720;
    series = series * r + 1.0f / 120;
    series = series * r + 1.0f / 24;
    series = series * r + 1.0f / 6;
    series = series * r + 0.5f;
    series = series * r + 1.0f;
    const Vector power = power_of_two(n);
    return series * r * power + (power - 1.0f);
}

inline Vector hyperbolic_tangent(Vector x) {
    const Vector grown = exponential_minus_one(2.0f * between(x, -20.0f, 20.0f));
    return grown / (grown + 2.0f);
}

inline Vector logistic(Vector x) {
    return 1.0f / (2.0f + exponential_minus_one(-x));
}

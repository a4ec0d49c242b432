// As many numbers at a time as a register holds, in the vectors of GCC and Clang.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "registers.h"

typedef float Vector __attribute__((vector_size(LANES * sizeof(float))));
typedef int32_t Integers __attribute__((vector_size(LANES * sizeof(int32_t))));

// Of places that need not begin at a whole vector. Copied byte by byte, a store might change anything for the compiler.
typedef float Anywhere __attribute__((vector_size(LANES * sizeof(float)), aligned(sizeof(float))));

inline Vector load(const float *place) { return *reinterpret_cast<const Anywhere *>(place); }

inline void store(Vector values, float *place) { *reinterpret_cast<Anywhere *>(place) = values; }

inline Vector repeat(float value) { return value - Vector{}; }  // minus, so that -0 stays -0

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

// e^x to the last digit or two: x is n ln 2 + r with |r| <= ln 2 / 2, where eight terms of the series leave less than half
// a unit in the last place. What is not a number stays so.
inline Vector exponential(Vector x) {
    x = between(x, -87.0f, 87.0f);
    const Vector scaled = x * 1.44269504f;  // 1 / ln 2
    const Integers n = __builtin_convertvector(scaled + (scaled < 0.0f ? repeat(-0.5f) : repeat(0.5f)), Integers);
    const Vector whole = __builtin_convertvector(n, Vector);
    // ln 2 in two parts, the first of which has few digits, so that its multiples are exact.
    const Vector r = (x - whole * 0.693359375f) + whole * 2.12194440e-4f;
    Vector series = repeat(1.0f / 5040);
    for (const float next : {1.0f / 720, 1.0f / 120, 1.0f / 24, 1.0f / 6, 0.5f, 1.0f, 1.0f}) series = series * r + next;
    return series * power_of_two(n);
}

inline Vector logistic(Vector x) { return 1.0f / (1.0f + exponential(-x)); }

// x P(x^2) / Q(x^2), fitted to tanh x by its largest relative error, 2.1e-8 for |x| <= 9.01, beyond which
// tanh is 1 in single precision. With the rounding it is at most 6 units of the last place off. What is
// not a number stays so, for it is neither above nor below a bound.
inline Vector hyperbolic_tangent(Vector x) {
    x = between(x, -9.01f, 9.01f);
    const Vector square = x * x;
    Vector upper = square * 1.33373476612e-8f + 2.05966757421e-5f;
    upper = upper * square + 3.49483736437e-3f;
    upper = upper * square + 0.133803944275f;
    upper = upper * square + 0.999999979409f;
    Vector lower = square * 7.76949950277e-7f + 3.2844049055e-4f;
    lower = lower * square + 2.58741289167e-2f;
    lower = lower * square + 0.467137098921f;
    lower = lower * square + 1.0f;
    // 1 - y^2 must not be negative.
    return between(x * upper / lower, -1.0f, 1.0f);
}

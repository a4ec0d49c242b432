// Images side by side: one vector holds the same value of as many images as the processor takes at once.
//
// Maps lie in memory as maps x height x width x images. A weight is then multiplied by a whole vector,
// whatever the sizes of kernels and maps are: no lane is idle because a layer has one channel, or six.
#pragma once

#include <cstring>

#if defined(__AVX512F__)
constexpr int LANES = 16;
constexpr int SUMS = 14;  // vectors that a loop adds up in registers, of 32
#elif defined(__AVX__)
constexpr int LANES = 8;
constexpr int SUMS = 10;  // of 16
#else
constexpr int LANES = 4;
constexpr int SUMS = 10;
#endif

typedef float Lanes __attribute__((vector_size(LANES * sizeof(float))));

inline Lanes load(const float *place) { return *reinterpret_cast<const Lanes *>(place); }
inline void store(Lanes value, float *place) { *reinterpret_cast<Lanes *>(place) = value; }
inline Lanes all(float value) { return value - Lanes{}; }  // minus, so that -0 stays -0
inline Lanes smaller(Lanes value, float most) { return value > most ? all(most) : value; }
inline Lanes larger(Lanes value, float least) { return value < least ? all(least) : value; }

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

// x P(x^2) / Q(x^2), fitted to tanh x by its largest relative error, 2.1e-8 for |x| <= 9.01, beyond which
// tanh is 1 in single precision. With the rounding it is at most 6 units of the last place off. What is
// not a number stays so, for it is neither above nor below a bound.
inline Lanes hyperbolic_tangent(Lanes x) {
    x = larger(smaller(x, 9.01f), -9.01f);
    const Lanes square = x * x;
    Lanes upper = square * 1.33373476612e-8f + 2.05966757421e-5f;
    upper = upper * square + 3.49483736437e-3f;
    upper = upper * square + 0.133803944275f;
    upper = upper * square + 0.999999979409f;
    Lanes lower = square * 7.76949950277e-7f + 3.2844049055e-4f;
    lower = lower * square + 2.58741289167e-2f;
    lower = lower * square + 0.467137098921f;
    lower = lower * square + 1.0f;
    // 1 - y^2 must not be negative.
    return larger(smaller(x * upper / lower, 1.0f), -1.0f);
}

// What follows the sums of a layer.
struct Activation {
    enum Kind : long { none, tanh, relu };

    long kind;
    float amplitude, slope;  // of amplitude x tanh(slope x)

    Lanes operator()(Lanes x) const {
        if (kind == tanh) return amplitude * hyperbolic_tangent(slope * x);
        return kind == relu ? larger(x, 0.0f) : x;
    }

    // The gradient at x by that at y, from y alone: (a tanh(s x))' = s / a (a^2 - y^2).
    Lanes gradient(Lanes at, Lanes y) const {
        if (kind == tanh) return at * (slope / amplitude * (amplitude - y) * (amplitude + y));
        return kind == relu ? (y > 0.0f ? at : Lanes{}) : at;
    }
};

// How many images there are, and how far one value of the first image is from its next one.
struct Batch {
    long images, stride;

    long blocks() const { return (images + LANES - 1) / LANES; }
};

// Lay some values of images side by side: from images x values to values x images.
inline void lay_values(const float *images, long count, long values, long first, long last, float *lanes, long pixel) {
    for (long value = first; value < last; ++value)
        for (long image = 0; image < count; ++image) lanes[value * pixel + image] = images[image * values + value];
}

// Add up numbers of all parts, one behind the other every `step` numbers, in their order. All threads of a team
// take their share.
inline void add_parts(const float *parts, long count, long step, float *out, long numbers) {
#pragma omp for schedule(static)
    for (long index = 0; index < numbers; ++index) {
        float total = 0.0f;
        for (long part = 0; part < count; ++part) total += parts[part * step + index];
        out[index] = total;
    }
}

// Response normalisation across maps with an exponent of 3/4, and its gradient, in one pass each.
//
// Maps lie channels last: the values of one place are neighbours in memory, and a window over maps is a
// window over memory. With s = k + c x (sum of a^2 over the window):
//     forward   b = a s^(-3/4)
//     backward  da = g s^(-3/4) - (3/2) c a W(g a s^(-7/4)),  W the sum over the same window
// s is computed anew in the backward pass, so that nothing but the input is kept.

#include <algorithm>
#include <cmath>
#include <vector>

#include "numbers.h"

namespace {

// A row of maps with room for the window beyond both ends, where nothing is.
class Row {
  public:
    Row(long maps, long reach) : values_(maps + 2 * reach, 0.0f), reach_(reach) {}
    float *begin() { return values_.data() + reach_; }

    // Add up a window around each of `maps` values.
    void sum(long maps, float *sums) {
        const float *first = values_.data();
        std::copy(first, first + maps, sums);
        for (long away = 1; away <= 2 * reach_; ++away)
            for (long map = 0; map < maps; ++map) sums[map] += first[away + map];
    }

  private:
    std::vector<float> values_;
    long reach_;
};

struct Constants {
    long reach;
    float coefficient;
    float k;
};

// s^(3/4). The root outside halves the roundings within: of root x root^(1/2) they would count one and a half
// times. Up to 2e25, where activations are 1e14 times as large as they should be.
inline float three_quarters(float s) { return std::sqrt(s * std::sqrt(s)); }

template <typename Number>
void normalize(const Number *maps, Number *out, long places, long count, Constants c) {
#pragma omp parallel
    {
        Row squares(count, c.reach);
        std::vector<float> sums(count);
        float *square = squares.begin(), *sum = sums.data();
#pragma omp for schedule(static)
        for (long place = 0; place < places; ++place) {
            const Number *in = maps + place * count;
            Number *to = out + place * count;
            for (long map = 0; map < count; ++map) {
                const float value = widen(in[map]);
                square[map] = value * value;
            }
            squares.sum(count, sum);
            for (long map = 0; map < count; ++map) {
                narrow(widen(in[map]) / three_quarters(sum[map] * c.coefficient + c.k), to + map);
            }
        }
    }
}

template <typename Number>
void differentiate(const Number *maps, const Number *gradient, Number *out, long places, long count,
                   Constants c) {
#pragma omp parallel
    {
        Row squares(count, c.reach), spread(count, c.reach);
        std::vector<float> sums(count), powers(count);
        float *square = squares.begin(), *share = spread.begin();
        float *sum = sums.data(), *power = powers.data();
        const float scale = 1.5f * c.coefficient;
#pragma omp for schedule(static)
        for (long place = 0; place < places; ++place) {
            const Number *in = maps + place * count, *from = gradient + place * count;
            Number *to = out + place * count;
            for (long map = 0; map < count; ++map) {
                const float value = widen(in[map]);
                square[map] = value * value;
            }
            squares.sum(count, sum);
            for (long map = 0; map < count; ++map) {
                const float total = sum[map] * c.coefficient + c.k;
                power[map] = 1.0f / three_quarters(total);
                share[map] = widen(from[map]) * widen(in[map]) * power[map] / total;
            }
            spread.sum(count, sum);
            for (long map = 0; map < count; ++map)
                narrow(widen(from[map]) * power[map] - scale * widen(in[map]) * sum[map], to + map);
        }
    }
}

}  // namespace

extern "C" {

void normalize_float(const float *maps, float *out, long places, long count, long reach,
                     float coefficient, float k) {
    normalize(maps, out, places, count, {reach, coefficient, k});
}

void normalize_bfloat16(const bfloat16 *maps, bfloat16 *out, long places, long count, long reach,
                        float coefficient, float k) {
    normalize(maps, out, places, count, {reach, coefficient, k});
}

void differentiate_float(const float *maps, const float *gradient, float *out, long places, long count,
                         long reach, float coefficient, float k) {
    differentiate(maps, gradient, out, places, count, {reach, coefficient, k});
}

void differentiate_bfloat16(const bfloat16 *maps, const bfloat16 *gradient, bfloat16 *out, long places,
                            long count, long reach, float coefficient, float k) {
    differentiate(maps, gradient, out, places, count, {reach, coefficient, k});
}
}

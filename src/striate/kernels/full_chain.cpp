// Small full layers one behind the other, each with its activation: forward, loss and backward in one call.
//
// Values lie as examples x features, weights as units x features. Every product of matrices is one form,
// C = A B, worked out in tiles of ROWS rows and two vectors of columns, whose sums stay in registers; B is
// laid into a panel of whole vectors first, with zeros behind its last column. A sum is always added up in
// the same order, by one thread.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "functions.h"
#include "losses.h"
#include "registers.h"

namespace {

constexpr long VECTORS = 2, WIDTH = LANES * VECTORS, ROWS = REGISTERS == 32 ? 8 : 6;

typedef float Lanes __attribute__((vector_size(LANES * sizeof(float)), aligned(sizeof(float))));

// A matrix by where it begins, and by the way from a row to the next and from a column to the next.
struct Matrix {
    const float *first;
    long down, across;

    float at(long row, long column) const { return first[row * down + column * across]; }
};

// C[:rows, :columns] of one tile: sums over `inner` products, from `start` on where there is any.
template <int HEIGHT>
void multiply_tile(Matrix a, const Lanes *panel, const Lanes *start, long inner, float *c, long down,
                   long columns) {
    Lanes sums[HEIGHT][VECTORS];
    for (int row = 0; row < HEIGHT; ++row)
        for (int vector = 0; vector < VECTORS; ++vector)
            sums[row][vector] = start ? start[vector] : Lanes{};
    for (long k = 0; k < inner; ++k, panel += VECTORS)
        for (int row = 0; row < HEIGHT; ++row) {
            const float value = a.at(row, k);
            for (int vector = 0; vector < VECTORS; ++vector) sums[row][vector] += value * panel[vector];
        }
    for (int row = 0; row < HEIGHT; ++row)
        std::memcpy(c + row * down, sums[row], columns * sizeof(float));
}

using MultiplyTile = void (*)(Matrix, const Lanes *, const Lanes *, long, float *, long, long);
constexpr MultiplyTile TILES[] = {multiply_tile<1>, multiply_tile<2>, multiply_tile<3>,
                                      multiply_tile<4>, multiply_tile<5>, multiply_tile<6>,
                                      multiply_tile<7>, multiply_tile<8>};

// C = A B, plus a bias for each column where there is one. A: rows x inner, B: inner x columns.
void multiply(Matrix a, Matrix b, const float *bias, float *c, long rows, long inner, long columns) {
    std::vector<float> panel(inner * WIDTH);
    for (long column = 0; column < columns; column += WIDTH) {
        const long width = std::min(WIDTH, columns - column);
        for (long k = 0; k < inner; ++k) {
            float *to = &panel[k * WIDTH];
            for (long x = 0; x < width; ++x) to[x] = b.at(k, column + x);
            std::fill(to + width, to + WIDTH, 0.0f);
        }
        float first[WIDTH] = {};
        if (bias) std::copy(bias + column, bias + column + width, first);
        for (long row = 0; row < rows; row += ROWS) {
            const long height = std::min(ROWS, rows - row);
            TILES[height - 1]({a.first + row * a.down, a.down, a.across},
                              reinterpret_cast<const Lanes *>(panel.data()),
                              bias ? reinterpret_cast<const Lanes *>(first) : nullptr, inner,
                              c + row * columns + column, columns, width);
        }
    }
}

// e^x to the last digit or two: 2^n e^r with |r| <= ln 2 / 2, and Taylor's sum for e^r.
inline float exponential(float x) {
    x = x < -87.0f ? -87.0f : x;  // what is not a number stays so
    x = x > 88.0f ? 88.0f : x;
    constexpr float SHIFT = 12582912.0f;  // 1.5 x 2^23: beside it no digit is left behind the point
    const float n = (x * 1.44269504f + SHIFT) - SHIFT;
    const float r = (x - n * 0.693145752f) - n * 1.42860682e-6f;
    float sum = 1.0f / 5040;
    for (const float next : {1.0f / 720, 1.0f / 120, 1.0f / 24, 1.0f / 6, 1.0f / 2, 1.0f, 1.0f})
        sum = sum * r + next;
    const int32_t bits = (static_cast<int32_t>(n) + 127) << 23;
    float power;
    std::memcpy(&power, &bits, sizeof power);
    return sum * power;
}

void activate(long function, float *values, long count) {
    if (function == SIGMOID)
        for (long i = 0; i < count; ++i) values[i] = 1.0f / (1.0f + exponential(-values[i]));
    if (function == RELU)
        for (long i = 0; i < count; ++i) values[i] = values[i] < 0.0f ? 0.0f : values[i];
}

// Multiply gradients of activations by their slopes, which follow from the activations themselves.
void multiply_slopes(long function, const float *values, float *gradients, long count) {
    if (function == SIGMOID)
        for (long i = 0; i < count; ++i) gradients[i] *= values[i] * (1.0f - values[i]);
    if (function == RELU)
        for (long i = 0; i < count; ++i) gradients[i] = values[i] > 0.0f ? gradients[i] : 0.0f;
}

// `sizes` are the features of the first layer and the units of all; `parameters` a weight and a bias a layer,
// a bias of 0 where there is none. The outputs of all layers but the last lie one behind the other in `hidden`.
void run(long examples, long layers, const long *sizes, const long *functions, const float *values,
         const float *const *parameters, float *hidden, float *out) {
    for (long layer = 0; layer < layers; ++layer) {
        const long features = sizes[layer], units = sizes[layer + 1];
        float *to = layer + 1 < layers ? hidden : out;
        multiply({values, features, 1}, {parameters[2 * layer], 1, features}, parameters[2 * layer + 1], to,
                 examples, features, units);
        activate(functions[layer], to, examples * units);
        values = to;
        hidden += examples * units;
    }
}

// `gradients` has the shape of `parameters`.
void differentiate(long examples, long layers, const long *sizes, const long *functions,
                   const float *values, const float *const *parameters, const float *hidden,
                   const float *out, const float *gradient, float *const *gradients) {
    std::vector<const float *> inputs{values};
    for (long layer = 1; layer < layers; hidden += examples * sizes[layer], ++layer)
        inputs.push_back(hidden);
    std::vector<float> above(gradient, gradient + examples * sizes[layers]), below;
    for (long layer = layers - 1; layer >= 0; --layer) {
        const long features = sizes[layer], units = sizes[layer + 1];
        const float *read = inputs[layer], *made = layer + 1 < layers ? inputs[layer + 1] : out;
        multiply_slopes(functions[layer], made, above.data(), examples * units);
        multiply({above.data(), 1, units}, {read, features, 1}, nullptr, gradients[2 * layer], units, examples,
                 features);
        if (float *of_bias = gradients[2 * layer + 1]) {
            std::fill(of_bias, of_bias + units, 0.0f);
            for (long example = 0; example < examples; ++example)
                for (long unit = 0; unit < units; ++unit) of_bias[unit] += above[example * units + unit];
        }
        if (!layer) return;
        below.resize(examples * features);
        multiply({above.data(), units, 1}, {parameters[2 * layer], features, 1}, nullptr,
                 below.data(), examples, units, features);
        above.swap(below);
    }
}

}  // namespace

extern "C" {

// Forward, loss and backward: the gradients of all parameters, for a batch of float values and int64 labels.
void learn(long examples, long layers, const long *sizes, const long *functions, const float *values,
           const float *const *parameters, const int64_t *labels, long loss, float *const *gradients,
           Outcome *outcome) {
    static thread_local std::vector<float> hidden, out;
    long width = 0;
    for (long layer = 1; layer < layers; ++layer) width += sizes[layer];
    hidden.resize(examples * width);
    out.resize(examples * sizes[layers]);
    run(examples, layers, sizes, functions, values, parameters, hidden.data(), out.data());
    std::vector<float> gradient = out;
    const Criterion criterion{loss, sizes[layers], 0.0f, 1.0f / examples};
    *outcome = {0, 0};
    for (long example = 0; example < examples; ++example)
        add_loss(gradient.data() + example * sizes[layers], labels[example], criterion, *outcome);
    outcome->loss /= examples;
    if (outcome->errors >= 0)
        differentiate(examples, layers, sizes, functions, values, parameters, hidden.data(), out.data(),
                      gradient.data(), gradients);
}
}

// Trained subsampling of images side by side, and its activation: the values of each window are added up, times
// a gain, plus a bias. Windows touch and do not overlap.
#pragma once

#include "lanes.h"

namespace subsampling {

struct Layer {
    long height, width, kernel_height, kernel_width;
    float share;  // of a value in the sum of its window
    Activation activate;

    long rows() const { return height / kernel_height; }
    long columns() const { return width / kernel_width; }
    long cells() const { return height * width; }
    long windows() const { return rows() * columns(); }
};

inline Lanes add_window(const Layer &layer, const float *first) {
    Lanes sum{};
    for (long row = 0; row < layer.kernel_height; ++row)
        for (long column = 0; column < layer.kernel_width; ++column)
            sum += load(first + (row * layer.width + column) * LANES);
    return sum;
}

// One map: out = activate(bias + gain x share x the sum of a window).
inline void subsample(const Layer &layer, const float *map, float gain, float bias, float *out) {
    gain *= layer.share;
    for (long y = 0; y < layer.rows(); ++y)
        for (long x = 0; x < layer.columns(); ++x, out += LANES) {
            const long place = y * layer.kernel_height * layer.width + x * layer.kernel_width;
            const Lanes sum = add_window(layer, map + place * LANES);
            store(layer.activate(sum * gain + bias), out);
        }
}

struct Gradients {
    float gain, bias;
};

// One map: the gradients of gain and bias. `before` gives the gradient before the activation at a place above, and
// `finish` is given that of each value below, with its place, for which the value is not read any more.
template <typename Before, typename Finish>
Gradients differentiate(const Layer &layer, const float *map, float gain, Before before, Finish finish) {
    Lanes of_gain{}, of_bias{};
    gain *= layer.share;
    const long bottom = layer.rows() * layer.kernel_height, right = layer.columns() * layer.kernel_width;
    for (long y = 0; y < layer.height; ++y)  // beyond the last windows
        for (long x = y < bottom ? right : 0; x < layer.width; ++x) finish(y * layer.width + x, Lanes{});
    for (long y = 0, above = 0; y < layer.rows(); ++y)
        for (long x = 0; x < layer.columns(); ++x, ++above) {
            const long window = y * layer.kernel_height * layer.width + x * layer.kernel_width;
            const Lanes one = before(above);
            of_gain += one * add_window(layer, map + window * LANES);
            of_bias += one;
            for (long row = 0; row < layer.kernel_height; ++row)
                for (long column = 0; column < layer.kernel_width; ++column)
                    finish(window + row * layer.width + column, one * gain);
        }
    return {sum(of_gain) * layer.share, sum(of_bias)};
}

}  // namespace subsampling

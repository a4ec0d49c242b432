// Trained subsampling of images side by side, and its activation: the values of each window are
// added up, times a gain, plus a bias. Windows touch and do not overlap.
//
// A map of a block of images is one task. Gradients of gains and biases are added up within each block, and
// then over the blocks in their order, so that the number of threads changes no bit.

#include <vector>

#include "lanes.h"

namespace {

struct Sizes {
    long height, width, kernel_height, kernel_width;

    long rows() const { return height / kernel_height; }
    long columns() const { return width / kernel_width; }
};

Lanes add_window(const float *first, Sizes sizes, long stride) {
    Lanes sum{};
    for (long row = 0; row < sizes.kernel_height; ++row)
        for (long column = 0; column < sizes.kernel_width; ++column)
            sum += load(first + (row * sizes.width + column) * stride);
    return sum;
}

}  // namespace

extern "C" {

// out = activate(bias + gain x share x the sum of a window).
void subsample(const float *maps, const float *gains, const float *biases, float *out, long count,
               long height, long width, long kernel_height, long kernel_width, long images, long stride,
               float share, long kind, float amplitude, float slope) {
    const Sizes sizes{height, width, kernel_height, kernel_width};
    const Batch batch{images, stride};
    const Activation activate{kind, amplitude, slope};
#pragma omp parallel for collapse(2) schedule(static)
    for (long block = 0; block < batch.blocks(); ++block)
        for (long map = 0; map < count; ++map) {
            const float *from = maps + map * height * width * stride + block * LANES;
            float *to = out + map * sizes.rows() * sizes.columns() * stride + block * LANES;
            const float gain = gains[map] * share;
            for (long y = 0; y < sizes.rows(); ++y)
                for (long x = 0; x < sizes.columns(); ++x, to += stride) {
                    const long place = y * kernel_height * width + x * kernel_width;
                    const Lanes sum = add_window(from + place * stride, sizes, stride);
                    store(activate(sum * gain + biases[map]), to);
                }
        }
}

// The gradients of the maps, gains and biases. No address, no gradient of maps.
void differentiate(const float *maps, const float *gains, const float *out, const float *gradient,
                   float *of_maps, float *of_gains, float *of_biases, long count, long height, long width,
                   long kernel_height, long kernel_width, long images, long stride, float share,
                   long kind, float amplitude, float slope) {
    const Sizes sizes{height, width, kernel_height, kernel_width};
    const Batch batch{images, stride};
    const Activation activate{kind, amplitude, slope};
    std::vector<float> parts(2 * batch.blocks() * count);
#pragma omp parallel for collapse(2) schedule(static)
    for (long block = 0; block < batch.blocks(); ++block)
        for (long map = 0; map < count; ++map) {
            const long first = map * height * width * stride + block * LANES;
            long place = map * sizes.rows() * sizes.columns() * stride + block * LANES;
            const float gain = gains[map] * share;
            Lanes of_gain{}, of_bias{};
            const bool is_covered = height % kernel_height == 0 && width % kernel_width == 0;
            for (long index = 0; of_maps && !is_covered && index < height * width; ++index)
                store(Lanes{}, of_maps + first + index * stride);  // beyond the last windows
            for (long y = 0; y < sizes.rows(); ++y)
                for (long x = 0; x < sizes.columns(); ++x, place += stride) {
                    const long window = first + (y * kernel_height * width + x * kernel_width) * stride;
                    const Lanes one = activate.gradient(load(gradient + place), load(out + place));
                    of_gain += one * add_window(maps + window, sizes, stride);
                    of_bias += one;
                    for (long row = 0; of_maps && row < kernel_height; ++row)
                        for (long column = 0; column < kernel_width; ++column)
                            store(one * gain, of_maps + window + (row * width + column) * stride);
                }
            parts[2 * (block * count + map)] = sum(of_gain) * share;
            parts[2 * (block * count + map) + 1] = sum(of_bias);
        }
    for (long map = 0; map < count; ++map) {
        of_gains[map] = of_biases[map] = 0.0f;
        for (long block = 0; block < batch.blocks(); ++block) {
            of_gains[map] += parts[2 * (block * count + map)];
            of_biases[map] += parts[2 * (block * count + map) + 1];
        }
    }
}
}

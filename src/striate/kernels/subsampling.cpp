// Trained subsampling of a batch of images side by side, as in subsampling.h.
//
// A map of a block of images is one task. Gradients of gains and biases are added up within each block, and
// then over the blocks in their order, so that the number of threads changes no bit.

#include "subsampling.h"

#include <vector>

using subsampling::Gradients;
using subsampling::Layer;

extern "C" {

// out = activate(bias + gain x share x the sum of a window).
void subsample(const float *maps, const float *gains, const float *biases, float *out, long count,
               long height, long width, long kernel_height, long kernel_width, long images, long stride,
               float share, long kind, float amplitude, float slope) {
    const Layer layer{height, width, kernel_height, kernel_width, share, {kind, amplitude, slope}};
    const Batch batch{images, stride};
#pragma omp parallel for collapse(2) schedule(static)
    for (long block = 0; block < batch.blocks(); ++block)
        for (long map = 0; map < count; ++map)
            subsampling::subsample(layer, maps + map * layer.cells() * stride + block * LANES, gains[map],
                                   biases[map], out + map * layer.windows() * stride + block * LANES, stride);
}

// The gradients of the maps, gains and biases. No address, no gradient of maps.
void differentiate(const float *maps, const float *gains, const float *out, const float *gradient,
                   float *of_maps, float *of_gains, float *of_biases, long count, long height, long width,
                   long kernel_height, long kernel_width, long images, long stride, float share,
                   long kind, float amplitude, float slope) {
    const Layer layer{height, width, kernel_height, kernel_width, share, {kind, amplitude, slope}};
    const Batch batch{images, stride};
    std::vector<Gradients> parts(batch.blocks() * count);
#pragma omp parallel for collapse(2) schedule(static)
    for (long block = 0; block < batch.blocks(); ++block)
        for (long map = 0; map < count; ++map) {
            const long below = map * layer.cells() * stride + block * LANES;
            const long above = map * layer.windows() * stride + block * LANES;
            const auto before = [&](long place) {
                return layer.activate.gradient(load(gradient + above + place * stride),
                                               load(out + above + place * stride));
            };
            const auto finish = [&](long place, Lanes one) {
                if (of_maps) store(one, of_maps + below + place * stride);
            };
            parts[block * count + map] =
                subsampling::differentiate(layer, maps + below, gains[map], before, finish, stride);
        }
    for (long map = 0; map < count; ++map) {
        of_gains[map] = of_biases[map] = 0.0f;
        for (long block = 0; block < batch.blocks(); ++block) {
            of_gains[map] += parts[block * count + map].gain;
            of_biases[map] += parts[block * count + map].bias;
        }
    }
}
}

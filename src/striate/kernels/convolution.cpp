// Small convolutions of a batch of images side by side, as in convolution.h.
//
// A block of images is one task. Gradients of kernels and biases are added up within each block, and then over
// the blocks in their order, so that the number of threads changes no bit.

#include "convolution.h"

using namespace convolution;

extern "C" {

// out[above] = activate(bias + the sum over its pairs). There may be no bias.
void convolve(const float *maps, const float *kernels, const float *bias, const int *above,
              const int *below, float *out, long pairs, long maps_above, long maps_below, long height, long width,
              long kernel_height, long kernel_width, long images, long stride, long kind,
              float amplitude, float slope) {
    const Layer layer(above, below, pairs, maps_above, maps_below,
                      {height, width, kernel_height, kernel_width, false}, {kind, amplitude, slope});
    const Batch batch{images, stride};
#pragma omp parallel for collapse(2) schedule(static)
    for (long block = 0; block < batch.blocks(); ++block)
        for (long y = 0; y < layer.sizes.rows(); ++y)
            convolve_row(layer, y, maps + block * LANES, kernels, bias, out + block * LANES, stride);
}

// The gradients of the maps, kernels and biases. No address, no gradient of maps or biases.
void differentiate(const float *maps, const float *kernels, const int *above, const int *below,
                   const float *out, const float *gradient, float *of_maps, float *of_kernels,
                   float *of_bias, long pairs, long maps_above, long maps_below, long height, long width,
                   long kernel_height, long kernel_width, long images, long stride, long kind,
                   float amplitude, float slope) {
    const Layer layer(above, below, pairs, maps_above, maps_below,
                      {height, width, kernel_height, kernel_width, of_maps != nullptr}, {kind, amplitude, slope});
    const Batch batch{images, stride};
    const long weights = layer.weights(), numbers = weights + maps_above;
    std::vector<float> parts(batch.blocks() * numbers);
#pragma omp parallel
    {
        std::vector<Lanes> tile(layer.sums()), gradients(layer.gradients());
        const Room room{tile.data(), reinterpret_cast<float *>(gradients.data()), false};
#pragma omp for schedule(static)
        for (long block = 0; block < batch.blocks(); ++block) {
            const long first = block * LANES;
            float *part = parts.data() + block * numbers;
            const auto before = [&](long place) {
                return layer.activate.gradient(load(gradient + first + place * stride),
                                               load(out + first + place * stride));
            };
            lay_gradients(layer, room, before, part + weights);
            differentiate_kernels(layer, room, maps + first, part, stride);
            if (of_maps)
                differentiate_maps(layer, room, kernels,
                                   [&](long place, Lanes one) { store(one, of_maps + first + place * stride); });
        }
        add_parts(parts.data(), batch.blocks(), numbers, of_kernels, weights);
        if (of_bias) add_parts(parts.data() + weights, batch.blocks(), numbers, of_bias, maps_above);
    }
}
}

// Full layers of a batch of images side by side, as in full_layer.h. Threads share the tiles of each product, so
// that their number changes no bit.

#include "full_layer.h"

#include <vector>

using full_layer::Product;

extern "C" {

// out = activate(bias + weight x values). There may be no bias.
void weigh(const float *values, const float *weight, const float *bias, float *out, long units, long count,
           long images, long stride, long kind, float amplitude, float slope) {
    const Batch batch{images, stride};
    const Activation activate{kind, amplitude, slope};
    const Product sums{{weight, count, 1}, {values, stride}, units, count, batch.blocks()};
#pragma omp parallel for schedule(static)
    for (long tile = 0; tile < sums.tiles(); ++tile)
        sums.work_out(tile, [&](long unit, long block, Lanes sum) {
            store(activate(sum + (bias ? bias[unit] : 0.0f)), out + unit * stride + block * LANES);
        });
}

// The gradients of the values, weights and biases. No address, no gradient of values or biases.
void differentiate(const float *values, const float *weight, const float *out, const float *gradient,
                   float *of_values, float *of_weight, float *of_bias, long units, long count, long images,
                   long stride, long kind, float amplitude, float slope) {
    const Batch batch{images, stride};
    const Activation activate{kind, amplitude, slope};
    const long blocks = batch.blocks(), room = blocks * LANES, vectors = (count + LANES - 1) / LANES;
    std::vector<Lanes> sums(units * blocks);    // gradients before the activation: units x images
    std::vector<Lanes> turned(room * vectors);  // images x values
    float *const at_sums = reinterpret_cast<float *>(sums.data());
    float *const by_image = reinterpret_cast<float *>(turned.data());
    const Product weights{{at_sums, room, 1}, {by_image, vectors * LANES}, units, room, vectors};
    const Product below{{weight, 1, count}, {at_sums, room}, count, units, blocks};
#pragma omp parallel
    {
#pragma omp for schedule(static)
        for (long unit = 0; unit < units; ++unit) {
            Lanes total{};
            for (long block = 0; block < blocks; ++block) {
                const long place = unit * stride + block * LANES;
                const Lanes one = activate.gradient(load(gradient + place), load(out + place));
                store(one, at_sums + unit * room + block * LANES);
                total += one;
            }
            if (of_bias) of_bias[unit] = sum(total);
        }
#pragma omp for schedule(static)
        for (long vector = 0; vector < vectors; ++vector)
            for (long block = 0; block < blocks; ++block)
                transpose(values + vector * LANES * stride + block * LANES, stride,
                          std::min<long>(LANES, count - vector * LANES), LANES,
                          by_image + (block * LANES * vectors + vector) * LANES, vectors * LANES);
#pragma omp for schedule(static)
        for (long tile = 0; tile < weights.tiles(); ++tile)
            weights.work_out(tile, [&](long unit, long vector, Lanes sum) {
                full_layer::store_weights(sum, of_weight, count, unit, vector);
            });
#pragma omp for schedule(static)
        for (long tile = 0; tile < (of_values ? below.tiles() : 0); ++tile)
            below.work_out(tile, [&](long value, long block, Lanes sum) {
                store(sum, of_values + value * stride + block * LANES);
            });
    }
}
}

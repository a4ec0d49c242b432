// Full layers of images side by side: every unit reads every value. And their activation.
//
// All three products, of values, their gradients and those of weights, are one function on tiles of the
// outcome. A number of the outcome is added up by one thread, in one order, so that the number of threads
// changes no bit.

#include <algorithm>
#include <utility>
#include <vector>

#include "lanes.h"

namespace {

constexpr int ACROSS = 2;            // vectors of a tile
constexpr int DOWN = SUMS / ACROSS;  // its lines

// Numbers that are taken one at a time: line i, place k of the sum at first[i x line + k x step].
struct Scalars {
    const float *first;
    long line, step;
};

// Lines of vectors, one for each place of the sum.
struct Vectors {
    const float *first;
    long line;
};

template <int LINES, int WIDTH>
void multiply(Scalars left, Vectors right, long depth, Lanes *out) {
    Lanes sums[LINES][WIDTH] = {};
    for (long k = 0; k < depth; ++k) {
        Lanes values[WIDTH];
        for (int x = 0; x < WIDTH; ++x) values[x] = load(right.first + k * right.line + x * LANES);
        for (int i = 0; i < LINES; ++i) {
            const Lanes weight = all(left.first[i * left.line + k * left.step]);
            for (int x = 0; x < WIDTH; ++x) sums[i][x] += weight * values[x];
        }
    }
    for (int i = 0; i < LINES; ++i)
        for (int x = 0; x < WIDTH; ++x) out[i * WIDTH + x] = sums[i][x];
}

using Multiply = void (*)(Scalars, Vectors, long, Lanes *);

template <int WIDTH, std::size_t... LINES>
Multiply choose(long lines, std::index_sequence<LINES...>) {
    static const Multiply forms[] = {multiply<LINES + 1, WIDTH>...};
    return forms[lines - 1];
}

// Give `finish` each vector of a product of `lines` x `depth` and `depth` x `width` vectors, with its place.
// All threads of a team take their share.
template <typename Finish>
void multiply_all(Scalars left, Vectors right, long lines, long depth, long width, Finish finish) {
    const long down = (lines + DOWN - 1) / DOWN, across = (width + ACROSS - 1) / ACROSS;
#pragma omp for collapse(2) schedule(static)
    for (long strip = 0; strip < down; ++strip)
        for (long part = 0; part < across; ++part) {
            const long i = lines * strip / down, count = lines * (strip + 1) / down - i;
            const long x = part * ACROSS, vectors = std::min<long>(ACROSS, width - x);
            const auto lines_of = std::make_index_sequence<DOWN>();
            const Multiply form = vectors == 1 ? choose<1>(count, lines_of) : choose<ACROSS>(count, lines_of);
            Lanes sums[DOWN * ACROSS];
            form({left.first + i * left.line, left.line, left.step},
                 {right.first + x * LANES, right.line}, depth, sums);
            for (long line = 0; line < count; ++line)
                for (long at = 0; at < vectors; ++at)
                    finish(i + line, x + at, sums[line * vectors + at]);
        }
}

}  // namespace

extern "C" {

// out = activate(bias + weight x values). There may be no bias.
void weigh(const float *values, const float *weight, const float *bias, float *out, long units, long count,
           long images, long stride, long kind, float amplitude, float slope) {
    const Batch batch{images, stride};
    const Activation activate{kind, amplitude, slope};
#pragma omp parallel
    multiply_all({weight, count, 1}, {values, stride}, units, count, batch.blocks(),
                 [&](long unit, long block, Lanes sum) {
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
    std::vector<Lanes> sums(units * blocks);         // gradients before the activation: units x images
    std::vector<Lanes> turned(room * vectors);       // images x values
    float *const at_sums = reinterpret_cast<float *>(sums.data());
    float *const by_image = reinterpret_cast<float *>(turned.data());
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
            for (long image = 0; image < room; ++image)
                for (long value = vector * LANES; value < std::min(count, (vector + 1) * LANES); ++value)
                    by_image[image * vectors * LANES + value] = values[value * stride + image];
        multiply_all({at_sums, room, 1}, {by_image, vectors * LANES}, units, room, vectors,
                     [&](long unit, long vector, Lanes sum) {
                         const long start = vector * LANES;
                         std::memcpy(of_weight + unit * count + start, &sum,
                                     std::min<long>(LANES, count - start) * sizeof(float));
                     });
        if (of_values)
            multiply_all({weight, 1, count}, {at_sums, room}, count, units, blocks,
                         [&](long value, long block, Lanes sum) {
                             store(sum, of_values + value * stride + block * LANES);
                         });
    }
}
}

// Small convolutions of images side by side, one kernel for each pair of connected maps, and the activation
// of their sums. Steps of 1, no padding.
//
// Kernels lie as pairs x height x width; pair p leads from map below[p] to map above[p]. A block of images
// is one task. The gradient of a kernel is added up within each block, and then over the blocks in their
// order, so that the number of threads changes no bit.

#include <algorithm>
#include <utility>
#include <vector>

#include "lanes.h"

namespace {

struct Sizes {
    long height, width, kernel_height, kernel_width;

    long rows() const { return height - kernel_height + 1; }
    long columns() const { return width - kernel_width + 1; }
    long cells() const { return kernel_height * kernel_width; }
};

// One end of a connection: the map at the other end, and the pair.
struct Link {
    long map, pair;
};
using Links = std::vector<std::vector<Link>>;

Links links(const int *from, const int *to, long pairs, long maps) {
    Links found(maps);
    for (long pair = 0; pair < pairs; ++pair) found[from[pair]].push_back({to[pair], pair});
    return found;
}

// A row of a kernel, and the row of values that it goes along.
struct Tap {
    const float *kernel, *values;
};

enum class Order { forwards, backwards };  // backwards, a convolution is its transpose

// Add up WIDTH neighbouring sums over all taps.
template <int WIDTH>
void add_up(const std::vector<Tap> &taps, long start, long pixel, long length, Order order, float first,
            Lanes *out) {
    Lanes sums[WIDTH];
    for (Lanes &one : sums) one = all(first);
    for (const Tap &tap : taps) {
        const float *values = tap.values + start * pixel;
        for (long column = 0; column < length; ++column, values += pixel) {
            const long cell = order == Order::forwards ? column : length - 1 - column;
            const Lanes weight = all(tap.kernel[cell]);
            for (int x = 0; x < WIDTH; ++x) sums[x] += weight * load(values + x * pixel);
        }
    }
    for (int x = 0; x < WIDTH; ++x) out[x] = sums[x];
}

using AddUp = void (*)(const std::vector<Tap> &, long, long, long, Order, float, Lanes *);

template <std::size_t... WIDTHS>
AddUp choose(long width, std::index_sequence<WIDTHS...>) {
    static const AddUp forms[] = {add_up<WIDTHS + 1>...};
    return forms[width - 1];
}

// Give `finish` each sum of a row of `count`, with its place.
template <typename Finish>
void add_row(const std::vector<Tap> &taps, long count, long pixel, long length, Order order, float first,
             Finish finish) {
    const long parts = (count + SUMS - 1) / SUMS;
    for (long part = 0; part < parts; ++part) {  // as even as can be
        const long start = count * part / parts, width = count * (part + 1) / parts - start;
        Lanes sums[SUMS];
        choose(width, std::make_index_sequence<SUMS>())(taps, start, pixel, length, order, first, sums);
        for (long x = 0; x < width; ++x) finish(start + x, sums[x]);
    }
}

constexpr int ABOVE = 4, CELLS = 5;  // a tile of sums: maps above x cells of a kernel's row

// Add products of MAPS rows of gradients with WIDTH neighbouring rows of values.
template <int MAPS, int WIDTH>
void correlate(const float *const *gradients, const float *values, long pixel, long count, long length,
               Lanes *sums) {
    Lanes sum[MAPS][WIDTH];
    for (int map = 0; map < MAPS; ++map)
        for (int cell = 0; cell < WIDTH; ++cell) sum[map][cell] = sums[map * length + cell];
    for (long x = 0; x < count; ++x) {
        Lanes gradient[MAPS];
        for (int map = 0; map < MAPS; ++map) gradient[map] = load(gradients[map] + x * LANES);
        for (int cell = 0; cell < WIDTH; ++cell) {
            const Lanes value = load(values + (x + cell) * pixel);
            for (int map = 0; map < MAPS; ++map) sum[map][cell] += gradient[map] * value;
        }
    }
    for (int map = 0; map < MAPS; ++map)
        for (int cell = 0; cell < WIDTH; ++cell) sums[map * length + cell] = sum[map][cell];
}

using Correlate = void (*)(const float *const *, const float *, long, long, long, Lanes *);

template <int MAPS>
Correlate choose_width(long width) {
    static const Correlate forms[] = {correlate<MAPS, 1>, correlate<MAPS, 2>, correlate<MAPS, 3>,
                                      correlate<MAPS, 4>, correlate<MAPS, 5>};
    return forms[width - 1];
}

Correlate choose_tile(long maps, long width) {
    static Correlate (*const forms[])(long) = {choose_width<1>, choose_width<2>, choose_width<3>,
                                               choose_width<4>};
    return forms[maps - 1](width);
}

// What one thread needs for a block of images.
struct Room {
    Sizes sizes;
    std::vector<Lanes> sums, gradients;

    // A row of gradients has zeros at both ends, as many as a kernel reaches beyond it.
    long margin() const { return sizes.kernel_width - 1; }
    long row() const { return (sizes.columns() + 2 * margin()) * LANES; }

    Room(Sizes of, long maps)
        : sizes(of),
          sums(of.cells() * ABOVE),
          gradients(maps * of.rows() * (of.columns() + 2 * margin()), Lanes{}) {}

    float *begin(long map, long y) {
        return reinterpret_cast<float *>(gradients.data()) + (map * sizes.rows() + y) * row();
    }
};

// Give the gradients of the kernels between one map below and some maps above.
void differentiate_kernels(Room &room, const float *values, Batch batch, const Link *ends, long maps,
                           float *out) {
    const Sizes &sizes = room.sizes;
    const long length = sizes.kernel_width;
    std::fill(room.sums.begin(), room.sums.end(), Lanes{});
    for (long y = 0; y < sizes.rows(); ++y) {
        const float *rows[ABOVE];
        for (long map = 0; map < maps; ++map) rows[map] = room.begin(ends[map].map, y) + room.margin() * LANES;
        for (long row = 0; row < sizes.kernel_height; ++row)
            for (long cell = 0; cell < length; cell += CELLS) {
                const long width = std::min<long>(CELLS, length - cell);
                choose_tile(maps, width)(rows, values + ((y + row) * sizes.width + cell) * batch.stride,
                                         batch.stride, sizes.columns(), length,
                                         &room.sums[row * maps * length + cell]);
            }
    }
    for (long map = 0; map < maps; ++map)
        for (long row = 0; row < sizes.kernel_height; ++row)
            for (long cell = 0; cell < length; ++cell)
                out[ends[map].pair * sizes.cells() + row * length + cell] =
                    sum(room.sums[(row * maps + map) * length + cell]);
}

// Add up the sums of all blocks, in their order.
void gather(const std::vector<float> &parts, long blocks, long count, long start, float *out, long numbers) {
#pragma omp for schedule(static)
    for (long index = 0; index < numbers; ++index) {
        float total = 0.0f;
        for (long block = 0; block < blocks; ++block) total += parts[block * count + start + index];
        out[index] = total;
    }
}

}  // namespace

extern "C" {

// out[above] = activate(bias + the sum over its pairs). There may be no bias.
void convolve(const float *maps, const float *kernels, const float *bias, const int *above,
              const int *below, float *out, long pairs, long maps_above, long height, long width,
              long kernel_height, long kernel_width, long images, long stride, long kind, float amplitude, float slope) {
    const Sizes sizes{height, width, kernel_height, kernel_width};
    const Batch batch{images, stride};
    const Activation activate{kind, amplitude, slope};
    const Links read = links(above, below, pairs, maps_above);
#pragma omp parallel
    {
        std::vector<Tap> taps;
#pragma omp for collapse(2) schedule(static)
        for (long block = 0; block < batch.blocks(); ++block)
            for (long y = 0; y < sizes.rows(); ++y)
                for (long map = 0; map < maps_above; ++map) {
                    taps.clear();
                    for (const Link &link : read[map])
                        for (long row = 0; row < kernel_height; ++row)
                            taps.push_back({kernels + link.pair * sizes.cells() + row * kernel_width,
                                            maps + (link.map * height + y + row) * width * stride +
                                                block * LANES});
                    float *to = out + (map * sizes.rows() + y) * sizes.columns() * stride + block * LANES;
                    add_row(taps, sizes.columns(), stride, kernel_width, Order::forwards,
                            bias ? bias[map] : 0.0f,
                            [&](long x, Lanes sum) { store(activate(sum), to + x * stride); });
                }
    }
}

// The gradients of the maps, kernels and biases. No address, no gradient of maps or biases.
void differentiate(const float *maps, const float *kernels, const int *above, const int *below,
                   const float *out, const float *gradient, float *of_maps, float *of_kernels,
                   float *of_bias, long pairs, long maps_above, long maps_below, long height, long width,
                   long kernel_height, long kernel_width, long images, long stride, long kind, float amplitude, float slope) {
    const Sizes sizes{height, width, kernel_height, kernel_width};
    const Batch batch{images, stride};
    const Activation activate{kind, amplitude, slope};
    const Links feeds = links(below, above, pairs, maps_below);
    const long numbers = pairs * sizes.cells(), count = numbers + maps_above;
    std::vector<float> parts(batch.blocks() * count);
#pragma omp parallel
    {
        Room room(sizes, maps_above);
        std::vector<Tap> taps;
#pragma omp for schedule(static)
        for (long block = 0; block < batch.blocks(); ++block) {
            float *part = parts.data() + block * count;
            for (long map = 0; map < maps_above; ++map) {
                Lanes total{};
                for (long y = 0; y < sizes.rows(); ++y) {
                    const long start = (map * sizes.rows() + y) * sizes.columns() * stride + block * LANES;
                    float *to = room.begin(map, y) + room.margin() * LANES;
                    for (long x = 0; x < sizes.columns(); ++x) {
                        const long place = start + x * stride;
                        const Lanes one = activate.gradient(load(gradient + place), load(out + place));
                        store(one, to + x * LANES);
                        total += one;
                    }
                }
                part[numbers + map] = sum(total);
            }
            for (long map = 0; map < maps_below; ++map) {
                const std::vector<Link> &ends = feeds[map];
                const long tiles = (ends.size() + ABOVE - 1) / ABOVE;
                for (long tile = 0; tile < tiles; ++tile) {  // as even as can be
                    const long start = ends.size() * tile / tiles, end = ends.size() * (tile + 1) / tiles;
                    differentiate_kernels(room, maps + map * height * width * stride + block * LANES, batch,
                                          ends.data() + start, end - start, part);
                }
            }
            for (long y = 0; of_maps && y < height; ++y)
                for (long map = 0; map < maps_below; ++map) {
                    taps.clear();
                    for (const Link &link : feeds[map])
                        for (long row = std::max(0L, y - sizes.rows() + 1);
                             row <= std::min(kernel_height - 1, y); ++row)
                            taps.push_back({kernels + link.pair * sizes.cells() + row * kernel_width,
                                            room.begin(link.map, y - row)});
                    float *to = of_maps + (map * height + y) * width * stride + block * LANES;
                    add_row(taps, width, LANES, kernel_width, Order::backwards, 0.0f,
                            [&](long x, Lanes sum) { store(sum, to + x * stride); });
                }
        }
        gather(parts, batch.blocks(), count, 0, of_kernels, numbers);
        if (of_bias) gather(parts, batch.blocks(), count, numbers, of_bias, maps_above);
    }
}
}

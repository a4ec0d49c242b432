// Small convolutions of a block of images side by side, one kernel for each pair of connected maps, and the
// activation of their sums. Steps of 1, no padding.
//
// Kernels lie as pairs x height x width; pair p leads from map below[p] to map above[p].
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "lanes.h"

namespace convolution {

constexpr int ABOVE = 4, CELLS = 5;  // a tile of sums: maps above x cells of a kernel's row
constexpr long NEAR = 400;           // gradients of a band, that stay in the nearest cache for all rows of a kernel

// Widths of kernels whose loops are unrolled.
inline bool is_known(long width) { return width == 3 || width == 5; }

struct Sizes {
    long height, width, kernel_height, kernel_width;
    bool goes_below;  // whether the gradient of the maps below is asked for

    long rows() const { return height - kernel_height + 1; }
    long columns() const { return width - kernel_width + 1; }
    long cells() const { return kernel_height * kernel_width; }
    // Whether a row of the maps below is one part, and each value is counted with a known row of a kernel.
    bool is_whole() const { return width <= SUMS && is_known(kernel_width); }
    // Otherwise a row of gradients has zeros at both ends, as many as a kernel that is turned reaches beyond it.
    long margin() const { return goes_below && !is_whole() ? kernel_width - 1 : 0; }
    long padded_row() const { return columns() + 2 * margin(); }
};

// One end of a connection: the map at the other end, and the pair.
struct Link {
    long map, pair;
};
using Links = std::vector<std::vector<Link>>;

inline Links links(const int *from, const int *to, long pairs, long maps) {
    Links found(maps);
    for (long pair = 0; pair < pairs; ++pair) found[from[pair]].push_back({to[pair], pair});
    return found;
}

// A row of a kernel, and the row of values that it goes along, counted in values.
struct Tap {
    long kernel, values;
};

// What a layer is, the same for all images.
struct Layer {
    Sizes sizes;
    long pairs, maps_above, maps_below;
    Activation activate;
    Links feeds;                         // of each map below
    std::vector<std::vector<Tap>> down;  // of each map above, along the first rows of the maps below
    std::vector<std::vector<Tap>> up;    // of each map below, by rows of the kernels, along padded gradients

    Layer(const int *above, const int *below, long pairs, long maps_above, long maps_below, Sizes sizes,
          Activation activate)
        : sizes(sizes),
          pairs(pairs),
          maps_above(maps_above),
          maps_below(maps_below),
          activate(activate),
          feeds(links(below, above, pairs, maps_below)),
          down(maps_above),
          up(maps_below) {
        const Links read = links(above, below, pairs, maps_above);
        for (long map = 0; map < maps_above; ++map)
            for (const Link &link : read[map])
                for (long row = 0; row < sizes.kernel_height; ++row)
                    down[map].push_back({kernel(link.pair, row), (link.map * sizes.height + row) * sizes.width});
        for (long map = 0; map < maps_below; ++map)
            for (long row = 0; row < sizes.kernel_height; ++row)
                for (const Link &link : feeds[map])
                    up[map].push_back(
                        {kernel(link.pair, row), (link.map * sizes.rows() - row) * sizes.padded_row()});
    }

    long weights() const { return pairs * sizes.cells(); }

    // Vectors that the gradients before the activation take, and the sums of a tile.
    long gradients() const { return maps_above * sizes.rows() * sizes.padded_row(); }
    long sums() const { return ABOVE * sizes.cells(); }

   private:
    long kernel(long pair, long row) const { return pair * sizes.cells() + row * sizes.kernel_width; }
};

enum class Order { forwards, backwards };  // backwards, a convolution is its transpose

// Taps of one row of sums, and what they go along.
struct Reach {
    const Tap *taps;
    long count;
    const float *kernels, *values;
    long length;
};

// The cell of a kernel's row that is multiplied with the value `column` places on: backwards, a kernel is turned.
template <Order ORDER>
inline long cell(long column, long length) { return ORDER == Order::forwards ? column : length - 1 - column; }

// Add up WIDTH neighbouring sums over all taps. A LENGTH of the kernel that is known leaves its row in registers,
// and takes each value from memory once; 0 is any other. Backwards, a WHOLE row of sums needs no zeros around values.
template <Order ORDER, int LENGTH, bool WHOLE, int WIDTH>
void add_up(const Reach &reach, long start, float first, Lanes *out) {
    Lanes sums[WIDTH];
    for (Lanes &one : sums) one = repeat(first);
    for (long tap = 0; tap < reach.count; ++tap) {
        const float *values = reach.values + (reach.taps[tap].values + start) * LANES;
        const float *kernel = reach.kernels + reach.taps[tap].kernel;
        if constexpr (LENGTH > 0) {
            constexpr int zeros = WHOLE ? LENGTH - 1 : 0;
            Lanes weights[LENGTH];
            for (int column = 0; column < LENGTH; ++column) weights[column] = repeat(kernel[cell<ORDER>(column, LENGTH)]);
#pragma GCC unroll 32
            for (int place = zeros; place < WIDTH + LENGTH - 1 - zeros; ++place) {
                const Lanes value = load(values + (place - zeros) * LANES);
#pragma GCC unroll 8
                for (int column = 0; column < LENGTH; ++column)
                    if (place - column >= 0 && place - column < WIDTH) sums[place - column] += weights[column] * value;
            }
        } else {
            for (long column = 0; column < reach.length; ++column, values += LANES) {
                const Lanes weight = repeat(kernel[cell<ORDER>(column, reach.length)]);
                for (int x = 0; x < WIDTH; ++x) sums[x] += weight * load(values + x * LANES);
            }
        }
    }
    for (int x = 0; x < WIDTH; ++x) out[x] = sums[x];
}

using AddUp = void (*)(const Reach &, long, float, Lanes *);

template <Order ORDER, int LENGTH, bool WHOLE, std::size_t... WIDTHS>
AddUp choose(long width, std::index_sequence<WIDTHS...>) {
    static constexpr AddUp forms[] = {add_up<ORDER, LENGTH, WHOLE, WIDTHS + 1>...};
    return forms[width - 1];
}

template <Order ORDER, bool WHOLE>
AddUp choose(long length, long width) {
    const auto widths = std::make_index_sequence<SUMS>();
    if (length == 3) return choose<ORDER, 3, WHOLE>(width, widths);
    if (WHOLE || length == 5) return choose<ORDER, 5, WHOLE>(width, widths);
    return choose<ORDER, 0, false>(width, widths);
}

// Give `finish` each sum of a row of `count`, with its place.
template <Order ORDER, bool WHOLE, typename Finish>
void add_row(const Reach &reach, long count, float first, Finish finish) {
    const long parts = (count + SUMS - 1) / SUMS;
    for (long part = 0; part < parts; ++part) {  // as even as can be
        const long start = count * part / parts, width = count * (part + 1) / parts - start;
        Lanes sums[SUMS];
        choose<ORDER, WHOLE>(reach.length, width)(reach, start, first, sums);
        for (long x = 0; x < width; ++x) finish(start + x, sums[x]);
    }
}

// Row `y` of all maps above: activate(bias + the sum over the pairs). There may be no bias.
inline void convolve_row(const Layer &layer, long y, const float *maps, const float *kernels, const float *bias,
                         float *out) {
    const Sizes &sizes = layer.sizes;
    for (long map = 0; map < layer.maps_above; ++map) {
        const std::vector<Tap> &taps = layer.down[map];
        const Reach reach{taps.data(), static_cast<long>(taps.size()), kernels, maps + y * sizes.width * LANES,
                          sizes.kernel_width};
        float *to = out + (map * sizes.rows() + y) * sizes.columns() * LANES;
        add_row<Order::forwards, false>(reach, sizes.columns(), bias ? bias[map] : 0.0f,
                                        [&](long x, Lanes sum) { store(layer.activate(sum), to + x * LANES); });
    }
}

// Rows of some maps of gradients, and of the map of values that they are multiplied with.
struct Band {
    const float *gradients[ABOVE];
    const float *values;
    long count, columns, padded_row, value_row;
};

// Add products of MAPS rows of gradients with WIDTH neighbouring rows of values.
template <int MAPS, int WIDTH>
void correlate(const Band &band, long start, long length, Lanes *sums) {
    Lanes sum[MAPS][WIDTH];
    for (int map = 0; map < MAPS; ++map)
        for (int cell = 0; cell < WIDTH; ++cell) sum[map][cell] = sums[map * length + cell];
    for (long y = 0; y < band.count; ++y) {
        const float *next = band.values + start + y * band.value_row;
        Lanes values[WIDTH];  // each moves along all cells before it is let go
        for (int cell = 1; cell < WIDTH; ++cell, next += LANES) values[cell] = load(next);
        for (long x = 0; x < band.columns; ++x, next += LANES) {
            for (int cell = 1; cell < WIDTH; ++cell) values[cell - 1] = values[cell];
            values[WIDTH - 1] = load(next);
            for (int map = 0; map < MAPS; ++map) {
                const Lanes gradient = load(band.gradients[map] + y * band.padded_row + x * LANES);
                for (int cell = 0; cell < WIDTH; ++cell) sum[map][cell] += gradient * values[cell];
            }
        }
    }
    for (int map = 0; map < MAPS; ++map)
        for (int cell = 0; cell < WIDTH; ++cell) sums[map * length + cell] = sum[map][cell];
}

using Correlate = void (*)(const Band &, long, long, Lanes *);

template <int MAPS>
Correlate choose_width(long width) {
    static constexpr Correlate forms[] = {correlate<MAPS, 1>, correlate<MAPS, 2>, correlate<MAPS, 3>,
                                          correlate<MAPS, 4>, correlate<MAPS, 5>};
    return forms[width - 1];
}

inline Correlate choose_tile(long maps, long width) {
    static constexpr Correlate (*forms[])(long) = {choose_width<1>, choose_width<2>, choose_width<3>,
                                                   choose_width<4>};
    return forms[maps - 1](width);
}

// What a thread needs for the gradients of a block.
struct Room {
    Lanes *tile;    // layer.sums()
    float *before;  // gradients before the activation, layer.gradients() vectors
    bool is_laid;   // whether they are there already

    float *row(const Layer &layer, long map, long y) const {
        const Sizes &sizes = layer.sizes;
        return before + ((map * sizes.rows() + y) * sizes.padded_row() + sizes.margin()) * LANES;
    }
};

// Lay the gradients before the activation, which `before` gives for each place above, between their zeros, unless they
// are there, and add to those of the biases, if there are any.
template <typename Before>
void lay_gradients(const Layer &layer, Room room, Before before, float *of_bias) {
    const Sizes &sizes = layer.sizes;
    for (long map = 0, place = 0; map < layer.maps_above; ++map) {
        Lanes total{};
        for (long y = 0; y < sizes.rows(); ++y) {
            float *to = room.row(layer, map, y);
            for (long x = 0; x < sizes.columns(); ++x, ++place) {
                const Lanes one = before(place);
                total += one;
                if (!room.is_laid) store(one, to + x * LANES);
            }
            for (long x = 1; x <= sizes.margin(); ++x) {
                store(Lanes{}, to - x * LANES);
                store(Lanes{}, to + (sizes.columns() - 1 + x) * LANES);
            }
        }
        if (of_bias) of_bias[map] += sum(total);
    }
}

// Add to the gradients of the kernels between one map below and some maps above.
inline void differentiate_kernels(const Layer &layer, Room room, const float *map_below, const Link *ends, long maps,
                                  float *of_kernels) {
    const Sizes &sizes = layer.sizes;
    const long length = sizes.kernel_width;
    std::fill(room.tile, room.tile + layer.sums(), Lanes{});
    Band band{{}, nullptr, 0, sizes.columns(), sizes.padded_row() * LANES, sizes.width * LANES};
    const long most = std::max(1L, NEAR / (maps * sizes.columns()));
    for (long y = 0; y < sizes.rows(); y += most) {
        band.count = std::min(most, sizes.rows() - y);
        for (long map = 0; map < maps; ++map) band.gradients[map] = room.row(layer, ends[map].map, y);
        for (long row = 0; row < sizes.kernel_height; ++row) {
            band.values = map_below + (y + row) * band.value_row;
            for (long cell = 0; cell < length; cell += CELLS) {
                const long width = std::min<long>(CELLS, length - cell);
                choose_tile(maps, width)(band, cell * LANES, length, room.tile + row * maps * length + cell);
            }
        }
    }
    for (long map = 0; map < maps; ++map)
        for (long row = 0; row < sizes.kernel_height; ++row)
            for (long cell = 0; cell < length; ++cell)
                of_kernels[ends[map].pair * sizes.cells() + row * length + cell] +=
                    sum(room.tile[(row * maps + map) * length + cell]);
}

// Add to the gradients of all kernels.
inline void differentiate_kernels(const Layer &layer, Room room, const float *maps, float *of_kernels) {
    for (long map = 0; map < layer.maps_below; ++map) {
        const std::vector<Link> &ends = layer.feeds[map];
        const long count = ends.size(), tiles = (count + ABOVE - 1) / ABOVE;
        for (long tile = 0; tile < tiles; ++tile) {  // as even as can be
            const long start = count * tile / tiles, end = count * (tile + 1) / tiles;
            differentiate_kernels(layer, room, maps + map * layer.sizes.height * layer.sizes.width * LANES,
                                  ends.data() + start, end - start, of_kernels);
        }
    }
}

// Give `finish` the gradient of each value of the maps, with its place, of a layer that goes below.
template <typename Finish>
void differentiate_maps(const Layer &layer, Room room, const float *kernels, Finish finish) {
    const Sizes &sizes = layer.sizes;
    for (long y = 0; y < sizes.height; ++y)
        for (long map = 0; map < layer.maps_below; ++map) {
            const long feeds = layer.feeds[map].size();
            const long first = std::max(0L, y - sizes.rows() + 1), last = std::min(sizes.kernel_height - 1, y);
            const Reach reach{layer.up[map].data() + first * feeds,
                              (last - first + 1) * feeds,
                              kernels,
                              room.before + y * sizes.padded_row() * LANES,
                              sizes.kernel_width};
            const long start = (map * sizes.height + y) * sizes.width;
            const auto finish_one = [&](long x, Lanes sum) { finish(start + x, sum); };
            if (sizes.is_whole())
                add_row<Order::backwards, true>(reach, sizes.width, 0.0f, finish_one);
            else
                add_row<Order::backwards, false>(reach, sizes.width, 0.0f, finish_one);
        }
}

}  // namespace convolution

// Gradients of a convolution's weights and biases from maps and gradients in bf16, with sums in fp32.
//
// Maps lie channels last. The gradient of a weight is a sum over all places of all images, and the processor adds two
// products at a time: here those of the same place in two images. What is laid in pairs once is then read for every
// cell of the window, and neither odd sizes nor strides leave anything idle.

#include <algorithm>
#include <vector>

#include <omp.h>

#include "bf16_tiles.h"

namespace {

constexpr long NEAR = 1024 * 1024;  // bytes of pairs that a core's cache keeps

struct Geometry {
    long batch, height, width, channels;  // of the maps that are read, all groups together
    long rows, columns, maps;             // of what is given
    long groups, kernel_height, kernel_width, stride_down, stride_across, top, left;

    long group_channels() const { return channels / groups; }
    long group_maps() const { return maps / groups; }
    long panels() const { return groups * panels_of_group(); }
    long panels_of_group() const { return (group_maps() + PANEL - 1) / PANEL; }

    // Channels whose sums fill the registers; their pairs take a line of the cache.
    long blocks() const { return groups * blocks_of_group(); }
    long blocks_of_group() const { return (group_channels() + MOST_PLACES - 1) / MOST_PLACES; }
    long first_channel(long block) const { return share(group_channels(), blocks_of_group(), block); }

    // An image with its zeros, as far as windows reach.
    long reached_height() const { return (rows - 1) * stride_down + kernel_height; }
    long reached_width() const { return (columns - 1) * stride_across + kernel_width; }

    // Numbers of two images in pairs: of one block of maps, and of one panel of gradients.
    long line() const { return reached_width() * LANES * 2; }
    long maps_of_block() const { return reached_height() * line(); }
    long gradients_of_panel() const { return rows * columns * PANEL * 2; }

    long window() const { return kernel_height * kernel_width; }
    long sums_of_panel() const { return window() * group_channels() * PANEL; }

    long pairs_at_once() const {
        const long numbers = blocks() * maps_of_block() + panels() * gradients_of_panel();
        return std::max<long>(1, NEAR / static_cast<long>(numbers * sizeof(bfloat16)));
    }
};

// The weights of one cell of the window, for a block of channels and a panel of maps.
struct Cell {
    const Geometry &g;
    const bfloat16 *maps, *gradients;
    long pairs;  // of images
    float *sums;

    template <int LINES, int CHANNELS>
    void run() {
        __m512 all[CHANNELS][VECTORS];
        for (int channel = 0; channel < CHANNELS; ++channel)
            for (int vector = 0; vector < VECTORS; ++vector)
                all[channel][vector] = _mm512_loadu_ps(sums + channel * PANEL + vector * LANES);
        const bfloat16 *next = gradients;
        for (long pair = 0; pair < pairs; ++pair)
            for (long row = 0; row < g.rows; ++row)
                next = add_products<1, CHANNELS>(all, maps + pair * g.maps_of_block() + row * g.stride_down * g.line(), 2,
                                                 0, g.columns, 2 * LANES * g.stride_across, next);
        for (int channel = 0; channel < CHANNELS; ++channel)
            for (int vector = 0; vector < VECTORS; ++vector)
                _mm512_storeu_ps(sums + channel * PANEL + vector * LANES, all[channel][vector]);
    }
};

// Numbers of two images, each beside that of the other; of one, beside zeros.
inline __m512i paired(const bfloat16 *one, const bfloat16 *other, __mmask16 mask) {
    const __m512i low = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(mask, one));
    if (!other) return low;
    const __m512i high = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(mask, other));
    return _mm512_or_si512(low, _mm512_slli_epi32(high, 16));
}

inline __m512 sum_of_pair(__m512i both) {
    const __m512i high = _mm512_set1_epi32(static_cast<int>(0xFFFF0000));
    return _mm512_add_ps(_mm512_castsi512_ps(_mm512_slli_epi32(both, 16)),
                         _mm512_castsi512_ps(_mm512_and_si512(both, high)));
}

// What one thread adds up.
class Sums {
   public:
    explicit Sums(const Geometry &g)
        : g_(g),
          // The zeros around maps are written here; what is within changes with the images.
          maps_(g.pairs_at_once() * g.blocks() * g.maps_of_block()),
          gradients_(g.pairs_at_once() * g.panels() * g.gradients_of_panel()),
          weights_(g.panels() * g.sums_of_panel()),
          biases_(g.panels() * PANEL) {}

    const float *weights(long panel) const { return weights_.data() + panel * g_.sums_of_panel(); }
    const float *biases(long panel) const { return biases_.data() + panel * PANEL; }

    void add(const bfloat16 *maps, const bfloat16 *gradient, long first, long last) {
        const long image = g_.height * g_.width * g_.channels, given = g_.rows * g_.columns * g_.maps;
        while (first < last) {
            const long pairs = std::min(g_.pairs_at_once(), (last - first + 1) / 2);
            for (long pair = 0; pair < pairs; ++pair, first += 2) {
                const bool is_alone = first + 1 == last;
                const bfloat16 *one = maps + first * image, *of_one = gradient + first * given;
                lay_maps(one, is_alone ? nullptr : one + image, pair);
                lay_gradients(of_one, is_alone ? nullptr : of_one + given, pair, pairs);
            }
            for (long panel = 0; panel < g_.panels(); ++panel) add_panel(panel, pairs);
        }
    }

   private:
    const Geometry &g_;
    std::vector<bfloat16> maps_;       // blocks x pairs x height x width x 16 x 2
    std::vector<bfloat16> gradients_;  // panels x pairs x places x 32 x 2
    std::vector<float> weights_;       // panels x window x channels x 32
    std::vector<float> biases_;

    // Blocks begin where they do with as many pairs as there can be, for the zeros between them stay.
    bfloat16 *maps_of(long block) { return maps_.data() + block * g_.pairs_at_once() * g_.maps_of_block(); }

    void lay_maps(const bfloat16 *one, const bfloat16 *other, long pair) {
        const long height = std::min(g_.height, g_.reached_height() - g_.top);
        const long width = std::min(g_.width, g_.reached_width() - g_.left);
        for (long block = 0; block < g_.blocks(); ++block) {
            const long group = block / g_.blocks_of_group(), of_group = block % g_.blocks_of_group();
            const long first = g_.first_channel(of_group);
            const __mmask16 mask = mask_of(g_.first_channel(of_group + 1) - first);
            bfloat16 *begin = maps_of(block) + pair * g_.maps_of_block();
            for (long y = 0; y < height; ++y) {
                const long from = y * g_.width * g_.channels + group * g_.group_channels() + first;
                bfloat16 *to = begin + (y + g_.top) * g_.line() + g_.left * LANES * 2;
                for (long x = 0; x < width; ++x, to += 2 * LANES) {
                    const long at = from + x * g_.channels;
                    _mm512_storeu_si512(to, paired(one + at, other ? other + at : nullptr, mask));
                }
            }
        }
    }

    void lay_gradients(const bfloat16 *one, const bfloat16 *other, long pair, long pairs) {
        for (long panel = 0; panel < g_.panels(); ++panel) {
            const long group = panel / g_.panels_of_group(), first = panel % g_.panels_of_group() * PANEL;
            bfloat16 *to = gradients_.data() + (panel * pairs + pair) * g_.gradients_of_panel();
            __m512 sums[VECTORS] = {};
            for (long place = 0; place < g_.rows * g_.columns; ++place)
                for (int vector = 0; vector < VECTORS; ++vector, to += 2 * LANES) {
                    const long at = place * g_.maps + group * g_.group_maps() + first + vector * LANES;
                    const __mmask16 mask = mask_of(g_.group_maps() - first - vector * LANES);
                    const __m512i both = paired(one + at, other ? other + at : nullptr, mask);
                    _mm512_storeu_si512(to, both);
                    sums[vector] = _mm512_add_ps(sums[vector], sum_of_pair(both));
                }
            for (int vector = 0; vector < VECTORS; ++vector) {
                float *place = biases_.data() + panel * PANEL + vector * LANES;
                _mm512_storeu_ps(place, _mm512_add_ps(_mm512_loadu_ps(place), sums[vector]));
            }
        }
    }

    void add_panel(long panel, long pairs) {
        const long channels = g_.group_channels();
        const bfloat16 *gradients = gradients_.data() + panel * pairs * g_.gradients_of_panel();
        for (long block = 0; block < g_.blocks_of_group(); ++block) {
            const bfloat16 *maps = maps_of(panel / g_.panels_of_group() * g_.blocks_of_group() + block);
            const long first = g_.first_channel(block), count = g_.first_channel(block + 1) - first;
            for (long cell = 0; cell < g_.window(); ++cell) {
                const long down = cell / g_.kernel_width, across = cell % g_.kernel_width;
                Cell task{g_, maps + down * g_.line() + across * LANES * 2, gradients, pairs,
                          weights_.data() + panel * g_.sums_of_panel() + (cell * channels + first) * PANEL};
                with_places(1, count, task);
            }
        }
    }
};

using Parts = std::vector<const Sums *>;

// Write the weights, maps x window x channels, and biases of one panel: the sums of all threads.
void write_panel(const Geometry &g, long panel, const Parts &parts, float *weights, float *biases) {
    const long group = panel / g.panels_of_group(), first = panel % g.panels_of_group() * PANEL;
    const long units = std::min<long>(PANEL, g.group_maps() - first), map = group * g.group_maps() + first;
    const long numbers = g.window() * g.group_channels();
    // Sixteen numbers of all maps at a time: lines of the cache are then read and written whole.
    float sums[LANES * PANEL];
    for (long begin = 0; begin < numbers; begin += LANES) {
        const long count = std::min<long>(LANES, numbers - begin);
        std::fill(sums, sums + count * PANEL, 0.0f);
        for (const Sums *part : parts) {
            const float *own = part->weights(panel) + begin * PANEL;
            for (long place = 0; place < count * PANEL; ++place) sums[place] += own[place];
        }
        for (long unit = 0; unit < units; ++unit) {
            float *place = weights + (map + unit) * numbers + begin;
            for (long number = 0; number < count; ++number) place[number] = sums[number * PANEL + unit];
        }
    }
    for (long unit = 0; biases && unit < units; ++unit) {
        biases[map + unit] = 0.0f;
        for (const Sums *part : parts) biases[map + unit] += part->biases(panel)[unit];
    }
}

}  // namespace

extern "C" {

// Write the gradients of weights, maps x height x width x channels of a group, and of biases (null for none).
void differentiate(const bfloat16 *maps, const bfloat16 *gradient, float *weights, float *biases,
                   const Geometry *geometry, long threads) {
    const Geometry &g = *geometry;
    Parts parts;
#pragma omp parallel num_threads(threads)
    {
        const long takers = omp_get_num_threads(), taker = omp_get_thread_num();
#pragma omp single
        parts.resize(takers);
        Sums own(g);
        own.add(maps, gradient, share(g.batch, takers, taker), share(g.batch, takers, taker + 1));
        parts[taker] = &own;
#pragma omp barrier
#pragma omp for schedule(static)
        for (long panel = 0; panel < g.panels(); ++panel) write_panel(g, panel, parts, weights, biases);
    }
}
}

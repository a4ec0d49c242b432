// Rows of maps one behind the other, in bf16 with sums in fp32, from an image to its scores in one call.
//
// Maps lie channels last, and each row writes into a place that has the zeros around it which the next row reads.
// Then what a place reads in one row of its window is one piece of memory, and a convolution is a product of matrices
// whose left one is not written down. A full layer is a convolution whose kernel is as large as its maps.

#include <algorithm>
#include <vector>

#include <omp.h>

#include "bf16_tiles.h"

namespace {

enum Kind : long { CONVOLVE, POOL, SCORE };

// Positions and sizes count numbers of the scratch.
struct Row {
    long kind;
    long is_rectified;  // whether a ReLU follows; of a pooling, whether it reads what one gave
    long source, source_line, channels;  // where its first window begins, a line of pixels, and a pixel
    long out, out_line, maps;
    long rows, columns, groups;
    long kernel_height, kernel_width, stride_down, stride_across;
    const void *weights;
    const float *bias;  // null for none

    long group_maps() const { return maps / groups; }
    long panels() const { return (group_maps() + PANEL - 1) / PANEL; }
    // Without groups the pixels of a line of the window are one piece of memory.
    long pieces() const { return groups == 1 ? 1 : kernel_width; }
    long pairs() const { return ((groups == 1 ? kernel_width * channels : channels / groups) + 1) / 2; }
    long weights_of_panel() const { return kernel_height * pieces() * pairs() * 2 * PANEL; }
};

struct Network {
    const Row *rows;
    long count;
    long channels, height, width, first, first_line;  // of an example, and where it goes
    long given;                                       // scores
    long scratch;
    long number;  // no other network of the process has it

    long example() const { return channels * height * width; }
};

inline __mmask32 mask_of_panel(long left) { return left >= PANEL ? 0xFFFFFFFF : (1u << left) - 1; }

// Neighbouring places of one line or two, in the maps of one panel.
struct Places {
    const Row &row;
    const bfloat16 *source, *weights;
    const float *bias;
    long maps;  // of the panel
    bfloat16 *out;

    template <int LINES, int COLUMNS>
    void run() {
        constexpr int PLACES = LINES * COLUMNS;
        __m512 sums[PLACES][VECTORS];
#pragma GCC unroll 2
        for (int vector = 0; vector < VECTORS; ++vector) {
            const __mmask16 mask = mask_of(maps - vector * LANES);
            const __m512 first = bias ? _mm512_maskz_loadu_ps(mask, bias + vector * LANES) : _mm512_setzero_ps();
#pragma GCC unroll 14
            for (int place = 0; place < PLACES; ++place) sums[place][vector] = first;
        }
        const long apart = row.stride_across * row.channels, below = row.stride_down * row.source_line;
        const bfloat16 *next = weights;
        for (long down = 0; down < row.kernel_height; ++down)
            for (long piece = 0; piece < row.pieces(); ++piece)
                next = add_products<LINES, COLUMNS>(sums, source + down * row.source_line + piece * row.channels, apart,
                                                    below, row.pairs(), 2, next);
#pragma GCC unroll 14
        for (int place = 0; place < PLACES; ++place) {
            // What is not a number stays so: of two, the second is given then.
            if (row.is_rectified)
                for (__m512 &sum : sums[place]) sum = _mm512_max_ps(_mm512_setzero_ps(), sum);
            __m512i both = (__m512i)_mm512_cvtne2ps_pbh(sums[place][1], sums[place][0]);
            // Without a sign, bits are in the order of the numbers, and what is none comes last.
            if (row.is_rectified) both = _mm512_and_si512(both, _mm512_set1_epi16(0x7FFF));
            bfloat16 *of_place = out + place / COLUMNS * row.out_line + place % COLUMNS * row.maps;
            if (maps == PANEL)
                _mm512_storeu_si512(of_place, both);
            else  // which takes longer
                _mm512_mask_storeu_epi16(of_place, mask_of_panel(maps), both);
        }
    }
};

void convolve(const Row &row, bfloat16 *scratch, long taker, long takers) {
    const long panels = row.groups * row.panels();
    const long tiles = (row.columns + MOST_PLACES - 1) / MOST_PLACES;
    // Lines of few places fill the registers two at a time.
    const long most_lines = row.columns <= MOST_PLACES / 2 ? 2 : 1;
    for (long one = share(panels, takers, taker); one < share(panels, takers, taker + 1); ++one) {
        const long group = one / row.panels(), first = one % row.panels() * PANEL;
        const long map = group * row.group_maps() + first;
        const bfloat16 *source = scratch + row.source + group * (row.channels / row.groups);
        for (long y = 0, lines; y < row.rows; y += lines) {
            lines = std::min(most_lines, row.rows - y);
            for (long tile = 0; tile < tiles; ++tile) {
                const long x = share(row.columns, tiles, tile);
                Places places{row,
                              source + y * row.stride_down * row.source_line + x * row.stride_across * row.channels,
                              static_cast<const bfloat16 *>(row.weights) + one * row.weights_of_panel(),
                              row.bias ? row.bias + map : nullptr,
                              std::min<long>(PANEL, row.group_maps() - first),
                              scratch + row.out + y * row.out_line + x * row.maps + map};
                with_places(lines, share(row.columns, tiles, tile + 1) - x, places);
            }
        }
    }
}

inline __m512 widened(const bfloat16 *place, __mmask16 mask) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(mask, place)), 16));
}

// As torch: what is not a number counts as larger than all others.
inline __m512 larger(__m512 most, __m512 value) {
    const __mmask16 is_more = _mm512_cmp_ps_mask(value, most, _CMP_GT_OQ);
    const __mmask16 is_none = _mm512_cmp_ps_mask(value, value, _CMP_UNORD_Q);
    return _mm512_mask_mov_ps(most, is_more | is_none, value);
}

void pool_window(const Row &row, const bfloat16 *window, bfloat16 *out) {
    for (long map = 0; map < row.maps; map += LANES) {
        const __mmask16 mask = mask_of(row.maps - map);
        __m512 most = widened(window + map, mask);
        for (long down = 0; down < row.kernel_height; ++down)
            for (long across = 0; across < row.kernel_width; ++across)
                most = larger(most, widened(window + down * row.source_line + across * row.channels + map, mask));
        _mm256_mask_storeu_epi16(out + map, mask, (__m256i)_mm512_cvtneps_pbh(most));
    }
}

// Numbers that a ReLU gave are in the order of their bits, which are half as many.
void pool_rectified_window(const Row &row, const bfloat16 *window, bfloat16 *out) {
    for (long map = 0; map < row.maps; map += PANEL) {
        const long left = row.maps - map;
        const __mmask32 mask = mask_of_panel(left);
        __m512i most = _mm512_setzero_si512();
        for (long down = 0; down < row.kernel_height; ++down)
            for (long across = 0; across < row.kernel_width; ++across) {
                const bfloat16 *cell = window + down * row.source_line + across * row.channels + map;
                most = _mm512_max_epi16(most, _mm512_maskz_loadu_epi16(mask, cell));
            }
        _mm512_mask_storeu_epi16(out + map, mask, most);
    }
}

void pool(const Row &row, bfloat16 *scratch, long taker, long takers) {
    for (long y = share(row.rows, takers, taker); y < share(row.rows, takers, taker + 1); ++y)
        for (long x = 0; x < row.columns; ++x) {
            const bfloat16 *window = scratch + row.source + y * row.stride_down * row.source_line +
                                     x * row.stride_across * row.channels;
            bfloat16 *out = scratch + row.out + y * row.out_line + x * row.maps;
            if (row.is_rectified)
                pool_rectified_window(row, window, out);
            else
                pool_window(row, window, out);
        }
}

// The last products in fp32: scores that differ in their third digit must not become the same.
void score(const Row &row, const bfloat16 *scratch, float *given) {
    const float *weights = static_cast<const float *>(row.weights);
    for (long first = 0; first < row.maps; first += LANES) {
        const __mmask16 mask = mask_of(row.maps - first);
        __m512 sum = row.bias ? _mm512_maskz_loadu_ps(mask, row.bias + first) : _mm512_setzero_ps();
        for (long down = 0; down < row.kernel_height; ++down) {
            const bfloat16 *line = scratch + row.source + down * row.source_line;
            for (long number = 0; number < row.kernel_width * row.channels; ++number, weights += LANES)
                sum = _mm512_fmadd_ps(_mm512_set1_ps(widen(line[number])), _mm512_loadu_ps(weights), sum);
        }
        _mm512_mask_storeu_ps(given + first, mask, sum);
    }
}

// Channels last, and as far from the border as the first row reads beyond it.
void take(const Network &network, const float *example, bfloat16 *scratch) {
    for (long channel = 0; channel < network.channels; ++channel)
        for (long y = 0; y < network.height; ++y) {
            bfloat16 *line = scratch + network.first + y * network.first_line + channel;
            for (long x = 0; x < network.width; ++x) narrow(*example++, line + x * network.channels);
        }
}

void run_rows(const Network &network, const float *example, bfloat16 *scratch, float *given, long taker, long takers) {
    if (taker == 0) take(network, example, scratch);
    for (const Row *row = network.rows; row != network.rows + network.count; ++row) {
        if (takers > 1) {
#pragma omp barrier
        }
        if (row->kind == CONVOLVE) convolve(*row, scratch, taker, takers);
        if (row->kind == POOL) pool(*row, scratch, taker, takers);
        if (row->kind == SCORE && taker == 0) score(*row, scratch, given);
    }
}

// The scratch of a thread. It is kept, and with it the zeros between maps, which no row writes.
bfloat16 *own_scratch(const Network &network) {
    thread_local std::vector<bfloat16> numbers;
    thread_local long owner = 0;
    if (owner != network.number) {
        numbers.assign(network.scratch, bfloat16{0});
        owner = network.number;
    }
    return numbers.data();
}

}  // namespace

extern "C" {

void run_rows_of_maps(const Network *network, const float *examples, long batch, float *out, long threads) {
    const long size = network->example(), given = network->given;
    if (batch == 1 && threads > 1) {
        bfloat16 *scratch = own_scratch(*network);
#pragma omp parallel num_threads(threads)
        run_rows(*network, examples, scratch, out, omp_get_thread_num(), omp_get_num_threads());
        return;
    }
#pragma omp parallel for schedule(dynamic, 4) num_threads(threads)
    for (long image = 0; image < batch; ++image)
        run_rows(*network, examples + image * size, own_scratch(*network), out + image * given, 0, 1);
}
}

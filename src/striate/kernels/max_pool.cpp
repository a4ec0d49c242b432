// Maximum pooling and its gradient. Maps lie channels last.
//
// The place of each maximum is kept as one byte, its offset in the window, where torch keeps eight. The
// gradient is gathered: each input adds up what the windows over it send to it, always in the same
// order, so that it is written once and does not depend on the number of threads.

#include <algorithm>
#include <cstdint>
#include <limits>

#include "numbers.h"

namespace {

constexpr long BLOCK = 64;  // channels at a time, which stay in registers

struct Geometry {
    long batch, height, width, channels;
    long kernel_height, kernel_width, stride_down, stride_across, top, left;
    long rows, columns;
};

// First and behind-last of the cells of a window that lie on the maps, counted within the window.
struct Span {
    long begin, end;
};

Span span(long start, long kernel, long length) {
    return {std::max(0L, -start), std::min(kernel, length - start)};
}

template <typename Number>
void pool_window(const Number *maps, Number *out, uint8_t *offsets, long row, long column, long count,
                 const Geometry &g) {
    const long y = row * g.stride_down - g.top, x = column * g.stride_across - g.left;
    const Span down = span(y, g.kernel_height, g.height), across = span(x, g.kernel_width, g.width);
    float best[BLOCK];
    int32_t place[BLOCK];
    for (long c = 0; c < count; ++c) {
        best[c] = -std::numeric_limits<float>::infinity();
        place[c] = static_cast<int32_t>(down.begin * g.kernel_width + across.begin);
    }
    for (long ky = down.begin; ky < down.end; ++ky)
        for (long kx = across.begin; kx < across.end; ++kx) {
            const Number *in = maps + ((y + ky) * g.width + x + kx) * g.channels;
            const int32_t here = static_cast<int32_t>(ky * g.kernel_width + kx);
            for (long c = 0; c < count; ++c) {
                const float value = widen(in[c]);
                // What is not a number is kept, as torch keeps it.
                const bool is_larger = (value > best[c]) | (value != value);
                best[c] = is_larger ? value : best[c];
                place[c] = is_larger ? here : place[c];
            }
        }
    for (long c = 0; c < count; ++c) {
        narrow(best[c], out + c);
        offsets[c] = static_cast<uint8_t>(place[c]);
    }
}

template <typename Number>
void pool(const Number *maps, Number *out, uint8_t *offsets, const Geometry &g) {
#pragma omp parallel for collapse(2) schedule(static)
    for (long image = 0; image < g.batch; ++image)
        for (long row = 0; row < g.rows; ++row)
            for (long column = 0; column < g.columns; ++column) {
                const long to = ((image * g.rows + row) * g.columns + column) * g.channels;
                for (long c = 0; c < g.channels; c += BLOCK)
                    pool_window(maps + image * g.height * g.width * g.channels + c, out + to + c,
                                offsets + to + c, row, column, std::min(BLOCK, g.channels - c), g);
            }
}

// The windows that lie over one cell of an axis: those with start <= cell < start + kernel.
Span windows(long cell, long before, long kernel, long stride, long count) {
    const long shifted = cell + before;
    const long first = shifted < kernel ? 0 : (shifted - kernel) / stride + 1;
    return {first, std::min(count, shifted / stride + 1)};
}

template <typename Number>
void gather_cell(const Number *gradient, const uint8_t *offsets, Number *out, long y, long x, long count,
                 const Geometry &g) {
    const Span down = windows(y, g.top, g.kernel_height, g.stride_down, g.rows);
    const Span across = windows(x, g.left, g.kernel_width, g.stride_across, g.columns);
    float sum[BLOCK] = {};
    for (long row = down.begin; row < down.end; ++row)
        for (long column = across.begin; column < across.end; ++column) {
            const long ky = y + g.top - row * g.stride_down;
            const long kx = x + g.left - column * g.stride_across;
            const int32_t here = static_cast<int32_t>(ky * g.kernel_width + kx);
            const long from = (row * g.columns + column) * g.channels;
            for (long c = 0; c < count; ++c) {
                const int32_t place = offsets[from + c];
                sum[c] += place == here ? widen(gradient[from + c]) : 0.0f;
            }
        }
    for (long c = 0; c < count; ++c) narrow(sum[c], out + c);
}

inline float kept(bool is_kept, float value) { return is_kept ? value : 0.0f; }
inline bfloat16 kept(bool is_kept, bfloat16 value) { return {static_cast<uint16_t>(is_kept ? value.bits : 0)}; }

// Where windows do not overlap, a cell has one of them at most, and there is nothing to add up.
template <typename Number>
void gather_alone(const Number *gradient, const uint8_t *offsets, Number *out, long y, long x, const Geometry &g) {
    const Span down = windows(y, g.top, g.kernel_height, g.stride_down, g.rows);
    const Span across = windows(x, g.left, g.kernel_width, g.stride_across, g.columns);
    if (down.begin >= down.end || across.begin >= across.end) {
        std::fill_n(out, g.channels, Number{});
        return;
    }
    const long ky = y + g.top - down.begin * g.stride_down, kx = x + g.left - across.begin * g.stride_across;
    const uint8_t here = static_cast<uint8_t>(ky * g.kernel_width + kx);
    const long from = (down.begin * g.columns + across.begin) * g.channels;
    for (long c = 0; c < g.channels; ++c) out[c] = kept(offsets[from + c] == here, gradient[from + c]);
}

template <typename Number>
void gather(const Number *gradient, const uint8_t *offsets, Number *out, const Geometry &g) {
    const long outputs = g.rows * g.columns * g.channels;
    const bool overlap = g.kernel_height > g.stride_down || g.kernel_width > g.stride_across;
#pragma omp parallel for collapse(2) schedule(static)
    for (long image = 0; image < g.batch; ++image)
        for (long y = 0; y < g.height; ++y)
            for (long x = 0; x < g.width; ++x) {
                const Number *of_image = gradient + image * outputs;
                const uint8_t *places = offsets + image * outputs;
                Number *to = out + ((image * g.height + y) * g.width + x) * g.channels;
                if (!overlap) {
                    gather_alone(of_image, places, to, y, x, g);
                    continue;
                }
                for (long c = 0; c < g.channels; c += BLOCK)
                    gather_cell(of_image + c, places + c, to + c, y, x, std::min(BLOCK, g.channels - c), g);
            }
}

}  // namespace

extern "C" {

void pool_float(const float *maps, float *out, uint8_t *offsets, const Geometry *geometry) {
    pool(maps, out, offsets, *geometry);
}

void pool_bfloat16(const bfloat16 *maps, bfloat16 *out, uint8_t *offsets, const Geometry *geometry) {
    pool(maps, out, offsets, *geometry);
}

void gather_float(const float *gradient, float *out, const uint8_t *offsets, const Geometry *geometry) {
    gather(gradient, offsets, out, *geometry);
}

void gather_bfloat16(const bfloat16 *gradient, bfloat16 *out, const uint8_t *offsets,
                     const Geometry *geometry) {
    gather(gradient, offsets, out, *geometry);
}
}

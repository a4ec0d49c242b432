// A small network, row by row, one example at a time: no call, no thread and no memory of its own for a
// row, which is most of what a row of few numbers costs elsewhere.
//
// Maps lie channels last in a scratch of floats. Weights of a product lie in panels of sixteen maps: all
// numbers that are multiplied with one input are neighbours, and so are those of the next input.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "vectors.h"

namespace {

// As `small_network.py` lists the fields and numbers the kinds and functions.
enum Kind : long { PAD, CONVOLVE, CONNECT, SLIDE, MAXIMUM, AVERAGE, LARGEST, MEAN, MEASURE,
                   EMBED, PLACE, ADD, TRANSPOSE };
enum Function : long { NONE, TANH, SCALED_TANH, RELU, SIGMOID, SOFTMAX };

struct Row {
    long kind, function;
    long in, out;                  // where in the scratch
    long channels, height, width;  // of what it reads
    long maps, rows, columns;      // of what it gives
    long kernel_height, kernel_width;
    long down, across;                  // stride
    long dilation_down, dilation_across;
    long top, left;  // padding
    long groups;
    long weights, bias;  // where in the network's numbers
    long aside;          // what its kind says
};

constexpr float AMPLITUDE = 1.7159f, SLOPE = 2.0f / 3;
constexpr long MOST_PLACES = 8, MOST_PANELS = 8;

// Where the inputs of one product lie: runs of neighbours, each so far behind the one before.
struct Inputs {
    long lines, line_step;  // lines of a kernel
    long cells, cell_step;  // runs in a line
    long length;            // of a run

    long total() const { return lines * cells * length; }
};

// Multiply P places, `step` apart, with V panels of weights.
template <long P, long V>
inline void multiply(const float *from, long step, Inputs inputs, const float *weights,
                     const float *bias, float *to, long to_step, long wanted) {
    Vector sums[P][V];
    for (long p = 0; p < P; ++p)
        for (long v = 0; v < V; ++v) sums[p][v] = bias ? load(bias + v * LANES) : Vector{};
    const long panel = inputs.total() * LANES;
    for (long line = 0; line < inputs.lines; ++line)
        for (long cell = 0; cell < inputs.cells; ++cell) {
            const float *run = from + line * inputs.line_step + cell * inputs.cell_step;
            for (long at = 0; at < inputs.length; ++at, weights += LANES)
                for (long v = 0; v < V; ++v) {
                    const Vector factors = load(weights + v * panel);
                    for (long p = 0; p < P; ++p) sums[p][v] += run[p * step + at] * factors;
                }
        }
    for (long p = 0; p < P; ++p)
        for (long v = 0; v < V; ++v) {
            float *place = to + p * to_step + v * LANES;
            const long count = std::min(LANES, wanted - v * LANES);
            if (count == LANES)
                store(sums[p][v], place);
            else
                std::memcpy(place, &sums[p][v], count * sizeof(float));
        }
}

template <long V>
void multiply_places(const float *from, long step, long places, Inputs inputs, const float *weights,
                     const float *bias, float *to, long to_step, long wanted) {
    constexpr long MANY = V <= 2 ? MOST_PLACES : 1;
    long place = 0;
    for (; place + MANY <= places; place += MANY)
        multiply<MANY, V>(from + place * step, step, inputs, weights, bias, to + place * to_step,
                          to_step, wanted);
    if constexpr (MANY == MOST_PLACES)
        for (; place + 4 <= places; place += 4)
            multiply<4, V>(from + place * step, step, inputs, weights, bias, to + place * to_step,
                           to_step, wanted);
    for (; place < places; ++place)
        multiply<1, V>(from + place * step, step, inputs, weights, bias, to + place * to_step,
                       to_step, wanted);
}

// Multiply lines of places with all panels: each panel meets all places while it is near.
void multiply_all(const float *from, long lines, long line_step, long places, long step,
                  Inputs inputs, const float *weights, const float *bias, float *to, long to_line,
                  long to_step, long wanted) {
    const long panels = (wanted + LANES - 1) / LANES, size = inputs.total() * LANES;
    long panel = 0;
    const auto go = [&](auto several) {
        constexpr long V = decltype(several)::value;
        for (; panel + V <= panels; panel += V)
            for (long line = 0; line < lines; ++line)
                multiply_places<V>(from + line * line_step, step, places, inputs,
                                   weights + panel * size, bias ? bias + panel * LANES : nullptr,
                                   to + line * to_line + panel * LANES, to_step,
                                   wanted - panel * LANES);
    };
    // A single place needs many sums at a time to keep the processor's adders busy.
    if (places < 4) {
        go(std::integral_constant<long, MOST_PANELS>{});
        go(std::integral_constant<long, 4>{});
    }
    go(std::integral_constant<long, 2>{});
    go(std::integral_constant<long, 1>{});
}

void pad(const Row &row, const float *in, float *out) {
    const long line = row.width * row.channels, wide = row.columns * row.channels;
    std::fill_n(out, row.rows * wide, 0.0f);
    for (long y = 0; y < row.height; ++y)
        std::copy_n(in + y * line, line, out + (y + row.top) * wide + row.left * row.channels);
}

void convolve(const Row &row, const float *in, float *out, const float *weights, const float *bias) {
    const long read = row.channels / row.groups, given = row.maps / row.groups;
    const long line = row.width * row.channels;
    Inputs inputs{row.kernel_height, row.dilation_down * line, row.kernel_width,
                  row.dilation_across * row.channels, read};
    if (row.groups == 1 && row.dilation_across == 1) {  // then the cells of a line are neighbours
        inputs.length *= inputs.cells;
        inputs.cells = 1;
    }
    const long panels = (given + LANES - 1) / LANES;
    for (long group = 0; group < row.groups; ++group)
        multiply_all(in + group * read, row.rows, row.down * line, row.columns,
                     row.across * row.channels, inputs, weights + group * panels * inputs.total() * LANES,
                     bias ? bias + group * panels * LANES : nullptr, out + group * given,
                     row.columns * row.maps, row.maps, given);
}

void connect(const Row &row, const float *in, float *out, const float *weights, const float *bias) {
    multiply_all(in, 1, 0, 1, 0, {1, 0, 1, 0, row.channels}, weights, bias, out, 0, 0, row.maps);
}

bool is_filled(const float *line, long width) {
    Integers found{};
    long at = 0;
    for (; at + LANES <= width; at += LANES) found |= load(line + at) != 0.0f;
    bool is_found = false;
    for (; at < width; ++at) is_found |= line[at] != 0.0f;
    for (long lane = 0; lane < LANES; ++lane) is_found |= found[lane] != 0;
    return is_found;
}

// Multiply P lines that lie interleaved, eight at a time, with V panels.
template <long P, long V>
inline void multiply_tile(const float *tile, long width, const float *weights, float *to, long step) {
    Vector sums[P][V] = {};
    for (long at = 0; at < width; ++at)
        for (long v = 0; v < V; ++v) {
            const Vector factors = load(weights + (v * width + at) * LANES);
            for (long p = 0; p < P; ++p) sums[p][v] += tile[at * MOST_PLACES + p] * factors;
        }
    for (long p = 0; p < P; ++p)
        for (long v = 0; v < V; ++v) store(sums[p][v], to + p * step + v * LANES);
}

// Kernels as wide as the lines: lines of zeros, the padding of a sentence, are left out. The others are
// multiplied with all lines of all kernels at once, and the products added up where they meet.
void slide(const Row &row, const float *in, float *out, const float *weights, const float *bias,
           float *aside) {
    const long wide = (row.maps + LANES - 1) / LANES * LANES, all = row.kernel_height * wide;
    float *tiles = aside + row.height * all;
    static thread_local std::vector<long> filled;
    filled.clear();
    for (long y = 0; y < row.height; ++y)
        if (is_filled(in + y * row.width, row.width)) filled.push_back(y);
    const long lines = filled.size(), rounded = (lines + MOST_PLACES - 1) / MOST_PLACES * MOST_PLACES;
    std::fill_n(tiles, rounded * row.width, 0.0f);
    for (long line = 0; line < lines; ++line) {
        float *tile = tiles + line / MOST_PLACES * MOST_PLACES * row.width + line % MOST_PLACES;
        const float *from = in + filled[line] * row.width;
        for (long at = 0; at < row.width; ++at) tile[at * MOST_PLACES] = from[at];
    }
    const auto multiply_panels = [&](long begin, auto several) {
        constexpr long V = decltype(several)::value;
        for (long line = 0; line < lines; line += MOST_PLACES) {
            const float *tile = tiles + line * row.width, *panel = weights + begin * row.width;
            if (lines - line > MOST_PLACES / 2)
                multiply_tile<MOST_PLACES, V>(tile, row.width, panel, aside + line * all + begin, all);
            else
                multiply_tile<MOST_PLACES / 2, V>(tile, row.width, panel, aside + line * all + begin, all);
        }
    };
    long begin = 0;
    for (; begin + 3 * LANES <= all; begin += 3 * LANES)
        multiply_panels(begin, std::integral_constant<long, 3>{});
    for (; begin < all; begin += LANES) multiply_panels(begin, std::integral_constant<long, 1>{});
    for (long y = 0; y < row.rows; ++y)
        for (long map = 0; map < row.maps; ++map) out[y * row.maps + map] = bias ? bias[map] : 0.0f;
    for (long line = 0; line < lines; ++line)
        for (long k = 0; k < row.kernel_height; ++k) {
            const long y = filled[line] - k;
            if (y < 0 || y >= row.rows) continue;
            const float *products = aside + line * all + k * wide;
            float *sums = out + y * row.maps;
            for (long map = 0; map < row.maps; ++map) sums[map] += products[map];
        }
}

// Go over the cells of all windows that lie inside the image.
template <typename Begin, typename Take>
inline void pool(const Row &row, const float *in, float *out, Begin begin, Take take) {
    for (long y = 0; y < row.rows; ++y)
        for (long x = 0; x < row.columns; ++x, out += row.maps) {
            begin(out);
            for (long ky = 0; ky < row.kernel_height; ++ky)
                for (long kx = 0; kx < row.kernel_width; ++kx) {
                    const long at_y = y * row.down + ky * row.dilation_down - row.top;
                    const long at_x = x * row.across + kx * row.dilation_across - row.left;
                    if (at_y >= 0 && at_y < row.height && at_x >= 0 && at_x < row.width)
                        take(out, in + (at_y * row.width + at_x) * row.channels);
                }
        }
}

// The larger one; what is not a number stays, as in torch.
inline Vector larger(Vector one, Vector other) {
    return (other > one) | (other != other) ? other : one;
}

// Whole vectors reach into the next place, which is written after this one.
void take_larger(long maps, const float *from, float *to) {
    for (long map = 0; map < maps; map += LANES) store(larger(load(to + map), load(from + map)), to + map);
}

void take_maximum(const Row &row, const float *in, float *out) {
    pool(row, in, out, [&](float *to) { std::fill_n(to, row.maps, -INFINITY); },
         [&](float *to, const float *from) { take_larger(row.maps, from, to); });
}

void add_up(const Row &row, const float *in, float *out) {
    pool(row, in, out, [&](float *to) { std::fill_n(to, row.maps, 0.0f); },
         [&](float *to, const float *from) {
             for (long map = 0; map < row.maps; ++map) to[map] += from[map];
         });
}

// Sums of windows times a number a map, plus another one; one number for all where `maps` is 1.
void scale(float *out, long places, long count, const float *gains, const float *bias) {
    for (long place = 0; place < places; ++place, out += count)
        for (long map = 0; map < count; ++map) out[map] = out[map] * gains[map] + bias[map];
}

void largest(const Row &row, const float *in, float *out) {
    std::copy_n(in, row.channels, out);
    for (long place = 1; place < row.height * row.width; ++place)
        take_larger(row.channels, in + place * row.channels, out);
}

void mean(const Row &row, const float *in, float *out) {
    const long places = row.height * row.width;
    std::fill_n(out, row.channels, 0.0f);
    for (long place = 0; place < places; ++place)
        for (long map = 0; map < row.channels; ++map) out[map] += in[place * row.channels + map];
    for (long map = 0; map < row.channels; ++map) out[map] /= places;
}

void measure(const Row &row, const float *in, float *out, const float *codes) {
    for (long unit = 0; unit < row.maps; ++unit) {
        float sum = 0.0f;
        for (long at = 0; at < row.channels; ++at) {
            const float away = in[at] - codes[unit * row.channels + at];
            sum += away * away;
        }
        out[unit] = sum;
    }
}

void embed(const Row &row, const int64_t *words, float *out, const float *vectors) {
    for (long at = 0; at < row.rows; ++at, out += row.columns)
        if (words[at] > 0)
            std::copy_n(vectors + (words[at] - 1) * row.columns, row.columns, out);
        else
            std::fill_n(out, row.columns, 0.0f);
}

// Lay maps among those of other branches, `aside` maps behind the first.
void lay(const Row &row, const float *in, float *out) {
    for (long place = 0; place < row.rows * row.columns; ++place)
        std::copy_n(in + place * row.channels, row.channels, out + place * row.maps + row.aside);
}

void add(const Row &row, const float *in, float *out) {
    for (long at = 0; at < row.channels * row.height * row.width; ++at) out[at] += in[at];
}

// Turn maps x places into places x maps.
void transpose(const Row &row, const float *in, float *out) {
    for (long y = 0; y < row.height; ++y)
        for (long x = 0; x < row.width; ++x) out[x * row.height + y] = in[y * row.width + x];
}

void apply(const Row &row, float *values) {
    const long count = row.maps * row.rows * row.columns;
    const auto each = [&](auto function) {  // buffers end at whole vectors
        for (long at = 0; at < count; at += LANES) store(function(load(values + at)), values + at);
    };
    switch (row.function) {
        case TANH: each([](Vector x) { return hyperbolic_tangent(x); }); break;
        case SCALED_TANH: each([](Vector x) { return AMPLITUDE * hyperbolic_tangent(SLOPE * x); }); break;
        case RELU: each([](Vector x) { return x < 0.0f ? Vector{} : x; }); break;
        case SIGMOID: each([](Vector x) { return logistic(x); }); break;
        case SOFTMAX:
            for (long place = 0; place < row.rows * row.columns; ++place, values += row.maps) {
                const float most = *std::max_element(values, values + row.maps);
                float sum = 0.0f;
                for (long map = 0; map < row.maps; ++map) sum += values[map] = std::exp(values[map] - most);
                for (long map = 0; map < row.maps; ++map) values[map] /= sum;
            }
            break;
        default: break;
    }
}

void run(const Row &row, const float *numbers, const void *example, float *scratch) {
    const float *in = scratch + row.in, *weights = numbers + row.weights;
    const float *bias = row.bias < 0 ? nullptr : numbers + row.bias;
    float *out = scratch + row.out;
    switch (row.kind) {
        case PAD: pad(row, in, out); break;
        case CONVOLVE: convolve(row, in, out, weights, bias); break;
        case CONNECT: connect(row, in, out, weights, bias); break;
        case SLIDE: slide(row, in, out, weights, bias, scratch + row.aside); break;
        case AVERAGE:
            add_up(row, in, out);
            scale(out, row.rows * row.columns, row.maps, weights, bias);
            break;
        case MAXIMUM: take_maximum(row, in, out); break;
        case LARGEST: largest(row, in, out); break;
        case MEAN: mean(row, in, out); break;
        case MEASURE: measure(row, in, out, weights); break;
        case EMBED: embed(row, static_cast<const int64_t *>(example), out, weights); break;
        case PLACE: lay(row, in, out); break;
        case ADD: add(row, in, out); break;
        case TRANSPOSE: transpose(row, in, out); break;
    }
    apply(row, out);
}

struct Network {
    const Row *rows;
    const float *numbers;
    long count;    // of rows
    long size;     // of an example, in bytes
    long copied;   // floats of an example that go to the front of the scratch
    long given;    // floats that come out
    long out;      // where they are in the scratch
    long scratch;  // floats
};

// How stored examples become what the network reads, and what its outputs say.
struct Reading {
    long is_words;      // then examples are taken as they are, and otherwise they are bytes
    const float *mean;  // of the training images, or nothing
    float step, low;    // of one byte to the next; of byte 0
    long ending;        // as `Ending` below
    float constant;     // of the class that stands for none, in distances
};

enum Ending : long { SCORES, ONE_SCORE, DISTANCES };

void from_bytes(const Reading &reading, const uint8_t *bytes, long count, float *to) {
    if (reading.mean)
        for (long at = 0; at < count; ++at) to[at] = (bytes[at] - reading.mean[at]) * reading.step;
    else
        for (long at = 0; at < count; ++at) to[at] = bytes[at] * reading.step + reading.low;
}

// Powers of e over their sum, which a class for none may share.
void share(const float *preferences, long count, const float *none, float *chances) {
    float most = *std::max_element(preferences, preferences + count);
    if (none) most = std::max(most, *none);
    float sum = none ? std::exp(*none - most) : 0.0f;
    for (long at = 0; at < count; ++at) sum += chances[at] = std::exp(preferences[at] - most);
    for (long at = 0; at < count; ++at) chances[at] /= sum;
}

// Insert each class behind all that are at least as likely; what is not a number comes first, as in torch.
void order(const float *preferences, long count, int64_t *classes) {
    for (long next = 0; next < count; ++next) {
        const float value = preferences[next];
        long at = next;
        for (; at > 0; --at) {
            const float before = preferences[classes[at - 1]];
            if (!(value > before || (value != value && before == before))) break;
            classes[at] = classes[at - 1];
        }
        classes[at] = next;
    }
}

void say(const Reading &reading, const float *outputs, long given, float *chances, int64_t *classes) {
    if (reading.ending == ONE_SCORE) {
        const float both[2] = {-*outputs, *outputs};
        for (long at = 0; at < 2; ++at) chances[at] = 1.0f / (1.0f + std::exp(-both[at]));
        return order(both, 2, classes);
    }
    if (reading.ending == SCORES) {
        share(outputs, given, nullptr, chances);
        return order(outputs, given, classes);
    }
    static thread_local std::vector<float> near;
    near.resize(given);
    for (long at = 0; at < given; ++at) near[at] = -outputs[at];
    const float none = -reading.constant;
    share(near.data(), given, &none, chances);
    order(near.data(), given, classes);
}

struct Answers {
    float *outputs, *chances;
    int64_t *classes;
};

// Run the examples from one on to before another one; without a reading they are floats, or words.
void run_some(const Network &network, const Reading *reading, const char *examples, long first,
              long end, Answers to) {
    static thread_local std::vector<float> memory;
    if (static_cast<long>(memory.size()) < network.scratch) memory.resize(network.scratch);
    float *scratch = memory.data();
    const bool is_bytes = reading && !reading->is_words;
    const long size = is_bytes ? network.copied : network.size;
    const long classes = reading && reading->ending == ONE_SCORE ? 2 : network.given;
    for (long example = first; example < end; ++example) {
        const char *from = examples + example * size;
        if (is_bytes)
            from_bytes(*reading, reinterpret_cast<const uint8_t *>(from), network.copied, scratch);
        else
            std::memcpy(scratch, from, network.copied * sizeof(float));
        for (long at = 0; at < network.count; ++at)
            run(network.rows[at], network.numbers, from, scratch);
        const float *out = scratch + network.out;
        std::copy_n(out, network.given, to.outputs + example * network.given);
        if (reading)
            say(*reading, out, network.given, to.chances + example * classes, to.classes + example * classes);
    }
}

void share_out(const Network &network, const Reading *reading, const char *examples, long batch,
               Answers to, long threads) {
    if (threads == 1) return run_some(network, reading, examples, 0, batch, to);
#pragma omp parallel for num_threads(threads) schedule(static)
    for (long thread = 0; thread < threads; ++thread)
        run_some(network, reading, examples, thread * batch / threads, (thread + 1) * batch / threads, to);
}

}  // namespace

extern "C" {

void run_network(const Network *network, const char *examples, long batch, float *out, long threads) {
    share_out(*network, nullptr, examples, batch, {out, nullptr, nullptr}, threads);
}

void read_network(const Network *network, const Reading *reading, const char *examples, long batch,
                  float *outputs, float *chances, int64_t *classes, long threads) {
    share_out(*network, reading, examples, batch, {outputs, chances, classes}, threads);
}

}

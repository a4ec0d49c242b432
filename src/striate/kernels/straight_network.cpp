// A straight network of small rows, forward, its loss and backward in one call.
//
// A block of images side by side goes through all rows and back while its values stay in the cache of one core.
// A group of blocks is one task. Gradients of parameters are added up within each group, and then over the groups
// in their order, so that the number of threads changes no bit.

#include <memory>
#include <utility>
#include <vector>

#include "convolution.h"
#include "full_layer.h"
#include "losses.h"
#include "subsampling.h"

namespace {

constexpr long GROUP = 32;  // images
constexpr long BLOCKS = GROUP / LANES;

// A row as Python describes it.
struct Description {
    enum Kind : long { CONVOLVE, SUBSAMPLE, WEIGH, MEASURE };

    long kind;
    long maps_below, height, width, maps_above, kernel_height, kernel_width;
    long pairs;
    const int *above, *below;
    long function;
    float share;

    Activation activation() const { return Activation{function}; }
};

// One block of images on the way back through a row. Gradients are those before an activation.
struct Way {
    float *values;
    Activation below;  // of the row that gave the values
    bool goes_below;   // whether anybody needs the gradient of the values
    float *gradient;
    float *sums;  // gradients of weights, and then of biases, of the group so far
    Lanes *room;  // of this row and thread, for the group
    long block;   // of the group

    Lanes at(long place) const { return load(gradient + place * LANES); }

    // Take a value for the last time: its gradient comes to where it was, for both would not fit into the cache.
    void finish(long place, Lanes gradient_of_value) const {
        float *const value = values + place * LANES;
        if (goes_below) store(below.gradient(gradient_of_value, load(value)), value);
    }
};

class Row {
   public:
    const float *weight, *bias;
    Activation activate;

    Row(const float *weight, const float *bias, Activation activate)
        : weight(weight), bias(bias), activate(activate) {}
    virtual ~Row() = default;

    // Counts of numbers; `room` of vectors.
    virtual long values() const = 0;
    virtual long outputs() const = 0;
    virtual long weights() const = 0;
    virtual long biases() const = 0;
    virtual long room() const { return 0; }
    long parameters() const { return weights() + biases(); }

    virtual void begin(float *sums) const { std::fill(sums, sums + parameters(), 0.0f); }
    virtual void forward(const float *values, float *out) const = 0;
    virtual void backward(const Way &way) const = 0;
    // What is left for the end of a group, of which so many blocks went back.
    virtual void finish(Lanes *, long, float *) const {}
};

class Convolve final : public Row {
   public:
    Convolve(const Description &row, const float *weight, const float *bias, bool goes_below)
        : Row(weight, bias, row.activation()),
          layer_(row.above, row.below, row.pairs, row.maps_above, row.maps_below,
                 {row.height, row.width, row.kernel_height, row.kernel_width, goes_below}, row.activation()) {}

    long values() const override { return layer_.maps_below * layer_.sizes.height * layer_.sizes.width; }
    long outputs() const override { return layer_.maps_above * layer_.sizes.rows() * layer_.sizes.columns(); }
    long weights() const override { return layer_.weights(); }
    long biases() const override { return bias ? layer_.maps_above : 0; }
    long room() const override { return layer_.sums() + (layer_.sizes.margin() ? layer_.gradients() : 0); }

    void forward(const float *values, float *out) const override {
        for (long y = 0; y < layer_.sizes.rows(); ++y)
            convolution::convolve_row(layer_, y, values, weight, bias, out);
    }

    void backward(const Way &way) const override {
        // Without zeros between its rows a gradient may stay where it is.
        const bool stays = layer_.sizes.margin() == 0;
        float *const padded = reinterpret_cast<float *>(way.room + layer_.sums());
        const convolution::Room room{way.room, stays ? way.gradient : padded, stays};
        lay_gradients(layer_, room, [&](long place) { return way.at(place); }, bias ? way.sums + weights() : nullptr);
        differentiate_kernels(layer_, room, way.values, way.sums);
        if (layer_.sizes.goes_below)
            differentiate_maps(layer_, room, weight, [&](long place, Lanes one) { way.finish(place, one); });
    }

   private:
    convolution::Layer layer_;
};

class Subsample final : public Row {
   public:
    Subsample(const Description &row, const float *weight, const float *bias)
        : Row(weight, bias, row.activation()),
          maps_(row.maps_below),
          layer_{row.height, row.width, row.kernel_height, row.kernel_width, row.share, row.activation()} {}

    long values() const override { return maps_ * layer_.cells(); }
    long outputs() const override { return maps_ * layer_.windows(); }
    long weights() const override { return maps_; }
    long biases() const override { return maps_; }

    void forward(const float *values, float *out) const override {
        for (long map = 0; map < maps_; ++map)
            subsampling::subsample(layer_, values + map * layer_.cells() * LANES, weight[map], bias[map],
                                   out + map * layer_.windows() * LANES);
    }

    void backward(const Way &way) const override {
        for (long map = 0; map < maps_; ++map) {
            const long below = map * layer_.cells(), above = map * layer_.windows();
            const subsampling::Gradients found = differentiate(
                layer_, way.values + below * LANES, weight[map],
                [&](long place) { return way.at(above + place); },
                [&](long place, Lanes one) { way.finish(below + place, one); });
            way.sums[map] += found.gain;
            way.sums[maps_ + map] += found.bias;
        }
    }

   private:
    long maps_;
    subsampling::Layer layer_;
};

// The gradients before the activation and the values, image by image, are kept until the end of a group: their
// product is the gradient of the weights.
class Weigh final : public Row {
   public:
    Weigh(const Description &row, const float *weight, const float *bias)
        : Row(weight, bias, row.activation()),
          units_(row.maps_above),
          count_(row.maps_below * row.height * row.width) {}

    long values() const override { return count_; }
    long outputs() const override { return units_; }
    long weights() const override { return units_ * count_; }
    long biases() const override { return bias ? units_ : 0; }
    long room() const override { return units_ * BLOCKS + GROUP * vectors(); }

    void begin(float *sums) const override { std::fill(sums + weights(), sums + parameters(), 0.0f); }

    void forward(const float *values, float *out) const override {
        work_out({{weight, count_, 1}, {values, LANES}, units_, count_, 1}, [&](long unit, long, Lanes sum) {
            store(activate(sum + (bias ? bias[unit] : 0.0f)), out + unit * LANES);
        });
    }

    void backward(const Way &way) const override {
        float *const before = gradients(way.room) + way.block * LANES;
        for (long unit = 0; unit < units_; ++unit) {
            const Lanes one = way.at(unit);
            store(one, before + unit * GROUP);
            if (bias) way.sums[weights() + unit] += sum(one);
        }
        const long line = vectors() * LANES;
        transpose(way.values, LANES, count_, LANES, by_image(way.room) + way.block * LANES * line, line);
        if (way.goes_below)
            work_out({{weight, 1, count_}, {before, GROUP}, count_, units_, 1},
                     [&](long value, long, Lanes sum) { way.finish(value, sum); });
    }

    void finish(Lanes *room, long blocks, float *sums) const override {
        work_out({{gradients(room), GROUP, 1}, {by_image(room), vectors() * LANES}, units_, blocks * LANES, vectors()},
                 [&](long unit, long vector, Lanes sum) {
                     full_layer::store_weights(sum, sums, count_, unit, vector);
                 });
    }

   private:
    long units_, count_;

    long vectors() const { return (count_ + LANES - 1) / LANES; }
    float *gradients(Lanes *room) const { return reinterpret_cast<float *>(room); }
    float *by_image(Lanes *room) const { return reinterpret_cast<float *>(room + units_ * BLOCKS); }

    template <typename Finish>
    static void work_out(const full_layer::Product &product, Finish finish) {
        for (long tile = 0; tile < product.tiles(); ++tile) product.work_out(tile, finish);
    }
};

// Squared distances to codes, which are its weights and not trained.
class Measure final : public Row {
   public:
    Measure(const Description &row, const float *codes)
        : Row(codes, nullptr, Activation{}), codes_(row.maps_above), length_(row.maps_below * row.height * row.width) {}

    long values() const override { return length_; }
    long outputs() const override { return codes_; }
    long weights() const override { return 0; }
    long biases() const override { return 0; }

    void forward(const float *values, float *out) const override {
        for (long code = 0; code < codes_; ++code) {
            Lanes total{};
            for (long at = 0; at < length_; ++at) {
                const Lanes away = load(values + at * LANES) - weight[code * length_ + at];
                total += away * away;
            }
            store(total, out + code * LANES);
        }
    }

    void backward(const Way &way) const override {
        for (long at = 0; at < length_; ++at) {
            const Lanes value = load(way.values + at * LANES);
            Lanes total{};
            for (long code = 0; code < codes_; ++code) total += way.at(code) * (value - weight[code * length_ + at]);
            way.finish(at, 2.0f * total);
        }
    }

   private:
    long codes_, length_;
};

std::unique_ptr<Row> row_of(const Description &row, const float *weight, const float *bias, bool is_first) {
    switch (row.kind) {
        case Description::CONVOLVE:
            return std::make_unique<Convolve>(row, weight, bias, !is_first);
        case Description::SUBSAMPLE:
            return std::make_unique<Subsample>(row, weight, bias);
        case Description::WEIGH:
            return std::make_unique<Weigh>(row, weight, bias);
        default:
            return std::make_unique<Measure>(row, weight);
    }
}

using Rows = std::vector<std::unique_ptr<Row>>;

// A batch, image by image, with what its images are.
struct Examples {
    const float *images;
    const int64_t *labels;
    long count;
};

// What one thread needs to take blocks through all rows and back.
class Worker {
   public:
    Worker(const Rows &rows, const Criterion &criterion) : rows_(rows), criterion_(criterion) {
        long vectors = rows.front()->values();
        for (const auto &row : rows) vectors += row->outputs() + row->room();
        // Given back, it would be asked for in every step, and cleared page by page.
        static thread_local std::vector<Lanes> kept;
        kept.resize(vectors);
        Lanes *next = kept.data();
        const auto take = [&](long count) { return std::exchange(next, next + count); };
        values_.push_back(numbers(take(rows.front()->values())));
        for (const auto &row : rows) {
            values_.push_back(numbers(take(row->outputs())));
            rooms_.push_back(take(row->room()));
        }
        scores_.resize(criterion.classes);
    }

    // Take a group of at most GROUP images through all rows and back. Their gradients are written one behind the
    // other.
    Outcome learn(Examples group, float *sums) {
        float *of_row = sums;
        for (const auto &row : rows_) {
            row->begin(of_row);
            of_row += row->parameters();
        }
        Outcome outcome{0, 0};
        const long blocks = (group.count + LANES - 1) / LANES, size = rows_.front()->values();
        for (long block = 0; block < blocks; ++block) {
            const long first = block * LANES;
            forward({group.images + first * size, group.labels + first, std::min<long>(LANES, group.count - first)},
                    outcome);
            backward(block, of_row);
        }
        for (std::size_t row = rows_.size(); row--;) {
            of_row -= rows_[row]->parameters();
            rows_[row]->finish(rooms_[row], blocks, of_row);
        }
        return outcome;
    }

   private:
    const Rows &rows_;
    Criterion criterion_;
    std::vector<float *> values_;  // what each row reads, and the outputs of the last
    std::vector<Lanes *> rooms_;
    std::vector<float> scores_;     // of one image
    std::vector<Lanes> gradients_;  // of the outputs

    static float *numbers(Lanes *vectors) { return reinterpret_cast<float *>(vectors); }

    void forward(Examples block, Outcome &outcome) {
        const long size = rows_.front()->values();
        if (block.count < LANES) std::fill(values_[0], values_[0] + size * LANES, 0.0f);
        for (long first = 0; first < size; first += LANES)
            transpose(block.images + first, size, block.count, std::min<long>(LANES, size - first),
                      values_[0] + first * LANES, LANES);
        for (std::size_t row = 0; row < rows_.size(); ++row) rows_[row]->forward(values_[row], values_[row + 1]);
        take_loss(block, outcome);
    }

    // The gradients of the outputs come to where those were.
    void take_loss(Examples block, Outcome &outcome) {
        const long classes = criterion_.classes;
        gradients_.assign(classes, Lanes{});
        float *const outputs = values_.back(), *const gradients = numbers(gradients_.data());
        for (long image = 0; image < block.count; ++image) {
            for (long at = 0; at < classes; ++at) scores_[at] = outputs[at * LANES + image];
            add_loss(scores_.data(), block.labels[image], criterion_, outcome);
            for (long at = 0; at < classes; ++at) gradients[at * LANES + image] = scores_[at];
        }
        for (long at = 0; at < classes; ++at) {
            float *const output = outputs + at * LANES;
            store(rows_.back()->activate.gradient(gradients_[at], load(output)), output);
        }
    }

    void backward(long block, float *sums) {
        for (std::size_t row = rows_.size(); row--;) {
            sums -= rows_[row]->parameters();
            rows_[row]->backward({values_[row], row ? rows_[row - 1]->activate : Activation{}, row > 0,
                                  values_[row + 1], sums, rooms_[row], block});
        }
    }
};

}  // namespace

extern "C" {

// `parameters` are a weight and a bias a row, 0 for a bias that is not there. Their gradients are written one behind
// the other in the same order.
void learn(const Description *descriptions, long count, const float *const *parameters, const float *images,
           const int64_t *labels, long examples, long loss, float constant, float *gradients, Outcome *outcome) {
    Rows rows;
    long numbers = 0;
    for (long row = 0; row < count; ++row) {
        rows.push_back(row_of(descriptions[row], parameters[2 * row], parameters[2 * row + 1], !row));
        numbers += rows.back()->parameters();
    }
    const Criterion criterion{loss, rows.back()->outputs(), constant, 1.0f / examples};
    const long size = rows.front()->values(), groups = (examples + GROUP - 1) / GROUP;
    static thread_local std::vector<float> parts;
    parts.resize(groups * numbers);
    float *const sums = parts.data();
    std::vector<Outcome> outcomes(groups);
#pragma omp parallel if (groups > 1)
    {
        Worker worker(rows, criterion);
#pragma omp for schedule(dynamic)
        for (long group = 0; group < groups; ++group) {
            const long first = group * GROUP;
            outcomes[group] = worker.learn({images + first * size, labels + first, std::min(GROUP, examples - first)},
                                           sums + group * numbers);
        }
        add_parts(sums, groups, numbers, gradients, numbers);
    }
    *outcome = {0, 0};
    for (const Outcome &one : outcomes) {
        outcome->loss += one.loss / examples;
        outcome->errors = outcome->errors < 0 || one.errors < 0 ? -1 : outcome->errors + one.errors;
    }
}
}

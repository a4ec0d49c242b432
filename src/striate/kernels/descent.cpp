// A step over all parameters of a network in one call: gradient descent, or Adam's.

#include <cmath>

namespace {

struct Rule {
    float rate, momentum, decay;
};

void descend(long count, float *__restrict weights, const float *__restrict gradients, Rule rule) {
    for (long i = 0; i < count; ++i)
        weights[i] -= rule.rate * (gradients[i] + rule.decay * weights[i]);
}

// By Nesterov's rule a step looks one step of the velocity ahead.
template <bool IS_NESTEROV>
void descend(long count, float *__restrict weights, const float *__restrict gradients,
             float *__restrict velocities, Rule rule) {
    for (long i = 0; i < count; ++i) {
        const float slope = gradients[i] + rule.decay * weights[i];
        velocities[i] = rule.momentum * velocities[i] + slope;
        weights[i] -= rule.rate * (IS_NESTEROV ? slope + rule.momentum * velocities[i] : velocities[i]);
    }
}

// What is the same for all parameters in a step of Adam.
struct AdamRule {
    float rate, first, second, decay, epsilon;
    long is_decoupled;  // the decay is taken off the weights, and does not go through the gradient
};

template <bool IS_DECOUPLED>
void adapt(long count, float *__restrict weights, const float *__restrict gradients,
           float *__restrict means, float *__restrict squares, float step, float root, AdamRule rule) {
    const float kept = 1.0f - rule.rate * rule.decay;
    for (long i = 0; i < count; ++i) {
        const float weight = IS_DECOUPLED ? kept * weights[i] : weights[i];
        const float slope = IS_DECOUPLED ? gradients[i] : gradients[i] + rule.decay * weight;
        means[i] += (1.0f - rule.first) * (slope - means[i]);
        squares[i] = rule.second * squares[i] + (1.0f - rule.second) * slope * slope;
        weights[i] = weight - step * means[i] / (std::sqrt(squares[i]) * root + rule.epsilon);
    }
}

}  // namespace

extern "C" {

// `velocities` is 0 where there is no momentum.
void descend(long parameters, const long *counts, float *const *weights, const float *const *gradients,
             float *const *velocities, long is_nesterov, float rate, float momentum, float decay) {
    const Rule rule{rate, momentum, decay};
    for (long one = 0; one < parameters; ++one) {
        if (!velocities)
            descend(counts[one], weights[one], gradients[one], rule);
        else if (is_nesterov)
            descend<true>(counts[one], weights[one], gradients[one], velocities[one], rule);
        else
            descend<false>(counts[one], weights[one], gradients[one], velocities[one], rule);
    }
}

// `steps` are how many each parameter has made, and are counted up: the means begin at 0, which makes
// the first ones too small by a known factor.
void adapt(long parameters, const long *counts, float *const *weights, const float *const *gradients,
           float *const *means, float *const *squares, float *const *steps, const AdamRule *rule) {
    for (long one = 0; one < parameters; ++one) {
        const double made = *steps[one] += 1.0f;
        const float step = rule->rate / (1.0 - std::pow(static_cast<double>(rule->first), made));
        const float root = 1.0 / std::sqrt(1.0 - std::pow(static_cast<double>(rule->second), made));
        const auto go = rule->is_decoupled ? adapt<true> : adapt<false>;
        go(counts[one], weights[one], gradients[one], means[one], squares[one], step, root, *rule);
    }
}
}

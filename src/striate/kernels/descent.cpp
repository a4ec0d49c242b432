// A step of gradient descent, with momentum or without, over all parameters of a network in one call.

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
}

// Activation functions by their numbers, which are those of `functions.py`, and what they make of a vector.
#pragma once

#include "vectors.h"

enum Function : long { NONE, TANH, SCALED_TANH, RELU, SIGMOID, SOFTMAX };

constexpr float AMPLITUDE = 1.7159f, SLOPE = 2.0f / 3;  // of the scaled tanh: AMPLITUDE tanh(SLOPE x)

// What follows the sums of a layer: NONE, TANH, SCALED_TANH, RELU or SIGMOID.
class Activation {
   public:
    explicit Activation(long function = NONE)
        : function_(function),
          amplitude_(function == SCALED_TANH ? AMPLITUDE : 1.0f),
          slope_(function == SCALED_TANH ? SLOPE : 1.0f) {}

    Vector operator()(Vector x) const {
        if (is_tanh()) return amplitude_ * hyperbolic_tangent(slope_ * x);
        if (function_ == SIGMOID) return logistic(x);
        return function_ == RELU ? (x < 0.0f ? Vector{} : x) : x;
    }

    // The gradient at x by that at y, from y alone: (a tanh(s x))' = s / a (a^2 - y^2).
    Vector gradient(Vector at, Vector y) const {
        if (is_tanh()) return at * (slope_ / amplitude_ * (amplitude_ - y) * (amplitude_ + y));
        if (function_ == SIGMOID) return at * y * (1.0f - y);
        return function_ == RELU ? (y > 0.0f ? at : Vector{}) : at;
    }

   private:
    long function_;
    float amplitude_, slope_;  // of amplitude x tanh(slope x)

    bool is_tanh() const { return function_ == TANH || function_ == SCALED_TANH; }
};

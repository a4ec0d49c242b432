// Activation functions by their numbers, which are those of `functions.py`.
#pragma once

enum Function : long { NONE, TANH, SCALED_TANH, RELU, SIGMOID, SOFTMAX };

constexpr float AMPLITUDE = 1.7159f, SLOPE = 2.0f / 3;  // of the scaled tanh: AMPLITUDE tanh(SLOPE x)

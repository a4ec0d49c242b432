"""Activation functions by their numbers in C++; `functions.h` has the same."""

from striate.layers import Function


FUNCTIONS: dict[Function | None, int] = {
    None: 0,
    "tanh": 1,
    "scaled tanh": 2,
    "ReLU": 3,
    "sigmoid": 4,
    "softmax": 5,
}
"""All functions that any kernel knows. Which kernel knows which stands in `runtime/coverage.py`."""

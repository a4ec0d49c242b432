"""Activation functions on tensors."""

from typing import assert_never

import torch
from torch import Tensor

from striate.layers import Function


AMPLITUDE, SLOPE = 1.7159, 2 / 3
"""LeNet-5's squashing function is AMPLITUDE * tanh(SLOPE * x) (LeCun et al. 1998, appendix A)."""


def apply(function: Function, values: Tensor) -> Tensor:
    """Apply an activation function.

    Args:
        function: Its name in the table language.
        values: batch x units, or batch x maps x height x width.

    Returns:
        A tensor of the same shape; softmax runs over the units or maps.
    """
    match function:
        case "tanh":
            return torch.tanh(values)
        case "scaled tanh":
            return AMPLITUDE * torch.tanh(SLOPE * values)
        case "ReLU":
            return torch.relu(values)
        case "sigmoid":
            return torch.sigmoid(values)
        case "softmax":
            return torch.softmax(values, dim=1)
        case _:
            assert_never(function)

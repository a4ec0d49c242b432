"""Activation functions on tensors."""

from typing import assert_never

import torch
from torch import Tensor

from striate.kernels.lanes import Activation
from striate.layers import Function


AMPLITUDE, SLOPE = 1.7159, 2 / 3
"""LeNet-5's squashing function is AMPLITUDE * tanh(SLOPE * x) (LeCun et al. 1998, appendix A)."""

ACTIVATIONS: dict[Function | None, Activation] = {
    None: Activation(0),
    "tanh": Activation(1, 1.0, 1.0),
    "scaled tanh": Activation(1, AMPLITUDE, SLOPE),
    "ReLU": Activation(2),
}
"""Those that kernels apply to their sums by themselves."""


def apply(function: Function | None, values: Tensor) -> Tensor:
    """Apply an activation function.

    Args:
        function: Its name in the table language; None leaves the values as they are.
        values: batch x units, or batch x maps x height x width.

    Returns:
        A tensor of the same shape; softmax runs over the units or maps.
    """
    match function:
        case None:
            return values
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

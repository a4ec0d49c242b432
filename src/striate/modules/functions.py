"""Activation functions as modules."""

from typing import assert_never, final

import torch
from torch import Tensor, nn

from striate.layers import Function


AMPLITUDE, SLOPE = 1.7159, 2 / 3
"""LeNet-5's squashing function is AMPLITUDE * tanh(SLOPE * x) (LeCun et al. 1998, appendix A)."""


@final
class ScaledTanh(nn.Module):
    """Compute 1.7159 tanh(2x / 3).

    Source:
        LeCun et al. 1998, appendix A.
    """

    def forward(self, values: Tensor) -> Tensor:
        """Return a tensor of the same shape."""
        return AMPLITUDE * torch.tanh(SLOPE * values)


def function_module(function: Function) -> nn.Module:
    """Return the module of an activation function.

    Args:
        function: Its name in the table language.

    Returns:
        A module that gives a tensor of the same shape; the softmax runs over the units or maps.
    """
    match function:
        case "tanh":
            return nn.Tanh()
        case "scaled tanh":
            return ScaledTanh()
        case "ReLU":
            return nn.ReLU()
        case "sigmoid":
            return nn.Sigmoid()
        case "softmax":
            return nn.Softmax(dim=1)
        case _:
            assert_never(function)

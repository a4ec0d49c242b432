"""Activation functions as modules."""

from typing import assert_never, final

import torch
from torch import Tensor, nn

from striate.layers import ELU, Function, LeakyReLU
from striate.layers.functions import AMPLITUDE, SLOPE


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
        function: As the table language has it.

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
        case "log-softmax":
            return nn.LogSoftmax(dim=1)
        case "ReLU6":
            return nn.ReLU6()
        case "GELU":
            return nn.GELU()
        case "GELU (tanh)":
            return nn.GELU(approximate="tanh")
        case "SiLU":
            return nn.SiLU()
        case "mish":
            return nn.Mish()
        case "SELU":
            return nn.SELU()
        case "softplus":
            return nn.Softplus()
        case "softsign":
            return nn.Softsign()
        case "hard swish":
            return nn.Hardswish()
        case "hard sigmoid":
            return nn.Hardsigmoid()
        case "hard tanh":
            return nn.Hardtanh()
        case "log sigmoid":
            return nn.LogSigmoid()
        case LeakyReLU(slope):
            return nn.LeakyReLU(slope)
        case ELU(alpha):
            return nn.ELU(alpha)
        case _:
            assert_never(function)

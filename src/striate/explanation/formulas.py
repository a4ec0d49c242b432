"""Activation functions, losses and their slopes as formulas, in double precision.

Functions that the papers of the notes do not use are torch's, in double precision, too.
"""

import numpy as np
import torch
from numpy.typing import NDArray

from striate.layers import Function
from striate.layers.functions import AMPLITUDE, SLOPE
from striate.modules.functions import function_module


Array = NDArray[np.float64]


def activate(function: Function | None, sums: Array) -> Array:
    """Apply an activation function.

    Shapes:
        in:  units
        out: units
    """
    match function:
        case None:
            return sums
        case "tanh":
            return np.tanh(sums)
        case "scaled tanh":
            return AMPLITUDE * np.tanh(SLOPE * sums)
        case "ReLU":
            return np.maximum(sums, 0.0)
        case "sigmoid":
            # 1 / (1 + e^-z), taken in logarithms: e^-z has no double below z = -709.
            return np.exp(-np.logaddexp(0.0, -sums))
        case "softmax":
            return np.exp(sums - np.logaddexp.reduce(sums))
        case _:
            with torch.no_grad():
                given = function_module(function)(torch.from_numpy(sums[np.newaxis]))
            return np.asarray(given.numpy()[0])


def slopes(function: Function | None, sums: Array, values: Array) -> Array:
    """Give da/dz: how the values of a row follow its sums.

    Shapes:
        in:  units; units
        out: units; units x units for a softmax, each of whose values depends on all sums

    Args:
        function: The activation function.
        sums: z, what goes into it.
        values: a, what comes out of it.
    """
    match function:
        case None:
            return np.ones_like(sums)
        case "tanh":
            return 1.0 - values**2
        case "scaled tanh":
            return AMPLITUDE * SLOPE * (1.0 - (values / AMPLITUDE) ** 2)
        case "ReLU":
            return (sums > 0.0).astype(np.float64)
        case "sigmoid":
            return values * (1.0 - values)
        case "softmax":
            return np.diag(values) - np.outer(values, values)
        case _:
            before = torch.from_numpy(sums[np.newaxis]).requires_grad_()
            after = function_module(function)(before)[0]
            rows = [torch.autograd.grad(value, before, retain_graph=True)[0][0] for value in after]
            square = torch.stack(rows).numpy()
            return square if function == "log-softmax" else np.asarray(np.diagonal(square))


def cross_entropy(sums: Array, label: int, *, is_binary: bool) -> float:
    """Give minus the logarithm of the right class's probability.

    Args:
        sums: z of the last row: one a class, or a single one whose sigmoid is that of class 1.
        label: The right class.
        is_binary: Whether there is a single one.
    """
    if is_binary:
        return float(np.logaddexp(0.0, sums[0]) - label * sums[0])
    return float(np.logaddexp.reduce(sums) - sums[label])


def loss_by_values(function: Function | None, sums: Array, label: int) -> Array:
    """Give dL/da of the last row for the cross entropy.

    Args:
        function: Its activation function: sigmoid for a single unit, softmax, or none.
        sums: Its z.
        label: The right class.

    Returns:
        One slope a unit; infinite where a probability is 0 in double precision.
    """
    if function is None:
        return loss_by_sums(sums, label, is_binary=False)
    with np.errstate(over="ignore"):
        if function == "sigmoid":
            # L = -ln a for class 1 and -ln(1 - a) for class 0; 1 / a is 1 + e^-z.
            sign = -1.0 if label == 1 else 1.0
            return sign * (1.0 + np.exp(sign * sums))
        slope = np.zeros_like(sums)
        slope[label] = -np.exp(cross_entropy(sums, label, is_binary=False))
        return slope


def loss_by_sums(sums: Array, label: int, *, is_binary: bool) -> Array:
    """Give dL/dz of the last row for the cross entropy: the probabilities less what they should be.

    It is the product of dL/da and da/dz, in which 1 / a and a cancel.
    """
    if is_binary:
        return activate("sigmoid", sums) - label
    wanted = np.zeros_like(sums)
    wanted[label] = 1.0
    return activate("softmax", sums) - wanted

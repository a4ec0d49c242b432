"""A step over all parameters of a network in one call: gradient descent, or Adam's."""

from array import array
from collections.abc import Sequence
from ctypes import Structure, byref, c_float, c_long, c_void_p
from typing import ClassVar, final

import torch
from torch import Tensor

from striate.kernels.addresses import addresses, place
from striate.kernels.kernel import Kernel


KERNEL = Kernel(
    "descent",
    {
        "descend": (c_long, *(c_void_p,) * 4, c_long, *(c_float,) * 3),
        "adapt": (c_long, *(c_void_p,) * 7),
    },
)

MOST_NUMBERS = 2**18
"""Numbers up to which one thread is done before torch's step has begun with its many."""


def suits(weights: Sequence[Tensor]) -> bool:
    """Tell whether weights are float and few."""
    return (
        all(values.dtype == torch.float32 for values in weights)
        and sum(values.numel() for values in weights) <= MOST_NUMBERS
    )


def does(weights: Sequence[Tensor]) -> bool:
    """Tell whether the kernel can change weights that suit it now."""
    return KERNEL.is_ready and all(values.is_cpu for values in weights)


def descend(
    weights: Sequence[Tensor],
    gradients: Sequence[Tensor],
    velocities: Sequence[Tensor],
    rate: float,
    momentum: float,
    decay: float,
    *,
    is_nesterov: bool,
) -> None:
    """Step against the gradients, in place.

    Args:
        weights: What is trained.
        gradients: Theirs, in the same order in memory, as are the velocities.
        velocities: The gradients of past steps, each step `momentum` times smaller; none where
            there is no momentum.
        rate: Factor of the step.
        momentum: Part of the velocity that is kept.
        decay: Part of each weight added to its gradient.
        is_nesterov: Whether a step looks one step of the velocity ahead.
    """
    counts = array("q", [values.numel() for values in weights])
    lists = [addresses(tensors) for tensors in (weights, gradients, velocities)]
    KERNEL(
        "descend",
        len(counts),
        place(counts),
        *(place(places) if places else 0 for places in lists),
        is_nesterov,
        rate,
        momentum,
        decay,
    )


@final
class AdamRule(Structure):
    """What is the same for all parameters in a step of Adam, as the C++ reads it."""

    _fields_: ClassVar = [
        ("rate", c_float),
        ("first", c_float),
        ("second", c_float),
        ("decay", c_float),
        ("epsilon", c_float),
        ("is_decoupled", c_long),
    ]


def adapt(
    weights: Sequence[Tensor],
    gradients: Sequence[Tensor],
    means: Sequence[Tensor],
    squares: Sequence[Tensor],
    steps: Sequence[Tensor],
    rule: AdamRule,
) -> None:
    """Make a step of Adam, in place.

    Args:
        weights: What is trained.
        gradients: Theirs, in the same order in memory, as are the means.
        means: Moving averages of the gradients.
        squares: Moving averages of their squares.
        steps: How many steps each parameter has made so far, float32.
        rule: The rates.

    Source:
        Kingma and Ba 2015, algorithm 1; Loshchilov and Hutter 2019 for the decay that is decoupled.
    """
    counts = array("q", [values.numel() for values in weights])
    lists = [addresses(tensors) for tensors in (weights, gradients, means, squares, steps)]
    KERNEL("adapt", len(counts), place(counts), *map(place, lists), byref(rule))

"""A straight network of small rows, forward, its loss and backward in one call."""

from collections.abc import Sequence
from ctypes import Structure, byref, c_float, c_long, c_void_p
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, final

import torch
from torch import Tensor

from striate.kernels.addresses import addresses, place
from striate.kernels.convolution import Connections
from striate.kernels.kernel import Kernel
from striate.kernels.lanes import Activation
from striate.kernels.losses import Outcome, as_labels


KERNEL = Kernel(
    "straight_network",
    {"learn": (c_void_p, c_long, *(c_void_p,) * 3, c_long, c_long, c_float, c_void_p, c_void_p)},
)

MOST_VALUES = 2**17
"""Values of an example in all rows: each thread keeps those of a block of images, 64 bytes for a value."""


class Kind(IntEnum):
    """What a row does, in the order of `Description::Kind` in the C++."""

    CONVOLVE = 0
    SUBSAMPLE = 1
    WEIGH = 2
    MEASURE = 3


@final
@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One row.

    Args:
        kind: What it does.
        reads: Maps that it reads, their height and their width.
        maps: Maps, units or codes that it gives.
        activation: What follows its sums; nothing follows distances.
        kernel: Height and width of the window of a convolution or subsampling.
        connections: The pairs of maps of a convolution.
        share: Of a value in the sum of its window, of subsampling.
    """

    kind: Kind
    reads: tuple[int, ...]
    maps: int
    activation: Activation
    kernel: tuple[int, ...] = (1, 1)
    connections: Connections | None = None
    share: float = 1.0


class _Description(Structure):
    _fields_: ClassVar = [
        ("kind", c_long),
        *((name, c_long) for name in ("maps_below", "height", "width", "maps_above")),
        *((name, c_long) for name in ("kernel_height", "kernel_width", "pairs")),
        *((name, c_void_p) for name in ("above", "below")),
        ("function", c_long),
        *((name, c_float) for name in ("amplitude", "slope", "share")),
    ]


@final
class Plan:
    """The rows of a network as the kernel reads them.

    Args:
        axes: Of an example.
        rows: Each reads what the one before gives; the last gives a number a class.
    """

    def __init__(self, axes: tuple[int, ...], rows: Sequence[Row]) -> None:
        self.axes, self.classes = axes, rows[-1].maps
        self.rows = tuple(rows)  # whose tensors of connections the descriptions name
        self.descriptions = (_Description * len(rows))(*map(_described, rows))


def _described(row: Row) -> _Description:
    ends = row.connections
    pairs = (
        (0, None, None)
        if ends is None
        else (len(ends.above), ends.above.data_ptr(), ends.below.data_ptr())
    )
    sizes = (*row.reads, row.maps, *row.kernel)
    return _Description(row.kind, *sizes, *pairs, *row.activation, row.share)


def does(plan: Plan, images: Tensor, parameters: Sequence[Tensor | None]) -> bool:
    """Tell whether the kernel can take images through the rows, whose sizes it trusts."""
    return (
        images.shape[1:] == plan.axes
        and len(images) > 0
        and all(
            one is None or (one.dtype == torch.float32 and one.is_cpu and one.is_contiguous())
            for one in (images, *parameters)
        )
        and KERNEL.is_ready
    )


def learn(
    plan: Plan,
    parameters: Sequence[Tensor | None],
    gradients: Tensor,
    images: Tensor,
    labels: Tensor,
    loss: int,
    constant: float,
) -> tuple[float, int]:
    """Find the gradients of a network for the mean loss of a batch.

    The number of threads changes no bit.

    Args:
        plan: The rows.
        parameters: Weight and bias of each row, None for a bias that is not there; for distances,
            the codes, which get no gradient.
        gradients: Written to: those of all parameters, one behind the other.
        images: batch x maps x height x width.
        labels: Numbers of the classes, int64, as many as there are images.
        loss: One of LOSSES.
        constant: j of the loss `map`.

    Returns:
        The mean loss of the examples, and how many of them are given another class than their label.

    Raises:
        IndexError: A label names no class.
        ValueError: There is not one int64 label an example.
    """
    labels = as_labels(labels, len(images))
    given, outcome = addresses(parameters), Outcome()
    KERNEL(
        "learn",
        *(plan.descriptions, len(plan.rows), place(given), images, labels),
        *(len(images), loss, constant, gradients, byref(outcome)),
    )
    return outcome.read(plan.classes)

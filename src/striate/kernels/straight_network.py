"""A straight network of small rows, forward, its loss and backward in one call."""

from collections.abc import Sequence
from ctypes import Structure, byref, c_float, c_long, c_void_p
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, final

import torch
from torch import Tensor

from striate.kernels.addresses import addresses, place
from striate.kernels.functions import FUNCTIONS
from striate.kernels.kernel import Kernel
from striate.kernels.losses import Outcome, as_labels
from striate.layers import Function


KERNEL = Kernel(
    "straight_network",
    {"learn": (c_void_p, c_long, *(c_void_p,) * 3, c_long, c_long, c_float, c_void_p, c_void_p)},
)

MOST_VALUES = 2**17
"""Values of an example in all rows: each thread keeps those of a block of images, 64 bytes for a value."""

MOST_CHANNELS = 16
"""Maps that a convolution reads, up to which it is faster than torch, which fills its vectors with maps."""

MOST_WEIGHTS = 2**18
"""Weights of a full layer up to which it is as fast as torch's product of matrices or faster: a megabyte of
them stays in the cache of a core."""


class Kind(IntEnum):
    """What a row does, in the order of `Description::Kind` in the C++."""

    CONVOLVE = 0
    SUBSAMPLE = 1
    WEIGH = 2
    MEASURE = 3


@final
@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Args:
        kind: What it does.
        reads: Maps that it reads, their height and their width.
        maps: Maps, units or codes that it gives.
        function: What follows its sums; nothing follows distances.
        kernel: Height and width of the window of a convolution or subsampling.
        pairs: (map above, map below) of each kernel of a convolution, in their order.
        share: Of a value in the sum of its window, of subsampling.
    """

    kind: Kind
    reads: tuple[int, ...]
    maps: int
    function: Function | None = None
    kernel: tuple[int, ...] = (1, 1)
    pairs: tuple[tuple[int, int], ...] = ()
    share: float = 1.0


class _Description(Structure):
    _fields_: ClassVar = [
        ("kind", c_long),
        *((name, c_long) for name in ("maps_below", "height", "width", "maps_above")),
        *((name, c_long) for name in ("kernel_height", "kernel_width", "pairs")),
        *((name, c_void_p) for name in ("above", "below")),
        ("function", c_long),
        ("share", c_float),
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
        # Both ends of each pair, whose addresses the descriptions hold.
        self._ends = [torch.tensor(row.pairs, dtype=torch.int32).t().contiguous() for row in rows]
        self.descriptions = (_Description * len(rows))(*map(_described, rows, self._ends))


def _described(row: Row, ends: Tensor) -> _Description:
    pairs = (len(row.pairs), ends[0].data_ptr(), ends[1].data_ptr()) if row.pairs else (0, 0, 0)
    sizes = (*row.reads, row.maps, *row.kernel)
    return _Description(row.kind, *sizes, *pairs, FUNCTIONS[row.function], row.share)


def learn(
    plan: Plan,
    parameters: Sequence[Tensor | None],
    gradients: Tensor,
    images: Tensor,
    labels: Tensor,
    loss: int,
    constant: float,
) -> tuple[float, int]:
    """Compute the gradients of a network for the mean loss of a batch.

    The number of threads changes no bit.

    Args:
        plan: The rows.
        parameters: Weight and bias of each row, contiguous fp32, None for a bias that is not there; for
            distances, the codes, which get no gradient.
        gradients: Written to: those of all parameters, one behind the other.
        images: batch x maps x height x width, fp32.
        labels: Numbers of the classes, int64, as many as there are images.
        loss: One of LOSSES.
        constant: j of the loss `map`.

    Returns:
        The mean loss of the examples, and how many of them are given another class than their label.

    Raises:
        IndexError: A label names no class.
        ValueError: There is not one int64 label an example.
    """
    images, labels = images.contiguous(), as_labels(labels, len(images))
    given, outcome = addresses(parameters), Outcome()
    KERNEL(
        "learn",
        *(plan.descriptions, len(plan.descriptions), place(given), images, labels),
        *(len(images), loss, constant, gradients, byref(outcome)),
    )
    return outcome.read(plan.classes)

"""All rows of a small network in one call."""

from ctypes import Structure, byref, c_float, c_long, c_void_p
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, final

from striate.kernels.kernel import Kernel


LANES = 16
"""Numbers of the widest vector: what a row reads and writes begins at a multiple of it."""

_COUNT = c_void_p
"""A whole number as wide as an address: ctypes converts it in half the time of `c_long`, which is a hundredth
of an answer of the smallest networks."""

KERNEL = Kernel(
    "small_network",
    {
        "run_network": (c_void_p, c_void_p, _COUNT, c_void_p, _COUNT),
        "read_network": (
            *(c_void_p, c_void_p, c_void_p, _COUNT),
            *(c_void_p, c_void_p, c_void_p, _COUNT),
        ),
        "give_lanes": (c_void_p,),
    },
)


def lanes() -> int:
    """Return the numbers of a vector on this processor: weights lie in panels of so many maps."""
    count = c_long(LANES)
    if KERNEL.is_ready:
        KERNEL("give_lanes", byref(count))
    return count.value


@final
class ReadingFields(Structure):
    """How stored examples become what a network reads, and what its outputs say; `Reading` in the C++."""

    _fields_: ClassVar = [
        ("is_words", c_long),
        ("mean", c_void_p),
        ("step", c_float),
        ("low", c_float),
        ("ending", c_long),
        ("constant", c_float),
    ]


class Kind(IntEnum):
    """What a row does, in the order of `Kind` in the C++."""

    PAD = 0
    CONVOLVE = 1
    CONNECT = 2
    SLIDE = 3
    MAXIMUM = 4
    AVERAGE = 5
    LARGEST = 6
    MEAN = 7
    MEASURE = 8
    EMBED = 9
    PLACE = 10
    ADD = 11
    TRANSPOSE = 12


@final
@dataclass(slots=True)
class KernelRow:
    """One row, its fields in the order of `Row` in the C++.

    Args:
        kind: What it does.
        function: Applied to what comes out, by its number.
        source: Where its input begins in the scratch, in floats.
        out: Where its output begins.
        channels: Maps that it reads, of `height` x `width`; `channels` alone for flat values.
        height: Of what it reads.
        width: Of what it reads.
        maps: Maps that it gives, of `rows` x `columns`.
        rows: Of what it gives.
        columns: Of what it gives.
        kernel: Height and width of its window.
        stride: Of its window.
        dilation: Of its window.
        before: Padding above and on the left.
        groups: Of its maps.
        weights: Where its numbers begin among those of the network.
        bias: Where its biases begin; -1 for none.
        aside: Room beside the output for a sliding product; the first map for a branch.
    """

    kind: Kind
    source: int
    out: int
    channels: int
    height: int = 1
    width: int = 1
    maps: int = 1
    rows: int = 1
    columns: int = 1
    function: int = 0
    kernel: tuple[int, int] = (1, 1)
    stride: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    before: tuple[int, int] = (0, 0)
    groups: int = 1
    weights: int = 0
    bias: int = -1
    aside: int = 0

    @property
    def fields(self) -> tuple[int, ...]:
        """Its numbers, in the order of the C++."""
        return (
            *(int(self.kind), self.function, self.source, self.out),
            *(self.channels, self.height, self.width, self.maps, self.rows, self.columns),
            *(*self.kernel, *self.stride, *self.dilation, *self.before),
            *(self.groups, self.weights, self.bias, self.aside),
        )

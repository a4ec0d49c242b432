"""Rows of maps one behind the other, in bf16 and in one call, for processors with AVX-512 BF16."""

from ctypes import Structure, c_long, c_void_p
from enum import IntEnum
from typing import ClassVar, final

from striate.kernels.kernel import Kernel


PANEL = 32
"""Maps whose weights lie side by side, as in `bf16_tiles.h`."""
KERNEL = Kernel(
    "bf16_network", {"run_rows_of_maps": (c_void_p, c_void_p, c_long, c_void_p, c_long)}
)


class Kind(IntEnum):
    """What a row does, in the order of `Kind` in the C++."""

    CONVOLVE = 0
    POOL = 1
    SCORE = 2


@final
class RowFields(Structure):
    """One row; `Row` in the C++, where its fields are told."""

    _fields_: ClassVar = [
        *((name, c_long) for name in ("kind", "is_rectified")),
        *((name, c_long) for name in ("source", "source_line", "channels")),
        *((name, c_long) for name in ("out", "out_line", "maps", "rows", "columns", "groups")),
        *((name, c_long) for name in ("kernel_height", "kernel_width")),
        *((name, c_long) for name in ("stride_down", "stride_across")),
        *((name, c_void_p) for name in ("weights", "bias")),
    ]


@final
class NetworkFields(Structure):
    """All rows and what they work on; `Network` in the C++."""

    _fields_: ClassVar = [
        ("rows", c_void_p),
        *((name, c_long) for name in ("count", "channels", "height", "width")),
        *((name, c_long) for name in ("first", "first_line", "given", "scratch", "number")),
    ]

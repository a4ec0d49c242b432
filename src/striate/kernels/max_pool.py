"""Maximum pooling that keeps the place of a maximum in one byte."""

from ctypes import Structure, byref, c_long, c_void_p
from typing import Any, final

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from striate.kernels.kernel import Kernel
from striate.layers.windows import Axis, window_count


_NAMES = {torch.float32: "float", torch.bfloat16: "bfloat16"}
_TENSORS = 3

KERNEL = Kernel(
    "max_pool",
    {
        f"{name}_{number}": (c_void_p,) * (_TENSORS + 1)
        for name in ("pool", "gather")
        for number in _NAMES.values()
    },
)
_LEAST_MAPS = 16
"""With fewer maps torch's pooling, which goes along the rows of each, is as quick."""
_MOST_CELLS = 256
"""Of a window, whose cells are numbered by one byte."""


@final
class Geometry(Structure):
    """What the functions in C++ know of maps and windows, in cells."""

    _fields_ = tuple(
        (name, c_long)
        for name in (
            *("batch", "height", "width", "channels"),
            *("kernel_height", "kernel_width", "stride_down", "stride_across", "top", "left"),
            *("rows", "columns"),
        )
    )


def does(maps: Tensor, axes: tuple[Axis, Axis]) -> bool:
    """Tell whether the kernel can pool some maps.

    Args:
        maps: batch x maps x height x width
        axes: The window down and across; every position of it touches the maps.
    """
    down, across = axes
    return (
        maps.device.type == "cpu"
        and maps.dtype in _NAMES
        and maps.shape[1] >= _LEAST_MAPS
        and down.kernel * across.kernel <= _MOST_CELLS
        and down.dilation == across.dilation == 1
        and KERNEL.is_ready
    )


@final
class MaxPooling(torch.autograd.Function):
    """Keep the largest value of each window.

    Shapes:
        maps: batch x maps x height x width; channels last is the order in memory that it works in
        out:  batch x maps x rows x columns
    """

    @staticmethod
    def forward(ctx: Any, maps: Tensor, axes: tuple[Axis, Axis]) -> Tensor:
        """Pool."""
        maps = maps.contiguous(memory_format=torch.channels_last)
        ctx.geometry = geometry = _geometry(maps.shape, axes)
        shape = (geometry.batch, geometry.channels, geometry.rows, geometry.columns)
        out = torch.empty(shape, dtype=maps.dtype, memory_format=torch.channels_last)
        offsets = torch.empty_like(out, dtype=torch.uint8)
        KERNEL(f"pool_{_NAMES[maps.dtype]}", maps, out, offsets, byref(geometry))
        ctx.save_for_backward(offsets)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        """Send each gradient to the place of its maximum."""
        (offsets,) = ctx.saved_tensors
        geometry = ctx.geometry
        gradient = gradient.contiguous(memory_format=torch.channels_last)
        shape = (geometry.batch, geometry.channels, geometry.height, geometry.width)
        out = torch.empty(shape, dtype=gradient.dtype, memory_format=torch.channels_last)
        KERNEL(f"gather_{_NAMES[gradient.dtype]}", gradient, out, offsets, byref(geometry))
        return out, None


def _geometry(shape: torch.Size, axes: tuple[Axis, Axis]) -> Geometry:
    batch, channels, height, width = shape
    down, across = axes
    return Geometry(
        *(batch, height, width, channels),
        *(down.kernel, across.kernel, down.stride, across.stride, down.before, across.before),
        *(window_count(height, down), window_count(width, across)),
    )

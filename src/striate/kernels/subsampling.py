"""Trained subsampling with its activation, forward and backward, of images that lie side by side."""

from ctypes import c_float, c_long, c_void_p
from typing import Any, final

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from striate.kernels import lanes
from striate.kernels.kernel import Kernel
from striate.kernels.lanes import Activation


_SIZES = (*(c_long,) * 7, c_float, *lanes.ACTIVATION)

KERNEL = Kernel(
    "subsampling",
    {
        "subsample": (*(c_void_p,) * 4, *_SIZES),
        "differentiate": (*(c_void_p,) * 7, *_SIZES),
    },
)
KERNELS = (lanes.KERNEL, KERNEL)


def does(maps: Tensor) -> bool:
    """Tell whether the kernel can subsample some maps, and gains by it: they lie side by side."""
    return lanes.suits(maps) and lanes.are_side_by_side(maps) and KERNEL.is_ready


@final
class Subsampling(torch.autograd.Function):
    """Add up windows that touch, times a gain, plus a bias, one pair a map, and activate.

    What is kept for the gradient are the maps and the outcome.

    Shapes:
        maps:   batch x maps x height x width
        gains:  maps
        biases: maps
        out:    batch x maps x rows x columns, images side by side
    """

    @staticmethod
    def forward(
        ctx: Any,
        maps: Tensor,
        gains: Tensor,
        biases: Tensor,
        window: tuple[int, int],
        share: float,
        activation: Activation,
    ) -> Tensor:
        """Subsample; each sum counts by a share, which is 1, or makes it a mean."""
        maps = lanes.side_by_side(maps)
        images, count, height, width = maps.shape
        rows, columns = window
        sizes = (count, height, width, rows, columns, images, lanes.stride_of(images))
        out = lanes.room_side_by_side(images, count, height // rows, width // columns)
        KERNEL("subsample", maps, gains, biases, out, *sizes, share, *activation)
        ctx.save_for_backward(maps, gains, out)
        ctx.constants = (*sizes, share, *activation)
        return out

    @staticmethod
    @once_differentiable
    def backward(
        ctx: Any, gradient: Tensor
    ) -> tuple[Tensor | None, Tensor, Tensor, None, None, None]:
        """Give the gradients of maps, gains and biases."""
        maps, gains, out = ctx.saved_tensors
        of_maps = lanes.room_side_by_side(*maps.shape) if ctx.needs_input_grad[0] else None
        of_gains, of_biases = torch.empty_like(gains), torch.empty_like(gains)
        tensors = (maps, gains, out, lanes.side_by_side(gradient), of_maps, of_gains, of_biases)
        KERNEL("differentiate", *tensors, *ctx.constants)
        return of_maps, of_gains, of_biases, None, None, None

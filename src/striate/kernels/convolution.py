"""Small convolutions with their activation, forward and backward, of images that lie side by side."""

from ctypes import c_long, c_void_p
from dataclasses import dataclass
from typing import Any, final

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from striate.kernels import lanes
from striate.kernels.kernel import Kernel
from striate.kernels.lanes import Activation


KERNEL = Kernel(
    "convolution",
    {
        "convolve": (*(c_void_p,) * 6, *(c_long,) * 9, *lanes.ACTIVATION),
        "differentiate": (*(c_void_p,) * 9, *(c_long,) * 9, *lanes.ACTIVATION),
    },
)
KERNELS = (lanes.KERNEL, KERNEL)

MOST_CHANNELS = 16
"""Maps below up to which it is faster than torch, which fills its vectors with maps."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Connections:
    """Which maps are connected, one kernel a pair.

    Args:
        above: The map that each pair leads to, int32.
        below: The map that it reads, int32.
        maps_above: Number of maps above.
    """

    above: Tensor
    below: Tensor
    maps_above: int

    @classmethod
    def of(cls, pairs: list[tuple[int, int]], maps_above: int) -> "Connections":
        """Connect pairs of (map above, map below), in the order of their kernels."""
        numbers = torch.tensor(pairs, dtype=torch.int32, device="cpu")
        above, below = numbers.t().contiguous()
        return cls(above, below, maps_above)


def does(maps: Tensor) -> bool:
    """Tell whether the kernel can convolve some maps."""
    return lanes.suits(maps) and KERNEL.is_ready and lanes.KERNEL.is_ready


@final
class Convolution(torch.autograd.Function):
    """Slide one kernel for each pair of connected maps, in steps of 1, without padding, and activate.

    What is kept for the gradient are the maps and the outcome.

    Shapes:
        maps:    batch x maps below x height x width
        kernels: pairs x kernel height x kernel width
        bias:    maps above, or nothing
        out:     batch x maps above x rows x columns, images side by side
    """

    @staticmethod
    def forward(
        ctx: Any,
        maps: Tensor,
        kernels: Tensor,
        bias: Tensor | None,
        connections: Connections,
        activation: Activation,
    ) -> Tensor:
        """Convolve."""
        maps, kernels = lanes.side_by_side(maps), kernels.contiguous()
        images, below, height, width = maps.shape
        pairs, rows, columns = kernels.shape
        sizes = (height, width, rows, columns, images, lanes.stride_of(images))
        above = connections.maps_above
        counts = (pairs, above, below, *sizes)
        out = lanes.room_side_by_side(images, above, height - rows + 1, width - columns + 1)
        pair = (connections.above, connections.below)
        KERNEL("convolve", maps, kernels, bias, *pair, out, *counts, *activation)
        ctx.save_for_backward(maps, kernels, out)
        ctx.sizes, ctx.connections, ctx.activation = sizes, connections, activation
        return out

    @staticmethod
    @once_differentiable
    def backward(
        ctx: Any, gradient: Tensor
    ) -> tuple[Tensor | None, Tensor, Tensor | None, None, None]:
        """Give the gradients of maps, kernels and biases."""
        maps, kernels, out = ctx.saved_tensors
        connections = ctx.connections
        pair, above = (connections.above, connections.below), connections.maps_above
        needs_maps, _, needs_bias, _, _ = ctx.needs_input_grad
        of_maps = lanes.room_side_by_side(*maps.shape) if needs_maps else None
        of_kernels = torch.empty_like(kernels)
        of_bias = torch.empty(above) if needs_bias else None
        tensors = (maps, kernels, *pair, out, lanes.side_by_side(gradient))
        counts = (len(kernels), above, maps.shape[1], *ctx.sizes)
        KERNEL("differentiate", *tensors, of_maps, of_kernels, of_bias, *counts, *ctx.activation)
        return of_maps, of_kernels, of_bias, None, None

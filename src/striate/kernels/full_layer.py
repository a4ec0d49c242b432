"""Full layers with their activation, forward and backward, of images that lie side by side."""

from ctypes import c_long, c_void_p
from typing import Any, final

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from striate.kernels import lanes
from striate.kernels.kernel import Kernel
from striate.kernels.lanes import Activation


_SIZES = (*(c_long,) * 4, *lanes.ACTIVATION)

KERNEL = Kernel(
    "full_layer",
    {"weigh": (*(c_void_p,) * 4, *_SIZES), "differentiate": (*(c_void_p,) * 7, *_SIZES)},
)
KERNELS = (lanes.KERNEL, KERNEL)

MOST_WEIGHTS = 2**18
"""Weights up to which it is as fast as torch's product of matrices or faster: a megabyte of them stays in the
cache of a core."""


def does(values: Tensor) -> bool:
    """Tell whether the kernel can weigh some values, and gains by it: they lie side by side."""
    return lanes.suits(values) and lanes.are_side_by_side(values) and KERNEL.is_ready


@final
class FullLayer(torch.autograd.Function):
    """Weigh all values of each image for each unit, and activate.

    What is kept for the gradient are the values and the outcome.

    Shapes:
        values: batch x any
        weight: units x values
        bias:   units, or nothing
        out:    batch x units, images side by side
    """

    @staticmethod
    def forward(
        ctx: Any, values: Tensor, weight: Tensor, bias: Tensor | None, activation: Activation
    ) -> Tensor:
        """Weigh."""
        values, weight = lanes.side_by_side(values), weight.contiguous()
        units, count = weight.shape
        images = len(values)
        out = lanes.room_side_by_side(images, units)
        ctx.constants = (units, count, images, lanes.stride_of(images), *activation)
        KERNEL("weigh", values, weight, bias, out, *ctx.constants)
        ctx.save_for_backward(values, weight, out)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor, Tensor | None, None]:
        """Give the gradients of values, weights and biases."""
        values, weight, out = ctx.saved_tensors
        needs_values, _, needs_bias, _ = ctx.needs_input_grad
        of_values = lanes.room_side_by_side(*values.shape) if needs_values else None
        of_weight = torch.empty_like(weight)
        of_bias = torch.empty(len(weight)) if needs_bias else None
        tensors = (values, weight, out, lanes.side_by_side(gradient))
        KERNEL("differentiate", *tensors, of_values, of_weight, of_bias, *ctx.constants)
        return of_values, of_weight, of_bias, None

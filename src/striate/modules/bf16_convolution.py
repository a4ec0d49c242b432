"""A convolution that learns in bf16, the gradients of whose weights a kernel adds up."""

from typing import Any, final

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

from striate.kernels import bf16_gradients
from striate.kernels.processor import multiplies_bf16_pairs
from striate.layers import Convolution
from striate.shapes import Image


_MOST_PLACES = 14 * 14
"""Of a map: on larger ones oneDNN's gradients are as fast or faster."""
_LEAST_CHANNELS = 32
"""Of a group: fewer leave registers empty."""


def gains_by_kernel(layer: Convolution, image: Image) -> bool:
    """Tell whether the gradients of a convolution's weights come faster from the kernel.

    Args:
        layer: The row's convolution.
        image: What it reads.
    """
    given, window = layer.output(image), layer.window
    top, bottom, left, right = window.sides(image)
    return (
        multiplies_bf16_pairs()
        and given.height * given.width <= _MOST_PLACES
        and image.channels // layer.groups >= _LEAST_CHANNELS
        and window.kernel != (1, 1)
        and window.dilation == (1, 1)
        and (top, left) == (bottom, right)
    )


def does(maps: Tensor, layer: nn.Conv2d) -> bool:
    """Tell whether the kernel can be used: a network is learning in bf16 on a processor."""
    return (
        maps.device.type == "cpu"
        and torch.is_grad_enabled()
        and layer.weight.requires_grad
        and torch.is_autocast_enabled("cpu")
        and torch.get_autocast_dtype("cpu") == torch.bfloat16
        and bf16_gradients.KERNEL.is_ready
    )


def convolve(maps: Tensor, layer: nn.Conv2d) -> Tensor:
    """Convolve as torch does in bf16.

    Shapes:
        in:  batch x channels x height x width
        out: batch x maps x rows x columns, bf16
    """
    out: Tensor = _Convolving.apply(maps, layer.weight, layer.bias, layer)  # type: ignore[no-untyped-call]
    return out


@final
class _Convolving(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, maps: Tensor, weight: Tensor, bias: Tensor | None, layer: nn.Conv2d
    ) -> Tensor:
        low, low_weight = maps.to(torch.bfloat16), weight.to(torch.bfloat16)
        ctx.save_for_backward(low, low_weight)
        ctx.layer, ctx.number = layer, maps.dtype
        low_bias = None if bias is None else bias.to(torch.bfloat16)
        stride, padding, groups = layer.stride, layer.padding, layer.groups
        return functional.conv2d(low, low_weight, low_bias, stride, padding, 1, groups)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        (maps, weight), layer = ctx.saved_tensors, ctx.layer
        of_maps = None
        if ctx.needs_input_grad[0]:
            of_maps, _, _ = torch.ops.aten.convolution_backward(
                *(gradient, maps, weight, None, layer.stride, layer.padding, (1, 1)),
                *(False, (0, 0), layer.groups, (True, False, False)),
            )
            of_maps = of_maps.to(ctx.number)
        weights, biases = bf16_gradients.differentiate(
            maps, gradient, weight.shape, stride=layer.stride, padding=layer.padding
        )
        return of_maps, weights, biases if ctx.needs_input_grad[2] else None, None

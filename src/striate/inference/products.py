"""Convolutions and products of matrices with their weights laid out once, and with what follows them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor, nn
from torch.nn import functional

from striate.layers import Function
from striate.modules.convolutions import (
    Ends,
    FullWidthConvolution,
    PaddedConvolution,
    PartialConvolution,
    pad,
)
from striate.modules.functions import apply


Operation = Callable[..., Tensor]
"""From what a row reads to what it gives."""


BLOCK = 16
"""Images that go through the rows of maps together: enough for two cores to share, and so few that the
maps of a row are still near when the next one reads them."""


@final
@dataclass(frozen=True, slots=True)
class Kernels:
    """The weights of a convolution, and how they slide.

    Args:
        weight: maps x channels of a group x height x width.
        bias: One number a map, or none.
        stride: Down and across.
        padding: Above and below, left and right, as torch's convolution takes it.
        ends: Padding that goes before it.
        dilation: Down and across.
        groups: Of maps.
    """

    weight: Tensor
    bias: Tensor | None
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)
    ends: Ends = (0, 0, 0, 0)
    dilation: tuple[int, int] = (1, 1)
    groups: int = 1


def kernels_of(
    module: PaddedConvolution | PartialConvolution | FullWidthConvolution,
) -> Kernels:
    """Read what a convolution multiplies with."""
    if isinstance(module, PartialConvolution):
        window = module.window
        weight, dilation = module.full_weight(), window.dilation
        return Kernels(weight, module.bias, window.stride, module.both, module.ends, dilation)
    return Kernels(
        module.weight,
        module.bias,
        _two(module.stride),
        _two(module.padding),
        module.ends,
        _two(module.dilation),
        module.groups,
    )


def convolution(
    kernels: Kernels, size: tuple[int, int], function: Function | None, number: torch.dtype
) -> Operation:
    """Prepare a convolution and the function behind it.

    On a processor oneDNN lays the weights out as its loops read them, and applies a ReLU before a sum
    leaves its register; elsewhere they lie channels last.

    Args:
        kernels: Its weights; they are copied.
        size: Height and width of the maps that it reads. oneDNN chooses its loops by it: a layout that it
            chose without would be laid anew in each call, which takes up to a hundred times as long as
            the product.
        function: What follows it.
        number: What is multiplied: fp32 or bf16.
    """
    weight = kernels.weight.detach().to(number)
    bias = None if kernels.bias is None else kernels.bias.detach().to(number)
    stride, padding, dilation = kernels.stride, kernels.padding, kernels.dilation
    groups, ends = kernels.groups, kernels.ends
    if _is_laid_out_by_onednn(weight):
        laid = torch.ops.mkldnn._reorder_convolution_weight(
            weight, padding, stride, dilation, groups, _padded(kernels, size)
        )
        multiply = torch.ops.mkldnn._convolution_pointwise.default
        fused, then = _fused(function)

        def convolve(maps: Tensor) -> Tensor:
            return multiply(maps, laid, bias, padding, stride, dilation, groups, fused, [], "")
    else:
        laid, then = weight.contiguous(memory_format=torch.channels_last), function

        def convolve(maps: Tensor) -> Tensor:
            return functional.conv2d(maps, laid, bias, stride, padding, dilation, groups)

    def run(maps: Tensor) -> Tensor:
        if any(ends):
            maps = pad(maps, ends)
        return _followed(convolve(maps.to(number)), then)

    return run


def product(module: nn.Linear, function: Function | None, number: torch.dtype) -> Operation:
    """Prepare a product of flat vectors and a matrix, and the function behind it.

    Args:
        module: Its weights are copied where they are changed.
        function: What follows it.
        number: What is multiplied: fp32 or bf16.
    """
    weight = module.weight.detach().to(number)
    given: Tensor | None = module.bias
    bias = None if given is None else given.detach().to(number)
    if _is_laid_out_by_onednn(weight):
        laid = torch.ops.mkldnn._reorder_linear_weight(weight)
        multiply = torch.ops.mkldnn._linear_pointwise.default
        fused, then = _fused(function)

        def weigh(values: Tensor) -> Tensor:
            return multiply(values, laid, bias, fused, [], "")
    else:
        then = function

        def weigh(values: Tensor) -> Tensor:
            return functional.linear(values, weight, bias)

    def run(values: Tensor) -> Tensor:
        return _followed(weigh(values.flatten(1).to(number)), then)

    return run


def _padded(kernels: Kernels, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Give the axes of a block of images as oneDNN meets them."""
    top, bottom, left, right = kernels.ends
    channels = kernels.weight.shape[1] * kernels.groups
    return BLOCK, channels, size[0] + top + bottom, size[1] + left + right


def _is_laid_out_by_onednn(weight: Tensor) -> bool:
    return (
        weight.device.type == "cpu"
        and weight.dtype in {torch.float32, torch.bfloat16}
        and torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
        and torch._C._get_mkldnn_enabled()
        and (weight.dtype == torch.float32 or torch.ops.mkldnn._is_mkldnn_bf16_supported())
    )


def _fused(function: Function | None) -> tuple[str, Function | None]:
    """Name what oneDNN does behind a product, and what is left to do."""
    return ("relu", None) if function == "ReLU" else ("none", function)


def _followed(values: Tensor, function: Function | None) -> Tensor:
    if function == "ReLU":
        return values.relu_()
    return values if function is None else apply(function, values)


def _two(numbers: tuple[int, ...] | str) -> tuple[int, int]:
    down, across = map(int, numbers)
    return down, across

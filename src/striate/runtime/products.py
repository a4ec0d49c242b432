"""Convolutions and products of matrices with their weights laid out once, and with what follows them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import final

import torch
from torch import Tensor, nn
from torch.nn import functional

from striate.layers import Function
from striate.modules.convolutions import Ends, PartialConvolution
from striate.modules.functions import function_module


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
        ends: Padding that goes before it: left, right, top, bottom.
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

    def slides_down_only(self, width: int) -> bool:
        """Whether the kernel is as wide as its maps, and takes single steps along their height."""
        is_single = self.stride[0] == self.dilation[0] == 1
        return self.weight.shape[3] == width > 1 and is_single

    def scaled(self, norm: nn.BatchNorm2d | nn.BatchNorm1d) -> "Kernels":
        """Give the kernels that do at once what a batch normalisation does behind these."""
        scale, shift = scale_and_shift(norm)
        bias = shift if self.bias is None else self.bias.detach() * scale + shift
        return replace(self, weight=self.weight.detach() * scale.view(-1, 1, 1, 1), bias=bias)


def scale_and_shift(norm: nn.BatchNorm2d | nn.BatchNorm1d) -> tuple[Tensor, Tensor]:
    """Return what each map is multiplied by, and what is added, by the statistics kept from training."""
    mean, variance = norm.running_mean, norm.running_var
    if mean is None or variance is None:
        message = "a batch normalisation without statistics was taken for one with them"
        raise ValueError(message)
    gain: Tensor | None = norm.weight
    offset: Tensor | None = norm.bias
    scale = (variance + norm.eps).rsqrt()
    if gain is not None:
        scale = scale * gain.detach()
    shift = -mean * scale
    return scale, shift if offset is None else shift + offset.detach()


def kernels_of(module: nn.Conv2d | PartialConvolution, padding: nn.Module | None = None) -> Kernels:
    """Read what a convolution multiplies with.

    Args:
        module: The convolution.
        padding: What pads ahead of it, if anything does.
    """
    ends: Ends = (0, 0, 0, 0)
    if isinstance(padding, nn.ZeroPad2d):
        left, right, top, bottom = padding.padding
        ends = (left, right, top, bottom)
    if isinstance(module, PartialConvolution):
        window = module.window
        weight, dilation = module.full_weight(), window.dilation
        return Kernels(weight, module.bias, window.stride, module.both, ends, dilation)
    return Kernels(
        module.weight,
        module.bias,
        _two(module.stride),
        _two(module.padding),
        ends,
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
        # One image has a layout of its own: in that of many it takes up to twice as long, and they in its.
        for_one, for_many = (
            torch.ops.mkldnn._reorder_convolution_weight(
                weight, padding, stride, dilation, groups, _padded(kernels, count, size)
            )
            for count in (1, BLOCK)
        )
        multiply = torch.ops.mkldnn._convolution_pointwise.default
        fused, then = _fused(function)

        def convolve(maps: Tensor) -> Tensor:
            laid = for_one if len(maps) == 1 else for_many
            return multiply(maps, laid, bias, padding, stride, dilation, groups, fused, [], "")
    else:
        # A copy, for the network's own may be changed while this one is in use.
        last = weight.clone(memory_format=torch.channels_last)
        then = following(function)

        def convolve(maps: Tensor) -> Tensor:
            return functional.conv2d(maps, last, bias, stride, padding, dilation, groups)

    def run(maps: Tensor) -> Tensor:
        if any(ends):
            maps = functional.pad(maps, ends)
        values = convolve(maps.to(number))
        return values if then is None else then(values)

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
        then = following(function)

        def weigh(values: Tensor) -> Tensor:
            return functional.linear(values, weight, bias)

    def run(values: Tensor) -> Tensor:
        values = weigh(values.flatten(1).to(number))
        return values if then is None else then(values)

    return run


def following(function: Function | None) -> Operation | None:
    """Return what applies a function to values that nobody else reads."""
    if function is None:
        return None
    return torch.relu_ if function == "ReLU" else function_module(function).eval()


def _padded(kernels: Kernels, count: int, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Give the axes of so many images as oneDNN meets them."""
    left, right, top, bottom = kernels.ends
    channels = kernels.weight.shape[1] * kernels.groups
    return count, channels, size[0] + top + bottom, size[1] + left + right


def _is_laid_out_by_onednn(weight: Tensor) -> bool:
    return (
        weight.device.type == "cpu"
        and weight.dtype in {torch.float32, torch.bfloat16}
        and torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
        and torch._C._get_mkldnn_enabled()
        and (weight.dtype == torch.float32 or torch.ops.mkldnn._is_mkldnn_bf16_supported())
    )


def _fused(function: Function | None) -> tuple[str, Operation | None]:
    """Name what oneDNN does behind a product, and give what is left to do."""
    return ("relu", None) if function == "ReLU" else ("none", following(function))


def _two(numbers: tuple[int, ...] | str) -> tuple[int, int]:
    down, across = map(int, numbers)
    return down, across

"""Modules that train a row faster than torch's own layer does, where there is one."""

from collections.abc import Callable
from typing import Any, final

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

from striate import layers
from striate.kernels import Kernel, bf16_gradients, max_pool, response_norm
from striate.kernels.processor import multiplies_bf16_pairs
from striate.layers import Convolution, MaxPooling
from striate.modules import Network, Step
from striate.modules.inception import Inception
from striate.modules.normalization import ResponseNormalization
from striate.modules.radial_basis import RadialBasis
from striate.runtime.precision import Width, at_least_fp32, full_precision
from striate.runtime.rows import FasterMaxPooling, FasterResponseNorm, SharedBatchNorm
from striate.runtime.sliding import SlidingProducts
from striate.shapes import Image
from striate.system.ranks import ALONE, Ranks


Operation = Callable[[Tensor], Tensor]
"""From what a row reads to what its layer gives, without the function behind it."""

_MOST_PLACES = 14 * 14
"""Of a map: on larger ones oneDNN's gradients of weights are as fast or faster."""
_LEAST_CHANNELS = 32
"""Of a group: fewer leave registers empty."""


def learning_row(
    network: Network, step: Step, width: Width, ranks: Ranks = ALONE
) -> Operation | None:
    """Return a module that trains a row's layer faster than its own does; None where there is none.

    Args:
        network: As it was built; its modules are read at each use.
        step: The row.
        width: Of the numbers whose products are taken.
        ranks: The processes that its batches are divided among.
    """
    report = network.walk.reports[network.steps.index(step) + 1]
    layer, shape = report.row.layer, report.inputs[0]
    own = step.children[: step.children.index(step.child) + 1]
    modules = tuple(getattr(network, child) for child in own)
    match modules[-1]:
        case nn.Conv2d() as module if isinstance(layer, Convolution) and isinstance(shape, Image):
            padding = None if len(modules) == 1 else modules[0]
            return _learning_convolution(layer, shape, module, padding, width)
        case nn.MaxPool2d() if isinstance(layer, MaxPooling) and isinstance(shape, Image):
            return FasterMaxPooling(layer, shape, modules)
        case nn.LocalResponseNorm() | ResponseNormalization() if (
            isinstance(layer, layers.ResponseNormalization) and layer.region == "across"
        ):
            return FasterResponseNorm(layer)
        case Inception() as module if isinstance(layer, layers.Inception):
            return LearningInception(layer, module, shape, width)
        case nn.BatchNorm1d() | nn.BatchNorm2d() as module if not ranks.is_alone:
            return SharedBatchNorm(module, ranks, is_flat=step.is_flat)
        case RadialBasis() | ResponseNormalization() as module if width == "bf16":
            return InFullPrecision(module, is_flat=step.is_flat)
        case _:
            return None


def kernels_of_row(operation: object) -> tuple[Kernel, ...]:
    """Return the kernels in C++ that train a row."""
    match operation:
        case FasterMaxPooling():
            return (max_pool.KERNEL,)
        case FasterResponseNorm():
            is_known = operation.layer.beta == response_norm.BETA
            return (response_norm.KERNEL,) if is_known else ()
        case Bf16Convolution():
            return (bf16_gradients.KERNEL,)
        case LearningInception():
            return tuple(kernel for part in operation.parts for kernel in kernels_of_row(part))
        case _:
            return ()


def _learning_convolution(
    layer: Convolution, image: Image, module: nn.Conv2d, padding: nn.Module | None, width: Width
) -> Operation | None:
    if is_full_width(layer, image):
        return SlidingConvolution(module, padding)
    if width == "bf16" and gains_by_kernel(layer, image):
        return Bf16Convolution(module)
    return None


def is_full_width(layer: Convolution, image: Image) -> bool:
    """Whether a kernel is as wide as its one map, so that it moves along the height alone."""
    window = layer.window
    _, _, left, right = window.sides(image)
    return (
        image.channels == 1
        and window.kernel[1] == image.width > 1
        and left == right == 0
        and window.stride[0] == window.dilation[0] == 1
    )


def gains_by_kernel(layer: Convolution, image: Image) -> bool:
    """Whether the gradients of a convolution's weights in bf16 come faster from the kernel."""
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


@final
class InFullPrecision:
    """A module whose sums would lose too much in bf16.

    Args:
        module: The module.
        is_flat: Whether it reads maps as one flat vector.
    """

    def __init__(self, module: nn.Module, *, is_flat: bool) -> None:
        self.module, self.is_flat = module, is_flat

    def __call__(self, values: Tensor) -> Tensor:
        """Run it in fp32."""
        with full_precision(values.device):
            given: Tensor = self.module(
                at_least_fp32(values.flatten(1) if self.is_flat else values)
            )
        return given


@final
class SlidingConvolution:
    """A convolution whose kernel is as wide as the map: word vectors under a window of words.

    Line by line it is a product of matrices, and lines of zeros, the padding of a sentence, are
    left out of it. Behind a maximum over time nearly all gradients are zero, and left out as well.
    On 2 cores that is ten times as fast as torch's convolution.

    Args:
        module: The row's convolution, for which `is_full_width` holds.
        padding: What pads ahead of it, if anything does.
    """

    def __init__(self, module: nn.Conv2d, padding: nn.Module | None) -> None:
        self.module, self.padding = module, padding

    def __call__(self, maps: Tensor) -> Tensor:
        """Convolve; batch x 1 x height x width to batch x maps x rows x 1."""
        padded = maps if self.padding is None else self.padding(maps)
        module = self.module
        if padded.device.type != "cpu":
            return module(padded)
        above = int(module.padding[0])
        if above:
            padded = functional.pad(padded, (0, 0, above, above))
        lines, kernels = padded.squeeze(1), module.weight.squeeze(1)
        with full_precision(lines.device):
            sums: Tensor = SlidingProducts.apply(  # type: ignore[no-untyped-call]
                at_least_fp32(lines), kernels
            )
        if module.bias is not None:
            sums = sums + module.bias
        return sums.transpose(1, 2).unsqueeze(3)


@final
class Bf16Convolution:
    """A convolution that learns in bf16, the gradients of whose weights a kernel adds up.

    Args:
        module: The row's convolution, for which `gains_by_kernel` holds.
    """

    def __init__(self, module: nn.Conv2d) -> None:
        self.module = module

    def __call__(self, maps: Tensor) -> Tensor:
        """Convolve; batch x channels x height x width to batch x maps x rows x columns, bf16."""
        module = self.module
        if not self._does(maps):
            return module(maps)
        out: Tensor = _Convolving.apply(maps, module.weight, module.bias, module)  # type: ignore[no-untyped-call]
        return out

    def _does(self, maps: Tensor) -> bool:
        return (
            maps.device.type == "cpu"
            and torch.is_grad_enabled()
            and self.module.weight.requires_grad
            and torch.is_autocast_enabled("cpu")
            and torch.get_autocast_dtype("cpu") == torch.bfloat16
            and bf16_gradients.KERNEL.is_ready
        )


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


@final
class LearningInception:
    """GoogLeNet's module, each of its layers done as it is done fastest.

    Args:
        layer: The row's numbers.
        module: The row's module.
        image: What it reads.
        width: Of the numbers whose products are taken.
    """

    def __init__(
        self, layer: layers.Inception, module: Inception, image: Any, width: Width
    ) -> None:
        self.branches: list[list[Operation]] = []
        for branch, names in zip(layer.branches, module.branches, strict=True):
            parts, below, operations = dict(branch), image, []
            for name in names:
                child, part = getattr(module, name), parts.get(name)
                faster: Operation | None = None
                if isinstance(part, Convolution):
                    faster = _learning_convolution(part, below, child, None, width)
                elif isinstance(part, MaxPooling):
                    faster = FasterMaxPooling(part, below, (child,))
                operations.append(faster or child)
                below = below if part is None else part.output(below)
            self.branches.append(operations)

    @property
    def parts(self) -> list[Operation]:
        """All operations, branch by branch."""
        return [operation for branch in self.branches for operation in branch]

    def __call__(self, maps: Tensor) -> Tensor:
        """Run all branches; batch x maps x height x width to batch x (sum of maps) x height x width."""
        outputs = []
        for branch in self.branches:
            values = maps
            for operation in branch:
                values = operation(values)
            outputs.append(values)
        return torch.cat(outputs, dim=1)

"""Modules that train a row faster than torch's own layer does, where there is one."""

from collections.abc import Callable
from typing import final

from torch import Tensor, nn
from torch.nn import functional

from striate import layers
from striate.kernels import Kernel, response_norm
from striate.layers import Convolution
from striate.modules import Network, Step
from striate.modules.normalization import ResponseNormalization
from striate.modules.radial_basis import RadialBasis
from striate.runtime.precision import Width, at_least_fp32, full_precision
from striate.runtime.rows import FasterResponseNorm, SharedBatchNorm
from striate.runtime.sliding import SlidingProducts
from striate.shapes import Image
from striate.system.ranks import ALONE, Ranks


Operation = Callable[[Tensor], Tensor]
"""From what a row reads to what its layer gives, without the function behind it."""


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
            return SlidingConvolution(module, padding) if is_full_width(layer, shape) else None
        case nn.LocalResponseNorm() | ResponseNormalization() if (
            isinstance(layer, layers.ResponseNormalization) and layer.region == "across"
        ):
            return FasterResponseNorm(layer)
        case nn.BatchNorm1d() | nn.BatchNorm2d() as module if not ranks.is_alone:
            return SharedBatchNorm(module, ranks, is_flat=step.is_flat)
        case RadialBasis() | ResponseNormalization() as module if width == "bf16":
            return InFullPrecision(module, is_flat=step.is_flat)
        case _:
            return None


def kernels_of_row(operation: object) -> tuple[Kernel, ...]:
    """Return the kernels in C++ that train a row."""
    is_known = (
        isinstance(operation, FasterResponseNorm) and operation.layer.beta == response_norm.BETA
    )
    return (response_norm.KERNEL,) if is_known else ()


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

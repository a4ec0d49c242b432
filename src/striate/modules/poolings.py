"""Pooling with any padding, and LeNet-5's trained subsampling."""

import math
from typing import assert_never, final

import torch
from torch import Tensor, nn
from torch.nn import functional

from striate.kernels import Kernel, max_pool, subsampling
from striate.layers import (
    AdaptivePooling,
    AveragePooling,
    Function,
    GlobalPooling,
    MaxPooling,
    Subsampling,
)
from striate.layers.windows import Axis, Window, pair, window_count
from striate.modules.convolutions import Ends, pad
from striate.modules.functions import ACTIVATIONS, apply
from striate.shapes import Image


def _split_padding(window: Window, image: Image) -> tuple[tuple[int, int], Ends]:
    """Split a padding into what torch's poolings do themselves and what must be added before them.

    Returns:
        (pixels above and below, pixels left and right) for torch, and what remains for `pad`.
    """
    down, across = window.axes(image)
    # torch refuses more than half a kernel, which a dilated window may need, and where such a window
    # touches nothing but padding, torch takes the gradient to a place outside of the image.
    if all(axis.before == axis.after and axis.dilation == 1 for axis in (down, across)):
        return (down.before, across.before), (0, 0, 0, 0)
    bottom, right = _used_behind(image.height, down), _used_behind(image.width, across)
    return (0, 0), (down.before, bottom, across.before, right)


def _used_behind(length: int, axis: Axis) -> int:
    """Count the cells of padding behind the input that windows touch.

    Behind a padding of its own, torch would also keep a window that starts in the rest of them.
    """
    end = (window_count(length, axis) - 1) * axis.stride + axis.reach
    return min(axis.after, max(end - axis.before - length, 0))


@final
class MaxPool(nn.Module):
    """Keep the largest value of each window; padding is smaller than every value.

    Args:
        layer: The row's pooling.
        image: What it reads.
    """

    kernels = (max_pool.KERNEL,)

    def __init__(self, layer: MaxPooling, image: Image) -> None:
        super().__init__()
        self.window, self.axes = layer.window, layer.window.axes(image)
        self.both, self.ends = _split_padding(self.window, image)

    def forward(self, maps: Tensor) -> Tensor:
        """Pool.

        Shapes:
            in:  batch x maps x height x width
            out: batch x maps x rows x columns
        """
        if max_pool.does(maps, self.axes):
            pooled: Tensor = max_pool.MaxPooling.apply(maps, self.axes)  # type: ignore[no-untyped-call]
            return pooled
        if any(self.ends):
            maps = pad(maps, self.ends, -math.inf)
        window = self.window
        return functional.max_pool2d(
            maps,
            window.kernel,
            window.stride,
            self.both,
            window.dilation,
            ceil_mode=window.rounding == "ceil",
        )

    def extra_repr(self) -> str:
        """Say which window slides."""
        return f"kernel={self.window.kernel}, stride={self.window.stride}"


@final
class AveragePool(nn.Module):
    """Take the mean of each window.

    Args:
        layer: The row's pooling.
        image: What it reads.
    """

    def __init__(self, layer: AveragePooling, image: Image) -> None:
        super().__init__()
        self.window, self.divisor = layer.window, layer.divisor
        self.both, self.ends = _split_padding(self.window, image)

    def forward(self, maps: Tensor) -> Tensor:
        """Pool.

        Shapes:
            in:  batch x maps x height x width
            out: batch x maps x rows x columns
        """
        means = self._means(maps)
        if self.divisor == "window" or not any(self.ends):
            return means
        # The mean of ones is the share of the window inside the image.
        return means / self._means(torch.ones_like(maps[:1, :1]))

    def _means(self, maps: Tensor) -> Tensor:
        if any(self.ends):
            maps = pad(maps, self.ends)
        return functional.avg_pool2d(
            maps,
            self.window.kernel,
            self.window.stride,
            self.both,
            ceil_mode=self.window.rounding == "ceil",
            count_include_pad=self.divisor == "window",
        )

    def extra_repr(self) -> str:
        """Say which window slides."""
        return f"kernel={self.window.kernel}, stride={self.window.stride}, divisor={self.divisor}"


@final
class Subsample(nn.Module):
    """Add up (or average) each window, times a trained gain, plus a trained bias, one pair a map.

    Args:
        layer: The row's subsampling.
        maps: Maps that it reads.
        function: What follows it.

    Source:
        LeCun et al. 1998, II-B.
    """

    def __init__(self, layer: Subsampling, maps: int, function: Function | None = None) -> None:
        super().__init__()
        self.function = function
        self.window, self.reduction = layer.window, layer.reduction
        self.weight = nn.Parameter(torch.empty(maps))
        self.bias = nn.Parameter(torch.empty(maps))
        self.reset_parameters()

    @property
    def kernels(self) -> tuple[Kernel, ...]:
        """What does it in C++."""
        is_known = self.window.stride == self.window.kernel and self.function in ACTIVATIONS
        return subsampling.KERNELS if is_known else ()

    @property
    def fan_in(self) -> int:
        """Values that each unit reads."""
        return math.prod(self.window.kernel)

    @property
    def share(self) -> float:
        """What a value counts in the sum of its window."""
        return 1.0 if self.reduction == "sum" else 1 / self.fan_in

    def reset_parameters(self) -> None:
        """Draw gains and biases as torch draws weights, by the fan-in."""
        bound = self.fan_in**-0.5
        nn.init.uniform_(self.weight, -bound, bound)
        nn.init.uniform_(self.bias, -bound, bound)

    def forward(self, maps: Tensor) -> Tensor:
        """Subsample, and apply the function.

        Shapes:
            in:  batch x maps x height x width
            out: batch x maps x rows x columns
        """
        is_known = maps.shape[1:2] == self.weight.shape and self.kernels
        if is_known and subsampling.does(maps):
            activation, window = ACTIVATIONS[self.function], self.window.kernel
            sums: Tensor = subsampling.Subsampling.apply(  # type: ignore[no-untyped-call]
                maps, self.weight, self.bias, window, self.share, activation
            )
            return sums
        means = functional.avg_pool2d(maps, self.window.kernel, self.window.stride)
        gain = self.weight * self.fan_in if self.reduction == "sum" else self.weight
        sums = torch.addcmul(self.bias.view(-1, 1, 1), means, gain.view(-1, 1, 1))
        return apply(self.function, sums)

    def extra_repr(self) -> str:
        """Say which window slides."""
        return f"{len(self.weight)}, kernel={self.window.kernel}, reduction={self.reduction}"


def adaptive_pooling(layer: AdaptivePooling) -> nn.Module:
    """Return torch's adaptive pooling."""
    kind = nn.AdaptiveAvgPool2d if layer.reduction == "average" else nn.AdaptiveMaxPool2d
    return kind(pair(layer.size))


@final
class GlobalPool(nn.Module):
    """Reduce each map to its mean or its largest value.

    Args:
        layer: The row's pooling.
    """

    def __init__(self, layer: GlobalPooling) -> None:
        super().__init__()
        self.reduction = layer.reduction

    def forward(self, maps: Tensor) -> Tensor:
        """Pool.

        Shapes:
            in:  batch x maps x height x width
            out: batch x maps
        """
        match self.reduction:
            case "average":
                return maps.mean(dim=(2, 3))
            case "max":
                return maps.amax(dim=(2, 3))
            case _:
                assert_never(self.reduction)

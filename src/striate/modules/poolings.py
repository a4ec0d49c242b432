"""Pooling with any padding, and LeNet-5's trained subsampling."""

import math
from typing import assert_never, final

import torch
from torch import Tensor, nn
from torch.nn import functional

from striate import layers
from striate.layers import AdaptivePooling, AveragePooling, LpPooling, MaxPooling
from striate.layers.windows import Axis, Window, pair, window_count
from striate.modules.convolutions import Ends
from striate.shapes import Image


def split_pooling_padding(window: Window, image: Image) -> tuple[tuple[int, int], Ends | None]:
    """Split a padding into what torch's poolings do themselves and what has to go before them.

    Returns:
        (pixels above and below, pixels left and right) for torch, and padding for a module of its own;
        None where there is no such.
    """
    down, across = window.axes(image)
    # torch refuses more than half a kernel, which a dilated window may need, and where such a window
    # touches nothing but padding, torch takes the gradient to a place outside of the image.
    if all(axis.before == axis.after and axis.dilation == 1 for axis in (down, across)):
        return (down.before, across.before), None
    return (0, 0), ends_of(window, image)


def ends_of(window: Window, image: Image) -> Ends | None:
    """Give all padding that windows touch, for a module of its own; None where there is none."""
    down, across = window.axes(image)
    bottom, right = _used_behind(image.height, down), _used_behind(image.width, across)
    ends = (across.before, right, down.before, bottom)
    return ends if any(ends) else None


def _used_behind(length: int, axis: Axis) -> int:
    """Count the cells of padding behind the input that windows touch.

    Behind a padding of its own, torch would also keep a window that starts in the rest of them.
    """
    end = (window_count(length, axis) - 1) * axis.stride + axis.reach
    return min(axis.after, max(end - axis.before - length, 0))


def max_pooling(layer: MaxPooling, image: Image) -> nn.MaxPool2d:
    """Return torch's maximum pooling, without padding that differs from side to side."""
    window = layer.window
    both, _ = split_pooling_padding(window, image)
    rounds_up = window.rounding == "ceil"
    return nn.MaxPool2d(window.kernel, window.stride, both, window.dilation, ceil_mode=rounds_up)


def average_pooling(layer: AveragePooling, image: Image) -> nn.Module:
    """Return torch's average pooling; one of our own where torch counts uneven padding otherwise."""
    window = layer.window
    both, ends = split_pooling_padding(window, image)
    if ends is not None and layer.divisor != "window":
        return InsideMean(window, ends)
    return nn.AvgPool2d(
        window.kernel,
        window.stride,
        both,
        ceil_mode=window.rounding == "ceil",
        count_include_pad=layer.divisor == "window",
    )


def lp_pooling(layer: LpPooling) -> nn.LPPool2d:
    """Return torch's power-average pooling, which pads nothing itself."""
    window = layer.window
    return nn.LPPool2d(layer.p, window.kernel, window.stride, ceil_mode=window.rounding == "ceil")


@final
class InsideMean(nn.Module):
    """Take the mean of that part of each window that lies inside the image, with any padding.

    Args:
        window: What slides.
        ends: Padding on the left, on the right, at the top and at the bottom.
    """

    def __init__(self, window: Window, ends: Ends) -> None:
        super().__init__()
        self.window, self.ends = window, ends

    def forward(self, maps: Tensor) -> Tensor:
        """Pool.

        Shapes:
            in:  batch x maps x height x width
            out: batch x maps x rows x columns
        """
        # The mean of ones is the share of the window inside the image.
        return self._means(maps) / self._means(torch.ones_like(maps[:1, :1]))

    def _means(self, maps: Tensor) -> Tensor:
        window = self.window
        padded = functional.pad(maps, self.ends)
        rounds_up = window.rounding == "ceil"
        return functional.avg_pool2d(
            padded, window.kernel, window.stride, ceil_mode=rounds_up, count_include_pad=False
        )

    def extra_repr(self) -> str:
        """Say which window slides."""
        return f"kernel_size={self.window.kernel}, stride={self.window.stride}, ends={self.ends}"


@final
class Subsampling(nn.Module):
    """Add up (or average) each window, times a trained gain, plus a trained bias, one pair a map.

    Args:
        layer: The row's subsampling.
        maps: Maps that it reads.

    Source:
        LeCun et al. 1998, II-B.
    """

    def __init__(self, layer: layers.Subsampling, maps: int) -> None:
        super().__init__()
        self.window, self.reduction = layer.window, layer.reduction
        self.weight = nn.Parameter(torch.empty(maps))
        self.bias = nn.Parameter(torch.empty(maps))
        self.reset_parameters()

    @property
    def fan_in(self) -> int:
        """Values that each unit reads."""
        return math.prod(self.window.kernel)

    def reset_parameters(self) -> None:
        """Draw gains and biases as torch draws weights, by the fan-in."""
        bound = self.fan_in**-0.5
        nn.init.uniform_(self.weight, -bound, bound)
        nn.init.uniform_(self.bias, -bound, bound)

    def forward(self, maps: Tensor) -> Tensor:
        """Subsample.

        Shapes:
            in:  batch x maps x height x width
            out: batch x maps x rows x columns
        """
        means = functional.avg_pool2d(maps, self.window.kernel, self.window.stride)
        gain = self.weight * self.fan_in if self.reduction == "sum" else self.weight
        return torch.addcmul(self.bias.view(-1, 1, 1), means, gain.view(-1, 1, 1))

    def extra_repr(self) -> str:
        """Say which window slides."""
        window = self.window
        return (
            f"{len(self.weight)}, kernel_size={window.kernel}, stride={window.stride}, "
            f"reduction={self.reduction}"
        )


def adaptive_pooling(layer: AdaptivePooling) -> nn.Module:
    """Return torch's adaptive pooling."""
    kind = nn.AdaptiveAvgPool2d if layer.reduction == "average" else nn.AdaptiveMaxPool2d
    return kind(pair(layer.size))


@final
class GlobalPooling(nn.Module):
    """Reduce each map to its mean or its largest value.

    Args:
        layer: The row's pooling.
    """

    def __init__(self, layer: layers.GlobalPooling) -> None:
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

    def extra_repr(self) -> str:
        """Say what each map is reduced to."""
        return self.reduction

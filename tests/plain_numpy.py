"""The layers once more, in plain numpy: loops over windows, for one example, in double precision."""

from collections.abc import Callable
from itertools import product
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from striate.layers import (
    AveragePooling,
    Convolution,
    LpPooling,
    MaxPooling,
    Sides,
    Subsampling,
    WindowPooling,
)
from striate.layers.windows import Padding, Pair, Rounding, pair


Array = NDArray[np.float64]


def same_sides(length: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """TensorFlow's rule as its notes on padding write it, the effective kernel put in."""
    reach = (kernel - 1) * dilation + 1
    total = max(reach - stride, 0) if length % stride == 0 else max(reach - length % stride, 0)
    return total // 2, total - total // 2


def before_and_after(
    padding: Padding, axis: Literal[0, 1], length: int, kernel: int, stride: int, dilation: int
) -> tuple[int, int]:
    match padding:
        case "valid":
            return 0, 0
        case "same":
            return same_sides(length, kernel, stride, dilation)
        case Sides(top, bottom, left, right):
            return ((top, bottom), (left, right))[axis]
        case int(pixels):
            return pixels, pixels


def windows(
    layer: Convolution | WindowPooling | Subsampling,
    axis: Literal[0, 1],
    length: int,
) -> tuple[list[list[int]], tuple[int, int]]:
    """The cells that each window touches, counted from the image, and where its padding ends."""
    kernel, stride = pair(layer.kernel)[axis], _stride(layer.stride, layer.kernel)[axis]
    dilation = 1
    if isinstance(layer, Convolution | MaxPooling):
        dilation = pair(layer.dilation)[axis]
    rounding: Rounding = layer.window.rounding if isinstance(layer, WindowPooling) else "floor"
    padding: Padding = "valid" if isinstance(layer, Subsampling) else layer.padding
    before, after = before_and_after(padding, axis, length, kernel, stride, dilation)
    end = length + after
    reach = dilation * (kernel - 1) + 1
    found: list[list[int]] = []
    start = -before
    # Rounding up keeps one more window if the one before leaves cells over, and it starts inside.
    while start + reach <= end or (
        rounding == "ceil" and start - stride + reach < end and start < length
    ):
        found.append([start + dilation * cell for cell in range(kernel)])
        start += stride
    return found, (-before, end)


def _stride(stride: Pair | None, kernel: Pair) -> tuple[int, int]:
    return pair(kernel if stride is None else stride)


def convolve(
    layer: Convolution, image: Array, kernels: list[dict[int, Array]], bias: Array | None
) -> Array:
    """Each output map adds up its own kernels, one for each map that it reads."""
    _, height, width = image.shape
    down, _ = windows(layer, 0, height)
    across, _ = windows(layer, 1, width)
    out = np.zeros((layer.maps, len(down), len(across)))
    for number, (i, rows), (j, columns) in product(
        range(layer.maps), enumerate(down), enumerate(across)
    ):
        total = 0.0 if bias is None else float(bias[number])
        for below, kernel in kernels[number].items():
            for (y, row), (x, column) in product(enumerate(rows), enumerate(columns)):
                if 0 <= row < height and 0 <= column < width:
                    total += float(kernel[y, x] * image[below, row, column])
        out[number, i, j] = total
    return out


def pool(layer: MaxPooling | AveragePooling | LpPooling, image: Array) -> Array:
    channels, height, width = image.shape
    down, (top, bottom) = windows(layer, 0, height)
    across, (left, right) = windows(layer, 1, width)
    out = np.zeros((channels, len(down), len(across)))
    for channel, (i, rows), (j, columns) in product(
        range(channels), enumerate(down), enumerate(across)
    ):
        cells = [
            image[channel, row, column]
            for row, column in product(rows, columns)
            if 0 <= row < height and 0 <= column < width
        ]
        if isinstance(layer, MaxPooling):
            out[channel, i, j] = max(cells, default=-np.inf)
        elif isinstance(layer, AveragePooling) and layer.divisor == "inside":
            out[channel, i, j] = sum(cells) / len(cells)
        else:
            padded = [
                top <= row < bottom and left <= column < right
                for row, column in product(rows, columns)
            ]
            if isinstance(layer, AveragePooling):
                out[channel, i, j] = sum(cells) / sum(padded)
            else:
                # Of a window that reaches beyond the padding, the rest counts as the mean of what it holds.
                powers = sum(np.float64(cell) ** layer.p for cell in cells)
                out[channel, i, j] = (powers * len(padded) / sum(padded)) ** (1 / layer.p)
    return out


def subsample(layer: Subsampling, image: Array, gain: Array, bias: Array) -> Array:
    channels, height, width = image.shape
    down, _ = windows(layer, 0, height)
    across, _ = windows(layer, 1, width)
    out = np.zeros((channels, len(down), len(across)))
    for channel, (i, rows), (j, columns) in product(
        range(channels), enumerate(down), enumerate(across)
    ):
        cells = [float(image[channel, row, column]) for row, column in product(rows, columns)]
        value = sum(cells) if layer.reduction == "sum" else sum(cells) / len(cells)
        out[channel, i, j] = gain[channel] * value + bias[channel]
    return out


def slopes(function: Callable[[Array], float], at: Array, step: float = 1e-6) -> Array:
    """Central differences of a function of many numbers, one number at a time."""
    found = np.zeros_like(at)
    for place in np.ndindex(at.shape):
        ends = []
        for sign in (1, -1):
            moved = at.copy()
            moved[place] += sign * step
            ends.append(function(moved))
        found[place] = (ends[0] - ends[1]) / (2 * step)
    return found

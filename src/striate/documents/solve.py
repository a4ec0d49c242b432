"""Solve for what a document leaves out of a row: windows from sizes, kernels from counts."""

from dataclasses import dataclass
from functools import cache
from math import gcd, isqrt
from typing import Literal, final

from striate.layers import Padding, Sides, Window
from striate.layers.windows import Rounding
from striate.shapes import Image


Style = Literal["keras", "torch"]
"""Whose padding is meant: `keras` knows valid and same, `torch` pixels on all sides."""

_LARGEST_STRIDE = 8
_MOST_ALTERNATIVES = 3


@final
@dataclass(frozen=True, slots=True)
class Fit:
    """A kernel, with the steps and the padding by which it makes one size out of another.

    Args:
        kernel: Height and width.
        stride: Down and to the right.
        padding: As in `Window`.
        rounding: As in `Window`.
        has_bias: Whether the count of parameters holds a bias a map.
        groups: Parts into which the maps are split.
    """

    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: Padding
    rounding: Rounding = "floor"
    has_bias: bool = True
    groups: int = 1

    def __str__(self) -> str:
        """Write it in words: `3x3, stride 2, padding 1`."""
        height, width = self.kernel
        words = [f"{height}x{width}"]
        if self.stride != (1, 1):
            down, across = self.stride
            words.append(f"stride {down}" if down == across else f"stride {down}x{across}")
        match self.padding:
            case "valid" | 0:
                pass
            case Sides(top, _, left, _):
                words.append(f"padding {top}x{left}")
            case _:
                words.append(f"padding {self.padding}")
        if self.rounding == "ceil":
            words.append("rounded up")
        if self.groups > 1:
            words.append(f"{self.groups} groups")
        return ", ".join([*words, *([] if self.has_bias else ["no bias"])])


@final
@dataclass(frozen=True, slots=True)
class Kernel:
    """A kernel that a count of parameters allows."""

    size: tuple[int, int]
    has_bias: bool
    groups: int = 1


def kernels(parameters: int, maps_in: int, maps_out: int, groups: int | None = 1) -> list[Kernel]:
    """Find the kernels with which a convolution has so many parameters, the likeliest ones first.

    Args:
        parameters: Trained numbers.
        maps_in: Maps that it reads.
        maps_out: Maps that it gives.
        groups: Parts into which the maps are split; any number when None.

    Examples:
        >>> kernels(320, 1, 32)[0]
        Kernel(size=(3, 3), has_bias=True, groups=1)
    """
    found: list[Kernel] = []
    for has_bias in (True, False):
        weights = parameters - (maps_out if has_bias else 0)
        for parts in [groups] if groups else _divisors(maps_in, maps_out):
            area, rest = divmod(weights * parts, maps_in * maps_out)
            if rest == 0 and area > 0:
                found += [Kernel(size, has_bias, parts) for size in _factors(area)]
    # A square kernel is likelier than any other, one group than several, and a bias than none.
    return sorted(
        found,
        key=lambda one: (
            one.size[0] != one.size[1],
            one.groups,
            not one.has_bias,
            *_shape(one.size),
        ),
    )


def windows(
    kernel: tuple[int, int],
    below: Image,
    size: tuple[int, int],
    style: Style,
    *,
    stride: tuple[int, int] | None = None,
) -> list[Fit]:
    """Find the steps and the padding by which a window makes one size out of another.

    Args:
        kernel: Its height and width.
        below: The maps that it reads.
        size: Height and width that come out.
        style: Whose padding is meant.
        stride: Its steps, where they are known.

    Returns:
        The likeliest one first; empty if there is none.
    """
    down = _along(kernel[0], below.height, size[0], style, stride[0] if stride else None)
    across = _along(kernel[1], below.width, size[1], style, stride[1] if stride else None)
    found = []
    for first_step, first in down:
        for second_step, second in across:
            padding: Padding
            if first == second or kernel == (1, 1):
                padding = first
            elif isinstance(first, int) and isinstance(second, int):
                padding = Sides(first, first, second, second)
            else:
                continue
            strays = kernel[0] == kernel[1] and (first != second or first_step != second_step)
            found.append((strays, Fit(kernel, (first_step, second_step), padding or "valid")))
    return [fit for strays, fit in sorted(found, key=lambda each: each[0])]


@cache
def _along(
    kernel: int, length: int, count: int, style: Style, stride: int | None
) -> list[tuple[int, Padding]]:
    """Find stride and padding along one axis."""
    if count < 1 or length < 1:
        return []
    steps = range(1, _LARGEST_STRIDE + 1) if stride is None else [stride]
    if stride is None and length // count > _LARGEST_STRIDE:
        steps = [*steps, length // count]
    found: list[tuple[int, Padding]] = []
    rules: list[Padding] = ["valid", "same"]
    if style == "torch":
        half = kernel // 2
        rules = list(dict.fromkeys([half, 0, *range(half, -1, -1), *range(half + 1, kernel)]))
    for step in steps:
        for padding in rules:
            window = Window((kernel, 1), (step, 1), "same" if padding == "same" else "valid")
            if isinstance(padding, int):
                window = Window((kernel, 1), (step, 1), Sides(padding, padding, 0, 0))
            if window.count(Image(1, length, 1))[0] == count:
                found.append((step, padding))
        if found:
            break
    return found


def poolings(below: Image, size: tuple[int, int], style: Style) -> list[Fit]:
    """Find the poolings that make one size out of another, the likeliest ones first.

    Args:
        below: The maps that they read.
        size: Height and width that come out.
        style: Whose padding is meant.
    """
    down, across = (below.height // max(size[0], 1), below.width // max(size[1], 1))
    candidates: list[tuple[tuple[int, int], tuple[int, int], list[Padding]]] = []
    for kernel, step in [
        (2, 2),
        (3, 3),
        (3, 2),
        (2, 1),
        (3, 1),
        (4, 4),
        (5, 5),
        (4, 2),
        (5, 2),
        (5, 3),
    ]:
        paddings: list[Padding] = ["valid", "same"]
        if style == "torch":
            paddings = ["valid", *range(1, kernel // 2 + 1)]
        candidates.append(((kernel, kernel), (step, step), paddings))
    if min(down, across) > 0:
        candidates.append(((down, across), (down, across), ["valid"]))
        candidates.append(((below.height, below.width), (below.height, below.width), ["valid"]))
    candidates += [((1, 2), (1, 2), ["valid"]), ((2, 1), (2, 1), ["valid"])]
    roundings: list[Rounding] = ["floor", "ceil"] if style == "torch" else ["floor"]
    found: list[Fit] = []
    for rounding in roundings:
        for size_of, step_of, rules in candidates:
            for padding in rules:
                window = Window(size_of, step_of, padding, rounding=rounding)
                if not window.misfits(below) and window.count(below) == size:
                    fit = Fit(size_of, step_of, padding, rounding)
                    is_known = any(
                        one.kernel == fit.kernel and one.stride == fit.stride for one in found
                    )
                    found += [] if is_known else [fit]
    return found


def convolutions(
    parameters: int | None,
    below: Image,
    above: Image,
    style: Style,
    *,
    kernel: tuple[int, int] | None = None,
    any_groups: bool = True,
) -> list[Fit]:
    """Find the convolutions with so many parameters that make some maps out of others.

    Args:
        parameters: Trained numbers.
        below: The maps that it reads.
        above: The maps that it gives.
        style: Whose padding is meant.
        kernel: Height and width, where they are known.
        any_groups: Whether the maps may be split into groups.

    Returns:
        The likeliest one first; empty if there is none.
    """
    if parameters is None:
        return []
    found = _fitting(
        kernels(parameters, below.channels, above.channels), below, above, style, kernel
    )
    if found or not any_groups:
        return found
    grouped = kernels(parameters, below.channels, above.channels, None)
    square = [one for one in grouped if one.groups > 1 and one.size[0] == one.size[1]]
    return _fitting(square, below, above, style, kernel)


def _fitting(
    tried: list[Kernel], below: Image, above: Image, style: Style, kernel: tuple[int, int] | None
) -> list[Fit]:
    """Keep the kernels for which there are steps and a padding that give the size."""
    found: list[Fit] = []
    for one in tried:
        if kernel is None or one.size == kernel:
            found += [
                Fit(one.size, fit.stride, fit.padding, has_bias=one.has_bias, groups=one.groups)
                for fit in windows(one.size, below, (above.height, above.width), style)
            ]
        if len(found) > _MOST_ALTERNATIVES:
            break
    return found


def _divisors(first: int, second: int) -> list[int]:
    """Give the numbers of groups that both numbers of maps can be split into, the smallest one first."""
    common = gcd(first, second)
    small = [parts for parts in range(1, isqrt(common) + 1) if common % parts == 0]
    return sorted({*small, *(common // parts for parts in small)})


def _factors(area: int) -> list[tuple[int, int]]:
    """Give the heights and widths with one area, square ones first."""
    if area > 10_000:  # noqa: PLR2004 - no kernel is larger than 100x100
        return []
    sides = [(height, area // height) for height in range(1, area + 1) if area % height == 0]
    return sorted(sides, key=_shape)


def _shape(size: tuple[int, int]) -> tuple[int, int]:
    return abs(size[0] - size[1]), size[0]

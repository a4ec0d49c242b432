"""Pooling without weights, and LeNet-5's subsampling with a gain and a bias a map."""

import math
from dataclasses import dataclass, field
from math import gcd
from typing import ClassVar, Literal, final

from striate.errors import Fault, LayerError
from striate.errors.layers import (
    not_a_choice,
    not_positive_number,
    pool_padding_too_large,
    pool_window_in_padding,
)
from striate.layers.cost import Cost
from striate.layers.windows import (
    Axis,
    Padding,
    Pair,
    Rounding,
    Window,
    always_inside,
    needed_image,
    pair,
    pair_faults,
)
from striate.shapes import Features, Image, Shape


Divisor = Literal["window", "inside"]
Reduction = Literal["sum", "mean"]


def _pooled(kind: str, window: Window, shape: Shape) -> Image:
    image = needed_image(kind, shape)
    faults = [
        pool_padding_too_large(name, axis.kernel, axis.before, axis.after)
        for name, axis in zip(("height", "width"), window.axes(image), strict=True)
        # TensorFlow's rule never pads a whole window, and torch refuses more than half of one.
        if window.padding != "same" and max(axis.before, axis.after) > axis.kernel // 2
    ]
    faults += window.misfits(image)
    lengths = {"height": image.height, "width": image.width}
    faults += [
        pool_window_in_padding(name, axis.dilation)
        for (name, length), axis in zip(lengths.items(), window.axes(image), strict=True)
        # Cells closer together than the input is long cannot all miss it.
        if axis.dilation > length and not faults and not always_inside(length, axis)
    ]
    if faults:
        raise LayerError(*faults)
    return Image(image.channels, *window.count(image))


def _links(out: Image, kernel: tuple[int, int]) -> int:
    return out.elements * kernel[0] * kernel[1]


@dataclass(frozen=True, slots=True)
class _Sliding:
    """A layer that reduces what a sliding window holds: what all of them answer alike."""

    kernel: Pair
    stride: Pair | None = None

    KIND: ClassVar[str]

    def __post_init__(self) -> None:
        object.__setattr__(self, "kernel", pair(self.kernel))
        object.__setattr__(
            self, "stride", pair(self.kernel if self.stride is None else self.stride)
        )
        faults = [*self.window.faults(self.KIND), *self._faults()]
        if faults:
            raise LayerError(*faults)

    def _faults(self) -> list[Fault]:
        """Report every impossible number that is none of the window's."""
        return []

    @property
    def window(self) -> Window:
        """The sliding window."""
        raise NotImplementedError

    def axes(self, shape: Shape) -> tuple[Axis, Axis]:
        """Give the window along height and width of this input."""
        return self.window.axes(needed_image(self.KIND, shape))

    def output(self, shape: Shape) -> Image:
        """Give the shape of the output.

        Raises:
            LayerError: The input is flat, or the window does not fit it.
        """
        return _pooled(self.KIND, self.window, shape)

    def cost(self, shape: Shape) -> Cost:
        """Count the links of one example; there are no weights."""
        return Cost(connections=_links(self.output(shape), pair(self.kernel)))


@dataclass(frozen=True, slots=True)
class WindowPooling(_Sliding):
    """Every pooling without weights whose window slides, may be padded, and rounds a partial step.

    A match on it handles those that join later, too.

    Args:
        kernel: Height and width of the window.
        stride: Steps between windows; the kernel when absent.
        padding: `valid`, `same`, pixels, or `Sides`.
    """

    padding: Padding = "valid"


@final
@dataclass(frozen=True, slots=True)
class MaxPooling(WindowPooling):
    """Keep the largest value of each window; padding never wins.

    Shapes:
        in:  channels x height x width
        out: channels x rows x columns, by `window_count`

    Args:
        kernel: Height and width of the window.
        stride: Steps between windows; the kernel when absent, so that windows do not overlap.
        padding: `valid`, `same`, pixels, or `Sides`.
        dilation: Distance of two cells of the window.
        rounding: `floor` drops a last, partial step, `ceil` keeps it.

    Raises:
        LayerError: A number is impossible; all of them are named.
    """

    dilation: Pair = (1, 1)
    rounding: Rounding = "floor"

    KIND: ClassVar = "Max pooling"

    def __post_init__(self) -> None:
        object.__setattr__(self, "dilation", pair(self.dilation))
        _Sliding.__post_init__(self)

    @property
    def window(self) -> Window:
        """The sliding window."""
        stride = pair(self.kernel if self.stride is None else self.stride)
        return Window(pair(self.kernel), stride, self.padding, pair(self.dilation), self.rounding)


@final
@dataclass(frozen=True, slots=True)
class AveragePooling(WindowPooling):
    """Take the mean of each window.

    Shapes:
        in:  channels x height x width
        out: channels x rows x columns, by `window_count`

    Args:
        kernel: Height and width of the window.
        stride: Steps between windows; the kernel when absent.
        padding: `valid`, `same`, pixels, or `Sides`.
        rounding: `floor` drops a last, partial step, `ceil` keeps it.
        divisor: `window` divides by all cells of the window, padding included (Caffe, PyTorch);
            `inside` by those inside the image (TensorFlow).

    Raises:
        LayerError: A number is impossible; all of them are named.
    """

    rounding: Rounding = "floor"
    divisor: Divisor = "window"

    KIND: ClassVar = "Average pooling"

    def _faults(self) -> list[Fault]:
        if self.divisor in {"window", "inside"}:
            return []
        return [not_a_choice(self.KIND, "divisor", self.divisor, "window or inside")]

    @property
    def window(self) -> Window:
        """The sliding window."""
        stride = pair(self.kernel if self.stride is None else self.stride)
        return Window(pair(self.kernel), stride, self.padding, rounding=self.rounding)


@final
@dataclass(frozen=True, slots=True)
class LpPooling(WindowPooling):
    """Add up the p-th powers of each window, and take the p-th root: the length of what it holds.

    With p = 1 it is the sum, with p = 2 the Euclidean length (L2 pooling); the larger p is, the nearer to
    the maximum. Values keep their signs, as in PyTorch: where p is not even, a sum below zero has no root
    and gives NaN, so that such a row belongs behind a function that gives nothing below zero. A last,
    partial window of `ceil` counts as if what is missing were like the mean of what is there.

    Shapes:
        in:  channels x height x width
        out: channels x rows x columns, by `window_count`

    Args:
        kernel: Height and width of the window.
        stride: Steps between windows; the kernel when absent.
        padding: `valid`, `same`, pixels, or `Sides`; of zeros.
        rounding: `floor` drops a last, partial step, `ceil` keeps it.
        p: The power, and of which degree the root is; above 0.

    Raises:
        LayerError: A number is impossible; all of them are named.

    Source:
        Sermanet, Chintala, LeCun 2012, "Convolutional neural networks applied to house numbers digit
        classification", II-B, but for its Gaussian weights; PyTorch, `torch.nn.functional.lp_pool2d`.
    """

    rounding: Rounding = "floor"
    p: float = field(kw_only=True)

    KIND: ClassVar = "Lp pooling"

    def __post_init__(self) -> None:
        if float(self.p).is_integer():
            object.__setattr__(self, "p", int(self.p))
        _Sliding.__post_init__(self)

    def _faults(self) -> list[Fault]:
        if math.isfinite(self.p) and self.p > 0:
            return []
        return [not_positive_number(self.KIND, "p", self.p)]

    @property
    def window(self) -> Window:
        """The sliding window."""
        stride = pair(self.kernel if self.stride is None else self.stride)
        return Window(pair(self.kernel), stride, self.padding, rounding=self.rounding)

    @property
    def takes_any_sign(self) -> bool:
        """Whether values below zero do no harm: all powers of an even p are above it."""
        return self.p % 2 == 0


@final
@dataclass(frozen=True, slots=True)
class Subsampling(_Sliding):
    """Add up each window, times a trained gain, plus a trained bias, one pair a map.

    LeNet-5's S2 and S4. The windows do not overlap.

    Shapes:
        in:  channels x height x width
        out: channels x (height / kernel) x (width / kernel)

    Args:
        kernel: Height and width of the window.
        stride: Steps between windows; the kernel when absent.
        reduction: `sum` (section II-B of the paper) or `mean` (its section II-A). The two differ by
            the window's size, which the gain can absorb, but not under the same initialisation.

    Raises:
        LayerError: A number is impossible; all of them are named.

    Source:
        LeCun et al. 1998, II-B: S2 has 12 trainable parameters for 6 maps.
    """

    reduction: Reduction = "sum"

    KIND: ClassVar = "Subsampling"

    def _faults(self) -> list[Fault]:
        if self.reduction in {"sum", "mean"}:
            return []
        return [not_a_choice(self.KIND, "reduction", self.reduction, "sum or mean")]

    @property
    def window(self) -> Window:
        """The sliding window."""
        return Window(pair(self.kernel), pair(self.kernel if self.stride is None else self.stride))

    def cost(self, shape: Shape) -> Cost:
        """Count the numbers held and the sums done for one example."""
        out = self.output(shape)
        return Cost(
            parameters=2 * out.channels,
            connections=_links(out, pair(self.kernel)) + out.elements,
            bias_links=out.elements,
            biases=out.channels,
            multiply_adds=out.elements,
        )


@final
@dataclass(frozen=True, slots=True)
class GlobalPooling:
    """Reduce each map to one value.

    Shapes:
        in:  channels x height x width
        out: channels

    Args:
        reduction: `average` or `max`.

    Raises:
        LayerError: The reduction is neither.
    """

    reduction: Literal["average", "max"] = "average"

    KIND: ClassVar = "Global pooling"

    def __post_init__(self) -> None:
        if self.reduction not in {"average", "max"}:
            raise LayerError(not_a_choice(self.KIND, "reduction", self.reduction, "average or max"))

    def axes(self, shape: Shape) -> tuple[Axis, Axis]:
        """Give a window that covers the whole input."""
        image = needed_image(self.KIND, shape)
        return Axis(image.height), Axis(image.width)

    def output(self, shape: Shape) -> Features:
        """Give the shape of the output.

        Raises:
            LayerError: The input is flat.
        """
        return Features(needed_image(self.KIND, shape).channels)

    def cost(self, shape: Shape) -> Cost:
        """Count the links of one example; there are no weights."""
        return Cost(connections=needed_image(self.KIND, shape).elements)


@final
@dataclass(frozen=True, slots=True)
class AdaptivePooling:
    """Split each map into as many windows as asked for, and reduce each of them to one value.

    Window i of n over a length L begins at floor(i L / n) and ends before ceil((i + 1) L / n), so that
    neighbours share cells where n does not divide L.

    Shapes:
        in:  channels x height x width
        out: channels x size

    Args:
        size: Height and width of what comes out; 1 keeps maps of 1x1, where GlobalPooling gives values.
        reduction: `average` or `max`.

    Raises:
        LayerError: A size is below 1, or the reduction is neither; all are named.

    Source:
        PyTorch, aten/src/ATen/native/AdaptivePooling.h, `start_index` and `end_index`.
    """

    size: Pair
    reduction: Literal["average", "max"] = "average"

    KIND: ClassVar = "Adaptive pooling"

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", pair(self.size))
        faults = pair_faults(self.KIND, size=pair(self.size))
        if self.reduction not in {"average", "max"}:
            faults.append(not_a_choice(self.KIND, "reduction", self.reduction, "average or max"))
        if faults:
            raise LayerError(*faults)

    def axes(self, shape: Shape) -> tuple[Axis, Axis]:
        """Give the widest window along height and width, and the mean step between two."""
        image, (rows, columns) = needed_image(self.KIND, shape), pair(self.size)
        return _adaptive_axis(image.height, rows), _adaptive_axis(image.width, columns)

    def output(self, shape: Shape) -> Image:
        """Give the shape of the output.

        Raises:
            LayerError: The input is flat.
        """
        return Image(needed_image(self.KIND, shape).channels, *pair(self.size))

    def cost(self, shape: Shape) -> Cost:
        """Count the links of one example; there are no weights."""
        image, (rows, columns) = needed_image(self.KIND, shape), pair(self.size)
        down = image.height + rows - gcd(image.height, rows)
        across = image.width + columns - gcd(image.width, columns)
        return Cost(connections=image.channels * down * across)


def _adaptive_axis(length: int, count: int) -> Axis:
    common = gcd(length, count)
    rest = length % count
    widest = length // count + (0 if rest == 0 else 1 if rest == common else 2)
    return Axis(widest, stride=length // common, zoom=count // common)

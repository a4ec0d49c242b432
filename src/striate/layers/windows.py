"""The one formula for how often a window fits: kernel, stride, padding, dilation, rounding."""

from dataclasses import dataclass
from typing import Literal, final

from striate.errors import Fault, LayerError
from striate.errors.layers import (
    needs_image,
    negative,
    not_a_choice,
    not_positive,
    window_too_large,
)
from striate.shapes import Image, Shape


Pair = int | tuple[int, int]
Rounding = Literal["floor", "ceil"]


@final
@dataclass(frozen=True, slots=True)
class Sides:
    """Padding given side by side, in pixels.

    Args:
        top: Rows added above.
        bottom: Rows added below.
        left: Columns added on the left.
        right: Columns added on the right.
    """

    top: int
    bottom: int
    left: int
    right: int


Padding = Literal["valid", "same"] | int | Sides


def pair(value: Pair) -> tuple[int, int]:
    """Read one number as (height, width)."""
    return (value, value) if isinstance(value, int) else value


@final
@dataclass(frozen=True, slots=True)
class Axis:
    """A window along one axis.

    Args:
        kernel: Cells of the window.
        stride: Steps between two windows, in cells of the input.
        before: Cells of padding ahead of the input.
        after: Cells of padding behind it.
        dilation: Distance of two cells of the window.
        rounding: What a last, partial step does: `floor` drops it, `ceil` keeps it.
        zoom: Outputs for every stride: 2 where an upsampling doubles the size.
    """

    kernel: int = 1
    stride: int = 1
    before: int = 0
    after: int = 0
    dilation: int = 1
    rounding: Rounding = "floor"
    zoom: int = 1

    @property
    def reach(self) -> int:
        """Cells from the first to the last one that the window touches."""
        return self.dilation * (self.kernel - 1) + 1


def whole(shape: Shape) -> tuple[Axis, Axis]:
    """Return a window that covers a whole input: one cell where that is flat."""
    return (Axis(shape.height), Axis(shape.width)) if isinstance(shape, Image) else (Axis(), Axis())


def needed_image(kind: str, shape: Shape) -> Image:
    """Return the maps that a layer of some kind reads.

    Raises:
        LayerError: The input is flat.
    """
    if not isinstance(shape, Image):
        raise LayerError(needs_image(kind, str(shape)))
    return shape


def window_count(length: int, axis: Axis) -> int:
    """Count the positions of a window along one axis.

    floor: (length + before + after - reach) // stride + 1.
    ceil: the division rounds up; a last window that would start in the padding behind the
    input is dropped.

    Args:
        length: Size of the input along the axis, in pixels.
        axis: The window.

    Returns:
        Number of windows; 0 or less if not even one fits.

    Source:
        PyTorch, aten/src/ATen/native/Pool.h, `pooling_output_shape_pad_lr`.

    Examples:
        GoogLeNet's first pooling needs ceil to keep 56 columns.

        >>> window_count(112, Axis(kernel=3, stride=2, rounding="ceil"))
        56
        >>> window_count(112, Axis(kernel=3, stride=2))
        55
    """
    room = length + axis.before + axis.after - axis.reach
    if axis.rounding == "floor":
        return room // axis.stride + 1
    count = -(-room // axis.stride) + 1
    return count - 1 if (count - 1) * axis.stride >= length + axis.before else count


def always_inside(length: int, axis: Axis) -> bool:
    """Tell whether every position of a window has at least one cell inside the input.

    >>> always_inside(3, Axis(kernel=2, before=1, after=1, dilation=4))
    False
    """
    count = window_count(length, axis)
    starts = range(-axis.before, -axis.before + count * axis.stride, axis.stride)
    # Of a window that starts in the padding ahead, the first cell behind it decides.
    return all(
        (start if start >= 0 else start % axis.dilation) < length and start > -axis.reach
        for start in starts
    )


def same_padding(length: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """Give TensorFlow's SAME padding: as many outputs as strides, the odd pixel behind.

    Args:
        length: Size of the input along the axis, in pixels.
        kernel: Cells of the window.
        stride: Steps between windows.
        dilation: Distance of two cells of the window.

    Returns:
        Cells of padding before and after the input.

    Source:
        TensorFlow, `tf.nn`, notes on padding: ceil(length / stride) outputs.

    Examples:
        >>> same_padding(224, 7, 2, 1)
        (2, 3)
    """
    outputs = -(-length // stride)
    total = max((outputs - 1) * stride + dilation * (kernel - 1) + 1 - length, 0)
    return total // 2, total - total // 2


@final
@dataclass(frozen=True, slots=True)
class Window:
    """A window over both axes of an image.

    Args:
        kernel: Height and width, in cells.
        stride: Steps down and to the right, in pixels.
        padding: `valid` (none), `same` (TensorFlow's rule), pixels on all sides, or `Sides`.
        dilation: Distance of two cells, down and to the right.
        rounding: Rule for a last, partial step.
    """

    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    padding: Padding = "valid"
    dilation: tuple[int, int] = (1, 1)
    rounding: Rounding = "floor"

    def axes(self, image: Image) -> tuple[Axis, Axis]:
        """Give the window along height and along width, the padding resolved for this image."""
        top, bottom, left, right = self.sides(image)
        height, width = (
            Axis(kernel, stride, before, after, dilation, self.rounding)
            for kernel, stride, dilation, before, after in zip(
                self.kernel, self.stride, self.dilation, (top, left), (bottom, right), strict=True
            )
        )
        return height, width

    def sides(self, image: Image) -> tuple[int, int, int, int]:
        """Give the padding at top, bottom, left and right for this image, in pixels."""
        match self.padding:
            case "valid":
                return (0, 0, 0, 0)
            case "same":
                lengths = (image.height, image.width)
                (top, bottom), (left, right) = (
                    same_padding(*numbers)
                    for numbers in zip(
                        lengths, self.kernel, self.stride, self.dilation, strict=True
                    )
                )
                return (top, bottom, left, right)
            case Sides(top, bottom, left, right):
                return (top, bottom, left, right)
            case int(padding):
                return (padding, padding, padding, padding)

    def count(self, image: Image) -> tuple[int, int]:
        """Count the positions down and to the right, of a window that fits the image."""
        down, across = self.axes(image)
        return window_count(image.height, down), window_count(image.width, across)

    def misfits(self, image: Image) -> list[Fault]:
        """Report each axis along which not even one window fits the padded image."""
        lengths = {"height": image.height, "width": image.width}
        return [
            window_too_large(name, axis.reach, length, axis.before, axis.after)
            for (name, length), axis in zip(lengths.items(), self.axes(image), strict=True)
            if window_count(length, axis) < 1
        ]

    def faults(self, kind: str) -> list[Fault]:
        """Report every impossible number of the window."""
        found = pair_faults(kind, kernel=self.kernel, stride=self.stride, dilation=self.dilation)
        found += padding_faults(kind, self.padding)
        if self.rounding not in {"floor", "ceil"}:
            found.append(not_a_choice(kind, "rounding", self.rounding, "floor or ceil"))
        return found


def pair_faults(kind: str, **pairs: tuple[int, int]) -> list[Fault]:
    """Report each pair of numbers, by its name, that is not 1 or more along both axes."""
    return [
        not_positive(kind, name, _written(numbers))
        for name, numbers in pairs.items()
        if min(numbers) < 1
    ]


def padding_faults(kind: str, padding: Padding) -> list[Fault]:
    """Report a padding that cannot be."""
    match padding:
        case int(pixels) if pixels < 0:
            return [negative(kind, "padding", pixels)]
        case Sides() as sides if min(sides.top, sides.bottom, sides.left, sides.right) < 0:
            return [negative(kind, "padding", sides)]
        case str(word) if word not in {"valid", "same"}:
            choices = "valid, same, a number of pixels or Sides"
            return [not_a_choice(kind, "padding", word, choices)]
        case _:
            return []


def plain_padding_faults(kind: str, padding: Padding) -> list[Fault]:
    """Report a padding that is a rule where pixels are needed, or that cannot be."""
    if isinstance(padding, str):
        return [not_a_choice(kind, "padding", padding, "pixels or Sides")]
    return padding_faults(kind, padding)


def sides_of(padding: Padding) -> Sides:
    """Give the pixels on each side of a padding that is no rule."""
    match padding:
        case Sides() as sides:
            return sides
        case int(pixels):
            return Sides(pixels, pixels, pixels, pixels)
        case rule:
            message = f"a padding by {rule} has no sides until maps come in"
            raise TypeError(message)


def _written(numbers: tuple[int, int]) -> str:
    return str(numbers[0]) if numbers[0] == numbers[1] else f"{numbers[0]}x{numbers[1]}"

"""Layers that enlarge maps: transposed convolution, upsampling, and a border around them."""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal, final, get_args

from striate.errors import LayerError
from striate.errors.fault import listed
from striate.errors.layers import (
    cropped_to_nothing,
    groups_do_not_divide,
    negative,
    not_a_choice,
    not_positive,
    output_padding_beside_same,
    output_padding_too_large,
    reflection_too_wide,
)
from striate.layers.cost import Cost
from striate.layers.windows import (
    Axis,
    Padding,
    Pair,
    Sides,
    Window,
    needed_image,
    pair,
    pair_faults,
    plain_padding_faults,
    sides_of,
)
from striate.shapes import Image, Shape


Interpolation = Literal["nearest", "bilinear"]
BorderMode = Literal["zeros", "reflect", "replicate"]


@final
@dataclass(frozen=True, slots=True)
class TransposedConvolution:
    """Lay a kernel, times each value below, at steps of the stride, and add up where they overlap.

    It is the gradient of a convolution by what that reads. Along each axis, (length - 1) x stride + reach
    cells come out; padding is cut off from them, and output padding added behind. `same` gives
    length x stride.

    Shapes:
        in:  channels x height x width
        out: maps x rows x columns

    Args:
        maps: Output maps.
        kernel: Height and width of the kernel.
        stride: Cells of the output between two kernels.
        padding: What is cut off: `valid` (nothing), `same`, pixels, or `Sides`.
        output_padding: Cells added behind, down and to the right; less than stride or dilation.
        dilation: Distance of two cells of the kernel.
        groups: Parts into which the maps are split; each output map reads one part.
        has_bias: Whether every output map has a trained bias.

    Raises:
        LayerError: A number is impossible; all of them are named.

    Source:
        PyTorch's ConvTranspose2d; TensorFlow's conv2d_transpose for `same`.
    """

    maps: int
    kernel: Pair
    stride: Pair = (1, 1)
    padding: Padding = "valid"
    output_padding: Pair = (0, 0)
    dilation: Pair = (1, 1)
    groups: int = 1
    has_bias: bool = True

    KIND: ClassVar = "Transposed convolution"

    def __post_init__(self) -> None:
        for name in ("kernel", "stride", "output_padding", "dilation"):
            object.__setattr__(self, name, pair(getattr(self, name)))
        faults = self.window.faults(self.KIND)
        faults += [
            not_positive(self.KIND, name, value)
            for name, value in (("maps", self.maps), ("groups", self.groups))
            if value < 1
        ]
        added = pair(self.output_padding)
        bounds = [max(pair) for pair in zip(self.window.stride, self.window.dilation, strict=True)]
        if min(added) < 0:
            faults.append(negative(self.KIND, "output_padding", min(added)))
        elif self.padding == "same" and max(added) > 0:
            faults.append(output_padding_beside_same())
        elif not faults and any(cells >= most for cells, most in zip(added, bounds, strict=True)):
            faults.append(output_padding_too_large(max(added), min(bounds)))
        if faults:
            raise LayerError(*faults)

    @property
    def window(self) -> Window:
        """The kernel with its steps; its padding is cut off from what comes out."""
        return Window(pair(self.kernel), pair(self.stride), self.padding, pair(self.dilation))

    @property
    def cut(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Cells cut off before and behind the output, along height and width.

        What is cut off behind is below 0 where cells are added there.
        """
        match self.padding:
            case "same":
                total = [
                    dilation * (kernel - 1) + 1 - stride
                    for kernel, stride, dilation in zip(
                        self.window.kernel, self.window.stride, self.window.dilation, strict=True
                    )
                ]
                # TensorFlow cuts off the odd cell behind.
                before = [max(cells, 0) // 2 for cells in total]
                down, across = (
                    (first, cells - first) for first, cells in zip(before, total, strict=True)
                )
                return down, across
            case Sides(top, bottom, left, right):
                pass
            case padding:
                pixels = 0 if padding == "valid" else padding
                top = bottom = left = right = pixels
        below, right_of = pair(self.output_padding)
        return (top, bottom - below), (left, right - right_of)

    def axes(self, shape: Shape) -> tuple[Axis, Axis]:
        """Give the widest window of values below that one output reads, along height and width."""
        needed_image(self.KIND, shape)
        height, width = (
            _spread_axis(dilation * (kernel - 1) + 1, stride, before)
            for kernel, stride, dilation, (before, _) in zip(
                self.window.kernel, self.window.stride, self.window.dilation, self.cut, strict=True
            )
        )
        return height, width

    def output(self, shape: Shape) -> Image:
        """Give the shape of the output.

        Raises:
            LayerError: The input is flat, the groups do not fit it, or nothing is left of it.
        """
        image = needed_image(self.KIND, shape)
        faults = []
        if image.channels % self.groups or self.maps % self.groups:
            faults.append(groups_do_not_divide(self.groups, image.channels, self.maps))
        window = self.window
        sizes = [
            (length - 1) * stride + dilation * (kernel - 1) + 1 - before - behind
            for length, kernel, stride, dilation, (before, behind) in zip(
                *((image.height, image.width), window.kernel, window.stride, window.dilation),
                self.cut,
                strict=True,
            )
        ]
        faults += [
            cropped_to_nothing(name, size)
            for name, size in zip(("height", "width"), sizes, strict=True)
            if size < 1
        ]
        if faults:
            raise LayerError(*faults)
        return Image(self.maps, *sizes)

    def cost(self, shape: Shape) -> Cost:
        """Count the numbers held and the sums done for one example.

        Every value below is multiplied by every number of its kernels; products that fall where padding
        cuts them off are counted, too.
        """
        image, out = needed_image(self.KIND, shape), self.output(shape)
        weights = image.channels * (self.maps // self.groups) * math.prod(self.window.kernel)
        biases = self.maps if self.has_bias else 0
        products = image.height * image.width * weights
        bias_links = biases * out.height * out.width
        return Cost(
            parameters=weights + biases,
            connections=products + bias_links,
            bias_links=bias_links,
            biases=biases,
            multiply_adds=products,
        )


def _spread_axis(reach: int, stride: int, before: int) -> Axis:
    """Give the window of values whose kernels cover one output, which lies `before` cells inside."""
    first = -((reach - 1 - before) // stride)
    return Axis(kernel=-(-reach // stride), before=-first, zoom=stride)


@final
@dataclass(frozen=True, slots=True)
class Upsampling:
    """Enlarge maps by a whole factor.

    Shapes:
        in:  channels x height x width
        out: channels x (height x factor) x (width x factor)

    Args:
        factor: Down and to the right.
        interpolation: `nearest` repeats each value; `bilinear` goes straight from one to the next.
        is_aligned: Whether the first and the last values stay at the corners, in bilinear interpolation
            (PyTorch's align_corners); otherwise pixels are taken as squares (PyTorch, Keras, TensorFlow 2).

    Raises:
        LayerError: A factor is below 1, the word is neither, or nearest values are aligned; all are named.
    """

    factor: Pair = (2, 2)
    interpolation: Interpolation = "nearest"
    is_aligned: bool = False

    KIND: ClassVar = "Upsampling"

    def __post_init__(self) -> None:
        object.__setattr__(self, "factor", pair(self.factor))
        faults = pair_faults(self.KIND, factor=pair(self.factor))
        if self.interpolation not in get_args(Interpolation):
            choices = listed(get_args(Interpolation))
            faults.append(not_a_choice(self.KIND, "interpolation", self.interpolation, choices))
        elif self.is_aligned and self.interpolation == "nearest":
            faults.append(
                not_a_choice(self.KIND, "aligned", "yes", "no: nearest values have no corners")
            )
        if faults:
            raise LayerError(*faults)

    def axes(self, shape: Shape) -> tuple[Axis, Axis]:
        """Give the values that one output is made of, along height and width: one, or two."""
        needed_image(self.KIND, shape)
        is_single = self.interpolation == "nearest"
        height, width = (
            Axis(zoom=factor) if is_single or factor == 1 else Axis(2, before=1, zoom=factor)
            for factor in pair(self.factor)
        )
        return height, width

    def output(self, shape: Shape) -> Image:
        """Give the shape of the output.

        Raises:
            LayerError: The input is flat.
        """
        image, (down, across) = needed_image(self.KIND, shape), pair(self.factor)
        return Image(image.channels, image.height * down, image.width * across)

    def cost(self, shape: Shape) -> Cost:  # noqa: ARG002 - no input costs anything
        """Count nothing: no number is held, and no weight is involved."""
        return Cost()


@final
@dataclass(frozen=True, slots=True)
class Border:
    """Put a border around maps; ahead of a layer without padding it does what padding does.

    Shapes:
        in:  channels x height x width
        out: channels x (top + height + bottom) x (left + width + right)

    Args:
        padding: Pixels on all sides, or `Sides`.
        mode: `zeros`; `reflect` mirrors the maps at their edge, which is not repeated; `replicate` repeats
            the values of the edge.

    Raises:
        LayerError: The padding is a rule, or below 0, or the mode is none of the three; all are named.
    """

    padding: Padding
    mode: BorderMode = "zeros"

    KIND: ClassVar = "Padding"

    def __post_init__(self) -> None:
        faults = plain_padding_faults(self.KIND, self.padding)
        if self.mode not in get_args(BorderMode):
            faults.append(not_a_choice(self.KIND, "mode", self.mode, listed(get_args(BorderMode))))
        if faults:
            raise LayerError(*faults)

    @property
    def sides(self) -> Sides:
        """The padding on each side."""
        return sides_of(self.padding)

    def axes(self, shape: Shape) -> tuple[Axis, Axis]:
        """Give a window of one cell, which begins in the border."""
        needed_image(self.KIND, shape)
        sides = self.sides
        return Axis(1, 1, sides.top, sides.bottom), Axis(1, 1, sides.left, sides.right)

    def output(self, shape: Shape) -> Image:
        """Give the shape of the output.

        Raises:
            LayerError: The input is flat, or too small to be mirrored so far.
        """
        image, sides = needed_image(self.KIND, shape), self.sides
        widest = (
            ("height", max(sides.top, sides.bottom), image.height),
            ("width", max(sides.left, sides.right), image.width),
        )
        faults = [
            reflection_too_wide(name, pixels, length)
            for name, pixels, length in widest
            if self.mode == "reflect" and pixels >= length
        ]
        if faults:
            raise LayerError(*faults)
        height = sides.top + image.height + sides.bottom
        return Image(image.channels, height, sides.left + image.width + sides.right)

    def cost(self, shape: Shape) -> Cost:  # noqa: ARG002 - no input costs anything
        """Count nothing: no number is held, no sum done."""
        return Cost()

"""Layers that keep some of the values, or put maps in another order: slices, cropping, channel shuffle."""

from dataclasses import dataclass
from typing import ClassVar, final

from striate.errors import LayerError
from striate.errors.layers import (
    groups_do_not_divide_maps,
    negative,
    not_positive,
    nothing_left,
    slice_too_long,
)
from striate.layers.cost import Cost
from striate.layers.windows import (
    Axis,
    Padding,
    Sides,
    needed_image,
    plain_padding_faults,
    sides_of,
)
from striate.shapes import Features, Image, Shape


@final
@dataclass(frozen=True, slots=True)
class Slice:
    """Take some of the maps, or of the values in a row, as they are.

    Several rows that read the same one split its maps, as a ShuffleNet's unit does.

    Shapes:
        in:  channels x height x width, or a number of values
        out: maps x height x width, or `maps` values

    Args:
        maps: Maps (or values) that are taken.
        first: The first of them; 0 is the first of all.

    Raises:
        LayerError: A number is impossible; all of them are named.
    """

    maps: int
    first: int = 0

    KIND: ClassVar = "Slice"

    def __post_init__(self) -> None:
        faults = [not_positive(self.KIND, "maps", self.maps)] if self.maps < 1 else []
        if self.first < 0:
            faults.append(negative(self.KIND, "first", self.first))
        if faults:
            raise LayerError(*faults)

    def axes(self, shape: Shape) -> tuple[Axis, Axis]:  # noqa: ARG002 - each value stays itself
        """Give a window of one cell."""
        return Axis(), Axis()

    def output(self, shape: Shape) -> Shape:
        """Give the shape of the output.

        Raises:
            LayerError: Fewer maps come in.
        """
        if self.first + self.maps > shape.axes[0]:
            raise LayerError(slice_too_long(self.first, self.maps, shape.axes[0]))
        if isinstance(shape, Image):
            return Image(self.maps, shape.height, shape.width)
        return Features(self.maps)

    def cost(self, shape: Shape) -> Cost:  # noqa: ARG002 - no input costs anything
        """Count nothing: no number is held, no sum done."""
        return Cost()


@final
@dataclass(frozen=True, slots=True)
class Cropping:
    """Cut cells off at the edges of maps, as U-Net does ahead of its joins.

    Shapes:
        in:  channels x height x width
        out: channels x (height - top - bottom) x (width - left - right)

    Args:
        padding: Cells that are cut off on all sides, or `Sides`.

    Raises:
        LayerError: The padding is a rule, or below 0.
    """

    padding: Padding

    KIND: ClassVar = "Cropping"

    def __post_init__(self) -> None:
        faults = plain_padding_faults(self.KIND, self.padding)
        if faults:
            raise LayerError(*faults)

    @property
    def sides(self) -> Sides:
        """What is cut off on each side."""
        return sides_of(self.padding)

    def axes(self, shape: Shape) -> tuple[Axis, Axis]:
        """Give a window of one cell, which begins within the maps."""
        needed_image(self.KIND, shape)
        sides = self.sides
        return Axis(1, 1, -sides.top, -sides.bottom), Axis(1, 1, -sides.left, -sides.right)

    def output(self, shape: Shape) -> Image:
        """Give the shape of the output.

        Raises:
            LayerError: The input is flat, or nothing of it is left.
        """
        image, sides = needed_image(self.KIND, shape), self.sides
        height = image.height - sides.top - sides.bottom
        width = image.width - sides.left - sides.right
        faults = [
            nothing_left(name, length, size)
            for name, length, size in (
                ("height", image.height, height),
                ("width", image.width, width),
            )
            if size < 1
        ]
        if faults:
            raise LayerError(*faults)
        return Image(image.channels, height, width)

    def cost(self, shape: Shape) -> Cost:  # noqa: ARG002 - no input costs anything
        """Count nothing: no number is held, no sum done."""
        return Cost()


@final
@dataclass(frozen=True, slots=True)
class ChannelShuffle:
    """Deal the maps of several groups out in turn: the first of each group, then the second of each.

    Shapes:
        in:  channels x height x width
        out: the same

    Args:
        groups: Groups into which the maps are split.

    Raises:
        LayerError: There is less than one group.

    Source:
        Zhang et al. 2018, ShuffleNet, section 3.1.
    """

    groups: int

    KIND: ClassVar = "Channel shuffle"

    def __post_init__(self) -> None:
        if self.groups < 1:
            raise LayerError(not_positive(self.KIND, "groups", self.groups))

    def axes(self, shape: Shape) -> tuple[Axis, Axis]:
        """Give a window of one cell."""
        needed_image(self.KIND, shape)
        return Axis(), Axis()

    def output(self, shape: Shape) -> Image:
        """Give the shape of the output.

        Raises:
            LayerError: The input is flat, or its maps cannot be split into these groups.
        """
        image = needed_image(self.KIND, shape)
        if image.channels % self.groups:
            raise LayerError(groups_do_not_divide_maps(self.KIND, self.groups, image.channels))
        return image

    def cost(self, shape: Shape) -> Cost:  # noqa: ARG002 - no input costs anything
        """Count nothing: no number is held, no sum done."""
        return Cost()

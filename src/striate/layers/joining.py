"""Layers that join branches: side by side, added up, or multiplied."""

from dataclasses import dataclass
from typing import ClassVar, final

from striate.errors import LayerError
from striate.errors.layers import branches_differ, several_inputs_needed
from striate.layers.cost import Cost
from striate.layers.windows import Axis
from striate.shapes import Features, Image, Shape


def _several(kind: str, shapes: tuple[Shape, ...]) -> None:
    if len(shapes) <= 1:
        raise LayerError(several_inputs_needed(kind, len(shapes)))


@final
@dataclass(frozen=True, slots=True)
class Concat:
    """Put the maps (or values) of all branches one behind the other, in the order of From.

    Shapes:
        in:  two or more, of the same height and width
        out: the sum of their channels
    """

    KIND: ClassVar = "Concat"

    def axes(self, *shapes: Shape) -> tuple[Axis, Axis]:  # noqa: ARG002 - values stay themselves
        """Give a window of one cell."""
        return Axis(), Axis()

    def output(self, *shapes: Shape) -> Shape:
        """Give the shape of the output.

        Raises:
            LayerError: There is one branch only, or heights and widths differ.
        """
        _several(self.KIND, shapes)
        images = [shape for shape in shapes if isinstance(shape, Image)]
        if not images:
            return Features(sum(shape.elements for shape in shapes))
        sizes = {(image.height, image.width) for image in images}
        if len(images) < len(shapes) or len(sizes) > 1:
            branches = tuple(map(str, shapes))
            raise LayerError(branches_differ(self.KIND, branches, "height and width"))
        return Image(sum(image.channels for image in images), *sizes.pop())

    def cost(self, *shapes: Shape) -> Cost:  # noqa: ARG002 - no input costs anything
        """Count nothing: no number is held, no sum done."""
        return Cost()


@final
@dataclass(frozen=True, slots=True)
class Add:
    """Add the branches value by value.

    Shapes:
        in:  two or more of one shape
        out: the same
    """

    KIND: ClassVar = "Add"

    def axes(self, *shapes: Shape) -> tuple[Axis, Axis]:  # noqa: ARG002 - values stay themselves
        """Give a window of one cell."""
        return Axis(), Axis()

    def output(self, *shapes: Shape) -> Shape:
        """Give the shape of the output.

        Raises:
            LayerError: There is one branch only, or their shapes differ.
        """
        _several(self.KIND, shapes)
        if len(set(shapes)) > 1:
            raise LayerError(branches_differ(self.KIND, tuple(map(str, shapes)), "shape"))
        return shapes[0]

    def cost(self, *shapes: Shape) -> Cost:  # noqa: ARG002 - no weight is involved
        """Count nothing: no weight is involved."""
        return Cost()


@final
@dataclass(frozen=True, slots=True)
class Multiply:
    """Multiply the branches value by value; what has one value a map, or one map, counts everywhere.

    A gate of one value a map scales whole maps, as in squeeze-and-excitation; a gate of one map scales
    places.

    Shapes:
        in:  two or more of one shape; beside maps also channels, channels x 1 x 1, or 1 x height x width
        out: that of the largest one

    Source:
        Hu et al. 2018, equation 4, for gates of maps.
    """

    KIND: ClassVar = "Multiply"

    def axes(self, *shapes: Shape) -> tuple[Axis, Axis]:  # noqa: ARG002 - values stay themselves
        """Give a window of one cell."""
        return Axis(), Axis()

    def output(self, *shapes: Shape) -> Shape:
        """Give the shape of the output.

        Raises:
            LayerError: There is one branch only, or their shapes do not fit.
        """
        _several(self.KIND, shapes)
        largest = max(shapes, key=lambda shape: (shape.elements, isinstance(shape, Image)))
        for shape in shapes:
            if shape != largest and not (isinstance(largest, Image) and _gates(shape, largest)):
                what = "shape, or one value a map, or one map"
                raise LayerError(branches_differ(self.KIND, tuple(map(str, shapes)), what))
        return largest

    def cost(self, *shapes: Shape) -> Cost:  # noqa: ARG002 - no weight is involved
        """Count nothing: no weight is involved."""
        return Cost()


def _gates(shape: Shape, maps: Image) -> bool:
    """Whether a branch has one value for each of some maps, or one map for all of them."""
    match shape:
        case Features(count):
            return count == maps.channels
        case Image(channels, 1, 1):
            return channels == maps.channels
        case Image(1, height, width):
            return (height, width) == (maps.height, maps.width)
        case _:
            return False

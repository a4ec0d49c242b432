"""Where a table begins: the example that comes in."""

from dataclasses import dataclass
from typing import ClassVar, final

from striate.errors import LayerError
from striate.errors.layers import not_positive
from striate.layers.cost import Cost
from striate.layers.windows import Axis
from striate.shapes import Features, Image, Shape


@final
@dataclass(frozen=True, slots=True)
class Input:
    """One example as the network reads it.

    Shapes:
        out: `shape`

    Args:
        shape: An image, or a flat vector.

    Raises:
        LayerError: One of its sizes is below 1.
    """

    shape: Shape

    KIND: ClassVar = "Input"

    def __post_init__(self) -> None:
        if min(self.shape.axes) < 1:
            raise LayerError(not_positive(self.KIND, "every size", str(self.shape)))

    @classmethod
    def image(cls, channels: int, height: int, width: int) -> "Input":
        """Read images of channels x height x width."""
        return cls(Image(channels, height, width))

    @classmethod
    def features(cls, count: int) -> "Input":
        """Read flat vectors of `count` values."""
        return cls(Features(count))

    def axes(self) -> tuple[Axis, Axis]:
        """Give a window of one cell."""
        return Axis(), Axis()

    def output(self) -> Shape:
        """Give the shape of the example."""
        return self.shape

    def cost(self) -> Cost:
        """Count nothing."""
        return Cost()

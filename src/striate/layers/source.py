"""Where a table begins: the example that comes in."""

from dataclasses import dataclass
from typing import ClassVar, final

from striate.errors import LayerError
from striate.errors.layers import negative, no_room_for_words, not_positive
from striate.layers.cost import Cost
from striate.layers.windows import Axis
from striate.shapes import Features, Image, Shape, Words


@final
@dataclass(frozen=True, slots=True)
class Input:
    """One example as the network reads it.

    Shapes:
        out: `shape`

    Args:
        shape: An image, a flat vector, or the words of a sentence.

    Raises:
        LayerError: One of its sizes is below 1, or padding leaves no room for a word.
    """

    shape: Shape

    KIND: ClassVar = "Input"

    def __post_init__(self) -> None:
        if min(self.shape.axes) < 1:
            raise LayerError(not_positive(self.KIND, "every size", str(self.shape)))
        if isinstance(self.shape, Words):
            if self.shape.padding < 0:
                raise LayerError(negative("Sentence", "padding", self.shape.padding))
            if self.shape.room < 1:
                raise LayerError(no_room_for_words(self.shape.count, self.shape.padding))

    @classmethod
    def image(cls, channels: int, height: int, width: int) -> "Input":
        """Read images of channels x height x width."""
        return cls(Image(channels, height, width))

    @classmethod
    def features(cls, count: int) -> "Input":
        """Read flat vectors of `count` values."""
        return cls(Features(count))

    @classmethod
    def sentence(cls, words: int, padding: int = 0) -> "Input":
        """Read sentences of `words` words, with so many zeros before and behind each."""
        return cls(Words(words, padding))

    def axes(self) -> tuple[Axis, Axis]:
        """Give a window of one cell."""
        return Axis(), Axis()

    def output(self) -> Shape:
        """Give the shape of the example."""
        return self.shape

    def cost(self) -> Cost:
        """Count nothing."""
        return Cost()

"""The size of one example as it passes through a network; the batch is never part of it."""

from dataclasses import dataclass
from typing import final


@final
@dataclass(frozen=True, slots=True)
class Image:
    """Feature maps of one example.

    Args:
        channels: Number of maps.
        height: Rows of each map, in pixels.
        width: Columns of each map, in pixels.
    """

    channels: int
    height: int
    width: int

    @property
    def elements(self) -> int:
        """Number of values: channels x height x width."""
        return self.channels * self.height * self.width

    @property
    def axes(self) -> tuple[int, ...]:
        """Sizes in torch's order, without the batch."""
        return (self.channels, self.height, self.width)

    def __str__(self) -> str:
        """Write channels x height x width, as in `6x28x28`."""
        return f"{self.channels}x{self.height}x{self.width}"


@final
@dataclass(frozen=True, slots=True)
class Features:
    """A flat vector of one example.

    Args:
        count: Number of values.
    """

    count: int

    @property
    def elements(self) -> int:
        """Number of values."""
        return self.count

    @property
    def axes(self) -> tuple[int, ...]:
        """Sizes in torch's order, without the batch."""
        return (self.count,)

    def __str__(self) -> str:
        """Write the number of values."""
        return str(self.count)


@final
@dataclass(frozen=True, slots=True)
class Words:
    """A sentence as word numbers; 0 stands for padding, and for a word that is not known.

    Args:
        count: Number of words, padding included.
        padding: Zeros that always stand before the sentence, and as many at least behind it.
    """

    count: int
    padding: int = 0

    @property
    def elements(self) -> int:
        """Number of values."""
        return self.count

    @property
    def axes(self) -> tuple[int, ...]:
        """Sizes in torch's order, without the batch."""
        return (self.count,)

    @property
    def room(self) -> int:
        """Words of a sentence that are kept."""
        return self.count - 2 * self.padding

    def __str__(self) -> str:
        """Write the number of words, as in `64 words`."""
        return f"{self.count} words"


Shape = Image | Features | Words


def as_image(shape: Shape) -> Image:
    """Return a shape that is known to be one of maps.

    Raises:
        TypeError: It is another one: a fault of Striate itself.
    """
    if not isinstance(shape, Image):
        message = f"{shape} was taken for maps"
        raise TypeError(message)
    return shape

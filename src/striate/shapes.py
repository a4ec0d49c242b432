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


Shape = Image | Features

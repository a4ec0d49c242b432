"""Modules that keep some of the values, or put maps in another order."""

from typing import final

from torch import Tensor, nn

from striate.layers import (
    ChannelShuffle as ShuffleLayer,
    Cropping as CropLayer,
    Slice as SliceLayer,
)
from striate.shapes import Image


@final
class Slice(nn.Module):
    """Take some of the maps, or of the values in a row.

    Args:
        layer: The row's layer.
    """

    def __init__(self, layer: SliceLayer) -> None:
        super().__init__()
        self.first, self.maps = layer.first, layer.maps

    def forward(self, values: Tensor) -> Tensor:
        """Return batch x maps x height x width, or batch x maps."""
        return values[:, self.first : self.first + self.maps]


@final
class Cropping(nn.Module):
    """Cut cells off at the edges of maps.

    Args:
        layer: The row's layer.
        image: What it reads.
    """

    def __init__(self, layer: CropLayer, image: Image) -> None:
        super().__init__()
        sides = layer.sides
        self.rows = slice(sides.top, image.height - sides.bottom)
        self.columns = slice(sides.left, image.width - sides.right)

    def forward(self, maps: Tensor) -> Tensor:
        """Return batch x channels x fewer rows x fewer columns."""
        return maps[:, :, self.rows, self.columns]


@final
class ChannelShuffle(nn.Module):
    """Deal the maps of several groups out in turn.

    Args:
        layer: The row's layer.
    """

    def __init__(self, layer: ShuffleLayer) -> None:
        super().__init__()
        self.groups = layer.groups

    def forward(self, maps: Tensor) -> Tensor:
        """Return a tensor of the same shape."""
        count, channels, rows, columns = maps.shape
        parts = maps.reshape(count, self.groups, channels // self.groups, rows, columns)
        return parts.transpose(1, 2).reshape(count, channels, rows, columns)

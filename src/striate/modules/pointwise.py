"""Layers that treat each value by itself, and those that only give values another shape."""

from typing import final

import torch
from torch import Tensor, nn

from striate.layers import Dropout, ParametricReLU, Reshape, Scaling as ScaleLayer
from striate.shapes import Image, Shape


def dropout(layer: Dropout) -> nn.Module:
    """Return torch's dropout, of single values or of whole maps."""
    kind = nn.Dropout2d if layer.drops == "maps" else nn.Dropout
    return kind(layer.fraction)


def parametric_relu(layer: ParametricReLU, shape: Shape) -> nn.Module:
    """Return torch's PReLU, or one with a slope for each value.

    Args:
        layer: The row's layer.
        shape: What it reads.
    """
    match layer.slopes:
        case "one":
            return nn.PReLU(1, layer.start)
        case "maps":
            return nn.PReLU(shape.axes[0], layer.start)
        case "values":
            return ValuePReLU(layer, shape)


@final
class ValuePReLU(nn.Module):
    """Keep what is above 0, and multiply the rest by a slope of each value's own.

    Args:
        layer: The row's layer.
        shape: What it reads.
    """

    def __init__(self, layer: ParametricReLU, shape: Shape) -> None:
        super().__init__()
        self.start = layer.start
        self.weight = nn.Parameter(torch.empty(shape.axes))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set every slope to what it begins with."""
        nn.init.constant_(self.weight, self.start)

    def forward(self, values: Tensor) -> Tensor:
        """Return a tensor of the same shape."""
        return torch.where(values > 0, values, self.weight * values)


@final
class Scaling(nn.Module):
    """Multiply every value by a factor, and add an offset.

    Args:
        layer: The row's layer.
        shape: What it reads.
    """

    def __init__(self, layer: ScaleLayer, shape: Shape) -> None:
        super().__init__()
        self.factor, self.offset = layer.factor, layer.offset
        ones = (1,) * (len(shape.axes) - 1)
        count = (shape.axes[0], *ones)
        self.weight = nn.Parameter(torch.empty(count)) if layer.is_trained else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set every trained factor to what it begins with."""
        if self.weight is not None:
            nn.init.constant_(self.weight, self.factor)

    def forward(self, values: Tensor) -> Tensor:
        """Return a tensor of the same shape."""
        if self.weight is not None:
            return values * self.weight
        return values * self.factor + self.offset


def reshape(layer: Reshape, shape: Shape) -> nn.Module:
    """Return what reads the values of one shape as those of another.

    Args:
        layer: The row's layer.
        shape: What it reads.
    """
    if not isinstance(layer.shape, Image):
        return nn.Flatten()
    parts = nn.Unflatten(1, layer.shape.axes)
    return nn.Sequential(nn.Flatten(), parts) if isinstance(shape, Image) else parts

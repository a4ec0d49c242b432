"""Response normalisation as papers and libraries write it, and torch's batch normalisation."""

from typing import final

import torch
from torch import Tensor, nn
from torch.nn import functional

from striate import layers
from striate.layers import BatchNormalization, GroupNormalization, LayerNormalization
from striate.shapes import Image, Shape


def response_norm(layer: layers.ResponseNormalization) -> nn.Module:
    """Return torch's response normalisation; one of our own within maps, or within groups of them.

    Args:
        layer: The row's normalisation.
    """
    if layer.region == "across" and layer.groups == 1:
        # torch divides alpha by the number of maps in the window.
        alpha = layer.coefficient * layer.size
        return nn.LocalResponseNorm(layer.size, alpha, layer.beta, layer.k)
    return ResponseNormalization(layer)


@final
class ResponseNormalization(nn.Module):
    """Divide each value by (k + c x the sum of its neighbours' squares) ^ beta.

    Args:
        layer: The row's normalisation.

    Source:
        Krizhevsky et al. 2012, section 3.3.
    """

    def __init__(self, layer: layers.ResponseNormalization) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, maps: Tensor) -> Tensor:
        """Normalise.

        Shapes:
            in:  batch x maps x height x width
            out: the same
        """
        layer = self.layer
        squares = maps * maps
        if layer.region == "within":
            sums = functional.avg_pool2d(
                squares, layer.size, stride=1, padding=layer.size // 2, divisor_override=1
            )
        else:
            parts = squares.chunk(layer.groups, dim=1)
            sums = torch.cat([_sum_across(part, layer.size) for part in parts], dim=1)
        return maps * (sums * layer.coefficient + layer.k).pow(-layer.beta)

    def extra_repr(self) -> str:
        """Give the constants."""
        layer = self.layer
        return (
            f"{layer.region}, size={layer.size}, coefficient={layer.coefficient:g}, "
            f"beta={layer.beta:g}, k={layer.k:g}, groups={layer.groups}"
        )


def _sum_across(squares: Tensor, size: int) -> Tensor:
    """Add up a window of maps around each map; beyond the first and the last there are zeros."""
    maps, half = squares.shape[1], size // 2
    padded = functional.pad(squares, (0, 0, 0, 0, half, half))
    total = padded[:, :maps]
    for away in range(1, size):
        total = total + padded[:, away : away + maps]
    return total


def batch_norm(layer: BatchNormalization, shape: Shape) -> nn.Module:
    """Return torch's batch normalisation for maps or for flat vectors.

    Args:
        layer: The row's normalisation.
        shape: What it reads.
    """
    kind = nn.BatchNorm2d if isinstance(shape, Image) else nn.BatchNorm1d
    has_any = layer.has_scale or layer.has_offset
    return _scaled(kind(shape.axes[0], layer.epsilon, layer.momentum, affine=has_any), layer)


def layer_norm(layer: LayerNormalization, shape: Shape) -> nn.Module:
    """Return torch's layer normalisation, over whole examples or over the maps at each place.

    Args:
        layer: The row's normalisation.
        shape: What it reads.
    """
    has_any = layer.has_scale or layer.has_offset
    by_place = layer.over == "maps"
    kind = MapsNorm if by_place and isinstance(shape, Image) else nn.LayerNorm
    axes = shape.axes[:1] if by_place else shape.axes
    return _scaled(kind(axes, layer.epsilon, elementwise_affine=has_any), layer)


def group_norm(layer: GroupNormalization, shape: Shape) -> nn.Module:
    """Return torch's group normalisation; of instances, with as many groups as there are maps.

    Args:
        layer: The row's normalisation.
        shape: What it reads.
    """
    maps = shape.axes[0]
    groups = maps if layer.groups is None else layer.groups
    has_any = layer.has_scale or layer.has_offset
    return _scaled(nn.GroupNorm(groups, maps, layer.epsilon, affine=has_any), layer)


@final
class MapsNorm(nn.LayerNorm):
    """torch's layer normalisation over the maps at each place."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's name
        """Normalise.

        Shapes:
            in:  batch x maps x height x width
            out: the same
        """
        return super().forward(input.movedim(1, -1)).movedim(-1, 1)


def _scaled(
    module: nn.Module, layer: BatchNormalization | LayerNormalization | GroupNormalization
) -> nn.Module:
    """Take out the scale or the offset where a row has only the other; torch's layers have both or none."""
    if layer.has_scale != layer.has_offset:
        module.register_parameter("weight" if layer.has_offset else "bias", None)
    return module

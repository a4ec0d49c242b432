"""Response normalisation as papers and libraries write it, and torch's batch normalisation."""

from typing import final

import torch
from torch import Tensor, nn
from torch.nn import functional

from striate.layers import BatchNormalization, ResponseNormalization
from striate.shapes import Image, Shape


def response_norm(layer: ResponseNormalization) -> nn.Module:
    """Return torch's response normalisation; one of our own within maps, or within groups of them.

    Args:
        layer: The row's normalisation.
    """
    if layer.region == "across" and layer.groups == 1:
        # torch divides alpha by the number of maps in the window.
        alpha = layer.coefficient * layer.size
        return nn.LocalResponseNorm(layer.size, alpha, layer.beta, layer.k)
    return ResponseNorm(layer)


@final
class ResponseNorm(nn.Module):
    """Divide each value by (k + c x the sum of its neighbours' squares) ^ beta.

    Args:
        layer: The row's normalisation.

    Source:
        Krizhevsky et al. 2012, section 3.3.
    """

    def __init__(self, layer: ResponseNormalization) -> None:
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
    return kind(shape.axes[0], layer.epsilon, layer.momentum)

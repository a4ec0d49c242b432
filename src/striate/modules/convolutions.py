"""Convolutions: torch's own, and LeNet-5's with a connection table."""

import math
from itertools import groupby
from typing import final

import torch
from torch import Tensor, nn
from torch.nn import functional

from striate.layers import ConnectionTable, Convolution
from striate.layers.windows import Window
from striate.shapes import Image


Ends = tuple[int, int, int, int]
"""Padding on the left, on the right, at the top and at the bottom, in pixels, as torch takes it."""


def split_padding(window: Window, image: Image) -> tuple[tuple[int, int], Ends | None]:
    """Split a padding into what torch's convolution does itself and what has to go before it.

    Returns:
        (pixels above and below, pixels left and right) for torch, and padding that differs from side to
        side for a module of its own; None where there is no such.
    """
    top, bottom, left, right = window.sides(image)
    if top == bottom and left == right:
        return (top, left), None
    return (0, 0), (left, right, top, bottom)


def convolution(layer: Convolution, image: Image) -> nn.Module:
    """Return the module of a convolution, without padding that differs from side to side.

    Args:
        layer: The row's convolution.
        image: What it reads.
    """
    if layer.connection_table is not None:
        return PartialConvolution(layer, layer.connection_table, image)
    window = layer.window
    both, _ = split_padding(window, image)
    return nn.Conv2d(
        image.channels,
        layer.maps,
        window.kernel,
        window.stride,
        both,
        window.dilation,
        layer.groups,
        layer.has_bias,
    )


@final
class PartialConvolution(nn.Module):
    """A convolution that trains one kernel for each connected pair of maps, and no others.

    LeNet-5's C3 has 60 of them, 1,516 numbers with its biases. They are laid into a full weight whose
    other places are zero, on which torch's convolution is fastest.

    Args:
        layer: The row's convolution; it has a connection table.
        table: That table.
        image: What it reads.

    Source:
        LeCun et al. 1998, II-B and Table I.
    """

    def __init__(self, layer: Convolution, table: ConnectionTable, image: Image) -> None:
        super().__init__()
        self.window = layer.window
        self.maps, self.channels = layer.maps, image.channels
        self.table = table
        self.both, _ = split_padding(self.window, image)
        connected = set(table.pairs)
        places = [
            (column, row) in connected
            for column in range(self.maps)
            for row in range(self.channels)
        ]
        self.runs = tuple((is_there, len(list(run))) for is_there, run in groupby(places))
        self.weight = nn.Parameter(torch.empty(len(table.pairs), *self.window.kernel))
        self.bias = nn.Parameter(torch.empty(self.maps)) if layer.has_bias else None
        self.reset_parameters()

    @property
    def fan_in(self) -> Tensor:
        """Values that each map's units read: 75, 100 or 150 in LeNet-5's C3."""
        return torch.tensor(self.table.maps_read) * self.kernel_cells

    @property
    def kernel_cells(self) -> int:
        """Cells of one kernel."""
        return math.prod(self.window.kernel)

    @property
    def kernel_fan_in(self) -> Tensor:
        """The fan-in of the map that each kernel belongs to."""
        return self.fan_in[torch.tensor([column for column, _ in self.table.pairs])]

    def reset_parameters(self) -> None:
        """Draw the numbers as torch's convolution does, by the fan-in of each map."""
        with torch.no_grad():
            self.weight.uniform_(-1, 1).mul_(self.kernel_fan_in.rsqrt().view(-1, 1, 1))
            if self.bias is not None:
                self.bias.uniform_(-1, 1).mul_(self.fan_in.rsqrt())

    def full_weight(self) -> Tensor:
        """Return the weight with zeros where maps are not connected.

        Kernels lie in the order of their pairs, so that runs of them alternate with runs of zeros.

        Shapes:
            out: maps x channels x kernel height x kernel width
        """
        pieces, begin = [], 0
        for is_there, length in self.runs:
            if is_there:
                pieces.append(self.weight[begin : begin + length])
                begin += length
            else:
                pieces.append(self.weight.new_zeros(length, *self.window.kernel))
        return torch.cat(pieces).view(self.maps, self.channels, *self.window.kernel)

    def forward(self, maps: Tensor) -> Tensor:
        """Convolve.

        Shapes:
            in:  batch x channels x height x width
            out: batch x maps x rows x columns
        """
        window = self.window
        return functional.conv2d(
            maps, self.full_weight(), self.bias, window.stride, self.both, window.dilation
        )

    def extra_repr(self) -> str:
        """Say what is connected, and how kernels slide."""
        return (
            f"{self.channels}, {self.maps}, kernels={len(self.weight)}, "
            f"kernel_size={self.window.kernel}, stride={self.window.stride}, "
            f"padding={self.both}, dilation={self.window.dilation}"
        )

"""Convolutions: torch's with any padding, and LeNet-5's with a connection table."""

import math
from typing import final

import torch
from torch import Tensor, nn
from torch.nn import functional

from striate.kernels import Kernel
from striate.layers import ConnectionTable, Convolution, Function
from striate.layers.windows import Window
from striate.modules import bf16_convolution
from striate.modules.functions import apply
from striate.modules.precision import at_least_fp32, full_precision
from striate.modules.sliding import SlidingProducts
from striate.modules.small_layers import small_convolution
from striate.shapes import Image


Ends = tuple[int, int, int, int]
"""Padding at top, bottom, left and right, in pixels."""


def pad(maps: Tensor, ends: Ends, value: float = 0.0) -> Tensor:
    """Pad maps on each side by its own number of pixels.

    Shapes:
        in:  batch x maps x height x width
        out: batch x maps x (top + height + bottom) x (left + width + right)
    """
    top, bottom, left, right = ends
    return functional.pad(maps, (left, right, top, bottom), value=value)


def split_padding(window: Window, image: Image) -> tuple[tuple[int, int], Ends]:
    """Split a padding into what torch's layers do themselves and what must be added before them.

    Returns:
        (pixels above and below, pixels left and right) for torch, and what remains for `pad`.
    """
    top, bottom, left, right = window.sides(image)
    if top == bottom and left == right:
        return (top, left), (0, 0, 0, 0)
    return (0, 0), (top, bottom, left, right)


@final
class PaddedConvolution(nn.Conv2d):
    """torch's convolution behind a padding that differs from side to side.

    Args:
        layer: The row's convolution.
        image: What it reads.
        function: What follows it.
    """

    def __init__(self, layer: Convolution, image: Image, function: Function | None = None) -> None:
        window = layer.window
        both, self.ends = split_padding(window, image)
        super().__init__(
            image.channels,
            layer.maps,
            window.kernel,
            window.stride,
            both,
            window.dilation,
            layer.groups,
            layer.has_bias,
        )
        self.function = function
        self.small = small_convolution(layer, image, function)
        self.gains_by_kernel = self.small is None and bf16_convolution.gains_by_kernel(layer, image)

    @property
    def kernels(self) -> tuple[Kernel, ...]:
        """What does it in C++."""
        return () if self.small is None else self.small.kernels

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's name
        """Convolve, and apply the function.

        Shapes:
            in:  batch x channels x height x width
            out: batch x maps x rows x columns
        """
        if self.small is not None and self.small.does(input):
            return self.small(input, self.weight, self.bias)
        return apply(self.function, self.sums(input))

    def sums(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's name
        """Convolve without the function; of the same shapes."""
        if self.gains_by_kernel and bf16_convolution.does(input, self):
            return bf16_convolution.convolve(input, self)
        return super().forward(pad(input, self.ends) if any(self.ends) else input)


def lay_out(network: nn.Module) -> None:
    """Lay the kernels of convolutions in memory as they are read fastest; their values stay.

    torch's convolution is a third faster where the channels of a kernel lie side by side. Small ones,
    which have a form in C++, read kernels as they are.

    Args:
        network: Its kernels change their order in memory.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and getattr(module, "small", None) is None:
            module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def is_full_width(layer: Convolution, image: Image) -> bool:
    """Tell whether a kernel is as wide as its one map, so that it moves along the height alone."""
    window = layer.window
    _, _, left, right = window.sides(image)
    return (
        image.channels == 1
        and window.kernel[1] == image.width > 1
        and left == right == 0
        and window.stride[0] == window.dilation[0] == 1
    )


@final
class FullWidthConvolution(nn.Conv2d):
    """A convolution whose kernel is as wide as the map: word vectors under a window of words.

    Line by line it is a product of matrices, and lines of zeros, the padding of a sentence, are
    left out of it. Behind a maximum over time nearly all gradients are zero, and left out as well.
    On 2 cores that is ten times as fast as torch's convolution.

    Args:
        layer: The row's convolution, for which `is_full_width` holds.
        image: What it reads.
    """

    def __init__(self, layer: Convolution, image: Image) -> None:
        super().__init__(1, layer.maps, layer.window.kernel, bias=layer.has_bias)
        self.ends = layer.window.sides(image)

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's name
        """Convolve.

        Shapes:
            in:  batch x 1 x height x width
            out: batch x maps x rows x 1
        """
        padded = pad(input, self.ends) if any(self.ends) else input
        if padded.device.type != "cpu":
            return super().forward(padded)
        lines, kernels = padded.squeeze(1), self.weight.squeeze(1)
        with full_precision(lines.device):
            sums: Tensor = SlidingProducts.apply(  # type: ignore[no-untyped-call]
                at_least_fp32(lines), kernels
            )
        if self.bias is not None:
            sums = sums + self.bias
        return sums.transpose(1, 2).unsqueeze(3)


@final
class PartialConvolution(nn.Module):
    """A convolution that trains one kernel for each connected pair of maps, and no others.

    LeNet-5's C3 has 60 of them, 1,516 numbers with its biases. Where there is a compiler, a kernel does
    these and no others; otherwise they are laid, for each step, into a full weight whose other places
    are zero: torch's convolution is fastest on that.

    Args:
        layer: The row's convolution; it has a connection table.
        table: That table.
        image: What it reads.
        function: What follows it.

    Source:
        LeCun et al. 1998, II-B and Table I.
    """

    places: Tensor

    def __init__(
        self,
        layer: Convolution,
        table: ConnectionTable,
        image: Image,
        function: Function | None = None,
    ) -> None:
        super().__init__()
        self.function = function
        self.small = small_convolution(layer, image, function)
        self.window = layer.window
        self.maps, self.channels = layer.maps, image.channels
        self.table = table
        self.both, self.ends = split_padding(self.window, image)
        places = [column * self.channels + row for column, row in table.pairs]
        self.register_buffer("places", torch.tensor(places), persistent=False)
        self.weight = nn.Parameter(torch.empty(len(places), *self.window.kernel))
        self.bias = nn.Parameter(torch.empty(self.maps)) if layer.has_bias else None
        self.reset_parameters()

    @property
    def kernels(self) -> tuple[Kernel, ...]:
        """What does it in C++."""
        return () if self.small is None else self.small.kernels

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
        """Give the weight with zeros where maps are not connected.

        Shapes:
            out: maps x channels x kernel height x kernel width
        """
        full = self.weight.new_zeros(self.maps * self.channels, *self.window.kernel)
        full = full.index_copy(0, self.places, self.weight)
        return full.view(self.maps, self.channels, *self.window.kernel)

    def forward(self, maps: Tensor) -> Tensor:
        """Convolve, and apply the function.

        Shapes:
            in:  batch x channels x height x width
            out: batch x maps x rows x columns
        """
        if self.small is not None and self.small.does(maps):
            return self.small(maps, self.weight, self.bias)
        if any(self.ends):
            maps = pad(maps, self.ends)
        window = self.window
        sums = functional.conv2d(
            maps, self.full_weight(), self.bias, window.stride, self.both, window.dilation
        )
        return apply(self.function, sums)

    def extra_repr(self) -> str:
        """Say what is connected."""
        return f"{self.channels}, {self.maps}, kernels={len(self.places)}"

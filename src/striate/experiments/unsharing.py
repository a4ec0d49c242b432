"""Convolutions whose places have weights of their own: what sharing weights is compared with."""

from typing import Any, final

import torch
from torch import Tensor, nn
from torch.nn import functional

from striate.modules import Network
from striate.modules.convolutions import PartialConvolution
from striate.shapes import Image


@final
class LocallyConnected(nn.Module):
    """Does at each place what a convolution does, with weights and biases of that place alone.

    Each place begins with the convolution's numbers, so that both are the same function before they learn.

    Args:
        shared: The convolution.
        height: Of the maps that it gives.
        width: Of the maps that it gives.

    Source:
        LeCun, Generalization and network design strategies, 1989: its networks with local connections, and with
        and without constraints on the weights.
    """

    def __init__(self, shared: nn.Conv2d | PartialConvolution, height: int, width: int) -> None:
        super().__init__()
        weight, connected = _full(shared)
        self.size = height, width
        self.kernel = weight.shape[2:]
        self.dilation, self.both, self.stride = _slides(shared)
        places = height * width
        # Places come first: each is a product of two small matrices, and nothing is laid out anew for it.
        self.weight = nn.Parameter(weight.flatten(1).t().repeat(places, 1, 1))
        bias = shared.bias
        self.bias = None if bias is None else nn.Parameter(bias.detach().repeat(places, 1, 1))
        self.connected: Tensor
        self.register_buffer("connected", connected.flatten(1).t(), persistent=False)

    def forward(self, maps: Tensor) -> Tensor:
        """Weigh each window by the weights of its place.

        Shapes:
            in:  batch x channels x height x width
            out: batch x maps x rows x columns
        """
        (down, across), (below, beside) = self.both, self.dilation
        windows = functional.pad(maps, (across, across, down, down)).permute(2, 3, 0, 1)
        spans = [(k - 1) * d + 1 for k, d in zip(self.kernel, self.dilation, strict=True)]
        for axis, (span, stride) in enumerate(zip(spans, self.stride, strict=True)):
            windows = windows.unfold(axis, span, stride)
        windows = windows[..., ::below, ::beside].reshape(len(self.weight), len(maps), -1)
        found = windows @ (self.weight * self.connected)
        if self.bias is not None:
            found = found + self.bias
        return found.permute(1, 2, 0).reshape(len(maps), -1, *self.size)


def _slides(shared: nn.Conv2d | PartialConvolution) -> tuple[Any, Any, Any]:
    """Return a convolution's dilation, padding and stride, each down and across."""
    if isinstance(shared, PartialConvolution):
        return shared.window.dilation, shared.both, shared.window.stride
    return shared.dilation, shared.padding, shared.stride


def unshare(network: Network, rows: tuple[str, ...]) -> None:
    """Give each place of some convolutions weights of its own.

    Args:
        network: As it was built; its modules are replaced.
        rows: Names of the rows, each of which is a convolution.
    """
    for step in network.steps:
        if step.row in rows:
            shared, maps = getattr(network, step.child), network.walk.report(step.row).output
            if not isinstance(maps, Image):
                raise TypeError
            setattr(network, step.child, LocallyConnected(shared, maps.height, maps.width))


def _full(shared: nn.Conv2d | PartialConvolution) -> tuple[Tensor, Tensor]:
    """Return a convolution's weights with zeros where maps are not connected, and 1 where they are.

    Shapes:
        out: maps x channels x kernel height x kernel width, twice
    """
    if isinstance(shared, PartialConvolution):
        full = shared.full_weight().detach()
        connected = torch.zeros_like(full)
        for column, row in shared.table.pairs:
            connected[column, row] = 1
        return full, connected
    maps, channels = shared.out_channels, shared.in_channels
    full = shared.weight.new_zeros(maps, channels, *shared.kernel_size)
    connected = torch.zeros_like(full)
    for weights, ones, part in zip(
        full.chunk(shared.groups), connected.chunk(shared.groups), range(shared.groups), strict=True
    ):
        read = slice(part * channels // shared.groups, (part + 1) * channels // shared.groups)
        own = slice(part * maps // shared.groups, (part + 1) * maps // shared.groups)
        weights[:, read] = shared.weight.detach()[own]
        ones[:, read] = 1
    return full, connected

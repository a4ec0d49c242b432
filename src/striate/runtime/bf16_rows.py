"""Rows of a network as windows over maps, their weights laid out for the kernel that reads in bf16."""

from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor, nn
from torch.nn import functional

from striate.kernels.bf16_network import PANEL, Kind
from striate.layers import MaxPooling
from striate.modules import Network
from striate.runtime.coverage import covers
from striate.runtime.layout import channels_last, panels
from striate.runtime.products import Kernels, kernels_of
from striate.runtime.program import UnknownRowError
from striate.shapes import Image


_MOST_FLAT = 1_000_000
"""Weights of full layers. Each image reads all of them: more do not stay in a core's cache, and are read better
for many images at once."""


@final
@dataclass(frozen=True, slots=True)
class Sliding:
    """A row as a window over maps; a full layer has one that is as large as they are.

    Args:
        kind: What it does.
        of: What it reads.
        to: What it gives.
        kernel: Height and width of the window.
        stride: Down and across.
        before: Zeros above and on the left.
        groups: Of maps.
        weights: As the kernel reads them; none for a pooling.
        bias: One number a map, or none.
        is_rectified: Whether a ReLU follows; of a pooling, whether it reads what one gave.
    """

    kind: Kind
    of: Image
    to: Image
    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    before: tuple[int, int] = (0, 0)
    groups: int = 1
    weights: Tensor | None = None
    bias: Tensor | None = None
    is_rectified: bool = False

    @property
    def after(self) -> tuple[int, int]:
        """Zeros below and on the right, as many as the last windows reach beyond the maps."""
        (height, width), (rows, columns) = (
            (self.of.height, self.of.width),
            (self.to.height, self.to.width),
        )
        down = (rows - 1) * self.stride[0] + self.kernel[0] - self.before[0] - height
        across = (columns - 1) * self.stride[1] + self.kernel[1] - self.before[1] - width
        return max(0, down), max(0, across)


def rows_of(network: Network) -> list[Sliding]:
    """Write a network as the kernel runs it, with its weights as they are now.

    Raises:
        UnknownRowError: The kernel does not know a row, or full layers have too many weights.
    """
    rows: list[Sliding] = []
    maps, flat = network.walk.input, 0
    steps, reports = network.steps[: network.trunk_length], network.walk.trunk[1:]
    for position, (step, report) in enumerate(zip(steps, reports, strict=True)):
        module, to, layer = network.get_submodule(step.child), report.output, report.row.layer
        if step.reads != (position,) or not covers("bf16 reading", layer, step.function):
            raise UnknownRowError
        if isinstance(module, nn.Dropout | nn.Identity | nn.Flatten) and step.function is None:
            continue
        if not isinstance(maps, Image) or to is None:
            raise UnknownRowError
        is_rectified = step.function == "ReLU"
        match module, to:
            case nn.Conv2d(), Image():
                padding = None
                if step.children[0] != step.child:
                    padding = network.get_submodule(step.children[0])
                kernels = kernels_of(module, padding)
                row = _convolution(kernels, maps, to, is_rectified=is_rectified)
            case nn.MaxPool2d(), Image() if isinstance(layer, MaxPooling) and not is_rectified:
                is_after_relu = bool(rows) and rows[-1].is_rectified
                row = _pooling(layer, maps, to, is_after_relu=is_after_relu)
            case nn.Linear(), _:
                is_score = position == len(steps) - 1 and not is_rectified
                row = (
                    _scores(module, maps)
                    if is_score
                    else _full(module, maps, is_rectified=is_rectified)
                )
                flat += module.weight.numel()
            case _:
                raise UnknownRowError
        rows.append(row)
        maps = row.to
    if not rows or rows[-1].kind != Kind.SCORE or flat > _MOST_FLAT:
        raise UnknownRowError
    return rows


def _convolution(kernels: Kernels, of: Image, to: Image, *, is_rectified: bool) -> Sliding:
    if kernels.dilation != (1, 1):
        raise UnknownRowError
    groups, (maps, channels, height, width) = kernels.groups, kernels.weight.shape
    by_group = kernels.weight.detach().reshape(groups, maps // groups, channels, height, width)
    lines = by_group.permute(0, 1, 3, 4, 2)
    (left, _, top, _), (down, across) = kernels.ends, kernels.padding
    return Sliding(
        Kind.CONVOLVE,
        of,
        to,
        (height, width),
        kernels.stride,
        (top + down, left + across),
        groups,
        # Without groups, a line of the window is one piece; with them, a pixel of it.
        weights=_panels(lines.flatten(3) if groups == 1 else lines.flatten(2, 3)),
        bias=_biases(kernels.bias),
        is_rectified=is_rectified,
    )


def _pooling(layer: MaxPooling, of: Image, to: Image, *, is_after_relu: bool) -> Sliding:
    down, across = layer.window.axes(of)
    window, stride = (down.kernel, across.kernel), (down.stride, across.stride)
    row = Sliding(Kind.POOL, of, to, window, stride, is_rectified=is_after_relu)
    # The zeros around maps are no numbers that are smaller than all others.
    is_padded = (down.before, across.before, *row.after) != (0, 0, 0, 0)
    if is_padded or down.dilation > 1 or across.dilation > 1:
        raise UnknownRowError
    return row


def _full(module: nn.Linear, of: Image, *, is_rectified: bool) -> Sliding:
    units = len(module.weight)
    pieces = channels_last(module.weight.detach(), of).view(1, units, of.height, -1)
    return Sliding(
        Kind.CONVOLVE,
        of,
        Image(units, 1, 1),
        (of.height, of.width),
        weights=_panels(pieces),
        bias=_biases(module.bias),
        is_rectified=is_rectified,
    )


def _scores(module: nn.Linear, of: Image) -> Sliding:
    weights = panels(channels_last(module.weight.detach(), of))
    to, window = Image(len(module.weight), 1, 1), (of.height, of.width)
    return Sliding(Kind.SCORE, of, to, window, weights=weights, bias=_biases(module.bias))


def _panels(pieces: Tensor) -> Tensor:
    """Lay weights as the kernel reads them.

    Shapes:
        in:  groups x maps x pieces x numbers
        out: groups x panels x pieces x pairs x 32 x 2, zeros where there are no maps or numbers, bf16
    """
    groups, maps, count, numbers = pieces.shape
    whole = functional.pad(pieces, (0, numbers % 2, 0, 0, 0, -maps % PANEL))
    by_pair = whole.reshape(groups, -1, PANEL, count, (numbers + 1) // 2, 2)
    return by_pair.permute(0, 1, 3, 4, 2, 5).to(torch.bfloat16).contiguous()


def _biases(bias: Tensor | None) -> Tensor | None:
    return None if bias is None else bias.detach().float().contiguous()

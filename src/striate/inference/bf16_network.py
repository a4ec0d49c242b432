"""A network whose rows follow one another, read in bf16 by one call of a kernel."""

from ctypes import addressof
from dataclasses import dataclass
from itertools import count
from typing import final

import torch
from torch import Tensor, nn
from torch.nn import functional

from striate.inference.layout import channels_last, panels
from striate.inference.products import Kernels, kernels_of
from striate.inference.program import UnknownRowError
from striate.kernels.bf16_network import KERNEL, PANEL, Kind, NetworkFields, RowFields
from striate.modules import Network
from striate.modules.convolutions import PaddedConvolution
from striate.modules.poolings import MaxPool
from striate.modules.rows import FlatLinear
from striate.shapes import Image


_MOST_FLAT = 1_000_000
"""Weights of full layers. Each image reads all of them: more do not stay in a core's cache, and are read better
for many images at once."""

_numbers = count(1)


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


@final
@dataclass(frozen=True, slots=True)
class _Place:
    """Maps in the scratch, with zeros around them.

    Args:
        begin: Position of the zeros above them.
        maps: How large they are.
        before: Zeros above and on the left.
        after: Zeros below and on the right.
    """

    begin: int
    maps: Image
    before: tuple[int, int]
    after: tuple[int, int]

    @property
    def line(self) -> int:
        """Numbers of a line of pixels."""
        return (self.before[1] + self.maps.width + self.after[1]) * self.maps.channels

    @property
    def first(self) -> int:
        """Position of the first pixel of the maps."""
        return self.begin + self.before[0] * self.line + self.before[1] * self.maps.channels

    @property
    def end(self) -> int:
        """Position behind it; a pair of numbers may reach beyond the last window by one."""
        height = self.before[0] + self.maps.height + self.after[0]
        return self.begin + height * self.line + 1


@final
class Bf16Network:
    """Convolutions, maximum poolings and full layers with ReLU, one behind the other.

    A core takes whole images through all rows, so that the maps of an image stay in its cache; a single
    image is shared by the cores row by row.

    Args:
        network: Its weights are copied as they are now.

    Raises:
        UnknownRowError: As `rows_of`.
    """

    def __init__(self, network: Network) -> None:
        rows = rows_of(network)
        self.axes, self.given = network.walk.input.axes, rows[-1].to.channels
        places = _places(rows)
        self._kept = [one for row in rows for one in (row.weights, row.bias) if one is not None]
        self._rows = (RowFields * len(rows))(
            *(
                _fields(row, of, to)
                for row, of, to in zip(rows, places, [*places[1:], None], strict=True)
            )
        )
        first = places[0]
        self._fields = NetworkFields(
            rows=addressof(self._rows),
            count=len(rows),
            channels=first.maps.channels,
            height=first.maps.height,
            width=first.maps.width,
            first=first.first,
            first_line=first.line,
            given=self.given,
            scratch=places[-1].end,
            number=next(_numbers),
        )
        self._place = addressof(self._fields)
        self._run = KERNEL.function("run_rows_of_maps")

    def __call__(self, examples: Tensor) -> Tensor:
        """Run a batch.

        Shapes:
            in:  batch x channels x height x width
            out: batch x values, fp32

        Raises:
            ValueError: The examples have other axes.
        """
        if examples.shape[1:] != self.axes:
            came, needed = tuple(examples.shape[1:]), self.axes
            message = f"examples of {came} came to a network that reads {needed}"
            raise ValueError(message)
        examples = examples.detach().float().contiguous()
        out = torch.empty(len(examples), self.given)
        threads = torch.get_num_threads()
        self._run(self._place, examples.data_ptr(), len(examples), out.data_ptr(), threads)
        return out


def rows_of(network: Network) -> list[Sliding]:
    """Write a network as the kernel runs it, with its weights as they are now.

    Raises:
        UnknownRowError: The kernel does not know a row, or full layers have too many weights.
    """
    rows: list[Sliding] = []
    maps, flat = network.walk.input, 0
    steps, reports = network.steps[: network.trunk_length], network.walk.trunk[1:]
    for position, (step, report) in enumerate(zip(steps, reports, strict=True)):
        module, to = network.get_submodule(step.child), report.output
        if step.reads != (position,) or step.function not in {None, "ReLU"}:
            raise UnknownRowError
        if isinstance(module, nn.Dropout | nn.Identity | nn.Flatten) and step.function is None:
            continue
        if not isinstance(maps, Image) or to is None:
            raise UnknownRowError
        is_rectified = step.function == "ReLU"
        match module, to:
            case PaddedConvolution(), Image():
                row = _convolution(kernels_of(module), maps, to, is_rectified=is_rectified)
            case MaxPool(), Image() if not is_rectified:
                is_after_relu = bool(rows) and rows[-1].is_rectified
                row = _pooling(module, maps, to, is_after_relu=is_after_relu)
            case FlatLinear(), _:
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
    (top, _, left, _), (down, across) = kernels.ends, kernels.padding
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


def _pooling(module: MaxPool, of: Image, to: Image, *, is_after_relu: bool) -> Sliding:
    down, across = module.axes
    window, stride = (down.kernel, across.kernel), (down.stride, across.stride)
    row = Sliding(Kind.POOL, of, to, window, stride, is_rectified=is_after_relu)
    # The zeros around maps are no numbers that are smaller than all others.
    is_padded = (down.before, across.before, *row.after) != (0, 0, 0, 0)
    if is_padded or down.dilation > 1 or across.dilation > 1:
        raise UnknownRowError
    return row


def _full(module: FlatLinear, of: Image, *, is_rectified: bool) -> Sliding:
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


def _scores(module: FlatLinear, of: Image) -> Sliding:
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


def _places(rows: list[Sliding]) -> list[_Place]:
    """Lay what each row reads behind what the one before it does."""
    places: list[_Place] = []
    for row in rows:
        begin = places[-1].end if places else 0
        places.append(_Place(begin, row.of, row.before, row.after))
    return places


def _fields(row: Sliding, of: _Place, to: _Place | None) -> RowFields:
    return RowFields(
        kind=row.kind,
        is_rectified=row.is_rectified,
        source=of.begin,
        source_line=of.line,
        channels=row.of.channels,
        out=0 if to is None else to.first,
        out_line=0 if to is None else to.line,
        maps=row.to.channels,
        rows=row.to.height,
        columns=row.to.width,
        groups=row.groups,
        kernel_height=row.kernel[0],
        kernel_width=row.kernel[1],
        stride_down=row.stride[0],
        stride_across=row.stride[1],
        weights=None if row.weights is None else row.weights.data_ptr(),
        bias=None if row.bias is None else row.bias.data_ptr(),
    )

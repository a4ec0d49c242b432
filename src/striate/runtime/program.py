"""A small network as rows and numbers for the kernel that runs all of it in one call."""

from dataclasses import dataclass, field
from typing import final

import torch
from torch import Tensor, nn

from striate import layers
from striate.arithmetic import RowReport
from striate.kernels.functions import FUNCTIONS
from striate.kernels.small_network import LANES, KernelRow, Kind, lanes
from striate.layers.windows import Window
from striate.modules import Embedding, Network, Step
from striate.modules.convolutions import PartialConvolution
from striate.modules.merging import Add, Concat
from striate.modules.poolings import Subsampling
from striate.modules.radial_basis import RadialBasis
from striate.runtime.coverage import covers
from striate.runtime.layout import (
    axes_of,
    channels_last,
    flat,
    panel_biases,
    panels,
    to_whole_vectors,
    whole_vectors,
)
from striate.runtime.products import Kernels, kernels_of
from striate.shapes import Image, Shape, Words


class UnknownRowError(Exception):
    """The kernel does not know what a row does; torch does."""


@final
@dataclass(slots=True)
class Program:
    """The rows and numbers of a network as the kernel reads them.

    Args:
        rows: In the order in which they run.
        numbers: Of all rows, one behind the other.
        copied: Floats of an example that the first row reads; 0 for words.
        out: Where the output is in the scratch.
        given: Floats that come out.
        scratch: Floats that all outputs take.
        lanes: Numbers of a vector.
    """

    rows: list[KernelRow] = field(default_factory=list)
    numbers: list[Tensor] = field(default_factory=list)
    copied: int = 0
    out: int = 0
    given: int = 0
    scratch: int = 0
    lanes: int = field(default_factory=lanes)

    def reserve(self, floats: int) -> int:
        """Give room in the scratch, to the end of a whole vector."""
        begin = self.scratch
        self.scratch += whole_vectors(floats)
        return begin

    def keep(self, values: Tensor) -> int:
        """Keep some numbers, and say where they begin."""
        begin = sum(map(len, self.numbers))
        self.numbers.append(to_whole_vectors(values.flatten().float()))
        return begin

    def add(self, kind: Kind, source: int, of: Shape, to: Shape, **fields: object) -> KernelRow:
        """Add a row that reads one shape and gives another."""
        row = KernelRow(kind, source, self.reserve(to.elements), *axes_of(of), *axes_of(to))
        for name, value in fields.items():
            setattr(row, name, value)
        self.rows.append(row)
        return row


def program_of(network: Network) -> Program:
    """Write the program of a network, with its weights as they are now.

    Raises:
        UnknownRowError: The kernel does not know a row.
    """
    program = Program()
    shape = network.walk.input
    places = [_read_input(program, shape)]
    steps = network.steps[: network.trunk_length]
    for step, report in zip(steps, network.walk.trunk[1:], strict=True):
        sources = [places[read] for read in step.reads]
        if not covers("small reading", report.row.layer, step.function):
            raise UnknownRowError
        places.append(_add(program, network, step, report, sources))
        shape = _known(report.output)
    program.out, program.given = _as_read(program, places[-1], shape), shape.elements
    program.reserve(LANES)  # the last place of maps is read in whole vectors, too
    return program


def _read_input(program: Program, shape: Shape) -> int:
    if isinstance(shape, Words):
        return -1
    program.copied = shape.elements
    begin = program.reserve(shape.elements)
    channels, height, width = axes_of(shape)
    if channels == 1 or height * width == 1:
        return begin
    turned = program.add(Kind.TRANSPOSE, begin, Image(1, channels, height * width), shape)
    turned.maps, turned.rows, turned.columns = shape.elements, 1, 1
    return turned.out


def _as_read(program: Program, source: int, shape: Shape) -> int:
    """Lay maps as torch does, one behind the other."""
    channels, height, width = axes_of(shape)
    if channels == 1 or height * width == 1:
        return source
    places = Image(1, height * width, channels)
    return program.add(Kind.TRANSPOSE, source, places, places).out


def _add(
    program: Program, network: Network, step: Step, report: RowReport, sources: list[int]
) -> int:
    """Add what a row of the table does, and say where its output begins."""
    of, to, source = report.inputs[0], _known(report.output), sources[0]
    module, before = getattr(network, step.child), len(program.rows)
    match module:
        case nn.Conv2d() | PartialConvolution():
            padding = None if step.children[0] == step.child else getattr(network, step.children[0])
            kernels = kernels_of(module, padding)
            out = _convolve(program, kernels, source, _image(of), _image(to))
        case nn.Linear():
            bias = _bias(program, module.bias)
            weights = program.keep(panels(channels_last(module.weight, of), lanes=program.lanes))
            out = program.add(Kind.CONNECT, source, flat(of), to, weights=weights, bias=bias).out
        case RadialBasis():
            codes = program.keep(channels_last(module.codes, of))
            out = program.add(Kind.MEASURE, source, flat(of), to, weights=codes).out
        case Embedding():
            out = program.add(Kind.EMBED, 0, of, to, weights=program.keep(module.weight)).out
        case Concat() | Add():
            out = _join(program, module, sources, report.inputs, to)
        case nn.Flatten():
            out = _as_read(program, source, of)
        case nn.Dropout() | nn.Identity():
            out = source
        case _ if isinstance(report.row.layer, layers.Activation):
            out = source
        case _:
            out = _pool(program, report, module, source)
    if step.function is not None:
        if step.function not in FUNCTIONS:
            raise UnknownRowError
        if len(program.rows) == before:  # what is read must stay for others
            out = program.add(Kind.PLACE, source, to, to).out
        program.rows[-1].function = FUNCTIONS[step.function]
    return out


def _convolve(program: Program, kernels: Kernels, source: int, of: Image, to: Image) -> int:
    down, across = kernels.padding
    left, right, top, bottom = kernels.ends
    if any((down, across, *kernels.ends)):
        top, left = top + down, left + across
        height, width = of.height + top + bottom + down, of.width + left + right + across
        padded = Image(of.channels, height, width)
        source = program.add(Kind.PAD, source, of, padded, before=(top, left)).out
        of = padded
    if of.channels == 1 and kernels.slides_down_only(of.width):
        return _slide(program, kernels, source, of, to)
    lines = kernels.weight.permute(0, 2, 3, 1).flatten(1)
    groups, bias = kernels.groups, kernels.bias
    return program.add(
        Kind.CONVOLVE,
        source,
        of,
        to,
        kernel=tuple(kernels.weight.shape[2:]),
        stride=kernels.stride,
        dilation=kernels.dilation,
        groups=groups,
        weights=program.keep(panels(lines, groups, program.lanes)),
        bias=-1 if bias is None else program.keep(panel_biases(bias, groups, program.lanes)),
    ).out


def _slide(program: Program, kernels: Kernels, source: int, of: Image, to: Image) -> int:
    maps, _, reach, width = kernels.weight.shape
    stacked = kernels.weight.squeeze(1).transpose(0, 1).reshape(reach * maps, width)
    return program.add(
        Kind.SLIDE,
        source,
        of,
        to,
        kernel=(reach, width),
        weights=program.keep(panels(stacked, lanes=program.lanes)),
        bias=_bias(program, kernels.bias),
        aside=program.reserve(of.height * whole_vectors(reach * maps) + (of.height + 7) * width),
    ).out


def _pool(program: Program, report: RowReport, module: nn.Module, source: int) -> int:
    layer, of, to = report.row.layer, report.inputs[0], _known(report.output)
    if isinstance(layer, layers.GlobalPooling):
        kind = Kind.LARGEST if layer.reduction == "max" else Kind.MEAN
        return program.add(kind, source, of, to).out
    if not isinstance(layer, layers.MaxPooling | layers.AveragePooling | layers.Subsampling):
        raise UnknownRowError
    window = layer.window
    top, _, left, _ = window.sides(_image(of))
    kind = Kind.MAXIMUM if isinstance(layer, layers.MaxPooling) else Kind.AVERAGE
    row = program.add(kind, source, of, to, kernel=window.kernel, stride=window.stride)
    row.dilation, row.before = window.dilation, (top, left)
    if isinstance(layer, layers.MaxPooling):
        return row.out
    if not _lies_inside(window, _image(of), _image(to)):
        raise UnknownRowError  # the parts of windows that lie outside are counted in several ways
    cells = window.kernel[0] * window.kernel[1]
    gain, bias = torch.full((row.maps,), 1 / cells), torch.zeros(row.maps)
    if isinstance(module, Subsampling):
        gain = module.weight / (1 if module.reduction == "sum" else cells)
        bias = module.bias
    row.weights, row.bias = program.keep(gain), program.keep(bias)
    return row.out


def _lies_inside(window: Window, of: Image, to: Image) -> bool:
    ends = [
        (count - 1) * stride + kernel
        for count, stride, kernel in zip(
            (to.height, to.width), window.stride, window.kernel, strict=True
        )
    ]
    return not any(window.sides(of)) and ends[0] <= of.height and ends[1] <= of.width


def _join(
    program: Program,
    module: Concat | Add,
    sources: list[int],
    shapes: tuple[Shape, ...],
    to: Shape,
) -> int:
    out, behind = program.reserve(to.elements), 0
    for index, (source, of) in enumerate(zip(sources, shapes, strict=True)):
        kind = Kind.ADD if isinstance(module, Add) and index else Kind.PLACE
        program.rows.append(KernelRow(kind, source, out, *axes_of(of), *axes_of(to), aside=behind))
        behind += axes_of(of)[0] if isinstance(module, Concat) else 0
    return out


def _bias(program: Program, bias: Tensor | None) -> int:
    return -1 if bias is None else program.keep(bias)


def _image(shape: Shape) -> Image:
    if not isinstance(shape, Image):
        raise UnknownRowError
    return shape


def _known(shape: Shape | None) -> Shape:
    if shape is None:
        raise UnknownRowError
    return shape

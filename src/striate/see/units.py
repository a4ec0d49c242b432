"""One number of a network, taken apart: what it reads, by what each is multiplied, and what comes of it."""

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import assert_never, final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from striate.arithmetic import RowReport, reads
from striate.errors import DocumentError, SeeingError
from striate.errors.documents import unwritable_row
from striate.errors.seeing import softmax_not_taken_apart
from striate.layers import (
    Activation,
    AdaptivePooling,
    Add,
    AveragePooling,
    BatchNormalization,
    Border,
    ChannelShuffle,
    Concat,
    Convolution,
    Cropping,
    DepthwiseConvolution,
    Dropout,
    Embedding,
    Flatten,
    FullyConnected,
    Function,
    GlobalPooling,
    GroupNormalization,
    Inception,
    Input,
    LayerNormalization,
    LpPooling,
    MaxPooling,
    Multiply,
    ParametricReLU,
    RadialBasis,
    Reshape,
    ResponseNormalization,
    Scaling,
    SideHead,
    Slice,
    Subsampling,
    TransposedConvolution,
    Upsampling,
    WindowPooling,
)
from striate.layers.windows import Window
from striate.modules import Network
from striate.modules.functions import function_module
from striate.see.fields import Field, check_place, receptive_field
from striate.see.rows import Array, evaluating, full_kernels, maps, module_of_row, report_of
from striate.shapes import Image
from striate.table import Unreadable


Exact = NDArray[np.float64]

WindowedLayer = Convolution | DepthwiseConvolution | WindowPooling | Subsampling
"""Kinds whose units look through a window at maps."""


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Unit:
    """One unit of a row, and how its value comes about.

    Args:
        row: Name of its row.
        map_number: Its map, counted from 0; its own number in a row without maps.
        place: Its row and column; (0, 0) in a row without maps.
        rule: The sum in words and letters.
        values: What it reads: channels x height x width, or a flat vector. Padding counts as read.
        weights: By what each value is multiplied, of the same shape; None where nothing is.
        bias: What is added; 0 where nothing is.
        total: What goes into the function.
        function: What follows; None where nothing does.
        value: What comes out.
        field: The part of the input that it sees; None where the network reads no image.
    """

    row: str
    map_number: int
    place: tuple[int, int]
    rule: str
    values: Exact
    weights: Exact | None
    bias: float
    total: float
    function: Function | None
    value: float
    field: Field | None

    def __repr__(self) -> str:
        """Tell the place and the value."""
        return (
            f"<Unit of {self.row!r}: map {self.map_number}, place {self.place}, {self.value:.5g}>"
        )

    def _repr_html_(self) -> str:
        return f"<pre>{escape(chr(10).join(as_lines(self)))}</pre>"

    @property
    def products(self) -> Exact | None:
        """Each value times its weight; None where nothing is multiplied."""
        return None if self.weights is None else self.values * self.weights


def unit(
    network: Network, inputs: Tensor, row: str, map_number: int, place: tuple[int, int] = (0, 0)
) -> Unit:
    """Return how the value of one unit comes about, in double precision.

    Shapes:
        inputs: 1 x channels x height x width, or 1 x values

    Args:
        network: Any network built from a table.
        inputs: One example, prepared as the network reads it.
        row: Name of the unit's row: any whose values are sums, products, squares or largest values of what it reads.
        map_number: Its map, or its own number in a row without maps; counted from 0.
        place: Its row and column within the map.

    Raises:
        SeeingError: There is no such unit, or its row is of another kind.
    """
    report = report_of(network, row)
    check_place(network, row, place, map_number)
    outputs = maps(network, inputs)
    rule, values, weights, bias, total = _parts_of(network, report, outputs, (map_number, *place))
    function = _function(network, row)
    value = total
    if function is not None:
        value = float(function_module(function)(torch.tensor([total], dtype=torch.float64))[0])
    field = receptive_field(network, row, place) if report.field is not None else None
    return Unit(row, map_number, place, rule, values, weights, bias, total, function, value, field)


_Parts = tuple[str, Exact, Exact | None, float, float]


def _parts_of(
    network: Network, report: RowReport, outputs: dict[str, Array], index: tuple[int, int, int]
) -> _Parts:
    """Give the rule of a unit, what it reads, weights, bias and total."""
    row, map_number, place = report.row.name, index[0], index[1:]
    sources = reads(network.walk.table)[network.walk.reports.index(report)]
    names = [network.walk.reports[source].row.name for source in sources]
    read = [outputs[name][0].astype(np.float64) for name in names]
    match report.row.layer:
        case Convolution() | DepthwiseConvolution() as layer:
            return _convolution(network, layer, report, read[0], map_number, place)
        case (WindowPooling() | Subsampling()) as layer:
            return _pooling(network, layer, report, read[0], map_number, place)
        case GlobalPooling(reduction="max"):
            values = read[0][map_number]
            return "the largest x of the map", values, None, 0.0, float(values.max())
        case GlobalPooling():
            values = read[0][map_number]
            rule = f"the mean of the map: sum of x / {values.size}"
            return rule, values, None, 0.0, float(values.mean())
        case Add() | Multiply() as layer:
            # What has one value a map, or one map, counts at every place.
            shapes = [np.minimum(index[: one.ndim], np.array(one.shape) - 1) for one in read]
            values = np.array([one[tuple(at)] for one, at in zip(read, shapes, strict=True)])
            is_sum = isinstance(layer, Add)
            total = float(values.sum() if is_sum else values.prod())
            return f"f({'sum' if is_sum else 'product'} of x)", values, None, 0.0, total
        case FullyConnected():
            return _full(network, row, read[0], map_number)
        case ResponseNormalization() as layer:
            return _normalization(layer, read[0], map_number, place)
        case Activation():
            own = read[0][index[: read[0].ndim]]
            return "f(x)", np.array([own]), None, 0.0, float(own)
        case RadialBasis():
            codes = module_of_row(network, row).get_buffer("codes").double().cpu().numpy()
            values = read[0].ravel() - codes[map_number]
            rule = "the sum of the squares of x: how far each value that is read is from its code"
            return rule, values, None, 0.0, float(np.square(values).sum())
        case LayerNormalization() | GroupNormalization() as layer:
            return _normalized(network, row, layer, read[0], index)
        case Inception() as layer:
            return _inception(network, row, layer, read[0], index)
        case Embedding(dimensions=dimensions):
            word = read[0][place[0]]
            vectors = module_of_row(network, row).get_parameter("weight").detach()
            rule = f"number {place[1]} of {dimensions} of the vector that stands for word x"
            return rule, np.array([word]), None, 0.0, float(vectors[int(word), place[1]])
        case Input():
            own = outputs[row][0].astype(np.float64)[index[: outputs[row].ndim - 1]]
            return "x, as the network reads it", np.array([own]), None, 0.0, float(own)
        case (
            AdaptivePooling()
            | BatchNormalization()
            | Border()
            | ChannelShuffle()
            | Concat()
            | Cropping()
            | Dropout()
            | Flatten()
            | ParametricReLU()
            | Reshape()
            | Scaling()
            | SideHead()
            | Slice()
            | TransposedConvolution()
            | Upsampling()
        ):
            return _linear(network, row, dict(zip(names, read, strict=True)), index)
        case Unreadable():
            raise DocumentError(unwritable_row(row, report.row.line))
        case layer:
            assert_never(layer)


def _linear(
    network: Network, row: str, read: dict[str, Exact], index: tuple[int, int, int]
) -> _Parts:
    """Follow a value that is a sum of what its row reads, times numbers that torch's slopes tell, back to what it reads."""
    (step,) = (step for step in network.steps if step.row == row)
    inputs = [torch.from_numpy(values)[None].requires_grad_() for values in read.values()]
    with evaluating(network), torch.enable_grad():
        module = copy.deepcopy(network.get_submodule(step.child)).double()
        output = module(*inputs)[0]
        (total := output[index[: output.dim()]]).backward()
    slopes = [np.zeros(1) if one.grad is None else one.grad[0].cpu().numpy() for one in inputs]
    values = np.concatenate([one[by != 0] for one, by in zip(read.values(), slopes, strict=True)])
    weights = np.concatenate([by[by != 0] for by in slopes])
    bias = float(total.detach()) - float(values @ weights)
    rule = "f(sum of x w + b)" if len(values) else "f(b): padding, which reads nothing"
    if len(values) == 1:
        ((name, at),) = [
            (name, np.argwhere(by)[0]) for name, by in zip(read, slopes, strict=True) if by.any()
        ]
        words = ("map", "row", "column") if len(at) > 1 else ("unit",)
        where = ", ".join(f"{word} {number}" for word, number in zip(words, at, strict=True))
        rule = f"f(x w + b), x: {name}, {where}"
    return rule, values, weights, bias, float(total.detach())


def _function(network: Network, row: str) -> Function | None:
    """Give what the network applies to a row's sums; what is left to the loss is none.

    Raises:
        SeeingError: It runs over all units at once, so that a unit is no single sum.
    """
    function = next((step.function for step in network.steps if step.row == row), None)
    if function in {"softmax", "log-softmax"}:
        raise SeeingError(softmax_not_taken_apart(row, str(function)))
    return function


def _window(
    window: Window, image: Image, read: Exact, place: tuple[int, int], padding: float
) -> Exact:
    """Cut out what a window sees: channels x kernel height x kernel width."""
    axes = window.axes(image)
    columns = []
    for axis, at, length in zip(axes, place, read.shape[1:], strict=True):
        cells = at * axis.stride - axis.before + axis.dilation * np.arange(axis.kernel)
        columns.append((cells, (cells >= 0) & (cells < length)))
    (down, is_down), (across, is_across) = columns
    seen = np.full((len(read), len(down), len(across)), padding)
    inside = np.ix_(np.arange(len(read)), is_down.nonzero()[0], is_across.nonzero()[0])
    seen[inside] = read[np.ix_(np.arange(len(read)), down[is_down], across[is_across])]
    return seen


def mean_divisors(layer: AveragePooling | LpPooling, image: Image) -> tuple[list[int], list[int]]:
    """Count the cells that a mean divides by, along height and along width; their product is a place's divisor.

    Padding counts or not, as the layer says; what lies beyond the padding never does.

    Args:
        layer: The pooling.
        image: What it reads.
    """
    counts: list[list[int]] = []
    outputs = layer.output(image).axes[1:]
    for axis, length, places in zip(
        layer.window.axes(image), (image.height, image.width), outputs, strict=True
    ):
        counts_padding = isinstance(layer, LpPooling) or layer.divisor == "window"
        before, after = (axis.before, axis.after) if counts_padding else (0, 0)
        first = np.arange(places)[:, None] * axis.stride - axis.before
        cells = first + np.arange(axis.kernel)
        inside = (cells >= -before) & (cells < length + after)
        counts.append(inside.sum(axis=1).tolist())
    return counts[0], counts[1]


def _image(report: RowReport) -> Image:
    shape = report.inputs[0]
    if not isinstance(shape, Image):
        message = "a row of windows reads maps"
        raise TypeError(message)
    return shape


def bias_of(network: Network, row: str, number: int) -> float:
    """Return what a row adds to the sums of one of its maps or units; 0 where it adds nothing."""
    bias = getattr(module_of_row(network, row), "bias", None)
    return 0.0 if bias is None else float(bias.detach()[number])


def _convolution(
    network: Network,
    layer: Convolution | DepthwiseConvolution,
    report: RowReport,
    read: Exact,
    number: int,
    place: tuple[int, int],
) -> _Parts:
    kernels = full_kernels(network, report.row.name)[number].astype(np.float64)
    values = _window(layer.window, _image(report), read, place, 0.0)
    bias = bias_of(network, report.row.name, number)
    total = float((values * kernels).sum()) + bias
    return "f(sum of x w + b)", values, kernels, bias, total


def _pooling(
    network: Network,
    layer: MaxPooling | AveragePooling | LpPooling | Subsampling,
    report: RowReport,
    read: Exact,
    number: int,
    place: tuple[int, int],
) -> _Parts:
    is_max = isinstance(layer, MaxPooling)
    own = read[number : number + 1]
    values = _window(layer.window, _image(report), own, place, -np.inf if is_max else 0.0)
    match layer:
        case MaxPooling():
            return "the largest x", values, None, 0.0, float(values.max())
        case AveragePooling():
            rows, columns = mean_divisors(layer, _image(report))
            count = rows[place[0]] * columns[place[1]]
            return f"sum of x / {count}", values, None, 0.0, float(values.sum()) / count
        case LpPooling(p=p):
            rows, columns = mean_divisors(layer, _image(report))
            share = values.size / (rows[place[0]] * columns[place[1]])
            scaled = "" if share == 1 else f"{share:g} times "
            total = float((share * (values**p).sum()) ** (1 / p))
            return (
                f"the root of degree {p:g} of {scaled}the sum of x^{p:g}",
                values,
                None,
                0.0,
                total,
            )
        case Subsampling():
            module = module_of_row(network, report.row.name)
            gain = float(module.get_parameter("weight").detach()[number])
            share = 1.0 if layer.reduction == "sum" else 1.0 / values.size
            weights = np.full_like(values, gain * share)
            bias = bias_of(network, report.row.name, number)
            total = float((values * weights).sum()) + bias
            return "f(w times the sum of x + b)", values, weights, bias, total


def _full(network: Network, row: str, read: Exact, number: int) -> _Parts:
    weight = module_of_row(network, row).get_parameter("weight").detach()[number]
    weights = weight.double().cpu().numpy()
    values, bias = read.ravel(), bias_of(network, row, number)
    return "f(sum of x w + b)", values, weights, bias, float(values @ weights) + bias


def _normalization(
    layer: ResponseNormalization, read: Exact, number: int, place: tuple[int, int]
) -> _Parts:
    half = layer.size // 2
    if layer.region == "across":
        group = len(read) // layer.groups
        first = number // group * group
        near = slice(max(first, number - half), min(first + group, number + half + 1))
        values = read[(near, *place)]
    else:
        rows, columns = (slice(max(0, at - half), at + half + 1) for at in place)
        values = read[number, rows, columns]
    divisor = (layer.k + layer.coefficient * float(np.square(values).sum())) ** layer.beta
    own = float(read[(number, *place)])
    rule = f"x / (k + {layer.coefficient:g} times the sum of squares)^{layer.beta:g}"
    return rule, values, None, 0.0, own / divisor


def _normalized(
    network: Network,
    row: str,
    layer: LayerNormalization | GroupNormalization,
    read: Exact,
    index: tuple[int, int, int],
) -> _Parts:
    """Give a value less the mean of its group, over the group's deviation, scaled and moved."""
    place = index[: read.ndim]
    if isinstance(layer, GroupNormalization):
        size = 1 if layer.groups is None else len(read) // layer.groups
        group = read[index[0] // size * size :][:size]
    else:
        # The maps at one place, or all values.
        group = read[:, index[1], index[2]] if layer.over == "maps" and read.ndim > 1 else read
    module, own = module_of_row(network, row), float(read[place])
    weight, bias = (getattr(module, name, None) for name in ("weight", "bias"))
    gain = 1.0 if weight is None else float(weight.detach()[place[: weight.dim()]])
    offset = 0.0 if bias is None else float(bias.detach()[place[: bias.dim()]])
    mean, variance = float(group.mean()), float(group.var())
    total = gain * (own - mean) / math.sqrt(variance + layer.epsilon) + offset
    rule = (
        f"w (u - m) / sqrt(v + {layer.epsilon:g}) + b, where u = {own:.5f} is the unit's own x, m = {mean:.5f} and "
        f"v = {variance:.5f} are mean and variance of the {group.size:,} x of its group, "
        f"w = {gain:.5f} and b = {offset:.5f}"
    )
    return rule, group, None, 0.0, total


def last_of_branch(layer: Inception, number: int) -> tuple[str, Convolution, int]:
    """Return the convolution of an Inception module that gives one of its maps.

    Args:
        layer: The module.
        number: The map, counted from 0 over all branches.

    Returns:
        The convolution's name and numbers, and which of its own maps it is.
    """
    for branch in layer.branches:
        name, last = branch[-1]
        if isinstance(last, Convolution):
            if number < last.maps:
                return name, last, number
            number -= last.maps
    message = "a module has as many maps as its branches"
    raise RuntimeError(message)


def _inception(
    network: Network, row: str, layer: Inception, read: Exact, index: tuple[int, int, int]
) -> _Parts:
    """Take a unit for what it is: one of the last convolution of its branch."""
    name, last, number = last_of_branch(layer, index[0])
    module = module_of_row(network, row)
    (branch,) = (each for each in layer.branches if each[-1][0] == name)
    kept: list[Tensor] = []
    wide = copy.deepcopy(module).double()
    wide.get_submodule(name).register_forward_pre_hook(lambda _, inputs: kept.append(inputs[0]))
    with evaluating(wide), torch.no_grad():
        wide(torch.from_numpy(read)[None])
    below: Exact = kept[0][0].numpy()
    own = wide.get_submodule(name)
    kernels: Exact = own.get_parameter("weight").detach()[number].numpy()
    values = _window(last.window, Image(*below.shape), below, index[1:], 0.0)
    bias = float(own.get_parameter("bias").detach()[number])
    source = f"{branch[-2][0]} of the module" if len(branch) > 1 else "the row below"
    rule = f"f(sum of x w + b) of the module's {name}, which reads {source}"
    return rule, values, kernels, bias, float((values * kernels).sum()) + bias


def as_lines(one: Unit, digits: int = 5, words: Sequence[str] = ()) -> list[str]:
    """Return a unit as text: what it reads, the weights, the products, and the sum.

    Args:
        one: The unit.
        digits: Behind the point.
        words: Those that its window lies on, where it lies on words; each adds a sum of its own.
    """
    where = f"map {one.map_number}, row {one.place[0]}, column {one.place[1]}"
    lines = [f"{one.row}: {where}", f"value = {one.rule}"]
    if words:
        lines.append(f"sees the words: {' '.join(words)}")
    if one.field is not None:
        height, width = one.field.size
        lines.append(
            f"sees {height}x{width} pixels of the input: rows {one.field.top} to {one.field.bottom}, "
            f"columns {one.field.left} to {one.field.right}"
        )
    blocks: list[tuple[str, Array | Exact]] = [("x", one.values)]
    channels = list(range(len(one.values)))
    if one.weights is not None and one.products is not None:
        blocks += [("w", one.weights), ("x w", one.products)]
        if one.weights.ndim > 1:
            # A map of a group, or of a connection table, has no weights for the channels that it does not read.
            read = [number for number in channels if one.weights[number].any()]
            channels = read or channels
    for name, block in blocks:
        lines += ["", *_block(name, block, channels, digits)]
    if (
        words
        and one.products is not None
        and len(words) == one.products.shape[-2 if one.products.ndim > 1 else 0]
    ):
        sums = one.products.reshape(-1, *one.products.shape[-2:]).sum(axis=(0, 2))
        lines += ["", "sum of x w over the vector of each word:"]
        lines += [f"  {word}: {part:.{digits}f}" for word, part in zip(words, sums, strict=True)]
    sums = [] if one.products is None else [f"sum of x w = {one.products.sum():.{digits}f}"]
    sums += [f"b = {one.bias:.{digits}f}"] if one.weights is not None else []
    after = f"{one.function}({one.total:.{digits}f}) = " if one.function else ""
    return [*lines, "", *sums, f"value = {after}{one.value:.{digits}f}"]


_MOST_CHANNELS, _MOST_VALUES, _MOST_COLUMNS = 6, 24, 12


def _block(name: str, block: Array | Exact, read: list[int], digits: int) -> list[str]:
    if block.ndim == 1:
        shown = ", ".join(f"{number:.{digits}f}" for number in block[:_MOST_VALUES])
        rest = len(block) - _MOST_VALUES
        return [f"{name} = {shown}" + (f", and {rest:,} more" if rest > 0 else "")]
    channels = block if block.ndim == 3 else block[None]  # noqa: PLR2004 - channels, rows, columns
    numbers = read if channels is block else [0]
    lines = []
    for number in numbers[:_MOST_CHANNELS]:
        lines.append(f"{name}, channel {number}:" if len(channels) > 1 else f"{name}:")
        lines += [_line(row, digits) for row in channels[number]]
    if len(numbers) > _MOST_CHANNELS:
        lines.append(f"and {len(numbers) - _MOST_CHANNELS} more channels")
    return lines


def _line(cells: Exact | Array, digits: int) -> str:
    shown = " ".join(f"{cell:{digits + 4}.{digits}f}" for cell in cells[:_MOST_COLUMNS])
    rest = len(cells) - _MOST_COLUMNS
    return f"  {shown}" + (f"  and {rest:,} more" if rest > 0 else "")

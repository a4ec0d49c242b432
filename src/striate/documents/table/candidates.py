"""The ways in which what is said of one layer can be filled in, each with what it costs."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Literal, NamedTuple, cast, final

from striate.documents.table.numbers import Said
from striate.documents.table.phrases import Step
from striate.documents.table.poolings import padding_of, pooling_kind, poolings
from striate.documents.table.prose import Habits
from striate.documents.table.text import Size
from striate.errors import LayerError
from striate.layers import (
    Activation,
    BatchNormalization,
    Convolution,
    Cost,
    Dropout,
    Flatten,
    FullyConnected,
    GlobalPooling,
    Input,
    Layer,
    Padding,
    ResponseNormalization,
)
from striate.layers.cost import added
from striate.shapes import Features, Image, Shape


Order = Literal["maps first", "maps last"]

CONTRADICTION = 10.0
"""Cost of a claim that a reading contradicts. What is merely unusual costs less than one in all."""

UNPROVEN = 6.0
UNSAID_KERNEL = "kernel?"
"""Marks a kernel that nothing says: parameters or sizes must prove it."""

SIZED_KERNEL = "size"
"""Marks a kernel that the sizes prove."""

AXES = 2
IMAGE_AXES = 3
MOST_MAPS = 10**6
MOST_UNITS = 10**8
_WIDEST = 64
_SLACK = 4
_USUAL_KERNELS = (3, 5, 1, 7, 2, 4, 6, 8, 9, 11)


Target = tuple[int | None, tuple[int, ...]]


@final
@dataclass
class Line:
    """One line of a table: its layers, and what it claims.

    Args:
        line: Line of the document.
        name: What the document calls it.
        steps: Its layers, as far as they are said.
        repeats: How often the layers stand one behind the other.
        output: Size that comes out of it.
        maps: Maps that come out of it, where a column of its own says so.
        input: Size that comes in.
        parameters: Parameters of all its layers, as printed.
        counts: Other counts, as printed, by their name in `Claims`.
        note: Its remark.
        sources: Rows that it reads, as a column of the table says.
    """

    line: int
    name: str
    steps: list[Step]
    repeats: int = 1
    output: Size | None = None
    maps: int | None = None
    input: Size | None = None
    parameters: str | None = None
    counts: dict[str, str] = field(default_factory=dict)
    note: str = ""
    sources: str = ""


@final
@dataclass(frozen=True)
class Candidate:
    """One way of filling in a step."""

    layer: Layer | None
    output: Shape
    cost: float
    inferred: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    choice: tuple[Any, ...] = ()


@final
@dataclass(frozen=True)
class Context:
    """What else is known of a step.

    Args:
        line: The line that it stands in.
        habits: What sentences say of all layers of its kind.
        below: What the next step of the line does; empty for the last one.
        fixed: Kernel, padding and bias of the step that it repeats.
    """

    line: Line
    habits: Habits
    below: str = ""
    fixed: tuple[Any, ...] | None = None


@lru_cache(maxsize=4096)
def cost_of(layer: Layer, shape: Shape) -> Cost:
    """Count the numbers of a layer that reads a shape; none where it does not fit."""
    if isinstance(layer, Input):
        return Cost()
    try:
        return layer.cost(shape)
    except LayerError:
        return Cost()


@lru_cache(maxsize=4096)
def output_of(layer: Layer, shape: Shape) -> Shape | None:
    """Give what comes out of a layer that reads a shape; None where it does not fit."""
    if isinstance(layer, Input):
        return layer.shape
    try:
        return layer.output(shape)
    except LayerError:
        return None


def shapes_of(
    size: Size | None, order: Order, maps: int | None = None
) -> tuple[int | None, tuple[int, ...]]:
    """Give the maps and the height and width, or the units, that a printed size names."""
    if size is None:
        return maps, ()
    numbers = size.numbers
    if len(numbers) == 3:
        first = size.order == "maps first" or (size.order == "" and order == "maps first")
        return (numbers[0], numbers[1:]) if first else (numbers[2], numbers[:2])
    if len(numbers) == 4:
        return maps, numbers
    return maps, numbers


def fits(shape: Shape, maps: int | None, size: tuple[int, ...]) -> bool:
    """Whether a shape is what a printed size says."""
    if isinstance(shape, Image):
        if len(size) == 1:
            return size[0] == shape.elements or (
                maps is None
                and size[0] in {shape.channels, shape.height}
                and shape.height == shape.width
            )
        if len(size) == 2 and size not in {
            (shape.height, shape.width),
            (shape.width, shape.height),
        }:
            return False
        return maps is None or maps == shape.channels
    if maps is not None and size:
        return math.prod(size) * maps == shape.elements
    if len(size) == 2:
        return size == (1, 1) or math.prod(size) == shape.elements
    return not size or math.prod(size) == shape.elements


def agrees(printed: str, count: int) -> bool:
    """Whether a printed count is this count, rounded as it is printed."""
    unit = printed[-1:].upper()
    if unit in {"K", "M", "G"}:
        number = printed[:-1]
        decimals = len(number.partition(".")[2])
        scale = {"K": 10**3, "M": 10**6, "G": 10**9}[unit]
        return abs(count / scale - float(number.replace(",", ""))) < 10**-decimals
    return printed.replace(",", "") == str(count)


def parameters_of(layers: Iterable[tuple[Layer, Shape]]) -> Cost:
    """Add up what layers hold."""
    return added(cost_of(layer, shape) for layer, shape in layers)


def candidates_of(step: Step, shape: Shape, goal: Target, context: Context) -> list[Candidate]:
    """Give the ways of filling in one step.

    Args:
        step: The step, as far as it is said.
        shape: What it reads.
        goal: Maps and size that it claims to give; empty where others of its line follow.
        context: What else is known of it.
    """
    found: list[Candidate] = []
    for rank, said in enumerate(step.said):
        found += [
            replace(way, cost=way.cost + 0.1 * rank)
            for way in _ways_of(step, said, shape, goal, context)
        ]
    return found


def _ways_of(
    step: Step, said: Said, shape: Shape, goal: Target, context: Context
) -> Iterator[Candidate]:
    match step.op:
        case "convolution" | "depthwise":
            yield from _convolutions(step.op, said, shape, goal, context)
        case "max pooling" | "average pooling" | "pooling":
            yield from _poolings(step.op, said, shape, goal, context)
        case "global average" | "global max":
            yield from _global(step.op, shape)
        case "dense" | "output":
            yield from _dense(step.op, said, shape, goal, context)
        case "flatten":
            yield _exact(Flatten(), shape)
        case "activation":
            yield from _activation(said, shape, goal, context)
        case "normalisation":
            yield _exact(BatchNormalization(), shape)
        case "dropout":
            yield _dropout(said, shape)
        case "response":
            told = "its constants are the usual ones, for none are said"
            yield _exact(ResponseNormalization(), shape, (told,))
        case "input" | "identity":
            yield Candidate(None, shape, 0.0)
        case _:
            yield _unknown(step, shape, goal)


def _dropout(said: Said, shape: Shape) -> Candidate:
    fraction = said.get("fraction")
    if fraction is None or not 0 <= fraction < 1:
        return _exact(
            Dropout(0.5), shape, ("it drops half of the values: the usual part, for none is said",)
        )
    return _exact(Dropout(round(fraction, 6)), shape)


def _exact(layer: Layer, shape: Shape, told: tuple[str, ...] = ()) -> Candidate:
    output = output_of(layer, shape)
    if output is None:
        return Candidate(layer, shape, CONTRADICTION)
    return Candidate(layer, output, 0.0, told)


def _unknown(step: Step, shape: Shape, goal: Target) -> Candidate:
    maps, size = goal
    output = shape
    if len(size) == 2:
        channels = maps or (shape.channels if isinstance(shape, Image) else 1)
        output = Image(channels, *size)
    elif len(size) == 1:
        output = Features(size[0])
    return Candidate(None, output, 3.0, missing=(f"what {step.word or step.op} does",))


def _convolutions(
    op: str, said: Said, shape: Shape, goal: Target, context: Context
) -> Iterator[Candidate]:
    if not isinstance(shape, Image):
        yield Candidate(None, shape, CONTRADICTION, missing=("how it reads a vector",))
        return
    maps, penalty = _maps(op, said, shape, goal)
    if maps is None:
        yield Candidate(None, _claimed(shape, goal), UNPROVEN, missing=("its maps",))
        return
    groups = shape.channels if op == "depthwise" else said.get("groups", 1)
    if groups < 1 or shape.channels % groups or maps % groups:
        yield Candidate(None, _claimed(shape, goal), CONTRADICTION, missing=("its groups",))
        return
    size = _size_of(said, goal)
    dilation = said.get("dilation", 1)
    seen = False
    for kernel, stride, padding, has_bias, cost, inferred in _filled(said, size, shape, context):
        try:
            layer = Convolution(maps, kernel, stride, padding, dilation, groups, has_bias)
        except LayerError:
            continue
        result = output_of(layer, shape)
        if not isinstance(result, Image):
            continue
        is_fit = bool(size) and fits(result, None, size)
        is_pinned = is_fit and stride == (1, 1) and padding == "valid" and max(kernel) > 1
        told = (*inferred, SIZED_KERNEL) if UNSAID_KERNEL in inferred and is_pinned else inferred
        seen = True
        yield Candidate(layer, result, penalty + cost, told, choice=(kernel, padding, has_bias))
    if not seen:
        yield Candidate(None, _claimed(shape, goal), CONTRADICTION, missing=("a window that fits",))


_Filled = tuple[tuple[int, int], tuple[int, int], Padding, bool, float, tuple[str, ...]]


def _filled(said: Said, size: tuple[int, ...], image: Image, context: Context) -> Iterator[_Filled]:
    """Give every kernel, stride, padding and bias that may be meant, with their cost."""
    for kernel, kernel_cost, kernel_told in _kernels(said, image, size, context):
        for stride, stride_cost, stride_told in _strides(said, size, image, context):
            step = _Step(kernel, stride)
            for padding, padding_cost, padding_told in _paddings(said, step, size, image, context):
                for has_bias, bias_cost in _biases(context):
                    cost = kernel_cost + stride_cost + padding_cost + bias_cost
                    told = (*kernel_told, *stride_told, *padding_told)
                    yield kernel, stride, padding, has_bias, cost, told


class _Step(NamedTuple):
    kernel: tuple[int, int]
    stride: tuple[int, int]


def _claimed(shape: Shape, goal: Target) -> Shape:
    maps, size = goal
    if len(size) == 2:
        return Image(maps or (shape.channels if isinstance(shape, Image) else 1), *size)
    return Features(size[0]) if len(size) == 1 else shape


def _maps(op: str, said: Said, shape: Image, goal: Target) -> tuple[int | None, float]:
    """Give the maps of a convolution, as said or as claimed, and what that contradicts."""
    penalty = 0.0 if said.get("maps in") in {None, shape.channels} else CONTRADICTION
    maps: int | None = said.get("maps")
    if op == "depthwise":
        if maps is not None and maps % shape.channels:
            return shape.channels, penalty + CONTRADICTION
        return maps or shape.channels, penalty
    maps = maps or said.get("units")
    output: Size | None = said.get("output")
    if maps is None:
        maps = goal[0]
    if maps is None and output is not None and len(output.numbers) == IMAGE_AXES:
        maps = output.numbers[0 if output.order == "maps first" else 2]
    return (maps, penalty) if maps is not None and 0 < maps <= MOST_MAPS else (None, penalty)


def _kernels(
    said: Said, image: Image, size: tuple[int, ...], context: Context
) -> Iterator[tuple[tuple[int, int], float, tuple[str, ...]]]:
    habits = context.habits
    if context.fixed is not None:
        yield context.fixed[0], 0.0, ()
    elif "kernel" in said:
        yield said["kernel"], 0.0, ()
    elif habits.kernel is not None:
        height, width = habits.kernel
        told = f"kernel {height}x{width}: by the sentence in line {habits.lines.get('kernel')}"
        yield habits.kernel, 0.0, (told,)
    else:
        options = [(side, side) for side in _USUAL_KERNELS]
        if len(size) == AXES:
            shrunk = (image.height - size[0] + 1, image.width - size[1] + 1)
            is_new = min(shrunk) >= 1 and 1 < max(shrunk) <= _WIDEST and shrunk not in options
            options += [shrunk] if is_new else []
        for rank, kernel in enumerate(options):
            yield kernel, 0.05 * rank, (UNSAID_KERNEL,)


def _strides(
    said: Said, size: tuple[int, ...], image: Image, context: Context
) -> Iterator[tuple[tuple[int, int], float, tuple[str, ...]]]:
    if "stride" in said:
        yield said["stride"], 0.0, ()
        if context.fixed is not None and said["stride"] != (1, 1):
            # Of layers in a row, often the first alone has the stride.
            yield (1, 1), 0.5, ()
        return
    yield (1, 1), 0.0, ()
    if len(size) == AXES and context.fixed is None and size[0] < image.height:
        came = f"from {image.height}x{image.width} to {size[0]}x{size[1]}"
        for stride in (2, 3, 4):
            if image.height // stride <= size[0] + _SLACK:
                yield (stride, stride), 1.0 + 0.2 * stride, (f"stride {stride}: {came}",)


def _paddings(
    said: Said, step: _Step, size: tuple[int, ...], image: Image, context: Context
) -> Iterator[tuple[Padding, float, tuple[str, ...]]]:
    usual = context.habits.padding
    if context.fixed is not None:
        yield context.fixed[1], 0.0, ()
        return
    if "padding" in said or step.kernel == (1, 1):
        yield padding_of(said.get("padding", "valid")), 0.0, ()
        return
    # What a sentence says of all is doubted only where sizes contradict it.
    doubt = 0.0
    if usual is not None:
        word = cast("Padding", usual)
        said_in = context.habits.lines.get("padding")
        why = f"by the sentence in line {said_in}" if said_in else "as the other sizes have it"
        yield word, 0.0, (f"padding {usual}: {why}",)
        doubt = 3.0
    is_sized = len(size) == AXES
    told = (
        f"from {image.height}x{image.width} to {size[0]}x{size[1]}"
        if is_sized
        else "for none is said"
    )
    if usual != "valid":
        yield "valid", doubt, (f"padding valid: {told}",)
    if usual != "same":
        # Where its own size is not said, the sizes further down decide for it.
        why = told if is_sized else "what comes out further down agrees with it"
        yield "same", doubt or 0.3, (f"padding same: {why}",)
    for pixels in range(1, max(step.kernel) // 2 + 2) if is_sized else ():
        is_same = step.kernel == (2 * pixels + 1,) * 2 and step.stride == (1, 1)
        if pixels != usual and not is_same:
            yield pixels, 1.2 + doubt, (f"padding {pixels}: {told}",)


def _biases(context: Context) -> Iterator[tuple[bool, float]]:
    usual, has_claim = context.habits.has_bias, context.line.parameters is not None
    if context.fixed is not None:
        yield context.fixed[2], 0.0
    elif usual is False:
        yield False, 0.0
        if has_claim:
            yield True, 2.0
    else:
        yield True, 0.0
        if has_claim:
            unusual = 0.5 if context.below == "normalisation" else 1.5
            yield False, unusual if usual is None else 3.0


def _poolings(
    op: str, said: Said, shape: Shape, goal: Target, context: Context
) -> Iterator[Candidate]:
    if not isinstance(shape, Image):
        yield Candidate(None, shape, CONTRADICTION, missing=("how it pools a vector",))
        return
    size = _size_of(said, goal)
    kind, told = pooling_kind(op, said, context.habits)
    is_whole = size == (1, 1) or (not size and goal[1] == (shape.channels,))
    if "kernel" not in said and is_whole and (shape.height, shape.width) != (1, 1):
        layer = GlobalPooling(kind)
        why = "it pools whole maps: 1x1 comes out"
        yield Candidate(layer, Features(shape.channels), 0.1, (*told, why))
    for one in poolings(kind, said, shape, size, context.habits):
        result = output_of(one.layer, shape)
        if result is not None and not (one.is_exact and not fits(result, None, size)):
            yield Candidate(one.layer, result, one.cost, (*told, *one.told))


def _size_of(said: Said, goal: Target) -> tuple[int, ...]:
    """Give the height and width that a step claims to give; empty where it claims none."""
    if len(goal[1]) == AXES:
        return goal[1]
    output = said.get("output")
    numbers = shapes_of(output, "maps last")[1] if output is not None else ()
    return numbers if len(numbers) == AXES else ()


def _global(op: str, shape: Shape) -> Iterator[Candidate]:
    if not isinstance(shape, Image):
        yield Candidate(None, shape, CONTRADICTION, missing=("how it pools a vector",))
        return
    yield Candidate(
        GlobalPooling("average" if op == "global average" else "max"), Features(shape.channels), 0.0
    )


def _dense(
    op: str, said: Said, shape: Shape, goal: Target, context: Context
) -> Iterator[Candidate]:
    units = _units(said, goal)
    penalty = 0.0 if said.get("units in") in {None, shape.elements} else CONTRADICTION
    is_same = units == shape.elements and isinstance(shape, Features)
    if op == "output" and (units is None or is_same):
        # The output is named again: nothing is done to it.
        has_own = context.line.parameters not in {None, "0"}
        yield Candidate(None, shape, 5.0 if has_own or units is None else 0.2)
    if units is None or not 0 < units <= MOST_UNITS:
        yield Candidate(None, _claimed(shape, goal), UNPROVEN, missing=("its units",))
        return
    for has_bias, cost in _biases(replace(context, below="", fixed=None)):
        yield Candidate(FullyConnected(units, has_bias), Features(units), penalty + cost)


def _units(said: Said, goal: Target) -> int | None:
    """Give the units of a full layer, as said or as claimed."""
    maps, size = goal
    if "units" in said:
        units: int = said["units"]
        return units
    if len(size) == 1:
        return size[0]
    if maps is not None and math.prod(size) == 1:
        return maps
    if maps is None and 1 in size:
        return math.prod(size)
    return said.get("maps")


def _activation(said: Said, shape: Shape, goal: Target, context: Context) -> Iterator[Candidate]:
    layer = activation_of(said.get("function"))
    if layer is None:
        yield Candidate(None, shape, UNPROVEN, missing=("its function",))
        return
    size = goal[1]
    is_alone = len(context.line.steps) == 1 and said.get("function") == "softmax"
    if is_alone and len(size) == 1 and size[0] != shape.elements:
        told = "a full layer: other units come out than in"
        yield Candidate(FullyConnected(size[0]), Features(size[0]), 0.5, (told,))
    yield Candidate(layer, shape, 0.0)


def activation_of(function: str | None) -> Activation | None:
    """Make the row of a function, if its name is one that layers know."""
    if function is None:
        return None
    try:
        return Activation(function)  # type: ignore[arg-type]
    except LayerError:
        return None

"""What is missing is solved for: layers as far as they are said become rows that agree with their claims.

A table is a list of lines. Each says of some layers what they are, with numbers that may be missing, and
claims what comes out and how many parameters there are. Line by line, every way of filling in what is
missing is tried on every shape that may have come in; a way costs what it contradicts, and a little for
what is unusual. The cheapest way through all lines is the reading.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Literal, final

from striate.documents.table.phrases import POOLINGS, Step
from striate.documents.table.prose import Habits
from striate.documents.table.text import Size
from striate.errors import LayerError
from striate.layers import (
    Activation,
    Add,
    AveragePooling,
    BatchNormalization,
    Convolution,
    Cost,
    Dropout,
    Flatten,
    FullyConnected,
    GlobalPooling,
    Layer,
    MaxPooling,
    Padding,
    ResponseNormalization,
    Sides,
)
from striate.layers.cost import added
from striate.shapes import Features, Image, Shape


Order = Literal["maps first", "maps last"]

CONTRADICTION = 10.0
"""Cost of a claim that a reading contradicts. What is merely unusual costs less than one in all."""

UNPROVEN = 6.0
_BEAM = 12
_USUAL_KERNELS = (3, 5, 1, 7, 2, 4, 6, 8, 9, 11)


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


@final
@dataclass(frozen=True)
class Solved:
    """One layer of the reading.

    Args:
        line: Index of its line.
        step: Index of its step within the line, and of its repetition.
        layer: The layer; None if it cannot be told.
        shape: What comes out.
        inferred: What was filled in, and from what.
        missing: What neither words nor arithmetic tell.
    """

    line: int
    step: int
    layer: Layer | None
    shape: Shape | None
    inferred: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    reads: tuple[int, ...] | None = None


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
class _State:
    shape: Shape
    cost: float
    solved: tuple[Any, ...]  # a chain of (above, layers of the line)


@final
@dataclass(frozen=True)
class Solution:
    """A reading of all lines.

    Args:
        layers: The layers, in their order.
        cost: What it contradicts, and how unusual it is.
        order: Where sizes of three numbers have their maps.
        input: What comes in.
    """

    layers: tuple[Solved, ...]
    cost: float
    order: Order
    input: Shape

    @property
    def parameters(self) -> int:
        """Trained numbers of all layers."""
        return sum(one[1].parameters for one in self.costs)

    @property
    def fixed(self) -> int:
        """Numbers of all layers that are not trained."""
        return sum(one[1].fixed for one in self.costs)

    @property
    def costs(self) -> list[tuple[Solved, Cost]]:
        """The layers with their costs, as far as they are known."""
        found = []
        shape: Shape | None = self.input
        for one in self.layers:
            if one.layer is not None and shape is not None:
                found.append((one, cost_of(one.layer, shape)))
            shape = one.shape
        return found


@lru_cache(maxsize=4096)
def cost_of(layer: Layer, shape: Shape) -> Cost:
    """Count the numbers of a layer that reads a shape; none where it does not fit."""
    try:
        return layer.cost(shape)
    except LayerError:
        return Cost()


@lru_cache(maxsize=4096)
def output_of(layer: Layer, shape: Shape) -> Shape | None:
    """Give what comes out of a layer that reads a shape; None where it does not fit."""
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


def solve(lines: Sequence[Line], start: Shape, order: Order, habits: Habits) -> Solution | None:
    """Find the reading of all lines that contradicts least.

    Args:
        lines: The lines below the input.
        start: What comes in.
        order: Where sizes of three numbers have their maps.
        habits: What sentences say of all layers.
    """
    states = [_State(start, 0.0, ())]
    for number, line in enumerate(lines):
        following: dict[Shape, _State] = {}
        for state in states:
            for shape, cost, solved in _ways(number, line, state.shape, order, habits):
                total = state.cost + cost
                known = following.get(shape)
                if known is None or total < known.cost:
                    following[shape] = _State(shape, total, (state.solved, solved))
        states = sorted(following.values(), key=lambda state: state.cost)[:_BEAM]
        if not states:
            return None
    best = min(states, key=lambda state: state.cost)
    chain, parts = best.solved, []
    while chain:
        chain, part = chain
        parts.append(part)
    layers = tuple(one for part in reversed(parts) for one in part)
    return Solution(layers, best.cost, order, start)


def _ways(
    number: int, line: Line, start: Shape, order: Order, habits: Habits
) -> Iterator[tuple[Shape, float, tuple[Solved, ...]]]:
    """Try every way of filling in a line that reads a shape; the cheapest of each output is enough."""
    asked = _input_cost(line, start, order)
    target = _target(line, order)
    best: dict[Shape, tuple[float, tuple[Solved, ...]]] = {}
    steps = _expanded(line)
    for shape, cost, solved, spent in _paths(number, line, steps, start, target, habits):
        total = cost + asked + _disagreement(line, shape, order, target, spent, solved)
        if shape not in best or total < best[shape][0]:
            best[shape] = (total, solved)
    for shape, (cost, solved) in best.items():
        yield shape, cost, solved


_Target = tuple[int | None, tuple[int, ...]]


def _target(line: Line, order: Order) -> _Target:
    return shapes_of(line.output, order, line.maps)


def _input_cost(line: Line, start: Shape, order: Order) -> float:
    if line.input is None:
        return 0.0
    maps, size = shapes_of(line.input, order)
    return 0.0 if _fits(start, maps, size) else CONTRADICTION


def _fits(shape: Shape, maps: int | None, size: tuple[int, ...]) -> bool:
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


def _expanded(line: Line) -> list[tuple[int, Step]]:
    """Give the steps of a line in their order, repeated ones with the number of the step they repeat."""
    once = list(enumerate(line.steps))
    return once * line.repeats


def _paths(
    number: int,
    line: Line,
    steps: list[tuple[int, Step]],
    start: Shape,
    target: _Target,
    habits: Habits,
) -> Iterator[tuple[Shape, float, tuple[Solved, ...], list[tuple[Layer, Shape]]]]:
    """Walk through the steps of a line, in every way of filling them in."""
    last_sized = max((at for at, (_, step) in enumerate(steps) if step.op in _SIZED), default=-1)
    last_mapped = max((at for at, (_, step) in enumerate(steps) if step.op in _MAPPED), default=-1)
    budget = [4000]

    def go(
        at: int,
        shape: Shape,
        cost: float,
        solved: tuple[Solved, ...],
        spent: list[tuple[Layer, Shape]],
        fixed: dict[int, Any],
    ) -> Iterator[tuple[Shape, float, tuple[Solved, ...], list[tuple[Layer, Shape]]]]:
        if at == len(steps):
            yield shape, cost, solved, spent
            return
        index, step = steps[at]
        goal = (target[0] if at >= last_mapped else None, target[1] if at >= last_sized else ())
        below = steps[at + 1][1].op if at + 1 < len(steps) else ""
        for candidate in _candidates(
            step, shape, goal, line, habits, below, fixed.get(index), is_last=at == last_sized
        ):
            if budget[0] <= 0:
                return
            budget[0] -= 1
            one = Solved(
                number, at, candidate.layer, candidate.output, candidate.inferred, candidate.missing
            )
            again = (
                fixed
                if index in fixed or not candidate.choice
                else {**fixed, index: candidate.choice}
            )
            more = spent if candidate.layer is None else [*spent, (candidate.layer, shape)]
            yield from go(
                at + 1, candidate.output, cost + candidate.cost, (*solved, one), more, again
            )

    yield from go(0, start, 0.0, (), [], {})


_SIZED = {
    "convolution",
    "depthwise",
    "separable",
    "transposed",
    "max pooling",
    "average pooling",
    "pooling",
    "global average",
    "global max",
    "upsampling",
}
_MAPPED = {"convolution", "separable", "transposed", "dense", "output"}


def _disagreement(
    line: Line,
    shape: Shape,
    order: Order,
    target: _Target,
    spent: list[tuple[Layer, Shape]],
    solved: tuple[Solved, ...],
) -> float:
    """Cost of the claims of a line that a way of filling it in contradicts."""
    cost = 0.0
    maps, size = target
    if maps is not None or size:
        if isinstance(shape, Image):
            if maps is not None and maps != shape.channels:
                cost += CONTRADICTION
            if size and not _fits(shape, None, size):
                cost += CONTRADICTION
        elif not _fits(shape, maps if size else None, size):
            cost += CONTRADICTION
        elif not size and maps is not None and maps != shape.elements:
            cost += CONTRADICTION
    proven = False
    if line.parameters is not None and not any(one.missing for one in solved if one.layer is None):
        agreement = _parameters_cost(line.parameters, spent)
        cost += agreement
        proven = agreement < CONTRADICTION and line.parameters not in {"0"}
    for one in solved:
        if "kernel?" in one.inferred and not proven:
            sized = "size" in one.inferred and size and _fits(shape, None, size)
            cost += 0.5 if sized else UNPROVEN
    return cost


def parameters_of(layers: Iterable[tuple[Layer, Shape]]) -> Cost:
    """Add up what layers hold."""
    return added(cost_of(layer, shape) for layer, shape in layers)


def _parameters_cost(printed: str, spent: list[tuple[Layer, Shape]]) -> float:
    total = parameters_of(spent)
    for extra, count in (
        (0.0, total.parameters),
        (0.3, total.parameters + total.fixed),
        (1.6 if total.biases else 0.0, total.parameters - total.biases),
    ):
        if agrees(printed, count):
            return extra
    return CONTRADICTION


def agrees(printed: str, count: int) -> bool:
    """Whether a printed count is this count, rounded as it is printed."""
    unit = printed[-1:].upper()
    if unit in {"K", "M", "G"}:
        number = printed[:-1]
        decimals = len(number.partition(".")[2])
        scale = {"K": 10**3, "M": 10**6, "G": 10**9}[unit]
        return abs(count / scale - float(number.replace(",", ""))) < 10**-decimals
    return printed.replace(",", "") == str(count)


def _candidates(
    step: Step,
    shape: Shape,
    goal: _Target,
    line: Line,
    habits: Habits,
    below: str,
    fixed: Any,
    *,
    is_last: bool,
) -> list[Candidate]:
    """Give the ways of filling in one step that reads a shape."""
    found: list[Candidate] = []
    for rank, said in enumerate(step.said):
        extra = 0.1 * rank
        match step.op:
            case "convolution" | "depthwise":
                ways = _convolutions(
                    step.op, said, shape, goal, line, habits, below, fixed, is_last=is_last
                )
            case "max pooling" | "average pooling" | "pooling":
                ways = _poolings(step.op, said, shape, goal, habits, is_last=is_last)
            case "global average" | "global max":
                ways = _global(step.op, shape, goal)
            case "dense" | "output":
                ways = _dense(step.op, said, shape, goal, line, habits)
            case "flatten":
                ways = iter([_exact(Flatten(), shape)])
            case "activation":
                ways = _activation(said, shape, goal, line)
            case "normalisation":
                ways = iter([_exact(BatchNormalization(), shape)])
            case "dropout":
                fraction = said.get("fraction")
                told = (
                    ()
                    if fraction is not None
                    else ("it drops half of the values: the usual fraction, for none is said",)
                )
                value = 0.5 if fraction is None or not 0 <= fraction < 1 else fraction
                ways = iter([_exact(Dropout(round(value, 6)), shape, told)])
            case "response":
                ways = iter(
                    [
                        _exact(
                            ResponseNormalization(),
                            shape,
                            ("its constants are the usual ones, for none are said",),
                        )
                    ]
                )
            case "input" | "identity":
                ways = iter([Candidate(None, shape, 0.0)])
            case _:
                ways = iter([_unknown(step, shape, goal)])
        found += [replace(way, cost=way.cost + extra) for way in ways]
    return found


def _exact(layer: Layer, shape: Shape, told: tuple[str, ...] = ()) -> Candidate:
    output = output_of(layer, shape)
    if output is None:
        return Candidate(layer, shape, CONTRADICTION)
    return Candidate(layer, output, 0.0, told)


def _unknown(step: Step, shape: Shape, goal: _Target) -> Candidate:
    maps, size = goal
    output = shape
    if len(size) == 2:
        channels = maps or (shape.channels if isinstance(shape, Image) else 1)
        output = Image(channels, *size)
    elif len(size) == 1:
        output = Features(size[0])
    return Candidate(None, output, 3.0, missing=(f"what {step.word or step.op} does",))


def _convolutions(
    op: str,
    said: dict[str, Any],
    shape: Shape,
    goal: _Target,
    line: Line,
    habits: Habits,
    below: str,
    fixed: Any,
    *,
    is_last: bool,
) -> Iterator[Candidate]:
    if not isinstance(shape, Image):
        yield Candidate(None, shape, CONTRADICTION, missing=("how it reads a vector",))
        return
    maps, penalty, told = _maps(op, said, shape, goal)
    if maps is None:
        yield Candidate(None, _claimed(shape, goal), UNPROVEN, missing=("its maps",))
        return
    groups = shape.channels if op == "depthwise" else said.get("groups", 1)
    if groups < 1 or shape.channels % groups or maps % groups:
        yield Candidate(None, _claimed(shape, goal), CONTRADICTION, missing=("its groups",))
        return
    size = goal[1] if len(goal[1]) == 2 else ()
    output = said.get("output")
    if not size and output is not None:
        size = next(
            (numbers for numbers in [shapes_of(output, "maps last")[1]] if len(numbers) == 2), ()
        )
    seen = 0
    for kernel, kernel_cost, kernel_told in _kernels(said, shape, size, habits, fixed):
        for stride, stride_cost, stride_told in _strides(said, size, shape, fixed):
            for padding, padding_cost, padding_told in _paddings(
                said, kernel, stride, size, shape, habits, fixed
            ):
                for has_bias, bias_cost in _biases(line, habits, below, fixed):
                    try:
                        layer = Convolution(
                            maps, kernel, stride, padding, said.get("dilation", 1), groups, has_bias
                        )
                    except LayerError:
                        continue
                    result = output_of(layer, shape)
                    if result is None:
                        continue
                    assert isinstance(result, Image)
                    fits = not size or size in {
                        (result.height, result.width),
                        (result.width, result.height),
                    }
                    inferred = (*told, *kernel_told, *stride_told, *padding_told)
                    pinned = (
                        kernel_told
                        and stride == (1, 1)
                        and padding == "valid"
                        and fits
                        and max(kernel) > 1
                        and bool(size)
                    )
                    if kernel_told and kernel_told[0] == "kernel?" and pinned:
                        inferred = (*inferred, "size")
                    seen += 1
                    yield Candidate(
                        layer,
                        result,
                        penalty + kernel_cost + stride_cost + padding_cost + bias_cost,
                        inferred,
                        choice=(kernel, padding, has_bias),
                    )
    if not seen:
        yield Candidate(None, _claimed(shape, goal), CONTRADICTION, missing=("a window that fits",))


def _claimed(shape: Shape, goal: _Target) -> Shape:
    maps, size = goal
    if len(size) == 2:
        return Image(maps or (shape.channels if isinstance(shape, Image) else 1), *size)
    return Features(size[0]) if len(size) == 1 else shape


def _maps(
    op: str, said: dict[str, Any], shape: Image, goal: _Target
) -> tuple[int | None, float, tuple[str, ...]]:
    penalty = 0.0
    if said.get("maps in") not in {None, shape.channels}:
        penalty += CONTRADICTION
    if op == "depthwise":
        maps = said.get("maps")
        if maps is not None and maps % shape.channels:
            penalty += CONTRADICTION
            maps = None
        return maps or shape.channels, penalty, ()
    maps = said.get("maps") or said.get("units")
    if maps is not None:
        return (maps, penalty, ()) if maps <= 10**6 else (None, penalty, ())
    output = said.get("output")
    if goal[0] is None and output is not None and len(output.numbers) == 3:
        return (
            (output.numbers[2] if output.order != "maps first" else output.numbers[0]),
            penalty,
            (),
        )
    if goal[0] is not None:
        return goal[0], penalty, ()
    return None, penalty, ()


def _kernels(
    said: dict[str, Any], shape: Image, size: tuple[int, ...], habits: Habits, fixed: Any
) -> Iterator[tuple[tuple[int, int], float, tuple[str, ...]]]:
    if fixed is not None:
        yield fixed[0], 0.0, ()
        return
    if "kernel" in said:
        yield said["kernel"], 0.0, ()
        return
    if habits.kernel is not None:
        yield (
            habits.kernel,
            0.0,
            (f"kernel {_by(habits.kernel)}: by the sentence in line {habits.lines.get('kernel')}",),
        )
        return
    shrunk = (shape.height - size[0] + 1, shape.width - size[1] + 1) if len(size) == 2 else (0, 0)
    options = [(side, side) for side in _USUAL_KERNELS]
    if min(shrunk) >= 1 and max(shrunk) > 1 and shrunk not in options and max(shrunk) <= 64:
        options.append(shrunk)
    for rank, kernel in enumerate(options):
        if min(kernel) <= max(shape.height, shape.width) + 8:
            yield kernel, 0.05 * rank, ("kernel?",)


def _by(numbers: tuple[int, int]) -> str:
    return f"{numbers[0]}x{numbers[1]}"


def _strides(
    said: dict[str, Any], size: tuple[int, ...], shape: Image, fixed: Any
) -> Iterator[tuple[tuple[int, int], float, tuple[str, ...]]]:
    if "stride" in said:
        yield said["stride"], 0.0, ()
        if fixed is not None and said["stride"] != (1, 1):
            # Of layers in a row, often the first alone has the stride.
            yield (1, 1), 0.5, ()
        return
    yield (1, 1), 0.0, ()
    if len(size) == 2 and fixed is None and size[0] < shape.height:
        for stride in (2, 3, 4):
            if shape.height // stride <= size[0] + 4:
                yield (
                    (stride, stride),
                    1.0 + 0.2 * stride,
                    (f"stride {stride}: from {shape.height}x{shape.width} to {size[0]}x{size[1]}",),
                )


def _paddings(
    said: dict[str, Any],
    kernel: tuple[int, int],
    stride: tuple[int, int],
    size: tuple[int, ...],
    shape: Image,
    habits: Habits,
    fixed: Any,
) -> Iterator[tuple[Padding, float, tuple[str, ...]]]:
    if fixed is not None:
        yield fixed[1], 0.0, ()
        return
    if "padding" in said:
        given = said["padding"]
        if isinstance(given, tuple):
            given = Sides(given[0], given[0], given[1], given[1])
        yield given, 0.0, ()
        return
    if kernel == (1, 1):
        yield "valid", 0.0, ()
        return
    target = f"{shape.height}x{shape.width} to {size[0]}x{size[1]}" if len(size) == 2 else ""
    usual = habits.padding
    if usual is not None:
        yield (
            usual,
            0.0,
            (f"padding {usual}: by the sentence in line {habits.lines.get('padding')}",),
        )
    told = f"from {target}" if target else "for none is said"
    if usual != "valid":
        yield (
            "valid",
            0.0 if usual is None else 3.0,
            ((f"padding valid: {told}",) if not target else (f"padding valid: {told}",)),
        )
    if usual != "same":
        yield "same", 0.3 if usual is None else 3.0, (f"padding same: {told}",)
    if target:
        for pixels in range(1, max(kernel) // 2 + 2):
            if pixels != usual and not (
                2 * pixels + 1 == kernel[0] == kernel[1] and stride == (1, 1)
            ):
                yield pixels, 1.2 if usual is None else 3.2, (f"padding {pixels}: {told}",)


def _biases(line: Line, habits: Habits, below: str, fixed: Any) -> Iterator[tuple[bool, float]]:
    if fixed is not None:
        yield fixed[2], 0.0
        return
    if habits.has_bias is False:
        yield False, 0.0
        if line.parameters:
            yield True, 2.0
        return
    yield True, 0.0
    if line.parameters:
        yield False, (0.5 if below == "normalisation" else 1.5) if habits.has_bias is None else 3.0


def _poolings(
    op: str, said: dict[str, Any], shape: Shape, goal: _Target, habits: Habits, *, is_last: bool
) -> Iterator[Candidate]:
    if not isinstance(shape, Image):
        yield Candidate(None, shape, CONTRADICTION, missing=("how it pools a vector",))
        return
    size = goal[1] if len(goal[1]) == 2 else ()
    if not size and said.get("output") is not None:
        numbers = shapes_of(said["output"], "maps last")[1]
        size = numbers if len(numbers) == 2 else ()
    kind, kind_told = _pooling_kind(op, said, habits)
    kernel: tuple[int, int] | None = said.get("kernel") or said.get("pair")
    stride: tuple[int, int] | None = said.get("stride")
    options: list[tuple[tuple[int, int], tuple[int, int], float, tuple[str, ...]]] = []
    came = f"{shape.height}x{shape.width}"
    if kernel is not None and stride is not None:
        options.append((kernel, stride, 0.0, ()))
    elif kernel is not None:
        options.append((kernel, kernel, 0.0, ()))
        for steps in (2, 1, 3):
            if (steps, steps) != kernel and size:
                options.append(
                    (
                        kernel,
                        (steps, steps),
                        0.5 + 0.3 * steps,
                        (f"stride {steps}: from {came} to {_by((size[0], size[1]))}",),
                    )
                )
    else:
        usual = habits.pool_kernel
        if stride is not None:
            told = f"window {_by(stride)}: as wide as its stride"
            options.append((stride, stride, 0.0, (told,)))
            if stride == (2, 2):
                options.append(((3, 3), stride, 1.5, (f"window 3x3: from {came}",)))
        else:
            if usual is not None:
                options.append(
                    (
                        usual,
                        usual,
                        0.0,
                        (
                            f"window {_by(usual)}: by the sentence in line {habits.lines.get('pool_kernel')}",
                        ),
                    )
                )
            by_size = (
                f"from {came} to {_by((size[0], size[1]))}"
                if size
                else "the usual one, for none is said"
            )
            for side, steps, cost in (
                (2, 2, 0.0),
                (3, 3, 0.4),
                (4, 4, 0.4),
                (5, 5, 0.6),
                (3, 2, 1.5),
                (6, 6, 0.8),
                (7, 7, 0.8),
                (8, 8, 0.8),
            ):
                if size or (side, steps) == (2, 2):
                    options.append(
                        (
                            (side, side),
                            (steps, steps),
                            cost + (2.0 if usual else 0.0),
                            (f"window {side}x{side}, stride {steps}: {by_size}",),
                        )
                    )
            if size and size[0] < shape.height and size[1] < shape.width:
                ratio = (shape.height // size[0], shape.width // size[1])
                if max(ratio) <= 64 and (ratio[0] != ratio[1] or max(ratio) > 8):
                    options.append((ratio, ratio, 0.7, (f"window {_by(ratio)}: {by_size}",)))
    if (
        kernel is None
        and (size == (1, 1) or (not size and len(goal[1]) == 1 and goal[1][0] == shape.channels))
        and (shape.height, shape.width) != (1, 1)
    ):
        layer = GlobalPooling("average" if kind == "average" else "max")
        yield Candidate(
            layer, Features(shape.channels), 0.1, (*kind_told, "it pools whole maps: 1x1 comes out")
        )
    for window, steps, cost, told in options:
        for padding, rounding, extra, more in _pool_paddings(said, window, size):
            try:
                layer = (
                    AveragePooling(window, steps, padding, rounding=rounding)
                    if kind == "average"
                    else MaxPooling(window, steps, padding, rounding=rounding)
                )
            except LayerError:
                continue
            result = output_of(layer, shape)
            if result is None or (extra and not _fits(result, None, size)):
                continue
            yield Candidate(layer, result, cost + extra, (*kind_told, *told, *more))


def _pooling_kind(op: str, said: dict[str, Any], habits: Habits) -> tuple[str, tuple[str, ...]]:
    if op != "pooling":
        return ("average" if op == "average pooling" else "max"), ()
    if said.get("pool"):
        return said["pool"], ()
    if habits.pool:
        return habits.pool, (
            f"{habits.pool} pooling: by the sentence in line {habits.lines.get('pool')}",
        )
    return "max", ("max pooling: the usual one, for the document does not say which",)


def _pool_paddings(
    said: dict[str, Any], window: tuple[int, int], size: tuple[int, ...]
) -> Iterator[tuple[Padding, Literal["floor", "ceil"], float, tuple[str, ...]]]:
    if "padding" in said:
        given = said["padding"]
        yield (
            (Sides(given[0], given[0], given[1], given[1]) if isinstance(given, tuple) else given),
            "floor",
            0.0,
            (),
        )
        return
    yield "valid", "floor", 0.0, ()
    if size:
        yield "valid", "ceil", 1.0, ("a last, partial step is kept: from the size that comes out",)
        yield "same", "floor", 1.1, ("padding same: from the size that comes out",)
        if max(window) > 2:
            yield (
                max(window) // 2,
                "floor",
                1.2,
                (f"padding {max(window) // 2}: from the size that comes out",),
            )


def _global(op: str, shape: Shape, goal: _Target) -> Iterator[Candidate]:
    if not isinstance(shape, Image):
        yield Candidate(None, shape, CONTRADICTION, missing=("how it pools a vector",))
        return
    yield Candidate(
        GlobalPooling("average" if op == "global average" else "max"), Features(shape.channels), 0.0
    )


def _dense(
    op: str, said: dict[str, Any], shape: Shape, goal: _Target, line: Line, habits: Habits
) -> Iterator[Candidate]:
    maps, size = goal
    units = said.get("units")
    told: tuple[str, ...] = ()
    penalty = 0.0
    if said.get("units in") not in {None, shape.elements}:
        penalty += CONTRADICTION
    if units is None:
        if len(size) == 1 or (size and maps is None and len(size) == 1):
            units = size[0]
        elif maps is not None and (not size or math.prod(size) == 1):
            units = maps
        elif len(size) == 2 and maps is None and 1 in size:
            units = math.prod(size)
        elif said.get("maps") is not None:
            units = said["maps"]
    if op == "output" and (
        units is None or (units == shape.elements and isinstance(shape, Features))
    ):
        # The output is named again: nothing is done to it.
        has_own = line.parameters not in {None, "0"}
        yield Candidate(None, shape, 5.0 if has_own or units is None else 0.2)
    if units is None or units < 1 or units > 10**8:
        yield Candidate(None, _claimed(shape, goal), UNPROVEN, missing=("its units",))
        return
    for has_bias, cost in _biases(line, habits, "", None):
        yield Candidate(FullyConnected(units, has_bias), Features(units), penalty + cost, told)


def _activation(
    said: dict[str, Any], shape: Shape, goal: _Target, line: Line
) -> Iterator[Candidate]:
    function = said.get("function")
    layer = activation_of(function)
    if layer is None:
        yield Candidate(None, shape, UNPROVEN, missing=("its function",))
        return
    size = goal[1]
    is_other = (
        function == "softmax"
        and len(size) == 1
        and size[0] != shape.elements
        and len(line.steps) == 1
    )
    if is_other:
        yield Candidate(
            FullyConnected(size[0]),
            Features(size[0]),
            0.5,
            ("a full layer: other units come out than in",),
            choice=(),
        )
    yield Candidate(layer, shape, 0.0)


def activation_of(function: str | None) -> Activation | None:
    """Make the row of a function, if its name is one that layers know."""
    if function is None:
        return None
    try:
        return Activation(function)  # type: ignore[arg-type]
    except LayerError:
        return None


__all__ = ["POOLINGS", "Add", "Line", "Order", "Solution", "Solved", "agrees", "shapes_of", "solve"]

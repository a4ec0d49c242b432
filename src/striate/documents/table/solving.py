"""What is missing is solved for: layers as far as they are said become rows that agree with their claims.

A table is a list of lines. Each says of some layers what they are, with numbers that may be missing, and
claims what comes out and how many parameters there are. Line by line, every way of filling in what is
missing is tried on every shape that may have come in; a way costs what it contradicts, and a little for
what is unusual. The cheapest way through all lines is the reading.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, final

from striate.documents.table.axes import PLANE_AXES
from striate.documents.table.candidates import candidates_of, meant_by
from striate.documents.table.claims import (
    CONTRADICTION,
    SIZED_KERNEL,
    UNPROVEN,
    UNSAID_KERNEL,
    Context,
    Line,
    Order,
    Target,
    agrees,
    cost_of,
    fits,
    parameters_of,
    shapes_of,
)
from striate.documents.table.phrases import Step
from striate.documents.table.prose import Habits
from striate.layers import (
    Cost,
    Layer,
)
from striate.shapes import Image, Shape


_HOPELESS = 4 * CONTRADICTION
"""What a reading of the lines so far may cost above the cheapest one, and still be followed."""

_BEAM = 12
_LEAST_BEAM = 2
_FEW = 3
_CLEAN = 1.0
"""What a line costs less than that contradicts none of its claims."""

_WORK = 500
"""Readings of lines that are followed in all: in long tables fewer side by side."""

_MOST_WAYS = 4000
"""Ways of filling in one line that are tried for each shape that may come in."""


@final
@dataclass(frozen=True)
class Solved:
    """One layer of the reading.

    Args:
        line: Index of its line.
        step: Index of its step within the line, and of its repetition.
        layer: The layer; None if it cannot be told.
        shape: What comes out.
        came: What it reads; of several rows, the first.
        inferred: What was filled in, and from what.
        missing: What neither words nor arithmetic tell.
        doubted: A layer that fits, and that nothing proves.
    """

    line: int
    step: int
    layer: Layer | None
    shape: Shape
    came: Shape
    inferred: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    doubted: Layer | None = None


@final
@dataclass(frozen=True)
class _State:
    outputs: tuple[Shape, ...]  # of the input and of every line so far
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
        lines: The lines that were read.
    """

    layers: tuple[Solved, ...]
    cost: float
    order: Order
    input: Shape
    lines: tuple[Line, ...] = ()

    @property
    def parameters(self) -> int:
        """Trained numbers of all layers."""
        return sum(cost.parameters for cost in self.costs)

    @property
    def fixed(self) -> int:
        """Numbers of all layers that are not trained."""
        return sum(cost.fixed for cost in self.costs)

    @property
    def costs(self) -> list[Cost]:
        """The costs of the layers, as far as they are known."""
        return [
            cost_of(solved.layer, solved.came) for solved in self.layers if solved.layer is not None
        ]


def solve(lines: Sequence[Line], start: Shape, order: Order, habits: Habits) -> Solution | None:
    """Find the reading of all lines that contradicts least.

    Args:
        lines: The lines below the input.
        start: What comes in.
        order: Where sizes of three numbers have their maps.
        habits: What sentences say of all layers.
    """
    states = [_State((start,), 0.0, ())]
    needed = _needed(lines)
    beam = min(max(_WORK // max(len(lines), 1), _LEAST_BEAM), _BEAM)
    known_ways: dict[tuple[str, tuple[Shape, ...]], _Ways] = {}
    for number, line in enumerate(lines):
        said = _said_of(line, _target(line, order)[0])
        following: dict[tuple[Shape, ...], _State] = {}
        for state in states:
            came = tuple(state.outputs[place + 1] for place in line.reads or (number - 1,))
            if (said, came) not in known_ways:
                known_ways[said, came] = list(_ways(number, line, came, order, habits))
            for shape, cost, parts_of_line in known_ways[said, came]:
                solved = (number, parts_of_line)
                total = state.cost + cost
                outputs = (*state.outputs, shape)
                # Two readings are the same from here on if all that is still read is.
                kept = (shape, *(outputs[place] for place in needed[number]))
                known = following.get(kept)
                if known is None or total < known.cost:
                    following[kept] = _State(outputs, total, (state.solved, solved))
        if not following:
            return None
        least = min(state.cost for state in following.values())
        before = min(state.cost for state in states)
        # Where a line is met as it stands, only a few others are kept for a slip in its claims.
        is_met = line.output is not None and least - before < _CLEAN
        hopeful = [state for state in following.values() if state.cost <= least + _HOPELESS]
        states = sorted(hopeful, key=lambda state: state.cost)[: _FEW if is_met else beam]
    best = min(states, key=lambda state: state.cost)
    chain, parts = best.solved, []
    while chain:
        chain, (number, part) = chain
        # Lines that say the same share what they may be.
        parts.append(tuple(replace(one, line=number) for one in part))
    layers = tuple(solved for part in reversed(parts) for solved in part)
    return Solution(layers, best.cost, order, start, tuple(lines))


_Ways = list[tuple[Shape, float, tuple[Solved, ...]]]


def _said_of(line: Line, maps: int | None) -> str:
    """Write what a line says of its layers and claims, and nothing that tells it from another that says the same."""
    steps: object = line.steps
    if len(line.steps) == line.repeats == 1:
        (step,) = line.steps
        steps = (step.op, meant_by(step, maps), step.word if step.op == "unsupported" else "")
    claims = (line.output, line.maps, line.input, line.parameters, line.is_weights)
    return repr((steps, line.repeats, claims, len(line.reads)))


def _needed(lines: Sequence[Line]) -> list[tuple[int, ...]]:
    """Give, for each line, the places of outputs that a later line than the next one still reads."""
    needed: list[tuple[int, ...]] = []
    later: set[int] = set()
    for number in reversed(range(len(lines))):
        needed.append(tuple(sorted(place for place in later if place <= number)))
        later |= {place + 1 for place in lines[number].reads}
    return needed[::-1]


def _ways(
    number: int, line: Line, came: tuple[Shape, ...], order: Order, habits: Habits
) -> Iterator[tuple[Shape, float, tuple[Solved, ...]]]:
    """Try every way of filling in a line that reads some shapes; the cheapest of each output is enough."""
    asked = _input_cost(line, came[0], order) if len(came) == 1 else 0.0
    target = _target(line, order)
    best: dict[Shape, tuple[float, tuple[Solved, ...]]] = {}
    steps = _expanded(line)
    for shape, cost, solved, spent in _paths(number, line, steps, came, target, habits):
        total = cost + asked + _disagreement(line, shape, target, spent, solved)
        if shape not in best or total < best[shape][0]:
            best[shape] = (total, solved)
    for shape, (cost, solved) in best.items():
        yield shape, cost, solved


def _target(line: Line, order: Order) -> Target:
    return shapes_of(line.output, order, line.maps)


def _input_cost(line: Line, start: Shape, order: Order) -> float:
    if line.input is None:
        return 0.0
    maps, size = shapes_of(line.input, order)
    return 0.0 if fits(start, maps, size) else CONTRADICTION


def _expanded(line: Line) -> list[tuple[int, Step]]:
    """Give the steps of a line in their order, repeated ones with the number of the step they repeat."""
    once = list(enumerate(line.steps))
    return once * line.repeats


def _paths(
    number: int,
    line: Line,
    steps: list[tuple[int, Step]],
    came: tuple[Shape, ...],
    target: Target,
    habits: Habits,
) -> Iterator[tuple[Shape, float, tuple[Solved, ...], list[tuple[Layer, Shape]]]]:
    """Walk through the steps of a line, in every way of filling them in."""
    last_sized = max((at for at, (_, step) in enumerate(steps) if step.op in _SIZED), default=-1)
    last_mapped = max((at for at, (_, step) in enumerate(steps) if step.op in _MAPPED), default=-1)
    budget = [_MOST_WAYS]

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
        # What is repeated has the maps that come out in the end.
        is_last = at >= last_mapped or index == steps[last_mapped][0]
        goal = (target[0] if is_last else None, target[1] if at >= last_sized else ())
        below = steps[at + 1][1].op if at + 1 < len(steps) else ""
        others = came[1:] if at == 0 else ()
        context = Context(line, habits, below, fixed.get(index), others)
        for candidate in candidates_of(step, shape, goal, context):
            if budget[0] <= 0:
                return
            budget[0] -= 1
            one = Solved(
                number,
                at,
                candidate.layer,
                candidate.output,
                shape,
                candidate.inferred,
                candidate.missing,
            )
            extra = candidate.cost
            if (
                at == last_sized < last_mapped
                and len(goal[1]) == PLANE_AXES
                and not fits(candidate.output, None, goal[1])
            ):
                extra += CONTRADICTION
            again = (
                fixed
                if index in fixed or not candidate.choice
                else {**fixed, index: candidate.choice}
            )
            more = spent if candidate.layer is None else [*spent, (candidate.layer, shape)]
            yield from go(at + 1, candidate.output, cost + extra, (*solved, one), more, again)

    yield from go(0, came[0], 0.0, (), [], {})


_SIZED = {
    "convolution",
    "depthwise",
    "transposed",
    "max pooling",
    "average pooling",
    "lp pooling",
    "pooling",
    "global average",
    "global max",
    "adaptive average",
    "adaptive max",
    "upsampling",
    "padding",
}
_MAPPED = {"convolution", "transposed", "inception", "dense", "output"}


def _disagreement(
    line: Line,
    shape: Shape,
    target: Target,
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
            if size and not fits(shape, None, size):
                cost += CONTRADICTION
        elif not fits(shape, maps if size else None, size) or (
            not size and maps is not None and maps != shape.elements
        ):
            cost += CONTRADICTION
    proven = False
    if line.parameters is not None and not any(one.missing for one in solved if one.layer is None):
        agreement = _parameters_cost(line.parameters, spent, is_weights=line.is_weights)
        cost += agreement
        proven = agreement < CONTRADICTION and line.parameters not in {"0"}
    for one in solved:
        if UNSAID_KERNEL in one.inferred and not proven:
            sized = SIZED_KERNEL in one.inferred and size and fits(shape, None, size)
            cost += 0.5 if sized else UNPROVEN
    return cost


def _parameters_cost(printed: str, spent: list[tuple[Layer, Shape]], *, is_weights: bool) -> float:
    total = parameters_of(spent)
    for extra, count in (
        (0.0, total.parameters),
        (0.3, total.parameters + total.fixed),
        # A column of weights counts no biases; it does not say that there are none.
        (1.6 if total.biases and not is_weights else 0.0, total.parameters - total.biases),
    ):
        if agrees(printed, count):
            return extra
    return CONTRADICTION


__all__ = ["CONTRADICTION", "Line", "Solution", "Solved", "solve"]

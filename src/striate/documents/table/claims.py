"""A line of a table on its way to rows, one way of filling it in, and how what it claims is compared."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, final

from striate.documents.table.axes import IMAGE_AXES, PLANE_AXES
from striate.documents.table.phrases import Step
from striate.documents.table.prose import Habits
from striate.documents.table.text import Size
from striate.documents.table.words import Role
from striate.errors import LayerError
from striate.layers import Cost, Input, Join, Layer
from striate.layers.cost import added
from striate.shapes import Image, Shape
from striate.table import Claim


Order = Literal["maps first", "maps last"]

CONTRADICTION = 10.0
"""Cost of a claim that a reading contradicts. What is merely unusual costs less than one in all."""

UNPROVEN = 6.0
UNSAID_KERNEL = "kernel?"
"""Marks a kernel that nothing says: parameters or sizes must prove it."""

SIZED_KERNEL = "size"
"""Marks a kernel that the sizes prove."""


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
        is_weights: Whether a column counts weights, and nothing counts the biases.
        counts: Other counts, as printed, by their name in `Claims`.
        note: Its remark.
        number: Its number, where a column counts the rows.
        sources: Rows that it reads, as a column of the table says.
        reads: Places of the lines that it reads; -1 is the input. Empty for the line above.
        unread: (heading, cell) of cells that hold what is not understood.
        cells: All cells, by what they hold.
        counted: Numbers in its cells that count examples, repetitions, or a part of its parameters.
        beside: (heading, cell) of columns that are not understood.
    """

    line: int
    name: str
    steps: list[Step]
    repeats: int = 1
    output: Size | None = None
    maps: int | None = None
    input: Size | None = None
    parameters: str | None = None
    is_weights: bool = False
    counts: dict[str, str] = field(default_factory=dict)
    note: str = ""
    number: str = ""
    sources: str = ""
    reads: tuple[int, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()
    cells: Mapping[Role, str] = field(default_factory=dict)
    counted: tuple[int | str, ...] = ()
    beside: tuple[tuple[str, str], ...] = ()


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
        others: What comes in beside the first shape, where the step reads several rows.
    """

    line: Line
    habits: Habits
    below: str = ""
    fixed: tuple[Any, ...] | None = None
    others: tuple[Shape, ...] = ()


@lru_cache(maxsize=4096)
def cost_of(layer: Layer, shape: Shape) -> Cost:
    """Count the numbers of a layer that reads a shape; none where it does not fit."""
    if isinstance(layer, Input | Join):
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
    if isinstance(layer, Join):
        return None
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
    if len(numbers) == IMAGE_AXES:
        first = size.order == "maps first" or (size.order == "" and order == "maps first")
        return (numbers[0], numbers[1:]) if first else (numbers[2], numbers[:2])
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
        if len(size) == PLANE_AXES and size not in {
            (shape.height, shape.width),
            (shape.width, shape.height),
        }:
            return False
        return maps is None or maps == shape.channels
    if maps is not None and size:
        return math.prod(size) * maps == shape.elements
    if len(size) == PLANE_AXES:
        return size == (1, 1) or math.prod(size) == shape.elements
    return not size or math.prod(size) == shape.elements


def told_of(
    inferred: tuple[str, ...], came: Image, size: tuple[int, ...], out: Shape
) -> tuple[str, ...]:
    """Give what was filled in, without a claimed size for its reason where another size comes out.

    >>> told_of(("padding valid: from 13x13 to 12x12",), Image(8, 13, 13), (12, 12), Image(8, 11, 11))
    ('padding valid: for none is said',)
    """
    if len(size) != PLANE_AXES or fits(out, None, size):
        return inferred
    claimed = f"from {came.height}x{came.width} to {size[0]}x{size[1]}"
    return tuple(text.replace(claimed, "for none is said") for text in inferred)


def agrees(printed: str, count: int) -> bool:
    """Whether a printed count is this count, rounded as it is printed."""
    unit = printed[-1:].upper()
    if unit in {"K", "M", "G"}:
        number = printed[:-1]
        decimals = len(number.partition(".")[2])
        scale = {"K": 10**3, "M": 10**6, "G": 10**9}[unit]
        return abs(count / scale - float(number.replace(",", ""))) < 10**-decimals
    if printed.startswith("~"):
        return Claim(printed).is_about(count)
    digits = printed.replace(",", "")
    return digits == str(count) or is_rounding(digits, count)


_THOUSAND = 1000


def is_rounding(digits: str, count: int) -> bool:
    """Whether a number that ends in zeros is a count rounded to thousands: 35,000 of 34,944."""
    return (
        digits.isdecimal()
        and digits.endswith("000")
        and int(digits) > 0
        and 2 * abs(int(digits) - count) <= _THOUSAND
    )


def parameters_of(layers: Iterable[tuple[Layer, Shape]]) -> Cost:
    """Add up what layers hold."""
    return added(cost_of(layer, shape) for layer, shape in layers)

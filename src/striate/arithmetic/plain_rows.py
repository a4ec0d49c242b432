"""The operations of a network one by one: what a table writes as one Inception row is a row a convolution here."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from striate.arithmetic.reports import RowReport, Walk
from striate.arithmetic.structure import reads
from striate.layers import (
    Activation,
    Concat,
    Convolution,
    Function,
    Inception,
    Layer,
    LpPooling,
    SideHead,
    WindowPooling,
)
from striate.layers.functions import NEVER_NEGATIVE
from striate.layers.pooling import GlobalPooling
from striate.shapes import Shape
from striate.table import Row, Unreadable


@final
@dataclass(frozen=True, slots=True)
class PlainRow:
    """One operation: a row of a table, or a part of an Inception row.

    Args:
        row: The row of the table.
        part: Its name within the row: `n3x3_reduce`; nothing for a whole row.
        layer: What it does; never an Inception.
        function: What follows the layer; None where the layer itself is an Activation.
        reads: Positions of the plain rows that it reads.
        inputs: Shapes of what it reads.
        output: Shape of what comes out.
        is_side: Whether it belongs to a side head.
    """

    row: Row
    part: str
    layer: Layer
    function: Function | None
    reads: tuple[int, ...]
    inputs: tuple[Shape, ...]
    output: Shape
    is_side: bool

    @property
    def identifier(self) -> str:
        """Its name as one word: `inception_3a_n3x3_reduce`."""
        return f"{self.row.identifier}_{self.part}" if self.part else self.row.identifier


def plain_rows(walk: Walk) -> tuple[PlainRow, ...]:
    """Return the operations of a table without faults, each behind those that it reads.

    Args:
        walk: The arithmetic on the table.
    """
    made: list[PlainRow] = []
    place: list[int] = []  # position of a row -> position of the plain row that gives its output
    trunk = len(walk.table.trunk)
    for position, (report, sources) in enumerate(zip(walk.reports, reads(walk.table), strict=True)):
        read = tuple(place[source] for source in sources)
        made += _of_row(report, read, len(made), is_side=position >= trunk)
        place.append(len(made) - 1)
    return tuple(made)


def _of_row(
    report: RowReport, read: tuple[int, ...], count: int, *, is_side: bool
) -> Iterator[PlainRow]:
    row, output = report.row, report.output
    if output is None or isinstance(row.layer, Unreadable):
        message = f"{row.name} is not computed"
        raise ValueError(message)
    if isinstance(row.layer, Inception):
        yield from _parts(row, row.layer, read, report.inputs, count, is_side=is_side)
        return
    function = None if isinstance(row.layer, Activation) else row.activation
    yield PlainRow(row, "", row.layer, function, read, report.inputs, output, is_side)


def _parts(
    row: Row,
    layer: Inception,
    read: tuple[int, ...],
    inputs: tuple[Shape, ...],
    count: int,
    *,
    is_side: bool,
) -> Iterator[PlainRow]:
    """Give the branches of an Inception row, and what puts their maps together."""
    ends: list[tuple[int, Shape]] = []
    for branch in layer.branches:
        below, (shape,) = read, inputs
        for name, part in branch:
            output = part.output(shape)
            function = row.activation if isinstance(part, Convolution) else None
            yield PlainRow(row, name, part, function, below, (shape,), output, is_side)
            below, count, shape = (count,), count + 1, output
        ends.append((count - 1, shape))
    if len(ends) > 1:
        shapes = tuple(shape for _, shape in ends)
        joined = Concat().output(*shapes)
        yield PlainRow(
            row, "", Concat(), None, tuple(end for end, _ in ends), shapes, joined, is_side
        )


def never_negative(rows: tuple[PlainRow, ...]) -> tuple[bool, ...]:
    """Tell of each operation whether no value it gives can be below 0, so that zeros around never win a maximum."""
    told: list[bool] = []
    for row in rows:
        match row.function, row.layer:
            case (None, Activation(function)):
                told.append(function in NEVER_NEGATIVE)
            case (None, LpPooling(takes_any_sign=True)):
                told.append(True)
            case (None, WindowPooling() | GlobalPooling() | SideHead() | Concat()):
                told.append(all(told[source] for source in row.reads))
            case _:
                told.append(row.function in NEVER_NEGATIVE)
    return tuple(told)

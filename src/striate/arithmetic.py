"""Walk a table with integers alone: shape, cost and receptive field of every row, no tensor made."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import final

from striate.errors import Fault, LayerError
from striate.errors.layers import needs_word_vectors, one_input_needed
from striate.errors.tables import (
    duplicate_row,
    empty_table,
    first_row_is_not_input,
    same_identifier,
    second_input,
    side_head_without_source,
    source_below,
    unknown_source,
    unread_row,
)
from striate.layers import (
    Add,
    Axis,
    Concat,
    Convolution,
    Cost,
    Embedding,
    FullyConnected,
    Inception,
    Input,
    RadialBasis,
    SideHead,
)
from striate.shapes import Features, Image, Shape, Words
from striate.table import Row, Table, Unreadable


@final
@dataclass(frozen=True, slots=True)
class Span:
    """What the first output along one axis sees of the network's input.

    Args:
        first: First pixel seen; below 0 inside the padding.
        last: Last pixel seen.
        jump: Pixels between two neighbouring outputs.
    """

    first: int
    last: int
    jump: int

    @property
    def size(self) -> int:
        """Pixels seen."""
        return self.last - self.first + 1

    @property
    def center(self) -> float:
        """Middle of the pixels seen by the first output, counted from pixel 0."""
        return (self.first + self.last) / 2

    def through(self, axis: Axis) -> "Span":
        """Look through one more window."""
        first = self.first - self.jump * axis.before
        last = self.last + self.jump * (axis.reach - 1 - axis.before)
        return Span(first, last, self.jump * axis.stride)


@final
@dataclass(frozen=True, slots=True)
class ReceptiveField:
    """The part of the input that one output sees, along height and along width."""

    height: Span
    width: Span

    def __str__(self) -> str:
        """Write height x width, as in `14x14`."""
        return f"{self.height.size}x{self.width.size}"


@final
@dataclass(frozen=True, slots=True)
class RowReport:
    """What the arithmetic says of one row.

    Args:
        row: The row.
        inputs: Shapes it reads.
        output: Shape that comes out; None if it cannot be known.
        cost: Its numbers and sums; None if they cannot be known.
        field: What one output sees of the input; None for flat inputs and unknown rows.
    """

    row: Row
    inputs: tuple[Shape, ...]
    output: Shape | None
    cost: Cost | None
    field: ReceptiveField | None


@final
@dataclass(frozen=True, slots=True)
class Walk:
    """The reports of all rows, and every fault that keeps the table from being built.

    Args:
        table: The table walked.
        reports: One a row.
        faults: In the order of the rows.
    """

    table: Table
    reports: tuple[RowReport, ...]
    faults: tuple[Fault, ...]

    @property
    def trunk(self) -> tuple[RowReport, ...]:
        """The reports up to the network's output, without the side heads."""
        return self.reports[: len(self.table.trunk)]

    @property
    def input(self) -> Shape:
        """What the table reads; where there is no fault, there is one."""
        shape = self.table.input
        if shape is None:
            message = "a table with faults was taken to have an input"
            raise TypeError(message)
        return shape

    @property
    def total(self) -> Cost:
        """The sums over all rows of the trunk whose cost is known."""
        return _sum(self.trunk)

    @property
    def total_with_heads(self) -> Cost:
        """The sums over all rows whose cost is known, those of side heads among them."""
        return _sum(self.reports)

    @property
    def neurons(self) -> int:
        """Values that come out of the trunk's rows with trained numbers."""
        return sum(
            report.output.elements
            for report in self.trunk
            if report.output is not None and report.cost is not None and report.cost.parameters
        )

    @property
    def activation_elements(self) -> int:
        """Values that come out of all rows together, for one example."""
        return sum(report.output.elements for report in self.reports if report.output is not None)

    def report(self, name: str) -> RowReport:
        """Find the report of a row.

        Raises:
            KeyError: No row has this name.
        """
        for report in self.reports:
            if report.row.name == name:
                return report
        raise KeyError(name)


def _sum(reports: tuple[RowReport, ...]) -> Cost:
    costs = [report.cost for report in reports if report.cost is not None]
    return Cost(
        parameters=sum(cost.parameters for cost in costs),
        fixed=sum(cost.fixed for cost in costs),
        connections=sum(cost.connections for cost in costs),
        bias_links=sum(cost.bias_links for cost in costs),
        biases=sum(cost.biases for cost in costs),
        multiply_adds=sum(cost.multiply_adds for cost in costs),
    )


def reads(table: Table) -> tuple[tuple[int, ...], ...]:
    """Resolve what each row reads to positions of rows above it; names that fail are left out.

    Args:
        table: Any table, faulty ones too.

    Returns:
        One tuple of row positions a row.
    """
    positions: dict[str, int] = {}
    resolved = []
    for index, row in enumerate(table.rows):
        if row.reads:
            resolved.append(tuple(positions[name] for name in row.reads if name in positions))
        else:
            resolved.append(() if index == 0 else (index - 1,))
        positions.setdefault(row.name, index)
    return tuple(resolved)


def walk(table: Table) -> Walk:
    """Compute every row of a table, and find every fault, in one pass.

    A row that cannot be computed is taken to give what it claims, so that the rows below it are
    checked all the same; where it claims nothing they stay unknown. A row copied by mistake gives
    what its original gives.

    Args:
        table: Any table, faulty ones too.

    Returns:
        A report a row and all faults, in the order of the rows.
    """
    found = list(_structure_faults(table))
    reports: list[RowReport] = []
    originals: dict[str, RowReport] = {}
    for row, sources in zip(table.rows, reads(table), strict=True):
        original = originals.get(row.name)
        if original and original.row == row and original.output == _claimed_output(row):
            reports.append(replace(original, row=row, cost=None))
            continue
        report, row_faults = _report(row, [reports[source] for source in sources])
        reports.append(report)
        originals.setdefault(row.name, report)
        found += row_faults
    found.sort(key=lambda fault: fault.line or 0)
    return Walk(table, tuple(reports), tuple(found))


def _report(row: Row, below: list[RowReport]) -> tuple[RowReport, list[Fault]]:
    layer = row.layer
    needed = 0 if isinstance(layer, Input) else max(len(row.reads), 1)
    shapes = tuple(report.output for report in below if report.output is not None)[:needed]
    lost = RowReport(row, shapes, _claimed_output(row), None, None)
    # What keeps a shape from being known is a fault of its own, and one is enough.
    if isinstance(layer, Unreadable) or len(shapes) < needed:
        return lost, []
    if not isinstance(layer, Input | Concat | Add) and needed > 1:
        fault = one_input_needed(layer.KIND, needed)
        return lost, [fault.at(f"{row.name}, From", row.line)]
    if not isinstance(layer, Embedding) and any(isinstance(shape, Words) for shape in shapes):
        return lost, [_placed(needs_word_vectors(layer.KIND), row)]
    try:
        output = layer.output(*shapes)
        cost = layer.cost(*shapes)
    except LayerError as error:
        return lost, [_placed(fault, row) for fault in error.faults]
    field = _field(row, below, shapes)
    return RowReport(row, shapes, output, cost, field), []


def _placed(fault: Fault, row: Row) -> Fault:
    return fault.at(f"{row.name}, {fault.where}", row.line)


def _claimed_output(row: Row) -> Shape | None:
    """Give what a row says comes out, for the rows below one that cannot be computed."""
    maps = row.claims.maps
    match row.layer:
        case Convolution():
            maps = row.layer.maps
        case Inception():
            maps = row.layer.maps
        case Embedding():
            maps = 1
        case FullyConnected() | RadialBasis():
            return Features(row.layer.units)
        case _:
            pass
    match row.claims.size:
        case (height, width) if maps is not None and min(maps, height, width) > 0:
            return Image(maps, height, width)
        case (count,) if maps is None and count > 0:
            return Features(count)
        case _:
            return None


def _field(row: Row, below: list[RowReport], shapes: tuple[Shape, ...]) -> ReceptiveField | None:
    if isinstance(row.layer, Input):
        if isinstance(row.layer.shape, Image):
            return ReceptiveField(Span(0, 0, 1), Span(0, 0, 1))
        return None
    if isinstance(row.layer, Unreadable):
        return None
    fields = [report.field for report in below if report.field is not None]
    if not fields or len(fields) < len(below):
        return None
    axes = row.layer.axes(*shapes)
    return ReceptiveField(
        _joined([field.height for field in fields]).through(axes[0]),
        _joined([field.width for field in fields]).through(axes[1]),
    )


def _joined(spans: list[Span]) -> Span:
    """Cover what all branches see: the widest one decides."""
    return Span(
        min(span.first for span in spans),
        max(span.last for span in spans),
        max(span.jump for span in spans),
    )


def _structure_faults(table: Table) -> Iterator[Fault]:
    if not table.rows:
        yield empty_table()
        return
    first = table.rows[0]
    if not isinstance(first.layer, Input | Unreadable):
        yield first_row_is_not_input(first.name, first.line)
    names = tuple(dict.fromkeys(row.name for row in table.rows))
    seen: dict[str, Row] = {}
    identifiers: dict[str, Row] = {}
    for index, row in enumerate(table.rows):
        if index and isinstance(row.layer, Input):
            yield second_input(row.name, row.line)
        if isinstance(row.layer, SideHead) and not row.reads:
            yield side_head_without_source(row.name, row.line)
        for name in row.reads:
            if name not in names:
                yield unknown_source(row.name, name, tuple(seen), row.line)
            elif name not in seen:
                yield source_below(row.name, name, row.line)
        if row.name in seen:
            yield duplicate_row(row.name, row.line, seen[row.name].line)
        elif row.identifier in identifiers:
            other = identifiers[row.identifier].name
            yield same_identifier(row.name, other, row.identifier, row.line)
        seen.setdefault(row.name, row)
        identifiers.setdefault(row.identifier, row)
    yield from _unread(table)


def _unread(table: Table) -> Iterator[Fault]:
    resolved = reads(table)
    # A wrong From would also leave the row it meant unread: one fault is enough for both.
    if any(len(found) < len(row.reads) for row, found in zip(table.rows, resolved, strict=True)):
        return
    used = {source for sources in resolved for source in sources}
    ends = set(accumulate(len(part) for part in table.parts))
    for index, row in enumerate(table.rows):
        if (
            index + 1 not in ends
            and index not in used
            and row.name not in {other.name for other in table.rows[:index]}
        ):
            yield unread_row(row.name, row.line)

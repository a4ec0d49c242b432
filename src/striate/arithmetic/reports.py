"""What the arithmetic says: a report a row, their sums, and what one output sees of the input."""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import final

from striate.errors import Fault
from striate.layers import Axis, Cost
from striate.layers.cost import added
from striate.shapes import Shape
from striate.table import Row, Table


Pixels = int | Fraction
"""A number of pixels of the network's input."""


@final
@dataclass(frozen=True, slots=True)
class Span:
    """What the first output along one axis sees of the network's input.

    Behind an upsampling, outputs lie closer together than pixels: then jumps and ends may be parts of a
    pixel, and the ends are those of the widest field that an output has, moved to the first output.

    Args:
        first: First pixel seen; below 0 inside the padding.
        last: Last pixel seen.
        jump: Pixels between two neighbouring outputs.
    """

    first: Pixels
    last: Pixels
    jump: Pixels

    @property
    def size(self) -> int:
        """Pixels seen."""
        return ceil(self.last - self.first) + 1

    @property
    def center(self) -> float:
        """Middle of the pixels seen by the first output, counted from pixel 0."""
        return float(self.first + self.last) / 2

    def at_output(self, number: int) -> tuple[int, int]:
        """Return the first and the last whole pixel that an output sees, whose number counts from 0."""
        away = self.jump * number
        return floor(self.first + away), ceil(self.last + away)

    def through(self, axis: Axis) -> "Span":
        """Look through one more window."""
        first = self.first - self.jump * axis.before
        last = self.last + self.jump * (axis.reach - 1 - axis.before)
        jump: Pixels = self.jump * axis.stride
        return Span(first, last, jump if axis.zoom == 1 else _whole(Fraction(jump, axis.zoom)))


def _whole(part: Fraction) -> Pixels:
    return part.numerator if part.denominator == 1 else part


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
    return added(report.cost for report in reports if report.cost is not None)

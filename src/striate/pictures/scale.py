"""Which values an axis spans, and at which of them it has a mark."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from matplotlib.ticker import MaxNLocator


_DECADE = 10
_MOST_MARKS = 7
_ZERO_BELOW = 0.12
_ZERO_FACTOR = 2.0
_AIR = 1.25
_NEAR_ZERO = 0.25


@final
@dataclass(frozen=True, slots=True)
class Scale:
    """The span of an axis.

    Args:
        low: Value at its lower end.
        high: Value at its upper end.
        marks: Values at which it is marked.
        zero: Where a zero is drawn on a logarithmic axis, which has no place for it; None on a
            linear axis, and on a logarithmic one without zeros.
        is_log: The axis is logarithmic.
    """

    low: float
    high: float
    marks: tuple[float, ...]
    zero: float | None = None
    is_log: bool = False

    def place(self, value: float) -> float:
        """Give the value at which to draw a value."""
        return value if self.zero is None or value > 0 else self.zero

    def fraction(self, value: float) -> float:
        """Give the height at which a value is drawn: 0 at the lower end, 1 at the upper."""
        ends = self.low, self.high, self.place(value)
        low, high, drawn = map(math.log, ends) if self.is_log else ends
        return (drawn - low) / (high - low)


def scale_of(values: Sequence[float]) -> Scale:
    """Choose a logarithmic axis for values that span more than a decade, else a linear one.

    Args:
        values: Finite, and at least one.
    """
    positive = [value for value in values if value > 0]
    if positive and min(values) >= 0 and max(positive) > _DECADE * min(positive):
        return _logarithmic(min(positive), max(positive), has_zero=min(values) == 0)
    return _linear(min(values), max(values))


def scale_from_zero(values: Sequence[float]) -> Scale:
    """Choose a linear axis from zero, marked at its ends only."""
    highest = max(values)
    return Scale(0.0, _AIR * highest, (0.0, highest)) if highest > 0 else Scale(0.0, 1.0, (0.0,))


def _logarithmic(least: float, most: float, *, has_zero: bool) -> Scale:
    # Far enough below the least value that their marks do not overlap, however long the axis.
    below = max(_ZERO_FACTOR, (most / least) ** _ZERO_BELOW)
    zero = least / below if has_zero else None
    powers = range(math.floor(math.log10(least)), math.ceil(math.log10(most)) + 1)
    marks = _between(least / _AIR, most * _AIR, [m * 10.0**p for p in powers for m in (1, 2, 5)])
    if len(marks) > _MOST_MARKS:
        marks = _between(least / _AIR, most * _AIR, [10.0**power for power in powers])
        marks = marks[:: -(-len(marks) // _MOST_MARKS)]
    return Scale(
        low=(zero or least) / _AIR,
        high=most * _AIR,
        marks=marks if zero is None else (zero, *marks),
        zero=zero,
        is_log=True,
    )


def _linear(least: float, most: float) -> Scale:
    low, high = least, most
    if least >= 0 and (least == most or least < _NEAR_ZERO * most):
        low = 0.0
    if low == high:
        low, high = low - 1, high + 1
    air = (high - low) * (_AIR - 1) / 2
    low, high = low - air if low else 0.0, high + air
    marks = MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    return Scale(low, high, _between(low, high, [float(mark) for mark in marks]))


def _between(low: float, high: float, marks: Sequence[float]) -> tuple[float, ...]:
    return tuple(mark for mark in marks if low <= mark <= high)

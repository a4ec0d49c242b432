"""Which rows of a table are left as they are while it learns, and which learn at a rate of their own."""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from striate.arithmetic import RowReport, Walk
from striate.errors import Fault
from striate.errors.tuning import (
    everything_frozen,
    factor_not_positive,
    factor_not_read,
    frozen_row_with_rate,
    no_such_row,
    row_chosen_twice,
    row_learns_nothing,
    rows_turned_round,
)


FREEZE, RATES = "freeze", "learning_rate_of"

_RANGE, _IS = "..", "="

Value = TypeVar("Value")


def frozen_rows(freeze: str, walk: Walk) -> frozenset[str]:
    """Return the names of the rows that a text names, as in `C1..S4, F6`.

    Args:
        freeze: Rows and ranges of rows behind commas; without faults.
        walk: The arithmetic on the table.
    """
    return frozenset(name for rows, _, _ in _choices(FREEZE, freeze, walk, []) for name in rows)


def rate_factors(rates: str, walk: Walk) -> dict[str, float]:
    """Return what the learning rate of each named row is multiplied by, as in `C1..S4=0.1, Output=10`.

    Args:
        rates: Rows and ranges of rows with their factors, behind commas; without faults.
        walk: The arithmetic on the table.
    """
    chosen = _choices(RATES, rates, walk, [])
    return {name: factor for rows, factor, _ in chosen for name in rows}


def tuning_faults(freeze: str, rates: str, walk: Walk) -> tuple[Fault, ...]:
    """Report rows that do not exist or learn nothing, factors that are none, and a network that would not learn.

    Args:
        freeze: The recipe's `freeze`.
        rates: The recipe's `learning_rate_of`.
        walk: The arithmetic on the table.
    """
    faults: list[Fault] = []
    named: dict[str, dict[str, str]] = {FREEZE: {}, RATES: {}}
    for field, text in ((FREEZE, freeze), (RATES, rates)):
        for rows, _, written in _choices(field, text, walk, faults):
            learning = [name for name in rows if _learns(_report(walk, name))]
            if not learning:
                faults.append(row_learns_nothing(field, written))
            twice = [name for name in learning if name in named[field]]
            faults += [row_chosen_twice(field, name) for name in twice[:1]]
            named[field] |= dict.fromkeys(learning, written)
    both = [name for name in named[RATES] if name in named[FREEZE]]
    if both:
        faults.append(frozen_row_with_rate(both))
    trunk = {report.row.name for report in walk.trunk if _learns(report)}
    if trunk and trunk <= set(named[FREEZE]):
        faults.append(everything_frozen(walk.trunk[-1].row.name))
    return tuple(faults)


def text_of_rows(rows: Iterable[str]) -> str:
    """Write rows as a recipe has them."""
    return ", ".join(rows)


def text_of_rates(rates: Mapping[str, float]) -> str:
    """Write rows with their factors as a recipe has them."""
    return ", ".join(f"{name}{_IS}{factor:g}" for name, factor in rates.items())


def _learns(report: RowReport) -> bool:
    # What a row costs is not known where something above it is amiss, which is a fault of its own.
    return report.cost is None or report.cost.parameters > 0


def _report(walk: Walk, name: str) -> RowReport:
    return next(report for report in walk.reports if report.row.name == name)


def _choices(
    field: str, text: str, walk: Walk, faults: list[Fault]
) -> Iterator[tuple[tuple[str, ...], float, str]]:
    """Read rows and ranges, each with its factor; 1 where the field has none.

    A name of a row may hold commas, dots and signs: as many parts as make a name are taken for one.
    """
    parts = text.split(",") if text.strip() else []
    start = 0
    while start < len(parts):
        for end in range(len(parts), start, -1):
            written = ",".join(parts[start:end]).strip()
            rows, factor = _choice(field, written, walk)
            if not isinstance(rows, Fault):
                yield rows, factor, written
                start = end
                break
            if end == start + 1:
                faults.append(rows)
                start = end


def _choice(field: str, written: str, walk: Walk) -> tuple[tuple[str, ...] | Fault, float]:
    """Read one row or range with its factor, or say what is wrong with it."""
    factor = 1.0
    name = written
    if field == RATES:
        name, sign, number = (part.strip() for part in written.rpartition(_IS))
        try:
            factor = float(number)
        except ValueError:
            return factor_not_read(written), factor
        if not sign:
            return factor_not_read(written), factor
        if not math.isfinite(factor) or factor <= 0:
            return factor_not_positive(name, number), factor
    return _rows(field, name, walk), factor


def _rows(field: str, written: str, walk: Walk) -> tuple[str, ...] | Fault:
    rows = [report.row for report in walk.reports[1:]]
    places = {row.identifier: place for place, row in enumerate(rows)}
    places |= {row.name: place for place, row in enumerate(rows)}
    if written in places:
        return (rows[places[written]].name,)
    names = [row.name for row in rows]
    first, sign, last = (part.strip() for part in written.partition(_RANGE))
    if not sign:
        return no_such_row(field, written, names)
    for name in (first, last):
        if name not in places:
            return no_such_row(field, name, names)
    begin, end = places[first], places[last]
    if end < begin:
        return rows_turned_round(field, written, last, first)
    return tuple(row.name for row in rows[begin : end + 1])

"""Messages about rows that a recipe freezes, or gives a learning rate of their own."""

from collections.abc import Sequence

from striate.errors.fault import Fault, counted, nearest


_SHOWN = 40
"""Rows that are listed; of a longer table those around the middle are left out."""


def no_such_row(field: str, came: str, rows: Sequence[str]) -> Fault:
    """Report a row that the table does not have, with those that it has."""
    meant = nearest(came, rows)
    half = _SHOWN // 2
    shown = [*rows] if len(rows) <= _SHOWN else [*rows[:half], "...", *rows[-half:]]
    return Fault(
        where=field,
        came=f"no row is called {came!r}.",
        needed=f"rows of the table: {', '.join(shown)}.",
        fix=f"write {meant!r}."
        if meant
        else "write ROW or ROW..ROW, several of them behind commas.",
    )


def rows_turned_round(field: str, came: str, last: str, first: str) -> Fault:
    """Report a range whose end stands above its beginning."""
    return Fault(
        where=field,
        came=f"in {came!r}, {last} stands above {first}.",
        needed="the upper row first.",
        fix=f"write {last}..{first}.",
    )


def row_learns_nothing(field: str, came: str) -> Fault:
    """Report rows without weights, whose choice changes nothing."""
    return Fault(
        where=field,
        came=f"{came!r} holds no row that learns anything.",
        needed="a row with weights, or a range that holds one.",
        fix="name another row, or leave it out.",
    )


def row_chosen_twice(field: str, name: str) -> Fault:
    """Report a row that is named twice."""
    return Fault(
        where=field,
        came=f"{name} is named twice.",
        needed="each row once.",
        fix="leave one of them out.",
    )


def frozen_row_with_rate(names: Sequence[str]) -> Fault:
    """Report rows that are to learn at a rate of their own, and not to learn."""
    return Fault(
        where="learning_rate_of",
        came=f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} frozen.",
        needed="rows that learn.",
        fix=f"leave {counted(len(names), 'row')} out of freeze, or of learning_rate_of.",
    )


def everything_frozen(last: str) -> Fault:
    """Report a network of which no row would learn."""
    return Fault(
        where="freeze",
        came="it holds every row that learns.",
        needed="at least one row that is left to learn.",
        fix=f"leave the last row, {last}, out of it.",
    )


def factor_not_read(came: str) -> Fault:
    """Report a row without a factor for its learning rate."""
    return Fault(
        where="learning_rate_of",
        came=f"{came!r} names no factor.",
        needed="ROW=FACTOR or ROW..ROW=FACTOR, several of them behind commas; the learning rate is multiplied by it.",
        fix="write, say, C1..S4=0.1.",
    )


def factor_not_positive(name: str, came: str) -> Fault:
    """Report a factor by which nothing can learn."""
    return Fault(
        where="learning_rate_of",
        came=f"the factor of {name} is {came}.",
        needed="a number above 0, by which the learning rate is multiplied.",
        fix="write, say, 0.1; freeze leaves a row as it is.",
    )


def rows_are_frozen(rows: str, frozen: int, of: int, *, keeps_statistics: bool) -> str:
    """Say how much of a network does not learn."""
    statistics = (
        " Batch normalization in them keeps its mean and variance, and takes those."
        if keeps_statistics
        else ""
    )
    return f"Frozen: {rows}. Of {of:,} parameters {frozen:,} stay as they are.{statistics}"


def frozen_at_random(rows: str) -> str:
    """Say that rows are frozen that have learnt nothing."""
    return (
        f"No weights are given to begin with: the frozen rows {rows} stay as they were drawn. `--from` takes weights "
        "that have learnt."
    )


def rates_of_rows(told: Sequence[str]) -> str:
    """Say at which rates rows learn that have one of their own."""
    return f"Learning rates of their own: {'; '.join(told)}."

"""Messages about how the rows of a table hang together."""

from striate.errors.fault import Fault, nearest


def empty_table() -> Fault:
    """Report a table without rows."""
    return Fault(
        where="table",
        came="it has no rows.",
        needed="an input row and at least one layer.",
        fix="write the rows from the input to the output.",
    )


def first_row_is_not_input(row: str, line: int | None) -> Fault:
    """Report a table that does not say what comes in."""
    return Fault(
        where=row,
        came="it is the first row, and it is not the input.",
        needed="a first row of type Input with maps and size.",
        fix="add a row such as `| Input | Input | 1 | 32x32 |` above it.",
        line=line,
    )


def row_not_computed(row: str, line: int | None) -> Fault:
    """Report a row whose output nothing tells, where nothing else is wrong that would be the reason."""
    return Fault(
        where=row,
        came="what comes out of it cannot be computed.",
        needed="sizes that the document gives, from the input down to this row.",
        fix="write the size of the input where the network begins, or give it: --input 3x32x32.",
        line=line,
    )


def second_input(row: str, line: int | None) -> Fault:
    """Report an input below the first row."""
    return Fault(
        where=row,
        came="it is of type Input, below the first row.",
        needed="one input, in the first row.",
        fix="remove the row, or give it the type of what it does.",
        line=line,
    )


def side_head_without_source(row: str, line: int | None) -> Fault:
    """Report a side head that does not say where it leaves the network."""
    return Fault(
        where=f"{row}, From",
        came="the cell is empty.",
        needed="the inner row whose output the side head reads.",
        fix="write its name, as in `inception (4a)`.",
        line=line,
    )


def duplicate_row(row: str, line: int | None, first_line: int | None) -> Fault:
    """Report a name that two rows bear."""
    place = "above" if first_line is None else f"on line {first_line}"
    return Fault(
        where=row,
        came=f"a row of this name stands {place} already.",
        needed="a name of its own for every row.",
        fix="rename one of the two, or remove it if it was copied by mistake.",
        line=line,
    )


def same_identifier(row: str, other: str, identifier: str, line: int | None) -> Fault:
    """Report two names that would become one attribute of the built network."""
    return Fault(
        where=row,
        came=f"its name and {other!r} both become the attribute `{identifier}`.",
        needed="names that differ in letters or digits.",
        fix="rename one of the two.",
        line=line,
    )


def unknown_source(row: str, came: str, rows: tuple[str, ...], line: int | None) -> Fault:
    """Report a From that names no row; `rows` are those above it."""
    meant = nearest(came, rows)
    others = f"use one of {', '.join(rows)}." if rows else "leave the cell empty: no row is above."
    return Fault(
        where=f"{row}, From",
        came=f"there is no row {came!r}.",
        needed="the name of a row above this one.",
        fix=f"write {meant!r}." if meant else others,
        line=line,
    )


def source_below(row: str, came: str, line: int | None) -> Fault:
    """Report a From that points downwards, or at the row itself."""
    return Fault(
        where=f"{row}, From",
        came=f"{came!r} does not stand above this row.",
        needed="the name of a row above this one.",
        fix=f"move {came!r} up, or read another row.",
        line=line,
    )


def unread_row(row: str, line: int | None) -> Fault:
    """Report a row whose output goes nowhere."""
    return Fault(
        where=row,
        came="no row reads it, and it is not the last one.",
        needed="every row but the last is read by a row below.",
        fix="name it in the From column of the row that reads it, or remove it.",
        line=line,
    )


def network_too_large(needed: int, there: int) -> Fault:
    """Report a network whose numbers alone do not fit into memory."""
    return Fault(
        where="Total",
        came=f"its numbers take {needed / 2**30:,.1f} GiB as fp32; {there / 2**30:,.1f} GiB of memory are "
        "free here.",
        needed="memory for all numbers at once, and three or four times as much to train them.",
        fix="use a larger machine, or look for a row that is larger than it was meant to be.",
    )

"""Messages about a document's connection tables, drawn codes and other fenced blocks."""

from collections.abc import Iterable

from striate.errors.fault import Fault, counted, listed, nearest


def fence_not_closed(info: str, line: int) -> Fault:
    """Report a fenced block that never ends."""
    return Fault(
        where=info or "fence",
        came="the block begins here and never ends.",
        needed="a closing fence; all below this line belongs to the block without it.",
        fix="add a line with the same marks below the block.",
        line=line,
    )


def connections_of_unknown_row(came: str, rows: Iterable[str], line: int) -> Fault:
    """Report a connection table for a row that is not there, or that is no convolution."""
    names = tuple(rows)
    meant = nearest(came, names)
    return Fault(
        where="connection table",
        came=f"there is no convolution {came!r}.",
        needed=f"{listed(names)}." if names else "a row of type Convolution.",
        fix=f"write {meant!r}." if meant else "name the convolution behind the arrow.",
        line=line,
    )


def connections_from_wrong_row(row: str, came: str, needed: str, line: int) -> Fault:
    """Report a connection table that starts at a row which the convolution does not read."""
    return Fault(
        where=f"{row}, connection table",
        came=f"it leads from {came!r}, and the row reads {needed!r}.",
        needed=f"a table from {needed!r}.",
        fix=f"write `{needed} → {row}` in its first cell.",
        line=line,
    )


def connections_of_wrong_width(row: str, came: int, needed: int, line: int) -> Fault:
    """Report a line of a connection table that is too short or too long."""
    return Fault(
        where=f"{row}, connection table",
        came=f"the line has {counted(came, 'mark')}.",
        needed=f"{needed}, one for each map of {row}.",
        fix=f"write {needed} cells behind the first one.",
        line=line,
    )


def unreadable_mark(row: str, came: str, line: int) -> Fault:
    """Report a cell of a connection table that is neither marked nor empty."""
    return Fault(
        where=f"{row}, connection table",
        came=f"{came!r} cannot be read.",
        needed="X where the maps are connected, and an empty cell where they are not.",
        fix="write X or nothing.",
        line=line,
    )


def codes_of_unknown_row(came: str, rows: Iterable[str], line: int) -> Fault:
    """Report drawn codes for a row that is not there, or that is no RBF."""
    names = tuple(rows)
    meant = nearest(came, names)
    return Fault(
        where="codes",
        came=f"there is no RBF row {came!r}.",
        needed=f"{listed(names)}." if names else "a row of type RBF.",
        fix=f"write `codes {meant or (names or ('Output',))[0]}` behind the fence.",
        line=line,
    )


def repeated_block(of: str, line: int) -> Fault:
    """Report a second connection table or drawing for one row."""
    return Fault(
        where=of,
        came="it stands twice.",
        needed="it once.",
        fix="remove one of the two.",
        line=line,
    )

"""Messages about claims that the arithmetic contradicts, and about rows that contradict themselves."""

from collections.abc import Iterable

from striate.errors.fault import Fault


def claim_contradicted(
    where: str,
    *,
    claimed: str,
    computed: str,
    arithmetic: str,
    reason: str,
    note: str,
    line: int | None,
    in_comment: bool = False,
) -> Fault:
    """Report a claimed number that the arithmetic does not give.

    Args:
        where: Row and column.
        claimed: The number in the table.
        computed: The number that the row gives.
        arithmetic: The sum behind it, or nothing.
        reason: The likely reason, or nothing.
        note: What the document remarks on the row, or nothing.
        line: Line of the document.
        in_comment: Whether a comment of code claims it.
    """
    behind = f": {arithmetic}" if arithmetic else ""
    remark = f" The document notes: {note.rstrip('.')}." if note else ""
    return Fault(
        where=where,
        came=f"{'a comment' if in_comment else 'the table'} says {claimed}, the arithmetic gives {computed}.",
        needed=f"{computed}{behind}.",
        fix=f"write {computed}{reason and '; ' + reason}.{remark}",
        line=line,
    )


def pooling_called_convolution(
    row: str, *, maps: int, window: str, poolings: str, parameters: int, line: int | None
) -> Fault:
    """Report a convolution that looks in every way like the max poolings of its table."""
    return Fault(
        where=row,
        came=f"it is called a convolution, but has no activation, where every other convolution of "
        f"the table has one, keeps the {maps} maps that it reads, and slides the {window} window "
        f"of the max poolings {poolings}.",
        needed="a max pooling in this place, by all signs.",
        fix=f"write the type Max pooling (최대 풀링), which takes its {parameters:,} parameters away; "
        "or give the row an activation if a convolution is meant.",
        line=line,
    )


def classes_of_data_differ(
    row: str,
    units: str,
    *,
    data: str,
    classes: int,
    named: int | None,
    alike: Iterable[str],
    line: int | None,
) -> Fault:
    """Report a network whose outputs are not as many as the classes of the data set it is for.

    Args:
        row: Name of the last row.
        units: Its outputs, with their function: `64 softmax units`.
        data: The data set.
        classes: Number of its classes.
        named: Line of the text that names it; None if the front matter does.
        alike: Rows above with as many units, from which the number may have been copied.
        line: Line of the document.
    """
    rows = " and ".join(alike)
    number = units.partition(" ")[0]
    place = "the front matter" if named is None else f"line {named}"
    reason = f"; {number} is the size of {rows} above, from which it was probably copied"
    return Fault(
        where=row,
        came=f"the network ends in {units}, where {data}, which {place} names, has "
        f"{classes:,} classes.",
        needed=f"{classes:,} units, one a class.",
        fix=f"write {classes:,} in place of {number}{reason if rows else ''}.",
        line=line,
    )

"""Messages about claims that the arithmetic contradicts, and about rows that contradict themselves."""

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
    """
    behind = f": {arithmetic}" if arithmetic else ""
    remark = f" The document notes: {note.rstrip('.')}." if note else ""
    return Fault(
        where=where,
        came=f"the table says {claimed}, the arithmetic gives {computed}.",
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

"""Which rows a line of an experiment speaks of: one by its name, or those of a type by their place."""

import re
from collections.abc import Sequence

from striate.documents.row_writer import cells_of
from striate.documents.schema import Cells
from striate.documents.vocabulary import kind_of
from striate.table import Table


_PLACES = ("first", "second", "third")
WHICH = re.compile(rf"({'|'.join(_PLACES)}|last|every|any)\s+(.+)", re.IGNORECASE)
"""A place or a number of rows, and their type: `every` is one or more, `any` may be none."""

_KERNEL = re.compile(r"(\d+x\d+)\s+(.+)")
_HIDDEN = "hidden "


def select(named: str, rows: Sequence[Cells]) -> list[Cells]:
    """Find the rows that are meant; none where the network has none.

    >>> rows = [{"Layer": "C1", "Type": "Convolution", "Kernel": "5x5"}, {"Layer": "Out", "Type": "Dense"}]
    >>> [row["Layer"] for row in select("first 5x5 convolution", rows)]
    ['C1']
    """
    by_name = [row for row in rows if row["Layer"] == named]
    which = WHICH.fullmatch(named)
    if by_name or which is None:
        return by_name
    place = which[1].casefold()
    found = [row for row in rows if _is_of(row, which[2].casefold(), is_last=row is rows[-1])]
    if place in _PLACES:
        at = _PLACES.index(place)
        return found[at : at + 1]
    return found[-1:] if place == "last" else found


def named_row(named: str, table: Table) -> str:
    """Return the name of the row of a table that a measure speaks of; what came where there is none."""
    if any(row.name == named for row in table.rows):
        return named
    found = select(named, [cells_of(row) for row in table.rows]) if WHICH.fullmatch(named) else []
    return found[0]["Layer"] if len(found) == 1 else named


def _is_of(row: Cells, kind: str, *, is_last: bool) -> bool:
    """Whether a row is of a type; `hidden` is one with units that is not the last, `pooling` any that has a window."""
    if kind.startswith(_HIDDEN):
        if is_last:
            return False
        kind = kind.removeprefix(_HIDDEN)
        if kind == "row":
            return "Activation" in row
    kernel = _KERNEL.fullmatch(kind)
    if kernel is not None:
        side = row.get("Kernel", "")
        if kernel[1] != (side if "x" in side else f"{side}x{side}"):
            return False
        kind = kernel[2]
    known = kind_of(row["Type"])
    if kind == "pooling":
        return known == "Subsampling" or (
            known is not None and known.endswith(" pooling") and "Kernel" in row
        )
    return known is not None and kind_of(kind) == known

"""Give a network as many outputs as its data has classes."""

from dataclasses import replace

from striate.documents.document import Document
from striate.layers import Activation, FullyConnected
from striate.table import Claims, Row


def fit_classes(document: Document, classes: int) -> tuple[Document, tuple[str, ...]]:
    """Change the last fully connected rows of a network, and of its side heads, to a number of classes.

    Only a softmax over its units is changed: the units of an RBF row have codes of their own, and one
    sigmoid stands for two classes. What the source claims of a changed row goes, and so do its totals.

    Args:
        document: A document without faults.
        classes: How many.

    Returns:
        The document, the same object if nothing changes, and a sentence a changed row.
    """
    changes: dict[str, Row] = {}
    told = []
    for part in document.table.parts:
        at = _last_units(part)
        if at is None:
            continue
        for row in part[at:]:
            changes[row.name] = replace(row, claims=Claims(), note="")
        layer = part[at].layer
        if isinstance(layer, FullyConnected) and layer.units != classes:
            name = part[at].name
            changes[name] = replace(changes[name], layer=replace(layer, units=classes))
            told.append(f"{name} has {classes:,} units in place of {layer.units:,}, one a class.")
    if not told:
        return document, ()
    rows = tuple(changes.get(row.name, row) for row in document.table.rows)
    table = replace(document.table, rows=rows, totals=Claims())
    return replace(document, table=table), tuple(told)


def _last_units(part: tuple[Row, ...]) -> int | None:
    """Find the fully connected row that a part ends in, behind which there may be a softmax."""
    at = len(part) - 1
    if isinstance(part[at].layer, Activation) and part[at].function == "softmax":
        at -= 1
    row = part[at]
    ends = part[-1].function in {"softmax", None}
    return at if ends and isinstance(row.layer, FullyConnected) else None

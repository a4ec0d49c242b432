"""Whether a network has as many outputs as the data set that it is for has classes."""

from collections.abc import Iterator

from striate.arithmetic import Walk
from striate.documents import Document
from striate.errors import Fault
from striate.errors.claims import classes_of_data_differ
from striate.layers import FullyConnected, Function, RadialBasis
from striate.shapes import Features
from striate.table import Row


def class_doubts(document: Document, walk: Walk) -> Iterator[Fault]:
    """Compare the last row with the data set that the document names.

    A text may name a data set for many reasons, so only a network that plainly tells classes apart
    is doubted: one that ends in a softmax, in distances to codes, or in what a cross-entropy takes.

    Args:
        document: The network; its mention says which data set it is for.
        walk: The arithmetic on its rows.
    """
    mention = document.mention
    last = walk.trunk[-1] if walk.trunk else None
    if mention is None or last is None or last.cost is None:
        return
    classes, output = mention.data_set.classes, last.output
    told = _told_by(document, last.row)
    if not classes or not told or not isinstance(output, Features) or output.count == classes:
        return
    yield classes_of_data_differ(
        last.row.name,
        f"{output.count:,} {told}",
        data=mention.data_set.title,
        classes=classes,
        named=mention.line,
        alike=[
            row.name
            for row in document.table.rows[:-1]
            if isinstance(row.layer, FullyConnected) and row.layer.units == output.count
        ],
        line=last.row.line,
    )


def _told_by(document: Document, last: Row) -> str:
    """Say what tells the classes apart; nothing if the row may be there for something else."""
    function: Function | None = last.function
    if function in {"softmax", "log-softmax"}:
        return f"{function} units"
    if isinstance(last.layer, RadialBasis):
        return "distances to codes"
    is_stated = document.recipe_line is not None and document.recipe.loss == "cross-entropy"
    return "units" if is_stated and function is None else ""

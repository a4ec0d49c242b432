"""Which columns hold several classes in a cell, so that no class of an example can be told."""

import re
from collections.abc import Sequence
from itertools import combinations


# As programs write lists into a cell.
_LIST = re.compile(r"[\[({].*[\])}]")
# Headings of which each word below is one of several; and so many cells are compared for such.
_OF_SEVERAL = frozenset(
    [
        "tags",
        "labels",
        "classes",
        "categories",
        "attributes",
        "genres",
        "keywords",
        "findings",
        "topics",
    ]
)
_MOST_COMPARED = 100
# What parts several classes of a cell: the first is in no name.
_BETWEEN_CLASSES = ("|", ";", ",")


def cell_of_several(heading: str, cells: Sequence[str]) -> str | None:
    """Return a cell that holds several classes: a list, names of which one stands in other cells alone, or tags.

    Args:
        heading: Of the column, in small letters with `_` between words.
        cells: Those that are filled.
    """
    if cells and all(map(_LIST.fullmatch, cells)):
        return next((cell for cell in cells if "," in cell), None)
    alone = set(cells)
    for cell in dict.fromkeys(cells):
        mark = next((mark for mark in _BETWEEN_CLASSES if mark in cell), None)
        parts = {part.strip() for part in cell.split(mark)} - {""} if mark else set()
        if len(parts) > 1 and (mark == _BETWEEN_CLASSES[0] or parts & alone):
            return cell
    return _of_several_words(heading, cells)


def _of_several_words(heading: str, cells: Sequence[str]) -> str | None:
    """Return a cell of several words where a heading says that each is one of several, and some come again in others."""
    if heading.rsplit("_", maxsplit=1)[-1] not in _OF_SEVERAL:
        return None
    words = [set(cell.split()) for cell in dict.fromkeys(cells)]
    shared = {
        word for one, other in combinations(words[:_MOST_COMPARED], 2) for word in one & other
    }
    return next((cell for cell in cells if len(set(cell.split()) & shared) > 1), None)

"""One network over two tables: the layers with maps, and below them those that end it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from striate.documents.parts import Grid
from striate.documents.table.words import Op, ops_in


_ENDS: Final[frozenset[Op]] = frozenset({"flatten", "dense"})
"""Of a table that goes on, one of these stands first."""
_WITH_MAPS: Final[frozenset[Op]] = frozenset(
    {
        "convolution",
        "depthwise",
        "separable",
        "transposed",
        "max pooling",
        "average pooling",
        "pooling",
        "upsampling",
    }
)
_WHOLE: Final[frozenset[Op]] = _ENDS | {"global average", "global max", "output"}
"""A table with one of these ends by itself."""


def with_ends(grids: Sequence[Grid]) -> list[Grid]:
    """Join a table that begins with flattening or a full layer to the one above it that has none.

    Course notes and READMEs head one `Feature extractor` and the other `Classifier`. The columns of both stand side by
    side; those of equal titles are one.
    """
    kept: list[Grid] = []
    for grid in grids:
        if kept and _goes_on(kept[-1], grid):
            kept[-1] = _joined(kept[-1], grid)
        else:
            kept.append(grid)
    return kept


def _goes_on(above: Grid, grid: Grid) -> bool:
    ops = [_ops(cells) for _, cells in grid.lines]
    before = frozenset[Op]().union(*(_ops(cells) for _, cells in above.lines))
    is_open = before & _WITH_MAPS and not before & _WHOLE and not _names_softmax(above)
    is_end = ops and ops[0] & _ENDS and not frozenset().union(*ops) & (_WITH_MAPS | {"input"})
    return bool(is_open and is_end)


def _ops(cells: Sequence[str]) -> frozenset[Op]:
    return frozenset(op for _, _, op in ops_in(" ".join(cells)))


def _names_softmax(grid: Grid) -> bool:
    return any("softmax" in cell.casefold() for _, cells in grid.lines for cell in cells)


def _joined(above: Grid, grid: Grid) -> Grid:
    titles = list(above.titles)
    places = []
    for title in grid.titles:
        if title not in titles:
            titles.append(title)
        places.append(titles.index(title))
    below = []
    for line, cells in grid.lines:
        laid = ["-"] * len(titles)
        for place, cell in zip(places, cells, strict=False):
            laid[place] = cell
        below.append((line, tuple(laid)))
    filled = [
        (line, (*cells, *("-" for _ in range(len(titles) - len(cells)))))
        for line, cells in above.lines
    ]
    return replace(
        above,
        titles=tuple(titles),
        lines=(*filled, *below),
        continued=(*above.continued, grid.line),
    )

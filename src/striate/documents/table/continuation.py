"""One network over two tables: the layers with maps, and below them those that end it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from striate.documents.parts import Grid
from striate.documents.table.columns import columns_of
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


def joined_to_end(above: Grid, grid: Grid) -> Grid | None:
    """Join a table that begins with flattening or a full layer to the one above it that has none; None for others.

    Course notes and READMEs head one `Feature extractor` and the other `Classifier`. The columns of both stand side by
    side; those that mean the same, or have the same title, are one.

    Args:
        above: A table whose rows are layers.
        grid: The next one.
    """
    return _joined(above, grid) if _goes_on(above, grid) else None


def _goes_on(above: Grid, grid: Grid) -> bool:
    if any(len(cells) > len(one.titles) for one in (above, grid) for _, cells in one.lines):
        return False  # cells of no column would come to stand in another one
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
    titles, roles = list(above.titles), list(columns_of(above).roles)
    places: list[int] = []
    for title, role in zip(grid.titles, columns_of(grid).roles, strict=True):
        alike = [
            at
            for at, (other, meant) in enumerate(zip(titles, roles, strict=True))
            if at not in places and (title == other or (role is not None and role == meant))
        ]
        places.append(alike[0] if alike else len(titles))
        if not alike:
            titles.append(title)
            roles.append(role)
    below = []
    for line, cells in grid.lines:
        laid = ["-"] * len(titles)
        for place, cell in zip(places, cells, strict=False):  # a short row has no last cells
            laid[place] = cell
        below.append((line, tuple(laid)))
    filled = [(line, (*cells, *["-"] * (len(titles) - len(cells)))) for line, cells in above.lines]
    return replace(
        above,
        titles=tuple(titles),
        lines=(*filled, *below),
        continued=(*above.continued, grid.line),
    )

"""Tables of layers as people write them, read by their words and by their arithmetic."""

import re
from collections.abc import Sequence
from dataclasses import replace

from striate.documents.parts import Grid, NetworkRead
from striate.documents.table.interpretation import interpret, is_candidate
from striate.documents.table.prose import Habits
from striate.documents.table.stages import network_columns, read_columns, totals_below
from striate.documents.table.text import is_empty, plain
from striate.documents.table.words import ops_in, roles_of
from striate.shapes import Shape


def is_network(grid: Grid) -> bool:
    """Whether a table holds one network, or several in columns."""
    grid = _titled(grid)
    return bool(network_columns(grid)) or is_candidate(grid)


def read_table(
    grid: Grid, habits: Habits, others: Sequence[Grid], given: Shape | None = None
) -> list[NetworkRead]:
    """Read the networks of a table as people write it.

    Args:
        grid: A table for which `is_network` holds.
        habits: What the sentences around it say.
        others: All tables of the document; one of them may hold the totals.
        given: What comes in, where the user says it.
    """
    grid = _height_first(_titled(grid), habits)
    columns = network_columns(grid)
    if not columns:
        return [interpret(grid, habits, given=given)]
    names = [plain(grid.titles[at]) for at in columns]
    return read_columns(
        grid, columns, habits, claims=totals_below(others, names, grid.line), given=given
    )


def _titled(grid: Grid) -> Grid:
    """Return a table without the title that spans its first line: its headings are the line below."""
    if len(grid.titles) < 3 or not grid.lines or is_empty(grid.titles[0]):
        return grid
    line, names = grid.lines[0]
    words = [plain(name) for name in names]
    if (
        not all(is_empty(title) for title in grid.titles[1:])
        or len(words) != len(grid.titles)
        or len(set(words)) != len(words)
        or any(is_empty(word) or ops_in(word) for word in words)
    ):
        return grid
    return replace(grid, titles=tuple(names), line=line, lines=grid.lines[1:])


_WIDTH_FIRST = re.compile(r"(?<![a-z])w(?:idth)?\s*[x,*]\s*h(?:eight)?(?![a-z])", re.IGNORECASE)
_ORDERED = re.compile(r"(?<![a-z])h(?:eight)?\s*[x,*]\s*w(?:idth)?(?![a-z])", re.IGNORECASE)
_TWO_SIDES = re.compile(r"(?<![\dx])(\d+)(\s*[x,]\s*)(\d+)(?=\s*[x,]\s*\d|\s*[)\]]?\s*$)")
_THREE_SIDES = re.compile(r"(\d+)(\s*[x,]\s*)(\d+)(\s*[x,]\s*)(\d+)(?=\s*[)\]]?\s*$)")
_MAPS_AHEAD = re.compile(
    r"(?<![a-z])(?:c|channels?|maps|d|depth)\s*[x,*]\s*w(?:idth)?", re.IGNORECASE
)


def _height_first(grid: Grid, habits: Habits) -> Grid:
    """Return a table whose sizes have the height first, where a heading or a sentence says width x height."""
    turned = {}
    for at, title in enumerate(grid.titles):
        if not {"output", "input", "size"} & set(roles_of(title)):
            continue
        words = re.sub(r"[×✕]", "x", plain(title))
        said = words if _WIDTH_FIRST.search(words) else habits.width_first
        if said and not _ORDERED.search(words):
            turned[at] = bool(_MAPS_AHEAD.search(said))
    if not turned:
        return grid
    lines = tuple(
        (
            line,
            tuple(
                _turned(cell, has_maps_ahead=turned[at]) if at in turned else cell
                for at, cell in enumerate(cells)
            ),
        )
        for line, cells in grid.lines
    )
    return replace(grid, lines=lines)


def _turned(cell: str, *, has_maps_ahead: bool) -> str:
    words = plain(cell)
    if has_maps_ahead:
        return _THREE_SIDES.sub(
            lambda found: f"{found[1]}{found[2]}{found[5]}{found[4]}{found[3]}", words
        )
    return _TWO_SIDES.sub(lambda found: f"{found[3]}{found[2]}{found[1]}", words, count=1)


__all__ = ["is_network", "read_table"]

"""Which way a table stands: with a title over all its columns, or with its layers side by side."""

from dataclasses import replace

from striate.documents.parts import Grid
from striate.documents.table.text import is_empty, plain
from striate.documents.table.words import ops_in, roles_of


_LEAST_COLUMNS = 3


def upright(grid: Grid) -> Grid:
    """Return a table with its headings on top and a layer a line, however it is laid out."""
    return _turned(_below_title(grid))


def _below_title(grid: Grid) -> Grid:
    """Return a table without the title that spans its first line: its headings are the line below."""
    if len(grid.titles) < _LEAST_COLUMNS or not grid.lines or is_empty(grid.titles[0]):
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


def _turned(grid: Grid) -> Grid:
    """Return a table whose layers stand in its headings, and what is said of them below, a layer a line."""
    layers = [plain(title) for title in grid.titles[1:]]
    if len(layers) < _LEAST_COLUMNS - 1 or not grid.lines:
        return grid
    if sum(bool(ops_in(layer)) for layer in layers) * 4 < len(layers) * 3:
        return grid
    if any(not cells or len(cells) > len(grid.titles) for _, cells in grid.lines):
        return grid
    labels = [cells[0] for _, cells in grid.lines]
    if sum(bool(roles_of(label)) for label in labels) * 2 < len(labels) or len(
        {plain(label) for label in labels}
    ) < len(labels):
        return grid
    # Headings such as Conv and Pooling stand over columns of numbers, too; labels that name layers are rows.
    if any(ops_in(plain(label)) and not roles_of(label) for label in labels):
        return grid
    columns = [
        tuple(cells[at] if at < len(cells) else "" for _, cells in grid.lines)
        for at in range(1, len(grid.titles))
    ]
    lines = tuple(
        (grid.line, (title, *column))
        for title, column in zip(grid.titles[1:], columns, strict=True)
    )
    return replace(grid, titles=("Layer", *labels), lines=lines)

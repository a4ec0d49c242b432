"""Which way a table stands: with a title over all its columns, or with its layers side by side."""

import re
from dataclasses import replace
from itertools import pairwise

from striate.documents.parts import Grid
from striate.documents.patterns import pattern_of
from striate.documents.table.text import is_empty, plain
from striate.documents.table.words import ops_in, roles_of


_LEAST_COLUMNS = 3


def upright(grid: Grid) -> Grid:
    """Return a table with its headings on top and a layer a line, however it is laid out."""
    return _downward(_with_sizes(_turned(_under_spans(_below_title(grid)))))


_LEAST_ROWS = 3


def _downward(grid: Grid) -> Grid:
    """Return a table whose last line is the input with that line first: books draw networks from below, too."""
    ops = [
        next((found[0][2] for text in texts if (found := ops_in(plain(text)))), "")
        for _, texts in grid.lines
    ]
    layers = [op for op in ops if op != "total"]
    if (
        len(layers) < _LEAST_ROWS
        or ops[: len(layers)] != layers
        or layers[-1] != "input"
        or layers.count("input") > 1
        or layers[0] not in {"output", "dense", "activation", "global average"}
        or any("from" in roles_of(title)[:1] for title in grid.titles)
    ):
        return grid
    lines = (*grid.lines[: len(layers)][::-1], *grid.lines[len(layers) :])
    return replace(grid, lines=lines)


_SIDES = {
    "height": pattern_of(
        r"(?:out(?:put)? ?)?(?:height|h)|높이|세로|高度?|高さ|höhe", re.IGNORECASE
    ),
    "width": pattern_of(
        r"(?:out(?:put)? ?)?(?:width|w)|너비|폭|가로|宽度?|幅|breite", re.IGNORECASE
    ),
}


def _with_sizes(grid: Grid) -> Grid:
    """Return a table with a column of heights and one of widths as one column of sizes."""
    named = [plain(title).replace("_", " ").strip(" :.") for title in grid.titles]
    places = [
        [at for at, title in enumerate(named) if pattern.fullmatch(title)]
        for pattern in _SIDES.values()
    ]
    if any(len(found) != 1 for found in places):
        return grid
    (high,), (wide,) = places
    kept = [at for at in range(len(named)) if at not in {high, wide}]
    lines = []
    for line, texts in grid.lines:
        cells = [*texts, *[""] * (len(named) - len(texts))]
        sides = [plain(cells[at]) for at in (high, wide)]
        size = "x".join(sides) if all(side.isdecimal() for side in sides) else " ".join(sides)
        lines.append((line, (*(cells[at] for at in kept), size.strip())))
    titles = (*(grid.titles[at] for at in kept), "Output size")
    return replace(grid, titles=titles, lines=tuple(lines))


def _below_title(grid: Grid) -> Grid:
    """Return a table without the title that spans its first line: its headings are the line below."""
    if len(grid.titles) < _LEAST_COLUMNS or not grid.lines or is_empty(grid.titles[0]):
        return grid
    line, names = grid.lines[0]
    words = [plain(name) for name in names]
    if (
        not all(is_empty(title) or title == grid.titles[0] for title in grid.titles[1:])
        or len(words) != len(grid.titles)
        or len(set(words)) != len(words)
        or any(is_empty(word) or (ops_in(word) and not roles_of(word)) for word in words)
    ):
        return grid
    return replace(grid, titles=tuple(names), line=line, lines=grid.lines[1:])


def _under_spans(grid: Grid) -> Grid:
    """Return a table with one line of headings where those of its first line span several of the second."""
    if not grid.lines or len(grid.lines[0][1]) != len(grid.titles):
        return grid
    tops, names = map(plain, grid.titles), map(plain, grid.lines[0][1])
    pairs = list(zip(tops, names, strict=True))
    spanning = {top for (top, _), (other, _) in pairwise(pairs) if top and top == other}
    if not spanning or not all(
        bool(roles_of(name)) and not re.search(r"\d", name)
        if top in {*spanning, ""}
        else name in {"", top}
        for top, name in pairs
    ):
        return grid
    titles = []
    for top, name in pairs:
        both = f"{top} {name}".strip()
        titles.append(both if top in spanning and roles_of(both) else name or top)
    return replace(grid, titles=tuple(titles), line=grid.lines[0][0], lines=grid.lines[1:])


def _turned(grid: Grid) -> Grid:
    """Return a table whose layers stand in its headings, and what is said of them below, a layer a line."""
    layers = [plain(title) for title in grid.titles[1:]]
    if len(layers) < _LEAST_COLUMNS or not grid.lines:
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

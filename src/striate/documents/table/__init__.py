"""Tables of layers as people write them, read by their words and by their arithmetic."""

import re
from collections.abc import Sequence
from dataclasses import replace

from striate.documents.parts import Grid, NetworkRead
from striate.documents.table.bottlenecks import bottleneck_columns, read_bottlenecks
from striate.documents.table.columns import columns_of
from striate.documents.table.continuation import joined_to_end
from striate.documents.table.interpretation import interpret, is_candidate
from striate.documents.table.layout import upright
from striate.documents.table.prose import Habits, input_in, speaks_of_keras
from striate.documents.table.stages import network_columns, read_columns
from striate.documents.table.text import plain
from striate.documents.table.totals import totals_below
from striate.errors.inference import goes_on_below
from striate.shapes import Shape


def is_network(grid: Grid) -> bool:
    """Whether a table holds one network, or several in columns."""
    grid = upright(grid)
    return bool(network_columns(grid)) or is_candidate(grid) or bool(bottleneck_columns(grid))


_COUNTING_COLUMNS = 2
"""Columns of a table that holds counts and nothing else: the rows, and how many there are."""


def with_counts(grids: Sequence[Grid]) -> list[Grid]:
    """Give each table the counts that a second one below the same heading holds of the same rows.

    Course notes have the sizes in one table and `Layer | Parameters` in another.
    """
    kept: list[Grid] = []
    for grid in grids:
        ahead = kept[-1] if kept else None
        counts = _counts_of(grid) if ahead is not None and ahead.heading == grid.heading else None
        joined = None if ahead is None or counts is None else _joined(ahead, counts)
        if joined is None:
            kept.append(grid)
        else:
            kept[-1] = joined
    return kept


def with_ends(grids: Sequence[Grid]) -> list[Grid]:
    """Join each table that ends a network to the one above it that begins it; those of several networks stay apart."""
    kept: list[Grid] = []
    for grid in grids:
        is_apart = not kept or _holds_blocks(kept[-1]) or _holds_blocks(grid)
        joined = None if is_apart else joined_to_end(kept[-1], grid)
        if joined is None:
            kept.append(grid)
        else:
            kept[-1] = joined
    return kept


def _holds_blocks(grid: Grid) -> bool:
    """Whether a table has columns that are networks, or rows that are blocks."""
    grid = upright(grid)
    return bool(network_columns(grid)) or bool(bottleneck_columns(grid))


def _counts_of(grid: Grid) -> list[tuple[str, str]] | None:
    """Return (row, count) of a table that says nothing else of its rows; None for any other."""
    columns = columns_of(grid)
    if set(columns.roles) - {"layer", "type", "parameters"} or "parameters" not in columns.roles:
        return None
    at = columns.roles.index("parameters")
    if len(columns.roles) != _COUNTING_COLUMNS:
        return None
    return [
        (_bare(cells[1 - at]), cells[at])
        for _, cells in grid.lines
        if len(cells) == _COUNTING_COLUMNS
    ]


def _joined(grid: Grid, counts: list[tuple[str, str]]) -> Grid | None:
    """Return a table with counts in a column more; None if they are not those of its rows."""
    columns = columns_of(grid)
    if "parameters" in columns.roles or not columns.has("output", "size", "kernel", "input"):
        return None
    named = next((at for at, role in enumerate(columns.roles) if role in {"layer", "type"}), None)
    if named is None:
        return None
    left = list(counts)
    lines = []
    for line, cells in grid.lines:
        name = _bare(cells[named]) if named < len(cells) else ""
        is_next = bool(left) and bool(left[0][0]) and name.startswith(left[0][0])
        lines.append((line, (*cells, left.pop(0)[1] if is_next else "")))
    if left and not all(re.match(r"total|sum|합계|总计|合計", name) for name, _ in left):
        return None
    title = "Parameters"
    return replace(grid, titles=(*grid.titles, title), lines=tuple(lines))


def _bare(text: str) -> str:
    return plain(text).casefold().rstrip(") ")


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
    titled, grid = grid, upright(grid)
    # A title over all columns may say what comes in.
    said = input_in(titled.titles[0], titled.line) if grid.line != titled.line else None
    if said is not None:
        habits = replace(habits, inputs=[*habits.inputs, said])
    texts = (*grid.titles, *(cell for _, cells in grid.lines for cell in cells))
    habits = replace(habits, has_keras=habits.has_keras or any(map(speaks_of_keras, texts)))
    blocks = bottleneck_columns(grid)
    if blocks is not None:
        return [read_bottlenecks(grid, blocks, given)]
    columns = network_columns(grid)
    if not columns:
        read = interpret(grid, habits, given=given)
        told = tuple(goes_on_below(line, grid.line) for line in grid.continued)
        return [replace(read, remarks=(*told, *read.remarks))]
    names = [plain(grid.titles[at]) for at in columns]
    return read_columns(
        grid, columns, habits, claims=totals_below(others, names, grid.line), given=given
    )


__all__ = ["is_network", "read_table", "with_counts", "with_ends"]

"""Tables of layers as people write them, read by their words and by their arithmetic."""

from collections.abc import Sequence

from striate.documents.parts import Grid, NetworkRead
from striate.documents.table.interpretation import interpret, is_candidate
from striate.documents.table.layout import upright
from striate.documents.table.prose import Habits
from striate.documents.table.stages import network_columns, read_columns, totals_below
from striate.documents.table.text import plain
from striate.shapes import Shape


def is_network(grid: Grid) -> bool:
    """Whether a table holds one network, or several in columns."""
    grid = upright(grid)
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
    grid = upright(grid)
    columns = network_columns(grid)
    if not columns:
        return [interpret(grid, habits, given=given)]
    names = [plain(grid.titles[at]) for at in columns]
    return read_columns(
        grid, columns, habits, claims=totals_below(others, names, grid.line), given=given
    )


__all__ = ["is_network", "read_table"]

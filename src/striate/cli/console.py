"""How tables and styled texts look on a terminal, and in a pipe."""

import os
import sys
from collections.abc import Iterable, Iterator
from typing import Any, final

from rich import markup
from rich.cells import cell_len, set_cell_size
from rich.console import Console as AnyConsole, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from striate.cli.terminal import steers, visible


_PIPE_WIDTH = 160
_GAP = 2
"""Spaces between the columns of a table."""


def escape(name: str) -> str:
    """Write a name so that neither a terminal nor rich's markup takes a part of it for a command."""
    return markup.escape(visible(name))


def escape_lines(text: str) -> str:
    """Write a message of several lines so that nothing in it is taken for a command."""
    return markup.escape(visible(text, is_name=False))


@final
class Console(AnyConsole):
    """A terminal on which no text gives commands; rich's own styles and movements do.

    Nor does a name such as `:cat:` become a picture.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(highlight=False, emoji=False, **options)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Render as rich does, with what would steer the terminal written out."""
        for segment in super().render(renderable, options):
            if segment.control or not steers(segment.text):
                yield segment
            else:
                yield Segment(visible(segment.text, is_name=False), segment.style)

    def on_broken_pipe(self) -> None:
        """Leave a closed pipe to the command line, which ends quietly."""
        raise BrokenPipeError


def console() -> AnyConsole:
    """Return the output: as wide as the terminal or as COLUMNS says, or wide enough for every table in a pipe."""
    said = os.environ.get("COLUMNS", "")
    if sys.stdout.isatty() or (said.isdecimal() and int(said) > 0):
        return Console()
    return Console(width=_PIPE_WIDTH)


@final
class Grid(Table):
    """A table without lines that loses nothing where it is narrow: it folds at words, or stands row by row.

    Where not even the longest words fit beside each other, each row becomes a paragraph of lines, a heading and its
    cell each.
    """

    def __rich_console__(self, console: AnyConsole, options: ConsoleOptions) -> RenderResult:
        """Render the table as wide as it may be, or row by row."""
        cells = [
            [console.render_str(str(cell)) for cell in column._cells] for column in self.columns
        ]
        widths = self._widths(cells, options.max_width)
        if widths is None:
            yield from self._row_by_row(cells)
            return
        for column, width in zip(self.columns, widths, strict=True):
            column.width = width
        yield from super().__rich_console__(console, options)

    def _widths(self, cells: list[list[Text]], most: int) -> list[int] | None:
        """Give each column its longest word, and what is left to those that need it; None if that is too much."""
        headings = [cell_len(str(column.header)) for column in self.columns]
        words = [
            max([heading, *(cell_len(word) for cell in column for word in cell.plain.split())])
            for heading, column in zip(headings, cells, strict=True)
        ]
        whole = [
            max([word, *(cell.cell_len for cell in column)])
            for word, column in zip(words, cells, strict=True)
        ]
        left = most - sum(words) - _GAP * len(words)
        if left < 0:
            return None
        for index in sorted(range(len(words)), key=lambda index: whole[index] - words[index]):
            more = min(left, whole[index] - words[index])
            words[index] += more
            left -= more
        return words

    def _row_by_row(self, cells: list[list[Text]]) -> Iterator[Text]:
        """Write each row as lines, a heading and its cell each; empty cells are left out."""
        headings = [str(column.header) for column in self.columns]
        widest = max(map(cell_len, headings))
        for row in range(self.row_count):
            if row:
                yield Text("")
            for heading, column in zip(headings, cells, strict=True):
                if column[row].plain:
                    yield Text.assemble((set_cell_size(heading, widest + _GAP), "dim"), column[row])


def plain_table(*headings: str, numbers: tuple[str, ...] = ()) -> Grid:
    """Make a table without lines.

    Args:
        headings: One a column.
        numbers: Those that stand over numbers, which are set to the right.
    """
    table = Grid(box=None, pad_edge=False, header_style="dim", padding=(0, _GAP, 0, 0))
    for heading in headings:
        table.add_column(
            heading, justify="right" if heading in numbers else "left", overflow="fold"
        )
    return table

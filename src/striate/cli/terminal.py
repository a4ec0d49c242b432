"""How things look on a terminal, and in a pipe: tables, messages, JSON."""

import json
import math
import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any, final

from rich import markup
from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.table import Table
from rich.text import Text


_PIPE_WIDTH = 160
_GAP = 2
"""Spaces between the columns of a table."""

_UNSEEN = "\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
"""Characters that steer a terminal, or turn text around, or are no characters; all but tab and new line."""
_IN_TEXT, _IN_NAME = re.compile(f"[{_UNSEEN}]"), re.compile(f"[\\t\\n{_UNSEEN}]")


def visible(text: str, *, is_name: bool = True) -> str:
    r"""Write characters that steer a terminal as they are written in code: `\x1b`, `\u202e`.

    Args:
        text: From a document, from data, or from a file system.
        is_name: Whether it stands in a line, so that ends of lines are written out, too.
    """
    return (_IN_NAME if is_name else _IN_TEXT).sub(_in_code, text)


def escape(name: str) -> str:
    """Write a name so that neither a terminal nor rich's markup takes a part of it for a command."""
    return markup.escape(visible(name))


def escape_lines(text: str) -> str:
    """Write a message of several lines so that nothing in it is taken for a command."""
    return markup.escape(visible(text, is_name=False))


def _in_code(found: re.Match[str]) -> str:
    return found.group().encode("unicode_escape", "surrogatepass").decode("ascii")


@final
class _Console(Console):
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
            if segment.control or not _IN_TEXT.search(segment.text):
                yield segment
            else:
                yield Segment(visible(segment.text, is_name=False), segment.style)

    def on_broken_pipe(self) -> None:
        """Leave a closed pipe to the command line, which ends quietly."""
        raise BrokenPipeError


def console() -> Console:
    """Return the output: as wide as the terminal, or wide enough for every table in a pipe."""
    if sys.stdout.isatty():
        return _Console()
    return _Console(width=_PIPE_WIDTH)


def print_error(text: str) -> None:
    """Print an error where errors belong."""
    out = _Console(stderr=True, soft_wrap=True)
    out.print(f"[red]error[/]: {escape_lines(text)}")


def print_note(text: str) -> None:
    """Print what is worth knowing beside the output, where it does not mix with it."""
    out = _Console(stderr=True, soft_wrap=True)
    out.print(f"[cyan]note[/]: {escape_lines(text)}")


def print_notes(texts: Iterable[str]) -> None:
    """Print several notes, a line each."""
    for text in texts:
        print_note(text)


def print_json(value: object, indent: int | None = 2) -> None:
    """Print a value as JSON, and nothing else; JSON has no word for what is not finite, which becomes null."""
    # In a stream of another encoding every letter is written as its number, which JSON knows.
    is_ascii = "utf" not in (getattr(sys.stdout, "encoding", None) or "utf-8").lower()
    text = json.dumps(_finite(value), indent=indent, ensure_ascii=is_ascii, allow_nan=False)
    sys.stdout.write(_IN_TEXT.sub(_in_json, text) + "\n")
    sys.stdout.flush()


def _in_json(found: re.Match[str]) -> str:
    return f"\\u{ord(found.group()):04x}"


def _finite(value: object) -> object:
    match value:
        case float() if not math.isfinite(value):
            return None
        case dict():
            return {name: _finite(one) for name, one in value.items()}
        case list() | tuple():
            return [_finite(one) for one in value]
        case _:
            return value


@final
class Grid(Table):
    """A table without lines that loses nothing where it is narrow: it folds at words, or stands row by row.

    Where not even the longest words fit beside each other, each row becomes a paragraph of lines, a heading and its
    cell each.
    """

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
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


def per_cent(fraction: float) -> str:
    """Write a fraction in per cent, with two digits."""
    return f"{100 * fraction:.2f} %"


def duration(seconds: float) -> str:
    """Write a time in the largest unit that suits: `12 s`, `3:05 min`, `2:30 h`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02} h"
    return f"{minutes}:{rest:02} min" if minutes else f"{rest} s"

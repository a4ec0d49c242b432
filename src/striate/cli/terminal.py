"""How things look on a terminal, and in a pipe: tables, messages, JSON."""

import json
import math
import re
import sys
from collections.abc import Iterable
from typing import final

from rich import markup
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table


_PIPE_WIDTH = 160

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
    """A terminal on which no text gives commands; rich's own styles and movements do."""

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
        return _Console(highlight=False)
    return _Console(highlight=False, width=_PIPE_WIDTH)


def print_error(text: str) -> None:
    """Print an error where errors belong."""
    out = _Console(stderr=True, highlight=False, soft_wrap=True)
    out.print(f"[red]error[/]: {escape_lines(text)}")


def print_note(text: str) -> None:
    """Print what is worth knowing beside the output, where it does not mix with it."""
    out = _Console(stderr=True, highlight=False, soft_wrap=True)
    out.print(f"[cyan]note[/]: {escape_lines(text)}")


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


def plain_table(*headings: str, numbers: tuple[str, ...] = ()) -> Table:
    """Make a table without lines.

    Args:
        headings: One a column.
        numbers: Those that stand over numbers, which are set to the right.
    """
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(
            heading,
            justify="right" if heading in numbers else "left",
            overflow="fold",
            min_width=cell_len(heading),
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

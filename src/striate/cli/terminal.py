"""How things look on a terminal, and in a pipe: tables, messages, JSON."""

import json
import sys

from rich.console import Console
from rich.markup import escape
from rich.table import Table


_PIPE_WIDTH = 160


class _Console(Console):
    """A console that leaves a closed pipe to the command line, which ends quietly."""

    def on_broken_pipe(self) -> None:
        """Say that nobody reads any more."""
        raise BrokenPipeError


def console() -> Console:
    """Give the output: as wide as the terminal, or wide enough for every table in a pipe."""
    if sys.stdout.isatty():
        return _Console(highlight=False)
    return _Console(highlight=False, width=_PIPE_WIDTH)


def print_error(text: str) -> None:
    """Print an error where errors belong."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(f"[red]error[/]: {escape(text)}")


def print_json(value: object) -> None:
    """Print a value as JSON, and nothing else."""
    sys.stdout.write(f"{json.dumps(value, indent=2, ensure_ascii=False)}\n")


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
            min_width=len(heading),
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

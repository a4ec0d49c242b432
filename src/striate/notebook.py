"""How a result looks in a notebook: small pieces of HTML, without scripts and without files of others."""

import sys
from base64 import b64encode
from collections.abc import Iterable, Sequence
from html import escape


def table_html(headings: Sequence[str], rows: Iterable[Sequence[object]], caption: str = "") -> str:
    """Return a table; numbers stand to the right, and every text is escaped.

    Args:
        headings: One a column.
        rows: A cell for each heading.
        caption: What stands over it; nothing when empty.
    """
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: object) -> str:
    if isinstance(value, int | float):
        shown = f"{value:,}" if isinstance(value, int) else f"{value:.4g}"
        return f'<td style="text-align:right">{shown}</td>'
    return f'<td style="text-align:left">{escape(str(value))}</td>'


def picture_html(png: bytes, shows: str) -> str:
    """Return a PNG that stands in the page itself.

    Args:
        png: Its bytes.
        shows: What it shows, for who cannot see it.
    """
    return f'<img alt="{escape(shows)}" src="data:image/png;base64,{b64encode(png).decode()}">'


def is_notebook() -> bool:
    """Whether the program runs in a notebook, which draws HTML."""
    module = sys.modules.get("IPython")
    shell = None if module is None else module.get_ipython()
    return shell is not None and type(shell).__name__ == "ZMQInteractiveShell"

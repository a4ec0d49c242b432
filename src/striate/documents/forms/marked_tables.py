"""Tables of other markups become HTML within a text, line for line, so that Markdown's reader finds them in their places."""

from collections.abc import Callable

from striate.documents.parts import LINE_END
from striate.documents.patterns import pattern_of


_FENCE = pattern_of(r"\s{0,3}(`{3,}|~{3,})\s*([\w+-]*)\s*")
_PLAIN = {
    *("", "text", "txt", "plain", "plaintext"),
    *("wiki", "mediawiki", "wikitext", "asciidoc", "adoc"),
}
"""What stands behind the fence of a block that may be a table."""


def with_tables_as_html(
    text: str,
    end_of: Callable[[list[str], int], int | None],
    write: Callable[[list[str], int, int], None],
) -> str:
    """Write the tables of a markup as HTML; the rest of the text stays as it is.

    Args:
        text: A document.
        end_of: Gives the last line of the table that begins on a line; None where none does.
        write: Writes the table between two lines anew, in as many lines.
    """
    lines = LINE_END.split(text)
    fence: tuple[int, str, str] | None = None
    at = 0
    while at < len(lines):
        mark = _FENCE.fullmatch(lines[at])
        if mark and fence is None:
            fence = (at, mark[1], mark[2].casefold())
        elif mark and fence is not None and mark[1].startswith(fence[1]):
            fence = None
        end = None if mark else end_of(lines, at)
        if end is None or (fence is not None and fence[2] not in _PLAIN):
            at += 1
            continue
        write(lines, at, end)
        at = end + 1
        if fence is not None:
            # What a fence shows as it is typed is a table all the same.
            _unfence(lines, fence[0], at)
            fence = None
    return "\n".join(lines)


def _unfence(lines: list[str], opening: int, behind: int) -> None:
    mark = lines[opening].strip()[:3]
    closing = (at for at in range(behind, len(lines)) if lines[at].strip().startswith(mark))
    end = next(closing, None)
    lines[opening] = ""
    if end is not None:
        lines[end] = ""

"""Tables, headings and listings of AsciiDoc, written as Markdown and HTML in the same lines."""

import re
from html import escape

from striate.documents.forms.marked_tables import with_tables_as_html
from striate.documents.parts import LINE_END
from striate.documents.patterns import pattern_of


_EDGE = pattern_of(r"\|={3,}\s*")
_ATTRIBUTES = pattern_of(r"\[(.*)\]\s*")
_CELL = pattern_of(
    r"(?:(?<=\s)|^)(?:(?:(\d+)?(?:\.(\d+))?\+)|(?:(\d+)\*))?[<^>]?(?:\.[<^>])?[adehlmsv]?\|"
    r"|(?<![\\])\|"
)
_COLUMNS = pattern_of(r"\bcols\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^,\]]*))")
_TITLE = pattern_of(r"(={1,6})\s+(\S.*?)\s*")
_LISTED = pattern_of(r"\[(?:source(?:%\w+)*)?\s*,\s*([\w+-]+)[^=]*\]\s*")
_FENCE = pattern_of(r"(-{4,}|\.{4,}|`{3,})\s*")
_FORMATTED = pattern_of(r"(?<!\w)([*_`+]{1,2})(?=\S)(.+?)(?<=\S)\1(?!\w)")
_MOST_SPANNED = 100


def asciidoc_tables_as_html(text: str) -> str:
    """Write each table of AsciiDoc that is closed as one of HTML, line for line; the rest stays as it is."""
    return with_tables_as_html(text, _end_of, _write)


def asciidoc_as_markdown(text: str) -> str:
    """Write a page of AsciiDoc as Markdown, line for line: its tables, headings and listings."""
    lines = LINE_END.split(text)
    fence, language = "", ""
    for at, line in enumerate(lines):
        if fence:
            if line.strip() == fence:
                lines[at], fence = "```", ""
            continue
        title, listing, opening = (pattern.fullmatch(line) for pattern in (_TITLE, _LISTED, _FENCE))
        if title:
            lines[at] = f"{'#' * len(title[1])} {title[2]}"
        elif listing:
            lines[at], language = "", listing[1]
        elif opening:
            lines[at], fence = f"```{language}", opening[1]
            language = ""
        elif line.startswith("//"):
            lines[at] = ""
        elif line.strip():
            language = ""
    return asciidoc_tables_as_html("\n".join(lines))


def _end_of(lines: list[str], first: int) -> int | None:
    if not _EDGE.fullmatch(lines[first]):
        return None
    edge = lines[first].strip()
    return next((at for at in range(first + 1, len(lines)) if lines[at].strip() == edge), None)


def _write(lines: list[str], edge: int, last: int) -> None:
    count, first = _attributes(lines, edge)
    lines[edge : last + 1] = _table(lines[edge : last + 1], count)
    # What stands ahead of the table says how it is laid out, and under which title.
    for at in range(first, edge):
        lines[at] = lines[at][1:] if lines[at].startswith(".") else ""


def _attributes(lines: list[str], edge: int) -> tuple[int | None, int]:
    """Give the number of columns that is said ahead of a table, and the line on which that begins."""
    count, first = None, edge
    while first and (_ATTRIBUTES.fullmatch(lines[first - 1]) or _is_caption(lines[first - 1])):
        first -= 1
        columns = _COLUMNS.search(lines[first])
        if columns:
            count = _count(next(one for one in columns.groups() if one is not None))
    return count, first


def _is_caption(line: str) -> bool:
    return re.fullmatch(r"\.[^\s.].*", line) is not None


def _count(columns: str) -> int:
    """Count the columns of `1,2,3*^`, or of a number alone."""
    if columns.strip().isdecimal():
        return min(int(columns), _MOST_SPANNED)
    count = 0
    for one in re.split(r"[,;]", columns.strip().removesuffix(",")):
        repeated = re.match(r"\s*(\d{1,3})\*", one)
        count += int(repeated[1]) if repeated else 1
    return count


def _table(lines: list[str], count: int | None) -> list[str]:
    written = ["<table>"]
    # Columns that the row still has free, and in how many rows below cells from above reach down.
    free: list[int] = []
    reaching: list[int] = []
    for line in lines[1:-1]:
        if line.startswith("//"):
            written.append("")
            continue
        before, cells = _cells(line)
        if cells and count is None:
            count = sum(width * times for width, _, times, _ in cells)
        pieces = [_words(before)]
        for width, height, times, words in cells:
            for _ in range(times):
                if not free:
                    reaching = reaching or [0] * (count or 1)
                    free = [column for column, rows in enumerate(reaching) if rows == 0]
                    reaching = [max(rows - 1, 0) for rows in reaching]
                    pieces.append("<tr>")
                for column in free[:width]:
                    reaching[column] = height - 1
                free = free[width:]
                pieces.append(f'<td colspan="{width}" rowspan="{height}">{_words(words)}')
        written.append("".join(pieces))
    return [*written, "</table>"]


def _cells(line: str) -> tuple[str, list[tuple[int, int, int, str]]]:
    """Part a line: what goes on from the cell above, and (width, height, times, words) of the cells in it."""
    marks = list(_CELL.finditer(line))
    ends = [mark.start() for mark in marks] + [len(line)]
    cells = []
    for mark, end in zip(marks, ends[1:], strict=True):
        numbers = (int(number or 1) for number in mark.groups())
        width, height, times = (min(max(number, 1), _MOST_SPANNED) for number in numbers)
        cells.append((width, height, times, line[mark.end() : end]))
    return line[: ends[0]], cells


def _words(text: str) -> str:
    shown = _FORMATTED.sub(r"\2", text.replace("\\|", "|").strip())
    return escape(re.sub(r"\s\+$", "", shown)) + " " if shown else ""

"""Tables drawn with signs: grids of reStructuredText, Org, PrettyTable and databases, boxes, and columns under rules."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from unicodedata import east_asian_width

from striate.documents.forms.outlines import is_downward
from striate.documents.forms.recognition import is_summary
from striate.documents.parts import Grid, Parts
from striate.documents.patterns import pattern_of


_SIGNS = "-=─━═+|┼┬┴┤┐┘╪╤╧╡╗╦╩╬╣╝╢╫┳┻╇┩╋┓┛╮╯┪┨╂╈"
_BORDER = pattern_of(rf"\s*[+|├┼┌└╞╪╔╠╚╟┏┣┗┡╭╰┝┠](?=[{_SIGNS}:]*[-=─━═])[{_SIGNS}:]+\s*")
_OF_MARKDOWN = pattern_of(r"[\s|:-]+")
_BAR = pattern_of(r"(?<!\\)[|│┃║]")
_RULE = pattern_of(r"\s*(?:={2,}|-{2,}|─{2,})(?:\s+(?:={2,}|-{2,}|─{2,}))+\s*")
_RUN = pattern_of(r"[=\-─]+")
_PLAIN = {"", "text", "txt", "rst", "org", "console", "plain", "plaintext"}
"""What stands behind the fence of a block that may be a table."""

Lines = Sequence[tuple[int, str]]
"""Lines of a document with their numbers."""


def with_drawn_tables(parts: Parts) -> Parts:
    """Return a document whose drawn tables are tables.

    Args:
        parts: The document; tables are looked for in its prose and its plain blocks. Printed summaries stay blocks.
    """
    texts = dict(parts.prose)
    in_prose = list(_tables(parts.prose, partial(_heading_above, parts, texts)))
    blocks, in_blocks = [], []
    for block in parts.blocks:
        found: list[Grid] = []
        is_plain = block.info.casefold() in _PLAIN and not is_summary(block.lines)
        if is_plain and not is_downward(block.lines):
            lines = list(enumerate(block.lines, block.line + 1))
            found = list(_tables(lines, partial(_same, block.heading)))
        in_blocks += found
        blocks += [] if found else [block]
    drawn = [*in_prose, *in_blocks]
    if not drawn:
        return parts
    taken = {line for grid in in_prose for line in range(grid.line, grid.lines[-1][0] + 1)}
    prose = [one for one in parts.prose if one[0] not in taken]
    grids = sorted([*parts.grids, *drawn], key=lambda grid: grid.line)
    return replace(parts, grids=tuple(grids), blocks=tuple(blocks), prose=tuple(prose))


def _same(heading: str, line: int) -> str:  # noqa: ARG001 - a block stands below one heading
    return heading


def _heading_above(parts: Parts, texts: Mapping[int, str], line: int) -> str:
    at = bisect_right(parts.headings, line)
    return texts.get(parts.headings[at - 1], "").strip("# ") if at else ""


def _tables(lines: Lines, heading: Callable[[int], str]) -> Iterator[Grid]:
    """Find the drawn tables among lines."""
    at = 0
    while at < len(lines):
        if _RULE.fullmatch(lines[at][1]):
            rows, at = _under_rules(lines, at)
        elif _is_drawn(lines[at][1]):
            rows, at = _between_borders(lines, at)
        elif _GAP.search(lines[at][1].strip()):
            rows, at = _between_blanks(lines, at)
        else:
            rows, at = [], at + 1
        if len(rows) > 1 and len(rows[0][1]) > 1:
            yield Grid(heading(rows[0][0]), rows[0][1], rows[0][0], tuple(rows[1:]))


Rows = list[tuple[int, tuple[str, ...]]]


def _is_drawn(text: str) -> bool:
    return bool(_BORDER.fullmatch(text) or _BAR.match(text.lstrip()))


def _between_borders(lines: Lines, first: int) -> tuple[Rows, int]:
    """Read a table whose cells have bars between them, and the place behind it.

    Where more than the headings have a border below them, the lines between two borders are one row.
    """
    end = first
    while (
        end < len(lines)
        and _is_drawn(lines[end][1])
        and lines[end][0] - lines[first][0] == end - first
    ):
        end += 1
    groups: list[list[tuple[int, tuple[str, ...]]]] = [[]]
    is_drawn = False
    for line, text in lines[first:end]:
        if _BORDER.fullmatch(text):
            is_drawn |= not _OF_MARKDOWN.fullmatch(text)
            groups += [[]] if groups[-1] else []
        else:
            groups[-1].append((line, _cells(text)))
    filled = [group for group in groups if group]
    if not is_drawn or len(filled) < _LEAST_GROUPS:
        return [], end
    if len(filled) > _LEAST_GROUPS:
        return [_joined(group) for group in filled], end
    return [_joined(filled[0]), *filled[1]], end


_GAP = pattern_of(r"[ \u3000]{2,}|[ \u3000]*\t[ \t\u3000]*")
_LEAST_CELLS, _LEAST_ROWS = 3, 3
"""Fewest cells of a row, and fewest rows, of columns that nothing but blanks part."""


def _between_blanks(lines: Lines, first: int) -> tuple[Rows, int]:
    """Read a table whose columns are parted by two or more blanks, as one copied from a page; and the place behind it.

    The headings must be such as tables of layers have. A row that has fewer cells has its empty ones where a gap is
    as wide as several, or where its cells stand below the headings; if it cannot be told where, there is no table.
    """
    from striate.documents.table.words import roles_of

    titles = tuple(_GAP.split(lines[first][1].strip()))
    known = sum(bool(roles_of(title)) for title in titles)
    if len(titles) < _LEAST_CELLS or known < max(_LEAST_CELLS, len(titles) / 2):
        return [], first + 1
    end = first + 1
    while (
        end < len(lines)
        and lines[end][0] - lines[first][0] == end - first
        and _GAP.search(lines[end][1].strip())
    ):
        end += 1
    if any(_RULE.fullmatch(text) for _, text in lines[first:end]):
        # A rule says where columns begin.
        return [], first + 1
    starts = [found.start() for found in pattern_of(r"\S+(?:[ ]\S+)*").finditer(lines[first][1])]
    rows: Rows = [(lines[first][0], titles)]
    for line, text in lines[first + 1 : end]:
        cells = _cells_between_blanks(text, starts)
        if cells is None:
            return [], end
        rows.append((line, cells))
    return (rows if len(rows) > _LEAST_ROWS else []), end


def _cells_between_blanks(text: str, starts: Sequence[int]) -> tuple[str, ...] | None:
    """Return as many cells as there are headings; None where it cannot be told which of them are empty."""
    cells = _GAP.split(text.strip())
    if len(cells) == len(starts):
        return tuple(cells)
    below = _cut(text, starts)
    if len(cells) < len(starts) and [cell for cell in below if cell] == cells:
        return below
    gaps = [len(gap) for gap in _GAP.findall(text.strip())]
    usual = min(gaps, default=1)
    filled = cells[:1]
    for gap, cell in zip(gaps, cells[1:], strict=True):
        filled += [*[""] * (gap // usual - 1), cell]
    return tuple(filled) if len(filled) == len(starts) else None


_LEAST_GROUPS = 2
"""Headings, and what stands below them."""


def _cells(text: str) -> tuple[str, ...]:
    inner = _BAR.split(text.strip())[1:]
    cells = inner[:-1] if inner and not inner[-1].strip() else inner
    return tuple(cell.strip() for cell in cells)


def _joined(group: Rows) -> tuple[int, tuple[str, ...]]:
    """Make one row of the lines that it is folded into."""
    width = max(len(cells) for _, cells in group)
    columns = zip(*((*cells, *[""] * (width - len(cells))) for _, cells in group), strict=True)
    return group[0][0], tuple(" ".join(filter(None, column)) for column in columns)


def _under_rules(lines: Lines, rule: int) -> tuple[Rows, int]:
    """Read a table whose columns lie under the parts of a rule, and the place behind it.

    The headings stand above the rule, or between it and a second one. Below two rules, a line that begins with
    an empty cell goes on with the row above it.
    """
    starts = [run.start() for run in _RUN.finditer(lines[rule][1])]
    end = rule + 1
    groups: list[Rows] = [[]]
    while end < len(lines) and lines[end][1].strip():
        line, text = lines[end]
        if _RULE.fullmatch(text):
            groups.append([])
        else:
            groups[-1].append((line, _cut(text, starts)))
        end += 1
    if len(groups) > 1 and groups[0]:
        rows: Rows = []
        for row in groups[1]:
            if rows and not row[1][0]:
                rows[-1] = _joined([rows[-1], row])
            else:
                rows.append(row)
        return [_joined(groups[0]), *rows], end
    above = lines[rule - 1] if rule else (0, "")
    if not above[1].strip():
        return [], end
    return [(above[0], _cut(above[1], starts)), *groups[0]], end


def _cut(text: str, starts: Sequence[int]) -> tuple[str, ...]:
    """Cut a line where columns begin, counted as they are seen: Korean and Chinese letters are two wide."""
    cells = [""] * len(starts)
    seen = 0
    for letter in text:
        cells[max(bisect_right(starts, seen) - 1, 0)] += letter
        seen += 2 if east_asian_width(letter) in "WF" else 1
    return tuple(cell.strip() for cell in cells)

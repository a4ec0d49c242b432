"""Split a Markdown text into the parts that a network document is made of, with their lines."""

import re

from striate.documents.parts import Block, FrontMatter, Grid, Parts


LINE_END = re.compile(r"\r\n|\r|\n")
# A line such as ```x``` is code within a line: nothing behind an opening fence holds a backtick.
_FENCE = re.compile(r"\s{0,3}(`{3,}+(?!.*`)|~{3,})(.*)$")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s(.*)$")
_CLOSING_MARKS = re.compile(r"(^|\s)#+$")
_SEPARATOR_CELL = re.compile(r":?-+:?")
_OTHER_BLOCK = re.compile(r"\s*(>|`{3}|~{3}|(#{1,6}|[-+*]|\d+[.)])\s)")
_BAR = re.compile(r"(?<!\\)\|")


def split(text: str) -> Parts:
    """Split a Markdown text.

    Args:
        text: The whole document, with any kind of line ends.

    Returns:
        Its parts; what is neither a table, a heading nor a fenced block is left in `body` alone.
    """
    lines = LINE_END.split(text.removeprefix("\ufeff"))
    front_matter, start = _front_matter(lines)
    titles: list[str] = []
    grids: list[Grid] = []
    blocks: list[Block] = []
    headings: list[int] = []
    prose: list[tuple[int, str]] = []
    index = start
    while index < len(lines):
        fence = _FENCE.match(lines[index])
        heading = _HEADING.match(lines[index])
        if fence:
            end = _closing(lines, index, fence[1])
            within = tuple(lines[index + 1 : end])
            blocks.append(
                Block(fence[2].strip(), index + 1, within, end < len(lines), _last(titles))
            )
            index = end + 1
        elif _is_grid(lines, index):
            grid = _grid(lines, index, _last(titles))
            grids.append(grid)
            index = grid.lines[-1][0] if grid.lines else index + 2
        else:
            prose.append((index + 1, lines[index]))
            if heading:
                headings.append(index + 1)
                titles += filter(None, [_CLOSING_MARKS.sub("", heading[1].strip()).strip()])
            index += 1
    body = "\n".join(lines[start:]).strip("\n")
    title = titles[0] if titles else ""
    return Parts(
        front_matter,
        title,
        tuple(grids),
        tuple(blocks),
        body,
        tuple(headings),
        tuple(prose),
    )


def _last(titles: list[str]) -> str:
    return titles[-1] if titles else ""


def cells_of(line: str) -> tuple[str, ...]:
    r"""Split one line of a table at its bars; `\|` is a bar that does not split."""
    inner = line.strip().removeprefix("|")
    cells = _BAR.split(inner)
    if cells and not cells[-1].strip():
        cells.pop()
    return tuple(cell.strip().replace("\\|", "|") for cell in cells)


def _front_matter(lines: list[str]) -> tuple[FrontMatter | None, int]:
    if not lines or lines[0].rstrip() != "---":
        return None, 0
    for index in range(1, len(lines)):
        if lines[index].rstrip() == "---":
            return FrontMatter("\n".join(lines[1:index]), 2, is_closed=True), index + 1
    return FrontMatter("", 2, is_closed=False), 1


def _closing(lines: list[str], start: int, fence: str) -> int:
    for index in range(start + 1, len(lines)):
        line = lines[index].strip()
        if line.startswith(fence) and not line.strip(fence[0]):
            return index
    return len(lines)


def _is_grid(lines: list[str], index: int) -> bool:
    if index + 1 == len(lines) or "|" not in lines[index + 1] or not _is_row(lines[index]):
        return False
    separator = cells_of(lines[index + 1])
    return bool(separator) and all(_SEPARATOR_CELL.fullmatch(cell) for cell in separator)


def _is_row(line: str) -> bool:
    is_barred = line.lstrip().startswith("|")
    return is_barred or (_BAR.search(line) is not None and _OTHER_BLOCK.match(line) is None)


def _grid(lines: list[str], index: int, heading: str) -> Grid:
    titles = cells_of(lines[index])
    rows: list[tuple[int, tuple[str, ...]]] = []
    gaps: list[int] = []
    at = index + 2
    while at < len(lines):
        if not _is_row(lines[at]):
            below = _row_below_gap(lines, at, len(titles))
            if below is None:
                break
            gaps.append(at + 1)
            at = below
        rows.append((at + 1, cells_of(lines[at])))
        at += 1
    return Grid(heading, titles, index + 1, tuple(rows), tuple(gaps))


def _row_below_gap(lines: list[str], at: int, columns: int) -> int | None:
    """Find a row that empty lines have cut off from its table."""
    below = next((one for one in range(at, len(lines)) if lines[one].strip()), at)
    is_row = below > at and lines[below].lstrip().startswith("|") and not _is_grid(lines, below)
    return below if is_row and len(cells_of(lines[below])) == columns else None

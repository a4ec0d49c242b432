"""Split a Markdown text into the parts that a network document is made of, with their lines."""

import re
from dataclasses import dataclass
from typing import final


_FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})\s*(.*?)\s*$")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(.*?)\s*#*\s*$")
_SEPARATOR = re.compile(r"\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$")


@final
@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The YAML between the first two lines of `---`.

    Args:
        text: Without the lines of `---`.
        line: Line of its first line of text.
        is_closed: Whether the second `---` is there.
    """

    text: str
    line: int
    is_closed: bool


@final
@dataclass(frozen=True, slots=True)
class Grid:
    """A Markdown table, as written.

    Args:
        heading: The nearest heading above it, or nothing.
        titles: Cells of its first line.
        line: Line of its first line.
        lines: (line, cells) of the lines below the separator.
    """

    heading: str
    titles: tuple[str, ...]
    line: int
    lines: tuple[tuple[int, tuple[str, ...]], ...]


@final
@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block.

    Args:
        info: What stands behind the opening fence.
        line: Line of the opening fence.
        lines: Its text.
    """

    info: str
    line: int
    lines: tuple[str, ...]


@final
@dataclass(frozen=True, slots=True)
class Parts:
    """A document in parts, in their order.

    Args:
        front_matter: The YAML on top, if there is one.
        title: The first heading, or nothing.
        grids: The tables.
        fences: The fenced blocks.
        body: Everything below the front matter.
    """

    front_matter: FrontMatter | None
    title: str
    grids: tuple[Grid, ...]
    fences: tuple[Fence, ...]
    body: str


def split(text: str) -> Parts:
    """Split a Markdown text.

    Args:
        text: The whole document, with any kind of line ends.

    Returns:
        Its parts; what is neither a table, a heading nor a fenced block is left in `body` alone.
    """
    lines = text.removeprefix("\ufeff").splitlines()
    front_matter, start = _front_matter(lines)
    titles: list[str] = []
    grids: list[Grid] = []
    fences: list[Fence] = []
    index = start
    while index < len(lines):
        fence = _FENCE.match(lines[index])
        heading = _HEADING.match(lines[index])
        if fence:
            end = _closing(lines, index, fence[1])
            fences.append(Fence(fence[2], index + 1, tuple(lines[index + 1 : end])))
            index = end + 1
        elif _is_grid(lines, index):
            grid = _grid(lines, index, titles[-1] if titles else "")
            grids.append(grid)
            index += 2 + len(grid.lines)
        else:
            if heading:
                titles.append(heading[1])
            index += 1
    body = "\n".join(lines[start:]).strip("\n")
    return Parts(front_matter, titles[0] if titles else "", tuple(grids), tuple(fences), body)


def cells_of(line: str) -> tuple[str, ...]:
    r"""Split one line of a table at its bars; `\|` is a bar that does not split."""
    inner = line.strip().removeprefix("|")
    cells = re.split(r"(?<!\\)\|", inner)
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
    return (
        lines[index].lstrip().startswith("|")
        and index + 1 < len(lines)
        and "|" in lines[index + 1]
        and _SEPARATOR.match(lines[index + 1]) is not None
    )


def _grid(lines: list[str], index: int, heading: str) -> Grid:
    rows = []
    for at in range(index + 2, len(lines)):
        if not lines[at].lstrip().startswith("|"):
            break
        rows.append((at + 1, cells_of(lines[at])))
    return Grid(heading, cells_of(lines[index]), index + 1, tuple(rows))

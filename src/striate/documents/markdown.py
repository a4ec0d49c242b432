"""Split a Markdown text into the parts that a network document is made of, with their lines."""

import re
from bisect import bisect_right
from typing import final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from striate.documents.parts import LINE_END, Block, FrontMatter, Grid, Parts
from striate.documents.patterns import pattern_of


_SEPARATOR_CELL = pattern_of(r":?-+:?")
_OTHER_BLOCK = pattern_of(r"\s*(>|`{3}|~{3}|(#{1,6}|[-+*]|\d+[.)])\s)")
_BAR = pattern_of(r"(?<!\\)\|")
_QUOTED = pattern_of(r"^\s*(?:>\s?)+")
_TABLE_OPEN = pattern_of(r"<table\b", re.IGNORECASE)
_TABLE_CLOSE = pattern_of(r"</table\s*>", re.IGNORECASE)

_PARSER = MarkdownIt("commonmark").enable("table")
# Blocks alone: what is bold or a link within them is not asked.
_PARSER.core.ruler.enableOnly(["normalize", "block"])


def split(text: str) -> Parts:
    """Split a Markdown text.

    Which lines are code, a comment, HTML or a heading is decided by markdown-it-py, as a browser would show
    it; the rows of tables are read from the lines, so that what a browser drops is not lost.

    Args:
        text: The whole document, with any kind of line ends.

    Returns:
        Its parts; tables in comments and in code are none.
    """
    lines = LINE_END.split(text.removeprefix("\ufeff"))
    front_matter, start = _front_matter(lines)
    reader = _Reader(lines, start)
    reader.read_blocks()
    reader.read_text()
    reader.grids.sort(key=lambda grid: grid.line)
    body = "\n".join(lines[start:]).strip("\n")
    titles = [words for _, words in reader.titles]
    return Parts(
        front_matter,
        titles[0] if titles else "",
        tuple(reader.grids),
        tuple(reader.blocks),
        body,
        tuple(reader.headings),
        tuple(sorted(reader.prose)),
    )


@final
class _Reader:
    """Takes a text apart: first what is no text, by its blocks; then tables and prose, line by line."""

    def __init__(self, lines: list[str], start: int) -> None:
        self.lines = lines
        self.start = start
        self.grids: list[Grid] = []
        self.blocks: list[Block] = []
        self.headings: list[int] = []
        self.titles: list[tuple[int, str]] = []
        self.prose: list[tuple[int, str]] = []
        # Of each line, the innermost quotation or list that holds it; None for what is no text.
        self._holders: list[int | None] = [0] * len(lines)
        self._skip = 0

    def read_blocks(self) -> None:
        """Find code, HTML, comments and headings, and mark their lines as no text."""
        source = "\n".join([*([""] * self.start), *self.lines[self.start :]])
        holders = [0]
        for number, token in enumerate(_PARSER.parse(source), 1):
            if token.type in {"blockquote_open", "list_item_open"}:
                holders.append(number)
                self._mark(token, number)
            elif token.type in {"blockquote_close", "list_item_close"}:
                holders.pop()
            elif token.map is None or token.map[0] < self._skip:
                continue
            elif token.type == "heading_open":
                self._mark(token, None)
            elif token.type == "inline" and self._holders[token.map[0]] is None:
                self._heading(token)
            elif token.type in {"fence", "code_block"}:
                self._mark(token, None)
                self._block(token)
            elif token.type == "html_block":
                self._html(token)

    def _mark(self, token: Token, holder: int | None) -> None:
        first, end = token.map or (0, 0)
        for at in range(max(first, self.start), end):
            self._holders[at] = holder

    def _heading(self, token: Token) -> None:
        first, end = token.map or (0, 0)
        self.headings.append(first + 1)
        words = token.content.strip()
        self.titles += [(first + 1, words)] if words else []
        self.prose += [(at + 1, self.lines[at]) for at in range(first, end)]

    def _above(self, line: int) -> str:
        at = bisect_right(self.titles, line, key=lambda title: title[0])
        return self.titles[at - 1][1] if at else ""

    def _block(self, token: Token) -> None:
        first, end = token.map or (0, 0)
        within = token.content.split("\n")
        lines = tuple(within[:-1] if within[-1] == "" else within)
        if token.type == "code_block":
            self.blocks.append(
                Block("", first, lines, is_closed=True, heading=self._above(first + 1))
            )
            return
        last = self.lines[end - 1].lstrip(" >\t").rstrip()
        is_closed = (
            end - 1 > first and last.startswith(token.markup) and not last.strip(token.markup[0])
        )
        info = token.info.strip()
        self.blocks.append(Block(info, first + 1, lines, is_closed, self._above(first + 1)))

    def _html(self, token: Token) -> None:
        first, end = token.map or (0, 0)
        text = token.content
        # A table goes on to its end, though Markdown ends its block at an empty line.
        opened = len(_TABLE_OPEN.findall(text)) - len(_TABLE_CLOSE.findall(text))
        while opened > 0 and end < len(self.lines):
            text += f"{self.lines[end]}\n"
            opened += len(_TABLE_OPEN.findall(self.lines[end])) - len(
                _TABLE_CLOSE.findall(self.lines[end])
            )
            end += 1
        self._skip = end
        for at in range(first, end):
            self._holders[at] = None
        from striate.documents.html import split_html

        parts = split_html(text, first + 1, self._above(first + 1))
        self.grids += parts.grids
        self.blocks += parts.blocks
        self.prose += parts.prose

    def read_text(self) -> None:
        """Find the tables in what is text, and keep the rest as prose."""
        index = self.start
        while index < len(self.lines):
            if self._holders[index] is None:
                index += 1
                continue
            if self._is_grid(index):
                grid = self._grid(index)
                self.grids.append(grid)
                index = grid.lines[-1][0] if grid.lines else index + 2
                continue
            self.prose.append((index + 1, self._text(index)))
            index += 1

    def _text(self, at: int) -> str:
        """Give a line without the signs of the quotation that holds it."""
        return _QUOTED.sub("", self.lines[at]) if self._holders[at] else self.lines[at]

    def _is_row(self, at: int, holder: int | None) -> bool:
        if at >= len(self.lines) or self._holders[at] != holder:
            return False
        line = self._text(at)
        is_barred = line.lstrip().startswith("|")
        return is_barred or (_BAR.search(line) is not None and _OTHER_BLOCK.match(line) is None)

    def _is_grid(self, at: int) -> bool:
        holder = self._holders[at]
        if (
            not self._is_row(at, holder)
            or at + 1 == len(self.lines)
            or self._holders[at + 1] != holder
        ):
            return False
        below = self._text(at + 1)
        separator = cells_of(below) if "|" in below else ()
        return bool(separator) and all(_SEPARATOR_CELL.fullmatch(cell) for cell in separator)

    def _grid(self, index: int) -> Grid:
        holder = self._holders[index]
        titles = cells_of(self._text(index))
        rows: list[tuple[int, tuple[str, ...]]] = []
        gaps: list[int] = []
        at = index + 2
        while at < len(self.lines):
            if not self._is_row(at, holder):
                below = self._row_below_gap(at, holder, len(titles))
                if below is None:
                    break
                gaps.append(at + 1)
                at = below
            rows.append((at + 1, cells_of(self._text(at))))
            at += 1
        return Grid(self._above(index + 1), titles, index + 1, tuple(rows), tuple(gaps))

    def _row_below_gap(self, at: int, holder: int | None, columns: int) -> int | None:
        """Find a row that empty lines have cut off from its table."""
        below = at
        while below < len(self.lines) and not self.lines[below].strip():
            below += 1
        if below == at or not self._is_row(below, holder) or self._is_grid(below):
            return None
        is_row = self._text(below).lstrip().startswith("|")
        return below if is_row and len(cells_of(self._text(below))) == columns else None


def cells_of(line: str) -> tuple[str, ...]:
    r"""Split one line of a table at its bars; `\|` is a bar that does not split."""
    inner = line.strip().removeprefix("|")
    cells = _BAR.split(inner)
    if cells and not cells[-1].strip():
        cells.pop()
    return tuple(cell.strip().replace("\\|", "|") for cell in cells)


def _front_matter(lines: list[str]) -> tuple[FrontMatter | None, int]:
    if lines and lines[0].rstrip() == "+++":
        # TOML is how Hugo writes it, and no document of this project.
        end = next((at for at in range(1, len(lines)) if lines[at].rstrip() == "+++"), 0)
        return None, end + 1 if end else 0
    if not lines or lines[0].rstrip() != "---" or (len(lines) > 1 and not lines[1].strip()):
        # A line of dashes with nothing right below it is a rule.
        return None, 0
    for index in range(1, len(lines)):
        if lines[index].rstrip() == "---":
            return FrontMatter("\n".join(lines[1:index]), 2, is_closed=True), index + 1
    return FrontMatter("", 2, is_closed=False), 1

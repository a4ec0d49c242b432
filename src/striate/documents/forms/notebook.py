"""Notebooks of Jupyter: every code cell a block, every text cell Markdown, printed outputs blocks too."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from striate.documents.markdown import split
from striate.documents.parts import Block, Parts


def split_notebook(text: str) -> Parts:
    """Split a notebook into its cells.

    Args:
        text: The file, JSON.

    Returns:
        Parts whose lines are those of the file; none if it is no JSON.
    """
    try:
        loaded = json.loads(text)
    except (ValueError, RecursionError):
        return Parts(None, "", (), (), "")
    lines = _Lines(text)
    found: list[Parts] = []
    heading = title = ""
    for cell in _cells(loaded):
        source = _source(cell.get("source"))
        start = lines.of(source)
        if cell.get("cell_type") == "markdown":
            parts = _moved(split("".join(source)), start - 1, heading)
            titles = [line for line in parts.headings if line]
            if titles:
                heading = next(
                    (words.lstrip("# ") for line, words in parts.prose if line == titles[-1]),
                    heading,
                )
            title = title or parts.title
            found.append(parts)
        elif cell.get("cell_type") == "code":
            blocks = [_block("python", source, start, heading)]
            blocks += [
                _block("text", output, lines.beside(output), heading) for output in _outputs(cell)
            ]
            found.append(Parts(None, "", (), tuple(blocks), ""))
    return Parts(
        None,
        title,
        tuple(grid for parts in found for grid in parts.grids),
        tuple(block for parts in found for block in parts.blocks),
        "",
        tuple(line for parts in found for line in parts.headings),
        tuple(line for parts in found for line in parts.prose),
    )


def _cells(loaded: Any) -> Iterator[dict[str, Any]]:
    sheets = loaded.get("worksheets") if isinstance(loaded, dict) else None
    holders = [loaded, *(sheets if isinstance(sheets, list) else ())]
    for holder in holders:
        cells = holder.get("cells") if isinstance(holder, dict) else None
        yield from (cell for cell in cells or () if isinstance(cell, dict))


def _outputs(cell: dict[str, Any]) -> Iterator[list[str]]:
    outputs = cell.get("outputs")
    for output in outputs if isinstance(outputs, list) else ():
        if isinstance(output, dict):
            data = output.get("data")
            plain = data.get("text/plain") if isinstance(data, dict) else None
            text = _source(output.get("text") or plain)
            if text:
                yield text


def _source(source: Any) -> list[str]:
    if isinstance(source, str):
        return source.splitlines(keepends=True)
    return [piece for piece in source or () if isinstance(piece, str)]


def _block(info: str, source: list[str], start: int, heading: str) -> Block:
    lines = tuple("".join(source).splitlines())
    return Block(info, start - 1, lines, is_closed=True, heading=heading)


def _moved(parts: Parts, by: int, heading: str) -> Parts:
    """Move the parts of a text cell to their lines of the file."""
    return replace(
        parts,
        grids=tuple(
            replace(
                grid,
                heading=grid.heading or heading,
                line=grid.line + by,
                lines=tuple((line + by, cells) for line, cells in grid.lines),
                gaps=tuple(gap + by for gap in grid.gaps),
            )
            for grid in parts.grids
        ),
        blocks=tuple(
            replace(block, heading=block.heading or heading, line=block.line + by)
            for block in parts.blocks
        ),
        headings=tuple(line + by for line in parts.headings),
        prose=tuple((line + by, words) for line, words in parts.prose),
    )


class _Lines:
    """Finds the lines of the file on which pieces of its cells stand, from top to bottom."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._above = self._at = 0

    def of(self, source: list[str]) -> int:
        """Give the line of the first piece of a cell; where it is not found, the line reached so far."""
        self._above = self._at
        found = self._find(source, self._at)
        if found is not None:
            self._at = found + len(source)
        return (self._at if found is None else found) + 1

    def beside(self, output: list[str]) -> int:
        """Give the line of what the last cell printed, which stands above or below its source.

        The next cell is looked for behind the source alone: what is printed may stand in later cells, too.
        """
        found = self._find(output, self._above)
        return (self._at if found is None else found) + 1

    def _find(self, source: list[str], begin: int) -> int | None:
        if not source:
            return None
        wanted = {json.dumps(source[0]), json.dumps(source[0], ensure_ascii=False)}
        for at in range(begin, len(self._lines)):
            if any(piece in self._lines[at] for piece in wanted):
                return at
        return None

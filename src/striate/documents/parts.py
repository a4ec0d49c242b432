"""What a file consists of, whatever its form: tables, blocks, headings and prose, with their lines.

Every form of file ends in these parts, and every reader of networks begins with them; so claims,
findings and line numbers work alike for all.
"""

import sys
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, final

from striate.documents.patterns import pattern_of
from striate.errors import Fault, Remark
from striate.preparation import Preparation
from striate.table import Table


Prose = Sequence[tuple[int, str]]
"""(line, text) of what is neither a table nor in a block."""

LINE_END = pattern_of(r"\r\n|\r|\n")


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
    """A table of any form, as written.

    Args:
        heading: The nearest heading above it, or nothing.
        titles: Cells of its first line.
        line: Line of its first line.
        lines: (line, cells) of the lines below the headings.
        gaps: Empty lines between them.
        continued: Lines of further tables whose rows stand among these.
    """

    heading: str
    titles: tuple[str, ...]
    line: int
    lines: tuple[tuple[int, tuple[str, ...]], ...]
    gaps: tuple[int, ...] = ()
    continued: tuple[int, ...] = ()


@final
@dataclass(frozen=True, slots=True)
class Block:
    """Text that is no prose: a fenced or indented block, or a whole file of code.

    Args:
        info: What stands behind the opening fence: the language, or what the file is.
        line: Line of the opening fence; the line above the first one of the text.
        lines: Its text.
        is_closed: Whether it ends before the document does.
        heading: The nearest heading above it, or nothing.
    """

    info: str
    line: int
    lines: tuple[str, ...]
    is_closed: bool
    heading: str = ""


def preformatted(line: int, lines: tuple[str, ...], heading: str) -> Block:
    """Take text that stands as it is typed as a block; `codes NAME` in its first line is what it is.

    Args:
        line: Line of the document on which the text begins.
        lines: The text.
        heading: The nearest heading above it.
    """
    if lines and lines[0].startswith("codes "):
        return Block(lines[0].strip(), line, lines[1:], is_closed=True, heading=heading)
    return Block("", line - 1, lines, is_closed=True, heading=heading)


@final
@dataclass(frozen=True, slots=True)
class Parts:
    """A document in parts, in their order.

    Args:
        front_matter: The YAML on top, if there is one.
        title: The first heading, or nothing.
        grids: The tables.
        blocks: The blocks.
        body: Everything below the front matter.
        headings: Lines of the headings.
        prose: (line, text) of what is neither a table nor in a fenced block, headings included.
    """

    front_matter: FrontMatter | None
    title: str
    grids: tuple[Grid, ...]
    blocks: tuple[Block, ...]
    body: str
    headings: tuple[int, ...] = ()
    prose: tuple[tuple[int, str], ...] = ()

    @property
    def introduction_end(self) -> int:
        """The line of the heading above the first table or block: what stands ahead of it tells of all of them."""
        lines = [grid.line for grid in self.grids] + [block.line for block in self.blocks]
        first = min(lines, default=0)
        at = bisect_right(self.headings, first)
        return self.headings[at - 1] if at else 0

    def section(self, line: int) -> tuple[tuple[int, str], ...]:
        """Give the prose around a line: from the nearest heading above it to the next one."""
        at = bisect_right(self.headings, line)
        start = self.headings[at - 1] if at else 0
        end = self.headings[at] if at < len(self.headings) else sys.maxsize
        first = bisect_left(self.prose, start, key=_line_of)
        return self.prose[first : bisect_left(self.prose, end, key=_line_of)]


def _line_of(prose: tuple[int, str]) -> int:
    return prose[0]


@final
@dataclass(frozen=True, slots=True)
class NetworkRead:
    """One network as the reader of any form gives it.

    Args:
        table: Its rows; what could not be read is `Unreadable` in it.
        line: Line on which it begins.
        heading: The nearest heading above it; may be empty.
        name: The name that the form itself gives it; may be empty.
        faults: What could not be read.
        remarks: What was inferred.
        fields: Fields of the recipe that the form states: loss, optimizer and their numbers.
        training_line: Line of the loss, or of the optimizer if there is no loss.
        training_faults: What of its training is not understood; training alone needs it.
        other_names: What it is called besides.
        preparation: What the form makes of pictures, if it says so.
        preparation_line: The line that says it.
    """

    table: Table
    line: int
    heading: str = ""
    name: str = ""
    faults: tuple[Fault, ...] = ()
    remarks: tuple[Remark, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    training_line: int | None = None
    training_faults: tuple[Fault, ...] = ()
    other_names: tuple[str, ...] = ()
    preparation: Preparation | None = None
    preparation_line: int | None = None

    @property
    def has_loss(self) -> bool:
        """Whether the form says by which loss the network is trained."""
        return "loss" in self.fields

"""Blocks of Python as one program: parsed, with the lines of the document."""

import ast
import re
import warnings
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from textwrap import dedent, shorten
from typing import final

from striate.documents.parts import Block
from striate.documents.patterns import pattern_of
from striate.errors import Fault
from striate.errors.code import code_not_parsed


LANGUAGES = {"", "python", "python3", "py", "pycon", "ipython", "ipython3", "py3", "code"}
# What holds a network, where it cannot be parsed.
_NETWORK = pattern_of(
    r"\bSequential\s*\(|\(\s*(?:torch\.)?nn\.Module\s*\)|\bkeras\.Model\b|\.add\(\s*(?:layers\.)?[A-Z]\w+\("
)
# What notebooks and consoles put ahead of a line of Python.
_PROMPT = pattern_of(
    r"^(\s*)(?:>>>|\.\.\.)(?: |$)|^(?:In|Out) ?\[\d*\]:|^\s*[%!?].*$", re.MULTILINE
)
# Statements of Python 2: `print net`, `except Error, e:`.
_PRINT = pattern_of(r"^(\s*)print[ \t]+(?![(=.])(?!>>)(.+)$", re.MULTILINE)
_EXCEPT = pattern_of(r"^(\s*except\s+[\w.]+),\s*(\w+)\s*:", re.MULTILINE)
_TAB = pattern_of(r"^\s*#\s*@tab\s+(.+)$", re.MULTILINE)
_SHOWN = 40
_LINES = 20_000


@final
@dataclass(frozen=True, slots=True)
class ParsedBlock:
    """One block of Python, parsed, with the document's line numbers in its syntax."""

    fence: Block
    tree: ast.Module
    lines: tuple[str, ...]
    start: int


@final
@dataclass(frozen=True, slots=True)
class Broken:
    """A block that holds a network and is no Python."""

    fence: Block
    line: int
    fault: Fault


@final
@dataclass(slots=True)
class Program:
    """The blocks of a document that belong together, in their order.

    Args:
        blocks: The blocks.
    """

    blocks: list[ParsedBlock]
    starts: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.starts = [block.start for block in self.blocks]

    def block_of(self, line: int) -> ParsedBlock | None:
        """Find the block that a line of the document stands in."""
        place = bisect_right(self.starts, line) - 1
        return self.blocks[place] if place >= 0 else None

    def shown(self, node: ast.AST) -> str:
        """Return a part of the code as it is written, shortened, on one line."""
        line = getattr(node, "lineno", 0)
        block = self.block_of(line)
        end = getattr(node, "end_lineno", None)
        if block is None or end is None or end - line > 20:  # noqa: PLR2004 - more is shortened anyway
            return "…"
        lines = [*block.lines[line - block.start : end - block.start + 1]]
        if not lines:
            return "…"
        try:
            first = lines[0].encode()[getattr(node, "col_offset", 0) :]
            if len(lines) == 1:
                first = first[: getattr(node, "end_col_offset", 0) - getattr(node, "col_offset", 0)]
            else:
                lines[-1] = lines[-1].encode()[: getattr(node, "end_col_offset", 0)].decode()
            lines[0] = first.decode()
        except UnicodeError:
            return "…"
        written = " ".join(lines)
        return shorten(written, _SHOWN, placeholder=" …") if written.strip() else "…"


def language_of(info: str) -> str:
    """Return the language that a fence names, in small letters."""
    word = re.split(r"[\s,:]", info.strip("{}. "))[0]
    return word.strip("{}.").casefold()


def programs_of(fences: Sequence[Block]) -> tuple[list[Program], list[Broken]]:
    """Part the blocks of a document into programs.

    All blocks are one program, unless they are tabs of one page, each in a framework of its own: a block
    that begins with `#@tab pytorch` belongs to that tab alone.
    """
    parsed: list[tuple[str, ParsedBlock]] = []
    broken: list[Broken] = []
    for fence in fences:
        if language_of(fence.info) not in LANGUAGES or not fence.is_closed:
            continue
        text = "\n".join(fence.lines)
        block = _parsed(fence)
        if isinstance(block, ParsedBlock):
            tab = _TAB.search(text)
            parsed.append((tab[1].strip() if tab else "", block))
        elif _NETWORK.search(text):
            broken.append(Broken(fence, network_line(fence), block))
    tabs = list(dict.fromkeys(tab for tab, _ in parsed if tab and tab != "all"))
    names = tabs or [""]
    programs = [
        Program(
            [block for tab, block in parsed if tab in {"", "all", name} or name in tab.split(", ")]
        )
        for name in names
    ]
    return [program for program in programs if program.blocks], broken


def holds_network(fence: Block) -> bool:
    """Whether a block looks like a network, before it is parsed."""
    return _NETWORK.search("\n".join(fence.lines)) is not None


def network_line(fence: Block) -> int:
    """Return the line of a block that looks most like a network's."""
    numbered = enumerate(fence.lines, fence.line + 1)
    found = (line for line, text in numbered if _NETWORK.search(text))
    return next(found, fence.line)


def _parsed(fence: Block) -> ParsedBlock | Fault:
    if len(fence.lines) > _LINES:
        problem = f"it has {len(fence.lines):,} lines, and at most {_LINES:,} are read"
        return code_not_parsed(problem, fence.line + 1)
    # Blanks that do not break, as pages and word processors have them, are none in Python.
    text = dedent("\n".join(fence.lines).replace("\u00a0", " "))
    # As it stands; without what a console puts ahead; and cut out of a deeper block.
    fault: Fault | None = None
    bare = dedent(_PROMPT.sub(r"\1", text))
    old = _EXCEPT.sub(r"\1 as \2:", _PRINT.sub(r"\1print(\2)", bare))
    for code, lines_above in ((text, 0), (bare, 0), (f"if True:\n{text}", 1), (old, 0)):
        start = fence.line + 1 - lines_above
        try:
            with warnings.catch_warnings():
                # A backslash in a text is no matter of ours.
                warnings.simplefilter("ignore")
                tree = ast.parse(code)
            ast.increment_lineno(tree, start - 1)
            return ParsedBlock(fence, tree, tuple(code.split("\n")), start)
        except SyntaxError as error:
            place = fence.line + max(error.lineno or 1, 1)
            fault = fault or code_not_parsed(error.msg, place)
        except (ValueError, MemoryError, RecursionError) as error:
            is_deep = isinstance(error, RecursionError) or not str(error)
            problem = "it is nested too deeply" if is_deep else str(error)
            fault = fault or code_not_parsed(problem, fence.line + 1)
    return fault or code_not_parsed("it is no Python", fence.line + 1)

"""What data sets, comments and sentences say of what comes into a network whose code does not say it."""

import io
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import final

from striate.documents.code.comments import Said
from striate.documents.code.source import ParsedBlock, Program
from striate.documents.code.values import Layout
from striate.documents.data_sets import DataSet
from striate.documents.parts import Prose


Axes = tuple[int, ...]

_MAPS = 3
"""Numbers of the size of maps."""


@final
@dataclass(frozen=True, slots=True)
class Named:
    """All that may name an input.

    Args:
        pictures: The size of the pictures of the data set that the program loads, its name, and its line.
        comments: Comments that consist of sizes.
        prose: (line, text) around the code.
    """

    pictures: tuple[Axes, DataSet, int] | None
    comments: Sequence[Said]
    prose: Prose

    def inputs(
        self, program: Program, layout: Layout, line: int, channels: int
    ) -> Iterator[list[tuple[Axes, str]]]:
        """Give inputs with what is told of each, the surest first; of several in a list one may be meant.

        Args:
            program: The code, whose comments may be sentences.
            layout: Where a shape has its maps.
            line: Where the network stands.
            channels: Maps that its first layer reads.
        """
        if self.pictures is not None:
            size, data_set, place = self.pictures
            axes = size if layout == "first" else (*size[1:], size[0])
            yield [_told(axes, f"{data_set.title}, ", f" on line {place},")]
        said = next((one for one in self.comments if one.before and one.line >= line), None)
        if said is not None and len(said.before) == _MAPS:
            axes = said.before
            if layout == "first" and axes[0] != channels and axes[2] == channels:
                axes = (axes[2], *axes[:2])
            yield [_told(axes, "", f", which the comment on line {said.line} names,")]
        # PyTorch's first layer says how many maps it reads.
        read = channels if layout == "first" else None
        for sizes in self._sizes(program, line, read):
            yield [
                _told(
                    (maps, *size) if layout == "first" else (*size, maps),
                    "",
                    f", which line {place} names,",
                )
                for maps, size, place in sizes
            ]

    def _sizes(
        self, program: Program, line: int, channels: int | None
    ) -> Iterator[list[tuple[int, tuple[int, int], int]]]:
        """Give maps, size and line of the images that sentences name: those nearby, then all others."""
        from striate.documents.table.prose import read_prose

        block = program.block_of(line)
        start, end = (block.start, block.start + len(block.lines)) if block else (line, line)
        headings = [place for place, text in self.prose if text.startswith("#")]
        first = max((place for place in headings if place < start), default=0)
        below = min((place for place in headings if place >= end), default=None)
        comments = [one for each in program.blocks for one in _sentences(each)]
        near = [one for one in self.prose if first <= one[0] and (below is None or one[0] < below)]
        near += [one for one in comments if start <= one[0] < end]
        for sentences in (near, [*self.prose, *comments]):
            yield [
                (maps, (said.height, said.width), said.line or line)
                for said in read_prose(sorted(sentences), (), line).inputs
                if said.height and said.width and (maps := said.channels or channels)
                if channels in {None, maps}
            ]


def _told(axes: Axes, before: str, behind: str) -> tuple[Axes, str]:
    shown = "x".join(map(str, axes))
    return axes, f"Its input is not said: {before}{shown}{behind} is taken."


def _sentences(block: ParsedBlock) -> list[tuple[int, str]]:
    """Give the comments that stand on lines of their own, each a sentence."""
    if not any("#" in line for line in block.lines):
        return []
    try:
        return [
            (token.start[0] + block.start - 1, f"- {token.string.lstrip('# ')}")
            for token in tokenize.generate_tokens(io.StringIO("\n".join(block.lines)).readline)
            if token.type == tokenize.COMMENT and not token.line[: token.start[1]].strip()
        ]
    except (tokenize.TokenError, SyntaxError):
        return []

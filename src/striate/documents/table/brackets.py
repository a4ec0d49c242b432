"""Blocks as papers write them: convolutions in brackets, and how often they follow one another."""

import re
from dataclasses import dataclass
from typing import final

from striate.documents.patterns import pattern_of
from striate.documents.table.words import ops_in


BLOCK = pattern_of(
    r"\[([^\[\]]+)\]\s*(?:[x×*]\s*(\d{1,3}))?|\(([^()]*\dx\d[^()]*)\)\s*[x×*]\s*(\d{1,3})"
)
_NUMBERS = {"one": 1, "two": 2, "three": 3}
OF_SEVERAL = pattern_of(
    r"(?<=\d)\s*(?:residual )?blocks?,? (?:of|with|each of) (one|two|three|[1-3])(?![\w.])"
    r"(?: (?:conv\w*|layers?))?(?: each)?",
    re.IGNORECASE,
)
"""Behind `[3x3, 64] x 2`: how often each block has what stands in the brackets."""
_PART = pattern_of(r"(\d{1,2})x(\d{1,2})(?:\s*conv\w*)?\s*[,/ ]\s*(\d{1,5})")


@final
@dataclass(frozen=True)
class Block:
    """Convolutions in brackets, with how often they follow one another."""

    parts: tuple[tuple[tuple[int, int], int], ...]
    times: int


def block_in(cell: str) -> Block | None:
    """Read the block that a cell holds; None if it holds none."""
    found = BLOCK.search(cell)
    if found is None:
        return None
    inner, times = (found[1], found[2]) if found[1] else (found[3], found[4])
    is_called = found[3] is not None and bool(ops_in(cell[: found.start()]))
    if is_called or any(op != "convolution" for _, _, op in ops_in(inner)):
        # What names its layers in words is no block of ResNet's: `Conv2D (3x3, 64 filters) x 2`.
        return None
    parts = tuple(((int(one[1]), int(one[2])), int(one[3])) for one in _PART.finditer(inner))
    several = OF_SEVERAL.match(cell, found.end())
    if several:
        parts *= _NUMBERS.get(several[1].casefold()) or int(several[1])
    # Brackets around one convolution that stands once are a way of writing it.
    is_block = bool(times) or len(parts) > 1
    return Block(parts, min(int(times or 1), 200)) if parts and is_block else None

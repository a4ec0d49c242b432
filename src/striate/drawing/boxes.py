"""The way AlexNet was drawn in 2012: boxes as high and deep as the maps, and as thick as there are many of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import final

from striate.drawing.blocks import Block, is_flat, span
from striate.drawing.figure import (
    QUIET,
    RULE,
    Area,
    Item,
    Levels,
    Line,
    Point,
    Text,
    text_width,
)
from striate.drawing.palette import EDGE, FACE, SHADE, WINDOW


_LARGEST, _SMALLEST = 74.0, 2.5
_THINNEST, _THICKEST = 1.6, 26.0
_SLANT = (0.38, 0.30)
"""How far a pixel of depth goes to the right and up."""

_MOST_SCALE, _LEAST_SCALE = 1.3, 0.6
_GAP = 5.0
_BETWEEN_TOWERS = 10.0
_LEADING = 1.25


@final
@dataclass(frozen=True, slots=True)
class _Box:
    """A box in parallel perspective: the lower left corner of its front, and its sizes."""

    left: float
    bottom: float
    thick: float
    high: float
    deep: float

    @property
    def back(self) -> Point:
        """How far the back lies to the right of the front, and below it."""
        return _SLANT[0] * self.deep, -_SLANT[1] * self.deep

    @property
    def wide(self) -> float:
        return self.thick + self.back[0]

    def sides(self) -> tuple[tuple[Point, ...], tuple[Point, ...], tuple[Point, ...]]:
        """Give front, top and right side."""
        left, right = self.left, self.left + self.thick
        top, (away, up) = self.bottom - self.high, self.back
        front = ((left, self.bottom), (right, self.bottom), (right, top), (left, top))
        above = ((left, top), (right, top), (right + away, top + up), (left + away, top + up))
        beside = (
            (right, self.bottom),
            (right, top),
            (right + away, top + up),
            (right + away, self.bottom + up),
        )
        return front, above, beside


def draw_boxes(blocks: tuple[Block, ...], width: float, size: float) -> Iterator[Item]:
    """Draw blocks that read one another in turn.

    Args:
        blocks: The first one is the input.
        width: Of the whole drawing, in points.
        size: Of the letters, in points.

    Yields:
        What is drawn, the lowest first. A convolution in two groups, and what feeds it, stands as two boxes, one
        above the other, as the two processors of the paper. Sides are drawn by the square root of the pixels, and
        thickness by that of the maps.
    """
    columns = _columns(blocks, width, size)
    for at, (block, boxes) in enumerate(zip(blocks, columns, strict=True)):
        if at and not _touch(columns[at - 1], boxes):
            yield from _links(blocks[at - 1], columns[at - 1], block, boxes)
        for box in boxes:
            yield from _solid(block, box)
    yield from _captions_below(blocks, columns, size)
    yield from _captions_above(blocks, columns, size)


def towers_of(blocks: tuple[Block, ...]) -> tuple[int, ...]:
    """Return in how many parts each block is drawn: two where its maps are kept apart in two groups."""
    towers = [1] * len(blocks)
    for at, block in enumerate(blocks):
        if block.groups != 2 or block.maps % 2:  # noqa: PLR2004 - the two towers of the paper
            continue
        towers[at] = 2
        above = at - 1
        # What feeds two groups lies apart as well: the pooling above them, and the convolution above that.
        while above > 0 and blocks[above].family == "pooling":
            towers[above] = 2
            above -= 1
        if blocks[above].family == "convolution":
            towers[above] = 2
    for at, block in enumerate(blocks):
        if at and block.family == "pooling" and towers[at - 1] == 2:  # noqa: PLR2004
            towers[at] = 2
    return tuple(towers)


def _columns(blocks: tuple[Block, ...], width: float, size: float) -> list[tuple[_Box, ...]]:
    """Give the boxes of each block; those of maps of one size touch where they would be too small apart."""
    largest = max(max(block.sides) for block in blocks)
    most = max(block.maps for block in blocks)
    towers = towers_of(blocks)
    shapes = [
        _shape(block, largest, most, count) for block, count in zip(blocks, towers, strict=True)
    ]
    scale, touches = 0.0, [False] * len(blocks)
    for joined in (False, True):
        touches = [
            joined and at + 1 < len(blocks) and _is_like(block, blocks[at + 1])
            for at, block in enumerate(blocks)
        ]
        taken = sum(
            thick + (0.0 if touch else _SLANT[0] * deep)
            for (thick, _, deep), touch in zip(shapes, touches, strict=True)
        )
        fixed = sum(_gap(blocks, at, size) for at, touch in enumerate(touches) if not touch)
        scale = min(_MOST_SCALE, max(0.2, (width - fixed) / taken))
        if scale >= _LEAST_SCALE:
            break
    columns, left = [], 0.0
    for at, (shape, count) in enumerate(zip(shapes, towers, strict=True)):
        thick, high, deep = (length * scale for length in shape)
        middle = 0.5 * (high + _SLANT[1] * deep)  # of one tower, front and depth together
        away = _BETWEEN_TOWERS / 2 * scale
        offsets = (0.0,) if count == 1 else (-middle - away - _SLANT[1] * deep / 4, middle + away)
        columns.append(tuple(_Box(left, middle + offset, thick, high, deep) for offset in offsets))
        left += thick if touches[at] else thick + _SLANT[0] * deep + _gap(blocks, at, size)
    return columns


def _is_like(block: Block, other: Block) -> bool:
    return block.sides == other.sides and not is_flat(block) and block.family != "input"


def _gap(blocks: tuple[Block, ...], at: int, size: float) -> float:
    """Return the room behind a block: behind thin bars, so much that the counts below them stand side by side."""
    if at + 1 == len(blocks):
        return 0.0
    pair = (blocks[at], blocks[at + 1])
    if not all(map(is_flat, pair)) or _below(pair[0]) == _below(pair[1]):
        return _GAP
    return max(_GAP, sum(text_width(_below(block)[0], size) / 2 for block in pair))


def _shape(block: Block, largest: int, most: int, towers: int) -> tuple[float, float, float]:
    """Give thickness, height and depth, before anything is made to fit."""
    if is_flat(block):
        return _THINNEST * 2, 14 + 46.0 * (block.maps / most) ** 0.5, 0.0
    maps = block.maps / towers
    thick = max(_THICKEST * (maps / most) ** 0.5, _THINNEST)
    high, deep = (max(_LARGEST * (side / largest) ** 0.5, _SMALLEST) for side in block.sides)
    return thick, high, deep


def _solid(block: Block, box: _Box) -> Iterator[Item]:
    front, above, beside = box.sides()
    edge = EDGE[block.family]
    yield Area(front, FACE[block.family], edge, 0.4)
    if box.deep:
        yield Area(above, FACE[block.family], edge, 0.4)
        yield Area(beside, SHADE[block.family], edge, 0.4)


def _links(
    first: Block, before: tuple[_Box, ...], second: Block, boxes: tuple[_Box, ...]
) -> Iterator[Item]:
    """Draw the window on the right side of a box, and lines to what it feeds."""
    for source, box in _pairs(before, second, boxes):
        if second.kernel is None or is_flat(first):
            _, _, beside = source.sides()
            yield Line((beside[2], (box.left, box.bottom - box.high)), RULE, 0.25)
            yield Line((beside[0], (box.left, box.bottom)), RULE, 0.25)
            continue
        is_own = source is before[boxes.index(box) % len(before)]
        window, unit = (
            _window(source, second.kernel, first.sides),
            (box.left, box.bottom - box.high / 2),
        )
        yield Area(window, None, WINDOW, 0.5)
        for corner in (window[1], window[3]):
            yield Line((corner, unit), WINDOW, 0.3, is_dashed=not is_own)


def _touch(before: tuple[_Box, ...], boxes: tuple[_Box, ...]) -> bool:
    return boxes[0].left <= before[0].left + before[0].thick


def _pairs(
    before: tuple[_Box, ...], second: Block, boxes: tuple[_Box, ...]
) -> list[tuple[_Box, _Box]]:
    """Give each box that is read with each that reads it: its own tower's, or both where it has no groups."""
    is_crossing = len(before) != len(boxes) or (len(boxes) > 1 and second.groups == 1)
    if is_crossing and second.family != "pooling":
        return [(source, box) for source in before for box in boxes]
    return list(zip(before, boxes, strict=False))


def _window(box: _Box, kernel: tuple[int, int], sides: tuple[int, int]) -> tuple[Point, ...]:
    """Give the corners of a window on the right side of a box, at its middle."""
    high = min(kernel[0] / sides[0], 1.0) * box.high
    away, up = (length * min(kernel[1] / sides[1], 1.0) for length in box.back)
    x = box.left + box.thick + (box.back[0] - away) * 0.5
    y = box.bottom + (box.back[1] - up) * 0.5 - (box.high - high) * 0.5
    return ((x, y), (x, y - high), (x + away, y + up - high), (x + away, y + up))


def _captions_below(
    blocks: tuple[Block, ...], columns: list[tuple[_Box, ...]], size: float
) -> Iterator[Item]:
    """Write maps under the boxes, and in the color of the windows the size of the one that made them.

    Neighbours with the same numbers have them once.
    """
    lowest = max(box.bottom for boxes in columns for box in boxes)
    levels, heights = Levels(3.0), [0.0]
    placed: list[tuple[float, tuple[str, ...], int]] = []
    numbered = zip(blocks, columns, strict=True)
    for said, members in groupby(numbered, key=lambda pair: _below(pair[0], len(pair[1]))):
        boxes = [columns[0] for _, columns in members]
        middle = sum(box.left + box.thick / 2 for box in (boxes[0], boxes[-1])) / 2
        level = levels.take(middle, max(text_width(text, size) for text in said))
        placed.append((middle, said, level))
        if len(boxes) > 1:
            left, right = boxes[0].left, boxes[-1].left + boxes[-1].thick
            yield Line(((left, lowest + 0.5 * size), (right, lowest + 0.5 * size)), QUIET, 0.3)
    for level in range(max(level for *_, level in placed)):
        most = max([2, *(len(said) for _, said, other in placed if other == level)])
        heights.append(heights[-1] + (0.1 + 1.05 * most) * size)
    for middle, said, level in placed:
        base = lowest + 1.6 * size + heights[level]
        yield Text((middle, base), said[0], size)
        for line, text in enumerate(said[1:], 1):
            yield Text((middle, base + 1.05 * line * size), text, size, fill=WINDOW)


def _below(block: Block, parts: int = 1) -> tuple[str, ...]:
    """Give what is written under a block in some parts: its maps, its window, and what it has beside that."""
    count = f"{block.maps // parts:,}"
    # Two towers say themselves that there are two groups.
    traits = block.traits[1:] if parts > 1 and block.groups > 1 else block.traits
    lines = (count if parts == 1 else f"{parts}×{count}", block.window, block.special, *traits)
    return tuple(line for line in lines if line)


def _captions_above(
    blocks: tuple[Block, ...], columns: list[tuple[_Box, ...]], size: float
) -> Iterator[Item]:
    """Write names and sizes over those boxes whose maps have the same size."""
    highest = min(box.bottom - box.high + box.back[1] for boxes in columns for box in boxes) - 2
    levels = Levels(2.0)
    numbered = zip(blocks, columns, strict=True)
    for (sides, flat), members in groupby(
        numbered, key=lambda pair: (pair[0].sides, is_flat(pair[0]))
    ):
        pairs = list(members)
        left, right = pairs[0][1][0].left, pairs[-1][1][0].left + pairs[-1][1][0].wide
        name = _names([block for block, _ in pairs])
        size_text = "" if flat else f"{sides[0]}×{sides[1]}"
        middle = (left + right) / 2
        level = levels.take(
            middle, max(text_width(name, size, is_bold=True), text_width(size_text, size))
        )
        base = highest - (0.4 + 2.6 * level) * size
        if level:
            yield Line(((middle, base + 0.3 * size), (middle, highest)), RULE, 0.3, is_dashed=True)
        yield Line(((left, highest), (right, highest)), QUIET, 0.3)
        is_low = level and not size_text
        above = base if is_low else base - _LEADING * size
        yield Text((middle, above), name, size, is_bold=True)
        if size_text:
            yield Text((middle, base), size_text, size, fill=QUIET)


def _names(blocks: list[Block]) -> str:
    """Name several blocks by the first and the last that computes."""
    names = [block.name for block in blocks if block.family not in {"input", "pooling"}]
    return span(names or [block.name for block in blocks])

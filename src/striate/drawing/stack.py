"""The way LeNet-5 was drawn in 1998: sheets of maps one behind the other, windows, and bars of units."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from striate.drawing.blocks import Block, is_flat
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
    wrapped,
)
from striate.drawing.palette import EDGE, FACE, WINDOW


_MOST_SHEETS = 16
_SHEET_STEP = 2.2
_LARGEST, _SMALLEST = 62.0, 3.5
_BAR = 5.0
_GAP = 3.5
_LEADING = 1.25
_NAME_WIDTH = 9.0
"""Of a line of a name, in sizes of letters; longer names are broken between words."""

_LEAST_SCALE = 0.42
"""Sheets are not drawn smaller than by this; the drawing becomes wider instead."""

_STEEPEST = 24.0
"""How many times larger than the smallest map the largest may be drawn to scale."""


@final
@dataclass(frozen=True, slots=True)
class _Place:
    """Where a block stands: the upper left corner of its front sheet, and the size of a sheet."""

    left: float
    top: float
    width: float
    height: float
    sheets: int
    step: float

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height


def draw_stack(blocks: tuple[Block, ...], width: float, size: float) -> Iterator[Item]:
    """Draw blocks that read one another in turn.

    Args:
        blocks: The first one is the input.
        width: Of the whole drawing, in points; it becomes wider where the texts need more.
        size: Of the letters, in points.

    Yields:
        What is drawn, the lowest first. Maps are to scale; where the largest is more than 24 times as high as the
        smallest, their sides are drawn by the square root.
    """
    places = _places(blocks, width, size)
    for block, place in zip(blocks, places, strict=True):
        yield from _bar(block, place) if is_flat(block) else _sheets(block, place)
    for at in range(1, len(blocks)):
        yield from _link(blocks[at - 1], places[at - 1], blocks[at], places[at])
    yield from _captions(blocks, places, size)


def _places(blocks: tuple[Block, ...], width: float, size: float) -> list[_Place]:
    sides = [block.sides for block in blocks if not is_flat(block)]
    largest = max((max(side) for side in sides), default=1)
    smallest = min((max(side) for side in sides), default=1)
    power = 1.0 if largest <= _STEEPEST * smallest else 0.5
    shown = [_size_of(block, largest, power) for block in blocks]
    sheets = [1 if is_flat(block) else min(block.maps, _MOST_SHEETS) for block in blocks]
    slots = [_caption_width(block, size) for block in blocks]
    gaps = _GAP * (len(blocks) - 1)
    scale, wide = 1.0, slots
    for _ in range(8):  # what a caption holds open cannot shrink, so the rest shrinks a little more
        wide = [
            max(slot, scale * (across + _SHEET_STEP * (count - 1)))
            for slot, (across, _), count in zip(slots, shown, sheets, strict=True)
        ]
        if sum(wide) + gaps <= width:
            break
        scale = max(_LEAST_SCALE, scale * max(0.55, (width - gaps) / sum(wide)))
    places, left = [], 0.0
    for slot, (across, high), count in zip(wide, shown, sheets, strict=True):
        step = _SHEET_STEP * scale
        wide_sheet, high_sheet = max(across * scale, 1.5), max(high * scale, 1.5)
        own = wide_sheet + step * (count - 1)
        begin = left + (slot - own) / 2
        middle = (high_sheet + step * (count - 1)) / 2
        front = (begin + step * (count - 1), step * (count - 1) - middle)
        places.append(_Place(*front, wide_sheet, high_sheet, count, step))
        left += slot + _GAP
    return places


def _size_of(block: Block, largest: int, power: float) -> tuple[float, float]:
    """Give width and height of a sheet, or of a bar, before anything is made to fit."""
    if is_flat(block):
        return _BAR, min(_LARGEST, 6.0 * max(block.maps, 1) ** 0.4)
    high, wide = (max(_LARGEST * (side / largest) ** power, _SMALLEST) for side in block.sides)
    return wide, high


def _caption_width(block: Block, size: float) -> float:
    widths = [text_width(line, size, is_bold=True) for line in _name_lines(block, size)]
    return 2 + max(*widths, text_width(_size_text(block), size))


def _size_text(block: Block) -> str:
    """Give what comes out, as under LeNet-5: a map of one place is a unit."""
    return f"{block.maps:,}" if is_flat(block) else block.size


def _name_lines(block: Block, size: float) -> tuple[str, ...]:
    return wrapped(block.name, _NAME_WIDTH * size, size, is_bold=True)


def _sheets(block: Block, place: _Place) -> Iterator[Item]:
    for number in reversed(range(place.sheets)):
        away = place.step * number
        yield Area(
            _rectangle(place.left - away, place.top - away, place.width, place.height),
            FACE[block.family],
            EDGE[block.family],
            0.4,
        )


def _bar(block: Block, place: _Place) -> Iterator[Item]:
    lean = place.width
    yield Area(
        (
            (place.left, place.top),
            (place.left + lean, place.top),
            (place.right, place.bottom),
            (place.right - lean, place.bottom),
        ),
        FACE[block.family],
        EDGE[block.family],
        0.4,
    )


def _link(first: Block, start: _Place, second: Block, end: _Place) -> Iterator[Item]:
    """Show by which window a block reads the one before it."""
    if second.kernel is None or is_flat(first) or is_flat(second):
        edge = start.right
        yield Line(((edge, start.top), (end.left, end.top)))
        yield Line(((edge, start.bottom), (end.left, end.bottom)))
        return
    (down, across), (high, wide) = second.kernel, first.sides
    window = (
        min(across / wide, 1.0) * start.width,
        min(down / high, 1.0) * start.height,
    )
    left = start.left + 0.6 * (start.width - window[0])
    top = start.top + 0.62 * (start.height - window[1])
    corners = _rectangle(left, top, *window)
    unit = (end.left + 0.35 * end.width, end.top + 0.45 * end.height)
    yield Area(corners, None, WINDOW, 0.6)
    yield Line((corners[1], unit), WINDOW, 0.4)
    yield Line((corners[2], unit), WINDOW, 0.4)


def _captions(blocks: tuple[Block, ...], places: list[_Place], size: float) -> Iterator[Item]:
    highest = min(place.top - place.step * (place.sheets - 1) for place in places)
    lowest = max(place.bottom for place in places)
    for block, place in zip(blocks, places, strict=True):
        middle = place.right - (place.width + place.step * (place.sheets - 1)) / 2
        above = highest - 0.5 * size
        for number, name in enumerate(reversed(_name_lines(block, size)), 1):
            yield Text((middle, above - number * _LEADING * size), name, size, is_bold=True)
        yield Text((middle, above), _size_text(block), size)
    levels = Levels(4.0)
    placed: list[tuple[float, float, int]] = []  # middle, half its width, level
    for at, block in enumerate(blocks[1:], 1):
        middle = (places[at - 1].right + places[at].left) / 2
        wide = max(text_width(text, size) for text in (block.operation, *block.in_place))
        placed.append((middle, wide / 2 + 1, levels.take(middle, wide)))
    for block, (middle, _, level) in zip(blocks[1:], placed, strict=True):
        below = lowest + 1.6 * size + level * (_most_lines(blocks) + 0.4) * _LEADING * size
        over = [abs(middle - one) < half for one, half, other in placed if other < level]
        if level and not any(over):
            top = below - size
            yield Line(((middle, lowest + 0.5 * size), (middle, top)), RULE, 0.3, is_dashed=True)
        for line, text in enumerate([block.operation, *block.in_place]):
            yield Text((middle, below + line * _LEADING * size), text, size, fill=QUIET)


def _most_lines(blocks: tuple[Block, ...]) -> int:
    return max(1 + len(block.in_place) for block in blocks)


def _rectangle(left: float, top: float, width: float, height: float) -> tuple[Point, ...]:
    return (
        (left, top),
        (left + width, top),
        (left + width, top + height),
        (left, top + height),
    )

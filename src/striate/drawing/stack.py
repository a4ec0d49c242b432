"""The way LeNet-5 was drawn in 1998: sheets of maps one behind the other, windows, and bars of units."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import final

from striate.drawing.blocks import Block, is_flat
from striate.drawing.figure import (
    QUIET,
    RULE,
    Area,
    Item,
    Line,
    Point,
    Text,
    bounds,
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
_TURN = 9.0
"""Room beside the lines for the arrow from one to the next."""

_NAME_WIDTH = 9.0
"""Of a line of a name, in sizes of letters; longer names are broken between words."""

_SAID_WIDTHS = (10.0, 8.0, 6.0)
"""Of a line of what leads to a block, in sizes of letters: the first with which captions stand at the fewest heights."""

_POINTER, _APART = 1.0, 3.0
"""Half the room for a pointer between captions, and the least distance of two, in points."""

_ROUNDING = 0.01

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

    @property
    def back(self) -> Point:
        """The middle of the left edge of the last sheet."""
        away = self.step * (self.sheets - 1)
        return self.left - away, self.top - away + self.height / 2


def draw_stack(
    blocks: tuple[Block, ...], width: float, size: float, lines: int = 1
) -> Iterator[Item]:
    """Draw blocks that read one another in turn.

    Args:
        blocks: The first one is the input.
        width: Of the whole drawing, in points; it becomes wider where the texts need more.
        size: Of the letters, in points.
        lines: In which the blocks stand, as words do; an arrow leads from each to the next.

    Yields:
        What is drawn, the lowest first. Maps are to scale; where the largest is more than 24 times as high as the
        smallest, their sides are drawn by the square root.
    """
    at, low, right, out = 0, 0.0, 0.0, 0.0
    for places in _places(blocks, width, size, lines):
        items = list(_line(blocks, at, places, size))
        _, top, _, bottom = bounds(items)
        down = low + size - top
        yield from (item.moved(0.0, down) for item in items)
        if at:
            turn, (left, into) = low + 0.5 * size, places[0].back
            leading = ((right, turn), (-_TURN, turn), (-_TURN, into + down), (left, into + down))
            yield Line(((right - _TURN / 2, out), (right, out), *leading), has_head=True)
        at += len(places)
        low, right, out = bottom + down, places[-1].right + _TURN, down


def _line(
    blocks: tuple[Block, ...], start: int, places: Sequence[_Place], size: float
) -> Iterator[Item]:
    """Draw the blocks of one line, with what leads to each of them."""
    own = blocks[start : start + len(places)]
    items: list[Item] = []
    for block, place in zip(own, places, strict=True):
        items += _bar(block, place) if is_flat(block) else _sheets(block, place)
    for at in range(1, len(own)):
        items += _link(own[at - 1], places[at - 1], own[at], places[at])
    if start + len(places) < len(blocks):
        out = _Place(places[-1].right + _TURN / 2, 0.0, 0.0, 0.0, 1, 0.0)
        items += _link(own[-1], places[-1], blocks[start + len(places)], out)
    items += _captions_above(own, places, size)
    edges = [-_TURN, *(place.right for place in places)]
    middles = [(edge + place.left) / 2 for edge, place in zip(edges, places, strict=False)]
    links = list(zip(own, middles, strict=True))[0 if start else 1 :]
    yield from items
    yield from _captions_below(links, bounds(items), size)


def _places(blocks: tuple[Block, ...], width: float, size: float, lines: int) -> list[list[_Place]]:
    """Give each block its place in one of some lines, with the middle of each line at the height 0."""
    sides = [block.sides for block in blocks if not is_flat(block)]
    largest = max((max(side) for side in sides), default=1)
    smallest = min((max(side) for side in sides), default=1)
    power = 1.0 if largest <= _STEEPEST * smallest else 0.5
    shown = [_size_of(block, largest, power) for block in blocks]
    sheets = [1 if is_flat(block) else min(block.maps, _MOST_SHEETS) for block in blocks]
    captions = [_caption_width(block, size) for block in blocks]

    def slots(scale: float) -> list[float]:
        return [
            max(caption, scale * (across + _SHEET_STEP * (count - 1)))
            for caption, (across, _), count in zip(captions, shown, sheets, strict=True)
        ]

    room = width - (2 * _TURN if lines > 1 else 0)
    scale = _least(lambda less: len(_broken(slots(1 / less), room)) <= lines, 1, 1 / _LEAST_SCALE)
    wide = slots(1 / scale)
    evenly = _least(lambda end: len(_broken(wide, end)) <= lines, 0, sum(wide) + _GAP * len(wide))
    return [
        _in_line(shown[begin:end], sheets[begin:end], wide[begin:end], 1 / scale)
        for begin, end in _broken(wide, evenly)
    ]


def _least(holds: Callable[[float], bool], low: float, high: float) -> float:
    """Return about the least number from which on something holds; the highest where it holds for none."""
    if holds(low):
        return low
    for _ in range(20):
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def _broken(slots: Sequence[float], width: float) -> list[tuple[int, int]]:
    """Break slots into lines of a width: the first slot of each, and the one behind its last."""
    lines, begin, taken = [], 0, 0.0
    for at, slot in enumerate(slots):
        if at > begin and taken + slot > width:
            lines.append((begin, at))
            begin, taken = at, 0.0
        taken += slot + _GAP
    return [*lines, (begin, len(slots))]


def _in_line(
    shown: Sequence[tuple[float, float]],
    sheets: Sequence[int],
    slots: Sequence[float],
    scale: float,
) -> list[_Place]:
    places, left, step = [], 0.0, _SHEET_STEP * scale
    for slot, (across, high), count in zip(slots, shown, sheets, strict=True):
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


def _captions_above(
    blocks: Sequence[Block], places: Sequence[_Place], size: float
) -> Iterator[Item]:
    highest = min(place.top - place.step * (place.sheets - 1) for place in places)
    for block, place in zip(blocks, places, strict=True):
        middle = place.right - (place.width + place.step * (place.sheets - 1)) / 2
        above = highest - 0.5 * size
        for number, name in enumerate(reversed(_name_lines(block, size)), 1):
            yield Text((middle, above - number * _LEADING * size), name, size, is_bold=True)
        yield Text((middle, above), _size_text(block), size)


def _captions_below(
    links: Sequence[tuple[Block, float]], above: tuple[float, float, float, float], size: float
) -> Iterator[Item]:
    """Say what leads to each block, once where neighbours say the same, within the width of what is above."""
    left, _, right, lowest = above
    edge = lowest + 0.5 * size
    tried = (_levels(_captions(links, width * size, size), left, right) for width in _SAID_WIDTHS)
    levels = min(tried, key=len)
    captions = [caption for level in levels for caption, _, is_pointer in level if not is_pointer]
    heights = [0.0]
    for level in levels[:-1]:
        most = max(len(caption.said) for caption, _, is_pointer in level if not is_pointer)
        heights.append(heights[-1] + (most + 0.4) * _LEADING * size)
    for caption in captions:
        if caption.first < caption.last:
            yield Line(((caption.first, edge), (caption.last, edge)), RULE, 0.3)
    for height, level in zip(heights, levels, strict=True):
        for caption, middle, is_pointer in level:
            top = lowest + 1.6 * size + height
            if is_pointer:
                continue
            for line, text in enumerate(caption.said):
                yield Text((middle, top + line * _LEADING * size), text, size, fill=QUIET)
    yield from _pointers(levels, heights, edge)


def _captions(links: Sequence[tuple[Block, float]], width: float, size: float) -> list["_Caption"]:
    """Say what leads to blocks in lines of a width, once where neighbours say the same."""
    found: list[_Caption] = []
    for parts, members in groupby(links, key=lambda link: link[0].parts):
        said = tuple(line for part in parts for line in wrapped(part, width, size))
        ends = [middle for _, middle in members]
        found.append(_Caption(said, ends[0], ends[-1], size))
    return found


@final
@dataclass(frozen=True, slots=True)
class _Caption:
    """What is said of links from the first to the last."""

    said: tuple[str, ...]
    first: float
    last: float
    size: float

    @property
    def middle(self) -> float:
        return (self.first + self.last) / 2

    @property
    def half(self) -> float:
        return max(text_width(text, self.size) for text in self.said) / 2


_Level = list[tuple[_Caption, float, bool]]
"""Captions of one height from left to right, each with its middle, and the pointers that pass them."""


def _levels(captions: Sequence[_Caption], left: float, right: float) -> list[_Level]:
    """Write captions at as few heights as have room for all, each below its links or with a pointer to them.

    Those that stand side by side give way to one another, as far as each stays below its links; a pointer to one that
    stands lower passes between them.
    """
    held: list[list[tuple[_Caption, bool]]] = []
    for caption in captions:
        for number in range(len(held) + 1):
            tried = [[*level, (caption, True)] for level in held[:number]]
            tried.append([*(held[number] if number < len(held) else []), (caption, False)])
            if number == len(held) or all(_is_fair(level, left, right) for level in tried):
                held[: number + 1] = tried
                break
    return [
        [
            (caption, middle, is_pointer)
            for (caption, is_pointer), middle in zip(
                level, _middles(level, left, right), strict=True
            )
        ]
        for level in held
    ]


def _is_fair(level: Sequence[tuple[_Caption, bool]], left: float, right: float) -> bool:
    """Whether all of a height have room, each caption below its links and each pointer above its caption."""
    middles = _middles(level, left, right)
    caption, is_pointer = level[-1]
    if middles[-1] + (_POINTER if is_pointer else caption.half) > right + _ROUNDING:
        return False
    return all(
        abs(middle - caption.middle) <= caption.half
        for (caption, _), middle in zip(level, middles, strict=True)
    )


def _middles(level: Sequence[tuple[_Caption, bool]], left: float, right: float) -> list[float]:
    """Give the middles of captions side by side, as near to their links as those beside them allow."""
    halves = [_POINTER if is_pointer else caption.half for caption, is_pointer in level]
    groups: list[tuple[int, float, float]] = []  # how many, left edge, width
    for (caption, _), half in zip(level, halves, strict=True):
        begin = max(left, min(caption.middle - half, right - 2 * half))
        groups.append((1, begin, 2 * half))
        while len(groups) > 1 and sum(groups[-2][1:]) + _APART > groups[-1][1]:
            (first, start, wide), (second, other, more) = groups[-2:]
            share = first / (first + second)
            begin = share * start + (1 - share) * (other - wide - _APART)
            width = wide + _APART + more
            begin = max(left, min(begin, right - width))
            groups[-2:] = [(first + second, begin, width)]
    middles, at = [], 0
    for count, begin, _ in groups:
        left = begin
        for half in halves[at : at + count]:
            middles.append(left + half)
            left += 2 * half + _APART
        at += count
    return middles


def _pointers(levels: Sequence[_Level], heights: Sequence[float], edge: float) -> Iterator[Item]:
    """Draw a broken line from the links of each caption that stands lower, between those that it passes."""
    ways: dict[_Caption, list[Point]] = {}
    for number, level in enumerate(levels):
        for caption, middle, is_pointer in level:
            if is_pointer:
                begin = max(caption.first, min(middle, caption.last))
                way = ways.setdefault(caption, [] if begin == middle else [(begin, edge)])
                way += [(middle, edge + heights[number]), (middle, edge + heights[number + 1])]
            elif number:
                ways[caption][-1] = (ways[caption][-1][0], edge + heights[number])
                yield Line(tuple(ways[caption]), RULE, 0.3, is_dashed=True)


def _rectangle(left: float, top: float, width: float, height: float) -> tuple[Point, ...]:
    return (
        (left, top),
        (left + width, top),
        (left + width, top + height),
        (left, top + height),
    )

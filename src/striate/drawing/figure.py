"""A figure as lines, areas and texts, whatever file it becomes; lengths are points, y grows downwards."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal, final


Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]

INK = "#222222"
QUIET = "#5f5f5f"
RULE = "#8a8a8a"

_WIDTHS = {
    letter: width
    for letters, width in (
        ("'ijlIJ ,.·/:;|\\", 0.34),
        ("f-()[]tr!", 0.41),
        ("#+<=>^~×→wOQ", 0.87),
        ("@%mMW", 1.0),
        ("&ABCDGHKNRUVX", 0.77),
    )
    for letter in letters
}
_OTHER_WIDTH, _WIDE_WIDTH, _BOLD = 0.64, 1.0, 1.12
"""Width of a letter as a share of the size of the text: of DejaVu Sans, the widest font that a drawing is read in; of
East Asian letters; and how much wider bold letters are."""


@final
@dataclass(frozen=True, slots=True)
class Area:
    """A closed area.

    Args:
        points: Its corners, in order.
        fill: Color as `#rrggbb`; None leaves it open.
        stroke: Color of its edge; None leaves the edge away.
        width: Of the edge, in points.
    """

    points: tuple[Point, ...]
    fill: str | None
    stroke: str | None = INK
    width: float = 0.5

    def moved(self, right: float, down: float) -> "Area":
        """Return the same area at another place."""
        return replace(self, points=_moved(self.points, right, down))


@final
@dataclass(frozen=True, slots=True)
class Line:
    """A line along some points.

    Args:
        points: Where it goes, in order.
        stroke: Its color.
        width: In points.
        has_head: Whether it ends in an arrow head.
        is_dashed: Whether it is broken.
    """

    points: tuple[Point, ...]
    stroke: str = RULE
    width: float = 0.5
    has_head: bool = False
    is_dashed: bool = False

    def moved(self, right: float, down: float) -> "Line":
        """Return the same line at another place."""
        return replace(self, points=_moved(self.points, right, down))


@final
@dataclass(frozen=True, slots=True)
class Text:
    """One line of text.

    Args:
        place: Where its baseline begins, has its middle, or ends.
        text: What it says.
        size: Of the letters, in points.
        anchor: Which part of it lies at the place.
        fill: Its color.
        is_bold: Whether it is set in bold.
    """

    place: Point
    text: str
    size: float
    anchor: Anchor = "middle"
    fill: str = INK
    is_bold: bool = False

    def moved(self, right: float, down: float) -> "Text":
        """Return the same text at another place."""
        (place,) = _moved((self.place,), right, down)
        return replace(self, place=place)


Item = Area | Line | Text


@final
@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing.

    Args:
        items: What is drawn, the lowest first.
        title: What it shows, in a few words.
        description: The same for those who cannot see it: a sentence a row.
    """

    items: tuple[Item, ...]
    title: str
    description: str

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in points, once the figure is `cropped`."""
        _, _, right, bottom = bounds(self.items)
        return right + MARGIN, bottom + MARGIN

    def cropped(self) -> "Figure":
        """Return the figure with its upper left corner at the margin."""
        left, top, _, _ = bounds(self.items)
        moved = tuple(item.moved(MARGIN - left, MARGIN - top) for item in self.items)
        return replace(self, items=moved)


MARGIN = 4.0


def text_width(text: str, size: float, *, is_bold: bool = False) -> float:
    """Return about how wide a line of text is at the most, in points, whatever font draws it."""
    is_wide = {letter: unicodedata.east_asian_width(letter) in {"W", "F"} for letter in text}
    widths = (
        _WIDE_WIDTH if is_wide[letter] else _WIDTHS.get(letter, _OTHER_WIDTH) for letter in text
    )
    return size * sum(widths) * (_BOLD if is_bold else 1.0)


def wrapped(text: str, width: float, size: float, *, is_bold: bool = False) -> tuple[str, ...]:
    """Break a text between words into lines of a width in points; a word that is wider stays whole."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size, is_bold=is_bold) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return tuple(lines)


@final
@dataclass(slots=True)
class Levels:
    """Lines of captions, one above the other: each text goes to the first line with room for it.

    Args:
        gap: Least distance of two texts in a line, in points.
    """

    gap: float
    _ends: list[float] = field(default_factory=list)

    def take(self, middle: float, width: float) -> int:
        """Return the number of the first line with room for a text that is not left of those before it."""
        left, right = middle - width / 2, middle + width / 2 + self.gap
        free = (level for level, end in enumerate(self._ends) if left >= end)
        level = next(free, len(self._ends))
        self._ends[level : level + 1] = [right]
        return level


def bounds(items: Iterable[Item]) -> tuple[float, float, float, float]:
    """Return the least and largest places that items touch: left, top, right, bottom."""
    corners = [corner for item in items for corner in _corners(item)]
    across, down = [x for x, _ in corners], [y for _, y in corners]
    return min(across), min(down), max(across), max(down)


def _corners(item: Item) -> tuple[Point, ...]:
    if not isinstance(item, Text):
        return item.points
    (x, y), width = item.place, text_width(item.text, item.size, is_bold=item.is_bold)
    left = x - {"start": 0.0, "middle": 0.5, "end": 1.0}[item.anchor] * width
    return (left, y - item.size), (left + width, y + 0.3 * item.size)


def _moved(points: tuple[Point, ...], right: float, down: float) -> tuple[Point, ...]:
    return tuple((x + right, y + down) for x, y in points)

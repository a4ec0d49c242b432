"""A figure as PNG, by Pillow."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import pairwise
from math import ceil, hypot

from PIL import Image, ImageDraw, PngImagePlugin

from striate.drawing.figure import Area, Figure, Item, Line, Point, Text, bounds
from striate.drawing.svg import arrow_head
from striate.pictures.fonts import Align, lacking, write_text


POINTS_PER_INCH = 72
DOTS_PER_INCH = 300
"""What printers ask for."""

_FINER = 4
"""Times as many dots in each direction as it is drawn with before it becomes pixels."""

_BAND = 256
"""Rows of pixels that are drawn at once, so that a tall graph does not fill the memory."""

_SCALE = _FINER * DOTS_PER_INCH / POINTS_PER_INCH
_DASH, _SPACE = 4.0, 3.0
"""Of a broken line, as multiples of its width."""

ALIGNMENTS: dict[str, Align] = {"start": "left", "middle": "center", "end": "right"}


def write_png(figure: Figure) -> bytes:
    """Return the bytes of a PNG of 300 dots an inch."""
    width, height = (ceil(length * DOTS_PER_INCH / POINTS_PER_INCH) for length in figure.size)
    image = Image.new("RGB", (width, height), "white")
    for top in range(0, height, _BAND):
        rows = min(_BAND, height - top)
        band = Image.new("RGB", (width * _FINER, rows * _FINER), "white")
        above = top * _FINER / _SCALE
        for item in figure.items:
            _, upper, _, lower = bounds((item,))
            # Letters of other scripts may reach further up and down than those that are measured.
            if above - _reach(item) <= lower and upper <= above + rows * _FINER / _SCALE + _reach(
                item
            ):
                _draw(band, item.moved(0, -above))
        image.paste(band.reduce(_FINER), (0, top))
    content = BytesIO()
    about = PngImagePlugin.PngInfo()
    about.add_itxt("Title", figure.title)
    image.save(content, format="png", dpi=(DOTS_PER_INCH, DOTS_PER_INCH), pnginfo=about)
    return content.getvalue()


def letters_without_font(figure: Figure) -> str:
    """Return the letters of a figure that no installed font has, each once."""
    return "".join(
        sorted(
            {
                letter
                for item in figure.items
                if isinstance(item, Text)
                for letter in lacking(item.text)
            }
        )
    )


def _reach(item: Item) -> float:
    return item.size if isinstance(item, Text) else item.width + 4


def _draw(band: Image.Image, item: Item) -> None:
    draw = ImageDraw.Draw(band)
    match item:
        case Area():
            corners = _dots(item.points)
            if item.fill:
                draw.polygon(corners, fill=item.fill)
            if item.stroke:
                _stroke(draw, [*item.points, *item.points[:2]], item.stroke, item.width)
        case Line():
            for part in _dashes(item) if item.is_dashed else [item.points]:
                _stroke(draw, part, item.stroke, item.width)
            if item.has_head:
                draw.polygon(_dots(arrow_head(item)), fill=item.stroke)
        case Text():
            x, y = item.place
            write_text(
                band,
                (x * _SCALE, y * _SCALE),
                item.text,
                item.size * _SCALE,
                item.fill,
                bold=item.is_bold,
                align=ALIGNMENTS[item.anchor],
            )


def _stroke(draw: ImageDraw.ImageDraw, points: Sequence[Point], color: str, width: float) -> None:
    draw.line(_dots(points), fill=color, width=max(1, round(width * _SCALE)), joint="curve")


def _dots(points: Sequence[Point]) -> list[tuple[float, float]]:
    return [(x * _SCALE, y * _SCALE) for x, y in points]


def _dashes(line: Line) -> Iterator[list[Point]]:
    """Give the parts of a broken line that are drawn; it begins anew at each of its corners."""
    dash, step = _DASH * line.width, (_DASH + _SPACE) * line.width
    for (x, y), (to_x, to_y) in pairwise(line.points):
        length = hypot(to_x - x, to_y - y)
        for number in range(ceil(length / step)):
            ends = [share / length for share in (number * step, min(number * step + dash, length))]
            yield [(x + share * (to_x - x), y + share * (to_y - y)) for share in ends]

"""A white page on which everything is placed by the pixel; Pillow draws it, and matplotlib only lines on axes."""

from collections.abc import Callable, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor, ImageDraw

from striate.pictures.fonts import Align, lacking, shortened, width_of, wrapped, write_text
from striate.pictures.style import (
    INK,
    MARGIN,
    PIXELS_PER_INCH,
    POINTS_PER_INCH,
    QUIET,
    RULE,
    SMALL,
    TEXT,
    TITLE,
)


if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Pixels = NDArray[np.uint8]

_TITLE_LINE = 24
_TITLE_LINES = 3
_NOTE_LINE = 19
_SPACE_BELOW_HEAD = 16
_RAMP_WIDTH = 140
_RAMP_HEIGHT = 10
_FOOT_LINE = 17
_MOST_LETTERS = 2
_FINER = 4
"""Times as many dots in each direction as a line is drawn with before it becomes pixels."""

_BOXES = "Boxes: no installed font has {}; packages such as fonts-noto-cjk or fonts-noto-core have."


@final
class Page:
    """A page with a title and notes on top, and an empty body below them.

    Places are pixels from the top left corner of the body, x to the right and y down.

    Args:
        width: Width of the body; the page has a margin around it.
        height: Height of the body.
        title: Set in bold, on as many lines as it takes, at most three.
        notes: Sentences below the title, each on lines of its own.
    """

    def __init__(self, width: int, height: int, title: str, notes: Sequence[str] = ()) -> None:
        titles = wrapped(title, width, TITLE, bold=True)
        if len(titles) > _TITLE_LINES:
            rest = " ".join(titles[_TITLE_LINES - 1 :])
            titles[_TITLE_LINES - 1 :] = [shortened(rest, width, TITLE, bold=True)]
        lines = [line for note in notes for line in wrapped(note, width, TEXT)]
        head = len(titles) * _TITLE_LINE + len(lines) * _NOTE_LINE + _SPACE_BELOW_HEAD
        self._top = MARGIN + head
        self._width = width + 2 * MARGIN
        self._height = self._top + height + MARGIN
        self._pixels = filled(self._height, self._width, "white")
        self._figure: Figure | None = None
        self._texts: list[Callable[[Image.Image], None]] = []
        self._boxes: set[str] = set()
        for number, line in enumerate(titles):
            self.write(0, number * _TITLE_LINE + 16 - head, line, size=TITLE, bold=True)
        for number, line in enumerate(lines):
            y = len(titles) * _TITLE_LINE + number * _NOTE_LINE + 14 - head
            self.write(0, y, line, color=QUIET)

    def write(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = TEXT,
        color: str = INK,
        bold: bool = False,
        align: Align = "left",
        upright: bool = True,
    ) -> None:
        """Write a line of text.

        Args:
            x: Its left end, middle or right end.
            y: Its baseline.
            text: The line.
            size: In points.
            color: As Pillow names it.
            bold: Set it in bold.
            align: Which part of the line is at x.
            upright: Otherwise the line runs upwards from y, with its middle at x.
        """
        self._boxes |= lacking(text) - {"\n"}
        place = (MARGIN + x, self._top + y)
        size *= PIXELS_PER_INCH / POINTS_PER_INCH

        def written(image: Image.Image) -> None:
            if upright:
                write_text(image, place, text, size, color, bold=bold, align=align)
            else:
                _write_upwards(image, place, text, size, color)

        # Texts come last, whatever is pasted below them.
        self._texts.append(written)

    def paste(self, x: int, y: int, pixels: Pixels, *, framed: bool = False) -> None:
        """Put pixels on the page as they are, none scaled or blended.

        Shapes:
            pixels: height x width x 3

        Args:
            x: Their left edge.
            y: Their upper edge.
            pixels: Red, green and blue.
            framed: Draw a line of one pixel around them.
        """
        height, width, _ = pixels.shape
        if framed:
            self.paste(x - 1, y - 1, filled(height + 2, width + 2, RULE))
        top, left = self._top + y, MARGIN + x
        self._pixels[top : top + height, left : left + width] = pixels

    def ramp(self, x: int, y: int, colors: Pixels, ends: tuple[str, str], meaning: str) -> None:
        """Explain colors by a bar of all of them, with the values of its ends beside it.

        Shapes:
            colors: steps x 3
        """
        self.write(x, y + 9, meaning, color=QUIET)
        x += round(width_of(meaning, TEXT)) + 12
        self.write(x, y + 9, ends[0])
        x += round(width_of(ends[0], TEXT)) + 7
        steps = np.arange(_RAMP_WIDTH) * len(colors) // _RAMP_WIDTH
        self.paste(x, y, np.tile(colors[steps], (_RAMP_HEIGHT, 1, 1)), framed=True)
        self.write(x + _RAMP_WIDTH + 7, y + 9, ends[1])

    def line(self, points: Sequence[tuple[float, float]], color: str, width: float) -> None:
        """Draw a line through points, with a width in pixels."""
        places = np.add(points, (MARGIN, self._top))
        air = round(width) + 1
        left, top = np.maximum(np.floor(places.min(axis=0)).astype(int) - air, 0)
        right, bottom = np.ceil(places.max(axis=0)).astype(int) + air
        part = self._pixels[top:bottom, left:right]
        height, wide = part.shape[:2]
        mask = Image.new("L", (wide * _FINER, height * _FINER))
        dots = [tuple(place) for place in (places - (left, top)) * _FINER]
        ImageDraw.Draw(mask).line(dots, fill=255, width=round(width * _FINER), joint="curve")
        share = np.asarray(mask.reduce(_FINER), np.float64)[..., None] / 255
        part[:] = np.rint(part * (1 - share) + rgb(color) * share)

    def axes(self, x: float, y: float, width: float, height: float) -> "Axes":
        """Open a rectangle of the body for lines of matplotlib, which is loaded for it."""
        from matplotlib.figure import Figure  # noqa: PLC0415 - most pictures need no axes

        if self._figure is None:
            size = (self._width / PIXELS_PER_INCH, self._height / PIXELS_PER_INCH)
            self._figure = Figure(figsize=size, dpi=PIXELS_PER_INCH, facecolor="none")
        bottom = self._height - (self._top + y) - height
        return self._figure.add_axes(
            (
                (MARGIN + x) / self._width,
                bottom / self._height,
                width / self._width,
                height / self._height,
            ),
            facecolor="none",
        )

    def png(self) -> bytes:
        """Give the page as a PNG file, without the name and version of what drew it.

        Letters that no installed font has are boxes, and a line at the foot says so.
        """
        if self._boxes:
            letters = "".join(sorted(self._boxes)[:_MOST_LETTERS])
            width = self._width - 2 * MARGIN
            foot = self._height - self._top - MARGIN + _FOOT_LINE
            self.write(
                0, foot, shortened(_BOXES.format(_spelled(letters)), width, SMALL), size=SMALL
            )
        image = Image.fromarray(self._pixels)
        if self._figure is not None:
            lines = _drawn(self._figure)
            image.paste(lines, mask=lines)
        for written in self._texts:
            written(image)
        buffer = BytesIO()
        image.save(buffer, format="png", dpi=(PIXELS_PER_INCH, PIXELS_PER_INCH))
        return buffer.getvalue()


def _drawn(figure: "Figure") -> Image.Image:
    """Give what matplotlib draws, clear where it draws nothing."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415

    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    return Image.fromarray(np.array(canvas.buffer_rgba()))  # type: ignore[no-untyped-call]


def _write_upwards(
    image: Image.Image, place: tuple[float, float], text: str, size: float, color: str
) -> None:
    """Write a line that runs upwards from a place, with its middle there."""
    width = round(width_of(text, size * POINTS_PER_INCH / PIXELS_PER_INCH))
    mask = Image.new("L", (width + 2, round(1.5 * size)))
    write_text(mask, (1, round(1.1 * size)), text, size, "white")
    mask = mask.transpose(Image.Transpose.ROTATE_90)
    # The middle of small letters lies a third of the size above the baseline.
    left = round(place[0] - 0.75 * size)
    image.paste(color, (left, round(place[1]) - mask.height), mask)


def _spelled(letters: str) -> str:
    return ", ".join(f"U+{ord(letter):04X}" for letter in letters)


def filled(height: int, width: int, color: str) -> Pixels:
    """Give pixels of one color."""
    return np.tile(rgb(color), (height, width, 1))


def rgb(color: str) -> Pixels:
    """Give the red, green and blue of a color, 0 to 255."""
    return np.array(ImageColor.getrgb(color), dtype=np.uint8)

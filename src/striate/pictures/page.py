"""A white page on which everything is placed by the pixel."""

from collections.abc import Sequence
from io import BytesIO
from typing import Literal, final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from numpy.typing import NDArray

from striate.pictures.fonts import families, lacking, shortened, width_of, wrapped
from striate.pictures.style import INK, MARGIN, PIXELS_PER_INCH, QUIET, RULE, SMALL, TEXT, TITLE


Pixels = NDArray[np.uint8]
Align = Literal["left", "center", "right"]

_TITLE_LINE = 24
_TITLE_LINES = 3
_NOTE_LINE = 19
_SPACE_BELOW_HEAD = 16
_RAMP_WIDTH = 140
_RAMP_HEIGHT = 10
_FOOT_LINE = 17
_MOST_LETTERS = 4
_BOXES = (
    "Boxes: no installed font has {}. Packages such as fonts-noto-cjk or fonts-noto-core have them."
)


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
        self._figure = Figure(
            figsize=(self._width / PIXELS_PER_INCH, self._height / PIXELS_PER_INCH),
            dpi=PIXELS_PER_INCH,
        )
        FigureCanvasAgg(self._figure)
        self._pixels: Pixels | None = None
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
            color: As matplotlib names it.
            bold: Set it in bold.
            align: Which part of the line is at x.
            upright: Otherwise the line runs upwards from y, with its middle at x.
        """
        self._boxes |= lacking(text) - {"\n"}
        self._figure.text(
            (MARGIN + x) / self._width,
            1 - (self._top + y) / self._height,
            text,
            size=size,
            color=color,
            weight="bold" if bold else "normal",
            family=families(text),
            horizontalalignment=align if upright else "center",
            verticalalignment="baseline" if upright else "bottom",
            rotation=0 if upright else 90,
        )

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
        if self._pixels is None:
            self._pixels = filled(self._height, self._width, "white")
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

    def axes(self, x: float, y: float, width: float, height: float) -> Axes:
        """Open a rectangle of the body for lines."""
        bottom = self._height - (self._top + y) - height
        return self._figure.add_axes(
            (
                (MARGIN + x) / self._width,
                bottom / self._height,
                width / self._width,
                height / self._height,
            )
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
        if self._pixels is not None:
            # One image for all that was pasted: a hundred small ones would take ten times as long.
            self._figure.figimage(self._pixels, origin="upper", zorder=-1)
        buffer = BytesIO()
        self._figure.savefig(buffer, format="png", metadata={"Software": None})
        return buffer.getvalue()


def _spelled(letters: str) -> str:
    return ", ".join(f"U+{ord(letter):04X}" for letter in letters)


def filled(height: int, width: int, color: str) -> Pixels:
    """Give pixels of one color."""
    return np.tile(rgb(color), (height, width, 1))


def rgb(color: str) -> Pixels:
    """Give the red, green and blue of a color, 0 to 255."""
    return np.array([round(255 * part) for part in to_rgb(color)], dtype=np.uint8)

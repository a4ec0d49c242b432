"""Which fonts a text needs, how wide it becomes, how to make it narrower, and how it comes on a picture."""

from collections.abc import Iterator
from functools import cache, lru_cache
from importlib import import_module
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any, Literal
from unicodedata import bidirectional

from PIL import Image, ImageDraw, ImageFont

from striate.pictures.style import FONT, PIXELS_PER_INCH, POINTS_PER_INCH


Align = Literal["left", "center", "right"]

_ELLIPSIS = "…"
_SHARES = {"left": 0.0, "center": 0.5, "right": 1.0}
_LEFT_TO_RIGHT = "\u200e"
"""A mark without width: what lies between two of them keeps its place, also beside letters that run to the left."""
_LINE = 1.2
"""From one line to the next, in sizes of text."""


def families(text: str) -> list[str]:
    """Name the fonts to draw a text with, in the order in which they are tried.

    Returns:
        The usual font, and others if it lacks characters that they have: one for each script, where no single one has
        all of them.
    """
    return [FONT, *_others(_not_in_usual(text))[0]]


def lacking(text: str) -> frozenset[str]:
    """Return the letters of a text that none of its fonts has, and that are drawn as a box."""
    return _others(_not_in_usual(text))[1]


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """Measure a line of text, in pixels, with its size in points."""
    return _measure(text, size * PIXELS_PER_INCH / POINTS_PER_INCH, bold)


def write_text(
    image: Image.Image,
    place: tuple[float, float],
    text: str,
    size: float,
    color: str,
    *,
    bold: bool = False,
    align: Align = "left",
) -> None:
    """Write text on a picture.

    Args:
        image: The picture, which is changed.
        place: Where the baseline of the first line begins, has its middle, or ends.
        text: Lines.
        size: In pixels.
        color: As Pillow names it.
        bold: Set it in bold.
        align: Which part of a line is at the place.
    """
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(text.split("\n")):
        x = place[0] - _SHARES[align] * _measure(line, size, bold)
        y = place[1] + number * _LINE * size
        for font, run in _runs(line, size, bold):
            draw.text((x, y), run, fill=color, font=font, anchor="ls")
            x += font.getlength(run)


def arrowed(name: str, other: str) -> str:
    """Write an arrow from one name to another, which points to the right whichever way their letters run."""
    runs_left = any(bidirectional(letter) in {"R", "AL"} for letter in name + other)
    mark = _LEFT_TO_RIGHT if runs_left else ""
    return f"{mark}{name}{mark} → {mark}{other}" if name else f"{mark}→ {mark}{other}"


def shortened(text: str, width: float, size: float, *, bold: bool = False) -> str:
    """Replace the middle of a text by an ellipsis if it is wider than a width in pixels.

    Both ends stay, since the names of classes often differ in the last word only.
    """
    if width_of(text, size, bold=bold) <= width:
        return text
    fitting, too_many = 0, len(text)
    while too_many - fitting > 1:
        kept = (fitting + too_many) // 2
        if width_of(_ends(text, kept), size, bold=bold) <= width:
            fitting = kept
        else:
            too_many = kept
    return _ends(text, fitting)


def wrapped(text: str, width: float, size: float, *, bold: bool = False) -> list[str]:
    """Break a text between words into lines of a width in pixels; cut a word that is wider."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer, size, bold=bold) <= width:
            lines[-1] = longer
        else:
            lines.append(shortened(word, width, size, bold=bold))
    return lines


def _ends(text: str, kept: int) -> str:
    tail = kept // 2
    return f"{text[: kept - tail].rstrip()}{_ELLIPSIS}{text[len(text) - tail :].lstrip()}"


@lru_cache(maxsize=4096)
def _measure(text: str, size: float, bold: bool) -> float:  # noqa: FBT001 - of a private cache
    return sum(font.getlength(run) for font, run in _runs(text, size, bold))


def _runs(text: str, size: float, bold: bool) -> Iterator[tuple[ImageFont.FreeTypeFont, str]]:  # noqa: FBT001
    """Give the parts of a line that one font draws, each with it."""
    missing = _not_in_usual(text)
    names, left = _others(missing)
    for family, letters in groupby(
        text, lambda letter: _family(letter, names) if letter in missing - left else FONT
    ):
        run = "".join(letters)
        path = _usual_file(bold) if family == FONT else _scripts().file_of(family, bold=bold)
        yield _font(path, size), run


def _family(letter: str, names: tuple[str, ...]) -> str:
    alone = frozenset({letter})
    return next(name for name in names if not _scripts().missing_in(name, alone))


def _others(missing: frozenset[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    return _scripts().others(missing) if missing else ((), missing)


def _scripts() -> Any:
    """Load what finds fonts for other scripts, and matplotlib with it, when a text needs one."""
    return import_module("striate.pictures.scripts")


def _not_in_usual(text: str) -> frozenset[str]:
    return frozenset(letter for letter in set(text) if not _is_usual(letter))


@cache
def _is_usual(letter: str) -> bool:
    return " " <= letter <= "~" or _looks(letter) != _looks("\uffff")


def _looks(letter: str) -> tuple[tuple[int, int], bytes]:
    """Return how the usual font draws a letter by itself, not put together of an accent and another one."""
    alone = ImageFont.Layout.BASIC
    mask = ImageFont.truetype(_usual_file(False), 32, layout_engine=alone).getmask(letter)  # noqa: FBT003
    return mask.size, bytes(mask)


@lru_cache(maxsize=256)
def _font(path: str, size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size)


@cache
def _usual_file(bold: bool) -> str:  # noqa: FBT001
    """Return the usual font's file: that which matplotlib brings, which is not loaded for it."""
    found = find_spec("matplotlib")
    if found is None or found.origin is None:
        raise ModuleNotFoundError(name="matplotlib")
    fonts = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"
    return str(fonts / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"))

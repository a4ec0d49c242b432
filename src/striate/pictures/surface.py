"""What a network of two numbers gives at every point of the plane."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from striate.pictures.page import Page
from striate.pictures.signed import signed_colors, signed_ramp
from striate.pictures.style import QUIET


_CELL = 4
_EDGE = 44
_FOOT = 52


def draw_surface(
    shares: NDArray[np.float32],
    low: float,
    high: float,
    class_name: str,
    title: str,
    notes: Sequence[str],
) -> bytes:
    """Draw the score of a class at every point of a square, with a black line where it is one half.

    Shapes:
        shares: side x side, from 0 to 1: the first number to the right, the second one upwards

    Args:
        shares: The scores; the first row is the lowest.
        low: The number at the left and at the bottom.
        high: The number at the right and at the top.
        class_name: Of the class.
        title: Of the picture.
        notes: Sentences below the title.

    Returns:
        A PNG.
    """
    pixels = signed_colors(2 * shares - 1, 1.0)
    pixels[_borders(shares > 1 / 2)] = 0
    pixels = pixels[::-1].repeat(_CELL, axis=0).repeat(_CELL, axis=1)
    side = len(pixels)
    page = Page(_EDGE + side, side + _FOOT, title, notes)
    page.paste(_EDGE, 0, pixels, framed=True)
    for number in range(math.ceil(low), math.floor(high) + 1):
        at = (number - low) / (high - low) * side
        page.write(_EDGE + at, side + 16, str(number), align="center", color=QUIET)
        page.write(_EDGE - 8, side - at + 4, str(number), align="right", color=QUIET)
    page.ramp(_EDGE, side + 30, signed_ramp(), ("0", "1"), f"score of {class_name}")
    return page.png()


def _borders(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the cells that have a neighbour above or to the right on the other side."""
    border = np.zeros_like(inside)
    border[:-1] |= inside[:-1] != inside[1:]
    border[:, :-1] |= inside[:, :-1] != inside[:, 1:]
    return border

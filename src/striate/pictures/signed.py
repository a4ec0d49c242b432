"""Numbers of both signs as colors: blue below zero, white at zero, orange above it."""

import numpy as np
from numpy.typing import NDArray

from striate.pictures.page import Pixels, rgb
from striate.pictures.style import VALIDATION, WRONG


_STEPS = 256
_NEGATIVE, _POSITIVE = VALIDATION, WRONG


def signed_colors(values: NDArray[np.floating], largest: float) -> Pixels:
    """Return the color of each value; what is not finite is black.

    Shapes:
        values: any
        out: the same x 3

    Args:
        values: The numbers.
        largest: Size of the number that has the full color.
    """
    share = np.clip(np.nan_to_num(values / largest if largest else values * 0), -1, 1)[..., None]
    ends = np.where(share < 0, rgb(_NEGATIVE), rgb(_POSITIVE)).astype(np.float64)
    pixels = np.rint(255 + np.abs(share) * (ends - 255)).astype(np.uint8)
    pixels[~np.isfinite(values)] = 0
    return pixels


def signed_ramp() -> Pixels:
    """Return all colors from the most negative number to the most positive one: steps x 3."""
    return signed_colors(np.linspace(-1, 1, _STEPS), 1.0)


def enlarged(pixels: Pixels, wish: int) -> Pixels:
    """Return pixels as squares of a whole number of pixels, so that the longer side is about as wished."""
    factor = max(1, round(wish / max(pixels.shape[:2])))
    return pixels.repeat(factor, axis=0).repeat(factor, axis=1)

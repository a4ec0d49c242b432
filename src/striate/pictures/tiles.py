"""How the numbers of one image become the pixels of its tile."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from striate.pictures.page import Pixels, rgb
from striate.pictures.style import WRONG


Values = NDArray[np.float32]

Level = float | NDArray[np.float32]
"""The number that is drawn black, or white: one, or one for each channel, channels x 1 x 1."""

# An image up to this much wider than the wish is shown pixel by pixel rather than scaled down.
_TOLERANCE = 1.35
_COLORS = 3


def level_text(level: Level) -> str:
    """Write the number of black, or of white; of several, the smallest and the largest."""
    least, most = float(np.min(level)), float(np.max(level))
    return f"{least:g}" if least == most else f"{least:.4g} to {most:.4g}"


def tile_size(height: int, width: int, wish: int) -> tuple[int, int]:
    """Choose the size of a tile so that a pixel of the image is a whole number of pixels.

    Args:
        height: Of the image.
        width: Of the image.
        wish: Longer side of a tile that would be best.

    Returns:
        Height and width; an image much larger than the wish is scaled down to it.
    """
    longer = max(height, width)
    if longer > wish * _TOLERANCE:
        return max(1, height * wish // longer), max(1, width * wish // longer)
    factor = max(1, round(wish / longer))
    return height * factor, width * factor


def tile(image: Values, size: tuple[int, int], *, low: Level, high: Level) -> Pixels:
    """Show an image: low is black, high is white, and what is not a number is orange.

    Shapes:
        image: channels x height x width; of channels other than one or three, the first is shown
        out:   size x 3
    """
    shown = image
    if len(image) != _COLORS:
        shown = np.repeat(image[:1], _COLORS, axis=0)
        low, high = (one if isinstance(one, float | int) else one[:1] for one in (low, high))
    finite = np.isfinite(shown)
    levels = (np.where(finite, shown, low).astype(np.float64) - low) / (high - low)
    pixels = np.rint(255 * np.clip(levels, 0, 1)).astype(np.uint8).transpose(1, 2, 0)
    pixels[~finite.all(axis=0)] = rgb(WRONG)
    height, width = size
    if max(size) >= max(pixels.shape[:2]):
        factor = height // pixels.shape[0]
        return pixels.repeat(factor, axis=0).repeat(factor, axis=1)
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BOX))

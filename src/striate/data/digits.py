"""Where the digit is in a picture, and how it is laid into the network's input.

MNIST was made this way, so a picture that goes the same way looks to the network like what it has
learned from: the ink is fitted into a box with its aspect kept, and its center of mass put in the
middle of the field.
"""

import math

import numpy as np
import numpy.typing as npt
import PIL.Image

from striate.errors import DataError
from striate.errors.images import box_larger_than_field, no_ink


# Pictures are averaged down to at most this many pixels a side before the ink is looked for: the
# noise of a photograph, and the time, go down with it, and the digit stays far larger than its box.
SEARCH_SIDE = 1024

# Ink up to this share of the strongest does not stretch the box: JPEG leaves such a fringe up to
# seven pixels around every stroke.
FRINGE = 0.2

# Standard deviations of the border that count as noise, so that not one of a million pixels of
# paper passes for ink; and how far beyond the border's own extreme noise is expected.
NOISE_DEVIATIONS = 6.0
NOISE_REACH = 1.5

# Standard deviation of a normal distribution whose median absolute deviation is 1.
NORMAL_SPREAD = 1.4826

Pixels = npt.NDArray[np.uint8]
_Ink = npt.NDArray[np.float32]


def center_digit(gray: Pixels, *, box: int, side: int, where: str) -> Pixels:
    """Fit the ink of a picture into a box and put its center of mass in the middle of a field.

    Dark ink on light paper and light ink on a dark ground are told apart by the picture's border.
    Ink that already has the size of the box is moved and not scaled. When it is scaled, ink far
    weaker than the strongest does not stretch the box, and is lost where it sticks out.

    Args:
        gray: Picture, height x width, at least 1x1.
        box: Longer side of the ink in the result, in pixels.
        side: Height and width of the result, in pixels.
        where: The picture's name, for the message.

    Returns:
        Ink of up to 255 on a background of 0, side x side.

    Raises:
        DataError: The picture holds no ink, or the box is larger than the field.

    Source:
        LeCun et al. 1998, III-A. In MNIST the center of mass lies within half a pixel of the pixel
        at half of the side, (14, 14) of 28x28.
    """
    if box > side:
        raise DataError(box_larger_than_field(where, box, side))
    factor = -(-max(gray.shape) // SEARCH_SIDE)
    ink = _ink(np.asarray(PIL.Image.fromarray(gray).reduce(factor)))
    strongest = ink.max()
    if strongest == 0:
        raise DataError(no_ink(where))
    cut = _cut(ink, above=0)
    if max(cut.shape) != box:
        cut = _scaled(_cut(ink, above=FRINGE * strongest), box)
    return _centered(np.rint(cut * (255 / cut.max())).astype(np.uint8), side)


def _ink(gray: Pixels) -> _Ink:
    """Measure how far each pixel is from the background, towards the ink."""
    border = np.concatenate((gray[0], gray[-1], gray[:, 0], gray[:, -1])).astype(np.float32)
    background = np.median(border)
    strays = np.abs(border - background)
    # The median keeps ink that runs off the picture from passing for noise, and is 0 where the
    # background is one color, so that nothing of a clean picture is lost.
    noise = min(NOISE_DEVIATIONS * NORMAL_SPREAD * np.median(strays), NOISE_REACH * strays.max())
    away = gray - background
    away[np.abs(away) <= noise] = 0
    lighter, darker = np.maximum(away, 0), np.maximum(-away, 0)
    return lighter if lighter.sum() > darker.sum() else darker


def _cut(ink: _Ink, *, above: float) -> _Ink:
    rows, columns = (np.flatnonzero((ink > above).any(axis=axis)) for axis in (1, 0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _scaled(ink: _Ink, box: int) -> _Ink:
    height, width = ink.shape
    scale = box / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    # Whole steps are averaged exactly; only the rest, less than a factor of two, is interpolated.
    # The filter has no negative lobes, which would draw a halo around the strokes.
    picture = PIL.Image.fromarray(ink).resize(size, PIL.Image.Resampling.HAMMING, reducing_gap=1.0)
    return np.asarray(picture)


def _centered(ink: Pixels, side: int) -> Pixels:
    top, left = (_offset(ink.sum(axis=axis, dtype=np.int64), side) for axis in (1, 0))
    field = np.zeros((side, side), np.uint8)
    field[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return field


def _offset(profile: npt.NDArray[np.int64], side: int) -> int:
    center = float(profile @ np.arange(len(profile))) / float(profile.sum())
    return min(max(math.ceil(side // 2 - center - 0.5), 0), side - len(profile))

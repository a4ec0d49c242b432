"""Where the digit is in a picture, and how it is laid into the network's input.

MNIST was made this way, so a picture that goes the same way looks to the network like what it has
learned from: the ink is fitted into a box with its aspect kept, and its center of mass put in the
middle of the field.
"""

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
_Flags = npt.NDArray[np.bool_]
_Places = npt.NDArray[np.int64]


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
    fields, have_ink = center_digits(gray[np.newaxis], box=box, side=side)
    if not have_ink[0]:
        raise DataError(no_ink(where))
    return fields[0]


def center_digits(grays: Pixels, *, box: int, side: int) -> tuple[Pixels, _Flags]:
    """Do with each of several pictures what `center_digit` does with one, and far faster.

    Args:
        grays: Pictures, pictures x height x width.
        box: Longer side of the ink in the results, in pixels, at most the side.
        side: Height and width of the results, in pixels.

    Returns:
        Fields, pictures x side x side, and whether each picture holds ink; a field without is 0.
    """
    fields = np.zeros((len(grays), side, side), np.uint8)
    ink = _ink(_reduced(grays))
    strongest = ink.max(axis=(1, 2))
    have_ink = strongest > 0
    cuts, sizes = _cut(ink[have_ink], strongest[have_ink], box)
    peaks = cuts.max(axis=(1, 2), keepdims=True)
    digits = np.rint(cuts * (255 / peaks)).astype(np.uint8)
    corners = [
        _offsets(digits.sum(axis=axis, dtype=np.int64), sizes[:, 2 - axis], side) for axis in (2, 1)
    ]
    for at, digit, (height, width), top, left in zip(
        np.flatnonzero(have_ink),
        digits,
        sizes.tolist(),
        *map(np.ndarray.tolist, corners),
        strict=True,
    ):
        fields[at, top : top + height, left : left + width] = digit[:height, :width]
    return fields, have_ink


def _reduced(grays: Pixels) -> Pixels:
    factor = -(-max(grays.shape[1:]) // SEARCH_SIDE)
    if factor == 1:
        return grays
    return np.stack([np.asarray(PIL.Image.fromarray(gray).reduce(factor)) for gray in grays])


def _ink(grays: Pixels) -> _Ink:
    """Measure how far each pixel is from its picture's background, towards the ink."""
    edges = (grays[:, 0], grays[:, -1], grays[:, :, 0], grays[:, :, -1])
    border = np.concatenate(edges, axis=1).astype(np.float32)
    background = np.median(border, axis=1, keepdims=True)
    strays = np.abs(border - background)
    # The median keeps ink that runs off the picture from passing for noise, and is 0 where the
    # background is one color, so that nothing of a clean picture is lost.
    usual = NOISE_DEVIATIONS * NORMAL_SPREAD * np.median(strays, axis=1, keepdims=True)
    noise = np.minimum(usual, NOISE_REACH * strays.max(axis=1, keepdims=True))
    away = grays - background[..., np.newaxis]
    away[np.abs(away) <= noise[..., np.newaxis]] = 0
    lighter, darker = np.maximum(away, 0), np.maximum(-away, 0)
    # Halves of bytes are summed exactly, in whatever order: an exported network finds the same ink.
    light, dark = (part.sum(axis=(1, 2), dtype=np.float64) for part in (lighter, darker))
    return np.where((light > dark).reshape(-1, 1, 1), lighter, darker)


def _cut(ink: _Ink, strongest: _Ink, box: int) -> tuple[_Ink, _Places]:
    """Cut the ink out, and scale what has not the size of the box.

    Returns:
        Ink in the upper left corner of boxes, pictures x box x box, and its height and width in each.
    """
    cuts = np.zeros((len(ink), box, box), np.float32)
    whole = _bounds(ink > 0)
    sizes = whole[:, 2:] - whole[:, :2]
    dense = _bounds(ink > FRINGE * strongest[:, np.newaxis, np.newaxis])
    # One picture below the other, for Pillow takes longer to make one than to scale a part of it.
    height, width = ink.shape[1:]
    pictures = PIL.Image.fromarray(ink.reshape(-1, width))
    for at in range(len(ink)):
        if sizes[at].max() != box:
            top, left, bottom, right = dense[at].tolist()
            part = pictures.crop((left, at * height + top, right, at * height + bottom))
            scaled = _scaled(part, box)
            sizes[at] = scaled.shape
        else:
            top, left, bottom, right = whole[at].tolist()
            scaled = ink[at, top:bottom, left:right]
        cuts[at, : scaled.shape[0], : scaled.shape[1]] = scaled
    return cuts, sizes


def _bounds(is_ink: _Flags) -> _Places:
    """Give the box around the ink of each picture: top and left, bottom and right behind the last."""
    first, last = [], []
    for axis in (2, 1):
        line = np.logical_or.reduce(is_ink, axis=axis)
        first.append(line.argmax(axis=1))
        last.append(line.shape[1] - line[:, ::-1].argmax(axis=1))
    return np.stack((*first, *last), axis=1)


def _scaled(ink: PIL.Image.Image, box: int) -> _Ink:
    scale = box / max(ink.size)
    width, height = (max(1, round(length * scale)) for length in ink.size)
    # Whole steps are averaged exactly; only the rest, less than a factor of two, is interpolated.
    # The filter has no negative lobes, which would draw a halo around the strokes.
    across, down = ink.width // width, ink.height // height
    rest = ink.width / max(1, across), ink.height / max(1, down)
    if max(across, down) > 1:
        ink = ink.reduce((max(1, across), max(1, down)))
    # One axis at a time: which of them comes first has changed with Pillow's versions.
    filtered = PIL.Image.Resampling.HAMMING
    narrow = ink.resize((width, ink.height), filtered, (0, 0, rest[0], ink.height))
    return np.asarray(narrow.resize((width, height), filtered, (0, 0, width, rest[1])))


def _offsets(profiles: _Places, lengths: _Places, side: int) -> _Places:
    """Give where ink of some lengths begins, so that its center of mass is in the middle."""
    centers = profiles @ np.arange(profiles.shape[1]) / profiles.sum(axis=1)
    return np.clip(np.ceil(side // 2 - centers - 0.5).astype(np.int64), 0, side - lengths)

"""Bring decoded pictures to the size that a network reads."""

from collections.abc import Iterator, Sequence

import numpy as np
import PIL.Image
import torch
from torch import Tensor

from striate.data.preprocessing.crop import contained, covering, stored_image
from striate.data.preprocessing.digits import Pixels, center_digits
from striate.errors import DataError, Fault
from striate.errors.images import (
    box_larger_than_field,
    channels_do_not_convert,
    digit_needs_gray_square,
    no_ink,
)
from striate.preparation import Preparation
from striate.shapes import Image


_GRAY, _COLOR = 1, 3


def fit_picture(pixels: Pixels, image: Image, preparation: Preparation, where: str) -> Tensor:
    """Bring a picture to the network's input, and leave the margin around it.

    Args:
        pixels: Height x width x 3 (red, green, blue).
        image: What the network reads.
        preparation: How the picture is fitted.
        where: The picture's name, for the message.

    Returns:
        Bytes, channels x height x width, with the margin.

    Raises:
        DataError: The picture holds no ink, or the input cannot be filled from a picture.
    """
    faults = input_faults(image, preparation, where)
    if faults:
        raise DataError(*faults)
    (fitted,) = fit_pictures([PIL.Image.fromarray(pixels)], image, preparation)
    if fitted is None:
        raise DataError(no_ink(where))
    return torch.from_numpy(fitted)


def fit_pictures(
    pictures: Sequence[PIL.Image.Image], image: Image, preparation: Preparation
) -> list[Pixels | None]:
    """Bring several pictures to the network's input; digits of one size are fitted together.

    Args:
        pictures: Gray, or of red, green and blue.
        image: What the network reads, in which `input_faults` finds nothing.
        preparation: How the pictures are fitted.

    Returns:
        Bytes of each, channels x height x width, with the margin; None where a digit has no ink.
    """
    stored = stored_image(image, preparation)
    if preparation.fit == "digit":
        return _digits(pictures, stored, preparation)
    return [_scaled(picture, stored, preparation) for picture in pictures]


def input_faults(image: Image, preparation: Preparation, where: str) -> list[Fault]:
    """Report what keeps a network's input from being filled from a picture."""
    if preparation.fit == "digit":
        return digit_faults(image, preparation, where)
    if image.channels not in {_GRAY, _COLOR}:
        return [channels_do_not_convert(where, _COLOR, image.channels)]
    return []


def digit_faults(image: Image, preparation: Preparation, where: str) -> list[Fault]:
    """Report what keeps a network's input from holding a centered digit."""
    faults = []
    if image.channels != _GRAY or image.height != image.width:
        faults.append(digit_needs_gray_square(where, str(image)))
    side = min(image.height, image.width)
    if preparation.box > side:
        faults.append(box_larger_than_field(where, preparation.box, side))
    return faults


def scaling(
    height: int, width: int, image: Image, preparation: Preparation
) -> tuple[int, int, tuple[int, int]]:
    """Return the size to scale a picture to, and the corner of the part of it that is kept.

    The corner is negative where the picture leaves room: it lies as far inside.

    Args:
        height: Of the picture, in pixels.
        width: Of the picture, in pixels.
        image: What is to be filled, with its margin.
        preparation: How the picture is fitted.
    """
    if preparation.fit not in {"crop", "letterbox"}:
        return image.height, image.width, (0, 0)
    fitted = covering if preparation.fit == "crop" else contained
    tall, broad = fitted(height, width, image)
    return tall, broad, ((tall - image.height) // 2, (broad - image.width) // 2)


def _scaled(picture: PIL.Image.Image, image: Image, preparation: Preparation) -> Pixels:
    height, width, (top, left) = scaling(picture.height, picture.width, image, preparation)
    # One axis at a time: Pillow rounds between them, and which of them comes first has changed with its versions.
    resized = (
        picture.convert("L" if image.channels == _GRAY else "RGB")
        .resize((width, picture.height), PIL.Image.Resampling.BILINEAR)
        .resize((width, height), PIL.Image.Resampling.BILINEAR)
        .crop((left, top, left + image.width, top + image.height))
    )
    filled = np.array(resized)
    return filled[np.newaxis] if image.channels == _GRAY else filled.transpose(2, 0, 1).copy()


def _digits(
    pictures: Sequence[PIL.Image.Image], image: Image, preparation: Preparation
) -> list[Pixels | None]:
    fitted: list[Pixels | None] = [None] * len(pictures)
    for places in _of_one_size(pictures):
        grays = _stacked([pictures[at] for at in places])
        fields, have_ink = center_digits(grays, box=preparation.box, side=image.height)
        for at, field, has_ink in zip(places, fields, have_ink, strict=True):
            fitted[at] = field[np.newaxis] if has_ink else None
    return fitted


def _stacked(pictures: Sequence[PIL.Image.Image]) -> Pixels:
    """Give the gray pixels of pictures of one size; Pillow makes bytes of each faster than an array."""
    grays = [one if one.mode == "L" else one.convert("L") for one in pictures]
    width, height = grays[0].size
    together = b"".join(gray.tobytes() for gray in grays)
    return np.frombuffer(together, np.uint8).reshape(len(grays), height, width)


def _of_one_size(pictures: Sequence[PIL.Image.Image]) -> Iterator[list[int]]:
    places: dict[tuple[int, int], list[int]] = {}
    for at, picture in enumerate(pictures):
        places.setdefault(picture.size, []).append(at)
    yield from places.values()

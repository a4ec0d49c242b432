"""Read a picture that a user gave, of any form that Pillow decodes, as red, green and blue bytes."""

import os
import re
import threading
import warnings
from functools import cache
from io import BytesIO
from math import prod
from pathlib import Path
from typing import IO, Literal, final

import numpy as np
import numpy.typing as npt
import PIL.Image

from striate.data.images.plain_jpegs import Frame, decoded_plain, plain_frame
from striate.data.preprocessing.pixel_values import as_bytes, scale_of
from striate.data.user_files import open_file
from striate.errors import DataError
from striate.errors.data import empty_file, file_too_large
from striate.errors.images import damaged_picture, not_a_picture, too_many_pixels


MAX_PIXELS = 200_000_000
MAX_FILE_BYTES = 200 * 2**20

_JPEG = b"\xff\xd8\xff"
SIGNATURE_BYTES = 16
# How files begin. BMP has two letters alone, behind which stand its size and four bytes of 0.
_SIGNATURES = re.compile(
    rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|GIF8[79]a|BM.{4}\0{4}|II\*\0|MM\0\*|RIFF.{4}WEBP|P[1-6][\s#]"
    rb"|.{4}ftypavi[fs]|\0\0\0\x0cjP  |\xff\x4f\xff\x51",
    re.DOTALL,
)
# Forms that are decoded. Others that Pillow knows are drawn by programs (EPS), or told by nothing in them.
_FORMS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "PPM", "AVIF", "JPEG2000")

# What was done with a picture: its first frame taken, laid on white, or scaled to bytes.
Remark = Literal["frames", "transparent", "numbers", "colors"]

# The EXIF tag, and what turns each of its values upright.
_ORIENTATION = 0x0112
_UPRIGHT = {
    2: PIL.Image.Transpose.FLIP_LEFT_RIGHT,
    3: PIL.Image.Transpose.ROTATE_180,
    4: PIL.Image.Transpose.FLIP_TOP_BOTTOM,
    5: PIL.Image.Transpose.TRANSPOSE,
    6: PIL.Image.Transpose.ROTATE_270,
    7: PIL.Image.Transpose.TRANSVERSE,
    8: PIL.Image.Transpose.ROTATE_90,
}


@final
class _Silence:
    """Keeps warnings away while any thread decodes.

    Python has one list of filters for all threads: the first to come changes it, and the last to
    go changes it back, so that pictures are decoded side by side. Who decodes many keeps it around
    all of them, for changing the list takes as long as reading the head of a small picture. Pillow's
    limit of pixels is put aside as long, for ours is asked before anything is decoded.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.threads = 0
        self.filters = warnings.catch_warnings()
        self.limit = PIL.Image.MAX_IMAGE_PIXELS

    def __enter__(self) -> None:
        with self.lock:
            if self.threads == 0:
                self.filters = warnings.catch_warnings()
                self.filters.__enter__()
                warnings.simplefilter("ignore")
                self.limit, PIL.Image.MAX_IMAGE_PIXELS = PIL.Image.MAX_IMAGE_PIXELS, None
            self.threads += 1

    def __exit__(self, *_error: object) -> None:
        with self.lock:
            self.threads -= 1
            if self.threads == 0:
                PIL.Image.MAX_IMAGE_PIXELS = self.limit
                self.filters.__exit__(None, None, None)


silence = _Silence()


def is_picture(start: bytes) -> bool:
    """Tell whether a file whose first SIGNATURE_BYTES are given can be a picture."""
    return _SIGNATURES.match(start) is not None


@cache
def _forms() -> tuple[str, ...]:
    """Return the forms that Pillow decodes here; AVIF is not in every build of it."""
    PIL.Image.init()
    return tuple(form for form in _FORMS if form in PIL.Image.OPEN)


def stored_size(content: bytes) -> tuple[int, int] | None:
    """Read width and height from the head of a picture; None if it has none."""
    plain = _plain_frame(content)
    if plain is not None:
        return plain.size
    try:
        with silence:
            return PIL.Image.open(BytesIO(content), formats=_forms()).size
    except Exception:
        return None


def _plain_frame(content: bytes, most_pixels: int = MAX_PIXELS) -> Frame | None:
    """Read the head of a plain JPEG of no more pixels than are taken; None leaves it to Pillow."""
    frame = plain_frame(content)
    return frame if frame is not None and prod(frame.size) <= most_pixels else None


_COLORFUL, _COLORED_SHARE = 16, 0.002
"""How far red, green and blue lie apart in a pixel with a color, and the share of such pixels in a colored picture."""


def has_colors(pixels: npt.NDArray[np.uint8]) -> bool:
    """Return whether a picture has colors that reading it as grey would lose.

    Shapes:
        pixels: height x width x 3
    """
    spread = np.ptp(pixels.astype(np.int16), axis=2)
    return bool((spread > _COLORFUL).mean() > _COLORED_SHARE)


def decode_picture(path: Path) -> npt.NDArray[np.uint8]:
    """Decode a picture: upright, on white where it is transparent.

    Args:
        path: Of a form of FORMS by content, of at most MAX_FILE_BYTES and MAX_PIXELS.

    Returns:
        Bytes, height x width x 3 (red, green, blue).

    Raises:
        DataError: The file cannot be read, is too large, of another format, or damaged.
    """
    with open_file(path) as file:
        return decode_open(file, str(path))


def decode_open(
    file: IO[bytes], where: str, most_pixels: int = MAX_PIXELS
) -> npt.NDArray[np.uint8]:
    """Decode a picture from an open file, as `decode_picture` does.

    Args:
        file: Its bytes, from the first one.
        where: Its name, for the message.
        most_pixels: A picture of more is refused before it is decoded.
    """
    return np.array(decode_upright(file, where, None, most_pixels).convert("RGB"))


def decode_upright(
    file: IO[bytes],
    where: str,
    remarks: list[Remark] | None = None,
    most_pixels: int = MAX_PIXELS,
) -> PIL.Image.Image:
    """Decode a picture from an open file, and leave gray ones gray.

    Args:
        file: Its bytes, from the first one.
        where: Its name, for the message.
        remarks: Takes what was done with it that a person may want to know.
        most_pixels: A picture of more is refused before it is decoded.

    Returns:
        A picture of mode L or RGB: upright, on white where it is transparent.

    Raises:
        DataError: As `decode_picture`.
    """
    size = file.seek(0, os.SEEK_END)
    if size > MAX_FILE_BYTES:
        raise DataError(file_too_large(where, size, MAX_FILE_BYTES))
    file.seek(0)
    start = file.read(SIGNATURE_BYTES)
    file.seek(0)
    if not start:
        raise DataError(empty_file(where))
    if not is_picture(start):
        raise DataError(not_a_picture(where, start[:12]))
    if start.startswith(_JPEG):
        content = file.read()
        file.seek(0)
        plain = _plain_frame(content, most_pixels)
        picture = None if plain is None else decoded_plain(content, plain)
        if picture is not None:
            return picture
    try:
        # Pillow's own limit of pixels is above ours and only warns; the rest of what it warns
        # about, as broken EXIF, does not change the pixels.
        with silence:
            return _decoded(file, where, [] if remarks is None else remarks, most_pixels)
    except DataError:
        raise
    # Broad, because damaged bytes take Pillow's parsers anywhere: OSError, SyntaxError and
    # ValueError have been seen, and the list changes with its versions.
    except Exception as error:
        raise DataError(damaged_picture(where)) from error


def _decoded(
    file: IO[bytes], where: str, remarks: list[Remark], most_pixels: int
) -> PIL.Image.Image:
    image: PIL.Image.Image = PIL.Image.open(file, formats=_forms())
    if image.width * image.height > most_pixels:
        raise DataError(too_many_pixels(where, f"{image.width:,}x{image.height:,}", most_pixels))
    return upright(image, where, remarks)


def upright(image: PIL.Image.Image, where: str, remarks: list[Remark]) -> PIL.Image.Image:
    """Turn a picture that is open upright and lay it on white, and leave gray ones gray.

    Args:
        image: Of any mode.
        where: Its name, for the message.
        remarks: Takes what was done with it that a person may want to know.

    Raises:
        DataError: Its values are numbers of which it is not plain what they mean.
    """
    image.load()
    turn = _UPRIGHT.get(image.getexif().get(_ORIENTATION, 1))
    # Of several, the first is meant: a small preview, or the next moment, follows.
    if getattr(image, "n_frames", 1) > 1 and image.format not in {"MPO", "JPEG"}:
        remarks.append("frames")
    flat = _flattened(image, where, remarks)
    return flat if turn is None else flat.transpose(turn)


def _flattened(image: PIL.Image.Image, where: str, remarks: list[Remark]) -> PIL.Image.Image:
    if image.mode == "F" or (image.mode == "I" and image.format == "TIFF"):
        # Pillow would cut off all but 0 to 255.
        values = np.asarray(image)
        remarks.append("numbers")
        return PIL.Image.fromarray(as_bytes(values, scale_of(values, where)))
    if image.mode.startswith("I"):
        return _from_16_bit(image)
    if not image.has_transparency_data:
        return image if image.mode == "L" else image.convert("RGB")
    remarks.append("transparent")
    picture = image.convert("RGBA")
    white = PIL.Image.new("RGBA", picture.size, "white")
    return PIL.Image.alpha_composite(white, picture).convert("RGB")


def _from_16_bit(image: PIL.Image.Image) -> PIL.Image.Image:
    # Pillow cuts off what does not fit into a byte instead of scaling it.
    values = np.asarray(image).astype(np.uint32)
    gray = ((values + 128) // 257).astype(np.uint8)
    transparent = image.info.get("transparency")
    if transparent is not None:
        gray[values == transparent] = 255
    return PIL.Image.fromarray(gray)

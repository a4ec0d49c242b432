"""Read a PNG or a JPEG that a user gave, whatever is in it, as red, green and blue bytes."""

import os
import threading
import warnings
from io import BytesIO
from math import prod
from pathlib import Path
from typing import IO, final

import numpy as np
import numpy.typing as npt
import PIL.Image

from striate.data.images.plain_jpegs import Frame, decoded_plain, plain_frame
from striate.data.user_files import open_file
from striate.errors import DataError
from striate.errors.data import empty_file, file_too_large
from striate.errors.images import damaged_picture, not_a_picture, too_many_pixels


MAX_PIXELS = 50_000_000
MAX_FILE_BYTES = 200 * 2**20

_JPEG = b"\xff\xd8\xff"
_SIGNATURES = (b"\x89PNG\r\n\x1a\n", _JPEG)
SIGNATURE_BYTES = 8

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
    all of them, for changing the list takes as long as reading the head of a small picture.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.threads = 0
        self.filters = warnings.catch_warnings()

    def __enter__(self) -> None:
        with self.lock:
            if self.threads == 0:
                self.filters = warnings.catch_warnings()
                self.filters.__enter__()
                warnings.simplefilter("ignore")
            self.threads += 1

    def __exit__(self, *_error: object) -> None:
        with self.lock:
            self.threads -= 1
            if self.threads == 0:
                self.filters.__exit__(None, None, None)


silence = _Silence()


def is_picture(start: bytes) -> bool:
    """Tell whether a file whose first SIGNATURE_BYTES are given can be a picture."""
    return start.startswith(_SIGNATURES)


def stored_size(content: bytes) -> tuple[int, int] | None:
    """Read width and height from the head of a picture; None if it has none."""
    plain = _plain_frame(content)
    if plain is not None:
        return plain.size
    try:
        with silence:
            return PIL.Image.open(BytesIO(content), formats=("PNG", "JPEG")).size
    except Exception:
        return None


def _plain_frame(content: bytes) -> Frame | None:
    """Read the head of a plain JPEG of no more pixels than are taken; None leaves it to Pillow."""
    frame = plain_frame(content)
    return frame if frame is not None and prod(frame.size) <= MAX_PIXELS else None


def decode_picture(path: Path) -> npt.NDArray[np.uint8]:
    """Decode a picture: upright, on white where it is transparent.

    Args:
        path: A PNG or JPEG by content, of at most MAX_FILE_BYTES and MAX_PIXELS.

    Returns:
        Bytes, height x width x 3 (red, green, blue).

    Raises:
        DataError: The file cannot be read, is too large, of another format, or damaged.
    """
    with open_file(path) as file:
        return decode_open(file, str(path))


def decode_open(file: IO[bytes], where: str) -> npt.NDArray[np.uint8]:
    """Decode a picture from an open file, as `decode_picture` does.

    Args:
        file: Its bytes, from the first one.
        where: Its name, for the message.
    """
    return np.array(decode_upright(file, where).convert("RGB"))


def decode_upright(file: IO[bytes], where: str) -> PIL.Image.Image:
    """Decode a picture from an open file, and leave gray ones gray.

    Args:
        file: Its bytes, from the first one.
        where: Its name, for the message.

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
        raise DataError(not_a_picture(where, start))
    if start.startswith(_JPEG):
        content = file.read()
        file.seek(0)
        plain = _plain_frame(content)
        picture = None if plain is None else decoded_plain(content, plain)
        if picture is not None:
            return picture
    try:
        # Pillow's own limit of pixels is above ours and only warns; the rest of what it warns
        # about, as broken EXIF, does not change the pixels.
        with silence:
            return _decoded(file, where)
    except DataError:
        raise
    # Broad, because damaged bytes take Pillow's parsers anywhere: OSError, SyntaxError and
    # ValueError have been seen, and the list changes with its versions.
    except Exception as error:
        raise DataError(damaged_picture(where)) from error


def _decoded(file: IO[bytes], where: str) -> PIL.Image.Image:
    try:
        image: PIL.Image.Image = PIL.Image.open(file, formats=("PNG", "JPEG"))
    except PIL.Image.DecompressionBombError as error:
        raise DataError(too_many_pixels(where, f"more than {MAX_PIXELS:,}", MAX_PIXELS)) from error
    if image.width * image.height > MAX_PIXELS:
        raise DataError(too_many_pixels(where, f"{image.width:,}x{image.height:,}", MAX_PIXELS))
    image.load()
    turn = _UPRIGHT.get(image.getexif().get(_ORIENTATION, 1))
    flat = _flattened(image)
    return flat if turn is None else flat.transpose(turn)


def _flattened(image: PIL.Image.Image) -> PIL.Image.Image:
    if image.mode.startswith("I"):
        return _from_16_bit(image)
    if not image.has_transparency_data:
        return image if image.mode == "L" else image.convert("RGB")
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

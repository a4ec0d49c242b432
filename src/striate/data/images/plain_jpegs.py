"""Decode plain JPEGs, whose head says nothing but how to decode them, without Pillow reading the head.

Pillow reads heads in Python, which takes twice as long as the pixels of a small picture. Here it is only
asked whether a head is of the usual parts, each whole; anything else, as EXIF, inks, tables of 16 bits or
what is damaged, is left to Pillow. Its decoder then gives the same pixels from the same bytes.
"""

from typing import NamedTuple, final

import PIL.Image


_START = b"\xff\xd8"
_FRAMES = (0xC0, 0xC2)
_HUFFMAN_TABLES, _SCAN, _TABLES, _RESTARTS, _JFIF, _COMMENT = 0xC4, 0xDA, 0xDB, 0xDD, 0xE0, 0xFE
_PASSED_OVER = (_HUFFMAN_TABLES, _RESTARTS, _COMMENT)

_MODES = {1: "L", 3: "RGB"}

# Lengths in bytes, with the two of the length itself: of the least JFIF part, of a frame without its
# components and of a component; and of a table of quantization, with its number.
_LEAST_JFIF, _FRAME, _COMPONENT, _TABLE = 16, 8, 3, 65


@final
class Frame(NamedTuple):
    """What the head of a plain JPEG tells.

    Args:
        mode: L or RGB.
        size: Width and height in pixels.
    """

    mode: str
    size: tuple[int, int]


def plain_frame(content: bytes) -> Frame | None:
    """Read the head of a plain JPEG; None if it is anything else.

    Source:
        ITU-T T.81, B.2: a part begins with 0xFF and its kind, and its length counts itself.
    """
    if not content.startswith(_START):
        return None
    frame = None
    at = len(_START)
    while at + 4 <= len(content) and content[at] == 0xFF:  # noqa: PLR2004 - as the standard has it
        kind, begin = content[at + 1], at + 2
        length = content[begin] << 8 | content[begin + 1]
        part = content[begin : begin + length]
        if len(part) < max(length, 2):
            return None
        if kind == _SCAN:
            return frame
        if kind in _FRAMES and frame is None:
            frame = _frame(part)
            if frame is None:
                return None
        elif not _is_plain(kind, part):
            return None
        at = begin + length
    return None


def decoded_plain(content: bytes, frame: Frame) -> PIL.Image.Image | None:
    """Decode a plain JPEG; None if its pixels are damaged or cut off."""
    try:
        return PIL.Image.frombytes(frame.mode, frame.size, content, "jpeg", frame.mode, "")
    except Exception:  # Pillow then says what is wrong, by its own way
        return None


def _frame(part: bytes) -> Frame | None:
    if len(part) < _FRAME or part[2] != 8:  # noqa: PLR2004 - bits of a value
        return None
    height, width = part[3] << 8 | part[4], part[5] << 8 | part[6]
    mode = _MODES.get(part[7])
    is_whole = len(part) == _FRAME + _COMPONENT * part[7]
    return Frame(mode, (width, height)) if mode and is_whole and height and width else None


def _is_plain(kind: int, part: bytes) -> bool:
    if kind == _JFIF:
        return len(part) >= _LEAST_JFIF
    if kind == _TABLES:
        # The upper half of a table's first byte is 0 where its values have 8 bits.
        return len(part) % _TABLE == 2 and all(number < 16 for number in part[2::_TABLE])  # noqa: PLR2004
    return kind in _PASSED_OVER

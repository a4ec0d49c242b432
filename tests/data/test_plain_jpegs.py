"""Plain JPEGs are decoded as Pillow decodes them, and whatever is not plain is left to Pillow."""

from io import BytesIO
from typing import Any

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings, strategies as st

from picture_files import pixels
from striate.data.images.decode import decode_upright, stored_size
from striate.data.images.plain_jpegs import decoded_plain, plain_frame
from striate.errors import DataError


def jpeg(picture: PIL.Image.Image, **how: Any) -> bytes:
    content = BytesIO()
    picture.save(content, "JPEG", **how)
    return content.getvalue()


def by_pillow(content: bytes) -> bytes | None:
    """Give mode, size and pixels by Pillow's own way; None where it refuses."""
    try:
        image = PIL.Image.open(BytesIO(content), formats=("PNG", "JPEG"))
        image.load()
    except Exception:
        return None
    return f"{image.mode} {image.size}".encode() + image.tobytes()


@settings(deadline=None)
@given(
    st.integers(1, 40),
    st.integers(1, 40),
    st.sampled_from(["L", "RGB"]),
    st.integers(1, 100),
    st.sampled_from([{}, {"progressive": True}]),
    st.sampled_from(["4:4:4", "4:2:2", "4:2:0"]),
    st.sampled_from([b"", b"a comment"]),
)
def test_pixels_are_those_of_pillow(
    height: int,
    width: int,
    mode: str,
    quality: int,
    more: dict[str, bool],
    thin: str,
    comment: bytes,
) -> None:
    picture = PIL.Image.fromarray(pixels(height, height, width)).convert(mode)
    content = jpeg(picture, quality=quality, subsampling=thin, comment=comment, **more)
    frame = plain_frame(content)
    assert frame is not None
    decoded = decoded_plain(content, frame)
    assert decoded is not None
    assert f"{decoded.mode} {decoded.size}".encode() + decoded.tobytes() == by_pillow(content)
    assert stored_size(content) == (width, height)


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_damage_is_refused_where_pillow_refuses(data: st.DataObject) -> None:
    mode = data.draw(st.sampled_from(["L", "RGB"]))
    content = bytearray(jpeg(PIL.Image.fromarray(pixels(3, 12, 10)).convert(mode)))
    for _ in range(data.draw(st.integers(0, 3))):
        content[data.draw(st.integers(2, len(content) - 1))] = data.draw(st.integers(0, 255))
    damaged = bytes(content[: data.draw(st.integers(100, len(content)))])
    frame = plain_frame(damaged)
    decoded = None if frame is None else decoded_plain(damaged, frame)
    if decoded is not None:
        assert f"{decoded.mode} {decoded.size}".encode() + decoded.tobytes() == by_pillow(damaged)


@pytest.mark.parametrize("how", [{"exif": b"Exif\0\0"}, {"icc_profile": b"x" * 40}])
def test_what_says_more_is_left_to_pillow(how: dict[str, bytes]) -> None:
    assert plain_frame(jpeg(PIL.Image.fromarray(pixels(1)), **how)) is None
    inks = PIL.Image.fromarray(pixels(1)).convert("CMYK")
    assert plain_frame(jpeg(inks)) is None


def test_a_turned_picture_is_turned() -> None:
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    content = jpeg(PIL.Image.fromarray(pixels(1, 6, 8)), exif=exif)
    assert decode_upright(BytesIO(content), "turned").size == (6, 8)


def test_a_plain_head_before_no_pixels_is_damaged() -> None:
    content = jpeg(PIL.Image.fromarray(pixels(1)))
    cut = content[: content.index(b"\xff\xda") + 20]
    assert plain_frame(cut) is not None
    with pytest.raises(DataError, match="damaged or cut off"):
        decode_upright(BytesIO(cut), "cut")


def test_pixels_of_a_plain_picture_are_what_was_saved() -> None:
    gray = np.full((8, 16), 90, np.uint8)
    picture = decode_upright(BytesIO(jpeg(PIL.Image.fromarray(gray), quality=100)), "gray")
    assert np.array_equal(np.asarray(picture), gray)


def test_parts_of_other_forms_are_left_to_pillow() -> None:
    content = jpeg(PIL.Image.fromarray(pixels(1)))
    table, jfif = content.index(b"\xff\xdb\x00\x43\x00"), content.index(b"\xff\xe0\x00\x10JFIF")
    wide = bytearray(content)
    wide[table + 4] = 0x10  # says that its values have 16 bits
    short = content[:jfif] + b"\xff\xe0\x00\x06JFIF" + content[jfif + 18 :]
    assert plain_frame(content) is not None
    assert plain_frame(bytes(wide)) is None
    assert plain_frame(short) is None

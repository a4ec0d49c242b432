"""Pictures in files: every PNG and JPEG comes out as Pillow's own reading, everything else is named."""

import io
import os
import struct
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import PIL.features
import PIL.Image
import PIL.ImageOps
import pytest
from hypothesis import given, settings, strategies as st

from striate.data import decode_picture
from striate.data.images import decode
from striate.errors import DataError


Bytes = npt.NDArray[np.uint8]

COLORS: Bytes = np.random.default_rng(5).integers(0, 256, (9, 14, 3), dtype=np.uint8)
DAMAGED = (
    "the picture in it is damaged or cut off.\n"
    "  Needed: a whole picture: PNG, JPEG, WebP, BMP, GIF, TIFF, PPM, AVIF or JPEG 2000.\n"
    "  Fix: copy it again, or save it again in a picture program."
)


def colors(mode: str = "RGB") -> PIL.Image.Image:
    return PIL.Image.fromarray(COLORS).convert(mode)


def encoded(picture: PIL.Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def decoded(folder: Path, content: bytes) -> Bytes:
    path = folder / "picture"
    path.write_bytes(content)
    return decode_picture(path)


def refusal(path: Path, content: bytes | None = None) -> str:
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        decode_picture(path)
    return str(caught.value)


def chunk(kind: bytes, content: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum


def png(width: int, height: int, depth: int, color: int, *chunks: bytes) -> bytes:
    """Write a PNG by hand, after the format's description."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IEND", b"")


def pixels(*rows: bytes) -> bytes:
    return chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows)))


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "P"])
def test_an_opaque_png_is_read_exactly(tmp_path: Path, mode: str) -> None:
    picture = colors(mode)
    result = decoded(tmp_path, encoded(picture, "PNG"))
    assert result.dtype == np.uint8
    assert np.array_equal(result, np.asarray(picture.convert("RGB")))


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_jpeg_is_read_as_pillow_reads_it(tmp_path: Path, mode: str) -> None:
    content = encoded(colors(mode), "JPEG")
    expected = PIL.Image.open(io.BytesIO(content)).convert("RGB")
    assert np.array_equal(decoded(tmp_path, content), np.asarray(expected))


def test_the_result_can_be_written_to(tmp_path: Path) -> None:
    decoded(tmp_path, encoded(colors(), "PNG"))[:] = 0


def test_a_picture_of_several_frames_gives_the_first(tmp_path: Path) -> None:
    frames = [colors(), PIL.Image.new("RGB", (14, 9))]
    animated = encoded(frames[0], "PNG", save_all=True, append_images=frames[1:])
    assert np.array_equal(decoded(tmp_path, animated), COLORS)
    telephone = encoded(frames[0], "MPO", save_all=True, append_images=frames[1:])
    assert np.array_equal(
        decoded(tmp_path, telephone), decoded(tmp_path, encoded(colors(), "JPEG"))
    )


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_transparency_is_laid_on_white(tmp_path: Path, mode: str) -> None:
    picture = colors().convert(mode)
    alpha = np.linspace(0, 255, COLORS[..., 0].size).reshape(COLORS.shape[:2]).astype(np.uint8)
    picture.putalpha(PIL.Image.fromarray(alpha))
    share = alpha[..., np.newaxis] / 255
    expected = np.asarray(picture.convert("RGB")) * share + 255 * (1 - share)
    result = decoded(tmp_path, encoded(picture, "PNG"))
    assert np.abs(result - expected).max() <= 1
    assert result[0, 0].tolist() == [255, 255, 255]


def test_transparent_palette_colors_are_laid_on_white(tmp_path: Path) -> None:
    palette = chunk(b"PLTE", bytes([9, 9, 9, 200, 0, 0, 0, 0, 50]))
    content = png(3, 1, 8, 3, palette, chunk(b"tRNS", b"\x00\xff\x80"), pixels(b"\x00\x01\x02"))
    assert decoded(tmp_path, content).tolist() == [[[255] * 3, [200, 0, 0], [127, 127, 152]]]


def test_a_transparent_color_is_white(tmp_path: Path) -> None:
    row = pixels(bytes([1, 2, 3, 4, 5, 6]))
    content = png(2, 1, 8, 2, chunk(b"tRNS", struct.pack(">3H", 4, 5, 6)), row)
    assert decoded(tmp_path, content).tolist() == [[[1, 2, 3], [255, 255, 255]]]


def test_16_bits_are_scaled_and_not_cut_off(tmp_path: Path) -> None:
    values = np.array([[0, 128, 129, 257 * 7, 40_000, 65_406, 65_407, 65_535]], np.uint16)
    result = decoded(tmp_path, encoded(PIL.Image.fromarray(values), "PNG"))
    assert result[..., 0].tolist() == [[0, 0, 1, 7, 156, 254, 255, 255]]
    assert (result == result[..., :1]).all()


def test_a_transparent_gray_of_16_bits_is_white(tmp_path: Path) -> None:
    row = pixels(struct.pack(">2H", 1000, 1001))
    content = png(2, 1, 16, 0, chunk(b"tRNS", struct.pack(">H", 1000)), row)
    assert decoded(tmp_path, content)[..., 0].tolist() == [[255, 4]]


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("orientation", range(10))
def test_pictures_are_turned_upright(tmp_path: Path, orientation: int, kind: str) -> None:
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    content = encoded(colors(), kind, exif=exif)
    expected = PIL.ImageOps.exif_transpose(PIL.Image.open(io.BytesIO(content)))
    assert np.array_equal(decoded(tmp_path, content), np.asarray(expected))


def test_content_decides_and_not_the_name(tmp_path: Path) -> None:
    path = tmp_path / "picture.jpg"
    path.write_bytes(encoded(colors(), "PNG"))
    assert np.array_equal(decode_picture(path), COLORS)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "absent.png"
    assert refusal(path) == (
        f"{path}: there is no such file.\n"
        "  Needed: a file that can be read.\n"
        "  Fix: correct the path."
    )


def test_folders_and_devices_are_named(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (tmp_path, pipe):
        assert refusal(path) == (
            f"{path}: it is a folder or a device, not a file.\n"
            "  Needed: a file.\n"
            "  Fix: give the path of a file."
        )


def test_an_unreadable_path_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "picture.png"
    assert refusal(path) == (
        f"{path}: it cannot be read: Not a directory.\n"
        "  Needed: a file that you may read.\n"
        "  Fix: correct the path, or the permissions of the file."
    )
    assert "it cannot be read: embedded null byte." in refusal(Path("picture\0.png"))


def test_an_empty_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "empty.png"
    assert refusal(path, b"") == (
        f"{path}: the file is empty.\n"
        "  Needed: a file with content.\n"
        "  Fix: copy or download it again."
    )


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "WEBP", "PPM", "JPEG2000", "GIF", "AVIF"])
def test_other_forms_are_decoded_whatever_the_file_is_called(tmp_path: Path, kind: str) -> None:
    options: dict[str, dict[str, object]] = {
        "WEBP": {"lossless": True},
        "AVIF": {"quality": 100, "subsampling": "4:4:4"},
    }
    if not PIL.features.check("avif") and kind == "AVIF":
        pytest.skip("Pillow was built without AVIF")
    found = decoded(tmp_path, encoded(colors(), kind, **options.get(kind, {}))).astype(int)
    assert np.abs(found - COLORS).max() <= (8 if kind == "AVIF" else 0)


def test_of_a_moving_picture_the_first_frame_is_decoded(tmp_path: Path) -> None:
    frames = [PIL.Image.new("RGB", (5, 4), color) for color in ("red", "blue")]
    stream = io.BytesIO()
    frames[0].save(stream, "GIF", save_all=True, append_images=frames[1:])
    assert (decoded(tmp_path, stream.getvalue()) == (255, 0, 0)).all()


@pytest.mark.parametrize("scale", [1.0, 255.0])
def test_pictures_of_floats_are_brought_to_bytes(tmp_path: Path, scale: float) -> None:
    gray = np.linspace(0, scale, 20, dtype=np.float32).reshape(4, 5)
    found = decoded(tmp_path, encoded(PIL.Image.fromarray(gray), "TIFF"))
    assert np.array_equal(found[..., 0], np.rint(gray * (255 / scale)))


@pytest.mark.parametrize(
    ("start", "begins"),
    [
        (b"8BPS\0\1", "the bytes 38 42 50 53 00 01 78 78"),
        (b"%!PS-Adobe", "'%!PS-Ado'"),
        (b"BMX is a text", "'BMX is a'"),
        (b"P9 \n", "the bytes 50 39 20 0a 78 78 78 78"),
    ],
)
def test_another_format_is_named_whatever_the_file_is_called(
    tmp_path: Path, start: bytes, begins: str
) -> None:
    path = tmp_path / "picture.png"
    content = start.ljust(16, b"x")
    assert refusal(path, content) == (
        f"{path}: it begins with {begins}.\n"
        "  Needed: PNG, JPEG, WebP, BMP, GIF, TIFF, PPM, AVIF or JPEG 2000 by its content, whatever its name.\n"
        "  Fix: open it in a picture program and save it as PNG."
    )


@pytest.mark.parametrize("brand", ["heic", "heix", "hevc", "mif1", "msf1"])
def test_pictures_of_phones_are_named_with_a_way_to_convert_many(
    tmp_path: Path, brand: str
) -> None:
    path = tmp_path / "IMG_3001.JPG"
    assert refusal(path, b"\0\0\0\x18ftyp" + brand.encode() + bytes(200)) == (
        f"{path}: it is a HEIC picture (HEIF, {brand}), as phones write them, which is not decoded.\n"
        "  Needed: PNG, JPEG, WebP, BMP, GIF, TIFF, PPM, AVIF or JPEG 2000 by its content, whatever its name.\n"
        "  Fix: convert all of a folder: by ImageMagick, find FOLDER -iname '*.heic' -exec magick mogrify -format jpg "
        "{} +; on macOS, find FOLDER -iname '*.heic' -exec sips -s format jpeg {} --out {}.jpg ';'. Then take them "
        "away with find FOLDER -iname '*.heic' -delete."
    )


@pytest.mark.parametrize("brand", ["mp42", "isom", "qt  "])
def test_films_are_told_from_pictures(tmp_path: Path, brand: str) -> None:
    path = tmp_path / "film"
    assert refusal(path, b"\0\0\0\x18ftyp" + brand.encode() + bytes(200)) == (
        f"{path}: it is a film, or of another kind of MP4 ({brand.strip()}).\n"
        "  Needed: PNG, JPEG, WebP, BMP, GIF, TIFF, PPM, AVIF or JPEG 2000 by its content, whatever its name.\n"
        "  Fix: save single pictures of it: ffmpeg -i FILE -r 1 picture-%04d.png saves one a second."
    )


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
def test_a_truncated_picture_is_named(tmp_path: Path, kind: str, kept: float) -> None:
    path = tmp_path / "picture"
    content = encoded(colors(), kind)
    assert refusal(path, content[: int(len(content) * kept)]) == f"{path}: {DAMAGED}"


def test_a_wrong_checksum_is_named(tmp_path: Path) -> None:
    content = bytearray(encoded(colors(), "PNG"))
    content[29] ^= 1  # the checksum of the header
    path = tmp_path / "picture.png"
    assert refusal(path, bytes(content)) == f"{path}: {DAMAGED}"


def test_a_text_that_unpacks_to_too_much_is_named(tmp_path: Path) -> None:
    text = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(2**21)))
    path = tmp_path / "picture.png"
    assert refusal(path, png(1, 1, 8, 0, text, pixels(b"\0"))) == f"{path}: {DAMAGED}"


@pytest.mark.parametrize(
    ("width", "height", "came"),
    [
        (20_000, 10_001, "20,000x10,001"),  # Pillow would raise by itself
        (30_000, 30_000, "30,000x30,000"),
    ],
)
def test_too_many_pixels_are_refused_before_they_are_decoded(
    tmp_path: Path, width: int, height: int, came: str
) -> None:
    path = tmp_path / "bomb.png"
    # Decoding would say that the picture is cut off: it has no rows.
    assert refusal(path, png(width, height, 8, 0, pixels())) == (
        f"{path}: the picture has {came} pixels.\n"
        "  Needed: at most 200,000,000 pixels.\n"
        "  Fix: save the picture smaller."
    )


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_picture_of_exactly_the_limit_is_decoded(kind: str) -> None:
    content = encoded(colors(), kind)
    assert decode.decode_open(io.BytesIO(content), "picture", 9 * 14).shape == (9, 14, 3)
    with pytest.raises(DataError, match="the picture has 14x9 pixels"):
        decode.decode_open(io.BytesIO(content), "picture", 9 * 14 - 1)


def test_a_file_that_is_too_large_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode, "MAX_FILE_BYTES", 1000)
    path = tmp_path / "picture.png"
    content = encoded(colors(), "PNG").ljust(1000, b"\0")
    assert decoded(tmp_path, content).shape == (9, 14, 3)
    assert refusal(path, content + b"\0") == (
        f"{path}: the file has 1,001 bytes.\n"
        "  Needed: at most 1,000 bytes.\n"
        "  Fix: save the picture smaller."
    )


def test_threads_leave_the_warnings_of_the_process_as_they_were(tmp_path: Path) -> None:
    content = encoded(PIL.Image.new("RGB", (300, 300)), "PNG")
    path = tmp_path / "picture.png"
    path.write_bytes(content)
    before = list(warnings.filters)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(decode_picture, [path] * 100))
    assert warnings.filters == before


def seeds() -> list[bytes]:
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    deep = PIL.Image.fromarray(COLORS[..., 0].astype(np.uint16) * 257)
    return [
        *(encoded(colors(mode), "PNG", exif=exif) for mode in ("1", "L", "P", "RGB")),
        *(encoded(colors().convert(mode), "PNG") for mode in ("LA", "RGBA")),
        encoded(colors("P"), "PNG", transparency=3),
        encoded(deep, "PNG"),
        *(encoded(colors(mode), "JPEG", exif=exif) for mode in ("L", "RGB", "CMYK")),
        encoded(colors(), "JPEG", progressive=True, comment=b"comment"),
    ]


def checksummed(content: bytes) -> bytes:
    """Correct the checksums of a PNG, without which Pillow would not look at altered chunks."""
    fixed, place = bytearray(content), 8
    while place + 12 <= len(fixed):
        end = place + 8 + int.from_bytes(fixed[place : place + 4], "big")
        if end + 4 > len(fixed):
            break
        fixed[end : end + 4] = struct.pack(">I", zlib.crc32(fixed[place + 4 : end]))
        place = end + 4
    return bytes(fixed)


@st.composite
def broken_pictures(draw: st.DrawFn) -> bytes:
    content = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 8))):
        place = draw(st.integers(2, len(content)))
        taken = draw(st.integers(0, 6))
        content[place : place + taken] = draw(st.binary(max_size=6))
    kept = draw(st.one_of(st.just(len(content)), st.integers(0, len(content))))
    altered = bytes(content[:kept])
    return checksummed(altered) if draw(st.booleans()) else altered


SEEDS = seeds()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pictures")


@given(content=broken_pictures() | st.binary(max_size=60))
@settings(deadline=None, max_examples=300)
def test_any_bytes_give_a_picture_or_a_data_error(folder: Path, content: bytes) -> None:
    try:
        result = decoded(folder, content)
    except DataError:
        return
    assert result.dtype == np.uint8
    assert result.ndim == 3
    assert result.shape[2] == 3
    assert result.size > 0


@pytest.mark.parametrize("content", SEEDS)
def test_what_the_broken_pictures_are_made_of_is_whole(tmp_path: Path, content: bytes) -> None:
    assert decoded(tmp_path, content).shape in {(9, 14, 3), (14, 9, 3)}

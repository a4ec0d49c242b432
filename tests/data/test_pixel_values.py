"""What the numbers of images mean, and archives that strangers or chance have damaged."""

import io
import zipfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from striate.data import Source, load_source, summarize
from striate.errors import DataError


BYTES = np.random.default_rng(0).integers(0, 256, (10, 4, 5), dtype=np.uint8)
BYTES[0, 0, :2] = 0, 255
LABELS = np.array([0, 1] * 5)


def refusal(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        load_source(str(path))
    return str(caught.value)


def pixels_of(source: Source) -> npt.NDArray[np.uint8]:
    together = np.concatenate([source.train.images.numpy(), source.test.images.numpy()])
    return np.sort(together.reshape(-1, 20), axis=0)


@pytest.mark.parametrize(
    ("images", "said"),
    [
        (BYTES, ""),
        (BYTES.astype(np.int64), "int64 from 0 to 255, read as 0 to 255: taken as bytes"),
        (BYTES.astype(np.float32), "float32 from 0 to 255, read as 0 to 255: taken as bytes"),
        (BYTES / 255, "float64 from 0 to 1, read as 0 to 1: multiplied by 255"),
        (
            (BYTES / 255).astype(np.float16),
            "float16 from 0 to 1, read as 0 to 1: multiplied by 255",
        ),
        (
            BYTES.astype(np.float32) / 127.5 - 1,
            "float32 from -1 to 1, read as -1 to 1: to which 1 is added, multiplied by 127.5",
        ),
    ],
)
def test_plain_ranges_are_read_and_said(
    tmp_path: Path, images: npt.NDArray[np.generic], said: str
) -> None:
    np.savez(tmp_path / "a.npz", images=images, labels=LABELS)
    source = load_source(str(tmp_path / "a.npz"))
    assert np.array_equal(pixels_of(source), np.sort(BYTES.reshape(-1, 20), axis=0))
    assert source.origin.notes == ((f"images of {said}",) if said else ())


@pytest.mark.parametrize("kind", [bool, np.uint8, np.int32, np.float32])
def test_black_and_white_of_0_and_1_is_not_read_as_two_blacks(tmp_path: Path, kind: type) -> None:
    np.savez(tmp_path / "a.npz", images=(BYTES > 127).astype(kind), labels=LABELS)
    assert set(np.unique(pixels_of(load_source(str(tmp_path / "a.npz"))))) == {0, 255}


@pytest.mark.parametrize(
    ("images", "range_", "guess", "fix"),
    [
        (
            (BYTES - BYTES.mean()) / BYTES.std(),
            "float64 from -1.68246",
            " They look standardized.",
            "save the images as they were before they were standardized: networks do that themselves.",
        ),
        (
            BYTES.astype(np.uint16) * 257,
            "uint16 from 0 to 65535",
            "",
            "scale them to 0 to 255 by their own black and white, and save them as uint8.",
        ),
        (
            BYTES / 100,
            "float64 from 0 to 2.55",
            "",
            "scale them to 0 to 255 by their own black and white, and save them as uint8.",
        ),
    ],
)
def test_what_is_not_plain_is_refused_by_its_range(
    tmp_path: Path, images: npt.NDArray[np.generic], range_: str, guess: str, fix: str
) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, images=images, labels=LABELS)
    came = refusal(path)
    assert came.startswith(f"{path}, images: its images are {range_}")
    assert f"and it is not plain which values are black and white.{guess}\n" in came
    assert came.endswith(f"  Needed: values of 0 to 255, of 0 to 1, or of -1 to 1.\n  Fix: {fix}")


def test_values_that_are_no_numbers_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    images = BYTES / 255
    images[0, 0, 0], images[1, 1, 1] = np.nan, np.inf
    np.savez(path, images=images, labels=LABELS)
    assert refusal(path) == (
        f"{path}, images: 2 values of its images are not finite.\n"
        "  Needed: images of numbers.\n"
        "  Fix: find where they come from, and save the images again."
    )


def test_arrays_of_two_ranges_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, x_train=BYTES, y_train=LABELS, x_test=BYTES / 255, y_test=LABELS)
    assert refusal(path) == (
        f"{path}: x_train is uint8 from 0 to 255; x_test is float64 from 0 to 1.\n"
        "  Needed: values of one range in all arrays.\n"
        "  Fix: save all of them with the same scaling."
    )


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (np.eye(3)[[0, 1, 2, 0, 1, 2, 0, 1, 2, 0]], ("0", "1", "2")),
        (LABELS.astype(np.float32), ("0", "1")),
        (LABELS.astype(bool)[:, None], ("0", "1")),
        (np.array([b"cat", b"dog"] * 5), ("cat", "dog")),
    ],
)
def test_labels_of_other_kinds_are_read(
    tmp_path: Path, labels: npt.NDArray[np.generic], classes: tuple[str, ...]
) -> None:
    np.savez(tmp_path / "a.npz", images=BYTES, labels=labels)
    assert load_source(str(tmp_path / "a.npz")).classes == classes


@pytest.mark.parametrize("labels", [np.array(3), np.eye(10) * 2])
def test_labels_that_are_no_classes_are_refused(
    tmp_path: Path, labels: npt.NDArray[np.generic]
) -> None:
    np.savez(tmp_path / "a.npz", images=BYTES, labels=labels)
    assert ", labels: it is " in refusal(tmp_path / "a.npz")


@pytest.mark.parametrize(
    ("labels", "came"),
    [
        (LABELS + 0.5, "label 0, counted from 0, is 0.5, and 9 more are no classes either."),
        (np.array([0, np.nan] * 5), "label 1, counted from 0, is nan, and 4 more are no classes"),
        (np.array([0, 1] * 4 + [0, -1]), "label 9, counted from 0, is -1.\n"),
        (np.array([0, 1] * 4 + [65_536, 0]), "label 8, counted from 0, is 65536.\n"),
        (np.array([0, 1] * 4 + [np.inf, 0]), "label 8, counted from 0, is inf.\n"),
    ],
)
def test_numbers_that_are_no_indices_are_named_with_their_place(
    tmp_path: Path, labels: npt.NDArray[np.generic], came: str
) -> None:
    np.savez(tmp_path / "a.npz", images=BYTES, labels=labels)
    assert f", labels: {came}" in refusal(tmp_path / "a.npz")


@pytest.mark.parametrize("code", [0x11_0000, 0xD800, 0xFFFF_FFFF])
def test_texts_of_numbers_that_are_no_characters_are_refused(tmp_path: Path, code: int) -> None:
    labels = np.array([97, code] * 5, np.uint32).view("U1")
    np.savez(tmp_path / "a.npz", images=BYTES, labels=labels)
    assert "labels.npy holds texts of numbers that are no characters" in refusal(tmp_path / "a.npz")


def test_labels_from_1_are_said(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", images=np.concatenate([BYTES] * 4), labels=np.tile(LABELS, 4) + 1)
    source = load_source(str(tmp_path / "a.npz"))
    assert (
        "Note      no example is of the class '0', for the labels begin at 1: the output for it learns nothing."
        in summarize(source).lines()
    )


def test_arrays_that_are_not_used_are_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", images=BYTES, labels=LABELS, weights=LABELS)
    assert load_source(str(tmp_path / "a.npz")).origin.ignored == ("arrays weights",)


def _with_header(shape: str, kind: str = "|u1") -> bytes:
    header = (
        f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".encode().ljust(117)
        + b"\n"
    )
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (_with_header("(10**12, 28, 28)"), "it cannot be read"),
        (_with_header("(1000000000000, 28, 28)") + bytes(160), "and does not hold as much"),
        (_with_header("(-1, 2)"), "it cannot be read"),
        (_with_header("(4,)", "<U0"), "it cannot be read"),
        (_with_header("(2,)", "|O") + bytes(16), "images.npy holds Python objects"),
        (b"", "it cannot be read"),
        (b"\x93NUMPY\x07\x00" + bytes(100), "version 7.0"),
        (b"no magic", "it cannot be read"),
    ],
)
def test_damaged_arrays_are_named(tmp_path: Path, content: bytes, said: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("images.npy", content)
        archive.writestr("labels.npy", content)
    assert said in refusal(tmp_path / "a.npz")


def test_mutants_of_an_archive_are_read_or_named(tmp_path: Path) -> None:
    """Change bytes of an archive, above all of its headers: no other error than a DataError leaves it."""
    stream = io.BytesIO()
    np.savez_compressed(stream, x_train=BYTES, y_train=LABELS, x_test=BYTES, y_test=LABELS)
    plain = stream.getvalue()
    heads = [at for at in range(len(plain)) if plain[at : at + 2] == b"PK"]
    draw = np.random.default_rng(1)
    path = tmp_path / "a.npz"
    refused = 0
    for _ in range(400):
        mutant = bytearray(plain)
        for _ in range(draw.integers(1, 4)):
            near = int(draw.choice(heads)) + int(draw.integers(0, 60))
            at = near if draw.random() < 0.8 else int(draw.integers(0, len(plain)))
            mutant[min(at, len(plain) - 1)] = int(draw.integers(0, 256))
        path.write_bytes(mutant)
        try:
            load_source(str(path))
        except DataError:
            refused += 1
    assert refused > 200

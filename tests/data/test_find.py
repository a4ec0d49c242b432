"""Data sets: MNIST is the original, a folder is read in any packing, all faults are named at once."""

import gzip
import lzma
import tracemalloc
from collections.abc import Callable
from hashlib import md5
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch

from striate.data import Source, load_source, user_files, write_idx
from striate.data.sources import find
from striate.data.user_files import read_unpacked
from striate.errors import DataError


Bytes = npt.NDArray[np.uint8]

TRAIN_IMAGES, TRAIN_LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
TEST_IMAGES, TEST_LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"

REINSTALL = "  Fix: install Striate again: pip install --force-reinstall --no-deps striate"
WRONG_FILE = "  Fix: check that this is the right file."


@pytest.fixture(scope="module")
def mnist() -> Source:
    return load_source("mnist")


def small_arrays() -> dict[str, Bytes]:
    """Three training and two test images of 2x3 pixels; the largest label is in the test half."""
    return {
        TRAIN_IMAGES: np.arange(18, dtype=np.uint8).reshape(3, 2, 3),
        TRAIN_LABELS: np.array([0, 2, 1], np.uint8),
        TEST_IMAGES: np.arange(100, 112, dtype=np.uint8).reshape(2, 2, 3),
        TEST_LABELS: np.array([4, 0], np.uint8),
    }


def write_folder(folder: Path, arrays: dict[str, Bytes]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, array in arrays.items():
        (folder / name).write_bytes(write_idx(array))
    return folder


def refusal(name: str | Path) -> str:
    with pytest.raises(DataError) as caught:
        load_source(str(name))
    return str(caught.value)


@pytest.mark.parametrize(
    ("stem", "digest"),
    [
        (TRAIN_IMAGES, "6bbc9ace898e44ae57da46a324031adb"),
        (TRAIN_LABELS, "a25bea736e30d166cdddb491f175f624"),
        (TEST_IMAGES, "2646ac647ad5339dbf082846283269ea"),
        (TEST_LABELS, "27ae3e4e09519cfbb04c329615203637"),
    ],
)
def test_the_shipped_files_are_the_original_ones(stem: str, digest: str) -> None:
    with lzma.open(find.SHIPPED / f"{stem}.xz") as file:
        assert md5(file.read(), usedforsecurity=False).hexdigest() == digest


def test_the_license_of_the_shipped_files_is_shipped() -> None:
    text = (find.SHIPPED / "LICENSE").read_text(encoding="utf-8")
    assert "CC BY-SA 3.0" in text
    assert all(name in text for name in ("LeCun", "Cortes", "Burges", *find.DIGESTS))


def test_mnist_has_its_known_sizes_and_classes(mnist: Source) -> None:
    assert mnist.name == "mnist"
    assert mnist.classes == tuple("0123456789")
    assert mnist.train.images.shape == (60_000, 1, 28, 28)
    assert mnist.test.images.shape == (10_000, 1, 28, 28)
    assert mnist.train.images.dtype == torch.uint8
    assert mnist.train.labels.dtype == torch.int64
    assert (len(mnist.train), len(mnist.test)) == (60_000, 10_000)


def test_mnist_has_its_known_labels(mnist: Source) -> None:
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert mnist.train.labels.bincount().tolist() == counts
    assert mnist.train.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert mnist.test.labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]


def test_altered_and_missing_shipped_files_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in find.SHIPPED.glob("*.xz"):
        (tmp_path / path.name).symlink_to(path)
    (tmp_path / f"{TRAIN_IMAGES}.xz").unlink()
    altered = tmp_path / f"{TEST_LABELS}.xz"
    content = bytearray(read_unpacked(altered))
    content[-1] ^= 1
    altered.unlink()
    altered.write_bytes(lzma.compress(content, preset=0))
    monkeypatch.setattr(find, "SHIPPED", tmp_path)
    assert refusal("mnist") == (
        f"{tmp_path / TRAIN_IMAGES}.xz: there is no such file.\n"
        "  Needed: a file that can be read.\n"
        f"{REINSTALL}\n"
        f"{altered}: its content is not the one that Striate was released with.\n"
        "  Needed: the file as released: its SHA-256 is known.\n"
        f"{REINSTALL}"
    )


def raw(content: bytes) -> bytes:
    return content


@pytest.mark.parametrize("separator", ["-", "."])
@pytest.mark.parametrize(
    ("suffix", "pack"),
    [("", raw), (".gz", gzip.compress), (".xz", lzma.compress), (".gz", raw), ("", lzma.compress)],
)
def test_a_folder_is_read_in_any_packing_and_spelling(
    tmp_path: Path, separator: str, suffix: str, pack: Callable[[bytes], bytes]
) -> None:
    arrays = small_arrays()
    for stem, array in arrays.items():
        name = stem.replace("-idx", f"{separator}idx") + suffix
        (tmp_path / name).write_bytes(pack(write_idx(array)))
    source = load_source(str(tmp_path))
    assert source.name == tmp_path.name
    assert source.classes == ("0", "1", "2", "3", "4")
    assert np.array_equal(source.train.images.squeeze(1), arrays[TRAIN_IMAGES])
    assert np.array_equal(source.test.images.squeeze(1), arrays[TEST_IMAGES])
    assert source.train.labels.tolist() == [0, 2, 1]
    assert source.test.labels.tolist() == [4, 0]


@pytest.mark.parametrize("stem", ["images-idx3-ubyte", "images-idx4-ubyte"])
def test_images_with_channels_are_read(tmp_path: Path, stem: str) -> None:
    arrays = small_arrays()
    color = np.arange(3 * 3 * 2 * 2, dtype=np.uint8).reshape(3, 3, 2, 2)
    del arrays[TRAIN_IMAGES], arrays[TEST_IMAGES]
    arrays |= {f"train-{stem}": color, f"t10k-{stem}": color[:2]}
    source = load_source(str(write_folder(tmp_path, arrays)))
    assert np.array_equal(source.train.images, color)


def test_gray_images_and_images_of_one_channel_go_together(tmp_path: Path) -> None:
    arrays = small_arrays()
    arrays[TEST_IMAGES] = arrays[TEST_IMAGES][:, np.newaxis]
    source = load_source(str(write_folder(tmp_path, arrays)))
    assert source.train.images.shape[1:] == source.test.images.shape[1:] == (1, 2, 3)


def test_a_folder_named_mnist_is_reached_by_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_folder(tmp_path / "mnist", small_arrays())
    monkeypatch.chdir(tmp_path)
    assert len(load_source("./mnist").train) == 3


def test_all_faults_of_a_folder_are_named_at_once(tmp_path: Path) -> None:
    arrays = small_arrays()
    del arrays[TRAIN_LABELS]
    arrays[TEST_IMAGES] = np.zeros((5, 9, 9), np.uint8)
    write_folder(tmp_path, arrays)
    (tmp_path / TRAIN_IMAGES).write_bytes(b"")
    assert refusal(tmp_path) == (
        f"{tmp_path}: it has no file train-labels-idx1-ubyte.\n"
        "  Needed: four IDX files, each raw, or packed as .gz or .xz.\n"
        "  Fix: put the missing files into the folder, under these names.\n"
        f"{tmp_path / TRAIN_IMAGES}: the file is empty.\n"
        "  Needed: a file with content.\n"
        "  Fix: copy or download it again.\n"
        f"{tmp_path}: t10k-images-idx3-ubyte holds 5 images, and t10k-labels-idx1-ubyte 2 labels.\n"
        "  Needed: one label for each image.\n"
        "  Fix: check that the two files belong together."
    )


def test_a_folder_that_holds_one_of_four_lacks_the_others(tmp_path: Path) -> None:
    (tmp_path / TRAIN_IMAGES).write_bytes(write_idx(small_arrays()[TRAIN_IMAGES]))
    assert refusal(tmp_path) == (
        f"{tmp_path}: it has no file train-labels-idx1-ubyte, t10k-images-idx3-ubyte or "
        "t10k-labels-idx1-ubyte.\n"
        "  Needed: four IDX files, each raw, or packed as .gz or .xz.\n"
        "  Fix: put the missing files into the folder, under these names."
    )


def test_images_of_two_sizes_are_named(tmp_path: Path) -> None:
    arrays = small_arrays()
    arrays[TEST_IMAGES] = np.zeros((2, 3, 3), np.uint8)
    assert refusal(write_folder(tmp_path, arrays)) == (
        f"{tmp_path}: the training images are 1x2x3, and the test images 1x3x3.\n"
        "  Needed: images of one size.\n"
        "  Fix: check that the files belong to one data set."
    )


def test_empty_sets_are_named(tmp_path: Path) -> None:
    arrays = small_arrays()
    arrays[TEST_IMAGES], arrays[TEST_LABELS] = arrays[TEST_IMAGES][:0], arrays[TEST_LABELS][:0]
    none = f"it holds no examples.\n  Needed: at least one.\n{WRONG_FILE}"
    assert refusal(write_folder(tmp_path, arrays)) == (
        f"{tmp_path / TEST_IMAGES}: {none}\n{tmp_path / TEST_LABELS}: {none}"
    )


def test_images_without_pixels_are_named(tmp_path: Path) -> None:
    arrays = small_arrays()
    arrays[TRAIN_IMAGES] = np.zeros((3, 0, 3), np.uint8)
    assert refusal(write_folder(tmp_path, arrays)).startswith(
        f"{tmp_path / TRAIN_IMAGES}: its images have 0x3 pixels.\n"
        f"  Needed: at least one pixel along each side.\n{WRONG_FILE}\n"
    )


def test_images_and_labels_in_each_others_place_are_named(tmp_path: Path) -> None:
    arrays = small_arrays()
    swap = {TRAIN_IMAGES: arrays[TRAIN_LABELS], TRAIN_LABELS: arrays[TRAIN_IMAGES]}
    assert refusal(write_folder(tmp_path, arrays | swap)).startswith(
        f"{tmp_path / TRAIN_IMAGES}: it has 1 dimension.\n"
        "  Needed: 3 dimensions: examples, height and width, or 4: with channels after the examples."
        f"\n{WRONG_FILE}\n"
        f"{tmp_path / TRAIN_LABELS}: it has 3 dimensions.\n"
        "  Needed: 1 dimension: the examples.\n"
        f"{WRONG_FILE}\n"
    )


@pytest.mark.parametrize(("packing", "pack"), [("gzip", gzip.compress), ("xz", lzma.compress)])
@pytest.mark.parametrize("place", [-6, -10])
def test_a_cut_or_altered_packed_file_is_named(
    tmp_path: Path, packing: str, pack: Callable[[bytes], bytes], place: int
) -> None:
    write_folder(tmp_path, small_arrays())
    packed = bytearray(pack(write_idx(small_arrays()[TEST_IMAGES])))
    path = tmp_path / TEST_IMAGES
    text = (
        f"{path}: it is packed with {packing} and is damaged or cut off.\n"
        f"  Needed: a whole {packing} file.\n"
        "  Fix: copy or download it again."
    )
    path.write_bytes(packed[:place])
    assert refusal(tmp_path) == text
    packed[place] ^= 0x55
    path.write_bytes(packed)
    assert refusal(tmp_path) == text


@pytest.mark.parametrize("pack", [raw, gzip.compress, lzma.compress])
def test_unpacking_stops_at_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: Callable[[bytes], bytes]
) -> None:
    write_folder(tmp_path, small_arrays())
    path = tmp_path / TEST_LABELS
    path.write_bytes(pack(bytes(20_000_000)))
    monkeypatch.setattr(user_files, "MAX_BYTES", 100_000)
    monkeypatch.setattr(user_files, "BLOCK_BYTES", 10_000)
    tracemalloc.start()
    try:
        assert refusal(tmp_path) == (
            f"{path}: it holds more than 100,000 bytes when unpacked.\n"
            "  Needed: at most 100,000 bytes.\n"
            "  Fix: split the data set, or check that this is the right file."
        )
        assert tracemalloc.get_traced_memory()[1] < 16_000_000  # xz keeps 8 MiB to refer back to
    finally:
        tracemalloc.stop()


def test_content_of_exactly_the_limit_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "content.gz"
    path.write_bytes(gzip.compress(bytes(1000)))
    monkeypatch.setattr(user_files, "MAX_BYTES", 1000)
    assert read_unpacked(path) == bytes(1000)


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("MNST", "write 'mnist'."),
        ("fashion-mnst", "write 'fashion-mnist'."),
        ("flower", "write 'flowers'."),
        ("cifar", "correct the name or the path."),
        ("", "correct the name or the path."),
        ("nowhere/at/all", "correct the name or the path."),
        ("a-file/below", "correct the name or the path."),
    ],
)
def test_an_unknown_name_is_named_with_the_nearest_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, fix: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("flowers").mkdir()
    Path("a-file").touch()
    assert refusal(name) == (
        f"data: {name!r} is neither a data set that Striate knows nor a path.\n"
        "  Needed: mnist, fashion-mnist, xor, movie-reviews or painted-shapes, or the path of a folder of images, of an "
        ".npz file, or of a file of sentences.\n"
        f"  Fix: {fix}"
    )


def test_a_misspelt_path_is_answered_with_a_path(tmp_path: Path) -> None:
    (tmp_path / "fashion").mkdir()
    assert refusal(tmp_path / "fashon").endswith(f"Fix: write {str(tmp_path / 'fashion')!r}.")


def test_a_name_that_no_system_accepts_is_named() -> None:
    assert refusal("x" * 5000) == (
        f"{'x' * 5000}: it cannot be read: File name too long.\n"
        "  Needed: a file that you may read.\n"
        "  Fix: correct the path, or the permissions of the file."
    )

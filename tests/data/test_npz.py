"""Arrays: .npz files and pairs of IDX files."""

import zipfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from striate.data import load_source, user_files, write_idx
from striate.data.sources.class_folders import DRAWN
from striate.errors import DataError


Bytes = npt.NDArray[np.uint8]
GRAY: Bytes = np.arange(10 * 6, dtype=np.uint8).reshape(10, 2, 3)
LABELS = np.array([0, 1] * 5)


def refusal(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        load_source(str(path))
    return str(caught.value)


def test_four_arrays_are_two_splits(tmp_path: Path) -> None:
    path = tmp_path / "digits.npz"
    np.savez(path, x_train=GRAY, y_train=LABELS, x_test=GRAY[:4] + 100, y_test=LABELS[:4, None] + 2)
    source = load_source(str(path))
    assert source.name == "digits"
    assert source.classes == ("0", "1", "2", "3")
    assert np.array_equal(source.train.images.squeeze(1), GRAY)
    assert np.array_equal(source.test.images.squeeze(1), GRAY[:4] + 100)
    assert source.test.labels.tolist() == [2, 3, 2, 3]
    assert source.validation is None
    assert source.origin.split == "by the arrays x_train and x_test"


def test_six_arrays_have_validation_examples(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(
        path,
        train_images=GRAY,
        train_labels=LABELS,
        val_images=GRAY,
        val_labels=LABELS,
        test_images=GRAY,
        test_labels=LABELS,
    )
    source = load_source(str(path))
    assert source.validation is not None
    assert len(source.validation) == 10


def test_images_and_labels_are_divided(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez_compressed(path, images=GRAY, labels=LABELS)
    source = load_source(str(path))
    assert (len(source.train), len(source.test)) == (8, 2)
    assert source.test.labels.tolist() == [0, 1]
    assert source.origin.split == DRAWN
    together = np.concatenate([source.train.images, source.test.images]).squeeze(1)
    assert np.array_equal(np.sort(together, axis=0), GRAY)


@pytest.mark.parametrize("shape", [(5, 4, 4, 3), (5, 4, 4, 1), (5, 3, 4, 5), (5, 1, 4, 5)])
def test_channels_may_be_last_or_second(tmp_path: Path, shape: tuple[int, ...]) -> None:
    images = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    path = tmp_path / "a.npz"
    np.savez(path, images=images, labels=[0, 1, 0, 1, 0])
    source = load_source(str(path))
    first = images.transpose(0, 3, 1, 2) if shape[3] in {1, 3} else images
    assert source.train.images.shape[1:] == first.shape[1:]
    assert {one.tobytes() for one in source.train.images.numpy()} < {one.tobytes() for one in first}


def test_labels_may_be_names(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, images=GRAY[:4], labels=np.array(["b, c", "a", "a", "b, c"]))
    assert load_source(str(path)).classes == ("a", "b, c")


def test_names_of_classes_may_stand_beside_indices(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, images=GRAY, labels=LABELS, classes=np.array(["no", "yes", "perhaps"]))
    assert load_source(str(path)).classes == ("no", "yes", "perhaps")


def test_all_faults_of_an_archive_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(
        path, x_train=GRAY * 1j, y_train=np.eye(10) * 3, x_test=GRAY[0], y_test=np.array([-1, 0])
    )
    images_needed = (
        "  Needed: numbers, examples x height x width, with 1 or 3 channels last or second.\n"
        "  Fix: save the images as they were before they were made into something else.\n"
    )
    labels_needed = (
        "  Needed: one whole number from 0 to 65,535, or one name, for each image.\n"
        "  Fix: give the index of the class of each image, or a column of 0 and 1 for each class."
    )
    assert refusal(path) == (
        f"{path}, x_train: it is 10x2x3 of complex128.\n{images_needed}"
        f"{path}, y_train: it is 10x10 of float64.\n{labels_needed}\n"
        f"{path}, x_test: it is 2x3 of uint8.\n{images_needed}"
        f"{path}, y_test: label 0, counted from 0, is -1.\n"
        "  Needed: whole numbers from 0 to 65,535.\n"
        "  Fix: number the classes from 0, and leave examples without a class out."
    )


def test_images_and_labels_of_two_counts_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, images=GRAY, labels=LABELS[:9])
    assert refusal(path).startswith(f"{path}: images holds 10 images, and labels 9 labels.")


def test_splits_of_two_sizes_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, x_train=GRAY, y_train=LABELS, x_test=GRAY[:, :, :2], y_test=LABELS)
    assert "1x2x3, and the test images 1x2x2" in refusal(path)


def test_other_arrays_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, inputs=GRAY, targets=LABELS)
    assert refusal(path) == (
        f"{path}: it holds inputs, targets.\n"
        "  Needed: x_train, y_train, x_test and y_test, or images and labels.\n"
        "  Fix: save the arrays under these names."
    )


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, images=GRAY, labels=np.array([{"a": 1}] * 10, dtype=object))
    assert refusal(path) == (
        f"{path}: it cannot be read: labels.npy holds Python objects.\n"
        "  Needed: an .npz file of arrays, without Python objects: nothing is unpickled.\n"
        "  Fix: save it again with numpy.savez, as uint8 images and whole numbers for labels."
    )


def test_a_damaged_archive_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez_compressed(path, images=GRAY, labels=LABELS)
    path.write_bytes(path.read_bytes()[:-30])
    assert refusal(path).startswith(f"{path}: it cannot be read: File is not a zip file.\n")
    path.write_bytes(b"")
    assert refusal(path).startswith(f"{path}: it cannot be read: File is not a zip file.\n")


def test_an_archive_is_not_unpacked_beyond_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.npz"
    np.savez_compressed(path, images=np.zeros((1000, 30, 30), np.uint8), labels=np.zeros(1000))
    monkeypatch.setattr("striate.data.sources.npz.MAX_BYTES", 100_000)
    assert user_files.MAX_BYTES > 100_000
    assert "it holds more than 100,000 bytes when unpacked" in refusal(path)


def test_a_zip_of_something_else_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("notes.txt", "x")
    assert "it holds notes.txt" in refusal(path)


@pytest.mark.parametrize(
    "names",
    [
        ("images", "labels"),
        ("images-idx3-ubyte", "labels-idx1-ubyte"),
        ("train-images.idx3-ubyte", "train-labels.idx1-ubyte"),
        ("test_images.idx", "test_labels.idx"),
    ],
)
def test_a_pair_of_idx_files_is_divided(tmp_path: Path, names: tuple[str, str]) -> None:
    for name, array in zip(names, (GRAY, LABELS.astype(np.uint8)), strict=True):
        (tmp_path / name).write_bytes(write_idx(array))
    source = load_source(str(tmp_path))
    assert source.classes == ("0", "1")
    assert (len(source.train), len(source.test)) == (8, 2)
    assert source.origin.split == DRAWN


def test_faults_of_a_pair_are_named_together(tmp_path: Path) -> None:
    (tmp_path / "images").write_bytes(write_idx(GRAY[0]))
    (tmp_path / "labels").write_bytes(b"")
    text = refusal(tmp_path)
    assert f"{tmp_path / 'labels'}: the file is empty." in text
    assert f"{tmp_path / 'images'}: it has 2 dimensions." in text

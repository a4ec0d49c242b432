"""EMNIST's own names of files, its mirrored pictures, and its letters that begin at 1."""

from pathlib import Path

import numpy as np
import pytest

from striate.data import load_source, write_idx
from striate.errors import DataError


UPRIGHT = np.random.default_rng(0).integers(0, 256, (6, 28, 28), dtype=np.uint8)


def write(folder: Path, name: str = "letters", first: int = 1) -> Path:
    folder.mkdir(exist_ok=True)
    labels = (np.arange(6) % 3 + first).astype(np.uint8)
    for half in ("train", "test"):
        (folder / f"emnist-{name}-{half}-images-idx3-ubyte").write_bytes(
            write_idx(np.ascontiguousarray(UPRIGHT.transpose(0, 2, 1)))
        )
        (folder / f"emnist-{name}-{half}-labels-idx1-ubyte").write_bytes(write_idx(labels))
    return folder


def refusal(folder: Path) -> str:
    with pytest.raises(DataError) as caught:
        load_source(str(folder))
    return str(caught.value)


def test_pictures_are_turned_upright_and_classes_are_letters(tmp_path: Path) -> None:
    folder = write(tmp_path / "a")
    (folder / "emnist-letters-mapping.txt").write_text("1 65 97\n2 66 98\n3 67 99\n")
    source = load_source(str(folder))
    assert np.array_equal(source.train.images[:, 0].numpy(), UPRIGHT)
    assert (source.name, source.classes) == ("emnist-letters", ("A", "B", "C"))
    assert source.test.labels.tolist() == [0, 1, 2] * 2
    assert source.origin.notes == (
        "pictures of EMNIST are mirrored at their diagonal in its files, and were turned upright",
    )


def test_without_its_table_classes_are_numbers(tmp_path: Path) -> None:
    source = load_source(str(write(tmp_path / "a", "digits", first=0)))
    assert source.classes == ("0", "1", "2")
    assert source.train.labels.tolist() == [0, 1, 2] * 2


def test_several_of_its_sets_are_not_chosen_between(tmp_path: Path) -> None:
    folder = write(write(tmp_path / "a"), "digits")
    assert refusal(folder) == (
        f"{folder}: it holds several sets of EMNIST: digits, letters.\n"
        "  Needed: the files of one of them.\n"
        "  Fix: move the four files of emnist-digits-..., for example, into a folder of their own."
    )


def test_missing_files_are_named(tmp_path: Path) -> None:
    folder = write(tmp_path / "a")
    (folder / "emnist-letters-test-labels-idx1-ubyte").unlink()
    assert refusal(folder) == (
        f"{folder}: it has no file emnist-letters-test-labels-idx1-ubyte.\n"
        "  Needed: images and labels for training and for the test, each raw, or packed as .gz or .xz.\n"
        "  Fix: put the missing files into the folder, under these names."
    )

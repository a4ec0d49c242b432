"""Texts in a file each are sentences of the class that their folder is called after."""

from pathlib import Path

import pytest

from striate.data import find_source, load_source
from striate.errors import DataError


def write(folder: Path, *names: str) -> Path:
    for place, name in enumerate(names):
        for number in range(3):
            path = folder / name / f"{number}_{place}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{name}\n text {number}\n", encoding="utf-8")
    return folder


def test_the_layout_of_the_large_movie_reviews_is_read(tmp_path: Path) -> None:
    write(tmp_path, "train/pos", "train/neg", "train/unsup", "test/pos", "test/neg")
    (tmp_path / "train" / "urls_pos.txt").write_text("http://", encoding="utf-8")
    (tmp_path / "test" / "pos" / "empty.txt").touch()
    source = load_source(str(tmp_path))
    assert source.classes == ("neg", "pos")
    assert (len(source.train), len(source.test)) == (6, 6)
    assert source.origin.split == "by the folders test, train"
    assert source.origin.ignored == ("texts without a class in train/unsup: 3", "empty texts: 1")
    for part, word in ((source.train, "train"), (source.test, "test")):
        for place, label in zip(part.images.flatten(), part.labels, strict=True):
            assert source.texts[int(place)][:-2] == f"{word}/{source.classes[int(label)]} text"


def test_classes_alone_are_divided(tmp_path: Path) -> None:
    source = load_source(str(write(tmp_path, "a", "b", "c")))
    assert source.classes == ("a", "b", "c")
    assert (len(source.train) + len(source.test), source.origin.is_drawn) == (9, True)


def test_a_test_alone_is_whole_and_said(tmp_path: Path) -> None:
    source = load_source(str(write(tmp_path, "test/a", "test/b")))
    assert (len(source.train) + len(source.test), source.origin.is_drawn) == (6, True)
    assert source.origin.notes == ("by the folders test: none is for training",)


def test_every_text_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    write(tmp_path, "a", "b")
    for name in ("a/0_0.txt", "b/1_1.txt"):
        (tmp_path / name).write_bytes(b"\xff\xff")
    with pytest.raises(DataError) as caught:
        find_source(str(tmp_path))
    assert [fault.where for fault in caught.value.faults] == [
        str(tmp_path / "a" / "0_0.txt"),
        str(tmp_path / "b" / "1_1.txt"),
    ]


@pytest.mark.parametrize("names", [[], ["a"], ["train/a"]])
def test_one_class_or_none_is_no_data_set(tmp_path: Path, names: list[str]) -> None:
    with pytest.raises(DataError, match="it holds no pictures, and no IDX files"):
        find_source(str(write(tmp_path, *names)))

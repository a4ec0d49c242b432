"""A look through a data set finds every planted fault, by name, in one pass."""

import shutil
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from fashion_files import need_fashion
from picture_files import pixels, write_classes
from striate.data import PicturesRead, Summary, load_source, summarize
from striate.data.inspection.checkup import Checkup, check_source
from striate.errors import DataError
from striate.shapes import Image


def kinds(checkup: Checkup) -> list[str]:
    return [finding.kind for finding in checkup.findings]


def found(checkup: Checkup, kind: str) -> list[tuple[str, ...]]:
    return [finding.names for finding in checkup.findings if finding.kind == kind]


def texts(checkup: Checkup, kind: str) -> list[str]:
    return [str(finding.fault) for finding in checkup.findings if finding.kind == kind]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    names = ["train/cat", "train/dog", "test/cat", "test/dog"]
    return write_classes(tmp_path / "set", names, 12)


def test_a_sound_folder_has_no_findings(folder: Path) -> None:
    checkup = check_source(str(folder))
    assert checkup.findings == ()
    assert checkup.is_sound
    assert checkup.summary.counts == {"train": (12, 12), "validation": (0, 0), "test": (12, 12)}
    assert checkup.summary.origin.sizes == "8x6"


def test_who_listens_hears_of_every_picture(folder: Path) -> None:
    (folder / "train/cat/empty.png").touch()
    events: list[PicturesRead] = []
    check_source(str(folder), events.append)
    assert events == [PicturesRead("read", done, 49) for done in range(1, 50)]


def test_every_planted_fault_is_found_in_one_pass(folder: Path) -> None:
    cats, dogs, test = folder / "train/cat", folder / "train/dog", folder / "test/cat"
    (cats / "empty.png").touch()
    (dogs / "cut.jpg").write_bytes((dogs / "1.png").read_bytes()[:60])
    shutil.copy(cats / "1.png", cats / "copy of 1.png")
    shutil.copy(cats / "2.png", dogs / "2 as dog.png")
    shutil.copy(cats / "3.png", test / "3 again.png")
    for place in ("train/cow", "test/hen"):
        (folder / place).mkdir()
    PIL.Image.fromarray(pixels(100)).save(folder / "train/cow/cow.png")
    PIL.Image.fromarray(pixels(101)).save(folder / "test/hen/hen.png")
    checkup = check_source(str(folder))
    assert not checkup.is_sound
    assert found(checkup, "unusable") == [
        (str(cats / "empty.png"),),
        (str(dogs / "cut.jpg"),),
    ]
    assert texts(checkup, "mislabelled") == [
        (
            f"{cats / '2.png'}: the same picture has several labels: {cats / '2.png'} (cat), "
            f"{dogs / '2 as dog.png'} (dog).\n"
            "  Needed: one class for one picture.\n"
            "  Fix: keep the right one, and remove the others."
        )
    ]
    assert texts(checkup, "leaking") == [
        (
            f"{cats / '3.png'}: the same picture is in several splits: {cats / '3.png'} (training), "
            f"{test / '3 again.png'} (test).\n"
            "  Needed: pictures to measure by that the network has never seen.\n"
            "  Fix: remove the copy that is for training, or the other."
        )
    ]
    assert texts(checkup, "duplicate") == [
        (
            f"{cats / '1.png'}: the same picture comes 2 times: {cats / '1.png'}, "
            f"{cats / 'copy of 1.png'}.\n"
            "  Needed: each picture once, or it counts several times.\n"
            "  Fix: remove the copies."
        )
    ]
    assert texts(checkup, "missing") == [
        (
            f"{folder}: the class 'hen' has no training image: it cannot be learnt.\n"
            "  Needed: examples of every class in every split.\n"
            "  Fix: add some, or check how the class is spelt."
        ),
        (
            f"{folder}: the class 'cow' has no test image: nothing is measured of it.\n"
            "  Needed: examples of every class in every split.\n"
            "  Fix: add some, or check how the class is spelt."
        ),
    ]
    assert texts(checkup, "few") == [
        (
            f"{folder}: the class 'cow' has 1 training image.\n"
            "  Needed: 10 or more, to learn anything.\n"
            "  Fix: add some, or join the class with another."
        )
    ]
    assert texts(checkup, "unbalanced") == [
        (
            f"{folder}: the class 'cat' has 13 training images, and 'cow' 1: the error rate says little of "
            "small classes.\n"
            "  Needed: classes of about one size, for one rate to say how good a network is.\n"
            "  Fix: look at the error of each class, or add examples of the small ones."
        )
    ]
    assert len(checkup.findings) == 9


def test_the_same_pixels_in_another_file_are_the_same_picture(folder: Path) -> None:
    with PIL.Image.open(folder / "train/cat/1.png") as picture:
        picture.save(folder / "test/cat/packed.png", compress_level=0)
    assert (folder / "test/cat/packed.png").read_bytes() != (
        folder / "train/cat/1.png"
    ).read_bytes()
    assert kinds(check_source(str(folder))) == ["leaking"]


def test_a_small_class_alone_is_no_fault(tmp_path: Path) -> None:
    checkup = check_source(str(write_classes(tmp_path, ["a", "b"], 3)))
    assert set(kinds(checkup)) == {"few"}
    assert checkup.is_sound


def test_rows_of_a_table_are_found_with_the_rest(tmp_path: Path) -> None:
    write_classes(tmp_path, ["a", "b"], 15)
    rows = [f"{name}/{at}.png,{name}" for name in "ab" for at in range(15)]
    (tmp_path / "a" / "0.png").write_bytes(b"")
    (tmp_path / "labels.csv").write_text("\n".join(["file,label", *rows, "c.png,c"]))
    checkup = check_source(str(tmp_path))
    assert kinds(checkup) == ["unusable", "unusable"]
    assert "line 32: 'c.png' is no picture" in texts(checkup, "unusable")[0]
    assert "the file is empty" in texts(checkup, "unusable")[1]


def test_stored_images_are_named_by_number(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (40, 3, 3), dtype=np.uint8)
    labels = np.array([0, 1] * 20)
    images[4] = images[2]
    images[7] = images[2]
    test = images[20:].copy()
    test[0] = images[0]
    path = tmp_path / "a.npz"
    np.savez(path, x_train=images[:20], y_train=labels[:20], x_test=test, y_test=labels[20:])
    checkup = check_source(str(path))
    assert found(checkup, "mislabelled") == [("train 2", "train 4", "train 7")]
    assert found(checkup, "leaking") == [("train 0", "test 0")]
    assert found(checkup, "duplicate") == [("train 2", "train 4")]
    assert len(checkup.findings) == 3


def test_mnist_and_fashion_mnist_are_sound() -> None:
    need_fashion()
    for name in ("mnist", "fashion-mnist"):
        assert check_source(name).findings == ()


def test_of_many_copies_the_first_are_named(folder: Path) -> None:
    for at in range(10):
        shutil.copy(folder / "train/cat/1.png", folder / "train/cat" / f"copy {at}.png")
    (text,) = texts(check_source(str(folder)), "duplicate")
    assert "comes 11 times" in text
    assert "and 3 more." in text


def test_what_cannot_be_understood_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="it holds no pictures"):
        check_source(str(tmp_path))


def test_a_summary_says_it_in_lines(folder: Path) -> None:
    summary = check_source(str(folder)).summary
    assert isinstance(summary, Summary)
    assert summary.lines() == (
        "Data      set: 24 training + 24 test images",
        "Classes   2: cat, dog; 12 training images a class",
        "Split     by the folders test/, train/",
        "Stored as 8x6",
    )


def test_pictures_of_one_color_are_noted(tmp_path: Path) -> None:
    write_classes(tmp_path, ["a", "b"], 12)
    PIL.Image.new("RGB", (8, 6), (200, 10, 10)).save(tmp_path / "a" / "0.png")
    (found,) = check_source(str(tmp_path)).findings
    assert (found.kind, found.is_wrong) == ("plain", False)
    assert str(found.fault) == (
        f"{tmp_path / 'a' / '0.png'}: all of its pixels have one color.\n"
        "  Needed: something to be seen; a network of digits (fit: digit) refuses it, for there is no ink in it.\n"
        "  Fix: remove it, or check how it was made."
    )


def test_what_cannot_be_used_is_counted_as_training_counts_it(folder: Path) -> None:
    (folder / "train/cat/empty.png").touch()
    (folder / "test/dog/cut.png").write_bytes((folder / "test/dog/1.png").read_bytes()[:60])
    checkup = check_source(str(folder))
    trained = summarize(load_source(str(folder), Image(3, 6, 8)))
    assert (
        checkup.summary.counts
        == trained.counts
        == {
            "train": (12, 12),
            "validation": (0, 0),
            "test": (12, 12),
        }
    )
    assert checkup.summary.origin.ignored == trained.origin.ignored
    assert "pictures that cannot be used: 2" in checkup.summary.origin.ignored

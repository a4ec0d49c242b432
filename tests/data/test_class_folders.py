"""What folders of pictures mean: classes, splits, nesting, what is left out, and what is refused."""

import hashlib
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from picture_files import write_classes, write_pictures
from striate.data import find_source, load_source, summarize
from striate.data.images.listing import Listing, choose_test
from striate.data.sources.class_folders import DRAWN
from striate.errors import DataError
from striate.shapes import Image


SIZE = Image(3, 4, 4)


def listed(folder: Path) -> Listing:
    found = find_source(str(folder))
    assert isinstance(found, Listing)
    return found


def labels(listing: Listing) -> dict[str, str]:
    return {item.name: listing.classes[item.label] for item in listing.items}


def refusal(folder: Path) -> str:
    with pytest.raises(DataError) as caught:
        load_source(str(folder), SIZE)
    return str(caught.value)


@pytest.mark.parametrize("validation", ["val", "valid", "validation", "Validation", "dev"])
def test_split_folders_are_known_by_their_usual_names(tmp_path: Path, validation: str) -> None:
    write_pictures(tmp_path, ["train/a/1.png", "train/b/2.png", f"{validation}/a/3.png"])
    write_pictures(tmp_path, ["test/a/4.png", "test/b/5.png"])
    listing = listed(tmp_path)
    assert listing.classes == ("a", "b")
    assert [item.name for item in listing.of("train")] == ["train/a/1.png", "train/b/2.png"]
    assert [item.name for item in listing.of("validation")] == [f"{validation}/a/3.png"]
    assert [item.name for item in listing.of("test")] == ["test/a/4.png", "test/b/5.png"]
    assert listing.split.startswith("by the folders ")


def test_validation_pictures_are_the_test_where_there_is_no_other(tmp_path: Path) -> None:
    listing = listed(write_classes(tmp_path, ["train/a", "train/b", "val/a", "val/b"], 2))
    assert len(listing.of("test")) == 4
    assert listing.of("validation") == ()
    assert listing.split == (
        "by the folders train/, val/; no test pictures, so those for validation are the test"
    )


def test_training_pictures_alone_give_some_for_the_test(tmp_path: Path) -> None:
    listing = listed(write_classes(tmp_path, ["train/a", "train/b"], 5))
    assert listing.split == f"by the folders train/; no test pictures, so {DRAWN}"
    assert len(listing.of("test")) == 2


def test_a_train_among_cars_is_a_class(tmp_path: Path) -> None:
    assert listed(write_classes(tmp_path, ["car", "train", "bus"], 2)).classes == (
        *("bus", "car", "train"),
    )


def test_a_class_is_the_topmost_folder_with_pictures(tmp_path: Path) -> None:
    names = ["cat/1.png", "cat/more/2.png", "cat/more/still/3.png", "wild/fox/4.png"]
    listing = listed(write_pictures(tmp_path, [*names, "wild/wolf/young/5.png"]))
    assert labels(listing) == {
        "cat/1.png": "cat",
        "cat/more/2.png": "cat",
        "cat/more/still/3.png": "cat",
        "wild/fox/4.png": "wild/fox",
        "wild/wolf/young/5.png": "wild/wolf/young",
    }


def test_folders_around_an_unpacked_archive_are_stepped_into(tmp_path: Path) -> None:
    write_classes(tmp_path / "flowers-v2" / "flowers", ["rose", "tulip"], 2)
    assert listed(tmp_path).classes == ("rose", "tulip")


def test_names_with_spaces_commas_and_other_letters_are_kept(tmp_path: Path) -> None:
    names = ["red, dark", "고양이", "été 2", "[bold]"]
    listing = listed(write_classes(tmp_path, names, 2))
    assert listing.classes == tuple(sorted(names))
    lines = "\n".join(summarize(listing).lines())
    assert "'red, dark', été 2, 고양이" in lines


def test_hangul_in_pieces_is_the_same_class(tmp_path: Path) -> None:
    apart = unicodedata.normalize("NFD", "고양이")
    names = ["train/고양이/1.png", "train/개/2.png", f"test/{apart}/3.png", "test/개/4.png"]
    assert listed(write_pictures(tmp_path, names)).classes == ("개", "고양이")


def test_numbers_are_classes_in_the_order_of_their_values(tmp_path: Path) -> None:
    assert listed(write_classes(tmp_path, ["10", "9", "1"], 1)).classes == ("1", "9", "10")


def test_what_is_left_out_is_said(tmp_path: Path) -> None:
    write_classes(tmp_path, ["a", "b"], 2)
    for name in ("a/.DS_Store", "a/Thumbs.db", "b/thumbs.db", "b/notes.txt", "a/.hidden.png", "x"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    (tmp_path / ".git").mkdir()
    listing = listed(tmp_path)
    assert len(listing.items) == 4
    assert listing.ignored == (
        ".txt: 1 (b/notes.txt)",
        "Thumbs.db: 1",
        "hidden: 3",
        "thumbs.db: 1",
        "without an ending: 1",
    )


def test_a_picture_with_a_wrong_ending_or_none_is_found(tmp_path: Path) -> None:
    names = ["a/1.dat", "a/2", "a/3.jpg", "b/4.png"]
    assert len(listed(write_pictures(tmp_path, names)).items) == 4


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    write_classes(tmp_path, ["a", "b"], 2)
    (tmp_path / "a" / "again").symlink_to(tmp_path)
    listing = listed(tmp_path)
    assert len(listing.items) == 4
    assert listing.ignored == ("links to a folder that they lie in: 1",)


def test_pictures_without_classes_are_refused(tmp_path: Path) -> None:
    assert refusal(write_pictures(tmp_path, ["1.png", "2.png"])) == (
        f"{tmp_path}: it holds 2 pictures, and nothing says what they show.\n"
        "  Needed: a folder for each class, also within train/, val/ and test/; or pictures with a "
        "labels.csv of the columns file and label; or IDX files.\n"
        "  Fix: move the pictures into a folder for each class, or write a labels.csv."
    )


def test_a_folder_of_nothing_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path).endswith("  Fix: correct the path, or convert the pictures.")
    (tmp_path / "notes.txt").touch()
    assert refusal(tmp_path) == (
        f"{tmp_path}: it holds no pictures, and no IDX files. It holds notes.txt.\n"
        "  Needed: a folder for each class, also within train/, val/ and test/; or pictures with a "
        "labels.csv of the columns file and label; or IDX files.\n"
        "  Fix: give the file itself, notes.txt, unpacked where it is in an archive."
    )


def test_pictures_beside_the_classes_are_named(tmp_path: Path) -> None:
    write_classes(tmp_path, ["a", "b"], 2)
    write_pictures(tmp_path, [f"stray {at}.png" for at in range(7)])
    strays = ", ".join(str(tmp_path / f"stray {at}.png") for at in range(5))
    assert refusal(tmp_path) == (
        f"{tmp_path}: 7 pictures in no class folder: {strays} and 2 more.\n"
        "  Needed: every picture in the folder of its class.\n"
        "  Fix: move the pictures into their classes, or out of the folder."
    )


def test_one_class_is_refused(tmp_path: Path) -> None:
    assert refusal(write_pictures(tmp_path, ["a/1.png", "a/2.png"])) == (
        f"{tmp_path}: all of its pictures are of the class 'a'.\n"
        "  Needed: at least two classes.\n"
        "  Fix: check that this is the folder above the class folders."
    )


def test_a_folder_without_training_pictures_is_refused(tmp_path: Path) -> None:
    assert refusal(write_classes(tmp_path, ["test/a", "test/b"], 1)) == (
        f"{tmp_path}: none of its pictures is for training.\n"
        "  Needed: at least one training picture of each class.\n"
        "  Fix: put pictures into train/, or write train into the column split."
    )


def test_too_few_pictures_for_a_test_are_refused(tmp_path: Path) -> None:
    assert refusal(write_classes(tmp_path, ["a", "b"], 1)) == (
        f"{tmp_path}: none of its pictures is left for the test.\n"
        "  Needed: at least two pictures of one class, or pictures in test/.\n"
        "  Fix: add pictures."
    )


def test_pictures_need_a_size(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        load_source(str(write_classes(tmp_path, ["a", "b"], 2)))
    assert str(caught.value) == (
        f"{tmp_path}: its pictures are decoded to the size that a network reads, and none was given.\n"
        "  Needed: an image size.\n"
        "  Fix: write load_source(name, Image(3, 64, 64)), for example."
    )


@given(st.lists(st.integers(0, 4), max_size=80))
def test_the_drawn_test_is_a_fifth_of_every_class(classes: list[int]) -> None:
    names = [f"{at}.png" for at in range(len(classes))]
    chosen = choose_test(names, classes)
    assert chosen == choose_test(names, classes)
    assert len(chosen) == len(classes)
    for label in set(classes):
        members = [held for held, one in zip(chosen, classes, strict=True) if one == label]
        assert abs(sum(members) - 0.2 * len(members)) <= 1
        assert sum(members) < len(members)
        assert sum(members) >= (len(members) > 1)


@given(st.permutations(list(range(40))))
def test_the_drawn_test_does_not_depend_on_the_order(order: list[int]) -> None:
    names = [f"{at}.png" for at in range(40)]
    classes = [at % 3 for at in range(40)]
    there = {name for name, held in zip(names, choose_test(names, classes), strict=True) if held}
    moved = choose_test([names[at] for at in order], [classes[at] for at in order])
    assert {names[at] for at, held in zip(order, moved, strict=True) if held} == there


def test_the_drawn_test_is_the_same_for_ever() -> None:
    # Of `printf 0/a | sha256sum` and so on, these two are the smallest.
    chosen = choose_test(list("abcdefghij"), [0] * 10)
    assert [name for name, held in zip("abcdefghij", chosen, strict=True) if held] == ["f", "g"]


@given(st.lists(st.tuples(st.text(max_size=3), st.integers(-3, 3)), max_size=60, unique=True))
def test_the_drawn_test_is_the_least_digests_of_every_class(pairs: list[tuple[str, int]]) -> None:
    names = [f"{label}/{name}" for name, label in pairs]
    labels = [label for _, label in pairs]
    expected = set()
    for label in set(labels):
        members = [at for at, one in enumerate(labels) if one == label]
        count = max(round(len(members) * 0.2), len(members) > 1)
        drawn = {at: hashlib.sha256(f"0/{names[at]}".encode()).hexdigest() for at in members}
        expected |= set(sorted(members, key=drawn.__getitem__)[:count])
    chosen = choose_test(names, labels)
    assert {at for at, is_test in enumerate(chosen) if is_test} == expected


def test_a_class_whose_name_is_no_text_is_named(tmp_path: Path) -> None:
    write_pictures(tmp_path, ["a/1.png", "a/2.png", "b/3.png", "b/4.png"])
    (tmp_path / "b").rename(tmp_path / "caf\udce9")
    assert refusal(tmp_path) == (
        "name: a name holds bytes that are not UTF-8: 'caf\\udce9'.\n"
        "  Needed: names of files and folders in UTF-8.\n"
        "  Fix: rename the file or the folder."
    )

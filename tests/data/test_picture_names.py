"""Pictures whose names tell their classes; and what is chosen for data that have none of it to choose."""

from pathlib import Path

import pytest

from picture_files import write_pictures
from striate.cli import main
from striate.data import find_source
from striate.data.images.listing import Listing
from striate.errors import DataError


PETS = [f"{name}_{number}.jpg" for name in ("beagle", "american_bulldog") for number in range(1, 6)]
LAYOUTS = (
    "a folder for each class, also within train/, val/ and test/; or pictures with a labels.csv of the columns "
    "file and label; or IDX files"
)
TAKEN = (
    "  Needed: --columns for a table of labels or sentences, --names for pictures without a table, --skip for "
    "pictures in files and for sentences, but not for streams.\n"
)


def labels(folder: Path, pattern: str) -> dict[str, str]:
    found = find_source(f"{folder}::names={pattern}")
    assert isinstance(found, Listing)
    return {item.name: f"{found.classes[item.label]} {item.split}" for item in found.items}


def refusal(data: str) -> str:
    with pytest.raises(DataError) as caught:
        find_source(data)
    return str(caught.value)


@pytest.mark.parametrize(
    ("pattern", "classes"),
    [
        ("{class}_#", {"beagle", "american_bulldog"}),
        ("{class}_#.jpg", {"beagle", "american_bulldog"}),
        ("*_{class}_?", {"bulldog"}),
        ("beagle_{class}", {"1", "2", "3", "4", "5"}),
    ],
)
def test_a_pattern_says_where_the_class_stands(
    tmp_path: Path, pattern: str, classes: set[str]
) -> None:
    write_pictures(tmp_path, PETS)
    found = labels(tmp_path, pattern)
    assert {label.split()[0] for label in found.values()} == classes
    assert all(f"_{label.split()[0]}" in f"_{name}" for name, label in found.items())


def test_folders_called_as_splits_are_those_and_other_names_are_counted(tmp_path: Path) -> None:
    write_pictures(tmp_path / "train", PETS)
    write_pictures(tmp_path / "test", ["beagle_7.jpg", "american_bulldog_9.jpg", "1.jpg"])
    found = find_source(f"{tmp_path}::names={{class}}_#")
    assert isinstance(found, Listing)
    assert [item.name for item in found.of("test")] == [
        "test/american_bulldog_9.jpg",
        "test/beagle_7.jpg",
    ]
    assert len(found.of("train")) == len(PETS)
    assert "pictures unlike {class}_#: 1" in found.ignored
    assert found.notes == ("classes from the names of pictures, by {class}_#",)


def test_words_before_numbers_are_asked_about_and_never_taken(tmp_path: Path) -> None:
    write_pictures(tmp_path / "train", PETS)
    write_pictures(tmp_path / "test1", ["1.jpg", "2.jpg"])
    assert refusal(str(tmp_path)) == (
        f"{tmp_path}: it holds 12 pictures, and nothing says what they show.\n"
        f"  Needed: {LAYOUTS}.\n"
        "  Fix: move the pictures into a folder for each class, or write a labels.csv. If the classes are "
        "american_bulldog, beagle, write --names '{class}_#'."
    )


@pytest.mark.parametrize(
    "names",
    [["IMG_1.png", "IMG_2.png", "IMG_3.png"], ["cat_1.png", "dog 1.png"], ["cat.png", "dog.png"]],
)
def test_names_of_one_word_or_of_several_forms_suggest_nothing(
    tmp_path: Path, names: list[str]
) -> None:
    write_pictures(tmp_path, names)
    assert "--names" not in refusal(str(tmp_path))


def test_a_pattern_without_a_class_or_without_a_picture_is_refused(tmp_path: Path) -> None:
    write_pictures(tmp_path, ["cat_1.png", "dog_1.png"])
    assert refusal(f"{tmp_path}::names=cat_*") == (
        "--names: 'cat_*'.\n"
        "  Needed: {class} once, where the class stands; # for a number, * for anything, ? for one character.\n"
        "  Fix: write --names '{class}_#', for example, for cat_001.jpg."
    )
    assert refusal(f"{tmp_path}::names={{class}}-#") == (
        f"{tmp_path}, --names: '{{class}}-#', and no picture is called so: cat_1.png, dog_1.png.\n"
        "  Needed: the form of their names, with or without their endings.\n"
        "  Fix: write {class} where the class stands, and # for the numbers, * for what differs otherwise."
    )


@pytest.mark.parametrize(
    ("options", "flags", "does"),
    [
        ("label=x", "--columns", "does"),
        ("names={class}_#,skip=0.1", "--names and --skip", "do"),
        ("file=a,label=b,skip=2", "--columns and --skip", "do"),
    ],
)
def test_what_a_shipped_data_set_has_none_of_is_named(options: str, flags: str, does: str) -> None:
    assert refusal(f"mnist::{options}") == (
        f"mnist: {flags} {does} not fit these data.\n{TAKEN}"
        f"  Fix: leave {flags} out, or check that these are the data that are meant."
    )


def test_folders_and_sentences_take_what_is_theirs_alone(tmp_path: Path) -> None:
    for label in ("cat", "dog"):
        write_pictures(tmp_path / "pictures" / label, ["1.png", "2.png"])
    sentences = tmp_path / "sentences.csv"
    sentences.write_text("text,label\ngood,1\nbad,0\n", encoding="utf-8")
    assert "--columns does not fit" in refusal(f"{tmp_path / 'pictures'}::label=breed")
    assert "--names does not fit" in refusal(f"{sentences}::names={{class}}_#")
    assert "--skip does not fit" in refusal(f"stream:{tmp_path / 'pictures'}::skip=0.1")
    taken = find_source(f"{tmp_path / 'pictures'}::skip=0.25")
    assert isinstance(taken, Listing)
    assert taken.skip == 0.25


def test_data_check_reads_classes_from_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_pictures(tmp_path, PETS)
    assert main(["data", "check", str(tmp_path), "--names", "{class}_#"]) == 0
    shown = capsys.readouterr().out
    assert "Note      classes from the names of pictures, by {class}_#\n" in shown
    assert "2: american_bulldog, beagle" in shown


def test_folders_of_splits_with_a_name_are_those_too(tmp_path: Path) -> None:
    write_pictures(tmp_path / "pets_train", PETS)
    write_pictures(tmp_path / "pets_test", ["beagle_7.jpg"])
    found = find_source(f"{tmp_path}::names={{class}}_#")
    assert isinstance(found, Listing)
    assert [item.name for item in found.of("test")] == ["pets_test/beagle_7.jpg"]


@pytest.mark.parametrize("beside", ["extra", ""])
def test_what_lies_beside_a_split_is_asked_about(tmp_path: Path, beside: str) -> None:
    for folder in ("train", "test", beside):
        write_pictures(tmp_path / folder, PETS)
    assert refusal(f"{tmp_path}::names={{class}}_#").startswith(
        f"{tmp_path}: test/ holds classes and lies beside "
    )

"""What folders mean by their names, as strangers name them: splits are found or it stops; classes never double."""

from pathlib import Path

import pytest

from picture_files import write_classes, write_pictures
from striate.data import find_source, summarize
from striate.data.images.listing import Listing
from striate.data.inspection.checkup import check_source
from striate.data.sources.split_names import plain_split, split_name
from striate.errors import DataError


def listed(folder: Path) -> Listing:
    found = find_source(str(folder))
    assert isinstance(found, Listing)
    return found


def refusal(folder: Path) -> str:
    with pytest.raises(DataError) as caught:
        find_source(str(folder))
    return str(caught.value)


def counts(listing: Listing) -> tuple[int, int, int]:
    train, validation, test = listing.items.counts()
    return train, validation, test


@pytest.mark.parametrize(
    ("name", "split"),
    [
        *(
            ("train", "train"),
            ("Training", "train"),
            ("TRAINING SET", "train"),
            ("1_train", "train"),
        ),
        *(
            ("trainset", "train"),
            ("train2017", "train"),
            ("TrainImages", "train"),
            ("학습", "train"),
        ),
        *(("val", "validation"), ("valid-images", "validation"), ("dev", "validation")),
        *(("validation_set", "validation"), ("eval", "validation"), ("PublicTest", "test")),
        *(("test1", "test"), ("testing", "test"), ("hold-out", "test"), ("held_out_data", "test")),
        *(("cat", None), ("trains", None), ("contest", None), ("latest", None), ("invalid", None)),
    ],
)
def test_names_of_splits_are_known(name: str, split: str | None) -> None:
    assert plain_split(name) == split


def test_a_name_that_says_more_begins_or_ends_with_the_split() -> None:
    found = [
        split_name(name) for name in ("seg_train", "test_cat", "my train pictures", "a_train_b")
    ]
    assert [one and (one.split, one.rest) for one in found] == [
        ("train", "seg"),
        ("test", "cat"),
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("train", "other"),
    [
        ("training_set", "test_set"),
        ("seg_train/seg_train", "seg_test/seg_test"),
        ("train_images", "val_images"),
        ("Train", "Test"),
        ("1_train", "2_test"),
        ("train", "holdout"),
        ("train", "eval"),
        ("train/images", "test/images"),
        ("imagenet_train", "imagenet_val"),
        ("TrainData", "TestData"),
    ],
)
def test_splits_are_found_by_the_names_that_people_give(
    tmp_path: Path, train: str, other: str
) -> None:
    write_classes(tmp_path, [f"{train}/{name}" for name in ("ant", "bee")], 3)
    listing = listed(write_classes(tmp_path, [f"{other}/{name}" for name in ("ant", "bee")], 2))
    assert listing.classes == ("ant", "bee")
    assert counts(listing) == (6, 0, 4)


def test_eval_is_for_validation_beside_a_test_and_the_test_beside_validation(
    tmp_path: Path,
) -> None:
    for root, others in (("one", ("eval", "test")), ("two", ("eval", "val"))):
        write_classes(
            tmp_path / root, [f"{part}/{name}" for part in ("train", *others) for name in "ab"], 1
        )
    assert [item.name for item in listed(tmp_path / "one").of("validation")] == [
        "eval/a/0.png",
        "eval/b/0.png",
    ]
    assert [item.name for item in listed(tmp_path / "two").of("test")] == [
        "eval/a/0.png",
        "eval/b/0.png",
    ]


def test_each_class_may_have_folders_for_the_splits(tmp_path: Path) -> None:
    listing = listed(
        write_classes(
            tmp_path, [f"{name}/{part}" for name in "ab" for part in ("train", "test")], 2
        )
    )
    assert listing.classes == ("a", "b")
    assert counts(listing) == (4, 0, 4)
    assert listing.split == "by the folders in those of the classes"


def test_a_folder_may_be_a_split_and_a_class(tmp_path: Path) -> None:
    listing = listed(write_classes(tmp_path, ["train_cat", "train_dog", "test_cat", "test_dog"], 2))
    assert listing.classes == ("cat", "dog")
    assert counts(listing) == (4, 0, 4)


@pytest.mark.parametrize("place", ["test1", "test1/test1", "test/unknown", "seg_pred/seg_pred"])
def test_test_pictures_without_classes_are_left_out_and_counted(tmp_path: Path, place: str) -> None:
    write_classes(tmp_path, ["train/a", "train/b"], 5)
    listing = listed(write_pictures(tmp_path, [f"{place}/{at}.png" for at in range(3)]))
    assert listing.classes == ("a", "b")
    assert listing.ignored == (f"pictures without a class in {place.partition('/')[0]}/: 3",)
    assert counts(listing) == (8, 0, 2)
    assert "test1/" not in listing.split


def test_class_folders_beside_a_test_with_the_same_ones_are_for_training(tmp_path: Path) -> None:
    listing = listed(write_classes(tmp_path, ["a", "b", "c", "test/a", "test/b"], 2))
    assert listing.classes == ("a", "b", "c")
    assert counts(listing) == (6, 0, 4)


def test_a_train_with_classes_beside_something_else_is_refused(tmp_path: Path) -> None:
    write_classes(tmp_path, ["train/a", "train/b", "extra/x", "extra/y"], 1)
    assert refusal(tmp_path) == (
        f"{tmp_path}: train/ holds classes and lies beside extra/: they may be classes, or other parts of "
        "the data.\n"
        "  Needed: folders of splits alone (train/, val/, test/), or folders of classes alone.\n"
        "  Fix: name the others val/ or test/ if they are measured on, or give train/ alone as the data."
    )


def test_a_test_among_classes_is_refused(tmp_path: Path) -> None:
    write_classes(tmp_path, ["cats", "dogs", "test"], 1)
    assert refusal(tmp_path) == (
        f"{tmp_path}: test/ lies beside cats/, dogs/: it may be a class, or pictures for the test without "
        "their classes.\n"
        "  Needed: folders of classes, or train/ and test/ with the classes in each.\n"
        "  Fix: move test/ out of the folder; if it is a class, move all of them into train/."
    )
    write_classes(tmp_path / "all" / "train", ["cats", "dogs", "test"], 2)
    assert listed(tmp_path / "all").classes == ("cats", "dogs", "test")


@pytest.mark.parametrize(
    "tops", [("part1", "part2"), ("original", "augmented"), ("fold1", "fold2")]
)
def test_two_folders_of_the_same_classes_are_refused(tmp_path: Path, tops: tuple[str, str]) -> None:
    write_classes(tmp_path, [f"{top}/{name}" for top in tops for name in "abc"], 1)
    first, second = sorted(tops)
    assert refusal(tmp_path) == (
        f"{tmp_path}: {first}/ and {second}/ hold the same classes: a, b, c.\n"
        "  Needed: each class in one folder, or in the folders of the splits (train/, val/, test/).\n"
        "  Fix: name the two after their splits, or move the pictures of each class together; or give one "
        f"of them as the data, as in {tmp_path}/{first}."
    )


@pytest.mark.parametrize(("learnt", "other"), [("Cat", "cat"), ("red fox", "red_fox"), ("1", "01")])
def test_a_class_spelt_in_another_way_in_the_test_is_refused(
    tmp_path: Path, learnt: str, other: str
) -> None:
    write_classes(tmp_path, [f"train/{learnt}", "train/b", f"test/{other}", "test/b"], 1)
    assert [str(fault) for fault in listed(tmp_path).faults] == [
        (
            f"{tmp_path}: the class is called {learnt!r} in training, and {other!r} in the test.\n"
            "  Needed: the same name for a class in every split.\n"
            "  Fix: rename one of the two."
        )
    ]


def test_letters_of_both_cases_may_be_classes(tmp_path: Path) -> None:
    write_classes(
        tmp_path, [f"{part}/{name}" for part in ("train", "test") for name in ("A", "a")], 1
    )
    listing = listed(tmp_path)
    assert (listing.classes, listing.faults) == (("A", "a"), ())
    assert (
        "Note      the classes 'A' and 'a' differ in the case of letters alone, and count as 2 classes."
        in (summarize(listing).lines())
    )


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["a", "b"], "a folder without a picture is no class: none/"),
        (["train/a", "train/b", "test/a"], "a folder without a picture is no class: train/none/"),
    ],
)
def test_an_empty_class_folder_is_said(tmp_path: Path, names: list[str], said: str) -> None:
    write_classes(tmp_path, names, 2)
    (tmp_path / said.rpartition(" ")[2]).mkdir()
    assert listed(tmp_path).notes == (said,)
    assert f"Note      {said}" in summarize(listed(tmp_path)).lines()


def test_a_class_that_only_the_test_has_is_said(tmp_path: Path) -> None:
    write_classes(tmp_path, ["train/a", "train/b", "test/a", "test/b", "test/d"], 10)
    assert "Note      the class 'd' has no training image: it cannot be learnt." in (
        summarize(listed(tmp_path)).lines()
    )


def test_names_that_are_nearly_the_same_are_told_by_a_finding(tmp_path: Path) -> None:
    checkup = check_source(str(write_classes(tmp_path, ["POS", "pos"], 20)))
    (finding,) = [finding for finding in checkup.findings if finding.kind == "alike"]
    assert not finding.is_wrong
    assert str(finding.fault) == (
        f"{tmp_path}: the classes 'POS' and 'pos' differ in the case of letters alone, and count as 2 classes.\n"
        "  Needed: one spelling for a class.\n"
        "  Fix: write the same name everywhere, if the same class is meant."
    )

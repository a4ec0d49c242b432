"""Tables of labels: any usual header, any separator; every wrong row is named at once."""

from pathlib import Path

import pytest

from picture_files import write_pictures
from striate.data import find_source, load_source
from striate.data.listing import Listing
from striate.errors import DataError
from striate.shapes import Image


NAMES = ["1.png", "2.png", "3.png", "4.png", "a b, é.png"]
PLAIN = "file,label\n1.png,cat\n2.png,dog\n3.png,cat\n4.png,dog\n"


def listed(folder: Path) -> Listing:
    found = find_source(str(folder))
    assert isinstance(found, Listing)
    return found


def labels(listing: Listing) -> dict[str, str]:
    return {item.name: listing.classes[item.label] for item in listing.items}


def write(folder: Path, text: str, name: str = "labels.csv") -> Path:
    write_pictures(folder, NAMES)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def refusal(folder: Path) -> str:
    with pytest.raises(DataError) as caught:
        load_source(str(folder), Image(3, 4, 4))
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("labels.csv", PLAIN),
        ("labels.csv", "\ufeff" + PLAIN.replace("\n", "\r\n")),
        ("labels.tsv", PLAIN.replace(",", "\t")),
        ("labels.csv", PLAIN.replace(",", ";")),
        ("Labels.CSV", PLAIN.replace("file,label", "Image Path, Class-Name ")),
        ("annotations.csv", PLAIN.replace("file,label", "filename,category")),
        ("labels.csv", "id,label\n1,cat\n2,dog\n3,cat\n4,dog\n"),
        ("labels.csv", PLAIN.replace("file,label\n", "")),
        ("labels.csv", PLAIN.replace("1.png", ".\\1.png").replace("cat\n2", " cat \n\n2")),
    ],
)
def test_usual_tables_are_understood(tmp_path: Path, name: str, text: str) -> None:
    listing = listed(write(tmp_path, text, name))
    assert labels(listing) == {"1.png": "cat", "2.png": "dog", "3.png": "cat", "4.png": "dog"}
    assert listing.ignored == (f"pictures that {name} does not name: 1",)
    assert listing.split.startswith("drawn")


def test_quoted_cells_hold_commas_and_lines(tmp_path: Path) -> None:
    text = 'file,label\n"a b, é.png","red, dark"\n1.png,"two\nlines"\n'
    assert labels(listed(write(tmp_path, text))) == {
        "a b, é.png": "red, dark",
        "1.png": "two\nlines",
    }


def test_a_column_gives_the_split(tmp_path: Path) -> None:
    text = "split,label,file\nTrain,a,1.png\ntraining,b,2.png\nval,a,3.png\ntest,b,4.png\n"
    listing = listed(write(tmp_path, text))
    assert [(item.name, item.split) for item in listing.items] == [
        ("1.png", "train"),
        ("2.png", "train"),
        ("3.png", "validation"),
        ("4.png", "test"),
    ]
    assert listing.split == "by labels.csv"


def test_a_table_for_each_split_is_understood(tmp_path: Path) -> None:
    write(tmp_path, "file,label\n1.png,a\n2.png,b\n", "train.csv")
    listing = listed(write(tmp_path, "file,label\n3.png,a\n4.png,b\n", "test.csv"))
    assert [len(listing.of(split)) for split in ("train", "test")] == [2, 2]
    assert listing.split == "by test.csv, train.csv"


def test_a_table_without_files_and_labels_is_left_alone(tmp_path: Path) -> None:
    write_pictures(tmp_path, ["cat/1.png", "cat/2.png", "dog/3.png", "dog/4.png"])
    (tmp_path / "sales.csv").write_text("year,sum\n2020,3\n", encoding="utf-8")
    listing = listed(tmp_path)
    assert listing.classes == ("cat", "dog")
    assert listing.ignored == (".csv: 1",)


def test_every_wrong_row_is_named(tmp_path: Path) -> None:
    text = (
        "file,label,split\n"
        "1.png,cat,train\n"
        "../secret.png,cat,train\n"
        "2.png,,train\n"
        "3.png,dog,tset\n"
        "1.png,dog,train\n"
        "4.png,dog,train\n"
        "1.png,cat,train\n"
    )
    file = write(tmp_path, text) / "labels.csv"
    assert refusal(tmp_path) == (
        f"{file}, line 3: '../secret.png' is no picture of the folder, or the name of several.\n"
        "  Needed: the path of a picture, counted from the folder.\n"
        "  Fix: correct the path, or remove the row.\n"
        f"{file}, line 4: '2.png' has no label.\n"
        "  Needed: the class of the picture.\n"
        "  Fix: write its class, or remove the row.\n"
        f"{file}, line 5: the split is 'tset'.\n"
        "  Needed: train, val or test.\n"
        "  Fix: write one of these, or remove the column split: the pictures are divided then.\n"
        f"{file}, line 6: 1.png is named as 'cat' and as 'dog'; the first is line 2.\n"
        "  Needed: each picture once.\n"
        "  Fix: remove one of the two rows.\n"
        f"{file}, line 8: 1.png is named twice as 'cat'; the first is line 2.\n"
        "  Needed: each picture once.\n"
        "  Fix: remove one of the two rows."
    )


def test_a_table_in_another_encoding_is_named(tmp_path: Path) -> None:
    file = write(tmp_path, "") / "labels.csv"
    file.write_bytes("file,label\n1.png,고양이\n".encode("cp949"))
    assert refusal(tmp_path) == (
        f"{file}: it cannot be read: 'utf-8' codec can't decode byte 0xb0 in position 17: "
        "invalid start byte.\n"
        "  Needed: a CSV or TSV table in UTF-8.\n"
        "  Fix: save it again as CSV in UTF-8."
    )


def test_an_open_quote_is_named(tmp_path: Path) -> None:
    file = write(tmp_path, 'file,label\n"1.png,cat\n') / "labels.csv"
    assert refusal(tmp_path).startswith(f"{file}: it cannot be read: unexpected end of data.\n")


def test_two_tables_are_not_chosen_between(tmp_path: Path) -> None:
    write(tmp_path, PLAIN, "one.csv")
    assert refusal(write(tmp_path, PLAIN, "two.csv")) == (
        f"{tmp_path}: one.csv and two.csv all have columns of files and labels.\n"
        "  Needed: one table, or tables called train, val and test.\n"
        "  Fix: call the right one labels.csv, and the others are left alone."
    )


def test_a_table_for_the_test_alone_is_refused(tmp_path: Path) -> None:
    text = "file,label,split\n1.png,cat,test\n2.png,dog,test\n"
    assert "none of its pictures is for training" in refusal(write(tmp_path, text))


def test_a_table_of_one_class_is_refused(tmp_path: Path) -> None:
    text = "file,label\n1.png,cat\n2.png,cat\n"
    assert "all of its pictures are of the class 'cat'" in refusal(write(tmp_path, text))


def test_a_table_above_nested_pictures_is_found(tmp_path: Path) -> None:
    write_pictures(tmp_path, [f"images/2020/{at}.png" for at in range(4)])
    rows = ["file,label", *(f"{at}.png,{at % 2}" for at in range(4))]
    (tmp_path / "labels.csv").write_text("\n".join(rows), encoding="utf-8")
    assert listed(tmp_path).classes == ("0", "1")
    assert listed(tmp_path).ignored == ()


def test_folders_called_images_and_labels_are_folders(tmp_path: Path) -> None:
    write_pictures(tmp_path, [f"{name}/{at}.png" for name in ("images", "labels") for at in "ab"])
    assert listed(tmp_path).classes == ("images", "labels")

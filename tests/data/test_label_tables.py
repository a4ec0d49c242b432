"""Tables of labels: any usual header, any separator; every wrong row is named at once."""

import json
from pathlib import Path

import pytest

from picture_files import write_pictures
from striate.data import find_source, load_source
from striate.data.images.listing import Listing
from striate.errors import DataError
from striate.shapes import Image


NAMES = ["1.png", "2.png", "3.png", "4.png", "a b, é.png"]
OBJECTS = [
    {"file_name": f"{number}.png", "label": label}
    for number, label in enumerate(("cat", "dog", "cat", "dog"), start=1)
]
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
        ("labels.json", '{"1.png": "cat", "2.png": "dog", "3.png": "cat", "4.png": "dog"}'),
        ("labels.json", json.dumps(OBJECTS)),
        ("metadata.jsonl", "\n".join(map(json.dumps, OBJECTS))),
        ("labels.csv", PLAIN.replace("1.png", ".\\1.png").replace("cat\n2", " cat \n\n2")),
        ("labels.csv", PLAIN.replace("1.png", "1.PNG").replace("3.png", "3.Png")),
    ],
)
def test_usual_tables_are_understood(tmp_path: Path, name: str, text: str) -> None:
    listing = listed(write(tmp_path, text, name))
    assert labels(listing) == {"1.png": "cat", "2.png": "dog", "3.png": "cat", "4.png": "dog"}
    assert listing.ignored == (f"pictures that {name} does not name: 1",)
    assert listing.split.startswith("drawn")


def test_numbers_of_json_are_the_classes_of_a_table_of_text(tmp_path: Path) -> None:
    rows = [
        {"image": f"{number}.png", "label": [0, 1.0, 0.0, 1][number - 1]} for number in range(1, 5)
    ]
    listing = listed(write(tmp_path, "\n".join(map(json.dumps, rows)), "train.jsonl"))
    assert labels(listing) == {"1.png": "0", "2.png": "1", "3.png": "0", "4.png": "1"}


def test_json_about_something_else_is_left_out_and_a_broken_line_is_named(tmp_path: Path) -> None:
    write_pictures(tmp_path, ["cat/1.png", "cat/2.png", "dog/3.png", "dog/4.png"])
    (tmp_path / "class_names.json").write_text('{"0": "cat", "1": "dog"}', encoding="utf-8")
    assert listed(tmp_path).ignored == (".json: 1 (class_names.json)",)
    broken = '{"file": "1.png", "label": "a"}\n{oops\n'
    assert "line 2: it is no JSON" in refusal(write(tmp_path / "b", broken, "labels.jsonl"))


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
    assert listing.ignored == ("table sales.csv (year, sum): no column names the pictures",)


def test_a_class_that_is_parted_by_its_own_comma_is_named(tmp_path: Path) -> None:
    file = write(tmp_path, "file,label\n1.png,cat\n2.png,dog\n3.png,cat, tabby\n") / "labels.csv"
    assert refusal(tmp_path) == (
        f"{file}, line 4: it has cells behind the last heading: '3.png', 'cat', 'tabby'.\n"
        "  Needed: a cell for each of 'file', 'label', or fewer.\n"
        "  Fix: put quotes around a cell that holds the sign between cells, or remove the row."
    )


def test_marks_behind_every_row_are_cells_of_nothing(tmp_path: Path) -> None:
    listing = listed(write(tmp_path, "file,label\n1.png,a,\n2.png,b,,\n3.png,a\n4.png,b\n"))
    assert listing.classes == ("a", "b")


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
        f"{file}: byte 17, on line 2, is not UTF-8. It reads as CP949, which Korean Windows writes.\n"
        "  Needed: a text file in UTF-8.\n"
        "  Fix: save it again as UTF-8; in Excel, choose the file type `CSV UTF-8`."
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


def columns_of(folder: Path, headings: str, rows: list[str], name: str = "labels.csv") -> Path:
    (folder / name).write_text("\n".join([headings, *rows, ""]), encoding="utf-8")
    return folder


def numbered(folder: Path, count: int = 6) -> Path:
    return write_pictures(folder, [f"{at}.png" for at in range(count)])


def test_columns_are_chosen_by_what_is_in_them(tmp_path: Path) -> None:
    # Running numbers are names of pictures, too, without their ending: those with it are meant.
    rows = [f"{at},{5 - at}.png,{'ab'[at % 2]}" for at in range(6)]
    listing = listed(columns_of(numbered(tmp_path), "id,filename,label", rows))
    assert labels(listing) == {f"{at}.png": "ba"[at % 2] for at in range(6)}
    assert listing.ignored == ("columns of labels.csv: id",)
    assert listing.notes == ("labels.csv: pictures from 'filename', classes from 'label'",)


@pytest.mark.parametrize("heading", ["breed", "dx", "species", "what is it"])
def test_the_only_other_column_holds_the_classes_whatever_its_name(
    tmp_path: Path, heading: str
) -> None:
    rows = [f"{at},{'ab'[at % 2]}" for at in range(6)]
    listing = listed(columns_of(numbered(tmp_path), f"image_id,{heading}", rows))
    assert labels(listing) == {f"{at}.png": "ab"[at % 2] for at in range(6)}


def test_a_table_over_two_folders_of_parts_is_read(tmp_path: Path) -> None:
    write_pictures(tmp_path, [f"images_part_{1 + at // 3}/ISIC_{at}.png" for at in range(6)])
    rows = [f"H{at},ISIC_{at},{('nv', 'mel')[at % 2]},histo,{40 + at}.0" for at in range(6)]
    listing = listed(
        columns_of(tmp_path, "lesion_id,image_id,dx,dx_type,age", rows, "metadata.csv")
    )
    assert listing.classes == ("mel", "nv")
    assert listing.ignored == ("columns of metadata.csv: lesion_id, dx_type, age",)


@pytest.mark.parametrize("yes", ["1", "1.0", "True"])
def test_a_column_for_each_class_is_read(tmp_path: Path, yes: str) -> None:
    no = {"1": "0", "1.0": "0.0", "True": "False"}[yes]
    rows = [
        f"{at}," + ",".join(yes if at % 3 == one else no for one in range(3)) for at in range(6)
    ]
    listing = listed(columns_of(numbered(tmp_path), "image,MEL,NV,BCC", rows))
    assert labels(listing) == {f"{at}.png": ("MEL", "NV", "BCC")[at % 3] for at in range(6)}


def test_two_columns_of_pictures_are_not_chosen_between(tmp_path: Path) -> None:
    rows = [f"{at},{5 - at},{'ab'[at % 2]}" for at in range(6)]
    columns_of(numbered(tmp_path), "id,image_id,label", rows)
    assert refusal(tmp_path) == (
        f"{tmp_path / 'labels.csv'}: the columns 'id' and 'image_id' both name pictures of the folder, and "
        "not the same ones.\n"
        "  Needed: to know which of them says what a row is about.\n"
        "  Fix: write --columns 'file=id', or file=image_id, whichever is right."
    )
    found = find_source(f"{tmp_path}::file=image_id")
    assert isinstance(found, Listing)
    assert labels(found)["5.png"] == "a"


def test_two_columns_of_classes_are_not_chosen_between(tmp_path: Path) -> None:
    rows = [f"{at}.png,{'ab'[at % 2]},{'xyz'[at % 3]}" for at in range(6)]
    columns_of(numbered(tmp_path), "file,diagnosis,category", rows)
    assert refusal(tmp_path) == (
        f"{tmp_path / 'labels.csv'}: the columns 'diagnosis' and 'category' may each hold the classes.\n"
        "  Needed: to know which of them is to be learnt.\n"
        "  Fix: write --columns 'label=diagnosis', or label=category, whichever is meant."
    )
    found = find_source(f"{tmp_path}::label=category")
    assert found.classes == ("x", "y", "z")


def test_of_a_number_and_a_name_for_each_class_the_name_is_taken(tmp_path: Path) -> None:
    rows = [f"{at % 2},{at}.png,{('ant', 'bee')[at % 2]}" for at in range(6)]
    assert listed(columns_of(numbered(tmp_path), "class id,filepaths,labels", rows)).classes == (
        "ant",
        "bee",
    )


def test_a_table_of_pictures_without_classes_is_refused(tmp_path: Path) -> None:
    rows = [f"{at}.png,{at % 2},{at // 2 % 2},{at}" for at in range(6)]
    columns_of(
        numbered(tmp_path),
        "file,left,right,age",
        [row.replace(",1", ",2") for row in rows],
        "faces.csv",
    )
    assert refusal(tmp_path) == (
        f"{tmp_path / 'faces.csv'}: its headings are file, left, right, age; any of 'left' and 'right' may hold "
        "the classes.\n"
        "  Needed: a column of classes called label or class, or one column of 0 and 1 for each class.\n"
        "  Fix: write --columns 'label=left' if that is meant."
    )
    columns_of(tmp_path, "file", [f"{at}.png" for at in range(6)], "faces.csv")
    assert "its headings are file; no other column could hold the classes." in refusal(tmp_path)


def test_measures_are_no_classes(tmp_path: Path) -> None:
    columns_of(
        numbered(tmp_path), "file,age", [f"{at}.png,{at + 0.5}" for at in range(6)], "ages.csv"
    )
    assert refusal(tmp_path) == (
        f"{tmp_path / 'ages.csv'}: the column 'age' has 6 values in 6 rows.\n"
        "  Needed: classes: few values, each in several rows.\n"
        "  Fix: write --columns 'label=age' if they are classes all the same."
    )


def test_a_table_of_something_else_beside_flat_pictures_is_named(tmp_path: Path) -> None:
    columns_of(numbered(tmp_path), "year,sum", ["2020,x"], "sales.csv")
    assert refusal(tmp_path).endswith(
        f"{tmp_path / 'sales.csv'}: its headings are year, sum, and no column names the pictures.\n"
        "  Needed: a column of the names of the files, with or without their endings, and one of classes.\n"
        "  Fix: add such columns, or move the pictures into a folder for each class."
    )


@pytest.mark.parametrize(
    ("columns", "came"),
    [
        ("label=breed", "/labels.csv, --columns: label=breed, and the headings are file, label."),
        ("breed", "--columns: 'breed'."),
        ("colour=breed", "--columns: 'colour=breed'."),
    ],
)
def test_a_choice_of_columns_that_is_wrong_is_named(
    tmp_path: Path, columns: str, came: str
) -> None:
    write(tmp_path, PLAIN)
    with pytest.raises(DataError) as caught:
        find_source(f"{tmp_path}::{columns}")
    assert came in str(caught.value)


def test_what_is_needed_of_a_choice_of_columns_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        find_source(f"{tmp_path}::breed")
    assert str(caught.value) == (
        "--columns: 'breed'.\n"
        "  Needed: a role and a heading, as in label=breed; roles are file, label, split or text; a comma "
        "between two.\n"
        "  Fix: write --columns 'file=filename,label=breed', for example."
    )
    write(tmp_path, PLAIN)
    with pytest.raises(DataError) as caught:
        find_source(f"{tmp_path}::label=breed")
    assert str(caught.value) == (
        f"{tmp_path / 'labels.csv'}, --columns: label=breed, and the headings are file, label.\n"
        "  Needed: one of these headings.\n"
        "  Fix: write it as it stands in the table."
    )


def test_a_table_of_a_split_is_about_the_pictures_in_its_folder(tmp_path: Path) -> None:
    write_pictures(tmp_path, [f"{part}/{at}.png" for part in ("train", "test") for at in range(4)])
    columns_of(tmp_path, "id,label", [f"{at},{'ab'[at % 2]}" for at in range(4)], "train.csv")
    columns_of(tmp_path, "id", [str(at) for at in range(4)], "test.csv")
    columns_of(tmp_path, "id,label", [f"{at},a" for at in range(4)], "sample_submission.csv")
    listing = listed(tmp_path)
    assert {item.name for item in listing.items} == {f"train/{at}.png" for at in range(4)}
    assert listing.ignored == (
        "pictures that train.csv does not name: 4",
        "table sample_submission.csv: a form to be filled in",
        "table test.csv: no column of classes",
    )


def test_folders_before_all_names_are_stepped_over(tmp_path: Path) -> None:
    write_pictures(tmp_path, [f"{part}/{at}.png" for part in ("train", "valid") for at in range(2)])
    rows = [
        f"../input/x/{part}/{at}.png,{'ab'[at]},{part}"
        for part in ("train", "valid")
        for at in range(2)
    ]
    listing = listed(columns_of(tmp_path, "filepaths,labels,data set", rows))
    assert [(item.name, item.split) for item in listing.items] == [
        ("train/0.png", "train"),
        ("train/1.png", "train"),
        ("valid/0.png", "test"),
        ("valid/1.png", "test"),
    ]


def test_a_column_of_yes_and_no_gives_the_split(tmp_path: Path) -> None:
    rows = [f"{at}.png,{'ab'[at % 2]},{at > 3}" for at in range(6)]
    listing = listed(columns_of(numbered(tmp_path), "path,label,is_valid", rows))
    assert {item.name for item in listing.of("test")} == {"4.png", "5.png"}


def test_a_list_of_files_and_classes_is_a_table(tmp_path: Path) -> None:
    write_pictures(tmp_path, [f"all/a {at}.png" for at in range(4)])
    (tmp_path / "train.txt").write_text("".join(f"all/a {at}.png {at % 2}\n" for at in range(4)))
    assert labels(listed(tmp_path)) == {f"all/a {at}.png": str(at % 2) for at in range(4)}


def test_classes_of_whole_numbers_have_no_point(tmp_path: Path) -> None:
    rows = [f"{at}.png,{at % 2}{'.0' if at > 2 else ''}" for at in range(6)]
    assert listed(columns_of(numbered(tmp_path), "file,label", rows)).classes == ("0", "1")


def test_names_that_lost_their_zeros_are_found(tmp_path: Path) -> None:
    write_pictures(tmp_path, [f"{at:05}.png" for at in range(6)])
    rows = [f"{at},{'ab'[at % 2]}" for at in range(6)]
    assert labels(listed(columns_of(tmp_path, "id,label", rows)))["00003.png"] == "b"


def test_names_in_other_letters_are_read_and_said_unless_two_pictures_are_called_so(
    tmp_path: Path,
) -> None:
    write_pictures(tmp_path, ["a.PNG", "A.png", "b.png", "c.jpg"])
    table = tmp_path / "labels.csv"
    table.write_text("file,label\na.PNG,x\nA.png,y\nB.PNG,x\nC.JPG,y\n", encoding="utf-8")
    listing = listed(tmp_path)
    assert labels(listing) == {"a.PNG": "x", "A.png": "y", "b.png": "x", "c.jpg": "y"}
    assert listing.notes == (
        "labels.csv: pictures from 'file'; 2 in other small and capital letters, classes from 'label'",
    )
    table.write_text("file,label\na.png,x\nb.png,x\nc.jpg,y\n", encoding="utf-8")
    assert "'a.png' is no picture of the folder, or the name of several" in refusal(tmp_path)

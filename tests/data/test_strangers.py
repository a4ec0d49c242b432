"""Folders and files in the layouts in which data sets are published, each with the one right reading of it."""

import csv
import pickle
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from picture_files import write_pictures
from striate.data import Source, find_source
from striate.data.images.listing import Listing
from striate.errors import DataError


ASKED = "a folder for each class, also within train/, val/ and test/; or pictures with a labels.csv of the columns file and label; or IDX files."
READ = "a folder of pictures, packed or not, an .npz file, or a table of sentences (.csv, .tsv, .json, .jsonl, .parquet)."


def listed(data: object) -> Listing:
    found = find_source(str(data))
    assert isinstance(found, Listing)
    return found


def loaded(data: object) -> Source:
    found = find_source(str(data))
    assert isinstance(found, Source)
    return found


def labels(listing: Listing) -> dict[str, str]:
    return {item.name: listing.classes[item.label] for item in listing.items}


def refusal(data: object) -> str:
    try:
        found = find_source(str(data))
    except DataError as error:
        return str(error)
    return str(DataError(*found.faults)) if isinstance(found, Listing) else ""


def rows_to(path: Path, rows: Iterable[Iterable[object]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def text_to(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def splits(listing: Listing) -> Mapping[str, int]:
    return Counter(item.split for item in listing.items)


def test_what_all_class_folders_end_in_is_no_part_of_a_class(tmp_path: Path) -> None:
    """As Tiny ImageNet lies: its validation stands in a list of pictures, classes and boxes."""
    write_pictures(
        tmp_path,
        [f"train/{name}/images/{name}_{at}.png" for name in ("n1", "n2") for at in range(3)],
    )
    write_pictures(tmp_path, [f"val/images/val_{at}.png" for at in range(4)])
    lines = [f"val_{at}.png\tn{1 + at % 2}\t0\t32\t44\t62\n" for at in range(4)]
    text_to(tmp_path / "val" / "val_annotations.txt", "".join(lines))
    text_to(tmp_path / "wnids.txt", "n1\nn2\n")
    listing = listed(tmp_path)
    assert listing.classes == ("n1", "n2")
    assert all(name in path for path, name in labels(listing).items() if path.startswith("train"))
    told = {path: name for path, name in labels(listing).items() if path.startswith("val")}
    assert told == {f"val/images/val_{at}.png": f"n{1 + at % 2}" for at in range(4)}
    assert listing.notes == ("val/val_annotations.txt: classes of 4 pictures",)
    assert listing.ignored == (".txt: 1 (wnids.txt)",)


def test_lists_called_as_splits_divide_class_folders(tmp_path: Path) -> None:
    """As Food-101 lies: folders of classes beside lists without endings, in a folder around both."""
    folder = tmp_path / "food"
    write_pictures(
        folder / "images", [f"{name}/{at}.png" for name in ("pie", "ribs") for at in range(4)]
    )
    for split, places in (("train", range(2)), ("test", range(2, 3))):
        text = "".join(f"{name}/{at}\n" for name in ("pie", "ribs") for at in places)
        text_to(folder / "meta" / f"{split}.txt", text)
    listing = listed(tmp_path)
    assert {item.name: item.split for item in listing.items} == {
        **{f"{name}/{at}.png": "train" for name in ("pie", "ribs") for at in range(2)},
        **{f"{name}/2.png": "test" for name in ("pie", "ribs")},
    }
    assert listing.split == "by the lists food/meta/test.txt, food/meta/train.txt"
    assert listing.ignored == ("pictures that no list of a split names: 2",)


def test_a_list_that_names_pictures_and_tells_nothing_is_named(tmp_path: Path) -> None:
    names = [f"{name}/{at}.png" for name in ("a", "b") for at in range(4)]
    write_pictures(tmp_path, names)
    text_to(
        tmp_path / "meta" / "images.txt", "".join(f"{at} {name}\n" for at, name in enumerate(names))
    )
    assert listed(tmp_path).ignored == (
        "list meta/images.txt: names pictures, and no classes or splits",
    )


def test_tables_of_tops_that_tell_nothing_leave_folders_as_they_are(tmp_path: Path) -> None:
    """As ImageNet would lie on Kaggle with classes of other names than those of train/ in its table for val/."""
    inner = tmp_path / "Data" / "CLS-LOC"
    write_pictures(inner, [f"train/{name}/{at}.png" for name in ("n1", "n2") for at in range(3)])
    write_pictures(inner, [f"val/v_{at}.png" for at in range(4)])
    rows = [[f"v_{at}", f"m{1 + at % 2} 1{at} 108 370 360"] for at in range(4)]
    rows_to(tmp_path / "val_solution.csv", [["ImageId", "PredictionString"], *rows])
    listing = listed(tmp_path)
    assert listing.classes == ("n1", "n2")
    assert sum(splits(listing).values()) == 6
    assert listing.ignored == (
        "pictures without a class in val/: 4",
        "table val_solution.csv: no column of classes",
    )


def test_tables_beside_folders_of_classes_and_splits_are_only_named(tmp_path: Path) -> None:
    """As the Stanford cars lie on Kaggle: boxes without headings beside the same pictures in folders."""
    names = [
        f"{split}/{name}/{split}{name}{at}.png"
        for split in ("train", "test")
        for name in "ab"
        for at in range(4)
    ]
    write_pictures(tmp_path, names)
    rows: list[list[object]] = [
        [name.rpartition("/")[2], 10 + at, 20, 30, 40] for at, name in enumerate(names[:8])
    ]
    rows_to(tmp_path / "anno_train.csv", rows)
    listing = listed(tmp_path)
    assert splits(listing) == {"train": 8, "test": 8}
    assert labels(listing) == {name: name.split("/")[1] for name in names}
    assert listing.ignored == ("table anno_train.csv: no column of classes",)


def test_tables_of_splits_leave_others_aside(tmp_path: Path) -> None:
    """As the German traffic signs lie: a table for each split, and one of drawings of the classes."""
    for name, count in (("Train", 6), ("Test", 4), ("Meta", 2)):
        write_pictures(tmp_path / name, [f"{at}.png" for at in range(count)])
        rows = [[50 + at, at % 2, f"{name}/{at}.png"] for at in range(count)]
        rows_to(tmp_path / f"{name}.csv", [["Width", "ClassId", "Path"], *rows])
    listing = listed(tmp_path)
    assert splits(listing) == {"train": 6, "test": 4}
    assert all(name == str(int(Path(path).stem) % 2) for path, name in labels(listing).items())
    assert "table Meta.csv, beside tables of the splits" in listing.ignored


def test_a_table_for_training_does_not_mean_the_tests_of_the_same_names(tmp_path: Path) -> None:
    """As CIFAR-10 lies on Kaggle."""
    write_pictures(tmp_path, [f"{top}/{at}.png" for top in ("train", "test") for at in range(1, 7)])
    rows = [[at, ("frog", "ship")[at % 2]] for at in range(1, 7)]
    rows_to(tmp_path / "trainLabels.csv", [["id", "label"], *rows])
    assert labels(listed(tmp_path)) == {
        f"train/{at}.png": ("frog", "ship")[at % 2] for at in range(1, 7)
    }


def test_a_flat_folder_that_begins_as_a_split_is_no_class_beside_splits(tmp_path: Path) -> None:
    write_pictures(
        tmp_path,
        [
            f"{top}/{name}/{at}.png"
            for top in ("Training", "Test")
            for name in "ab"
            for at in range(3)
        ],
    )
    write_pictures(tmp_path / "test-multiple_fruits", ["1.png", "2.png"])
    listing = listed(tmp_path)
    assert splits(listing) == {"train": 6, "test": 6}
    assert listing.ignored == ("pictures without a class in test-multiple_fruits/: 2",)


def test_folders_called_as_pictures_of_any_class_are_no_classes(tmp_path: Path) -> None:
    """As the Oxford pets lie, whose masks would be the other class."""
    write_pictures(
        tmp_path,
        [f"{top}/{at}.png" for top in ("images", "annotations/trimaps") for at in range(3)],
    )
    assert refusal(tmp_path) == (
        f"{tmp_path}: images/ would be a class by where it lies, and is called as a folder of pictures of any class.\n"
        f"  Needed: {ASKED}\n"
        "  Fix: move the pictures into a folder for each class, or write a labels.csv; give images/ another name "
        "if it is a class."
    )


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "Annotations/1.xml",
            "<annotation>\n<bndbox><xmin>1</xmin></bndbox>",
            "as Pascal VOC writes them",
        ),
        ("annotations/instances.json", '{"images": [{"file_name": "1.png"}]}', "as COCO has them"),
        ("labels/1.txt", "0 0.5 0.5 0.25 1.0\n1 0.1 0.2 0.3 0.4\n", "as YOLO reads them"),
    ],
)
def test_boxes_of_objects_are_named(tmp_path: Path, name: str, content: str, said: str) -> None:
    write_pictures(tmp_path, ["1.png", "2.png"])
    text_to(tmp_path / name, content)
    assert refusal(tmp_path).startswith(
        f"{tmp_path}: it holds 2 pictures, and nothing says what they show. {name} holds boxes of objects, {said}, "
        "and no class of a picture.\n"
    )


def test_values_of_matlab_beside_pictures_are_named(tmp_path: Path) -> None:
    write_pictures(tmp_path, ["1.png", "2.png"])
    text_to(tmp_path / "imagelabels.mat", "MATLAB 5.0 MAT-file")
    assert "imagelabels.mat is values of MATLAB, which are not read." in refusal(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "said", "fix"),
    [
        ("train_32x32.mat", b"MATLAB 5.0 MAT-file", "values of MATLAB", "read it by scipy.io.loadmat, and save"),
        ("signs.h5", b"\x89HDF\r\n\x1a\n", "HDF5", "read it by h5py, and save its arrays"),
        ("data_batch_1", pickle.dumps({"data": 1}), "a pickle of Python, which may run code", "open it by Python if"),
        ("reviews.xlsx", b"PK\x03\x04", "a workbook of Excel", "save it as `CSV UTF-8`."),
        ("x.npy", b"\x93NUMPY\x01\x00", "one array of numpy", "put images and labels into one file by numpy.savez."),
        ("a.tfrecord", b"\x10" + bytes(9), "records of TensorFlow (TFRecord)", "write the pictures into a folder"),
        ("SMSSpamCollection", b"ham\thello\n", "text whose name does not say how it is laid out", "end its name in .csv"),
        ("what.dat", b"\x00\xff\x00", "of a form that is not known", "convert it to one of these."),
    ],
)  # fmt: skip
def test_files_of_other_forms_are_named(
    tmp_path: Path, name: str, content: bytes, said: str, fix: str
) -> None:
    (tmp_path / name).write_bytes(content)
    message = refusal(tmp_path / name)
    assert message.startswith(f"{tmp_path / name}: it is {said}")
    assert f"\n  Needed: {READ}\n  Fix: {fix}" in message
    in_folder = refusal(tmp_path)
    assert (
        f"it holds no pictures, and no IDX files. It holds {name} ({said.partition(',')[0]})."
        in in_folder
    )
    assert f"\n  Fix: {fix}" in in_folder


def test_classes_in_several_columns_of_one_row_are_named(tmp_path: Path) -> None:
    """As CelebA's attributes stand: 1 and -1, several of them in a row."""
    write_pictures(tmp_path, [f"{at}.png" for at in range(8)])
    rows: list[list[object]] = [
        [f"{at}.png", (1, -1)[at % 2], (1, -1)[at % 3 > 0]] for at in range(8)
    ]
    table = rows_to(tmp_path / "list_attr.csv", [["image_id", "Bald", "Young"], *rows])
    rows_to(
        tmp_path / "partition.csv",
        [["image_id", "partition"], *([f"{at}.png", at // 4] for at in range(8))],
    )
    assert refusal(tmp_path).startswith(
        f"{table}: the columns 'Bald' and 'Young' hold yes and no, for several classes or none in a row.\n"
        "  Needed: one class for each example.\n"
        "  Fix: write --columns 'label=Bald', for example, to tell that class from all others."
    )
    assert labels(listed(f"{tmp_path}::label=Bald"))["1.png"] == "-1"


def test_a_list_of_one_class_is_that_class_and_of_several_is_refused(tmp_path: Path) -> None:
    write_pictures(tmp_path, [f"{at}.png" for at in range(4)])
    for cells, said in (
        (["['cat']", '["dog"]'], None),
        (["Mass", "Mass|Edema"], "Mass|Edema"),
        (["a", "a, b"], "a, b"),
    ):
        rows: list[list[object]] = [[f"{at}.png", cells[at % 2]] for at in range(4)]
        rows_to(tmp_path / "labels.csv", [["file", "label"], *rows])
        if said is None:
            assert listed(tmp_path).classes == ("cat", "dog")
        else:
            assert f"holds several classes in a cell, as in {said}." in refusal(tmp_path)


def test_a_column_of_classes_is_told_by_a_word_of_its_heading_and_by_its_cells(
    tmp_path: Path,
) -> None:
    write_pictures(tmp_path, [f"{at}.png" for at in range(8)])
    heading = ["file", "airline_sentiment", "airline_sentiment_confidence", "name", "airline"]
    rows = [[f"{at}.png", ("good", "bad")[at % 2], 0.5 + at / 20, f"u{at}", "V"] for at in range(8)]
    table = rows_to(tmp_path / "a.csv", [heading, *rows])
    assert labels(listed(tmp_path))["1.png"] == "bad"
    rows_to(table, [[name.replace("sentiment", "mood") for name in heading], *rows])
    assert refusal(tmp_path) == (
        f"{table}: its headings are file, airline_mood, airline_mood_confidence, name, airline; 'airline_mood' may "
        "hold the classes.\n"
        "  Needed: a column of classes called label or class, or one column of 0 and 1 for each class.\n"
        "  Fix: write --columns 'label=airline_mood' if that is meant."
    )


def test_tables_in_utf_16_are_read(tmp_path: Path) -> None:
    """As Excel writes `Unicode text`."""
    write_pictures(tmp_path, ["1.png", "2.png"])
    (tmp_path / "labels.csv").write_text(
        "file\tlabel\n1.png\t고양이\n2.png\tdog\n", encoding="utf-16"
    )
    assert labels(listed(tmp_path)) == {"1.png": "고양이", "2.png": "dog"}


def test_masks_beside_pictures_of_named_classes_are_said(tmp_path: Path) -> None:
    names = [f"{name}_{at}.png" for name in ("cat", "dog") for at in range(3)]
    write_pictures(tmp_path, [f"{top}/{name}" for top in ("images", "masks") for name in names])
    assert listed(f"{tmp_path}::names={{class}}_#").notes == (
        "classes from the names of pictures, by {class}_#",
        "pictures of the same names lie in images/ and masks/: all are learnt",
    )


def squares(count: int) -> tuple[np.ndarray, list[int]]:
    """Pictures of 6 x 6 whose first pixel is ten times their class."""
    images = np.random.default_rng(5).integers(0, 256, (count, 6, 6))
    classes = [at % 3 for at in range(count)]
    images[:, 0, 0] = 10 * np.array(classes)
    return images, classes


def are_right(source: Source) -> bool:
    parts = [part for part in (source.train, source.validation, source.test) if part is not None]
    return all(
        [str(value // 10) for value in part.images[:, 0, 0, 0].tolist()]
        == [source.classes[label] for label in part.labels.tolist()]
        for part in parts
    )


@pytest.mark.parametrize("form", ["label first", "label last", "no headings", "pixels in one cell"])
def test_pictures_in_rows_of_numbers_are_read(tmp_path: Path, form: str) -> None:
    """As MNIST, sign language, skin lesions and faces are shared in CSV."""
    images, classes = squares(12)
    flat = images.reshape(12, -1).tolist()
    names = [f"pixel{at}" for at in range(36)]
    rows: dict[str, Sequence[Iterable[object]]] = {
        "label first": [["label", *names], *([label, *row] for label, row in zip(classes, flat, strict=True))],
        "label last": [[*names, "label"], *([*row, label] for label, row in zip(classes, flat, strict=True))],
        "no headings": [[label, *row] for label, row in zip(classes, flat, strict=True)],
        "pixels in one cell": [
            ["emotion", "pixels", "Usage"],
            *([label, " ".join(map(str, row)), ("Training", "PublicTest")[at % 4 > 2]]
              for at, (label, row) in enumerate(zip(classes, flat, strict=True))),
        ],
    }  # fmt: skip
    source = loaded(rows_to(tmp_path / "table.csv", rows[form]))
    counts = (len(source.train), len(source.test))
    assert are_right(source)
    assert sum(counts) == 12
    assert form != "pixels in one cell" or counts == (9, 3)
    assert "table.csv: pictures of 6x6 from " in source.origin.notes[0]
    assert source.train.images.shape[1:] == (1, 6, 6)


def test_a_test_of_pixels_without_classes_is_left_out_and_alone_refused(tmp_path: Path) -> None:
    images, classes = squares(12)
    flat = images.reshape(12, -1).tolist()
    names = [f"pixel{at}" for at in range(36)]
    rows_to(
        tmp_path / "train.csv",
        [["label", *names], *([label, *row] for label, row in zip(classes, flat, strict=True))],
    )
    rows_to(tmp_path / "test.csv", [names, *flat])
    rows_to(tmp_path / "sample_submission.csv", [["ImageId", "Label"], [1, 0]])
    source = loaded(tmp_path)
    assert are_right(source)
    assert len(source.train) + len(source.test) == 12
    assert source.origin.ignored == (
        "table test.csv: no column of classes",
        "files of no split: sample_submission.csv",
    )
    assert "its rows are pixels of pictures, and nothing says what these show." in refusal(
        tmp_path / "test.csv"
    )
    rows_to(tmp_path / "train.csv", [["label", *names], [0, *flat[0]], [1, *flat[1][:-1], 256]])
    assert refusal(tmp_path / "train.csv") == (
        f"{tmp_path / 'train.csv'}, row 3: it does not hold the pixels of a picture.\n"
        "  Needed: 36 values from 0 to 255, as in the first row.\n"
        "  Fix: correct or remove it."
    )


def test_arrays_in_files_of_their_own_are_read(tmp_path: Path) -> None:
    images, classes = squares(12)
    for name, values in (
        ("x_train", images[:8]),
        ("y_train", classes[:8]),
        ("X_test", images[8:]),
        ("y_test", classes[8:]),
    ):
        np.save(tmp_path / f"{name}.npy", np.array(values, np.uint8))
    source = loaded(tmp_path)
    assert are_right(source)
    assert (len(source.train), len(source.test)) == (8, 4)


def sentences(count: int) -> list[tuple[str, str]]:
    return [
        (f"{('good', 'bad')[at % 2]} film number {at} of many", ("pos", "neg")[at % 2])
        for at in range(count)
    ]


def test_two_columns_without_headings_are_read_and_three_are_asked_for(tmp_path: Path) -> None:
    """As reviews of Yelp and Amazon, and collections of messages, are shared."""
    rows: list[list[object]] = [[label, text] for text, label in sentences(20)]
    source = loaded(rows_to(tmp_path / "two.csv", rows))
    assert len(source.train) + len(source.test) == 20
    numbers, indices = source.train.images[:, 0].tolist(), source.train.labels.tolist()
    assert all(
        ("good" in source.texts[at]) == (source.classes[label] == "pos")
        for at, label in zip(numbers, indices, strict=True)
    )
    table = rows_to(tmp_path / "three.csv", [[label, "a title", text] for label, text in rows])
    assert refusal(table) == (
        f"{table}: it has no headings: the first row is 'pos', 'a title', 'good film number 0 of many'.\n"
        "  Needed: to know which column holds the sentences, and which one their classes.\n"
        "  Fix: write --columns 'text=column 3,label=column 1', with the numbers that are meant, or headings in the "
        "first line."
    )
    assert len(loaded(f"{table}::text=column 3,label=column 1").texts) == 20


def test_parts_called_alike_but_for_their_split_are_read_and_a_test_without_classes_is_left_out(
    tmp_path: Path,
) -> None:
    for split, count in (("train", 12), ("test", 4)):
        lines = [f"{at}\t{text}\t{label}\n" for at, (text, label) in enumerate(sentences(count))]
        text_to(tmp_path / f"ratings_{split}.txt", f"id\tdocument\tlabel\n{''.join(lines)}")
    text_to(tmp_path / "ratings.txt", "id\tdocument\tlabel\n")
    source = loaded(tmp_path)
    assert (len(source.train), len(source.test)) == (12, 4)
    assert source.origin.ignored[-1] == "files of no split: ratings.txt"
    text_to(tmp_path / "ratings_test.txt", "id\tdocument\n1\tgood film\n")
    source = loaded(tmp_path)
    assert len(source.texts) == 12
    assert "table ratings_test.txt: no column of classes" in source.origin.ignored


def test_a_longer_text_beside_a_title_is_asked_for(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        [label, f"Title {at}", text] for at, (text, label) in enumerate(sentences(12))
    ]
    table = rows_to(tmp_path / "news.csv", [["Class Index", "Title", "Description"], *rows])
    assert "'Title' and 'Description' could both be the text." in refusal(table)


def test_dimensions_of_color_in_rows_are_last(tmp_path: Path) -> None:
    """A picture of 5 x 5 in three colours has 75 values, which are no square."""
    image = np.random.default_rng(2).integers(0, 256, (5, 5, 3))
    rows: list[list[object]] = [[at % 2, *image.reshape(-1).tolist()] for at in range(4)]
    source = loaded(
        rows_to(tmp_path / "rgb.csv", [["label", *(f"pixel{at:04}" for at in range(75))], *rows])
    )
    assert np.array_equal(source.train.images[0].permute(1, 2, 0).numpy(), image)

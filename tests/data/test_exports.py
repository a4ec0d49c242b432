"""Folders and files as tools and sites export them, each with the one right reading of it."""

import json
import unicodedata
import warnings
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from test_strangers import ASKED, labels, listed, loaded, refusal, rows_to, splits, text_to

from picture_files import write_classes, write_pictures
from striate.data import Source
from striate.training.choosing import choose_network


ANIMALS = ("cat", "dog")


def sentences(source: Source) -> Mapping[str, str]:
    """Give the class of each sentence, over all splits."""
    assert source.texts
    parts = [part for part in (source.train, source.validation, source.test) if part is not None]
    return {
        source.texts[at]: source.classes[label]
        for part in parts
        for at, label in zip(part.images.flatten().tolist(), part.labels.tolist(), strict=True)
    }


def spoken(count: int) -> list[tuple[str, str]]:
    """Give sentences and their classes."""
    return [
        (f"said {('well', 'badly')[at % 2]} {at}", ("pos", "neg")[at % 2]) for at in range(count)
    ]


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIATE_CACHE", str(tmp_path_factory.mktemp("cache")))


def test_fifty_one_writes_places_of_classes_beside_names_without_endings(tmp_path: Path) -> None:
    for split, count in (("train", 6), ("test", 4)):
        write_pictures(tmp_path / split / "data", [f"{at:06}.png" for at in range(count)])
        told = {"classes": ANIMALS, "labels": {f"{at:06}": (at // 2) % 2 for at in range(count)}}
        text_to(tmp_path / split / "labels.json", json.dumps(told))
    listing = listed(tmp_path)
    assert splits(listing) == {"train": 6, "test": 4}
    assert labels(listing) == {
        f"{split}/data/{at:06}.png": ANIMALS[(at // 2) % 2]
        for split, count in (("train", 6), ("test", 4))
        for at in range(count)
    }


def test_numbers_of_classes_are_no_names_of_pictures(tmp_path: Path) -> None:
    """As Oxford's flowers lie: folders called 1 and 2, pictures called alike, and names of the numbers."""
    write_classes(tmp_path, ["1", "2"], 4)
    text_to(tmp_path / "names.json", '{"1": "pink primrose", "2": "globe thistle"}')
    assert listed(tmp_path).classes == ("1", "2")


@pytest.mark.parametrize("form", ["tasks", "rows"])
def test_label_studio_writes_choices_within_tasks_or_in_rows(tmp_path: Path, form: str) -> None:
    names = [f"{at:08x}-pic.png" for at in range(8)]
    write_pictures(tmp_path / "images", names)
    rows: list[dict[str, object]] = []
    for at, name in enumerate(names):
        image, choice = f"/data/upload/1/{name}", ANIMALS[at % 2]
        results = [{"type": "choices", "value": {"choices": [choice]}}, {"value": {"rating": 3}}]
        annotations = [
            {"was_cancelled": True, "result": [{"value": {"choices": ["unsure"]}}]},
            {"was_cancelled": False, "result": results},
        ]
        task = {"id": at, "annotations": annotations, "data": {"image": image}, "meta": {}}
        rows.append(task if form == "tasks" else {"image": image, "id": at, "choice": choice})
    text_to(tmp_path / "project-1.json", json.dumps(rows))
    assert labels(listed(tmp_path)) == {
        f"images/{name}": ANIMALS[at % 2] for at, name in enumerate(names)
    }


def test_tasks_of_two_choices_are_not_guessed(tmp_path: Path) -> None:
    tasks = [
        {
            "data": {"text": text},
            "annotations": [{"result": [{"value": {"choices": [label]}}]} for label in given],
        }
        for text, given in (("one", "a"), ("two", "b"), ("three", "ab"), ("four", "a"))
    ]
    path = text_to(tmp_path / "tasks.json", json.dumps(tasks))
    assert refusal(path) == (
        f"{path}, row 3: its class is neither text nor number.\n"
        "  Needed: a sentence and its class in every row.\n"
        "  Fix: correct or remove 1 row."
    )


def test_a_table_of_boxes_tells_classes_of_pictures_that_lie_in_none(tmp_path: Path) -> None:
    """As ImageNet lies on Kaggle: a class and its boxes in a cell, for all pictures of val/."""
    inner = tmp_path / "Data" / "CLS-LOC"
    write_pictures(inner, [f"train/{name}/{at}.png" for name in ("n1", "n2") for at in range(3)])
    write_pictures(inner, [f"val/v_{at}.png" for at in range(4)])
    boxes = [" 10 10 50 60" * (1 + at // 3) for at in range(4)]
    rows = [[f"v_{at}", f"n{1 + at % 2}{boxes[at]}"] for at in range(4)]
    for repeated in (rows, [[name, cell.replace(boxes[0], " 7 7 9 9")] for name, cell in rows]):
        rows_to(tmp_path / "solution.csv", [["ImageId", "PredictionString"], *repeated])
        listing = listed(tmp_path)
        assert listing.classes == ("n1", "n2")
        told = {path: name for path, name in labels(listing).items() if path.startswith("val")}
        assert told == {f"val/v_{at}.png": f"n{1 + at % 2}" for at in range(4)}
        assert listing.notes == ("solution.csv: classes of 4 pictures",)
        assert listing.ignored == ()


def test_tables_whose_names_end_in_a_split_are_those_of_the_splits(tmp_path: Path) -> None:
    """As FairFace lies: several columns that may be classes, and the same in a table for each split."""
    for split, count in (("train", 6), ("val", 4)):
        write_pictures(tmp_path / split, [f"{at}.png" for at in range(count)])
        rows = [[f"{split}/{at}.png", "old", ("Male", "Female")[at % 2]] for at in range(count)]
        rows_to(tmp_path / f"fairface_label_{split}.csv", [["file", "age", "gender"], *rows])
    listing = listed(f"{tmp_path}::label=gender")
    assert splits(listing) == {"train": 6, "test": 4}
    assert all(
        name == ("Male", "Female")[int(Path(path).stem) % 2]
        for path, name in labels(listing).items()
    )


@pytest.mark.parametrize(
    ("name", "deeper"),
    [("cell_images", ""), ("casting_512x512/casting_512x512", "casting_data/casting_data/test")],
)
def test_classes_under_two_folders_are_not_doubled_however_deep(
    tmp_path: Path, name: str, deeper: str
) -> None:
    """As malaria's cells lie on Kaggle, once more in themselves; and castings, in two sizes."""
    for top in (name, deeper, deeper.replace("test", "train")):
        write_pictures(
            tmp_path / top, [f"{label}/{at}.png" for label in ("a", "b") for at in (1, 2)]
        )
    one, other = ("the folder itself", name) if not deeper else (f"{name}/", deeper)
    said = refusal(tmp_path)
    assert said == (
        f"{tmp_path}: {one} and {other}/ hold the same classes: a, b.\n"
        "  Needed: each class in one folder, or in the folders of the splits (train/, val/, test/).\n"
        "  Fix: name the two after their splits, or move the pictures of each class together; or give one of them "
        f"as the data, as in {tmp_path}/{name}."
    )


def test_tags_of_a_picture_are_several_classes(tmp_path: Path) -> None:
    """As the Amazon from space is tagged on Kaggle."""
    write_pictures(tmp_path / "train", [f"train_{at}.png" for at in range(8)])
    tags = ("haze primary", "clear primary", "clear primary road", "clear water")
    rows = [[f"train_{at}", tags[at % 4]] for at in range(8)]
    path = rows_to(tmp_path / "classes.csv", [["image_name", "tags"], *rows])
    assert refusal(tmp_path) == (
        f"{path}: the column 'tags' holds several classes in a cell, as in clear primary.\n"
        "  Needed: one class for each example.\n"
        "  Fix: keep the one that matters, or write --columns 'label=tags' if each such list is a class by itself."
    )
    assert len(listed(f"{tmp_path}::label=tags").classes) == 4


def test_classes_of_several_words_stay_classes(tmp_path: Path) -> None:
    write_pictures(tmp_path, [f"{at}.png" for at in range(8)])
    names = ("traffic light", "traffic cone", "stop sign", "bus")
    rows_to(
        tmp_path / "a.csv", [["file", "labels"], *([f"{at}.png", names[at % 4]] for at in range(8))]
    )
    assert listed(tmp_path).classes == tuple(sorted(names))


def test_folders_that_a_table_says_otherwise_than_are_told(tmp_path: Path) -> None:
    write_classes(tmp_path, ANIMALS, 4)
    names = [f"{name}/{at}.png" for name in ANIMALS for at in range(4)]
    breeds = {
        name: ("siamese", "persian", "pug", "beagle")[at // 2] for at, name in enumerate(names)
    }
    rows_to(tmp_path / "a.csv", [["file", "breed"], *breeds.items()])
    listing = listed(tmp_path)
    assert labels(listing) == breeds
    assert listing.notes[1:] == ("classes are those of a.csv, and not the folders cat/, dog/",)
    changed = {name: name.partition("/")[0] for name in names} | {"cat/3.png": "dog"}
    rows_to(tmp_path / "a.csv", [["file", "class"], *changed.items()])
    assert labels(listed(tmp_path)) == changed
    assert listed(tmp_path).notes[1:] == (
        "1 picture lies in the folder of another class than a.csv gives, as cat/3.png, which is 'dog'",
    )


def _packed(path: Path, folder: Path, encoding: str, *, is_said: bool = False) -> Path:
    class Member(zipfile.ZipInfo):
        def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 - zipfile's own
            return self.filename.encode(encoding), self.flag_bits | 0x800 * is_said

    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*.png")):
            name = unicodedata.normalize("NFC", file.relative_to(folder).as_posix())
            archive.writestr(Member(name), file.read_bytes())
    return path


def test_names_that_a_zip_says_nothing_of_are_utf_8_or_asked_for(tmp_path: Path) -> None:
    folder = write_classes(tmp_path / "pets", ["고양이", "강아지"], 2)
    for is_said in (True, False):
        path = _packed(tmp_path / f"{is_said}.zip", folder, "utf-8", is_said=is_said)
        assert listed(path).classes == ("강아지", "고양이")
    path = _packed(tmp_path / "my pets.zip", folder, "cp949")
    assert refusal(path) == (
        f"{path}: its names are of a code page that it does not name: '░¡╛╞┴÷/0.png' may be 강아지/0.png in cp949, "
        "碍酒瘤/0.png in gbk or 鬼嬴雖/0.png in big5.\n"
        "  Needed: names in UTF-8, by which classes are called.\n"
        "  Fix: unpack it by `unzip -O cp949 'my pets.zip'`, or where it was packed, and give the folder."
    )
    western = write_classes(tmp_path / "west", ["Café", "Tür"], 2)
    assert listed(_packed(tmp_path / "west.zip", western, "cp437")).classes == ("Café", "Tür")


def test_a_whole_number_stands_behind_a_class_without_a_sign_between(tmp_path: Path) -> None:
    names = [f"{name}{at}.png" for name in ("rain", "snow") for at in (8, 12, 113)]
    write_pictures(tmp_path, names)
    assert "write --names '{class}#'" in refusal(tmp_path)
    listing = listed(f"{tmp_path}::names={{class}}#")
    assert labels(listing) == {name: name[:4] for name in names}


def test_palettes_with_transparency_are_looked_at_without_a_warning(tmp_path: Path) -> None:
    for at in range(8):
        picture = PIL.Image.fromarray(np.full((8, 8), at, np.uint8), "P")
        picture.putpalette(bytes(range(256)) * 3)
        place = tmp_path / ANIMALS[at % 2] / f"{at}.png"
        place.parent.mkdir(exist_ok=True)
        picture.save(place, transparency=bytes(256))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        choose_network(str(tmp_path))


def test_parquet_of_pictures_lies_in_a_folder_beside_its_card(tmp_path: Path) -> None:
    """As data sets of Hugging Face's hub are cloned."""
    library = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    picture = write_pictures(tmp_path, ["a.png"]) / "a.png"
    content = picture.read_bytes()
    picture.unlink()
    text_to(tmp_path / "README.md", "---\nlicense: mit\n---\n")
    told = {"info": {"features": {"label": {"names": ["bus", "car"], "_type": "ClassLabel"}}}}
    (tmp_path / "data").mkdir()
    for name, numbers in (
        ("train-00000-of-00002", [0, 1, 1]),
        ("train-00001-of-00002", [0]),
        ("test-00000-of-00001", [1]),
    ):
        rows = {"image": [{"bytes": content, "path": "a.png"}] * len(numbers), "label": numbers}
        table = library.table(rows).replace_schema_metadata({"huggingface": json.dumps(told)})
        parquet.write_table(table, tmp_path / "data" / f"{name}-1a2b3c.parquet")
    listing = listed(tmp_path)
    assert splits(listing) == {"train": 4, "test": 1}
    assert Counter(labels(listing).values()) == {"bus": 2, "car": 3}


def test_pixels_of_tables_may_be_fractions(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (8, 25)) / 255
    rows = [[*np.round(values, 6).tolist(), at % 2] for at, values in enumerate(pixels)]
    path = rows_to(tmp_path / "a.csv", [[*(f"px_{at}" for at in range(25)), "class"], *rows])
    source = loaded(path)
    images = np.concatenate([source.train.images, source.test.images]).reshape(8, 25)
    assert sorted(map(tuple, images.tolist())) == sorted(
        map(tuple, np.round(255 * pixels).astype(int).tolist())
    )


def test_sentences_of_news_lie_in_files_without_endings(tmp_path: Path) -> None:
    """As the twenty newsgroups lie."""
    for split, count in (("train", 4), ("test", 2)):
        for name in ("alt.atheism", "sci.space"):
            for at in range(count):
                place = tmp_path / f"20news-bydate-{split}" / name / f"{49960 + at}"
                text_to(place, f"Subject: {name}\n\n{split} {at}\n")
    source = loaded(tmp_path)
    assert (len(source.train), len(source.test)) == (8, 4)
    assert all(name in text for text, name in sentences(source).items())


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_every_split_may_lack_headings(tmp_path: Path, mark: str) -> None:
    """As sentences of emotions lie: a sentence and its class in a line, in three files."""
    parts = {"train": spoken(12), "val": spoken(6), "test": spoken(4)}
    for split, rows in parts.items():
        lines = [f"{split} {text}{mark}{label}" for text, label in rows]
        text_to(tmp_path / f"{split}.txt", "\n".join(lines))
    source = loaded(tmp_path)
    assert source.validation is not None
    assert [len(part) for part in (source.train, source.validation, source.test)] == [12, 6, 4]
    assert sentences(source) == {
        f"{split} {text}": label for split, rows in parts.items() for text, label in rows
    }


def _documents(rows: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    """Write the same rows in the forms of several programs."""
    texts, names = zip(*rows, strict=True)
    lists = [
        {"id": at, "text": text, "label": [name], "Comments": []}
        for at, (text, name) in enumerate(rows)
    ]
    nested = [
        {"title": text, "label": name, "annotations": {"by": list("abcdefghi")}}
        for text, name in rows
    ]
    tasks = [
        {"data": {"text": text}, "annotations": [{"result": [{"value": {"choices": [name]}}]}]}
        for text, name in rows
    ]
    return {
        "split.json": json.dumps(
            {"columns": ["text", "label"], "index": list(range(len(rows))), "data": rows}
        ),
        "columns.json": json.dumps({"text": texts, "label": names}),
        "doccano.jsonl": "\n".join(map(json.dumps, lists)),
        "nested.json": json.dumps(nested),
        "tasks.json": json.dumps(tasks),
        "piped.csv": "\n".join(["text|label", *(f"{text}, or; so|{name}" for text, name in rows)]),
        "plural.csv": "\n".join(["comments,label", *map(",".join, rows)]),
    }


@pytest.mark.parametrize("name", list(_documents(spoken(2))))
def test_sentences_are_the_same_in_the_forms_of_all_programs(tmp_path: Path, name: str) -> None:
    rows = spoken(12)
    source = loaded(text_to(tmp_path / name, _documents(rows)[name]))
    said = {text.removesuffix(", or; so"): label for text, label in sentences(source).items()}
    assert said == dict(rows)


def test_the_one_table_of_a_folder_is_it(tmp_path: Path) -> None:
    """As Kaggle packs a file."""
    rows = [["review", "sentiment"], *spoken(12)]
    table = rows_to(tmp_path / "IMDB Dataset.csv", rows)
    with zipfile.ZipFile(tmp_path / "archive.zip", "w") as archive:
        archive.write(table, "IMDB Dataset.csv")
    assert sentences(loaded(tmp_path / "archive.zip")) == dict(spoken(12))
    rows_to(tmp_path / "more" / "a.csv", rows)
    text_to(tmp_path / "more" / "b.csv", "x\n")
    folder = tmp_path / "more"
    assert refusal(folder) == (
        f"{folder}: it holds no pictures, and no IDX files. It holds a.csv, b.csv.\n"
        f"  Needed: {ASKED}\n"
        "  Fix: unpack what is packed; call tables train and test; or join those of the same headings into one, with a "
        f"column for the class where each file is of its own; or give one, as {folder}/a.csv."
    )


def test_splits_of_sentences_are_called_behind_a_version(tmp_path: Path) -> None:
    """As KLUE's news lie."""
    for split, count in (("train", 12), ("dev", 4)):
        rows = [{"title": text, "label": label} for text, label in spoken(count)]
        text_to(tmp_path / f"ynat-v1.1_{split}.json", json.dumps(rows))
    source = loaded(tmp_path)
    assert (len(source.train), len(source.test)) == (12, 4)


@pytest.mark.parametrize(
    "text",
    ["{}", "[]", '{"classes": ["a"], "labels": {"x": 5}}', '[{"data": 1, "annotations": 2}]'],
)
def test_documents_of_other_forms_are_left_aside(tmp_path: Path, text: str) -> None:
    write_classes(tmp_path, ANIMALS, 2)
    text_to(tmp_path / "labels.json", text)
    assert listed(tmp_path).classes == ANIMALS

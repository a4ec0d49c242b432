"""Tables of JSON and Parquet are the tables that they would be as CSV; pictures in rows are pictures."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from striate.cli import main
from striate.data import find_source, load_source
from striate.data.examples import Source
from striate.data.images.listing import Listing
from striate.data.images.load import load_pictures
from striate.errors import DataError
from striate.preparation import Preparation
from striate.shapes import Image


ROWS: list[dict[str, Any]] = [
    {"text": "one", "label": "good", "split": "train"},
    {"text": "two", "label": "bad", "split": "train"},
    {"text": "three", "label": "good", "split": "test"},
]
COLUMNS = {name: [row[name] for row in ROWS] for name in ROWS[0]}


def refusal(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        load_source(str(path))
    return str(caught.value)


def read(path: Path) -> tuple[list[tuple[str, str]], int]:
    """Return the sentences of a file with their classes, and how many are for the test."""
    source = load_source(str(path))
    parts = (source.train, source.test)
    pairs = [
        (source.texts[int(place)], source.classes[int(label)])
        for part in parts
        for place, label in zip(part.images.flatten(), part.labels, strict=True)
    ]
    return pairs, len(source.test)


EXPECTED = ([("one", "good"), ("two", "bad"), ("three", "good")], 1)


@pytest.mark.parametrize(
    "document",
    [
        ROWS,
        {"data": ROWS},
        COLUMNS,
        {name: dict(enumerate(values)) for name, values in COLUMNS.items()},
        {f"row {number}": row for number, row in enumerate(ROWS)},
    ],
    ids=["records", "under a name", "columns", "columns by numbers", "rows by names"],
)
def test_every_form_that_json_is_written_in_is_read(tmp_path: Path, document: object) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    assert read(path) == EXPECTED


def test_lines_of_objects_under_the_ending_of_a_document_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("\n".join(map(json.dumps, ROWS)), encoding="utf-8")
    assert read(path) == EXPECTED


@pytest.mark.parametrize(
    ("content", "came"),
    [
        ("[1, 2]", "it is a list without rows in it."),
        ("3", "it is a single value without rows in it."),
        ('{"a": 1}', "it is an object without rows in it."),
        ('{"text": ["a", "b"], "label": ["x"]}', "it is an object without rows in it."),
        ("[" * 100_000, "it is nested too deeply."),
        ('[{"text": "a",\n}]', "it is no JSON: "),
    ],
)
def test_json_without_rows_is_refused(tmp_path: Path, content: str, came: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(content, encoding="utf-8")
    said = refusal(path)
    assert said.startswith(f"{path}: {came}")
    assert said.endswith(
        '  Needed: a list of objects, one a row, as [{"text": ..., "label": ...}, ...]; '
        "or one object a line.\n"
        "  Fix: write it so, as pandas does by to_json(..., orient='records')."
    )


def test_a_row_that_lacks_a_name_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([*ROWS, {"text": "four", "split": "test"}]), encoding="utf-8")
    assert refusal(path).startswith(f"{path}, row 4: the class is null.")


def test_columns_that_were_read_and_those_that_were_not_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,text,label,stars\n1,a,x,5\n2,b,y,4\n3,c,x,1\n", encoding="utf-8")
    source = load_source(str(path))
    assert source.origin.notes == ("a.csv: sentences from 'text', classes from 'label'",)
    assert source.origin.ignored == ("columns of a.csv: id, stars",)


@pytest.mark.parametrize(
    ("heading", "values"),
    [
        ("y", [37 * number % 640 for number in range(40)]),
        ("age", [20 + number % 17 for number in range(40)]),
        ("score", [number / 4 for number in range(40)]),
    ],
)
def test_measures_are_not_taken_for_classes(
    tmp_path: Path, heading: str, values: list[float]
) -> None:
    path = tmp_path / "a.csv"
    lines = [f"text {number},{value}" for number, value in enumerate(values)]
    path.write_text("\n".join([f"text,{heading}", *lines]), encoding="utf-8")
    assert f"column {heading!r}" in refusal(path).splitlines()[0]
    assert len(load_source(f"{path}::label={heading}").classes) == len(set(values))


def test_coordinates_are_not_classes_beside_each_other(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    lines = [f"text {number},{number % 3},{number % 2},{'ab'[number % 2]}" for number in range(40)]
    path.write_text("\n".join(["text,x,y,kind", *lines]), encoding="utf-8")
    said = refusal(path)
    assert "'x', 'y' and 'kind'" in said


def test_without_the_library_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1")
    assert main(["data", "check", str(path)]) == 2
    assert (
        f"{path}: the library that reads Parquet is not installed.\n"
        "  Needed: the extra `parquet` of Striate.\n"
        "  Fix: write pip install 'striate[parquet]', or save the table as CSV."
    ) in capsys.readouterr().err


def test_parquet_is_the_table_that_it_was(tmp_path: Path) -> None:
    library = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "a.parquet"
    parquet.write_table(library.table(COLUMNS), path)
    assert read(path) == EXPECTED
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    said = refusal(path)
    assert said.startswith(f"{path}: it cannot be read: ")
    assert said.endswith("  Needed: a whole Parquet file.\n  Fix: copy or download it again.")


def png(value: int) -> bytes:
    written = io.BytesIO()
    PIL.Image.fromarray(np.full((6, 5), value, np.uint8)).save(written, "PNG")
    return written.getvalue()


def test_pictures_in_parquet_have_the_names_of_their_classes(tmp_path: Path) -> None:
    library = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    features = {"label": {"names": ["cat", "dog"], "_type": "ClassLabel"}}
    said = {b"huggingface": json.dumps({"info": {"features": features}}).encode()}
    for split, values in (("train", [10, 20, 30, 40]), ("test", [50, 60])):
        table = library.table(
            {
                "image": [{"bytes": png(value), "path": None} for value in values],
                "label": [value // 10 % 2 for value in values],
            }
        )
        parquet.write_table(
            table.replace_schema_metadata(said), tmp_path / f"{split}-00000-of-00001.parquet"
        )
    listing = find_source(str(tmp_path))
    assert isinstance(listing, Listing)
    assert listing.classes == ("cat", "dog")
    source = load_pictures(listing, Image(1, 6, 5), Preparation())
    assert isinstance(source, Source)
    assert source.test.images[:, 0, 0, 0].tolist() == [50, 60]
    assert source.test.labels.tolist() == [1, 0]
    assert source.train.images[:, 0, 0, 0].tolist() == [10, 20, 30, 40]

"""Data sets of the hub, by a stand-in for the library: there is no network in a test."""

import io
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self, final

import numpy as np
import PIL.Image
import pytest

from picture_files import pixels
from striate.data import load_source
from striate.errors import DataError
from striate.shapes import Image


SIZE = Image(3, 6, 8)


@final
class Picture:
    """Stands for `datasets.Image`, the kind of a column."""

    def __init__(self, *, decode: bool = True) -> None:
        self.decode = decode


@final
class Rows:
    """Stands for `datasets.Dataset`."""

    def __init__(self, features: dict[str, Any], rows: list[dict[str, Any]]) -> None:
        self.features, self.rows = features, rows

    def __getitem__(self, key: str | int) -> Any:
        if isinstance(key, str):
            return [row[key] for row in self.rows]
        assert all(not one.decode for one in self.features.values() if isinstance(one, Picture))
        return self.rows[key]

    def cast_column(self, column: str, kind: Picture) -> Self:
        return type(self)({**self.features, column: kind}, self.rows)


def png(seed: int) -> bytes:
    file = io.BytesIO()
    PIL.Image.fromarray(pixels(seed)).save(file, "PNG")
    return file.getvalue()


def rows(labels: list[Any], first: int, feature: object = None) -> Rows:
    cells = [
        {"image": {"bytes": png(first + at), "path": None}, "label": label}
        for at, label in enumerate(labels)
    ]
    return Rows({"image": Picture(), "label": feature}, cells)


def install(monkeypatch: pytest.MonkeyPatch, answer: dict[str, Rows] | Exception) -> list[str]:
    """Put a library in place that gives this answer; what it is asked for is written down."""
    asked: list[str] = []

    def load_dataset(name: str) -> dict[str, Rows]:
        asked.append(name)
        if isinstance(answer, Exception):
            raise answer
        return answer

    module = SimpleNamespace(load_dataset=load_dataset, Image=Picture)
    monkeypatch.setitem(sys.modules, "datasets", module)
    return asked


def refusal() -> str:
    with pytest.raises(DataError) as caught:
        load_source("hf:owner/name", SIZE)
    return str(caught.value)


def test_splits_classes_and_pixels_come_through(monkeypatch: pytest.MonkeyPatch) -> None:
    names = SimpleNamespace(names=["cat", "dog, small"])
    answer = {
        "train": rows([0, 1, 0], 0, names),
        "validation": rows([1], 10, names),
        "test": rows([1, 0, -1], 20, names),
        "extra": rows([0], 30, names),
    }
    asked = install(monkeypatch, answer)
    source = load_source("hf:owner/name", SIZE)
    assert asked == ["owner/name"]
    assert source.classes == ("cat", "dog, small")
    assert source.train.labels.tolist() == [0, 1, 0]
    assert source.test.labels.tolist() == [1, 0]
    assert source.validation is not None
    assert source.validation.labels.tolist() == [1]
    for at in range(3):
        assert np.array_equal(source.train.images[at].permute(1, 2, 0), pixels(at))
    assert np.array_equal(source.test.images[1].permute(1, 2, 0), pixels(21))
    assert source.origin.split == "by the splits train, validation, test"
    assert source.origin.ignored == ("split extra", "rows without a label: 1")


def test_training_rows_alone_are_divided(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, {"train": rows(["b", "a"] * 5, 0)})
    source = load_source("hf:owner/name", SIZE)
    assert source.classes == ("a", "b")
    assert (len(source.train), len(source.test)) == (8, 2)


def test_pictures_may_lie_in_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(png(5))
    made = rows([0, 1, 0, 1], 0, SimpleNamespace(names=["a", "b"]))
    made.rows[0]["image"] = {"bytes": None, "path": str(file)}
    install(monkeypatch, {"train": made, "test": made})
    source = load_source("hf:owner/name", SIZE)
    assert np.array_equal(source.train.images[0].permute(1, 2, 0), pixels(5))


def test_a_damaged_row_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    made = rows([0, 1, 0, 1], 0, SimpleNamespace(names=["a", "b"]))
    made.rows[2]["image"] = {"bytes": png(1)[:60], "path": None}
    install(monkeypatch, {"train": made, "test": rows([0, 1], 9)})
    assert refusal().startswith("hf:owner/name, train 2: the picture in it is damaged or cut off.")


def test_without_the_extra_the_message_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    assert refusal() == (
        "hf:owner/name: the library that reads data sets of the hub is not installed.\n"
        "  Needed: the extra `hub` of Striate.\n"
        "  Fix: write pip install 'striate[hub]'"
    )


def test_what_the_library_says_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, FileNotFoundError("Dataset 'owner/name' doesn't\nexist on the Hub."))
    assert refusal() == (
        "hf:owner/name: it cannot be loaded: Dataset 'owner/name' doesn't exist on the Hub.\n"
        "  Needed: a data set of the hub, as hf:owner/name.\n"
        "  Fix: check the name and the connection."
    )


def test_other_columns_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, {"train": Rows({"text": None, "label": None}, [])})
    assert refusal() == (
        "hf:owner/name: its columns are text, label, and none holds pictures.\n"
        "  Needed: a column of pictures.\n"
        "  Fix: choose another data set."
    )
    install(monkeypatch, {"train": Rows({"image": Picture(), "caption": None}, [])})
    assert refusal() == (
        "hf:owner/name: its columns are image, caption, and none holds labels.\n"
        "  Needed: a column label, labels, class or category.\n"
        "  Fix: choose another data set."
    )


def test_a_test_split_alone_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, {"test": rows([0], 0)})
    assert "none of its pictures is for training" in refusal()

"""How a run that a script began tells how it goes, and how its result looks."""

import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import striate
from striate.errors import UsageError
from striate.training import Finished


TABLE = """
| Layer | Type | Maps | Size | Kernel | Activation |
| --- | --- | --- | --- | --- | --- |
| Input | Input | 1 | 28x28 | - | - |
| C1 | Convolution | 2 | - | 9x9 | ReLU |
| P<1> | Max pooling | - | - | 4x4 | - |
| Output | Fully connected | - | 10 | - | softmax |
"""


class Cells(HTMLParser):
    """Collects the texts of a page's cells, and what its pictures show."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.shown: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "img" and (given["src"] or "").startswith("data:image/png;base64,iVBOR"):
            self.shown.append(given["alt"] or "")

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def document() -> striate.Document:
    return striate.read_networks(TABLE, "tiny.md")[0]


@pytest.fixture(scope="module")
def done(small_digits: str, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    folder = tmp_path_factory.mktemp("runs") / "run"
    return striate.train(document(), small_digits, folder, epochs=2, validation=100)


def test_a_pipe_hears_nothing_unless_asked(
    small_digits: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    striate.train(document(), small_digits, tmp_path / "silent", epochs=1)
    assert capsys.readouterr() == ("", "")
    striate.train(
        document(), small_digits, tmp_path / "told", epochs=1, progress=True, validation=10
    )
    said = capsys.readouterr()
    assert said.out == ""
    assert "epoch 1 of 1: loss" in said.err
    assert "held out" in said.err


def test_a_notebook_sees_a_table_that_grows(
    small_digits: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages: list[str] = []

    def update(shown: object) -> None:
        pages.append(shown._repr_html_())  # type: ignore[attr-defined]

    def display(shown: object, *, display_id: bool) -> SimpleNamespace:
        assert display_id
        update(shown)
        return SimpleNamespace(update=update)

    shell = type("ZMQInteractiveShell", (), {})()
    notebook = SimpleNamespace(get_ipython=lambda: shell, display=SimpleNamespace(display=display))
    monkeypatch.setitem(sys.modules, "IPython", notebook)
    striate.train(document(), small_digits, tmp_path / "run", epochs=2)
    assert pages[-1].count("<tr>") == 3
    assert "epoch 2 of 2" in pages[-1]
    pages.clear()
    striate.train(document(), small_digits, tmp_path / "silent", epochs=1, progress=False)
    assert pages == []


def test_the_history_is_columns(done: Finished) -> None:
    lines = (done.folder / "metrics.csv").read_text().splitlines()
    assert list(done.history) == lines[0].split(",")
    first = [str(column[0]) for column in done.history.values()]
    assert first == lines[1].split(",")
    assert done.history["epoch"] == [1, 2]


def test_results_are_named_in_a_line(done: Finished) -> None:
    bundle = striate.load_bundle(done.bundle)
    table = striate.load("lenet5").table
    shown = [done, done.test, bundle, striate.check("lenet5"), striate.load("lenet5"), table]
    assert all(len(repr(one)) < 300 and "\n" not in repr(one) for one in shown)
    assert repr(table) == "<Table: 8 rows, from 1x32x32, to Output>"
    assert f"{done.test.errors:,} of 300 wrong" in repr(done)


def test_a_notebook_draws_results(done: Finished) -> None:
    page = Cells(done._repr_html_())
    assert page.shown == ["curves", "who is taken for whom"]
    assert {"epoch", "validation_error", "Recall"} <= set(page.texts)


def test_a_notebook_draws_networks_and_checks() -> None:
    small, report = document(), striate.check(document())
    for shown in (small, report, small.table):
        texts = Cells(shown._repr_html_()).texts
        assert [name for name in texts if name in {"Input", "C1", "P<1>", "Output"}][-1] == "Output"
        assert "P<1>" in texts
    assert "164" in Cells(small._repr_html_()).texts  # 2 x (9 x 9 + 1)
    wrong = striate.read_networks(TABLE.replace("| 2 | - | 9x9", "| 2 | 5x5 | 9x9"), "wrong.md")[0]
    assert "contradicts" in Cells(striate.check(wrong)._repr_html_()).texts
    assert "the table says 5x5" in "".join(Cells(striate.check(wrong)._repr_html_()).texts)


NOTHING: Any = 0

WRONG = [5, None, b"x", ["lenet5"], 3.5]


@pytest.mark.parametrize("value", WRONG, ids=repr)
def test_arguments_of_other_types_are_named(value: Any, done: Finished, tmp_path: Path) -> None:
    calls: list[Callable[[Any], object]] = [
        *(
            getattr(striate, name)
            for name in ("load", "load_networks", "check", "build", "document_of")
        ),
        *(getattr(striate, name) for name in ("write_document", "for_inference", "for_training")),
        *(getattr(striate, name) for name in ("load_bundle", "resume", "load_source")),
        lambda given: striate.read_networks(given, "a.md"),
        lambda given: striate.export_onnx(given, tmp_path / "a.onnx"),
        lambda given: striate.train(given or NOTHING, "xor"),
        lambda given: striate.train("mlp", "xor", given or NOTHING),
        lambda given: striate.train("mlp", "xor", tmp_path / "a", vectors=given or NOTHING),
        lambda given: striate.train("mlp", "xor", tmp_path / "b", listen=given or NOTHING),
        lambda given: striate.train("mlp", "xor", tmp_path / "c", progress=given or NOTHING),
        lambda given: striate.train("mlp", "xor", tmp_path / "d", device=given),
        lambda given: striate.evaluate(given, "xor"),
        lambda given: striate.evaluate(done.bundle, given or NOTHING),
        lambda given: striate.evaluate(done.bundle, "xor", precision=given),
        lambda given: striate.predict(given, "a.png"),
        lambda given: striate.predict(done.bundle, "a.png", top=0 if given == 5 else given),
        lambda given: striate.load_bundle(done.bundle, given),
    ]
    for call in calls:
        with pytest.raises(striate.errors.StriateError):
            call(value)
    assert list(tmp_path.iterdir()) == []


def test_the_message_of_an_argument_word_for_word() -> None:
    with pytest.raises(UsageError) as caught:
        striate.train("mlp", "xor", progress="yes")  # type: ignore[arg-type]
    assert str(caught.value) == (
        "progress: it is of the type str.\n"
        "  Needed: True, False or None.\n"
        "  Fix: write progress as True, False or None."
    )


def test_networks_are_taken_however_they_are_given() -> None:
    loaded = striate.load("lenet5")
    text = striate.write_document("lenet5")
    assert text == striate.write_document(loaded)
    assert striate.document_of("lenet5") == striate.document_of(loaded) == loaded
    table = striate.document_of(loaded.table, "mine")
    assert table.name == "mine"
    assert striate.write_document(loaded.table) == striate.write_document(
        striate.document_of(loaded.table)
    )
    prepared = striate.document_of("lenet5", preparation=striate.Preparation(low=-2.0))
    assert prepared.preparation.low == -2.0

"""What each test example was taken for is written down, and read again."""

import csv
import json
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import torch

import striate
from striate.cli import main
from striate.errors import BundleError
from striate.prediction.evaluation import Evaluation
from striate.prediction.prediction_files import (
    Predicted,
    mistakes,
    predicted_examples,
    read_predictions,
    write_predictions,
)


HEADINGS = "position,name,true,predicted,score,margin\n"


def evaluation(names: tuple[str, ...] = ()) -> Evaluation:
    return Evaluation(
        classes=("cat", "dog, large"),
        confusion=((1, 1), (1, 1)),
        loss=0.5,
        labels=torch.tensor([0, 0, 1, 1]),
        predictions=torch.tensor([0, 1, 1, 0]),
        scores=torch.tensor([0.5, 0.625, 0.75, 0.875]),
        margins=torch.tensor([0.0, 0.25, 0.5, 0.75]),
        names=names,
    )


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    names = ("a.png", 'with "quotes", and\ntwo lines', "고양이.png", "lost \udce4.png")
    file = tmp_path / "predictions.csv"
    write_predictions(file, evaluation(names))
    assert file.read_text(encoding="utf-8") == (
        HEADINGS + "0,a.png,cat,cat,0.500000,0.000000\n"
        '1,"with ""quotes"", and\ntwo lines",cat,"dog, large",0.625000,0.250000\n'
        '2,고양이.png,"dog, large","dog, large",0.750000,0.500000\n'
        '3,lost \\udce4.png,"dog, large",cat,0.875000,0.750000\n'
    )
    read = read_predictions(file)
    assert read[:3] == tuple(predicted_examples(evaluation(names)))[:3]
    write_predictions(file, evaluation())  # over itself
    assert [found.name for found in read_predictions(file)] == [""] * 4


def test_mistakes_come_the_surest_first() -> None:
    assert mistakes(evaluation(("a", "b", "c", "d"))) == [
        Predicted(3, "d", "dog, large", "cat", 0.875, 0.75),
        Predicted(1, "b", "cat", "dog, large", 0.625, 0.25),
    ]


@pytest.mark.parametrize(
    "content",
    [b"", b"file,label\na.png,cat\n", b"\xff\xfe\x00", b"\x00", (HEADINGS + "0,a\n").encode()],
)
def test_a_file_of_something_else_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "labels.csv"
    file.write_bytes(content)
    with pytest.raises(BundleError) as caught:
        read_predictions(file)
    assert str(caught.value) == (
        f"{file}: it holds no predictions of `striate evaluate` or of a run.\n"
        "  Needed: a file that these have written, or for --predictions a new name.\n"
        "  Fix: choose another name, such as predictions.csv."
    )
    if not content.startswith(HEADINGS.encode()):
        with pytest.raises(BundleError, match="it holds no predictions"):
            write_predictions(file, evaluation())
        assert file.read_bytes() == content


def light_on(side: str, light: int) -> PIL.Image.Image:
    pixels = np.zeros((8, 8), np.uint8)
    pixels[:, :4] = light
    return PIL.Image.fromarray(pixels if side == "left" else pixels[:, ::-1])


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder of pictures that are light on one side, and one whose class is wrong."""
    folder = tmp_path_factory.mktemp("pictures")
    for part, count in (("train", 12), ("test", 4)):
        for name in ("left", "right"):
            (folder / part / name).mkdir(parents=True)
            for number in range(count):
                light_on(name, 200 + number).save(folder / part / name / f"{number}.png")
    light_on("right", 230).save(folder / "test" / "left" / "wrong.png")
    return folder


def test_a_mistake_can_be_followed_to_its_file(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = striate.Table(
        (
            striate.Row("Input", striate.Input.image(1, 8, 8)),
            striate.Row("Output", striate.FullyConnected(2), "softmax"),
        )
    )
    document = striate.document_of(table, "plain")
    run = striate.train(document, pictures, tmp_path / "run", epochs=12, learning_rate=0.02).folder
    with (run / "predictions.csv").open(encoding="utf-8") as opened:
        rows = list(csv.DictReader(opened))
    assert [row["name"] for row in rows if row["true"] != row["predicted"]] == [
        "test/left/wrong.png"
    ]
    capsys.readouterr()
    asked = ["evaluate", str(run), "--predictions", str(tmp_path / "found.csv")]
    assert main(asked) == 0
    assert f"Predictions  {tmp_path / 'found.csv'}" in capsys.readouterr().out
    assert (tmp_path / "found.csv").read_bytes() == (run / "predictions.csv").read_bytes()
    assert main([*asked, "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)["mistakes"]
    assert (told["name"], told["true"], told["predicted"]) == (
        "test/left/wrong.png",
        "left",
        "right",
    )
    assert 0.5 < told["score"] == pytest.approx((1 + told["margin"]) / 2)
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    assert main([*asked[:3], str(tmp_path / "mine.txt")]) == 2
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "mine"

"""`striate data` as a user meets it, and training on a folder of pictures."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import PIL.Image
import pytest
import torch

import striate
from picture_files import write_classes
from striate.cli import main
from striate.training import Began, Event


TABLE = """---
recipe:
  epochs: 1
  batch_size: 4
  validation: 2
---

| Layer | Type | Maps | Size | Kernel | Activation |
| --- | --- | --- | --- | --- | --- |
| Input | Input | 3 | 8x8 | - | - |
| C1 | Convolution | 4 | 6x6 | 3 | ReLU |
| Output | Fully connected | - | 2 | - | softmax |
"""


@pytest.fixture(autouse=True)
def _process_as_it_was() -> Iterator[None]:
    """Take back what `striate train` sets for the whole process."""
    yield
    torch.set_flush_denormal(False)


@pytest.fixture
def network(tmp_path: Path) -> str:
    path = tmp_path / "small.md"
    path.write_text(TABLE, encoding="utf-8")
    return str(path)


@pytest.fixture
def pictures(tmp_path: Path) -> str:
    splits = ("train", "val", "test")
    names = [f"{split}/{name}" for split in splits for name in ("red, [bold]", "T/shirt 고양이")]
    return str(write_classes(tmp_path / "clothes", names, 10))


def test_training_uses_the_validation_pictures_of_the_data(
    tmp_path: Path, network: str, pictures: str
) -> None:
    heard: list[Event] = []
    done = striate.train(network, pictures, tmp_path / "run", heard.append)
    began = heard[0]
    assert isinstance(began, Began)
    assert (began.images, began.held_out, done.test.examples) == (20, 20, 20)
    assert began.data.counts["validation"] == (10, 10)
    bundle = striate.load_bundle(done.bundle)
    assert bundle.classes == ("T/shirt 고양이", "red, [bold]")
    assert striate.evaluate(bundle, pictures).confusion == done.test.confusion


def test_train_says_what_it_understood_before_it_trains(
    tmp_path: Path, network: str, pictures: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", network, "--data", pictures, "--output", str(tmp_path / "run")]
    assert main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:4] == [
        "Data      clothes: 20 training + 20 validation + 20 test images, 3x8x8",
        "Classes   2: T/shirt 고양이, 'red, [bold]'; 10 training images a class",
        "Split     by the folders test/, train/, val/",
        "Stored as 8x6",
    ]
    assert lines[4].startswith("Cache     ")
    assert lines[5].startswith("20 training images, 20 held out")


def test_train_as_json_says_it_too(
    tmp_path: Path, network: str, pictures: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", network, "--data", pictures, "--output", str(tmp_path / "run"), "--json"]
    assert main(words) == 0
    first, *others = map(json.loads, capsys.readouterr().out.splitlines())
    assert first["data"]["classes"] == ["T/shirt 고양이", "red, [bold]"]
    assert first["data"]["counts"] == {"train": [10, 10], "validation": [10, 10], "test": [10, 10]}
    assert [set(one) & {"epoch", "bundle"} for one in others] == [{"epoch"}, {"bundle"}]


def test_a_run_on_pictures_is_resumed_and_sees_an_edit(
    tmp_path: Path, network: str, pictures: str, capsys: pytest.CaptureFixture[str]
) -> None:
    striate.train(network, pictures, tmp_path / "run", epochs=1)
    assert main(["train", "--resume", str(tmp_path / "run"), "--epochs", "2"]) == 0
    file = Path(pictures) / "train" / "red, [bold]" / "0.png"
    PIL.Image.new("RGB", (8, 6)).save(file)
    capsys.readouterr()
    assert main(["train", "--resume", str(tmp_path / "run"), "--epochs", "3"]) == 2
    assert "are not those that the run began with" in capsys.readouterr().err


def test_evaluate_and_predict_print_such_names_as_they_are(
    tmp_path: Path, network: str, pictures: str, capsys: pytest.CaptureFixture[str]
) -> None:
    striate.train(network, pictures, tmp_path / "run")
    assert main(["evaluate", str(tmp_path / "run"), "--data", pictures]) == 0
    output = capsys.readouterr().out
    assert "red, [bold]" in output
    assert "T/shirt 고양이" in output
    file = str(Path(pictures) / "test" / "red, [bold]" / "0.png")
    assert main(["predict", str(tmp_path / "run"), file]) == 0
    output = capsys.readouterr().out
    assert "red, [bold]" in output
    assert "T/shirt 고양이" in output


def test_check_of_a_sound_folder_says_where_the_cache_is(
    pictures: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("STRIATE_CACHE", str(tmp_path / "kept here"))
    assert main(["data", "check", pictures]) == 0
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert f"Cache     {tmp_path / 'kept here'}, for downloads and decoded pictures" in lines
    assert lines[-1] == "Nothing wrong."
    assert [line.split()[-3:] for line in lines if line.startswith("red, [bold]")] == [["10"] * 3]


def test_check_exits_with_1_and_names_what_is_wrong(
    pictures: str, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = Path(pictures) / "train" / "red, [bold]" / "[red]broken.png"
    broken.touch()
    assert main(["data", "check", pictures]) == 1
    output = capsys.readouterr().out
    assert f"wrong unusable, {broken}: the file is empty.\n" in output
    assert output.endswith("\n1 finding.\n")
    assert main(["data", "check", pictures, "--json"]) == 1
    outcome: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert outcome["is_sound"] is False
    assert outcome["data"]["counts"]["train"] == [10, 10]
    (finding,) = outcome["findings"]
    assert finding["kind"] == "unusable"
    assert finding["names"] == [str(broken)]
    assert finding["came"] == "the file is empty."


def test_check_of_nothing_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "check", str(tmp_path / "nowhere")]) == 2
    assert "is neither a data set that Striate knows nor a path" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["--network", "lenet5"]])
def test_show_draws_a_picture(
    pictures: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    file = tmp_path / "batch.png"
    code = main(["data", "show", pictures, "--output", str(file), *words])
    captured = capsys.readouterr()
    # LeNet-5 looks for a digit, and noise up to the border is none: most pictures are left out, and it is said.
    left_out = [line for line in captured.out.splitlines() if line.startswith("Left out")]
    assert (code, captured.err, bool(left_out)) == (0, "", bool(words))
    assert all("no ink in it" in line or "more that cannot be used" in line for line in left_out)
    assert captured.out.splitlines()[-1] == f"Picture   {file}"
    with PIL.Image.open(file) as picture:
        picture.load()


def test_show_draws_what_the_network_reads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    drawn: list[dict[str, Any]] = []

    def draw(images: object, labels: object, **others: object) -> bytes:
        drawn.append({"images": images, "labels": labels, **others})
        return b""

    monkeypatch.setattr("striate.pictures.draw_batch", draw)
    file = str(tmp_path / "a.png")
    assert main(["data", "show", "mnist", "--network", "lenet5", "--output", file]) == 0
    (batch,) = drawn
    assert batch["images"].shape == (64, 1, 32, 32)
    assert batch["images"].min() == pytest.approx(-0.1)
    assert batch["images"].max() == pytest.approx(1.175)
    assert set(batch["labels"]) <= set("0123456789")


def test_fetch_of_an_unknown_name_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "fetch", "imagenet"]) == 2
    assert "is no data set that Striate can download" in capsys.readouterr().err


def test_show_leaves_out_what_cannot_be_used_as_training_does(
    pictures: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = next(file for file in sorted(Path(pictures, "train").rglob("*")) if file.is_file())
    folder = whole.parent
    phone = folder / "IMG_1.HEIC"
    phone.write_bytes(b"\0\0\0\x18ftypheic" + bytes(200))
    (folder / "cut.png").write_bytes(whole.read_bytes()[:60])
    file = tmp_path / "batch.png"
    assert main(["data", "show", pictures, "--network", "color-cnn", "--output", str(file)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert (
        f"Left out  {phone}: it is a HEIC picture (HEIF, heic), as phones write them, which is not decoded."
        in said
    )
    assert f"Left out  {folder / 'cut.png'}: the picture in it is damaged or cut off." in said
    with PIL.Image.open(file) as picture:
        picture.load()
    for other in Path(pictures).rglob("*.*"):
        other.write_bytes(b"no picture")
    assert main(["data", "show", pictures, "--output", str(file)]) == 2
    assert "it begins with 'no pictu'." in capsys.readouterr().err

"""What a run writes, and what stops it."""

import csv
import json
from pathlib import Path

import pytest
import torch
import yaml
from PIL import Image

import striate
from finished_runs import FinishedRun
from striate.documents.front_matter import record_of
from striate.errors import DataError, DocumentError, RecipeError, TrainingError
from striate.training import Began, EpochEnded, Stepped, start
from striate.training.checkpoint import load_checkpoint, save_checkpoint


def test_a_small_real_subset_is_learnt(finished_lenet5: FinishedRun) -> None:
    done, _ = finished_lenet5
    assert done.test.examples == 300
    assert done.test.error < 0.2


def test_a_run_writes_all_its_files(finished_lenet5: FinishedRun) -> None:
    done, _ = finished_lenet5
    names = {path.name for path in done.folder.iterdir()}
    assert names == {
        "bundle",
        "checkpoint.safetensors",
        "confusion.png",
        "curves.png",
        "first-batch.png",
        "metrics.csv",
        "metrics.jsonl",
        "mistakes.png",
        "network.md",
        "predictions.csv",
        "run.yaml",
    }
    assert {path.name for path in done.bundle.iterdir()} == {
        "README.md",
        "config.json",
        "last.safetensors",
        "model.safetensors",
    }
    for picture in done.folder.glob("*.png"):
        with Image.open(picture) as opened:
            opened.load()


def test_the_two_metric_files_hold_the_same(finished_lenet5: FinishedRun) -> None:
    done, heard = finished_lenet5
    with (done.folder / "metrics.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    lines = (done.folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    assert [{name: float(value) for name, value in row.items()} for row in rows] == [
        {name: float(value) for name, value in record.items()} for record in records
    ]
    ended = [event.record for event in heard if isinstance(event, EpochEnded)]
    assert [record["validation_error"] for record in records] == [
        record.validation_error for record in ended
    ]


def test_the_resolved_recipe_is_written_down(finished_lenet5: FinishedRun) -> None:
    done, _ = finished_lenet5
    settings = yaml.safe_load((done.folder / "run.yaml").read_text(encoding="utf-8"))
    assert settings["recipe"]["epochs"] == 4
    assert settings["recipe"]["loss"] == "map"
    assert settings["environment"]["torch"] == torch.__version__
    document = striate.load(done.folder / "network.md")
    assert document.recipe == record_of(striate.Recipe, settings["recipe"], "recipe")
    assert document.table == striate.load("lenet5").table


def test_the_best_epoch_is_the_one_with_the_smallest_error_on_held_out_images(
    finished_lenet5: FinishedRun,
) -> None:
    done, heard = finished_lenet5
    records = [event.record for event in heard if isinstance(event, EpochEnded)]
    best = min(records, key=lambda record: (record.validation_error, record.validation_loss))
    assert done.best_epoch == best.epoch


def test_events_tell_sizes_and_speed(finished_lenet5: FinishedRun) -> None:
    _, heard = finished_lenet5
    began = heard[0]
    assert isinstance(began, Began)
    assert (began.images, began.held_out, began.steps) == (1100, 100, 69)
    for event in heard:
        if isinstance(event, Stepped):
            assert 0 < event.step <= event.steps
            assert event.images_per_second > 0
            assert event.seconds_left >= 0


def test_the_bundle_gives_the_error_that_the_run_told(
    finished_lenet5: FinishedRun, small_digits: str
) -> None:
    done, _ = finished_lenet5
    again = striate.evaluate(striate.load_bundle(done.bundle), small_digits)
    assert again.confusion == done.test.confusion
    result = (done.bundle / "README.md").read_text(encoding="utf-8")
    assert f"| {Path(small_digits).name} | 300 | {done.test.errors} |" in result


def test_a_loss_that_is_not_finite_stops_the_run_and_keeps_the_last_checkpoint(
    tmp_path: Path, small_digits: str
) -> None:
    document = striate.load("lenet5")
    run = start(document, small_digits, tmp_path / "run")
    weight = run.trainer.network.get_parameter("F6.weight")
    events = run.events()
    next(events)
    next(events)
    done = run.trainer.progress.step
    with torch.no_grad():
        weight[0, 0] = torch.nan
    with pytest.raises(TrainingError) as caught:
        list(events)
    assert str(caught.value) == (
        f"epoch {run.trainer.progress.epoch + 1}, step {done + 1} of {run.trainer.steps}: "
        "the loss is nan.\n"
        "  Needed: a finite loss.\n"
        "  Fix: lower the learning rate, or lengthen the warm-up; the last checkpoint is as "
        "it was."
    )
    tensors, progress, _ = load_checkpoint(tmp_path / "run" / "checkpoint.safetensors")
    assert len(progress.history) == run.trainer.progress.epoch
    assert all(torch.isfinite(one).all() for one in tensors.values() if one.is_floating_point())


def test_numbers_that_are_not_finite_never_reach_a_checkpoint(tmp_path: Path) -> None:
    file = tmp_path / "checkpoint.safetensors"
    from striate.training.checkpoint import Progress  # noqa: PLC0415

    save_checkpoint(file, {"w": torch.ones(3)}, Progress(), "")
    kept = file.read_bytes()
    with pytest.raises(TrainingError) as caught:
        save_checkpoint(file, {"w": torch.tensor([1.0, torch.nan])}, Progress(), "")
    assert str(caught.value) == (
        "checkpoint: w holds values that are not finite, so nothing was saved.\n"
        "  Needed: finite numbers.\n"
        "  Fix: lower the learning rate; the last checkpoint is as it was."
    )
    assert file.read_bytes() == kept


def test_a_used_folder_is_refused_and_untouched(tmp_path: Path, small_digits: str) -> None:
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(TrainingError) as caught:
        striate.train("lenet5", small_digits, tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}: the folder is not empty.\n"
        "  Needed: a new or an empty folder for a new run.\n"
        f"  Fix: choose another name, or go on with it: `striate train --resume {tmp_path}`."
    )
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_wrong_document_is_refused_before_a_folder_is_made(
    tmp_path: Path, small_digits: str
) -> None:
    text = Path(striate.networks.__file__).with_name("lenet5.md").read_text(encoding="utf-8")
    file = tmp_path / "wrong.md"
    file.write_text(text.replace("Subsampling", "Subsamplign", 1), encoding="utf-8")
    with pytest.raises(DocumentError):
        striate.train(file, small_digits, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_codes_for_too_few_classes_are_refused_before_a_folder_is_made(
    tmp_path: Path, small_digits: str
) -> None:
    table = striate.Table(
        (
            striate.Row("Input", striate.Input.image(1, 28, 28)),
            striate.Row("Output", striate.RadialBasis(7)),
        )
    )
    with pytest.raises(DataError) as caught:
        striate.train(table, small_digits, tmp_path / "run")
    assert "the row gives 7 values" in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_every_wrong_field_of_a_recipe_is_named_at_once(small_digits: str) -> None:
    with pytest.raises(RecipeError) as caught:
        striate.train("lenet5", small_digits, epochs=0, optimizer="sdg", lerning_rate=1)
    assert [fault.where for fault in caught.value.faults] == ["lerning_rate", "epochs", "optimizer"]
    assert "write 'sgd'." in str(caught.value)


def test_a_table_written_in_python_learns(tmp_path: Path, small_digits: str) -> None:
    table = striate.Table(
        (
            striate.Row("Input", striate.Input.image(1, 28, 28)),
            striate.Row("C1", striate.Convolution(8, kernel=5, stride=2), "ReLU"),
            striate.Row("F2", striate.FullyConnected(10), "softmax"),
        )
    )
    done = striate.train(table, small_digits, tmp_path / "run", epochs=3, batch_size=32)
    assert done.test.error < 0.25
    assert striate.load(done.bundle / "README.md").table == table

"""How many epochs a run has: more than it was begun with, or fewer where none is better."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import yaml

import striate
from finished_runs import end_of
from striate.cli import main
from striate.errors import BundleError, TrainingError
from striate.training import Began, EpochEnded, Event, Finished, resume, start
from striate.training.checkpoint import load_checkpoint


def document(epochs: int = 4, **fields: object) -> striate.Document:
    mlp = striate.load("mlp")
    recipe = replace(mlp.recipe, epochs=epochs, batch_size=2, **fields)  # type: ignore[arg-type]
    return replace(mlp, recipe=recipe)


def train(folder: Path, made: striate.Document) -> list[Event]:
    return list(start(made, "xor", folder).events())


@pytest.fixture(scope="module")
def finished_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished") / "run"
    train(folder, document())
    return folder


@pytest.fixture
def finished(finished_once: Path, tmp_path: Path) -> Path:
    return shutil.copytree(finished_once, tmp_path / "run")


def test_a_finished_run_keeps_no_weights_twice(finished: Path) -> None:
    tensors, progress, _ = load_checkpoint(finished / "checkpoint.safetensors")
    assert list(tensors) == ["random"]
    assert (progress.epoch, progress.finished_of) == (4, 4)


def test_side_heads_are_kept_for_a_bundle_does_not_hold_them(
    tmp_path: Path, small_digits: str
) -> None:
    table = striate.Table(
        (
            striate.Row("in", striate.Input.image(1, 28, 28)),
            striate.Row("P", striate.MaxPooling(7)),
            striate.Row("out", striate.FullyConnected(10), "softmax"),
            striate.Row("aux", striate.SideHead(0.3), reads=("P",)),
            striate.Row("aux out", striate.FullyConnected(10), "softmax"),
        )
    )
    headed = striate.document_of(table, "headed")
    headed = replace(headed, recipe=replace(headed.recipe, epochs=1))
    run = start(headed, small_digits, tmp_path / "run")
    list(run.events())
    state = run.trainer.network.state_dict()
    tensors, _, _ = load_checkpoint(tmp_path / "run" / "checkpoint.safetensors")
    heads = [name for name in state if name.startswith("aux")]
    assert sorted(tensors) == sorted(
        [*(f"{part}.{name}" for part in ("best", "network") for name in heads), "random"]
    )
    again = resume(tmp_path / "run", epochs=2).trainer.network.state_dict()
    assert all(torch.equal(values, again[name]) for name, values in state.items())


def test_a_finished_run_does_not_go_on_by_itself(finished: Path) -> None:
    before = {file: file.read_bytes() for file in finished.rglob("*") if file.is_file()}
    with pytest.raises(TrainingError) as caught:
        resume(finished)
    assert str(caught.value) == (
        f"{finished}: its run is finished, after 4 epochs.\n"
        "  Needed: a run that was interrupted, or more epochs than it has done.\n"
        f"  Fix: write `striate train --resume {finished} --epochs 8`, for example."
    )
    with pytest.raises(TrainingError) as caught:
        resume(finished, epochs=4)
    assert str(caught.value) == (
        "--epochs: the run is to end after 4 epochs, and has done 4.\n"
        "  Needed: 5 or more.\n"
        "  Fix: write --epochs 5, for example."
    )
    assert before == {file: file.read_bytes() for file in finished.rglob("*") if file.is_file()}


def test_a_finished_run_goes_on_from_its_weights(finished: Path) -> None:
    ended = end_of(finished)
    run = resume(finished, epochs=6)
    network = run.trainer.network.state_dict()
    assert all(torch.equal(values, ended[f"last.{name}"]) for name, values in network.items())
    events = list(run.events())
    began = events[0]
    assert isinstance(began, Began)
    assert (began.finished, began.epochs) == (4, 6)
    assert began.differences == ("epochs 6, was 4",)
    assert any(remark.startswith("The run was finished") for remark in began.remarks)
    assert [event.record.epoch for event in events if isinstance(event, EpochEnded)] == [5, 6]
    assert isinstance(events[-1], Finished)
    lines = (finished / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["epoch"] for line in lines] == [1, 2, 3, 4, 5, 6]
    settings = yaml.safe_load((finished / "run.yaml").read_text(encoding="utf-8"))
    assert (settings["recipe"]["epochs"], settings["earlier_epochs"]) == (6, [4])
    assert striate.load(finished / "network.md").recipe.epochs == 6
    assert striate.load_bundle(finished).document.recipe.epochs == 6
    events = list(resume(finished, epochs=7).events())  # and once more
    assert [event.record.epoch for event in events if isinstance(event, EpochEnded)] == [7]


def test_a_run_without_held_out_images_that_goes_on_takes_the_last_epoch(finished: Path) -> None:
    *_, last = resume(finished, epochs=6).events()
    assert isinstance(last, Finished)
    assert last.best_epoch == 6


def test_an_interrupted_run_may_end_earlier_and_says_so(tmp_path: Path) -> None:
    run = start(document(9), "xor", tmp_path / "run")
    for event in run.events():
        if isinstance(event, EpochEnded) and event.record.epoch == 3:
            run.stop()
    events = list(resume(tmp_path / "run", epochs=5).events())
    assert isinstance(events[0], Began)
    assert events[0].differences == ("epochs 5, was 9",)
    assert not any("finished" in remark for remark in events[0].remarks)  # its optimizer goes on
    assert isinstance(events[-1], Finished)
    assert events[-1].epochs == 5


def test_killed_between_the_two_files_that_name_its_epochs_a_run_has_the_new_number(
    finished: Path,
) -> None:
    code = (
        "import os, sys, pathlib; from striate.training import folder, resume\n"
        "write = folder.write_durably\n"
        "def killed(path, content):\n"
        "    if path.name == 'network.md': os._exit(9)\n"
        "    write(path, content)\n"
        "folder.write_durably = killed\n"
        "resume(pathlib.Path(sys.argv[1]), epochs=6)\n"
    )
    words = [sys.executable, "-c", code, str(finished)]
    assert subprocess.run(words, check=False).returncode == 9
    assert striate.load(finished / "network.md").recipe.epochs == 4
    *_, last = resume(finished).events()
    assert isinstance(last, Finished)
    assert last.epochs == 6


def test_a_document_with_epochs_of_nobody_is_refused(finished: Path) -> None:
    list(resume(finished, epochs=6).events())
    file = finished / "network.md"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("epochs: 6", "epochs: 60"), encoding="utf-8")
    with pytest.raises(TrainingError, match="is not the one that the run began with"):
        resume(finished, epochs=8)


def test_a_finished_run_without_its_bundle_does_not_go_on(finished: Path) -> None:
    (finished / "bundle" / "last.safetensors").unlink()
    before = (finished / "run.yaml").read_bytes()
    with pytest.raises(BundleError, match=r"last\.safetensors"):
        resume(finished, epochs=6)
    assert (finished / "run.yaml").read_bytes() == before


def test_a_run_ends_when_no_epoch_is_better(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # A step that is lost in rounding makes no epoch better than the first.
    made = document(20, learning_rate=1e-30, validation=1, early_stopping=3)
    events = train(tmp_path / "run", made)
    assert [event.record.epoch for event in events if isinstance(event, EpochEnded)] == [1, 2, 3, 4]
    last = events[-1]
    assert isinstance(last, Finished)
    assert (last.best_epoch, last.epochs) == (1, 4)
    readme = (last.bundle / "README.md").read_text(encoding="utf-8")
    assert "Epoch 1 of 4, seed" in readme
    with pytest.raises(TrainingError, match="its run is finished, after 4 epochs"):
        resume(tmp_path / "run")
    # When it is told to go on, it waits anew.
    events = list(resume(tmp_path / "run", epochs=20).events())
    assert [event.record.epoch for event in events if isinstance(event, EpochEnded)] == [5, 6, 7]
    assert main(["train", "--resume", str(tmp_path / "run"), "--epochs", "12"]) == 0
    told = capsys.readouterr().out
    assert (
        "Ended after 10 of 12 epochs: none was better than epoch 1 for as many as early_stopping waits."
        in told
    )


def test_without_held_out_examples_there_is_nothing_to_stop_by(tmp_path: Path) -> None:
    with pytest.raises(TrainingError) as caught:
        start(document(early_stopping=3, validation=0), "xor", tmp_path / "run")
    assert str(caught.value) == (
        "early_stopping: 3 epochs without a better one are to end the run, and no examples are held out to "
        "compare epochs by.\n"
        "  Needed: held-out examples: validation of 1 or more, or data with a validation part.\n"
        "  Fix: write --validation 1, for example."
    )
    assert not (tmp_path / "run").exists()


def test_a_rate_falls_where_the_loss_gets_no_lower_and_goes_on_there(tmp_path: Path) -> None:
    # A step that is lost in rounding leaves the loss where it was.
    made = document(
        9, learning_rate=1e-30, warmup=0.0, validation=1, schedule="plateau", plateau_epochs=3
    )
    rates = [1e-30] * 4 + [1e-31] * 3 + [1e-32] * 2
    whole = train(tmp_path / "whole", made)
    assert [one.record.learning_rate for one in whole if isinstance(one, EpochEnded)] == (
        pytest.approx(rates, rel=1e-9, abs=0)
    )
    run = start(made, "xor", tmp_path / "run")
    for event in run.events():
        if isinstance(event, EpochEnded) and event.record.epoch == 5:
            run.stop()
    rest = list(resume(tmp_path / "run").events())
    assert [one.record.learning_rate for one in rest if isinstance(one, EpochEnded)] == (
        pytest.approx(rates[5:], rel=1e-9, abs=0)
    )
    files = [tmp_path / name / "bundle" / "last.safetensors" for name in ("whole", "run")]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_without_held_out_examples_no_loss_tells_where_a_rate_falls(tmp_path: Path) -> None:
    with pytest.raises(TrainingError) as caught:
        start(document(schedule="plateau", validation=0), "xor", tmp_path / "run")
    assert str(caught.value) == (
        "schedule: plateau lowers the rate where the loss of held-out examples gets no lower, and none are held out.\n"
        "  Needed: held-out examples: validation of 1 or more, or data with a validation part.\n"
        "  Fix: write --validation 1, for example."
    )


def test_epochs_are_a_flag_beside_resume(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "--resume", str(finished), "--epochs", "many"]) == 2
    assert "--epochs: 'many' is not a whole number." in capsys.readouterr().err
    assert main(["train", "--resume", str(finished), "--epochs", "5"]) == 0
    told = capsys.readouterr().out
    assert "4 epochs are done already." in told
    assert "note epochs 5, was 4: the numbers may differ from an unbroken run's." in told

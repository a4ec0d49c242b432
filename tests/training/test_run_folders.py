"""Folders of runs: one process at a time, no dead ends, nothing of another document."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import safetensors.torch
import torch

import striate
from striate.errors import BundleError, TrainingError
from striate.system.files import exchange
from striate.system.locks import FolderLock
from striate.training import EpochEnded, Finished, resume, start


def document(epochs: int = 4) -> striate.Document:
    mlp = striate.load("mlp")
    return replace(mlp, recipe=replace(mlp.recipe, epochs=epochs, batch_size=2))


@pytest.fixture(scope="module")
def after_two_epochs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stopped") / "run"
    run = start(document(), "xor", folder)
    for event in run.events():
        if isinstance(event, EpochEnded) and event.record.epoch == 2:
            run.stop()
    return folder


@pytest.fixture
def stopped(after_two_epochs: Path, tmp_path: Path) -> Path:
    return shutil.copytree(after_two_epochs, tmp_path / "run")


def test_a_folder_in_which_a_run_is_at_work_is_refused(tmp_path: Path) -> None:
    run = start(document(), "xor", tmp_path / "run")
    refusal = (
        f"{tmp_path / 'run'}: another process is training in this folder.\n"
        "  Needed: a folder of its own for each run.\n"
        "  Fix: choose another name with --output, or wait until the other run has ended."
    )
    with pytest.raises(TrainingError) as caught:
        start(document(), "xor", tmp_path / "run")
    assert str(caught.value) == refusal
    steps = run.events()
    next(steps)
    next(steps)  # its checkpoint is there now
    with pytest.raises(TrainingError) as caught:
        resume(tmp_path / "run")
    assert str(caught.value) == refusal
    assert isinstance(list(steps)[-1], Finished)
    assert not (tmp_path / "run" / ".lock").exists()


def test_a_lock_ends_with_its_process(tmp_path: Path) -> None:
    code = (
        "import os, sys, pathlib; from striate.system.locks import FolderLock;"
        "lock = FolderLock(pathlib.Path(sys.argv[1])); os._exit(9)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert done.returncode == 9
    assert (tmp_path / ".lock").exists()
    FolderLock(tmp_path).release()
    assert not (tmp_path / ".lock").exists()


def test_a_run_that_was_killed_before_it_saved_can_begin_again(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    code = (
        "import os, sys, striate; from striate.training import start;"
        "run = start(striate.load('mlp'), 'xor', __import__('pathlib').Path(sys.argv[1])); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(folder)], check=False).returncode == 9
    assert {file.name for file in folder.iterdir()} == {".lock", "network.md", "run.yaml"}
    with pytest.raises(TrainingError) as caught:
        resume(folder)
    assert str(caught.value) == (
        f"{folder}: its run has saved nothing yet: it has just begun, or it was killed before its first "
        "step.\n"
        "  Needed: a run with a checkpoint.\n"
        f"  Fix: if it was killed, begin it again by its own command with --output {folder}."
    )
    assert isinstance(list(start(document(), "xor", folder).events())[-1], Finished)


def test_files_of_the_user_are_never_taken_for_leftovers(tmp_path: Path) -> None:
    (tmp_path / "network.md").write_text("mine", encoding="utf-8")
    with pytest.raises(TrainingError, match="the folder is not empty"):
        start(document(), "xor", tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["network.md"]


def test_what_a_killed_process_left_is_cleaned(stopped: Path) -> None:
    bundle = stopped / "bundle"
    bundle.rename(stopped / ".bundle.old")
    (stopped / ".bundle.new").mkdir()
    (stopped / ".checkpoint.safetensors.17.tmp").write_bytes(b"half")
    run = resume(stopped)
    assert (bundle / "config.json").is_file()
    assert isinstance(list(run.events())[-1], Finished)
    assert not [file.name for file in stopped.iterdir() if file.name.startswith(".")]


def test_a_changed_document_of_a_run_is_refused(stopped: Path) -> None:
    file = stopped / "network.md"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("sigmoid", "tanh", 1), encoding="utf-8")
    with pytest.raises(TrainingError) as caught:
        resume(stopped)
    assert str(caught.value) == (
        f"{file}: its table, its preparation or its recipe is not the one that the run began with.\n"
        "  Needed: the document whose digest stands in run.yaml and in the checkpoint.\n"
        "  Fix: restore the file, or start a new run with the changed document."
    )
    file.write_text(f"{text}\nA word more.\n", encoding="utf-8")
    assert isinstance(list(resume(stopped).events())[-1], Finished)


def test_a_checkpoint_of_another_run_is_refused(stopped: Path, tmp_path: Path) -> None:
    list(start(document(epochs=3), "xor", tmp_path / "other").events())
    checkpoint = stopped / "checkpoint.safetensors"
    (tmp_path / "other" / checkpoint.name).replace(checkpoint)
    with pytest.raises(TrainingError, match="do not fit the run: its document is another one"):
        resume(stopped)


@pytest.mark.parametrize(
    "state",
    [
        "",
        "[]",
        "{}",
        "[" * 100_000,
        '{"history": 3}',
        '{"history": [], "epoch": -1}',
        '{"history": [], "epoch": "two"}',
        '{"history": [{}]}',
        '{"history": [], "loss_sum": null}',
        '{"history": [], "best_epoch": 9}',
        '{"history": [], "unknown": 1}',
    ],
)
def test_a_crafted_checkpoint_is_a_fault(stopped: Path, state: str) -> None:
    file = stopped / "checkpoint.safetensors"
    with safetensors.safe_open(file, framework="pt") as opened:
        document_digest = opened.metadata()["document"]
    tensors = {"w": torch.ones(1)}
    digest = striate.training.checkpoint._digest(tensors, state + document_digest)
    metadata = {"format": "2", "state": state, "document": document_digest, "sha256": digest}
    file.write_bytes(safetensors.torch.save(tensors, metadata))
    with pytest.raises(TrainingError, match="checkpoint"):
        resume(stopped)


def test_a_checkpoint_of_another_version_is_named(stopped: Path) -> None:
    file = stopped / "checkpoint.safetensors"
    file.write_bytes(safetensors.torch.save({"w": torch.ones(1)}, {"format": "1"}))
    with pytest.raises(TrainingError) as caught:
        resume(stopped)
    assert str(caught.value) == (
        f"{file}: the checkpoint has the format 1.\n"
        "  Needed: format 2.\n"
        "  Fix: go on with the version of Striate that began the run, or start it again."
    )


def test_a_changed_document_of_a_bundle_is_refused(stopped: Path) -> None:
    file = stopped / "bundle" / "README.md"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("sigmoid", "tanh", 1), encoding="utf-8")
    with pytest.raises(BundleError) as caught:
        striate.load_bundle(stopped)
    assert str(caught.value) == (
        f"{file}: its table, its preparation or its recipe is not the one that the weights belong to.\n"
        "  Needed: the document whose digest stands in config.json.\n"
        "  Fix: restore the file; for another network, copy the document elsewhere and train it."
    )
    file.write_text(f"{text}\nA word more.\n", encoding="utf-8")
    assert striate.load_bundle(stopped).classes == ("0", "1")


def test_a_bundle_with_other_than_one_name_a_class_is_refused(stopped: Path) -> None:
    file = stopped / "bundle" / "config.json"
    config = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**config, "classes": ["a", "b", "c"]}), encoding="utf-8")
    with pytest.raises(BundleError) as caught:
        striate.load_bundle(stopped)
    assert str(caught.value) == (
        f"{file}: it names 3 classes, and the row Output tells 2 apart.\n"
        "  Needed: 2 names, in the order of the outputs.\n"
        "  Fix: copy the bundle again from where it was trained."
    )
    file.write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(BundleError, match="it is nested too deeply"):
        striate.load_bundle(stopped)


def test_an_exchange_leaves_both_folders(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
        (folder / folder.name).touch()
    if exchange(one, other):
        assert [file.name for file in one.iterdir()] == ["other"]
        assert [file.name for file in other.iterdir()] == ["one"]


def test_a_run_is_set_up_from_a_name_and_plain_paths(tmp_path: Path) -> None:
    run = start("mlp", "xor", str(tmp_path / "named"))
    assert (run.folder.path, run.document.name) == (tmp_path / "named", "mlp")
    run.folder.release()


def test_a_run_that_is_not_there_is_told_from_a_folder_without_one(tmp_path: Path) -> None:
    for place, came in (
        (tmp_path / "nowhere", "there is no such folder"),
        (tmp_path, "it holds no run that can go on: run.yaml cannot be found"),
    ):
        with pytest.raises(TrainingError) as caught:
            resume(place)
        assert str(caught.value) == (
            f"{place}: {came}.\n"
            "  Needed: the folder of an interrupted run.\n"
            "  Fix: check the path; runs lie in the folder `runs` unless --output said otherwise."
        )

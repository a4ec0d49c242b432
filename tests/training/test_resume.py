"""A run that was stopped, in whatever way, ends bit for bit as one that was not."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch

from finished_runs import end_of
from small_digits import write_small_digits
from striate.cli import main
from striate.errors import TrainingError
from striate.training.checkpoint import load_checkpoint
from striate.training.loop import Trainer


EPOCHS = 3
BATCH = 8

DROPOUT_NET = """---
name: dropout-net
input:
  fit: digit
  margin: 4
  subtract: mean-image
recipe:
  optimizer: adamw
  augmentation: crop, rotate 10, elastic 8 3, lighting
  views: flip
  loss: cross-entropy
  validation: 40
---

| Layer  | Type            | Maps | Size  | Kernel | Activation | Options      |
| ------ | --------------- | ---- | ----- | ------ | ---------- | ------------ |
| Input  | Input           | 1    | 28x28 | -      | -          | -            |
| C1     | Convolution     | 4    | -     | 5x5    | ReLU       | -            |
| S2     | Max pooling     | -    | -     | 2x2    | -          | -            |
| D3     | Dropout         | -    | -     | -      | -          | fraction=0.5 |
| Output | Fully connected | -    | 10    | -      | softmax    | -            |
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("resume")
    write_small_digits(folder / "digits", 240, 60)
    (folder / "dropout-net.md").write_text(DROPOUT_NET, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def unbroken(place: Path) -> Path:
    """A run of LeNet-5 that nothing stopped."""
    return run_whole(place, "lenet5", "unbroken")


def words(place: Path, network: str, folder: Path, seed: int = 3) -> list[str]:
    recipe = ("--epochs", EPOCHS, "--batch-size", BATCH, "--threads", 1, "--seed", seed)
    asked = ("train", network, "--data", place / "digits", "--output", folder, *recipe)
    return list(map(str, asked))


STOPPED_AT = 35
"""The step at which a run is stopped: within its second epoch, of 30 or 25 steps."""


@contextmanager
def stopping_by(number: int) -> Iterator[None]:
    """Let a run send its own process a signal, at a step that does not depend on the clock."""
    step, steps = Trainer._step, count(1)

    def stopped(trainer: Trainer, *words: Any) -> Any:
        if next(steps) == STOPPED_AT:
            signal.raise_signal(number)
        return step(trainer, *words)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("striate.training.run._SAVE_SHARE", 1e9)  # after every epoch
        patch.setattr(Trainer, "_step", stopped)
        yield


def run_whole(place: Path, network: str, run: str) -> Path:
    assert main(words(place, network, place / run)) == 0
    return place / run


def history_of(folder: Path) -> list[dict[str, float]]:
    """The records of all epochs, without the time they took."""
    lines = (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    for record in records:
        del record["seconds"]
    return records


def assert_same_end(unbroken: Path, other: Path) -> None:
    first, second = end_of(unbroken), end_of(other)
    assert first.keys() == second.keys()
    for name in first:
        assert torch.equal(first[name], second[name]), name
    assert history_of(unbroken) == history_of(other)
    assert [record["epoch"] for record in history_of(other)] == list(range(1, EPOCHS + 1))


def test_a_killed_run_ends_bit_for_bit_as_an_unbroken_one(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, name = place / "killed", str(place / "dropout-net.md")
    code = (
        "import signal, sys; from striate.cli import main; from test_resume import stopping_by\n"
        "with stopping_by(signal.SIGKILL): main(sys.argv[1:])"
    )
    asked = [sys.executable, "-c", code, *words(place, name, folder)]
    paths = [*map(str, (Path(__file__).parent, Path(__file__).parent.parent)), *sys.path]
    variables = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    assert subprocess.run(asked, env=variables, check=False).returncode == -signal.SIGKILL
    before = history_of(folder)
    assert len(before) == 1
    assert not (folder / "bundle").exists()

    assert main(["train", "--resume", str(folder)]) == 0
    assert "1 epoch is done already." in capsys.readouterr().out
    assert_same_end(run_whole(place, name, "whole"), folder)


def test_an_interrupted_run_saves_within_an_epoch_and_ends_the_same(
    place: Path, unbroken: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = place / "interrupted"
    with stopping_by(signal.SIGINT):
        assert main(words(place, "lenet5", folder)) == 130
    assert f"Go on with: striate train --resume {folder}" in capsys.readouterr().out
    state, progress, _ = load_checkpoint(folder / "checkpoint.safetensors")
    assert (progress.epoch, progress.step) == (1, STOPPED_AT - 30)
    last = safetensors.torch.load_file(folder / "bundle" / "last.safetensors")
    for name, values in last.items():
        assert torch.equal(values, state[f"network.{name}"])

    assert main(["train", "--resume", str(folder)]) == 0
    assert_same_end(unbroken, folder)


def test_a_command_that_was_stopped_while_it_wrote_its_results_goes_on_when_given_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    folder = str(tmp_path / "run")
    assert main(["train", "mlp", "--data", "xor", "--epochs", "2", "--output", folder]) == 0
    longer = ["train", "--resume", folder, "--epochs", "3"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("striate.training.run.save_bundle", stop)
        assert main(longer) == 130
    assert main(longer) == 0
    assert len(history_of(Path(folder))) == 3
    capsys.readouterr()
    assert main(longer) == 2
    assert "the run is to end after 3 epochs, and has done 3." in capsys.readouterr().err


def test_two_seeds_do_not_end_the_same(place: Path, unbroken: Path) -> None:
    assert main([*words(place, "lenet5", place / "other", seed=4)]) == 0
    ends = [end_of(folder)["last.F6.weight"] for folder in (place / "other", unbroken)]
    assert not torch.equal(*ends)


def test_a_changed_checkpoint_is_refused_and_left_alone(unbroken: Path, tmp_path: Path) -> None:
    file = tmp_path / "checkpoint.safetensors"
    content = bytearray((unbroken / "checkpoint.safetensors").read_bytes())
    content[-3] ^= 1
    file.write_bytes(content)
    with pytest.raises(TrainingError) as caught:
        load_checkpoint(file)
    assert str(caught.value) == (
        f"{file}: it cannot be read: its bytes have changed.\n"
        "  Needed: the checkpoint as it was written.\n"
        "  Fix: restore the file, or start the run again."
    )
    assert file.read_bytes() == bytes(content)


def test_resuming_with_other_data_is_refused(
    place: Path, unbroken: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = place / "digits" / "train-labels-idx1-ubyte"
    kept = labels.read_bytes()
    try:
        labels.write_bytes(kept[:-1] + bytes([(kept[-1] + 1) % 10]))
        assert main(["train", "--resume", str(unbroken), "--epochs", "20"]) == 2
    finally:
        labels.write_bytes(kept)
    assert "are not those that the run began with" in capsys.readouterr().err

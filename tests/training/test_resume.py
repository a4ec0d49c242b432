"""A run that was stopped, in whatever way, ends bit for bit as one that was not."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import safetensors.torch
import torch

from finished_runs import end_of
from small_digits import write_small_digits
from striate.errors import TrainingError
from striate.training.checkpoint import load_checkpoint


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
  validation: 100
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
    write_small_digits(folder / "digits", 1600, 200)
    (folder / "dropout-net.md").write_text(DROPOUT_NET, encoding="utf-8")
    return folder


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "striate", "train", *map(str, words)]


def begin(place: Path, network: str, run: str) -> subprocess.Popen[str]:
    words = (network, "--data", place / "digits", "--output", place / run)
    recipe = ("--epochs", EPOCHS, "--batch-size", BATCH, "--threads", 2, "--seed", 3)
    return subprocess.Popen(
        command(*words, *recipe), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def run_whole(place: Path, network: str, run: str) -> None:
    process = begin(place, network, run)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output


def resume(folder: Path) -> str:
    done = subprocess.run(
        command("--resume", folder), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def wait_for_epochs(folder: Path, count: int) -> None:
    """Wait until so many epochs are written down."""
    file = folder / "metrics.jsonl"
    for _ in range(1200):
        if file.exists() and len(file.read_text(encoding="utf-8").splitlines()) >= count:
            return
        time.sleep(0.05)
    pytest.fail(f"{file} never held {count} epochs")


def history_of(folder: Path) -> list[dict[str, float]]:
    """The records of all epochs, without the time they took."""
    lines = (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    for record in records:
        del record["seconds"]
    return records


def assert_same_end(one: Path, other: Path) -> None:
    first, second = end_of(one), end_of(other)
    assert first.keys() == second.keys()
    for name in first:
        assert torch.equal(first[name], second[name]), name
    assert history_of(one) == history_of(other)
    assert [record["epoch"] for record in history_of(other)] == [1, 2, 3]


@pytest.mark.parametrize("network", ["lenet5", "dropout-net"])
def test_a_killed_run_ends_bit_for_bit_as_an_unbroken_one(place: Path, network: str) -> None:
    name = network if network == "lenet5" else str(place / f"{network}.md")
    run_whole(place, name, f"{network}-unbroken")

    process = begin(place, name, f"{network}-killed")
    wait_for_epochs(place / f"{network}-killed", 1)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    before = history_of(place / f"{network}-killed")
    assert len(before) < EPOCHS
    assert not (place / f"{network}-killed" / "bundle").exists()

    output = resume(place / f"{network}-killed")
    assert f"{len(before)} epochs are done already." in output
    assert_same_end(place / f"{network}-unbroken", place / f"{network}-killed")


def test_an_interrupted_run_saves_within_an_epoch_and_ends_the_same(place: Path) -> None:
    process = begin(place, "lenet5", "interrupted")
    wait_for_epochs(place / "interrupted", 1)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130, output
    assert f"Go on with: striate train --resume {place / 'interrupted'}" in output
    state, progress, _ = load_checkpoint(place / "interrupted" / "checkpoint.safetensors")
    assert progress.step > 0, "the stop should have come within an epoch"
    last = safetensors.torch.load_file(place / "interrupted" / "bundle" / "last.safetensors")
    for name, values in last.items():
        assert torch.equal(values, state[f"network.{name}"])

    resume(place / "interrupted")
    assert_same_end(place / "lenet5-unbroken", place / "interrupted")


def test_two_seeds_do_not_end_the_same(place: Path) -> None:
    unbroken = end_of(place / "lenet5-unbroken")
    done = subprocess.run(
        command("lenet5", "--data", place / "digits", "--output", place / "other", "--epochs", 1),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not torch.equal(end_of(place / "other")["last.F6.weight"], unbroken["last.F6.weight"])


def test_a_changed_checkpoint_is_refused_and_left_alone(place: Path, tmp_path: Path) -> None:
    file = tmp_path / "checkpoint.safetensors"
    content = bytearray((place / "lenet5-unbroken" / "checkpoint.safetensors").read_bytes())
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


def test_resuming_with_other_data_is_refused(place: Path) -> None:
    run = place / "lenet5-unbroken"
    labels = place / "digits" / "train-labels-idx1-ubyte"
    kept = labels.read_bytes()
    try:
        labels.write_bytes(kept[:-1] + bytes([(kept[-1] + 1) % 10]))
        done = subprocess.run(
            command("--resume", run, "--epochs", 4),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    finally:
        labels.write_bytes(kept)
    assert done.returncode == 2
    assert "are not those that the run began with" in done.stderr

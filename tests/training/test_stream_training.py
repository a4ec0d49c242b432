"""A run on a stream: in which order it reads, what it decodes, and where it goes on."""

import json
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from finished_runs import end_of
from shard_files import write_shards
from striate import training
from striate.cli import main
from striate.data.images import stream
from striate.data.images.listing import Item
from striate.data.images.read import read_item
from striate.errors.streams import stream_not_predicted
from striate.system.ranks import Ranks
from striate.training.loop import Trainer


NETWORK = """---
name: of-shards
recipe:
  optimizer: adamw
  batch_size: 5
  validation: 4
  epochs: 3
---

| Layer  | Type            | Maps | Size | Kernel | Activation |
| ------ | --------------- | ---- | ---- | ------ | ---------- |
| Input  | Input           | 3    | 8x8  | -      | -          |
| C1     | Convolution     | 4    | -    | 3x3    | ReLU       |
| Output | Fully connected | -    | 2    | -      | softmax    |
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STRIATE_CACHE", str(tmp_path / "cache"))
    write_shards(tmp_path / "shards", 10)
    (tmp_path / "net.md").write_text(NETWORK, encoding="utf-8")
    return tmp_path


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of pictures, as they are read to be decoded."""
    names, whole = list[str](), read_item

    def noted(item: Item) -> bytes:
        names.append(item.name)
        return whole(item)

    monkeypatch.setattr(stream, "read_item", noted)
    return names


def words(place: Path, run: str, *more: object) -> list[str]:
    asked = (place / "net.md", "--data", place / "shards", "--output", place / run, "--threads", 1)
    return list(map(str, ("train", *asked, *more)))


@contextmanager
def stopped_at(number: int) -> Iterator[None]:
    step, steps = Trainer._step, count(1)

    def stopped(trainer: Trainer, *given: Any) -> Any:
        if next(steps) == number:
            signal.raise_signal(signal.SIGINT)
        return step(trainer, *given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "_step", stopped)
        yield


def test_a_stopped_run_ends_as_the_unbroken_one(place: Path) -> None:
    assert main(words(place, "whole")) == 0
    with stopped_at(9):  # in the middle of the second of three epochs
        assert main(words(place, "stopped")) == 130
    assert main(["train", "--resume", str(place / "stopped")]) == 0
    first, second = end_of(place / "whole"), end_of(place / "stopped")
    assert first.keys() == second.keys()
    assert all(torch.equal(values, second[name]) for name, values in first.items())
    assert not list((place / "cache").rglob("*.npy"))  # nothing is kept


def test_each_picture_is_decoded_once_an_epoch(place: Path, decoded: list[str]) -> None:
    run = training.start(place / "net.md", str(place / "shards"), place / "run")
    trainer = run.trainer
    for _ in trainer.epoch():
        pass
    trainer.progress.begin_epoch()
    decoded.clear()
    for _ in trainer.epoch():
        pass
    counts = Counter(decoded)
    assert set(counts.values()) == {1}
    assert len(counts) == len(trainer.examples) == 26
    run.folder.release()


def test_ranks_read_disjoint_parts(place: Path, decoded: list[str]) -> None:
    run = training.start(place / "net.md", str(place / "shards"), place / "run")
    trainer, order = run.trainer, run.trainer._order(0)
    parts = []
    for rank in range(2):
        decoded.clear()
        for step in range(trainer.steps):
            whole = trainer._count(order, step)
            trainer._read(order, 0, step, Ranks(rank, 2).part(whole))
        parts.append(set(decoded))
    # The last batch has one example alone, which both read.
    assert len(parts[0] & parts[1]) == len(trainer.examples) % 5 == 1
    assert len(parts[0] | parts[1]) == 26
    run.folder.release()


def test_a_stream_that_has_changed_is_not_gone_on_with(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with stopped_at(3):
        assert main(words(place, "run")) == 130
    write_shards(place / "shards", 11)
    assert main(["train", "--resume", str(place / "run")]) == 2
    assert "Needed: the same images and labels." in capsys.readouterr().err


def test_verbs_on_a_stream(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "check", str(place / "shards")]) == 0
    assert "30 training + 10 test images" in capsys.readouterr().out
    drawn = place / "batch.png"
    assert main(["data", "show", str(place / "shards"), "--output", str(drawn)]) == 0
    assert drawn.stat().st_size > 1000
    assert main(words(place, "run", "--epochs", 1)) == 0
    capsys.readouterr()
    told = place / "predictions.csv"
    evaluated = ("evaluate", place / "run", "--json", "--predictions", told)
    assert main(list(map(str, evaluated))) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["examples"] == 10
    result = yaml.safe_load((place / "run" / "run.yaml").read_text("utf-8"))["result"]
    assert found["errors"] == result["test_errors"]
    assert "test-00.tar/0030.png" in told.read_text("utf-8")
    shard = str(place / "shards" / "test-00.tar")
    assert main(["predict", str(place / "run"), shard]) == 2
    assert capsys.readouterr().err.endswith(f"{stream_not_predicted(shard)}\n")


def test_a_shard_alone_and_a_balanced_order(place: Path) -> None:
    shard = f"stream:{place / 'shards' / 'train-00.tar'}"
    done = training.train(
        place / "net.md",
        shard,
        place / "run",
        epochs=1,
        validation=0,
        sampling="balanced",
        mixup=0.2,
    )
    assert done.test.examples == 2  # a fifth of each class

"""One run in several processes: it learns what one process learns, and none waits for one that has ended."""

import os
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest
import safetensors.torch
import torch
import yaml
from torch import distributed
from torch._C._distributed_c10d import Store, TCPStore

from small_digits import write_small_digits
from striate.cli import main
from striate.system import ranks
from striate.system.ranks import Ranks


NETWORK = """---
name: shared-means
recipe:
  optimizer: sgd
  learning_rate: 0.02
---

| Layer  | Type                | Maps | Size  | Kernel | Activation |
| ------ | ------------------- | ---- | ----- | ------ | ---------- |
| Input  | Input               | 1    | 28x28 | -      | -          |
| C1     | Convolution         | 4    | -     | 5x5    | -          |
| B2     | Batch normalization | -    | -     | -      | ReLU       |
| S3     | Max pooling         | -    | -     | 4x4    | -          |
| F4     | Fully connected     | -    | 12    | -      | -          |
| B5     | Batch normalization | -    | -     | -      | ReLU       |
| Output | Fully connected     | -    | 10    | -      | softmax    |
"""
NOT_SEEN = {"C1.bias", "F4.bias"}
"""What batch normalisation takes out again, so that its gradients are nothing but rounding."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("processes")
    write_small_digits(folder / "digits", 140, 31)
    (folder / "net.md").write_text(NETWORK, encoding="utf-8")
    return folder


def words(place: Path, run: str, *more: object) -> list[str]:
    # 110 examples in batches of 36 leave 2 for the last: fewer than there are processes.
    asked = (place / "net.md", "--data", place / "digits", "--output", place / run, "--threads", 1)
    recipe = ("--batch-size", 36, "--validation", 30)
    return list(map(str, ("train", *asked, *recipe, *more)))


def started(given: list[str]) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "striate", *given]
    environment = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE"}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environment)


def test_three_processes_learn_what_one_does(place: Path) -> None:
    together = started(words(place, "three", "--processes", 3, "--epochs", 2))
    assert main(words(place, "one", "--epochs", 2)) == 0
    told, problems = together.communicate(timeout=150)
    assert together.returncode == 0, problems
    assert "3 processes train together, each on its part of every batch of 36." in told
    assert told.count("Test error") == 1
    records = [(place / run / "metrics.csv").read_text("utf-8") for run in ("one", "three")]
    for one, three in zip(*(text.splitlines()[1:] for text in records), strict=True):
        first, second = ([float(cell) for cell in line.split(",")[:5]] for line in (one, three))
        assert first[:4] == pytest.approx(second[:4], abs=1e-5)  # epoch, rate, loss and error
        assert first[4] == pytest.approx(second[4], abs=1e-3)  # held out, by running means
    weights = [
        safetensors.torch.load_file(place / run / "bundle" / "model.safetensors")
        for run in ("one", "three")
    ]
    for name, values in weights[0].items():
        limit = 1e-3 if name in NOT_SEEN or name.endswith("mean") else 2e-5
        torch.testing.assert_close(weights[1][name], values, atol=limit, rtol=0)
    predictions = [(place / run / "predictions.csv").read_text("utf-8") for run in ("one", "three")]
    for one, three in zip(*(text.splitlines() for text in predictions), strict=True):
        assert one.split(",")[:3] == three.split(",")[:3]
    settings = yaml.safe_load((place / "three" / "run.yaml").read_text("utf-8"))
    assert settings["environment"]["processes"] == 3


def test_a_killed_process_ends_the_run_and_one_process_goes_on(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    together = started(words(place, "killed", "--processes", 2, "--epochs", 5000))
    until = time.monotonic() + 100
    while not (place / "killed" / "checkpoint.safetensors").exists():
        assert time.monotonic() < until
        time.sleep(0.05)
    children = Path(f"/proc/{together.pid}/task/{together.pid}/children").read_text("ascii").split()
    os.kill(int(children[-1]), signal.SIGKILL)
    _, problems = together.communicate(timeout=30)
    assert together.returncode == 2
    assert problems.endswith("with any number of processes.\n")
    assert "Traceback" not in problems
    done = main(["train", "--resume", str(place / "killed"), "--epochs", "1"])
    told = capsys.readouterr()
    if done == 2:  # the first epoch had ended before the process was killed
        assert "--epochs: the run is to end after 1 epoch, and has done" in told.err
    else:
        assert "processes 1, was 2: the numbers may differ" in told.out


def test_parts_read_one_after_another_give_the_gradients_of_the_batch(place: Path) -> None:
    (place / "plain.md").write_text(
        "\n".join(line for line in NETWORK.splitlines() if not line.startswith("| B")), "utf-8"
    )
    for run, count in (("whole", 1), ("parts", 5)):
        weights = ("--class-weights", "balanced")
        given = words(place, run, "--epochs", 2, "--accumulate", count, *weights)
        given[1] = str(place / "plain.md")
        assert main(given) == 0
    whole, parts = (
        safetensors.torch.load_file(place / run / "bundle" / "model.safetensors")
        for run in ("whole", "parts")
    )
    for name, values in whole.items():
        torch.testing.assert_close(parts[name], values, atol=1e-6, rtol=0)


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_parts_are_disjoint_and_cover_all(count: int) -> None:
    for length in (count, count + 1, 100):
        parts = [Ranks(rank, count).part(length) for rank in range(count)]
        assert (parts[0].start, parts[-1].stop) == (0, length)
        assert all(left.stop == right.start for left, right in pairwise(parts))
        sizes = [part.stop - part.start for part in parts]
        assert max(sizes) - min(sizes) <= 1
    assert Ranks(count - 1, count).part(count - 1) == slice(0, count - 1)  # too few: all read all


def test_processes_that_are_started_again_do_not_meet_those_of_the_attempt_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # torchrun keeps one store for all attempts on a machine: addresses of processes that were killed stay in it.
    kept = TCPStore("127.0.0.1", 0, is_master=True)
    told = {"RANK": 0, "WORLD_SIZE": 2, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": kept.port}
    told |= {"TORCHELASTIC_USE_AGENT_STORE": "True", "GROUP_WORLD_SIZE": 1}
    met: list[Store] = []

    def begin(_: str, *, store: Store, rank: int, **_more: object) -> None:
        store.set(f"address of {rank}", "gone")
        met.append(store)

    monkeypatch.setattr(distributed, "init_process_group", begin)
    monkeypatch.setattr(distributed, "get_rank", lambda: 0)
    monkeypatch.setattr(ranks, "_joined", {})
    for attempt in (0, 1):
        for name, value in (told | {"TORCHELASTIC_RESTART_COUNT": attempt}).items():
            monkeypatch.setenv(name, str(value))
        ranks.join_ranks()
        ranks._joined.clear()  # as a new process begins
    met[0].set("address of 1", "gone, too")
    assert met[0].check(["address of 1"])
    assert not met[1].check(["address of 1"])

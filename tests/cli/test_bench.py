import argparse
import contextlib
import io
import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Self

import pytest

from striate.bench import peak, starts, study
from striate.bench.__main__ import PROGRAMS
from striate.bench.serving import Work, peak_bytes
from striate.bench.starts import Start
from striate.cli import bench, main


class WorkerOfThisProcess:
    """A program of `python -m striate.bench` without a process of its own, which takes seconds to start."""

    def __init__(
        self, name: str, command: Sequence[str], log: Path, environment: Mapping[str, str]
    ) -> None:
        self.name, self.program = name, PROGRAMS[command[-1]]
        assert (log.parent.is_dir(), dict(environment)) == (True, {})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def prepare(self, job: Mapping[str, Any]) -> dict[str, Any]:
        self.work: Work = self.program(job)
        return {**self.work.facts, "ready_seconds": 0.0, "start_seconds": 0.0}

    def block(self, seconds: float) -> dict[str, Any]:
        return self.work.block(seconds)

    def end(self) -> dict[str, Any]:
        return {"peak_bytes": peak_bytes()}


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """Measure a small network once; tests/bench starts a real process."""
    words = ["bench", "mlp", "--pairs", "2", "--seconds", "0.01", "--threads", "1", "--json"]
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()) as out:
        patch.setattr(starts, "COMMANDS", starts.COMMANDS[1:2])
        patch.setattr(starts, "measure_starts", partial(starts.measure_starts, times=1))
        patch.setattr(study, "Worker", WorkerOfThisProcess)
        patch.setattr(study, "_MATRICES_SECONDS", 0.0)
        patch.setattr(peak, "_SIDES", {"cpu": (64, 64)})
        assert main(words) == 0
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def test_both_are_measured_and_checked_first(told: dict[str, Any]) -> None:
    assert [start["command"] for start in told["starts"]] == ["list"]
    assert not any(start["loads_torch"] for start in told["starts"])
    assert told["machine"]["cores"] >= 1
    for kind, batch in (("training", 4), ("reading", 1000), ("answering", 1)):
        raw = told[kind]
        assert (raw["kind"], raw["batch"], raw["not_measured"]) == (kind, batch, {})
        assert set(raw["programs"]) == {"striate", "again", "pytorch"}
        assert all(one["difference"] <= 1e-4 for one in raw["programs"].values())
        names = {"striate", "again", "pytorch", "matrices"}
        assert [set(one) for one in raw["rounds"]] == [names] * 2


def test_the_table_tells_every_kind(
    told: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    measured = [Start(**one) for one in told["starts"]]
    studies = {name: told[name] for name in ("training", "reading", "answering")}
    bench._print(argparse.Namespace(network="mlp"), told["machine"], measured, studies)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("mlp on ")
    assert lines[0].endswith(", 1 thread, torch " + told["machine"]["torch"] + ", xor")
    assert "times as fast" in lines[2]
    first = [line.split("  ")[0] for line in lines[3:7]]
    assert first == [
        "training, examples a second",
        "reading, examples a second",
        "one answer, p50",
        "one answer, p99",
    ]
    assert lines[-1].startswith("striate list: ")


@pytest.mark.parametrize("words", [["--pairs", "0"], ["--batch", "none"]])
def test_numbers_that_cannot_be_are_refused(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "mlp", *words]) == 2
    assert words[0] in capsys.readouterr().err

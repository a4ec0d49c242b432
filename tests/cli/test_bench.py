import argparse
import contextlib
import io
import json
from collections.abc import Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Self

import pytest

from striate.bench import graphs, peak, starts, study
from striate.bench.__main__ import PROGRAMS
from striate.bench.graphs import GRAPH_READERS, lacking
from striate.bench.serving import Work, peak_bytes
from striate.bench.starts import Start
from striate.cli import bench, main


READERS = [name for name in GRAPH_READERS if not lacking(name)]


class WorkerOfThisProcess:
    """A program of `python -m striate.bench` without a process of its own, which takes seconds to start."""

    def __init__(
        self, name: str, command: Sequence[str], log: Path, environment: Mapping[str, str]
    ) -> None:
        module, function = PROGRAMS[command[-1]]
        self.name = name
        self.program = getattr(import_module(f"striate.bench.{module}"), function)
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
        names = {"striate", "again", "pytorch", *(READERS if kind != "training" else ())}
        assert set(raw["programs"]) == names
        assert all(one["difference"] <= 1e-4 for one in raw["programs"].values())
        for name in names - {"striate"}:  # beside it in two rounds, whoever else takes part
            rounds = [one for one in raw["rounds"] if name in one]
            assert [{"striate", "matrices"} <= one.keys() for one in rounds] == [True] * 2


def test_the_table_tells_every_kind(
    told: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    measured = [Start(**one) for one in told["starts"]]
    studies = {name: told[name] for name in ("training", "reading", "answering")}
    bench._print(
        argparse.Namespace(network="mlp"), told["machine"], measured, studies, ["A remark."]
    )
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("mlp on ")
    assert lines[0].endswith(", 1 thread, torch " + told["machine"]["torch"] + ", xor")
    end = lines.index("", 2)
    assert all(len(line) <= 60 for line in lines[2:end])
    assert lines[2].split() == ["a", "second", "times", "as", "fast", "MiB"]
    heads = [line.rstrip() for line in lines[3:end] if not line.startswith(" ")]
    assert heads == [
        "training 4, fp32",
        "reading 1,000, fp32",
        "one answer p50, fp32",
        "one answer p99, fp32",
    ]
    titles = {"PyTorch", *(GRAPH_READERS[name].title for name in READERS)}
    named = {line[2:19].partition("  ")[0] for line in lines[3:end] if line.startswith(" ")}
    assert named == {*titles, "Striate", "control"}
    assert "A remark." in lines
    assert lines[-1].startswith("striate list: ")


def made_up(kind: str, speeds: Mapping[str, float]) -> dict[str, Any]:
    """Raw numbers in which every program does exactly its speed."""
    block = {
        name: {"examples": one, "seconds": 1.0, "p50": 1 / one, "p99": 1 / one, "steal": 0.0}
        for name, one in speeds.items()
    }
    programs = {name: {"width": "fp32", "peak_bytes": 2**20} for name in speeds}
    return {"kind": kind, "ours": "striate", "programs": programs, "rounds": [block] * 3}


def test_where_striate_is_slower_is_said_the_worst_first() -> None:
    ours = {"striate": 83.0, "again": 83.0}
    studies = {
        "training": made_up("training", {**ours, "pytorch": 50.0}),
        "reading": made_up("reading", {**ours, "onnxruntime": 88.0, "openvino": 80.0}),
        "answering": made_up("answering", {**ours, "openvino": 100.0}),
    }
    assert bench._slower(studies) == [
        "Slower than OpenVINO in one answer, fp32: 0.83 (0.83 to 0.83).",
        "Slower than ONNX Runtime in reading, fp32: 0.94 (0.94 to 0.94).",
    ]
    del studies["answering"], studies["reading"]["programs"]["onnxruntime"]
    assert bench._slower(studies) == ["Nowhere slower than PyTorch or OpenVINO."]
    studies["answering"] = made_up("answering", {**ours, "onnxruntime": 50.0})
    told = "Nowhere slower than PyTorch, OpenVINO or ONNX Runtime."
    assert bench._slower(studies) == [told]
    del studies["answering"]
    studies["training"]["rounds"][0]["again"]["examples"] = 20.0  # the same block in each round
    studies["reading"] = made_up("reading", ours)
    assert bench._slower(studies) == []


def test_readers_that_are_not_installed_are_named_in_half_a_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    arguments = argparse.Namespace(without_plain=False)
    monkeypatch.setattr(graphs, "find_spec", lambda _: None)
    told = "Not measured: ONNX Runtime and OpenVINO (pip install onnxruntime onnx openvino)."
    assert bench._readers(arguments, "cpu") == ([], told)
    monkeypatch.setattr(graphs, "find_spec", lambda name: name != "openvino" or None)
    told = "Not measured: OpenVINO (pip install openvino)."
    assert bench._readers(arguments, "cpu") == (["onnxruntime"], told)
    told = "ONNX Runtime and OpenVINO are measured on the processor alone: --device cpu."
    assert bench._readers(arguments, "cuda") == ([], told)
    assert bench._readers(argparse.Namespace(without_plain=True), "cpu") == ([], "")


@pytest.mark.parametrize("words", [["--pairs", "0"], ["--batch", "none"]])
def test_numbers_that_cannot_be_are_refused(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "mlp", *words]) == 2
    assert words[0] in capsys.readouterr().err

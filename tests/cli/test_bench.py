import argparse
import contextlib
import io
import json
from functools import partial
from typing import Any

import pytest

from striate.bench import starts
from striate.bench.starts import Start
from striate.cli import bench, main


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """Measure a small network once, in real processes."""
    words = ["bench", "mlp", "--pairs", "2", "--seconds", "0.02", "--threads", "1", "--json"]
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()) as out:
        patch.setattr(starts, "measure_starts", partial(starts.measure_starts, times=1))
        assert main(words) == 0
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def test_both_are_measured_and_checked_first(told: dict[str, Any]) -> None:
    assert [one["command"] for one in told["starts"]] == ["--help", "list", "check lenet5"]
    assert not any(one["loads_torch"] for one in told["starts"])
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
    assert "striate list: " in lines[-2]


@pytest.mark.parametrize("words", [["--pairs", "0"], ["--batch", "none"]])
def test_numbers_that_cannot_be_are_refused(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["bench", "mlp", *words])
    assert words[0] in capsys.readouterr().err

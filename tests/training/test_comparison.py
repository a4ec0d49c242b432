"""Runs are put beside each other, and compared on the same test examples."""

import json
from dataclasses import replace
from fractions import Fraction
from io import BytesIO
from math import comb
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

import striate
from striate.cli import main
from striate.errors import TrainingError
from striate.pictures.panel import _apart
from striate.pictures.style import LINES
from striate.prediction.prediction_files import Predicted
from striate.training import EpochEnded, start
from striate.training.comparison import RunOutcome, chance_of, compare_runs, read_outcomes
from striate.training.history import EpochRecord, read_history, write_history


@pytest.mark.parametrize("heads", [0, 1, 3, 8, 20, 21])
@pytest.mark.parametrize("tails", [0, 1, 5, 20])
def test_the_chance_is_that_of_counting_all_throws(heads: int, tails: int) -> None:
    count = heads + tails
    uneven = [k for k in range(count + 1) if abs(2 * k - count) >= abs(heads - tails)]
    exact = Fraction(sum(comb(count, k) for k in uneven), 2**count)
    assert chance_of(heads, tails) == pytest.approx(float(exact), abs=1e-11)


def test_many_throws_are_counted_too() -> None:
    assert chance_of(5000, 5000) == 1.0
    # Of the normal distribution, with a correction for whole numbers: 2 (1 - Phi(3.58)).
    assert chance_of(4820, 5179) == pytest.approx(0.00034, rel=0.05)


def outcome(name: str, predicted: str | None, names: str = "", mark: str = "same") -> RunOutcome:
    """Make a run whose test examples are all of class a."""
    found = predicted and tuple(
        Predicted(place, names and f"{names}{place}", "a", letter, 0.5, 0.1)
        for place, letter in enumerate(predicted)
    )
    return RunOutcome(Path(name), "net", "data", mark, 0, 3, (), found or None)


def test_runs_are_compared_by_what_one_alone_got_wrong() -> None:
    pair = compare_runs(outcome("x", "aabbbbbb"), outcome("y", "baaaaabb"))
    assert (pair.first_alone, pair.other_alone) == (4, 1)
    assert pair.chance == pytest.approx(2 * 6 / 32)  # (1 + 5) of 2^5, on both sides


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (outcome("y", None), "y has no predictions.csv: it is not finished"),
        (outcome("y", "aaaa"), "they were tested on different examples"),
        (outcome("y", "aab", "z"), "they were tested on different examples"),
        (
            outcome("y", "aab", mark="another"),
            "they learnt different data, and their test examples have no names to be told apart by",
        ),
    ],
)
def test_runs_on_different_examples_are_not_compared(other: RunOutcome, reason: str) -> None:
    pair = compare_runs(outcome("x", "aab"), other)
    assert (pair.chance, pair.reason) == (None, reason)


def test_named_examples_are_the_same_whatever_was_learnt() -> None:
    pair = compare_runs(outcome("x", "aab", "n"), outcome("y", "aaa", "n", "another"))
    assert (pair.first_alone, pair.other_alone, pair.chance) == (1, 0, 1.0)


@pytest.fixture
def runs(tmp_path: Path) -> list[str]:
    """Give two finished runs, and one that was interrupted."""
    mlp = striate.load("mlp")
    for name, epochs, stops in (("one", 2, False), ("two", 3, False), ("three", 4, True)):
        recipe = replace(mlp.recipe, epochs=epochs, batch_size=2, seed=epochs)
        run = start(replace(mlp, recipe=recipe), "xor", tmp_path / name)
        for event in run.events():
            if stops and isinstance(event, EpochEnded):
                run.stop()
    return [str(tmp_path / name) for name in ("one", "two", "three")]


def test_the_verb_shows_errors_times_and_a_test(
    runs: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "curves.png"
    assert main(["compare", *runs, "-o", str(picture)]) == 0
    told = capsys.readouterr().out
    assert "1 of 4" in told
    assert "2 of" not in told
    assert f"{runs[2]} beside {runs[0]}: not compared, for {runs[2]} has no predictions.csv" in told
    assert f"{runs[1]} beside {runs[0]}: " in told
    assert "in the first alone; p = " in told
    drawn = np.asarray(PIL.Image.open(BytesIO(picture.read_bytes())).convert("RGB"))
    for color in LINES[:3]:
        wanted = [int(color[place : place + 2], 16) for place in (1, 3, 5)]
        assert (drawn == wanted).all(2).any(), color
    assert main(["compare", *runs, "--json"]) == 0
    plain = json.loads(capsys.readouterr().out)
    assert [(run["epochs"], run["planned_epochs"]) for run in plain["runs"]] == [
        (2, 2),
        (3, 3),
        (1, 4),
    ]
    first = plain["runs"][0]
    settled = striate.evaluate(striate.load_bundle(runs[0]), "xor")
    assert first["test_error"] == settled.error
    assert first["interval"] == list(settled.interval)
    assert [pair["chance"] is None for pair in plain["pairs"]] == [False, True]


def test_what_is_no_run_is_named(tmp_path: Path) -> None:
    places = [tmp_path / "none", tmp_path / "either"]
    with pytest.raises(TrainingError) as caught:
        read_outcomes(places)
    assert str(caught.value) == "\n".join(
        f"{place}: it holds no run: run.yaml or network.md cannot be found.\n"
        "  Needed: the folder of a run.\n"
        "  Fix: check the path; runs lie in the folder `runs` unless --output said otherwise."
        for place in places
    )


def test_one_run_is_not_compared_with_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "runs/a", "runs/a"]) == 2
    assert capsys.readouterr().err == (
        "error: striate compare: runs/a is the only run.\n"
        "  Needed: two runs or more.\n"
        "  Fix: write `striate compare runs/a ANOTHER`.\n"
    )


def test_epochs_are_read_as_they_were_written(tmp_path: Path) -> None:
    records = [
        EpochRecord(1, 0.1, 1.0, 0.5, None, None, 4, 1.0, head_losses={"aux": 1.5}),
        EpochRecord(2, 0.1, 0.9, 0.4, 0.8, 0.3, 8, 1.5, head_losses={"aux": 0.7}),
    ]
    write_history(tmp_path, records)
    assert read_history(tmp_path) == tuple(records)
    assert read_history(tmp_path / "nowhere") == ()


@pytest.mark.parametrize("line", ["{", "3", "[]", '{"epoch": 1}', "\udcff"])
def test_damaged_epochs_are_a_fault(tmp_path: Path, line: str) -> None:
    file = tmp_path / "metrics.jsonl"
    file.write_bytes(line.encode("utf-8", "surrogateescape"))
    with pytest.raises(TrainingError) as caught:
        read_history(tmp_path)
    told = str(caught.value)
    assert told.startswith(f"{file}: it cannot be read: ")
    assert told.endswith(
        "\n  Needed: one JSON object a line, as the run wrote them.\n"
        "  Fix: restore the file, or compare other runs."
    )


def test_labels_at_the_ends_of_lines_do_not_overlap() -> None:
    assert _apart([10.0, 100.0]) == [10.0, 100.0]
    moved = _apart([50.0, 50.0, 51.0, 120.0])
    gaps = np.diff(moved)
    assert gaps[0] == pytest.approx(gaps[1])
    assert gaps[0] > 10
    assert np.mean(moved[:3]) == pytest.approx(np.mean([50, 50, 51]))
    assert moved[3] == 120.0

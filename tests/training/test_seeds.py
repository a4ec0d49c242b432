"""One recipe from several seeds: a folder of runs that goes on as one run does, and the mean of their errors."""

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import fmean, stdev

import numpy as np
import pytest
import torch

import striate
from finished_runs import end_of
from striate.cli import main
from striate.errors import StriateError, TrainingError
from striate.prediction.prediction_files import Predicted
from striate.training import Interrupted, resume_seeds, run as run_module, start_seeds, train_seeds
from striate.training.comparison import RunOutcome, compare_seeds
from striate.training.seeds import SeedRuns


STUDENT = {2: 12.70620, 3: 4.30265}
"""97.5 % points of Student's t for the mean of so many values, from a printed table."""


def table() -> striate.Table:
    return striate.Table(
        (
            striate.Row("in", striate.Input.image(1, 4, 4)),
            striate.Row("D", striate.Dropout(0.2)),
            striate.Row("out", striate.FullyConnected(3), "softmax"),
        )
    )


def data(folder: Path, seed: int = 1) -> str:
    """Write pictures of three classes of different sizes, some of which cannot be told apart."""
    draws = np.random.default_rng(seed)
    labels = np.array([0] * 30 + [1] * 20 + [2] * 10)
    noise = draws.normal(size=(60, 16)) + np.eye(16)[labels]
    values = (128 + 40 * noise).clip(0, 255).astype(np.uint8).reshape(60, 4, 4)
    file = folder / "pictures.npz"
    np.savez(file, x_train=values, y_train=labels, x_test=values[::-1], y_test=labels[::-1])
    return str(file)


def document(**fields: object) -> striate.Document:
    made = striate.document_of(table(), "three")
    recipe = replace(made.recipe, epochs=2, batch_size=8, **fields)  # type: ignore[arg-type]
    return replace(made, recipe=recipe)


def errors_by_hand(folder: Path) -> tuple[float, float]:
    """Count the test errors of a run in its file: over all examples, and the mean over classes."""
    with (folder / "predictions.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    wrong = [line["true"] != line["predicted"] for line in lines]
    classes = sorted({line["true"] for line in lines})
    parts = [
        fmean(bad for bad, line in zip(wrong, lines, strict=True) if line["true"] == name)
        for name in classes
    ]
    return fmean(wrong), fmean(parts)


@pytest.fixture(scope="module", autouse=True)
def _without_pictures() -> Iterator[None]:
    """Draw nothing: pictures have tests of their own, and take most of the time of so small a run."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("show_first_batch", "show_curves", "show_evaluation"):
            patch.setattr(run_module, name, lambda *_: None)
        yield


@pytest.fixture(scope="module")
def three_seeds(tmp_path_factory: pytest.TempPathFactory) -> SeedRuns:
    folder = tmp_path_factory.mktemp("seeds")
    return train_seeds(document(seed=4), data(folder), 3, folder / "all", progress=False)


def test_the_mean_and_its_interval_are_those_of_the_files(three_seeds: SeedRuns) -> None:
    assert [one.seed for one in three_seeds.outcomes] == [4, 5, 6]
    by_hand = [errors_by_hand(three_seeds.folder / f"seed-{seed}") for seed in (4, 5, 6)]
    errors = [one for one, _ in by_hand]
    assert len(set(errors)) > 1  # or the interval says nothing
    half = STUDENT[3] * stdev(errors) / 3**0.5
    assert three_seeds.test_errors == pytest.approx(errors)
    assert three_seeds.mean == pytest.approx(fmean(errors))
    assert three_seeds.interval == pytest.approx(
        (fmean(errors) - half, fmean(errors) + half), rel=1e-4
    )
    assert three_seeds.balanced_errors == pytest.approx([balanced for _, balanced in by_hand])


def test_runs_that_were_stopped_or_never_begun_end_bit_for_bit(
    three_seeds: SeedRuns, tmp_path: Path
) -> None:
    made = start_seeds(document(seed=4), data(tmp_path), 3, tmp_path / "all")
    runs = made.runs()
    list(next(runs).events())
    second = next(runs)
    second.stop()
    *_, last = second.events()
    assert isinstance(last, Interrupted)
    went_on = resume_seeds(tmp_path / "all")
    begun = [(run.document.recipe.seed, list(run.events())) for run in went_on.runs()]
    assert [seed for seed, _ in begun] == [5, 6]
    assert went_on.result().test_errors == three_seeds.test_errors
    for seed in (4, 5, 6):
        ours, theirs = (
            end_of(folder / f"seed-{seed}") for folder in (tmp_path / "all", three_seeds.folder)
        )
        assert all(torch.equal(values, theirs[name]) for name, values in ours.items())


def test_the_verb_trains_goes_on_and_compares(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "three.md").write_text(striate.write_document(document()), encoding="utf-8")
    words = ["train", "three.md", "--data", data(tmp_path), "--seeds", "2"]
    assert main([*words, "--epochs", "1"]) == 0
    text = capsys.readouterr().out
    assert "Seed 1: run 2 of 2" in text
    assert text.count("Classes   3") == 1  # what all runs share is told once
    errors = [errors_by_hand(tmp_path / "runs" / "three-1" / f"seed-{seed}") for seed in (0, 1)]
    assert f"Mean test error over 2 seeds: {100 * fmean(one for one, _ in errors):.2f} %" in text
    assert f"different sizes: {100 * fmean(two for _, two in errors):.2f} %" in text
    assert main([*words, "--learning-rate", "0.5", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["seed"] for line in lines if "seed" in line] == [0, 1]
    assert lines[-1]["seeds"] == [0, 1]
    assert main(["compare", "runs/three-1", "runs/three-2"]) == 0
    text = capsys.readouterr().out
    assert "runs/three-2/seed-1" in text
    assert "runs/three-2 beside runs/three-1: mean difference" in text
    assert "over 2 seeds, 95 % interval (Student's t, seed by seed)" in text
    assert main(["compare", "runs/three-1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["seeds"][0]["balanced_errors"] == pytest.approx([two for _, two in errors])


def run_of(seed: int, predicted: str) -> RunOutcome:
    found = tuple(
        Predicted(place, "", "a", letter, 0.5, 0.1) for place, letter in enumerate(predicted)
    )
    return RunOutcome(Path(f"seed-{seed}"), "net", "data", "same", seed, 3, (), found)


def test_recipes_are_compared_seed_by_seed() -> None:
    ours = [run_of(seed, wrong) for seed, wrong in enumerate(("aabb", "abbb", "aaab"))]
    theirs = [run_of(seed, wrong) for seed, wrong in enumerate(("aaab", "aaab", "aaaa"))]
    pair = compare_seeds(Path("x"), ours, Path("y"), [*theirs[::-1], run_of(9, "bbbb")])
    differences = [-0.25, -0.5, -0.25]
    half = STUDENT[3] * stdev(differences) / 3**0.5
    assert pair.seeds == 3
    assert pair.difference == pytest.approx(-1 / 3)
    assert pair.interval == pytest.approx((-1 / 3 - half, -1 / 3 + half), rel=1e-4)
    alone = compare_seeds(Path("x"), ours[:1], Path("y"), theirs)
    assert alone.reason == "they have fewer than two finished seeds in common"
    other = compare_seeds(Path("x"), ours, Path("y"), [run_of(1, "aa")])
    assert other.reason == "they were tested on different examples"


def said(call: object, *arguments: object) -> str:
    with pytest.raises(StriateError) as caught:
        call(*arguments)  # type: ignore[operator]
    return str(caught.value)


def test_what_cannot_be_is_said(three_seeds: SeedRuns, tmp_path: Path) -> None:
    place = three_seeds.folder
    assert said(start_seeds, document(), "xor", 1) == (
        "--seeds: seeds is 1.\n"
        "  Needed: 2 or more: how many seeds are run, beginning with the recipe's own.\n"
        "  Fix: write --seeds 5, for example, or leave it out and choose one with --seed."
    )
    assert said(resume_seeds, place) == (
        f"{place}: its runs from 3 seeds are finished.\n"
        "  Needed: runs of which one was interrupted, or not begun.\n"
        f"  Fix: compare them with `striate compare {place}`; one of them goes on with --resume and its own folder."
    )
    (tmp_path / "seeds.yaml").write_text("seeds: 3\n", encoding="utf-8")
    assert said(resume_seeds, tmp_path) == (
        f"{tmp_path}/seeds.yaml: it cannot be read as the settings of runs from several seeds (KeyError).\n"
        "  Needed: the file as `train --seeds` wrote it.\n"
        "  Fix: restore the file, or name the folders of the runs one by one."
    )


def test_the_verb_says_what_cannot_be(
    three_seeds: SeedRuns, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = three_seeds.folder
    assert main(["train", "mlp", "--data", "xor", "--seeds", "2", "--page"]) == 2
    assert main(["train", "--resume", str(place), "--epochs", "9"]) == 2
    assert main(["compare", str(place / "seed-4"), str(place)]) == 2
    assert capsys.readouterr().err == (
        "error: --seeds: --page belongs to one run.\n"
        "  Needed: what all runs can do one after another.\n"
        "  Fix: leave it out, or leave --seeds out.\n"
        f"error: --epochs: {place} holds runs from several seeds, which all have the epochs that they began with.\n"
        "  Needed: --resume and the folder alone.\n"
        "  Fix: leave --epochs out, or name the folder of one of the runs.\n"
        f"error: {place}/seed-4: it is one run, and {place} holds runs from several seeds.\n"
        "  Needed: runs alone, or folders of `train --seeds` alone.\n"
        f"  Fix: name the runs below {place}, or train this recipe with --seeds, too.\n"
    )
    # Where not even the first run can begin, no folder is left.
    words = ["train", "mlp", "--data", str(tmp_path / "none"), "--seeds", "2"]
    assert main([*words, "--output", str(tmp_path / "out")]) == 2
    assert not (tmp_path / "out").exists()


def test_runs_go_on_with_the_data_that_they_began_with_alone(tmp_path: Path) -> None:
    made = start_seeds(document(), data(tmp_path), 2, tmp_path / "all")
    list(next(made.runs()).events())
    data(tmp_path, seed=2)
    with pytest.raises(TrainingError, match="are not those that the run began with"):
        next(resume_seeds(tmp_path / "all").runs())

"""Who reads with a network whose run has not ended is told so, and how the run goes on."""

import json
import shutil
import signal
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import striate
from striate.cli import main
from striate.training import Event, Finished
from striate.training.loop import Trainer


STEPS = 12
"""Of an epoch: 1,200 digits, 100 a step."""


@pytest.fixture
def stopped(tmp_path: Path, small_digits: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    table = tmp_path / "small.md"
    table.write_text(
        "| Layer | Type | Maps | Size |\n| --- | --- | --- | --- |\n"
        "| Input | Input | 1 | 28x28 |\n| Output | Fully connected | - | 10 |\n",
        encoding="utf-8",
    )
    step, steps = Trainer._step, count(1)

    def stopped_within_the_third_epoch(trainer: Trainer, *words: Any) -> Any:
        if next(steps) == 2 * STEPS + 3:
            signal.raise_signal(signal.SIGINT)
        return step(trainer, *words)

    asked = ["train", str(table), "--data", small_digits, "--output", "runs/one", "--epochs", "3"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "_step", stopped_within_the_third_epoch)
        assert main([*asked, "--batch-size", "100", "--validation", "0"]) == 130
    return Path("runs/one")


def test_verbs_tell_that_a_run_was_interrupted_and_how_it_goes_on(
    stopped: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(np.eye(28, dtype=np.uint8) * 255).save("digit.png")
    told = "Its run was interrupted after 2 of 3 epochs: striate train --resume runs/one goes on with it."
    words = {
        "evaluate": [],
        "predict": ["digit.png"],
        "see": ["digit.png", "--page", "look.html"],
        "export": ["-o", "net.onnx"],
    }
    for verb, more in words.items():
        for where in (str(stopped), str(stopped / "bundle")):
            assert main([verb, where, *more]) == 0
            out = capsys.readouterr()
            assert (out.out + out.err).count(told) == 1, verb
            assert main([verb, where, *more, "--json"]) == 0
            assert json.loads(capsys.readouterr().out)["remarks"] == [told], verb
    assert striate.load_bundle(stopped).remarks == (told,)

    shutil.copytree(stopped / "bundle", tmp_path / "elsewhere")
    assert striate.load_bundle(tmp_path / "elsewhere").remarks == (
        told.replace("runs/one", "with the folder of its run"),
    )
    assert main(["train", "--resume", str(stopped)]) == 0  # as it was told
    assert striate.load_bundle(stopped).remarks == ()
    capsys.readouterr()
    assert main(["predict", str(stopped), "digit.png", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["remarks"] == []


@pytest.mark.parametrize("verb", ["evaluate", "predict", "see", "export", "serve"])
def test_a_run_without_a_bundle_is_told_how_it_goes_on(
    verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("killed").mkdir()
    Path("killed/run.yaml").write_text("data: mnist\n", encoding="utf-8")
    words = {"predict": ["a.png"], "export": ["-o", "a.onnx"]}.get(verb, [])
    assert main([verb, "killed", *words]) == 2
    assert capsys.readouterr().err == (
        "error: killed: its run has written no bundle yet: it is still going, or was killed.\n"
        "  Needed: a run that has ended, or was interrupted by Ctrl-C.\n"
        "  Fix: wait for it, or go on with it: striate train --resume killed.\n"
    )


def test_nothing_is_told_of_a_run_that_has_ended(
    finished_lenet5: tuple[Finished, list[Event]],
) -> None:
    assert striate.load_bundle(finished_lenet5[0].folder).remarks == ()

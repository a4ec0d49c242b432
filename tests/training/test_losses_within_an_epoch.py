"""The course of the losses within an epoch, as it is drawn."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import striate
from striate.training import start


@pytest.mark.parametrize("examples", [121, 80, 7])
def test_each_point_is_the_mean_of_as_many_steps(tmp_path: Path, examples: int) -> None:
    draws = np.random.default_rng(1)
    pictures = draws.integers(0, 256, (examples, 4, 4), np.uint8)
    table = striate.Table(
        (
            striate.Row("Input", striate.Input.image(1, 4, 4)),
            striate.Row("Output", striate.FullyConnected(2), "softmax"),
        )
    )
    document = striate.document_of(table, "tiny")
    recipe = replace(document.recipe, epochs=1, batch_size=1, validation=0)
    labels = np.arange(examples) % 2
    data = {"train": (pictures, labels), "test": (pictures[:2], labels[:2])}
    run = start(replace(document, recipe=recipe), data, tmp_path / "run")
    assert list(run.events())
    steps = np.diff([0.0, *(done * examples for done, _ in run.course)]).round()
    assert len(steps) == min(40, examples)
    assert steps.max() - steps.min() <= 1
    assert steps.sum() == examples
    means = np.array([loss for _, loss in run.course])
    history = (tmp_path / "run" / "metrics.jsonl").read_text("utf-8")
    assert f'"training_loss": {np.average(means, weights=steps):.4f}'[:22] in history

"""A range test tries learning rates, finds where the loss falls, and leaves nothing behind."""

import json
import math
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import torch

import striate
from striate.cli import main
from striate.data import Examples
from striate.modules import build
from striate.preparation import Preparation
from striate.recipe import Recipe
from striate.training.launch import asked_for
from striate.training.loop import Trainer
from striate.training.rate_search import RateSearch, find_rate, search_rates


def table() -> striate.Table:
    return striate.Table(
        (
            striate.Row("in", striate.Input.image(1, 6, 6)),
            striate.Row("N", striate.BatchNormalization()),
            striate.Row("D", striate.Dropout(0.2)),
            striate.Row("out", striate.FullyConnected(3), "softmax"),
        )
    )


def examples() -> Examples:
    labels = np.tile(np.arange(3), 20)
    noise = np.random.default_rng(1).normal(size=(60, 36)) + 2 * np.eye(36)[labels]
    images = (128 + 40 * noise).clip(0, 255).astype(np.uint8).reshape(60, 1, 6, 6)
    return Examples(torch.from_numpy(images), torch.from_numpy(labels))


def trainer() -> Trainer:
    recipe = Recipe(epochs=3, batch_size=16, optimizer="adamw", mixup=0.2, ema_decay=0.9)
    network = build(striate.document_of(table(), "three"), seed=3)
    return Trainer(network, examples(), Preparation(), recipe)


def test_a_run_goes_on_bit_for_bit_after_it() -> None:
    ours, theirs = trainer(), trainer()
    for one in (ours, theirs):
        next(iter(one.epoch()))
        one.progress.step = 1
    torch.manual_seed(7)
    found = search_rates(ours, steps=12)
    drawn = torch.rand(2)
    torch.manual_seed(7)
    assert torch.equal(drawn, torch.rand(2))  # the process's own random numbers are untouched
    assert len(found.rates) == 12
    for one in (ours, theirs):
        for _ in one.epoch():
            pass
    states = ours.state(), theirs.state()
    assert set(states[0]) == set(states[1])
    assert all(torch.equal(values, states[1][name]) for name, values in states[0].items())
    assert ours.progress.loss_sum == theirs.progress.loss_sum


def test_the_first_losses_and_steps_are_those_of_training() -> None:
    made = trainer()
    found = search_rates(made, steps=3)
    assert found.rates == pytest.approx((1e-6, 10**-2.5, 10))
    inputs, labels = made._read(made._order(0), 0, 0)
    again = trainer()
    with again.random():
        again.network.train()
        assert found.losses[0] == pytest.approx(again.form.backward(inputs, labels).loss)


def search(smoothed: list[float]) -> RateSearch:
    rates = tuple(10.0 ** (at - 5) for at in range(len(smoothed)))
    return RateSearch("net", "adamw", 0.002, rates, tuple(smoothed), tuple(smoothed))


def test_a_tenth_of_the_best_rate_is_suggested() -> None:
    found = search([2.3, 2.3, 2.0, 1.0, 0.5, 3.0])
    assert found.suggestion == pytest.approx(10**-2)
    assert found.rule == "The smoothed loss is least at 0.1; suggested is a tenth of that, 0.01."
    assert search([1.0, 1.0, 1.1, 1.2]).suggestion is None
    assert search([]).rule == "The loss has not fallen at any rate, so that none is suggested."
    with PIL.Image.open(BytesIO(found.png())) as picture:
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    # The line of the suggestion is blue, and stands at 3/5 of the axis.
    blue = np.abs(pixels - (0x12, 0x48, 0x7F)).max(axis=2) < 40
    columns = np.flatnonzero(blue.sum(axis=0) > 250)
    assert len(columns) in {1, 2, 3}
    low, high = math.log10(1e-5 / 1.3), math.log10(1.3)
    expected = 24 + 66 + (-2 - low) / (high - low) * (760 - 66)
    assert columns.mean() == pytest.approx(expected, abs=2)


def test_the_verb_writes_a_picture_and_no_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    made = examples()
    values, labels = made.images.squeeze(1).numpy(), made.labels.numpy()
    np.savez(tmp_path / "three.npz", x_train=values, y_train=labels, x_test=values, y_test=labels)
    document = striate.document_of(table(), "three")
    recipe = replace(document.recipe, batch_size=16)
    (tmp_path / "three.md").write_text(
        striate.write_document(replace(document, recipe=recipe)), encoding="utf-8"
    )
    words = ["train", "three.md", "--data", "three.npz", "--find-rate"]
    assert main(words) == 0
    text = capsys.readouterr().out
    assert "The smoothed loss is least at" in text
    assert "The recipe's rate is 0.002 (adamw)." in text
    assert sorted(place.name for place in (tmp_path / "runs").iterdir()) == ["three-rates.png"]
    assert main([*words, "--json", "--output", "a/b.png", "--optimizer", "sgd"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (tmp_path / "a" / "b.png").is_file()
    assert told["suggestion"] == pytest.approx(told["rates"][int(np.argmin(told["smoothed"]))] / 10)
    assert main([*words, "--seeds", "3"]) == 2
    assert capsys.readouterr().err == (
        "error: --find-rate: --seeds belongs to training.\n"
        "  Needed: network, data and recipe alone: nothing is trained to its end, and no run is written.\n"
        "  Fix: leave it out, or leave --find-rate out.\n"
    )


def test_a_network_that_names_no_input_takes_that_of_the_data_as_in_training(
    tmp_path: Path,
) -> None:
    program = tmp_path / "net.py"
    program.write_text(
        "from torch import nn\nnet = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.LazyLinear(2))\n"
    )
    values = np.random.default_rng(0).integers(0, 256, (24, 8, 8), dtype=np.uint8)
    file = tmp_path / "pictures.npz"
    np.savez(file, images=values, labels=np.arange(24) % 2)
    document, data, reasons = asked_for(program, file, {"batch_size": 4})
    assert (str(document.walk.input), document.recipe.batch_size, data) == ("1x8x8", 4, file)
    assert len(reasons) == 1
    assert len(find_rate(program, file, batch_size=4).rates) > 1

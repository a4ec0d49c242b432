"""Networks of flat vectors learn, travel and are measured as those of images do."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

import striate
from finished_runs import end_of
from striate.cli import main
from striate.cli.progress import _told
from striate.data import load_source, write_idx
from striate.errors import DataError
from striate.modules import build
from striate.recipe import Recipe
from striate.training import EpochEnded, Finished, Run, resume, run as story, start
from striate.training.checkpoint import load_checkpoint
from striate.training.history import EpochRecord
from striate.training.results import Guessing, compare_with_guessing


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    # Adam leaves the plateau within some hundred steps.
    folder = tmp_path_factory.mktemp("vectors") / "mlp"
    settings: dict[str, Any] = {"optimizer": "adam", "learning_rate": 0.05, "momentum": 0.9}
    return striate.train("mlp", "xor", folder, epochs=600, **settings)


def test_the_mlp_learns_exclusive_or(learnt: Finished) -> None:
    assert (learnt.test.errors, learnt.test.examples) == (0, 4)
    assert learnt.guessing is None


def test_a_run_on_vectors_draws_no_pictures_of_inputs(learnt: Finished) -> None:
    assert {path.name for path in learnt.folder.glob("*.png")} == {"curves.png", "confusion.png"}


def test_every_epoch_is_written_down_though_not_each_one_is_saved(learnt: Finished) -> None:
    lines = (learnt.folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["epoch"] for line in lines] == list(range(1, 601))


def test_a_bundle_of_one_score_names_two_classes(learnt: Finished) -> None:
    bundle = striate.load_bundle(learnt.bundle)
    assert bundle.classes == ("0", "1")
    again = striate.evaluate(bundle, "xor")
    assert again.confusion == learnt.test.confusion == ((2, 0), (0, 2))
    assert again.scores.tolist() == learnt.test.scores.tolist()
    assert all(0.5 < score <= 1 for score in again.scores.tolist())
    config = json.loads((learnt.bundle / "config.json").read_text(encoding="utf-8"))
    assert config["input"] == "2"
    with pytest.raises(DataError, match="its input is a flat vector"):
        striate.predict(bundle, ["picture.png"])


def test_the_sigmoid_of_one_unit_is_left_to_the_loss() -> None:
    network = build(striate.load("mlp"))
    assert network.ending == "one score"
    inputs = torch.tensor([[0.0, 1.0], [1.0, 1.0]])
    values = inputs
    for name in ("H1", "H2", "H3"):
        state = network.get_submodule(name).state_dict()
        values = 1 / (1 + torch.exp(-(values @ state["weight"].t() + state["bias"])))
    last = network.get_submodule("Output")
    assert torch.allclose(network(inputs), last(values))
    labels = torch.tensor([1, 0])
    losses = striate.modules.outputs.binary_loss(network(inputs), labels)
    notes = torch.nn.BCELoss(reduction="none")(
        torch.sigmoid(last(values)).squeeze(1), labels.float()
    )
    assert torch.allclose(losses, notes)


def test_several_sigmoids_are_kept() -> None:
    table = striate.Table(
        (
            striate.Row("Input", striate.Input.features(2)),
            striate.Row("Output", striate.FullyConnected(3), "sigmoid"),
        )
    )
    network = build(table)
    assert network.ending == "scores"
    assert bool((network(torch.full((1, 2), 50.0)).abs() <= 1).all())


def test_a_run_that_ends_on_the_plateau_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", "mlp", "--data", "xor", "--epochs", "300", "--output", str(tmp_path / "run")]
    assert main(words) == 0
    output = capsys.readouterr().out
    assert (
        ", near that of guessing, 0.6931: a plateau. Try more epochs, another learning rate, or another "
        "seed."
    ) in output
    assert "4 training images; 300 epochs of 1 step; run in" in output
    assert "Every 5th epoch is shown; metrics.csv holds all." in output
    epochs = output.partition("epoch ")[2]  # behind the recipe, which has numbers, too
    shown = [line.split()[0] for line in epochs.splitlines() if line.strip()[:1].isdigit()]
    assert shown == ["1", *map(str, range(5, 301, 5))]
    assert f"Pictures  {tmp_path / 'run'}/curves.png  confusion.png" in output


def test_the_loss_of_guessing_is_the_entropy_of_the_classes(tmp_path: Path) -> None:
    done = striate.train("mlp", "xor", tmp_path / "run", epochs=300)
    assert done.guessing is not None
    assert done.guessing.guessing_loss == pytest.approx(math.log(2))
    assert not done.guessing.is_worse
    assert done.test.errors > 0


def compared(first: float, last: float, epochs: int, images: int = 4) -> Guessing | None:
    records = [
        EpochRecord(epoch, 0.1, last if epoch > 1 else first, 0.5, None, None, images, 1.0)
        for epoch in range(1, epochs + 1)
    ]
    return compare_with_guessing(torch.tensor([0, 1, 0, 1]), Recipe(batch_size=2), records)


@pytest.mark.parametrize(
    ("loss", "is_worse"), [(0.6, None), (0.69, False), (0.72, False), (0.74, True), (8677.0, True)]
)
def test_a_loss_beside_that_of_guessing_has_two_bounds(loss: float, is_worse: object) -> None:
    found = compared(loss, loss, 50)
    assert (None if found is None else found.is_worse) is is_worse


@pytest.mark.parametrize(
    ("run", "told"),
    [
        (
            (1.201, 1.201, 1, 6),
            (
                "The training loss has ended at 1.201, and that of guessing is 0.6931. 3 steps in 1 epoch are too few to "
                "say why: train for more epochs."
            ),
        ),
        (
            (1.2, 1.2, 1, 4000),  # one epoch shows no course, and its mean holds how the run began
            (
                "The training loss has ended at 1.2, and that of guessing is 0.6931. 2,000 steps in 1 epoch are too few to "
                "say why: train for more epochs."
            ),
        ),
        (
            (9.5, 1.2, 50, 4),
            (
                "The training loss has fallen from 9.5 to 1.2, which is still above that of guessing, 0.6931. Train for "
                "more epochs."
            ),
        ),
        (
            (1.2, 9.5, 50, 4),
            (
                "The training loss has ended at 9.5, above that of guessing, 0.6931: the steps were too large. Try a "
                "smaller learning rate, or a longer warm-up."
            ),
        ),
        (
            (0.71, 0.6931, 50, 4),
            (
                "The training loss has stayed at 0.6931, near that of guessing, 0.6931: a plateau. Try more epochs, another "
                "learning rate, or another seed."
            ),
        ),
    ],
)
def test_why_nothing_is_learnt_is_said_where_the_course_shows_it(
    run: tuple[float, float, int, int], told: str
) -> None:
    found = compared(*run)
    assert found is not None
    assert _told(found) == told


def test_data_that_does_not_suit_is_refused_before_a_folder_is_made(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        striate.train("lenet5", "xor", tmp_path / "run")
    assert [fault.where for fault in caught.value.faults] == ["input", "Output, Size"]
    with pytest.raises(DataError) as caught:
        striate.train("mlp", "mnist", tmp_path / "run")
    assert "the row gives 1 value, and mnist has 10 classes." in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_a_run_killed_between_two_saves_ends_bit_for_bit_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def begin(name: str) -> Run:
        document = striate.load("mlp")
        recipe = replace(document.recipe, epochs=40, momentum=0.9)
        return start(replace(document, recipe=recipe), "xor", tmp_path / name)

    list(begin("unbroken").events())
    # Only the first epoch is saved before the run is given up after 25.
    monkeypatch.setattr(story, "_SAVE_SHARE", 0.0)
    for event in begin("killed").events():
        if isinstance(event, EpochEnded) and event.record.epoch == 25:
            break
    _, progress, _ = load_checkpoint(tmp_path / "killed" / "checkpoint.safetensors")
    assert progress.epoch == 1
    monkeypatch.undo()
    list(resume(tmp_path / "killed").events())
    states = [end_of(tmp_path / name) for name in ("unbroken", "killed")]
    assert states[0].keys() == states[1].keys()
    for name, values in states[0].items():
        assert torch.equal(values, states[1][name]), name


def test_one_score_tells_two_kinds_of_pictures_apart(tmp_path: Path) -> None:
    source = load_source("mnist")
    for name, examples, count in (("train", source.train, 400), ("t10k", source.test, 100)):
        chosen = (examples.labels < 2).nonzero().squeeze(1)[:count]
        images = examples.images[chosen].squeeze(1).numpy()
        labels = examples.labels[chosen].numpy().astype("uint8")
        (tmp_path / f"{name}-images-idx3-ubyte").write_bytes(write_idx(images))
        (tmp_path / f"{name}-labels-idx1-ubyte").write_bytes(write_idx(labels))
        Image.fromarray(images[0]).save(tmp_path / f"{name}.png")
    table = striate.Table(
        (
            striate.Row("Input", striate.Input.image(1, 28, 28)),
            striate.Row("Output", striate.FullyConnected(1), "sigmoid"),
        )
    )
    done = striate.train(table, str(tmp_path), tmp_path / "run", epochs=3, batch_size=16)
    assert done.test.error < 0.05
    bundle = striate.load_bundle(done.bundle)
    predictions = striate.predict(bundle, [tmp_path / "train.png", tmp_path / "t10k.png"]).made
    first = [
        int(examples.labels[examples.labels < 2][0]) for examples in (source.train, source.test)
    ]
    assert [int(one.classes[0][0]) for one in predictions] == first
    for one in predictions:
        (_, chance), (_, other) = one.classes
        assert chance > other
        assert chance + other == pytest.approx(1)

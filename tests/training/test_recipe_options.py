"""What a recipe does to labels, examples and weights: held against torch, numpy, and a run that was stopped."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

import striate
from finished_runs import end_of
from striate.data import Examples
from striate.errors import StriateError
from striate.modules import Network, build, class_weights_of, mean_loss_function
from striate.preparation import Preparation
from striate.recipe import Loss, Recipe
from striate.training import Finished, Interrupted, resume, run as run_module, start
from striate.training.averaging import WeightAverage
from striate.training.history import EpochRecord
from striate.training.in_force import remarks_of
from striate.training.loop import Trainer
from striate.training.mixing import Mixing, _shares
from striate.training.order import order_of
from striate.training.results import compare_with_guessing


CLASSES = ("ant", "bee", "cow")
COUNTS = (30, 20, 10)
WEIGHTS = torch.tensor([0.5, 1.0, 4.0])


def table() -> striate.Table:
    return striate.Table(
        (
            striate.Row("in", striate.Input.image(1, 6, 6)),
            striate.Row("C", striate.Convolution(4, kernel=3)),
            striate.Row("N", striate.BatchNormalization(), "ReLU"),
            striate.Row("D", striate.Dropout(0.2)),
            striate.Row("out", striate.FullyConnected(3), "softmax"),
        )
    )


def examples(seed: int = 1) -> Examples:
    """Paint pictures of three classes of different sizes."""
    draws = np.random.default_rng(seed)
    labels = np.repeat(np.arange(3), COUNTS)
    noise = draws.normal(size=(60, 36)) + 2 * np.eye(36)[labels]
    images = (128 + 40 * noise).clip(0, 255).astype(np.uint8).reshape(60, 1, 6, 6)
    return Examples(torch.from_numpy(images), torch.from_numpy(labels))


def trainer(**fields: Any) -> Trainer:
    recipe = Recipe(epochs=2, batch_size=16, **fields)
    network = build(striate.document_of(table(), "three"), seed=3)
    return Trainer(network, examples(), Preparation(), recipe, CLASSES)


def draws(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(5), dtype=torch.float64)


HARD = torch.tensor([0, 1, 2, 2, 1])
SOFT = draws(5, 3).softmax(1)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_weighted_loss_is_that_of_torch(smoothing: float) -> None:
    recipe = Recipe(label_smoothing=smoothing, class_weights="balanced")
    scores, weights = draws(5, 3), WEIGHTS.double()
    found = mean_loss_function(recipe, weights)(scores, HARD)
    torch.testing.assert_close(
        found, torch.nn.CrossEntropyLoss(weights, label_smoothing=smoothing)(scores, HARD)
    )
    # Shares that are whole are labels, and the same mean over weights is taken of both.
    whole = functional.one_hot(HARD, 3).double()
    torch.testing.assert_close(mean_loss_function(recipe, weights)(scores, whole), found)
    mixed = mean_loss_function(replace(recipe, class_weights=(), mixup=1.0))(scores, SOFT)
    smoothed = SOFT * (1 - smoothing) + smoothing / 3
    torch.testing.assert_close(mixed, -(smoothed * scores.log_softmax(1)).sum() / 5)


@pytest.mark.parametrize("weights", [None, WEIGHTS[:2].double()])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_one_score_has_the_loss_of_its_two_classes(
    weights: Tensor | None, smoothing: float
) -> None:
    score = draws(5, 1)
    recipe = Recipe(loss="binary-cross-entropy", label_smoothing=smoothing)
    loss_of = mean_loss_function(recipe, weights)
    both = torch.cat((torch.zeros_like(score), score), 1)  # whose softmax is the sigmoid
    labels = torch.tensor([0, 1, 1, 0, 1])
    torch.testing.assert_close(
        loss_of(score, labels),
        functional.cross_entropy(both, labels, weights, label_smoothing=smoothing),
    )
    shares = functional.one_hot(labels, 2).double()
    torch.testing.assert_close(loss_of(score, shares), loss_of(score, labels))


def test_balanced_weights_are_those_of_others() -> None:
    labels = examples().labels
    found = class_weights_of(Recipe(class_weights="balanced"), labels, (*CLASSES, "none"))
    assert found is not None
    # As scikit-learn computes them: n / (classes * count); nothing for a class without examples.
    assert found.tolist() == pytest.approx([60 / (3 * count) for count in COUNTS] + [0])
    named = Recipe(class_weights=(("cow", 3.0), ("ant", 1.0), ("bee", 2.0)))
    chosen = class_weights_of(named, labels, CLASSES)
    assert chosen is not None
    assert chosen.tolist() == [1, 2, 3]


def gradients(network: Network) -> list[Tensor]:
    return [one.grad.clone() for one in network.parameters() if one.grad is not None]


def test_a_step_follows_the_weighted_and_smoothed_loss() -> None:
    ours = trainer(class_weights="balanced", label_smoothing=0.1)
    theirs = build(striate.document_of(table(), "three"), seed=3).eval()
    inputs, labels = ours._read(ours._order(0), 0, 0)
    ours.network.eval()  # dropout draws by the order in memory, which differs
    outcome = ours.form.backward(inputs, labels)
    weights = torch.tensor([60 / (3 * count) for count in COUNTS])
    loss = functional.cross_entropy(theirs(inputs), labels, weights, label_smoothing=0.1)
    loss.backward()  # type: ignore[no-untyped-call]
    assert outcome.loss == pytest.approx(float(loss.detach()), rel=1e-5)
    for one, two in zip(gradients(ours.network), gradients(theirs), strict=True):
        torch.testing.assert_close(one, two, rtol=1e-4, atol=1e-6)


def test_balanced_epochs_read_each_class_as_often() -> None:
    labels, recipe = examples().labels, Recipe(sampling="balanced", seed=4)
    order = order_of(recipe, labels, 1)
    assert labels[order.indices].bincount().tolist() == [20, 20, 20]
    uses = order.indices.bincount(minlength=60)
    assert set(uses[:30].tolist()) == {0, 1}
    assert set(uses[50:].tolist()) == {2}  # each of the small class twice, none three times
    assert len(set(order.keys.tolist())) == 60  # no two uses draw the same numbers
    assert torch.equal(order.keys % 60, order.indices)
    assert not torch.equal(order.indices, order_of(recipe, labels, 2).indices)
    counts = order_of(recipe, labels[:59], 0)  # 59 of 3 classes: 20, 20 and 19
    assert sorted(labels[counts.indices].bincount().tolist()) == [19, 20, 20]


@pytest.mark.parametrize("alpha", [0.1, 0.2, 1.0, 3.0])
def test_shares_are_those_of_the_beta_distribution(alpha: float) -> None:
    shares = np.sort(np.random.default_rng(1).beta(alpha, alpha, 400_000))
    chances = np.array([0.02, 0.1, 0.3, 0.5, 0.9])
    found = _shares(alpha).numpy()
    assert np.all(np.diff(found) >= 0)
    expected = shares[(chances * len(shares)).astype(int)]
    got = found[(chances * len(found)).astype(int)]
    assert np.abs(got - expected).max() < 0.004
    assert found.mean() == pytest.approx(0.5, abs=1e-5)
    assert found.var() == pytest.approx(1 / (4 * (2 * alpha + 1)), rel=2e-3)


def test_mixed_images_and_labels_have_the_same_shares() -> None:
    made = trainer(mixup=0.4)
    inputs, shares = made._mixed(made._order(0), 0, 0)
    order, plain = made._order(0), examples()
    mixing = Mixing(made.recipe, 0, order.keys[:16], 60)
    others = order.indices[mixing.others]
    for place, index in enumerate(order.indices[:16].tolist()):
        part = float(mixing.shares[place])
        other = int(others[place])
        expected = part * plain.images[index].float() + (1 - part) * plain.images[other].float()
        torch.testing.assert_close(inputs[place], expected)
        label = torch.zeros(3)
        label[plain.labels[index]] += part
        label[plain.labels[other]] += 1 - part
        torch.testing.assert_close(shares[place], label)
    assert len(set(mixing.shares.tolist())) > 10


def test_cut_images_have_the_shares_of_their_pixels() -> None:
    made = trainer(cutmix=1.0)
    mixing = Mixing(made.recipe, 0, torch.arange(200), 60)
    white, black = torch.full((200, 1, 12, 9), 255.0), torch.zeros(200, 1, 12, 9)
    first, second = torch.zeros(200, dtype=torch.int64), torch.ones(200, dtype=torch.int64)
    mixed, shares = mixing(white, black, first, second, 3)
    assert set(mixed.flatten().tolist()) == {0, 255}
    torch.testing.assert_close(mixed.mean((1, 2, 3)) / 255, shares[:, 0])
    torch.testing.assert_close(shares.sum(1), torch.ones(200))
    assert (
        0.45 < float(shares[:, 0].mean()) < 0.75
    )  # uniform shares, but for what lies beyond the edge
    both = Mixing(replace(made.recipe, mixup=0.2), 0, torch.arange(200), 60)
    assert 60 < int(both.cuts.sum()) < 140  # a coin


def test_what_is_mixed_does_not_depend_on_the_batch() -> None:
    batches = [trainer(mixup=0.2, cutmix=1.0, augmentation=()) for _ in range(2)]
    batches[1].recipe = replace(batches[1].recipe, batch_size=10)
    ours, theirs = (
        [one._mixed(one._order(1), 1, step) for step in range(-(-60 // one.recipe.batch_size))]
        for one in batches
    )
    for part in (0, 1):
        assert torch.equal(*(torch.cat([batch[part] for batch in one]) for one in (ours, theirs)))


def test_an_error_is_another_class_than_that_of_the_larger_share() -> None:
    made = trainer(mixup=1.0)
    inputs, shares = made._read(made._order(0), 0, 0)
    made.network.eval()  # no dropout, no statistics of the batch
    predicted = made.network(inputs).argmax(1)
    outcome = made.form.backward(inputs, shares)
    assert outcome.errors == int((predicted != shares.argmax(1)).sum())


def test_the_average_is_the_sum_of_all_weights_with_falling_shares() -> None:
    made = trainer(ema_decay=0.6)
    kept = [{name: one.clone() for name, one in made.network.state_dict().items()}]
    kept += [
        {name: one.clone() for name, one in made.network.state_dict().items()} for _ in made.epoch()
    ]
    assert made.average is not None
    for name in ("C.weight", "N.running_mean", "out.bias"):
        expected = kept[0][name].double()
        for steps, state in enumerate(kept[1:], 1):
            decay = min(0.6, (1 + steps) / (10 + steps))
            expected = decay * expected + (1 - decay) * state[name].double()
        torch.testing.assert_close(
            made.average.tensors[name].double(), expected, rtol=1e-5, atol=1e-6
        )
    assert int(made.average.tensors["N.num_batches_tracked"]) == 4
    own = made.network.state_dict()["C.weight"].clone()
    with made.averaged():
        assert torch.equal(made.network.state_dict()["C.weight"], made.average.tensors["C.weight"])
    assert torch.equal(made.network.state_dict()["C.weight"], own)


def test_an_average_that_keeps_nothing_is_the_weights() -> None:
    network = build(striate.document_of(table(), "three"), seed=3)
    average = WeightAverage(network, 0.0)
    with torch.no_grad():
        network.get_parameter("out.bias").fill_(7)
    average.update(1)
    torch.testing.assert_close(average.tensors["out.bias"], torch.full((3,), 7.0))


ALL: dict[str, Any] = {
    "label_smoothing": 0.1,
    "class_weights": "balanced",
    "sampling": "balanced",
    "mixup": 0.2,
    "cutmix": 1.0,
    "ema_decay": 0.9,
    "validation": 12,
}


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    for name in ("show_first_batch", "show_curves", "show_evaluation"):
        monkeypatch.setattr(run_module, name, lambda *_: None)
    made = examples()
    values, labels = made.images.squeeze(1).numpy(), made.labels.numpy()
    place = tmp_path / "three.npz"
    np.savez(place, x_train=values, y_train=labels, x_test=values, y_test=labels)
    return str(place)


def test_a_run_that_was_stopped_ends_bit_for_bit_and_bundles_the_average(
    tmp_path: Path, file: str
) -> None:
    document = striate.document_of(table(), "three")
    recipe = replace(document.recipe, epochs=2, batch_size=16, **ALL)
    document = replace(document, recipe=recipe)
    whole = start(document, file, tmp_path / "whole")
    *_, last = whole.events()
    assert isinstance(last, Finished)
    average = whole.trainer.average
    assert average is not None
    bundled = striate.load_bundle(tmp_path / "whole", "last").network.state_dict()
    assert all(torch.equal(values, average.tensors[name]) for name, values in bundled.items())
    assert not torch.equal(bundled["out.bias"], whole.trainer.network.state_dict()["out.bias"])

    run = start(document, file, tmp_path / "parts")
    for steps, _ in enumerate(run.trainer.epoch(), 1):
        if steps == 2:
            break
    run.stop()
    *_, stopped = run.events()
    assert isinstance(stopped, Interrupted)
    list(resume(tmp_path / "parts").events())
    ours, theirs = end_of(tmp_path / "parts"), end_of(tmp_path / "whole")
    assert set(ours) == set(theirs)
    assert all(torch.equal(values, theirs[name]) for name, values in ours.items())
    # A finished run goes on from what it has kept: the average.
    more = resume(tmp_path / "whole", epochs=3)
    assert more.trainer.average is not None
    assert torch.equal(more.trainer.average.tensors["out.bias"], bundled["out.bias"])


def test_guessing_costs_what_the_best_constant_answer_costs() -> None:
    labels = examples().labels
    record = EpochRecord(1, 0.1, 99.0, 0.5, None, None, 60, 1.0)
    recipes = (
        Recipe(),
        Recipe(label_smoothing=0.2),
        Recipe(class_weights="balanced", label_smoothing=0.1),
        Recipe(sampling="balanced"),
    )
    for recipe in recipes:
        weights = class_weights_of(recipe, labels, CLASSES)
        seen = labels[order_of(recipe, labels, 0).indices]
        guessing = compare_with_guessing(labels, recipe, [record], weights)
        assert guessing is not None
        found = least_loss(seen, weights, recipe.label_smoothing)
        assert guessing.guessing_loss == pytest.approx(found, abs=1e-4)


def least_loss(labels: Tensor, weights: Tensor | None, smoothing: float) -> float:
    """Search for the scores that cost least where they are the same for all examples."""
    scores = torch.zeros(3, requires_grad=True)
    found = scores.sum()
    for _ in range(200):
        found = functional.cross_entropy(
            scores.expand(len(labels), 3), labels, weights, label_smoothing=smoothing
        )
        with torch.no_grad():
            scores -= 2 * torch.autograd.grad(found, scores)[0]
    return float(found.detach())


def test_what_figures_do_not_show_is_said() -> None:
    fields = {name: ALL[name] for name in ALL if name != "validation"}
    assert "\n".join(remarks_of(trainer(**fields), CLASSES)) == (
        "An example counts in the training loss by its class: ant 0.667, bee 1, cow 2. "
        "Losses and errors of held-out and test examples are without these weights.\n"
        "An epoch reads 60 examples, 20 of each class: those of the smallest class 2.0 times each on average, "
        "changed anew at each use where there is augmentation.\n"
        "Training examples are mixed with others: the training error counts one as right where the class of its "
        "larger share is named, and is higher than that of the same network on whole examples.\n"
        "Held-out and test examples are measured with the moving average of the weights and of the statistics of "
        "batch normalization, which the bundle holds, too; training loss and error are those of the weights themselves."
    )
    mlp = striate.load("mlp")
    xor = Examples(torch.zeros(4, 2), torch.tensor([0, 1, 1, 0]))
    small = Trainer(
        build(mlp), xor, mlp.preparation, replace(mlp.recipe, label_smoothing=0.1), ("0", "1")
    )
    assert small.form.kernels == ()
    assert "\n".join(remarks_of(small, ("0", "1"))) == (
        "The kernel for networks as small as this knows whole labels without weights alone: torch takes the steps of "
        "this recipe, more slowly."
    )


@pytest.mark.parametrize("loss", ["map", "distance"])
def test_losses_without_room_for_shares_are_named(loss: Loss) -> None:
    document = striate.load("lenet5")
    fields: dict[str, Any] = {
        "label_smoothing": 0.1,
        "class_weights": (("ant", 2.0),),
        "mixup": 0.2,
        "cutmix": 1.0,
    }
    faulty = replace(document, recipe=replace(document.recipe, loss=loss, **fields))
    assert [fault.where for fault in faulty.faults] == list(fields)
    assert str(faulty.faults[1]) == (
        f"line 12, class_weights: class_weights is ant 2, and the loss is '{loss}'.\n"
        "  Needed: cross-entropy or binary-cross-entropy, which know shares and weights of classes.\n"
        "  Fix: remove class_weights, or end the table in a softmax and train by cross-entropy."
    ).replace("line 12", f"line {faulty.recipe_line}")


def test_classes_and_weights_must_match(tmp_path: Path, file: str) -> None:
    document = striate.document_of(table(), "three")
    weights = {"0": 1, "1": 2, "5": 3}
    with pytest.raises(StriateError) as caught:
        striate.train(document, file, tmp_path / "run", class_weights=weights, progress=False)
    assert str(caught.value) == (
        "class_weights: no class of the data: 5; without a weight: 2.\n"
        "  Needed: a weight for each class: 0, 1, 2.\n"
        "  Fix: write each class with its weight, or `balanced`, which computes them."
    )
    assert not (tmp_path / "run").exists()
    with pytest.raises(StriateError) as caught:
        striate.for_training(build(document), recipe=Recipe(class_weights="balanced"))
    assert str(caught.value) == (
        "class_weights: the recipe weighs classes, and a form alone knows neither their names nor their numbers.\n"
        "  Needed: a recipe without class_weights: the loss of a form of your own is yours to weigh.\n"
        "  Fix: replace(recipe, class_weights=()), or train with striate.train."
    )

"""What losses, `fit` and schedules in code say of the recipe, beside what torch's own objects hold."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn

from striate.documents import Document, read_networks, write_document
from striate.training.optimizers import learning_rate


TORCH = "m = nn.Sequential(nn.Linear(4, 3))\no = torch.optim.SGD(m.parameters(), lr=0.4)\n"
KERAS = "m = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation='softmax')])\n"
WORD = "m.compile('adam', 'sparse_categorical_crossentropy')\n"


def read(text: str) -> Document:
    (document,) = read_networks(f"# Net\n\n```python\n{text}\n```\n", "a.md")
    assert document.faults == ()
    return document


@pytest.mark.parametrize(
    "written",
    [
        "nn.CrossEntropyLoss(label_smoothing=0.1)",
        "nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.5, 0.5]))",
        "nn.CrossEntropyLoss(torch.FloatTensor([1.0, 2.5, 0.5]).to('cpu'), label_smoothing=0.2)",
        "nn.CrossEntropyLoss(w, ignore_index=-100, reduction='mean')",
    ],
)
def test_a_loss_gives_the_recipe_what_torchs_own_object_holds(written: str) -> None:
    document = read(f"w = torch.tensor([3.0, 1, 1])\n{TORCH}loss = {written}")
    names: dict[str, Any] = {"nn": nn, "torch": torch, "w": torch.tensor([3.0, 1, 1])}
    made = eval(written, names)
    assert document.training_faults == ()
    assert document.recipe.label_smoothing == made.label_smoothing
    weights = () if made.weight is None else tuple(made.weight.tolist())
    pairs = document.recipe.class_weights
    assert not isinstance(pairs, str)
    assert tuple(weight for _, weight in pairs) == weights
    assert [name for name, _ in pairs] == list("012"[: len(weights)])
    assert read_networks(write_document(document), "a.md") == (document,)


def test_torchs_function_and_keras_class_say_the_same_of_smoothing() -> None:
    function = read(f"{TORCH}F.cross_entropy(m(x), y, label_smoothing=0.1)")
    keras = read(
        f"{KERAS}m.compile('adam', keras.losses.CategoricalCrossentropy(label_smoothing=0.1))"
    )
    assert function.recipe.label_smoothing == keras.recipe.label_smoothing == 0.1
    assert function.training_faults == keras.training_faults == ()


def test_weights_of_classes_in_fit_are_read_and_those_that_are_computed_are_named() -> None:
    read_out = read(f"{KERAS}{WORD}m.fit(x, y, epochs=5, class_weight={{0: 1.0, 2: 2.5, 1: 1}})")
    assert read_out.recipe.class_weights == (("0", 1.0), ("2", 2.5), ("1", 1.0))
    assert "Keras divides by the examples" in read_out.remarks[0].text
    computed = read(f"{KERAS}{WORD}m.fit(x, y, class_weight=compute(y), sample_weight=s)")
    assert [one.where for one in computed.training_faults] == [
        "fit, class_weight",
        "fit, sample_weight",
    ]
    left = computed.training_faults_beside({"class_weights"})
    assert [one.where for one in left] == ["fit, sample_weight"]


def test_what_fit_and_compile_do_otherwise_is_told() -> None:
    document = read(
        f"{KERAS}m.compile('adam', 'sparse_categorical_crossentropy', loss_weights=[2])\n"
        "m.fit(x, y, validation_split=0.2, shuffle=False)"
    )
    told = [one.text for one in document.remarks]
    assert told == [
        "compile's loss_weights (`[2]`) is not read: the recipe decides.",
        "fit's validation_split (`0.2`) is not read: the recipe decides.",
        "fit's shuffle (`False`) is not read: the order is drawn anew in each epoch.",
    ]


@pytest.mark.parametrize(("patience", "epochs"), [("patience=5", 5), ("", 1)])
def test_early_stopping_waits_for_as_many_epochs(patience: str, epochs: int) -> None:
    document = read(f"{KERAS}{WORD}es = keras.callbacks.EarlyStopping({patience})")
    assert (document.recipe.early_stopping, document.training_faults) == (epochs, ())
    assert "the error on held-out images decides" in document.remarks[0].text
    other = read(f"{KERAS}{WORD}es = keras.callbacks.EarlyStopping(min_delta=0.01)")
    assert [one.where for one in other.training_faults] == ["callbacks, EarlyStopping, min_delta"]


@pytest.mark.parametrize(
    ("text", "epochs", "factor", "least"),
    [
        (f"{TORCH}torch.optim.lr_scheduler.ReduceLROnPlateau(o, 'min', patience=3)", 4, 0.1, 0.0),
        (
            f"{TORCH}torch.optim.lr_scheduler.ReduceLROnPlateau(o, min_lr=1e-5, factor=0.5)",
            11,
            0.5,
            1e-5,
        ),
        (
            f"{KERAS}{WORD}keras.callbacks.ReduceLROnPlateau('val_accuracy', 0.2, 3, 1, min_lr=1e-4)",
            3,
            0.2,
            1e-4,
        ),
        (f"{KERAS}{WORD}keras.callbacks.ReduceLROnPlateau()", 10, 0.1, 0.0),
    ],
)
def test_a_rate_that_looks_at_a_measure_is_read_as_a_plateau(
    text: str, epochs: int, factor: float, least: float
) -> None:
    """Torch falls when more than `patience` epochs were no better, Keras when so many were."""
    document = read(text)
    recipe = document.recipe
    assert document.training_faults == ()
    assert (recipe.schedule, recipe.plateau_epochs) == ("plateau", epochs)
    assert (recipe.step_factor, recipe.least_rate) == (factor, least)
    assert any("the loss on held-out images decides" in one.text for one in document.remarks)


def test_what_a_plateau_does_not_have_is_a_fault() -> None:
    document = read(
        f"{TORCH}torch.optim.lr_scheduler.ReduceLROnPlateau(o, cooldown=2, threshold=0.1)"
    )
    assert [one.where for one in document.training_faults] == [
        "schedule, ReduceLROnPlateau, threshold",
        "schedule, ReduceLROnPlateau, cooldown",
    ]


def test_the_least_gain_of_a_plateau_of_keras_is_that_of_ours_or_a_fault() -> None:
    for gain, faults in (("0.0001", []), ("0.01", ["schedule, ReduceLROnPlateau, min_delta"])):
        document = read(f"{KERAS}keras.callbacks.ReduceLROnPlateau(min_delta={gain})")
        assert [one.where for one in document.training_faults] == faults


def test_a_cosine_is_that_of_torch_at_the_ends_of_epochs() -> None:
    text = f"{TORCH}s = torch.optim.lr_scheduler.CosineAnnealingLR(o, T_max=8)"
    document = read(text)
    assert document.training_faults == ()
    recipe = replace(document.recipe)
    assert (recipe.schedule, recipe.epochs) == ("one-cycle", 8)
    names: dict[str, Any] = {"nn": nn, "torch": torch}
    exec(text, names)
    for epoch in range(1, 8):
        names["o"].step()
        names["s"].step()
        # A step's rate is that at its middle or end: within one step of 1,000 an epoch.
        assert learning_rate(recipe, 1000 * epoch, 8000) == pytest.approx(
            names["o"].param_groups[0]["lr"], abs=2e-4
        )


@pytest.mark.parametrize(
    ("text", "rate", "warmup"),
    [
        (f"{TORCH}torch.optim.lr_scheduler.OneCycleLR(o, max_lr=0.1, total_steps=9)", 0.1, 0.3),
        (
            f"{KERAS}m.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.02, 99)), 'hinge')",
            0.02,
            0.0,
        ),
    ],
)
def test_schedules_along_a_cosine_are_read_as_one_cycle_and_it_is_told(
    text: str, rate: float, warmup: float
) -> None:
    document = read(text)
    recipe = document.recipe
    assert not any(one.where.startswith("schedule") for one in document.training_faults)
    assert (recipe.schedule, recipe.learning_rate, recipe.warmup) == ("one-cycle", rate, warmup)
    assert any("is read as the schedule one-cycle" in one.text for one in document.remarks)


def test_a_rate_by_steps_is_one_fault_and_an_average_of_keras_is_ours() -> None:
    by_steps = read(
        f"{KERAS}lr = keras.optimizers.schedules.ExponentialDecay(0.01, 1000, 0.9)\n"
        "m.compile(keras.optimizers.SGD(learning_rate=lr), 'sparse_categorical_crossentropy')"
    )
    assert [one.where for one in by_steps.training_faults] == ["schedule"]
    averaged = read(
        f"{KERAS}m.compile(keras.optimizers.Adam(use_ema=True), 'categorical_crossentropy')"
    )
    assert averaged.recipe.ema_decay == 0.99

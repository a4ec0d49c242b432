"""Recipes: which loss fits which table, and what plain values become."""

import json
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from striate.documents import document_of, read_networks
from striate.documents.document import usual_recipe
from striate.documents.front_matter import recipe_with, record_of
from striate.errors import RecipeError
from striate.layers import (
    Activation,
    Convolution,
    Dropout,
    FullyConnected,
    GlobalPooling,
    Input,
    Layer,
    RadialBasis,
)
from striate.preparation import Preparation
from striate.recipe import Loss, Recipe, fitting_losses, loss_faults
from striate.table import Row, Table, Unreadable


RESULTS = Path(__file__).parents[2] / "results"
TABLE = "| Layer | Type | Size |\n|-|-|-|\n| I | Input | 4 |\n| O | {last} | 3 |\n"


def ending(layer: Layer | Unreadable, function: str | None = None) -> Table:
    return Table((Row("I", Input.features(4)), Row("O", layer, function)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("table", "losses"),
    [
        (ending(RadialBasis(3)), ("map", "distance")),
        (ending(FullyConnected(3)), ("cross-entropy",)),
        (ending(FullyConnected(3), "softmax"), ("cross-entropy",)),
        (ending(FullyConnected(3), "tanh"), ()),
        (ending(FullyConnected(1), "sigmoid"), ("binary-cross-entropy",)),
        (ending(FullyConnected(3), "sigmoid"), ()),
        (ending(FullyConnected(1)), ("cross-entropy",)),
        (ending(Activation("softmax")), ("cross-entropy",)),
        (ending(Activation("ReLU")), ()),
        (ending(GlobalPooling(), "softmax"), ("cross-entropy",)),
        (ending(GlobalPooling()), ()),
        (ending(Convolution(3, 1)), ()),
        (ending(Dropout()), ()),
        (Table(()), ()),
    ],
)
def test_the_last_row_decides_which_losses_fit(table: Table, losses: tuple[str, ...]) -> None:
    assert fitting_losses(table) == losses
    assert usual_recipe(table).loss == (losses[0] if losses else Recipe().loss)
    for loss in get_args(Loss):
        is_faulty = bool(loss_faults(Recipe(loss=loss), table))
        assert is_faulty == (loss not in losses and bool(table.rows))


def test_a_row_that_was_not_understood_may_give_what_any_loss_needs() -> None:
    assert loss_faults(Recipe(loss="map"), ending(Unreadable())) == ()


@pytest.mark.parametrize(
    ("front", "last", "loss"),
    [
        ("", "RBF", "map"),
        ("---\nrecipe:\n  epochs: 3\n---\n", "RBF", "map"),
        ("---\nrecipe:\n  epochs: 3\n---\n", "dense", "cross-entropy"),
        ("---\nrecipe:\n  loss: distance\n---\n", "RBF", "distance"),
    ],
)
def test_a_recipe_that_names_no_loss_takes_the_usual_one(front: str, last: str, loss: str) -> None:
    (document,) = read_networks(front + TABLE.format(last=last), "a.md")
    assert document.recipe.loss == loss
    assert document.faults == ()


def test_fields_that_are_right_are_kept_beside_those_that_are_wrong() -> None:
    front = "---\nrecipe:\n  epochs: 7\n  seed: x\ninput:\n  box: 9\n  low: 1\n---\n"
    (document,) = read_networks(front + TABLE.format(last="dense"), "a.md")
    assert document.recipe == replace(usual_recipe(document.table), epochs=7)
    assert [fault.where for fault in document.faults] == ["seed", "high"]


@pytest.mark.parametrize(
    ("values", "recipe"),
    [
        ({}, Recipe()),
        ({"epochs": "12", "learning_rate": "1e-3"}, Recipe(epochs=12, learning_rate=0.001)),
        ({"epochs": 12, "learning_rate": 1}, Recipe(epochs=12, learning_rate=1.0)),
        ({"seed": "1_000", "schedule": "constant"}, Recipe(seed=1000, schedule="constant")),
    ],
)
def test_plain_values_become_a_recipe(values: dict[str, object], recipe: Recipe) -> None:
    made = record_of(Recipe, values, "recipe")
    assert made == recipe
    assert isinstance(made.learning_rate, float)


@pytest.mark.parametrize("value", [1.5, 2.0, True, None, "", "2.0", [1], {"a": 1}, 2**63])
def test_other_values_become_no_whole_number(value: object) -> None:
    with pytest.raises(RecipeError, match="is not a whole number"):
        record_of(Recipe, {"epochs": value}, "recipe")


@pytest.mark.parametrize("value", [False, None, "", "fast", [0.1]])
def test_other_values_become_no_number(value: object) -> None:
    with pytest.raises(RecipeError, match="is not a number"):
        record_of(Preparation, {"low": value}, "preparation")


@pytest.mark.parametrize("value", ["nan", "inf", float("-inf"), 10**400])
def test_no_number_without_an_end_is_taken(value: object) -> None:
    with pytest.raises(RecipeError, match=r"high: (high is|1000)"):
        record_of(Preparation, {"high": value}, "preparation")


@pytest.mark.parametrize(
    "values",
    [
        {"epochs": 1, "batch_size": 1, "validation": 0, "seed": 0, "weight_decay": 0.0},
        {"momentum": 0.0, "warmup": 0.0, "learning_rate": 1e-300, "map_constant": 1e-300},
        {"momentum": 0.999, "warmup": 0.999, "seed": 2**63 - 1},
    ],
)
def test_the_ends_of_a_range_belong_to_it(values: dict[str, object]) -> None:
    assert record_of(Recipe, values, "recipe") == Recipe(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("epochs", 0),
        ("batch_size", 0),
        ("step_epochs", 0),
        ("step_factor", 0.0),
        ("validation", -1),
        ("seed", -1),
        ("weight_decay", -1e-9),
        ("learning_rate", 0.0),
        ("map_constant", 0.0),
        ("momentum", 1.0),
        ("momentum", -0.1),
        ("warmup", 1.0),
        ("warmup", float("nan")),
        ("optimizer", "lbfgs"),
        ("schedule", "cosine"),
        ("loss", "mse"),
        ("initialization", "he"),
    ],
)
def test_what_lies_outside_of_a_range_is_refused(field: str, value: object) -> None:
    with pytest.raises(RecipeError) as caught:
        Recipe(**{field: value})  # type: ignore[arg-type]
    assert [fault.where for fault in caught.value.faults] == [field]


def test_all_wrong_fields_are_named_together() -> None:
    with pytest.raises(RecipeError) as caught:
        record_of(Recipe, {"epochs": 0, "seed": "x", "los": "map", "loss": "mapp"}, "recipe")
    assert {fault.where for fault in caught.value.faults} == {"epochs", "seed", "los", "loss"}


def test_a_table_without_a_recipe_gets_the_one_that_erred_least_on_every_set() -> None:
    measured = json.loads((RESULTS / "default-recipe.json").read_text(encoding="utf-8"))
    errors = measured["held_out_error_percent"]
    usual = usual_recipe(ending(FullyConnected(10), "softmax"))
    given = {name: getattr(usual, name) for name in measured["recipes"]["adamw-high"]}
    assert given == measured["recipes"]["adamw-high"]
    assert len(errors) == 6
    for found in errors.values():
        assert min(found, key=lambda name: sum(found[name]) / len(found[name])) == "adamw-high"


def test_plain_descent_beside_no_stated_recipe_has_rates_of_its_own() -> None:
    table = ending(FullyConnected(3), "softmax")
    document = document_of(table)
    for optimizer in ("sgd", "nesterov"):
        assert recipe_with(document, {"optimizer": optimizer}) == Recipe(optimizer=optimizer)
    assert recipe_with(document, {"optimizer": "sgd", "learning_rate": 0.3}).learning_rate == 0.3
    assert recipe_with(document, {"optimizer": "adam"}).learning_rate == 0.002
    stated = replace(document, recipe=Recipe(learning_rate=0.7, optimizer="adam"))
    assert recipe_with(stated, {"optimizer": "sgd"}).learning_rate == 0.7


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        # What is not stated is as in a table without a recipe, and as beside a flag.
        ("epochs: 3", {"epochs": 3}),
        ("learning_rate: 0.01\n  loss: cross-entropy", {"learning_rate": 0.01}),
        ("optimizer: adam", {"optimizer": "adam"}),
        ("optimizer: sgd\n  learning_rate: 0.1", {"optimizer": "sgd", "learning_rate": 0.1}),
    ],
)
def test_a_recipe_in_part_is_laid_over_the_usual_one_as_flags_are(
    stated: str, expected: dict[str, object]
) -> None:
    rows = "| Layer | Type | Size | Activation |\n|---|---|---|---|\n| In | Input | 4 | - |\n| Out | Fully connected | 3 | softmax |\n"
    (bare,) = read_networks(rows, "a.md")
    (read,) = read_networks(f"---\nrecipe:\n  {stated}\n---\n\n{rows}", "a.md")
    assert read.recipe == recipe_with(bare, expected)
    assert read.recipe.batch_size == (128 if "sgd" in stated else 32)
    assert [one.row for one in read.remarks] == ([] if "optimizer" in stated else ["recipe"])
    assert bare.remarks == ()

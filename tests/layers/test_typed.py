"""Whatever a program hands to a layer, a row, a table or a recipe is taken as what it is, or refused with a fault."""

from dataclasses import fields
from importlib import import_module
from inspect import Parameter, signature
from types import FunctionType
from typing import Any, get_args

import numpy as np
import pytest

import striate
from striate import (
    Claim,
    Convolution,
    Input,
    Preparation,
    Recipe,
    Row,
    Sides,
    Start,
    Table,
    TextPreparation,
)
from striate.errors import LayerError, RecipeError, StriateError, UsageError
from striate.layers import FUNCTION_NAMES, Activation, Layer


WRONG = ["8", None, -1, 2.5, (1, 2, 3), object(), True, float("nan"), [], {}, b"x", np.zeros(3)]
KINDS: tuple[Any, ...] = (
    *get_args(Layer),
    Sides,
    Row,
    Table,
    Claim,
    Start,
    Recipe,
    Preparation,
    TextPreparation,
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_any_value_is_taken_or_refused_with_a_fault(kind: Any) -> None:
    names = [field.name for field in fields(kind) if field.init]
    refused = 0
    for name in names:
        for value in WRONG:
            try:
                kind(**dict.fromkeys(names, 3) | {name: value})
            except StriateError:
                refused += 1
    assert refused >= len(names) * 6 or not names


def test_numbers_of_numpy_and_lists_are_python_s() -> None:
    layer = Convolution(np.int64(8), kernel=[np.int32(3), 5])  # type: ignore[arg-type]
    assert layer == Convolution(8, kernel=(3, 5))
    assert type(layer.maps) is int
    table = Table([Row("Input", Input.image(1, 8, 8)), Row("C1", layer)])  # type: ignore[arg-type]
    assert isinstance(table.rows, tuple)
    assert Recipe(learning_rate=np.float32(0.5)).learning_rate == 0.5  # type: ignore[arg-type]


def test_what_came_and_what_is_needed_is_said() -> None:
    with pytest.raises(LayerError) as layer:
        Convolution("8", kernel=(1, 2, 3))  # type: ignore[arg-type]
    assert str(layer.value) == (
        "Convolution, maps: it is '8'.\n"
        "  Needed: a whole number.\n"
        "  Fix: see help(Convolution) for what maps means.\n"
        "Convolution, kernel: it is (1, 2, 3).\n"
        "  Needed: a whole number, or a tuple of 2 whole numbers.\n"
        "  Fix: see help(Convolution) for what kernel means."
    )
    with pytest.raises(UsageError) as row:
        Row(np.zeros(9), "x")  # type: ignore[arg-type]
    assert str(row.value) == (
        "Row, name: it is of the type ndarray.\n"
        "  Needed: a text.\n"
        "  Fix: see help(Row) for what name means.\n"
        "Row, layer: it is 'x'.\n"
        "  Needed: an Input, or a Convolution, or a DepthwiseConvolution, or one of 31 other kinds.\n"
        "  Fix: see help(Row) for what layer means."
    )
    with pytest.raises(RecipeError) as recipe:
        Recipe(epochs="3", augmentation="flip")  # type: ignore[arg-type]
    assert str(recipe.value) == (
        "Recipe, epochs: it is '3'.\n"
        "  Needed: a whole number.\n"
        "  Fix: see help(Recipe) for what epochs means.\n"
        "Recipe, augmentation: it is 'flip'.\n"
        "  Needed: a tuple, and in it a Shift, or a Rotate, or a Scale, or one of 12 other kinds.\n"
        "  Fix: see help(Recipe) for what augmentation means."
    )


def test_a_keyword_that_is_no_field_is_named_with_what_it_means() -> None:
    with pytest.raises(LayerError) as caught:
        Convolution(8, kernal=5, colour=2)  # type: ignore[call-arg]
    needed = "maps, kernel, stride, padding, dilation, groups, has_bias or connection_table"
    assert str(caught.value) == (
        "Convolution, kernal: it has no argument 'kernal'.\n"
        f"  Needed: {needed}.\n"
        "  Fix: write kernel.\n"
        "Convolution, colour: it has no argument 'colour'.\n"
        f"  Needed: {needed}.\n"
        "  Fix: leave it out, or see help(Convolution)."
    )


def test_a_keyword_that_a_public_function_does_not_have_is_named() -> None:
    with pytest.raises(UsageError) as caught:
        striate.build(striate.load("mlp"), sed=3)  # type: ignore[call-arg]
    assert str(caught.value) == (
        "build, sed: it has no argument 'sed'.\n  Needed: network or seed.\n  Fix: write seed."
    )


def test_every_public_function_keeps_its_signature() -> None:
    functions = {
        name: getattr(striate, name)
        for name in striate.__all__
        if isinstance(getattr(striate, name), FunctionType)
    }
    assert len(functions) > 10
    for name, function in functions.items():
        own = getattr(import_module(function.__module__), function.__name__)
        assert signature(function) == signature(own), name
        takes_any = any(
            one.kind is Parameter.VAR_KEYWORD for one in signature(own).parameters.values()
        )
        if not takes_any:
            with pytest.raises(UsageError, match="it has no argument 'no_such_argument'"):
                function(no_such_argument=1)


@pytest.mark.parametrize("name", FUNCTION_NAMES)
def test_functions_are_known_however_they_are_capitalized(name: str) -> None:
    for written in (name, name.upper(), name.lower(), name.title()):
        assert Row("C", Convolution(3, kernel=3), written).activation == name  # type: ignore[arg-type]
        assert Activation(written).function == name  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["Relu6x", "", "none", "LeakyReLU(0.2)"])
def test_what_names_no_function_is_refused_where_the_row_is_made(name: str) -> None:
    with pytest.raises(UsageError) as row:
        Row("C", Convolution(3, kernel=3), name)  # type: ignore[arg-type]
    functions = ", ".join(map(repr, FUNCTION_NAMES))
    assert str(row.value) == (
        f"Row, activation: it is {name!r}.\n"
        f"  Needed: None, or one of {functions}, LeakyReLU or ELU.\n"
        "  Fix: see help(Row) for what activation means."
    )


def test_what_names_no_distribution_is_refused() -> None:
    with pytest.raises(UsageError) as start:
        Start("gaussian")  # type: ignore[arg-type]
    assert str(start.value) == (
        "Start, distribution: it is 'gaussian'.\n"
        "  Needed: 'normal', 'uniform' or 'zero'.\n"
        "  Fix: see help(Start) for what distribution means."
    )

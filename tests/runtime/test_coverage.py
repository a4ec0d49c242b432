"""What a form says that it covers is what its kernels know, and functions have one numbering."""

import re
from dataclasses import replace
from typing import get_args

import pytest
import torch
from hypothesis import given, settings

from shaken_network import shaken
from strategies import tables
from striate.documents import document_of
from striate.kernels.functions import FUNCTIONS
from striate.kernels.kernel import FOLDER
from striate.layers import ELU, FUNCTION_NAMES, FullyConnected, Function, Input, Layer, LeakyReLU
from striate.layers.functions import AMPLITUDE, SLOPE
from striate.modules import Network, build
from striate.recipe import Initialization, Recipe
from striate.runtime import InferenceForm, TrainingForm
from striate.runtime.coverage import Form, forms_of_function, forms_of_layer
from striate.shapes import Words
from striate.table import Row, Table


ALL: tuple[Function, ...] = (*FUNCTION_NAMES, LeakyReLU(0.1), ELU(0.5))


def test_functions_have_the_numbers_of_the_header() -> None:
    header = (FOLDER / "functions.h").read_text(encoding="utf-8")
    listed = re.search(r"enum Function : long {(.*?)}", header)
    assert listed is not None
    names = [name.strip() for name in listed[1].split(",")]
    spelled = ["NONE" if one is None else str(one).upper().replace(" ", "_") for one in FUNCTIONS]
    assert names == spelled
    assert list(FUNCTIONS.values()) == list(range(len(names)))
    assert f"AMPLITUDE = {AMPLITUDE}f, SLOPE = 2.0f / 3;" in header
    assert SLOPE == 2 / 3
    others = [
        file.name
        for file in (*FOLDER.glob("*.h"), *FOLDER.glob("*.cpp"))
        if re.search(r"enum Function\b", file.read_text(encoding="utf-8"))
    ]
    assert others == ["functions.h"]


def test_every_function_that_a_form_covers_has_a_number() -> None:
    for function in (None, *ALL):
        assert bool(forms_of_function(function)) == (function in FUNCTIONS)
        assert forms_of_function(function) <= set(get_args(Form))


def test_every_kind_of_layer_has_its_line() -> None:
    for kind in get_args(Layer):
        assert forms_of_layer(object.__new__(kind)) <= set(get_args(Form))


@pytest.mark.parametrize("function", ALL, ids=str)
def test_every_function_runs_in_both_forms(function: Function) -> None:
    table = Table(
        (
            Row("in", Input.features(5)),
            Row("H", FullyConnected(4), function),
            Row("out", FullyConnected(4)),
        )
    )
    network = shaken(build(document_of(table)))
    examples = torch.randn(3, 5, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = network(examples)
    torch.testing.assert_close(InferenceForm(network, "fp32")(examples), expected)
    form = TrainingForm(network, Recipe())
    torch.testing.assert_close(form(examples).detach(), expected)
    form.backward(examples, torch.tensor([0, 1, 2]))
    assert all(one.grad is not None for one in network.parameters())


def _examples(network: Network) -> torch.Tensor:
    shape = network.walk.input
    if isinstance(shape, Words):
        return torch.randint(0, 2, (2, *shape.axes))
    return torch.randn(2, *shape.axes, generator=torch.Generator().manual_seed(0))


@given(tables())
@settings(max_examples=25)
def test_any_table_learns_as_its_network_does(table: Table) -> None:
    network = shaken(build(document_of(table.without_heads)))
    examples = _examples(network)
    expected = network(examples)
    found = TrainingForm(network, Recipe())(examples)
    size = max(1.0, float(expected.detach().abs().nan_to_num(0, 0, 0).max()))
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4 * size, equal_nan=True)


@given(tables())
@settings(max_examples=15)
def test_every_drawn_tensor_changes_with_the_seed_and_follows_the_rule(table: Table) -> None:
    for rule in get_args(Initialization):
        document = replace(document_of(table), recipe=Recipe(initialization=rule))
        first, again, other = (build(document, seed=seed) for seed in (1, 1, 2))
        for name, values in first.named_parameters():
            assert torch.equal(values, again.get_parameter(name))
            # What begins at one number everywhere is a bias, a scale, or Kim's last row.
            if values.numel() > 2 and bool((values != values.flatten()[0]).any()):
                assert not torch.equal(values, other.get_parameter(name)), (rule, name)

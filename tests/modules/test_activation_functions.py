"""Activation functions on tensors, LeNet-5's squashing function above all."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from striate.layers import Function
from striate.modules.functions import function_module


VALUES = torch.linspace(-4, 4, 24, dtype=torch.float64)


@pytest.mark.parametrize(
    ("function", "formula"),
    [
        ("tanh", lambda x: (math.exp(x) - math.exp(-x)) / (math.exp(x) + math.exp(-x))),
        ("scaled tanh", lambda x: 1.7159 * (1 - 2 / (math.exp(4 * x / 3) + 1))),
        ("ReLU", lambda x: x if x > 0 else 0.0),
        ("sigmoid", lambda x: 1 / (1 + math.exp(-x))),
    ],
)
def test_a_function_gives_what_its_formula_gives(function: Function, formula: object) -> None:
    assert callable(formula)
    expected = [formula(float(value)) for value in VALUES]
    np.testing.assert_allclose(
        function_module(function)(VALUES).numpy(), expected, rtol=1e-12, atol=1e-15
    )


@pytest.mark.parametrize("shape", [(2, 12), (2, 3, 2, 2)])
def test_softmax_runs_over_the_units_or_the_maps(shape: tuple[int, ...]) -> None:
    values = VALUES.view(shape)
    powers = np.exp(values.numpy())
    expected = powers / powers.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(function_module("softmax")(values).numpy(), expected, rtol=1e-12)


def squash(values: Tensor) -> Tensor:
    squashed: Tensor = function_module("scaled tanh")(values)
    return squashed


def test_the_squashing_function_passes_through_1_and_minus_1() -> None:
    found = squash(torch.tensor([1.0, -1.0, 0.0], dtype=torch.float64)).tolist()
    assert found == pytest.approx([1, -1, 0], abs=1e-5)


def test_the_squashing_function_rises_by_1_1439_at_0() -> None:
    at = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(squash(at), at)
    assert slope.item() == pytest.approx(1.1439, abs=5e-5)


def test_the_squashing_function_bends_most_near_1_and_minus_1() -> None:
    at = torch.linspace(-3, 3, 6001, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(squash(at).sum(), at, create_graph=True)
    (bend,) = torch.autograd.grad(slope.sum(), at)
    assert at[bend.argmin()].item() == pytest.approx(1, abs=0.02)
    assert at[bend.argmax()].item() == pytest.approx(-1, abs=0.02)


def test_the_squashing_function_ends_at_1_7159() -> None:
    ends = squash(torch.tensor([50.0, -50.0], dtype=torch.float64)).tolist()
    assert ends == pytest.approx([1.7159, -1.7159], abs=1e-12)

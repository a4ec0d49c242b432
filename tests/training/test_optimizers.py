"""An optimizer that is saved and restored goes on as if it had not been."""

import math
from typing import get_args

import pytest
import torch

from striate.recipe import Optimizer, Recipe
from striate.training.optimizers import optimizer_of, restore_state, state_tensors


def step(network: torch.nn.Linear, optimizer: torch.optim.Optimizer, seed: int) -> None:
    inputs = torch.randn(5, 3, generator=torch.Generator().manual_seed(seed))
    optimizer.zero_grad()
    network(inputs).square().sum().backward()
    optimizer.step()


@pytest.mark.parametrize("name", get_args(Optimizer))
def test_a_restored_optimizer_makes_the_same_step(name: Optimizer) -> None:
    recipe = Recipe(optimizer=name, learning_rate=0.01, weight_decay=0.1)
    one = torch.nn.Linear(3, 2)
    optimizer = optimizer_of(recipe, one)
    step(one, optimizer, 1)
    step(one, optimizer, 2)
    other = torch.nn.Linear(3, 2)
    other.load_state_dict(one.state_dict())
    restored = optimizer_of(recipe, other)
    restore_state(restored, {key: value.clone() for key, value in state_tensors(optimizer).items()})
    step(one, optimizer, 3)
    step(other, restored, 3)
    assert torch.equal(one.weight, other.weight)
    fresh = torch.nn.Linear(3, 2)
    fresh.load_state_dict(other.state_dict())
    step(one, optimizer, 4)
    step(fresh, optimizer_of(recipe, fresh), 4)
    assert not torch.equal(one.weight, fresh.weight)


def walked(recipe: Recipe, steps: int) -> float:
    """Minimize w^2 from w = 1, and give what is left of w."""
    value = torch.nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        value.weight.fill_(1.0)
    optimizer = optimizer_of(recipe, value)
    for _ in range(steps):
        optimizer.zero_grad()
        value(torch.ones(1, 1)).square().sum().backward()
        optimizer.step()
    return value.weight.item()


def test_sgd_keeps_its_momentum_by_the_classical_rule() -> None:
    recipe = Recipe(optimizer="sgd", learning_rate=0.1, momentum=0.5, weight_decay=0.25)
    velocity, expected = 0.0, 1.0
    for _ in range(4):
        velocity = 0.5 * velocity + 2 * expected + 0.25 * expected
        expected -= 0.1 * velocity
    assert walked(recipe, 4) == pytest.approx(expected, rel=1e-6)


def test_nesterov_looks_a_step_of_the_momentum_ahead() -> None:
    recipe = Recipe(optimizer="nesterov", learning_rate=0.1, momentum=0.5)
    velocity, expected = 0.0, 1.0
    for _ in range(4):
        gradient = 2 * expected
        velocity = 0.5 * velocity + gradient
        expected -= 0.1 * (gradient + 0.5 * velocity)
    assert walked(recipe, 4) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("name", ["sgd", "nesterov"])
def test_without_momentum_both_follow_the_slope_alone(name: Optimizer) -> None:
    recipe = Recipe(optimizer=name, learning_rate=0.1, momentum=0.0)
    assert walked(recipe, 3) == pytest.approx((1 - 0.2) ** 3, rel=1e-6)


def test_adadelta_steps_as_its_paper_says() -> None:
    recipe = Recipe(optimizer="adadelta", learning_rate=1.0, momentum=0.95)
    # Zeiler 2012, algorithm 1, with its epsilon: a first step of about a thousandth.
    squares = steps = 0.0
    expected = 1.0
    for _ in range(50):
        gradient = 2 * expected
        squares = 0.95 * squares + 0.05 * gradient**2
        step = -math.sqrt(steps + 1e-6) / math.sqrt(squares + 1e-6) * gradient
        steps = 0.95 * steps + 0.05 * step**2
        expected += step
    assert walked(recipe, 50) == pytest.approx(expected, rel=1e-5)


def test_a_restored_state_lies_in_memory_as_its_parameter_does() -> None:
    recipe = Recipe(optimizer="adamw", learning_rate=0.01)
    one = torch.nn.Conv2d(3, 4, 2)
    one.weight = torch.nn.Parameter(one.weight.contiguous(memory_format=torch.channels_last))
    other = torch.nn.Conv2d(3, 4, 2)
    other.weight = torch.nn.Parameter(one.weight.clone(memory_format=torch.preserve_format))
    other.bias = torch.nn.Parameter(torch.zeros(4))
    inputs = torch.randn(2, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    optimizer, restored = optimizer_of(recipe, one), optimizer_of(recipe, other)

    def walk(network: torch.nn.Conv2d, steps: torch.optim.Optimizer) -> None:
        steps.zero_grad()
        network(inputs).square().sum().backward()
        steps.step()

    walk(one, optimizer)
    other.load_state_dict(one.state_dict())
    saved = {
        name: values.clone(memory_format=torch.contiguous_format)
        for name, values in state_tensors(optimizer).items()
    }
    restore_state(restored, saved)
    walk(one, optimizer)
    walk(other, restored)
    assert torch.equal(one.weight, other.weight)

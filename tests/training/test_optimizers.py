"""An optimizer that is saved and restored goes on as if it had not been."""

import math
from collections.abc import Callable
from typing import Any, get_args

import pytest
import torch

import striate
from striate import Convolution, FullyConnected, Input, Row, Table
from striate.recipe import Optimizer, Recipe
from striate.training.optimizers.from_recipe import optimizer_of, restore_state, state_tensors
from striate.training.optimizers.muon import orthogonal


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


@pytest.mark.parametrize(
    ("name", "kind", "options"),
    [
        ("rmsprop", torch.optim.RMSprop, {"alpha": 0.8}),
        ("adagrad", torch.optim.Adagrad, {}),
        ("adamax", torch.optim.Adamax, {"betas": (0.8, 0.999)}),
        ("nadam", torch.optim.NAdam, {"betas": (0.8, 0.999)}),
        ("radam", torch.optim.RAdam, {"betas": (0.8, 0.999)}),
    ],
)
def test_others_step_bit_for_bit_as_torchs_own(
    name: Optimizer, kind: Callable[..., torch.optim.Optimizer], options: dict[str, Any]
) -> None:
    recipe = Recipe(optimizer=name, learning_rate=0.03, momentum=0.8, weight_decay=0.1)
    ours = torch.nn.Linear(3, 2)
    theirs = torch.nn.Linear(3, 2)
    theirs.load_state_dict(ours.state_dict())
    optimizer = optimizer_of(recipe, ours)
    other = kind(theirs.parameters(), lr=0.03, weight_decay=0.1, **options)
    for seed in range(4):
        step(ours, optimizer, seed)
        step(theirs, other, seed)
    assert torch.equal(ours.weight, theirs.weight)
    assert torch.equal(ours.bias, theirs.bias)


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


def test_muon_moves_every_direction_of_a_matrix_equally_far() -> None:
    matrix = torch.nn.Linear(6, 4, bias=False)
    before = matrix.weight.detach().clone()
    recipe = Recipe(optimizer="muon", learning_rate=0.01, momentum=0.9)
    optimizer = optimizer_of(recipe, matrix)
    generator = torch.Generator().manual_seed(0)
    left, _ = torch.linalg.qr(torch.randn(4, 4, generator=generator))
    right, _ = torch.linalg.qr(torch.randn(6, 4, generator=generator))
    matrix.weight.grad = left @ torch.diag(torch.tensor([5.0, 2.0, 1.0, 0.5])) @ right.t()
    optimizer.step()
    # In the gradient's own directions the step is a diagonal of equal lengths; the mean square of
    # such a step is that of Adam: 0.2 of the rate.
    moved = left.t() @ (before - matrix.weight.detach()) @ right / (0.01 * 0.2 * 6**0.5)
    assert torch.allclose(moved, torch.diag(moved.diag()), atol=0.03)  # bf16 has 8 bits
    assert (moved.diag() > 0.65).all()
    assert (moved.diag() < 1.25).all()


def test_muon_steps_along_nesterovs_momentum_with_weight_decay() -> None:
    # Of a matrix with one number the direction is its sign.
    recipe = Recipe(optimizer="muon", learning_rate=0.1, momentum=0.5, weight_decay=0.25)
    one = torch.nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        one.weight.fill_(1.0)
    optimizer = optimizer_of(recipe, one)
    momentum, places = 0.0, [1.0]
    for gradient in (1.0, -0.3, -0.4):
        one.weight.grad = torch.tensor([[gradient]])
        optimizer.step()
        momentum = 0.5 * momentum + gradient
        sign = math.copysign(1, gradient + 0.5 * momentum)
        step = (places[-1] * (1 - 0.1 * 0.25) - one.weight.item()) / (0.1 * 0.2)
        assert 0.65 < sign * step < 1.25
        places.append(one.weight.item())


def test_muon_leaves_biases_and_outputs_to_adamw() -> None:
    document = striate.document_of(
        Table(
            (
                Row("Input", Input.image(1, 6, 6)),
                Row("C1", Convolution(4, kernel=3), "ReLU"),
                Row("F2", FullyConnected(5), "ReLU"),
                Row("Output", FullyConnected(3), "softmax"),
            )
        ),
        "small",
    )
    networks = [striate.build(document, seed=1) for _ in range(2)]
    recipes = (
        Recipe(optimizer=name, learning_rate=0.01, weight_decay=0.1) for name in ("muon", "adamw")
    )
    images = torch.randn(8, 1, 6, 6, generator=torch.Generator().manual_seed(0))
    for network, recipe in zip(networks, recipes, strict=True):
        optimizer = optimizer_of(recipe, network)
        network(images).square().sum().backward()
        optimizer.step()
    muon, adamw = (dict(network.named_parameters()) for network in networks)
    alike = {name for name in muon if torch.allclose(muon[name], adamw[name], atol=1e-7)}
    assert alike == {"C1.bias", "F2.bias", "Output.weight", "Output.bias"}


def test_a_matrix_becomes_orthogonal_whatever_its_shape() -> None:
    for shape in ((3, 8), (8, 3), (5, 5)):
        matrix = torch.randn(*shape, generator=torch.Generator().manual_seed(0))
        values = torch.linalg.svdvals(orthogonal(matrix))
        assert (values > 0.6).all()
        assert (values < 1.25).all()

"""Adadelta beside torch's, on all numbers and on the lines that were read."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from striate import modules
from striate.layers import Embedding
from striate.recipe import Recipe
from striate.training.optimizers.adadelta import Adadelta
from striate.training.optimizers.from_recipe import optimizer_of


@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_steps_are_those_of_torch(decay: float) -> None:
    torch.manual_seed(0)
    ours = nn.Linear(3, 2)
    theirs = nn.Linear(3, 2)
    theirs.load_state_dict(ours.state_dict())
    optimizers = (
        Adadelta(ours.parameters(), 0.7, 0.9, decay),
        torch.optim.Adadelta(theirs.parameters(), 0.7, 0.9, weight_decay=decay),
    )
    for seed in range(20):
        inputs = torch.randn(5, 3, generator=torch.Generator().manual_seed(seed))
        for network, optimizer in zip((ours, theirs), optimizers, strict=True):
            optimizer.zero_grad()
            network(inputs).square().sum().backward()
            optimizer.step()
    torch.testing.assert_close(ours.weight, theirs.weight)
    torch.testing.assert_close(ours.bias, theirs.bias)


def test_lines_that_are_left_out_are_made_up_for() -> None:
    generator = torch.Generator().manual_seed(0)
    ours = nn.Parameter(torch.randn(12, 3, generator=generator))
    theirs = nn.Parameter(ours.detach().clone())
    optimizers = (Adadelta([ours], 1.0, 0.8, 0.0), torch.optim.Adadelta([theirs], 1.0, 0.8))
    for _ in range(60):
        read = torch.randint(0, 12, (4,), generator=generator)
        for vectors, optimizer in zip((ours, theirs), optimizers, strict=True):
            optimizer.zero_grad()
            lines = functional.embedding(read, vectors, sparse=vectors is ours)
            (lines - 1).square().sum().backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize(
    ("recipe", "is_sparse"),
    [
        (Recipe(optimizer="adadelta"), True),
        (Recipe(optimizer="adadelta", weight_decay=0.1), False),
        (Recipe(optimizer="adam"), False),
    ],
)
def test_gradients_are_sparse_only_where_the_optimizer_knows_of_them(
    recipe: Recipe, *, is_sparse: bool
) -> None:
    network = nn.Sequential(modules.Embedding(Embedding(5, 2)))
    optimizer = optimizer_of(recipe, network)
    network(torch.tensor([[0, 1, 3]])).square().sum().backward()
    (vectors,) = network.parameters()
    assert vectors.grad is not None
    assert vectors.grad.is_sparse == is_sparse
    optimizer.step()


def test_gradients_are_sparse_on_the_processor_alone() -> None:
    network = nn.Sequential(modules.Embedding(Embedding(5, 2))).to("meta")
    optimizer_of(Recipe(optimizer="adadelta"), network)
    (vectors,) = network.children()
    assert isinstance(vectors, modules.Embedding)
    assert not vectors.has_sparse_gradient

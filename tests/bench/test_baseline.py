"""The optimizers of the baseline beside those of a training."""

from typing import get_args

import pytest
import torch

import striate
from striate.bench.baseline import optimizer_of
from striate.recipe import Optimizer
from striate.training import optimizers


@pytest.mark.parametrize("kind", [name for name in get_args(Optimizer) if name != "muon"])
def test_optimizers_take_the_same_steps(kind: str) -> None:
    recipe = striate.Recipe(optimizer=kind, learning_rate=0.1)  # type: ignore[arg-type]
    ends = []
    for make in (optimizers.optimizer_of, optimizer_of):
        torch.manual_seed(0)
        layer = torch.nn.Linear(3, 2)
        optimizer = make(recipe, layer)
        for step in range(4):
            optimizer.zero_grad()
            (layer(torch.full((1, 3), 1.0 + step)) ** 2).sum().backward()
            optimizer.step()
        ends.append(layer.weight.detach().clone())
    torch.testing.assert_close(ends[0], ends[1])

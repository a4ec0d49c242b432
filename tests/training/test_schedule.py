"""The learning rate of every step."""

from itertools import pairwise

import pytest
import torch
from hypothesis import given, strategies as st

from striate.recipe import Recipe
from striate.training.optimizers.schedule import learning_rate


@given(
    steps=st.integers(1, 500),
    warmup=st.floats(0, 0.9),
    peak=st.floats(1e-6, 10),
)
def test_the_rate_rises_to_its_peak_once_and_falls_towards_zero(
    steps: int, warmup: float, peak: float
) -> None:
    recipe = Recipe(learning_rate=peak, warmup=warmup, schedule="one-cycle")
    rates = [learning_rate(recipe, step, steps) for step in range(steps)]
    top = rates.index(max(rates))
    assert max(rates) == pytest.approx(peak)
    assert all(a <= b for a, b in pairwise(rates[: top + 1]))
    assert all(a >= b for a, b in pairwise(rates[top:]))
    assert min(rates) > 0


def test_a_constant_rate_stays_after_its_rise() -> None:
    recipe = Recipe(learning_rate=2.0, warmup=0.5, schedule="constant")
    assert [learning_rate(recipe, step, 4) for step in range(4)] == [1.0, 2.0, 2.0, 2.0]


def test_steps_of_the_rate_fall_between_epochs() -> None:
    recipe = Recipe(
        epochs=5, learning_rate=1.0, warmup=0.0, schedule="step", step_epochs=2, step_factor=0.5
    )
    rates = [learning_rate(recipe, step, 15) for step in range(15)]
    assert rates == [1.0] * 6 + [0.5] * 6 + [0.25] * 3


def test_steps_of_the_rate_are_counted_from_the_first_epoch_whatever_the_rise() -> None:
    recipe = Recipe(
        epochs=4, learning_rate=1.0, warmup=0.25, schedule="step", step_epochs=1, step_factor=0.1
    )
    rates = [learning_rate(recipe, step, 8) for step in range(8)]
    assert rates == pytest.approx([0.5, 1.0, 0.1, 0.1, 0.01, 0.01, 0.001, 0.001])


def test_googlenets_rate_falls_by_4_per_cent_every_8_epochs() -> None:
    recipe = Recipe(
        epochs=17, learning_rate=0.01, warmup=0.0, schedule="step", step_epochs=8, step_factor=0.96
    )
    assert [learning_rate(recipe, epoch, 17) for epoch in (7, 8, 16)] == pytest.approx(
        [0.01, 0.0096, 0.009216]
    )


@pytest.mark.parametrize("milestones", [(2, 4), (1,), (3, 5, 6)])
def test_milestones_are_those_of_pytorch(milestones: tuple[int, ...]) -> None:
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=0.3)
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [*milestones], gamma=0.2)
    expected = []
    for _ in range(7):
        expected.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    recipe = Recipe(
        epochs=7,
        learning_rate=0.3,
        warmup=0.0,
        schedule="step",
        step_factor=0.2,
        milestones=", ".join(map(str, milestones)),
    )
    rates = [learning_rate(recipe, step, 21) for step in range(0, 21, 3)]
    assert rates == pytest.approx(expected)


@given(
    losses=st.lists(st.floats(0.001, 3), max_size=40),
    patience=st.integers(0, 4),
    least=st.sampled_from((0.0, 0.01)),
)
def test_plateaus_are_those_of_pytorch(losses: list[float], patience: int, least: float) -> None:
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=0.3)
    schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=0.5, patience=patience, min_lr=least, eps=0.0
    )
    recipe = Recipe(
        epochs=50,
        learning_rate=0.3,
        warmup=0.0,
        schedule="plateau",
        step_factor=0.5,
        plateau_epochs=patience + 1,
        least_rate=least,
    )
    for done in range(len(losses) + 1):
        rate = learning_rate(recipe, 3 * done, 150, losses[:done])
        assert rate == pytest.approx(optimizer.param_groups[0]["lr"])
        if done < len(losses):
            optimizer.step()
            schedule.step(losses[done])

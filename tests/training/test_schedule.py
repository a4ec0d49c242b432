"""The learning rate of every step."""

from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from striate.recipe import Recipe
from striate.training.schedule import learning_rate


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

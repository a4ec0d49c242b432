import math

import numpy as np
import pytest

from striate.bench.ratios import Ratio, paired_ratio


def interval_by_signs(values: list[float]) -> tuple[float, float]:
    """Give the exact interval of a median: half of all values are below it, as coins fall."""
    ordered, count = sorted(values), len(values)
    below, sum_ = 0, 0.0
    while sum_ + math.comb(count, below) / 2**count <= 0.025:
        sum_ += math.comb(count, below) / 2**count
        below += 1
    return ordered[below - 1], ordered[count - below]


def test_what_slows_both_down_leaves_the_ratio() -> None:
    drift = np.linspace(1, 0.2, 20)
    found = paired_ratio(list(300 * drift), list(100 * drift))
    assert [found.median, found.low, found.high] == pytest.approx([3, 3, 3])
    assert found.pairs == 20


def test_the_interval_is_about_that_of_the_signs_of_the_pairs() -> None:
    """The exact interval of a median, by the binomial distribution, knows of no bootstrap."""
    generator = np.random.default_rng(1)
    ratios = generator.lognormal(0.7, 0.1, 101)
    found = paired_ratio(list(ratios), [1.0] * 101)
    low, high = interval_by_signs(list(ratios))
    assert found.median == np.median(ratios)
    assert found.low == pytest.approx(low, rel=0.01)
    assert found.high == pytest.approx(high, rel=0.01)


def test_equal_programs_are_told_equal_95_times_of_100() -> None:
    generator = np.random.default_rng(2)
    told = [
        paired_ratio(
            list(generator.lognormal(0, 0.1, 25)), list(generator.lognormal(0, 0.1, 25)), seed
        ).holds_one
        for seed in range(100)
    ]
    assert 88 <= sum(told) <= 100


@pytest.mark.parametrize(
    ("median", "low", "high", "is_fit"),
    [(1.01, 1.005, 1.015, True), (1.1, 0.9, 1.2, True), (1.03, 1.01, 1.05, False)],
)
def test_a_control_is_fit_within_its_interval_or_two_per_cent(
    median: float, low: float, high: float, *, is_fit: bool
) -> None:
    assert Ratio(median, low, high, 9).is_fit_for_control == is_fit


@pytest.mark.parametrize("rates", [([], []), ([1.0], [1.0, 2.0])])
def test_pairs_are_needed(rates: tuple[list[float], list[float]]) -> None:
    with pytest.raises(ValueError, match="pairs are needed"):
        paired_ratio(*rates)

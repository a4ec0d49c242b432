"""Intervals, corrections and verdicts, beside printed tables and cases worked by hand."""

import pytest

from striate.experiments.experiment import Direction, Margin
from striate.experiments.statistics import (
    Effect,
    Verdict,
    effects,
    overall,
    sample_of,
)
from striate.prediction.intervals import student_below, student_quantile


@pytest.mark.parametrize(
    ("probability", "freedom", "printed"),
    # Of a printed table of Student's t.
    [
        (0.975, 1, 12.706),
        (0.975, 2, 4.303),
        (0.995, 4, 4.604),
        (0.95, 9, 1.833),
        (0.995, 30, 2.750),
    ],
)
def test_quantiles_are_those_of_the_printed_table(
    probability: float, freedom: int, printed: float
) -> None:
    assert student_quantile(probability, freedom) == pytest.approx(printed, abs=6e-4)
    assert student_below(printed, freedom) == pytest.approx(probability, abs=1e-4)
    assert student_below(-printed, freedom) == pytest.approx(1 - probability, abs=1e-4)


def effect_of(
    compared: tuple[float, ...],
    direction: Direction,
    margin: Margin = Margin(),  # noqa: B008 - frozen
    *,
    is_exact: bool = False,
) -> Effect:
    others = (0.0,) * len(compared) if not margin.is_factor else (1.0,) * len(compared)
    return effects([sample_of(compared, others, direction, margin, is_exact=is_exact)])[0]


def test_an_interval_is_the_mean_and_so_many_standard_errors() -> None:
    found = effect_of((1.0, 2.0, 3.0), "higher")
    # Deviation 1, standard error 1/sqrt(3), t of 2 degrees 4.3027.
    assert found.mean == 2
    assert found.high - found.mean == pytest.approx(4.302653 / 3**0.5, rel=1e-6)
    assert found.verdict == "undecided"


@pytest.mark.parametrize(
    ("values", "direction", "margin", "verdict"),
    [
        ((-3.0, -3.1, -2.9), "lower", 1.0, "supported"),
        ((-0.2, -0.3, -0.1), "lower", 1.0, "contradicted"),
        ((3.0, 3.1, 2.9), "lower", 1.0, "contradicted"),
        ((3.0, 3.1, 2.9), "higher", 1.0, "supported"),
        ((0.1, -0.1, 0.0), "equal", 1.0, "supported"),
        ((3.0, 3.1, 2.9), "equal", 1.0, "contradicted"),
        ((0.9, 1.1, 1.0), "equal", 1.0, "undecided"),
        ((5.0, -4.0, 2.0), "higher", 0.0, "undecided"),
    ],
)
def test_a_verdict_needs_the_whole_interval_on_one_side(
    values: tuple[float, ...], direction: Direction, margin: float, verdict: Verdict
) -> None:
    assert effect_of(values, direction, Margin(margin)).verdict == verdict


def test_no_difference_at_all_is_none_in_the_claims_direction() -> None:
    assert effect_of((0.0,), "lower", is_exact=True).verdict == "contradicted"
    assert effect_of((0.0,), "equal", is_exact=True).verdict == "supported"
    assert effect_of((-2.0,), "lower", Margin(2), is_exact=True).verdict == "supported"


def test_one_training_decides_nothing() -> None:
    assert effect_of((-9.0,), "lower").verdict == "undecided"


def test_ties_say_nothing_of_what_is_better() -> None:
    assert effect_of((0.0, 0.0), "lower").verdict == "undecided"
    assert effect_of((0.0, 0.0), "equal", Margin(0.1)).verdict == "supported"
    # Of trainings that did not get so far in any epoch, neither is known to be the slower one.
    never = sample_of(
        (10.0,) * 3, (10.0,) * 3, "lower", Margin(1.5, is_factor=True), is_exact=False
    )
    assert effects([never])[0].verdict == "undecided"


def test_a_factor_is_compared_as_a_ratio() -> None:
    found = effect_of((0.5,), "lower", Margin(2.0, is_factor=True), is_exact=True)
    assert found.mean == pytest.approx(0.5)
    assert found.verdict == "supported"
    found = effect_of((8.7,), "higher", Margin(10.0, is_factor=True), is_exact=True)
    assert found.mean == pytest.approx(8.7)
    assert found.verdict == "contradicted"


def test_holm_asks_more_of_the_first_than_of_the_last() -> None:
    sure = sample_of((5.0, 5.1, 4.9), (0.0,) * 3, "higher", Margin(), is_exact=False)
    # p = 0.04: enough alone or as the last one, and too little as the first of two.
    near = sample_of((1.0, 1.38, 0.64), (0.0,) * 3, "higher", Margin(), is_exact=False)
    assert 0.03 < near.chance < 0.05
    assert [one.verdict for one in effects([near])] == ["supported"]
    both = effects([near, sure])
    assert [one.verdict for one in both] == ["supported", "supported"]
    assert [round(one.level, 3) for one in both] == [0.95, 0.975]
    assert [one.verdict for one in effects([near, near])] == ["undecided", "undecided"]


def test_exact_comparisons_take_no_part_in_the_correction() -> None:
    near = sample_of((1.0, 1.38, 0.64), (0.0,) * 3, "higher", Margin(), is_exact=False)
    exact = sample_of((1.0,), (0.0,), "higher", Margin(), is_exact=True)
    assert [one.verdict for one in effects([exact, near, exact])] == ["supported"] * 3


def test_more_seeds_of_the_same_kind_would_decide() -> None:
    values = (1.0, 2.0, 3.0)
    more = effect_of(values, "higher").more_seeds
    assert more is not None
    # By hand: mean 2, deviation 1; t(n - 1) / sqrt(n) < 2 first at n = 4.
    assert more == 1
    assert effect_of((1.0, -1.0), "higher").more_seeds is None


def test_a_claim_fails_with_one_of_its_parts() -> None:
    assert overall(["supported", "contradicted", "undecided"]) == "contradicted"
    assert overall(["supported", "undecided"]) == "undecided"
    assert overall(["supported", "supported"]) == "supported"

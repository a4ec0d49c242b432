"""Paired differences, their intervals, and the verdict that follows from them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, final

from striate.experiments.experiment import Direction, Margin
from striate.prediction.intervals import student_below, student_quantile


Verdict = Literal["supported", "contradicted", "undecided"]

CHANCE = 0.05
"""Chance of a wrong verdict over all comparisons of an experiment that are drawn."""

MOST_SEEDS = 1000


@final
@dataclass(frozen=True, slots=True)
class Effect:
    """How far one variant lies from another, and what that says of the claim.

    Args:
        mean: Mean of the paired differences, or the geometric mean of the ratios where the margin is a factor.
        low: Lower end of its interval.
        high: Upper end of its interval.
        level: Confidence of the interval, after the correction for several comparisons; 1 where all is exact.
        verdict: What follows.
        more_seeds: How many more seeds would decide it if they are like these; None where it is decided, or where more
            than a thousand would not.
    """

    mean: float
    low: float
    high: float
    level: float
    verdict: Verdict
    more_seeds: int | None = None


@final
@dataclass(frozen=True, slots=True)
class Sample:
    """Paired values of one comparison.

    Args:
        differences: One a seed: what is compared less the other, or the logarithm of the ratio.
        direction: How they should lie.
        margin: By how much, in the same unit as the differences.
        is_factor: Whether they are logarithms.
        is_exact: Whether nothing is drawn.
    """

    differences: tuple[float, ...]
    direction: Direction
    margin: float
    is_factor: bool
    is_exact: bool

    @property
    def mean(self) -> float:
        """Their mean."""
        return math.fsum(self.differences) / len(self.differences)

    @property
    def error(self) -> float:
        """Standard error of the mean; 0 where all are the same."""
        count = len(self.differences)
        if count == 1:
            return 0.0
        squares = math.fsum((one - self.mean) ** 2 for one in self.differences)
        return math.sqrt(squares / (count - 1) / count)

    @property
    def bounds(self) -> tuple[float, ...]:
        """Where a verdict turns into another one."""
        match self.direction:
            case "lower":
                return (-self.margin,)
            case "higher":
                return (self.margin,)
            case "equal":
                return (-self.margin, self.margin)

    @property
    def chance(self) -> float:
        """Two-sided p-value of the nearest bound: how easily chance alone puts the mean where it is."""
        away = min(abs(self.mean - bound) for bound in self.bounds)
        if self.error == 0:
            return 0.0
        return 2 * (1 - student_below(away / self.error, len(self.differences) - 1))


def sample_of(
    compared: Sequence[float],
    other: Sequence[float],
    direction: Direction,
    margin: Margin,
    *,
    is_exact: bool,
) -> Sample:
    """Pair the values of two variants, seed by seed.

    Args:
        compared: Of the variant that the claim speaks of.
        other: Of the variant it is compared with; as many.
        direction: Which way the claim says.
        margin: The smallest difference that matters.
        is_exact: Whether both follow from tables alone.
    """
    pairs = list(zip(compared, other, strict=True))
    if not margin.is_factor:
        differences = tuple(one - two for one, two in pairs)
        return Sample(differences, direction, margin.value, is_factor=False, is_exact=is_exact)
    # Both 0 are equally large; one of them is infinitely larger than the other.
    ratios = tuple(_log(one) - _log(two) if one != two else 0.0 for one, two in pairs)
    return Sample(ratios, direction, math.log(margin.value), is_factor=True, is_exact=is_exact)


_LEAST = 1e-12


def _log(value: float) -> float:
    return math.log(max(value, _LEAST))


def effects(samples: Sequence[Sample]) -> tuple[Effect, ...]:
    """Decide on comparisons together.

    Those in which something is drawn are corrected by Holm's rule: the one with the smallest p-value has to be sure
    at 0.05 over their number, the next at 0.05 over one less, and so on; once one is not sure, the rest is not.
    An interval is shown at the level at which its comparison was decided, so that it lies beyond the margin, or short
    of it, where there is a verdict.

    Source:
        S. Holm, A simple sequentially rejective multiple test procedure, 1979. Student, The probable error of a
        mean, 1908. For `equal`: D. J. Schuirmann's two one-sided tests, 1987, taken two-sided.
    """
    drawn = sorted(
        (at for at, sample in enumerate(samples) if not sample.is_exact),
        key=lambda at: samples[at].chance,
    )
    levels: dict[int, float] = {}
    stopped: float | None = None
    for rank, at in enumerate(drawn):
        alpha = CHANCE / (len(drawn) - rank) if stopped is None else stopped
        levels[at] = alpha
        if stopped is None and samples[at].chance > alpha:
            stopped = alpha
    return tuple(_effect(sample, levels.get(at)) for at, sample in enumerate(samples))


def _effect(sample: Sample, alpha: float | None) -> Effect:
    count = len(sample.differences)
    half = 0.0
    if alpha is not None and count > 1:
        half = student_quantile(1 - alpha / 2, count - 1) * sample.error
    low, high = sample.mean - half, sample.mean + half
    # One training of each says nothing of the spread, and ties say nothing of what is better.
    is_tied = sample.direction != "equal" and not any(sample.differences)
    is_open = alpha is not None and (count == 1 or is_tied)
    verdict = "undecided" if is_open else decide(sample, low, high)
    more = _more_seeds(sample, alpha) if verdict == "undecided" and alpha is not None else None
    shown = math.exp if sample.is_factor else float
    level = 1.0 if alpha is None else 1 - alpha
    return Effect(shown(sample.mean), shown(low), shown(high), level, verdict, more)


def decide(sample: Sample, low: float, high: float) -> Verdict:
    """Give the verdict of an interval: beyond the margin, short of it, or on both sides."""
    margin = sample.margin
    if sample.direction == "equal":
        if -margin <= low and high <= margin:
            return "supported"
        return "contradicted" if low > margin or high < -margin else "undecided"
    # In the claim's direction.
    least, most = (low, high) if sample.direction == "higher" else (-high, -low)
    if margin == 0:
        # No difference at all is none in the claim's direction.
        return "supported" if least > 0 else "contradicted" if most <= 0 else "undecided"
    return "supported" if least >= margin else "contradicted" if most < margin else "undecided"


def overall(verdicts: Sequence[Verdict]) -> Verdict:
    """Give the verdict of a claim with several parts: it holds where all do, and fails where one fails."""
    if "contradicted" in verdicts:
        return "contradicted"
    return "undecided" if "undecided" in verdicts else "supported"


def _more_seeds(sample: Sample, alpha: float) -> int | None:
    """Find how many seeds would put the interval on one side, if their mean and spread stay as they are."""
    count = len(sample.differences)
    if count == 1 or sample.error == 0:
        return None
    away = min(abs(sample.mean - bound) for bound in sample.bounds)
    spread = sample.error * math.sqrt(count)

    def is_enough(seeds: int) -> bool:
        return student_quantile(1 - alpha / 2, seeds - 1) * spread / math.sqrt(seeds) < away

    most = count + MOST_SEEDS
    if not is_enough(most):
        return None
    least = count
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (least, middle) if is_enough(middle) else (middle, most)
    return most - count

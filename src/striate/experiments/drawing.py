"""The picture of an outcome: each difference beside its margin."""

import math
from typing import TYPE_CHECKING

from striate.errors.words import Words
from striate.experiments.telling import asked_text, effect_text, spent_sentence, verdict_sentence
from striate.pictures.verdicts import Difference, draw_verdicts


if TYPE_CHECKING:
    from striate.experiments.outcome import ComparisonOutcome, Outcome


def draw_outcome(outcome: "Outcome") -> bytes:
    """Draw what an experiment came to.

    Returns:
        A PNG.
    """
    words = Words()
    found = [_difference(outcome, one, words) for one in outcome.comparisons]
    notes = (verdict_sentence(outcome, words), spent_sentence(outcome, words))
    return draw_verdicts(found, outcome.experiment.title or outcome.experiment.name, notes)


def _difference(outcome: "Outcome", one: "ComparisonOutcome", words: Words) -> Difference:
    comparison, effect = one.comparison, one.effect
    margin = comparison.margin
    # Factors lie evenly where their logarithms do.
    placed = _log if margin.is_factor else float
    size = math.log10(margin.value) if margin.is_factor else margin.value
    bounds = {"lower": (-size,), "higher": (size,), "equal": (-size, size)}[comparison.direction]
    points = () if one.is_exact else _points(outcome, one)
    return Difference(
        asked_text(comparison, words),
        effect_text(one),
        placed(effect.mean),
        placed(effect.low),
        placed(effect.high),
        bounds,
        0.0,
        comparison.direction,
        effect.verdict,
        tuple(map(placed, points)),
    )


def _points(outcome: "Outcome", one: "ComparisonOutcome") -> tuple[float, ...]:
    """Give the difference, or the factor, of each seed."""
    values = {variant.name: variant.values for variant in outcome.variants}
    comparison = one.comparison
    compared = values[comparison.compared][comparison.measure]
    other = (
        values[comparison.other][comparison.other_measure]
        if isinstance(comparison.other, str)
        else (comparison.other,)
    )
    count = max(len(compared), len(other))
    pairs = zip(
        *(side * count if len(side) == 1 else side for side in (compared, other)), strict=True
    )
    if comparison.margin.is_factor:
        return tuple(first / second for first, second in pairs if first > 0 and second > 0)
    return tuple(first - second for first, second in pairs)


def _log(value: float) -> float:
    return math.log10(max(value, 1e-12))

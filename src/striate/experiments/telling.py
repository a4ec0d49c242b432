"""What an experiment came to, in sentences and plain values; numbers are written in their measure's unit."""

from typing import TYPE_CHECKING

from striate.errors.words import Language, Words
from striate.experiments.experiment import Comparison
from striate.experiments.measures.kinds import Measure, Unit, read_measure


if TYPE_CHECKING:
    from striate.experiments.outcome import ComparisonOutcome, Outcome, VariantOutcome


def value_text(value: float, measure: str) -> str:
    """Write a value in its measure's unit: shares in per cent, counts whole.

    >>> value_text(0.0123, "error on test"), value_text(1216803.0, "parameters")
    ('1.23 %', '1,216,803')
    """
    return _in_unit(value, unit_of(measure))


def unit_of(measure: str) -> Unit:
    """Return the unit of a measure."""
    found = read_measure(measure)
    return found.kind.unit if isinstance(found, Measure) else "number"


def _in_unit(value: float, unit: Unit, sign: str = "") -> str:
    match unit:
        case "share":
            return f"{100 * value:{sign}.2f} %"
        case "count" | "bytes" | "pixels":
            whole = float(value).is_integer()
            return f"{value:{sign},.0f}" if whole else f"{value:{sign},.1f}"
        case "epochs":
            return f"{value:{sign}.2f}"
        case "number":
            return f"{value:{sign}.4g}"


def values_text(variant: "VariantOutcome", measure: str) -> str:
    """Write what was measured of a variant: the mean over seeds, and the smallest and the largest value."""
    values = variant.values.get(measure, ())
    if not values:
        return "-"
    mean = sum(values) / len(values)
    if len(values) == 1:
        return value_text(mean, measure)
    unit = unit_of(measure)
    ends = f"{_in_unit(min(values), unit)} .. {_in_unit(max(values), unit)}"
    return f"{_in_unit(mean, unit)} ({ends.replace(' %', '')})"


def effect_text(found: "ComparisonOutcome") -> str:
    """Write a difference, or a factor, with its interval."""
    effect, comparison = found.effect, found.comparison
    ends = (effect.mean, effect.low, effect.high)
    if comparison.margin.is_factor:
        mean, low, high = (f"x{end:.3g}" for end in ends)
    else:
        unit = unit_of(comparison.measure)
        mean, low, high = (_in_unit(end, unit, "+") for end in ends)
    if found.is_exact:
        return mean
    return f"{mean} ({low.removesuffix(' %')} to {high})"


def asked_text(comparison: Comparison, words: Words) -> str:
    """Say what is compared: `error on test of mlp is lower than of cnn, by 1 % at least`."""
    other = comparison.other
    margin = comparison.margin
    if isinstance(other, str):
        against = other
        if comparison.other_measure != comparison.measure:
            against = f"{other}, {comparison.other_measure}"
    else:
        against = value_text(float(other), comparison.measure)
    by = ""
    if margin.is_factor:
        by = f"x{margin.value:g}"
    elif margin.value:
        by = value_text(margin.value, comparison.measure)
    sentences = {
        ("lower", False): "{} of {} is lower than {}",
        ("lower", True): "{} of {} is lower than {}, by {} at least",
        ("higher", False): "{} of {} is higher than {}",
        ("higher", True): "{} of {} is higher than {}, by {} at least",
        ("equal", False): "{} of {} is the same as {}",
        ("equal", True): "{} of {} is the same as {}, within {}",
    }
    text = sentences[comparison.direction, bool(by)]
    measure = measure_name(comparison.measure, words.language)
    parts = (measure, comparison.compared, against, by)
    return words(text, *(parts if by else parts[:3]))


def measure_name(text: str, language: Language) -> str:
    """Name a measure in a language, with what stands behind its colon."""
    measure = read_measure(text)
    if language == "en" or not isinstance(measure, Measure):
        return text
    _, colon, argument = text.partition(": ")
    return f"{measure.kind.korean}{colon}{Words(language).place(argument)}"


def verdict_sentence(outcome: "Outcome", words: Words) -> str:
    """Say in one sentence whether the claim holds, and by what."""
    claim = outcome.experiment.claim
    if words.language == "ko" and outcome.experiment.korean:
        claim = outcome.experiment.korean
    verdicts = [one.effect.verdict for one in outcome.comparisons]
    count = f"{verdicts.count(outcome.verdict):,}"
    total = f"{len(verdicts):,}"
    text = {
        "supported": "Supported: {} All {} comparisons hold.",
        "contradicted": "Contradicted here: {} {} of {} comparisons fail.",
        "undecided": "Undecided: {} {} of {} comparisons cannot be told from chance.",
    }[outcome.verdict]
    if outcome.verdict == "supported":
        if total == "1":
            return words("Supported: {} Its one comparison holds.", claim)
        return words(text, claim, total)
    return words(text, claim, count, total)


def spent_sentence(outcome: "Outcome", words: Words) -> str:
    """Say what was spent: seeds, examples, epochs."""
    if outcome.is_exact:
        return words("Exact: it follows from the table alone.")
    spent = outcome.spent
    everything = words("all")
    parts = [
        words("{} seeds", f"{spent.seeds:,}"),
        words("{} training examples", f"{spent.train:,}" if spent.train else everything),
        words("{} test examples", f"{spent.test:,}" if spent.test else everything),
    ]
    if spent.epochs:
        parts.append(words("{} epochs", f"{spent.epochs:,}"))
    return f"{outcome.data}: {', '.join(parts)}."


def rule_sentences(outcome: "Outcome", words: Words) -> list[str]:
    """Say by which rule it was decided, and what was chosen on the way."""
    said = []
    drawn = sum(not one.is_exact for one in outcome.comparisons)
    if drawn:
        said.append(
            words(
                "Differences are paired over seeds; a verdict needs the whole interval (Student's t, Holm's correction "
                "for {} drawn comparisons) on one side of the margin.",
                drawn,
            )
        )
    tried = [variant for variant in outcome.variants if variant.tried]
    if tried:
        said.append(
            words(
                "Each variant tried {} learning rates on held-out training examples; the test part was not looked at.",
                len(tried[0].tried),
            )
        )
        said += [
            words("{} learnt with {}.", variant.name, f"{variant.rate:.3g}") for variant in tried
        ]
    said += [
        words("Matched: {}.", f"{variant.name}, {matched}")
        for variant in outcome.variants
        for matched in variant.matched
    ]
    undecided = [
        (one.comparison.compared, one.effect.more_seeds)
        for one in outcome.comparisons
        if one.effect.verdict == "undecided" and not one.is_exact
    ]
    for name, more in undecided:
        if more is None:
            said.append(words("{}: a thousand more seeds would not decide it.", name))
        else:
            said.append(words("{}: about {} more seeds would decide it.", name, f"{more:,}"))
    said += _never_reached(outcome, words)
    if outcome.left_out:
        told = ", ".join(outcome.left_out)
        said.append(words("Left out, for they are networks of the experiment's own: {}.", told))
    return said


def _never_reached(outcome: "Outcome", words: Words) -> list[str]:
    """Say where a training error was not reached: its epochs are then a lower bound."""
    said = []
    for variant in outcome.variants:
        for text in variant.values:
            measure = read_measure(text)
            if not isinstance(measure, Measure) or measure.name != "epochs to training error":
                continue
            missed = sum(min(errors, default=1.0) > measure.number for errors in variant.histories)
            if missed:
                said.append(
                    words(
                        "{}: the training error stayed above {} in {} of {} trainings, which count with all epochs.",
                        variant.name,
                        f"{100 * measure.number:g} %",
                        missed,
                        len(variant.histories),
                    )
                )
    return said


def plain(outcome: "Outcome") -> dict[str, object]:
    """Give an outcome as plain values, for JSON."""
    experiment = outcome.experiment
    return {
        "experiment": experiment.name,
        "claim": experiment.claim,
        "claim_ko": experiment.korean,
        "network": outcome.network or experiment.network,
        "left_out": list(outcome.left_out),
        "data": outcome.data,
        "budget": outcome.budget,
        "seeds": 0 if outcome.is_exact else outcome.spent.seeds,
        "verdict": outcome.verdict,
        "is_exact": outcome.is_exact,
        "seconds": outcome.seconds,
        "processor": outcome.processor,
        "variants": [
            {
                "name": variant.name,
                "values": {name: list(values) for name, values in variant.values.items()},
                "learning_rate": variant.rate or None,
                "tried": [list(pair) for pair in variant.tried],
                "matched": list(variant.matched),
                "training_errors": [list(errors) for errors in variant.histories],
                "seconds": variant.seconds,
            }
            for variant in outcome.variants
        ],
        "comparisons": [
            {
                "compared": one.comparison.compared,
                "with": one.comparison.other,
                "measure": one.comparison.measure,
                "with_measure": one.comparison.other_measure,
                "direction": one.comparison.direction,
                "margin": str(one.comparison.margin),
                "effect": one.effect.mean,
                "interval": [one.effect.low, one.effect.high],
                "level": one.effect.level,
                "verdict": one.effect.verdict,
                "is_exact": one.is_exact,
                "more_seeds": one.effect.more_seeds,
            }
            for one in outcome.comparisons
        ],
    }

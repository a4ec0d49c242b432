"""From an experiment to Markdown: the same experiment comes back when it is read again."""

from dataclasses import asdict
from typing import Any

import yaml

from striate.documents.front_matter import values_of
from striate.experiments.experiment import Budget, Comparison, Edit, Experiment, Margin, Variant
from striate.experiments.reading import COMPARISON_HEADINGS, VARIANT_HEADINGS
from striate.preparation import Preparation, TextPreparation


def write_experiment(experiment: Experiment) -> str:
    """Write an experiment as Markdown.

    The text below the front matter is kept where the experiment has one; one made in Python gets its
    heading and its tables.

    Returns:
        Markdown that `read_experiment` reads as an equal experiment.
    """
    front: dict[str, Any] = {"name": experiment.name}
    if experiment.number:
        front["number"] = experiment.number
    front["claim"] = {"en": experiment.claim}
    if experiment.korean:
        front["claim"]["ko"] = experiment.korean
    for key in ("notes", "source", "network", "data"):
        if getattr(experiment, key):
            front[key] = getattr(experiment, key)
    if experiment.about:
        front["about"] = ", ".join(experiment.about)
    if experiment.fields:
        front["recipe"] = dict(experiment.fields)
    measure, direction, margin = experiment.usual
    if measure:
        front["measure"] = measure
    if measure or direction != "lower" or margin != Margin():
        front |= {"direction": direction, "margin": str(margin)}
    for network in experiment.networks[:1]:
        if network.table.words is None and network.preparation != Preparation():
            front["input"] = values_of(network.preparation)
        if network.table.words is not None and network.text != TextPreparation():
            front["text"] = values_of(network.text)
    front |= {"quick": _budget(experiment.quick), "full": _budget(experiment.full)}
    if experiment.found:
        front["found"] = dict(experiment.found)
    top = yaml.safe_dump(front, sort_keys=False, allow_unicode=True, width=96)
    return f"---\n{top}---\n\n{experiment.body or _body(experiment)}\n"


def _budget(budget: Budget) -> dict[str, int]:
    return asdict(budget)


def _body(experiment: Experiment) -> str:
    variants = [line for variant in experiment.variants for line in _edits(variant)]
    comparisons = [_comparison(one) for one in experiment.comparisons]
    tables = (_table(VARIANT_HEADINGS, variants), _table(COMPARISON_HEADINGS, comparisons))
    return "\n\n".join((f"# {experiment.title or experiment.name}", *tables))


def _edits(variant: Variant) -> list[tuple[str, ...]]:
    edits = variant.edits or (Edit("-", "-", "-"),)
    return [(variant.name, edit.row, edit.column or "-", edit.value) for edit in edits]


def _comparison(one: Comparison) -> tuple[str, ...]:
    other = one.other if isinstance(one.other, str) else repr(one.other)
    return one.compared, other, one.measure, one.other_measure, one.direction, str(one.margin)


def _table(headings: tuple[str, ...], lines: list[tuple[str, ...]]) -> str:
    rows = [headings, tuple("---" for _ in headings), *lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)

"""An experiment of another network: what can be asked of it, and what is left out."""

from collections.abc import Mapping
from dataclasses import replace

from striate.documents import Document
from striate.errors import DocumentError
from striate.errors.experiments import network_not_asked
from striate.experiments.experiment import Edit, Experiment
from striate.experiments.variants import MATCH, NETWORK


def asked_of(experiment: Experiment, base: Document) -> tuple[Experiment, tuple[str, ...]]:
    """Ask an experiment of another network: without what it compares among networks of its own.

    Args:
        experiment: The experiment.
        base: The other network.

    Returns:
        The experiment, whose unchanged variant has the network's name, and the variants that are left out.

    Raises:
        DocumentError: It is about its own networks alone.
    """
    others = {one.name for one in experiment.variants if any(e.row == NETWORK for e in one.edits)}
    kept = tuple(
        one
        for one in experiment.comparisons
        if not (one.compared in others and (one.other in others or not isinstance(one.other, str)))
    )
    if not kept or NETWORK in experiment.about:
        raise DocumentError(network_not_asked(experiment.name, sorted(others)))
    needed = {name for one in kept for name in (one.compared, one.other)}
    matched = [
        found[2].strip()
        for variant in experiment.variants
        if variant.name in needed
        for edit in variant.edits
        if (found := MATCH.fullmatch(edit.value))
    ]
    needed |= set(matched)
    left_out = tuple(one.name for one in experiment.variants if one.name not in needed)
    taken = {one.name for one in experiment.variants}
    names = {
        one.name: base.name
        for one in experiment.variants
        if not one.edits and base.name not in taken
    }
    variants = tuple(
        replace(one, name=names.get(one.name, one.name), edits=_renamed(one.edits, names))
        for one in experiment.variants
        if one.name in needed
    )
    comparisons = tuple(
        replace(
            one,
            compared=names.get(one.compared, one.compared),
            other=names.get(one.other, one.other) if isinstance(one.other, str) else one.other,
        )
        for one in kept
    )
    return replace(experiment, variants=variants, comparisons=comparisons), left_out


def _renamed(edits: tuple[Edit, ...], names: Mapping[str, str]) -> tuple[Edit, ...]:
    return tuple(
        replace(edit, value=f"match {found[1]} of {names.get(found[2].strip(), found[2])}")
        if (found := MATCH.fullmatch(edit.value))
        else edit
        for edit in edits
    )

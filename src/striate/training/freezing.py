"""Rows that stay as they are while a network learns, and rows with learning rates of their own."""

from collections.abc import Iterable

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from striate.errors.tuning import frozen_at_random, rates_of_rows, rows_are_frozen
from striate.fine_tuning import frozen_rows, rate_factors
from striate.modules import Network
from striate.recipe import Recipe


def freeze(network: Network, recipe: Recipe) -> tuple[nn.Module, ...]:
    """Have the frozen rows of a recipe take no gradients.

    Args:
        network: Its parameters learn, or do not, from now on.
        recipe: Says which rows.

    Returns:
        Their modules that keep statistics, and must read as they do once the network has learnt.
    """
    frozen = frozen_rows(recipe.freeze, network.walk)
    still: list[nn.Module] = []
    for step in network.steps:
        for child in step.children:
            module = network.get_submodule(child)
            if step.row in frozen:
                module.requires_grad_(requires_grad=False)
                still += [one for one in module.modules() if isinstance(one, _BatchNorm)]
    return tuple(still)


def tuning_remarks(network: Network, recipe: Recipe) -> tuple[str, ...]:
    """Say what stays as it is, and what learns at a rate of its own."""
    remarks = []
    frozen = frozen_rows(recipe.freeze, network.walk)
    if frozen:
        counts = {one.row.name: one.cost.parameters for one in network.walk.reports if one.cost}
        kept = sum(counts[name] for name in frozen)
        kinds = (network.get_submodule(step.child) for step in network.steps if step.row in frozen)
        keeps_statistics = any(isinstance(one, _BatchNorm) for one in kinds)
        total = sum(counts.values())
        remarks.append(
            rows_are_frozen(recipe.freeze, kept, total, keeps_statistics=keeps_statistics)
        )
    factors = rate_factors(recipe.learning_rate_of, network.walk)
    if factors:
        by_factor: dict[float, list[str]] = {}
        for name, factor in factors.items():
            by_factor.setdefault(factor, []).append(name)
        told = (
            f"{_shown(names)} at {factor * recipe.learning_rate:g}, {factor:g} times that of the others"
            for factor, names in by_factor.items()
        )
        remarks.append(rates_of_rows(list(told)))
    return tuple(remarks)


def random_remarks(recipe: Recipe) -> tuple[str, ...]:
    """Say that the frozen rows of a run without given weights are as they were drawn."""
    return (frozen_at_random(recipe.freeze),) if recipe.freeze else ()


def _shown(names: Iterable[str]) -> str:
    first, *rest = names
    return f"{first} to {rest[-1]}" if len(rest) > 1 else " and ".join((first, *rest))

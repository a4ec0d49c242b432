"""The learning rate of each step."""

import math
from collections.abc import Iterable

from striate.recipe import Recipe


_LOWER = 1e-4
"""By which part a loss is lower that ends a plateau, as in torch's ReduceLROnPlateau."""


def learning_rate(
    recipe: Recipe, step: int, steps: int, losses: Iterable[float | None] = ()
) -> float:
    """Give the learning rate of one step.

    It rises in a straight line over the first `warmup` part of all steps. Then `one-cycle` falls
    along half a cosine to zero, `constant` stays, and `step` is the peak times step_factor once for
    every step_epochs epochs that are over, or for every milestone, or, as `plateau`, for every
    plateau_epochs epochs without a lower loss of held-out images, and not below least_rate.

    Args:
        recipe: Its peak, schedule and warm-up.
        step: The step, counted from 0.
        steps: All steps of the run, the same number in every epoch.
        losses: Those of held-out images after each finished epoch; `plateau` alone looks at them.

    Examples:
        >>> recipe = Recipe(learning_rate=1.0, warmup=0.5)
        >>> [round(learning_rate(recipe, step, 8), 3) for step in range(8)]
        [0.25, 0.5, 0.75, 1.0, 1.0, 0.854, 0.5, 0.146]
    """
    rising = round(recipe.warmup * steps)
    if step < rising:
        return recipe.learning_rate * (step + 1) / rising
    if recipe.schedule == "constant":
        return recipe.learning_rate
    if recipe.schedule == "step":
        epoch = step * recipe.epochs // steps
        passed = sum(fall <= epoch for fall in recipe.falls)
        falls = passed if recipe.falls else epoch // recipe.step_epochs
        return recipe.learning_rate * recipe.step_factor**falls
    if recipe.schedule == "plateau":
        rate = recipe.learning_rate * recipe.step_factor ** _falls(recipe, losses)
        return max(rate, min(recipe.least_rate, recipe.learning_rate))
    gone = (step - rising) / (steps - rising)
    return recipe.learning_rate * (1 + math.cos(math.pi * gone)) / 2


def _falls(recipe: Recipe, losses: Iterable[float | None]) -> int:
    """Count how often the rate has fallen: it follows from the losses alone, so that a run goes on where it was."""
    best, without_lower, falls = math.inf, 0, 0
    for loss in losses:
        if loss is not None and loss < best * (1 - _LOWER):
            best, without_lower = loss, 0
        else:
            without_lower += 1
        if without_lower == recipe.plateau_epochs:
            without_lower, falls = 0, falls + 1
    return falls

"""The learning rate of each step."""

import math

from striate.recipe import Recipe


def learning_rate(recipe: Recipe, step: int, steps: int) -> float:
    """Give the learning rate of one step.

    It rises in a straight line over the first `warmup` part of all steps. Then `one-cycle` falls
    along half a cosine to zero, `constant` stays, and `step` is the peak times step_factor once for
    every step_epochs epochs that are over, or for every milestone.

    Args:
        recipe: Its peak, schedule and warm-up.
        step: The step, counted from 0.
        steps: All steps of the run, the same number in every epoch.

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
    gone = (step - rising) / (steps - rising)
    return recipe.learning_rate * (1 + math.cos(math.pi * gone)) / 2

"""What a recipe does that the figures of a run do not show by themselves, one line each."""

from striate.recipe import Recipe
from striate.runtime.one_call import one_call_step
from striate.training.loop import Trainer
from striate.training.order import order_of


_MOST_CLASSES = 10


def remarks_of(trainer: Trainer, classes: tuple[str, ...]) -> tuple[str, ...]:
    """Say what a recipe does to labels, examples and weights.

    Args:
        trainer: The network, its examples and its recipe.
        classes: Names of the classes.
    """
    recipe = trainer.recipe
    said = (
        _of_weights(trainer, classes),
        _of_sampling(trainer),
        _of_mixing(recipe),
        _of_average(recipe),
        _of_kernels(trainer),
    )
    return tuple(one for one in said if one)


def _of_weights(trainer: Trainer, classes: tuple[str, ...]) -> str:
    if trainer.class_weights is None:
        return ""
    pairs = zip(classes, trainer.class_weights.tolist(), strict=True)
    each = [f"{name} {weight:.3g}" for name, weight in pairs]
    left = f", and {len(each) - _MOST_CLASSES:,} more" if len(each) > _MOST_CLASSES else ""
    return (
        f"An example counts in the training loss by its class: {', '.join(each[:_MOST_CLASSES])}{left}. "
        "Losses and errors of held-out and test examples are without these weights."
    )


def _of_sampling(trainer: Trainer) -> str:
    if trainer.recipe.sampling == "shuffled":
        return ""
    labels = trainer.examples.labels
    uses = labels[order_of(trainer.recipe, labels, 0).indices].bincount()
    counts = labels.bincount()[: len(uses)]
    most = (uses / counts.clamp(min=1)).max()
    uses = uses[uses > 0]
    least, more = int(uses.min()), int(uses.max())
    each = f"{least:,}" if least == more else f"{least:,} or {more:,}"
    return (
        f"An epoch reads {len(labels):,} examples, {each} of each class: those of the smallest class {most:.1f} times "
        "each on average, changed anew at each use where there is augmentation."
    )


def _of_mixing(recipe: Recipe) -> str:
    if not recipe.is_mixed:
        return ""
    return (
        "Training examples are mixed with others: the training error counts one as right where the class of its "
        "larger share is named, and is higher than that of the same network on whole examples."
    )


def _of_average(recipe: Recipe) -> str:
    if not recipe.ema_decay:
        return ""
    return (
        "Held-out and test examples are measured with the moving average of the weights and of the statistics of "
        "batch normalization, which the bundle holds, too; training loss and error are those of the weights themselves."
    )


def _of_kernels(trainer: Trainer) -> str:
    form, recipe = trainer.form, trainer.recipe
    if recipe.has_plain_loss or form.width != "fp32":
        return ""
    if one_call_step(trainer.network, recipe) is None:
        return ""
    return (
        "The kernel for networks as small as this knows whole labels without weights alone: torch takes the steps of "
        "this recipe, more slowly."
    )

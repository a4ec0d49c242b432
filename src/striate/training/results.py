"""What a finished run shows: pictures of its course and of its mistakes, and the result in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from torch import Tensor

from striate import pictures
from striate.data import Examples, ReadExamples, central, standardize, value_range
from striate.documents import Document
from striate.layers import RadialBasis
from striate.prediction.evaluation import Evaluation
from striate.prediction.prediction_files import Predicted, mistakes
from striate.prediction.unfinished import interruption
from striate.preparation import Preparation
from striate.recipe import Recipe
from striate.system.files import write_durably
from striate.training.checkpoint import Progress
from striate.training.folder import RunFolder, environment
from striate.training.history import EpochRecord


_BATCH_SHOWN = 64
_MISTAKES_SHOWN = 48
_OF_DISTANCES = (
    "scores come from distances to a code a class and leave room for none of the classes: far from every code all are "
    "small, and a small score can be the surest"
)
_PLATEAU = 0.99
"""Part of the loss of guessing above which nothing is taken to be learnt."""
_DIVERGED = 1.05
"""Times the loss of guessing above which a run is no longer near it: it has left it on the wrong side."""
_ENOUGH_STEPS, _ENOUGH_EPOCHS = 100, 2
"""Below which nothing can be said of why a run has learnt nothing: it has hardly begun, or shows no course."""


def show_first_batch(
    folder: RunFolder,
    document: Document,
    batch: Examples,
    classes: tuple[str, ...],
    mean: Tensor | None,
    remarks: Sequence[str] = (),
) -> None:
    """Draw the first batch with the very numbers that the network reads, if it reads images, and what was done before."""
    if document.table.image is None:
        return
    shown = Examples(batch.images[:_BATCH_SHOWN], batch.labels[:_BATCH_SHOWN])
    low, high = value_range(document.preparation, mean)
    picture = pictures.draw_batch(
        standardize(shown.images, document.preparation, mean).numpy(),
        [classes[label] for label in shown.labels.tolist()],
        low=low,
        high=high,
        title=f"{document.heading}: the first batch, as the network reads it",
        remarks=remarks,
    )
    write_durably(folder.picture("first-batch"), picture)


def show_curves(
    folder: RunFolder,
    document: Document,
    history: list[EpochRecord],
    course: Sequence[tuple[float, float]] = (),
) -> None:
    """Draw loss, error and learning rate over the epochs."""
    picture = pictures.draw_curves(points_of(history), document.heading, course)
    write_durably(folder.picture("curves"), picture)


def points_of(history: Sequence[EpochRecord]) -> "list[pictures.EpochPoint]":
    """Give what is drawn of each epoch."""
    return [
        pictures.EpochPoint(
            record.epoch,
            record.training_loss,
            record.training_error,
            record.validation_loss,
            record.validation_error,
            record.learning_rate,
        )
        for record in history
    ]


def show_evaluation(
    folder: RunFolder,
    document: Document,
    examples: ReadExamples,
    evaluation: Evaluation,
    mean: Tensor | None,
) -> None:
    """Draw who is taken for whom, and show the worst mistakes: drawn, or as sentences.

    Those of vectors are neither.
    """
    title = f"{document.heading}: {evaluation.errors:,} of {evaluation.examples:,} wrong"
    counts = np.array(evaluation.confusion)
    write_durably(
        folder.picture("confusion"), pictures.draw_confusion(counts, evaluation.classes, title)
    )
    worst = mistakes(evaluation)
    title = f"{title}, the surest mistakes first" if worst else title
    if document.table.words is not None:
        write_durably(folder.path / "mistakes.txt", _list_mistakes(worst, title))
    elif document.table.image is not None:
        remark = _OF_DISTANCES if isinstance(document.table.trunk[-1].layer, RadialBasis) else ""
        picture = _mistakes_drawn(document.preparation, worst, examples, mean, title, remark)
        write_durably(folder.picture("mistakes"), picture)


def _list_mistakes(worst: Sequence[Predicted], title: str) -> str:
    lines = [title, "", "class, taken for, by, sentence"]
    lines += [
        f"{wrong.true}, {wrong.predicted}, {wrong.score:.2f}, {wrong.name}" for wrong in worst
    ]
    return "\n".join(lines) + "\n"


def _mistakes_drawn(
    preparation: Preparation,
    worst: Sequence[Predicted],
    examples: ReadExamples,
    mean: Tensor | None,
    title: str,
    remark: str,
) -> bytes:
    low, high = value_range(preparation, mean)
    shown = worst[:_MISTAKES_SHOWN]
    positions = torch.tensor([wrong.position for wrong in shown], dtype=torch.int64)
    images = central(examples.images[positions], preparation)
    drawn = [
        pictures.Mistake(
            image=standardize(image, preparation, mean).numpy(),
            true=wrong.true,
            predicted=wrong.predicted,
            score=wrong.score,
            index=wrong.position,
            name=wrong.name,
        )
        for wrong, image in zip(shown, images, strict=True)
    ]
    return pictures.draw_mistakes(drawn, title, low=low, high=high, remark=remark)


@final
@dataclass(frozen=True, slots=True)
class Guessing:
    """How a run has ended that learnt no more than which classes are frequent, or less.

    Args:
        loss: Mean training loss of its last epoch.
        guessing_loss: The loss of who knows how frequent each class is and nothing else.
        first_loss: Mean training loss of its first epoch.
        epochs: That it has done.
        steps: Of all its epochs.
    """

    loss: float
    guessing_loss: float
    first_loss: float
    epochs: int
    steps: int

    @property
    def is_early(self) -> bool:
        """Whether the run was too short to say why it has learnt nothing."""
        return self.steps < _ENOUGH_STEPS or self.epochs < _ENOUGH_EPOCHS

    @property
    def is_worse(self) -> bool:
        """Whether the network does worse than to guess."""
        return self.loss > _DIVERGED * self.guessing_loss

    @property
    def is_falling(self) -> bool:
        """Whether the loss has come down since the first epoch: large steps would not have let it."""
        return self.loss < _PLATEAU * self.first_loss


def compare_with_guessing(
    labels: Tensor, recipe: Recipe, history: Sequence[EpochRecord], weights: Tensor | None = None
) -> Guessing | None:
    """Compare the loss of a run with that of guessing by the frequency of the classes.

    A network that gives every example the same answer does no better than this: the entropy of the
    classes, ln 2 = 0.693 for two of one size. Smoothed labels, weights of classes, and as many examples of each
    class change how frequent they are in the loss, and with it what guessing costs.

    Args:
        labels: Of the training examples.
        recipe: Its loss; only a cross entropy can be compared.
        history: What was measured of its epochs; at least one.
        weights: How much an example of each class counts.

    Returns:
        None if the network has learnt more than that.
    """
    last = history[-1]
    if recipe.loss not in {"cross-entropy", "binary-cross-entropy"} or not last.training_error:
        return None
    counts = labels.bincount(minlength=0 if weights is None else len(weights)).cpu().double()
    if recipe.sampling == "balanced":
        counts = (counts > 0).double()
    each = torch.ones_like(counts) if weights is None else weights.cpu().double()
    even = recipe.label_smoothing * counts.sum() / len(counts)
    targets = each * ((1 - recipe.label_smoothing) * counts + even) / (counts * each).sum()
    targets = targets[targets > 0]
    guessed = -float((targets * (targets / targets.sum()).log()).sum())
    if last.training_loss <= _PLATEAU * guessed:
        return None
    steps = sum(-(-record.images // recipe.batch_size) for record in history)
    first = history[0].training_loss
    return Guessing(last.training_loss, guessed, first, len(history), steps)


def _of_classes(test: Evaluation) -> tuple[str, ...]:
    if not test.is_unbalanced:
        return ()
    mean = f"{100 * test.balanced_error:.2f} %"
    return (f"Classes are of different sizes: the mean of their errors is {mean}.",)


def describe_result(
    document: Document, data: str, progress: Progress, test: Evaluation | None
) -> str:
    """Put the result of a run into words, for the README of its bundle."""
    recipe = document.recipe
    seconds = sum(record.seconds for record in progress.history)
    lines = ["## Result", ""]
    if test is None:
        lines.append(interruption(progress.epoch, recipe.epochs))
    else:
        noun = "images" if document.table.words is None else "sentences"
        error, low, high = (f"{100 * rate:.2f}" for rate in (test.error, *test.interval))
        lines += [
            f"| data | test {noun} | wrong | error | 95 % interval |",
            "| --- | --- | --- | --- | --- |",
            f"| {data} | {test.examples:,} | {test.errors:,} | {error} % | {low} to {high} % |",
            "",
            *_of_classes(test),
            f"Epoch {progress.best_epoch} of {progress.epoch}, seed {recipe.seed}, {seconds:.0f} s.",
            f"Measured with products of {test.width}.",
        ]
    versions = environment()
    lines += ["", f"Striate {versions['striate']}, torch {versions['torch']}."]
    return "\n".join(lines)

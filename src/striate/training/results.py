"""What a finished run shows: pictures of its course and of its mistakes, and the result in words."""

import numpy as np

from striate.data import Examples, standardize
from striate.documents import Document
from striate.evaluation import Evaluation
from striate.files import write_durably
from striate.pictures import (
    EpochPoint,
    Mistake,
    draw_batch,
    draw_confusion,
    draw_curves,
    draw_mistakes,
)
from striate.training.folder import RunFolder, environment
from striate.training.history import EpochRecord


_BATCH_SHOWN = 64
_MISTAKES_SHOWN = 48


def show_first_batch(
    folder: RunFolder, document: Document, batch: Examples, classes: tuple[str, ...]
) -> None:
    """Draw the first batch with the very numbers that the network reads."""
    shown = Examples(batch.images[:_BATCH_SHOWN], batch.labels[:_BATCH_SHOWN])
    preparation = document.preparation
    picture = draw_batch(
        standardize(shown.images, preparation).numpy(),
        [classes[label] for label in shown.labels.tolist()],
        low=min(preparation.low, preparation.high),
        high=max(preparation.low, preparation.high),
        title=f"{document.name}: the first batch, as the network reads it",
    )
    write_durably(folder.picture("first-batch"), picture)


def show_curves(folder: RunFolder, document: Document, history: list[EpochRecord]) -> None:
    """Draw loss, error and learning rate over the epochs."""
    points = [
        EpochPoint(
            record.epoch,
            record.training_loss,
            record.training_error,
            record.validation_loss,
            record.validation_error,
            record.learning_rate,
        )
        for record in history
    ]
    write_durably(folder.picture("curves"), draw_curves(points, document.name))


def show_evaluation(
    folder: RunFolder,
    document: Document,
    examples: Examples,
    evaluation: Evaluation,
    texts: tuple[str, ...] = (),
) -> None:
    """Draw who is taken for whom, and show the worst mistakes: drawn, or as sentences."""
    title = f"{document.name}: {evaluation.errors:,} of {evaluation.examples:,} wrong"
    counts = np.array(evaluation.confusion)
    write_durably(folder.picture("confusion"), draw_confusion(counts, evaluation.classes, title))
    wrong = (evaluation.predictions != examples.labels).nonzero().squeeze(1)
    worst = wrong[evaluation.scores[wrong].argsort(descending=True, stable=True)]
    if texts:
        lines = [f"{title}, the surest mistakes first", "", "class, taken for, by, sentence"]
        for index in worst.tolist():
            true, taken = (
                evaluation.classes[int(one[index])]
                for one in (examples.labels, evaluation.predictions)
            )
            lines.append(f"{true}, {taken}, {evaluation.scores[index]:.2f}, {texts[index]}")
        write_durably(folder.path / "mistakes.txt", "\n".join(lines) + "\n")
        return
    preparation = document.preparation
    low, high = sorted((preparation.low, preparation.high))
    mistakes = [
        Mistake(
            image=standardize(examples.images[index : index + 1], preparation)[0].numpy(),
            true=evaluation.classes[int(examples.labels[index])],
            predicted=evaluation.classes[int(evaluation.predictions[index])],
            score=float(evaluation.scores[index]),
            index=index,
        )
        for index in worst[:_MISTAKES_SHOWN].tolist()
    ]
    write_durably(
        folder.picture("mistakes"),
        draw_mistakes(mistakes, f"{title}, the surest mistakes first", low=low, high=high),
    )


def describe_result(
    document: Document, data: str, best_epoch: int, seconds: float, test: Evaluation | None
) -> str:
    """Put the result of a run into words, for the README of its bundle."""
    recipe = document.recipe
    lines = ["## Result", ""]
    if test is None:
        lines.append(f"The run was interrupted after {best_epoch} of {recipe.epochs} epochs.")
    else:
        noun = "images" if document.table.words is None else "sentences"
        error, low, high = (f"{100 * rate:.2f}" for rate in (test.error, *test.interval))
        lines += [
            f"| data | test {noun} | wrong | error | 95 % interval |",
            "| --- | --- | --- | --- | --- |",
            f"| {data} | {test.examples:,} | {test.errors:,} | {error} % | {low} to {high} % |",
            "",
            f"Epoch {best_epoch} of {recipe.epochs}, seed {recipe.seed}, {seconds:.0f} s.",
        ]
    versions = environment()
    lines += ["", f"Striate {versions['striate']}, torch {versions['torch']}."]
    return "\n".join(lines)

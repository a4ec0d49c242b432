"""Measure a network on labelled examples: error with its interval, and who is taken for whom."""

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

import numpy as np
import torch
from torch import Tensor

from striate import pictures
from striate.data import (
    Data,
    Examples,
    Listener,
    ReadExamples,
    Source,
    Vocabulary,
    data_name,
    fit_for_reading,
    fit_sentences,
    load_test,
    streamed,
)
from striate.errors import BundleError, DataError
from striate.errors.bundles import outputs_not_finite
from striate.errors.evaluation import other_classes
from striate.modules import Network, loss_function
from striate.notebook import picture_html, table_html
from striate.prediction.bundle import Bundle, bundle_of
from striate.prediction.held_out import held_out
from striate.prediction.intervals import wilson_interval
from striate.prediction.views import Reader
from striate.preparation import Preparation
from striate.recipe import Precision, Recipe
from striate.runtime import Engine, InferenceForm, Width
from striate.shapes import Words


_BATCH = 1000

UNBALANCED = 2
"""How many times as many examples a class has as another, from which on the balanced error is told, too."""


@final
@dataclass(frozen=True, slots=True)
class ClassResult:
    """How one class fared.

    Args:
        name: Name of the class.
        examples: Examples that bear its label.
        found: Those that were given it.
        claimed: All examples that were given it, rightly or not.
    """

    name: str
    examples: int
    found: int
    claimed: int

    @property
    def recall(self) -> float:
        """Part of the class that was found; not a number if the class has no example."""
        return self.found / self.examples if self.examples else math.nan

    @property
    def precision(self) -> float:
        """Part of what was given the class that belongs to it; not a number if nothing was."""
        return self.found / self.claimed if self.claimed else math.nan


@final
@dataclass(frozen=True, slots=True, repr=False)
class Evaluation:
    """The outcome on one set of examples.

    Args:
        classes: Names of the classes.
        confusion: Counts of examples, a row for each true class, a column for each predicted one.
        loss: Mean loss an example.
        labels: Class of every example.
        predictions: Predicted class of every example.
        scores: Probability of the predicted class of every example.
        margins: By how much that is more than the probability of the next class.
        width: Of the numbers whose products were taken.
        engine: What read the network: Striate's own forms, or OpenVINO.
        is_of_all: Whether all examples of the data were measured on, for it names none for the test.
        remarks: What the user should know of how it was measured, one line each.
        names: File or sentence of every example; empty where they have positions alone.
    """

    classes: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]
    loss: float
    labels: Tensor
    predictions: Tensor
    scores: Tensor
    margins: Tensor
    width: Width = "fp32"
    engine: Engine = "own"
    is_of_all: bool = False
    remarks: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Tell the error with its interval."""
        low, high = (f"{100 * rate:.2f}" for rate in self.interval)
        return (
            f"<Evaluation: {self.errors:,} of {self.examples:,} wrong, {100 * self.error:.2f} % "
            f"({low} to {high} %), {len(self.classes)} classes>"
        )

    def _repr_html_(self) -> str:
        title = f"{self.errors:,} of {self.examples:,} wrong"
        cells = (
            (one.name, one.examples, one.found, f"{100 * one.recall:.1f} %")
            for one in self.by_class
        )
        drawn = pictures.draw_confusion(np.array(self.confusion), self.classes, title)
        table = table_html(("Class", "Examples", "Found", "Recall"), cells, repr(self)[1:-1])
        return f"{table}{picture_html(drawn, 'who is taken for whom')}"

    @property
    def examples(self) -> int:
        """Number of examples."""
        return sum(map(sum, self.confusion))

    @property
    def errors(self) -> int:
        """Number of examples that were given a wrong class."""
        return self.examples - sum(row[index] for index, row in enumerate(self.confusion))

    @property
    def error(self) -> float:
        """Part of the examples that were given a wrong class."""
        return self.errors / self.examples

    @property
    def balanced_error(self) -> float:
        """Mean of the errors of all classes with examples, so that small ones count as much as large ones.

        Source:
            Brodersen, Ong, Stephan and Buhmann, The balanced accuracy and its posterior distribution, 2010.
        """
        recalls = [result.recall for result in self.by_class if result.examples]
        return 1 - sum(recalls) / len(recalls)

    @property
    def is_unbalanced(self) -> bool:
        """Whether a class has at least twice as many examples as another one that has some."""
        counts = [count for row in self.confusion if (count := sum(row))]
        return max(counts) >= UNBALANCED * min(counts)

    @property
    def interval(self) -> tuple[float, float]:
        """Interval that holds the true error rate with 95 % confidence."""
        return wilson_interval(self.errors, self.examples)

    @property
    def by_class(self) -> tuple[ClassResult, ...]:
        """How each class fared."""
        return tuple(
            ClassResult(
                name,
                sum(self.confusion[index]),
                self.confusion[index][index],
                sum(row[index] for row in self.confusion),
            )
            for index, name in enumerate(self.classes)
        )


def evaluate(
    bundle: Bundle | str | Path,
    data: Data,
    listen: Listener | None = None,
    precision: Precision = "auto",
    *,
    all_if_drawn: bool | None = None,
) -> Evaluation:
    """Measure a trained network on the test images, or test sentences, of a data set.

    Args:
        bundle: The trained network, or the folder that it lies in.
        data: Name, folder or file of the data, or what a program holds, as `load_source` takes it.
        listen: Called after every picture in a file that was compared with the cache, or decoded.
        precision: Of products: `fp32`, `bf16`, or `auto`, which takes bf16 for large networks of images
            on devices that multiply it faster; few predictions change, and the error stays far inside
            its interval. `width` of the outcome says which it was.
        all_if_drawn: Whether all examples are measured on where the data names none for the test, as is
            right for data that the network has never seen; a part that is drawn otherwise, the same that
            a run does not train on; of the run's own data, only what it was tested on. When absent, all of what a program holds, and a part of files.

    Raises:
        DataError: The data cannot be used, or has classes that the network does not know.
        BundleError: There is no bundle in the folder.
    """
    bundle = bundle_of(bundle)
    document = bundle.document
    if all_if_drawn is None:
        all_if_drawn = not isinstance(data, str | Path | Source)
    found = load_test(document, data, listen, all_if_drawn=all_if_drawn, may_stream=True)
    source = with_classes_of(bundle, found, data)
    source, names, told = held_out(source, test_names(source), data, bundle.folder)
    test = _test_inputs(bundle, source)
    with bundle.reading(len(test), precision) as (form, remarks):
        outcome = measure(
            form, test, bundle.classes, document.preparation, document.recipe, bundle.mean
        )
    is_of_all = source.origin.is_drawn and all_if_drawn
    remarks = (*bundle.remarks, *told, *remarks)
    return replace(outcome, is_of_all=is_of_all, remarks=remarks, names=names)


def test_names(source: Source) -> tuple[str, ...]:
    """Name the test examples of a data set: by their files, or as sentences; not at all where they have no names."""
    if source.texts:
        return tuple(source.texts[index] for index in source.test.images.flatten().tolist())
    return source.test_files


def with_classes_of(bundle: Bundle, source: Source, data: Data) -> Source:
    """Number the classes of the test as the network does; it may have fewer."""
    if source.classes == bundle.classes:
        return source
    tested = set(source.test.labels.tolist())
    places = {name: index for index, name in enumerate(bundle.classes)}
    if any(source.classes[label] not in places for label in tested):
        raise DataError(other_classes(data_name(data), source.classes, bundle.classes))
    numbers = torch.tensor([places.get(name, 0) for name in source.classes])
    test = Examples(source.test.images, numbers[source.test.labels])
    return replace(source, classes=bundle.classes, test=test)


def _test_inputs(bundle: Bundle, source: Source) -> ReadExamples:
    document = bundle.document
    if source.stream is not None:
        return streamed(source.test, source.stream)
    shape = document.sound_walk().input
    if not isinstance(shape, Words):
        return fit_for_reading(source.test, shape, document.preparation)
    vocabulary = bundle.vocabulary or Vocabulary(())
    test, _ = fit_sentences(source.test, source.texts, shape, document.text, vocabulary)
    return test


def measure(
    network: Network | InferenceForm,
    examples: ReadExamples,
    classes: tuple[str, ...],
    preparation: Preparation,
    recipe: Recipe,
    mean: Tensor | None = None,
    part: slice | None = None,
) -> Evaluation:
    """Run a network over examples and count.

    Args:
        network: One in training is left as it is, and its products are taken of fp32: what is recorded
            of a run can be compared between machines. A form has a width of its own.
        examples: Of the network's input size and its margin; at least one.
        classes: Names of the classes.
        preparation: How bytes become the network's numbers.
        recipe: Its loss is measured on the first of its views.
        mean: Of the training images, if the preparation subtracts one.
        part: Which of the examples; all when absent.

    Raises:
        BundleError: What the network computes is not finite.
    """
    form = InferenceForm(network, "fp32") if isinstance(network, Network) else network
    read, loss_of = Reader(form, preparation, recipe, mean), loss_function(recipe)
    confusion = torch.zeros(len(classes), len(classes), dtype=torch.int64)
    predictions, scores, margins, loss, not_finite = [], [], [], 0.0, 0
    first, last, _ = (part or slice(None)).indices(len(examples))
    with torch.inference_mode():
        for start in range(first, last, _BATCH):
            batch = slice(start, min(start + _BATCH, last))
            labels, images = examples.labels[batch], examples.images[batch]
            outputs, chances, ordered = (one.cpu() for one in read(images.to(form.device)))
            not_finite += int((~outputs.isfinite()).flatten(1).any(1).sum())
            predicted = ordered[:, 0]
            confusion.index_put_((labels, predicted), torch.tensor(1), accumulate=True)
            predictions.append(predicted)
            likeliest = chances.gather(1, ordered[:, :2])
            scores.append(likeliest[:, 0])
            margins.append(2 * likeliest[:, 0] - likeliest.sum(1))
            loss += float(loss_of(outputs, labels).double().sum())
    if not_finite:
        raise BundleError(outputs_not_finite("the network", not_finite, last - first, "example"))
    return Evaluation(
        classes,
        tuple(tuple(row) for row in confusion.tolist()),
        loss / (last - first),
        examples.labels[first:last].cpu(),
        torch.cat(predictions),
        torch.cat(scores),
        torch.cat(margins),
        form.width,
        form.engine(min(_BATCH, len(examples))),
    )

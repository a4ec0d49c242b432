"""Measure a network on labelled examples: error with its interval, and who is taken for whom."""

import math
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor

from striate.bundles import Bundle
from striate.data import (
    Examples,
    Source,
    fit_examples,
    fit_sentences,
    load_source,
    standardize,
)
from striate.errors import DataError
from striate.errors.evaluation import (
    network_reads_no_images,
    network_reads_pictures,
    network_reads_sentences,
    other_classes,
)
from striate.modules import Network, class_probabilities, loss_function, predicted_classes
from striate.preparation import Preparation
from striate.recipe import Recipe


_BATCH = 1000


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
@dataclass(frozen=True, slots=True)
class Evaluation:
    """The outcome on one set of examples.

    Args:
        classes: Names of the classes.
        confusion: counts[true][predicted].
        loss: Mean loss an example.
        predictions: Predicted class of every example.
        scores: Probability of the predicted class of every example.
    """

    classes: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]
    loss: float
    predictions: Tensor
    scores: Tensor

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


def wilson_interval(events: int, trials: int) -> tuple[float, float]:
    """Give Wilson's 95 % interval for a rate; it stays honest near 0 and for few trials.

    Args:
        events: Times that it happened.
        trials: Times that it could have; at least 1.

    Source:
        E. B. Wilson, Probable inference, the law of succession, and statistical inference, 1927.

    Examples:
        >>> low, high = wilson_interval(95, 10_000)
        >>> f"{low:.4f} to {high:.4f}"
        '0.0078 to 0.0116'
    """
    z = 1.959963984540054  # the normal distribution's 97.5 % point
    rate = events / trials
    middle = rate + z * z / (2 * trials)
    spread = z * math.sqrt(rate * (1 - rate) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def evaluate(bundle: Bundle, data: str) -> Evaluation:
    """Measure a trained network on the test images, or test sentences, of a data set.

    Args:
        bundle: The trained network.
        data: Name or folder of the data.

    Raises:
        DataError: The data cannot be used, or has other classes than the network.
    """
    source = load_source(data)
    test = _test_inputs(bundle, source)
    if source.classes != bundle.classes:
        raise DataError(other_classes(data, source.classes, bundle.classes))
    document = bundle.document
    return measure(bundle.network, test, bundle.classes, document.preparation, document.recipe)


def _test_inputs(bundle: Bundle, source: Source) -> Examples:
    document, vocabulary = bundle.document, bundle.vocabulary
    image, words = document.table.image, document.table.words
    if image is not None:
        if source.texts:
            raise DataError(network_reads_pictures(document.name, source.name))
        return fit_examples(source.test, image, document.preparation)
    if words is None or vocabulary is None:
        raise DataError(network_reads_no_images(document.name))
    if not source.texts:
        raise DataError(network_reads_sentences(document.name, source.name))
    test, _ = fit_sentences(source.test, source.texts, words, document.text, vocabulary)
    return test


def measure(
    network: Network,
    examples: Examples,
    classes: tuple[str, ...],
    preparation: Preparation,
    recipe: Recipe,
) -> Evaluation:
    """Run a network over examples and count.

    Args:
        network: Left in the mode (training or not) in which it came.
        examples: Of the network's input size; at least one.
        classes: Names of the classes.
        preparation: How bytes become the network's numbers.
        recipe: Its loss is measured.
    """
    was_training = network.training
    network.eval()
    loss_of = loss_function(recipe)
    confusion = torch.zeros(len(classes), len(classes), dtype=torch.int64)
    predictions, scores, loss = [], [], 0.0
    with torch.inference_mode():
        for start in range(0, len(examples), _BATCH):
            labels = examples.labels[start : start + _BATCH]
            outputs = network(standardize(examples.images[start : start + _BATCH], preparation))
            predicted = predicted_classes(outputs, network.ending)
            chances = class_probabilities(outputs, network.ending, recipe.map_constant)
            confusion.index_put_((labels, predicted), torch.tensor(1), accumulate=True)
            predictions.append(predicted)
            scores.append(chances.gather(1, predicted.unsqueeze(1)).squeeze(1))
            loss += float(loss_of(outputs, labels).double().sum())
    network.train(was_training)
    return Evaluation(
        classes,
        tuple(tuple(row) for row in confusion.tolist()),
        loss / len(examples),
        torch.cat(predictions),
        torch.cat(scores),
    )

"""One training of one variant: which examples it sees, how it learns, and what is then measured of it."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import final

import torch
from torch import Tensor

from striate.data import (
    Data,
    Examples,
    ReadExamples,
    Source,
    central,
    fit_for_reading,
    hold_out,
    load_for,
    standardize,
    training_mean,
)
from striate.data.preprocessing.tokens import fit_sentences, tokenize
from striate.data.preprocessing.vocabulary import Vocabulary, vocabulary_of
from striate.documents import Document
from striate.documents.fitting import fit_classes
from striate.errors import ExperimentError
from striate.errors.experiments import not_for_this_network
from striate.experiments.experiment import Budget
from striate.experiments.unsharing import unshare
from striate.experiments.variants import Setting
from striate.modules import Network, build
from striate.prediction.evaluation import Evaluation, measure
from striate.shapes import Words
from striate.training.inputs import choose_preparation, with_words
from striate.training.learning import input_shape
from striate.training.loop import Trainer


_ORDER_SEED = 20260101
"""Start of what is put out of order: the same order for all variants, seeds and budgets."""

_HELD_OUT = 1000
"""Most examples on which learning rates are compared."""


@final
@dataclass(frozen=True, slots=True)
class Job:
    """One training, complete: whoever has it can do it.

    Args:
        setting: The variant.
        data: Name, folder or file of the data.
        budget: How much is spent.
        seed: Of the first numbers, the examples drawn, and their order.
        rate: Learning rate; 0 takes the recipe's.
        is_search: Whether it only compares rates: it is then measured on held-out training examples.
        measures: What is measured, as written.
    """

    setting: Setting
    data: Data
    budget: Budget
    seed: int
    rate: float = 0.0
    is_search: bool = False
    measures: tuple[str, ...] = ()


@final
@dataclass(slots=True)
class Learnt:
    """A network that has learnt, with what it learnt from and is measured on.

    Args:
        network: In evaluation mode.
        document: As it was trained.
        train: Training examples as the network reads them.
        test: Test examples as the network reads them.
        classes: Names of the classes.
        mean: What the preparation subtracts.
        history: Training error of each epoch, while it was learning.
        seconds: Time spent on learning.
    """

    network: Network
    document: Document
    train: ReadExamples
    test: ReadExamples
    classes: tuple[str, ...]
    mean: Tensor | None
    history: tuple[float, ...] = ()
    seconds: float = 0.0
    _evaluations: dict[bool, Evaluation] | None = None

    def evaluation(self, *, of_training: bool = False) -> Evaluation:
        """Measure errors and losses, once for each part."""
        if self._evaluations is None:
            self._evaluations = {}
        if of_training not in self._evaluations:
            self._evaluations[of_training] = measure(
                self.network,
                self.train if of_training else self.test,
                self.classes,
                self.document.preparation,
                self.document.recipe,
                self.mean,
            )
        return self._evaluations[of_training]

    def inputs(self, examples: ReadExamples, count: int) -> Tensor:
        """Return the first examples as numbers that the network reads."""
        images = examples.images[:count]
        if images.dim() == _IMAGE_AXES:
            images = central(images, self.document.preparation)
        return standardize(images, self.document.preparation, self.mean)


_IMAGE_AXES = 4


@lru_cache(maxsize=2)
def _loaded(data: str, size: str, document: "_Key") -> Source:
    del size
    return load_for(document.document, data)


@final
@dataclass(frozen=True, slots=True)
class _Key:
    """A document that counts as equal to any other: what matters of it is in the size beside it."""

    document: Document

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key)

    def __hash__(self) -> int:
        return 0


def source_for(document: Document, data: Data) -> Source:
    """Load a data set for a network, once in a process where it has a name."""
    if not isinstance(data, str):
        return load_for(document, data)
    return _loaded(data, f"{document.table.input} {document.preparation}", _Key(document))


def fitted_document(setting: Setting, source: Source) -> Document:
    """Give a variant's network as many outputs as the data has classes, and check that it can read the data.

    Raises:
        DataError: It cannot.
        ExperimentError: Its data is put out of order in a way that it has none for.
    """
    document, _ = choose_preparation(setting.document, source)
    document, _ = fit_classes(document, len(source.classes))
    input_shape(document, source)
    holds_words = document.table.words is not None
    for kind in setting.shuffled:
        if (kind == "words") != holds_words:
            why = "it reads sentences" if holds_words else "it reads no sentences"
            raise ExperimentError(not_for_this_network(f"{kind} shuffled", document.name, why))
    return document


def prepare(job: Job) -> Learnt:
    """Build a variant's network and lay out its examples, before anything is learnt."""
    source = source_for(job.setting.document, job.data)
    document = fitted_document(job.setting, source)
    recipe = replace(
        document.recipe,
        seed=job.seed,
        validation=0,
        early_stopping=0,
        epochs=job.budget.epochs or document.recipe.epochs,
        learning_rate=job.rate or document.recipe.learning_rate,
    )
    train, test = _parts(source, job)
    document = replace(document, recipe=recipe)
    vocabulary = None
    if document.table.words is not None:
        chosen = (source.texts[index] for index in train.images.flatten().tolist())
        vocabulary = vocabulary_of(tokenize(text, document.text) for text in chosen)
        document = with_words(document, len(vocabulary))
    shuffled = job.setting.shuffled
    fitted = [_fit(document, source, part, vocabulary, shuffled) for part in (train, test)]
    mean = training_mean(fitted[0].images, document.preparation)
    network = build(document).eval()
    unshare(network, job.setting.unshared)
    return Learnt(network, document, fitted[0], fitted[1], source.classes, mean)


def learn(job: Job) -> Learnt:
    """Train a variant's network; it is the same at every time, on the same machine.

    Raises:
        TrainingError: The loss is no longer finite.
    """
    learnt = prepare(job)
    recipe = learnt.document.recipe
    trainer = Trainer(
        learnt.network, learnt.train, learnt.document.preparation, recipe, learnt.classes
    )
    history: list[float] = []
    if job.setting.is_trained:
        for _ in range(learnt.document.recipe.epochs):
            for _ in trainer.epoch():
                pass
            progress = trainer.progress
            history.append(progress.errors / len(learnt.train))
            learnt.seconds += progress.seconds
            progress.begin_epoch()
        trainer.settle()
    learnt.network.eval()
    learnt.history = tuple(history)
    return learnt


def _parts(source: Source, job: Job) -> tuple[Examples, Examples]:
    """Draw the training examples of a seed, and give those that are measured on."""
    count = job.setting.train or job.budget.train
    count = min(count, len(source.train)) or len(source.train)
    if job.is_search:
        # The test part is not looked at while rates are chosen.
        count = min(count, len(source.train) - max(1, min(_HELD_OUT, len(source.train) // 5)))
    train, rest = _drawn(source.train, count, job.seed)
    if job.is_search:
        return train, _drawn(rest, min(_HELD_OUT, len(rest)), 0)[0]
    wanted = job.budget.test
    return train, source.test if not wanted else _drawn(source.test, wanted, 0)[0]


def _drawn(examples: Examples, count: int, seed: int) -> tuple[Examples, Examples]:
    """Draw the same share of every class; the rest comes second."""
    if count >= len(examples):
        return examples, Examples(examples.images[:0], examples.labels[:0])
    rest, held = hold_out(examples, count, seed)
    return held, rest


def _fit(
    document: Document,
    source: Source,
    examples: Examples,
    vocabulary: Vocabulary | None,
    shuffled: tuple[str, ...],
) -> ReadExamples:
    """Bring examples to the network's input, and put them out of order where the variant says so."""
    shape = document.walk.input
    if isinstance(shape, Words):
        known = vocabulary or Vocabulary(())
        fitted, _ = fit_sentences(examples, source.texts, shape, document.text, known)
        return _with_words_shuffled(fitted) if "words" in shuffled else fitted
    read = fit_for_reading(examples, shape, document.preparation)
    if "pixels" not in shuffled:
        return read
    images = read.images[: len(read)]
    count = images.shape[2] * images.shape[3]
    order = torch.randperm(count, generator=torch.Generator().manual_seed(_ORDER_SEED))
    return Examples(images.flatten(2)[:, :, order].reshape(images.shape), read.labels)


def _with_words_shuffled(examples: Examples) -> Examples:
    """Put the words of each sentence into a random order; the zeros around them stay."""
    generator = torch.Generator().manual_seed(_ORDER_SEED)
    rows = examples.images.clone()
    for row in rows:
        places = row.nonzero().flatten()
        row[places] = row[places[torch.randperm(len(places), generator=generator)]]
    return Examples(rows, examples.labels)

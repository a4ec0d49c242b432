"""From a data set to the inputs of a network: pictures, vectors, or sentences with their vocabulary."""

from dataclasses import replace
from pathlib import Path
from typing import assert_never, final

import torch

from striate import modules
from striate.data import (
    Examples,
    GivenVectors,
    ReadExamples,
    ReadImages,
    Source,
    Vocabulary,
    fit_for_reading,
    fit_sentences,
    read_vectors,
    streamed,
    tokenize,
    training_parts,
    vocabulary_of,
)
from striate.documents import Document
from striate.errors import TrainingError
from striate.errors.texts import vectors_needed, vectors_without_effect
from striate.errors.training import last_batch_of_one
from striate.layers import BatchNormalization, Embedding
from striate.modules import Network
from striate.shapes import Features, Image, Shape, Words
from striate.table import Row


@final
class Inputs:
    """Brings examples to a network's input, and remembers what was cut on the way.

    Args:
        shape: What the network reads.
        source: The data set.
        document: The network.
        vocabulary: Its words, if it reads sentences.
    """

    def __init__(
        self,
        shape: Shape,
        source: Source,
        document: Document,
        vocabulary: Vocabulary | None,
    ) -> None:
        self.shape, self.texts, self.document = shape, source.texts, document
        self.stream = source.stream
        self.vocabulary = vocabulary or Vocabulary(())
        self.cut = self.seen = 0

    def fit(self, examples: Examples) -> ReadExamples:
        """Bring examples to the network's input."""
        if self.stream is not None:
            return streamed(examples, self.stream)
        match self.shape:
            case Image() | Features():
                return fit_for_reading(examples, self.shape, self.document.preparation)
            case Words():
                fitted, cut = fit_sentences(
                    examples, self.texts, self.shape, self.document.text, self.vocabulary
                )
                self.cut, self.seen = self.cut + cut, self.seen + len(examples)
                return fitted
            case _:
                assert_never(self.shape)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a reader should know before the network trains."""
        if not isinstance(self.shape, Words) or not self.cut:
            return ()
        cut = "1 sentence is" if self.cut == 1 else f"{self.cut:,} sentences are"
        remark = (
            f"Of {self.seen:,} sentences, {cut} longer than the {self.shape.room} words that the "
            "network reads: the rest is cut off."
        )
        return (remark,)


def check_last_batch(document: Document, source: Source) -> None:
    """Make sure that no batch is too small for a row of batch normalization.

    Such a row takes the spread of each map over all examples and places; of one value there is none.

    Raises:
        TrainingError: An epoch's last batch has one example, and a row reads one value a map.
    """
    recipe = document.recipe
    count = len(training_parts(source, recipe.validation, recipe.seed)[0])
    if count % recipe.batch_size != 1 % recipe.batch_size:
        return
    rows = [
        report.row.name
        for report in document.walk.reports
        if isinstance(report.row.layer, BatchNormalization)
        and any(_has_one_place(shape) for shape in report.inputs)
    ]
    if rows:
        sizes = (size for gap in range(1, count) for size in _beside(recipe.batch_size, gap))
        fitting = next((size for size in sizes if count % size != 1 % size), None)
        raise TrainingError(last_batch_of_one(rows, count, recipe.batch_size, fitting))


def _has_one_place(shape: Shape) -> bool:
    return not isinstance(shape, Image) or shape.height == shape.width == 1


def _beside(size: int, gap: int) -> tuple[int, ...]:
    return (size - gap, size + gap) if size - gap > 1 else (size + gap,)


_LOOKED_AT = 500
_BOX, _SIDE = 20, 28
_MOST = 0.95


def choose_preparation(document: Document, source: Source) -> tuple[Document, tuple[str, ...]]:
    """Prepare pictures as the training images were, where the document leaves that open.

    Returns:
        The document, and a line if anything was chosen.
    """
    if not document.is_preparation_open or document.table.image is None:
        return document, ()
    if not _are_centered_digits(source.train.images):
        return document, ()
    prepared = replace(document.preparation, fit="digit", box=_BOX)
    remark = (
        f"The training images are ink in a box of {_BOX}x{_BOX}, centered by its mass, as in MNIST: the "
        "network will have pictures prepared so, too (fit: digit)."
    )
    return replace(document, preparation=prepared), (remark,)


def _are_centered_digits(images: ReadImages) -> bool:
    """Whether images are as MNIST has them: light ink on 0, in a box, with its center of mass in the middle.

    Source:
        LeCun et al. 1998, III-A.
    """
    if tuple(images.shape[1:]) != (1, _SIDE, _SIDE) or not isinstance(images, torch.Tensor):
        return False
    ink = images[:_LOOKED_AT, 0].double()
    places = torch.arange(_SIDE, dtype=torch.float64)
    fits = torch.ones(len(ink), dtype=torch.bool)
    for axis in (1, 2):
        profile = ink.sum(3 - axis)
        reached = profile > 0
        fits &= (reached.sum(1) > 0) & (reached.sum(1) <= _BOX)
        center = (profile * places).sum(1) / profile.sum(1).clamp_min(1)
        fits &= (center - _SIDE // 2).abs() <= 1
    return len(fits) > 0 and float(fits.double().mean()) >= _MOST


def learn_vocabulary(document: Document, source: Source) -> Vocabulary | None:
    """Number the words of the sentences that a network trains on, those held out left aside.

    Args:
        document: The network; its recipe says what is held out.
        source: The data.

    Returns:
        Every word, however rare; None for a network that reads no sentences.

    Raises:
        DataError: Nothing would be left to train on.
    """
    if document.table.words is None:
        return None
    recipe = document.recipe
    rest, _ = training_parts(source, recipe.validation, recipe.seed)
    chosen = (source.texts[index] for index in rest.images.flatten().tolist())
    return vocabulary_of(tokenize(text, document.text) for text in chosen)


def with_words(document: Document, count: int) -> Document:
    """Give every embedding of a document so many words, and change nothing else.

    The numbers of parameters that the source claims for those rows, and for the whole, are left
    out, for they hold for the source's words.
    """
    rows = tuple(_with_words(row, count) for row in document.table.rows)
    if rows == document.table.rows:
        return document
    totals = replace(document.table.totals, parameters=None)
    return replace(document, table=replace(document.table, rows=rows, totals=totals))


def describe_words(before: Document, after: Document) -> tuple[str, ...]:
    """Say which rows have changed, one line a row."""
    return tuple(
        f"Row {row.name} holds {row.layer.words:,} words, those of the training sentences; the "
        f"document says {old.layer.words:,}."
        for row, old in zip(after.table.rows, before.table.rows, strict=True)
        if isinstance(row.layer, Embedding) and isinstance(old.layer, Embedding) and row != old
    )


def read_given(
    document: Document, vocabulary: Vocabulary | None, file: Path | None
) -> GivenVectors | None:
    """Read the word vectors that a network begins with, if it wants any.

    Raises:
        TrainingError: A row wants vectors and no file is given, or the other way round.
        DataError: The file cannot be used.
    """
    wanting = [
        (row.name, row.layer)
        for row in document.table.rows
        if isinstance(row.layer, Embedding) and row.layer.is_read
    ]
    if file is None and wanting:
        raise TrainingError(*(vectors_needed(name, layer.vectors) for name, layer in wanting))
    if file is None:
        return None
    if not wanting or vocabulary is None:
        raise TrainingError(vectors_without_effect(document.name))
    name, layer = wanting[0]
    return read_vectors(file, vocabulary, layer.dimensions, name)


def lay_in(given: GivenVectors, network: Network) -> None:
    """Put vectors from a file into all rows that want them; words without one keep those drawn.

    Several rows begin as copies of the first one, the words without a vector included.
    """
    wanting = [
        module
        for module in network.children()
        if isinstance(module, modules.Embedding) and module.layer.is_read
    ]
    with torch.no_grad():
        for module in wanting:
            module.weight.copy_(wanting[0].weight)
            module.weight[given.is_found] = given.vectors[given.is_found]


def _with_words(row: Row, count: int) -> Row:
    if not isinstance(row.layer, Embedding) or row.layer.words == count:
        return row
    claims = replace(row.claims, parameters=None)
    return replace(row, layer=replace(row.layer, words=count), claims=claims)

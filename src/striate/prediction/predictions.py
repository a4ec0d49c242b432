"""Name what pictures show, and what sentences say."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import final

import torch
from torch import Tensor

from striate.data import decode_picture, fit_picture, lay_out, tokenize
from striate.errors import BundleError, DataError, Fault
from striate.errors.bundles import outputs_not_finite
from striate.errors.evaluation import (
    network_reads_no_images,
    network_reads_no_sentences,
    sentences_needed,
)
from striate.errors.recipes import field_below
from striate.prediction.bundle import Bundle
from striate.prediction.views import Reader
from striate.recipe import Precision
from striate.runtime import InferenceForm


_BATCH = 64


@final
@dataclass(frozen=True, slots=True)
class Prediction:
    """What a network sees in one picture.

    Args:
        file: The picture.
        classes: Names and probabilities of the likeliest classes, the first one first. Those of a
            network with distances add up to less than 1 where a picture is far from every code.
        remark: What of it is outside of all that the network was trained on; empty where nothing is.
    """

    file: Path
    classes: tuple[tuple[str, float], ...]
    remark: str = ""


@final
@dataclass(frozen=True, slots=True)
class SentencePrediction:
    """What a network takes one sentence for.

    Args:
        sentence: The sentence.
        classes: Names and probabilities of the likeliest classes, the first one first; none where the
            sentence has no word.
        unknown: Its words that the network has never seen; they count as no word at all.
        left_out: Words at its end that the network has no room for.
    """

    sentence: str
    classes: tuple[tuple[str, float], ...]
    unknown: tuple[str, ...]
    left_out: int


@final
@dataclass(frozen=True, slots=True)
class Predictions:
    """The outcome for many pictures.

    Args:
        made: One for each picture that could be read, in the order in which they came.
        refused: Why the others could not, each with its file.
    """

    made: tuple[Prediction, ...]
    refused: tuple[Fault, ...]


def predict(
    bundle: Bundle,
    files: Iterable[str | Path],
    top: int = 3,
    precision: Precision = "auto",
) -> Predictions:
    """Name the likeliest classes of pictures.

    Args:
        bundle: A trained network.
        files: Pictures of any size and mode; for digits, dark on light or light on dark.
        top: Classes named a picture, at most.
        precision: Of products: `fp32`, `bf16`, or `auto`, which takes bf16 for large networks on devices
            that multiply it faster.

    Returns:
        A prediction for each picture that can be read; a broken one does not keep the others back.

    Raises:
        DataError: The network reads no images, or `top` is below 1.
        BundleError: What it computes is not finite.
    """
    _check_top(top)
    image = bundle.document.table.image
    if bundle.document.table.words is not None:
        raise DataError(sentences_needed(bundle.document.name))
    if image is None:
        raise DataError(network_reads_no_images(bundle.document.name))
    made: list[Prediction] = []
    refused: list[Fault] = []
    pending: list[tuple[Path, Tensor]] = []
    named = [Path(name) for name in files]
    with bundle.reading(len(named), precision) as (form, _):
        for file in named:
            try:
                pixels = decode_picture(file)
                fitted = fit_picture(pixels, image, bundle.document.preparation, str(file))
                pending.append((file, fitted))
            except DataError as error:
                refused += error.faults
            if len(pending) == _BATCH:
                made += _predict_batch(bundle, form, pending, top)
                pending = []
        made += _predict_batch(bundle, form, pending, top)
    return Predictions(tuple(made), tuple(refused))


def predict_sentences(
    bundle: Bundle, sentences: Iterable[str], top: int = 3, precision: Precision = "auto"
) -> tuple[SentencePrediction, ...]:
    """Name the likeliest classes of sentences.

    Args:
        bundle: A trained network of sentences.
        sentences: Any texts.
        top: Classes named a sentence, at most.
        precision: Of products; `auto` is fp32 for sentences, most of whose products are left out instead.

    Returns:
        A prediction for each sentence, in the order in which they came.

    Raises:
        DataError: The network reads no sentences, or `top` is below 1.
        BundleError: What it computes is not finite.
    """
    _check_top(top)
    words, vocabulary = bundle.document.table.words, bundle.vocabulary
    if words is None or vocabulary is None:
        raise DataError(network_reads_no_sentences(bundle.document.name))
    made: list[SentencePrediction] = []
    texts = list(sentences)
    with bundle.reading(len(texts), precision) as (form, _):
        for start in range(0, len(texts), _BATCH):
            batch = texts[start : start + _BATCH]
            tokens = [tokenize(text, bundle.document.text) for text in batch]
            rows, _ = lay_out([vocabulary.numbers(read) for read in tokens], words)
            found = _likeliest(bundle, form, rows, top)
            made += [
                SentencePrediction(
                    text,
                    classes if read else (),
                    tuple(word for word in read if word not in vocabulary),
                    max(len(read) - words.room, 0),
                )
                for text, read, classes in zip(batch, tokens, found, strict=True)
            ]
    return tuple(made)


def _predict_batch(
    bundle: Bundle, form: InferenceForm, pictures: list[tuple[Path, Tensor]], top: int
) -> list[Prediction]:
    if not pictures:
        return []
    found = _likeliest(bundle, form, torch.stack([fitted for _, fitted in pictures]), top)
    looks = bundle.looks
    return [
        Prediction(file, classes, "" if looks is None else looks.unlike(fitted))
        for (file, fitted), classes in zip(pictures, found, strict=True)
    ]


def _check_top(top: int) -> None:
    if top < 1:
        raise DataError(field_below("top", top, 1))


def _likeliest(
    bundle: Bundle, form: InferenceForm, inputs: Tensor, top: int
) -> list[tuple[tuple[str, float], ...]]:
    document = bundle.document
    read = Reader(form, document.preparation, document.recipe, bundle.mean)
    outputs, chances, classes = read(inputs.to(form.device))
    not_finite = int((~outputs.isfinite()).flatten(1).any(1).sum())
    if not_finite:
        noun = "picture" if bundle.vocabulary is None else "sentence"
        raise BundleError(outputs_not_finite(str(bundle.folder), not_finite, len(inputs), noun))
    return [
        tuple((bundle.classes[index], row[index]) for index in best)
        for row, best in zip(chances.tolist(), classes[:, :top].tolist(), strict=True)
    ]

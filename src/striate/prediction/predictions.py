"""Name what pictures show, and what sentences say."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np
import PIL.Image
import torch
from torch import Tensor

from striate.data import (
    fit_picture,
    is_stream,
    lay_out,
    pictures_below,
    single_images,
    tokenize,
)
from striate.errors import BundleError, DataError, Fault
from striate.errors.bundles import outputs_not_finite
from striate.errors.data import unreadable_file
from striate.errors.evaluation import (
    folder_without_pictures,
    network_reads_no_images,
    network_reads_no_sentences,
    not_a_picture_in_memory,
    not_a_sentence,
    sentences_needed,
)
from striate.errors.recipes import field_above, field_below, field_of_wrong_type
from striate.errors.streams import stream_not_predicted
from striate.prediction.bundle import Bundle, bundle_of
from striate.prediction.given import Picture, as_array, fit_array, is_array, is_there, pixels_of
from striate.prediction.views import Reader
from striate.recipe import Precision
from striate.runtime import InferenceForm
from striate.shapes import Image


_BATCH = 64
_MOST_CLASSES = 10**9

_GRAY, _COLOR = 1, 3
_AXES_WITH_CHANNELS = 3


@final
@dataclass(frozen=True, slots=True)
class Prediction:
    """What a network sees in one picture.

    Args:
        name: The picture: its path, or its place among those that were given.
        classes: Names and probabilities of the likeliest classes, the first one first. Those of a
            network with distances add up to less than 1 where a picture is far from every code.
        remark: What of it is outside of all that the network was trained on; empty where nothing is.
    """

    name: str
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
        left_out: What lies in a folder and is no picture, in words.
    """

    made: tuple[Prediction, ...]
    refused: tuple[Fault, ...]
    left_out: tuple[str, ...] = ()


def predict(
    bundle: Bundle | str | Path,
    pictures: Picture | Iterable[Picture],
    top: int = 3,
    precision: Precision = "auto",
) -> Predictions:
    """Name the likeliest classes of pictures.

    Files and PIL images are prepared as files are. Arrays and tensors are prepared as those of a data set:
    numbers that are plainly of 0 to 255, 0 to 1 or -1 to 1, in all of them alike.

    Args:
        bundle: A trained network, or the folder that it lies in.
        pictures: One picture, or several: files of any size and mode, for digits dark on light or light on
            dark; folders, whose pictures all are meant; PIL images; arrays and tensors of height x width,
            with 1 or 3 channels last or first. An array of more is a batch: examples first. One of three
            axes of which the first has 3 places is one picture where the network reads colors, and else
            three gray ones.
        top: Classes named a picture, at most.
        precision: Of products: `fp32`, `bf16`, or `auto`, which takes bf16 for large networks on devices
            that multiply it faster.

    Returns:
        A prediction for each picture that can be read; a broken one does not keep the others back.

    Raises:
        DataError: The network reads no images, what is given can be no pictures, or `top` is below 1.
        BundleError: There is no bundle, or what it computes is not finite.
    """
    _check_top(top)
    bundle = bundle_of(bundle)
    image = bundle.document.table.image
    if bundle.document.table.words is not None:
        raise DataError(sentences_needed(bundle.document.name))
    if image is None:
        raise DataError(network_reads_no_images(bundle.document.name))
    refused: list[Fault] = []
    left_out: list[str] = []
    given = list(_named(_listed(pictures, image), refused, left_out))
    made: list[Prediction] = []
    pending: list[tuple[str, Tensor]] = []
    with bundle.reading(len(given), precision) as (form, _):
        for name, fitted in _fitted_pictures(bundle, image, given, refused):
            pending.append((name, fitted))
            if len(pending) == _BATCH:
                made += _predict_batch(bundle, form, pending, top)
                pending = []
        made += _predict_batch(bundle, form, pending, top)
    return Predictions(tuple(made), tuple(refused), tuple(left_out))


def _fitted_pictures(
    bundle: Bundle, image: Image, given: Sequence[tuple[str, Picture]], refused: list[Fault]
) -> Iterator[tuple[str, Tensor]]:
    """Bring each picture to the input of a network, and note those that cannot be."""
    arrays = {name: as_array(value) for name, value in given if is_array(value)}
    stored, faults = single_images(arrays)
    refused += faults
    for name, value in given:
        if is_array(value) and name not in stored:
            continue
        try:
            if is_array(value):
                fitted = fit_array(stored[name], image, bundle.document.preparation)
            else:
                pixels = pixels_of(name, value)
                fitted = fit_picture(pixels, image, bundle.document.preparation, name)
        except DataError as error:
            refused += error.faults
        else:
            yield name, fitted


def _listed(pictures: object, image: Image) -> Iterable[Picture]:
    """Return one picture as a list of one, and several as they are.

    Raises:
        DataError: It is neither.
    """
    if isinstance(pictures, str | Path | PIL.Image.Image):
        return [pictures]
    if isinstance(pictures, np.ndarray | Tensor):
        return [pictures] if _is_one_picture(tuple(pictures.shape), image) else list(pictures)
    if isinstance(pictures, Mapping | bytes) or not isinstance(pictures, Iterable):
        raise DataError(not_a_picture_in_memory("pictures", type(pictures).__name__))
    return pictures


def _is_one_picture(shape: tuple[int, ...], image: Image) -> bool:
    """Whether an array is a single picture, or less, and no batch of them."""
    if len(shape) != _AXES_WITH_CHANNELS:
        return len(shape) < _AXES_WITH_CHANNELS
    has_channels_first = shape[0] == _GRAY or shape[0] == image.channels == _COLOR
    return shape[-1] in {_GRAY, _COLOR} or has_channels_first


def _named(
    pictures: Iterable[Picture], refused: list[Fault], left_out: list[str]
) -> Iterator[tuple[str, Picture]]:
    """Name each picture, those in folders too, and note what is none."""
    for place, picture in enumerate(pictures, start=1):
        if not isinstance(picture, str | Path):
            yield f"picture {place:,}", picture
            continue
        path = Path(picture)
        if is_stream(str(picture)):
            refused.append(stream_not_predicted(str(picture)))
            continue
        if not (is_there(path) and path.is_dir()):
            yield str(path), path
            continue
        try:
            files, others = pictures_below(path)
        except OSError as error:
            refused.append(unreadable_file(str(path), error.strerror or str(error)))
            continue
        left_out += [f"{path}, {said}" for said in others]
        if not files:
            refused.append(folder_without_pictures(str(path)))
        yield from ((str(file), file) for file in files)


def _texts(sentences: object) -> list[str]:
    """Return sentences as a list.

    Raises:
        DataError: Something is no text.
    """
    if isinstance(sentences, Mapping | bytes) or not isinstance(sentences, Iterable):
        raise DataError(not_a_sentence("sentences", type(sentences).__name__))
    texts = [sentences] if isinstance(sentences, str) else list(sentences)
    wrong = [
        not_a_sentence(f"sentence {place:,}", type(text).__name__)
        for place, text in enumerate(texts, start=1)
        if not isinstance(text, str)
    ]
    if wrong:
        raise DataError(*wrong)
    return texts


def predict_sentences(
    bundle: Bundle | str | Path,
    sentences: str | Iterable[str],
    top: int = 3,
    precision: Precision = "auto",
) -> tuple[SentencePrediction, ...]:
    """Name the likeliest classes of sentences.

    Args:
        bundle: A trained network of sentences, or the folder that it lies in.
        sentences: One sentence, or any texts.
        top: Classes named a sentence, at most.
        precision: Of products; `auto` is fp32 for sentences, most of whose products are left out instead.

    Returns:
        A prediction for each sentence, in the order in which they came.

    Raises:
        DataError: The network reads no sentences, something else than texts is given, or `top` is below 1.
        BundleError: There is no bundle, or what it computes is not finite.
    """
    _check_top(top)
    bundle = bundle_of(bundle)
    words, vocabulary = bundle.document.table.words, bundle.vocabulary
    if words is None or vocabulary is None:
        raise DataError(network_reads_no_sentences(bundle.document.name))
    made: list[SentencePrediction] = []
    texts = _texts(sentences)
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
    bundle: Bundle, form: InferenceForm, pictures: list[tuple[str, Tensor]], top: int
) -> list[Prediction]:
    if not pictures:
        return []
    found = _likeliest(bundle, form, torch.stack([fitted for _, fitted in pictures]), top)
    looks = bundle.looks
    return [
        Prediction(name, classes, "" if looks is None else looks.unlike(fitted))
        for (name, fitted), classes in zip(pictures, found, strict=True)
    ]


def _check_top(top: int) -> None:
    if type(top) is not int:
        raise DataError(field_of_wrong_type("top", repr(top), "a whole number"))
    if top < 1:
        raise DataError(field_below("top", top, 1))
    if top > _MOST_CLASSES:
        raise DataError(field_above("top", top, _MOST_CLASSES))


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

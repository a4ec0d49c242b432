"""What a bundle's network looks at: a picture or a sentence, prepared by the very rule of `predict`."""

from collections.abc import Sequence
from pathlib import Path

import torch

from striate.data import lay_out, tokenize, value_range
from striate.errors import SeeingError
from striate.errors.seeing import file_for_sentence, no_vocabulary, sentence_without_words
from striate.prediction import Bundle
from striate.prediction.bundle import prepare_content
from striate.see.gallery import Look


EMPTY = "-"
"""Name of the picture, or the sentence, on which nothing is."""


def look_at(bundle: Bundle, given: str | Path) -> Look:
    """Return a picture, or a sentence, as a network looks at it.

    Args:
        bundle: Its document says which.
        given: A file, or the sentence.

    Raises:
        DataError: The file cannot be decoded or fitted.
        SeeingError: The network reads sentences and has no vocabulary.
    """
    if bundle.document.table.words is not None:
        return _sentence(bundle, str(given))
    low, high = value_range(bundle.document.preparation, bundle.mean)
    return Look(Path(given).name, bundle.prepare(given), low, high)


def refuse_no_sentences(bundle: Bundle, given: Sequence[str]) -> None:
    """Name what was given to a network of sentences and is none: files, and texts without words.

    Raises:
        SeeingError: There is some.
    """
    faults = []
    for text in given:
        if _is_file(text):
            faults.append(file_for_sentence(text, bundle.document.name))
        elif not tokenize(text, bundle.document.text):
            faults.append(sentence_without_words(text))
    if faults:
        raise SeeingError(*faults)


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except OSError:  # a sentence may be too long for the name of a file
        return False


def look_at_content(bundle: Bundle, name: str, content: bytes) -> Look:
    """Return a picture whose bytes lie in memory, or a sentence in UTF-8, as a network looks at it.

    Args:
        bundle: Its document says which.
        name: Of the picture.
        content: Of its file, or the sentence.

    Raises:
        DataError: It cannot be decoded or fitted.
        SeeingError: The network reads sentences and has no vocabulary.
    """
    if bundle.document.table.words is not None:
        return _sentence(bundle, content.decode())
    low, high = value_range(bundle.document.preparation, bundle.mean)
    inputs = prepare_content(bundle.document, content, name, bundle.mean)
    return Look(name, inputs, low, high)


def empty_look(bundle: Bundle) -> Look:
    """Return a picture on which nothing is, to be drawn upon, or a sentence without words."""
    image = bundle.document.table.image
    if image is None:
        return _sentence(bundle, EMPTY)
    low, high = value_range(bundle.document.preparation, bundle.mean)
    return Look(EMPTY, torch.zeros(1, *image.axes) + torch.as_tensor(low), low, high)


def _sentence(bundle: Bundle, text: str) -> Look:
    words, vocabulary = bundle.document.table.words, bundle.vocabulary
    if words is None or vocabulary is None:
        raise SeeingError(no_vocabulary(bundle.document.name))
    tokens = tokenize(text, bundle.document.text)
    inputs, _ = lay_out([vocabulary.numbers(tokens)], words)
    # Where each word comes to lie, known or not.
    (places,), _ = lay_out([range(1, len(tokens) + 1)], words)
    shown = tuple(tokens[place - 1] if place else "" for place in places.tolist())
    unknown = [place for place, word in enumerate(shown) if word and word not in vocabulary]
    return Look(text, inputs, 0, 1, shown, tuple(unknown))

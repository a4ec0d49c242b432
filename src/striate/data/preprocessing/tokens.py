"""From a sentence to its tokens, and from tokens to the row of numbers that a network reads."""

import re
import unicodedata
from collections.abc import Sequence
from typing import assert_never

import torch
from torch import Tensor

from striate.data.examples import Examples
from striate.data.preprocessing.vocabulary import Vocabulary
from striate.preparation import TextPreparation
from striate.shapes import Words


# An ending that English writes on to a word, a word, or a run of one sign: `...`, `!!`, `''`.
_TOKEN = re.compile(r"n't\b|'(?:s|ve|re|d|ll|m)\b|\w+(?=n't\b)|\w+|([^\w\s])\1*", re.IGNORECASE)
_APOSTROPHES = str.maketrans({"\N{RIGHT SINGLE QUOTATION MARK}": "'", "`": "'"})


def tokenize(text: str, preparation: TextPreparation) -> list[str]:
    """Part a sentence into tokens.

    Characters that Unicode spells in two ways are made one first (NFC): Hangul that a Mac has
    written in single letters is the same as Hangul in syllables.

    Args:
        text: Any text.
        preparation: What a token is.

    Examples:
        >>> tokenize("It isn't Hitchcock's best...", TextPreparation())
        ['it', 'is', "n't", 'hitchcock', "'s", 'best', '...']
        >>> tokenize("정말 좋다!", TextPreparation(tokens="characters"))
        ['정', '말', '좋', '다', '!']
    """
    plain = unicodedata.normalize("NFC", text)
    if preparation.letters == "lower":
        plain = plain.lower()
    match preparation.tokens:
        case "words":
            found = _TOKEN.finditer(plain.translate(_APOSTROPHES))
            return [match.group() for match in found]
        case "characters":
            return [character for character in plain if not character.isspace()]
        case _:
            assert_never(preparation.tokens)


def lay_out(sentences: Sequence[Sequence[int]], words: Words) -> tuple[Tensor, int]:
    """Lay word numbers into rows of one length, with zeros around them.

    Args:
        sentences: The numbers of each sentence.
        words: The length of a row, and the zeros before and behind.

    Returns:
        int32, sentences x words; and how many sentences were longer than a row holds and are cut.
    """
    rows = torch.zeros(len(sentences), words.count, dtype=torch.int32)
    cut = 0
    for row, numbers in zip(rows, sentences, strict=True):
        kept = torch.tensor(numbers[: words.room], dtype=torch.int32)
        row[words.padding : words.padding + len(kept)] = kept
        cut += len(numbers) > words.room
    return rows, cut


def fit_sentences(
    examples: Examples,
    texts: Sequence[str],
    words: Words,
    preparation: TextPreparation,
    vocabulary: Vocabulary,
) -> tuple[Examples, int]:
    """Bring sentences to the network's input.

    Args:
        examples: Their images are the numbers of sentences, examples x 1.
        texts: The sentences.
        words: What the network reads.
        preparation: What a token is.
        vocabulary: The words that have a number.

    Returns:
        Examples whose images are word numbers, and how many of the sentences are cut.
    """
    chosen = (texts[index] for index in examples.images.flatten().tolist())
    numbers = [vocabulary.numbers(tokenize(text, preparation)) for text in chosen]
    rows, cut = lay_out(numbers, words)
    return Examples(rows, examples.labels), cut

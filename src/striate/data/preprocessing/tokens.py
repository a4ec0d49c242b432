"""From a sentence to its tokens, and from tokens to the row of numbers that a network reads."""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import assert_never

import torch
from torch import Tensor

from striate.data.examples import Examples
from striate.data.preprocessing.vocabulary import Vocabulary
from striate.preparation import TextPreparation
from striate.shapes import Words


# Behind these characters there are ideographs, and marks that are named below.
_SCRIPTS = 0x20000


def _ranges(categories: tuple[str, ...]) -> str:
    """Return all characters of some categories of Unicode, as a part of a class of characters."""
    found = [code for code in range(_SCRIPTS) if unicodedata.category(chr(code)) in categories]
    starts = [code for at, code in enumerate(found) if at == 0 or found[at - 1] != code - 1]
    ends = [code for at, code in enumerate(found) if found[at + 1 : at + 2] != [code + 1]]
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in zip(starts, ends, strict=True))


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what a token of words is, and what a character is; networks of pictures do not wait for it."""
    # What belongs to the character before it: vowel signs and accents, joiners, colors of skin, and tags.
    marks = (
        _ranges(("Mn", "Mc", "Me"))
        + "\u200c\u200d\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\U000e0100-\U000e01ef"
    )
    # One character as a reader sees it: two letters of a flag, or a character with its marks, and what is
    # joined to it by U+200D.
    seen = rf"(?:[\U0001f1e6-\U0001f1ff]{{2}}|[^\s](?:[{marks}]|(?<=\u200d)[^\s\w])*)"
    # An ending that English writes on to a word, a word, or a run of one sign: `...`, `!!`, `''`.
    token = rf"n't\b|'(?:s|ve|re|d|ll|m)\b|\w+(?=n't\b)|\w[\w{marks}]*|(?!\w)({seen})\1*"
    return re.compile(token, re.IGNORECASE), re.compile(seen)


# Where a word may be parted, and marks of the order of bytes: no reader sees them.
_UNSEEN = re.compile("[\u00ad\u2060\ufeff]")
_APOSTROPHES = str.maketrans({"\N{RIGHT SINGLE QUOTATION MARK}": "'", "`": "'"})


def tokenize(text: str, preparation: TextPreparation) -> list[str]:
    """Part a sentence into tokens.

    Characters that Unicode spells in several ways are made one first (NFKC): Hangul that a Mac has
    written in single letters is the same as Hangul in syllables, and full-width letters are letters.
    What is seen as one character is never parted, and soft hyphens are left out.

    Args:
        text: Any text.
        preparation: What a token is.

    Examples:
        >>> tokenize("It isn't Hitchcock's best...", TextPreparation())
        ['it', 'is', "n't", 'hitchcock', "'s", 'best', '...']
        >>> tokenize("정말 좋다!", TextPreparation(tokens="characters"))
        ['정', '말', '좋', '다', '!']
        >>> tokenize("हिन्दी ＡＢＣ", TextPreparation())
        ['हिन्दी', 'abc']
    """
    words, characters = _patterns()
    plain = unicodedata.normalize("NFKC", _UNSEEN.sub("", text)).replace("\u200b", " ")
    if preparation.letters == "lower":
        plain = plain.lower()
    match preparation.tokens:
        case "words":
            found = words.finditer(plain.translate(_APOSTROPHES))
            return [match.group() for match in found]
        case "characters":
            return characters.findall(plain)
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

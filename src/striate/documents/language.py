"""In which language a document is written, and so in which its messages are."""

from collections.abc import Iterable, Iterator

from striate.documents.parts import Parts
from striate.errors.words import Language


_FIRST_SYLLABLE, _LAST_SYLLABLE = "가", "힣"
LEAST_SHARE = 0.1
"""Part of the letters that is Hangul in a Korean text; its layers, functions and code are in Latin letters."""


def language_of(parts: Parts) -> Language:
    """Tell Korean by its letters; everything else is answered in English.

    Args:
        parts: The document. Its prose and tables count, or its blocks if there is nothing else.
    """
    written = [text for text in _written(parts) if text] or [
        line for block in parts.blocks for line in block.lines
    ]
    return "ko" if share_of_hangul(written) >= LEAST_SHARE else "en"


def share_of_hangul(texts: Iterable[str]) -> float:
    """Return which part of all letters is Hangul syllables; 0 where there is no letter."""
    letters = hangul = 0
    for text in texts:
        letters += sum(map(str.isalpha, text))
        if not text.isascii():
            hangul += sum(_FIRST_SYLLABLE <= letter <= _LAST_SYLLABLE for letter in text)
    return hangul / letters if letters else 0.0


def _written(parts: Parts) -> Iterator[str]:
    yield parts.title
    yield from (text for _, text in parts.prose)
    for grid in parts.grids:
        yield from grid.titles
        for _, cells in grid.lines:
            yield from cells

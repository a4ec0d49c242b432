"""The words of a network, and their numbers. It travels in the bundle as a text file."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import final


_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r"}
_PLAIN = {written: plain for plain, written in _ESCAPES.items()}


@final
@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Every word that has a number, from 1 on; 0 is the padding, and any word that is not known.

    Args:
        words: In the order of their numbers, each once.
    """

    words: tuple[str, ...]
    _places: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        places = {word: number for number, word in enumerate(self.words, start=1)}
        object.__setattr__(self, "_places", places)

    def __len__(self) -> int:
        """Number of words."""
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        """Whether a word has a number."""
        return word in self._places

    def numbers(self, tokens: Iterable[str]) -> list[int]:
        """Give the number of each token: 0 for those that are not known."""
        return [self._places.get(token, 0) for token in tokens]

    def text(self) -> str:
        r"""Write one word a line, in the order of their numbers; `\` stands as `\\`, a line's end as `\n`."""
        escaped = (
            re.sub(r"[\\\n\r]", lambda one: _ESCAPES[one.group()], word) for word in self.words
        )
        return "".join(f"{word}\n" for word in escaped)


def read_vocabulary(text: str) -> Vocabulary:
    """Read what `Vocabulary.text` has written.

    Raises:
        ValueError: A word stands twice.
    """
    lines = text.split("\n")[:-1]
    words = tuple(re.sub(r"\\[\\nr]", lambda one: _PLAIN[one.group()], line) for line in lines)
    if len(set(words)) < len(words):
        message = "a word stands twice"
        raise ValueError(message)
    return Vocabulary(words)


def vocabulary_of(sentences: Iterable[Sequence[str]]) -> Vocabulary:
    """Give every word of some sentences a number: the most frequent first, then by the alphabet.

    Args:
        sentences: The tokens of each sentence.
    """
    counts = Counter(token for tokens in sentences for token in tokens)
    return Vocabulary(tuple(sorted(counts, key=lambda word: (-counts[word], word))))

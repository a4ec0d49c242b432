"""One thing that is wrong: where it is, what came, what is needed, what to do."""

import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher, get_close_matches


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an input.

    Args:
        where: Row, column, field or file, in the user's words.
        came: What was found there, with its value.
        needed: What would be accepted.
        fix: What to do about it.
        line: Line of the document, counted from 1; None outside of documents.
    """

    where: str
    came: str
    needed: str
    fix: str
    line: int | None = None

    def at(self, where: str, line: int | None) -> "Fault":
        """Say where a fault stands that was found by code which cannot know."""
        return replace(self, where=where, line=line)

    def __str__(self) -> str:
        """Give the four parts: place and finding, then need and remedy on lines of their own."""
        parts = [] if self.line is None else [f"line {self.line}"]
        parts += [in_a_line(self.where)] if self.where else []
        place, came = ", ".join(parts), in_a_line(self.came)
        opening = f"{place}: {came}" if place else came
        return f"{opening}\n  Needed: {in_a_line(self.needed)}\n  Fix: {self.fix}"


def in_a_line(text: str) -> str:
    """Write ends of lines out: a name that holds one must not look like a part of the message."""
    return text.replace("\r", "\\r").replace("\n", "\\n")


def typed(path: str) -> str:
    """Write a path as a command takes it: in quotes where a shell would take it apart."""
    return shlex.quote(path)


def listed(choices: Iterable[str]) -> str:
    """Join names for a message: `a, b or c`."""
    names = list(choices)
    return " or ".join([", ".join(names[:-1]), names[-1]] if names[:-1] else names)


def in_a_list(name: str) -> str:
    """Write a name so that commas and spaces in it are seen to belong to it."""
    return repr(name) if "," in name or name != name.strip() or not name else name


SURELY = 0.8
"""How like a choice a word is that can be read as it: a letter or two amiss, no more."""


def nearest(came: str, choices: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Find the choice that a misspelt word most likely meant, whatever its case.

    Args:
        came: The word.
        choices: The words it may have meant.
        cutoff: How like the choice must be, from 0 to 1, the same word.
    """
    by_folded = {choice.casefold(): choice for choice in choices}
    matches = get_close_matches(came.casefold(), by_folded, n=_CONSIDERED, cutoff=cutoff)
    alike = (match for match in matches if _is_slip(came.casefold(), match))
    match = next(alike, None)
    return None if match is None else by_folded[match]


_CONSIDERED = 5
_WORDS_ALIKE = 0.5


def _is_slip(came: str, choice: str) -> bool:
    """Whether each word of a name may be a slip of the other's: `출력 크기` is another thing than `커널 크기`."""
    words, others = (re.split(r"[\s_\-/]+", name.strip()) for name in (came, choice))
    return len(words) != len(others) or all(
        SequenceMatcher(None, word, other).ratio() > _WORDS_ALIKE
        for word, other in zip(words, others, strict=True)
    )


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """Write a number with its noun: `1 map`, `6 maps`, `2 branches`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def all_quoted(names: Sequence[str]) -> str:
    """Write all of some names in quotes: `'a'`, `'a' and 'b'`, `'a', 'b' and 'c'`."""
    quoted = [repr(name) for name in names]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]] if quoted[:-1] else quoted)

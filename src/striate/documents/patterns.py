"""Regular expressions that are compiled when a text first holds what they cannot do without."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final, cast, final


def pattern_of(text: str, flags: int = 0) -> re.Pattern[str]:
    """Give a regular expression that is compiled when it may first match.

    There are hundreds, and to compile them takes longer than to read most documents, which need a few of them. So
    each is first asked which letters all its matches hold, and is passed over where a text has none of them.

    >>> pattern_of(r"C[1-5]").fullmatch("C3").group()
    'C3'
    """
    return cast("re.Pattern[str]", Uncompiled(text, flags))


_ENOUGH: Final = 256
"""Texts that are passed over, as many as take the time of compiling."""


@final
class Uncompiled:
    """Stands for a regular expression until it is compiled, and takes its methods over then."""

    def __init__(self, text: str, flags: int) -> None:
        self.text, self.flags = text, flags
        self._compiled: re.Pattern[str] | None = None
        self._needs: Needs | None = None
        self._passed = 0

    @property
    def is_compiled(self) -> bool:
        """Whether it has been asked of a text that may hold a match."""
        return self._compiled is not None

    def search(self, text: str, *within: int) -> re.Match[str] | None:
        """Find the first match, as `re` does."""
        return self.compiled().search(text, *within) if self._is_asked(text) else None

    def match(self, text: str, *within: int) -> re.Match[str] | None:
        """Match at the beginning, as `re` does."""
        return self.compiled().match(text, *within) if self._is_asked(text) else None

    def fullmatch(self, text: str, *within: int) -> re.Match[str] | None:
        """Match a whole text, as `re` does."""
        return self.compiled().fullmatch(text, *within) if self._is_asked(text) else None

    def finditer(self, text: str, *within: int) -> Iterator[re.Match[str]]:
        """Find all matches, as `re` does."""
        return self.compiled().finditer(text, *within) if self._is_asked(text) else iter(())

    def findall(self, text: str, *within: int) -> list[Any]:
        """Find the texts of all matches, as `re` does."""
        return self.compiled().findall(text, *within) if self._is_asked(text) else []

    def sub(self, new: str | Callable[[re.Match[str]], str], text: str, count: int = 0) -> str:
        """Replace all matches, as `re` does."""
        return self.compiled().sub(new, text, count) if self._is_asked(text) else text

    def _is_asked(self, text: str) -> bool:
        """Whether a text is one for the compiled expression."""
        if self._compiled is not None or self._passed == _ENOUGH or self.may_match(text):
            return True
        self._passed += 1
        return False

    def may_match(self, text: str) -> bool:
        """Whether a text holds what every match does, as far as the letters of the expression tell."""
        if self._needs is None:
            self._needs = needs_of(self.text, self.flags)
        return may_hold(_folded(text) if self.flags & re.IGNORECASE else text, self._needs)

    def compiled(self) -> re.Pattern[str]:
        """Compile the expression; its methods are then those of `re` at once."""
        if self._compiled is None:
            self._compiled = re.compile(self.text, self.flags)
            for name in ("search", "match", "fullmatch", "finditer", "findall", "sub"):
                setattr(self, name, getattr(self._compiled, name))
        return self._compiled

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.compiled(), name)
        setattr(self, name, found)  # the next use goes to it at once
        return found


def _folded(text: str) -> str:
    # `re` takes İ for an i alone, and folding leaves its dot behind.
    return text.lower() if text.isascii() else text.casefold().replace("i\u0307", "i")


_PIECE: Final = re.compile(
    r"[^\\\[\]()|?*+{}.^$]+|\((?:\?(?:P<\w+>|<?[=!]|:)?)?|[?*+][?+]?|\{\d*,?\d*\}[?+]?|"
    r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^}]*\}|\d{1,3}|.)|\[\^?\]?(?:\\.|[^\]\\])*\]|.",
    re.DOTALL,
)
"""Pieces of a regular expression: letters, the beginning of a group, a count, an escape, a class, any other sign."""

Needs = tuple[tuple["str | Needs", ...], ...]
"""Alternatives, each of letters and further alternatives of which a match holds all; none if nothing is known."""


def needs_of(text: str, flags: int = 0) -> Needs:
    r"""Give letters without which a regular expression matches nothing; none where that cannot be told.

    >>> needs_of(r"(?<![a-z])(?:strides?|steps? of)\s*(\d+)=")
    (('=', (('stride',), ('step', ' of'))),)
    """
    if flags & re.VERBOSE:
        return ()
    pieces = _PIECE.findall(text)
    if "(?" in pieces:  # flags within, or a condition
        return ()
    return _alternatives(iter(pieces), folds=bool(flags & re.IGNORECASE))


def may_hold(text: str, needs: Needs) -> bool:
    """Whether a text holds all letters of one of several alternatives."""
    for branch in needs:
        for needed in branch:
            if not (needed in text if isinstance(needed, str) else may_hold(text, needed)):
                break
        else:
            return True
    return not needs


def _alternatives(pieces: Iterator[str], *, folds: bool) -> Needs:
    """Read up to the end of a group."""
    branches = []
    end = "|"
    while end == "|":
        branch, end = _sequence(pieces, folds=folds)
        branches.append(branch)
    return tuple(branches) if all(branches) else ()


def _sequence(pieces: Iterator[str], *, folds: bool) -> tuple[tuple["str | Needs", ...], str]:
    """Read one alternative, and say what ends it."""
    words: list[str] = []
    groups: list[Needs] = []
    letters, end = "", ""
    counted: Needs = ()
    """The group that a count may follow."""
    for piece in pieces:
        first = piece[0]
        is_count = first in "?*+" or (first == "{" and len(piece) > 1)
        if is_count and (first in "?*" or piece[1:2] in {"0", ","}):
            letters, counted = letters[:-1], ()
        if counted:
            groups.append(counted)
            counted = ()
        letter = "" if is_count else _letters(piece)
        letters += letter
        if letter:
            continue
        if letters:
            words.append(_folded(letters) if folds else letters)
            letters = ""
        if first in "|)":
            end = first
            break
        if first == "(":
            inner = _alternatives(pieces, folds=folds)
            counted = inner if piece == "(" or piece[2] in ":P" else ()
    words += [_folded(letters) if folds else letters] if letters else []
    groups += [counted] if counted else []
    # Letters are asked for before groups, and the longest first.
    return (*sorted(words, key=len, reverse=True), *groups), end


def _letters(piece: str) -> str:
    """Give the letters that a piece stands for; none for a class, a group or another sign."""
    if piece[0] != "\\":
        return "" if piece[0] in "([.^$|)" else piece
    if piece[1] in "xu" and len(piece) > len(r"\x"):
        return chr(int(piece[2:], 16))
    return "" if piece[1].isalnum() else piece[1]

"""Messages and verdicts in another language: a catalogue of sentences with holes, in one place.

Messages are built in English, each by its function. What is asked for in Korean is looked up in
`korean.txt`, which holds every sentence as it stands in the code, with `{}` for what is filled in, and
below it the same in Korean, with `{1}` and `{2}` for the same holes. A text may be several sentences,
joined by a full stop, a semicolon, a colon or a comma, and what fills a hole may be one, too. A text of which
a part is not in the catalogue stays English as a whole and is counted, so that whoever prints it can say so.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal, final

from striate.errors.fault import Fault, in_a_line
from striate.errors.particles import with_particles
from striate.errors.remark import Remark


Language = Literal["en", "ko"]

CATALOGUE = Path(__file__).with_name("korean.txt")
_FILLED = re.compile(r"\{(\d+)\}")
_HOLE = re.compile(r"\{[*#]?\}")
_WORD = re.compile(r"""(?!it$)[^\s'"`]+|'[^']*'|"[^"]*\"""")
_JOINTS = re.compile(r"(?<=\.) |; |, |: ")
_ENDS = re.compile(r"; |: |\. ")
_MOST_JOINTS = 40
"""A text of more parts stays English, so that no text takes long."""
_LAST = re.compile(r" (or|and) (?=[^ ]+$|[^a-z ][^,;]*$)")
_MORE = re.compile(r" and ([\d,]+) more$")
"""What stands behind a list of which only the beginning is given."""
_NAME = re.compile(r"[A-Z\d#]")
"""How names in a list begin: `Global average pooling`."""
_QUOTED = re.compile(r"""'[^']*'|"[^"]*"|`[^`]*`""")
_ENGLISH = re.compile("(?!floor|ceil)(?<![A-Za-z])[A-Za-z]{2,}")
_PHRASE = re.compile(r"(?<![\w.'(-])[a-z]+ [a-z]{2,}(?![\w(=])")
"""Two words in small letters: a part of a sentence, where names and numbers have none."""


@final
@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the catalogue.

    Args:
        english: As it stands in the code, with `{}` for each hole.
        korean: The same in Korean, with numbered holes.
    """

    english: str
    korean: str

    @property
    def pieces(self) -> list[str]:
        """Give what stands around the holes in English."""
        return _HOLE.split(self.english)

    @property
    def letters(self) -> int:
        """Count the letters that are its own; of two sentences that fit, the one with more is meant."""
        return sum(map(len, self.pieces))

    def values_in(self, text: str) -> list[str] | None:
        """Return what fills the holes of a text that is this sentence; None if it is another one."""
        opening, *pieces = self.pieces
        if not pieces:
            return [] if text == opening else None
        if not text.startswith(opening) or not text.endswith(pieces[-1]):
            return None
        values, start, end = [], len(opening), len(text) - len(pieces[-1])
        for piece in pieces[:-1]:
            found = text.find(piece, start, end)
            if found < 0:
                return None
            values.append(text[start:found])
            start = found + len(piece)
        if start > end:
            return None
        values.append(text[start:end])
        fit = zip(_HOLE.findall(self.english), values, strict=True)
        return values if all(_fills(hole, value) for hole, value in fit) else None

    def said(self, values: Sequence[str]) -> list[str] | None:
        """Say what fills the holes; None if something is part of an English sentence that is not known."""
        holes = zip(_HOLE.findall(self.english), values, strict=True)
        said = [_value(value) if hole == "{}" else _shortened(value) for hole, value in holes]
        known = [value for value in said if value is not None]
        return known if len(known) == len(said) else None

    def filled(self, *values: str) -> str:
        """Return the Korean sentence with its holes filled."""
        return with_particles(_FILLED.sub(lambda hole: values[int(hole[1]) - 1], self.korean))


def _fills(hole: str, value: str) -> bool:
    """Whether a value may stand in a hole: `{*}` takes any text, `{#}` one word, `{}` no end of a sentence."""
    if hole == "{}":
        return bool(value) and not _ENDS.search(_QUOTED.sub("", value))
    return hole == "{*}" or _WORD.fullmatch(value) is not None


@cache
def catalogue(section: str) -> tuple[Sentence, ...]:
    """Read one section of the catalogue, the sentences of the most letters first.

    Args:
        section: `words` of the command line, `places` in a document, or `sentences` of messages.
    """
    text = CATALOGUE.read_text(encoding="utf-8")
    body = text.partition(f"## {section}\n")[2].partition("\n## ")[0]
    pairs = (block.splitlines() for block in body.strip("\n").split("\n\n"))
    found = [Sentence(english, korean) for english, korean in pairs]
    return tuple(sorted(found, key=lambda sentence: -sentence.letters))


@cache
def _words() -> dict[str, Sentence]:
    return {sentence.english: sentence for sentence in catalogue("words")}


@final
@dataclass(slots=True)
class Words:
    """Says things in a language.

    Args:
        language: `en`, which leaves everything as it is, or `ko`.
        untranslated: What had to stay English, each text once.
    """

    language: Language = "en"
    untranslated: dict[str, None] = field(default_factory=dict)

    def __call__(self, text: str, *values: object) -> str:
        """Say a sentence of the command line.

        Args:
            text: In English, with `{}` for each value.
            values: What fills the holes.
        """
        filled = tuple(map(str, values))
        known = _words().get(text) if self.language == "ko" else None
        if known is not None:
            return known.filled(*filled)
        if self.language == "ko":
            self.untranslated[text] = None
        return text.format(*filled)

    def counted(self, number: int, noun: str) -> str:
        """Say a number of things: `1 network`, `6 networks`."""
        return self(f"{{}} {noun}{'' if number == 1 else 's'}", f"{number:,}")

    def fault(self, fault: Fault) -> str:
        """Say a fault as `str` does: where and what came, what is needed, what to do."""
        if self.language == "en":
            return str(fault)
        place = [] if fault.line is None else [self("line {}", fault.line)]
        place += [self.place(in_a_line(fault.where))] if fault.where else []
        opening, *remedy = self.told(fault)
        return "\n  ".join([f"{', '.join(place)}: {opening}" if place else opening, *remedy])

    def told(self, fault: Fault) -> tuple[str, str, str]:
        """Say what came, what is needed and what to do."""
        return (
            self.sentence(in_a_line(fault.came)),
            self("Needed: {}", self.sentence(in_a_line(fault.needed))),
            self("Fix: {}", self.sentence(fault.fix)),
        )

    def remark(self, remark: Remark) -> str:
        """Say a remark with its line and row."""
        line = "" if remark.line is None else f"{self('line {}', remark.line)}, "
        return f"{line}{self.place(remark.row)}: {self.sentence(remark.text)}"

    def place(self, where: str) -> str:
        """Say where something is; names that the document gives stay as they are."""
        if self.language == "ko":
            for known in catalogue("places"):
                values = known.values_in(where)
                if values is not None:
                    return known.filled(*map(self.place, values))
        return where

    def sentence(self, text: str) -> str:
        """Say a sentence that was built elsewhere, or several that were joined."""
        said = text if self.language == "en" else _said(text)
        if said is None:
            self.untranslated[text] = None
        return text if said is None else said


@lru_cache(4096)
def _said(text: str) -> str | None:
    """Say a text: a sentence, several that are joined, or names and numbers; None if a part is not known."""
    if not _has_words(text) or (_NAME.match(text) and _WORD.fullmatch(text.removesuffix("."))):
        return text
    if text.endswith("."):
        said = _said(text[:-1])
        return None if said is None else f"{said}."
    whole = _whole(text)
    return whole if whole is not None else _joined(text) or _listed(text)


def _has_words(text: str) -> bool:
    return _ENGLISH.search(_QUOTED.sub("", text)) is not None


def _whole(text: str) -> str | None:
    """Say a text that is one sentence of the catalogue."""
    for known in catalogue("sentences"):
        values = known.values_in(text)
        said = None if values is None else known.said(values)
        if said is not None:
            return known.filled(*said)
    return None


def _joined(text: str) -> str | None:
    """Say sentences that are joined."""
    joints = list(_JOINTS.finditer(text))
    for joint in joints if len(joints) <= _MOST_JOINTS else ():
        part = text[: joint.start()]
        sentence = part.removesuffix(".")
        first = _whole(sentence) if _has_words(part) else sentence
        rest = None if first is None else _said(text[joint.end() :])
        if rest is not None:
            return f"{first}{part[len(sentence) :]}{joint.group()}{rest}"
    return None


def _listed(text: str) -> str | None:
    """Say a list of names: `a, b or c`."""
    last = _LAST.search(text)
    if last is None:
        return None
    names = [*text[: last.start()].split(", "), text[last.end() :]]
    values = [name if _NAME.match(name) else _value(name) for name in names]
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    *others, end = known
    listed = ", ".join(others)
    return f"{listed} 또는 {end}" if last[1] == "or" else with_particles(f"{listed}과/와 {end}")


def _shortened(text: str) -> str:
    """Say that names are left out behind those that are given; the names stay as they are."""
    more = _MORE.search(text)
    return text if more is None else f"{text[: more.start()]} 외 {more[1]}개"


def _value(text: str) -> str | None:
    """Say what fills a hole: a sentence within a sentence, a list, or what the document gives."""
    said = _said(text)
    return text if said is None and not _PHRASE.search(_QUOTED.sub("", text)) else said

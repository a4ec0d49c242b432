"""Messages and verdicts in another language: a catalogue of sentences with holes, in one place.

Messages are built in English, each by its function. What is asked for in Korean is looked up in
`korean.txt`, which holds every sentence as it stands in the code, with `{}` for what is filled in, and
below it the same in Korean, with `{1}` and `{2}` for the same holes. A sentence that it does not hold
stays English and is counted, so that whoever prints it can say so.
"""

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal, final

from striate.errors.fault import Fault, in_a_line
from striate.errors.particles import with_particles
from striate.errors.remark import Remark


Language = Literal["en", "ko"]

CATALOGUE = Path(__file__).with_name("korean.txt")
_HOLE = re.compile(r"\{(\d*)\}")
_LISTED = re.compile(r"((?:[^,;.'\"`]+, )*[^,;.'\"`]+) (or|and) ([^,;.'\"`]+)")
_JOINTS = re.compile(r"(?<=\.) |; |, |: ")


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
        return self.english.split("{}")

    @property
    def letters(self) -> int:
        """Count the letters that are its own; of two sentences that fit, the one with more is meant."""
        return sum(map(len, self.pieces))

    def values_in(self, text: str) -> tuple[str, ...] | None:
        """Return what fills the holes of a text that is this sentence; None if it is another one."""
        if not all(piece in text for piece in self.pieces):
            return None
        found = re.fullmatch("(.*?)".join(map(re.escape, self.pieces)), text, re.DOTALL)
        return None if found is None else found.groups()

    def filled(self, *values: str) -> str:
        """Return the Korean sentence with its holes filled."""
        return with_particles(_HOLE.sub(lambda hole: values[int(hole[1]) - 1], self.korean))


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
        if self.language == "en" or not text:
            return text
        said = _known(text)
        if said is not None:
            return said
        for joint in _JOINTS.finditer(text):
            first = _known(text[: joint.start()])
            if first is not None:
                return f"{first}{joint.group()}{self.sentence(text[joint.end() :])}"
        self.untranslated[text] = None
        return text


def _known(text: str) -> str | None:
    """Say a text that is one sentence of the catalogue, with or without its full stop."""
    for known in catalogue("sentences"):
        values = known.values_in(text)
        if values is not None:
            return known.filled(*map(_value, values))
    return f"{said}." if text.endswith(".") and (said := _known(text[:-1])) is not None else None


def _value(text: str) -> str:
    """Say what fills a hole: a sentence within a sentence, a list, or what the document gives."""
    if " " not in text:
        return text
    said = _known(text)
    if said is not None:
        return said
    listed = _LISTED.fullmatch(text)
    if listed is None:
        return text
    first, joint, last = listed.groups()
    return f"{first} 또는 {last}" if joint == "or" else with_particles(f"{first}과/와 {last}")

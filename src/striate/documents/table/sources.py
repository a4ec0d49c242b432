"""Which rows a row reads, where a column of the table says so: `Connected to`, `From`."""

import re
from dataclasses import dataclass
from typing import final

from striate.documents.patterns import pattern_of
from striate.documents.table.lines import Draft
from striate.documents.table.rows import JOINING
from striate.documents.table.text import plain
from striate.documents.table.words import ops_in
from striate.errors import Fault
from striate.errors.inference import source_not_found


_INPUT = -1
_INDICES = pattern_of(r"(?:\[\d+\])+")
_BETWEEN = pattern_of(r"\s*(?:[,;+&、，/]|(?<![\w])(?:and|und)(?![\w])|와 |과 |及|和|と)\s*")
_ABOVE = pattern_of(
    r"(?:the )?(?:previous|prev|above|last|preceding)(?: (?:layer|row|one))?", re.IGNORECASE
)
_COUNTED = pattern_of(r"(?:#|no\. ?|row |layer )?(\d{1,4})", re.IGNORECASE)


@final
@dataclass(frozen=True)
class Sources:
    """What the column of sources gave.

    Args:
        is_column: Whether the column names rows at all; if not, it holds something else.
        faults: Sources that are no rows above.
    """

    is_column: bool
    faults: tuple[Fault, ...] = ()


def follow(draft: Draft) -> Sources:
    """Find the lines that each line reads, and write them into it.

    A name means the nearest row above that bears it. A row that says nothing reads the one above.
    """
    if not any(line.sources for line in draft.lines):
        _follow_words(draft)
        return Sources(is_column=True)
    places = {_called(draft.first_name): _INPUT, "input": _INPUT}
    if draft.first_number:
        places[_called(draft.first_number)] = _INPUT
    if draft.lines and re.search(
        r"input|입력|输入|入力|eingabe", draft.lines[0].sources, re.IGNORECASE
    ):
        # Keras gives the input a name of its own where it prints no row for it.
        named = plain(_INDICES.sub("", draft.lines[0].sources))
        if not _BETWEEN.search(named):
            places.setdefault(_called(named), _INPUT)
    found: list[tuple[tuple[int, ...], list[str]]] = []
    for number, line in enumerate(draft.lines):
        found.append(_read(line.sources, places, number))
        for name in (_called(line.name), line.number.casefold()):
            if name:
                places[name] = number
    if not any(reads for reads, _ in found):
        return Sources(is_column=False)
    faults = []
    for number, (line, (reads, unknown)) in enumerate(zip(draft.lines, found, strict=True)):
        line.reads = () if reads == (number - 1,) else reads
        faults += [source_not_found(line.name, source, line.line) for source in unknown]
    return Sources(is_column=True, faults=tuple(faults))


_JOINED = pattern_of(
    r"^(?P<join>(?:[^\W\d]|[ -])*?)(?P<with>\s+(?:with|mit|와|과))?[\s:(\[]+(?:of\s+)?(?P<names>[^()\[\]]+?)[)\]]?\s*$",
    re.IGNORECASE,
)
"""The word of a layer that joins rows, and the names of those rows: `Concat u2, e2`, `Add with e1`."""


def _follow_words(draft: Draft) -> None:
    """Find the rows that a row joins where its own words name them, as no column does.

    Words that name no rows above are left as they are.
    """
    places = {_called(draft.first_name): _INPUT, "input": _INPUT}
    for number, line in enumerate(draft.lines):
        for role, text in line.cells.items() if line.steps[0].op in JOINING else ():
            joins = [end for _, end, op in ops_in(plain(text)) if op in JOINING]
            found = _JOINED.match(plain(text)) if joins and role in {"type", "details"} else None
            if found is None:
                continue
            reads, unknown = _read(found["names"].replace(" + ", ", "), places, number)
            # `Concat with e1` joins it to the row above.
            reads = (number - 1, *reads) if found["with"] or len(reads) == 1 else reads
            if reads and not unknown and len(set(reads)) > 1:
                line.reads = reads
                line.cells = {**line.cells, role: found["join"], "from": found["names"]}
                break
        if _called(line.name):
            places[_called(line.name)] = number


def _read(text: str, places: dict[str, int], number: int) -> tuple[tuple[int, ...], list[str]]:
    """Give the lines that a cell names, and the names in it that are none."""
    bare = re.sub(r"[\[\]'\"]", "", _INDICES.sub(" ", plain(text)))
    reads: list[int] = []
    unknown: list[str] = []
    for part in _BETWEEN.split(bare) if _called(bare) not in places else [bare]:
        words = [part] if _place(part, places, number) is not None else part.split()
        for word in words:
            place = _place(word, places, number)
            if place is None:
                unknown.append(word)
            else:
                reads.append(place)
    return tuple(reads), unknown


def _place(name: str, places: dict[str, int], number: int) -> int | None:
    words = _called(name)
    if not words:
        return None
    if _ABOVE.fullmatch(words):
        return number - 1
    if re.fullmatch(r"-\d{1,3}", words):
        above = number + int(words)
        return above if above >= _INPUT else None
    counted = _COUNTED.fullmatch(words)
    return places.get(words, places.get(counted[1]) if counted else None)


def _called(name: str) -> str:
    """Give the name of a row without what stands in brackets behind it: `conv2d (Conv2D)` is conv2d."""
    return re.split(r"\s*\(", plain(name))[0].strip(" .:").casefold()

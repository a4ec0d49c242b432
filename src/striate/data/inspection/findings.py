"""What may be wrong with a data set, told from its summary or from a look at every example."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, final
from unicodedata import normalize

from striate.data.images.listing import Split
from striate.errors import Fault
from striate.errors.checkups import (
    class_missing,
    class_small,
    class_unused,
    classes_alike,
    classes_unbalanced,
)


Kind = Literal[
    "unusable",
    "plain",
    "mislabelled",
    "leaking",
    "duplicate",
    "missing",
    "unused",
    "alike",
    "unbalanced",
    "few",
]

FEW = 10
"""Training examples of a class below which a note is made of it."""

UNBALANCED = 10
"""How many times as many training examples a class has as another, from which on a note is made of it."""

NOUNS: dict[Split, str] = {"train": "training", "validation": "validation", "test": "test"}

_NOTES = ("plain", "few", "alike", "unbalanced", "unused")


@final
@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a look through a data set found.

    Args:
        kind: `unusable` (empty, damaged, no picture, no label), `plain` (of one color), `mislabelled` (one example under
            several classes), `leaking` (one example in several splits), `duplicate` (one example
            several times), `missing` (a class without examples in a split), `unused` (one without any),
            `alike` (names that differ in their case alone), `unbalanced`, or `few`.
        fault: In words.
        names: Every example that it is about; none if it is about a class.
    """

    kind: Kind
    fault: Fault
    names: tuple[str, ...] = ()

    @property
    def is_wrong(self) -> bool:
        """Whether something is to be mended; a small class is merely worth knowing."""
        return self.kind not in _NOTES


def class_findings(
    where: str, classes: Sequence[str], counts: Mapping[Split, Sequence[int]], noun: str
) -> Iterator[Finding]:
    """Find classes that a split lacks, that are small, or whose names are nearly the same.

    Args:
        where: The data set, in messages.
        classes: Their names.
        counts: Examples of each, by split.
        noun: What an example is: `image` or `sentence`.
    """
    given = [split for split in counts if any(counts[split])]
    unused = [
        name for at, name in enumerate(classes) if not any(counts[split][at] for split in given)
    ]
    if unused:
        yield Finding("unused", class_unused(where, unused))
    for split in given:
        names = [
            name
            for name, count in zip(classes, counts[split], strict=True)
            if count == 0 and name not in unused
        ]
        if names:
            yield Finding("missing", class_missing(where, names, NOUNS[split], noun))
    groups: dict[str, list[str]] = {}
    for name in classes:
        folded = " ".join(normalize("NFKC", name).casefold().split())
        groups.setdefault(folded, []).append(name)
    for alike in groups.values():
        if len(alike) > 1:
            yield Finding("alike", classes_alike(where, alike))
    train = dict(zip(classes, counts["train"], strict=True))
    few = [(name, count) for name, count in train.items() if 0 < count < FEW]
    if few:
        yield Finding("few", class_small(where, few, FEW, noun))
    learnt = {name: count for name, count in train.items() if count}
    if learnt:
        most, least = max(learnt, key=learnt.__getitem__), min(learnt, key=learnt.__getitem__)
        if learnt[most] >= UNBALANCED * learnt[least]:
            pair = ((most, learnt[most]), (least, learnt[least]))
            yield Finding("unbalanced", classes_unbalanced(where, *pair, noun))

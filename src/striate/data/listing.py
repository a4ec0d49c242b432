"""Pictures that were found and understood, and not yet decoded."""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from operator import attrgetter
from typing import IO, Literal, final, get_args

from striate.data.file_index import FileIndex
from striate.errors import Fault


Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)

SPLIT_SEED = 0
TEST_SHARE = 0.2

_NAME = attrgetter("name")


@final
@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One picture.

    Args:
        name: Its path below the folder, or its number in an archive.
        label: Index of its class.
        split: What it is for.
        where: Its name in messages.
        opened: Opens its bytes; a `File`, where it is one of its own.
    """

    name: str
    label: int
    split: Split
    where: str
    opened: Callable[[], IO[bytes]]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """The pictures of a data set.

    Args:
        name: What the data set is called.
        where: Its folder, in messages.
        classes: Name of each class, by index.
        items: The pictures: training, validation, test.
        split: How the split came about, in words.
        ignored: What was left out, in words, one entry a reason.
        faults: What cannot be understood; nothing is loaded while there are any.
        index: What is known of its files from before; None where they are no files of a folder.
    """

    name: str
    where: str
    classes: tuple[str, ...]
    items: tuple[Item, ...]
    split: str
    ignored: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    index: FileIndex | None = None

    def of(self, split: Split) -> tuple[Item, ...]:
        """Give the pictures of one split."""
        return tuple(item for item in self.items if item.split == split)


def in_order(items: Iterable[Item]) -> tuple[Item, ...]:
    """Sort pictures by split and name, so that each split is one stretch."""
    parts: dict[Split, list[Item]] = {split: [] for split in SPLITS}
    for item in items:
        parts[item.split].append(item)
    return tuple(item for part in parts.values() for item in sorted(part, key=_NAME))


def class_names(labels: Iterable[str]) -> tuple[str, ...]:
    """Give each label once: numbers by their value, names by their letters."""
    names = set(labels)
    if all(name.isascii() and name.isdigit() for name in names):
        return tuple(sorted(names, key=lambda name: (int(name), name)))
    return tuple(sorted(names))


def composed(text: str) -> str:
    """Write each letter as one character: a Mac writes Hangul in pieces, and it is the same name."""
    return unicodedata.normalize("NFC", text)


def choose_test(names: Sequence[str], labels: Sequence[int]) -> tuple[bool, ...]:
    """Choose the examples to test on where a data set does not say: a fifth of every class.

    The choice depends on the seed and the names alone, and so neither on the machine, nor on the
    version of a library, nor on the seed of a run: what was tested once is never trained on.

    Args:
        names: Of the examples; no two are alike.
        labels: Class of each.

    Returns:
        Whether each example is for the test. A class of two or more has at least one.
    """
    members: dict[int, list[int]] = {}
    for index, label in enumerate(labels):
        members.setdefault(label, []).append(index)
    chosen: set[int] = set()
    for indices in members.values():
        shuffled = sorted(indices, key=lambda index: _draw(names[index]))
        count = round(len(indices) * TEST_SHARE) or (1 if len(indices) > 1 else 0)
        chosen.update(shuffled[:count])
    return tuple(index in chosen for index in range(len(names)))


def _draw(name: str) -> bytes:
    return sha256(f"{SPLIT_SEED}/{name}".encode("utf-8", "surrogateescape")).digest()

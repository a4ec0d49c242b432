"""Pictures that were found and understood, and not yet decoded."""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import IO, Literal, final, get_args, overload

import numpy as np
import numpy.typing as npt

from striate.data.images.index import FileIndex
from striate.data.images.manifest import Numbers
from striate.errors import Fault


Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)

SPLIT_SEED = 0
TEST_SHARE = 0.2

# Of the pictures of a data set, the share that is left out without asking where it cannot be used.
SKIP = 0.05

NEARBY = 10_000
"""Places that a picture may move among those of its shard and the next ones: WebDataset's buffer is as large."""

_DRAW_BYTES = 32

Open = Callable[[], IO[bytes]]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One picture.

    Args:
        name: Its path below the folder, or its number in an archive.
        label: Index of its class.
        split: What it is for.
        where: Its name in messages.
        opened: Opens its bytes.
    """

    name: str
    label: int
    split: Split
    where: str
    opened: Open


@final
@dataclass(frozen=True, slots=True, eq=False)
class Items(Sequence[Item]):
    """Pictures in columns; each is made an `Item` when it is asked for.

    Args:
        names: Path of each below the folder, or its number in an archive.
        labels: Index of the class of each, int64.
        splits: Index of the split of each in SPLITS.
        numbers: What each is found by, as the number of its file.
        find: Gives for such a number what the picture is called in messages, and what opens it.
    """

    names: Sequence[str]
    labels: npt.NDArray[np.int64]
    splits: npt.NDArray[np.int8]
    numbers: Numbers
    find: Callable[[int], tuple[str, Open]]

    def __len__(self) -> int:
        """Number of pictures."""
        return len(self.names)

    @overload
    def __getitem__(self, at: int) -> Item: ...

    @overload
    def __getitem__(self, at: slice) -> "Items": ...

    def __getitem__(self, at: int | slice) -> "Item | Items":
        """Give a picture, or some."""
        if isinstance(at, slice):
            columns = (self.names[at], self.labels[at], self.splits[at], self.numbers[at])
            return Items(*columns, self.find)
        where, opened = self.find(int(self.numbers[at]))
        split = SPLITS[self.splits[at]]
        return Item(self.names[at], int(self.labels[at]), split, where, opened)

    def __iter__(self) -> Iterator[Item]:
        """Give all pictures in order."""
        return map(self.__getitem__, range(len(self)))

    def chosen(self, at: Numbers) -> "Items":
        """Give some pictures, in the order that their places are given in."""
        names = self.names
        if len(at) < len(self) or not np.array_equal(at, np.arange(len(self))):
            names = [names[one] for one in at.tolist()]
        return Items(names, self.labels[at], self.splits[at], self.numbers[at], self.find)

    def of(self, split: Split) -> "Items":
        """Give the pictures of one split."""
        return self.chosen(np.flatnonzero(self.splits == SPLITS.index(split)))

    def counts(self) -> list[int]:
        """Give the number of pictures of each split."""
        counts: list[int] = np.bincount(self.splits, minlength=len(SPLITS)).tolist()
        return counts

    def in_order(self) -> "Items":
        """Sort them by split and name, so that each split is one stretch."""
        by_name = np.array(sorted(range(len(self)), key=self.names.__getitem__), np.intp)
        return self.chosen(by_name[np.argsort(self.splits[by_name], kind="stable")])


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
        index: Its files and what is known of them, by the numbers of the items; None where they are
            no files of a folder.
        skip: Share of the pictures that may be left out because they cannot be used.
        is_stream: Whether they are decoded whenever they are read, and kept nowhere.
        shards: Which shard each lies in, by the numbers of the items; None where none is slow to go to and fro in.
        nearby: Places that a picture of a shard may move when an epoch is shuffled.
        is_drawn: Whether the pictures for the test were drawn, for the data names none.
        notes: What a person should know of it before anything is trained.
    """

    name: str
    where: str
    classes: tuple[str, ...]
    items: Items
    split: str
    ignored: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    index: FileIndex | None = None
    notes: tuple[str, ...] = ()
    is_drawn: bool = False
    skip: float = SKIP
    is_stream: bool = False
    shards: npt.NDArray[np.int64] | None = None
    nearby: int = NEARBY

    def to_measure_on(self, *, all_of_them: bool) -> "Listing":
        """Return the pictures for the test alone, those for validation where there are none, or all."""
        items, split = self.items, "all pictures are measured on"
        if not all_of_them:
            items, split = self.items.of("test"), self.split
        if not items:
            items = self.items.of("validation")
            split = f"{self.split}; no test pictures, so those for validation are measured on"
        splits = np.full(len(items), SPLITS.index("test"), np.int8)
        return replace(self, items=replace(items, splits=splits).in_order(), split=split)

    def of(self, split: Split) -> tuple[Item, ...]:
        """Give the pictures of one split."""
        return tuple(self.items.of(split))


def class_names(labels: Iterable[str]) -> tuple[str, ...]:
    """Give each label once: numbers by their value, names by their letters."""
    names = set(labels)
    if all(name.isascii() and name.isdigit() for name in names):
        return tuple(sorted(names, key=lambda name: (int(name), name)))
    return tuple(sorted(names))


def plain_labels(labels: Sequence[str]) -> list[str]:
    """Write classes that are all whole numbers without a point: `1.0` and `1` are the same class.

    Examples:
        >>> plain_labels(["1.0", "0", "02"]), plain_labels(["1.0", "2.5"])
        (['1', '0', '02'], ['1.0', '2.5'])
    """
    wholes = [label.rstrip("0").removesuffix(".") if "." in label else label for label in labels]
    return wholes if all(whole.lstrip("-").isdecimal() for whole in wholes) else list(labels)


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
    if not names:
        return ()
    draws = b"".join(map(_draw, names))
    # By class, and in each by what was drawn: NumPy compares such texts byte for byte.
    by_draw = np.argsort(np.frombuffer(draws, f"S{_DRAW_BYTES}"), kind="stable")
    classes = np.array(labels)[by_draw]
    order = np.argsort(classes, kind="stable")
    begins = np.flatnonzero(np.diff(classes[order], prepend=classes.min() - 1))
    counts = np.diff(begins, append=len(names))
    least = [round(count * TEST_SHARE) or (1 if count > 1 else 0) for count in counts.tolist()]
    is_chosen = np.empty(len(names), np.bool_)
    places = np.arange(len(names)) - np.repeat(begins, counts)
    is_chosen[by_draw[order]] = places < np.repeat(least, counts)
    chosen: list[bool] = is_chosen.tolist()
    return tuple(chosen)


def _draw(name: str) -> bytes:
    return sha256(f"{SPLIT_SEED}/{name}".encode("utf-8", "surrogateescape")).digest()

"""Images with their labels, and the share of them that is held out to choose the best epoch by."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Protocol, final

import torch
from torch import Tensor

from striate.errors import DataError, Fault
from striate.errors.data import nothing_left_to_train_on


@final
@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Images and what they show, in one order.

    Args:
        images: Bytes, examples x channels x height x width, or examples x values for flat vectors. In
            a data set of sentences the number of each in `Source.texts`, examples x 1, and in a stream that
            of each in `Source.stream`; once sentences are
            fitted to a network, the numbers of their words, int32, examples x words.
        labels: Index of the class of each image, int64.
    """

    images: Tensor
    labels: Tensor

    def on(self, device: str) -> "Examples":
        """Give the same examples on a device, as torch names it."""
        return Examples(self.images.to(device), self.labels.to(device))

    def __len__(self) -> int:
        """Number of examples."""
        return len(self.labels)


@final
@dataclass(frozen=True, slots=True, eq=False)
class Shards:
    """Where examples lie in files that are read from their beginning to their end.

    Args:
        shards: The shard of each example, int64.
        places: Where each lies, in the order that all shards are read in, int64.
        nearby: Places that an example may move when an epoch is shuffled.
    """

    shards: Tensor
    places: Tensor
    nearby: int

    def shuffled(self, generator: torch.Generator, chosen: Tensor) -> Tensor:
        """Give an order of examples: shards at random, and in them each example not far from its place.

        Args:
            generator: What the order is drawn by.
            chosen: Indices of examples, int64; one may be there several times.

        Returns:
            Places in `chosen`.
        """
        shards = self.shards[chosen]
        turns = torch.randperm(int(self.shards.max()) + 1, generator=generator)[shards]
        in_file = self.places[chosen].argsort(stable=True)
        read = in_file[turns[in_file].argsort(stable=True)]
        moved = torch.rand(len(chosen), generator=generator, dtype=torch.float64) * self.nearby
        return read[(torch.arange(len(chosen)) + moved).argsort(stable=True)]


class Stream(Protocol):
    """Gives the pixels of pictures by their numbers, which are decoded whenever they are read."""

    @property
    def axes(self) -> tuple[int, ...]:
        """Channels, height and width of each, with the margin."""

    @property
    def digest(self) -> str:
        """What tells these pictures from others."""

    def __call__(self, numbers: Tensor) -> Tensor:
        """Decode pictures: examples x 1, int64, to examples x channels x height x width, bytes."""

    def announce(self, numbers: Tensor) -> None:
        """Say what is read next."""

    def shards_of(self, numbers: Tensor) -> Shards | None:
        """Say where pictures lie; None where any can be read as fast as any other."""


@final
@dataclass(frozen=True, slots=True)
class Origin:
    """What was understood of the place that a data set came from.

    Args:
        split: How training and test examples were told apart, in words.
        sizes: Sizes of the pictures as they are stored, in words; empty where all have the size
            of the examples.
        ignored: What lies in the folder and was left out, in words, one entry a reason.
        cache: The file that keeps the decoded pictures, or why there is none; empty where nothing
            was decoded.
        skipped: Pictures that cannot be used and were left out: each with what is wrong.
        is_drawn: Whether the examples for the test were drawn, for the data names none.
        notes: What a person should know of it before anything is trained, and how values were read.
    """

    split: str = "as given"
    sizes: str = ""
    ignored: tuple[str, ...] = ()
    cache: str = ""
    notes: tuple[str, ...] = ()
    is_drawn: bool = False
    skipped: tuple[Fault, ...] = ()


@final
@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A data set.

    Args:
        name: What the data set is called.
        classes: Name of each class, by index.
        train: Examples to learn from.
        test: Examples to measure the result on.
        validation: Examples to choose the best epoch by, where the data set has its own.
        origin: What was understood of the place that it came from.
        texts: Sentences that the examples number, if it is a data set of sentences.
        test_files: Path of each test picture below its folder, where they are files.
        stream: Gives the pixels of pictures that the examples number, if they are decoded as they are read.
    """

    name: str
    classes: tuple[str, ...]
    train: Examples
    test: Examples
    validation: Examples | None = None
    origin: Origin = field(default_factory=Origin)
    texts: tuple[str, ...] = ()
    test_files: tuple[str, ...] = ()
    stream: Stream | None = None


def training_parts(source: Source, count: int, seed: int) -> tuple[Examples, Examples]:
    """Give the examples to train on, and those to choose the best epoch by.

    Args:
        source: Its own validation examples are taken where it has them.
        count: How many to hold out of the training examples where it has none.
        seed: Start of that random choice.

    Raises:
        DataError: Nothing would be left to train on.
    """
    if source.validation is not None:
        return source.train, source.validation
    return hold_out(source.train, count, seed)


def hold_out(examples: Examples, count: int, seed: int) -> tuple[Examples, Examples]:
    """Take out some examples, the same share of every class.

    Where the shares are no whole numbers, they are rounded down, and the classes with the largest
    remainders give one example more; of equal remainders, the class of lower index.

    Args:
        examples: What to take from.
        count: How many to hold out.
        seed: Start of the random choice.

    Returns:
        The rest and the examples held out, each in the order of `examples`.

    Raises:
        DataError: The count is negative, or nothing would be left to train on.
    """
    total = len(examples)
    if not 0 <= count < max(total, 1):
        raise DataError(nothing_left_to_train_on(count, total))
    if count == 0:
        # As they are: a choice would read pictures that lie on the disk into memory.
        return examples, Examples(examples.images[:0], examples.labels[:0])
    is_held = torch.zeros(total, dtype=torch.bool)
    order = torch.randperm(total, generator=torch.Generator().manual_seed(seed))
    shuffled = examples.labels[order]
    for label, share in _shares(examples.labels, count).items():
        is_held[order[shuffled == label][:share]] = True
    return (
        Examples(examples.images[~is_held], examples.labels[~is_held]),
        Examples(examples.images[is_held], examples.labels[is_held]),
    )


def _shares(labels: Tensor, count: int) -> dict[int, int]:
    members = Counter(labels.tolist())
    quotas = {label: divmod(count * members[label], len(labels)) for label in sorted(members)}
    shares = {label: whole for label, (whole, _) in quotas.items()}
    by_remainder = sorted(quotas, key=lambda label: -quotas[label][1])
    for label in by_remainder[: count - sum(shares.values())]:
        shares[label] += 1
    return shares

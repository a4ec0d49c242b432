"""The data sets that a text may name, with their numbers of classes, in English and Korean."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import final

from striate.documents.patterns import pattern_of


@final
@dataclass(frozen=True, slots=True)
class DataSet:
    """A data set by its names.

    Args:
        name: As `--data` and the front matter would write it.
        title: As a text writes it.
        classes: Number of its classes; 0 where it comes in several forms.
        words: How texts write it, in small letters; a blank stands for a blank, a dash or nothing.
        size: Maps, height and width of its pictures; None where they are of many sizes.
    """

    name: str
    title: str
    classes: int
    words: tuple[str, ...]
    size: tuple[int, int, int] | None = None


@final
@dataclass(frozen=True, slots=True)
class Mention:
    """A data set that a document names.

    Args:
        data_set: The data set.
        line: Where a text first names it; None if the front matter does.
    """

    data_set: DataSet
    line: int | None = None


DATA_SETS = (
    DataSet("mnist", "MNIST", 10, ("mnist", "엠니스트"), (1, 28, 28)),
    DataSet(
        "fashion-mnist",
        "Fashion-MNIST",
        10,
        ("fashion mnist", "패션 mnist", "패션 엠니스트", "fmnist"),
        (1, 28, 28),
    ),
    DataSet("kmnist", "KMNIST", 10, ("kmnist", "kuzushiji mnist"), (1, 28, 28)),
    DataSet("emnist", "EMNIST", 0, ("emnist", "extended mnist"), (1, 28, 28)),
    DataSet("cifar-10", "CIFAR-10", 10, ("cifar 10",), (3, 32, 32)),
    DataSet("cifar-100", "CIFAR-100", 100, ("cifar 100",), (3, 32, 32)),
    DataSet("svhn", "SVHN", 10, ("svhn",), (3, 32, 32)),
    DataSet("stl-10", "STL-10", 10, ("stl 10",), (3, 96, 96)),
    DataSet("imagenet", "ImageNet", 1000, ("imagenet", "이미지넷", "ilsvrc")),
    DataSet("imagenet-21k", "ImageNet-21k", 0, ("imagenet 21k", "imagenet 22k")),
    DataSet("tiny-imagenet", "Tiny ImageNet", 200, ("tiny imagenet",)),
)

_BY_WORD = {word.replace(" ", ""): one for one in DATA_SETS for word in one.words}
# The longest name first: in `Fashion-MNIST`, nobody speaks of MNIST. Korean particles follow a name
# without a blank, so that only Latin letters and digits go on with one.
_NAMED = pattern_of(
    r"(?<![a-z0-9])(?:"
    + "|".join(
        re.escape(word).replace(r"\ ", r"[\s_\-‐-―]*")
        for word in sorted((word for one in DATA_SETS for word in one.words), key=len, reverse=True)
    )
    + r")(?![a-z0-9])"
)
# What is named beside it to compare, as in `just like IMDB and MNIST`, is not what a network is for.
_COMPARED = pattern_of(
    r"\b(?:like|unlike|than|similar to|compared (?:to|with))\b(?:(?!\b(?:is|are|we|it|this)\b)[^.!?:;])*$"
)
_COMPARED_BEHIND = pattern_of(r"처럼|와 같이|과 같이|와 달리|과 달리|보다")
_ADDRESS = pattern_of(r"\]\([^)]*\)|https?://\S+")
_JOINT = pattern_of(r"[\s_\-‐-―]+")


def data_set_of(name: str) -> DataSet | None:
    """Find a data set by the name that `--data` and the front matter write."""
    return next((one for one in DATA_SETS if one.name == name.casefold()), None)


def data_set_named(name: str) -> DataSet | None:
    """Find a data set by the name of the class or module that loads it: `FashionMNIST`, `fashion_mnist`."""
    return _BY_WORD.get(name.casefold().replace("_", ""))


def mention_in(prose: Iterable[tuple[int, str]]) -> Mention | None:
    """Find the data set that a text names; None if it names none, or more than one.

    Args:
        prose: (line, text) of the lines; addresses in them do not count.
    """
    mentions: dict[DataSet, int] = {}
    for line, text in prose:
        plain = _ADDRESS.sub(" ", text).replace("*", "").casefold()
        for match in _NAMED.finditer(plain):
            if _COMPARED.search(plain, 0, match.start()) or _COMPARED_BEHIND.match(
                plain, match.end()
            ):
                continue
            mentions.setdefault(_BY_WORD[_JOINT.sub("", match[0])], line)
    if len(mentions) != 1:
        return None
    ((data_set, line),) = mentions.items()
    return Mention(data_set, line)

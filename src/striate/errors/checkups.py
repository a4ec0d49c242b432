"""Messages about what a look through a whole data set finds."""

from collections.abc import Sequence

from striate.errors.fault import Fault, counted


_SHOWN = 8


def mislabelled(copies: Sequence[tuple[str, str]], noun: str) -> Fault:
    """Report one picture or sentence under several classes; each copy with its class."""
    return Fault(
        where=copies[0][0],
        came=f"the same {noun} has several labels: {_with(copies)}.",
        needed=f"one class for one {noun}.",
        fix="keep the right one, and remove the others.",
    )


def leaking(copies: Sequence[tuple[str, str]], noun: str) -> Fault:
    """Report one picture or sentence in several splits; each copy with its split."""
    return Fault(
        where=copies[0][0],
        came=f"the same {noun} is in several splits: {_with(copies)}.",
        needed=f"{noun}s to measure by that the network has never seen.",
        fix="remove the copy that is for training, or the other.",
    )


def duplicate(names: Sequence[str], noun: str) -> Fault:
    """Report one picture or sentence several times in one class of one split."""
    return Fault(
        where=names[0],
        came=f"the same {noun} comes {len(names):,} times: {_listed(names)}.",
        needed=f"each {noun} once, or it counts several times.",
        fix="remove the copies.",
    )


def class_missing(where: str, name: str, split: str, noun: str) -> Fault:
    """Report a class that a split has no example of."""
    learnt = "it cannot be learnt" if split == "training" else "nothing is measured of it"
    return Fault(
        where=where,
        came=f"the class {name!r} has no {split} {noun}: {learnt}.",
        needed="examples of every class in every split.",
        fix="add some, or check how the class is spelt.",
    )


def class_small(where: str, name: str, count: int, least: int, noun: str) -> Fault:
    """Report a class with so few examples that little can be learnt of it."""
    return Fault(
        where=where,
        came=f"the class {name!r} has {counted(count, f'training {noun}')}.",
        needed=f"{least} or more, to learn anything.",
        fix="add some, or join the class with another.",
    )


def _with(copies: Sequence[tuple[str, str]]) -> str:
    return _listed([f"{name} ({what})" for name, what in copies])


def _listed(names: Sequence[str]) -> str:
    some = ", ".join(names[:_SHOWN])
    return some if len(names) <= _SHOWN else f"{some} and {len(names) - _SHOWN:,} more"

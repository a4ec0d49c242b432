"""Messages about what a look through a whole data set finds."""

from collections.abc import Sequence

from striate.errors.fault import Fault, counted


_SHOWN = 8


def mislabelled(pictures: Sequence[tuple[str, str]]) -> Fault:
    """Report one picture under several classes; each copy with its class."""
    return Fault(
        where=pictures[0][0],
        came=f"the same picture has several labels: {_with(pictures)}.",
        needed="one class for one picture.",
        fix="keep the right one, and remove the others.",
    )


def leaking(pictures: Sequence[tuple[str, str]]) -> Fault:
    """Report one picture in several splits; each copy with its split."""
    return Fault(
        where=pictures[0][0],
        came=f"the same picture is in several splits: {_with(pictures)}.",
        needed="pictures to measure by that the network has never seen.",
        fix="remove the copy that is for training, or the other.",
    )


def duplicate(names: Sequence[str]) -> Fault:
    """Report one picture several times in one class of one split."""
    return Fault(
        where=names[0],
        came=f"the same picture comes {len(names):,} times: {_listed(names)}.",
        needed="each picture once, or it counts several times.",
        fix="remove the copies.",
    )


def class_missing(where: str, name: str, split: str) -> Fault:
    """Report a class that a split has no example of."""
    learnt = "it cannot be learnt" if split == "training" else "nothing is measured of it"
    return Fault(
        where=where,
        came=f"the class {name!r} has no {split} image: {learnt}.",
        needed="examples of every class in every split.",
        fix="add some, or check how the class is spelt.",
    )


def class_small(where: str, name: str, count: int, least: int) -> Fault:
    """Report a class with so few examples that little can be learnt of it."""
    return Fault(
        where=where,
        came=f"the class {name!r} has {counted(count, 'training image')}.",
        needed=f"{least} or more, to learn anything.",
        fix="add some, or join the class with another.",
    )


def _with(pictures: Sequence[tuple[str, str]]) -> str:
    return _listed([f"{name} ({what})" for name, what in pictures])


def _listed(names: Sequence[str]) -> str:
    some = ", ".join(names[:_SHOWN])
    return some if len(names) <= _SHOWN else f"{some} and {len(names) - _SHOWN:,} more"

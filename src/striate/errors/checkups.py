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


def one_color(where: str) -> Fault:
    """Report a picture in which nothing can be seen."""
    return Fault(
        where=where,
        came="all of its pixels have one color.",
        needed="something to be seen; a network of digits (fit: digit) refuses it, for there is no ink in it.",
        fix="remove it, or check how it was made.",
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


def class_missing(where: str, names: Sequence[str], split: str, noun: str) -> Fault:
    """Report classes that a split has no example of."""
    learnt = "cannot be learnt" if split == "training" else "nothing is measured of"
    it = "it" if len(names) == 1 else "they"
    end = f"{it} {learnt}" if split == "training" else f"{learnt} {'it' if it == 'it' else 'them'}"
    has = "has" if len(names) == 1 else "have"
    return Fault(
        where=where,
        came=f"{_classes(names)} {has} no {split} {noun}: {end}.",
        needed="examples of every class in every split.",
        fix="add some, or check how the class is spelt.",
    )


def class_unused(where: str, names: Sequence[str]) -> Fault:
    """Report classes that no example has, as 0 where labels begin at 1."""
    begins = names[0] == "0" and len(names) == 1
    outputs = "the output for it" if len(names) == 1 else "the outputs for them"
    return Fault(
        where=where,
        came=f"no example is of {_classes(names)}{', for the labels begin at 1' if begins else ''}: "
        f"{outputs} learns nothing."
        if len(names) == 1
        else f"no example is of {_classes(names)}: {outputs} learn nothing.",
        needed="labels from 0 to one less than the number of classes.",
        fix="subtract 1 from the labels." if begins else "number the classes without gaps.",
    )


def classes_alike(where: str, names: Sequence[str]) -> Fault:
    """Report classes whose names differ in case or width alone."""
    return Fault(
        where=where,
        came=f"{_classes(names)} differ in the case of letters alone, and count as "
        f"{len(names)} classes.",
        needed="one spelling for a class.",
        fix="write the same name everywhere, if the same class is meant.",
    )


def classes_unbalanced(
    where: str, most: tuple[str, int], least: tuple[str, int], noun: str
) -> Fault:
    """Report classes of very different sizes."""
    return Fault(
        where=where,
        came=f"the class {most[0]!r} has {counted(most[1], f'training {noun}')}, and {least[0]!r} "
        f"{least[1]:,}: the error rate says little of small classes.",
        needed="classes of about one size, for one rate to say how good a network is.",
        fix="look at the error of each class, or add examples of the small ones.",
    )


def class_small(where: str, counts: Sequence[tuple[str, int]], least: int, noun: str) -> Fault:
    """Report classes with so few examples that little can be learnt of them; each with its number."""
    numbers = sorted({count for _, count in counts})
    number = f"{numbers[0]:,}" if len(numbers) == 1 else f"{numbers[0]:,} to {numbers[-1]:,}"
    has = "has" if len(counts) == 1 else "have"
    plural = "" if numbers == [1] else "s"
    return Fault(
        where=where,
        came=f"{_classes([name for name, _ in counts])} {has} {number} training {noun}{plural}.",
        needed=f"{least} or more, to learn anything.",
        fix="add some, or join the class with another.",
    )


def _with(copies: Sequence[tuple[str, str]]) -> str:
    return _listed([f"{name} ({what})" for name, what in copies])


def _listed(names: Sequence[str]) -> str:
    some = ", ".join(names[:_SHOWN])
    return some if len(names) <= _SHOWN else f"{some} and {len(names) - _SHOWN:,} more"


def _classes(names: Sequence[str]) -> str:
    quoted = [repr(name) for name in names[:_SHOWN]]
    if len(names) == 1:
        return f"the class {quoted[0]}"
    if len(names) > _SHOWN:
        return f"the classes {', '.join(quoted)} and {len(names) - _SHOWN:,} more"
    return f"the classes {', '.join(quoted[:-1])} and {quoted[-1]}"

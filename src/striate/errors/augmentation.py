"""Messages about the augmentation of a recipe: its words and their numbers."""

from collections.abc import Iterable

from striate.errors.fault import Fault, counted, listed, nearest


_FIELD = "augmentation"


def unknown_kind(came: str, words: Iterable[str], synonyms: Iterable[str]) -> Fault:
    """Report a word that names no kind, with the one that was probably meant."""
    names = tuple(words)
    meant = nearest(came, (*names, *synonyms))
    return Fault(
        where=_FIELD,
        came=f"{came!r} is no kind of augmentation.",
        needed=f"{listed(names)}, separated by commas, or none.",
        fix=f"write {meant!r}." if meant else f"use one of {listed(names)}.",
    )


def kind_given_twice(word: str) -> Fault:
    """Report a kind that is named more than once."""
    return Fault(
        where=_FIELD,
        came=f"{word} is given twice.",
        needed="each kind once.",
        fix=f"keep one {word}.",
    )


def two_windows() -> Fault:
    """Report two kinds that both choose the window."""
    return Fault(
        where=_FIELD,
        came="crop and area-crop both choose the window.",
        needed="one of them.",
        fix="remove crop, or remove area-crop.",
    )


def wrong_count_of_numbers(word: str, came: int, parameters: tuple[str, ...], least: int) -> Fault:
    """Report a kind with too many or too few numbers."""
    most = len(parameters)
    amount = counted(most, "number") if least == most else f"{least} to {counted(most, 'number')}"
    named = f": {', '.join(parameters)}" if parameters else ""
    form = " ".join((word, *parameters))
    return Fault(
        where=_FIELD,
        came=f"{word} stands with {counted(came, 'number')}.",
        needed=f"{amount}{named}.",
        fix=f"write it as `{form}`, with a number for each word after the first."
        if parameters
        else f"write {word} alone.",
    )


def not_a_number(word: str, parameter: str, came: str, *, is_whole: bool) -> Fault:
    """Report a text in the place of a number."""
    needed = "a whole number" if is_whole else "a number"
    return Fault(
        where=_FIELD,
        came=f"{word}: {parameter} is {came!r}.",
        needed=f"{needed}.",
        fix=f"write {parameter} as {needed}, without a unit.",
    )


def no_room_for_windows(field: str, word: str, other: str) -> Fault:
    """Report windows of pictures that are stored at the very size of the input."""
    return Fault(
        where=field,
        came=f"{word} takes windows of larger pictures, and the margin of the input is 0.",
        needed="a margin of 1 or more.",
        fix=f"{other}margin: 32 in the input.",
    )


def only_for_images(field: str, came: str, usual: str) -> Fault:
    """Report a field that works on pictures in a document whose network reads flat vectors."""
    return Fault(
        where=field,
        came=f"{field} is {came!r}, and the network reads vectors.",
        needed="images: a row Input with maps and a size.",
        fix=f"write {field}: {usual}, or remove the line.",
    )


def value_outside(word: str, parameter: str, came: float, needed: str) -> Fault:
    """Report a number outside of what makes sense for its kind."""
    return Fault(
        where=_FIELD,
        came=f"{word}: {parameter} is {came:g}.",
        needed=f"{needed}.",
        fix=f"write {word} with such a number for {parameter}.",
    )

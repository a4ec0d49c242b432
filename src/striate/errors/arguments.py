"""Messages about what a program hands to a function: of another type, or outside of its choices."""

from collections.abc import Sequence
from typing import Any

from striate.errors import UsageError
from striate.errors.fault import Fault, listed, nearest


def argument_of_other_type(name: str, came: str, needed: str) -> Fault:
    """Report an argument that a function can do nothing with."""
    return Fault(
        where=name,
        came=f"it is of the type {came}.",
        needed=f"{needed}.",
        fix=f"write {name} as {needed}.",
    )


def argument_not_of_type(kind: str, name: str, came: str, needed: str) -> Fault:
    """Report an argument of data that a program makes."""
    return Fault(
        where=f"{kind}, {name}",
        came=f"it is {came}.",
        needed=f"{needed}.",
        fix=f"see help({kind}) for what {name} means.",
    )


def argument_not_there(of: str, came: str, names: Sequence[str]) -> Fault:
    """Report a keyword that a function, or a class of data, does not have."""
    meant = nearest(came, names)
    return Fault(
        where=f"{of}, {came}",
        came=f"it has no argument {came!r}.",
        needed=f"{listed(names)}." if names else "no arguments.",
        fix=f"write {meant}." if meant else f"leave it out, or see help({of}).",
    )


def need(name: str, value: object, kinds: type[Any] | tuple[type[Any], ...], needed: str) -> None:
    """Make sure that an argument is of a type that a function knows.

    Args:
        name: The argument's.
        value: What came.
        kinds: Types of which one is needed.
        needed: The same in words.

    Raises:
        UsageError: It is of another type.
    """
    if not isinstance(value, kinds):
        raise UsageError(argument_of_other_type(name, type(value).__name__, needed))

"""Data and functions take the arguments that they declare, data of their types alone, and a fault names any other."""

import types
from collections.abc import Callable, Mapping, Sequence, Set as AbstractSet
from dataclasses import fields
from functools import cache, wraps
from inspect import Parameter, signature
from numbers import Integral, Real
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from striate.errors import StriateError, UsageError
from striate.errors.arguments import argument_not_of_type, argument_not_there


_OTHER = object()
_SHOWN = 40
# Kinds of data that a message names, of several that may be given.
_KINDS = 3

Reader = Callable[[object], Any]

Function = TypeVar("Function", bound=Callable[..., Any])


def named(function: Function) -> Function:
    """Have a function name the keywords that it does not have, and what they most likely mean."""
    parameters = signature(function).parameters
    if any(one.kind is Parameter.VAR_KEYWORD for one in parameters.values()):
        return function

    @wraps(function)
    def called(*args: object, **kwargs: object) -> Any:
        _refuse_unknown(function.__name__, kwargs, list(parameters), UsageError)
        return function(*args, **kwargs)

    return cast(Function, called)


def checked(function: Function) -> Function:
    """Have a function refuse arguments of other types than it declares, and keywords that it does not have.

    What it takes of each is what a class of data does (`typed`).
    """
    name, parameters = function.__name__, list(signature(function).parameters)

    @cache
    def readers() -> Mapping[str, tuple[Reader, str]]:
        hints = get_type_hints(function)
        return {one: (_reader(hints[one]), _words(hints[one])) for one in parameters}

    @wraps(function)
    def called(*args: object, **kwargs: object) -> Any:
        _refuse_unknown(name, kwargs, parameters, UsageError)
        # More arguments than it has, or one twice, are for the function itself to refuse.
        by_place = dict(enumerate(parameters[: len(args)]))
        known = readers()
        given = {**{one: args[place] for place, one in by_place.items()}, **kwargs}
        read = {one: known[one][0](came) for one, came in given.items()}
        wrong = [
            argument_not_of_type(name, one, _shown(given[one]), known[one][1])
            for one in parameters
            if one in read and read[one] is _OTHER
        ]
        if wrong:
            raise UsageError(*wrong)
        taken = [
            read[by_place[place]] if place in by_place else one for place, one in enumerate(args)
        ]
        return function(*taken, **{one: read[one] for one in kwargs})

    return cast(Function, called)


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= _SHOWN else f"of the type {type(value).__name__}"


def _refuse_unknown(
    of: str, given: Mapping[str, object], names: Sequence[str], error: type[StriateError]
) -> None:
    unknown = [name for name in given if name not in names]
    if unknown:
        raise error(*(argument_not_there(of, name, names) for name in unknown))


def typed(error: type[StriateError], *kinds: type) -> None:
    """Have classes of data refuse arguments of other types than those of their fields.

    Whole numbers and numbers of numpy become Python's, and lists become tuples.

    Args:
        error: What is raised.
        *kinds: Dataclasses; each is changed in place.
    """
    for kind in kinds:
        _check(kind, error)


def _check(kind: type, error: type[StriateError]) -> None:
    made = kind.__init__  # type: ignore[misc]
    names = [field.name for field in fields(kind) if field.init]

    @cache
    def readers() -> Mapping[str, tuple[frozenset[type], Reader, str]]:
        hints = get_type_hints(kind)
        return {
            name: (_plain_types(hints[name]), _reader(hints[name]), _words(hints[name]))
            for name in names
        }

    @wraps(made)
    def checked(self: object, *args: object, **kwargs: object) -> None:
        _refuse_unknown(kind.__name__, kwargs, names, error)
        known, wrong = readers(), {}
        given = dict(zip(names, args, strict=False)) | kwargs
        read = dict[str, Any]()
        for name, came in given.items():
            plain, reader, needed = known[name]
            if type(came) in plain:
                continue
            read[name] = reader(came)
            if read[name] is _OTHER:
                wrong[name] = argument_not_of_type(kind.__name__, name, _shown(came), needed)
        if wrong:
            raise error(*(wrong[name] for name in names if name in wrong))
        if read:
            # More arguments than fields are for the class itself to refuse.
            made(self, *args[len(names) :], **(given | read))
        else:
            made(self, *args, **kwargs)

    kind.__init__ = checked  # type: ignore[misc]


def _plain_types(hint: Any) -> frozenset[type]:
    """Return the types whose values a field takes as they are: most values need no reading."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in {Union, types.UnionType}:
        return frozenset().union(*map(_plain_types, inner))
    if origin is Literal:
        return frozenset(map(type, inner))
    if hint is float:
        return frozenset({float, int})
    is_read = origin is not None or not isinstance(hint, type)
    return frozenset() if is_read else frozenset({hint})


def _reader(hint: Any) -> Reader:
    """Return what reads a value as a type, and gives `_OTHER` for a value of another."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in {Union, types.UnionType}:
        return _first([_reader(one) for one in inner])
    if origin is Literal:
        kinds = {type(one) for one in inner}
        return lambda value: value if type(value) in kinds else _OTHER
    if origin is tuple:
        return _of_tuple(inner)
    if hint is int:
        return _whole
    if hint is float:
        return _number
    if hint is type(None):
        return lambda value: value if value is None else _OTHER
    kind = origin or hint
    if not isinstance(kind, type) or kind in {Sequence, Mapping, AbstractSet}:
        return lambda value: value
    return lambda value: value if isinstance(value, kind) else _OTHER


def _whole(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, Integral):
        return _OTHER
    return int(value)


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, Real):
        return _OTHER
    return value if type(value) in {int, float} else float(value)


def _first(readers: Sequence[Reader]) -> Reader:
    def read(value: object) -> Any:
        found = (reader(value) for reader in readers)
        return next((one for one in found if one is not _OTHER), _OTHER)

    return read


def _of_tuple(inner: tuple[Any, ...]) -> Reader:
    is_open = len(inner) == 2 and inner[1] is Ellipsis  # noqa: PLR2004 - a type and dots
    each = [_reader(one) for one in inner if one is not Ellipsis]

    def read(value: object) -> Any:
        if isinstance(value, Mapping) and is_open:
            value = tuple(value.items())  # pairs, as those of names and weights
        if not isinstance(value, tuple | list) or (not is_open and len(value) != len(each)):
            return _OTHER
        readers = each * len(value) if is_open else each
        found = [reader(one) for reader, one in zip(readers, value, strict=True)]
        return _OTHER if any(one is _OTHER for one in found) else tuple(found)

    return read


_NAMES: Mapping[object, tuple[str, str]] = {
    int: ("a whole number", "whole numbers"),
    float: ("a number", "numbers"),
    str: ("a text", "texts"),
    bool: ("True or False", "truths"),
    type(None): ("None", "None"),
}


def _words(hint: Any) -> str:
    """Say a type in words: `a whole number, or a tuple of 2 whole numbers`."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in {Union, types.UnionType}:
        said = list(dict.fromkeys(map(_words, inner)))
        rest = f", or one of {len(said) - _KINDS} other kinds" if len(said) > _KINDS + 1 else ""
        return ", or ".join(said[:_KINDS] if rest else said) + rest
    if origin is Literal:
        return " or ".join(map(repr, inner))
    if origin is tuple:
        is_open = inner[-1:] == (Ellipsis,)
        each = [one for one in inner if one is not Ellipsis]
        if is_open and each[0] not in _NAMES:
            return f"a tuple, and in it {_words(each[0])}"
        many = " or ".join(dict.fromkeys(_NAMES.get(one, ("", _words(one)))[1] for one in each))
        return f"a tuple of {many}" if is_open else f"a tuple of {len(each)} {many}"
    name = getattr(origin or hint, "__name__", str(hint))
    is_vowel = name[0] in "AEIOU" and not name.startswith("Uni")  # a unit
    article = "an" if is_vowel else "a"
    return _NAMES.get(hint, (f"{article} {name}", ""))[0]

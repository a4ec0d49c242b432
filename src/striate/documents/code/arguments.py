"""The arguments of one call: read once each, every fault kept, none passed over in silence.

Every reader raises ValueError with a description of what it would accept.
"""

import math
from collections.abc import Callable
from textwrap import shorten
from typing import TYPE_CHECKING, Any, TypeVar

from striate.documents.code.values import Call, External, FunctionValue, Map, Method, Unknown, Value
from striate.errors import Fault
from striate.errors.code import (
    argument_given_twice,
    argument_not_written_out,
    missing_argument,
    too_many_arguments,
    unknown_argument,
    unreadable_argument,
)
from striate.layers import Function


if TYPE_CHECKING:
    from striate.documents.code.expressions import Expressions


T = TypeVar("T")

# As in tables: nine digits are more than any layer holds, and keep every product short.
_LIMIT = 10**9
_SHOWN = 40
_TRIED = (8, 8, 8)
_SIDES = 3


class Arguments:
    """The arguments of one call on their way to a layer.

    Args:
        evaluator: What has evaluated them.
        call: The call.
        kind: Name of what is called, for messages.
        names: Names of the arguments that may be given by their place.
    """

    def __init__(
        self, evaluator: "Expressions", call: Call, kind: str, names: tuple[str, ...]
    ) -> None:
        self.kind = kind
        self.line: int = getattr(call.node, "lineno", 0)
        self.faults: list[Fault] = []
        self.remarks: list[tuple[int, str]] = []
        self._evaluator = evaluator
        self._call = call
        self._places: dict[str, int | str] = {}
        self._given: dict[str, Value] = {}
        self._asked: list[str] = []
        if len(call.args) > len(names):
            fault = too_many_arguments(kind, len(call.args), len(names), self.line)
            self.faults.append(fault)
        self.faults += [argument_not_written_out(kind, what, line) for what, line in call.spread]
        self.is_written_out = not call.spread
        for place, (name, value) in enumerate(zip(names, call.args, strict=False)):
            self._given[name], self._places[name] = value, place
        for name, value in call.kwargs.items():
            if name in self._given:
                line = getattr(call.nodes.get(name), "lineno", self.line)
                self.faults.append(argument_given_twice(kind, name, line))
            else:
                self._given[name], self._places[name] = value, name
        self._unread = dict(self._given)

    def rename(self, old: str, new: str) -> None:
        """Read an argument under another name, as an older version of the framework calls it."""
        if old in self._given and new not in self._given:
            self._given[new], self._places[new] = self._given.pop(old), self._places.pop(old)
            self._unread[new] = self._unread.pop(old)

    def put(self, name: str, value: Value) -> None:
        """Set an argument that follows from others."""
        self._given[name] = value
        self._places.setdefault(name, name)

    def value(self, name: str) -> Value:
        """Return an argument as it came; None if it is not given."""
        self._asked += [] if name in self._asked else [name]
        self._unread.pop(name, None)
        return self._given.get(name)

    def has(self, name: str) -> bool:
        """Whether an argument is given, and is not None."""
        return self._given.get(name) is not None

    def get(self, name: str, read: Callable[[Value], T], default: T) -> T:
        """Read an argument; its default if it is not given, or cannot be read, which is a fault."""
        value = self.value(name)
        if value is None:
            return default
        try:
            return read(value)
        except ValueError as error:
            self.blame(name, str(error))
            return default

    def function_of(self, name: str) -> Function | None:
        """Try a function of the document that an argument names; None if no function of a table does the same."""
        value = self._given.get(name)
        if not isinstance(value, FunctionValue | Method):
            return None
        maps = self._evaluator.library.maps
        tried = maps.node(name, "Tried", self.line, axes=_TRIED)
        came = self._evaluator.call(value, Call(self._call.node, [Map(tried, _TRIED)], {}))
        is_one = isinstance(came, Map) and came.node.layer is None and came.node.inputs == (tried,)
        return came.node.function if is_one else None

    def blame(self, name: str, needed: str) -> None:
        """Report an argument that cannot be read."""
        fault = unreadable_argument(self.kind, name, self.shown(name), needed, self.line_of(name))
        self.faults.append(fault)

    def need(self, name: str, read: Callable[[Value], T]) -> T | None:
        """Read an argument that must be given; None means that a fault was found."""
        if not self.has(name) and self.is_written_out:
            self.faults.append(missing_argument(self.kind, name, self.line))
        reader: Callable[[Value], T | None] = read
        return self.get(name, reader, None)

    def shown(self, name: str) -> str:
        """Return an argument as the code writes it."""
        node = self._call.nodes.get(self._places.get(name, name))
        if node is not None:
            return self._evaluator.shown(node)
        value = self._given.get(name)
        if isinstance(value, Unknown):
            return value.what
        plain = isinstance(value, int | float | str)
        return shorten(repr(value), _SHOWN, placeholder=" …") if plain else "…"

    def line_of(self, name: str) -> int:
        """Return the line that an argument stands on, or that of the call."""
        node = self._call.nodes.get(self._places.get(name, name))
        return getattr(node, "lineno", self.line)

    def pass_over(self, *names: str) -> None:
        """Leave out arguments that decide nothing about the network."""
        for name in names:
            self._unread.pop(name, None)

    def pass_over_all(self) -> None:
        """Leave out all arguments, as the layer itself is a fault."""
        self._unread.clear()

    def remark(self, *names: str) -> None:
        """Leave out arguments that training alone would heed, and say so."""
        for name in names:
            if self._unread.pop(name, None) is not None:
                text = (
                    f"{self.kind}'s {name} (`{self.shown(name)}`) is not read: the recipe decides."
                )
                self.remarks.append((self.line_of(name), text))

    def close(self) -> None:
        """Report every argument that nothing has read: it would have no effect."""
        self.faults += [
            unknown_argument(self.kind, name, self._asked, self.line_of(name))
            for name, value in self._unread.items()
        ]
        self._unread.clear()


def whole(value: Value) -> int:
    """Read a whole number.

    >>> whole(400)
    400
    """
    if isinstance(value, float) and value.is_integer():
        message = "a whole number; this one is a fraction in Python: use // in place of /"
        raise ValueError(message)
    if isinstance(value, bool) or not isinstance(value, int) or not -1 < value < _LIMIT:
        message = "a whole number of at most nine digits"
        raise ValueError(message)
    return value


def positive(value: Value) -> int:
    """Read a whole number above 0."""
    number = whole(value)
    if number < 1:
        message = "a whole number above 0"
        raise ValueError(message)
    return number


def fraction(value: Value) -> float:
    """Read a number."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or abs(value) >= _LIMIT:
        message = "a number"
        raise ValueError(message)
    return float(value)


def whole_pair(value: Value) -> tuple[int, int]:
    """Read one whole number, or a pair of them."""
    try:
        if isinstance(value, tuple | list) and len(value) == 1:
            return whole(value[0]), whole(value[0])
        if isinstance(value, tuple | list):
            height, width = value
            return whole(height), whole(width)
        return whole(value), whole(value)
    except ValueError:
        message = "a whole number, or a pair of them"
        raise ValueError(message) from None


def axes_of(value: Value) -> tuple[int, ...]:
    """Read the sizes of one example, in the order in which the code gives them."""
    parts = tuple(value) if isinstance(value, tuple | list) else ()
    try:
        axes = tuple(positive(part) for part in parts)
    except ValueError:
        axes = ()
    if not 1 <= len(axes) <= _SIDES:
        message = (
            "height, width and channels, as in (28, 28, 1), or a number of values, as in (784,)"
        )
        raise ValueError(message)
    return axes


def batch_axes(value: Value) -> tuple[int, ...]:
    """Read the sizes of one example behind the number of examples."""
    if isinstance(value, tuple | list) and len(value) > 1:
        return axes_of(tuple(value)[1:])
    message = "the number of examples or None, then height, width and channels"
    raise ValueError(message)


def whole_one(value: Value) -> int:
    """Read one whole number, alone or in brackets."""
    if isinstance(value, tuple | list) and len(value) == 1:
        value = value[0]
    return whole(value)


def truth(value: Value) -> bool:
    """Read True or False."""
    if not isinstance(value, bool):
        message = "True or False"
        raise ValueError(message)  # noqa: TRY004 - every reader raises the same
    return value


def word(value: Value) -> str:
    """Read a text."""
    if not isinstance(value, str):
        message = "a text"
        raise ValueError(message)  # noqa: TRY004 - every reader raises the same
    return value


def called(value: Value) -> str:
    """Read a text, or the name of a function."""
    if isinstance(value, str):
        return value
    if isinstance(value, External | FunctionValue):
        return value.name
    message = "the name of a function, as in 'relu'"
    raise ValueError(message)


def exactly(*values: object) -> Callable[[Value], Any]:
    """Make a reader of the values that Striate has, where the other values have no counterpart."""

    def read(value: Value) -> Any:
        came = value.lower() if isinstance(value, str) else value
        if isinstance(came, list):
            came = tuple(came)
        # True equals 1, and is not meant by it.
        if isinstance(came, Unknown) or not any(
            came == one and isinstance(came, bool) == isinstance(one, bool) for one in values
        ):
            raise ValueError(" or ".join(map(repr, values)))
        return came

    return read

"""The arguments of one call in code: read once each, every fault kept, none passed over in silence.

Every reader raises ValueError with a description of what it would accept. Nothing is ever run.
"""

import ast
import math
from collections.abc import Callable
from dataclasses import dataclass
from textwrap import shorten
from typing import TypeVar, final

from striate.errors import Fault
from striate.errors.code import (
    argument_given_twice,
    argument_not_written_out,
    missing_argument,
    too_many_arguments,
    unknown_argument,
    unreadable_argument,
)


T = TypeVar("T")

# As in tables: nine digits are more than any layer holds, and keep every product short.
_LIMIT = 10**9
_SHOWN = 40


@final
@dataclass(frozen=True, slots=True)
class Code:
    """A block of Python, parsed.

    Args:
        text: What was parsed.
        tree: Its syntax.
        line: Line of the document above its first line.
    """

    text: str
    tree: ast.Module
    line: int

    def line_of(self, node: ast.expr | ast.stmt | ast.keyword) -> int:
        """Give the line of the document that a part of the code begins on."""
        return self.line + node.lineno

    def shown(self, node: ast.expr) -> str:
        """Give a part of the code as it is written, shortened, on one line."""
        written = ast.get_source_segment(self.text, node) or ""
        return shorten(written, _SHOWN, placeholder=" …") if written.strip() else "…"


def dotted(node: ast.expr) -> tuple[str, ...]:
    """Read a dotted name; nothing if it is something else.

    >>> dotted(ast.parse("keras.layers.Dense", mode="eval").body)
    ('keras', 'layers', 'Dense')
    """
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return (*[node.id], *reversed(names)) if isinstance(node, ast.Name) else ()


class Arguments:
    """The arguments of one call on their way to a layer.

    Args:
        code: The block that the call stands in.
        call: The call.
        kind: Name of what is called, for messages.
        names: Names of the arguments that may be given by their place.
    """

    def __init__(self, code: Code, call: ast.Call, kind: str, names: tuple[str, ...]) -> None:
        self.kind = kind
        self.line = code.line_of(call)
        self.faults: list[Fault] = []
        self._code = code
        self._given: dict[str, ast.expr] = {}
        self._asked: list[str] = []
        placed = [one for one in call.args if not isinstance(one, ast.Starred)]
        if len(placed) > len(names):
            fault = too_many_arguments(kind, len(placed), len(names), self.line)
            self.faults.append(fault)
        starred: list[ast.expr] = [one for one in call.args if isinstance(one, ast.Starred)]
        starred += [one.value for one in call.keywords if one.arg is None]
        self.faults += [
            argument_not_written_out(kind, code.shown(one), code.line_of(one)) for one in starred
        ]
        self.is_written_out = not starred
        named = [(one.arg, one.value) for one in call.keywords if one.arg is not None]
        for name, value in (*zip(names, placed, strict=False), *named):
            if name in self._given:
                self.faults.append(argument_given_twice(kind, name, code.line_of(value)))
            self._given.setdefault(name, value)
        self._unread = dict(self._given)

    def has(self, name: str) -> bool:
        """Tell whether an argument is given, and is not None."""
        value = self._given.get(name)
        return value is not None and not (isinstance(value, ast.Constant) and value.value is None)

    def get(self, name: str, read: Callable[[ast.expr], T], default: T) -> T:
        """Read an argument; its default if it is not given, or cannot be read, which is a fault."""
        self._asked += [] if name in self._asked else [name]
        self._unread.pop(name, None)
        if not self.has(name):
            return default
        value = self._given[name]
        try:
            return read(value)
        except ValueError as error:
            shown, line = self._code.shown(value), self._code.line_of(value)
            self.faults.append(unreadable_argument(self.kind, name, shown, str(error), line))
            return default

    def need(self, name: str, read: Callable[[ast.expr], T]) -> T | None:
        """Read an argument that must be given; None means that a fault was found."""
        if not self.has(name) and self.is_written_out:
            self.faults.append(missing_argument(self.kind, name, self.line))
        reader: Callable[[ast.expr], T | None] = read
        return self.get(name, reader, None)

    def line_of(self, name: str) -> int:
        """Give the line that an argument stands on, or that of the call."""
        return self._code.line_of(self._given[name]) if name in self._given else self.line

    def pass_over(self, *names: str) -> None:
        """Leave out arguments that decide nothing about the network."""
        for name in names:
            self._unread.pop(name, None)

    def close(self) -> None:
        """Report every argument that nothing has read: it would have no effect."""
        self.faults += [
            unknown_argument(self.kind, name, self._asked, self._code.line_of(value))
            for name, value in self._unread.items()
        ]


def whole(node: ast.expr) -> int:
    """Read a whole number, or a sum or product of whole numbers.

    >>> whole(ast.parse("16 * 5 * 5", mode="eval").body)
    400
    """
    number = _number(node)
    if not isinstance(number, int) or not -1 < number < _LIMIT:
        message = "a whole number of at most nine digits"
        raise ValueError(message)
    return number


def fraction(node: ast.expr) -> float:
    """Read a number."""
    number = _number(node)
    if number is None or not math.isfinite(number) or abs(number) >= _LIMIT:
        message = "a number"
        raise ValueError(message)
    return float(number)


def whole_pair(node: ast.expr) -> tuple[int, int]:
    """Read one whole number, or a pair of them."""
    try:
        match node:
            case ast.Tuple(elts=[height, width]) | ast.List(elts=[height, width]):
                return whole(height), whole(width)
            case _:
                return whole(node), whole(node)
    except ValueError:
        message = "a whole number, or a pair of them"
        raise ValueError(message) from None


def truth(node: ast.expr) -> bool:
    """Read True or False."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, bool):
        message = "True or False"
        raise ValueError(message)  # noqa: TRY004 - every reader raises the same
    return node.value


def word(node: ast.expr) -> str:
    """Read a text."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        message = "a text"
        raise ValueError(message)  # noqa: TRY004 - every reader raises the same
    return node.value


def exactly(*values: object) -> Callable[[ast.expr], object]:
    """Make a reader of the values that Striate has, where the other values have no counterpart."""

    def read(node: ast.expr) -> object:
        value: object = _number(node)
        if value is None and isinstance(node, ast.Constant):
            value = node.value.lower() if isinstance(node.value, str) else node.value
        # True equals 1, and is not meant by it.
        if not any(
            value == one and isinstance(value, bool) == isinstance(one, bool) for one in values
        ):
            raise ValueError(" or ".join(map(repr, values)))
        return value

    return read


def _number(node: ast.expr) -> int | float | None:
    match node:
        case ast.Constant(value=bool()):
            return None
        case ast.Constant(value=int() | float() as value):
            return value if abs(value) < _LIMIT else None
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            number = _number(operand)
            return None if number is None else -number
        case ast.BinOp(left=left, op=ast.Mult() | ast.Add() | ast.Sub() as sign, right=right):
            one, other = _number(left), _number(right)
            if not isinstance(one, int) or not isinstance(other, int):
                return None
            match sign:
                case ast.Mult():
                    number = one * other
                case ast.Add():
                    number = one + other
                case _:
                    number = one - other
            return number if abs(number) < _LIMIT else None
        case _:
            return None

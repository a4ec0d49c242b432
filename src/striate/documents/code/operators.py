"""Arithmetic and comparison of plain values, within bounds of size and depth."""

import ast
from typing import Any


LONGEST = 100_000
"""Items of a list, and letters of a text, at most."""

DEEPEST = 40
"""Functions that call each other, at most."""

_LARGEST = 2**63
_BITS = 64
_SHARED = 20_000


class TooMuch(Exception):  # noqa: N818 - a bound, told as a fault
    """A bound of the reader is reached."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line
        self.why = why


class TypeDiffers(Exception):  # noqa: N818 - becomes an unknown value
    """An operation that its values do not have."""


def is_light(value: Any) -> bool:
    """Whether a value is small enough to be compared or written: nested lists may share their parts."""
    if not isinstance(value, list | tuple | dict):
        return True
    left, stack = _SHARED, [value]
    while stack:
        one = stack.pop()
        if isinstance(one, dict):
            one = [*one, *one.values()]
        if isinstance(one, list | tuple):
            left -= len(one) + 1
            if left < 0:
                return False
            stack += [inner for inner in one if isinstance(inner, list | tuple | dict)]
    return True


def truth(value: Any) -> bool:
    """Whether a plain value counts as true; what is no plain value does."""
    if isinstance(value, int | float | str | list | tuple | dict | range | None):
        return bool(value)
    return True


def operate(op: ast.operator, left: Any, right: Any) -> Any:
    """Compute an operation of two plain values.

    Raises:
        TypeDiffers: The values have no such operation.
        TooMuch: What comes out is larger than is read.
    """
    if isinstance(left, int | float) and isinstance(right, int | float):
        return _number(op, left, right)
    match op:
        case ast.Add():
            is_same = type(left) is type(right) and isinstance(left, list | tuple | str)
            if is_same:
                _bound(len(left) + len(right))
                return left + right
        case ast.Mult():
            if isinstance(right, list | tuple | str):
                left, right = right, left
            if isinstance(left, list | tuple | str) and isinstance(right, int):
                _bound(len(left) * max(right, 0))
                return left * right
        case ast.Mod() if isinstance(left, str):
            return _formatted(left, right)
        case ast.BitOr() if isinstance(left, dict) and isinstance(right, dict):
            return left | right
        case _:
            pass
    raise TypeDiffers


def _bound(length: int) -> None:
    if length > LONGEST:
        raise TooMuch(0, "it is longer than is read")


def _number(op: ast.operator, left: float, right: float) -> float:
    try:
        match op:
            case ast.Add():
                made = left + right
            case ast.Sub():
                made = left - right
            case ast.Mult():
                made = left * right
            case ast.Div():
                made = left / right
            case ast.FloorDiv():
                made = left // right
            case ast.Mod():
                made = left % right
            case ast.Pow():
                if (
                    isinstance(left, int)
                    and isinstance(right, int)
                    and abs(left) > 1
                    and right > _BITS
                ):
                    raise TooMuch(0, "the number is larger than any layer")
                made = left**right
            case ast.LShift() if isinstance(left, int) and isinstance(right, int):
                if right > _BITS:
                    raise TooMuch(0, "the number is larger than any layer")
                made = left << right
            case ast.RShift() if isinstance(left, int) and isinstance(right, int):
                made = left >> right
            case ast.BitAnd() if isinstance(left, int) and isinstance(right, int):
                made = left & right
            case ast.BitOr() if isinstance(left, int) and isinstance(right, int):
                made = left | right
            case ast.BitXor() if isinstance(left, int) and isinstance(right, int):
                made = left ^ right
            case _:
                raise TypeDiffers
    except (ArithmeticError, ValueError):
        raise TypeDiffers from None
    if isinstance(made, complex):
        raise TypeDiffers
    if isinstance(made, int) and abs(made) > _LARGEST:
        raise TooMuch(0, "the number is larger than any layer")
    return made


def _formatted(text: str, values: Any) -> str:
    parts = values if isinstance(values, tuple) else (values,)
    if not all(isinstance(one, int | float | str) for one in parts):
        raise TypeDiffers
    # A width such as %9999999d would fill the memory.
    if any(
        mark in text for mark in ("%0", "%1", "%2", "%3", "%4", "%5", "%6", "%7", "%8", "%9", "%*")
    ):
        if any(letter.isdigit() and text[i - 1 : i].isdigit() for i, letter in enumerate(text)):
            raise TypeDiffers
        if "%*" in text:
            raise TypeDiffers
    try:
        made = text % parts
    except (TypeError, ValueError):
        raise TypeDiffers from None
    _bound(len(made))
    return made


def compare(op: ast.cmpop, left: Any, right: Any) -> bool:
    """Compare two plain values.

    Raises:
        TypeDiffers: They cannot be compared.
    """
    try:
        match op:
            case ast.Eq():
                return bool(left == right)
            case ast.NotEq():
                return bool(left != right)
            case ast.Lt():
                return bool(left < right)
            case ast.LtE():
                return bool(left <= right)
            case ast.Gt():
                return bool(left > right)
            case ast.GtE():
                return bool(left >= right)
            case ast.In() if isinstance(right, list | tuple | dict | str | range):
                return left in right
            case ast.NotIn() if isinstance(right, list | tuple | dict | str | range):
                return left not in right
            case _:
                raise TypeDiffers
    except TypeError:
        raise TypeDiffers from None

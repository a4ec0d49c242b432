"""Read one cell of a table: whole numbers, sizes, kernels, paddings, options.

Every reader raises ValueError with a description of what it would accept.
"""

import re

from striate.documents.patterns import pattern_of
from striate.errors import DocumentError
from striate.errors.documents import unreadable_input
from striate.layers import Padding, Sides
from striate.shapes import Features, Image, Shape
from striate.table import Claim, Start


EMPTY = {"", "-", "–", "—"}

# Nine digits are more than any layer holds, and keep every product short enough to be printed.
_WHOLE = pattern_of(r"(\d{1,3}(?:,\d{3}){1,2}|\d{1,9})(?:\s*\([^)]*\))?")
_COUNT = pattern_of(r"~?\d{1,3}(?:,\d{3}){1,6}|\d{1,18}(?:\.\d{1,18})?\s?[KMGkmg]?")
_NUMBER = r"\d{1,9}"
_KERNEL = pattern_of(
    rf"(?P<size>{_NUMBER}(?:x{_NUMBER})?)(?:[/+](?P<stride>{_NUMBER}))?(?:\((?P<padding>[sv])\))?"
)
_INPUT = pattern_of(r"\d{1,9}(?:[x,]\d{1,9}){0,2}")
_SHAPE_PARTS = 3
_DECIMAL = r"\d{1,9}(?:\.\d{1,24})?(?:e[+-]?\d{1,3})?"
_START = pattern_of(
    rf"(?:n\(0,(?P<deviation>{_DECIMAL})\)|u\(-(?P<low>{_DECIMAL}),(?P<high>{_DECIMAL})\)|(?P<zero>0))"
    rf"(?:[,;]bias(?P<bias>-?{_DECIMAL}))?"
)
_SIDES = pattern_of(rf"({_NUMBER})(?:\+({_NUMBER}))?")


def plain(text: str) -> str:
    """Write a size in plain letters: no blanks, `x` for every multiplication sign."""
    return re.sub(r"\s+", "", text).replace("×", "x").replace("X", "x").replace("*", "")


def read_whole(text: str) -> int:
    """Read a whole number; thousands separators and a remark in brackets may stand with it.

    >>> read_whole("4,096"), read_whole("3(RGB)")
    (4096, 3)
    """
    match = _WHOLE.fullmatch(text.strip())
    if match is None:
        message = "a whole number of at most nine digits, as in 6 or 4,096"
        raise ValueError(message)
    return int(match[1].replace(",", ""))


def read_size(text: str) -> tuple[int, ...]:
    """Read height x width, or a number of units.

    >>> read_size("28×28"), read_size("4,096")
    ((28, 28), (4096,))
    """
    parts = plain(text).split("x")
    try:
        numbers = tuple(read_whole(part) for part in parts)
    except ValueError:
        numbers = ()
    if len(numbers) not in {1, 2}:
        message = "height x width, as in 28x28, or a number of units"
        raise ValueError(message)
    return numbers


def read_shape(text: str) -> tuple[tuple[int, ...], int | None]:
    """Read a size, and the maps that may stand behind it as a third number.

    >>> read_shape("112×112×64"), read_shape("28x28")
    (((112, 112), 64), ((28, 28), None))
    """
    parts = plain(text).split("x")
    if len(parts) == _SHAPE_PARTS:
        return read_size("x".join(parts[:2])), read_whole(parts[2])
    return read_size(text), None


def read_pair(text: str) -> tuple[int, int]:
    """Read height x width, or one number for both.

    >>> read_pair("5x3"), read_pair("2")
    ((5, 3), (2, 2))
    """
    try:
        numbers = read_size(text)
    except ValueError:
        numbers = ()
    match numbers:
        case (number,):
            return number, number
        case (height, width):
            return height, width
        case _:
            message = "one number or height x width, as in 5 or 5x5"
            raise ValueError(message)


def read_kernel(text: str) -> tuple[tuple[int, int], tuple[int, int] | None, Padding | None]:
    """Read a kernel with the stride and padding that may stand with it.

    >>> read_kernel("7x7+2(S)"), read_kernel("7×7/2")
    (((7, 7), (2, 2), 'same'), ((7, 7), (2, 2), None))
    """
    match = _KERNEL.fullmatch(plain(text).lower())
    if match is None:
        message = "one number or height x width, as in 5, 5x5, 7x7/2 or 7x7+2(S)"
        raise ValueError(message)
    kernel = read_pair(match["size"])
    stride = int(match["stride"]) if match["stride"] else None
    padding: Padding | None = None
    if match["padding"]:
        padding = "same" if match["padding"] == "s" else "valid"
    return kernel, None if stride is None else (stride, stride), padding


def read_padding(text: str) -> Padding:
    """Read a padding: a rule, pixels, height x width, or `before+after` for each.

    >>> read_padding("same"), read_padding("2"), read_padding("0+3")
    ('same', 2, Sides(top=0, bottom=3, left=0, right=3))
    """
    word = plain(text).lower()
    if word in {"valid", "same"}:
        return "same" if word == "same" else "valid"
    sides = [_before_after(part) for part in word.split("x")]
    match sides:
        case [(before, after)] if before == after and before >= 0:
            return before
        case [(before, after)] if before >= 0:
            return Sides(before, after, before, after)
        case [(top, bottom), (left, right)] if min(top, left) >= 0:
            return Sides(top, bottom, left, right)
        case _:
            message = "valid, same, pixels as in 2, or before+after as in 0+3"
            raise ValueError(message)


def _before_after(text: str) -> tuple[int, int]:
    match = _SIDES.fullmatch(text)
    return (int(match[1]), int(match[2] or match[1])) if match else (-1, -1)


def read_count(text: str) -> Claim:
    """Read a claimed count, whole or rounded.

    >>> str(read_count("122,304")), read_count("2.7 K").unit
    ('122,304', 'K')
    """
    word = text.strip()
    if _COUNT.fullmatch(word) is None:
        message = "a count, as in 156, 122,304 or 2.7K"
        raise ValueError(message)
    return Claim(re.sub(r"\s", "", word))


def read_start(text: str) -> Start:
    """Read how numbers begin: normal by its deviation, uniform by its ends, or zero.

    >>> read_start("N(0, 0.01), bias 1"), str(read_start("U(-0.01, 0.01)"))
    (Start(distribution='normal', scale=0.01, bias=1.0), 'U(-0.01, 0.01), bias 0.0')
    """
    match = _START.fullmatch(re.sub(r"\s", "", text).lower())
    if match is None or match["low"] != match["high"]:
        message = (
            "N(0, deviation), U(-a, a) or 0, with the bias behind it, as in N(0, 0.01), bias 1"
        )
        raise ValueError(message)
    bias = float(match["bias"] or 0)
    if match["zero"]:
        return Start("zero", bias=bias)
    if match["deviation"]:
        return Start("normal", float(match["deviation"]), bias)
    return Start("uniform", float(match["high"]), bias)


def read_number(text: str) -> float:
    """Read a number.

    >>> read_number("1e-4")
    0.0001
    """
    try:
        return float(text)
    except ValueError:
        message = "a number, as in 0.75 or 1e-4"
        raise ValueError(message) from None


def read_options(text: str) -> dict[str, str]:
    """Read `name=value` pairs, separated by commas or semicolons.

    >>> read_options("reduction=mean, bias=no")
    {'reduction': 'mean', 'bias': 'no'}
    >>> read_options("words=18,765, vectors=static")
    {'words': '18,765', 'vectors': 'static'}
    """
    options: dict[str, str] = {}
    # A comma between digits belongs to a number.
    for part in re.split(r";|,(?!(?<=\d,)\d)", text):
        name, equals, value = part.partition("=")
        if not equals or not name.strip() or not value.strip():
            message = "name=value pairs, as in rounding=ceil"
            raise ValueError(message)
        if name.strip().lower() in options:
            message = "name=value pairs, each name once"
            raise ValueError(message)
        options[name.strip().lower()] = value.strip()
    return options


def read_truth(text: str) -> bool:
    """Read yes or no."""
    word = text.strip().lower()
    if word not in {"yes", "no"}:
        message = "yes or no"
        raise ValueError(message)
    return word == "yes"


def read_fraction(text: str) -> float:
    """Read a fraction, or a percentage.

    >>> read_fraction("0.4"), read_fraction("40 %")
    (0.4, 0.4)
    """
    word = text.strip()
    try:
        return float(word.rstrip("% ")) / 100 if word.endswith("%") else float(word)
    except ValueError:
        message = "a fraction, as in 0.5 or 50 %"
        raise ValueError(message) from None


def read_input(text: str) -> Shape:
    """Read an input as a flag gives it: channels x height x width, or the numbers of a vector.

    Raises:
        DocumentError: It is neither.

    >>> read_input("1x28x28"), read_input("784")
    (Image(channels=1, height=28, width=28), Features(count=784))
    """
    numbers = (
        [int(one) for one in re.findall(r"\d{1,9}", text)] if _INPUT.fullmatch(plain(text)) else []
    )
    match numbers:
        case [channels, height, width] if min(numbers) > 0:
            return Image(channels, height, width)
        case [count] if count > 0:
            return Features(count)
        case _:
            raise DocumentError(unreadable_input(text))

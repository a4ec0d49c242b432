"""The ways in which a pooling can be filled in: its window, its steps, its padding, its rounding."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from striate.documents.table.numbers import Said
from striate.documents.table.prose import Habits
from striate.errors import LayerError
from striate.layers import AveragePooling, LpPooling, MaxPooling, Padding, Sides
from striate.layers.windows import Rounding
from striate.shapes import Image


Kind = Literal["average", "max"]
Power = float
"""The p of an Lp pooling."""

Told = tuple[str, ...]

_TILINGS = ((2, 0.0), (3, 0.4), (4, 0.4), (5, 0.6), (6, 0.8), (7, 0.8), (8, 0.8))
"""Windows that lie side by side, with what each costs where nothing is said of it."""

_WIDEST_RATIO = 64


class Pooling(NamedTuple):
    """One way of filling in a pooling: the layer, what it costs, and what was inferred."""

    layer: AveragePooling | MaxPooling | LpPooling
    cost: float
    told: Told
    is_exact: bool


class _Window(NamedTuple):
    kernel: tuple[int, int]
    stride: tuple[int, int]
    cost: float
    told: Told = ()


def pooling_kind(op: str, said: Said, habits: Habits) -> tuple[Kind | Power | None, Told]:
    """Tell whether a pooling takes means, the largest values or roots of powers, and by what.

    None where it takes powers, and which is not said.
    """
    if op == "lp pooling":
        power = said.get("p")
        if power is None:
            return None, ()
        return power, (
            f"L{power:g} pooling: (the sum of x^{power:g})^(1/{power:g}) of each window",
        )
    if op != "pooling":
        return ("average" if op == "average pooling" else "max"), ()
    if said.get("pool"):
        return said["pool"], ()
    if habits.pool:
        told = f"{habits.pool} pooling: by the sentence in line {habits.lines.get('pool')}"
        return ("average" if habits.pool == "average" else "max"), (told,)
    return "max", ("max pooling: the usual one, for the document does not say which",)


def poolings(
    kind: Kind | Power, said: Said, image: Image, size: tuple[int, ...], habits: Habits
) -> Iterator[Pooling]:
    """Give the ways of filling in a pooling.

    Args:
        kind: What it takes of a window; the p of an Lp pooling.
        said: Its numbers as far as they are said.
        image: What it reads.
        size: Height and width that it claims to give; empty where it claims none.
        habits: What sentences say of all poolings.
    """
    for window in _windows(said, image, size, habits):
        for padding, rounding, cost, told in _paddings(said, window.kernel, size):
            layer = _pooling(kind, window.kernel, window.stride, padding, rounding)
            if layer is not None:
                yield Pooling(layer, window.cost + cost, (*window.told, *told), cost > 0)


@lru_cache(maxsize=1024)
def _pooling(
    kind: Kind | Power,
    kernel: tuple[int, int],
    stride: tuple[int, int],
    padding: Padding,
    rounding: Rounding,
) -> AveragePooling | MaxPooling | LpPooling | None:
    """Make a pooling, once for all rows that ask for it; None where there is none such."""
    try:
        match kind:
            case "average":
                return AveragePooling(kernel, stride, padding, rounding)
            case "max":
                return MaxPooling(kernel, stride, padding, rounding=rounding)
            case power:
                return LpPooling(kernel, stride, padding, rounding, p=power)
    except LayerError:
        return None


def _windows(said: Said, image: Image, size: tuple[int, ...], habits: Habits) -> Iterator[_Window]:
    kernel, stride = said.get("kernel"), said.get("stride")
    came = f"from {image.height}x{image.width}" + (f" to {size[0]}x{size[1]}" if size else "")
    if kernel is not None and stride is not None:
        yield _Window(kernel, stride, 0.0)
    elif kernel is not None:
        yield _Window(kernel, kernel, 0.0)
        for steps in (2, 1, 3) if size else ():
            if (steps, steps) != kernel:
                yield _Window(
                    kernel, (steps, steps), 0.5 + 0.3 * steps, (f"stride {steps}: {came}",)
                )
    elif stride is not None:
        yield _Window(
            stride, stride, 0.0, (f"window {stride[0]}x{stride[1]}: as wide as its stride",)
        )
        if stride == (2, 2):
            yield _Window((3, 3), stride, 1.5, (f"window 3x3: {came}",))
    else:
        yield from _unsaid(image, size, habits, came if size else "the usual one, for none is said")


def _unsaid(image: Image, size: tuple[int, ...], habits: Habits, why: str) -> Iterator[_Window]:
    """Give windows where neither their size nor their steps are said."""
    usual, extra = habits.pool_kernel, 0.0
    if usual is not None:
        told = f"window {usual[0]}x{usual[1]}: by the sentence in line {habits.lines.get('pool_kernel')}"
        yield _Window(usual, usual, 0.0, (told,))
        extra = 2.0
    for side, cost in _TILINGS if size else _TILINGS[:1]:
        yield _Window((side, side), (side, side), cost + extra, (f"window {side}x{side}: {why}",))
    if not size:
        return
    yield _Window((3, 3), (2, 2), 1.5 + extra, (f"window 3x3, stride 2: {why}",))
    ratio = (image.height // max(size[0], 1), image.width // max(size[1], 1))
    is_new = ratio[0] != ratio[1] or ratio[0] > _TILINGS[-1][0]
    if is_new and min(ratio) >= 1 and max(ratio) <= _WIDEST_RATIO:
        yield _Window(ratio, ratio, 0.7, (f"window {ratio[0]}x{ratio[1]}: {why}",))


def _paddings(
    said: Said, window: tuple[int, int], size: tuple[int, ...]
) -> Iterator[tuple[Padding, Rounding, float, Told]]:
    if "padding" in said:
        yield padding_of(said["padding"]), "floor", 0.0, ()
        return
    yield "valid", "floor", 0.0, ()
    if size:
        yield "valid", "ceil", 1.0, ("a last, partial step is kept: from the size that comes out",)
        yield "same", "floor", 1.1, ("padding same: from the size that comes out",)
        pixels = max(window) // 2
        if max(window) > _TILINGS[0][0]:
            yield pixels, "floor", 1.2, (f"padding {pixels}: from the size that comes out",)


def padding_of(given: Padding | tuple[int, int]) -> Padding:
    """Give a padding as layers take it, from pixels for each axis where these differ."""
    return Sides(given[0], given[0], given[1], given[1]) if isinstance(given, tuple) else given

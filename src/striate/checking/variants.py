"""Find the change of a row that would make its claim true: the likely reason of a contradiction."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from striate.errors import LayerError
from striate.layers import (
    AveragePooling,
    Convolution,
    Cost,
    Layer,
    LpPooling,
    MaxPooling,
    Padding,
    WindowPooling,
)
from striate.layers.windows import Rounding, pair
from striate.shapes import Image, Shape


def explain(layer: Layer, shape: Shape, holds: Callable[[Shape, Cost], bool]) -> str:
    """Name the smallest change of a layer under which a claim about it holds.

    Args:
        layer: The layer as its row gives it.
        shape: What it reads.
        holds: Whether the claim is true for an output and a cost.

    Returns:
        A clause such as `a 4x4 kernel would give it`; nothing if no change does.
    """
    for change, variant in _variants(layer):
        try:
            output, cost = variant.output(shape), variant.cost(shape)
        except LayerError:
            continue
        if holds(output, cost):
            return f"{change} would give it"
    return ""


def explain_units(claimed: int, output: Shape) -> str:
    """Name the one side or number of maps by whose change a product of sizes would be as claimed.

    >>> explain_units(253_440, Image(96, 55, 55))
    '253,440 is 96 x 55 x 48: one of the sides was taken as 48'
    """
    if not isinstance(output, Image) or claimed < 1:
        return ""
    maps, height, width = output.axes
    if claimed % (maps * height) == 0:
        other = claimed // (maps * height)
        return f"{claimed:,} is {maps} x {height} x {other}: one of the sides was taken as {other}"
    if claimed % (maps * width) == 0:
        other = claimed // (maps * width)
        return f"{claimed:,} is {maps} x {other} x {width}: one of the sides was taken as {other}"
    if claimed % (height * width) == 0:
        other = claimed // (height * width)
        return f"{claimed:,} is {other} x {height} x {width}: {other} maps were counted"
    return ""


Variant = Convolution | MaxPooling | AveragePooling | LpPooling


def _variants(layer: Layer) -> Iterator[tuple[str, Variant]]:
    match layer:
        case Convolution():
            if layer.connection_table is not None:
                full = replace(layer, connection_table=None)
                yield "a connection from every map to every map", full
            if layer.groups > 1:
                yield "a convolution without groups", replace(layer, groups=1)
            yield from _windows(layer)
        case WindowPooling():
            rounding: Rounding = "ceil" if layer.rounding == "floor" else "floor"
            yield f"rounding by {rounding}", replace(layer, rounding=rounding)
            yield from _windows(layer)
        case _:
            return


def _windows(layer: Variant) -> Iterator[tuple[str, Variant]]:
    paddings: tuple[Padding, ...] = ("valid", "same", 1, 2, 3)
    for padding in paddings:
        if padding != layer.padding:
            yield f"a padding of {padding}", replace(layer, padding=padding)
    height, width = pair(layer.kernel)
    for by in (-1, 1, -2, 2):
        if min(height, width) + by > 0:
            kernel = (height + by, width + by)
            yield f"a {kernel[0]}x{kernel[1]} kernel", replace(layer, kernel=kernel)
    down, across = layer.window.stride
    for by in (-1, 1):
        if min(down, across) + by > 0:
            yield f"a stride of {down + by}", replace(layer, stride=(down + by, across + by))

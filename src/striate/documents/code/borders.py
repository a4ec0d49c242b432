"""Borders that PyTorch's code puts around maps; cells below zero are cut off from them."""

from collections.abc import Mapping
from dataclasses import replace

from striate.documents.code.arguments import Arguments, exactly, whole
from striate.documents.code.kinds import always, built
from striate.documents.code.values import LayerValue, Plan, Planned, Value
from striate.layers import Border, Convolution, Cropping, Layer, Sides
from striate.layers.enlarging import BorderMode
from striate.shapes import Image
from striate.table import Unreadable


_BORDERS: Mapping[str, BorderMode] = {"ReflectionPad2d": "reflect", "ReplicationPad2d": "replicate"}
_NO_SIDES = Sides(0, 0, 0, 0)


def border(arguments: Arguments, kind: str, made: LayerValue) -> None:
    """Read a border around maps; cells below zero are cut off from them."""
    made.word = "Padding"
    arguments.get("value", exactly(0, 0.0), None)
    sides = arguments.need("padding", sides_of)
    mode: BorderMode = _BORDERS.get(kind, "zeros")
    if sides is None:
        made.plan = always(Unreadable())
        return
    around = Sides(*(max(side, 0) for side in sides))
    within = Sides(*(max(-side, 0) for side in sides))
    plans = []
    if around != _NO_SIDES:
        plans.append(Plan(built(arguments, lambda: Border(around, mode))))
    if within != _NO_SIDES:
        if mode != "zeros":
            arguments.blame("padding", "whole numbers from 0 on")
        plans.append(Plan(built(arguments, lambda: Cropping(within)), word="Cropping"))
    made.plan = lambda _: tuple(plans)


def bordered(layer: Convolution | Unreadable | Layer, mode: BorderMode) -> Planned:
    """Make the plan of a convolution whose border is not of zeros: a row of its own makes that border."""
    if mode == "zeros" or not isinstance(layer, Convolution):
        return always(layer)
    # The border of a convolution that steps by one place depends on no size.
    height, width = layer.axes(Image(1, 1, 1))
    sides = Sides(height.before, height.after, width.before, width.after)
    if sides == _NO_SIDES:
        return always(layer)
    around = Plan(Border(sides, mode), word="Padding")
    plans = (around, Plan(replace(layer, padding="valid")))
    return lambda _: plans


def sides_of(value: Value) -> tuple[int, int, int, int]:
    """Read cells on all sides, or left, right, top and bottom; give top, bottom, left and right."""
    numbers = list(value) if isinstance(value, tuple | list) else [value] * 4
    numbers += [0, 0] if len(numbers) == 2 else []  # noqa: PLR2004 - left and right
    for one in numbers:
        whole(-one if isinstance(one, int) and one < 0 else one)
    if len(numbers) != 4:  # noqa: PLR2004 - four sides
        message = "a whole number, or four of them"
        raise ValueError(message)
    left, right, top, bottom = numbers
    return top, bottom, left, right

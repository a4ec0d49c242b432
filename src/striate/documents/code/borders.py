"""Borders that PyTorch's code puts around maps; cells below zero are cut off from them."""

from collections.abc import Mapping

from striate.documents.code.arguments import Arguments, exactly, whole
from striate.documents.code.kinds import always, built
from striate.documents.code.values import LayerValue, Plan, Value
from striate.layers import Border, Cropping, Sides
from striate.layers.enlarging import BorderMode
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

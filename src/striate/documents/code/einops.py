"""Patterns of einops, as far as rows say them: `rearrange(x, "b c h w -> b (c h w)")`."""

import re
from typing import TYPE_CHECKING

from striate.documents.code.expressions import Expressions
from striate.documents.code.maps import pool_all
from striate.documents.code.values import (
    BATCH,
    Call,
    External,
    LayerValue,
    Map,
    Partial,
    Unknown,
    Value,
)
from striate.layers import AveragePooling, MaxPooling


if TYPE_CHECKING:
    from striate.documents.code.library import Library


Axes = list[list[str]]
"""The axes of one side of a pattern; several names in one are split, or joined."""

_IMAGE = 4
_LONGEST = 200


def einops_call(library: "Library", evaluator: Expressions, name: str, call: Call) -> Value:
    """Read a function of einops, or make a layer of it."""
    line = getattr(call.node, "lineno", 0)
    if name in {"Rearrange", "Reduce"}:
        named = {**dict(zip(("pattern", "reduction"), call.args, strict=False)), **call.kwargs}
        made = LayerValue("torch", name, name, line, lambda _: ())
        made.settings["function"] = Partial(External(f"einops.{name.lower()}"), [], named)
        return library.construction.keep_layer(evaluator, made)
    given = {
        **dict(zip(("tensor", "pattern", "reduction"), call.args, strict=False)),
        **call.kwargs,
    }
    value, pattern = given.get("tensor"), given.get("pattern")
    cause = next((one for one in given.values() if isinstance(one, Unknown)), None)
    if cause is not None or not isinstance(value, Map) or not isinstance(pattern, str):
        return cause or evaluator.unknown(call.node)
    if pattern.count("->") != 1 or len(pattern) > _LONGEST:
        return evaluator.unknown(call.node)
    left, right = (_axes(side) for side in pattern.split("->"))
    if name == "rearrange":
        made_of = _rearranged(library, evaluator, value, (left, right), given, call)
    else:
        made_of = _reduced(library, value, (left, right), given, line) if name == "reduce" else None
    return evaluator.lacking(call.node) if made_of is None else made_of


def _axes(side: str) -> Axes:
    """List the axes of one side of a pattern.

    >>> _axes("b (c h) w")
    [['b'], ['c', 'h'], ['w']]
    """
    parts = re.findall(r"\(([^()]*)\)|([^\s()]+)", side)
    return [[alone] if alone else inner.split() for inner, alone in parts]


def _rearranged(
    library: "Library",
    evaluator: Expressions,
    value: Map,
    sides: tuple[Axes, Axes],
    lengths: dict[str, Value],
    call: Call,
) -> Value:
    left, right = sides
    resizing, line = library.functional.resizing, getattr(call.node, "lineno", 0)
    if left == right:
        return value
    if len(left) == _IMAGE and right == [left[0], [one for axis in left[1:] for one in axis]]:
        return library.maps.flatten(value, line)
    if len(left) == _IMAGE and sorted(left) == sorted(right):
        order = [left.index(axis) for axis in right]
        return resizing.turned(evaluator, value, "permute", Call(call.node, order, {}))
    if len(right) == _IMAGE and left == [right[0], [one for axis in right[1:] for one in axis]]:
        named = [lengths.get(axis[0], -1) for axis in right[1:]]
        return resizing.view(evaluator, value, Call(call.node, [BATCH, *named], {}), line)
    return None


def _reduced(
    library: "Library",
    value: Map,
    sides: tuple[Axes, Axes],
    lengths: dict[str, Value],
    line: int,
) -> Value:
    left, right = sides
    kind = {"mean": "average", "max": "max"}.get(str(lengths.get("reduction")))
    if len(left) != _IMAGE or kind is None:
        return None
    places = (2, 3) if value.layout == "first" else (1, 2)
    kept = [axis for place, axis in enumerate(left) if place not in places]
    whole = all(len(axis) == 1 for axis in left)
    ones = [axis for axis in right if axis not in ([], ["1"])]
    if whole and ones == kept:
        keeps = len(right) == _IMAGE
        return pool_all(
            library.maps, value, "max" if kind == "max" else "average", line, keeps=keeps
        )
    if len(right) == _IMAGE and right == [axis[:1] for axis in left]:
        windows = [axis[1:] for axis in left]
        sizes = [_length(window, lengths) for window in windows]
        if any(windows[place] for place in range(_IMAGE) if place not in places):
            return None
        height, width = (sizes[place] for place in places)
        if height is None or width is None:
            return None
        pooling = MaxPooling if kind == "max" else AveragePooling
        return library.maps.single(pooling((height, width)), value, "Pool", line)
    return None


def _length(window: list[str], lengths: dict[str, Value]) -> int | None:
    """Give the length of a window: 1 if there is none, None if nothing says it."""
    if not window:
        return 1
    said = int(window[0]) if window[0].isdecimal() else lengths.get(window[0])
    return said if len(window) == 1 and isinstance(said, int) and said > 0 else None

"""Numbers that code trains by itself, beside its layers: a factor for each map, and a normalisation written out."""

import ast
import math
from dataclasses import replace
from typing import TYPE_CHECKING

from striate.documents.code.arguments import Arguments
from striate.documents.code.expressions import Expressions
from striate.documents.code.kinds import always
from striate.documents.code.tensors import Filled, Standardizing, Weight
from striate.documents.code.torch_layers import torch_layer
from striate.documents.code.values import (
    Call,
    LayerValue,
    Map,
    Unknown,
    Value,
)
from striate.layers import LayerNormalization, Scaling


if TYPE_CHECKING:
    from striate.documents.code.library import Library


FILLED = {"ones": 1.0, "zeros": 0.0}
_RANKS = (1, 3, 4)
"""Axes of a tensor that holds a number for each map: alone, ahead of the places, and with the examples ahead."""


def filled(name: str, call: Call) -> Filled | None:
    """Read a tensor of one number that has a place for each map; None if it is anything else."""
    sizes = call.args[0] if len(call.args) == 1 else tuple(call.args)
    sizes = call.kwargs.get("size", call.kwargs.get("shape", sizes))
    sizes = (sizes,) if isinstance(sizes, int) else sizes
    if name not in FILLED or not isinstance(sizes, tuple | list) or len(sizes) not in _RANKS:
        return None
    is_whole = all(isinstance(one, int) and one > 0 for one in sizes)
    if not is_whole or sum(one > 1 for one in sizes) != 1:
        return None
    return Filled(tuple(sizes), FILLED[name])


def scaled(op: ast.operator, left: Value, right: Value) -> Filled | None:
    """Multiply a tensor of one number."""
    tensor, number = (left, right) if isinstance(left, Filled) else (right, left)
    if not isinstance(op, ast.Mult) or not isinstance(number, int | float):
        return None
    return replace(tensor, number=tensor.number * number)


class Weights:
    """Reads numbers that are trained beside layers.

    Args:
        library: The reader's knowledge, whose maps are made.
    """

    def __init__(self, library: "Library") -> None:
        self.library = library

    def parameter(self, evaluator: Expressions, call: Call) -> Value:
        """Read `nn.Parameter` of one number for each map; NotImplemented if it holds anything else."""
        held = call.args[0] if call.args else call.kwargs.get("data")
        trains = call.kwargs.get("requires_grad", call.args[1] if len(call.args) > 1 else True)
        if not isinstance(held, Filled) or trains is not True:
            return NotImplemented
        line = getattr(call.node, "lineno", 0)
        plan = always(Scaling(held.number, is_trained=True))
        made = LayerValue("torch", "Parameter", "Scale", line, plan)
        made.settings["sizes"] = held.sizes
        return self.library.construction.keep_layer(evaluator, made)

    def tensors(
        self, evaluator: Expressions, op: ast.operator, left: Value, right: Value, node: ast.AST
    ) -> Value:
        """Compute with tensors of one number, and with normalisations on their way."""
        if isinstance(left, Filled) or isinstance(right, Filled):
            made: Value = scaled(op, left, right)
        else:
            made = self.step(op, left, right)
        return evaluator.unknown(node) if made is None else made

    def viewed(self, value: Weight, places: tuple[Value, ...]) -> Weight | None:
        """Read `weight[:, None, None]`; None if it takes a part."""
        sizes, left = [], list(value.sizes)
        for place in places:
            if place is None:
                sizes.append(1)
            elif place == slice(None) and left:
                sizes.append(left.pop(0))
            else:
                return None
        return Weight(value.layer, (*sizes, *left))

    def called(self, value: Standardizing | Weight, name: str, call: Call) -> Value:
        """Call a method of numbers that are trained, or of a normalisation on its way; None if it is not known."""
        if isinstance(value, Weight):
            return self.reshaped(value, name, call)
        return self.method(value, name, call)

    def reshaped(self, value: Weight, name: str, call: Call) -> Weight | None:
        """Read a view of a weight that moves nothing: `weight.view(1, -1, 1, 1)`; None for anything else."""
        count = math.prod(value.sizes)
        given = call.args[0] if len(call.args) == 1 else tuple(call.args)
        if name == "unsqueeze" and isinstance(given, int):
            place = given % (len(value.sizes) + 1)
            return Weight(value.layer, (*value.sizes[:place], 1, *value.sizes[place:]))
        if name not in {"view", "reshape"} or not isinstance(given, tuple | list):
            return None
        sizes = tuple(count if one == -1 else one for one in given)
        is_whole = all(isinstance(one, int) for one in sizes)
        return Weight(value.layer, sizes) if is_whole and math.prod(sizes) == count else None

    def combine(
        self, evaluator: Expressions, op: ast.operator, value: Map, weight: Weight, node: ast.AST
    ) -> Value:
        """Multiply maps by a trained factor each, or give a normalisation its scale and offset."""
        what = f"{evaluator.shown(node)}: a weight of its own (Parameter)"
        unknown = Unknown(what, getattr(node, "lineno", 0))
        if not _fits(value, weight.sizes):
            return unknown
        above = value.node.layer
        norm = above if isinstance(above, LayerNormalization) and above.over == "maps" else None
        match op:
            case ast.Mult() if norm is not None and not (norm.has_scale or norm.has_offset):
                return self._again(value, replace(norm, has_scale=True), weight.layer)
            case ast.Mult():
                return self.library.maps.apply(weight.layer, value, weight.layer.line)
            case ast.Add() if norm is not None and not norm.has_offset:
                return self._again(value, replace(norm, has_offset=True), weight.layer)
            case _:
                return unknown

    def _again(self, value: Map, layer: LayerNormalization, weight: LayerValue) -> Map:
        """Put a normalisation with its own numbers in the place of the one that maps came out of."""
        node, maps = value.node, self.library.maps
        weight.settings["used"] = True
        before = Map(node.inputs[0], value.axes, value.layout)
        maps.uses += 1
        made = maps.single(layer, before, node.word, node.line, axes=value.axes, use=maps.uses)
        made.node.module = weight
        return made

    def function(self, evaluator: Expressions, value: Map, name: str, call: Call) -> Value:
        """Read a function that is given weights of its own; None if it is not known."""
        return self.layer_norm(evaluator, value, call) if name == "layer_norm" else None

    def layer_norm(self, evaluator: Expressions, value: Map, call: Call) -> Value:
        """Read `F.layer_norm(x, sizes, weight, bias, eps)`."""
        names = ("normalized_shape", "weight", "bias", "eps")
        given = {**dict(zip(names, call.args, strict=False)), **call.kwargs}
        held = [given.pop(name, None) for name in ("weight", "bias")]
        for one in held:
            if one is not None and not isinstance(one, LayerValue):
                return evaluator.unknown(call.node, one)
            if one is not None:
                one.settings["used"] = True
        weight, bias = held
        if weight is None and bias is not None:
            return evaluator.unknown(call.node)
        options = {"elementwise_affine": weight is not None, "bias": bias is not None}
        asked = Call(call.node, [], {**given, **options}, call.spread)
        layer = torch_layer(Arguments(evaluator, asked, "layer_norm", names[:1]), "LayerNorm")
        if weight is not None:
            # Who uses its weights again uses the layer again.
            layer = weight.settings.setdefault("norm", layer)
        return self.library.maps.apply(layer, value, layer.line)

    def step(self, op: ast.operator, left: Value, right: Value) -> Value:
        """Take a normalisation that is written out one step further; None if this is none of its steps."""
        match op, left, right:
            case ast.Sub(), Map() as value, Standardizing(stage="mean") as mean if (
                mean.value.node is value.node
            ):
                return replace(mean, stage="centred")
            case ast.Mult(), Standardizing(stage="centred"), Standardizing(stage="centred"):
                return replace(left, stage="squared") if left.value is right.value else None
            case ast.Pow(), Standardizing(stage="centred"), 2:
                return replace(left, stage="squared")
            case ast.Add(), Standardizing(stage="variance"), float():
                return replace(left, stage="shifted", epsilon=right)
            case ast.Div(), Standardizing(stage="centred"), Standardizing(stage="deviation"):
                if left.value.node is not right.value.node:
                    return None
                layer = LayerNormalization("maps", right.epsilon, has_scale=False, has_offset=False)
                value, line = left.value, left.value.node.line
                return self.library.maps.single(layer, value, "Norm", line, axes=value.axes)
            case ast.Pow(), Standardizing(stage="shifted"), 0.5:
                return replace(left, stage="deviation")
            case _:
                return None

    def method(self, value: Standardizing, name: str, call: Call) -> Standardizing | None:
        """Take it a step further by a method or a function; None if this is none of its steps."""
        match value.stage, name, call.args:
            case "centred", "pow", [2]:
                return replace(value, stage="squared")
            case "squared", "mean", [place, *_] if is_over_maps(value.value, place):
                return replace(value, stage="variance")
            case "squared", "mean", [] if is_over_maps(value.value, call.kwargs.get("dim")):
                return replace(value, stage="variance")
            case "shifted", "sqrt", []:
                return replace(value, stage="deviation")
            case _:
                return None


def is_over_maps(value: Map, place: Value) -> bool:
    """Whether an axis, the number of examples first, is that of the maps."""
    if value.axes is None:
        return False
    rank = len(value.axes) + 1
    where = {1, 1 - rank} if value.layout == "first" else {-1, rank - 1}
    return isinstance(place, int) and place in where


def _fits(value: Map, sizes: tuple[int, ...]) -> bool:
    """Whether numbers meet one map each, as their sizes are laid beside those of maps from the right."""
    axes = value.axes
    if axes is None:
        return False
    sizes = sizes[1:] if len(sizes) == len(axes) + 1 and sizes[0] == 1 else sizes
    place = 0 if value.layout == "first" else len(axes) - 1
    met = (1,) * (len(axes) - len(sizes)) + sizes
    return met == tuple(size if at == place else 1 for at, size in enumerate(axes))

"""How maps are joined: added, multiplied and put behind each other, by layers, functions and operators."""

import ast
import math
from typing import TYPE_CHECKING

from striate.documents.code.arguments import axes_of
from striate.documents.code.expressions import Expressions
from striate.documents.code.values import (
    Builtin,
    Call,
    LayerValue,
    Map,
    Node,
    Partial,
    Repeated,
    Unknown,
    Value,
)
from striate.layers import Add, Concat, Multiply, Scaling
from striate.layers.functions import AMPLITUDE, SLOPE


if TYPE_CHECKING:
    from striate.documents.code.library import Library


_JOINS = {
    "add": "Add",
    "concatenate": "Concat",
    "multiply": "Multiply",
    "average": "Average",
    "maximum": "Maximum",
}
_JOINING: dict[str, Add | Multiply] = {"add": Add(), "multiply": Multiply()}


class Joining:
    """Joins maps.

    Args:
        library: The reader's knowledge, whose maps are made.
    """

    def __init__(self, library: "Library") -> None:
        self.library = library

    def keras_join(self, evaluator: Expressions, name: str, call: Call, line: int) -> Value:
        """Read a layer or function of Keras that joins maps; NotImplemented if it is none."""
        kind = name.lower()
        if name == "Lambda" and (call.args or "function" in call.kwargs):
            return self._lambda(evaluator, call, line)
        if kind == "merge":
            mode = call.kwargs.get("mode", call.args[1] if len(call.args) > 1 else "sum")
            kind = {"sum": "add", "concat": "concatenate", "mul": "multiply", "ave": "average"}.get(
                mode if isinstance(mode, str) else "", ""
            )
            if kind and call.args:
                return self._joined(evaluator, kind, call.args[0], call, line)
            return evaluator.unknown(call.node)
        if kind not in _JOINS:
            return NotImplemented
        if name[0].isupper():
            return Builtin((kind, call), "join")
        if call.args and isinstance(call.args[0], list | tuple):
            return self._joined(evaluator, kind, call.args[0], call, line)
        if len(call.args) == 2 and all(isinstance(one, Map) for one in call.args):  # noqa: PLR2004 - tf.add(a, b)
            return self._joined(evaluator, kind, call.args, call, line)
        return NotImplemented

    def _lambda(self, evaluator: Expressions, call: Call, line: int) -> Value:
        """Read a Lambda layer: its function is applied to the maps."""
        first = call.kwargs.get("input_shape")
        made = LayerValue("keras", "Lambda", "Lambda", line, lambda _: ())
        try:
            made.first = None if first is None else axes_of(first)
            made.says_input = made.first is not None
        except ValueError:
            made.first = None
        names = ("function", "output_shape", "mask", "arguments")
        given = {**dict(zip(names, call.args, strict=False)), **call.kwargs}
        others = given.get("arguments") or {}
        made.settings["function"] = (
            Partial(given["function"], [], others)
            if isinstance(others, dict)
            else evaluator.unknown(call.node, others)
        )
        return evaluator.new(made)

    def joined_layer(self, evaluator: Expressions, this: Value, call: Call) -> Value:
        """Apply `Add()`, `Concatenate()` and their like."""
        kind, made = this
        items = call.args[0] if call.args else None
        if not isinstance(items, list | tuple):
            items = call.args
        return self._joined(evaluator, kind, items, made, getattr(made.node, "lineno", 0))

    def _joined(
        self, evaluator: Expressions, kind: str, items: Value, call: Call, line: int
    ) -> Value:
        if not isinstance(items, list | tuple):
            return evaluator.unknown(call.node, items)
        cause = next((one for one in items if isinstance(one, Unknown)), None)
        if cause is not None:
            return cause
        values = [one for one in items if isinstance(one, Map)]
        if len(values) != len(items) or not values:
            return evaluator.unknown(call.node)
        if kind == "concatenate":
            # The layer is given its axis first; the functions, behind what they join.
            is_function = bool(call.args) and call.args[0] is items
            placed = [one for one in call.args[is_function:] if not isinstance(one, str)]
            axis = call.kwargs.get("axis", call.kwargs.get("concat_axis", (*placed, -1)[0]))
            return self._concat(evaluator, values, axis, call, line)
        return self.arithmetic(evaluator, kind, values, call.node)

    def cat(self, evaluator: Expressions, name: str, call: Call, line: int) -> Value:
        """Read `torch.cat` and its like."""
        items = call.args[0] if call.args else call.kwargs.get("tensors", call.kwargs.get("values"))
        if isinstance(items, Unknown):
            return items
        if not isinstance(items, list | tuple):
            return evaluator.unknown(call.node)
        if name == "stack":
            return evaluator.lacking(call.node)
        doubt = evaluator.doubt_of(items)
        cause = doubt or next((one for one in items if isinstance(one, Unknown)), None)
        if cause is not None:
            return cause
        values = [one for one in items if isinstance(one, Map)]
        if len(values) != len(items) or not values:
            return evaluator.unknown(call.node)
        if name == "add_n":
            return self.arithmetic(evaluator, "add", values, call.node)
        axis = call.kwargs.get(
            "dim", call.kwargs.get("axis", call.args[1] if len(call.args) > 1 else 0)
        )
        return self._concat(evaluator, values, axis, call, line)

    def _concat(
        self, evaluator: Expressions, values: list[Map], axis: Value, call: Call, line: int
    ) -> Value:
        if len(values) == 1:
            return values[0]
        axes = values[0].axes
        # Maps whose sizes are not known are taken for those of images.
        count = 3 if axes is None else len(axes)
        right = {1, -count} if values[0].layout == "first" or count == 1 else {count, -1}
        if isinstance(axis, Unknown):
            return axis
        if axis not in right:
            return evaluator.lacking(call.node)
        return self.library.maps.join(Concat(), values, "Concat", line)

    def operation(
        self, evaluator: Expressions, op: ast.operator, left: Value, right: Value, node: ast.AST
    ) -> Value:
        """Compute an operation of which one side is maps."""
        left, right = _single(left, right), _single(right, left)
        for one in (left, right):
            if isinstance(one, Unknown):
                return one
            if isinstance(one, LayerValue) and one.kind == "Parameter":
                what = f"{evaluator.shown(node)}: a weight of its own (Parameter)"
                return Unknown(what, getattr(node, "lineno", 0))
        if isinstance(left, Map) and isinstance(right, Map):
            match op:
                case ast.Add():
                    return self.arithmetic(evaluator, "add", [left, right], node)
                case ast.Mult():
                    return self.arithmetic(evaluator, "multiply", [left, right], node)
                case _:
                    return evaluator.lacking(node)
        value, number = (left, right) if isinstance(left, Map) else (right, left)
        if isinstance(number, int | float):
            return self._scaled(evaluator, value, op, number, node, is_first=value is left)
        return evaluator.unknown(node)

    def _scaled(
        self,
        evaluator: Expressions,
        value: Map,
        op: ast.operator,
        number: float,
        node: ast.AST,
        *,
        is_first: bool,
    ) -> Value:
        """Pass over numbers that pictures are scaled by; behind the input, a row scales."""
        is_nothing = (number == 1 and isinstance(op, ast.Mult | ast.Div)) or (
            number == 0 and isinstance(op, ast.Add | ast.Sub)
        )
        if is_nothing or value.node.is_example:
            # What is done to examples before a network reads them is no part of it.
            return value
        if value.node.word == "Input":
            shown = evaluator.shown(node)
            text = f"`{shown}` prepares pictures and is no row: the document's `input` says how."
            value.node.remarks.append((getattr(node, "lineno", 0), text))
            return value
        line = getattr(node, "lineno", 0)
        match op:
            case ast.Mult() if _is_scaled_tanh(value.node, number):
                source = value.node.inputs[0].inputs[0]
                before = Map(source, source.axes, value.layout)
                return self.library.maps.function("scaled tanh", before, "Tanh", line)
            case ast.Mult():
                layer = Scaling(number)
            case ast.Div() if is_first and number:
                layer = Scaling(1 / number)
            case ast.Add():
                layer = Scaling(offset=number)
            case ast.Sub():
                layer = Scaling(offset=-number) if is_first else Scaling(-1, number)
            case _:
                return evaluator.lacking(node)
        return self.library.maps.single(layer, value, "Scale", line, axes=value.axes)

    def arithmetic(
        self, evaluator: Expressions, kind: str, values: list[Map], node: ast.AST
    ) -> Value:
        """Join maps value by value."""
        line = getattr(node, "lineno", 0)
        layer = _JOINING.get(kind)
        if layer is None:
            return evaluator.lacking(node)
        return self.library.maps.join(layer, values, _JOINS[kind], line)

    def binary(self, evaluator: Expressions, value: Map, name: str, call: Call) -> Value:
        """Read `x.add(y)`, `x.mul(y)` and their like."""
        if not call.args:
            return evaluator.unknown(call.node)
        op: ast.operator = ast.Mult() if "mul" in name else ast.Add()
        made = self.operation(evaluator, op, value, call.args[0], call.node)
        if name in {"add_", "mul_"} and isinstance(made, Map):
            value.node, value.axes = made.node, made.axes
            return value
        return made


def _is_scaled_tanh(node: Node, factor: float) -> bool:
    """Whether a factor behind a tanh, with the one ahead of it, makes LeCun's scaled tanh."""
    if node.function != "tanh" or node.layer is not None or not node.inputs:
        return False
    ahead = node.inputs[0].layer
    return (
        math.isclose(factor, AMPLITUDE)
        and isinstance(ahead, Scaling)
        and ahead == Scaling(ahead.factor)
        and math.isclose(ahead.factor, SLOPE)
    )


def _single(value: Value, other: Value) -> Value:
    """Return maps as they were before they were repeated to the sizes of others."""
    is_same = isinstance(value, Repeated) and isinstance(other, Map) and value.axes == other.axes
    return value.value if is_same else value

"""Functions and methods of tensors, as far as rows of a table can say them: `F.relu`, `x.view`, `torch.cat`."""

import ast
import math
from typing import TYPE_CHECKING, Literal

from striate.documents.code.arguments import (
    Arguments,
)
from striate.documents.code.evaluator import Evaluator
from striate.documents.code.kinds import function_of
from striate.documents.code.maps import (
    axes_like,
    pool_all,
    reshaped,
    same_but_ones,
    sizes_of,
)
from striate.documents.code.torch_layers import TORCH, torch_layer
from striate.documents.code.values import (
    BatchSize,
    Builtin,
    Call,
    Framework,
    HalfReduced,
    LayerValue,
    Map,
    Model,
    Node,
    Unknown,
    Value,
    shape_of,
)
from striate.errors import LayerError
from striate.layers import Add, Concat, Multiply, Reshape
from striate.shapes import Image
from striate.table import Unreadable


if TYPE_CHECKING:
    from striate.documents.code.library import Library


# Functions of maps alone that are a layer of the same arguments.
_AS_LAYERS = {
    "max_pool1d": "MaxPool1d",
    "max_pool2d": "MaxPool2d",
    "avg_pool1d": "AvgPool1d",
    "avg_pool2d": "AvgPool2d",
    "adaptive_avg_pool1d": "AdaptiveAvgPool1d",
    "adaptive_avg_pool2d": "AdaptiveAvgPool2d",
    "adaptive_max_pool1d": "AdaptiveMaxPool1d",
    "adaptive_max_pool2d": "AdaptiveMaxPool2d",
    "leaky_relu": "LeakyReLU",
    "leaky_relu_": "LeakyReLU",
    "elu": "ELU",
    "elu_": "ELU",
    "gelu": "GELU",
    "softplus": "Softplus",
    "local_response_norm": "LocalResponseNorm",
    "upsample": "Upsample",
    "interpolate": "Upsample",
}
_PLAIN_FUNCTIONS = {
    *("softsign", "hardtanh"),
    *(
        "relu",
        "relu_",
        "sigmoid",
        "tanh",
        "silu",
        "swish",
        "hardswish",
        "hardsigmoid",
        "relu6",
        "selu",
    ),
    *("mish", "hard_swish", "hard_sigmoid", "hard_silu"),
}
_DROPOUTS = {"dropout": "Dropout", "dropout1d": "Dropout1d", "dropout2d": "Dropout2d"}
_TENSORS = {
    "zeros",
    "ones",
    "empty",
    "rand",
    "randn",
    "full",
    "normal",
    "uniform",
    "random",
    "randint",
}
_SAME = {
    *(
        "contiguous",
        "to",
        "cuda",
        "cpu",
        "float",
        "half",
        "double",
        "detach",
        "clone",
        "type",
    ),
    *("requires_grad_", "type_as", "cast", "identity", "stop_gradient", "checkpoint", "as_tensor"),
    *("convert_to_tensor", "numpy", "astype", "long", "int", "retain_grad"),
}
# What makes one number of the values of the examples.
_NUMBERS = {
    *(
        "item",
        "tolist",
        "sum",
        "max",
        "min",
        "argmax",
        "argmin",
        "any",
        "all",
        "std",
        "var",
        "norm",
    ),
}
_REDUCTIONS = {"mean", "reduce_mean", "amax", "reduce_max"}
_JOINS = {
    "add": "Add",
    "concatenate": "Concat",
    "multiply": "Multiply",
    "average": "Average",
    "maximum": "Maximum",
}


class Functional:
    """Reads functions of maps.

    Args:
        library: The reader's knowledge, whose maps are made.
    """

    def __init__(self, library: "Library") -> None:
        self.library = library

    # Calls of a framework's functions

    def call(self, evaluator: Evaluator, framework: Framework, name: str, call: Call) -> Value:
        """Call a function of a framework; NotImplemented if it is none of maps."""
        line = getattr(call.node, "lineno", 0)
        if name in _TENSORS:
            made = self._example(framework, call, line)
            if made is not None:
                return made
        if framework == "keras":
            joined = self._keras_join(evaluator, name, call, line)
            if joined is not NotImplemented:
                return joined
        if call.args and isinstance(call.args[0], HalfReduced):
            shifted = Call(call.node, call.args[1:], call.kwargs, call.spread)
            return self.reduced_again(evaluator, call.args[0], name, shifted)
        value = next((one for one in call.args if isinstance(one, Map)), None)
        key = next(
            (
                k
                for k in ("input", "x", "inputs", "tensor", "self")
                if isinstance(call.kwargs.get(k), Map)
            ),
            "",
        )
        if value is None and key:
            value = call.kwargs[key]
            call = Call(
                call.node,
                [value, *call.args],
                {k: v for k, v in call.kwargs.items() if k != key},
                call.spread,
                call.nodes,
            )
        if name in {"cat", "concat", "concatenate", "stack", "add_n"}:
            return self._cat(evaluator, name, call, line)
        if value is None:
            return NotImplemented
        if call.args and call.args[0] is value:
            return self.method(evaluator, value, name, call, is_function=True)
        return evaluator.unknown(call.node)

    def _example(self, framework: Framework, call: Call, line: int) -> Map | None:
        """Read a tensor that the code makes of numbers: `torch.randn(1, 1, 28, 28)`."""
        sizes = call.kwargs.get("size", call.kwargs.get("shape"))
        if sizes is None:
            given = [one for one in call.args if isinstance(one, tuple | list)]
            sizes = given[-1] if given else call.args
        axes = tuple(sizes) if isinstance(sizes, tuple | list) else ()
        is_whole = all(isinstance(one, int) and one > 0 for one in axes)
        if not 2 <= len(axes) <= 4 or not is_whole:  # noqa: PLR2004 - examples, and up to three sizes
            return None
        layout = "first" if framework == "torch" else self.library.layout
        made = self.library.maps.input(axes[1:], layout, line)
        made.is_example = made.node.is_example = True
        made.node.batch = BatchSize(axes[0])
        self.library.examples.append(made)
        return made

    # Keras's layers that join

    def _keras_join(self, evaluator: Evaluator, name: str, call: Call, line: int) -> Value:
        kind = name.lower()
        if name == "Lambda" and call.args:
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

    def _lambda(self, evaluator: Evaluator, call: Call, line: int) -> Value:
        """Read a Lambda layer: its function is applied to the maps."""
        from striate.documents.code.keras_layers import axes_of  # noqa: PLC0415 - a small circle

        first = call.kwargs.get("input_shape")
        made = LayerValue("keras", "Lambda", "Lambda", line, lambda _: ())
        try:
            made.first = None if first is None else axes_of(first)
            made.says_input = made.first is not None
        except ValueError:
            made.first = None
        made.settings["function"] = call.args[0]
        return evaluator.new(made)

    def joined_layer(self, evaluator: Evaluator, this: Value, call: Call) -> Value:
        """Apply `Add()`, `Concatenate()` and their like."""
        kind, made = this
        items = call.args[0] if call.args else None
        if not isinstance(items, list | tuple):
            items = call.args
        return self._joined(evaluator, kind, items, made, getattr(made.node, "lineno", 0))

    def _joined(
        self, evaluator: Evaluator, kind: str, items: Value, call: Call, line: int
    ) -> Value:
        cause = next((one for one in items if isinstance(one, Unknown)), None)
        if cause is not None:
            return cause
        values = [one for one in items if isinstance(one, Map)]
        if len(values) != len(items) or not values:
            return evaluator.unknown(call.node)
        if kind == "concatenate":
            axis = call.kwargs.get("axis", call.kwargs.get("concat_axis", -1))
            return self._concat(evaluator, values, axis, call, line)
        return self.arithmetic(evaluator, kind, values, call.node)

    def _cat(self, evaluator: Evaluator, name: str, call: Call, line: int) -> Value:
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
        self, evaluator: Evaluator, values: list[Map], axis: Value, call: Call, line: int
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

    # Arithmetic

    def operation(
        self, evaluator: Evaluator, op: ast.operator, left: Value, right: Value, node: ast.AST
    ) -> Value:
        """Compute an operation of which one side is maps."""
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
            return self._scaled(evaluator, value, op, number, node)
        return evaluator.unknown(node)

    def _scaled(
        self, evaluator: Evaluator, value: Map, op: ast.operator, number: float, node: ast.AST
    ) -> Value:
        """Pass over numbers that pictures are scaled by; behind the input, no row does that."""
        is_nothing = (number == 1 and isinstance(op, ast.Mult | ast.Div)) or (
            number == 0 and isinstance(op, ast.Add | ast.Sub)
        )
        if is_nothing:
            return value
        if value.node.word == "Input":
            shown = evaluator.shown(node)
            text = f"`{shown}` prepares pictures and is no row: the document's `input` says how."
            value.node.remarks.append((getattr(node, "lineno", 0), text))
            return value
        return evaluator.lacking(node)

    def arithmetic(
        self, evaluator: Evaluator, kind: str, values: list[Map], node: ast.AST
    ) -> Value:
        """Join maps value by value."""
        line = getattr(node, "lineno", 0)
        layer = _JOINING.get(kind)
        if layer is None:
            return evaluator.lacking(node)
        return self.library.maps.join(layer, values, _JOINS[kind], line)

    # Methods of maps, and functions whose first argument is maps

    def method(
        self, evaluator: Evaluator, value: Map, name: str, call: Call, *, is_function: bool = False
    ) -> Value:
        """Call a method of maps."""
        line = getattr(call.node, "lineno", 0)
        args = call.args[1:] if is_function else call.args
        rest = Call(call.node, args, call.kwargs, call.spread, _shifted(call.nodes, is_function))
        maps = self.library.maps
        match name:
            case _ if name in _PLAIN_FUNCTIONS:
                return self._plain(evaluator, value, name, rest, line)
            case "softmax" | "log_softmax":
                return self._softmax(evaluator, value, name, rest, line)
            case _ if name in _DROPOUTS:
                return self._dropout(evaluator, value, name, rest)
            case _ if name in _AS_LAYERS:
                return self._layer(evaluator, value, _AS_LAYERS[name], name, rest)
            case "max_pool" | "avg_pool" | "pool" | "bias_add" | "conv2d":
                return evaluator.unknown(call.node)
            case "view" | "reshape" | "view_as":
                return self._view(evaluator, value, rest, line)
            case "flatten":
                return self._flatten(evaluator, value, rest, line)
            case "batch_flatten":
                return maps.flatten(value, line)
            case "size":
                return self._size(evaluator, value, rest)
            case "dim" | "ndimension":
                return evaluator.unknown(call.node) if value.axes is None else len(value.axes) + 1
            case "numel" | "nelement":
                count = value.node.batch.count
                if value.axes is None or not count:
                    return evaluator.unknown(call.node)
                return count * math.prod(value.axes)
            case "shape" | "int_shape":
                return sizes_of(value, evaluator, call.node)
            case _ if name in _REDUCTIONS:
                return self._reduced(evaluator, value, name, rest, line)
            case "squeeze" | "unsqueeze" | "expand_dims":
                return self._ones(evaluator, value, name, rest)
            case "squeeze_" | "unsqueeze_":
                made = self._ones(evaluator, value, name.rstrip("_"), rest)
                if isinstance(made, Map):
                    value.axes = made.axes
                return made
            case "expand" | "expand_as" | "broadcast_to":
                return self._expanded(evaluator, value, rest)
            case "add" | "add_" | "mul" | "mul_" | "multiply" | "__add__":
                return self._binary(evaluator, value, name, rest)
            case _ if name in _SAME:
                return value
            case "get_shape" | "as_list":
                return sizes_of(value, evaluator, call.node)
            case _ if name in _NUMBERS and not args and not call.kwargs:
                return Unknown(evaluator.shown(call.node), line, is_data=True)
            case "backward" | "register_hook":
                return None
            case _:
                return evaluator.lacking(call.node)

    def _plain(self, evaluator: Evaluator, value: Map, name: str, call: Call, line: int) -> Value:
        function = function_of(name.rstrip("_"))
        if function is None:
            return Unknown(evaluator.shown(call.node), line)
        made = self.library.maps.function(function, value, _word(name), line)
        if name.endswith("_") or call.kwargs.get("inplace") is True:
            value.node, value.axes = made.node, made.axes
            return value
        return made

    def _softmax(self, evaluator: Evaluator, value: Map, name: str, call: Call, line: int) -> Value:
        axis = call.kwargs.get("dim", call.kwargs.get("axis", call.args[0] if call.args else None))
        count = 1 if value.axes is None else len(value.axes)
        right = {None, -count, 1} if value.layout == "first" else {None, -1, count}
        if isinstance(axis, Unknown) or (axis not in right and not (count == 1 and axis == -1)):
            return evaluator.unknown(call.node)
        made = self.library.maps.function("softmax", value, "Softmax", line)
        if name == "log_softmax":
            made.node.kind = name
            text = "Its log-softmax is a softmax whose logarithm the loss takes."
            made.node.remarks.append((line, text))
        return made

    def _dropout(self, evaluator: Evaluator, value: Map, name: str, call: Call) -> Value:
        training = call.kwargs.get("training", call.args[1] if len(call.args) > 1 else True)
        if training is False:
            return value
        if isinstance(training, Unknown) and "training" not in training.what:
            return training
        kwargs = {k: v for k, v in call.kwargs.items() if k != "training"}
        if "rate" in kwargs:
            kwargs["p"] = kwargs.pop("rate")
        shorter = Call(call.node, call.args[:1], kwargs, call.spread, call.nodes)
        return self._layer(evaluator, value, _DROPOUTS[name], name, shorter)

    def _layer(self, evaluator: Evaluator, value: Map, kind: str, name: str, call: Call) -> Value:
        cause = next(
            (one for one in (*call.args, *call.kwargs.values()) if isinstance(one, Unknown)), None
        )
        if cause is not None:
            return cause
        names = TORCH[kind]
        if kind == "LocalResponseNorm":
            names = ("size", "alpha", "beta", "k")
        arguments = Arguments(evaluator, call, name, names)
        if name in {"max_pool2d", "avg_pool2d"} and "ksize" in call.kwargs:
            return evaluator.unknown(call.node)
        arguments.pass_over("training")
        layer = torch_layer(arguments, kind)
        if layer.framework != "torch" or value.layout == "last":
            layer.framework = "keras"
        layer.settings["is_function"] = True
        return self.library.maps.apply(layer, value, layer.line)

    # Sizes

    def _size(self, evaluator: Evaluator, value: Map, call: Call) -> Value:
        sizes = sizes_of(value, evaluator, call.node)
        index = call.args[0] if call.args else call.kwargs.get("dim")
        if index is None or isinstance(sizes, Unknown):
            # The number of examples is there even where the sizes are not known.
            return sizes if index is None or index != 0 else BatchSize()
        if not isinstance(index, int) or not -len(sizes) <= index < len(sizes):
            return evaluator.unknown(call.node)
        return sizes[index]

    def sliced(self, evaluator: Evaluator, value: Map, index: Value, node: ast.AST) -> Value:
        """Read a part of a tensor: `x[:, :, 0, 0]` and `x[0]` of an example."""
        if isinstance(index, tuple) and value.axes is not None and len(value.axes) == 3:  # noqa: PLR2004 - maps
            is_one = len(index) == 4 and index[2:] == (0, 0) and value.axes[1:] == (1, 1)  # noqa: PLR2004 - and examples
            if is_one and all(one == slice(None) for one in index[:2]):
                return Map(value.node, value.axes[:1], value.layout)
        line = getattr(node, "lineno", 0)
        return Unknown(evaluator.shown(node), line)

    def _view(self, evaluator: Evaluator, value: Map, call: Call, line: int) -> Value:
        sizes = list(call.args)
        if len(sizes) == 1 and isinstance(sizes[0], tuple | list):
            sizes = list(sizes[0])
        if "shape" in call.kwargs and isinstance(call.kwargs["shape"], tuple | list):
            sizes = list(call.kwargs["shape"])
        sizes = [BatchSize() if one is None else one for one in sizes]
        cause = next((one for one in sizes if isinstance(one, Unknown)), None)
        if cause is not None:
            return cause
        axes = reshaped(value, sizes)
        if isinstance(axes, str) or axes is None:
            shown = evaluator.shown(call.node)
            return Unknown(f"{shown}: {axes}" if axes else shown, line)
        maps = self.library.maps
        if value.axes is not None and axes == value.axes:
            return value
        if axes == () or len(axes) == 1:
            if value.axes is not None and len(value.axes) == 1:
                return value
            made = maps.flatten(value, line)
            if axes:
                made.axes = made.node.axes = axes
            return made
        if value.axes is not None and same_but_ones(axes, value.axes):
            return Map(value.node, axes, value.layout)
        return self._reshape(evaluator, value, axes, call, line)

    def _reshape(
        self, evaluator: Evaluator, value: Map, axes: tuple[int, ...], call: Call, line: int
    ) -> Value:
        shape = shape_of(axes, value.layout)
        is_flat = value.axes is not None and len(value.axes) == 1
        if not isinstance(shape, Image) or len(axes) != 3 or not is_flat:  # noqa: PLR2004 - maps
            return Unknown(evaluator.shown(call.node), line)
        return self.library.maps.single(Reshape(shape), value, "Reshape", line, axes=axes)

    def _flatten(self, evaluator: Evaluator, value: Map, call: Call, line: int) -> Value:
        given = {**dict(zip(("start_dim", "end_dim"), call.args, strict=False)), **call.kwargs}
        start, end = given.get("start_dim", 0), given.get("end_dim", -1)
        count = 3 if value.axes is None else len(value.axes)
        if start in {0, 1} and end in {-1, count} and isinstance(start, int):
            if start == 0:
                return Unknown(f"{evaluator.shown(call.node)}: it joins the examples, too", line)
            if value.axes is not None and len(value.axes) == 1:
                return value
            return self.library.maps.flatten(value, line)
        return Unknown(evaluator.shown(call.node), line)

    def _ones(self, evaluator: Evaluator, value: Map, name: str, call: Call) -> Value:
        """Read `squeeze` and `unsqueeze`: sizes of 1 come and go."""
        axes = value.axes
        if axes is None:
            return evaluator.unknown(call.node)
        places = [*call.args, *(v for k, v in call.kwargs.items() if k in {"dim", "axis"})]
        rank = len(axes) + 1
        if name == "squeeze":
            if not places:
                kept = tuple(one for one in axes if one != 1)
                return Map(value.node, kept or axes, value.layout)
            place = places[0]
            if not isinstance(place, int) or not -rank <= place < rank:
                return evaluator.unknown(call.node)
            place %= rank
            if not place or axes[place - 1] != 1:
                return value
            return Map(value.node, axes[: place - 1] + axes[place:], value.layout)
        place = places[0] if places else None
        if not isinstance(place, int) or not -rank - 1 <= place <= rank:
            return evaluator.unknown(call.node)
        place %= rank + 1
        if not place:
            return value if value.is_example else evaluator.unknown(call.node)
        return Map(value.node, (*axes[: place - 1], 1, *axes[place - 1 :]), value.layout)

    def _expanded(self, evaluator: Evaluator, value: Map, call: Call) -> Value:
        """Read `expand`, if it leaves the sizes as they are; no row repeats maps."""
        sizes = call.args[0] if len(call.args) == 1 else call.args
        if isinstance(sizes, Map):
            sizes = None if sizes.axes is None else (-1, *sizes.axes)
        if not isinstance(sizes, tuple | list) or value.axes is None:
            return evaluator.unknown(call.node)
        asked = [-1 if isinstance(size, BatchSize) else size for size in sizes]
        own = (-1, *value.axes)
        is_same = len(asked) == len(own) and all(
            size in (-1, kept) for size, kept in zip(asked, own, strict=True)
        )
        return value if is_same else evaluator.lacking(call.node)

    def _reduced(self, evaluator: Evaluator, value: Map, name: str, call: Call, line: int) -> Value:
        """Read a mean over height and width; over anything else it is a value that depends on data."""
        given = [*call.args, *(v for k, v in call.kwargs.items() if k in {"dim", "axis"})]
        keeps = call.kwargs.get(
            "keepdim", call.kwargs.get("keepdims", len(call.args) > 1 and call.args[1])
        )
        axes = value.axes
        if not given or (axes is not None and len(axes) != 3):  # noqa: PLR2004 - maps
            return Unknown(evaluator.shown(call.node), line, is_data=not given)
        places = given[0] if isinstance(given[0], tuple | list) else (given[0],)
        if not all(isinstance(one, int) and -4 <= one < 4 for one in places):  # noqa: PLR2004 - axes
            return evaluator.unknown(call.node)
        meant = {one % 4 for one in places}
        right = {2, 3} if value.layout == "first" else {1, 2}
        kind: Literal["average", "max"] = "max" if "max" in name else "average"
        if len(meant) == 1 and meant < right:
            return HalfReduced(value, kind, meant.pop(), keeps is True)
        if meant != right:
            return Unknown(evaluator.shown(call.node), line)
        return pool_all(self.library.maps, value, kind, line, keeps=keeps is True)

    def reduced_again(
        self, evaluator: Evaluator, half: HalfReduced, name: str, call: Call
    ) -> Value:
        """Read the second step of `x.mean(3).mean(2)`; the two together are a mean over both axes."""
        line = getattr(call.node, "lineno", 0)
        left = [0, 1, 2, 3]
        if not half.keeps:
            left.remove(half.place)
        place = call.args[0] if call.args else call.kwargs.get("dim", call.kwargs.get("axis"))
        if isinstance(place, tuple | list) and len(place) == 1:
            (place,) = place
        is_same = ("max" if "max" in name else "average") == half.reduction
        if not isinstance(place, int) or not -len(left) <= place < len(left):
            return Unknown(evaluator.shown(call.node), line)
        if name not in _REDUCTIONS or not is_same:
            return Unknown(evaluator.shown(call.node), line)
        rest = [*call.args[1:]] or [False]
        keeps = call.kwargs.get("keepdim", call.kwargs.get("keepdims", rest[0])) is True
        both = {half.place, left[place]}
        if both != ({2, 3} if half.value.layout == "first" else {1, 2}) or keeps != half.keeps:
            return Unknown(evaluator.shown(call.node), line)
        return pool_all(self.library.maps, half.value, half.reduction, line, keeps=keeps)

    def _binary(self, evaluator: Evaluator, value: Map, name: str, call: Call) -> Value:
        if not call.args:
            return evaluator.unknown(call.node)
        op: ast.operator = ast.Mult() if "mul" in name else ast.Add()
        made = self.operation(evaluator, op, value, call.args[0], call.node)
        if name in {"add_", "mul_"} and isinstance(made, Map):
            value.node, value.axes = made.node, made.axes
            return value
        return made

    # Models within models

    def replay(self, model: Model, values: list[Map], line: int) -> Value:
        """Apply a functional model once more: its layers read other maps."""
        if len(values) != len(model.inputs) or not all(
            isinstance(one, Map) for one in model.inputs
        ):
            return Unknown("a model of several inputs", line)
        made: dict[int, Node] = {
            one.node.number: value.node for one, value in zip(model.inputs, values, strict=True)
        }
        outputs = [one for one in model.outputs if isinstance(one, Map)]
        if len(outputs) != 1 or len(model.outputs) != 1:
            return Unknown("a model of several outputs", line)
        for node in reachable(outputs[0].node):
            if node.number in made:
                continue
            if node.word == "Input":
                return Unknown("an input of its own", line)
            made[node.number] = self._again(node, [made[one.number] for one in node.inputs])
        end = made[outputs[0].node.number]
        return Map(end, end.axes, end.layout)

    def _again(self, node: Node, inputs: list[Node]) -> Node:
        fresh = self.library.maps.node(node.kind, node.word, node.line)
        for name in Node.__dataclass_fields__:
            if name not in {"number", "inputs"}:
                setattr(fresh, name, getattr(node, name))
        fresh.inputs = tuple(inputs)
        if [one.axes for one in inputs] != [one.axes for one in node.inputs]:
            fresh.came = shape_of(inputs[0].axes, inputs[0].layout)
            fresh.axes = None
            shapes = [shape_of(one.axes, one.layout) for one in inputs]
            if isinstance(node.layer, Unreadable) or any(one is None for one in shapes):
                return fresh
            try:
                out = shapes[0] if node.layer is None else node.layer.output(*shapes)  # type: ignore[arg-type]
            except (LayerError, TypeError):
                return fresh
            fresh.axes = axes_like(out, inputs[0].axes, node.layout)
        return fresh


def reachable(end: Node) -> list[Node]:
    """List all that an output depends on, in the order in which it was applied."""
    found: dict[int, Node] = {}
    stack = [end]
    while stack:
        node = stack.pop()
        if node.number not in found:
            found[node.number] = node
            stack += node.inputs
    return [found[number] for number in sorted(found)]


_JOINING: dict[str, Add | Multiply] = {"add": Add(), "multiply": Multiply()}


def _word(name: str) -> str:
    words = {"relu": "ReLU", "sigmoid": "Sigmoid", "tanh": "Tanh"}
    plain = name.rstrip("_")
    return words.get(plain, plain.capitalize())


def _shifted(nodes: dict[int | str, ast.expr], is_function: bool) -> dict[int | str, ast.expr]:  # noqa: FBT001 - whether the first argument is the maps
    if not is_function:
        return nodes
    return {key - 1 if isinstance(key, int) else key: node for key, node in nodes.items()}

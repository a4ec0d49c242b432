"""Functions and methods of tensors, as far as rows of a table can say them: `F.relu`, `x.view`, `torch.cat`."""

import ast
import math
from typing import TYPE_CHECKING

from striate.documents.code.arguments import Arguments
from striate.documents.code.expressions import Expressions
from striate.documents.code.joining import Joining
from striate.documents.code.keras_layers import keras_layer
from striate.documents.code.kinds import function_of
from striate.documents.code.maps import sizes_of
from striate.documents.code.resizing import MOVES, REDUCTIONS, Resizing
from striate.documents.code.tensors import Standardizing
from striate.documents.code.torch_layers import LOGARITHM, TORCH, torch_layer
from striate.documents.code.values import (
    BatchSize,
    Call,
    Framework,
    Grouped,
    HalfReduced,
    Map,
    Unknown,
    Value,
)
from striate.documents.code.weights import FILLED, Weights, filled


if TYPE_CHECKING:
    from striate.documents.code.library import Library


# Functions of maps alone that are a layer of the same arguments.
AS_LAYERS = {
    "max_pool1d": "MaxPool1d",
    "max_pool2d": "MaxPool2d",
    "avg_pool1d": "AvgPool1d",
    "avg_pool2d": "AvgPool2d",
    "lp_pool1d": "LPPool1d",
    "lp_pool2d": "LPPool2d",
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
    *("softsign", "hardtanh", "logsigmoid"),
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
_RELU = ("negative_slope", "max_value", "threshold")
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


class Functional:
    """Reads functions of maps.

    Args:
        library: The reader's knowledge, whose maps are made.
    """

    def __init__(self, library: "Library") -> None:
        self.library = library
        self.joining = Joining(library)
        self.resizing = Resizing(library)
        self.weights = Weights(library)

    def call(self, evaluator: Expressions, framework: Framework, path: str, call: Call) -> Value:
        """Call a function of a framework; NotImplemented if it is none of maps."""
        name = path.rpartition(".")[2]
        line = getattr(call.node, "lineno", 0)
        if framework == "torch" and name in FILLED:
            tensor = filled(name, call)
            if tensor is not None:
                return tensor
        if name in _TENSORS:
            made = self._example(framework, call, line)
            if made is not None:
                return made
        if framework == "keras":
            joined = self.joining.keras_join(evaluator, name, call, line)
            if joined is not NotImplemented:
                return joined
        if call.args and isinstance(call.args[0], HalfReduced):
            shifted = Call(call.node, call.args[1:], call.kwargs, call.spread)
            return self.resizing.reduced_again(evaluator, call.args[0], name, shifted)
        if call.args and isinstance(call.args[0], Standardizing):
            shifted = Call(call.node, call.args[1:], call.kwargs, call.spread)
            return self.weights.method(call.args[0], name, shifted) or evaluator.unknown(call.node)
        if call.args and isinstance(call.args[0], Grouped):
            shifted = Call(call.node, call.args[1:], call.kwargs, call.spread)
            return self.resizing.of_groups(evaluator, call.args[0], name, shifted)
        if framework == "keras":
            call = _as_of_torch(path, call)
        value = next((one for one in call.args if isinstance(one, Map)), None)
        key = next(
            (
                k
                for k in ("input", "x", "inputs", "tensor", "value", "self")
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
            return self.joining.cat(evaluator, name, call, line)
        if value is None:
            first = call.args[0] if call.args else None
            is_known = any(name in known for known in (_PLAIN_FUNCTIONS, AS_LAYERS, _DROPOUTS))
            is_known = is_known or name in {"softmax", "log_softmax"}
            return first if is_known and isinstance(first, Unknown) else NotImplemented
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

    def method(
        self,
        evaluator: Expressions,
        value: Map,
        name: str,
        call: Call,
        *,
        is_function: bool = False,
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
            case _ if name in AS_LAYERS:
                return self._layer(evaluator, value, AS_LAYERS[name], name, rest)
            case "max_pool" | "avg_pool" | "pool" | "bias_add" | "conv2d":
                return evaluator.unknown(call.node)
            case "view" | "reshape" | "view_as":
                return self.resizing.view(evaluator, value, rest, line)
            case "flatten":
                return self.resizing.flatten(evaluator, value, rest, line)
            case "batch_flatten":
                return maps.flatten(value, line)
            case "size":
                return self.resizing.size(evaluator, value, rest)
            case "dim" | "ndimension":
                return evaluator.unknown(call.node) if value.axes is None else len(value.axes) + 1
            case "numel" | "nelement":
                count = value.node.batch.count
                if value.axes is None or not count:
                    return evaluator.unknown(call.node)
                return count * math.prod(value.axes)
            case "shape" | "int_shape" | "get_shape" | "as_list":
                return sizes_of(value, evaluator, call.node)
            case _ if name in REDUCTIONS:
                return self.resizing.reduced(evaluator, value, name, rest, line)
            case "chunk" | "split":
                return self.resizing.split(evaluator, value, name, rest)
            case _ if name in MOVES:
                return self.resizing.moved(evaluator, value, name, rest)
            case "squeeze_" | "unsqueeze_":
                made = self.resizing.ones(evaluator, value, name.rstrip("_"), rest)
                if isinstance(made, Map):
                    value.axes = made.axes
                return made
            case "expand" | "expand_as" | "broadcast_to":
                return self.resizing.expanded(evaluator, value, rest)
            case "add" | "add_" | "mul" | "mul_" | "multiply" | "__add__":
                return self.joining.binary(evaluator, value, name, rest)
            case _ if name in _SAME:
                return value
            case _ if name in _NUMBERS and not args and not call.kwargs:
                return Unknown(evaluator.shown(call.node), line, is_data=True)
            case "backward" | "register_hook":
                return None
            case _:
                made = self.weights.function(evaluator, value, name, rest)
                return evaluator.lacking(call.node) if made is None else made

    def _plain(self, evaluator: Expressions, value: Map, name: str, call: Call, line: int) -> Value:
        function = function_of(name.rstrip("_"))
        if function is None:
            return Unknown(evaluator.shown(call.node), line)
        named = {key for key, one in call.kwargs.items() if one is not None}
        if named - {"inplace", "name"} or not all(isinstance(one, bool) for one in call.args):
            if name != "relu":
                return evaluator.lacking(call.node)
            # Keras's function has the slope and the top of its layer.
            arguments = Arguments(evaluator, call, name, _RELU)
            arguments.rename("alpha", "negative_slope")
            layer = keras_layer(arguments, "ReLU", value.layout)
            return self.library.maps.apply(layer, value, line)
        made = self.library.maps.function(function, value, _word(name), line)
        if name.endswith("_") or call.kwargs.get("inplace") is True:
            value.node, value.axes = made.node, made.axes
            return value
        return made

    def _softmax(
        self, evaluator: Expressions, value: Map, name: str, call: Call, line: int
    ) -> Value:
        axis = call.kwargs.get("dim", call.kwargs.get("axis", call.args[0] if call.args else None))
        count = 1 if value.axes is None else len(value.axes)
        right = {None, -count, 1} if value.layout == "first" else {None, -1, count}
        if isinstance(axis, Unknown) or (axis not in right and not (count == 1 and axis == -1)):
            return evaluator.unknown(call.node)
        made = self.library.maps.function("softmax", value, "Softmax", line)
        if name == "log_softmax":
            made.node.kind = name
            made.node.remarks.append((line, LOGARITHM))
        return made

    def _dropout(self, evaluator: Expressions, value: Map, name: str, call: Call) -> Value:
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

    def _layer(self, evaluator: Expressions, value: Map, kind: str, name: str, call: Call) -> Value:
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


def _as_of_torch(path: str, call: Call) -> Call:
    """Spell a call of Keras or TensorFlow as PyTorch's function of that name, whose usual values differ."""
    kwargs = dict(call.kwargs)
    args = call.args[:1]
    given = call.args[1] if len(call.args) > 1 else None
    match path.rpartition(".")[2]:
        case "leaky_relu":
            slope = kwargs.pop("alpha", kwargs.pop("negative_slope", given))
            kwargs["negative_slope"] = 0.2 if slope is None else slope
        case "gelu":
            form = kwargs.pop("approximate", given)
            is_near = ".ops." in path if form is None else form
            if isinstance(is_near, bool):
                is_near = "tanh" if is_near else "none"
            kwargs["approximate"] = is_near
        case _:
            return call
    kwargs.pop("name", None)
    return Call(call.node, args, kwargs, call.spread, call.nodes)


def _word(name: str) -> str:
    words = {"relu": "ReLU", "sigmoid": "Sigmoid", "tanh": "Tanh"}
    plain = name.rstrip("_")
    return words.get(plain, plain.capitalize())


def _shifted(nodes: dict[int | str, ast.expr], is_function: bool) -> dict[int | str, ast.expr]:  # noqa: FBT001 - whether the first argument is the maps
    if not is_function:
        return nodes
    return {key - 1 if isinstance(key, int) else key: node for key, node in nodes.items()}

"""Keras's layers as code writes them: channels last, sizes spoken by `input_shape`."""

import ast
from collections.abc import Mapping

from striate.documents.code_arguments import (
    Arguments,
    exactly,
    fraction,
    truth,
    whole,
    whole_pair,
    word,
)
from striate.documents.code_layers import VALID, CodeLayer, Reads, built, named_function
from striate.layers import (
    AveragePooling,
    Convolution,
    Dropout,
    Flatten,
    FullyConnected,
    Function,
    GlobalPooling,
    Input,
    Layer,
    MaxPooling,
    Padding,
)
from striate.shapes import Features, Image, Shape


_POOLING = ("pool_size", "strides", "padding", "data_format")

KERAS: Mapping[str, tuple[str, ...]] = {
    "Input": ("shape",),
    "InputLayer": ("input_shape",),
    "Conv2D": (
        *("filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate"),
        *("groups", "activation", "use_bias"),
    ),
    "MaxPooling2D": _POOLING,
    "AveragePooling2D": _POOLING,
    "GlobalAveragePooling2D": ("data_format",),
    "GlobalMaxPooling2D": ("data_format",),
    "Flatten": ("data_format",),
    "Dense": ("units", "activation", "use_bias"),
    "Dropout": ("rate",),
    "Activation": ("activation",),
    "ReLU": (),
    "Softmax": ("axis",),
}
"""The layers that are understood, each with the arguments that may be given by their place."""

KERAS_ALIASES: Mapping[str, str] = {
    "Convolution2D": "Conv2D",
    "MaxPool2D": "MaxPooling2D",
    "AvgPool2D": "AveragePooling2D",
    "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "GlobalMaxPool2D": "GlobalMaxPooling2D",
}


def keras_layer(arguments: Arguments, kind: str) -> CodeLayer:
    """Read one layer of a Keras Sequential.

    Args:
        arguments: Those of its call; what cannot be read is added to their faults.
        kind: Its name, a key of `KERAS`.
    """
    name = " ".join(arguments.get("name", word, "").split())
    arguments.pass_over("dtype")
    reads = None if kind.startswith("Input") else _reads(arguments)
    function = named_function(arguments) if kind in {"Conv2D", "Dense", "Activation"} else None
    layer: Layer | None = None
    match kind:
        case "Input" | "InputLayer":
            said = "shape" if arguments.has("shape") or kind == "Input" else "input_shape"
            shape = arguments.need(said, _shape)
            read = built(arguments, lambda: None if shape is None else Input(shape))
            return CodeLayer(arguments.kind, "Input", arguments.line, read, name=name)
        case "Conv2D":
            read, word_of_row = built(arguments, lambda: _convolution(arguments)), "Conv"
        case "MaxPooling2D" | "AveragePooling2D":
            read, word_of_row = built(arguments, lambda: _pooling(arguments, kind)), "Pool"
        case "GlobalAveragePooling2D" | "GlobalMaxPooling2D":
            layer = GlobalPooling("average" if "Average" in kind else "max")
            arguments.get("data_format", exactly("channels_last"), None)
            read, word_of_row = built(arguments, lambda: layer), "GlobalPool"
        case "Flatten":
            arguments.get("data_format", exactly("channels_last"), None)
            read, word_of_row = built(arguments, Flatten), "Flatten"
        case "Dense":
            read, word_of_row = built(arguments, lambda: _dense(arguments)), "Dense"
        case "Dropout":
            arguments.pass_over("seed")
            rate = arguments.need("rate", fraction)
            read = built(arguments, lambda: None if rate is None else Dropout(rate))
            word_of_row = "Dropout"
        case _:
            return _function_alone(arguments, kind, function, name)
    line, says_input = arguments.line, arguments.has("input_shape") or arguments.has("input_dim")
    return CodeLayer(arguments.kind, word_of_row, line, read, function, name, reads, says_input)


def _function_alone(
    arguments: Arguments, kind: str, function: Function | None, name: str
) -> CodeLayer:
    match kind:
        case "ReLU":
            for one in ("max_value", "negative_slope", "threshold"):
                arguments.get(one, exactly(0) if one != "max_value" else exactly(None), None)
            function = "ReLU"
        case "Softmax":
            arguments.get("axis", exactly(-1), None)
            function = "softmax"
        case _:
            arguments.need("activation", lambda node: node)
    return CodeLayer(arguments.kind, kind, arguments.line, None, function, name)


def _reads(arguments: Arguments) -> Reads | None:
    shape = arguments.get("input_shape", _shape, None)
    if shape is not None:
        return Reads("input_shape", shape, arguments.line_of("input_shape"))
    count = arguments.get("input_dim", whole, None)
    if count is not None and count > 0:
        return Reads("input_dim", Features(count), arguments.line_of("input_dim"))
    return None


def _shape(node: ast.expr) -> Shape:
    parts = node.elts if isinstance(node, ast.Tuple | ast.List) else []
    try:
        sizes = [whole(part) for part in parts]
    except ValueError:
        sizes = []
    match sizes:
        case [count] if count > 0:
            return Features(count)
        case [height, width] if min(height, width) > 0:
            return Image(1, height, width)
        case [height, width, channels] if min(height, width, channels) > 0:
            return Image(channels, height, width)
        case _:
            message = (
                "height, width and channels, as in (28, 28, 1), or a number of values, as in (784,)"
            )
            raise ValueError(message)


def _convolution(arguments: Arguments) -> Layer | None:
    maps = arguments.need("filters", whole)
    kernel = arguments.need("kernel_size", whole_pair)
    stride = arguments.get("strides", whole_pair, (1, 1))
    padding = arguments.get("padding", _padding, VALID)
    arguments.get("data_format", exactly("channels_last"), None)
    dilation = arguments.get("dilation_rate", whole_pair, (1, 1))
    groups = arguments.get("groups", whole, 1)
    has_bias = arguments.get("use_bias", truth, default=True)
    if maps is None or kernel is None:
        return None
    return Convolution(maps, kernel, stride, padding, dilation, groups, has_bias)


def _pooling(arguments: Arguments, kind: str) -> Layer:
    size = arguments.get("pool_size", whole_pair, (2, 2))
    stride = arguments.get("strides", whole_pair, None)
    padding = arguments.get("padding", _padding, VALID)
    arguments.get("data_format", exactly("channels_last"), None)
    if kind == "MaxPooling2D":
        return MaxPooling(size, stride, padding)
    # Keras divides by the cells inside the image.
    return AveragePooling(size, stride, padding, divisor="inside")


def _padding(node: ast.expr) -> Padding:
    match exactly("same", "valid")(node):
        case "same":
            return "same"
        case _:
            return "valid"


def _dense(arguments: Arguments) -> Layer | None:
    units = arguments.need("units", whole)
    has_bias = arguments.get("use_bias", truth, default=True)
    return None if units is None else FullyConnected(units, has_bias)

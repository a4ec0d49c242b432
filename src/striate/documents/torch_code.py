"""PyTorch's layers as code writes them: what comes in is said by `in_features` and `in_channels`."""

import ast
from collections.abc import Mapping
from typing import Literal

from striate.documents.code_arguments import (
    Arguments,
    exactly,
    fraction,
    truth,
    whole,
    whole_pair,
)
from striate.documents.code_layers import FUNCTIONS, VALID, CodeLayer, Reads, built
from striate.layers import (
    AveragePooling,
    Convolution,
    Dropout,
    Flatten,
    FullyConnected,
    GlobalPooling,
    Layer,
    MaxPooling,
    Padding,
    Sides,
)
from striate.layers.windows import Rounding


TORCH: Mapping[str, tuple[str, ...]] = {
    "Linear": ("in_features", "out_features", "bias"),
    "Conv2d": (
        *("in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation"),
        *("groups", "bias", "padding_mode"),
    ),
    "MaxPool2d": (
        *("kernel_size", "stride", "padding", "dilation", "return_indices", "ceil_mode"),
    ),
    "AvgPool2d": (
        *("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad"),
        "divisor_override",
    ),
    "AdaptiveAvgPool2d": ("output_size",),
    "AdaptiveMaxPool2d": ("output_size",),
    "Flatten": ("start_dim", "end_dim"),
    "Dropout": ("p", "inplace"),
    "ReLU": ("inplace",),
    "Sigmoid": (),
    "Tanh": (),
    "Softmax": ("dim",),
    "Identity": (),
}
"""The layers that are understood, each with the arguments that may be given by their place."""


def torch_layer(arguments: Arguments, kind: str) -> CodeLayer:
    """Read one layer of a PyTorch Sequential.

    Args:
        arguments: Those of its call; what cannot be read is added to their faults.
        kind: Its name, a key of `TORCH`.
    """
    # Where and how precisely the numbers are held decides nothing about the network.
    arguments.pass_over("device", "dtype", "inplace")
    reads: Reads | None = None
    match kind:
        case "Linear":
            reads = _reads(arguments, "in_features")
            read, word = built(arguments, lambda: _linear(arguments)), "Linear"
        case "Conv2d":
            reads = _reads(arguments, "in_channels")
            read, word = built(arguments, lambda: _convolution(arguments)), "Conv"
        case "MaxPool2d":
            read, word = built(arguments, lambda: _max_pooling(arguments)), "Pool"
        case "AvgPool2d":
            read, word = built(arguments, lambda: _average_pooling(arguments)), "Pool"
        case "AdaptiveAvgPool2d" | "AdaptiveMaxPool2d":
            read, word = built(arguments, lambda: _global_pooling(arguments, kind)), "GlobalPool"
        case "Flatten":
            arguments.get("start_dim", exactly(1), None)
            arguments.get("end_dim", exactly(-1), None)
            read, word = built(arguments, Flatten), "Flatten"
        case "Dropout":
            rate = arguments.get("p", fraction, 0.5)
            read, word = built(arguments, lambda: Dropout(rate)), "Dropout"
        case "Identity":
            return CodeLayer(arguments.kind, kind, arguments.line, None)
        case _:
            if kind == "Softmax":
                arguments.get("dim", exactly(1, -1), None)
            function = FUNCTIONS[kind.lower()]
            return CodeLayer(arguments.kind, kind, arguments.line, None, function)
    line, says_input = arguments.line, kind == "Linear"
    return CodeLayer(arguments.kind, word, line, read, reads=reads, says_input=says_input)


def _reads(arguments: Arguments, name: Literal["in_features", "in_channels"]) -> Reads | None:
    number = arguments.need(name, _positive)
    return None if number is None else Reads(name, number, arguments.line_of(name))


def _positive(node: ast.expr) -> int:
    number = whole(node)
    if number < 1:
        message = "a whole number above 0"
        raise ValueError(message)
    return number


def _linear(arguments: Arguments) -> Layer | None:
    units = arguments.need("out_features", whole)
    has_bias = arguments.get("bias", truth, default=True)
    return None if units is None else FullyConnected(units, has_bias)


def _convolution(arguments: Arguments) -> Layer | None:
    maps = arguments.need("out_channels", whole)
    kernel = arguments.need("kernel_size", whole_pair)
    stride = arguments.get("stride", whole_pair, (1, 1))
    padding = arguments.get("padding", _padding, VALID)
    dilation = arguments.get("dilation", whole_pair, (1, 1))
    groups = arguments.get("groups", whole, 1)
    has_bias = arguments.get("bias", truth, default=True)
    arguments.get("padding_mode", exactly("zeros"), None)
    if padding == "same" and stride != (1, 1):
        padding = arguments.get("padding", _pixels, VALID)
    if maps is None or kernel is None:
        return None
    return Convolution(maps, kernel, stride, padding, dilation, groups, has_bias)


def _max_pooling(arguments: Arguments) -> Layer | None:
    kernel = arguments.need("kernel_size", whole_pair)
    stride = arguments.get("stride", whole_pair, None)
    padding = arguments.get("padding", _pixels, VALID)
    dilation = arguments.get("dilation", whole_pair, (1, 1))
    arguments.get("return_indices", exactly(False), None)  # noqa: FBT003 - the value itself
    rounding = _rounding(arguments)
    return None if kernel is None else MaxPooling(kernel, stride, padding, dilation, rounding)


def _average_pooling(arguments: Arguments) -> Layer | None:
    kernel = arguments.need("kernel_size", whole_pair)
    stride = arguments.get("stride", whole_pair, None)
    padding = arguments.get("padding", _pixels, VALID)
    rounding = _rounding(arguments)
    counts_padding = arguments.get("count_include_pad", truth, default=True)
    arguments.get("divisor_override", exactly(None), None)
    if kernel is None:
        return None
    return AveragePooling(
        kernel, stride, padding, rounding, "window" if counts_padding else "inside"
    )


def _global_pooling(arguments: Arguments, kind: str) -> Layer | None:
    size = arguments.need("output_size", _one_cell)
    return None if size is None else GlobalPooling("average" if "Avg" in kind else "max")


def _one_cell(node: ast.expr) -> tuple[int, int]:
    size = whole_pair(node)
    if size != (1, 1):
        message = "1, or (1, 1): one value a map"
        raise ValueError(message)
    return size


def _rounding(arguments: Arguments) -> Rounding:
    return "ceil" if arguments.get("ceil_mode", truth, default=False) else "floor"


def _padding(node: ast.expr) -> Padding:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        match exactly("same", "valid")(node):
            case "same":
                return "same"
            case _:
                return "valid"
    return _pixels(node)


def _pixels(node: ast.expr) -> Padding:
    height, width = whole_pair(node)
    if height == width:
        # No padding is written in one way alone.
        return height or "valid"
    return Sides(height, height, width, width)

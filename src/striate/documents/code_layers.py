"""What Keras's and PyTorch's layers have in common on their way to rows."""

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, final

from striate.documents.code_arguments import Arguments, dotted
from striate.errors import LayerError
from striate.errors.code import unknown_code_function
from striate.layers import Function, Layer, Padding
from striate.shapes import Shape
from striate.table import Unreadable


Framework = Literal["keras", "torch"]


@final
@dataclass(frozen=True, slots=True)
class Reads:
    """What the code says a layer reads.

    Args:
        argument: The argument that says so.
        value: A whole shape, a number of channels or a number of values, by the argument.
        line: Its line.
    """

    argument: Literal["input_shape", "input_dim", "in_channels", "in_features"]
    value: Shape | int
    line: int


@final
@dataclass(frozen=True, slots=True)
class CodeLayer:
    """One layer of a Sequential, read.

    Args:
        kind: Its name in the code.
        word: What its row is called, before it is numbered: Conv, Pool, Dense.
        line: Its line in the document.
        layer: The layer; None if the call is a function alone, which may join the row above.
        function: Its activation function.
        name: The name that the code gives it.
        reads: What the code says it reads.
        says_input: Whether it says what it reads in a way that can be read or has its fault, or may
            say so in a way that is not understood.
    """

    kind: str
    word: str
    line: int
    layer: Layer | Unreadable | None
    function: Function | None = None
    name: str = ""
    reads: Reads | None = None
    says_input: bool = False


VALID: Padding = "valid"

FUNCTIONS: dict[str, Function] = {
    "relu": "ReLU",
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "softmax": "softmax",
}
"""Activation functions by their names in code, in small letters."""


def built(arguments: Arguments, make: Callable[[], Layer | None]) -> Layer | Unreadable:
    """Make a layer of arguments that were read; what cannot be is added to their faults.

    Args:
        arguments: Those of the layer.
        make: Makes the layer; gives None if an argument that it needs is missing.
    """
    try:
        layer = make()
    except LayerError as error:
        arguments.faults += [
            fault.at(f"{arguments.kind}, {fault.where}", arguments.line) for fault in error.faults
        ]
        return Unreadable()
    return layer if layer is not None and arguments.is_written_out else Unreadable()


def named_function(arguments: Arguments) -> Function | None:
    """Read Keras's argument `activation`: a text, or the name of a function."""

    def read(node: ast.expr) -> str:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        names = dotted(node)
        if not names:
            message = "the name of a function, as in 'relu'"
            raise ValueError(message)
        return names[-1]

    came = arguments.get("activation", read, "linear")
    function = FUNCTIONS.get(came.lower())
    if function is None and came.lower() != "linear":
        line = arguments.line_of("activation")
        fault = unknown_code_function(f"{arguments.kind}, activation", came, FUNCTIONS, line)
        arguments.faults.append(fault)
    return function

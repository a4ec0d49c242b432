"""What Keras's and PyTorch's layers have in common on their way to rows."""

from collections.abc import Callable
from typing import get_args

from striate.documents.code.arguments import Arguments
from striate.documents.code.values import Plan, Planned
from striate.errors import LayerError
from striate.errors.code import no_row_for
from striate.layers import Convolution, Function, Layer, Padding
from striate.shapes import Image, Shape
from striate.table import Unreadable


VALID: Padding = "valid"

_FUNCTIONS: dict[str, str] = {
    "relu": "ReLU",
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "softmax": "softmax",
    "gelu": "GELU",
    "silu": "SiLU",
    "swish": "SiLU",
    "hardswish": "hard swish",
    "hard_swish": "hard swish",
    "hard_silu": "hard swish",
    "hardsigmoid": "hard sigmoid",
    "relu6": "ReLU6",
    "selu": "SELU",
    "softplus": "softplus",
    "mish": "mish",
}


def function_of(name: str) -> Function | None:
    """Return the activation function of a name in code; None if tables hold none such."""
    known = _FUNCTIONS.get(name.lower())
    return next((one for one in get_args(Function) if one == known), None)


def function_names() -> tuple[str, ...]:
    """Return the names of the functions that tables hold, as code writes them."""
    return tuple(name for name in _FUNCTIONS if function_of(name) is not None)


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


def always(layer: Layer | Unreadable | None, function: Function | None = None) -> Planned:
    """Make the plan of a layer that does not depend on what comes in."""
    plan = (Plan(layer, function),)
    return lambda _: plan


def nothing(*remarks: str) -> Planned:
    """Make the plan of a layer that has no row."""
    plan = (Plan(None, remarks=remarks),)
    return lambda _: plan


def depthwise(shape: Shape | None, convolution: Convolution, multiplier: int) -> Layer | Unreadable:
    """Give a convolution one group a map that comes in."""
    if not isinstance(shape, Image):
        return Unreadable()
    maps = shape.channels
    return Convolution(
        maps * multiplier,
        convolution.kernel,
        convolution.stride,
        convolution.padding,
        convolution.dilation,
        maps,
        convolution.has_bias,
    )


FRACTIONS: dict[str, tuple[str, float]] = {
    "LeakyReLU": ("negative_slope", 0.01),
    "ELU": ("alpha", 1.0),
}
"""Functions with a number: its name and usual value in PyTorch."""


def parametric(arguments: Arguments, kind: str, number: float) -> Planned:
    """Make the plan of an activation function with a number."""
    return lacking(arguments)


def lacking(arguments: Arguments) -> Planned:
    """Make the plan of a layer that the code may hold and no table can."""
    arguments.pass_over_all()
    arguments.faults.append(no_row_for(arguments.kind, arguments.line))
    return always(Unreadable())

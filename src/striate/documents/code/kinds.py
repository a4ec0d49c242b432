"""What Keras's and PyTorch's layers have in common on their way to rows."""

from collections.abc import Callable
from dataclasses import replace

from striate.documents.code.arguments import Arguments
from striate.documents.code.values import Plan, Planned
from striate.errors import LayerError
from striate.errors.code import no_row_for
from striate.layers import (
    ELU,
    BatchNormalization,
    Convolution,
    FullyConnected,
    Function,
    GroupNormalization,
    Layer,
    LayerNormalization,
    LeakyReLU,
    Padding,
    TransposedConvolution,
)
from striate.table import Unreadable


VALID: Padding = "valid"

FUNCTIONS: dict[str, Function] = {
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
    "hard_sigmoid": "hard sigmoid",
    "hardtanh": "hard tanh",
    "hard_tanh": "hard tanh",
    "logsigmoid": "log sigmoid",
    "log_sigmoid": "log sigmoid",
    "relu6": "ReLU6",
    "selu": "SELU",
    "softplus": "softplus",
    "softsign": "softsign",
    "mish": "mish",
    "elu": ELU(1.0),
    "leaky_relu": LeakyReLU(0.2),
}
"""Activation functions by their names in code, in small letters; `leaky_relu` with Keras's slope."""


def function_of(name: str) -> Function | None:
    """Return the activation function of a name in code; None if tables hold none such."""
    return FUNCTIONS.get(name.lower())


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


def lacking(arguments: Arguments) -> Planned:
    """Make the plan of a layer that the code may hold and no table can."""
    arguments.pass_over_all()
    arguments.faults.append(no_row_for(arguments.kind, arguments.line))
    return always(Unreadable())


def without(planned: Planned, parameter: str) -> Planned:
    """Make the plan of a layer that has lost its weight or its bias, as by `layer.bias = None`.

    Args:
        planned: The plan of the layer as it was.
        parameter: `weight`, which is the scale of a normalisation; or `bias`.
    """

    def lost(plan: Plan) -> Plan:
        match plan.layer:
            case BatchNormalization() | LayerNormalization() | GroupNormalization() as layer:
                left = (
                    replace(layer, has_scale=False)
                    if parameter == "weight"
                    else replace(layer, has_offset=False)
                )
                return replace(plan, layer=left)
            case Convolution() | TransposedConvolution() | FullyConnected() as layer if (
                parameter == "bias"
            ):
                return replace(plan, layer=replace(layer, has_bias=False))
            case None | Unreadable():
                return plan
            case _:
                return replace(plan, layer=Unreadable())

    return lambda shape: tuple(map(lost, planned(shape)))

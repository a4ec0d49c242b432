"""Which form does which kind of layer, with which function behind it; torch does all the rest.

All forms here work on fp32 alone, but for `bf16 reading`, which works on bf16 alone.
"""

from typing import Literal, assert_never

from striate import layers
from striate.layers import Function, Layer
from striate.table import Unreadable


Form = Literal["straight step", "small reading", "bf16 reading"]
"""Forms in which one call of a kernel takes an example through all rows: a step of small rows
(`kernels/straight_network.py`), reading with few numbers (`kernels/small_network.py`), and reading in bf16
(`kernels/bf16_network.py`)."""

_NONE: frozenset[Form] = frozenset()
_READING: frozenset[Form] = frozenset({"small reading"})
_BOTH: frozenset[Form] = frozenset({"small reading", "straight step"})
_IMAGES: frozenset[Form] = frozenset({"small reading", "bf16 reading"})
_ALL: frozenset[Form] = _BOTH | _IMAGES


def forms_of_layer(layer: Layer | Unreadable) -> frozenset[Form]:
    """Return the forms whose kernels know a kind of layer, some of its numbers at least."""
    match layer:
        case layers.FullyConnected():
            return _ALL
        case layers.Convolution():
            return _BOTH | _IMAGES
        case layers.MaxPooling():
            return _IMAGES
        case layers.Subsampling() | layers.RadialBasis():
            return _BOTH
        case layers.Flatten():
            return _BOTH | _IMAGES
        case layers.Dropout() | layers.DepthwiseConvolution():
            return _IMAGES
        case (
            layers.AveragePooling()
            | layers.GlobalPooling()
            | layers.Concat()
            | layers.Add()
            | layers.Embedding()
            | layers.Activation()
        ):
            return _READING
        case layers.Inception() | layers.ResponseNormalization() | layers.BatchNormalization():
            return _NONE
        case (
            layers.TransposedConvolution()
            | layers.Upsampling()
            | layers.Border()
            | layers.AdaptivePooling()
            | layers.LpPooling()
            | layers.Reshape()
        ):
            return _NONE
        case (
            layers.ParametricReLU()
            | layers.Scaling()
            | layers.Slice()
            | layers.Cropping()
            | layers.ChannelShuffle()
            | layers.Multiply()
            | layers.LayerNormalization()
            | layers.GroupNormalization()
        ):
            return _NONE
        case layers.Input() | layers.SideHead() | Unreadable():
            return _NONE
        case _:
            assert_never(layer)


def forms_of_function(function: Function | None) -> frozenset[Form]:
    """Return the forms whose kernels know an activation function."""
    match function:
        case None | "ReLU":
            return _ALL
        case "tanh" | "scaled tanh" | "sigmoid":
            return _BOTH
        case "softmax":
            return _READING
        case str() | layers.LeakyReLU() | layers.ELU():
            return _NONE
        case _:
            assert_never(function)


def covers(form: Form, layer: Layer | Unreadable, function: Function | None) -> bool:
    """Whether a form may do a row; its kernel still looks at the row's numbers."""
    return form in forms_of_layer(layer) & forms_of_function(function)

"""The closed set of layer kinds. Each is frozen data and answers three questions about its input.

`output(shape)` gives the shape that comes out, `cost(shape)` the numbers held and the sums done,
`axes(shape)` the window through which one output looks at the input. Arguments are checked when a
layer is made. Whoever needs to know more about a kind matches on the union with `assert_never`, so
that the type checker lists every place where a new kind must be handled.
"""

from typing import get_args

from striate.errors import LayerError
from striate.errors.typed import typed
from striate.layers.convolution import ConnectionTable, Convolution, DepthwiseConvolution
from striate.layers.cost import Cost
from striate.layers.dense import Codes, Flatten, FullyConnected, RadialBasis, Reshape
from striate.layers.enlarging import Border, TransposedConvolution, Upsampling
from striate.layers.functions import (
    ELU,
    FUNCTION_NAMES,
    Function,
    FunctionName,
    LeakyReLU,
    function_choices,
    function_meant,
    is_function,
)
from striate.layers.heads import SideHead
from striate.layers.inception import Inception
from striate.layers.joining import Add, Concat, Multiply
from striate.layers.normalization import (
    BatchNormalization,
    GroupNormalization,
    LayerNormalization,
    ResponseNormalization,
)
from striate.layers.pointwise import Activation, Dropout, ParametricReLU, Scaling
from striate.layers.pooling import (
    AdaptivePooling,
    AveragePooling,
    GlobalPooling,
    LpPooling,
    MaxPooling,
    Subsampling,
    WindowPooling,
)
from striate.layers.rearranging import ChannelShuffle, Cropping, Slice
from striate.layers.source import Input
from striate.layers.windows import Axis, Padding, Sides, Window, window_count
from striate.layers.words import Embedding, Vectors


Layer = (
    Input
    | Convolution
    | DepthwiseConvolution
    | TransposedConvolution
    | Upsampling
    | Border
    | MaxPooling
    | AveragePooling
    | LpPooling
    | GlobalPooling
    | AdaptivePooling
    | Subsampling
    | FullyConnected
    | RadialBasis
    | Flatten
    | Reshape
    | Activation
    | ParametricReLU
    | Scaling
    | Dropout
    | Slice
    | Cropping
    | ChannelShuffle
    | Concat
    | Add
    | Multiply
    | Inception
    | ResponseNormalization
    | BatchNormalization
    | LayerNormalization
    | GroupNormalization
    | SideHead
    | Embedding
)

typed(LayerError, *get_args(Layer), ConnectionTable, Codes, Sides, LeakyReLU, ELU)

Join = Concat | Add | Multiply
"""The kinds that read several rows."""

__all__ = [
    "ELU",
    "FUNCTION_NAMES",
    "Activation",
    "AdaptivePooling",
    "Add",
    "AveragePooling",
    "Axis",
    "BatchNormalization",
    "Border",
    "ChannelShuffle",
    "Codes",
    "Concat",
    "ConnectionTable",
    "Convolution",
    "Cost",
    "Cropping",
    "DepthwiseConvolution",
    "Dropout",
    "Embedding",
    "Flatten",
    "FullyConnected",
    "Function",
    "FunctionName",
    "GlobalPooling",
    "GroupNormalization",
    "Inception",
    "Input",
    "Join",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "LpPooling",
    "MaxPooling",
    "Multiply",
    "Padding",
    "ParametricReLU",
    "RadialBasis",
    "Reshape",
    "ResponseNormalization",
    "Scaling",
    "SideHead",
    "Sides",
    "Slice",
    "Subsampling",
    "TransposedConvolution",
    "Upsampling",
    "Vectors",
    "Window",
    "WindowPooling",
    "function_choices",
    "function_meant",
    "is_function",
    "window_count",
]

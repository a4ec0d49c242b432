"""The closed set of layer kinds. Each is frozen data and answers three questions about its input.

`output(shape)` gives the shape that comes out, `cost(shape)` the numbers held and the sums done,
`axes(shape)` the window through which one output looks at the input. Arguments are checked when a
layer is made. Whoever needs to know more about a kind matches on the union with `assert_never`, so
that the type checker lists every place where a new kind must be handled.
"""

from striate.layers.convolution import ConnectionTable, Convolution
from striate.layers.cost import Cost
from striate.layers.dense import Codes, Flatten, FullyConnected, RadialBasis
from striate.layers.heads import SideHead
from striate.layers.inception import Inception
from striate.layers.joining import Add, Concat
from striate.layers.normalization import BatchNormalization, ResponseNormalization
from striate.layers.pointwise import Activation, Dropout, Function
from striate.layers.pooling import AveragePooling, GlobalPooling, MaxPooling, Subsampling
from striate.layers.source import Input
from striate.layers.windows import Axis, Padding, Sides, Window, window_count
from striate.layers.words import Embedding, Vectors


Layer = (
    Input
    | Convolution
    | MaxPooling
    | AveragePooling
    | GlobalPooling
    | Subsampling
    | FullyConnected
    | RadialBasis
    | Flatten
    | Activation
    | Dropout
    | Concat
    | Add
    | Inception
    | ResponseNormalization
    | BatchNormalization
    | SideHead
    | Embedding
)

__all__ = [
    "Activation",
    "Add",
    "AveragePooling",
    "Axis",
    "BatchNormalization",
    "Codes",
    "Concat",
    "ConnectionTable",
    "Convolution",
    "Cost",
    "Dropout",
    "Embedding",
    "Flatten",
    "FullyConnected",
    "Function",
    "GlobalPooling",
    "Inception",
    "Input",
    "Layer",
    "MaxPooling",
    "Padding",
    "RadialBasis",
    "ResponseNormalization",
    "SideHead",
    "Sides",
    "Subsampling",
    "Vectors",
    "Window",
    "window_count",
]

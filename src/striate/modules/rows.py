"""One match from a row's layer to the torch module that does it."""

from typing import assert_never

from torch import nn

from striate import layers
from striate.arithmetic import RowReport
from striate.errors import DocumentError
from striate.errors.documents import unwritable_row
from striate.layers import Function
from striate.modules.convolutions import convolution, split_padding
from striate.modules.embedding import Embedding
from striate.modules.enlarging import border, transposed_convolution, upsampling
from striate.modules.functions import function_module
from striate.modules.inception import Inception
from striate.modules.merging import Add, Concat, Multiply
from striate.modules.normalization import batch_norm, group_norm, layer_norm, response_norm
from striate.modules.pointwise import Scaling, dropout, parametric_relu, reshape
from striate.modules.poolings import (
    GlobalPooling,
    Subsampling,
    adaptive_pooling,
    average_pooling,
    ends_of,
    lp_pooling,
    max_pooling,
    split_pooling_padding,
)
from striate.modules.radial_basis import RadialBasis
from striate.modules.rearranging import ChannelShuffle, Cropping, Slice
from striate.shapes import Image
from striate.table import Unreadable


def module_of(report: RowReport, function: Function | None) -> nn.Module:
    """Return the module of a row's layer.

    Args:
        report: A row of a walk without faults.
        function: What follows the row's layer. A row that is nothing but a function, and Inception, whose
            convolutions have it each, do it themselves (`applies_function`).

    Returns:
        A module with the numbers that the row trains, drawn as torch draws them.
    """
    layer = report.row.layer
    match layer:
        case layers.Convolution():
            return convolution(layer, _image(report))
        case layers.DepthwiseConvolution():
            image = _image(report)
            return convolution(layer.on(image), image)
        case layers.TransposedConvolution():
            return transposed_convolution(layer, _image(report).channels)
        case layers.Upsampling():
            return upsampling(layer)
        case layers.Border():
            return border(layer)
        case layers.AdaptivePooling():
            return adaptive_pooling(layer)
        case layers.MaxPooling():
            return max_pooling(layer, _image(report))
        case layers.AveragePooling():
            return average_pooling(layer, _image(report))
        case layers.LpPooling():
            return lp_pooling(layer)
        case layers.GlobalPooling():
            return GlobalPooling(layer)
        case layers.Subsampling():
            return Subsampling(layer, _image(report).channels)
        case layers.FullyConnected():
            return nn.Linear(report.inputs[0].elements, layer.units, layer.has_bias)
        case layers.RadialBasis():
            return RadialBasis(layer, report.inputs[0].elements)
        case layers.Flatten():
            return nn.Flatten()
        case layers.Reshape():
            return reshape(layer, report.inputs[0])
        case layers.ParametricReLU():
            return parametric_relu(layer, report.inputs[0])
        case layers.Scaling():
            return Scaling(layer, report.inputs[0])
        case layers.Slice():
            return Slice(layer)
        case layers.Cropping():
            return Cropping(layer, _image(report))
        case layers.ChannelShuffle():
            return ChannelShuffle(layer)
        case layers.Dropout():
            return dropout(layer)
        case layers.Concat():
            return Concat()
        case layers.Add():
            return Add()
        case layers.Multiply():
            return Multiply()
        case layers.Inception():
            return Inception(layer, _image(report), function)
        case layers.ResponseNormalization():
            return response_norm(layer)
        case layers.BatchNormalization():
            return batch_norm(layer, report.inputs[0])
        case layers.LayerNormalization():
            return layer_norm(layer, report.inputs[0])
        case layers.GroupNormalization():
            return group_norm(layer, report.inputs[0])
        case layers.Embedding():
            return Embedding(layer)
        case layers.Activation():
            return nn.Identity() if function is None else function_module(function)
        case layers.Input() | layers.SideHead():
            return nn.Identity()
        case Unreadable():
            raise DocumentError(unwritable_row(report.row.name, report.row.line))
        case _:
            assert_never(layer)


def padding_of(report: RowReport) -> nn.Module | None:
    """Return what pads the maps ahead of a row, where torch's layer cannot do it itself.

    Padding of a maximum pooling is smaller than every value.
    """
    layer = report.row.layer
    match layer:
        case layers.Convolution() | layers.DepthwiseConvolution():
            _, ends = split_padding(layer.window, _image(report))
            return None if ends is None else nn.ZeroPad2d(ends)
        case layers.MaxPooling():
            _, ends = split_pooling_padding(layer.window, _image(report))
            return None if ends is None else nn.ConstantPad2d(ends, float("-inf"))
        case layers.LpPooling():
            ends = ends_of(layer.window, _image(report))
            return None if ends is None else nn.ZeroPad2d(ends)
        case layers.AveragePooling() if layer.divisor == "window":
            _, ends = split_pooling_padding(layer.window, _image(report))
            return None if ends is None else nn.ZeroPad2d(ends)
        case _:
            return None


def applies_function(report: RowReport) -> bool:
    """Whether the module of a row applies the row's function itself."""
    return isinstance(report.row.layer, layers.Activation | layers.Inception)


def reads_flat(report: RowReport) -> bool:
    """Whether a row reads maps as one flat vector."""
    return isinstance(report.row.layer, layers.FullyConnected | layers.RadialBasis)


def _image(report: RowReport) -> Image:
    (shape,) = report.inputs
    if not isinstance(shape, Image):
        message = f"{report.row.name} was walked without an image"
        raise TypeError(message)
    return shape

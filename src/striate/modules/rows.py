"""One match from a row's layer to the torch module that does it."""

from typing import assert_never, final

import torch
from torch import Tensor, nn

from striate.arithmetic import RowReport
from striate.errors import DocumentError
from striate.errors.documents import unwritable_row
from striate.layers import (
    Activation,
    AdaptivePooling,
    Add,
    AveragePooling,
    BatchNormalization,
    Border,
    Concat,
    Convolution,
    DepthwiseConvolution,
    Dropout,
    Embedding,
    Flatten,
    FullyConnected,
    Function,
    GlobalPooling,
    GroupNormalization,
    Inception,
    Input,
    LayerNormalization,
    MaxPooling,
    Multiply,
    ParametricReLU,
    RadialBasis,
    Reshape,
    ResponseNormalization,
    SideHead,
    Subsampling,
    TransposedConvolution,
    Upsampling,
)
from striate.modules.convolutions import convolution, split_padding
from striate.modules.distances import Distances
from striate.modules.enlarging import border, transposed_convolution, upsampling
from striate.modules.functions import function_module
from striate.modules.inception import InceptionModule
from striate.modules.normalization import batch_norm, group_norm, layer_norm, response_norm
from striate.modules.pointwise import dropout, parametric_relu, reshape
from striate.modules.poolings import (
    GlobalPool,
    Subsample,
    adaptive_pooling,
    average_pooling,
    max_pooling,
    split_pooling_padding,
)
from striate.modules.words import WordVectors
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
        case Convolution():
            return convolution(layer, _image(report))
        case DepthwiseConvolution():
            image = _image(report)
            return convolution(layer.on(image), image)
        case TransposedConvolution():
            return transposed_convolution(layer, _image(report).channels)
        case Upsampling():
            return upsampling(layer)
        case Border():
            return border(layer)
        case AdaptivePooling():
            return adaptive_pooling(layer)
        case MaxPooling():
            return max_pooling(layer, _image(report))
        case AveragePooling():
            return average_pooling(layer, _image(report))
        case GlobalPooling():
            return GlobalPool(layer)
        case Subsampling():
            return Subsample(layer, _image(report).channels)
        case FullyConnected():
            return nn.Linear(report.inputs[0].elements, layer.units, layer.has_bias)
        case RadialBasis():
            return Distances(layer, report.inputs[0].elements)
        case Flatten():
            return nn.Flatten()
        case Reshape():
            return reshape(layer, report.inputs[0])
        case ParametricReLU():
            return parametric_relu(layer, report.inputs[0])
        case Dropout():
            return dropout(layer)
        case Concat():
            return Joined()
        case Add():
            return Sum()
        case Multiply():
            return Product()
        case Inception():
            return InceptionModule(layer, _image(report), function)
        case ResponseNormalization():
            return response_norm(layer)
        case BatchNormalization():
            return batch_norm(layer, report.inputs[0])
        case LayerNormalization():
            return layer_norm(layer, report.inputs[0])
        case GroupNormalization():
            return group_norm(layer, report.inputs[0])
        case Embedding():
            return WordVectors(layer)
        case Activation():
            return nn.Identity() if function is None else function_module(function)
        case Input() | SideHead():
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
        case Convolution() | DepthwiseConvolution():
            _, ends = split_padding(layer.window, _image(report))
            return None if ends is None else nn.ZeroPad2d(ends)
        case MaxPooling():
            _, ends = split_pooling_padding(layer.window, _image(report))
            return None if ends is None else nn.ConstantPad2d(ends, -torch.inf)
        case AveragePooling() if layer.divisor == "window":
            _, ends = split_pooling_padding(layer.window, _image(report))
            return None if ends is None else nn.ZeroPad2d(ends)
        case _:
            return None


def applies_function(report: RowReport) -> bool:
    """Whether the module of a row applies the row's function itself."""
    return isinstance(report.row.layer, Activation | Inception)


def reads_flat(report: RowReport) -> bool:
    """Whether a row reads maps as one flat vector."""
    return isinstance(report.row.layer, FullyConnected | RadialBasis)


def _image(report: RowReport) -> Image:
    (shape,) = report.inputs
    if not isinstance(shape, Image):
        message = f"{report.row.name} was walked without an image"
        raise TypeError(message)
    return shape


@final
class Joined(nn.Module):
    """Put branches one behind the other along the maps."""

    def forward(self, *branches: Tensor) -> Tensor:
        """Join.

        Shapes:
            in:  batch x maps x height x width each
            out: batch x (sum of maps) x height x width
        """
        return torch.cat(branches, dim=1)


@final
class Sum(nn.Module):
    """Add branches value by value."""

    def forward(self, *branches: Tensor) -> Tensor:
        """Add.

        Shapes:
            in:  one shape for all
            out: the same
        """
        total = branches[0]
        for branch in branches[1:]:
            total = total + branch
        return total


@final
class Product(nn.Module):
    """Multiply branches value by value; one value a map counts at every place of it."""

    def forward(self, *branches: Tensor) -> Tensor:
        """Multiply.

        Shapes:
            in:  batch x maps x height x width, batch x maps, or either axis of 1; or batch x values each
            out: that of the largest one
        """
        axes = max(branch.dim() for branch in branches)
        first, *others = (
            branch.reshape(*branch.shape, *[1] * (axes - branch.dim())) for branch in branches
        )
        for branch in others:
            first = first * branch
        return first

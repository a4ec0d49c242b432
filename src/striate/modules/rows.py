"""One match from a row's layer to the torch module that does it."""

from collections.abc import Iterable
from typing import assert_never, final

import torch
from torch import Tensor, nn

from striate.arithmetic import RowReport
from striate.errors import DocumentError
from striate.errors.documents import unwritable_row
from striate.kernels import Kernel
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
from striate.modules.convolutions import (
    FullWidthConvolution,
    PaddedConvolution,
    PartialConvolution,
    is_full_width,
)
from striate.modules.distances import Distances
from striate.modules.enlarging import border, transposed_convolution, upsampling
from striate.modules.functions import apply
from striate.modules.inception import InceptionModule
from striate.modules.normalization import ResponseNorm, batch_norm, group_norm, layer_norm
from striate.modules.pointwise import dropout, parametric_relu, reshape
from striate.modules.poolings import (
    AveragePool,
    GlobalPool,
    MaxPool,
    Subsample,
    adaptive_pooling,
)
from striate.modules.small_layers import small_full_layer
from striate.modules.words import WordVectors
from striate.shapes import Image
from striate.table import Unreadable


def module_of(report: RowReport, function: Function | None) -> nn.Module:
    """Make the module of a row.

    Args:
        report: A row of a walk without faults.
        function: What follows the row's layer.

    Returns:
        A module with the numbers that the row trains, drawn as torch draws them. With an attribute
        `function` it applies that itself; otherwise it is left to who runs the module.
    """
    layer = report.row.layer
    match layer:
        case Convolution():
            return _convolution(layer, _image(report), function)
        case DepthwiseConvolution():
            image = _image(report)
            return _convolution(layer.on(image), image, function)
        case TransposedConvolution():
            return transposed_convolution(layer, _image(report).channels)
        case Upsampling():
            return upsampling(layer)
        case Border():
            return border(layer)
        case AdaptivePooling():
            return adaptive_pooling(layer)
        case MaxPooling() | AveragePooling() | GlobalPooling() | Subsampling():
            return _pooling(layer, _image(report), function)
        case FullyConnected():
            return FlatLinear(layer, report.inputs[0].elements, function)
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
            return ResponseNorm(layer)
        case BatchNormalization():
            return batch_norm(layer, report.inputs[0])
        case LayerNormalization():
            return layer_norm(layer, report.inputs[0])
        case GroupNormalization():
            return group_norm(layer, report.inputs[0])
        case Embedding():
            return WordVectors(layer)
        case Input() | Activation() | SideHead():
            return nn.Identity()
        case Unreadable():
            raise DocumentError(unwritable_row(report.row.name, report.row.line))
        case _:
            assert_never(layer)


def _convolution(layer: Convolution, image: Image, function: Function | None) -> nn.Module:
    if layer.connection_table is not None:
        return PartialConvolution(layer, layer.connection_table, image, function)
    if is_full_width(layer, image):
        return FullWidthConvolution(layer, image)
    return PaddedConvolution(layer, image, function)


def _pooling(
    layer: MaxPooling | AveragePooling | GlobalPooling | Subsampling,
    image: Image,
    function: Function | None,
) -> nn.Module:
    match layer:
        case MaxPooling():
            return MaxPool(layer, image)
        case AveragePooling():
            return AveragePool(layer, image)
        case GlobalPooling():
            return GlobalPool(layer)
        case Subsampling():
            return Subsample(layer, image.channels, function)
        case _:
            assert_never(layer)


def _image(report: RowReport) -> Image:
    (shape,) = report.inputs
    if not isinstance(shape, Image):
        message = f"{report.row.name} was walked without an image"
        raise TypeError(message)
    return shape


@final
class FlatLinear(nn.Linear):
    """torch's linear layer, which reads maps as one flat vector.

    Shapes:
        in:  batch x any
        out: batch x units

    Args:
        layer: The row's layer.
        features: Values that each unit reads.
        function: What follows it.
    """

    def __init__(
        self, layer: FullyConnected, features: int, function: Function | None = None
    ) -> None:
        super().__init__(features, layer.units, bias=layer.has_bias)
        self.max_norm, self.function = layer.max_norm, function
        self.small = small_full_layer(layer.units, features, function)

    @property
    def kernels(self) -> tuple[Kernel, ...]:
        """What does it in C++."""
        return () if self.small is None else self.small.kernels

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's name
        """Weigh all values of each example, and apply the function."""
        values = input.flatten(1)
        if self.small is not None and self.small.does(values):
            return self.small(values, self.weight, self.bias)
        return apply(self.function, super().forward(values))


def limited_layers(network: nn.Module) -> tuple[FlatLinear, ...]:
    """Give the full layers of a network whose rows allow their units a norm."""
    return tuple(
        module
        for module in network.children()
        if isinstance(module, FlatLinear) and module.max_norm is not None
    )


def limit_norms(layers: Iterable[FlatLinear]) -> None:
    """Scale the weights of each unit back to the norm that its row allows; shorter ones stay.

    Args:
        layers: Those that `limited_layers` gives; their weights change in place.

    Source:
        Kim 2014, section 2.1: after every step, wherever the L2 norm is above 3.
    """
    with torch.no_grad():
        for layer in layers:
            layer.weight.renorm_(2, 0, layer.max_norm)  # type: ignore[arg-type]


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

"""The rows of a table in torch's own layers, as a tutorial would write them."""

from typing import final

import torch
from torch import Tensor, nn
from torch.nn import functional

from striate.arithmetic import RowReport
from striate.errors import TimingError
from striate.errors.timing import row_not_in_plain_torch
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
from striate.layers.windows import Window
from striate.modules.functions import function_module
from striate.modules.rows import module_of
from striate.shapes import Image, Shape


def plain_row(report: RowReport) -> nn.Module:
    """Make the module of a row of a sound walk, without its activation.

    Raises:
        TimingError: torch has no layer for it that people would write down.
    """
    layer, shape = report.row.layer, report.inputs[0]
    match layer:
        case Convolution() if isinstance(shape, Image):
            return _convolution(layer, shape)
        case MaxPooling() | AveragePooling() if isinstance(shape, Image):
            return _pooling(layer, shape, report.row.name)
        case Subsampling() if isinstance(shape, Image):
            return Subsample(layer, shape.channels)
        case GlobalPooling():
            return Lambda(_largest if layer.reduction == "max" else _mean)
        case FullyConnected():
            linear = nn.Linear(shape.elements, layer.units, layer.has_bias)
            return linear if len(shape.axes) == 1 else nn.Sequential(nn.Flatten(), linear)
        case RadialBasis():
            return SquaredDistances(layer.units, shape.elements)
        case ResponseNormalization() if layer.groups == 1 and layer.region == "across":
            # torch divides alpha by the size of the window, whatever the paper does.
            alpha = layer.coefficient * layer.size
            return nn.LocalResponseNorm(layer.size, alpha, layer.beta, layer.k)
        case Inception() if isinstance(shape, Image):
            return InceptionBlock(layer, shape, report.row.activation)
        case Embedding():
            return WordEmbedding(layer)
        case Dropout():
            return nn.Dropout(layer.fraction)
        case Flatten():
            return nn.Flatten()
        case Concat():
            return Lambda(_joined)
        case Add():
            return Lambda(_added)
        case Input() | Activation() | SideHead():
            return nn.Identity()
        case (
            DepthwiseConvolution()
            | TransposedConvolution()
            | Upsampling()
            | Border()
            | AdaptivePooling()
            | Reshape()
            | ParametricReLU()
            | Multiply()
            | BatchNormalization()
            | LayerNormalization()
            | GroupNormalization()
        ):
            return module_of(report, None)  # torch's own layers, as they are
        case other:
            raise TimingError(row_not_in_plain_torch(report.row.name, type(other).__name__))


def squash(function: Function | None, values: Tensor) -> Tensor:
    """Apply an activation function; None leaves the values as they are."""
    match function:
        case "ReLU":
            return torch.relu(values)
        case "tanh":
            return torch.tanh(values)
        case "scaled tanh":
            return 1.7159 * torch.tanh(2 / 3 * values)
        case "sigmoid":
            return torch.sigmoid(values)
        case "softmax":
            return torch.softmax(values, dim=1)
        case None:
            return values
        case _:
            return function_module(function)(values)


@final
class Lambda(nn.Module):
    """A function of tensors as a module."""

    def __init__(self, function: object) -> None:
        super().__init__()
        self.function = function

    def forward(self, *values: Tensor) -> Tensor:
        """Apply it."""
        return self.function(*values)  # type: ignore[operator]


def _largest(maps: Tensor) -> Tensor:
    return functional.adaptive_max_pool2d(maps, 1).flatten(1)


def _mean(maps: Tensor) -> Tensor:
    return functional.adaptive_avg_pool2d(maps, 1).flatten(1)


def _joined(*branches: Tensor) -> Tensor:
    return torch.cat(branches, dim=1)


def _added(*branches: Tensor) -> Tensor:
    return sum(branches[1:], start=branches[0])


def _ends(window: Window, image: Image) -> tuple[tuple[int, int], tuple[int, int, int, int] | None]:
    """Give the padding that torch's layer does, and what nn.ZeroPad2d has to do before it."""
    top, bottom, left, right = window.sides(image)
    return (
        ((top, left), None)
        if (top, left) == (bottom, right)
        else ((0, 0), (left, right, top, bottom))
    )


def _convolution(layer: Convolution, image: Image) -> nn.Module:
    window = layer.window
    both, ends = _ends(window, image)
    kind = nn.Conv2d if layer.connection_table is None else MaskedConv2d
    convolution = kind(
        image.channels,
        layer.maps,
        window.kernel,
        window.stride,
        both,
        window.dilation,
        layer.groups,
        layer.has_bias,
    )
    if isinstance(convolution, MaskedConv2d) and layer.connection_table is not None:
        for column, row in layer.connection_table.pairs:
            convolution.mask[column, row] = 1
    return convolution if ends is None else nn.Sequential(nn.ZeroPad2d(ends), convolution)


def _pooling(layer: MaxPooling | AveragePooling, image: Image, row: str) -> nn.Module:
    window = layer.window
    both, ends = _ends(window, image)
    rounds_up = window.rounding == "ceil"
    if ends is not None:
        raise TimingError(row_not_in_plain_torch(row, f"{layer.KIND} with a padding of one side"))
    if isinstance(layer, MaxPooling):
        return nn.MaxPool2d(
            window.kernel, window.stride, both, window.dilation, ceil_mode=rounds_up
        )
    return nn.AvgPool2d(
        window.kernel, window.stride, both, rounds_up, count_include_pad=layer.divisor == "window"
    )


@final
class MaskedConv2d(nn.Conv2d):
    """A convolution whose weight is multiplied by zeros where maps are not connected."""

    mask: Tensor

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        maps, channels, *_ = self.weight.shape
        self.register_buffer("mask", torch.zeros(maps, channels, 1, 1))

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's name
        """Convolve; batch x channels x height x width to batch x maps x rows x columns."""
        return self._conv_forward(input, self.weight * self.mask, self.bias)


@final
class Subsample(nn.Module):
    """The sum or mean of each window, times a gain, plus a bias."""

    def __init__(self, layer: Subsampling, maps: int) -> None:
        super().__init__()
        self.pool = nn.AvgPool2d(layer.window.kernel, layer.window.stride)
        height, width = layer.window.kernel
        self.factor = height * width if layer.reduction == "sum" else 1
        self.weight = nn.Parameter(torch.zeros(maps))
        self.bias = nn.Parameter(torch.zeros(maps))

    def forward(self, maps: Tensor) -> Tensor:
        """Subsample; batch x maps x height x width to batch x maps x rows x columns."""
        gain = self.weight.view(1, -1, 1, 1)
        return self.factor * self.pool(maps) * gain + self.bias.view(1, -1, 1, 1)


@final
class SquaredDistances(nn.Module):
    """The squared distance to each code."""

    codes: Tensor

    def __init__(self, units: int, features: int) -> None:
        super().__init__()
        self.register_buffer("codes", torch.zeros(units, features))

    def forward(self, values: Tensor) -> Tensor:
        """Measure; batch x any to batch x units."""
        return (values.flatten(1).unsqueeze(1) - self.codes).pow(2).sum(2)


@final
class InceptionBlock(nn.Module):
    """Branches side by side, each convolution with its activation."""

    def __init__(self, layer: Inception, image: Image, function: Function | None) -> None:
        super().__init__()
        self.function: Function | None = function
        self.branches = tuple(tuple(name for name, _ in branch) for branch in layer.branches)
        for branch in layer.branches:
            below: Shape = image
            for name, part in branch:
                if not isinstance(below, Image):
                    message = "a branch gives maps"
                    raise TypeError(message)
                if isinstance(part, Convolution):
                    self.add_module(name, _convolution(part, below))
                else:
                    self.add_module(name, _pooling(part, below, name))
                below = part.output(below)

    def forward(self, maps: Tensor) -> Tensor:
        """Run all branches; batch x maps x height x width to the same with other maps."""
        return torch.cat([self._run(branch, maps) for branch in self.branches], dim=1)

    def _run(self, branch: tuple[str, ...], maps: Tensor) -> Tensor:
        for name in branch:
            module = getattr(self, name)
            maps = module(maps)
            if not isinstance(module, nn.MaxPool2d):
                maps = squash(self.function, maps)
        return maps


@final
class WordEmbedding(nn.Module):
    """torch's embedding, word 0 the padding, as one map for a convolution."""

    def __init__(self, layer: Embedding) -> None:
        super().__init__()
        self.vectors = nn.Embedding(layer.words + 1, layer.dimensions, padding_idx=0)
        self.vectors.weight.requires_grad_(layer.is_trained)

    def forward(self, numbers: Tensor) -> Tensor:
        """Look up; batch x words to batch x 1 x words x dimensions."""
        return self.vectors(numbers).unsqueeze(1)

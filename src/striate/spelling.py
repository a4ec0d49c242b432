"""Spell out the sums behind a row's numbers, as a teacher would on the board."""

from dataclasses import dataclass, replace
from math import gcd
from typing import assert_never, final

from striate.arithmetic import RowReport
from striate.layers import (
    Activation,
    AdaptivePooling,
    Add,
    Axis,
    BatchNormalization,
    Border,
    ChannelShuffle,
    Concat,
    Convolution,
    Cropping,
    DepthwiseConvolution,
    Dropout,
    Embedding,
    Flatten,
    FullyConnected,
    GlobalPooling,
    GroupNormalization,
    Inception,
    Input,
    LayerNormalization,
    Multiply,
    ParametricReLU,
    RadialBasis,
    Reshape,
    ResponseNormalization,
    Scaling,
    SideHead,
    Slice,
    Subsampling,
    TransposedConvolution,
    Upsampling,
    WindowPooling,
)
from striate.layers.windows import pair, window_count
from striate.shapes import Image, Shape
from striate.table import Unreadable


@final
@dataclass(frozen=True, slots=True)
class Sum:
    """One number of a row and the expression that gives it.

    Args:
        of: What is counted: height, width, parameters, ...
        expression: The sum in integers; `x` multiplies, `floor` and `ceil` round a quotient.
        value: Its result.
    """

    of: str
    expression: str
    value: int

    def __str__(self) -> str:
        """Write the equation, as in `(32 - 5 + 2*0)/1 + 1 = 28`."""
        return f"{self.expression} = {self.value:,}"


def spell(report: RowReport) -> tuple[Sum, ...]:
    """Spell the sums of one row.

    Args:
        report: A row of a walk.

    Returns:
        One sum a number, the sizes first; nothing for a row that cannot be computed or that
        computes nothing.
    """
    layer, output, cost = report.row.layer, report.output, report.cost
    if isinstance(layer, Unreadable) or output is None or cost is None:
        return ()
    sums = [
        *_sizes(report),
        *(
            Sum(of, expression, value)
            for of, expression, value in zip(
                ("parameters", "fixed numbers", "connections", "multiply-adds"),
                _counts(report),
                (cost.parameters, cost.fixed, cost.connections, cost.multiply_adds),
                strict=True,
            )
            if value
        ),
    ]
    return tuple(sums)


def spell_axis(length: int, axis: Axis) -> str:
    """Spell how often a window fits along one axis."""
    before, after = axis.before, axis.after
    padding = f"2*{before}" if before == after else f"{before} + {after}"
    quotient = f"({length} - {axis.reach} + {padding})/{axis.stride}"
    room = length + before + after - axis.reach
    if room % axis.stride == 0:
        return f"{quotient} + 1"
    if axis.rounding == "floor":
        return f"floor({quotient}) + 1"
    # The window that would start in the padding behind the input is dropped.
    is_dropped = window_count(length, axis) == -(-room // axis.stride)
    return f"ceil({quotient})" if is_dropped else f"ceil({quotient}) + 1"


def _sizes(report: RowReport) -> list[Sum]:
    layer, output = report.row.layer, report.output
    image = report.inputs[0] if report.inputs else None
    if not isinstance(image, Image) or not isinstance(output, Image):
        return []
    match layer:
        case Convolution() | DepthwiseConvolution() | WindowPooling() | Subsampling():
            axes = layer.axes(image)
            down, across = spell_axis(image.height, axes[0]), spell_axis(image.width, axes[1])
        case TransposedConvolution():
            window, (above, aside) = layer.window, layer.cut
            down, across = (
                _spread(
                    image.height, window.kernel[0], window.stride[0], window.dilation[0], above
                ),
                _spread(image.width, window.kernel[1], window.stride[1], window.dilation[1], aside),
            )
        case Upsampling():
            factors = pair(layer.factor)
            down, across = f"{image.height} x {factors[0]}", f"{image.width} x {factors[1]}"
        case Border():
            sides = layer.sides
            down = f"{sides.top} + {image.height} + {sides.bottom}"
            across = f"{sides.left} + {image.width} + {sides.right}"
        case Cropping():
            sides = layer.sides
            down = f"{image.height} - {sides.top} - {sides.bottom}"
            across = f"{image.width} - {sides.left} - {sides.right}"
        case _:
            return []
    height, width = Sum("height", down, output.height), Sum("width", across, output.width)
    if height.expression == width.expression:
        return [Sum("size", height.expression, height.value)]
    return [height, width]


def _spread(length: int, kernel: int, stride: int, dilation: int, cut: tuple[int, int]) -> str:
    """Spell how far a kernel reaches that is laid at every step, less what is cut off."""
    reach, (before, behind) = dilation * (kernel - 1) + 1, cut
    if before == behind:
        return f"({length} - 1) x {stride} + {reach} - 2*{before}"
    last = f"- {behind}" if behind >= 0 else f"+ {-behind}"
    return f"({length} - 1) x {stride} + {reach} - {before} {last}"


def _counts(report: RowReport) -> tuple[str, str, str, str]:
    """Give the expressions of parameters, fixed numbers, connections and multiply-adds."""
    layer, cost, out = report.row.layer, report.cost, report.output
    nothing = ("0", "0", "0", "0")
    if cost is None or out is None:
        return nothing
    match layer:
        case Convolution() if isinstance(out, Image):
            weights, parameters = _convolution(layer, report.inputs[0])
            places = f"{out.height}x{out.width}"
            return (parameters, "0", f"{places} x {cost.parameters}", f"{places} x {weights}")
        case DepthwiseConvolution() if isinstance(out, Image):
            return _counts(
                replace(report, row=replace(report.row, layer=layer.on(report.inputs[0])))
            )
        case TransposedConvolution() if isinstance(out, Image):
            return _transposed(layer, report.inputs[0], out)
        case Subsampling() | WindowPooling() if isinstance(out, Image):
            return _pooling(layer, out)
        case FullyConnected():
            return _fully_connected(layer, report.inputs[0])
        case RadialBasis():
            centers = f"{layer.units} x {report.inputs[0]}"
            return ("0", centers, centers, centers)
        case GlobalPooling():
            return ("0", "0", f"{report.inputs[0]}", "0")
        case Inception():
            return _inception(layer, report.inputs[0])
        case BatchNormalization():
            maps = report.inputs[0].axes[0]
            return (_scaled(layer, f"{maps}"), f"2 x {maps}", "0", "0")
        case LayerNormalization():
            shape = report.inputs[0]
            return (
                _scaled(layer, f"{shape.axes[0] if layer.over == 'maps' else shape}"),
                "0",
                "0",
                "0",
            )
        case GroupNormalization():
            return (_scaled(layer, f"{report.inputs[0].axes[0]}"), "0", "0", "0")
        case ParametricReLU():
            shape = report.inputs[0]
            numbers = {"one": "1", "maps": f"{shape.axes[0]}", "values": f"{shape}"}
            return (numbers[layer.slopes], "0", "0", "0")
        case Scaling():
            return (f"{report.inputs[0].axes[0]}" if layer.is_trained else "0", "0", "0", "0")
        case AdaptivePooling():
            return ("0", "0", _adaptive(layer, report.inputs[0]), "0")
        case Embedding():
            return _embedding(layer)
        case (
            Input()
            | Convolution()
            | DepthwiseConvolution()
            | TransposedConvolution()
            | Upsampling()
            | Border()
            | Slice()
            | Cropping()
            | ChannelShuffle()
            | Subsampling()
            | WindowPooling()
            | Flatten()
            | Reshape()
            | Activation()
            | Dropout()
            | Concat()
            | Add()
            | Multiply()
            | ResponseNormalization()
            | SideHead()
            | Unreadable()
        ):
            return nothing
        case _:
            assert_never(layer)


def _fully_connected(layer: FullyConnected, shape: Shape) -> tuple[str, str, str, str]:
    bias = " + 1" if layer.has_bias else ""
    parameters = f"{layer.units} x ({shape}{bias})"
    return (parameters, "0", parameters, f"{layer.units} x {shape}")


def _scaled(
    layer: BatchNormalization | LayerNormalization | GroupNormalization, numbers: str
) -> str:
    return f"{layer.has_scale + layer.has_offset} x {numbers}"


def _adaptive(layer: AdaptivePooling, shape: Shape) -> str:
    """Spell the cells of all windows: neighbours share one where the sizes do not divide."""
    if not isinstance(shape, Image):
        return "0"
    cells = [
        f"({length} + {count} - {gcd(length, count)})"
        for length, count in zip((shape.height, shape.width), pair(layer.size), strict=True)
    ]
    return f"{shape.channels} x {cells[0]} x {cells[1]}"


def _transposed(
    layer: TransposedConvolution, shape: Shape, out: Image
) -> tuple[str, str, str, str]:
    if not isinstance(shape, Image):
        return ("0", "0", "0", "0")
    height, width = layer.window.kernel
    maps = f"{layer.maps}" if layer.groups == 1 else f"{layer.maps}/{layer.groups}"
    weights = f"{shape.channels} x {height}x{width}x{maps}"
    products = f"{shape.height}x{shape.width} x {weights}"
    if not layer.has_bias:
        return (weights, "0", products, products)
    return (f"{weights} + {layer.maps}", "0", f"{products} + {out}", products)


def _pooling(layer: Subsampling | WindowPooling, out: Image) -> tuple[str, str, str, str]:
    height, width = pair(layer.kernel)
    if isinstance(layer, Subsampling):
        return (f"2 x {out.channels}", "0", f"{out} x ({height}x{width} + 1)", f"{out}")
    return ("0", "0", f"{out} x {height}x{width}", "0")


def _inception(layer: Inception, shape: Shape) -> tuple[str, str, str, str]:
    found = [(_convolution(one, below), below) for _, one, below in layer.convolutions(shape)]
    parameters = " + ".join(parameters for (_, parameters), _ in found)
    products = " + ".join(
        f"{below.height}x{below.width} x {weights}" for (weights, _), below in found
    )
    links = [
        f"{below.height}x{below.width} x {one.cost(below).parameters}"
        for _, one, below in layer.convolutions(shape)
    ]
    links += [f"{shape} x 3x3"] if layer.pool_projection else []
    return (parameters, "0", " + ".join(links), products)


def _embedding(layer: Embedding) -> tuple[str, str, str, str]:
    if layer.is_trained:
        return (f"{layer.words} x {layer.dimensions}", f"{layer.dimensions}", "0", "0")
    return ("0", f"({layer.words} + 1) x {layer.dimensions}", "0", "0")


def _convolution(layer: Convolution, shape: Shape) -> tuple[str, str]:
    """Give the expressions of a convolution's weights and of its parameters."""
    height, width = pair(layer.kernel)
    if not isinstance(shape, Image):
        return "0", "0"
    if layer.connection_table is not None:
        weights = f"{layer.kernels(shape)} x {height}x{width}"
        return weights, f"{weights} + {layer.maps}" if layer.has_bias else weights
    fan_in = f"{height}x{width}x{shape.channels}"
    if layer.groups > 1:
        fan_in += f"/{layer.groups}"
    bias = " + 1" if layer.has_bias else ""
    return f"{layer.maps} x {fan_in}", f"{layer.maps} x ({fan_in}{bias})"

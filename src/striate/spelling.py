"""Spell out the sums behind a row's numbers, as a teacher would on the board."""

from dataclasses import dataclass
from typing import assert_never, final

from striate.arithmetic import RowReport
from striate.layers import (
    Activation,
    Add,
    AveragePooling,
    Axis,
    BatchNormalization,
    Concat,
    Convolution,
    Dropout,
    Embedding,
    Flatten,
    FullyConnected,
    GlobalPooling,
    Inception,
    Input,
    MaxPooling,
    RadialBasis,
    ResponseNormalization,
    SideHead,
    Subsampling,
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
    if not isinstance(layer, Convolution | MaxPooling | AveragePooling | Subsampling):
        return []
    image = report.inputs[0]
    if not isinstance(image, Image) or not isinstance(output, Image):
        return []
    down, across = layer.axes(image)
    height = Sum("height", spell_axis(image.height, down), output.height)
    width = Sum("width", spell_axis(image.width, across), output.width)
    if height.expression == width.expression:
        return [Sum("size", height.expression, height.value)]
    return [height, width]


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
        case Subsampling() | MaxPooling() | AveragePooling() if isinstance(out, Image):
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
            both = f"2 x {report.inputs[0].axes[0]}"
            return (both, both, "0", "0")
        case Embedding():
            return _embedding(layer)
        case (
            Input()
            | Convolution()
            | Subsampling()
            | MaxPooling()
            | AveragePooling()
            | Flatten()
            | Activation()
            | Dropout()
            | Concat()
            | Add()
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


def _pooling(
    layer: Subsampling | MaxPooling | AveragePooling, out: Image
) -> tuple[str, str, str, str]:
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

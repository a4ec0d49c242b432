"""How a value of each row comes about, as the program of a page does it again in the browser."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, assert_never, final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from striate.arithmetic import RowReport
from striate.layers import (
    Activation,
    AdaptivePooling,
    Add,
    AveragePooling,
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
    LpPooling,
    MaxPooling,
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
from striate.modules import Network
from striate.see.rows import connections, evaluating, full_kernels, module_of_row
from striate.see.units import bias_of, mean_divisors
from striate.shapes import Features, Image, Shape
from striate.table import Unreadable


_MOST_GAINS = 2**16
"""Trained factors of a layer normalisation that a page holds; one of whole large maps has more."""


@final
@dataclass(slots=True)
class Numbers:
    """All arrays of a page, one behind the other."""

    parts: list[bytes] = field(default_factory=list)
    length: int = 0

    def add(self, values: NDArray[Any], dtype: str = "<f4") -> dict[str, Any]:
        """Keep an array, and return how the page finds it."""
        content = np.ascontiguousarray(values, dtype).tobytes()
        # Typed arrays begin at multiples of their numbers' size.
        content += bytes(-len(content) % 4)
        found = {"at": self.length, "dtype": dtype[1:], "shape": list(values.shape)}
        self.parts.append(content)
        self.length += len(content)
        return found

    def packed(self, level: int = 9) -> bytes:
        """Return all of them, packed: the higher the level, up to 9, the smaller and slower."""
        return zlib.compress(b"".join(self.parts), level)


def _channels(
    layer: Convolution | DepthwiseConvolution, connected: NDArray[np.bool_]
) -> dict[str, Any]:
    """Say which maps below each map reads: groups by their number, a connection table map by map."""
    if isinstance(layer, DepthwiseConvolution):
        return {"groups": connected.shape[1], "channels": None}
    is_table = layer.groups == 1 and not connected.all()
    lists = [np.flatnonzero(channels).tolist() for channels in connected] if is_table else None
    return {"groups": layer.groups, "channels": lists}


def told_sum(
    network: Network, report: RowReport, width: str | None, numbers: Numbers
) -> dict[str, Any] | None:
    """Describe how a value of a row comes about; None where the program of a page does not take it apart.

    Args:
        network: The network.
        report: Its row.
        width: Of the row's weights, as `Numbers.add` takes it; None leaves them out.
        numbers: Take the weights.
    """
    name, shape = report.row.name, report.inputs[0] if report.inputs else None
    match report.row.layer:
        case (
            Convolution()
            | DepthwiseConvolution()
            | WindowPooling()
            | GlobalPooling()
            | Subsampling()
        ) as layer:
            return _windowed(network, report, layer, width, numbers)
        case FullyConnected():
            weight = module_of_row(network, name).get_parameter("weight").detach().cpu().numpy()
            return {
                "kind": "full",
                "weights": None if width is None else numbers.add(weight, width),
                "bias": _biases(network, name, len(weight)),
            }
        case ResponseNormalization() as layer if layer.region == "across":
            return {
                "kind": "neighbours",
                "size": layer.size,
                "k": layer.k,
                "coefficient": layer.coefficient,
                "beta": layer.beta,
                "groups": layer.groups,
            }
        case BatchNormalization() as layer if isinstance(shape, Image | Features):
            return _batch_norm(module_of_row(network, name), layer.epsilon)
        case Concat():
            return {"kind": "copied"}
        case Add():
            return {"kind": "added"}
        case Multiply():
            return {"kind": "multiplied"}
        case Embedding():
            return {"kind": "looked up"}
        case Flatten() | Dropout() | Activation() | Reshape():
            return {"kind": "same"}
        case RadialBasis():
            codes = module_of_row(network, name).get_buffer("codes").detach().cpu().numpy()
            return {"kind": "distance", "weights": numbers.add(codes), "bias": [0.0] * len(codes)}
        case Scaling(factor=factor, offset=offset) if isinstance(shape, Image | Features):
            gains = _gains(module_of_row(network, name), shape.axes[0], factor)
            return _scaled(gains, [offset] * len(gains))
        case LayerNormalization() | GroupNormalization() as layer if shape is not None:
            return _normalized(layer, module_of_row(network, name), shape, numbers)
        case Border() | ChannelShuffle() | Cropping() | Slice() | Upsampling() if isinstance(
            shape, Image
        ):
            return _moved(module_of_row(network, name), shape)
        case (
            AdaptivePooling()
            | BatchNormalization()
            | Border()
            | ChannelShuffle()
            | Cropping()
            | GroupNormalization()
            | Inception()
            | Input()
            | LayerNormalization()
            | ParametricReLU()
            | ResponseNormalization()
            | Scaling()
            | SideHead()
            | Slice()
            | TransposedConvolution()
            | Unreadable()
            | Upsampling()
        ):
            return None
        case layer:
            assert_never(layer)


def _windowed(
    network: Network,
    report: RowReport,
    layer: Convolution | DepthwiseConvolution | WindowPooling | GlobalPooling | Subsampling,
    width: str | None,
    numbers: Numbers,
) -> dict[str, Any] | None:
    """Describe a value that a window gives; None where the row reads no maps."""
    name, shape = report.row.name, report.inputs[0]
    if not isinstance(shape, Image):
        return None
    match layer:
        case Convolution() | DepthwiseConvolution():
            connected = connections(report)
            kernels = full_kernels(network, name)
            return {
                "kind": "kernels",
                "window": _window(layer.window.axes(shape)),
                "weights": None if width is None else numbers.add(kernels[connected], width),
                **_channels(layer, connected),
                "bias": _biases(network, name, len(kernels)),
            }
        case MaxPooling():
            return {"kind": "largest", "window": _window(layer.window.axes(shape))}
        case AveragePooling():
            return {
                "kind": "mean",
                "window": _window(layer.window.axes(shape)),
                "divisors": mean_divisors(layer, shape),
            }
        case LpPooling(p=p):
            return {
                "kind": "power",
                "window": _window(layer.window.axes(shape)),
                "divisors": mean_divisors(layer, shape),
                "p": p,
            }
        case Subsampling():
            gains = module_of_row(network, name).get_parameter("weight").detach().cpu()
            cells = layer.window.kernel[0] * layer.window.kernel[1]
            share = 1.0 if layer.reduction == "sum" else 1.0 / cells
            return {
                "kind": "scaled",
                "window": _window(layer.window.axes(shape)),
                "gains": [float(gain) * share for gain in gains],
                "bias": _biases(network, name, len(gains)),
            }
        case GlobalPooling():
            is_max = layer.reduction == "max"
            divisors = {} if is_max else {"divisors": [[shape.height], [shape.width]]}
            kind = "largest" if is_max else "mean"
            return {"kind": kind, "window": _window(layer.axes(shape)), **divisors}
        case _:
            return None


def _batch_norm(module: nn.Module, epsilon: float) -> dict[str, Any]:
    """Describe what batch normalisation does once it has learnt: a gain and a bias for each map."""
    kept = {**dict(module.named_buffers()), **dict(module.named_parameters())}
    with torch.no_grad():
        deviation = (kept["running_var"].double() + epsilon).sqrt()
        gains = kept.get("weight", torch.ones(())).double() / deviation
        bias = kept.get("bias", torch.zeros(())).double() - kept["running_mean"].double() * gains
    return _scaled(gains.tolist(), bias.tolist())


def _scaled(gains: Sequence[float], bias: Sequence[float]) -> dict[str, Any]:
    """Describe values that are multiplied and moved by numbers of their map."""
    cell = {"kernel": 1, "stride": 1, "before": 0, "dilation": 1}
    return {"kind": "scaled", "window": [cell, cell], "gains": gains, "bias": bias}


def _gains(module: nn.Module, count: int, otherwise: float) -> list[float]:
    """Return a trained factor for each map; the same for all where none is trained."""
    weight = getattr(module, "weight", None)
    if weight is None:
        return [otherwise] * count
    gains: list[float] = weight.detach().flatten().tolist()
    return gains


def _normalized(
    layer: LayerNormalization | GroupNormalization,
    module: nn.Module,
    shape: Shape,
    numbers: Numbers,
) -> dict[str, Any] | None:
    """Describe what is done by mean and variance of a group: of so many maps, or of the maps at a place alone."""
    maps = shape.axes[0]
    by_value = isinstance(layer, LayerNormalization) and layer.over == "all"
    count = shape.elements if by_value else maps
    if count > _MOST_GAINS:
        return None
    parts = maps
    if isinstance(layer, LayerNormalization):
        parts = 1
    elif layer.groups is not None:
        parts = layer.groups
    trained = {"gains": ("weight", 1.0), "offsets": ("bias", 0.0)}
    told = {}
    for name, (own, otherwise) in trained.items():
        values: Tensor | None = getattr(module, own, None)
        flat = (
            torch.full((count,), otherwise) if values is None else values.detach().cpu().flatten()
        )
        told[name] = numbers.add(flat.numpy())
    return {
        "kind": "normalized",
        "group": maps // parts,
        "everywhere": not (isinstance(layer, LayerNormalization) and layer.over == "maps"),
        "epsilon": layer.epsilon,
        "eachValue": by_value,
        **told,
    }


def _moved(module: nn.Module, image: Image) -> dict[str, Any] | None:
    """Describe where each value is taken from, as map, row and column of what is read; None where it is no copy.

    A picture whose values are their own numbers, counted from 1, is put through the row: what comes out names its
    place, and 0 is padding.
    """
    count = image.elements
    counted = torch.arange(1.0, count + 1, dtype=torch.float64).view(1, *image.axes)
    with evaluating(module), torch.no_grad():
        given = module(counted)[0]
    came = given.long()
    if not torch.equal(came.double(), given):
        return None
    origin = [int(part) for part in (came > 0).nonzero()[0]]
    places = torch.where(came > 0, came - 1, -1)
    axes = (
        (places[:, origin[1], origin[2]], image.height * image.width, image.channels),
        (places[origin[0], :, origin[2]], image.width, image.height),
        (places[origin[0], origin[1], :], 1, image.width),
    )
    sources = [torch.where(one < 0, -1, one // step % size) for one, step, size in axes]
    maps, rows, columns = sources[0][:, None, None], sources[1][:, None], sources[2]
    again = (maps * image.height + rows) * image.width + columns
    again = torch.where((maps < 0) | (rows < 0) | (columns < 0), -1, again)
    if not torch.equal(again, places):
        return None
    return {"kind": "moved", "sources": [one.tolist() for one in sources]}


def _biases(network: Network, row: str, count: int) -> list[float]:
    return [bias_of(network, row, number) for number in range(count)]


def _window(axes: Sequence[Any]) -> list[dict[str, int]]:
    return [
        {
            "kernel": axis.kernel,
            "stride": axis.stride,
            "before": axis.before,
            "dilation": axis.dilation,
        }
        for axis in axes
    ]

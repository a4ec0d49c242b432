"""Make layers of the nodes of an ONNX graph: attributes and the dims of weights say what they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, final

from striate.layers import (
    ELU,
    Activation,
    AdaptivePooling,
    AveragePooling,
    BatchNormalization,
    Border,
    Convolution,
    Dropout,
    Flatten,
    FullyConnected,
    Function,
    GlobalPooling,
    GroupNormalization,
    Layer,
    LayerNormalization,
    LeakyReLU,
    LpPooling,
    MaxPooling,
    Padding,
    ParametricReLU,
    Reshape,
    ResponseNormalization,
    Sides,
    TransposedConvolution,
    Upsampling,
)
from striate.layers.windows import Rounding
from striate.shapes import Features, Image, Shape


_FUNCTIONS: dict[str, Function] = {
    "Relu": "ReLU", "Sigmoid": "sigmoid", "Tanh": "tanh", "Softmax": "softmax", "LogSoftmax": "log-softmax",
    "Selu": "SELU", "HardSwish": "hard swish", "Softplus": "softplus", "Softsign": "softsign", "Mish": "mish",
}  # fmt: skip
_CLIPS: dict[tuple[float, float], Function] = {(0, 6): "ReLU6", (-1, 1): "hard tanh"}
Way = Literal["average", "max"]
_BORDERS = {"constant": "zeros", "reflect": "reflect", "edge": "replicate"}
_FLAT, _MAPS = 2, 4
"""Axes of flat values and of maps, the examples counted."""
_SIXTH = 1 / 6
_CLOSE = 1e-4


class NotALayerError(Exception):
    """A node does what no layer of a table does; the text says what."""


@final
@dataclass(frozen=True, slots=True)
class Node:
    """One node of a graph.

    Args:
        name: Its name, or what it is with its number.
        kind: Its operator.
        attributes: Numbers, words and lists of numbers, by name.
        dims: Of each input: the dims of its weights; None where it is what another node gives, or absent.
        values: Of each input: its numbers, where it is a small constant.
        below: Shape of the first thing that it reads.
    """

    name: str
    kind: str
    attributes: Mapping[str, Any]
    dims: Sequence[tuple[int, ...] | None]
    values: Sequence[tuple[float, ...] | None]
    below: Shape | None

    def weights(self, place: int, axes: int) -> tuple[int, ...]:
        """Give the dims of an input that must be weights with so many axes."""
        dims = self.dims[place] if place < len(self.dims) else None
        if dims is None:
            problem = f"{self.kind} with weights that another node computes"
            raise NotALayerError(problem)
        if len(dims) != axes:
            problem = f"{self.kind} with weights of {len(dims)} axes"
            raise NotALayerError(problem)
        return dims

    def numbers(self, place: int) -> tuple[float, ...] | None:
        """Give the numbers of an input that is a small constant."""
        return self.values[place] if place < len(self.values) else None

    def refuse(self, *names: str, **usual: object) -> None:
        """Refuse attributes: those named, and those that differ from what is usual."""
        for name in names:
            if name in self.attributes:
                problem = f"{self.kind} with {name}"
                raise NotALayerError(problem)
        for name, value in usual.items():
            came = self.attributes.get(name, value)
            if came != value:
                problem = f"{self.kind} with {name} {came}"
                raise NotALayerError(problem)


def layer_of(node: Node) -> Layer:
    """Return the layer that a node is.

    Raises:
        NotALayerError: No layer of a table is like it.
        LayerError: Its numbers are impossible.
    """
    match node.kind:
        case "Conv":
            return _convolution(node)
        case "ConvTranspose":
            return _transposed(node)
        case "Gemm" | "MatMul":
            return _units(node)
        case "MaxPool" | "AveragePool" | "LpPool":
            return _pooling(node)
        case "GlobalAveragePool" | "GlobalMaxPool":
            return AdaptivePooling(1, "average" if "Average" in node.kind else "max")
        case "ReduceMean" | "ReduceMax":
            return _reduced(node)
        case "Flatten":
            node.refuse(axis=1)
            return Flatten()
        case "Reshape" | "Squeeze":
            return _reshape(node)
        case "Pad":
            return _border(node)
        case "Resize" | "Upsample":
            return _upsampling(node)
        case "Dropout":
            ratio = node.numbers(1)
            return Dropout(ratio[0] if ratio else node.attributes.get("ratio", 0.5))
        case _:
            return _normalization(node) or Activation(_function(node))


def _normalization(node: Node) -> Layer | None:
    """Give a normalisation, or slopes that are trained; None if the node is neither."""
    epsilon = node.attributes.get("epsilon", 1e-5)
    match node.kind:
        case "BatchNormalization":
            node.refuse(spatial=1)
            return BatchNormalization(epsilon, round(1 - node.attributes.get("momentum", 0.9), 9))
        case "InstanceNormalization":
            return GroupNormalization(None, epsilon)
        case "GroupNormalization":
            return GroupNormalization(node.attributes["num_groups"], epsilon)
        case "LayerNormalization":
            axes = _axes(node)
            if node.attributes.get("axis", -1) not in {1, 1 - axes}:
                node.refuse("axis")
            has_offset = len(node.dims) > _FLAT and node.dims[2] is not None
            return LayerNormalization("all", epsilon, has_offset=has_offset)
        case "LRN":
            get = node.attributes.get
            numbers = (get("alpha", 1e-4), get("beta", 0.75), get("bias", 1.0))
            return ResponseNormalization(node.attributes["size"], *numbers)
        case "PRelu":
            slopes = node.dims[1] or ()
            count = _product(slopes)
            by_count = {1: "one", (node.below.axes[0] if node.below else 0): "maps"}
            if count not in by_count:
                problem = f"PRelu with {count} slopes"
                raise NotALayerError(problem)
            return ParametricReLU(by_count[count])  # type: ignore[arg-type]
        case _:
            return None


def _function(node: Node) -> Function:
    attributes = node.attributes
    match node.kind:
        case "LeakyRelu":
            return LeakyReLU(attributes.get("alpha", 0.01))
        case "Elu":
            return ELU(attributes.get("alpha", 1.0))
        case "Gelu":
            return "GELU (tanh)" if attributes.get("approximate") == "tanh" else "GELU"
        case "HardSigmoid":
            slope, offset = attributes.get("alpha", 0.2), attributes.get("beta", 0.5)
            if abs(slope - _SIXTH) < _CLOSE and abs(offset - 1 / 2) < _CLOSE:
                return "hard sigmoid"
            problem = f"HardSigmoid with the slope {slope:g}"
            raise NotALayerError(problem)
        case "Clip":
            low = node.numbers(1) or (attributes.get("min", float("-inf")),)
            high = node.numbers(2) or (attributes.get("max", float("inf")),)
            if (low[0], high[0]) not in _CLIPS:
                problem = f"Clip to {low[0]:g} and {high[0]:g}"
                raise NotALayerError(problem)
            return _CLIPS[low[0], high[0]]
        case "Softmax" | "LogSoftmax":
            if attributes.get("axis", 1) not in {1, 1 - _axes(node)}:
                node.refuse("axis")
            return _FUNCTIONS[node.kind]
        case kind if kind in _FUNCTIONS:
            return _FUNCTIONS[kind]
        case kind:
            problem = f"the operator {kind}"
            raise NotALayerError(problem)


def _axes(node: Node) -> int:
    return _MAPS if isinstance(node.below, Image) else _FLAT


def _product(sizes: Sequence[int]) -> int:
    product = 1
    for size in sizes:
        product *= size
    return product


def _sides(pads: Sequence[int]) -> Padding:
    """Give padding of ONNX, which names the beginnings of both axes and then the ends."""
    top, left, bottom, right = pads
    if top == left == bottom == right:
        return top or "valid"
    return Sides(top, bottom, left, right)


def _padding(node: Node) -> Padding:
    rule = node.attributes.get("auto_pad", "NOTSET")
    if rule == "SAME_UPPER":
        return "same"
    if rule not in {"NOTSET", "VALID"}:
        problem = f"{node.kind} with auto_pad {rule}"
        raise NotALayerError(problem)
    return _sides(node.attributes.get("pads", (0, 0, 0, 0))) if rule == "NOTSET" else "valid"


def _pair(node: Node, name: str) -> tuple[int, int]:
    """Give a number for height and for width; ONNX takes 1 where nothing is said."""
    first, second = node.attributes.get(name, (1, 1))
    return first, second


def _convolution(node: Node) -> Layer:
    maps, _, *kernel = node.weights(1, _MAPS)
    return Convolution(
        maps,
        (kernel[0], kernel[1]),
        _pair(node, "strides"),
        _padding(node),
        _pair(node, "dilations"),
        node.attributes.get("group", 1),
        has_bias=len(node.dims) > _FLAT,
    )


def _transposed(node: Node) -> Layer:
    node.refuse("output_shape")
    groups = node.attributes.get("group", 1)
    _, maps, *kernel = node.weights(1, _MAPS)
    rule = node.attributes.get("auto_pad", "NOTSET")
    return TransposedConvolution(
        maps * groups,
        (kernel[0], kernel[1]),
        _pair(node, "strides"),
        "same" if rule == "SAME_UPPER" else _padding(node),
        tuple(node.attributes.get("output_padding", (0, 0))),
        _pair(node, "dilations"),
        groups,
        has_bias=len(node.dims) > _FLAT,
    )


def _units(node: Node) -> Layer:
    weights = node.weights(1, _FLAT)
    if node.kind == "MatMul":
        return FullyConnected(weights[1], has_bias=False)
    node.refuse(alpha=1.0, beta=1.0, transA=0)
    units = weights[0] if node.attributes.get("transB", 0) else weights[1]
    return FullyConnected(units, has_bias=len(node.dims) > _FLAT)


def _pooling(node: Node) -> Layer:
    node.refuse(storage_order=0)
    kernel = tuple(node.attributes["kernel_shape"])
    if len(kernel) != _FLAT:
        problem = f"{node.kind} along {len(kernel)} axes"
        raise NotALayerError(problem)
    rounding: Rounding = "ceil" if node.attributes.get("ceil_mode", 0) else "floor"
    window = (kernel, _pair(node, "strides"), _padding(node))
    if node.kind == "MaxPool":
        return MaxPooling(*window, _pair(node, "dilations"), rounding)
    node.refuse(dilations=(1, 1))
    if node.kind == "LpPool":
        # A last, partial window is summed as it is, and signs are left out: torch's LPPool2d does neither.
        node.refuse(ceil_mode=0)
        power = node.attributes.get("p", 2)
        node.refuse(*(["p"] if power % 2 else []))
        return LpPooling(*window, p=power)
    divisor = "window" if node.attributes.get("count_include_pad", 0) else "inside"
    return AveragePooling(*window, rounding, divisor)  # type: ignore[arg-type]


def _reduced(node: Node) -> Layer:
    """Give a mean or a maximum over height and width."""
    axes = node.numbers(1) or node.attributes.get("axes", ())
    is_flat = isinstance(node.below, Features)
    if is_flat or {axis % _MAPS for axis in axes} != {2, 3}:
        problem = f"{node.kind} along the axes {', '.join(f'{axis:g}' for axis in axes) or 'all'}"
        raise NotALayerError(problem)
    way: Way = "average" if node.kind == "ReduceMean" else "max"
    if node.attributes.get("keepdims", 1):
        return AdaptivePooling(1, way)
    return GlobalPooling(way)


def _reshape(node: Node) -> Layer:
    if node.kind == "Squeeze":
        return Flatten()
    sizes = node.numbers(1)
    if sizes is None:
        problem = "Reshape to sizes that another node computes"
        raise NotALayerError(problem)
    whole = [int(size) for size in sizes]
    elements = node.below.elements if node.below is not None else 0
    match whole:
        case [_, -1]:
            return Flatten()
        case [_, count] if count in {elements, 0}:
            return Flatten()
        case [_, channels, height, width] if min(channels, height, width) > 0:
            return Reshape(Image(channels, height, width))
        case [_, count] if count > 0:
            return Reshape(Features(count))
        case _:
            problem = f"Reshape to {whole}"
            raise NotALayerError(problem)


def _border(node: Node) -> Layer:
    pads = node.numbers(1) or node.attributes.get("pads", ())
    value = (node.numbers(2) or (node.attributes.get("value", 0),))[0]
    mode = node.attributes.get("mode", "constant")
    sides = [int(pad) for pad in pads]
    is_around = len(sides) == 2 * _MAPS and sides[0] == sides[1] == sides[4] == sides[5] == 0
    if not is_around or min(sides) < 0 or mode not in _BORDERS or value:
        problem = f"Pad of {sides} with {value:g}, mode {mode}"
        raise NotALayerError(problem)
    return Border(Sides(sides[2], sides[6], sides[3], sides[7]), _BORDERS[mode])  # type: ignore[arg-type]


def _upsampling(node: Node) -> Layer:
    """Give an enlarging by a whole factor, whose factors or sizes are constants."""
    factors = node.numbers(2 if node.kind == "Resize" else 1) or node.attributes.get("scales", ())
    sizes = node.numbers(3)
    if not factors and sizes and isinstance(node.below, Image):
        below = (1, *node.below.axes)
        factors = (1.0, *(size / side for size, side in zip(sizes[1:], below[1:], strict=True)))
    way = node.attributes.get("mode", "nearest")
    corners = node.attributes.get("coordinate_transformation_mode", "half_pixel")
    is_whole = len(factors) == _MAPS and all(factor == int(factor) > 0 for factor in factors)
    is_aligned = corners == "align_corners"
    # Nearest values of a whole factor are the same for each way to place pixels but that of corners.
    is_known = way in {"nearest", "linear"} and not (way == "nearest" and is_aligned)
    is_placed = way == "nearest" or corners in {"half_pixel", "pytorch_half_pixel", "align_corners"}
    if not (is_whole and is_known and is_placed and tuple(factors[:2]) == (1, 1)):
        written = ", ".join(f"{factor:g}" for factor in factors)
        problem = f"{node.kind} by {written or 'an unknown factor'}, {way}, {corners}"
        raise NotALayerError(problem)
    pair = (int(factors[2]), int(factors[3]))
    return Upsampling(pair, "nearest" if way == "nearest" else "bilinear", is_aligned=is_aligned)

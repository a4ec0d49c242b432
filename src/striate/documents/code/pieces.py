"""Classes that a written network holds beside its framework's own, read as the layers that they stand for.

A class counts as such if it is the one that is written, statement by statement: one that was changed is read as any
other class is.
"""

import ast
from collections.abc import Mapping
from dataclasses import replace
from functools import cache, partial

from striate.documents.code.arguments import (
    Arguments,
    exactly,
    fraction,
    positive,
    truth,
    whole,
    whole_pair,
)
from striate.documents.code.keras_layers import KERAS, keras_layer
from striate.documents.code.kinds import built
from striate.documents.code.torch_layers import TORCH
from striate.documents.code.values import LayerValue, Layout, Piece, Plan, Reads, Value
from striate.documents.writing import keras_pieces, torch_pieces
from striate.layers import (
    AveragePooling,
    ChannelShuffle,
    Codes,
    ConnectionTable,
    Convolution,
    Embedding,
    Layer,
    LayerNormalization,
    MaxPooling,
    ParametricReLU,
    RadialBasis,
    ResponseNormalization,
    Scaling,
    Sides,
    Subsampling,
    TransposedConvolution,
)
from striate.layers.pooling import Reduction
from striate.layers.windows import Rounding
from striate.shapes import Shape


_WRITTEN: Mapping[str, Mapping[str, list[str]]] = {
    "torch": torch_pieces.PIECES,
    "keras": keras_pieces.PIECES,
}
_MARK = "X"


def piece_of(node: ast.ClassDef) -> Piece | None:
    """Return what a class stands for; None if it is not one that is written."""
    for framework, pieces in _WRITTEN.items():
        if node.name in pieces and _meaning(node) == _written(framework, node.name):
            return Piece("torch" if framework == "torch" else "keras", node.name)
    return None


@cache
def _written(framework: str, name: str) -> str:
    (node,) = ast.parse("\n".join(_WRITTEN[framework][name])).body
    return _meaning(node)


def _meaning(node: ast.stmt) -> str:
    """Give the statements of a class as text, whatever is said of them in words."""
    body = [
        one
        for one in getattr(node, "body", ())
        if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
    ]
    return "\n".join([*map(ast.dump, getattr(node, "bases", ())), *map(ast.dump, body)])


_CONVOLUTION = KERAS["Conv2D"]
_NAMES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("torch", "ConnectedConv2d"): ("channels", "reads", "kernel_size", "bias"),
    ("torch", "Subsampling"): ("channels", "kernel_size", "stride", "reduction"),
    ("torch", "Scale"): ("sizes", "start"),
    ("torch", "Distances"): ("features", "units", "drawings"),
    ("torch", "ResponseNorm"): ("size", "alpha", "beta", "k", "region", "groups"),
    ("torch", "MapsNorm"): TORCH["LayerNorm"],
    ("torch", "ValuePReLU"): ("shape", "init"),
    ("torch", "PaddedMaxPool2d"): ("ends", *TORCH["MaxPool2d"]),
    ("torch", "InsideMean"): ("ends", "kernel_size", "stride", "padding", "ceil_mode"),
    ("torch", "CutConvTranspose2d"): ("ends", *TORCH["ConvTranspose2d"]),
    ("torch", "WordVectors"): ("words", "dimensions", "is_trained"),
    ("keras", "ConnectedConv2D"): ("marks", *_CONVOLUTION),
    ("keras", "Subsampling"): ("kernel_size", "stride", "reduction"),
    ("keras", "Scale"): ("start",),
    ("keras", "ChannelShuffle"): ("groups",),
    ("keras", "Distances"): ("units", "drawings"),
    ("keras", "ResponseNormalization"): ("size", "alpha", "beta", "k"),
    ("keras", "PaddedMaxPooling2D"): ("border", "kernel_size", "stride"),
}


def arguments_of(piece: Piece) -> tuple[str, ...]:
    """Name what a piece may be given by its place."""
    return _NAMES[piece.framework, piece.name]


def piece_layer(arguments: Arguments, piece: Piece, layout: Layout) -> LayerValue:
    """Read one piece as the layer that it stands for."""
    if piece.framework == "keras" and piece.name == "ConnectedConv2D":
        marks = arguments.need("marks", _marks)
        made = keras_layer(arguments, "Conv2D", layout)
        return _connected(made, marks)
    made = LayerValue(piece.framework, piece.name, piece.name, arguments.line, lambda _: ())
    if piece.framework == "keras":
        arguments.rename("pool_size", "kernel_size")
        arguments.rename("strides", "stride")
        made.name = arguments.get("name", str, "")
    layer = built(arguments, partial(_layer, arguments, piece.name, made))
    made.plan = lambda _: (Plan(layer),)
    arguments.close()
    made.faults, made.remarks = arguments.faults, arguments.remarks
    return made


def _layer(arguments: Arguments, name: str, made: LayerValue) -> Layer | None:
    """Make the layer of a piece; None if an argument is missing."""
    match name:
        case "ConnectedConv2d":
            return _connections(arguments, made)
        case "Subsampling":
            arguments.pass_over("channels")
            kernel = arguments.need("kernel_size", whole_pair)
            stride = arguments.get("stride", whole_pair, None)
            is_mean = arguments.get("reduction", exactly("sum", "mean"), "sum") == "mean"
            reduction: Reduction = "mean" if is_mean else "sum"
            return None if kernel is None else Subsampling(kernel, stride, reduction)
        case "Scale":
            arguments.pass_over("sizes")
            return Scaling(arguments.get("start", fraction, 1.0), is_trained=True)
        case "ChannelShuffle":
            groups = arguments.need("groups", positive)
            return None if groups is None else ChannelShuffle(groups)
        case "Distances":
            return _distances(arguments, made)
        case "ResponseNorm" | "ResponseNormalization":
            numbers = [arguments.need(one, fraction) for one in ("alpha", "beta", "k")]
            size = arguments.need("size", positive)
            is_within = arguments.get("region", exactly("across", "within"), "") == "within"
            groups = arguments.get("groups", positive, 1)
            if size is None or None in numbers:
                return None
            alpha, beta, k = (number or 0.0 for number in numbers)
            return ResponseNormalization(
                size,
                alpha,
                beta,
                k,
                is_divided=False,
                region="within" if is_within else "across",
                groups=groups,
            )
        case "MapsNorm":
            arguments.pass_over("normalized_shape")
            epsilon = arguments.get("eps", fraction, 1e-5)
            is_trained = arguments.get("elementwise_affine", truth, default=True)
            has_offset = arguments.get("bias", truth, default=True) and is_trained
            return LayerNormalization("maps", epsilon, is_trained, has_offset)
        case "ValuePReLU":
            arguments.pass_over("shape")
            return ParametricReLU("values", arguments.get("init", fraction, 0.25))
        case "WordVectors":
            words, dimensions = (arguments.need(one, positive) for one in ("words", "dimensions"))
            is_trained = arguments.get("is_trained", truth, default=True)
            if words is None or dimensions is None:
                return None
            return Embedding(words, dimensions, "random" if is_trained else "static")
        case _:
            return _on_windows(arguments, name, made)


def _on_windows(arguments: Arguments, name: str, made: LayerValue) -> Layer | None:
    """Make what slides a window over maps that are padded, or cut, by themselves."""
    if name == "CutConvTranspose2d":
        return _cut(arguments, made)
    if name == "PaddedMaxPooling2D":
        sides = arguments.need("border", _pairs)
    else:
        sides = arguments.need("ends", _ends)
    kernel = arguments.need("kernel_size", whole_pair)
    stride = arguments.get("stride", whole_pair, None)
    down, across = arguments.get("padding", whole_pair, (0, 0))
    dilation = arguments.get("dilation", whole_pair, (1, 1))
    rounding: Rounding = "ceil" if arguments.get("ceil_mode", truth, default=False) else "floor"
    if kernel is None or sides is None:
        return None
    sides = Sides(sides.top + down, sides.bottom + down, sides.left + across, sides.right + across)
    if name == "InsideMean":
        return AveragePooling(kernel, stride, sides, rounding, "inside")
    return MaxPooling(kernel, stride, sides, dilation, rounding)


def _cut(arguments: Arguments, made: LayerValue) -> Layer | None:
    """Read a transposed convolution with cells cut off, or added, on each side by itself."""
    ends = arguments.need("ends", lambda value: _four(value, negative=True))
    channels = arguments.need("in_channels", positive)
    maps = arguments.need("out_channels", positive)
    kernel = arguments.need("kernel_size", whole_pair)
    added = arguments.get("output_padding", whole_pair, (0, 0))
    stride = arguments.get("stride", whole_pair, (1, 1))
    groups = arguments.get("groups", whole, 1)
    has_bias = arguments.get("bias", truth, default=True)
    dilation = arguments.get("dilation", whole_pair, (1, 1))
    if ends is None or maps is None or kernel is None:
        return None
    if channels is not None:
        made.reads = Reads("in_channels", channels, arguments.line)
    left, right, top, bottom = (-end for end in ends)
    sides = Sides(top, bottom, left, right)
    return TransposedConvolution(maps, kernel, stride, sides, added, dilation, groups, has_bias)


def _connections(arguments: Arguments, made: LayerValue) -> Layer | None:
    """Read a convolution whose maps read some of those below."""
    channels = arguments.need("channels", positive)
    reads = arguments.need("reads", _lists)
    kernel = arguments.need("kernel_size", whole_pair)
    has_bias = arguments.get("bias", truth, default=True)
    stride = arguments.get("stride", whole_pair, (1, 1))
    down, across = arguments.get("padding", whole_pair, (0, 0))
    dilation = arguments.get("dilation", whole_pair, (1, 1))
    if channels is None or reads is None or kernel is None:
        return None
    made.reads = Reads("in_channels", channels, arguments.line)
    table = ConnectionTable(
        tuple(tuple(below in read for read in reads) for below in range(channels))
    )
    return Convolution(
        len(reads),
        kernel,
        stride,
        Sides(down, down, across, across) if down or across else "valid",
        dilation,
        has_bias=has_bias,
        connection_table=table,
    )


def _connected(made: LayerValue, marks: tuple[str, ...] | None) -> LayerValue:
    """Give a convolution of Keras the table of what its maps read."""
    plain = made.plan
    table = marks and ConnectionTable(tuple(tuple(one == _MARK for one in line) for line in marks))

    def plan(shape: Shape | None) -> tuple[Plan, ...]:
        return tuple(
            replace(one, layer=replace(one.layer, connection_table=table))
            if isinstance(one.layer, Convolution) and table
            else one
            for one in plain(shape)
        )

    made.plan = plan
    return made


def _distances(arguments: Arguments, made: LayerValue) -> Layer | None:
    """Read distances to codes, drawn or random."""
    features = arguments.get("features", positive, None)
    if features is not None:
        made.reads = Reads("in_features", features, arguments.line)
    units = arguments.need("units", positive)
    drawings = arguments.get("drawings", _marks, None)
    if units is None:
        return None
    return RadialBasis(
        units, None if drawings is None else Codes(tuple((line,) for line in drawings))
    )


def _marks(value: Value) -> tuple[str, ...]:
    """Read lines of signs."""
    if not isinstance(value, tuple | list) or not all(isinstance(one, str) for one in value):
        message = "lines of signs"
        raise ValueError(message)
    return tuple(value)


def _lists(value: Value) -> tuple[tuple[int, ...], ...]:
    """Read lists of whole numbers."""
    if not isinstance(value, tuple | list):
        message = "a list of numbers for each map"
        raise ValueError(message)  # noqa: TRY004 - every reader raises the same
    return tuple(tuple(whole(one) for one in inner) for inner in value)


def _four(value: Value, *, negative: bool) -> tuple[int, int, int, int]:
    numbers = tuple(value) if isinstance(value, tuple | list) else ()
    is_whole = all(isinstance(one, int) and (negative or one >= 0) for one in numbers)
    if len(numbers) != 4 or not is_whole:  # noqa: PLR2004 - left, right, top, bottom
        message = "four whole numbers: left, right, top, bottom"
        raise ValueError(message)
    left, right, top, bottom = numbers
    return left, right, top, bottom


def _ends(value: Value) -> Sides:
    """Read the cells on each side in torch's order."""
    left, right, top, bottom = _four(value, negative=False)
    return Sides(top, bottom, left, right)


def _pairs(value: Value) -> Sides:
    """Read the cells on each side in Keras's order."""
    match value:
        case ((int(top), int(bottom)), (int(left), int(right))):
            return Sides(top, bottom, left, right)
        case _:
            message = "two pairs of whole numbers: top and bottom, left and right"
            raise ValueError(message)

"""PyTorch's layers as code writes them: what comes in is said by `in_features` and `in_channels`."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import get_args

from striate.documents.code.arguments import (
    Arguments,
    exactly,
    fraction,
    positive,
    truth,
    whole,
    whole_one,
    whole_pair,
)
from striate.documents.code.borders import border, bordered
from striate.documents.code.kinds import VALID, always, built, function_of, lacking, nothing
from striate.documents.code.values import LayerValue, Plan, Planned, Reads, Unknown, Value
from striate.errors.code import does_not_divide, norm_of_part
from striate.layers import (
    ELU,
    AdaptivePooling,
    AveragePooling,
    BatchNormalization,
    ChannelShuffle,
    Convolution,
    Dropout,
    Flatten,
    FullyConnected,
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
from striate.layers.enlarging import BorderMode
from striate.layers.pointwise import Slopes
from striate.layers.windows import Rounding
from striate.shapes import Features, Image, Shape
from striate.table import Unreadable


_CONVOLUTION = (
    *("out_channels", "kernel_size", "stride", "padding", "dilation"),
    *("groups", "bias", "padding_mode"),
)
_TRANSPOSED = (
    *("out_channels", "kernel_size", "stride", "padding", "output_padding"),
    *("groups", "bias", "dilation", "padding_mode"),
)
_MAX_POOLING = ("kernel_size", "stride", "padding", "dilation", "return_indices", "ceil_mode")
_AVERAGE_POOLING = (
    *("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad"),
    "divisor_override",
)
_LP_POOLING = ("norm_type", "kernel_size", "stride", "ceil_mode")
_BATCH = ("num_features", "eps", "momentum", "affine", "track_running_stats")

TORCH: Mapping[str, tuple[str, ...]] = {
    "Linear": ("in_features", "out_features", "bias"),
    "LazyLinear": ("out_features", "bias"),
    "Conv1d": ("in_channels", *_CONVOLUTION),
    "Conv2d": ("in_channels", *_CONVOLUTION),
    "LazyConv1d": _CONVOLUTION,
    "LazyConv2d": _CONVOLUTION,
    "ConvTranspose2d": ("in_channels", *_TRANSPOSED),
    "LazyConvTranspose2d": _TRANSPOSED,
    "MaxPool1d": _MAX_POOLING,
    "MaxPool2d": _MAX_POOLING,
    "AvgPool1d": _AVERAGE_POOLING,
    "AvgPool2d": _AVERAGE_POOLING,
    "LPPool1d": _LP_POOLING,
    "LPPool2d": _LP_POOLING,
    "AdaptiveAvgPool1d": ("output_size",),
    "AdaptiveAvgPool2d": ("output_size",),
    "AdaptiveMaxPool1d": ("output_size",),
    "AdaptiveMaxPool2d": ("output_size",),
    "BatchNorm1d": _BATCH,
    "BatchNorm2d": _BATCH,
    "SyncBatchNorm": _BATCH,
    "LazyBatchNorm1d": _BATCH[1:],
    "LazyBatchNorm2d": _BATCH[1:],
    "LayerNorm": ("normalized_shape", "eps", "elementwise_affine", "bias"),
    "GroupNorm": ("num_groups", "num_channels", "eps", "affine"),
    "InstanceNorm2d": _BATCH,
    "LocalResponseNorm": ("size", "alpha", "beta", "k"),
    "Flatten": ("start_dim", "end_dim"),
    "Unflatten": ("dim", "unflattened_size"),
    "Dropout": ("p", "inplace"),
    "Dropout1d": ("p", "inplace"),
    "Dropout2d": ("p", "inplace"),
    "ZeroPad2d": ("padding",),
    "ConstantPad2d": ("padding", "value"),
    "ReflectionPad2d": ("padding",),
    "ReplicationPad2d": ("padding",),
    "Upsample": ("size", "scale_factor", "mode", "align_corners"),
    "UpsamplingNearest2d": ("size", "scale_factor"),
    "UpsamplingBilinear2d": ("size", "scale_factor"),
    "ReLU": ("inplace",),
    "ReLU6": ("inplace",),
    "LeakyReLU": ("negative_slope", "inplace"),
    "PReLU": ("num_parameters", "init"),
    "ELU": ("alpha", "inplace"),
    "SELU": ("inplace",),
    "GELU": ("approximate",),
    "SiLU": ("inplace",),
    "Mish": ("inplace",),
    "Hardswish": ("inplace",),
    "Hardsigmoid": ("inplace",),
    "Hardtanh": ("min_val", "max_val", "inplace"),
    "Softplus": ("beta", "threshold"),
    "Softsign": (),
    "Sigmoid": (),
    "Tanh": (),
    "Softmax": ("dim",),
    "LogSoftmax": ("dim",),
    "Identity": (),
    "ChannelShuffle": ("groups",),
}
"""The layers that are understood, each with the arguments that may be given by their place."""

_NORMALIZED = {"BatchNorm1d", "BatchNorm2d", "SyncBatchNorm", "LazyBatchNorm1d", "LazyBatchNorm2d"}


def torch_layer(arguments: Arguments, kind: str) -> LayerValue:
    """Read one layer of PyTorch.

    Args:
        arguments: Those of its call; what cannot be read is added to their faults.
        kind: Its name, a key of `TORCH`.
    """
    # Where and how precisely the numbers are held decides nothing about the network.
    arguments.pass_over("device", "dtype")
    is_inplace = arguments.has("inplace") and arguments.value("inplace") is True
    made = LayerValue("torch", arguments.kind, "", arguments.line, nothing())
    made.is_inplace = is_inplace
    _fill(arguments, kind, made)
    made.word = made.word or kind
    arguments.close()
    made.faults, made.remarks = arguments.faults, arguments.remarks
    return made


def _fill(arguments: Arguments, kind: str, made: LayerValue) -> None:
    match kind:
        case "Linear" | "LazyLinear":
            made.word, made.says_input = "Linear", kind == "Linear"
            if kind == "Linear":
                made.reads = _reads(arguments, made, "in_features")
            units = arguments.need("out_features", whole)
            made.settings["out_features"] = units
            has_bias = arguments.get("bias", truth, default=True)
            made.plan = always(
                built(arguments, lambda: None if units is None else FullyConnected(units, has_bias))
            )
            # At each place it is a convolution of one cell.
            made.plan_last = always(
                built(
                    arguments,
                    lambda: None if units is None else Convolution(units, 1, has_bias=has_bias),
                )
            )
        case "Conv1d" | "Conv2d" | "LazyConv1d" | "LazyConv2d":
            made.word = "Conv"
            if not kind.startswith("Lazy"):
                made.reads = _reads(arguments, made, "in_channels")
            layer = built(arguments, lambda: _convolution(arguments, is_line=kind.endswith("1d")))
            mode: BorderMode = arguments.get(
                "padding_mode", exactly(*get_args(BorderMode)), "zeros"
            )
            if isinstance(layer, Convolution):
                made.settings["out_channels"] = layer.maps
                made.settings["kernel_size"], made.settings["stride"] = layer.kernel, layer.stride
            made.plan = bordered(layer, mode)
        case "MaxPool1d" | "MaxPool2d" | "AvgPool1d" | "AvgPool2d" | "LPPool1d" | "LPPool2d":
            made.word = "Pool"
            is_line, read = kind.endswith("1d"), _SLIDING[kind[:-2]]
            made.plan = always(built(arguments, lambda: read(arguments, is_line=is_line)))
        case "ConvTranspose2d" | "LazyConvTranspose2d":
            made.word = "Conv"
            if not kind.startswith("Lazy"):
                made.reads = _reads(arguments, made, "in_channels")
            made.plan = always(built(arguments, lambda: _transposed(arguments)))
        case "Upsample" | "UpsamplingNearest2d" | "UpsamplingBilinear2d":
            made.word = "Upsampling"
            made.plan = _upsampling(arguments, kind)
        case _ if kind in _NORMALIZED or "Norm" in kind:
            _normalization(arguments, kind, made)
        case _:
            _other(arguments, kind, made)


def _other(arguments: Arguments, kind: str, made: LayerValue) -> None:
    match kind:
        case "AdaptiveAvgPool1d" | "AdaptiveAvgPool2d" | "AdaptiveMaxPool1d" | "AdaptiveMaxPool2d":
            made.word = "Pool"
            size = arguments.need("output_size", _sizes(kind))
            if size == (1, 1):
                made.word = "GlobalPool"
            made.plan = adaptive(arguments, size, is_average="Avg" in kind)
        case "Flatten":
            arguments.get("start_dim", exactly(1), None)
            arguments.get("end_dim", exactly(-1, 3), None)
            made.plan = always(Flatten())
        case "Unflatten":
            made.word = "Reshape"
            arguments.get("dim", exactly(1), None)
            shape = arguments.need("unflattened_size", _maps)
            made.plan = always(built(arguments, lambda: None if shape is None else Reshape(shape)))
        case "PReLU":
            count = arguments.get("num_parameters", positive, 1)
            start = arguments.get("init", fraction, 0.25)
            slopes: Slopes = "one" if count == 1 else "maps"
            made.plan = always(built(arguments, lambda: ParametricReLU(slopes, start)))
        case "Dropout":
            rate = arguments.get("p", fraction, 0.5)
            made.plan = always(built(arguments, lambda: Dropout(rate)))
        case "Dropout1d" | "Dropout2d":
            made.word = "Dropout"
            made.plan = _dropped_maps(arguments, kind)
        case "ZeroPad2d" | "ConstantPad2d" | "ReflectionPad2d" | "ReplicationPad2d":
            border(arguments, kind, made)
        case "ChannelShuffle":
            made.word = "Shuffle"
            groups = arguments.need("groups", positive)
            made.plan = always(
                built(arguments, lambda: None if groups is None else ChannelShuffle(groups))
            )
        case "Identity":
            arguments.pass_over_all()
        case _:
            if kind in {"Softmax", "LogSoftmax"}:
                arguments.get("dim", exactly(1, -1), None)
            made.plan = function_plan(arguments, kind)


def function_plan(arguments: Arguments, kind: str) -> Planned:
    """Make the plan of an activation function, with its number if it has one."""
    match kind:
        case "LeakyReLU":
            slope = arguments.get("negative_slope", fraction, 0.01)
            return always(None, LeakyReLU(slope))
        case "ELU":
            return always(None, ELU(arguments.get("alpha", fraction, 1.0)))
        case "GELU":
            form = arguments.get("approximate", exactly("none", "tanh", *(False, True)), "none")
            return always(None, "GELU" if form in {"none", False} else "GELU (tanh)")
        case "Softplus":
            arguments.get("beta", exactly(1, 1.0), None)
            arguments.get("threshold", exactly(20, 20.0), None)
        case "Hardtanh":
            low = arguments.get("min_val", exactly(-1, -1.0, 0, 0.0), -1)
            arguments.get("max_val", exactly(1, 1.0) if low else exactly(6, 6.0), None)
            return always(None, "hard tanh" if low else "ReLU6")
        case "LogSoftmax":
            # Its values are the logarithms of the softmax's, which the loss of a table takes by itself.
            plan = Plan(None, "softmax", remarks=(LOGARITHM,))
            return lambda _: (plan,)
        case _:
            pass
    function = function_of(kind)
    return lacking(arguments) if function is None else always(None, function)


LOGARITHM = "Its log-softmax is read as softmax, whose logarithm the loss takes."


def _normalization(arguments: Arguments, kind: str, made: LayerValue) -> None:
    made.word = "Norm"
    if kind not in _NORMALIZED:
        _other_normalization(arguments, kind, made)
        return
    if not kind.startswith("Lazy"):
        made.reads = _reads(arguments, made, "num_features")
    epsilon = arguments.get("eps", fraction, 1e-5)
    momentum = arguments.get("momentum", fraction, 0.1)
    is_trained = arguments.get("affine", truth, default=True)
    arguments.get("track_running_stats", exactly(True), None)  # noqa: FBT003 - the value itself
    made.plan = always(
        built(arguments, lambda: BatchNormalization(epsilon, momentum, is_trained, is_trained))
    )


def _other_normalization(arguments: Arguments, kind: str, made: LayerValue) -> None:
    epsilon = arguments.get("eps", fraction, 1e-5) if kind != "LocalResponseNorm" else 0.0
    match kind:
        case "GroupNorm":
            groups = arguments.need("num_groups", positive)
            made.reads = _reads(arguments, made, "num_channels")
            is_trained = arguments.get("affine", truth, default=True)
            made.plan = always(
                built(
                    arguments,
                    lambda: (
                        None
                        if groups is None
                        else GroupNormalization(groups, epsilon, is_trained, is_trained)
                    ),
                )
            )
        case "InstanceNorm2d":
            made.reads = _reads(arguments, made, "num_features")
            arguments.pass_over("momentum")
            is_trained = arguments.get("affine", truth, default=False)
            arguments.get("track_running_stats", exactly(False), None)  # noqa: FBT003 - the value itself
            made.plan = always(
                built(arguments, lambda: GroupNormalization(None, epsilon, is_trained, is_trained))
            )
        case "LayerNorm":
            is_trained = arguments.get("elementwise_affine", truth, default=True)
            has_offset = arguments.get("bias", truth, default=True) and is_trained
            sizes = arguments.need("normalized_shape", _whole_sizes)
            layer = built(
                arguments, lambda: LayerNormalization("all", epsilon, is_trained, has_offset)
            )
            made.plan = _of_all(arguments, layer, sizes)
            made.plan_last = _of_maps(arguments, layer, sizes)
        case _:
            size = arguments.need("size", positive)
            alpha = arguments.get("alpha", fraction, 1e-4)
            beta = arguments.get("beta", fraction, 0.75)
            k = arguments.get("k", fraction, 1.0)
            made.plan = always(
                built(
                    arguments,
                    lambda: None if size is None else ResponseNormalization(size, alpha, beta, k),
                )
            )


def _of_maps(
    arguments: Arguments, layer: Layer | Unreadable, sizes: tuple[int, ...] | None
) -> Planned:
    """Make the plan of a normalisation on maps behind the places: over the maps at each, or over all."""
    kind, line = arguments.kind, arguments.line

    def plan(shape: Shape | None) -> tuple[Plan, ...]:
        if not isinstance(shape, Image) or not isinstance(layer, LayerNormalization):
            return (Plan(layer),)
        if sizes == (shape.height, shape.width, shape.channels):
            return (Plan(layer),)
        if sizes == (shape.channels,):
            return (Plan(replace(layer, over="maps")),)
        fault = norm_of_part(kind, "x".join(map(str, sizes or ())), str(shape), line)
        return (Plan(Unreadable(), faults=(fault,)),)

    return plan


def _of_all(
    arguments: Arguments, layer: Layer | Unreadable, sizes: tuple[int, ...] | None
) -> Planned:
    """Make the plan of a normalisation that must run over all that comes in."""
    kind, line = arguments.kind, arguments.line

    def plan(shape: Shape | None) -> tuple[Plan, ...]:
        if sizes is None or shape is None or shape.axes == sizes:
            return (Plan(layer),)
        fault = norm_of_part(kind, "x".join(map(str, sizes)), str(shape), line)
        return (Plan(Unreadable(), faults=(fault,)),)

    return plan


def _transposed(arguments: Arguments) -> Layer | None:
    maps = arguments.need("out_channels", whole)
    kernel = arguments.need("kernel_size", whole_pair)
    stride = arguments.get("stride", whole_pair, (1, 1))
    padding = arguments.get("padding", _pixels, VALID)
    added = arguments.get("output_padding", whole_pair, (0, 0))
    groups = arguments.get("groups", whole, 1)
    has_bias = arguments.get("bias", truth, default=True)
    dilation = arguments.get("dilation", whole_pair, (1, 1))
    arguments.get("padding_mode", exactly("zeros"), None)
    if maps is None or kernel is None:
        return None
    return TransposedConvolution(maps, kernel, stride, padding, added, dilation, groups, has_bias)


def _upsampling(arguments: Arguments, kind: str) -> Planned:
    """Read an enlargement by a factor, or to a size that is a multiple of what comes in."""
    usual = "bilinear" if "Bilinear" in kind else "nearest"
    mode = arguments.get("mode", exactly("nearest", "bilinear"), usual)
    aligned = arguments.get("align_corners", truth, default="Bilinear" in kind)
    arguments.pass_over("recompute_scale_factor", "antialias")
    factor = arguments.get("scale_factor", _factor, None)
    size = arguments.get("size", whole_pair, None)
    line = arguments.line
    if factor is None and size is None and not arguments.faults:
        arguments.need("scale_factor", _factor)

    def layer_of(pair: tuple[int, int]) -> Layer | Unreadable:
        is_linear = mode == "bilinear"
        return built(
            arguments,
            lambda: Upsampling(pair, "bilinear" if is_linear else "nearest", is_linear and aligned),
        )

    if factor is not None:
        return always(layer_of(factor))

    def plan(shape: Shape | None) -> tuple[Plan, ...]:
        if size is None or not isinstance(shape, Image):
            return (Plan(Unreadable()),)
        if size == (shape.height, shape.width):
            return (Plan(None),)
        if size[0] % shape.height or size[1] % shape.width:
            fault = does_not_divide(arguments.kind, str(shape), f"{size[0]}x{size[1]}", line)
            return (Plan(Unreadable(), faults=(fault,)),)
        return (Plan(layer_of((size[0] // shape.height, size[1] // shape.width))),)

    return plan


def _factor(value: Value) -> tuple[int, int]:
    parts = value if isinstance(value, tuple | list) else (value, value)
    numbers = [int(one) if isinstance(one, float) and one.is_integer() else one for one in parts]
    return whole_pair(tuple(numbers))


def _maps(value: Value) -> Image | Features:
    match [positive(one) for one in value] if isinstance(value, tuple | list) else []:
        case [channels, height, width]:
            return Image(channels, height, width)
        case _:
            message = "channels, height and width, as in (16, 7, 7)"
            raise ValueError(message)


def _dropped_maps(arguments: Arguments, kind: str) -> Planned:
    """Plan Dropout2d and its like: on a vector, Dropout2d takes each value for a map of its own."""
    rate = arguments.get("p", fraction, 0.5)
    layer = built(arguments, lambda: Dropout(rate, "maps"))
    if kind != "Dropout2d" or isinstance(layer, Unreadable):
        return always(layer)
    text = "It reads a vector, of which PyTorch drops single values, with a warning."
    of_values = (Plan(Dropout(rate), remarks=(text,)),)
    return lambda came: of_values if isinstance(came, Features) else (Plan(layer),)


def _whole_sizes(value: Value) -> tuple[int, ...]:
    parts = value if isinstance(value, tuple | list) else (value,)
    return tuple(positive(one) for one in parts)


def _reads(arguments: Arguments, made: LayerValue, name: str) -> Reads | None:
    number = arguments.need(name, positive)
    made.says_input = made.says_input or name == "in_features"
    made.settings[name] = number
    return None if number is None else Reads(name, number, arguments.line_of(name))


def _convolution(arguments: Arguments, *, is_line: bool) -> Layer | None:
    pair = _along if is_line else whole_pair
    maps = arguments.need("out_channels", whole)
    kernel = arguments.need("kernel_size", pair)
    stride = arguments.get("stride", pair, (1, 1))
    dilation = arguments.get("dilation", pair, (1, 1))
    padding = arguments.get("padding", _line_padding if is_line else _padding, VALID)
    groups = arguments.get("groups", whole, 1)
    has_bias = arguments.get("bias", truth, default=True)
    if padding == "same" and stride != (1, 1):
        arguments.blame("padding", "pixels: PyTorch pads 'same' with a stride of 1 alone")
        return None
    if maps is None or kernel is None:
        return None
    return Convolution(maps, kernel, stride, padding, dilation, groups, has_bias)


def max_pooling(arguments: Arguments, *, is_line: bool = False) -> Layer | None:
    """Read the arguments of a max pooling."""
    pair = _along if is_line else whole_pair
    kernel = arguments.need("kernel_size", pair)
    stride = arguments.get("stride", pair, None)
    padding = arguments.get("padding", _line_padding if is_line else _pixels, VALID)
    dilation = arguments.get("dilation", pair, (1, 1))
    arguments.get("return_indices", exactly(False), None)  # noqa: FBT003 - the value itself
    rounding = _rounding(arguments)
    return None if kernel is None else MaxPooling(kernel, stride, padding, dilation, rounding)


def average_pooling(arguments: Arguments, *, is_line: bool = False) -> Layer | None:
    """Read the arguments of an average pooling."""
    pair = _along if is_line else whole_pair
    kernel = arguments.need("kernel_size", pair)
    stride = arguments.get("stride", pair, None)
    padding = arguments.get("padding", _line_padding if is_line else _pixels, VALID)
    rounding = _rounding(arguments)
    counts_padding = arguments.get("count_include_pad", truth, default=True)
    arguments.pass_over("divisor_override") if arguments.value("divisor_override") is None else (
        arguments.blame("divisor_override", "None")
    )
    if kernel is None:
        return None
    return AveragePooling(
        kernel, stride, padding, rounding, "window" if counts_padding else "inside"
    )


def _lp_pooling(arguments: Arguments, *, is_line: bool = False) -> Layer | None:
    pair = _along if is_line else whole_pair
    power = arguments.need("norm_type", fraction)
    kernel = arguments.need("kernel_size", pair)
    stride = arguments.get("stride", pair, None)
    rounding = _rounding(arguments)
    if kernel is None or power is None:
        return None
    return LpPooling(kernel, stride, rounding=rounding, p=power)


_SLIDING = {"MaxPool": max_pooling, "AvgPool": average_pooling, "LPPool": _lp_pooling}


def adaptive(arguments: Arguments, size: tuple[int, int] | None, *, is_average: bool) -> Planned:
    """Make the plan of a pooling to a size: its windows follow from what comes in.

    Args:
        arguments: Those of the layer.
        size: Height and width that come out; 0 keeps what comes in.
        is_average: Whether it takes the mean, or the largest value.
    """
    if size is None:
        return always(Unreadable())
    kind = arguments.kind

    def plan(shape: Shape | None) -> tuple[Plan, ...]:
        if size == (1, 1):
            out = Image(shape.channels, 1, 1) if isinstance(shape, Image) else None
            return (Plan(GlobalPooling("average" if is_average else "max"), out=out),)
        if not isinstance(shape, Image):
            return (Plan(Unreadable()),)
        height, width = size[0] or shape.height, size[1] or shape.width
        if (height, width) == (shape.height, shape.width):
            return (Plan(None, remarks=(f"{kind} changes nothing: {height}x{width} comes in.",)),)
        return (Plan(AdaptivePooling((height, width), "average" if is_average else "max")),)

    return plan


def _sizes(kind: str) -> Callable[[Value], tuple[int, int]]:
    def read(value: Value) -> tuple[int, int]:
        if kind.endswith("1d"):
            return (1, positive(value[0] if isinstance(value, tuple | list) else value))
        parts = value if isinstance(value, tuple | list) and len(value) == 2 else (value, value)  # noqa: PLR2004 - a pair
        if any(isinstance(one, Unknown) for one in parts):
            message = "a whole number, or a pair of them"
            raise ValueError(message)
        height, width = (0 if one is None else positive(one) for one in parts)
        return height, width

    return read


def _rounding(arguments: Arguments) -> Rounding:
    return "ceil" if arguments.get("ceil_mode", truth, default=False) else "floor"


def _padding(value: Value) -> Padding:
    if isinstance(value, str):
        match exactly("same", "valid")(value):
            case "same":
                return "same"
            case _:
                return "valid"
    return _pixels(value)


def _pixels(value: Value) -> Padding:
    height, width = whole_pair(value)
    if height == width:
        # No padding is written in one way alone.
        return height or "valid"
    return Sides(height, height, width, width)


def _along(value: Value) -> tuple[int, int]:
    return 1, whole_one(value)


def _line_padding(value: Value) -> Padding:
    if isinstance(value, str):
        return _padding(value)
    width = whole_one(value)
    return Sides(0, 0, width, width) if width else "valid"

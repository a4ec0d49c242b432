"""Keras's layers as code writes them, of all three versions: channels last, sizes spoken by `input_shape`."""

from collections.abc import Mapping
from math import prod

from striate.documents.code.arguments import (
    Arguments,
    axes_of,
    batch_axes,
    called,
    exactly,
    fraction,
    positive,
    truth,
    whole,
    whole_one,
    whole_pair,
    word,
)
from striate.documents.code.kinds import (
    FUNCTIONS,
    VALID,
    always,
    built,
    function_of,
    lacking,
    nothing,
)
from striate.documents.code.values import (
    LayerValue,
    Layout,
    Plan,
    Planned,
    Unknown,
    Value,
    shape_of,
)
from striate.errors.code import unknown_code_function
from striate.layers import (
    ELU,
    AveragePooling,
    BatchNormalization,
    Border,
    Convolution,
    Cropping,
    DepthwiseConvolution,
    Dropout,
    Flatten,
    FullyConnected,
    Function,
    GlobalPooling,
    GroupNormalization,
    Layer,
    LayerNormalization,
    LeakyReLU,
    MaxPooling,
    Padding,
    ParametricReLU,
    Reshape,
    Sides,
    TransposedConvolution,
    Upsampling,
)
from striate.layers.enlarging import Interpolation
from striate.layers.normalization import NormalizedOver
from striate.layers.pointwise import Slopes
from striate.shapes import Features, Image, Shape
from striate.table import Unreadable


_CONVOLUTION = (
    *("filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate"),
    *("groups", "activation", "use_bias"),
)
_POOLING = ("pool_size", "strides", "padding", "data_format")
_GLOBAL = ("data_format", "keepdims")

KERAS: Mapping[str, tuple[str, ...]] = {
    "InputLayer": ("input_shape", "batch_size"),
    "Conv1D": _CONVOLUTION,
    "Conv2D": _CONVOLUTION,
    "DepthwiseConv2D": (
        *("kernel_size", "strides", "padding", "depth_multiplier", "data_format"),
        *("dilation_rate", "activation", "use_bias"),
    ),
    "SeparableConv2D": (
        *("filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate"),
        *("depth_multiplier", "activation", "use_bias"),
    ),
    "Conv2DTranspose": (
        *("filters", "kernel_size", "strides", "padding", "output_padding", "data_format"),
        *("dilation_rate", "activation", "use_bias"),
    ),
    "MaxPooling1D": _POOLING,
    "MaxPooling2D": _POOLING,
    "AveragePooling1D": _POOLING,
    "AveragePooling2D": _POOLING,
    "GlobalAveragePooling1D": _GLOBAL,
    "GlobalMaxPooling1D": _GLOBAL,
    "GlobalAveragePooling2D": _GLOBAL,
    "GlobalMaxPooling2D": _GLOBAL,
    "Flatten": ("data_format",),
    "Dense": ("units", "activation", "use_bias"),
    "Dropout": ("rate", "noise_shape", "seed"),
    "SpatialDropout2D": ("rate", "data_format", "seed"),
    "BatchNormalization": ("axis", "momentum", "epsilon", "center", "scale"),
    "LayerNormalization": ("axis", "epsilon", "center", "scale"),
    "GroupNormalization": ("groups", "axis", "epsilon", "center", "scale"),
    "ZeroPadding2D": ("padding", "data_format"),
    "Cropping2D": ("cropping", "data_format"),
    "UpSampling2D": ("size", "data_format", "interpolation"),
    "Reshape": ("target_shape",),
    "Permute": ("dims",),
    "Activation": ("activation",),
    "ReLU": ("max_value", "negative_slope", "threshold"),
    "LeakyReLU": ("alpha",),
    "PReLU": ("alpha_initializer", "alpha_regularizer", "alpha_constraint", "shared_axes"),
    "ELU": ("alpha",),
    "Softmax": ("axis",),
    "Rescaling": ("scale", "offset"),
    "Normalization": ("axis", "mean", "variance"),
    "Resizing": ("height", "width", "interpolation"),
    "RandomCrop": ("height", "width"),
    "GaussianNoise": ("stddev",),
    "GaussianDropout": ("rate",),
    "AlphaDropout": ("rate",),
    "Identity": (),
    "Masking": ("mask_value",),
}
"""The layers that are understood, each with the arguments that may be given by their place."""

KERAS_ALIASES: Mapping[str, str] = {
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "DepthwiseConvolution2D": "DepthwiseConv2D",
    "SeparableConvolution2D": "SeparableConv2D",
    "Convolution2DTranspose": "Conv2DTranspose",
    "Deconvolution2D": "Conv2DTranspose",
    "MaxPool1D": "MaxPooling1D",
    "MaxPool2D": "MaxPooling2D",
    "AvgPool1D": "AveragePooling1D",
    "AvgPool2D": "AveragePooling2D",
    "GlobalAvgPool1D": "GlobalAveragePooling1D",
    "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "GlobalMaxPool1D": "GlobalMaxPooling1D",
    "GlobalMaxPool2D": "GlobalMaxPooling2D",
    "SyncBatchNormalization": "BatchNormalization",
}

AUGMENTATIONS = (
    *("RandomFlip", "RandomRotation", "RandomZoom", "RandomContrast", "RandomTranslation"),
    *("RandomCrop", "RandomBrightness", "RandomHeight", "RandomWidth", "RandomShear"),
    *("RandomHue", "RandomSaturation", "RandomColorJitter", "RandomGrayscale", "RandomErasing"),
)

# How Keras 1 calls what later versions call otherwise.
_RENAMED = {
    "nb_filter": "filters",
    "border_mode": "padding",
    "subsample": "strides",
    "dim_ordering": "data_format",
    "bias": "use_bias",
    "init": "kernel_initializer",
    "W_regularizer": "kernel_regularizer",
    "b_regularizer": "bias_regularizer",
    "W_constraint": "kernel_constraint",
    "b_constraint": "bias_constraint",
    "output_dim": "units",
    "filter_length": "kernel_size",
    "subsample_length": "strides",
    "pool_length": "pool_size",
    "stride": "strides",
    "batch_shape": "batch_input_shape",
}
OLD_NAMES = frozenset(
    ("nb_filter", "nb_row", "nb_col", "border_mode", "subsample", "dim_ordering", "output_dim", "nb_epoch")
)  # fmt: skip
"""Arguments that only Keras 1 knows."""

_DETAILS = (
    *("kernel_initializer", "bias_initializer", "kernel_regularizer", "bias_regularizer"),
    *("activity_regularizer", "kernel_constraint", "bias_constraint", "depthwise_initializer"),
    *("pointwise_initializer", "depthwise_regularizer", "pointwise_regularizer", "noise_shape"),
    *("beta_initializer", "gamma_initializer", "moving_mean_initializer"),
    *("moving_variance_initializer", "beta_regularizer", "gamma_regularizer", "weights"),
    *("beta_constraint", "gamma_constraint", "trainable", "alpha_initializer"),
    *("alpha_regularizer", "alpha_constraint", "mode"),
)
_THREE = 3


def keras_layer(arguments: Arguments, kind: str, layout: Layout) -> LayerValue:
    """Read one layer of Keras.

    Args:
        arguments: Those of its call; what cannot be read is added to their faults.
        kind: Its name, a key of `KERAS`.
        layout: Where the maps stand unless the layer says otherwise.
    """
    made = LayerValue("keras", arguments.kind, "", arguments.line, nothing())
    for old, new in _RENAMED.items():
        arguments.rename(old, new)
    if kind == "Dropout":
        arguments.rename("p", "rate")
    if isinstance(arguments.value("name"), Unknown):
        # What a layer is called decides nothing about it.
        arguments.pass_over("name")
    else:
        made.name = " ".join(arguments.get("name", word, "").split())
    arguments.pass_over("dtype", "seed", "batch_size", "sparse", "synchronized")
    arguments.remark(*_DETAILS)
    has_layout = "data_format" in KERAS.get(kind, ())
    says = arguments.get("data_format", _layout, None) if has_layout else None
    made.layout = says or layout if has_layout or kind == "Reshape" else None
    made.first = _first(arguments, made)
    _fill(arguments, kind, made)
    made.word = made.word or kind
    arguments.close()
    made.faults, made.remarks = arguments.faults, arguments.remarks
    return made


def _fill(arguments: Arguments, kind: str, made: LayerValue) -> None:
    match kind:
        case "Conv2D" | "Conv1D":
            made.word = "Conv"
            function = named_function(arguments)
            layer = built(arguments, lambda: _convolution(arguments, is_line=kind == "Conv1D"))
            made.plan = always(layer, function)
        case "DepthwiseConv2D" | "SeparableConv2D":
            made.word = "Conv"
            made.plan = _parted(arguments, kind)
        case "MaxPooling2D" | "AveragePooling2D" | "MaxPooling1D" | "AveragePooling1D":
            made.word = "Pool"
            made.plan = always(built(arguments, lambda: _pooling(arguments, kind)))
        case "Dense":
            units = arguments.need("units", whole)
            has_bias = arguments.get("use_bias", truth, default=True)
            function = named_function(arguments)
            layer = built(
                arguments, lambda: None if units is None else FullyConnected(units, has_bias)
            )
            made.plan = always(layer, function)
        case "Flatten":
            made.plan = always(Flatten())
        case "Dropout":
            rate = arguments.need("rate", fraction)
            made.plan = always(built(arguments, lambda: None if rate is None else Dropout(rate)))
        case "BatchNormalization":
            made.word = "Norm"
            made.settings["axis"] = arguments.get("axis", _axis, -1)
            made.plan = _batch(arguments)
        case _ if kind.startswith("Global"):
            made.word = "GlobalPool"
            keeps = arguments.get("keepdims", truth, default=False)
            made.plan = _global(kind, keeps=keeps)
        case _:
            _other(arguments, kind, made)


def _other(arguments: Arguments, kind: str, made: LayerValue) -> None:
    match kind:
        case "Activation" | "ReLU" | "LeakyReLU" | "ELU" | "PReLU" | "Softmax":
            _function(arguments, kind, made)
        case "Conv2DTranspose":
            made.word = "Conv"
            function = named_function(arguments)
            made.plan = always(built(arguments, lambda: _transposed(arguments)), function)
        case "SpatialDropout2D":
            made.word = "Dropout"
            rate = arguments.need("rate", fraction)
            made.plan = always(
                built(arguments, lambda: None if rate is None else Dropout(rate, "maps"))
            )
        case "LayerNormalization" | "GroupNormalization":
            made.word = "Norm"
            made.plan = _normalization(arguments, kind, made)
        case "ZeroPadding2D":
            made.word = "Padding"
            usual: Padding = 1
            sides = arguments.get("padding", _sides, usual)
            made.plan = always(built(arguments, lambda: Border(sides)))
        case "Cropping2D":
            made.word = "Cropping"
            uncut: Padding = 0
            cut = arguments.get("cropping", _sides, uncut)
            made.plan = always(built(arguments, lambda: Cropping(cut)))
        case "UpSampling2D":
            made.word = "Upsampling"
            factor = arguments.get("size", whole_pair, (2, 2))
            mode = arguments.get("interpolation", exactly("nearest", "bilinear"), "nearest")
            form: Interpolation = "bilinear" if mode == "bilinear" else "nearest"
            made.plan = always(built(arguments, lambda: Upsampling(factor, form)))
        case "Reshape":
            made.plan = _reshape(arguments, made)
        case "InputLayer":
            arguments.value("input_shape")
        case "Identity" | "Masking":
            arguments.pass_over_all()
        case _:
            _without_row(arguments, kind, made)


def _without_row(arguments: Arguments, kind: str, made: LayerValue) -> None:
    """Read a layer that is no row: it prepares or varies pictures, or acts in training alone."""
    text = ""
    if kind == "Permute" and arguments.value("dims") in ((3, 1, 2), (2, 3, 1)):
        made.settings["order"] = (0, *arguments.value("dims"))
        return
    if kind in {"Rescaling", "Normalization", "Resizing"}:
        text = f"{kind} prepares pictures and is no row: the document's `input` says how they are prepared."
    elif kind in AUGMENTATIONS:
        text = (
            f"{kind} varies training pictures and is no row: the recipe's `augmentation` does that."
        )
    if kind == "Rescaling":
        # Ahead of all layers it is none; within a network it is a row.
        for name, usual in (("scale", 1.0), ("offset", 0.0)):
            given = arguments.value(name)
            made.settings[name] = usual if given is None else given
    if kind in {"Resizing", "RandomCrop"}:
        sides = tuple(arguments.get(side, positive, None) for side in ("height", "width"))
        made.settings["brings_to"] = sides
    made.is_preparation = bool(text)
    if kind in {"GaussianNoise", "GaussianDropout", "AlphaDropout"}:
        text = f"{kind} acts in training alone, and is not read: no row of a table does this."
    if text:
        arguments.pass_over_all()
    made.plan = nothing(text) if text else lacking(arguments)


def _function(arguments: Arguments, kind: str, made: LayerValue) -> None:
    match kind:
        case "Activation":
            value = arguments.value("activation")
            if isinstance(value, LayerValue):
                made.plan = value.plan
            elif arguments.need("activation", lambda value: value) is not None:
                made.plan = always(None, named_function(arguments))
        case "ReLU":
            top = arguments.get("max_value", exactly(6, 6.0), None)
            slope = arguments.get("negative_slope", fraction, 0.0)
            arguments.get("threshold", exactly(0, 0.0), None)
            if top and slope:
                arguments.blame("max_value", "a slope or a top, as no function of a table has both")
            plain = LeakyReLU(slope) if slope else function_of("relu")
            made.plan = always(None, function_of("relu6") if top else plain)
        case "LeakyReLU":
            arguments.rename("negative_slope", "alpha")
            made.plan = always(None, LeakyReLU(arguments.get("alpha", fraction, 0.3)))
        case "ELU":
            made.plan = always(None, ELU(arguments.get("alpha", fraction, 1.0)))
        case "PReLU":
            shared = arguments.get("shared_axes", exactly((1, 2), (2, 3)), None)
            slopes: Slopes = "values" if shared is None else "maps"
            made.plan = always(built(arguments, lambda: ParametricReLU(slopes, 0.0)))
        case _:
            made.settings["axis"] = arguments.get("axis", _axis, -1)
            made.plan = always(None, "softmax")


def _transposed(arguments: Arguments) -> Layer | None:
    maps = arguments.need("filters", whole)
    kernel = _kernel(arguments, is_line=False)
    stride = arguments.get("strides", whole_pair, (1, 1))
    padding = arguments.get("padding", _padding, VALID)
    added = arguments.get("output_padding", whole_pair, (0, 0))
    dilation = arguments.get("dilation_rate", whole_pair, (1, 1))
    has_bias = arguments.get("use_bias", truth, default=True)
    if maps is None or kernel is None:
        return None
    if padding == "valid" and added == (0, 0):
        # Keras fills up to the stride where the kernel is smaller than it.
        added = (max(stride[0] - kernel[0], 0), max(stride[1] - kernel[1], 0))
    return TransposedConvolution(maps, kernel, stride, padding, added, dilation, 1, has_bias)


def _normalization(arguments: Arguments, kind: str, made: LayerValue) -> Planned:
    epsilon = arguments.get("epsilon", fraction, 1e-3)
    has_offset = arguments.get("center", truth, default=True)
    has_scale = arguments.get("scale", truth, default=True)
    if kind.startswith("Layer"):
        axis: Value = arguments.get("axis", exactly(-3, -1, 1, 3, (1, 2, 3), (-1,), (3,)), -1)
        over: NormalizedOver = "all" if axis == (1, 2, 3) else "maps"
        if over == "maps":
            made.settings["axis"] = axis[0] if isinstance(axis, tuple) else axis
        return always(
            built(arguments, lambda: LayerNormalization(over, epsilon, has_scale, has_offset))
        )
    arguments.get("axis", exactly(-1), None)
    groups = arguments.get("groups", lambda value: value if value == -1 else positive(value), 32)
    # -1 makes a group of every map.
    parts = None if groups == -1 else groups
    return always(
        built(arguments, lambda: GroupNormalization(parts, epsilon, has_scale, has_offset))
    )


def _reshape(arguments: Arguments, made: LayerValue) -> Planned:
    """Read `Reshape((7, 7, 128))`; one size may be left open."""
    sizes = arguments.need("target_shape", _open_sizes)

    def plan(shape: Shape | None) -> tuple[Plan, ...]:
        if sizes is None:
            return (Plan(Unreadable()),)
        known = prod(one for one in sizes if one != -1)
        if -1 in sizes and (shape is None or shape.elements % known):
            return (Plan(Unreadable()),)
        whole_sizes = tuple(
            shape.elements // known if one == -1 and shape else one for one in sizes
        )
        target = shape_of(whole_sizes, made.layout or "last")
        if not isinstance(target, Image | Features):
            return (Plan(Unreadable()),)
        return (Plan(Reshape(target)),)

    return plan


def _open_sizes(value: Value) -> tuple[int, ...]:
    parts = value if isinstance(value, tuple | list) else ()
    sizes = tuple(-1 if one == -1 else positive(one) for one in parts)
    if not 1 <= len(sizes) <= _THREE or sizes.count(-1) > 1:
        message = "up to three sizes, at most one of them -1"
        raise ValueError(message)
    return sizes


def _sides(value: Value) -> Padding:
    if isinstance(value, tuple | list) and len(value) == 2:  # noqa: PLR2004 - height and width
        pairs = [whole_pair(one) for one in value]
        (top, bottom), (left, right) = pairs
        return Sides(top, bottom, left, right)
    return whole(value)


def _first(arguments: Arguments, made: LayerValue) -> tuple[int, ...] | None:
    """Read what a layer says the whole network reads."""
    for name in ("input_shape", "batch_input_shape", "shape"):
        is_batch = name.startswith("batch")
        if name == "shape" and made.kind != "InputLayer":
            continue
        axes = arguments.get(name, batch_axes if is_batch else axes_of, None)
        made.says_input = made.says_input or arguments.has(name)
        if axes is not None:
            made.settings["first_line"] = arguments.line_of(name)
            return axes
    count = arguments.get("input_dim", positive, None)
    made.says_input = made.says_input or arguments.has("input_dim")
    arguments.pass_over("input_length")
    return None if count is None else (count,)


def _layout(value: Value) -> Layout:
    match exactly("channels_last", "channels_first", "tf", "th")(value):
        case "channels_first" | "th":
            return "first"
        case _:
            return "last"


def named_function(arguments: Arguments) -> Function | None:
    """Read the argument `activation`."""
    value = arguments.value("activation")
    if isinstance(value, LayerValue):
        plans = value.plan(None)
        if len(plans) == 1 and plans[0].layer is None:
            return plans[0].function
        arguments.blame(
            "activation", "a function without numbers of its own; write the layer below"
        )
        return None
    came = arguments.get("activation", called, "linear")
    function = arguments.function_of("activation") or function_of(came)
    if function is None and came.lower() not in {"linear", "identity"}:
        line = arguments.line_of("activation")
        fault = unknown_code_function(f"{arguments.kind}, activation", came, FUNCTIONS, line)
        arguments.faults.append(fault)
    return function


def _kernel(arguments: Arguments, *, is_line: bool) -> tuple[int, int] | None:
    rows, columns = arguments.get("nb_row", whole, None), arguments.get("nb_col", whole, None)
    if rows is not None and columns is not None:
        return rows, columns
    return arguments.need("kernel_size", _along if is_line else whole_pair)


def _convolution(arguments: Arguments, *, is_line: bool) -> Convolution | None:
    pair = _along if is_line else whole_pair
    maps = arguments.need("filters", whole)
    kernel = _kernel(arguments, is_line=is_line)
    stride = arguments.get("strides", pair, (1, 1))
    padding = arguments.get("padding", _padding, VALID)
    dilation = arguments.get("dilation_rate", pair, (1, 1))
    groups = arguments.get("groups", whole, 1)
    has_bias = arguments.get("use_bias", truth, default=True)
    if maps is None or kernel is None:
        return None
    return Convolution(maps, kernel, stride, padding, dilation, groups, has_bias)


def _parted(arguments: Arguments, kind: str) -> Planned:
    """Read a convolution of each map by itself, and the 1x1 convolution that may follow it."""
    is_separable = kind.startswith("Separable")
    maps = arguments.need("filters", whole) if is_separable else 1
    kernel = _kernel(arguments, is_line=False)
    stride = arguments.get("strides", whole_pair, (1, 1))
    padding = arguments.get("padding", _padding, VALID)
    dilation = arguments.get("dilation_rate", whole_pair, (1, 1))
    multiplier = arguments.get("depth_multiplier", positive, 1)
    has_bias = arguments.get("use_bias", truth, default=True)
    function = named_function(arguments)
    layer = built(
        arguments,
        lambda: (
            None
            if kernel is None or maps is None
            else DepthwiseConvolution(
                kernel, stride, padding, dilation, multiplier, has_bias and not is_separable
            )
        ),
    )
    if not is_separable:
        return always(layer, function)
    pointwise = built(
        arguments, lambda: None if maps is None else Convolution(maps, 1, has_bias=has_bias)
    )
    plans = (Plan(layer), Plan(pointwise, function))
    return lambda _: plans


def _pooling(arguments: Arguments, kind: str) -> Layer:
    is_line = kind.endswith("1D")
    pair = _along if is_line else whole_pair
    size = arguments.get("pool_size", pair, (1, 2) if is_line else (2, 2))
    stride = arguments.get("strides", pair, None)
    padding = arguments.get("padding", _padding, VALID)
    if kind.startswith("Max"):
        return MaxPooling(size, stride, padding)
    # Keras divides by the cells inside the image.
    return AveragePooling(size, stride, padding, divisor="inside")


def _global(kind: str, *, keeps: bool) -> Planned:
    layer = GlobalPooling("average" if "Average" in kind else "max")

    def plan(shape: Shape | None) -> tuple[Plan, ...]:
        is_kept = keeps and isinstance(shape, Image)
        out = Image(shape.channels, 1, 1) if is_kept and isinstance(shape, Image) else None
        return (Plan(layer, out=out),)

    return plan


def _batch(arguments: Arguments) -> Planned:
    epsilon = arguments.get("epsilon", fraction, 1e-3)
    momentum = arguments.get("momentum", fraction, 0.99)
    has_offset = arguments.get("center", truth, default=True)
    has_scale = arguments.get("scale", truth, default=True)
    # Keras keeps a part of the old mean, PyTorch and tables take a part of the new one.
    part = round(1 - momentum, 12)
    layer = built(arguments, lambda: BatchNormalization(epsilon, part, has_scale, has_offset))
    return always(layer)


def _axis(value: Value) -> int:
    """Read an axis, which may be counted from the last one on."""
    is_from_last = isinstance(value, int) and not isinstance(value, bool) and -_THREE <= value < 0
    return value if is_from_last else whole(value)


def _padding(value: Value) -> Padding:
    match exactly("same", "valid")(value):
        case "same":
            return "same"
        case _:
            return "valid"


def _along(value: Value) -> tuple[int, int]:
    return 1, whole_one(value)

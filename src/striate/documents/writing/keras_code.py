"""A network in Keras 3: a Sequential where it is straight, the functional form where it branches."""

from dataclasses import replace
from typing import assert_never

from striate.arithmetic import PlainRow, never_negative, plain_rows
from striate.documents.document import Document
from striate.documents.writing.keras_pieces import PIECES
from striate.documents.writing.spelling import (
    Verbatim,
    call,
    drawn_codes,
    free_names,
    heading_lines,
    is_same_padding,
    needed_later,
    unless,
)
from striate.documents.writing.written import Written, left_out
from striate.errors import DocumentError, Fault
from striate.errors.writing import unsayable
from striate.layers import (
    ELU,
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
    Function,
    GlobalPooling,
    GroupNormalization,
    Inception,
    Input,
    Join,
    LayerNormalization,
    LeakyReLU,
    LpPooling,
    MaxPooling,
    Multiply,
    ParametricReLU,
    RadialBasis,
    Reshape,
    ResponseNormalization,
    Scaling,
    SideHead,
    Sides,
    Slice,
    Subsampling,
    TransposedConvolution,
    Upsampling,
)
from striate.layers.windows import Window, pair, window_count
from striate.shapes import Features, Image, Shape, Words, as_image


_FORM = "Keras"
_FUNCTIONS: dict[str, str] = {
    "tanh": "tanh",
    "ReLU": "relu",
    "sigmoid": "sigmoid",
    "softmax": "softmax",
    "log-softmax": "log_softmax",
    "ReLU6": "relu6",
    "GELU": "gelu",
    "SiLU": "silu",
    "mish": "mish",
    "SELU": "selu",
    "softplus": "softplus",
    "softsign": "softsign",
    "hard swish": "hard_silu",
    "hard sigmoid": "hard_sigmoid",
    "hard tanh": "hard_tanh",
    "log sigmoid": "log_sigmoid",
}
_OTHERWISE = "write it with --to torch, or change the row."
_LOCAL = ("keras", "layers", "ops", "x", "model")


def write_keras(document: Document) -> Written:
    """Return a file that builds the network; maps stand last, as Keras has them.

    Weights of a layer behind a Flatten stand in another order than in a table, where maps come first.

    Raises:
        DocumentError: The document has faults, or rows that Keras has no layer for; all are named.
    """
    walk = document.sound_walk()
    rows = tuple(row for row in plain_rows(walk) if not row.is_side)
    writer = _Writer(rows)
    notes = list(left_out(document, "Keras's code", holds_claims=False))
    heads = walk.table.parts[1:]
    if heads:
        names = ", ".join(head[0].name for head in heads)
        notes.append(f"Side heads act in training alone and are left out: {names}.")
    partial = [row.row.name for row in rows if getattr(row.layer, "connection_table", None)]
    if partial:
        notes.append(
            f"Kernels of maps that are not connected stay in Keras's weight and count: {', '.join(partial)}."
        )
    body = writer.lines()
    if writer.faults:
        raise DocumentError(*writer.faults)
    imports = ["import keras", "from keras import layers"]
    uses = "\n".join(body)
    if "ops." in uses:
        imports[-1] += ", ops"
    lines = [*heading_lines(document, notes), *imports, "", *body]
    return Written("\n".join(lines) + "\n", tuple(notes))


class _Writer:
    """Spells the layers of each row."""

    def __init__(self, rows: tuple[PlainRow, ...]) -> None:
        self.rows = rows
        self._never_negative = never_negative(rows)
        self.faults: list[Fault] = []
        self.classes: dict[str, list[str]] = {}
        self._names = free_names((row.identifier for row in rows), _LOCAL)

    def lines(self) -> list[str]:
        """Give the classes that Keras lacks, and the model."""
        spelled = [self._layers(position) for position in range(1, len(self.rows))]
        model = self._straight(spelled) if self._is_straight() else self._branching(spelled)
        pieces = [line for piece in self.classes.values() for line in ["", *piece, ""]]
        return [*pieces, *model, "model.summary()"]

    def _is_straight(self) -> bool:
        return all(row.reads == (at - 1,) for at, row in enumerate(self.rows) if at)

    def _input(self) -> str:
        layer = self.rows[0].layer
        shape = layer.shape if isinstance(layer, Input) else self.rows[0].output
        if isinstance(shape, Words):
            self._blame(self.rows[0], "sentences with a padding word whose vector stays zero")
        return call("layers.Input", Verbatim(_axes(shape)))

    def _straight(self, spelled: list[list[str]]) -> list[str]:
        layers = [self._input(), *(layer for row in spelled for layer in row)]
        return ["model = keras.Sequential([", *(f"    {layer}," for layer in layers), "])"]

    def _branching(self, spelled: list[list[str]]) -> list[str]:
        later = needed_later([row.reads for row in self.rows])
        held = [self._names[0] if later[0] else "x"]
        begin = held[0]
        if begin == "x":
            begin = self._names[0]
        lines = [f"{begin} = {self._input()}"]
        held[0] = begin
        for position, (row, layers) in enumerate(zip(self.rows[1:], spelled, strict=True), start=1):
            said = [held[source] for source in row.reads]
            value = f"[{', '.join(said)}]" if isinstance(row.layer, Join) else said[0]
            held.append(self._names[position] if later[position] else "x")
            for layer in layers:
                lines.append(f"{held[-1]} = {layer}({value})")
                value = held[-1]
            if not layers and held[-1] != value:
                lines.append(f"{held[-1]} = {value}")
        return [*lines, f"model = keras.Model({begin}, {held[-1]})"]

    def _blame(self, row: PlainRow, what: str) -> list[str]:
        self.faults.append(unsayable(row.row.name, what, _FORM, _OTHERWISE, row.row.line))
        return []

    def _own(self, name: str, /, *arguments: object, **options: object) -> str:
        self.classes.setdefault(name, PIECES[name])
        return call(name, *arguments, **options)

    def _layers(self, position: int) -> list[str]:
        """Spell the layers of a row, the last one with the row's name."""
        row = self.rows[position]
        function = row.function
        name = self._names[position]
        takes = isinstance(
            row.layer, Convolution | DepthwiseConvolution | TransposedConvolution | FullyConnected
        )
        activation, behind = self._activation(function, is_argument=takes)
        layers = self._kind(position, {"activation": activation, "name": name})
        return [*layers, *behind]

    def _activation(
        self, function: Function | None, *, is_argument: bool
    ) -> tuple[object, list[str]]:
        """Spell a function as an argument of the layer, or as a layer behind it."""
        match function:
            case None:
                return None, []
            case LeakyReLU(slope):
                return None, [call("layers.LeakyReLU", negative_slope=slope)]
            case ELU(alpha):
                return None, [call("layers.ELU", alpha=alpha)]
            case "scaled tanh":
                self.classes.setdefault("scaled_tanh", PIECES["scaled_tanh"])
                spelled: object = Verbatim("scaled_tanh")
            case "GELU (tanh)":
                self.classes.setdefault("gelu_tanh", PIECES["gelu_tanh"])
                spelled = Verbatim("gelu_tanh")
            case _:
                spelled = _FUNCTIONS[function]
        return (spelled, []) if is_argument else (None, [call("layers.Activation", spelled)])

    def _kind(self, position: int, named: dict[str, object]) -> list[str]:
        row = self.rows[position]
        layer, shape = row.layer, row.inputs[0] if row.inputs else row.output
        match layer:
            case Convolution() | DepthwiseConvolution():
                return self._convolution(row, named)
            case TransposedConvolution():
                return self._transposed(row, layer, named)
            case MaxPooling() | AveragePooling():
                return self._pooling(position, layer, named)
            case LpPooling():
                return self._blame(row, "power-average pooling")
            case Upsampling() | Border() | GlobalPooling() | AdaptivePooling() | Subsampling():
                return self._on_maps(row, named)
            case (
                ResponseNormalization()
                | BatchNormalization()
                | LayerNormalization()
                | GroupNormalization()
            ):
                return self._normalization(row, named)
            case FullyConnected():
                flatten = ["layers.Flatten()"] if isinstance(shape, Image) else []
                limit = layer.max_norm and Verbatim(
                    call("keras.constraints.MaxNorm", layer.max_norm)
                )
                bias = unless(layer.has_bias, True)  # noqa: FBT003 - Keras's default
                dense = call(
                    "layers.Dense", layer.units, use_bias=bias, kernel_constraint=limit, **named
                )
                return [*flatten, dense]
            case RadialBasis():
                flatten = (
                    [*_maps_first(shape), "layers.Flatten()"] if isinstance(shape, Image) else []
                )
                codes = None if layer.codes is None else drawn_codes(layer.codes)
                return [
                    *flatten,
                    self._own("Distances", layer.units, drawings=codes, name=named["name"]),
                ]
            case Activation(function):
                _, layers = self._activation(function, is_argument=False)
                return [f"{layers[0][:-1]}, name={_quoted(named)})"]
            case Input() | SideHead():
                return []
            case _:
                return self._plain(position, named)

    def _is_absorbed(self, position: int) -> bool:
        """Whether the order of flat values is free, as only weights that are trained read them."""
        readers = [(index, row) for index, row in enumerate(self.rows) if position in row.reads]
        return bool(readers) and all(
            isinstance(row.layer, FullyConnected)
            or (
                isinstance(row.layer, Dropout | Activation | BatchNormalization)
                and self._is_absorbed(index)
            )
            for index, row in readers
        )

    def _reshape(self, position: int, shape: Shape, name: dict[str, object]) -> list[str]:
        """Spell a reshaping, which in a table keeps values map by map."""
        row = self.rows[position]
        (source,), came = row.reads, row.inputs[0]
        is_free = (
            isinstance(self.rows[source].layer, FullyConnected)
            and sum(source in other.reads for other in self.rows) == 1
        )
        if is_free or not isinstance(shape, Image) or not _maps_first(shape):
            ahead = _maps_first(came) if isinstance(came, Image) else []
            return [*ahead, call("layers.Reshape", Verbatim(_axes(shape)), **name)]
        ahead = _maps_first(came) if isinstance(came, Image) else []
        last = call("layers.Permute", Verbatim((2, 3, 1)), **name)
        return [*ahead, call("layers.Reshape", Verbatim(shape.axes)), last]

    def _plain(self, position: int, named: dict[str, object]) -> list[str]:
        """Spell what changes neither the order of values nor their sums."""
        row = self.rows[position]
        layer, shape, name = row.layer, row.inputs[0], {"name": named["name"]}
        match layer:
            case Flatten() | Reshape(Features()):
                if not isinstance(shape, Image):
                    return []
                ahead = [] if self._is_absorbed(position) else _maps_first(shape)
                return [*ahead, call("layers.Flatten", **name)]
            case Reshape():
                return self._reshape(position, layer.shape, name)
            case ParametricReLU():
                axes = {"one": Verbatim("[1, 2, 3]"), "maps": Verbatim("[1, 2]"), "values": None}
                shared = axes[layer.slopes] if isinstance(shape, Image) else None
                if layer.slopes == "one" and not isinstance(shape, Image):
                    shared = Verbatim("[1]")
                start = (
                    Verbatim(call("keras.initializers.Constant", layer.start))
                    if layer.start
                    else None
                )
                return [call("layers.PReLU", alpha_initializer=start, shared_axes=shared, **name)]
            case Slice():
                taken = f"lambda x: x[..., {layer.first}:{layer.first + layer.maps}]"
                return [call("layers.Lambda", Verbatim(taken), **name)]
            case Cropping():
                sides = layer.sides
                cut = ((sides.top, sides.bottom), (sides.left, sides.right))
                return [call("layers.Cropping2D", Verbatim(cut), **name)]
            case ChannelShuffle():
                return [self._own("ChannelShuffle", layer.groups, **name)]
            case Scaling() if layer.is_trained:
                return [self._own("Scale", unless(layer.factor, 1.0), **name)]
            case Scaling():
                return [call("layers.Rescaling", layer.factor, layer.offset, **name)]
            case Dropout():
                kind = "layers.SpatialDropout2D" if layer.drops == "maps" else "layers.Dropout"
                return [call(kind, layer.fraction, **name)]
            case Concat():
                return [call("layers.Concatenate", **name)]
            case Add():
                return [call("layers.Add", **name)]
            case Multiply():
                if len({type(one) for one in row.inputs}) > 1:
                    return self._blame(row, "product of maps with one value a map; write 1x1 maps")
                return [call("layers.Multiply", **name)]
            case Embedding():
                return self._blame(row, "embedding whose padding word keeps a vector of zeros")
            case _:
                message = f"{row.row.name} is of a kind that is spelled elsewhere"
                raise TypeError(message)

    def _convolution(self, row: PlainRow, named: dict[str, object]) -> list[str]:
        layer, image = row.layer, as_image(row.inputs[0])
        if not isinstance(layer, Convolution | DepthwiseConvolution):
            return []
        ahead, padding = _padded(layer.window, image)
        strides = unless(layer.window.stride, (1, 1))
        dilation = unless(layer.window.dilation, (1, 1))
        if strides and dilation:
            return self._blame(row, "convolution with both a stride and a dilation")
        options = {
            "strides": strides,
            "padding": padding,
            "dilation_rate": dilation,
            "use_bias": unless(layer.has_bias, True),  # noqa: FBT003 - Keras's default
            **named,
        }
        kernel = layer.window.kernel
        if isinstance(layer, DepthwiseConvolution):
            if len(set(layer.window.stride)) > 1:
                return self._blame(row, "depthwise convolution with two strides")
            multiplier = unless(layer.multiplier, 1)
            return [
                *ahead,
                call("layers.DepthwiseConv2D", kernel, depth_multiplier=multiplier, **options),
            ]
        if layer.connection_table is not None:
            marks = tuple(
                "".join("X" if mark else "." for mark in line)
                for line in layer.connection_table.marks
            )
            own = self._own("ConnectedConv2D", Verbatim(marks), layer.maps, kernel, **options)
            return [*ahead, own]
        groups = unless(layer.groups, 1)
        return [*ahead, call("layers.Conv2D", layer.maps, kernel, groups=groups, **options)]

    def _transposed(
        self, row: PlainRow, layer: TransposedConvolution, named: dict[str, object]
    ) -> list[str]:
        if layer.groups > 1:
            return self._blame(row, "transposed convolution in groups")
        window = layer.window
        same = replace(layer, padding="same", output_padding=(0, 0))
        strides, dilation = unless(window.stride, (1, 1)), unless(window.dilation, (1, 1))
        if strides and dilation:
            return self._blame(row, "transposed convolution with both a stride and a dilation")
        options = {
            "strides": strides,
            "dilation_rate": dilation,
            "use_bias": unless(layer.has_bias, True),  # noqa: FBT003 - Keras's default
        }
        arguments = ("layers.Conv2DTranspose", layer.maps, window.kernel)
        if layer.cut == same.cut:
            return [call(*arguments, padding="same", **options, **named)]
        # Keras fills up to the stride where the kernel is smaller than it.
        filled = [
            min(reach - step, 0)
            for reach, step in zip(
                (d * (k - 1) + 1 for k, d in zip(window.kernel, window.dilation, strict=True)),
                window.stride,
                strict=True,
            )
        ]
        (top, below), (left, right) = layer.cut
        cropped = (top, below - filled[0]), (left, right - filled[1])
        if min(below - filled[0], right - filled[1]) < 0:
            return self._blame(row, "transposed convolution with cells added behind")
        if cropped == ((0, 0), (0, 0)):
            return [call(*arguments, **options, **named)]
        if named["activation"] in {"softmax", "log_softmax"}:
            return self._blame(row, f"{named['activation']} behind maps that are cropped")
        sides = Verbatim(cropped)
        return [call(*arguments, **options, **named), call("layers.Cropping2D", sides)]

    def _pooling(
        self, position: int, layer: MaxPooling | AveragePooling, named: dict[str, object]
    ) -> list[str]:
        row = self.rows[position]
        image, window = as_image(row.inputs[0]), layer.window
        if window.dilation != (1, 1):
            return self._blame(row, "pooling with a dilation")
        is_max = isinstance(layer, MaxPooling)
        kind = "MaxPooling2D" if is_max else "AveragePooling2D"
        arguments = (f"layers.{kind}", window.kernel)
        options = {"strides": unless(window.stride, window.kernel), "name": named["name"]}
        used, has_rest = _used_sides(window, image)
        is_plain = used == Sides(0, 0, 0, 0)
        is_same = used == Sides(*replace(window, padding="same").sides(image))
        counts = isinstance(layer, AveragePooling) and layer.divisor == "window"
        # Cells beyond the padding, which rounding up reaches, are never counted.
        declared = Sides(*window.sides(image))
        counts_all = counts and declared != Sides(0, 0, 0, 0)
        if is_plain and not has_rest:
            return [call(*arguments, **options)]
        if is_same and not counts_all:
            return [call(*arguments, padding="same", **options)]
        fits_zeros = is_max and self._never_negative[row.reads[0]]
        if fits_zeros or (counts and used == _within(declared, used)):
            return [_zero_padding(used), call(*arguments, **options)]
        if is_max:
            sides = Verbatim(((used.top, used.bottom), (used.left, used.right)))
            return [self._own("PaddedMaxPooling2D", sides, window.kernel, **options)]
        return self._blame(row, "average pooling that counts such padding")

    def _on_maps(self, row: PlainRow, named: dict[str, object]) -> list[str]:
        layer, image, name = row.layer, as_image(row.inputs[0]), {"name": named["name"]}
        match layer:
            case Upsampling():
                if layer.is_aligned:
                    return self._blame(row, "bilinear upsampling with aligned corners")
                mode = unless(layer.interpolation, "nearest")
                return [call("layers.UpSampling2D", layer.factor, interpolation=mode, **name)]
            case Border():
                if layer.mode != "zeros":
                    return self._blame(row, f"padding that {layer.mode}s the edge")
                return [f"{_zero_padding(layer.sides)[:-1]}, name={_quoted(named)})"]
            case GlobalPooling():
                kind = "Average" if layer.reduction == "average" else "Max"
                return [call(f"layers.Global{kind}Pooling2D", **name)]
            case AdaptivePooling():
                kind = "Average" if layer.reduction == "average" else "Max"
                rows, columns = pair(layer.size)
                if (rows, columns) == (1, 1):
                    return [call(f"layers.Global{kind}Pooling2D", keepdims=True, **name)]
                if image.height % rows or image.width % columns:
                    return self._blame(row, "adaptive pooling whose windows overlap")
                kernel = (image.height // rows, image.width // columns)
                return [call(f"layers.{kind}Pooling2D", kernel, **name)]
            case Subsampling():
                stride, kernel = unless(layer.stride, layer.kernel), layer.window.kernel
                reduction = unless(layer.reduction, "sum")
                own = self._own(
                    "Subsampling", Verbatim(kernel), strides=stride, reduction=reduction, **name
                )
                return [own]
            case _:
                return []

    def _normalization(self, row: PlainRow, named: dict[str, object]) -> list[str]:
        layer, shape, name = row.layer, row.inputs[0], {"name": named["name"]}
        if isinstance(layer, ResponseNormalization):
            if layer.region == "within" or layer.groups > 1:
                return self._blame(row, "response normalization within maps or groups of them")
            numbers = (layer.size, layer.coefficient, layer.beta, layer.k)
            return [self._own("ResponseNormalization", *numbers, **name)]
        if isinstance(layer, Inception) or not isinstance(
            layer, BatchNormalization | LayerNormalization | GroupNormalization
        ):
            return []
        options = {
            "epsilon": unless(layer.epsilon, 1e-3),
            "center": unless(layer.has_offset, True),  # noqa: FBT003 - Keras's default
            "scale": unless(layer.has_scale, True),  # noqa: FBT003 - Keras's default
            **name,
        }
        match layer:
            case BatchNormalization():
                momentum = unless(round(1 - layer.momentum, 12), 0.99)
                return [call("layers.BatchNormalization", momentum=momentum, **options)]
            case LayerNormalization():
                is_whole = layer.over == "all" and isinstance(shape, Image)
                axis = Verbatim("(1, 2, 3)") if is_whole else None
                return [call("layers.LayerNormalization", axis=axis, **options)]
            case GroupNormalization():
                groups = -1 if layer.groups is None else layer.groups
                return [call("layers.GroupNormalization", groups=groups, **options)]
            case _:
                assert_never(layer)


def _maps_first(shape: Image) -> list[str]:
    """Spell what puts maps first, where that is another order of the values."""
    if shape.channels == 1 or shape.height * shape.width == 1:
        return []
    return ["layers.Permute((3, 1, 2))"]


def _axes(shape: Shape) -> tuple[int, ...]:
    """Return the sizes of an example as Keras has them: maps last."""
    match shape:
        case Image(channels, height, width):
            return (height, width, channels)
        case _:
            return shape.axes


def _padded(window: Window, image: Image) -> tuple[list[str], str | None]:
    """Split a padding into a layer ahead and Keras's word for it."""
    sides = Sides(*window.sides(image))
    if sides == Sides(0, 0, 0, 0):
        return [], None
    if is_same_padding(window, image):
        return [], "same"
    return [_zero_padding(sides)], None


def _zero_padding(sides: Sides) -> str:
    if len({sides.top, sides.bottom, sides.left, sides.right}) == 1:
        return call("layers.ZeroPadding2D", sides.top)
    pairs = ((sides.top, sides.bottom), (sides.left, sides.right))
    return call("layers.ZeroPadding2D", Verbatim(pairs))


def _used_sides(window: Window, image: Image) -> tuple[Sides, bool]:
    """Return the cells around an image that windows touch, and whether rounding up adds some of them."""
    ends = []
    for length, axis in zip((image.height, image.width), window.axes(image), strict=True):
        end = (window_count(length, axis) - 1) * axis.stride + axis.reach
        ends += [axis.before, max(end - axis.before - length, 0)]
    top, bottom, left, right = ends
    declared = window.sides(image)
    has_rest = bottom > declared[1] or right > declared[3]
    return Sides(top, bottom, left, right), has_rest


def _within(declared: Sides, used: Sides) -> Sides:
    return Sides(
        min(declared.top, used.top),
        min(declared.bottom, used.bottom),
        min(declared.left, used.left),
        min(declared.right, used.right),
    )


def _quoted(named: dict[str, object]) -> str:
    return f'"{named["name"]}"'

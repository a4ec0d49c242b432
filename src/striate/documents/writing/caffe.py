"""A network as a definition for Caffe: one layer a message, with its blobs by name."""

from dataclasses import replace

from striate.arithmetic import PlainRow, plain_rows
from striate.documents.document import Document
from striate.documents.writing.spelling import as_convolution, free_names, heading_lines
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
    Concat,
    Convolution,
    DepthwiseConvolution,
    Dropout,
    Flatten,
    FullyConnected,
    Function,
    GlobalPooling,
    Input,
    LeakyReLU,
    MaxPooling,
    Multiply,
    ParametricReLU,
    Reshape,
    ResponseNormalization,
    SideHead,
    Sides,
    TransposedConvolution,
)
from striate.layers.windows import Window, pair
from striate.shapes import Image, Words


_FORM = "Caffe"
_FIX = "write it with --to torch, or change the row."
_FUNCTIONS: dict[str, str] = {
    "tanh": "TanH",
    "ReLU": "ReLU",
    "sigmoid": "Sigmoid",
    "softmax": "Softmax",
    "SiLU": "Swish",
}

Fields = list[tuple[str, object]]
"""Fields of a message with their values; a value is a number, a word, or a message's own fields."""


class _Word(str):
    """A word of the definition, which stands without quotation marks: `MAX`."""

    __slots__ = ()


def write_caffe(document: Document) -> Written:
    """Return a definition; with side heads it ends in losses with their weights, as one for training does.

    Raises:
        DocumentError: The document has faults, or rows that Caffe has no layer for; all are named.
    """
    walk = document.sound_walk()
    notes = left_out(document, "Caffe's definition", holds_claims=False)
    norms = [row.name for row in walk.table.trunk if getattr(row.layer, "max_norm", None)]
    if norms:
        notes = (*notes, f"The largest norm of a unit's weights is left out: {', '.join(norms)}.")
    writer = _Writer(plain_rows(walk))
    body = writer.lines()
    if writer.faults:
        raise DocumentError(*writer.faults)
    lines = [*heading_lines(document, notes), *_text([("name", document.name)]), *body]
    return Written("\n".join(lines) + "\n", notes)


class _Writer:
    """Spells the layers of each row."""

    def __init__(self, rows: tuple[PlainRow, ...]) -> None:
        self.rows = rows
        self.faults: list[Fault] = []
        self._lines: list[str] = []
        names = [f"{row.row.name}/{row.part}" if row.part else row.row.name for row in rows]
        self._names = free_names(names)
        self._blobs: list[str] = []
        self._taken = set(self._names)
        self._labels = self._free("label")

    def lines(self) -> list[str]:
        """Give the messages of all layers."""
        ends = [
            position
            for position, row in enumerate(self.rows)
            if position + 1 == len(self.rows) or isinstance(self.rows[position + 1].layer, SideHead)
        ]
        weight, losses = 1.0, []
        for position, row in enumerate(self.rows):
            if isinstance(row.layer, SideHead):
                weight = row.layer.weight
                if row.reads[0] in ends:
                    self._blame(row, "side head behind the output")
                self._blobs.append(self._blobs[row.reads[0]])
            elif len(ends) > 1 and position in ends:
                losses.append((row, self._add_layer(position, row), weight))
            else:
                self._add(position, row)
            if len(ends) > 1 and position == 0:
                self._label()
        # The loss that stands last is the one that names the output, so the trunk's goes there.
        for row, blob, share in (*losses[1:], *losses[:1]):
            self._loss(row, blob, share)
        return self._lines

    def _label(self) -> None:
        """Give the blob that losses compare with."""
        dims: Fields = [("dim", 1), ("dim", 1)]
        fields: Fields = [("name", self._labels), ("type", "Input"), ("top", self._labels)]
        self._lines += _text([("layer", [*fields, ("input_param", [("shape", dims)])])])

    def _loss(self, row: PlainRow, blob: str, weight: float) -> None:
        """Add a loss, which is one with the softmax or the sigmoid of its row."""
        layer = row.layer
        function = layer.function if isinstance(layer, Activation) else row.function
        kinds = {"softmax": "SoftmaxWithLoss", "sigmoid": "SigmoidCrossEntropyLoss"}
        kind = kinds.get(str(function))
        if kind is None:
            self._blame(row, "loss of an end without softmax or sigmoid")
            return
        name = self._free(f"{row.row.name}/loss")
        fields: Fields = [("name", name), ("type", kind), ("bottom", blob)]
        fields += [("bottom", self._labels), ("top", name), ("loss_weight", weight)]
        self._lines += _text([("layer", fields)])

    def _add_layer(self, position: int, row: PlainRow) -> str:
        """Add what a row does without its function, and give the blob that comes out."""
        name = self._names[position]
        blobs = [self._blobs[source] for source in row.reads]
        if isinstance(row.layer, Activation):
            name = blobs[0]
        else:
            self._layer(row, name, blobs)
        self._blobs.append(name)
        return name

    def _add(self, position: int, row: PlainRow) -> None:
        """Add the layers of a row: its own, and one of its function."""
        layer, name = row.layer, self._names[position]
        blob = self._add_layer(position, row)
        function = row.function
        if isinstance(layer, Activation):
            function = layer.function
        elif function is not None:
            name = self._free(f"{name}/{_plain(function)}")
        if function is not None:
            self._function(row, function, name, blob)
            self._blobs[position] = name

    def _free(self, name: str) -> str:
        (free,) = free_names([name], self._taken)
        self._taken.add(free)
        return free

    def _blame(self, row: PlainRow, what: str) -> None:
        self.faults.append(unsayable(row.row.name, what, _FORM, _FIX, row.row.line))

    def _message(
        self, name: str, kind: str, blobs: list[str], *parameters: tuple[str, Fields]
    ) -> None:
        bottoms: Fields = [("bottom", blob) for blob in blobs]
        fields: Fields = [("name", name), ("type", kind), *bottoms, ("top", name)]
        fields += [(group, inner) for group, inner in parameters if inner]
        self._lines += _text([("layer", fields)])

    def _function(self, row: PlainRow, function: Function, name: str, blob: str) -> None:
        match function:
            case LeakyReLU(slope):
                self._message(name, "ReLU", [blob], ("relu_param", [("negative_slope", slope)]))
            case ELU(alpha):
                self._message(name, "ELU", [blob], ("elu_param", [("alpha", alpha)]))
            case _ if function in _FUNCTIONS:
                self._message(name, _FUNCTIONS[function], [blob])
            case _:
                self._blame(row, f"layer for {function}")

    def _layer(self, row: PlainRow, name: str, blobs: list[str]) -> None:
        layer = row.layer
        match layer:
            case Input():
                self._input(row, name)
            case Convolution() | DepthwiseConvolution():
                self._convolution(row, name, blobs)
            case TransposedConvolution():
                self._transposed(row, layer, name, blobs)
            case MaxPooling() | AveragePooling():
                self._pooling(row, layer, name, blobs)
            case GlobalPooling() | AdaptivePooling():
                self._whole_maps(row, layer, name, blobs)
            case FullyConnected():
                fields: Fields = [("num_output", layer.units)]
                fields += [] if layer.has_bias else [("bias_term", False)]
                self._message(name, "InnerProduct", blobs, ("inner_product_param", fields))
            case Flatten():
                self._message(name, "Flatten", blobs)
            case Reshape():
                dims: Fields = [("dim", 0), *(("dim", size) for size in layer.shape.axes)]
                self._message(name, "Reshape", blobs, ("reshape_param", [("shape", dims)]))
            case Dropout() if layer.drops == "values":
                self._message(
                    name, "Dropout", blobs, ("dropout_param", [("dropout_ratio", layer.fraction)])
                )
            case ResponseNormalization() if layer.groups == 1:
                self._response(row, layer, name, blobs)
            case BatchNormalization():
                self._batch(row, layer, name, blobs)
            case ParametricReLU() if layer.slopes != "values":
                self._slopes(layer, name, blobs)
            case Concat():
                self._message(name, "Concat", blobs)
            case Add():
                self._message(name, "Eltwise", blobs)
            case Multiply():
                self._product(row, name, blobs)
            case _:
                self._blame(row, f"layer of the type {layer.KIND}{_detail(layer)}")

    def _input(self, row: PlainRow, name: str) -> None:
        if isinstance(row.output, Words):
            self._blame(row, "sentences")
        dims: Fields = [("dim", size) for size in (1, *row.output.axes)]
        fields: Fields = [("name", name), ("type", "Input"), ("top", name)]
        self._lines += _text([("layer", [*fields, ("input_param", [("shape", dims)])])])

    def _convolution(self, row: PlainRow, name: str, blobs: list[str]) -> None:
        layer = as_convolution(row)
        if layer is None or layer.connection_table is not None:
            self._blame(row, "convolution with a connection table")
            return
        fields: Fields = [("num_output", layer.maps), *self._window(row, layer.window)]
        fields += _pair("dilation", layer.window.dilation, 1)
        fields += [("group", layer.groups)] if layer.groups > 1 else []
        fields += [] if layer.has_bias else [("bias_term", False)]
        self._message(name, "Convolution", blobs, ("convolution_param", fields))

    def _transposed(
        self, row: PlainRow, layer: TransposedConvolution, name: str, blobs: list[str]
    ) -> None:
        (top, below), (left, right) = layer.cut
        if top != below or left != right or min(top, left) < 0:
            self._blame(row, "transposed convolution that is cut unevenly")
            return
        fields: Fields = [("num_output", layer.maps)]
        fields += self._window(row, replace(layer.window, padding=Sides(top, top, left, left)))
        fields += _pair("dilation", layer.window.dilation, 1)
        fields += [("group", layer.groups)] if layer.groups > 1 else []
        fields += [] if layer.has_bias else [("bias_term", False)]
        self._message(name, "Deconvolution", blobs, ("convolution_param", fields))

    def _pooling(
        self, row: PlainRow, layer: MaxPooling | AveragePooling, name: str, blobs: list[str]
    ) -> None:
        image, window = row.inputs[0], layer.window
        if not isinstance(image, Image):
            return
        padding = Sides(*window.sides(image))
        is_padded = padding != Sides(0, 0, 0, 0)
        if window.dilation != (1, 1):
            self._blame(row, "pooling with a dilation")
        if isinstance(layer, AveragePooling) and layer.divisor == "inside" and is_padded:
            self._blame(row, "average pooling that does not count its padding")
        fields: Fields = [("pool", _Word("MAX" if isinstance(layer, MaxPooling) else "AVE"))]
        fields += self._window(row, window)
        up = replace(window, padding=padding, rounding="ceil")
        if window.rounding == "floor" and up.count(image) != window.count(image):
            # Caffe rounds up unless it is told otherwise.
            fields.append(("round_mode", _Word("FLOOR")))
        self._message(name, "Pooling", blobs, ("pooling_param", fields))

    def _whole_maps(
        self, row: PlainRow, layer: GlobalPooling | AdaptivePooling, name: str, blobs: list[str]
    ) -> None:
        if isinstance(layer, AdaptivePooling) and pair(layer.size) != (1, 1):
            self._blame(row, "adaptive pooling")
        way = _Word("AVE" if layer.reduction == "average" else "MAX")
        fields: Fields = [("pool", way), ("global_pooling", True)]
        self._message(name, "Pooling", blobs, ("pooling_param", fields))

    def _window(self, row: PlainRow, window: Window) -> Fields:
        image = row.inputs[0]
        top, bottom, left, right = window.sides(image) if isinstance(image, Image) else (0, 0, 0, 0)
        if top != bottom or left != right:
            self._blame(row, "padding that differs from side to side")
        return [
            *_pair("kernel_size", window.kernel),
            *_pair("stride", window.stride, 1),
            *_pair("pad", (top, left), 0),
        ]

    def _response(
        self, row: PlainRow, layer: ResponseNormalization, name: str, blobs: list[str]
    ) -> None:
        is_within = layer.region == "within"
        if is_within and layer.k != 1:
            self._blame(row, f"response normalization within maps with k = {layer.k:g}; it adds 1")
        # Caffe divides alpha by the number of neighbours.
        alpha = layer.alpha if layer.is_divided else layer.coefficient * layer.neighbours
        fields: Fields = [("local_size", layer.size), ("alpha", alpha), ("beta", layer.beta)]
        fields += [("norm_region", _Word("WITHIN_CHANNEL"))] if is_within else [("k", layer.k)]
        self._message(name, "LRN", blobs, ("lrn_param", fields))

    def _batch(self, row: PlainRow, layer: BatchNormalization, name: str, blobs: list[str]) -> None:
        if layer.has_offset and not layer.has_scale:
            self._blame(row, "batch normalization with an offset and without a scale")
        kept = round(1 - layer.momentum, 12)
        fields: Fields = [("eps", layer.epsilon), ("moving_average_fraction", kept)]
        if not layer.has_scale:
            self._message(name, "BatchNorm", blobs, ("batch_norm_param", fields))
            return
        normalized = self._free(f"{name}/normalized")
        self._message(normalized, "BatchNorm", blobs, ("batch_norm_param", fields))
        bias: Fields = [("bias_term", True)] if layer.has_offset else []
        self._message(name, "Scale", [normalized], ("scale_param", bias))

    def _slopes(self, layer: ParametricReLU, name: str, blobs: list[str]) -> None:
        fields: Fields = [("filler", [("value", layer.start)])]
        fields += [("channel_shared", True)] if layer.slopes == "one" else []
        self._message(name, "PReLU", blobs, ("prelu_param", fields))

    def _product(self, row: PlainRow, name: str, blobs: list[str]) -> None:
        if len(set(row.inputs)) == 1:
            self._message(name, "Eltwise", blobs, ("eltwise_param", [("operation", _Word("PROD"))]))
        else:
            self._blame(row, "product of maps with a gate of another shape")


def _detail(layer: object) -> str:
    match layer:
        case Dropout():
            return " of whole maps"
        case ResponseNormalization():
            return " in groups"
        case ParametricReLU():
            return " with a slope for each value"
        case _:
            return ""


def _plain(function: Function) -> str:
    return str(function).partition(" (")[0].replace(" ", "_")


def _pair(name: str, numbers: tuple[int, int], usual: int | None = None) -> Fields:
    """Spell height and width: one field where they agree, and none where they are as usual."""
    height, width = numbers
    if height != width:
        short = name.removesuffix("_size")
        return [(f"{short}_h", height), (f"{short}_w", width)]
    return [] if height == usual else [(name, height)]


def _text(fields: Fields, depth: int = 0) -> list[str]:
    """Write fields as the text of a protocol buffer."""
    lines = []
    indent = "  " * depth
    for name, value in fields:
        match value:
            case list():
                lines += [f"{indent}{name} {{", *_text(value, depth + 1), f"{indent}}}"]
            case bool():
                lines.append(f"{indent}{name}: {str(value).lower()}")
            case _Word():
                lines.append(f"{indent}{name}: {value}")
            case str():
                escaped = value.replace("\\", "\\\\").replace('"', '\\"')
                lines.append(f'{indent}{name}: "{escaped}"')
            case _:
                lines.append(f"{indent}{name}: {value!r}")
    return lines

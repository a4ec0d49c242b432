"""Read Caffe's networks: a graph of layers that read and give blobs, in the words of its definition."""

import re
from collections.abc import Callable

from striate.documents.forms.building import Builder, image_of
from striate.documents.forms.prototxt import FORM, Message, parse
from striate.documents.parts import Block, NetworkRead
from striate.errors import DocumentError, LayerError
from striate.errors.forms import (
    form_input_unknown,
    missing_form_number,
    several_outputs,
    unknown_form_field,
    unknown_form_layer,
    unknown_form_source,
    unreadable_form_value,
)
from striate.layers import (
    ELU,
    Activation,
    Add,
    AveragePooling,
    BatchNormalization,
    Concat,
    Convolution,
    Dropout,
    Flatten,
    FullyConnected,
    Function,
    GlobalPooling,
    Input,
    Layer,
    LeakyReLU,
    MaxPooling,
    Multiply,
    Padding,
    ParametricReLU,
    Reshape,
    ResponseNormalization,
    Sides,
    TransposedConvolution,
)
from striate.layers.windows import Rounding
from striate.shapes import Features, Image, Shape
from striate.table import Table, Unreadable


_BEGINS = re.compile(r"^\s*(?:layers?\s*\{|input\s*:\s*\"|input_(?:dim|shape)\b)", re.MULTILINE)

# Fields of a layer, and of its parameters, that say how it learns or where it runs, not what it is.
_NOT_THE_NETWORK = {
    "param", "weight_filler", "bias_filler", "filler", "engine", "blobs_lr", "weight_decay", "loss_param",
    "propagate_down", "debug_info", "force_backward", "state", "axis", "phase", "include", "exclude",
    "top", "bottom", "name", "type", "weight_multiplier", "cudnn_flag", "blobs", "force_nd_im2col",
    "share_mode", "stable_prod_grad", "transform_param", "data_param", "use_global_stats", "scale_train",
    "softmax_param", "accuracy_param", "loss_weight", "param_sharing",
}  # fmt: skip
_DATA = {
    "DATA", "IMAGEDATA", "IMAGE_DATA", "HDF5DATA", "HDF5_DATA", "MEMORYDATA", "MEMORY_DATA", "WINDOWDATA",
    "WINDOW_DATA", "DUMMYDATA", "DUMMY_DATA", "INPUT", "PYTHON", "ANNOTATEDDATA",
}  # fmt: skip
_LOSSES = {
    "SOFTMAXWITHLOSS": "softmax", "SOFTMAX_LOSS": "softmax", "SIGMOIDCROSSENTROPYLOSS": "sigmoid",
    "SIGMOID_CROSS_ENTROPY_LOSS": "sigmoid", "EUCLIDEANLOSS": None, "EUCLIDEAN_LOSS": None,
    "HINGELOSS": None, "HINGE_LOSS": None, "INFOGAINLOSS": None, "MULTINOMIALLOGISTICLOSS": None,
    "CONTRASTIVELOSS": None,
}  # fmt: skip
_ASIDE = {"ACCURACY", "SILENCE", "ARGMAX"}
_FUNCTIONS: dict[str, Function] = {
    "SIGMOID": "sigmoid", "TANH": "tanh", "SOFTMAX": "softmax", "SWISH": "SiLU", "RELU6": "ReLU6",
}  # fmt: skip


def is_caffe(text: str, info: str) -> bool:
    """Whether a block is a definition of a network of Caffe.

    Args:
        text: The block.
        info: Its language, or the ending of its file.
    """
    if info.casefold() in {"prototxt", "caffe"}:
        return True
    return "layer" in text and _BEGINS.search(text) is not None and "type:" in text.replace(" ", "")


def read_caffe(block: Block) -> NetworkRead:
    """Read a definition, as it is in the phase TEST; layers of the phase TRAIN alone are told.

    Args:
        block: The text.

    Returns:
        Its network, with the faults of every layer.
    """
    try:
        root = parse(block.lines, block.line + 1)
    except DocumentError as error:
        return NetworkRead(Table(()), block.line + 1, block.heading, faults=error.faults)
    return _Network(root, block).read()


class _Network:
    """Makes rows of the layers of one definition."""

    def __init__(self, root: Message, block: Block) -> None:
        self.root = root
        self.block = block
        self.rows = Builder()
        self.blobs: dict[str, str] = {}
        self.labels: set[str] = set()
        self.weights: dict[str, float] = {}
        self.main = ""

    def read(self) -> NetworkRead:
        """Read every layer, in the order of the text."""
        root, rows = self.root, self.rows
        name = root.text("name") or ""
        self._add_inputs()
        layers = root.messages("layer", "layers")
        for layer in layers:
            if self._is_there(layer):
                self._add(layer)
        root.read.update(_NOT_THE_NETWORK)
        rows.faults += [unknown_form_field(FORM, field, line) for field, line in root.unread()]
        line = self.block.line + 1
        ends = rows.ends()
        if len(ends) > 1:
            main = self.main if self.main in ends else ends[-1]
            wrong = rows.split_heads(main, self.weights)
            if wrong:
                rows.faults.append(several_outputs(FORM, ends, line))
        return NetworkRead(
            rows.table(merged=True),
            line,
            self.block.heading,
            name,
            tuple(rows.faults),
            tuple(rows.remarks),
        )

    def _is_there(self, layer: Message) -> bool:
        """Whether a layer is part of the network as it is tested."""
        include = [phase for rule in layer.messages("include") for phase in rule.texts("phase")]
        exclude = [phase for rule in layer.messages("exclude") for phase in rule.texts("phase")]
        is_there = (not include or "TEST" in include) and "TEST" not in exclude
        kind = _plain(layer.text("type"))
        if not is_there and kind not in _DATA:
            name = layer.text("name") or kind
            self.rows.tell(
                name, "it is there in the phase TRAIN alone and is left out.", layer.line
            )
        if kind in _DATA and not is_there:
            # Where training cuts the pictures to size and testing does not say it, training decides.
            self._see_data(layer, counts=False)
            return False
        return is_there

    def _add_inputs(self) -> None:
        root = self.root
        names = root.texts("input")
        dims = root.texts("input_dim")
        shapes = [shape.texts("dim") for shape in root.messages("input_shape")]
        if dims:
            shapes = [dims[start : start + 4] for start in range(0, len(dims), 4)]
        for index, name in enumerate(names):
            if index == 0:
                self._add_input(name, shapes[0] if shapes else [], root.line)
            else:
                self.labels.add(name)
                text = "a second input is taken for labels or settings and is no part of the table."
                self.rows.tell(name, text, root.line)

    def _add_input(self, name: str, dims: list[str], line: int) -> None:
        sizes = [int(dim) for dim in dims if dim.isdecimal()]
        shape: Shape | None = None
        match sizes[1:] if len(sizes) == len(dims) else []:
            case [channels, height, width]:
                shape = Image(channels, height, width)
            case [count] if count:
                shape = Features(count)
            case _:
                pass
        if shape is None or min(shape.axes) < 1:
            shape = None
            needed = "four numbers: examples, channels, height, width"
            fix = "write `input_shape { dim: 1 dim: 3 dim: 224 dim: 224 }` below `input`"
            self.rows.faults.append(form_input_unknown(FORM, needed, fix, line))
        self.blobs[name] = self.rows.add(
            name, Input(shape) if shape else Unreadable(), (), line=line
        )

    def _see_data(self, layer: Message, *, counts: bool = True) -> None:
        """Take the input from a layer that gives data; its further blobs are labels."""
        tops = layer.texts("top") or [layer.text("name") or "data"]
        kind = _plain(layer.text("type"))
        self.labels.update(tops[1:])
        if self.blobs.get(tops[0]):
            return
        dims: list[str] = []
        for one in layer.messages("input_param", "dummy_data_param"):
            shapes = one.messages("shape")
            dims = (
                shapes[0].texts("dim")
                if shapes
                else ["1", *one.texts("channels", "height", "width")]
            )
        memory = layer.messages("memory_data_param")
        if memory:
            dims = ["1", *(memory[0].text(one) or "" for one in ("channels", "height", "width"))]
        if not dims:
            dims = self._picture(layer)
        if kind == "INPUT" and self.blobs:
            self.labels.update(tops)
            return
        if dims:
            self._add_input(tops[0], dims, layer.line)
        elif counts:
            needed = "the size of the pictures, which lie in a file that is not here"
            fix = "write `input_shape { dim: 1 dim: 1 dim: 28 dim: 28 }`, or `crop_size` in transform_param"
            self.rows.faults.append(form_input_unknown(FORM, needed, fix, layer.line))
            self.blobs[tops[0]] = self.rows.add(tops[0], Unreadable(), (), line=layer.line)

    def _picture(self, layer: Message) -> list[str]:
        """Give the sizes that a layer of data cuts its pictures to, with what is told of their channels."""
        groups = [layer, *layer.messages("transform_param", "data_param", "image_data_param")]
        crop = next((size for group in groups if (size := group.text("crop_size"))), None)
        heights = [size for group in groups if (size := group.text("new_height"))]
        widths = [size for group in groups if (size := group.text("new_width"))]
        height, width = (
            (crop, crop) if crop else (next(iter(heights), None), next(iter(widths), None))
        )
        if height is None or width is None or height == "0":
            return []
        means = [mean for group in groups for mean in group.texts("mean_value")]
        is_grey = any(
            group.text("is_color") == "false" or group.text("force_gray") == "true"
            for group in groups
        )
        channels = "1" if is_grey else str(len(means)) if len(means) > 1 else "3"
        name = (layer.texts("top") or ["data"])[0]
        because = {"1": "grey pictures"}.get(
            channels, "pictures in colour, as no field says otherwise"
        )
        if len(means) > 1:
            because = f"{len(means)} values of mean_value"
        text = f"input {channels}x{height}x{width}: crop_size {height}, and {because}."
        if not crop:
            text = f"input {channels}x{height}x{width}: new_height and new_width, and {because}."
        self.rows.tell(name, text, layer.line)
        return ["1", channels, height, width]

    def _add(self, layer: Message) -> None:
        kind = _plain(layer.text("type"))
        name = layer.text("name") or kind.lower()
        if kind in _DATA:
            self._see_data(layer)
            return
        bottoms, tops = layer.texts("bottom"), layer.texts("top")
        known = [blob for blob in bottoms if blob not in self.labels]
        missing = [blob for blob in known if blob not in self.blobs]
        if missing:
            self.rows.faults += [
                unknown_form_source(name, f"the blob {one}", layer.line) for one in missing
            ]
            return
        sources = [self.blobs[blob] for blob in known]
        if kind in _ASIDE or kind in _LOSSES:
            self._end(layer, name, kind, sources)
        elif kind == "SPLIT":
            self.blobs.update(dict.fromkeys(tops, sources[0] if sources else ""))
        elif len(tops) > 1:
            self.rows.faults.append(
                unknown_form_layer(name, FORM, f"{kind} with {len(tops)} tops", layer.line)
            )
        else:
            made = self._row(layer, name, kind, sources)
            self.blobs[tops[0] if tops else name] = made

    def _end(self, layer: Message, name: str, kind: str, sources: list[str]) -> None:
        """Take a loss as the function that it computes, and leave out what only measures."""
        layer.message("softmax_param")
        if kind in _ASIDE or not sources:
            self.rows.tell(
                name, f"the layer of type {kind} only measures and is left out.", layer.line
            )
            return
        function = _LOSSES[kind]
        source = sources[0]
        weight = _float(layer.text("loss_weight"), 1.0)
        end = source
        if function is not None:
            end = self.rows.add(name, Activation(function), [source], line=layer.line)  # type: ignore[arg-type]
        else:
            self.rows.tell(
                name, f"the loss of type {kind} is left out; the table ends before it.", layer.line
            )
        self.weights[end] = weight
        self.main = end

    def _row(self, layer: Message, name: str, kind: str, sources: list[str]) -> str:
        rows = self.rows
        before = len(rows.faults)
        maker = _Maker(layer, name, kind, rows)
        if kind == "SCALE" and len(sources) == 1:
            merged = self._scale(layer, name, sources[0])
            if merged:
                return merged
        try:
            made = maker.layer(sources)
        except _MissingNumberError:
            made = None
        if made is None:
            if len(rows.faults) == before:
                rows.faults.append(unknown_form_layer(name, FORM, f"the type {kind}", layer.line))
            return rows.add(name, Unreadable(), sources, line=layer.line)
        maker.report_unread()
        return rows.add(name, made, sources, line=layer.line)

    def _scale(self, layer: Message, name: str, source: str) -> str:
        """Give the scale and offset of a layer Scale to the normalisation that it stands behind."""
        below = self.rows.layer(source)
        if not isinstance(below, BatchNormalization) or below.has_scale:
            return ""
        group = layer.message("scale_param")
        has_bias = group.text("bias_term") == "true"
        self.rows.change(
            source,
            BatchNormalization(below.epsilon, below.momentum, has_scale=True, has_offset=has_bias),
        )
        self.rows.tell(
            name, f"its scale and offset belong to {source}, which it stands behind.", layer.line
        )
        return source


class _MissingNumberError(Exception):
    """A number that a layer needs stands nowhere, or cannot be read; the fault is kept already."""


class _Maker:
    """Makes one layer of its message."""

    def __init__(self, layer: Message, name: str, kind: str, rows: Builder) -> None:
        self.message = layer
        self.name = name
        self.kind = kind
        self.rows = rows
        self.asked: list[Message] = []

    def layer(self, sources: list[str]) -> Layer | Callable[[], Layer] | None:
        """Give the layer, or what makes it; None if the kind is unknown."""
        match self.kind:
            case "CONVOLUTION" | "DECONVOLUTION" | "CONVOLUTIONDEPTHWISE" | "DEPTHWISECONVOLUTION":
                return self._convolution(sources)
            case "POOLING":
                return self._pooling(sources)
            case "INNERPRODUCT" | "INNER_PRODUCT":
                group = self._group("inner_product_param")
                units, bias = self._whole(group, "num_output"), group.text("bias_term") != "false"
                return lambda: FullyConnected(units, has_bias=bias)
            case "LRN":
                return self._response()
            case "BATCHNORM" | "BN":
                group = self._group("batch_norm_param", "bn_param")
                group.read.update({"slope_filler", "frozen"})
                kept = _float(group.text("moving_average_fraction"), 0.999)
                epsilon = _float(group.text("eps"), 1e-5)
                has_both = self.kind == "BN"
                return lambda: BatchNormalization(
                    epsilon, round(1 - kept, 9), has_scale=has_both, has_offset=has_both
                )
            case "RELU":
                slope = _float(self._group("relu_param").text("negative_slope"), 0.0)
                return Activation(LeakyReLU(slope) if slope else "ReLU")
            case "ELU":
                return Activation(ELU(_float(self._group("elu_param").text("alpha"), 1.0)))
            case "PRELU":
                shared = self._group("prelu_param").text("channel_shared") == "true"
                return ParametricReLU("one" if shared else "maps")
            case "DROPOUT":
                fraction = _float(self._group("dropout_param").text("dropout_ratio"), 0.5)
                return lambda: Dropout(fraction)
            case "FLATTEN":
                self._group("flatten_param")
                return Flatten()
            case "RESHAPE":
                return self._reshape()
            case "CONCAT":
                return self._concat()
            case "ELTWISE":
                return self._elementwise()
            case kind if kind in _FUNCTIONS:
                return Activation(_FUNCTIONS[kind])
            case "SCALE" if len(sources) > 1:
                return Multiply()
            case _:
                return None

    def report_unread(self) -> None:
        """Name the fields that nothing has read."""
        for message in (self.message, *self.asked):
            message.read.update(_NOT_THE_NETWORK)
            self.rows.faults += [
                unknown_form_field(self.name, field, line) for field, line in message.unread()
            ]

    def _group(self, *names: str) -> Message:
        """Give the parameters of this kind of layer; the oldest definitions have them in the layer."""
        found = self.message.messages(*names)
        self.asked += found
        return found[-1] if found else Message(self.message.line)

    def _whole(self, group: Message, *names: str, default: int | None = None) -> int:
        text = group.text(*names)
        if text is None:
            if default is not None:
                return default
            self.rows.faults.append(missing_form_number(self.name, names[0], self.message.line))
            raise _MissingNumberError
        if not text.isdecimal() or len(text) > 9:  # noqa: PLR2004 - no map has a billion of anything
            self.rows.faults.append(
                unreadable_form_value(
                    self.name, names[0], text, "a whole number", self.message.line
                )
            )
            raise _MissingNumberError
        return int(text)

    def _pair(
        self, group: Message, names: tuple[str, str, str], default: int | None
    ) -> tuple[int, int]:
        """Give height and width: of one field, repeated or not, or of a field for each."""
        both, down, across = names
        found = group.texts(both)
        for text in found:
            if not text.isdecimal():
                self.rows.faults.append(
                    unreadable_form_value(
                        self.name, both, text, "a whole number", self.message.line
                    )
                )
                raise _MissingNumberError
        if group.text(down) is not None or group.text(across) is not None:
            usual = int(found[0]) if found else default
            return self._whole(group, down, default=usual), self._whole(
                group, across, default=usual
            )
        if found:
            return int(found[0]), int(found[-1])
        one = self._whole(group, both, default=default)
        return one, one

    def _window(self, group: Message) -> tuple[tuple[int, int], tuple[int, int], Padding]:
        kernel = self._pair(group, ("kernel_size", "kernel_h", "kernel_w"), None)
        stride = self._pair(group, ("stride", "stride_h", "stride_w"), 1)
        down, across = self._pair(group, ("pad", "pad_h", "pad_w"), 0)
        padding: Padding = down if down == across else Sides(down, down, across, across)
        return kernel, stride, padding or "valid"

    def _convolution(self, sources: list[str]) -> Callable[[], Layer]:
        group = self._group("convolution_param", "convolution_depthwise_param")
        maps = self._whole(group, "num_output")
        kernel, stride, padding = self._window(group)
        dilation = self._pair(group, ("dilation", "dilation_h", "dilation_w"), 1)
        groups = self._whole(group, "group", default=1)
        bias = group.text("bias_term") != "false"
        below = image_of(self.rows.outputs.get(sources[0])) if sources else None
        if "DEPTHWISE" in self.kind and below is not None:
            groups = below.channels
        if self.kind == "DECONVOLUTION":
            return lambda: TransposedConvolution(
                maps, kernel, stride, padding, (0, 0), dilation, groups, has_bias=bias
            )
        return lambda: Convolution(maps, kernel, stride, padding, dilation, groups, has_bias=bias)

    def _pooling(self, sources: list[str]) -> Layer | Callable[[], Layer] | None:
        group = self._group("pooling_param")
        way = (group.text("pool") or "MAX").upper()
        if way not in {"MAX", "AVE", "0", "1"}:
            came = f"{way} pooling"
            self.rows.faults.append(unknown_form_layer(self.name, FORM, came, self.message.line))
            return None
        is_max = way in {"MAX", "0"}
        if group.text("global_pooling") == "true":
            group.read.update({"kernel_size", "stride", "pad"})
            return GlobalPooling("max" if is_max else "average")
        kernel, stride, padding = self._window(group)
        mode = (group.text("round_mode") or "CEIL").upper()
        is_floor = mode in {"FLOOR", "1"} or group.text("ceil_mode") == "false"
        rounding: Rounding = "floor" if is_floor else "ceil"
        below = image_of(self.rows.outputs.get(sources[0])) if sources else None

        def make(rounding: Rounding) -> Layer:
            if is_max:
                return MaxPooling(kernel, stride, padding, (1, 1), rounding)
            return AveragePooling(kernel, stride, padding, rounding)

        if rounding == "ceil" and below is not None and _divides(make, below):
            rounding = "floor"
        return lambda: make(rounding)

    def _response(self) -> Callable[[], Layer]:
        group = self._group("lrn_param")
        size = self._whole(group, "local_size", default=5)
        alpha = _float(group.text("alpha"), 1.0)
        beta = _float(group.text("beta"), 0.75)
        constant = _float(group.text("k"), 1.0)
        is_within = group.text("norm_region") in {"WITHIN_CHANNEL", "1"}
        region = "within" if is_within else "across"
        # Within a channel Caffe adds 1, whatever k says.
        return lambda: ResponseNormalization(
            size,
            alpha,
            beta,
            1.0 if is_within else constant,
            region=region,  # type: ignore[arg-type]
        )

    def _reshape(self) -> Layer | None:
        dims = [
            dim
            for shape in self._group("reshape_param").messages("shape")
            for dim in shape.texts("dim")
        ]
        match dims:
            case ["0", _]:
                return Flatten()
            case ["0", channels, height, width] if all(
                size.isdecimal() and size != "0" for size in dims[1:]
            ):
                return Reshape(Image(int(channels), int(height), int(width)))
            case _:
                return None

    def _concat(self) -> Layer | None:
        group = self._group("concat_param")
        axis = group.text("axis", "concat_dim") or "1"
        if axis not in {"1", "-3"}:
            came = f"concatenation along axis {axis}"
            self.rows.faults.append(unknown_form_layer(self.name, FORM, came, self.message.line))
            return None
        return Concat()

    def _elementwise(self) -> Layer | None:
        group = self._group("eltwise_param")
        way = (group.text("operation") or "SUM").upper()
        weights = {_float(one, 0.0) for one in group.texts("coeff")}
        if way in {"PROD", "0"}:
            return Multiply()
        if way in {"SUM", "1"} and weights <= {1.0}:
            return Add()
        came = f"{way} of several blobs" + (f" with coeff {min(weights)}" if weights else "")
        self.rows.faults.append(unknown_form_layer(self.name, FORM, came, self.message.line))
        return None


def _divides(make: Callable[[Rounding], Layer], below: Image) -> bool:
    """Whether rounding up and down give the same, so that no word is needed for it."""
    try:
        return make("floor").output(below) == make("ceil").output(below)  # type: ignore[call-arg]
    except LayerError:
        return False


def _plain(kind: str | None) -> str:
    return (kind or "").upper()


def _float(text: str | None, default: float) -> float:
    try:
        return default if text is None else float(text.rstrip("f"))
    except ValueError:
        return default

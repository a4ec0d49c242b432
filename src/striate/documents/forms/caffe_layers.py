"""Make the layers of Caffe out of their fields, none of which is passed over."""

from collections.abc import Callable

from striate.documents.forms.building import Builder, image_of
from striate.documents.forms.prototxt import FORM, Message
from striate.errors import LayerError
from striate.errors.forms import (
    missing_form_number,
    unknown_form_field,
    unknown_form_layer,
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
from striate.shapes import Image


# Fields of a layer, and of its parameters, that say how it learns or where it runs, not what it is.
NOT_THE_NETWORK = {
    "param", "weight_filler", "bias_filler", "filler", "engine", "blobs_lr", "weight_decay", "loss_param",
    "propagate_down", "debug_info", "force_backward", "state", "phase", "include", "exclude",
    "top", "bottom", "name", "type", "weight_multiplier", "cudnn_flag", "blobs", "force_nd_im2col",
    "share_mode", "stable_prod_grad", "transform_param", "data_param", "use_global_stats", "scale_train",
    "accuracy_param", "loss_weight",
}  # fmt: skip
_FUNCTIONS: dict[str, Function] = {
    "SIGMOID": "sigmoid", "TANH": "tanh", "SWISH": "SiLU", "RELU6": "ReLU6",
}  # fmt: skip
_TRUTHS = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}
_CHANNELS = {"1", "-3"}
"""Numbers of the axis of channels, from the front and from the back of a blob of four axes."""
DIGITS = 9
"""Most digits of a whole number: no layer has a billion of anything."""


class MissingNumberError(Exception):
    """A number that a layer needs stands nowhere, or cannot be read; the fault is kept already."""


class LayerMaker:
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
                group = self.group("inner_product_param")
                units = self.whole(group, "num_output")
                bias = self.truth(group, "bias_term", default=True)
                is_turned = self.truth(group, "transpose", default=False)
                self.check_axis("inner_product_param")
                if is_turned:
                    # Weights are stored the other way round; the layer is the same.
                    self.rows.tell(
                        self.name, "its weights are stored transposed.", self.message.line
                    )
                return lambda: FullyConnected(units, has_bias=bias)
            case "LRN":
                return self._response()
            case "BATCHNORM" | "BN":
                group = self.group("batch_norm_param", "bn_param")
                group.read.update({"slope_filler", "frozen"})
                kept = self.real(group, "moving_average_fraction", 0.999)
                epsilon = self.real(group, "eps", 1e-5)
                has_both = self.kind == "BN"
                return lambda: BatchNormalization(
                    epsilon, round(1 - kept, 9), has_scale=has_both, has_offset=has_both
                )
            case "RELU":
                slope = self.real(self.group("relu_param"), "negative_slope", 0.0)
                return Activation(LeakyReLU(slope) if slope else "ReLU")
            case "ELU":
                return Activation(ELU(self.real(self.group("elu_param"), "alpha", 1.0)))
            case "PRELU":
                shared = self.truth(self.group("prelu_param"), "channel_shared", default=False)
                return ParametricReLU("one" if shared else "maps")
            case "DROPOUT":
                fraction = self.real(self.group("dropout_param"), "dropout_ratio", 0.5)
                return lambda: Dropout(fraction)
            case "FLATTEN":
                self.check_axis("flatten_param")
                return Flatten()
            case "RESHAPE":
                return self._reshape()
            case "CONCAT":
                return self._concat()
            case "ELTWISE":
                return self._elementwise()
            case "SOFTMAX":
                self.check_axis("softmax_param")
                return Activation("softmax")
            case kind if kind in _FUNCTIONS:
                return Activation(_FUNCTIONS[kind])
            case "SCALE" if len(sources) > 1:
                return Multiply()
            case _:
                return None

    def report_unread(self) -> None:
        """Name the fields that nothing has read."""
        for message in (self.message, *self.asked):
            message.read.update(NOT_THE_NETWORK)
            self.rows.faults += [
                unknown_form_field(self.name, field, line) for field, line in message.unread()
            ]

    def group(self, *names: str) -> Message:
        """Give the parameters of this kind of layer; the oldest definitions have them in the layer."""
        found = self.message.messages(*names)
        self.asked += found
        return found[-1] if found else Message(self.message.line)

    def whole(self, group: Message, *names: str, default: int | None = None) -> int:
        """Give a whole number of a group; without it and without a default the layer has a fault."""
        text = group.text(*names)
        if text is None:
            if default is not None:
                return default
            self.rows.faults.append(missing_form_number(self.name, names[0], self.message.line))
            raise MissingNumberError
        return self._checked(names[0], text)

    def _checked(self, field: str, text: str) -> int:
        if text.isdecimal() and len(text) <= DIGITS:
            return int(text)
        self._report_value(field, text, "a whole number")
        raise MissingNumberError

    def _report_value(self, field: str, text: str, needed: str) -> None:
        fault = unreadable_form_value(self.name, field, text, needed, self.message.line)
        self.rows.faults.append(fault)

    def real(self, group: Message, field: str, default: float) -> float:
        """Give a number of a group; what is none is reported, and the default taken."""
        text = group.text(field)
        try:
            return default if text is None else float(text.rstrip("fF"))
        except ValueError:
            self._report_value(field, text or "", "a number")
            return default

    def truth(self, group: Message, field: str, *, default: bool) -> bool:
        """Give a yes or no of a group; what is neither is reported, and the default taken."""
        text = group.text(field)
        if text is None:
            return default
        if text.casefold() not in _TRUTHS:
            self._report_value(field, text, "true or false")
        return _TRUTHS.get(text.casefold(), default)

    def check_axis(self, name: str) -> None:
        """Report an axis other than that of the channels, which every table works along."""
        group = self.group(name)
        axis = group.text("axis")
        if axis is not None and axis not in _CHANNELS:
            came = f"{self.kind} along axis {axis}"
            self.rows.faults.append(unknown_form_layer(self.name, FORM, came, self.message.line))

    def _pair(
        self, group: Message, names: tuple[str, str, str], default: int | None
    ) -> tuple[int, int]:
        """Give height and width: of one field, repeated or not, or of a field for each."""
        both, down, across = names
        found = [self._checked(both, text) for text in group.texts(both)]
        if group.text(down) is not None or group.text(across) is not None:
            usual = found[0] if found else default
            return self.whole(group, down, default=usual), self.whole(group, across, default=usual)
        if found:
            return found[0], found[-1]
        side = self.whole(group, both, default=default)
        return side, side

    def _window(self, group: Message) -> tuple[tuple[int, int], tuple[int, int], Padding]:
        kernel = self._pair(group, ("kernel_size", "kernel_h", "kernel_w"), None)
        stride = self._pair(group, ("stride", "stride_h", "stride_w"), 1)
        down, across = self._pair(group, ("pad", "pad_h", "pad_w"), 0)
        padding: Padding = down if down == across else Sides(down, down, across, across)
        return kernel, stride, padding or "valid"

    def _convolution(self, sources: list[str]) -> Callable[[], Layer]:
        group = self.group("convolution_param", "convolution_depthwise_param")
        maps = self.whole(group, "num_output")
        kernel, stride, padding = self._window(group)
        dilation = self._pair(group, ("dilation", "dilation_h", "dilation_w"), 1)
        groups = self.whole(group, "group", default=1)
        bias = self.truth(group, "bias_term", default=True)
        self.check_axis("convolution_param")
        below = image_of(self.rows.outputs.get(sources[0])) if sources else None
        if "DEPTHWISE" in self.kind and below is not None:
            groups = below.channels
        if self.kind == "DECONVOLUTION":
            return lambda: TransposedConvolution(
                maps, kernel, stride, padding, (0, 0), dilation, groups, has_bias=bias
            )
        return lambda: Convolution(maps, kernel, stride, padding, dilation, groups, has_bias=bias)

    def _pooling(self, sources: list[str]) -> Layer | Callable[[], Layer] | None:
        group = self.group("pooling_param")
        way = (group.text("pool") or "MAX").upper()
        if way not in {"MAX", "AVE", "0", "1"}:
            came = f"{way} pooling"
            self.rows.faults.append(unknown_form_layer(self.name, FORM, came, self.message.line))
            return None
        is_max = way in {"MAX", "0"}
        if self.truth(group, "global_pooling", default=False):
            group.read.update({"kernel_size", "stride", "pad"})
            return GlobalPooling("max" if is_max else "average")
        kernel, stride, padding = self._window(group)
        mode = (group.text("round_mode") or "CEIL").upper()
        is_floor = mode in {"FLOOR", "1"} or not self.truth(group, "ceil_mode", default=True)
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
        group = self.group("lrn_param")
        size = self.whole(group, "local_size", default=5)
        alpha = self.real(group, "alpha", 1.0)
        beta = self.real(group, "beta", 0.75)
        constant = self.real(group, "k", 1.0)
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
            for shape in self.group("reshape_param").messages("shape")
            for dim in shape.texts("dim")
        ]
        match dims:
            case ["0", _]:
                return Flatten()
            case ["0", *sizes] if len(sizes) == 3 and "0" not in sizes and "-1" not in sizes:  # noqa: PLR2004 - maps
                return Reshape(Image(*(self._checked("dim", size) for size in sizes)))
            case _:
                return None

    def _concat(self) -> Layer | None:
        group = self.group("concat_param")
        axis = group.text("axis", "concat_dim") or "1"
        if axis not in _CHANNELS:
            came = f"concatenation along axis {axis}"
            self.rows.faults.append(unknown_form_layer(self.name, FORM, came, self.message.line))
            return None
        return Concat()

    def _elementwise(self) -> Layer | None:
        group = self.group("eltwise_param")
        way = (group.text("operation") or "SUM").upper()
        weights = set(group.texts("coeff"))
        if way in {"PROD", "0"}:
            return Multiply()
        if way in {"SUM", "1"} and weights <= {"1", "1.0"}:
            return Add()
        came = f"{way} of several blobs" + (
            f" with coeff {', '.join(sorted(weights))}" if weights else ""
        )
        self.rows.faults.append(unknown_form_layer(self.name, FORM, came, self.message.line))
        return None


def _divides(make: Callable[[Rounding], Layer], below: Image) -> bool:
    """Whether rounding up and down give the same, so that no word is needed for it."""
    try:
        return make("floor").output(below) == make("ceil").output(below)  # type: ignore[call-arg]
    except LayerError:
        return False

"""Read Caffe's networks: a graph of layers that read and give blobs, in the words of its definition."""

from collections.abc import Iterator

from striate.documents.forms.building import MOST_LAYERS, Builder
from striate.documents.forms.caffe_layers import (
    DIGITS,
    NOT_THE_NETWORK,
    LayerMaker,
    MissingNumberError,
)
from striate.documents.forms.prototxt import FORM, Message, parse
from striate.documents.parts import Block, NetworkRead
from striate.errors import DocumentError
from striate.errors.forms import (
    fields_passed_over,
    form_input_unknown,
    form_weights_shared,
    several_outputs,
    too_many_layers,
    unknown_form_field,
    unknown_form_layer,
    unknown_form_source,
)
from striate.layers import (
    Activation,
    BatchNormalization,
    Input,
)
from striate.shapes import Features, Image, Shape
from striate.table import Table, Unreadable


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


def read_caffe(block: Block, given: Shape | None = None) -> NetworkRead:
    """Read a definition, as it is in the phase TEST; layers of the phase TRAIN alone are told.

    Args:
        block: The text.
        given: What comes in, where the definition does not say it.

    Returns:
        Its network, with the faults of every layer.
    """
    try:
        root = parse(block.lines, block.line + 1)
    except DocumentError as error:
        return NetworkRead(Table(()), block.line + 1, block.heading, faults=error.faults)
    return _Network(root, block, given).read()


class _Network:
    """Makes rows of the layers of one definition."""

    def __init__(self, root: Message, block: Block, given: Shape | None) -> None:
        self.root = root
        self.block = block
        self.given = given
        self.rows = Builder()
        self.blobs: dict[str, str] = {}
        self.labels: set[str] = set()
        self.owners: dict[str, str] = {}
        self.stages: set[str] = set()
        self.weights: dict[str, float] = {}
        self.main = ""

    def read(self) -> NetworkRead:
        """Read every layer, in the order of the text."""
        root, rows = self.root, self.rows
        name = root.text("name") or ""
        self.stages = set(root.message("state").texts("stage"))
        self._add_inputs()
        layers = root.messages("layer", "layers")
        if len(layers) > MOST_LAYERS:
            fault = too_many_layers(FORM, len(layers), MOST_LAYERS, self.block.line + 1)
            return NetworkRead(Table(()), self.block.line + 1, self.block.heading, faults=(fault,))
        for layer in layers:
            if self._is_there(layer):
                self._add(layer)
        self._pass_over(layers)
        root.read.update(NOT_THE_NETWORK)
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

    def _pass_over(self, layers: list[Message]) -> None:
        """Tell of the fields of data, of measures, and of when a layer is there, of which none is read."""
        for layer in layers:
            kind = _plain(layer.text("type"))
            parts = (
                [layer]
                if kind in {*_DATA, *_ASIDE, *_LOSSES}
                else layer.messages("include", "exclude")
            )
            unread = [name for part in parts for name in _unread_within(part)]
            if unread:
                names = tuple(dict.fromkeys(unread))
                name = layer.text("name") or kind.lower()
                self.rows.remarks.append(fields_passed_over(name, names, layer.line))

    def _is_there(self, layer: Message) -> bool:
        """Whether a layer is part of the network as it is tested."""
        include, exclude = layer.messages("include"), layer.messages("exclude")
        is_there = (not include or any(map(self._holds, include))) and not any(
            map(self._holds, exclude)
        )
        kind = _plain(layer.text("type"))
        if not is_there and kind not in _DATA:
            name = layer.text("name") or kind
            stages = [stage for rule in include for stage in rule.texts("stage")]
            where = f"stage {', '.join(stages)}" if stages else "phase TRAIN"
            self.rows.tell(name, f"it is there in the {where} alone and is left out.", layer.line)
        if kind in _DATA and not is_there:
            # Where training cuts the pictures to size and testing does not say it, training decides.
            self._see_data(layer, counts=False)
            return False
        return is_there

    def _holds(self, rule: Message) -> bool:
        """Whether a rule of a layer holds for the test, in the stages that the definition is in."""
        phase = rule.text("phase")
        return (
            (phase is None or phase.upper() in {"TEST", "1"})
            and self.stages >= set(rule.texts("stage"))
            and not self.stages & set(rule.texts("not_stage"))
            and rule.text("min_level") in {None, "0"}
        )

    def _add_inputs(self) -> None:
        root = self.root
        names = root.texts("input")
        dims = root.texts("input_dim")
        shapes = [shape.texts("dim") for shape in root.messages("input_shape")]
        if dims:
            shapes = [dims[start : start + 4] for start in range(0, len(dims), 4)]
        for index, name in enumerate(names):
            if index == 0 and not shapes and self._is_given_below(name):
                continue
            if index == 0:
                self._add_input(name, shapes[0] if shapes else [], root.line)
            else:
                self.labels.add(name)
                text = "a second input is taken for labels or settings and is no part of the table."
                self.rows.tell(name, text, root.line)

    def _is_given_below(self, name: str) -> bool:
        """Whether a layer of the type Input gives what a field `input` has announced."""
        return any(
            name in layer.texts("top") and _plain(layer.text("type")) == "INPUT"
            for layer in self.root.messages("layer", "layers")
        )

    def _add_input(self, name: str, dims: list[str], line: int) -> None:
        sizes = [int(dim) for dim in dims if dim.isdecimal() and len(dim) <= DIGITS]
        shape: Shape | None = None
        match sizes[1:] if len(sizes) == len(dims) else []:
            case [channels, height, width]:
                shape = Image(channels, height, width)
            case [count] if count:
                shape = Features(count)
            case _:
                pass
        if not dims and self.given is not None:
            shape = self.given
        if shape is None or min(shape.axes) < 1:
            shape = None
            needed = "four numbers: examples, channels, height, width"
            fix = (
                "write `input_shape { dim: 1 dim: CHANNELS dim: HEIGHT dim: WIDTH }` below `input`"
            )
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
        if dims or self.given is not None:
            self._add_input(tops[0], dims, layer.line)
        elif counts:
            needed = "the size of the pictures, which lie in a file that is not here"
            fix = "write `input_shape { dim: 1 dim: CHANNELS dim: HEIGHT dim: WIDTH }`, or `crop_size` in transform_param"
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
        self._see_sharing(layer, name)
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

    def _see_sharing(self, layer: Message, name: str) -> None:
        """Report weights that bear the name of those of another layer, and so are the same ones."""
        named = [text for param in layer.messages("param") for text in param.texts("name")]
        for weights in dict.fromkeys([*named, *layer.texts("param")]):
            owner = self.owners.setdefault(weights, name)
            if owner != name:
                self.rows.faults.append(form_weights_shared(name, weights, owner, layer.line))

    def _end(self, layer: Message, name: str, kind: str, sources: list[str]) -> None:
        """Take a loss as the function that it computes, and leave out what only measures."""
        if kind in _ASIDE or not sources:
            self.rows.tell(
                name, f"the layer of type {kind} only measures and is left out.", layer.line
            )
            return
        function = _LOSSES[kind]
        source = sources[0]
        maker = LayerMaker(layer, name, kind, self.rows)
        weight = maker.real(layer, "loss_weight", 1.0)
        maker.check_axis("softmax_param")
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
        maker = LayerMaker(layer, name, kind, rows)
        if kind == "SCALE" and len(sources) == 1 and self._scale(maker, sources[0]):
            maker.report_unread()
            return sources[0]
        try:
            made = maker.layer(sources)
        except MissingNumberError:
            made = None
        if made is None:
            if len(rows.faults) == before:
                rows.faults.append(unknown_form_layer(name, FORM, f"the type {kind}", layer.line))
            return rows.add(name, Unreadable(), sources, line=layer.line)
        maker.report_unread()
        return rows.add(name, made, sources, line=layer.line)

    def _scale(self, maker: LayerMaker, source: str) -> bool:
        """Give the scale and offset of a layer Scale to the normalisation that it stands behind."""
        below = self.rows.layer(source)
        if not isinstance(below, BatchNormalization) or below.has_scale:
            return False
        has_bias = maker.truth(maker.group("scale_param"), "bias_term", default=False)
        maker.check_axis("scale_param")
        self.rows.change(
            source,
            BatchNormalization(below.epsilon, below.momentum, has_scale=True, has_offset=has_bias),
        )
        text = f"its scale and offset belong to {source}, which it stands behind."
        self.rows.tell(maker.name, text, maker.message.line)
        return True


def _unread_within(message: Message) -> Iterator[str]:
    """Name the fields of a message, and of those in it, that nobody asked for."""
    for name, value, _ in message.fields:
        if name not in message.read and name not in _NAMING:
            yield name
        elif isinstance(value, Message):
            yield from _unread_within(value)


_NAMING = {"name", "type", "top", "bottom", "include", "exclude"}
"""Fields that every layer has."""


def _plain(kind: str | None) -> str:
    return (kind or "").upper()

"""Read Darknet's networks: sections of a configuration, each a layer that reads the one above it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import final

from striate.documents.forms.building import MOST_LAYERS, Builder, image_of
from striate.documents.parts import Block, NetworkRead
from striate.documents.patterns import pattern_of
from striate.errors.forms import (
    fields_passed_over,
    form_field_twice,
    form_input_unknown,
    form_not_parsed,
    several_outputs,
    too_many_layers,
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
    FullyConnected,
    Function,
    GlobalPooling,
    Input,
    Layer,
    LeakyReLU,
    MaxPooling,
    Multiply,
    Padding,
    Sides,
    Upsampling,
    Window,
)
from striate.shapes import Features, Image, Shape
from striate.table import Table, Unreadable


FORM = "Darknet cfg"
_SECTION = pattern_of(r"^\s*\[\s*([A-Za-z_]+)\s*\]\s*$")

_FUNCTIONS: dict[str, Function | None] = {
    "linear": None, "logistic": "sigmoid", "relu": "ReLU", "leaky": LeakyReLU(0.1), "tanh": "tanh",
    "elu": ELU(1.0), "selu": "SELU", "mish": "mish", "swish": "SiLU", "relu6": "ReLU6", "gelu": "GELU (tanh)",
    "hardtan": "hard tanh",
}  # fmt: skip
# Sections that turn the last maps into boxes or into a loss: they hold no numbers.
_ENDS = {"cost", "region", "detection", "yolo", "gaussian_yolo"}
# How a layer learns, or what augments its pictures; nothing of the network.
_NOT_THE_NETWORK = {
    "flipped", "dot", "learning_rate_scale", "burnin_update", "train_only_bn", "tracking", "dontload",
    "dontloadscales", "stopbackward", "noloss", "scale_wh", "dontsave", "onlyforward", "noadjust",
}  # fmt: skip
_NET_NAMES = {"net", "network"}
_NET_SIZES = {"height", "width", "channels", "inputs"}


@final
@dataclass
class _Section:
    name: str
    line: int
    values: dict[str, tuple[str, int]] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)

    def text(self, name: str) -> str | None:
        self.read.add(name)
        found = self.values.get(name)
        return None if found is None else found[0]


def read_darknet(block: Block, given: Shape | None = None) -> NetworkRead:
    """Read a configuration; pooling and padding follow Darknet's own rules.

    Args:
        block: The text.
        given: What comes in, where [net] does not say it.

    Returns:
        Its network, with the faults of every section.
    """
    return _Network(block, given).read()


class _Network:
    """Makes rows of the sections of one configuration; Darknet numbers them from 0, below [net]."""

    def __init__(self, block: Block, given: Shape | None) -> None:
        self.block = block
        self.given = given
        self.rows = Builder()
        self.made: list[str] = []

    def read(self) -> NetworkRead:
        """Read every section."""
        sections = self._sections()
        start = self.block.line + 1
        if sections and sections[0].name in _NET_NAMES:
            self._input(sections[0])
            self._pass_over(sections[0])
            if len(sections) > MOST_LAYERS:
                self.rows.faults.append(too_many_layers(FORM, len(sections), MOST_LAYERS, start))
                sections = sections[:1]
            for section in sections[1:]:
                self._add(section)
        else:
            needed, fix = "a section [net] on top", "write `[net]` with height, width and channels"
            self.rows.faults.append(form_input_unknown(FORM, needed, fix, start))
        ends = self.rows.ends()
        if len(ends) > 1:
            self.rows.faults.append(several_outputs(FORM, ends, start))
        return NetworkRead(
            self.rows.table(merged=True) if self.rows.last else Table(()),
            start,
            self.block.heading,
            faults=tuple(self.rows.faults),
            remarks=tuple(self.rows.remarks),
        )

    def _sections(self) -> list[_Section]:
        sections: list[_Section] = []
        for line, text in enumerate(self.block.lines, self.block.line + 1):
            stripped = re.split(r"[#;]", text, maxsplit=1)[0].strip()
            if not stripped:
                continue
            heading = _SECTION.match(stripped)
            name, sign, value = stripped.partition("=")
            if heading:
                sections.append(_Section(heading[1].casefold(), line))
            elif sign and sections:
                self._keep(sections[-1], name.strip(), value.strip(), line)
            else:
                fault = form_not_parsed(
                    FORM, f"{stripped!r} stands here", "`[section]` or `name=value`", line
                )
                self.rows.faults.append(fault)
                break
        return sections

    def _keep(self, section: _Section, name: str, value: str, line: int) -> None:
        """Keep a value; of two under one name Darknet takes the first, and few who write the second know."""
        kept = section.values.setdefault(name, (value, line))
        # How many pictures are learnt at once stands twice in many a file, and is nothing of the network.
        is_of_network = section.name not in _NET_NAMES or name in _NET_SIZES
        if kept[0] != value and is_of_network:
            fault = form_field_twice(f"[{section.name}]", name, kept[0], value, line)
            self.rows.faults.append(fault)

    def _pass_over(self, section: _Section) -> None:
        """Tell of the values of a section that is no layer, of which none is read."""
        unread = [name for name in section.values if name not in section.read]
        if unread:
            self.rows.remarks.append(fields_passed_over(f"[{section.name}]", unread, section.line))

    def _input(self, net: _Section) -> None:
        sizes = [self._number(net, name, 0) for name in ("channels", "height", "width")]
        values = self._number(net, "inputs", 0)
        if min(sizes) > 0:
            shape: Shape = Image(*sizes)
        elif values > 0:
            shape = Features(values)
        elif self.given is not None:
            shape = self.given
        else:
            fix = "write height, width and channels into [net]"
            fault = form_input_unknown(FORM, "height, width and channels, or inputs", fix, net.line)
            self.rows.faults.append(fault)
            return
        self.rows.add("input", Input(shape), (), line=net.line)

    def _add(self, section: _Section) -> None:
        before = len(self.rows.faults)
        name = f"{_NAMES.get(section.name, section.name)} {len(self.made)}"
        if section.name in _ENDS:
            text = f"[{section.name}] holds no numbers and is left out; the table ends in what it reads."
            self.rows.tell(f"[{section.name}]", text, section.line)
            self._pass_over(section)
            self.made.append(self.rows.last)
            return
        match section.name:
            case "crop" if not self.made and self.rows.last:
                last = self._crop(section)
            case "convolutional" | "conv":
                last = self._convolution(section, name)
            case "connected" | "conn":
                last = self._connected(section, name)
            case "route":
                last = self._route(section, name)
            case "shortcut" | "sam" | "scale_channels":
                last = self._join(section, name)
            case _:
                layer = self._plain(section)
                if layer is None and len(self.rows.faults) == before:
                    fault = unknown_form_layer(
                        name, FORM, f"the section [{section.name}]", section.line
                    )
                    self.rows.faults.append(fault)
                last = self.rows.add(name, layer or Unreadable(), line=section.line)
        self.made.append(last)
        if len(self.rows.faults) == before:
            section.read |= _NOT_THE_NETWORK
            for field_name, (_, line) in section.values.items():
                if field_name not in section.read:
                    self.rows.faults.append(unknown_form_field(name, field_name, line))

    def _crop(self, section: _Section) -> str:
        """Cut the input: what the network reads is what is left of the pictures."""
        image = image_of(self.rows.outputs.get(self.rows.last))
        height, width = (self._number(section, f"crop_{side}", 1) for side in ("height", "width"))
        section.read |= {"flip", "angle", "saturation", "exposure", "shift"}
        if image is not None:
            cut = Image(image.channels, height, width)
            self.rows.change(self.rows.last, Input(cut))
            text = f"the input is {cut}, what [crop] leaves of {image}."
            self.rows.tell(self.rows.last, text, section.line)
        return self.rows.last

    def _plain(self, section: _Section) -> Layer | Callable[[], Layer] | None:
        """Give a layer that has no number of its own."""
        match section.name:
            case "maxpool" | "max" | "local_avgpool" | "local_avg":
                return self._pooling(section)
            case "avgpool" | "avg":
                return GlobalPooling("average")
            case "dropout":
                fraction = self._real(section, "probability", 0.5)
                section.read |= {"dropblock", "dropblock_size_rel", "dropblock_size_abs"}
                return lambda: Dropout(fraction)
            case "softmax" | "soft":
                if self._number(section, "groups", 1) != 1:
                    return None
                return Activation("softmax")
            case "logistic":
                return Activation("sigmoid")
            case "activation":
                function = self._function(section)
                return Activation(function) if function else None
            case "batchnorm":
                return BatchNormalization(momentum=0.01)
            case "upsample":
                factor = self._number(section, "stride", 2)
                return Upsampling(factor) if self._real(section, "scale", 1.0) == 1 else None
            case _:
                return None

    def _convolution(self, section: _Section, name: str) -> str:
        maps = self._number(section, "filters", 1)
        size = self._number(section, "size", 1)
        stride = self._number(section, "stride", 1)
        steps = (
            self._number(section, "stride_y", stride),
            self._number(section, "stride_x", stride),
        )
        dilation = self._number(section, "dilation", 1)
        groups = self._number(section, "groups", 1)
        padding = self._number(section, "padding", 0)
        if self._number(section, "pad", 0):
            padding = size // 2 * dilation
        is_normalized = self._number(section, "batch_normalize", 0) == 1
        if self._number(section, "binary", 0) or self._number(section, "xnor", 0):
            fault = unknown_form_layer(name, FORM, "a convolution of binary weights", section.line)
            self.rows.faults.append(fault)
        function = self._function(section)
        made = self.rows.add(
            name,
            lambda: Convolution(
                maps, size, steps, padding or "valid", dilation, groups, has_bias=not is_normalized
            ),
            line=section.line,
            function=None if is_normalized else function,
        )
        return self._normalized(section, made, function) if is_normalized else made

    def _connected(self, section: _Section, name: str) -> str:
        units = self._number(section, "output", 1)
        is_normalized = self._number(section, "batch_normalize", 0) == 1
        function = self._function(section)
        made = self.rows.add(
            name,
            lambda: FullyConnected(units, has_bias=not is_normalized),
            line=section.line,
            function=None if is_normalized else function,
        )
        return self._normalized(section, made, function) if is_normalized else made

    def _normalized(self, section: _Section, made: str, function: Function | None) -> str:
        """Add the normalisation that belongs to a section; its offset is the bias of the weights above."""
        name = f"{made} bn"
        layer = BatchNormalization(momentum=0.01)
        return self.rows.add(name, layer, line=section.line, function=function)

    def _pooling(self, section: _Section) -> Layer | Callable[[], Layer] | None:
        """Give a pooling: Darknet pads by size - 1, less than half of it in front.

        Source:
            Darknet, src/maxpool_layer.c: out = (size + padding - kernel) / stride + 1.
        """
        stride = self._number(section, "stride", 1)
        size = self._number(section, "size", stride)
        padding = self._number(section, "padding", size - 1)
        if self._number(section, "maxpool_depth", 0):
            return None
        before, after = padding // 2, padding - padding // 2
        sides: Padding = Sides(before, after, before, after)
        below = image_of(self.rows.outputs.get(self.rows.last))
        if below is not None and size > 0 and stride > 0 and not before:
            plain = Window((size, size), (stride, stride))
            if plain.count(below) == Window((size, size), (stride, stride), sides).count(below):
                sides = "valid"
        if section.name.startswith("local"):
            return lambda: AveragePooling(size, stride, sides, divisor="inside")
        return lambda: MaxPooling(size, stride, sides)

    def _route(self, section: _Section, name: str) -> str:
        places = (section.text("layers") or "").split(",")
        sources = [self._place(section, name, place) for place in places if place.strip()]
        if self._number(section, "groups", 1) != 1:
            fault = unknown_form_layer(name, FORM, "a [route] of a part of the maps", section.line)
            self.rows.faults.append(fault)
        section.read.add("group_id")
        found = [source for source in sources if source]
        if not places or len(found) < len(sources) or not found:
            return self.rows.add(name, Unreadable(), line=section.line)
        if len(found) == 1:
            # What comes next reads a layer further up; a row of one branch would change nothing.
            self.rows.turn_to(found[0])
            return found[0]
        return self.rows.add(name, Concat(), found, line=section.line)

    def _join(self, section: _Section, name: str) -> str:
        above = self.rows.last
        kind = Add() if section.name == "shortcut" else Multiply()
        places = (section.text("from") or "").split(",")
        section.read |= {"weights_type", "weights_normalization", "scale_wh"}
        if section.text("weights_type") not in {None, "none"}:
            fault = unknown_form_layer(
                name, FORM, "a [shortcut] with trained weights", section.line
            )
            self.rows.faults.append(fault)
        sources = [self._place(section, name, place) for place in places if place.strip()]
        found = [source for source in sources if source]
        shapes = {str(self.rows.outputs.get(one)) for one in (above, *found)}
        if isinstance(kind, Add) and len(shapes) > 1:
            came = f"a [shortcut] of different sizes ({', '.join(sorted(shapes))})"
            self.rows.faults.append(unknown_form_layer(name, FORM, came, section.line))
            return self.rows.add(name, Unreadable(), line=section.line)
        made = self.rows.add(name, kind, [above, *found], line=section.line)
        function = self._function(section, default="linear")
        if function is None:
            return made
        return self.rows.add(f"{made} function", Activation(function), line=section.line)

    def _place(self, section: _Section, name: str, place: str) -> str:
        """Find the layer of a number: from the beginning, or, below 0, back from this one."""
        try:
            number = int(place)
        except ValueError:
            number = len(self.made)
        index = number if number >= 0 else len(self.made) + number
        if 0 <= index < len(self.made):
            return self.made[index]
        self.rows.faults.append(unknown_form_source(name, f"layer {place.strip()}", section.line))
        return ""

    def _function(self, section: _Section, default: str = "logistic") -> Function | None:
        word = section.text("activation") or default
        if word not in _FUNCTIONS:
            came = f"the activation {word!r}"
            line = section.values.get("activation", ("", section.line))[1]
            self.rows.faults.append(unknown_form_layer(f"[{section.name}]", FORM, came, line))
            return None
        return _FUNCTIONS[word]

    def _number(self, section: _Section, name: str, default: int) -> int:
        text = section.text(name)
        if text is None:
            return default
        if re.fullmatch(r"-?\d{1,9}", text) is None:
            line = section.values[name][1]
            fault = unreadable_form_value(f"[{section.name}]", name, text, "a whole number", line)
            self.rows.faults.append(fault)
            return default
        return int(text)

    def _real(self, section: _Section, name: str, default: float) -> float:
        text = section.text(name)
        try:
            return default if text is None else float(text)
        except ValueError:
            line = section.values[name][1]
            fault = unreadable_form_value(f"[{section.name}]", name, text or "", "a number", line)
            self.rows.faults.append(fault)
            return default


_NAMES = {"convolutional": "conv", "connected": "fc", "maxpool": "pool", "conn": "fc"}

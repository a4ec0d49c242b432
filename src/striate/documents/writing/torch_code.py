"""A network as a module of PyTorch: one file that runs by itself, with the names of the table."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import assert_never, final

from striate.arithmetic import RowReport, Walk, reads
from striate.documents.document import Document
from striate.documents.writing.spelling import (
    Verbatim,
    call,
    class_name,
    drawn_codes,
    free_names,
    heading_lines,
    needed_later,
    unless,
)
from striate.documents.writing.torch_pieces import PIECES, inception_class, spoken
from striate.documents.writing.written import Written, left_out
from striate.layers import (
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
    LpPooling,
    MaxPooling,
    Multiply,
    ParametricReLU,
    RadialBasis,
    Reshape,
    ResponseNormalization,
    Scaling,
    SideHead,
    Slice,
    Subsampling,
    TransposedConvolution,
    Upsampling,
    WindowPooling,
)
from striate.layers.windows import Window, window_count
from striate.recipe import left_to_loss
from striate.shapes import Features, Image, Shape, Words, as_image
from striate.table import Unreadable


_TAKEN = """
T_destination add_module apply bfloat16 buffers call_super_init children compile cpu cuda double
dump_patches eval extra_repr float forward get_buffer get_extra_state get_parameter
get_submodule half ipu load_state_dict modules mtia named_buffers named_children named_modules
named_parameters parameters register_backward_hook register_buffer register_forward_hook
register_forward_pre_hook register_full_backward_hook register_full_backward_pre_hook
register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module
register_parameter register_state_dict_post_hook register_state_dict_pre_hook requires_grad_
set_extra_state set_submodule share_memory state_dict to to_empty train training type xpu
zero_grad
"""
_MODULE_NAMES = frozenset(_TAKEN.split())
"""What a module of torch calls something else: no row can be a child of such a name."""

_LOCAL = ("self", "torch", "nn", "F", "x")


@final
@dataclass(frozen=True, slots=True)
class _Step:
    """One thing that is done to a value.

    Args:
        made: The module that does it; nothing where an expression does.
        says: The expression, with `{x}` for the value.
        suffix: What stands behind the row's name in that of the module.
        without: The parameter that the module has too many of.
    """

    made: str = ""
    says: str = ""
    suffix: str = ""
    without: str = ""


def write_torch(document: Document) -> Written:
    """Return a file with a class whose state has the names of the built network's.

    A softmax of the last row, or the sigmoid of one unit, is left to the loss, as torch's losses need it.

    Raises:
        DocumentError: The document has faults.
    """
    walk = document.sound_walk()
    writer = _Writer(walk)
    notes = list(left_out(document, "PyTorch's code", holds_claims=False))
    heads = walk.table.parts[1:]
    if heads:
        names = ", ".join(head[0].name for head in heads)
        notes.append(f"Side heads act in training alone and are left out: {names}.")
    last = walk.table.trunk[-1]
    if last.function == writer.left_out:
        notes.append(f"The {last.function} of {last.name} is left to the loss.")
    norms = [row.name for row in walk.table.trunk if getattr(row.layer, "max_norm", None)]
    if norms:
        notes.append(
            f"The largest norm of a unit's weights is left to the training: {', '.join(norms)}."
        )
    body = writer.lines(class_name(document, {*writer.classes, *_LOCAL}))
    uses = "\n".join(body)
    imports = ["import torch", "from torch import nn"]
    imports += ["from torch.nn import functional as F"] if "F." in uses else []
    lines = [*heading_lines(document, notes), *imports, "", *body]
    return Written("\n".join(lines) + "\n", tuple(notes))


class _Writer:
    """Collects the modules of a network and what its forward pass does with them."""

    def __init__(self, walk: Walk) -> None:
        self.walk = replace(walk, table=walk.table.without_heads, reports=walk.trunk)
        self.left_out = left_to_loss(walk.table)
        self.classes: dict[str, list[str]] = {}
        self._inceptions: dict[object, str] = {}
        self._made: list[str] = []
        self._done: list[str] = []
        self._write()

    def lines(self, name: str) -> list[str]:
        """Give all classes, and what tries the last one."""
        shape = self.walk.input
        dtype = Verbatim("torch.long") if isinstance(shape, Words) else None
        example = call("torch.zeros", 1, *shape.axes, dtype=dtype)
        pieces = [line for piece in self.classes.values() for line in ["", *piece, ""]]
        first, *done = self._done
        return [
            *pieces,
            "",
            f"class {name}(nn.Module):",
            "    def __init__(self):",
            "        super().__init__()",
            *(f"        {line}" for line in self._made),
            "",
            f"    def forward(self, {first}):",
            *(f"        {line}" for line in done),
            "",
            "",
            'if __name__ == "__main__":',
            f"    network = {name}().eval()",
            f"    print(network({example}).shape)",
        ]

    def _write(self) -> None:
        table = self.walk.table
        sources = reads(table)
        later = needed_later(sources)
        children = free_names((row.identifier for row in table.rows), _MODULE_NAMES)
        values = free_names(children, _LOCAL)
        self._done = [values[0] if later[0] else "x"]
        held = list(self._done)
        for position, report in enumerate(self.walk.reports[1:], start=1):
            below = [held[source] for source in sources[position]]
            is_last = position == len(table.rows) - 1
            said = self._row(report, children[position], below, is_last=is_last)
            held.append(values[position] if later[position] else "x")
            if is_last:
                self._done.append(f"return {said}")
            elif said != held[-1]:
                self._done.append(f"{held[-1]} = {said}")
        if len(table.rows) == 1:
            self._done.append(f"return {held[0]}")

    def _row(self, report: RowReport, child: str, below: Sequence[str], *, is_last: bool) -> str:
        """Add the modules of a row, and give the expression of what comes out of it."""
        layer = report.row.layer
        said = below[0]
        if isinstance(layer, Join):
            said = _joined(layer, below, report.inputs)
        else:
            for step in self._steps(report):
                name = f"{child}{step.suffix}"
                if step.made:
                    self._made.append(f"self.{name} = {step.made}")
                if step.without:
                    self._made.append(f'self.{name}.register_parameter("{step.without}", None)')
                said = step.says.format(x=said) if step.says else f"self.{name}({said})"
        function = report.row.function
        if (
            function is None
            or isinstance(layer, Inception)
            or (is_last and function == self.left_out)
        ):
            return said
        return spoken(function).format(x=f"({said})" if isinstance(layer, Join) else said)

    def _steps(self, report: RowReport) -> list[_Step]:
        """Give what a row does, apart from its function and from joining branches."""
        layer = report.row.layer
        match layer:
            case (
                Convolution()
                | DepthwiseConvolution()
                | TransposedConvolution()
                | Upsampling()
                | Border()
                | WindowPooling()
                | GlobalPooling()
                | AdaptivePooling()
                | Subsampling()
            ):
                return self._on_maps(layer, as_image(report.inputs[0]))
            case (
                ResponseNormalization()
                | BatchNormalization()
                | LayerNormalization()
                | GroupNormalization()
            ):
                return [self._normalization(layer, report.inputs[0])]
            case FullyConnected() | RadialBasis() | Flatten() | Reshape() | Embedding():
                return self._flat(layer, report.inputs[0])
            case ParametricReLU() if layer.slopes == "values":
                return [_Step(self._own("ValuePReLU", report.inputs[0].axes, layer.start))]
            case ParametricReLU():
                count = 1 if layer.slopes == "one" else report.inputs[0].axes[0]
                return [_Step(call("nn.PReLU", count, init=unless(layer.start, 0.25)))]
            case Scaling() | Slice() | Cropping() | ChannelShuffle():
                return [self._rearranged(layer, report.inputs[0])]
            case Dropout():
                kind = "nn.Dropout2d" if layer.drops == "maps" else "nn.Dropout"
                return [_Step(call(kind, layer.fraction))]
            case Inception():
                return [
                    _Step(self._inception(layer, report.row.activation, as_image(report.inputs[0])))
                ]
            case Activation() | Input() | SideHead() | Concat() | Add() | Multiply():
                return []
            case Unreadable():
                message = f"{report.row.name} was not read"
                raise TypeError(message)
            case _:
                assert_never(layer)

    def _rearranged(
        self, layer: Scaling | Slice | Cropping | ChannelShuffle, shape: Shape
    ) -> _Step:
        """Spell what keeps values, scales them, or puts them in another order."""
        match layer:
            case Scaling() if layer.is_trained:
                ones = (1,) * (len(shape.axes) - 1)
                return _Step(self._own("Scale", (shape.axes[0], *ones), unless(layer.factor, 1.0)))
            case Scaling():
                offset = "" if not layer.offset else f" + {layer.offset!r}"
                return _Step(says=f"({{x}} * {layer.factor!r}{offset})")
            case Slice():
                return _Step(says=f"{{x}}[:, {layer.first}:{layer.first + layer.maps}]")
            case Cropping():
                image, sides = as_image(shape), layer.sides
                rows = f"{sides.top}:{image.height - sides.bottom}"
                return _Step(says=f"{{x}}[:, :, {rows}, {sides.left}:{image.width - sides.right}]")
            case ChannelShuffle():
                return _Step(call("nn.ChannelShuffle", layer.groups))

    def _own(self, name: str, /, *arguments: object, **options: object) -> str:
        """Spell a module that torch lacks, whose class the file then holds."""
        self.classes.setdefault(name, PIECES[name])
        return call(name, *arguments, **options)

    def _on_maps(
        self,
        layer: Convolution
        | DepthwiseConvolution
        | TransposedConvolution
        | Upsampling
        | Border
        | MaxPooling
        | AveragePooling
        | LpPooling
        | GlobalPooling
        | AdaptivePooling
        | Subsampling,
        image: Image,
    ) -> list[_Step]:
        match layer:
            case DepthwiseConvolution():
                return self._convolution(layer.on(image), image)
            case Convolution():
                return self._convolution(layer, image)
            case TransposedConvolution():
                return [self._transposed(layer, image)]
            case Upsampling():
                mode = unless(layer.interpolation, "nearest")
                aligned = layer.is_aligned if mode else None
                return [
                    _Step(
                        call(
                            "nn.Upsample",
                            scale_factor=layer.factor,
                            mode=mode,
                            align_corners=aligned,
                        )
                    )
                ]
            case Border():
                kind = {
                    "zeros": "ZeroPad2d",
                    "reflect": "ReflectionPad2d",
                    "replicate": "ReplicationPad2d",
                }
                sides = layer.sides
                return [
                    _Step(
                        call(
                            f"nn.{kind[layer.mode]}",
                            (sides.left, sides.right, sides.top, sides.bottom),
                        )
                    )
                ]
            case WindowPooling():
                return self._pooling(layer, image)
            case GlobalPooling():
                method = "mean" if layer.reduction == "average" else "amax"
                return [_Step(says=f"{{x}}.{method}(dim=(2, 3))")]
            case AdaptivePooling():
                kind_of = "Avg" if layer.reduction == "average" else "Max"
                return [_Step(call(f"nn.Adaptive{kind_of}Pool2d", layer.size))]
            case Subsampling():
                stride = unless(layer.stride, layer.kernel)
                reduction = unless(layer.reduction, "sum")
                own = self._own(
                    "Subsampling", image.channels, layer.kernel, stride=stride, reduction=reduction
                )
                return [_Step(own)]

    def _convolution(self, layer: Convolution, image: Image) -> list[_Step]:
        window = layer.window
        both, ends = _split(window, image)
        options = {
            "stride": unless(window.stride, (1, 1)),
            "padding": unless(both, (0, 0)),
            "dilation": unless(window.dilation, (1, 1)),
        }
        bias = unless(layer.has_bias, True)  # noqa: FBT003 - torch's default
        if layer.connection_table is not None:
            read: list[list[int]] = [[] for _ in range(layer.maps)]
            for above, below in layer.connection_table.pairs:
                read[above].append(below)
            of_maps = tuple(map(tuple, read))
            # A pair of one number would be written as that number.
            kernel = Verbatim(repr(window.kernel))
            made = self._own(
                "ConnectedConv2d", image.channels, Verbatim(of_maps), kernel, bias=bias, **options
            )
        else:
            groups = unless(layer.groups, 1)
            made = call(
                "nn.Conv2d",
                image.channels,
                layer.maps,
                window.kernel,
                **options,
                groups=groups,
                bias=bias,
            )
        padding = [] if ends is None else [_Step(call("nn.ZeroPad2d", ends), suffix="_padding")]
        return [*padding, _Step(made)]

    def _transposed(self, layer: TransposedConvolution, image: Image) -> _Step:
        window = layer.window
        (top, below), (left, right) = layer.cut
        added = (top - below, left - right)
        bounds = [max(both) for both in zip(window.stride, window.dilation, strict=True)]
        options = {
            "stride": unless(window.stride, (1, 1)),
            "groups": unless(layer.groups, 1),
            "bias": unless(layer.has_bias, True),  # noqa: FBT003 - torch's default
            "dilation": unless(window.dilation, (1, 1)),
        }
        if all(0 <= cells < most for cells, most in zip(added, bounds, strict=True)):
            padding, behind = unless((top, left), (0, 0)), unless(added, (0, 0))
            return _Step(
                call(
                    *("nn.ConvTranspose2d", image.channels, layer.maps, window.kernel),
                    **{"padding": padding, "output_padding": behind, **options},
                )
            )
        behind = unless((max(-below, 0), max(-right, 0)), (0, 0))
        ends = (-left, -max(right, 0), -top, -max(below, 0))
        own = self._own(
            *("CutConvTranspose2d", ends, image.channels, layer.maps, window.kernel),
            output_padding=behind,
            **options,
        )
        return _Step(own)

    def _pooling(self, layer: MaxPooling | AveragePooling | LpPooling, image: Image) -> list[_Step]:
        window = layer.window
        both, ends = _split_pooling(window, image)
        options: dict[str, object] = {"stride": unless(window.stride, window.kernel)}
        rounding = unless(window.rounding == "ceil", False)  # noqa: FBT003 - torch's default
        if isinstance(layer, LpPooling):
            made = call("nn.LPPool2d", layer.p, window.kernel, **options, ceil_mode=rounding)
            return [*_zeros_ahead(_ends(window, image)), _Step(made)]
        options["padding"] = unless(both, (0, 0))
        if isinstance(layer, MaxPooling):
            options["dilation"] = unless(window.dilation, (1, 1))
            options["ceil_mode"] = rounding
            if ends is not None:
                return [_Step(self._own("PaddedMaxPool2d", ends, window.kernel, **options))]
            return [_Step(call("nn.MaxPool2d", window.kernel, **options))]
        if ends is not None and layer.divisor == "inside":
            options["ceil_mode"] = rounding
            return [_Step(self._own("InsideMean", ends, window.kernel, **options))]
        counts = None if layer.divisor == "window" else False
        made = call(
            "nn.AvgPool2d", window.kernel, **options, ceil_mode=rounding, count_include_pad=counts
        )
        return [*_zeros_ahead(ends), _Step(made)]

    def _normalization(
        self,
        layer: ResponseNormalization | BatchNormalization | LayerNormalization | GroupNormalization,
        shape: Shape,
    ) -> _Step:
        if isinstance(layer, ResponseNormalization):
            if layer.region == "across" and layer.groups == 1:
                # torch divides alpha by the number of maps in the window.
                alpha = layer.alpha if layer.is_divided else layer.coefficient * layer.size
                return _Step(
                    call(
                        "nn.LocalResponseNorm",
                        layer.size,
                        alpha=unless(alpha, 1e-4),
                        beta=unless(layer.beta, 0.75),
                        k=unless(layer.k, 1.0),
                    )
                )
            region = unless(layer.region, "across")
            own = self._own(
                *("ResponseNorm", layer.size, layer.coefficient, layer.beta, layer.k),
                region=region,
                groups=unless(layer.groups, 1),
            )
            return _Step(own)
        has_any = unless(layer.has_scale or layer.has_offset, True)  # noqa: FBT003 - torch's default
        eps = unless(layer.epsilon, 1e-5)
        without = (
            "" if layer.has_scale == layer.has_offset else "bias" if layer.has_scale else "weight"
        )
        match layer:
            case BatchNormalization():
                kind = "nn.BatchNorm2d" if isinstance(shape, Image) else "nn.BatchNorm1d"
                momentum = unless(layer.momentum, 0.1)
                made = call(kind, shape.axes[0], eps=eps, momentum=momentum, affine=has_any)
            case LayerNormalization():
                by_place = layer.over == "maps" and isinstance(shape, Image)
                axes = shape.axes[:1] if layer.over == "maps" else shape.axes
                sizes = Verbatim(axes[0] if len(axes) == 1 else axes)
                if by_place:
                    made = self._own("MapsNorm", sizes, eps=eps, elementwise_affine=has_any)
                else:
                    made = call("nn.LayerNorm", sizes, eps=eps, elementwise_affine=has_any)
            case GroupNormalization(groups=None) if _has_places(shape) and not without:
                affine = unless(has_any is None, False)  # noqa: FBT003 - torch's default
                made = call("nn.InstanceNorm2d", shape.axes[0], eps=eps, affine=affine)
            case _:
                maps = shape.axes[0]
                made = call("nn.GroupNorm", layer.groups or maps, maps, eps=eps, affine=has_any)
        return _Step(made, without=without)

    def _flat(
        self, layer: FullyConnected | RadialBasis | Flatten | Reshape | Embedding, shape: Shape
    ) -> list[_Step]:
        flatten = [_Step(says="torch.flatten({x}, 1)")] if isinstance(shape, Image) else []
        match layer:
            case FullyConnected():
                bias = unless(layer.has_bias, True)  # noqa: FBT003 - torch's default
                return [*flatten, _Step(call("nn.Linear", shape.elements, layer.units, bias=bias))]
            case RadialBasis():
                drawn = None if layer.codes is None else drawn_codes(layer.codes)
                return [
                    *flatten,
                    _Step(self._own("Distances", shape.elements, layer.units, drawings=drawn)),
                ]
            case Flatten():
                return flatten
            case Reshape(Features()):
                return flatten
            case Reshape(target):
                sizes = ", ".join(map(str, target.axes))
                return [_Step(says=f"{{x}}.reshape(-1, {sizes})")]
            case Embedding():
                trained = unless(layer.is_trained, True)  # noqa: FBT003 - the default
                return [
                    _Step(
                        self._own("WordVectors", layer.words, layer.dimensions, is_trained=trained)
                    )
                ]

    def _inception(self, layer: Inception, function: Function | None, image: Image) -> str:
        """Spell a module of branches; rows with the same branches and function share a class."""
        parts = [
            (name, part)
            for branch in layer.branches
            for name, part in branch
            if isinstance(part, Convolution)
        ]
        key = (tuple(name for name, _ in parts), function)
        if key not in self._inceptions:
            number = len(self._inceptions) + 1
            name = "Inception" if number == 1 else f"Inception{number}"
            self._inceptions[key] = name
            self.classes[name] = inception_class(name, layer, function)
        return call(
            self._inceptions[key], image.channels, **{name: part.maps for name, part in parts}
        )


def _joined(layer: Join, below: Sequence[str], shapes: Sequence[Shape]) -> str:
    match layer:
        case Concat():
            return f"torch.cat(({', '.join(below)}), dim=1)"
        case Add():
            return " + ".join(below)
        case Multiply():
            has_maps = any(isinstance(shape, Image) for shape in shapes)
            return " * ".join(
                f"{held}.reshape(-1, {shape.elements}, 1, 1)"
                if has_maps and not isinstance(shape, Image)
                else held
                for held, shape in zip(below, shapes, strict=True)
            )


def _split(window: Window, image: Image) -> tuple[tuple[int, int], tuple[int, ...] | None]:
    """Split a padding into what torch's convolution does itself, and what has to go before it."""
    top, bottom, left, right = window.sides(image)
    if top == bottom and left == right:
        return (top, left), None
    return (0, 0), (left, right, top, bottom)


def _split_pooling(window: Window, image: Image) -> tuple[tuple[int, int], tuple[int, ...] | None]:
    """The same of a pooling, which torch pads by half a window at most, and alike at both ends."""
    down, across = window.axes(image)
    if all(axis.before == axis.after and axis.dilation == 1 for axis in (down, across)):
        return (down.before, across.before), None
    return (0, 0), _ends(window, image)


def _ends(window: Window, image: Image) -> tuple[int, ...] | None:
    """Give all padding that windows touch, on the left, on the right, at the top and at the bottom."""
    down, across = window.axes(image)
    ends: list[int] = []
    for length, axis in ((image.width, across), (image.height, down)):
        end = (window_count(length, axis) - 1) * axis.stride + axis.reach
        ends += [axis.before, min(axis.after, max(end - axis.before - length, 0))]
    return tuple(ends) if any(ends) else None


def _zeros_ahead(ends: tuple[int, ...] | None) -> list[_Step]:
    return [] if ends is None else [_Step(call("nn.ZeroPad2d", ends), suffix="_padding")]


def _has_places(shape: Shape) -> bool:
    """Whether each map has several cells, as torch's normalization of single maps needs."""
    return isinstance(shape, Image) and shape.height * shape.width > 1

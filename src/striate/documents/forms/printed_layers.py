"""Solve for the layers of a printed summary: kernels, strides and paddings, from sizes and counts."""

from collections.abc import Iterator
from typing import Literal

from striate.documents.forms.building import Builder
from striate.documents.forms.printed_blocks import PrintedBlocks
from striate.documents.forms.printed_classes import (
    FUNCTIONS,
    NAMED_FUNCTIONS,
    NOT_HELD,
    NOTHING,
    RESIZES,
    WHOLE_NETWORKS,
)
from striate.documents.forms.printed_rows import Printed, is_usual
from striate.documents.forms.summary_text import (
    PrintedRow,
)
from striate.documents.forms.unprinted_poolings import UnprintedPoolings
from striate.documents.solve import Fit, Kernel, Style, convolutions, kernels, poolings, windows
from striate.errors import LayerError
from striate.errors.forms import (
    printed_layer_hidden,
    printed_layer_not_solved,
    unknown_form_layer,
)
from striate.layers import (
    ELU,
    Activation,
    AdaptivePooling,
    Add,
    AveragePooling,
    BatchNormalization,
    Border,
    Concat,
    Convolution,
    Dropout,
    Flatten,
    FullyConnected,
    GlobalPooling,
    GroupNormalization,
    Layer,
    LayerNormalization,
    LeakyReLU,
    MaxPooling,
    Multiply,
    Padding,
    ParametricReLU,
    Reshape,
    Sides,
    TransposedConvolution,
    Upsampling,
)
from striate.shapes import Features, Image, Shape
from striate.table import Unreadable


Made = list[tuple[Layer | Unreadable, str]]
"""Layers of one printed row, each with the name of its row; the last one bears the printed name."""


_WIDEST_LOSS = 7
"""Pixels that a usual kernel takes off, and one more."""

_LEAST_SLIP = 10
"""A count that is off by a larger part than one of so many is no slip."""


class LayerSolver:
    """Makes the layers of the rows of one summary, one after the other.

    Args:
        printed: The rows of the summary.
        rows: The rows of the network up to the one that is solved for.
    """

    def __init__(self, printed: Printed, rows: Builder) -> None:
        self.printed = printed
        self.rows = rows
        self.poolings = UnprintedPoolings(printed, rows)
        self.solved: dict[str, list[tuple[str, int]]] = {}
        self.unprinted: list[PrintedRow] = []
        self.branch = ""
        self.containers: list[PrintedRow] = []
        self.left_out = 0
        self.pools_are_functions = False
        self.blocks = PrintedBlocks((), ())

    def layers(
        self,
        row: PrintedRow,
        kind: str,
        sources: list[str],
        below: Shape | None,
        output: Shape | None,
    ) -> Made | None:
        """Give the layers of a row, the last one under its own name; None if it changes nothing."""
        match kind:
            case "Conv2d" | "Conv2D" | "Convolution2D" | "LazyConv2d":
                return self._convolution(row, sources, below, output)
            case "DepthwiseConv2D":
                return self._depthwise(row, below, output)
            case "SeparableConv2D":
                return self._separable(row, below, output)
            case "ConvTranspose2d" | "Conv2DTranspose":
                return self._transposed(row, below, output)
            case (
                "MaxPool2d"
                | "MaxPooling2D"
                | "MaxPool2D"
                | "AvgPool2d"
                | "AveragePooling2D"
                | "AvgPool2D"
            ):
                return self._pooling(row, kind, below, output)
            case "Dense" | "Linear" | "LazyLinear":
                return self._units(row, below, output)
            case (
                "BatchNorm2d"
                | "BatchNorm1d"
                | "BatchNormalization"
                | "LazyBatchNorm2d"
                | ("BatchNormalizationV1")
                | "BatchNormalizationV2"
            ):
                return self._batch_normalization(row, below)
            case "Sequential" if (made := self._shortcut(row, sources, output)) is not None:
                return made
            case _:
                return self._plain(row, kind, below, output)

    def _shortcut(self, row: PrintedRow, sources: list[str], output: Shape | None) -> Made | None:
        """Give the 1x1 convolution and the normalisation of a branch of which the sum of numbers is printed.

        torchinfo shows three levels of a tree, and the `downsample` of a ResNet stands on the fourth.
        """
        source = self.blocks.input_of(row)
        shape = self.rows.outputs.get(source)
        if not isinstance(shape, Image) or not isinstance(output, Image) or not row.parameters:
            return None
        stride = -(-shape.height // output.height)
        weights = shape.channels * output.channels
        if row.parameters != weights + 2 * output.channels or self.rows.last == source:
            return None
        layer = Convolution(output.channels, 1, stride, has_bias=False)
        if layer.output(shape) != output:
            return None
        self.branch = self.rows.last
        sources[:] = [source]
        text = (
            f"it reads {source}: {row.parameters:,} parameters are a 1x1 convolution of stride {stride} without "
            f"biases from {shape} to {output}, and a batch normalisation."
        )
        self.rows.tell(row.name, text, row.line)
        return [(layer, f"{row.name} convolution"), (BatchNormalization(), row.name)]

    def _plain(
        self, row: PrintedRow, kind: str, below: Shape | None, output: Shape | None
    ) -> Made | None:
        """Give the layer of a row that has no kernel to be solved for."""
        if kind == "Activation":
            return self._named_function(row)
        layer = self._function_or_norm(row, kind, below) or self._shape_change(
            row, kind, below, output
        )
        if layer is not None:
            return [(layer, row.name)]
        if kind in NOTHING and output == below:
            does = "prepares the pictures" if kind in RESIZES else "changes no size"
            text = f"{kind} {does} and is left out"
            if row.parameters:
                self.left_out += row.parameters
                text += f", with its {row.parameters:,} numbers"
            self.rows.tell(row.name, f"{text}.", row.line)
            return None
        if self._is_container(row, kind, below, output):
            self.containers.append(row)
            return None
        if kind in WHOLE_NETWORKS or (kind not in NOT_HELD and row.parameters):
            self.rows.faults.append(printed_layer_hidden(row.name, kind, row.line))
        else:
            came = f"the layer {kind or row.kind}"
            self.rows.faults.append(unknown_form_layer(row.name, self.printed.form, came, row.line))
        return [(Unreadable(), row.name)]

    def _function_or_norm(self, row: PrintedRow, kind: str, below: Shape | None) -> Layer | None:
        """Give an activation, a dropout or a normalisation by itself."""
        match kind:
            case "Dropout" | "AlphaDropout" | "Dropout2d" | "SpatialDropout2D":
                self.unprinted.append(row)
                return Dropout(drops="maps" if "2" in kind else "values")
            case "LeakyReLU":
                self.unprinted.append(row)
                return Activation(LeakyReLU(0.3 if self.printed.style == "keras" else 0.01))
            case "ELU":
                self.unprinted.append(row)
                return Activation(ELU())
            case "PReLU":
                return self._slopes(row, below)
            case "ReLU" if "relu6" in row.name.casefold():
                return Activation("ReLU6")
            case "LayerNorm" | "LayerNormalization":
                return self._layer_normalization(row, below)
            case "GroupNorm" | "GroupNormalization" | "InstanceNorm2d":
                self.unprinted.append(row)
                has_numbers = bool(row.parameters)
                groups = None if kind.startswith("Instance") else 32
                return GroupNormalization(groups, has_scale=has_numbers, has_offset=has_numbers)
            case _:
                return Activation(FUNCTIONS[kind]) if kind in FUNCTIONS else None

    def _shape_change(
        self, row: PrintedRow, kind: str, below: Shape | None, output: Shape | None
    ) -> Layer | None:
        """Give a layer without weights that changes shapes, or joins rows."""
        way: Literal["average", "max"] = "max" if "Max" in kind else "average"
        match kind:
            case (
                "GlobalAveragePooling2D"
                | "GlobalAvgPool2D"
                | "GlobalMaxPooling2D"
                | "GlobalMaxPool2D"
            ):
                is_flat = isinstance(output, Features)
                return GlobalPooling(way) if is_flat else AdaptivePooling(1, way)
            case "AdaptiveAvgPool2d" | "AdaptiveMaxPool2d" if isinstance(output, Image):
                return AdaptivePooling((output.height, output.width), way)
            case "Flatten":
                return Flatten()
            case "ZeroPadding2D" | "ZeroPad2d":
                return self._border(below, output)
            case "UpSampling2D" | "Upsample" | "UpsamplingNearest2d" | "UpsamplingBilinear2d":
                return self._upsampling(row, kind, below, output)
            case "Reshape" | "Unflatten" if isinstance(output, Image | Features):
                return Reshape(output)
            case "Add":
                return Add()
            case "Multiply":
                return Multiply()
            case "Concatenate":
                return Concat()
            case _:
                return None

    def _is_container(
        self, row: PrintedRow, kind: str, below: Shape | None, output: Shape | None
    ) -> bool:
        """Whether a row of torchsummary closes a module whose own layers stand above it."""
        return (
            self.printed.summary.dialect == "torchsummary"
            and kind not in NOT_HELD
            and not row.parameters
            and output == below
        )

    def _convolution(
        self, row: PrintedRow, sources: list[str], below: Shape | None, output: Shape | None
    ) -> Made:
        if not isinstance(below, Image) or not isinstance(output, Image):
            return self._unsolved(row, "convolution", below, output)
        inputs = self.printed.shape(row.inputs)
        fits = self.printed.convolutions(row, below, output) if inputs in {None, below} else []
        is_direct = bool(fits) and is_usual(fits[0])
        if is_direct and not (self.pools_are_functions and fits[0].stride != (1, 1)):
            return [(self._solved(row, output, fits), row.name)]
        pooled = self.poolings.ahead_of_convolution(row, below, output, inputs)
        if pooled is not None:
            pooling, smaller, more = pooled
            name = f"pool {row.name}"
            text = (
                f"a {pooling.kernel[0]}x{pooling.kernel[1]} pooling of stride {pooling.stride[0]} stands "
                f"ahead of {row.name}, unprinted: {row.name} reads {smaller}, and {below} comes out above. "
                "Maximum is taken; an average would print the same."
            )
            self.rows.tell(name, text, row.line)
            layer = MaxPooling(
                pooling.kernel, pooling.stride, pooling.padding, (1, 1), pooling.rounding
            )
            return [(layer, name), (self._solved(row, output, more), row.name)]
        elsewhere = self._further_up(row, output)
        if elsewhere is not None and not is_direct:
            source, shape, more = elsewhere
            self.branch = self.rows.last
            sources[:] = [source]
            text = f"it reads {source}: {row.parameters:,} parameters do not fit {below}, and fit {shape}."
            self.rows.tell(row.name, text, row.line)
            return [(self._solved(row, output, more), row.name)]
        if fits:
            return [(self._solved(row, output, fits), row.name)]
        slip = self._with_a_slip(row, below, output)
        return [(slip, row.name)] if slip else self._unsolved(row, "convolution", below, output)

    def _with_a_slip(self, row: PrintedRow, below: Image, output: Image) -> Convolution | None:
        """Give the convolution that the sizes tell, where the parameters are only nearly its own: a slip in the print."""
        lost = {below.height - output.height, below.width - output.width}
        if len(lost) != 1 or not 0 < min(lost) < _WIDEST_LOSS or row.parameters is None:
            return None
        layer = Convolution(output.channels, min(lost) + 1)
        count = layer.cost(below).parameters
        if abs(count - row.parameters) * _LEAST_SLIP > count:
            return None
        self._note(f"convolution {min(lost) + 1}x{min(lost) + 1}", row, [])
        return layer

    def _solved(self, row: PrintedRow, output: Image, fits: list[Fit]) -> Layer:
        fit = fits[0]
        others = [
            str(other)
            for other in fits[1:]
            if other.kernel == fit.kernel and other.has_bias == fit.has_bias
        ][:2]
        self._note(f"convolution {fit}", row, others)
        return Convolution(
            output.channels,
            fit.kernel,
            fit.stride,
            fit.padding,
            groups=fit.groups,
            has_bias=fit.has_bias,
        )

    def _further_up(self, row: PrintedRow, output: Image) -> tuple[str, Image, list[Fit]] | None:
        """Find the nearest row above that a convolution on a branch of its own can read."""
        seen: set[Shape | None] = set()
        for name in list(reversed(self.rows.outputs))[:60]:
            shape = self.rows.outputs[name]
            if shape in seen or not isinstance(shape, Image):
                continue
            seen.add(shape)
            fits = self.printed.convolutions(row, shape, output)
            if fits and is_usual(fits[0]) and fits[0].groups == 1:
                return name, shape, fits
        return None

    def _depthwise(self, row: PrintedRow, below: Shape | None, output: Shape | None) -> Made:
        if isinstance(below, Image) and isinstance(output, Image) and row.parameters:
            for has_bias in (True, False):
                weights = row.parameters - (output.channels if has_bias else 0)
                side = _root(weights, output.channels)
                fits = self._windows(side, below, output) if side else []
                if fits:
                    self._note(f"depthwise convolution {fits[0]}", row, [])
                    layer = Convolution(
                        output.channels,
                        side,
                        fits[0].stride,
                        fits[0].padding,
                        groups=below.channels,
                        has_bias=has_bias,
                    )
                    return [(layer, row.name)]
        return self._unsolved(row, "depthwise convolution", below, output)

    def _windows(self, side: int, below: Image, output: Image) -> list[Fit]:
        return windows((side, side), below, (output.height, output.width), self.printed.style)

    def _separable(self, row: PrintedRow, below: Shape | None, output: Shape | None) -> Made:
        if isinstance(below, Image) and isinstance(output, Image) and row.parameters:
            for has_bias in (True, False):
                points = below.channels * output.channels + (output.channels if has_bias else 0)
                side = _root(row.parameters - points, below.channels)
                fits = self._windows(side, below, output) if side else []
                if fits:
                    self._note(f"depthwise convolution {fits[0]}, then 1x1", row, [])
                    first = Convolution(
                        below.channels,
                        side,
                        fits[0].stride,
                        fits[0].padding,
                        groups=below.channels,
                        has_bias=False,
                    )
                    second = Convolution(output.channels, 1, has_bias=has_bias)
                    return [(first, f"{row.name} depthwise"), (second, row.name)]
        return self._unsolved(row, "separable convolution", below, output)

    def _transposed(self, row: PrintedRow, below: Shape | None, output: Shape | None) -> Made:
        if isinstance(below, Image) and isinstance(output, Image) and row.parameters:
            for kernel in kernels(row.parameters, below.channels, output.channels):
                for layer in _transposed_layers(kernel, below, output, self.printed.style):
                    text = f"transposed convolution {kernel.size[0]}x{kernel.size[1]}, stride {layer.window.stride[0]}"
                    self._note(text, row, [])
                    return [(layer, row.name)]
        return self._unsolved(row, "transposed convolution", below, output)

    def _pooling(
        self, row: PrintedRow, kind: str, below: Shape | None, output: Shape | None
    ) -> Made:
        if not isinstance(below, Image) or not isinstance(output, Image):
            return self._unsolved(row, "pooling", below, output)
        fits = poolings(below, (output.height, output.width), self.printed.style)
        if len(row.kernel) in {1, 2}:
            printed = (row.kernel[0], row.kernel[-1])
            fits = [fit for fit in fits if fit.kernel == printed] or fits
        if not fits or below.channels != output.channels:
            return self._unsolved(row, "pooling", below, output)
        fit = fits[0]
        self._note(f"pooling {fit}", row, [str(other) for other in fits[1:3]])
        if "Max" in kind:
            return [
                (MaxPooling(fit.kernel, fit.stride, fit.padding, (1, 1), fit.rounding), row.name)
            ]
        divisor = "inside" if self.printed.style == "keras" else "window"
        return [
            (AveragePooling(fit.kernel, fit.stride, fit.padding, fit.rounding, divisor), row.name)  # type: ignore[arg-type]
        ]

    def _units(self, row: PrintedRow, below: Shape | None, output: Shape | None) -> Made:
        if below is None or output is None or not row.parameters:
            return self._unsolved(row, "fully connected layer", below, output)
        if isinstance(output, Image) and isinstance(below, Image):
            fits = convolutions(
                row.parameters, below, output, self.printed.style, kernel=(1, 1), any_groups=False
            )
            if fits:
                self.rows.tell(row.name, "on maps it is a 1x1 convolution.", row.line)
                return [(Convolution(output.channels, 1, has_bias=fits[0].has_bias), row.name)]
            return self._unsolved(row, "fully connected layer", below, output)
        units = output.elements
        for has_bias in (True, False):
            inputs, rest = divmod(row.parameters - (units if has_bias else 0), units)
            layer = FullyConnected(units, has_bias=has_bias)
            if rest or inputs < 1:
                continue
            if inputs == below.elements:
                return [(layer, row.name)]
            unprinted = self.poolings.ahead_of_units(row, below, inputs)
            if unprinted:
                return [*unprinted, (layer, row.name)]
        # What is printed does not belong together; the layer is what it says, and the count is wrong.
        return [(FullyConnected(units), row.name)]

    def _batch_normalization(self, row: PrintedRow, below: Shape | None) -> Made:
        maps = below.axes[0] if below is not None else 0
        count = row.parameters or 0
        # Keras counts mean and variance, too; PyTorch does not.
        trained = count - 2 * maps if self.printed.style == "keras" else count
        layer = BatchNormalization(has_scale=trained > 0, has_offset=trained > 0)
        if maps and trained == maps:
            self.rows.tell(row.name, "one number a map: an offset, and no scale.", row.line)
            layer = BatchNormalization(has_scale=False)
        return [(layer, row.name)]

    def _layer_normalization(self, row: PrintedRow, below: Shape | None) -> Layer | None:
        if below is None:
            return None
        count = row.parameters or 0
        over = "maps" if count == 2 * below.axes[0] else "all"
        return LayerNormalization(over, has_scale=count > 0, has_offset=count > 0)  # type: ignore[arg-type]

    def _slopes(self, row: PrintedRow, below: Shape | None) -> Layer | None:
        if below is None:
            return None
        by_count = {1: "one", below.axes[0]: "maps", below.elements: "values"}
        slopes = by_count.get(row.parameters or 0)
        return None if slopes is None else ParametricReLU(slopes)  # type: ignore[arg-type]

    def _named_function(self, row: PrintedRow) -> Made | None:
        name = row.name.casefold()
        function = next((function for word, function in NAMED_FUNCTIONS if word in name), None)
        if function is None:
            self.unprinted.append(row)
            return None
        return [(Activation(function), row.name)]

    def _border(self, below: Shape | None, output: Shape | None) -> Layer | None:
        if not isinstance(below, Image) or not isinstance(output, Image):
            return None
        down, across = output.height - below.height, output.width - below.width
        if min(down, across) < 0:
            return None
        sides = Sides(down // 2, down - down // 2, across // 2, across - across // 2)
        is_even = down == across and down % 2 == 0
        return Border(down // 2 if is_even else sides)

    def _upsampling(
        self, row: PrintedRow, kind: str, below: Shape | None, output: Shape | None
    ) -> Layer | None:
        if not isinstance(below, Image) or not isinstance(output, Image):
            return None
        factor = (output.height // below.height, output.width // below.width)
        if (below.height * factor[0], below.width * factor[1]) != (output.height, output.width):
            return None
        is_bilinear = "Bilinear" in kind
        if not is_bilinear:
            self.unprinted.append(row)
        return Upsampling(factor, "bilinear" if is_bilinear else "nearest", is_aligned=is_bilinear)

    def _unsolved(
        self, row: PrintedRow, kind: str, below: Shape | None, output: Shape | None
    ) -> Made:
        count = "an unknown number of" if row.parameters is None else f"{row.parameters:,}"
        fault = printed_layer_not_solved(
            row.name,
            kind,
            str(below or "an unknown size"),
            str(output or "an unknown size"),
            count,
            row.line,
        )
        self.rows.faults.append(fault)
        return [(Unreadable(), row.name)]

    def _note(self, what: str, row: PrintedRow, others: list[str]) -> None:
        text = f"{what}: solved from sizes and parameters"
        if others:
            text += f"; {' or '.join(others)} would print the same"
        self.solved.setdefault(f"{text}.", []).append((row.name, row.line))

    def tell(self) -> None:
        """Say what was solved for, and what no summary prints."""
        for text, rows in self.solved.items():
            self.rows.tell(", ".join(name for name, _ in rows), text, rows[0][1])
        if self.unprinted:
            names = ", ".join(row.name for row in self.unprinted)
            text = (
                "which function, fraction, slope or number of groups they have is not printed; the defaults of "
                "the library are taken, and functions without a name are left out."
            )
            self.rows.tell(names, text, self.unprinted[0].line)
        if self.containers:
            names = ", ".join(dict.fromkeys(row.name for row in self.containers))
            text = (
                "modules of the author's own: their layers are read one behind the other, as they are printed; "
                "what their forward adds or joins besides is not printed."
            )
            self.rows.tell(names, text, self.containers[0].line)
        text = "activations within layers, or applied as functions, are not printed; the table has none for them."
        self.rows.tell(self.printed.form, text, self.printed.summary.line)


def _root(weights: int, maps: int) -> int:
    """Give the side of a square kernel with so many weights a map; 0 if there is none."""
    if weights <= 0 or maps < 1 or weights % maps:
        return 0
    return next((side for side in range(1, 32) if side * side == weights // maps), 0)


def _transposed_layers(
    kernel: Kernel, below: Image, output: Image, style: Style
) -> Iterator[TransposedConvolution]:
    """Give the transposed convolutions with a kernel that make some maps out of others."""
    paddings: tuple[Padding, ...] = ("valid", "same")
    if style == "torch":
        paddings = ("valid", *range(1, max(kernel.size)))
    for stride in range(1, 9):
        for padding in paddings:
            for added in range(stride) if style == "torch" else (0,):
                try:
                    layer = TransposedConvolution(
                        output.channels,
                        kernel.size,
                        stride,
                        padding,
                        added,
                        has_bias=kernel.has_bias,
                    )
                    fits = layer.output(below) == output
                except LayerError:
                    continue
                if fits:
                    yield layer

"""Read printed summaries: what is not printed of a layer is solved for from its sizes and counts."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Literal

from striate.documents.forms.building import Builder
from striate.documents.forms.printed_classes import (
    ALL_KERAS,
    FUNCTIONS,
    KERAS,
    NAMED_FUNCTIONS,
    NOT_HELD,
    NOTHING,
    WHOLE_NETWORKS,
)
from striate.documents.forms.summary_text import (
    PrintedRow,
    PrintedSummary,
    cut_summaries,
    is_summary,
)
from striate.documents.forms.told_sizes import sizes_in
from striate.documents.parts import Block, NetworkRead
from striate.documents.solve import Fit, Kernel, Style, convolutions, kernels, poolings, windows
from striate.errors import LayerError
from striate.errors.forms import (
    form_input_unknown,
    printed_layer_hidden,
    printed_layer_not_solved,
    printed_weights_shared,
    unknown_form_layer,
    unknown_form_source,
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
    Input,
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
from striate.table import Claim, Claims, Table, Unreadable


__all__ = ["is_summary", "read_summaries"]


_WIDEST_BORDER = 10
"""Pixels by which a border ahead of the first convolution may enlarge an image."""


def read_summaries(block: Block, around: str) -> list[NetworkRead]:
    """Read every summary of a block.

    Args:
        block: The text.
        around: The document's other text, which may tell the input's size.

    Returns:
        One network a summary.
    """
    found = []
    for summary in cut_summaries(block.lines, block.line + 1):
        if summary.rows:
            printed = range(summary.line, (summary.total_line or summary.rows[-1].line) + 1)
            own = [text for at, text in enumerate(block.lines, block.line + 1) if at not in printed]
            found.append(_Reader(summary, "\n".join([*own, around])).read(block.heading))
    return found


class _Reader:
    """Makes rows of the rows of one summary."""

    def __init__(self, summary: PrintedSummary, around: str) -> None:
        self.summary = summary
        self.around = around
        self.style: Style = "keras" if summary.dialect == "Keras" else "torch"
        self.rows = Builder()
        self.names: dict[str, str] = {}
        self.solved: dict[str, list[tuple[str, int]]] = {}
        self.unprinted: list[PrintedRow] = []
        self.branch = ""
        self.containers: list[PrintedRow] = []
        self.left_out = 0
        self.pools_are_functions = False
        self.is_first_maps = self._is_channels_first()

    def read(self, heading: str) -> NetworkRead:
        """Read every row."""
        printed = self._leaves()
        if self._begin(printed):
            self.pools_are_functions = self._proves_functional_pools(printed)
            for row in printed:
                self._add(row)
        self._tell()
        totals = Claims()
        if self.summary.total is not None:
            total = self.summary.total - self.summary.optimizer - self.left_out
            totals = Claims(parameters=Claim(f"{total:,}"))
        table = (
            self.rows.table(merged=False, totals=totals, totals_line=self.summary.total_line)
            if self.rows.last
            else Table(())
        )
        return NetworkRead(
            table,
            self.summary.line,
            heading,
            faults=tuple(self.rows.faults),
            remarks=tuple(self.rows.remarks),
        )

    # What is printed.

    def _leaves(self) -> list[PrintedRow]:
        """Give the rows that are layers: in a tree, those below which nothing stands."""
        rows = self.summary.rows
        if self.summary.dialect != "torchinfo":
            return list(rows)
        leaves = []
        for row, below in zip(rows, [*rows[1:], None], strict=True):
            if below is None or below.depth <= row.depth:
                leaves.append(row)
            elif row.depth and row.kind not in WHOLE_NETWORKS:
                self.containers.append(row)
        return leaves

    def _is_channels_first(self) -> bool:
        """Whether maps come first in the print, as in PyTorch, and in Keras where it is set so."""
        if self.style == "torch":
            return True
        for row in self.summary.rows:
            if self._kind(row) == "Conv2D" and len(row.output) == 3 and row.parameters:  # noqa: PLR2004
                last = row.parameters % row.output[2] == 0
                first = row.parameters % row.output[0] == 0
                if last != first:
                    return first
        return False

    def _shape(self, sizes: tuple[int, ...]) -> Shape | None:
        match sizes:
            case (first, second, third) if min(sizes) > 0:
                return (
                    Image(first, second, third)
                    if self.is_first_maps
                    else Image(third, first, second)
                )
            case (count,) if count > 0:
                return Features(count)
            case _:
                return None

    def _kind(self, row: PrintedRow) -> str:
        """Give the class of a row; what is cut off is found by the layer's name."""
        kind = row.kind.rpartition(".")[2].removesuffix(")").removesuffix("…")
        if self.style == "torch" or kind in ALL_KERAS:
            return kind
        candidates = [one for one in ALL_KERAS if one.startswith(kind)]
        plain = re.sub(r"_\d+$", "", row.name).replace("_", "").casefold()
        named = [one for one in candidates if one.casefold() == plain]
        # Layers of maps are likelier than any that a table does not hold.
        candidates = [one for one in candidates if one in KERAS] or candidates
        aliases = {"GlobalAvgPool2D", "GlobalMaxPool2D", "MaxPool2D", "AvgPool2D"}
        candidates = [one for one in candidates if one not in aliases] or candidates
        shortest = min(candidates, key=len, default=kind)
        if named or not kind:
            return named[0] if named else kind
        return shortest if all(one.startswith(shortest) for one in candidates) else kind

    # The input.

    def _begin(self, printed: list[PrintedRow]) -> bool:
        """Add the row of the input; whether it could be found."""
        first = next(iter(printed), None)
        if first is None:
            return False
        if self._kind(first) == "InputLayer":
            return True
        inputs = self.summary.rows[0].inputs or first.inputs
        shape = self._shape(inputs)
        if shape is not None:
            self.rows.add("input", Input(shape), (), line=self.summary.line)
            return True
        if self._keeps_shape(first):
            # What keeps its shape gives away what it reads.
            shape = self._shape(first.output)
            if shape is not None:
                self.rows.add("input", Input(shape), (), line=self.summary.line)
                text = f"{shape}: what comes out of {first.name}, which changes no shape."
                self.rows.tell("input", text, first.line)
                return True
        for candidate in sizes_in(self.around):
            shape = self._fitting_input(candidate, printed)
            if shape is not None:
                self.rows.add("input", Input(shape), (), line=self.summary.line)
                self.rows.tell(
                    "input", f"{shape}: the text says so, and {first.name} fits it.", first.line
                )
                return True
        shape = self._usual_input(printed)
        if shape is not None:
            self.rows.add("input", Input(shape), (), line=self.summary.line)
            return True
        needed = "height, width and maps of the input, which the print leaves out"
        fix = "write them into the text: `The input is 1 x 28 x 28`"
        self.rows.faults.append(form_input_unknown(self._form, needed, fix, self.summary.line))
        return False

    @property
    def _form(self) -> str:
        names = {"Keras": "Keras summary", "torchsummary": "torchsummary", "torchinfo": "torchinfo"}
        return names[self.summary.dialect]

    def _fitting_input(self, sizes: tuple[int, ...], printed: list[PrintedRow]) -> Shape | None:
        """Give the input that some numbers of the text mean, if the first layers can read it."""
        first = printed[0]
        output = self._shape(first.output)
        match sizes:
            case (a, b, c):
                images = [Image(a, b, c), Image(c, a, b)]
                images.sort(key=lambda image: image.channels not in {1, 3})
            case (a, b):
                images = [Image(maps, a, b) for maps in (3, 1, 4, 2)]
            case _:
                return None
        for image in images:
            if self._reads(first, image, output):
                return image
        return None

    def _reads(self, first: PrintedRow, image: Image, output: Shape | None) -> bool:
        """Whether the first printed layer can read an image."""
        kind = self._kind(first)
        if kind in {"Conv2d", "Conv2D", "Convolution2D"} and isinstance(output, Image):
            fits = self._convolutions(first, image, output)
            return bool(fits) and _is_usual(fits[0]) and fits[0].groups == 1
        if kind == "Flatten" and isinstance(output, Features):
            return image.elements == output.count
        if kind in {"Linear", "Dense"} and isinstance(output, Features) and first.parameters:
            return first.parameters in {
                output.count * (image.elements + 1),
                output.count * image.elements,
            }
        if kind in {"ZeroPadding2D", "ZeroPad2d"} and isinstance(output, Image):
            is_larger = output.height > image.height and output.width > image.width
            return (
                is_larger
                and output.height - image.height < _WIDEST_BORDER
                and output.channels == image.channels
            )
        return False

    def _keeps_shape(self, row: PrintedRow) -> bool:
        """Whether what comes out of a row has the shape of what it reads."""
        kind = self._kind(row)
        return kind in NOTHING or kind.startswith("BatchNorm")

    def _usual_input(self, printed: list[PrintedRow]) -> Shape | None:
        """Find the input from the first layer alone, where the other layers show its padding."""
        first = printed[0]
        output = self._shape(first.output)
        kind = self._kind(first)
        if isinstance(output, Features) and first.parameters and kind in {"Linear", "Dense"}:
            inputs, rest = divmod(first.parameters - output.count, output.count)
            if rest == 0 and inputs > 0:
                text = f"{inputs} values: from {first.parameters:,} parameters of {output.count} units."
                self.rows.tell("input", text, first.line)
                return Features(inputs)
        if kind not in {"Conv2d", "Conv2D", "Convolution2D"} or not isinstance(output, Image):
            return (
                Features(output.count)
                if kind == "Flatten" and isinstance(output, Features)
                else None
            )
        padded, plain = self._styles(printed)
        if (padded and plain) or (not (padded or plain) and self.style == "torch"):
            return None
        for maps in (3, 1, 4, 2):
            for kernel in kernels(first.parameters or 0, maps, output.channels):
                height, width = kernel.size
                if height != width or (height % 2 == 0 and height > 2) or height == 1:  # noqa: PLR2004
                    continue
                more = 0 if padded else height - 1
                image = Image(maps, output.height + more, output.width + more)
                reason = (
                    "every other convolution keeps the size"
                    if padded
                    else "every other convolution is without padding"
                    if plain
                    else "Keras pads only where it is told to"
                )
                text = (
                    f"{image}: from {first.parameters:,} parameters of {first.name}, and its "
                    f"{output.height}x{output.width}; {reason}. The print leaves it out."
                )
                self.rows.tell("input", text, first.line)
                return image
        return None

    def _styles(self, printed: list[PrintedRow]) -> tuple[int, int]:
        """Count the other convolutions that keep the size, and those without padding."""
        padded = plain = 0
        for above, row in pairwise(printed):
            below, output = self._shape(above.output), self._shape(row.output)
            if (
                self._kind(row) in {"Conv2d", "Conv2D"}
                and isinstance(below, Image)
                and isinstance(output, Image)
            ):
                fits = self._convolutions(row, below, output)
                if fits and max(fits[0].kernel) > 1 and fits[0].stride == (1, 1):
                    padded += fits[0].padding != "valid"
                    plain += fits[0].padding == "valid"
        return padded, plain

    # The rows.

    def _add(self, row: PrintedRow) -> None:
        kind = self._kind(row)
        if row.is_shared and row.parameters is None and kind not in FUNCTIONS:
            is_weighted = kind in {"Conv2d", "Linear", "ConvTranspose2d"} or kind.startswith(
                ("BatchNorm", "LayerNorm")
            )
            if is_weighted:
                self.rows.faults.append(printed_weights_shared(row.name, row.line))
        if kind == "InputLayer":
            self._input_layer(row)
            return
        sources = self._sources(row)
        if sources is None:
            return
        if self.branch and not kind.startswith("BatchNorm"):
            sources = self._join(row, sources)
        output = self._shape(row.output)
        below = self.rows.outputs.get(sources[0]) if sources else None
        made = self._layers(row, kind, sources, below, output)
        if made is None:
            if sources:
                self.names[row.name] = sources[0]
            return
        claims = self._claims(row, output, kind)
        name = row.name
        for number, (layer, words) in enumerate(made):
            is_last = number == len(made) - 1
            read = sources if number == 0 else None
            name = self.rows.add(
                row.name if is_last else words,
                layer,
                read,
                line=row.line,
                claims=claims if is_last and kind != "SeparableConv2D" else Claims(),
            )
        self.names[row.name] = name

    def _input_layer(self, row: PrintedRow) -> None:
        shape = self._shape(row.output)
        if shape is None or self.rows.last:
            problem = "a second input" if self.rows.last else f"an input of {len(row.output)} sizes"
            self.rows.faults.append(unknown_form_layer(row.name, self._form, problem, row.line))
            return
        self.names[row.name] = self.rows.add(row.name, Input(shape), (), line=row.line)

    def _sources(self, row: PrintedRow) -> list[str] | None:
        if not self.summary.is_graph or not row.sources:
            return [self.rows.last]
        found = [self._named(source) for source in row.sources]
        unknown = [source for source, name in zip(row.sources, found, strict=True) if not name]
        if unknown:
            self.rows.faults += [unknown_form_source(row.name, one, row.line) for one in unknown]
            return None
        return found

    def _named(self, source: str) -> str:
        """Find a row by its printed name; one that is cut off is the nearest above that begins so."""
        if source in self.names:
            return self.names[source]
        start = source.removesuffix("…")
        for name in reversed(self.names):
            plain = name.removesuffix("…")
            if (
                plain.startswith(start)
                if start != source
                else name != plain and start.startswith(plain)
            ):
                return self.names[name]
        return ""

    def _join(self, row: PrintedRow, sources: list[str]) -> list[str]:
        """Add up two branches of one size: the print shows both, and not what joins them."""
        branch, self.branch = self.branch, ""
        last = self.rows.last
        if self.rows.outputs.get(branch) != self.rows.outputs.get(last):
            return sources
        name = self.rows.add(f"add {row.name}", Add(), [branch, last], line=row.line)
        text = f"{branch} and {last} are of one size, and the print shows nothing that reads both: they are added."
        self.rows.tell(name, text, row.line)
        return [name]

    def _claims(self, row: PrintedRow, output: Shape | None, kind: str) -> Claims:
        count = Claim(f"{row.parameters:,}") if row.parameters is not None else None
        if count is not None and not row.parameters and not _is_weighted(kind):
            count = None
        match output:
            case Image(channels, height, width):
                maps = None if kind.startswith(("Conv", "Separable", "Dense")) else channels
                return Claims(maps=maps, size=(height, width), parameters=count)
            case Features(values):
                size = None if kind in {"Dense", "Linear"} else (values,)
                return Claims(size=size, parameters=count)
            case _:
                return Claims(parameters=count)

    def _layers(
        self,
        row: PrintedRow,
        kind: str,
        sources: list[str],
        below: Shape | None,
        output: Shape | None,
    ) -> list[tuple[Layer | Unreadable, str]] | None:
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
            case _:
                return self._plain(row, kind, below, output)

    def _plain(
        self, row: PrintedRow, kind: str, below: Shape | None, output: Shape | None
    ) -> list[tuple[Layer | Unreadable, str]] | None:
        """Give the layer of a row that has no kernel to be solved for."""
        if kind == "Activation":
            return self._named_function(row)
        layer = self._function_or_norm(row, kind, below) or self._shape_change(
            row, kind, below, output
        )
        if layer is not None:
            return [(layer, row.name)]
        if kind in NOTHING and output == below:
            text = f"{kind} changes no size and is left out"
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
            self.rows.faults.append(unknown_form_layer(row.name, self._form, came, row.line))
        return [(Unreadable(), row.name)]

    def _function_or_norm(self, row: PrintedRow, kind: str, below: Shape | None) -> Layer | None:
        """Give an activation, a dropout or a normalisation by itself."""
        match kind:
            case "Dropout" | "AlphaDropout" | "Dropout2d" | "SpatialDropout2D":
                self.unprinted.append(row)
                return Dropout(drops="maps" if "2" in kind else "values")
            case "LeakyReLU":
                self.unprinted.append(row)
                return Activation(LeakyReLU(0.3 if self.style == "keras" else 0.01))
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
            self.summary.dialect == "torchsummary"
            and kind not in NOT_HELD
            and not row.parameters
            and output == below
        )

    # Single kinds.

    def _convolutions(self, row: PrintedRow, below: Image, output: Image) -> list[Fit]:
        kernel = (row.kernel[0], row.kernel[1]) if len(row.kernel) == 2 else None  # noqa: PLR2004
        return convolutions(row.parameters, below, output, self.style, kernel=kernel)

    def _convolution(
        self, row: PrintedRow, sources: list[str], below: Shape | None, output: Shape | None
    ) -> list[tuple[Layer | Unreadable, str]]:
        if not isinstance(below, Image) or not isinstance(output, Image):
            return self._unsolved(row, "convolution", below, output)
        inputs = self._shape(row.inputs)
        fits = self._convolutions(row, below, output) if inputs in {None, below} else []
        is_direct = bool(fits) and _is_usual(fits[0])
        if is_direct and not (self.pools_are_functions and fits[0].stride != (1, 1)):
            return [(self._solved(row, output, fits), row.name)]
        pooled = self._behind_pooling(row, below, output, inputs)
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
        return self._unsolved(row, "convolution", below, output)

    def _solved(self, row: PrintedRow, output: Image, fits: list[Fit]) -> Layer:
        fit = fits[0]
        others = [
            str(one)
            for one in fits[1:]
            if one.kernel == fit.kernel and one.has_bias == fit.has_bias
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

    def _behind_pooling(
        self, row: PrintedRow, below: Image, output: Image, inputs: Shape | None
    ) -> tuple[Fit, Image, list[Fit]] | None:
        """Find a pooling that is not printed, behind which the convolution fits."""
        for kernel, stride in ((2, 2), (3, 3), (3, 2), (4, 4)):
            for size in _pooled_sizes(below, kernel, stride):
                smaller = Image(below.channels, *size)
                if inputs is not None and smaller != inputs:
                    continue
                fits = self._convolutions(row, smaller, output)
                if fits and _is_usual(fits[0]) and (fits[0].stride == (1, 1) or inputs is not None):
                    found = [
                        one
                        for one in poolings(below, size, self.style)
                        if one.stride == (stride, stride)
                    ]
                    if found:
                        return found[0], smaller, fits
        return None

    def _further_up(self, row: PrintedRow, output: Image) -> tuple[str, Image, list[Fit]] | None:
        """Find the nearest row above that a convolution on a branch of its own can read."""
        seen: set[Shape | None] = set()
        for name in list(reversed(self.rows.outputs))[:60]:
            shape = self.rows.outputs[name]
            if shape in seen or not isinstance(shape, Image):
                continue
            seen.add(shape)
            fits = self._convolutions(row, shape, output)
            if fits and _is_usual(fits[0]) and fits[0].groups == 1:
                return name, shape, fits
        return None

    def _proves_functional_pools(self, printed: list[PrintedRow]) -> bool:
        """Whether a layer shows that poolings are done by functions, none being printed."""
        kinds = [self._kind(row) for row in printed]
        if self.style == "keras" or any("Pool" in kind for kind in kinds):
            return False
        for above, row in pairwise(printed):
            below, output = self._shape(above.output), self._shape(row.output)
            if (
                isinstance(below, Image)
                and self._kind(row) == "Linear"
                and row.parameters
                and output
            ):
                values = {row.parameters // output.elements, row.parameters // output.elements - 1}
                if below.elements not in values and any(
                    number % below.channels == 0 for number in values if number
                ):
                    return True
            if (
                isinstance(below, Image)
                and isinstance(output, Image)
                and self._kind(row) == "Conv2d"
            ):
                direct = self._convolutions(row, below, output)
                if not (direct and _is_usual(direct[0])) and self._behind_pooling(
                    row, below, output, None
                ):
                    return True
        return False

    def _depthwise(
        self, row: PrintedRow, below: Shape | None, output: Shape | None
    ) -> list[tuple[Layer | Unreadable, str]]:
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
        return windows((side, side), below, (output.height, output.width), self.style)

    def _separable(
        self, row: PrintedRow, below: Shape | None, output: Shape | None
    ) -> list[tuple[Layer | Unreadable, str]]:
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

    def _transposed(
        self, row: PrintedRow, below: Shape | None, output: Shape | None
    ) -> list[tuple[Layer | Unreadable, str]]:
        if isinstance(below, Image) and isinstance(output, Image) and row.parameters:
            for kernel in kernels(row.parameters, below.channels, output.channels):
                for layer in _transposed_layers(kernel, below, output, self.style):
                    text = f"transposed convolution {kernel.size[0]}x{kernel.size[1]}, stride {layer.window.stride[0]}"
                    self._note(text, row, [])
                    return [(layer, row.name)]
        return self._unsolved(row, "transposed convolution", below, output)

    def _pooling(
        self, row: PrintedRow, kind: str, below: Shape | None, output: Shape | None
    ) -> list[tuple[Layer | Unreadable, str]]:
        if not isinstance(below, Image) or not isinstance(output, Image):
            return self._unsolved(row, "pooling", below, output)
        fits = poolings(below, (output.height, output.width), self.style)
        if len(row.kernel) in {1, 2}:
            printed = (row.kernel[0], row.kernel[-1])
            fits = [one for one in fits if one.kernel == printed] or fits
        if not fits or below.channels != output.channels:
            return self._unsolved(row, "pooling", below, output)
        fit = fits[0]
        self._note(f"pooling {fit}", row, [str(one) for one in fits[1:3]])
        if "Max" in kind:
            return [
                (MaxPooling(fit.kernel, fit.stride, fit.padding, (1, 1), fit.rounding), row.name)
            ]
        divisor = "inside" if self.style == "keras" else "window"
        return [
            (AveragePooling(fit.kernel, fit.stride, fit.padding, fit.rounding, divisor), row.name)  # type: ignore[arg-type]
        ]

    def _units(
        self, row: PrintedRow, below: Shape | None, output: Shape | None
    ) -> list[tuple[Layer | Unreadable, str]]:
        if below is None or output is None or not row.parameters:
            return self._unsolved(row, "fully connected layer", below, output)
        if isinstance(output, Image) and isinstance(below, Image):
            fits = convolutions(
                row.parameters, below, output, self.style, kernel=(1, 1), any_groups=False
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
            unprinted = self._pooling_ahead(row, below, inputs)
            if unprinted:
                return [*unprinted, (layer, row.name)]
        # What is printed does not belong together; the layer is what it says, and the count is wrong.
        return [(FullyConnected(units), row.name)]

    def _pooling_ahead(
        self, row: PrintedRow, below: Shape, inputs: int
    ) -> list[tuple[Layer | Unreadable, str]] | None:
        """Find the pooling that is not printed, and leaves as many values as a full layer reads."""
        if self.style == "keras" or not isinstance(below, Image) or inputs % below.channels:
            return None
        places = inputs // below.channels
        name = f"pool {row.name}"
        if places == 1:
            text = (
                f"a global pooling stands ahead of {row.name}, unprinted: it reads {inputs:,} values, one a map. "
                "The average is taken; a maximum would print the same."
            )
            self.rows.tell(name, text, row.line)
            return [(GlobalPooling("average"), name)]
        for kernel, stride in ((2, 2), (3, 3), (3, 2), (4, 4), (5, 5)):
            for size in _pooled_sizes(below, kernel, stride):
                fits = [
                    one
                    for one in poolings(below, size, self.style)
                    if one.stride == (stride, stride)
                ]
                if size[0] * size[1] == places and fits:
                    fit = fits[0]
                    text = (
                        f"a {kernel}x{kernel} pooling of stride {stride} stands ahead of {row.name}, unprinted: "
                        f"it reads {inputs:,} = {below.channels} x {size[0]} x {size[1]} values, and {below} comes out "
                        "above. Maximum is taken; an average would print the same."
                    )
                    self.rows.tell(name, text, row.line)
                    layer = MaxPooling(fit.kernel, fit.stride, fit.padding, (1, 1), fit.rounding)
                    return [(layer, name)]
        return None

    def _batch_normalization(
        self, row: PrintedRow, below: Shape | None
    ) -> list[tuple[Layer | Unreadable, str]]:
        maps = below.axes[0] if below is not None else 0
        count = row.parameters or 0
        # Keras counts mean and variance, too; PyTorch does not.
        trained = count - 2 * maps if self.style == "keras" else count
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

    def _named_function(self, row: PrintedRow) -> list[tuple[Layer | Unreadable, str]] | None:
        name = row.name.casefold()
        function = next((one for word, one in NAMED_FUNCTIONS if word in name), None)
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
    ) -> list[tuple[Layer | Unreadable, str]]:
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

    # What is told.

    def _note(self, what: str, row: PrintedRow, others: list[str]) -> None:
        text = f"{what}: solved from sizes and parameters"
        if others:
            text += f"; {' or '.join(others)} would print the same"
        self.solved.setdefault(f"{text}.", []).append((row.name, row.line))

    def _tell(self) -> None:
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
        self.rows.tell(self._form, text, self.summary.line)


def _is_usual(fit: Fit) -> bool:
    """Whether a kernel is square, or its padding fits it, as networks have them."""
    padding = fit.padding
    if isinstance(padding, int) and padding > max(fit.kernel) // 2:
        return False
    if isinstance(padding, Sides):
        return max(fit.kernel) > 1 and fit.stride[0] == fit.stride[1]
    return fit.stride[0] == fit.stride[1]


def _is_weighted(kind: str) -> bool:
    return kind.startswith(("Conv", "Dense", "Linear", "Batch", "Depthwise", "Separable", "Lazy"))


def _pooled_sizes(below: Image, kernel: int, stride: int) -> Iterator[tuple[int, int]]:
    """Give the sizes that a pooling without padding leaves, rounded down and up."""
    if min(below.height, below.width) < kernel:
        return
    for up in (0, stride - 1):
        yield (below.height - kernel + up) // stride + 1, (below.width - kernel + up) // stride + 1


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

"""What of a table is drawn: one block for a row that makes something new, with what follows it in place."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import MISSING, dataclass, replace
from typing import Literal, assert_never, final

from striate.arithmetic import RowReport, Walk, reads
from striate.documents.schema import entry_of, padding_text
from striate.drawing.words import (
    Language,
    connection_words,
    function_word,
    group_words,
    kind_word,
    power_word,
    setting_words,
)
from striate.layers import (
    Activation,
    AdaptivePooling,
    Add,
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
    GlobalPooling,
    GroupNormalization,
    Inception,
    Input,
    Layer,
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
from striate.shapes import Features, Image, Shape
from striate.table import Unreadable


Family = Literal["input", "convolution", "pooling", "full", "join", "other", "in place"]
"""What kinds have in common to the eye: each family has one color."""


@final
@dataclass(frozen=True, slots=True)
class Block:
    """One thing that is drawn.

    Args:
        name: Of its row, or of a part of an Inception row.
        family: Which color it has.
        operation: What it does: `5x5 convolution`.
        output: What comes out.
        sources: Positions of the blocks that it reads.
        kernel: Height and width of its window; None where it has none.
        stride: Places from one window to the next, down and across.
        groups: Parts that a convolution is done in.
        special: Its type, where it has a window and is neither a convolution nor a max pooling.
        traits: What makes it another layer than those of its kind and window: `2 groups`, `dilation 2`.
        in_place: What is done to its output without changing the shape: `ReLU`, `LRN`.
        is_side: Whether it belongs to a side head.
        is_module: Whether it stands for a module of several blocks.
    """

    name: str
    family: Family
    operation: str
    output: Shape
    sources: tuple[int, ...]
    kernel: tuple[int, int] | None = None
    stride: tuple[int, int] = (1, 1)
    groups: int = 1
    special: str = ""
    traits: tuple[str, ...] = ()
    in_place: tuple[str, ...] = ()
    is_side: bool = False
    is_module: bool = False

    @property
    def maps(self) -> int:
        """Maps that come out; units, where it is a flat vector."""
        return self.output.axes[0]

    @property
    def sides(self) -> tuple[int, int]:
        """Height and width of a map; 1 and 1 for a flat vector."""
        return (self.output.height, self.output.width) if isinstance(self.output, Image) else (1, 1)

    @property
    def window(self) -> str:
        """Its window, with the stride where it is not 1: `11×11/4`; empty where it has none."""
        return "" if self.kernel is None else _window_words(self.kernel, self.stride)

    @property
    def parts(self) -> tuple[str, ...]:
        """What leads to it, one thing after another: its layer, what that has beside its window, what follows."""
        layer = self.operation.removesuffix("".join(f", {trait}" for trait in self.traits))
        return (layer, *self.traits, *self.in_place)

    @property
    def lines(self) -> tuple[str, ...]:
        """Its name, what it does, and what comes out, as far as there is something to say."""
        what = ", ".join(part for part in (self.operation, *self.in_place) if part)
        return tuple(line for line in (self.name, what, self.size) if line)

    @property
    def size(self) -> str:
        """What comes out, as papers write it: `6@28×28`, or `84`."""
        if isinstance(self.output, Image):
            height, width = self.sides
            return f"{self.maps:,}@{height}×{width}"
        return f"{self.maps:,}"


def blocks_of(walk: Walk, language: Language, *, with_parts: bool) -> tuple[Block, ...]:
    """Return the blocks of a table that has no faults.

    Args:
        walk: The arithmetic on its rows.
        language: Of the operations.
        with_parts: Whether the branches of an Inception row are blocks of their own.
    """
    table, sources = walk.table, reads(walk.table)
    readers = Counter(source for read in sources for source in read)
    side_from = len(table.trunk)
    blocks: list[Block] = []
    place: dict[int, int] = {}  # position of a row -> position of the block that holds its output
    for position, report in enumerate(walk.reports):
        read = tuple(dict.fromkeys(place[source] for source in sources[position]))
        layer, _ = _computed(report)
        if isinstance(layer, SideHead):
            place[position] = read[0]
            continue
        is_alone = len(sources[position]) == 1 and readers[sources[position][0]] == 1
        if is_alone and _family(layer) == "in place":
            place[position] = read[0]
            words = _in_place_words(report, language)
            blocks[read[0]] = replace(blocks[read[0]], in_place=(*blocks[read[0]].in_place, *words))
            continue
        made = _blocks_of_row(report, read, len(blocks), language, with_parts=with_parts)
        if position >= side_from:
            made = [replace(block, is_side=True) for block in made]
        blocks += made
        place[position] = len(blocks) - 1
    return tuple(blocks)


def _computed(report: RowReport) -> tuple[Layer, Shape]:
    """Give a row's layer and output, which every row of a table without faults has."""
    layer = report.row.layer
    if report.output is None or isinstance(layer, Unreadable):
        message = f"{report.row.name} is not computed"
        raise ValueError(message)
    return layer, report.output


def is_straight(blocks: tuple[Block, ...]) -> bool:
    """Whether each block reads the one before it, and only that."""
    return all(block.sources == (at - 1,) for at, block in enumerate(blocks) if at)


def _blocks_of_row(
    report: RowReport, read: tuple[int, ...], count: int, language: Language, *, with_parts: bool
) -> list[Block]:
    row, (layer, output) = report.row, _computed(report)
    if isinstance(layer, Inception) and with_parts and len(layer.branches) > 1:
        return list(_parts(report, layer, read, count, language))
    found = getattr(layer, "window", None)
    window = found if isinstance(found, Window) else None
    has_function = row.function is not None and not isinstance(layer, Activation)
    after = (function_word(row.function, language),) if row.function and has_function else ()
    kind, groups = _grouped(layer, report.inputs)
    traits = _traits(layer, report.inputs, language)
    return [
        Block(
            row.name,
            _family(layer),
            ", ".join((_operation(layer, kind, language), *traits)),
            output,
            read,
            window.kernel if window else None,
            window.stride if window else (1, 1),
            groups,
            _called(layer, kind, language) if window and kind not in _USUAL else "",
            traits,
            after,
        )
    ]


def _parts(
    report: RowReport, layer: Inception, read: tuple[int, ...], count: int, language: Language
) -> Iterator[Block]:
    """Give the branches of an Inception row, and the block that puts their maps together."""
    function = report.row.function
    after = () if function is None else (function_word(function, language),)
    ends: list[int] = []
    for branch in layer.branches:
        below, shape = read, report.inputs[0]
        for _, part in branch:
            shape = part.output(shape)
            is_convolution = isinstance(part, Convolution)
            yield Block(
                "",
                "convolution" if is_convolution else "pooling",
                _operation(part, part.KIND, language),
                shape,
                below,
                part.window.kernel,
                part.window.stride,
                in_place=after if is_convolution else (),
            )
            below, count = (count,), count + 1
        ends.append(count - 1)
    if report.output is not None:
        word = kind_word("Concat", language)
        yield Block(report.row.name, "join", word, report.output, tuple(ends))


def _operation(layer: Layer, kind: str, language: Language) -> str:
    """Say what a layer does: its kind, with its window where it has one."""
    if isinstance(layer, Input):
        return ""
    if isinstance(layer, Inception) and len(layer.branches) == 1:
        # A chain of convolutions, as GoogLeNet's conv2, is no module with branches.
        sides = (part.window.kernel for _, part in layer.branches[0])
        said = ", ".join(f"{down}×{across}" for down, across in sides)
        return f"{said} {kind_word(Convolution.KIND, language)}"
    window, word = getattr(layer, "window", None), _called(layer, kind, language)
    if not isinstance(window, Window):
        return word
    return f"{_window_words(window.kernel, window.stride)} {word}"


_USUAL = {Convolution.KIND, MaxPooling.KIND}
"""Types that a color alone stands for, where no words are written."""


def _called(layer: Layer, kind: str, language: Language) -> str:
    return (
        power_word(layer.p, language) if isinstance(layer, LpPooling) else kind_word(kind, language)
    )


def _grouped(layer: Layer, inputs: tuple[Shape, ...]) -> tuple[str, int]:
    """Give the type of a layer, and in how many groups it is done; one map in each is a type of its own."""
    groups = layer.groups if isinstance(layer, Convolution | TransposedConvolution) else 1
    if isinstance(layer, Convolution) and 1 < groups == inputs[0].axes[0]:
        return DepthwiseConvolution.KIND, 1
    return entry_of(layer)[0], groups


_OF_NUMBERS_HELD = frozenset(
    {
        "has_bias",
        "has_scale",
        "has_offset",
        "is_trained",
        "max_norm",
        "epsilon",
        "momentum",
        "start",
    }
)
"""Fields that say which numbers a layer holds and how they learn, and not which sum it takes of which places."""


def _traits(layer: Layer, inputs: tuple[Shape, ...], language: Language) -> tuple[str, ...]:
    """Say what makes a layer another one than others of its type and window."""
    _, groups = _grouped(layer, inputs)
    said = [group_words(groups, language)] if groups > 1 else []
    if isinstance(layer, Convolution) and layer.connection_table is not None:
        said.append(connection_words(language))
    if isinstance(layer, TransposedConvolution) and layer.padding != "valid":
        said.append(setting_words("padding", padding_text(layer.padding), language))
    is_grouped = isinstance(layer, Convolution | TransposedConvolution)
    entry = entry_of(layer)[1]
    for one in entry.fields:
        default, value = entry.default(one.name), getattr(layer, one.name)
        if default in {MISSING, value} or one.name in _OF_NUMBERS_HELD:
            continue
        if one.name == "groups" and is_grouped:
            continue
        if one.name not in {"rounding", "divisor"} or _matters(layer, one.name, inputs[0]):
            option = one.option or str(one.column).lower()
            said.append(setting_words(option, one.codec.write(value), language))
    return tuple(said)


def _matters(layer: Layer, name: str, shape: Shape) -> bool:
    """Whether what a pooling does at the edges of these maps is another thing than by default."""
    if not isinstance(layer, WindowPooling) or not isinstance(shape, Image):
        return False
    if name == "rounding":
        return layer.output(shape) != replace(layer, rounding="floor").output(shape)
    rows = zip((shape.height, shape.width), layer.axes(shape), strict=True)
    return any(
        axis.before + axis.after > 0
        or (window_count(length, axis) - 1) * axis.stride + axis.reach > length
        for length, axis in rows
    )


def _window_words(kernel: tuple[int, int], stride: tuple[int, int]) -> str:
    down, across = stride
    steps = "" if stride == (1, 1) else f"/{down}" if down == across else f"/{down}×{across}"
    return f"{kernel[0]}×{kernel[1]}{steps}"


def _family(layer: Layer) -> Family:
    """Return what a kind has in common with others; `in place` needs no block: it changes values, and not the maps."""
    match layer:
        case Input():
            return "input"
        case FullyConnected() | RadialBasis() | Embedding():
            return "full"
        case WindowPooling() | GlobalPooling() | AdaptivePooling() | Subsampling():
            return "pooling"
        case Concat() | Add() | Multiply():
            return "join"
        case Convolution() | DepthwiseConvolution() | TransposedConvolution() | Inception():
            return "convolution"
        case Upsampling() | Border() | Cropping() | Reshape() | SideHead():
            return "other"
        case (
            Activation()
            | ParametricReLU()
            | Scaling()
            | Slice()
            | ChannelShuffle()
            | Dropout()
            | Flatten()
            | ResponseNormalization()
            | BatchNormalization()
            | LayerNormalization()
            | GroupNormalization()
        ):
            return "in place"
        case _:
            assert_never(layer)


def _in_place_words(report: RowReport, language: Language) -> tuple[str, ...]:
    (layer, _), function = _computed(report), report.row.function
    after = () if function is None else (function_word(function, language),)
    if isinstance(layer, Flatten):
        return ()
    if isinstance(layer, Activation):
        return (function_word(layer.function, language),)
    word = " ".join(
        (kind_word(entry_of(layer)[0], language), *_traits(layer, report.inputs, language))
    )
    if isinstance(layer, Dropout):
        word += f" {100 * layer.fraction:g} %"
    return (word, *after)


def described(blocks: tuple[Block, ...]) -> str:
    """Return what the blocks are, a sentence each, for those who cannot see the drawing."""
    sentences = []
    for block in blocks:
        names = [blocks[source].name or blocks[source].operation for source in block.sources]
        origin = f" of {' and '.join(names)}" if names else ""
        after = f", then {', '.join(block.in_place)}" if block.in_place else ""
        what = block.operation or "input"
        sentences.append(f"{block.name or 'A branch'}: {what}{origin}{after}, gives {block.size}.")
    return " ".join(sentences)


def is_flat(block: Block) -> bool:
    """Whether a block gives a vector, or maps of one place each."""
    return isinstance(block.output, Features) or block.sides == (1, 1)


def span(names: Sequence[str]) -> str:
    """Name several things by the first and the last, in short where they differ in one part: `conv3–5`, `4a–e`."""
    first, last = names[0], names[-1]
    if first == last:
        return first
    parts, others = (re.findall(r"\d+|[^\W\d]+|\W+", name) for name in (first, last))
    unlike = [at for at, pair in enumerate(zip(parts, others, strict=False)) if len(set(pair)) > 1]
    if len(parts) != len(others) or len(unlike) != 1 or unlike == [0]:
        return f"{first} – {last}"
    (at,) = unlike
    return "".join((*parts[: at + 1], "–", *others[at:]))

"""How each kind of layer is written: which columns and options hold its numbers, read and written alike.

An entry of `SCHEMA` says of each field of a layer where it stands. Its default is that of the dataclass:
a field that has one may be left out of a table, and is left out where it holds it.
"""

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, final

from striate.documents.cells import (
    read_fraction,
    read_kernel,
    read_number,
    read_padding,
    read_pair,
    read_shape,
    read_truth,
    read_whole,
)
from striate.documents.row_cells import RowCells
from striate.documents.vocabulary import KINDS, Column, Kind
from striate.errors import DocumentError
from striate.errors.documents import reduction_of_other_kernel, said_twice, unwritable_row
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
    Layer,
    LayerNormalization,
    LpPooling,
    MaxPooling,
    Multiply,
    Padding,
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
from striate.layers.windows import Window, pair
from striate.shapes import Features, Image, Words
from striate.table import Row, Unreadable


Cells = dict[Column, str]
"""The cells of one row that are not empty."""

Fields = dict[str, Any]
"""Values of a layer's fields, by their names."""


class Codec(NamedTuple):
    """How one value is read from a cell, and written."""

    read: Callable[[str], object]
    write: Callable[[Any], str]


def _pair_text(numbers: tuple[int, int]) -> str:
    height, width = numbers
    return str(height) if height == width else f"{height}x{width}"


def padding_text(padding: Padding) -> str:
    """Write a padding as its column holds it: `2`, `same`, or `1+0x1+0`."""
    match padding:
        case Sides(top, bottom, left, right):
            return f"{top}+{bottom}x{left}+{right}"
        case _:
            return str(padding)


WHOLE = Codec(read_whole, lambda number: f"{number:,}")
NUMBER = Codec(read_number, lambda number: repr(number).removesuffix(".0"))
FRACTION = Codec(read_fraction, repr)
TRUTH = Codec(read_truth, lambda is_so: "yes" if is_so else "no")
PAIR = Codec(read_pair, _pair_text)
PADDING = Codec(read_padding, padding_text)
# A layer checks its own words when it is made, so they pass here as they are written.
WORD = Codec(str, str)


@final
@dataclass(frozen=True, slots=True)
class Field:
    """One field of a layer in a table.

    Args:
        name: Of the field.
        codec: How it is read and written.
        column: The column that holds it; None if it is an option.
        option: The name of the option.
        is_always_written: Whether its default is written, too.
    """

    name: str
    codec: Codec
    column: Column | None = None
    option: str = ""
    is_always_written: bool = False


def _option(name: str, codec: Codec, option: str = "", *, is_always_written: bool = False) -> Field:
    return Field(name, codec, None, option or name, is_always_written)


@final
@dataclass(frozen=True, slots=True)
class Part:
    """Several fields of a layer that cells hold in a way of their own.

    Args:
        read: Gives the fields; None if a cell is missing or cannot be read, which is then a fault.
        write: Gives the cells.
        options: Names of the options among them.
        columns: The columns among them.
    """

    read: Callable[[RowCells, Kind], Fields | None]
    write: Callable[[Row, Any], Cells]
    options: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()


@final
@dataclass(frozen=True, slots=True)
class Entry:
    """How one type of row is written.

    Args:
        layer: Its class.
        fields: The fields that stand in a cell or an option each.
        parts: The fields that stand otherwise.
        fixed: The fields that the type itself sets.
        sets_maps: Whether the column Maps sets the layer, so that it claims nothing.
        sets_size: The same for the column Size.
        is_drawn: Whether it has trained numbers that a row may begin in its own way.
    """

    layer: Callable[..., Layer]
    fields: tuple[Field, ...] = ()
    parts: tuple[Part, ...] = ()
    fixed: Mapping[str, object] = field(default_factory=dict)
    sets_maps: bool = False
    sets_size: bool = False
    is_drawn: bool = False

    @property
    def options(self) -> tuple[str, ...]:
        """Names of all its options."""
        own = tuple(one.option for one in self.fields if one.option)
        return (*(name for part in self.parts for name in part.options), *own)

    def default(self, name: str) -> object:
        """Return the default of a field; MISSING if it has none."""
        found = {one.name: one for one in dataclasses.fields(self.layer)}  # type: ignore[arg-type]
        return found[name].default


# Parts: what several columns say together, or one column in several ways.


def _read_maps(cells: RowCells, kind: Kind) -> Fields | None:
    """Read the maps of a convolution, which may stand behind its size: 112x112x64."""
    if not cells.has("Maps") and cells.has("Size"):
        shape = cells.get("Size", read_shape)
        if shape is not None and shape[1] is not None:
            return {"maps": shape[1]}
    maps = cells.need("Maps", kind, read_whole)
    return None if maps is None else {"maps": maps}


_MAPS = Part(_read_maps, lambda _, layer: {"Maps": f"{layer.maps:,}"}, columns=("Maps",))


def _read_window(cells: RowCells, kind: Kind) -> Fields | None:
    """Read a window, whose stride and padding may stand with its kernel: 7x7+2(S)."""
    read = cells.need("Kernel", kind, read_kernel)
    stride = cells.get("Stride", read_pair)
    padding = None if kind == "Subsampling" else cells.get("Padding", read_padding)
    if read is None:
        return None
    kernel, beside, padded = read
    if stride is not None and beside is not None and stride != beside:
        cells.faults.append(said_twice(cells.name, "Stride", cells.line))
    if padding is not None and padded is not None and padding != padded:
        cells.faults.append(said_twice(cells.name, "Padding", cells.line))
    found: Fields = {"kernel": kernel, "stride": stride or beside}
    if found["stride"] is None:
        del found["stride"]
    if kind != "Subsampling":
        found["padding"] = padding if padding is not None else padded or "valid"
    return found


def _write_window(_: Row, layer: Any) -> Cells:
    window: Window = layer.window
    cells: Cells = {
        "Kernel": "x".join(map(str, window.kernel)),
        "Stride": _pair_text(window.stride),
    }
    if window.padding != "valid":
        cells["Padding"] = padding_text(window.padding)
    return cells


_WINDOW = Part(_read_window, _write_window, columns=("Kernel", "Stride", "Padding"))


def _read_shape(cells: RowCells, kind: Kind) -> Fields | None:
    """Read the shape of what comes in, or of what is read as another shape."""
    match cells.need("Size", kind, read_shape):
        case (height, width), behind:
            maps = behind or cells.need("Maps", kind, read_whole)
            return None if maps is None else {"shape": Image(maps, height, width)}
        case (count,), _:
            return {"shape": Features(count)}
        case _:
            return None


def _write_shape(_: Row, layer: Input | Reshape) -> Cells:
    match layer.shape:
        case Image(channels, height, width):
            return {"Maps": f"{channels:,}", "Size": f"{height}x{width}"}
        case shape:
            return {"Size": f"{shape}"}


_SHAPE = Part(_read_shape, _write_shape, columns=("Maps", "Size"))


def _read_sentence(cells: RowCells, kind: Kind) -> Fields | None:
    count = cells.need("Size", kind, read_whole)
    padding = cells.option("padding", read_whole, 0)
    return None if count is None else {"shape": Words(count, padding)}


def _write_sentence(_: Row, layer: Input) -> Cells:
    shape = layer.shape
    if not isinstance(shape, Words):
        message = f"{shape} was taken for a sentence"
        raise TypeError(message)
    padding: Cells = {"Options": f"padding={shape.padding:,}"} if shape.padding else {}
    return {"Size": f"{shape.count:,}", **padding}


def _read_units(cells: RowCells, kind: Kind) -> Fields | None:
    if cells.has("Maps"):
        units = cells.get("Maps", read_whole)
    else:
        shape = cells.need("Size", kind, read_shape)
        units = None if shape is None else math.prod(shape[0]) * (shape[1] or 1)
    return None if units is None else {"units": units}


def _write_units(row: Row, layer: FullyConnected | RadialBasis) -> Cells:
    # Units stand under Size, as the papers write them, unless the row claims another size, too.
    return {"Size" if row.claims.size is None else "Maps": f"{layer.units:,}"}


_UNITS = Part(_read_units, _write_units, columns=("Size",))


def _read_vectors(cells: RowCells, kind: Kind) -> Fields | None:
    words = cells.need_option("words", kind, read_whole)
    dimensions = cells.optional("dimensions", read_whole)
    if dimensions is None:
        size = cells.need("Size", kind, read_pair)
        dimensions = None if size is None else size[1]
    return (
        None if words is None or dimensions is None else {"words": words, "dimensions": dimensions}
    )


def _write_vectors(row: Row, layer: Embedding) -> Cells:
    # The claimed size tells the dimensions, too, unless it is wrong, or there is none.
    is_told = row.claims.size is not None and row.claims.size[-1] == layer.dimensions
    return {
        "Options": f"words={layer.words:,}"
        + ("" if is_told else f", dimensions={layer.dimensions:,}")
    }


_INCEPTION: dict[str, Column] = {
    "n1x1": "#1x1",
    "n3x3_reduce": "#3x3 reduce",
    "n3x3": "#3x3",
    "n5x5_reduce": "#5x5 reduce",
    "n5x5": "#5x5",
    "pool_projection": "Pool proj",
}


def _read_inception(cells: RowCells, _: Kind) -> Fields | None:
    faults = len(cells.faults)
    numbers = {name: cells.get(column, read_whole) or 0 for name, column in _INCEPTION.items()}
    return numbers if len(cells.faults) == faults else None


def _write_inception(_: Row, layer: Inception) -> Cells:
    numbers = {column: getattr(layer, name) for name, column in _INCEPTION.items()}
    return {column: f"{number:,}" for column, number in numbers.items() if number}


def _read_adaptive_size(cells: RowCells, kind: Kind) -> Fields | None:
    """Read the size that comes out, which the column Size claims as well."""
    size = cells.optional("size", read_pair)
    if size is None:
        shape = cells.need("Size", kind, read_shape)
        size = None if shape is None else (shape[0][0], shape[0][-1])
    return None if size is None else {"size": size}


def _write_adaptive_size(row: Row, layer: AdaptivePooling) -> Cells:
    size = pair(layer.size)
    return {} if row.claims.size == size else {"Options": f"size={_pair_text(size)}"}


_ADAPTIVE_SIZE = Part(_read_adaptive_size, _write_adaptive_size, ("size",), ("Size",))


def _read_factor(cells: RowCells, _: Kind) -> Fields | None:
    """Read the factor of an upsampling, which may stand where a window's kernel or stride does."""
    factor = cells.optional("factor", read_pair)
    columns: tuple[Column, ...] = ("Kernel", "Stride")
    for column in columns:
        if factor is None:
            factor = cells.get(column, read_pair)
    return {} if factor is None else {"factor": factor}


_AFFINE = (
    _option("has_scale", TRUTH, "scale"),
    _option("has_offset", TRUTH, "offset"),
)
_BIAS = _option("has_bias", TRUTH, "bias")
_DILATION = _option("dilation", PAIR)
_ROUNDING = _option("rounding", WORD)
_TRAINED = _option("is_trained", TRUTH, "trained")
_GROUPS = Field("groups", WHOLE, "Groups")
_EPSILON = _option("epsilon", Codec(read_number, repr), is_always_written=True)
_DROPPED = _option("fraction", FRACTION, is_always_written=True)

SCHEMA: Mapping[Kind, Entry] = {
    "Input": Entry(Input, parts=(_SHAPE,), sets_maps=True, sets_size=True),
    "Sentence": Entry(
        Input,
        parts=(Part(_read_sentence, _write_sentence, ("padding",), ("Size",)),),
        sets_size=True,
    ),
    "Convolution": Entry(
        Convolution,
        (_GROUPS, _DILATION, _BIAS),
        (_MAPS, _WINDOW),
        sets_maps=True,
        is_drawn=True,
    ),
    "Depthwise convolution": Entry(
        DepthwiseConvolution,
        (_DILATION, _option("multiplier", WHOLE), _BIAS),
        (_WINDOW,),
        is_drawn=True,
    ),
    "Transposed convolution": Entry(
        TransposedConvolution,
        (_GROUPS, _option("output_padding", PAIR), _DILATION, _BIAS),
        (_MAPS, _WINDOW),
        sets_maps=True,
        is_drawn=True,
    ),
    "Upsampling": Entry(
        Upsampling,
        (_option("interpolation", WORD), _option("is_aligned", TRUTH, "aligned")),
        (
            Part(
                _read_factor,
                lambda _, layer: {"Options": f"factor={_pair_text(pair(layer.factor))}"},
                ("factor",),
            ),
        ),
    ),
    "Padding": Entry(Border, (Field("padding", PADDING, "Padding"), _option("mode", WORD))),
    "Slice": Entry(Slice, (_option("first", WHOLE),), (_MAPS,), sets_maps=True),
    "Cropping": Entry(Cropping, (Field("padding", PADDING, "Padding"),)),
    "Channel shuffle": Entry(ChannelShuffle, (_GROUPS,)),
    "Max pooling": Entry(MaxPooling, (_DILATION, _ROUNDING), (_WINDOW,)),
    "Average pooling": Entry(AveragePooling, (_ROUNDING, _option("divisor", WORD)), (_WINDOW,)),
    "L2 pooling": Entry(LpPooling, (_ROUNDING,), (_WINDOW,), fixed={"p": 2}),
    "Lp pooling": Entry(LpPooling, (_option("p", NUMBER), _ROUNDING), (_WINDOW,)),
    "Global average pooling": Entry(GlobalPooling, fixed={"reduction": "average"}),
    "Global max pooling": Entry(GlobalPooling, fixed={"reduction": "max"}),
    "Adaptive average pooling": Entry(
        AdaptivePooling, parts=(_ADAPTIVE_SIZE,), fixed={"reduction": "average"}
    ),
    "Adaptive max pooling": Entry(
        AdaptivePooling, parts=(_ADAPTIVE_SIZE,), fixed={"reduction": "max"}
    ),
    "Subsampling": Entry(
        Subsampling,
        (_option("reduction", WORD, is_always_written=True),),
        (_WINDOW,),
        is_drawn=True,
    ),
    "Fully connected": Entry(
        FullyConnected, (_BIAS, _option("max_norm", NUMBER)), (_UNITS,), is_drawn=True
    ),
    "RBF": Entry(RadialBasis, parts=(_UNITS,)),
    "Flatten": Entry(Flatten),
    "Reshape": Entry(Reshape, parts=(_SHAPE,), sets_maps=True, sets_size=True),
    "Activation": Entry(Activation),
    "PReLU": Entry(ParametricReLU, (_option("slopes", WORD), _option("start", NUMBER))),
    "Scale": Entry(Scaling, (_option("factor", NUMBER), _option("offset", NUMBER), _TRAINED)),
    "Dropout": Entry(Dropout, (_DROPPED,), fixed={"drops": "values"}),
    "Spatial dropout": Entry(Dropout, (_DROPPED,), fixed={"drops": "maps"}),
    "Concat": Entry(Concat),
    "Add": Entry(Add),
    "Multiply": Entry(Multiply),
    "Inception": Entry(
        Inception,
        parts=(Part(_read_inception, _write_inception, columns=tuple(_INCEPTION.values())),),
        is_drawn=True,
    ),
    "LRN": Entry(
        ResponseNormalization,
        (
            _option("size", WHOLE, is_always_written=True),
            *(
                _option(name, Codec(read_number, repr), is_always_written=True)
                for name in ("alpha", "beta", "k")
            ),
            _option("is_divided", TRUTH, "divided", is_always_written=True),
            _option("region", WORD),
            _GROUPS,
        ),
    ),
    "Batch normalisation": Entry(
        BatchNormalization,
        (
            _EPSILON,
            _option("momentum", Codec(read_number, repr), is_always_written=True),
            *_AFFINE,
        ),
    ),
    "Layer normalisation": Entry(
        LayerNormalization, (_option("over", WORD, is_always_written=True), _EPSILON, *_AFFINE)
    ),
    "Group normalisation": Entry(GroupNormalization, (_GROUPS, _EPSILON, *_AFFINE)),
    "Instance normalisation": Entry(
        GroupNormalization, (_EPSILON, *_AFFINE), fixed={"groups": None}
    ),
    "Side head": Entry(
        SideHead, (_option("weight", Codec(read_number, repr), is_always_written=True),)
    ),
    "Embedding": Entry(
        Embedding,
        (_option("vectors", WORD, is_always_written=True),),
        (Part(_read_vectors, _write_vectors, ("words", "dimensions"), ("Size",)),),
        is_drawn=True,
    ),
}
"""All types of rows that are layers, each with the places of its numbers."""


def read_layer(cells: RowCells, kind: Kind, function: Function | None) -> Layer | None:
    """Make the layer of a row.

    Args:
        cells: The row's cells; what cannot be read is added to their faults.
        kind: Type of the row.
        function: Its activation function, which an Activation row is made of.

    Returns:
        The layer; None if a cell that it needs is missing or cannot be read.

    Raises:
        LayerError: The cells can be read, and their numbers cannot be.
    """
    if kind == "Activation":
        return None if function is None else Activation(function)
    if kind == "Convolution" and (cells.has("#3x3 reduce") or cells.has("#5x5 reduce")):
        # GoogLeNet's Table 1 writes a convolution and the reduction ahead of it as one row.
        return _reduced_convolution(cells)
    entry = SCHEMA.get(kind)
    if entry is None:
        return None
    found: list[Fields | None] = [part.read(cells, kind) for part in entry.parts]
    found += [_read_field(cells, kind, entry, one) for one in entry.fields]
    if any(values is None for values in found):
        return None
    values = {name: value for part in found if part for name, value in part.items()}
    return entry.layer(**entry.fixed, **values)


def _read_field(cells: RowCells, kind: Kind, entry: Entry, one: Field) -> Fields | None:
    """Read a field; nothing where its default holds, None where it has none and is missing."""
    reader: Callable[[str], object | None] = one.codec.read
    is_needed = entry.default(one.name) is dataclasses.MISSING
    if one.column is None:
        value = (
            cells.need_option(one.option, kind, reader)
            if is_needed
            else cells.optional(one.option, reader)
        )
    elif is_needed:
        value = cells.need(one.column, kind, reader)
    else:
        value = cells.get(one.column, reader)
    return {one.name: value} if value is not None else None if is_needed else {}


def _reduced_convolution(cells: RowCells) -> Layer | None:
    window = cells.get("Kernel", read_kernel)
    stride = cells.get("Stride", read_pair)
    numbers = _read_inception(cells, "Convolution")
    layer = None if numbers is None else Inception(**numbers)
    side = 3 if layer is not None and layer.n3x3 else 5
    if window is not None and (window[0], window[1] or stride or (1, 1)) != ((side, side), (1, 1)):
        cells.faults.append(reduction_of_other_kernel(cells.name, cells.text("Kernel"), cells.line))
        return None
    return layer


def write_layer(row: Row) -> Cells:
    """Give the cells that set a row's layer.

    Raises:
        DocumentError: The row could not be read and so cannot be written.
    """
    layer = row.layer
    if isinstance(layer, Unreadable):
        raise DocumentError(unwritable_row(row.name, row.line))
    kind, entry = entry_of(layer)
    cells: Cells = {"Type": kind}
    options: list[str] = []
    for part in entry.parts:
        written = part.write(row, layer)
        options += [written.pop("Options")] if "Options" in written else []
        cells |= written
    if isinstance(layer, Activation):
        cells["Activation"] = str(layer.function)
    for one, text in _written_fields(entry, layer):
        if one.column is not None:
            cells[one.column] = text
        else:
            options.append(f"{one.option}={text}")
    return cells | ({"Options": ", ".join(options)} if options else {})


def _written_fields(entry: Entry, layer: Layer) -> Iterator[tuple[Field, str]]:
    for one in entry.fields:
        value = getattr(layer, one.name)
        if one.is_always_written or value != entry.default(one.name):
            yield one, one.codec.write(value)


def entry_of(layer: Layer) -> tuple[Kind, Entry]:
    """Find the type that a layer is written as, with its entry."""
    is_sentence = isinstance(layer, Input) and isinstance(layer.shape, Words)
    kinds: tuple[Kind, ...] = ("Sentence",) if is_sentence else KINDS
    fitting = [
        (kind, entry)
        for kind in kinds
        if (entry := SCHEMA.get(kind)) is not None
        and entry.layer is type(layer)
        and all(getattr(layer, name) == value for name, value in entry.fixed.items())
    ]
    # The type that says most: an instance normalisation is a group normalisation, too.
    return max(fitting, key=lambda found: len(found[1].fixed))

"""From the lines of a layer table to rows, tolerant: a row with a fault still stands in its place."""

from dataclasses import dataclass
from typing import assert_never, cast, final

from striate.documents.cells import (
    EMPTY,
    read_count,
    read_fraction,
    read_kernel,
    read_padding,
    read_pair,
    read_size,
    read_truth,
    read_whole,
)
from striate.documents.markdown import Grid
from striate.documents.row_cells import RowCells
from striate.documents.vocabulary import (
    COLUMNS,
    FUNCTIONS,
    KINDS,
    Column,
    Kind,
    column_of,
    function_of,
    kind_of,
    known_columns,
    known_kinds,
)
from striate.errors import Fault, LayerError
from striate.errors.documents import (
    gap_in_table,
    missing_cell,
    missing_heading,
    repeated_heading,
    said_twice,
    too_many_cells,
    unknown_function,
    unknown_heading,
    unknown_type,
    unnamed_row,
)
from striate.errors.fault import nearest
from striate.errors.tables import duplicate_row
from striate.layers import (
    Activation,
    Add,
    AveragePooling,
    Concat,
    Convolution,
    Dropout,
    Flatten,
    FullyConnected,
    Function,
    GlobalPooling,
    Input,
    Layer,
    MaxPooling,
    Padding,
    RadialBasis,
    Subsampling,
)
from striate.layers.pooling import Divisor, Reduction
from striate.layers.windows import Rounding
from striate.shapes import Features, Image
from striate.table import Claims, Row, Unreadable


OPTIONS: dict[Kind, tuple[str, ...]] = {
    "Convolution": ("dilation", "bias"),
    "Max pooling": ("dilation", "rounding"),
    "Average pooling": ("rounding", "divisor"),
    "Subsampling": ("reduction",),
    "Fully connected": ("bias",),
    "Dropout": ("fraction",),
}
"""The options that each type has, besides its columns."""

_SURELY = 0.8
"""How like a type a word must be to be read as one: a letter or two amiss, no more."""


@final
@dataclass(frozen=True, slots=True)
class RowsRead:
    """A layer table, read.

    Args:
        rows: Its rows, in their order.
        totals: What its Total row claims.
        totals_line: Line of that row.
        faults: Everything that could not be read.
    """

    rows: tuple[Row, ...]
    totals: Claims
    totals_line: int | None
    faults: tuple[Fault, ...]


def is_layer_table(grid: Grid) -> bool:
    """Tell a table of layers from any other table in a text, by its headings."""
    columns = {column_of(title) for title in grid.titles} - {None}
    return "Type" in columns or ("Layer" in columns and len(columns) > 2)  # noqa: PLR2004


def read_rows(grid: Grid) -> RowsRead:
    """Read a table of layers.

    Args:
        grid: A table for which `is_layer_table` holds.

    Returns:
        All rows; one that could not be read holds `Unreadable` and what it claims.
    """
    columns, faults = _columns(grid)
    faults += [gap_in_table(line) for line in grid.gaps]
    rows: list[Row] = []
    totals, totals_line = Claims(), None
    for line, texts in grid.lines:
        cells = {column: text for column, text in zip(columns, texts, strict=False) if column}
        name, word = (
            "" if text in EMPTY else text
            for text in (cells.pop("Layer", ""), cells.pop("Type", ""))
        )
        cells.pop("Note", None)
        if not name and "Layer" in columns:
            faults.append(unnamed_row(line))
        if not name and not word and set(cells.values()) <= EMPTY:
            continue
        # A row without a name keeps its place, so that the rows below it read what they should.
        name = name or f"row {len(rows) + 1}"
        if len(texts) > len(columns):
            faults.append(too_many_cells(name, len(texts), len(columns), line))
        kind = kind_of(word or name)
        reader = RowCells(name, line, cells)
        if kind == "Total":
            if totals_line is not None:
                faults.append(duplicate_row(name, line, totals_line))
            totals, totals_line = _claims(reader, with_maps=False, with_size=False), line
            reader.close("Total", ())
        elif kind is not None and word:
            rows.append(_row(reader, kind))
        else:
            if "Type" in columns:
                reader.faults.append(unknown_type(name, word, KINDS, known_kinds(), line))
            rows.append(_row_of_unknown_type(reader, word))
        faults += reader.faults
    return RowsRead(tuple(rows), totals, totals_line, tuple(faults))


def _columns(grid: Grid) -> tuple[list[Column | None], list[Fault]]:
    columns = [column_of(title) for title in grid.titles]
    faults = [
        unknown_heading(title, COLUMNS, known_columns(), grid.line)
        for title, column in zip(grid.titles, columns, strict=True)
        if column is None
    ]
    faults += [
        repeated_heading(column, grid.line) for column in COLUMNS if columns.count(column) > 1
    ]
    needed: tuple[Column, ...] = ("Layer", "Type")
    faults += [missing_heading(column, grid.line) for column in needed if column not in columns]
    # Of two columns that bear one heading the first is read.
    seen = [columns[:index] for index in range(len(columns))]
    return [None if one in left else one for one, left in zip(columns, seen, strict=True)], faults


def _row_of_unknown_type(cells: RowCells, word: str) -> Row:
    meant = nearest(word, known_kinds(), cutoff=_SURELY)
    kind = kind_of(meant) if meant else None
    if kind is not None and kind != "Total":
        # The row is read as what it surely meant, so that the rows below it can be checked.
        return _row(cells, kind)
    return Row(
        cells.name,
        Unreadable(),
        reads=_reads(cells),
        claims=_claims(cells, with_maps=True, with_size=True),
        line=cells.line,
    )


def _row(cells: RowCells, kind: Kind) -> Row:
    word = cells.text("Activation")
    if kind in {"Fully connected", "RBF"} and word.casefold() == "rbf":
        # The notes write LeNet-5's output as a fully connected row whose function is RBF.
        kind, word = "RBF", ""
    function = function_of(word) if word else None
    if word and function is None:
        cells.faults.append(unknown_function(cells.name, word, FUNCTIONS, cells.line))
    if kind == "Activation" and not word:
        cells.faults.append(missing_cell(cells.name, "Activation", kind, cells.line))
    try:
        layer = _layer(cells, kind, function)
    except LayerError as error:
        layer = None
        cells.faults += [
            fault.at(f"{cells.name}, {fault.where}", cells.line) for fault in error.faults
        ]
    sets_maps = kind in {"Input", "Convolution"} and layer is not None
    sets_size = kind == "Input" or (kind in {"Fully connected", "RBF"} and not cells.has("Maps"))
    claims = _claims(cells, with_maps=not sets_maps, with_size=not sets_size)
    if isinstance(layer, FullyConnected | RadialBasis):
        claims = Claims(
            None, claims.size, claims.parameters, claims.connections, claims.multiply_adds
        )
    reads = () if kind == "Input" else _reads(cells)
    cells.close(kind, OPTIONS.get(kind, ()))
    return Row(
        cells.name,
        Unreadable() if layer is None else layer,
        None if kind == "Activation" else function,
        reads,
        claims,
        cells.line,
    )


def _layer(cells: RowCells, kind: Kind, function: Function | None) -> Layer | None:
    match kind:
        case "Input":
            return _input(cells)
        case "Convolution":
            return _convolution(cells)
        case "Max pooling":
            return _max_pooling(cells)
        case "Average pooling":
            return _average_pooling(cells)
        case "Subsampling":
            return _subsampling(cells)
        case "Global average pooling":
            return GlobalPooling("average")
        case "Global max pooling":
            return GlobalPooling("max")
        case "Fully connected" | "RBF":
            return _units(cells, kind)
        case "Flatten":
            return Flatten()
        case "Activation":
            return None if function is None else Activation(function)
        case "Dropout":
            return Dropout(cells.option("fraction", read_fraction, 0.5))
        case "Concat":
            return Concat()
        case "Add":
            return Add()
        case "Total":
            return None
        case _:
            assert_never(kind)


def _input(cells: RowCells) -> Layer | None:
    size = cells.need("Size", "Input", read_size)
    match size:
        case (height, width):
            maps = cells.need("Maps", "Input", read_whole)
            return None if maps is None else Input(Image(maps, height, width))
        case (count,):
            return Input(Features(count))
        case _:
            return None


def _convolution(cells: RowCells) -> Layer | None:
    maps = cells.need("Maps", "Convolution", read_whole)
    window = _window(cells, "Convolution")
    groups = cells.get("Groups", read_whole)
    dilation = cells.option("dilation", read_pair, (1, 1))
    has_bias = cells.option("bias", read_truth, default=True)
    if maps is None or window is None:
        return None
    kernel, stride, padding = window
    groups = 1 if groups is None else groups
    return Convolution(maps, kernel, stride or (1, 1), padding, dilation, groups, has_bias)


def _max_pooling(cells: RowCells) -> Layer | None:
    window = _window(cells, "Max pooling")
    dilation = cells.option("dilation", read_pair, (1, 1))
    rounding: Rounding = cells.option("rounding", _rounding, "floor")
    return None if window is None else MaxPooling(*window, dilation, rounding)


def _average_pooling(cells: RowCells) -> Layer | None:
    window = _window(cells, "Average pooling")
    rounding: Rounding = cells.option("rounding", _rounding, "floor")
    divisor: Divisor = cells.option("divisor", _divisor, "window")
    return None if window is None else AveragePooling(*window, rounding, divisor)


def _subsampling(cells: RowCells) -> Layer | None:
    window = _window(cells, "Subsampling")
    reduction: Reduction = cells.option("reduction", _reduction, "sum")
    return None if window is None else Subsampling(window[0], window[1], reduction)


# A layer checks its own words when it is made, so they pass here as they are written.
def _rounding(word: str) -> Rounding:
    return cast("Rounding", word)


def _divisor(word: str) -> Divisor:
    return cast("Divisor", word)


def _reduction(word: str) -> Reduction:
    return cast("Reduction", word)


def _units(cells: RowCells, kind: Kind) -> Layer | None:
    if cells.has("Maps"):
        units = cells.get("Maps", read_whole)
    else:
        size = cells.need("Size", kind, read_size)
        units = None if size is None else size[0] if len(size) == 1 else size[0] * size[1]
    has_bias = cells.option("bias", read_truth, default=True) if kind != "RBF" else True
    if units is None:
        return None
    return RadialBasis(units) if kind == "RBF" else FullyConnected(units, has_bias)


def _window(
    cells: RowCells, kind: Kind
) -> tuple[tuple[int, int], tuple[int, int] | None, Padding] | None:
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
    return kernel, stride or beside, padding if padding is not None else padded or "valid"


def _reads(cells: RowCells) -> tuple[str, ...]:
    return tuple(name.strip() for name in cells.text("From").split(",") if name.strip())


def _claims(cells: RowCells, *, with_maps: bool, with_size: bool) -> Claims:
    return Claims(
        cells.get("Maps", read_whole) if with_maps else None,
        cells.get("Size", read_size) if with_size else None,
        cells.get("Parameters", read_count),
        cells.get("Connections", read_count),
        cells.get("Operations", read_count),
    )

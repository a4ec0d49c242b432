"""From the lines of a layer table to rows, tolerant: a row with a fault still stands in its place."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import final

from striate.documents.cells import EMPTY, read_count, read_shape, read_start, read_whole
from striate.documents.parts import Grid
from striate.documents.row_cells import RowCells
from striate.documents.schema import SCHEMA, read_layer
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
    power_in,
)
from striate.errors import Fault, LayerError
from striate.errors.documents import (
    gap_in_table,
    missing_cell,
    missing_heading,
    repeated_heading,
    too_many_cells,
    total_in_side_head,
    unknown_function,
    unknown_heading,
    unknown_type,
    unnamed_row,
)
from striate.errors.fault import SURELY, nearest
from striate.errors.tables import duplicate_row
from striate.layers import Convolution, FullyConnected, RadialBasis, TransposedConvolution
from striate.table import Claims, Row, Unreadable


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


def is_own_form(grid: Grid) -> bool:
    """Whether a table is written in the language of this project: Layer, Type, and no other headings."""
    columns = [
        column_of(title) or column_of(nearest(title, known_columns(), SURELY) or "")
        for title in grid.titles
    ]
    return None not in columns and {"Layer", "Type"} <= set(columns)


def is_side_head(grid: Grid) -> bool:
    """Tell the table of a side head by the type of its first row."""
    columns = [column_of(title) for title in grid.titles]
    if "Type" not in columns or not grid.lines:
        return False
    cells = grid.lines[0][1]
    at = columns.index("Type")
    return at < len(cells) and kind_of(cells[at]) == "Side head"


def with_heads(network: RowsRead, heads: list[RowsRead]) -> RowsRead:
    """Put the rows of side heads behind those of their network."""
    misplaced = [
        total_in_side_head("Total", head.totals_line) for head in heads if head.totals_line
    ]
    return RowsRead(
        tuple(row for read in (network, *heads) for row in read.rows),
        network.totals,
        network.totals_line,
        (*network.faults, *(fault for head in heads for fault in head.faults), *misplaced),
    )


def read_rows(grid: Grid, meaning_of: Callable[[str], str | None]) -> RowsRead:
    """Read a table of layers.

    Args:
        grid: A table for which `is_layer_table` holds.
        meaning_of: Gives the heading of this project that means what another heading means.

    Returns:
        All rows; one that could not be read holds `Unreadable` and what it claims.
    """
    columns, faults = _columns(grid, meaning_of)
    faults += [gap_in_table(line) for line in grid.gaps]
    rows: list[Row] = []
    totals, totals_line = Claims(), None
    for line, texts in grid.lines:
        cells = {column: text for column, text in zip(columns, texts, strict=False) if column}
        name, word = (
            "" if text in EMPTY else text
            for text in (cells.pop("Layer", ""), cells.pop("Type", ""))
        )
        note = cells.pop("Note", "")
        if not name and "Layer" in columns:
            faults.append(unnamed_row(line))
        if not name and not word and set(cells.values()) <= EMPTY:
            continue
        # A row without a name keeps its place, so that the rows below it read what they should.
        name = name or f"row {len(rows) + 1}"
        if len(texts) > len(columns):
            faults.append(too_many_cells(name, len(texts), len(columns), line))
        kind = _kind(word or name)
        reader = RowCells(name, line, cells | _said_by_type(kind, word, cells))
        if kind == "Total":
            if totals_line is not None:
                faults.append(duplicate_row(name, line, totals_line))
            totals, totals_line = _total_claims(reader), line
        elif kind is not None and word:
            rows.append(replace(_row(reader, kind), note="" if note in EMPTY else note))
        else:
            if "Type" in columns:
                reader.faults.append(unknown_type(name, word, KINDS, known_kinds(), line))
            rows.append(_row_of_unknown_type(reader, word))
        faults += reader.faults
    return RowsRead(tuple(rows), totals, totals_line, tuple(faults))


def _kind(word: str) -> Kind | None:
    """Find the type that a cell names: by itself, with a remark in brackets, or by its function."""
    if function_of(word) is not None:
        return "Activation"
    return kind_of(word) or kind_of(_without_remark(word))


def _without_remark(word: str) -> str:
    return re.sub(r"\s*\([^()]*\)$", "", word.strip())


def _said_by_type(kind: Kind | None, word: str, cells: Mapping[Column, str]) -> dict[Column, str]:
    """Give the cells that a type fills in: `softmax` its function, `dropout (40%)` its fraction."""
    if kind == "Activation" and function_of(word) and cells.get("Activation", "") in EMPTY | {""}:
        return {"Activation": word}
    if kind in {"Dropout", "Spatial dropout"}:
        remark = re.search(r"\(([\d.]+\s*%?)\)$", word.strip())
        return _with_option("fraction", remark and remark[1], cells)
    return _with_option("p", power_in(word), cells) if kind == "Lp pooling" else {}


def _with_option(name: str, said: str | None, cells: Mapping[Column, str]) -> dict[Column, str]:
    """Give the options of a row, and one that its type says, as in `dropout (40%)`."""
    options = cells.get("Options", "")
    if said is None or name in options:
        return {}
    given = [] if options in EMPTY else [options]
    return {"Options": ", ".join([*given, f"{name}={said}"])}


def _columns(
    grid: Grid, meaning_of: Callable[[str], str | None]
) -> tuple[list[Column | None], list[Fault]]:
    named = [column_of(title) for title in grid.titles]
    faults = [
        unknown_heading(title, COLUMNS, known_columns(), grid.line, meaning_of(title))
        for title, column in zip(grid.titles, named, strict=True)
        if column is None
    ]
    faults += [repeated_heading(column, grid.line) for column in COLUMNS if named.count(column) > 1]
    columns: list[Column | None] = []
    for title, column in zip(grid.titles, named, strict=True):
        # A misspelt heading is read as what it surely meant; of two alike the first is read.
        meant = column or column_of(nearest(title, known_columns(), cutoff=SURELY) or "")
        columns.append(None if meant in columns else meant)
    needed: tuple[Column, ...] = ("Layer", "Type")
    faults += [missing_heading(column, grid.line) for column in needed if column not in columns]
    return columns, faults


def _row_of_unknown_type(cells: RowCells, word: str) -> Row:
    meant = nearest(word, known_kinds(), cutoff=SURELY)
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
    entry = SCHEMA.get(kind)
    start = (
        cells.get("Initialization", read_start) if entry is not None and entry.is_drawn else None
    )
    if kind == "Activation" and not word:
        cells.faults.append(missing_cell(cells.name, "Activation", kind, cells.line))
    try:
        layer = read_layer(cells, kind, function)
    except LayerError as error:
        layer = None
        cells.faults += [
            fault.at(f"{cells.name}, {fault.where}", cells.line) for fault in error.faults
        ]
    sets_maps = entry is not None and entry.sets_maps and layer is not None
    sets_size = (entry is not None and entry.sets_size) or (
        kind in {"Fully connected", "RBF"} and not cells.has("Maps")
    )
    claims = _claims(cells, with_maps=not sets_maps, with_size=not sets_size)
    if isinstance(layer, FullyConnected | RadialBasis):
        claims = replace(claims, maps=None)
    if isinstance(layer, Convolution | TransposedConvolution) and claims.maps == layer.maps:
        claims = replace(claims, maps=None)
    reads = () if kind in {"Input", "Sentence"} else _reads(cells)
    cells.close(kind, () if entry is None else entry.options)
    return Row(
        cells.name,
        Unreadable() if layer is None else layer,
        None if kind == "Activation" else function,
        reads,
        claims,
        cells.line,
        start,
    )


def _reads(cells: RowCells) -> tuple[str, ...]:
    return tuple(name.strip() for name in cells.text("From").split(",") if name.strip())


def _total_claims(cells: RowCells) -> Claims:
    claims = _claims(cells, with_maps=False, with_size=False, with_depth=False)
    cells.close("Total", ())
    return claims


def _claims(
    cells: RowCells, *, with_maps: bool, with_size: bool, with_depth: bool = True
) -> Claims:
    maps = cells.get("Maps", read_whole) if with_maps else None
    shape = cells.get("Size", read_shape) if with_size else None
    size, maps_behind = (None, None) if shape is None else shape
    return Claims(
        maps if maps_behind is None else maps_behind,
        size,
        cells.get("Parameters", read_count),
        cells.get("Connections", read_count),
        cells.get("Operations", read_count),
        cells.get("Neurons", read_count),
        cells.get("Depth", read_whole) if with_depth else None,
    )

"""The other parts of a document that say something about a row: connection tables and drawn codes."""

from dataclasses import dataclass, replace
from typing import final

from striate.arithmetic import reads
from striate.documents.cells import EMPTY
from striate.documents.parts import Block, Grid
from striate.documents.patterns import pattern_of
from striate.errors import Fault, LayerError
from striate.errors.blocks import (
    codes_of_unknown_row,
    connections_from_wrong_row,
    connections_of_unknown_row,
    connections_of_wrong_width,
    fence_not_closed,
    repeated_block,
    unreadable_mark,
)
from striate.errors.fault import SURELY, nearest
from striate.layers import Codes, ConnectionTable, Convolution, RadialBasis
from striate.table import Row, Table, Unreadable


_ARROW = pattern_of(r"→|->|\\")
_MARKS = {"x": True, "1": True, "•": True, "0": False, ".": False}


@final
@dataclass(frozen=True, slots=True)
class Attached:
    """A table with its blocks attached.

    Args:
        table: The table; a row whose block has a fault is `Unreadable` in it.
        faults: What is wrong with the blocks.
    """

    table: Table
    faults: tuple[Fault, ...]


def is_connection_table(grid: Grid) -> bool:
    """Tell a connection table by its first cell: `S2 → C3`."""
    return bool(grid.titles) and bool(_ends(grid.titles[0]))


def is_codes(fence: Block) -> bool:
    """Tell drawn codes by what stands behind the fence: `codes Output`."""
    return fence.info.split(maxsplit=1)[:1] == ["codes"]


def attach(table: Table, grids: list[Grid], fences: list[Block]) -> Attached:
    """Give connection tables and drawn codes to the rows that they name.

    Args:
        table: The network.
        grids: Its connection tables.
        fences: Its drawn codes.

    Returns:
        The table with the blocks in its rows, and every fault of the blocks.
    """
    faults: list[Fault] = []
    first: dict[str, Row] = {}
    for one in table.rows:
        first.setdefault(one.name, one)
    rows = dict(first)
    done: set[str] = set()
    for grid in grids:
        came, name = max(
            _ends(grid.titles[0]), key=lambda ends: (ends[1] in first, ends[0] in first)
        )
        if name in done:
            faults.append(repeated_block(f"{name}, connection table", grid.line))
            continue
        done.add(name)
        known = [row.name for row in rows.values() if isinstance(row.layer, Convolution)]
        meant = _meant(name, known, rows)
        if meant != name:
            faults.append(connections_of_unknown_row(name, known, grid.line))
        row = rows.get(meant or "")
        if row is not None and isinstance(row.layer, Convolution):
            rows[row.name], found = _connect(table, row, row.layer, came, grid)
            faults += found
    _draw_all(rows, fences, faults)
    # A row copied by mistake stays a copy, so that it is reported as nothing else.
    attached = tuple(
        replace(rows[row.name], line=row.line) if row == first[row.name] else row
        for row in table.rows
    )
    return Attached(replace(table, rows=attached), tuple(faults))


def _meant(name: str, known: list[str], rows: dict[str, Row]) -> str | None:
    """Find the row that a block names, or surely means."""
    row = rows.get(name)
    # What was not understood has its fault already; its blocks wait until it is corrected.
    if name in known or (row is not None and isinstance(row.layer, Unreadable)):
        return name
    return nearest(name, known, cutoff=SURELY)


def _draw_all(rows: dict[str, Row], fences: list[Block], faults: list[Fault]) -> None:
    done: set[str] = set()
    for fence in fences:
        name = fence.info.replace("\t", " ").partition(" ")[2].strip()
        if not fence.is_closed:
            faults.append(fence_not_closed(fence.info, fence.line))
            continue
        if name in done:
            faults.append(repeated_block(f"{name}, codes", fence.line))
            continue
        done.add(name)
        known = [row.name for row in rows.values() if isinstance(row.layer, RadialBasis)]
        meant = _meant(name, known, rows)
        if meant != name:
            faults.append(codes_of_unknown_row(name, known, fence.line))
        row = rows.get(meant or "")
        if row is not None and isinstance(row.layer, RadialBasis):
            rows[row.name], found = _draw(row, row.layer, fence)
            faults += found


def _ends(title: str) -> list[tuple[str, str]]:
    """Read `S2 → C3`, in every way in which it can be read if the names hold arrows, too."""
    ends = [
        (title[: arrow.start()].strip(), title[arrow.end() :].strip())
        for arrow in _ARROW.finditer(title)
    ]
    return [(came, name) for came, name in ends if came and name]


def _connect(
    table: Table, row: Row, layer: Convolution, came: str, grid: Grid
) -> tuple[Row, list[Fault]]:
    faults: list[Fault] = []
    sources = [table.rows[source].name for source in reads(table)[table.rows.index(row)]]
    if sources and sources != [came]:
        faults.append(connections_from_wrong_row(row.name, came, sources[0], grid.line))
    widths = {layer.maps + 1}
    for line, cells in ((grid.line, grid.titles), *grid.lines):
        # Trailing empty cells are kept by the bars around them, so the widths can be compared.
        if len(cells) not in widths:
            # Lines as wrong as the headings above them are wrong once.
            widths |= {len(cells)} if line == grid.line else set()
            faults.append(connections_of_wrong_width(row.name, len(cells) - 1, layer.maps, line))
    marks = []
    for line, cells in grid.lines:
        marks.append(tuple(_MARKS.get(cell.lower(), False) for cell in cells[1:]))
        faults += [
            unreadable_mark(row.name, cell, line)
            for cell in cells[1:]
            if cell not in EMPTY and cell.lower() not in _MARKS
        ]
    if faults:
        return _unreadable(row, layer.maps), faults
    try:
        connected = replace(layer, connection_table=ConnectionTable(tuple(marks)))
    except LayerError as error:
        return _unreadable(row, layer.maps), _placed(row, error, grid.line)
    return replace(row, layer=connected), []


def _draw(row: Row, layer: RadialBasis, fence: Block) -> tuple[Row, list[Fault]]:
    try:
        codes = Codes(drawings_of(fence.lines))
    except LayerError as error:
        claims = replace(row.claims, size=(layer.units,))
        return replace(row, layer=Unreadable(), claims=claims), _placed(row, error, fence.line)
    return replace(row, layer=replace(layer, codes=codes)), []


def drawings_of(lines: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Read drawings that stand side by side, in bands parted by empty lines.

    >>> drawings_of(("#. .#", ".. ##", "", "##", "##"))
    (('#.', '..'), ('.#', '##'), ('##', '##'))
    """
    bands: list[list[list[str]]] = [[]]
    for line in lines:
        if line.strip():
            bands[-1].append(line.split())
        elif bands[-1]:
            bands.append([])
    drawings: list[tuple[str, ...]] = []
    for band in bands:
        width = max(map(len, band), default=0)
        drawings += [
            tuple(pieces[at] if at < len(pieces) else "" for pieces in band) for at in range(width)
        ]
    return tuple(drawings)


def _unreadable(row: Row, maps: int) -> Row:
    return replace(row, layer=Unreadable(), claims=replace(row.claims, maps=maps))


def _placed(row: Row, error: LayerError, line: int) -> list[Fault]:
    return [fault.at(f"{row.name}, {fault.where}", line) for fault in error.faults]

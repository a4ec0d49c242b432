"""From a document to Markdown: the same table comes back when it is read again."""

from collections.abc import Collection, Iterator, Sequence

import yaml

from striate.arithmetic import reads
from striate.documents.document import Document
from striate.documents.front_matter import values_of
from striate.documents.reader import read_networks
from striate.documents.row_writer import cells_of, claimed
from striate.documents.schema import Cells
from striate.documents.vocabulary import COLUMNS
from striate.errors import DocumentError
from striate.errors.documents import unwritable_row
from striate.layers import Convolution, RadialBasis
from striate.recipe import Recipe, fitting_losses
from striate.table import Claims, Row, Table, Unreadable


Lines = Sequence[Sequence[str]]
"""Cells of a table, line by line, the headings first."""

_DRAWINGS_ABREAST = 5


def write_document(document: Document) -> str:
    """Write a document as Markdown.

    The text below the front matter is kept as it is where the document has one that still tells
    its table; a table made in Python gets its heading, its rows, its connection tables and its
    drawn codes.

    Args:
        document: A document without faults.

    Returns:
        Markdown that `read_networks` reads as an equal document.

    Raises:
        DocumentError: A row could not be read and so cannot be written.
    """
    front: dict[str, object] = {"name": document.name}
    if document.source:
        front["source"] = document.source
    if document.data:
        front["data"] = document.data
    if document.table.words is None:
        front["input"] = values_of(document.preparation)
    else:
        front["text"] = values_of(document.text)
    # A table that cannot be trained has no recipe of its own, and none that could be faulted.
    if document.recipe != Recipe() or fitting_losses(document.table):
        front["recipe"] = values_of(document.recipe)
    yaml_text = yaml.safe_dump(front, sort_keys=False, allow_unicode=True, width=96)
    body = document.body if _is_told(document) else "\n".join(_body(document))
    return f"---\n{yaml_text}---\n\n{body}\n"


def _is_told(document: Document) -> bool:
    if not document.body:
        return False
    try:
        # The empty line keeps a ruler on top of the text from being read as front matter.
        networks = read_networks("\n" + document.body, document.where)
    except DocumentError:
        return False
    return [network.table for network in networks] == [document.table]


def write_table(table: Table) -> str:
    """Write the rows of a table as Markdown, each side head as a table of its own.

    Raises:
        DocumentError: A row could not be read and so cannot be written.
    """
    return "\n\n".join(map(_grid, table_lines(table)))


def write_cells(rows: Sequence[Cells]) -> str:
    """Write rows as Markdown whose cells are known, whether or not they can be read as rows."""
    return _grid(_columns(list(rows)))


def write_attachments(table: Table, rows: Collection[str]) -> str:
    """Write the connection tables and drawn codes that belong to some rows of a table as Markdown."""
    grids = [
        _grid(lines)
        for lines in connection_lines(table)
        if lines[0][0].rpartition(" → ")[2] in rows
    ]
    for name, drawn in code_lines(table):
        if name in rows:
            fence = "~~~" if "`" in name else "```"
            grids.append("\n".join([f"{fence}codes {name}", *drawn, fence]))
    return "\n\n".join(grids)


def table_lines(table: Table, *, is_one: bool = False) -> list[Lines]:
    """Give the cells of the trunk and of each side head, whatever they are then written as.

    Args:
        table: Its rows.
        is_one: Whether side heads stand in the trunk's table, below it.

    Raises:
        DocumentError: A row could not be read and so cannot be written.
    """
    unreadable = [row for row in table.rows if isinstance(row.layer, Unreadable)]
    if unreadable:
        raise DocumentError(*(unwritable_row(row.name, row.line) for row in unreadable))
    trunk, *heads = ([cells_of(row) for row in part] for part in table.parts)
    if is_one:
        trunk += [cells for head in heads for cells in head]
        heads = []
    if table.totals != Claims():
        trunk.append({"Layer": "Total", "Type": "Total", **claimed(table.totals)})
    return [_columns(lines) for lines in (trunk, *heads)]


def write_draft(document: Document) -> str:
    """Write what was read of a network as a table of this project, with `?` in the cells that are missing.

    Args:
        document: Any document.

    Returns:
        Markdown; once its question marks are filled in, it can be read.
    """
    rows = document.table.rows
    lines = [_drafted(row) for row in rows]
    if document.table.totals != Claims():
        lines.append({"Layer": "Total", "Type": "Total", **claimed(document.table.totals)})
    return f"# {document.heading}\n\n{_grid(_columns(lines))}\n"


def _drafted(row: Row) -> Cells:
    """Give the cells of a row, as far as they are known."""
    if not isinstance(row.layer, Unreadable):
        return cells_of(row)
    told = dict(row.layer.told)
    cells: Cells = {"Layer": row.name, "Type": told.pop("Type", "?")}
    cells |= {column: told[column] for column in COLUMNS if column in told}
    return {**claimed(row.claims), **cells}


def _columns(lines: list[Cells]) -> Lines:
    columns = [column for column in COLUMNS if any(column in cells for cells in lines)]
    return [list(columns), *([cells.get(column, "-") for column in columns] for cells in lines)]


def _body(document: Document) -> list[str]:
    parts = [f"# {document.heading}", "", write_table(document.table)]
    attached = write_attachments(document.table, [row.name for row in document.table.rows])
    return [*parts, "", attached] if attached else parts


def connection_lines(table: Table) -> Iterator[Lines]:
    """Give the cells of each connection table: `S2 → C3` over the maps below, and an X for each pair."""
    for row, source in zip(table.rows, reads(table), strict=True):
        match row.layer:
            case Convolution(connection_table=marks) if marks is not None and source:
                titles = [f"{table.rows[source[0]].name} → {row.name}"]
                titles += [str(index) for index in range(marks.maps_out)]
                lines = [
                    [str(index), *("X" if mark else "" for mark in line)]
                    for index, line in enumerate(marks.marks)
                ]
                yield [titles, *lines]
            case _:
                pass


def code_lines(table: Table) -> Iterator[tuple[str, list[str]]]:
    """Give the name of each row with drawn codes, and the lines of its drawings."""
    for row in table.rows:
        match row.layer:
            case RadialBasis(codes=codes) if codes is not None:
                yield row.name, _drawn(codes.drawings)
            case _:
                pass


def _grid(lines: Lines) -> str:
    escaped = [[cell.replace("|", "\\|") for cell in line] for line in lines]
    widths = [max(3, *map(len, column)) for column in zip(*escaped, strict=True)]
    rows = [
        "| "
        + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        + " |"
        for line in escaped
    ]
    separator = "| " + " | ".join("-" * width for width in widths) + " |"
    return "\n".join([rows[0], separator, *rows[1:]])


def _drawn(drawings: tuple[tuple[str, ...], ...]) -> list[str]:
    lines = []
    for start in range(0, len(drawings), _DRAWINGS_ABREAST):
        band = drawings[start : start + _DRAWINGS_ABREAST]
        lines += [] if start == 0 else [""]
        lines += [" ".join(pieces) for pieces in zip(*band, strict=True)]
    return lines

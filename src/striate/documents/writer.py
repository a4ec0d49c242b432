"""From a document to Markdown: the same table comes back when it is read again."""

from collections.abc import Sequence
from dataclasses import fields
from typing import assert_never

import yaml

from striate.arithmetic import reads
from striate.documents.document import Document
from striate.documents.reader import read_networks
from striate.documents.vocabulary import COLUMNS, Column
from striate.errors import DocumentError
from striate.errors.documents import unwritable_row
from striate.layers import (
    Activation,
    Add,
    AveragePooling,
    Concat,
    Convolution,
    Dropout,
    Embedding,
    Flatten,
    FullyConnected,
    GlobalPooling,
    Input,
    MaxPooling,
    RadialBasis,
    Sides,
    Subsampling,
    Window,
)
from striate.preparation import Preparation, TextPreparation
from striate.recipe import Recipe, fitting_losses
from striate.shapes import Image, Words
from striate.table import Claims, Row, Table, Unreadable


Cells = dict[Column, str]

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
    if document.table.words is None:
        front["input"] = _values(document.preparation)
    else:
        front["text"] = _values(document.text)
    # A table that cannot be trained has no recipe of its own, and none that could be faulted.
    if document.recipe != Recipe() or fitting_losses(document.table):
        front["recipe"] = _values(document.recipe)
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
    """Write the rows of a table as Markdown.

    Raises:
        DocumentError: A row could not be read and so cannot be written.
    """
    unreadable = [row for row in table.rows if isinstance(row.layer, Unreadable)]
    if unreadable:
        raise DocumentError(*(unwritable_row(row.name, row.line) for row in unreadable))
    lines = [_cells(row) for row in table.rows]
    if table.totals != Claims():
        lines.append({"Layer": "Total", "Type": "Total", **_claimed(table.totals)})
    columns = [column for column in COLUMNS if any(column in cells for cells in lines)]
    return _grid(
        [list(columns), *([cells.get(column, "-") for column in columns] for cells in lines)]
    )


def _body(document: Document) -> list[str]:
    parts = [f"# {document.title or document.name}", "", write_table(document.table)]
    sources = reads(document.table)
    for row, source in zip(document.table.rows, sources, strict=True):
        match row.layer:
            case Convolution(connection_table=marks) if marks is not None and source:
                titles = [f"{document.table.rows[source[0]].name} → {row.name}"]
                titles += [str(index) for index in range(marks.maps_out)]
                lines = [
                    [str(index), *("X" if mark else "" for mark in line)]
                    for index, line in enumerate(marks.marks)
                ]
                parts += ["", _grid([titles, *lines])]
            case RadialBasis(codes=codes) if codes is not None:
                fence = "~~~" if "`" in row.name else "```"
                parts += ["", f"{fence}codes {row.name}", *_drawn(codes.drawings), fence]
            case _:
                pass
    return parts


def _grid(lines: Sequence[Sequence[str]]) -> str:
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


def _values(record: Preparation | TextPreparation | Recipe) -> dict[str, object]:
    return {item.name: getattr(record, item.name) for item in fields(record)}


def _cells(row: Row) -> Cells:
    cells: Cells = {"Layer": row.name, **_layer_cells(row), **_claimed(row.claims)}
    if row.activation is not None:
        cells["Activation"] = row.activation
    if row.reads:
        cells["From"] = ", ".join(row.reads)
    return cells


def _claimed(claims: Claims) -> Cells:
    cells: Cells = {}
    if claims.maps is not None:
        cells["Maps"] = f"{claims.maps:,}"
    if claims.size is not None:
        cells["Size"] = "x".join(f"{number:,}" for number in claims.size)
    if claims.parameters is not None:
        cells["Parameters"] = str(claims.parameters)
    if claims.connections is not None:
        cells["Connections"] = str(claims.connections)
    if claims.multiply_adds is not None:
        cells["Operations"] = str(claims.multiply_adds)
    return cells


def _layer_cells(row: Row) -> Cells:
    layer = row.layer
    match layer:
        case Input(Image(channels, height, width)):
            return {"Type": "Input", "Maps": f"{channels:,}", "Size": f"{height}x{width}"}
        case Input(Words(count, padding)):
            return {"Type": "Sentence", "Size": f"{count:,}", **_options(padding=f"{padding:,}")}
        case Input():
            return {"Type": "Input", "Size": f"{layer.shape}"}
        case Convolution():
            return _convolution_cells(layer)
        case MaxPooling() | AveragePooling() | Subsampling():
            return _pooling_cells(layer)
        case GlobalPooling():
            return {"Type": f"Global {layer.reduction} pooling"}
        case FullyConnected():
            return {"Type": layer.KIND, **_units(row, layer.units), **_unit_options(layer)}
        case RadialBasis():
            return {"Type": layer.KIND, **_units(row, layer.units)}
        case Dropout():
            return {"Type": layer.KIND, **_options(fraction=repr(layer.fraction))}
        case Activation():
            return {"Type": layer.KIND, "Activation": layer.function}
        case Flatten() | Concat() | Add():
            return {"Type": layer.KIND}
        case Embedding():
            return {"Type": layer.KIND, **_embedding_options(row, layer)}
        case Unreadable():
            raise DocumentError(unwritable_row(row.name, row.line))
        case _:
            assert_never(layer)


def _convolution_cells(layer: Convolution) -> Cells:
    cells: Cells = {
        "Type": layer.KIND,
        "Maps": f"{layer.maps:,}",
        **_window(layer.window),
        **_options(dilation=_numbers(layer.window.dilation), bias=layer.has_bias),
    }
    if layer.groups > 1:
        cells["Groups"] = str(layer.groups)
    return cells


def _pooling_cells(layer: MaxPooling | AveragePooling | Subsampling) -> Cells:
    cells: Cells = {"Type": layer.KIND, **_window(layer.window)}
    match layer:
        case MaxPooling():
            dilation = _numbers(layer.window.dilation)
            return cells | _options(dilation=dilation, rounding=layer.rounding)
        case AveragePooling():
            return cells | _options(rounding=layer.rounding, divisor=layer.divisor)
        case Subsampling():
            return cells | _options(reduction=layer.reduction)
        case _:
            assert_never(layer)


def _units(row: Row, units: int) -> Cells:
    # Units stand under Size, as the papers write them, unless the row claims another size, too.
    return {"Size": f"{units:,}"} if row.claims.size is None else {"Maps": f"{units:,}"}


def _unit_options(layer: FullyConnected) -> Cells:
    if layer.max_norm is None:
        return _options(bias=layer.has_bias)
    return _options(bias=layer.has_bias, max_norm=f"{layer.max_norm!r}".removesuffix(".0"))


def _embedding_options(row: Row, layer: Embedding) -> Cells:
    options = {"words": f"{layer.words:,}", "vectors": layer.vectors}
    # The claimed size tells the dimensions, too, unless it is wrong, or there is none.
    if row.claims.size is None or row.claims.size[-1] != layer.dimensions:
        options["dimensions"] = f"{layer.dimensions:,}"
    return _options(**options)


_SILENT = {"dilation": "1", "rounding": "floor", "divisor": "window", "bias": True, "padding": "0"}
"""Options that are not written where they have these values; `reduction` is always named."""


def _options(**options: str | bool) -> Cells:
    words = [
        f"{name}={'no' if value is False else value}"
        for name, value in options.items()
        if _SILENT.get(name) != value
    ]
    return {"Options": ", ".join(words)} if words else {}


def _window(window: Window) -> Cells:
    cells: Cells = {
        "Kernel": "x".join(map(str, window.kernel)),
        "Stride": _numbers(window.stride),
    }
    match window.padding:
        case "valid":
            pass
        case Sides(top, bottom, left, right):
            cells["Padding"] = f"{top}+{bottom}x{left}+{right}"
        case _:
            cells["Padding"] = str(window.padding)
    return cells


def _numbers(numbers: tuple[int, int]) -> str:
    height, width = numbers
    return str(height) if height == width else f"{height}x{width}"

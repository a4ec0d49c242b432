"""Walk a table with integers alone: shape, cost and receptive field of every row, no tensor made."""

from dataclasses import replace

from striate.arithmetic.reports import ReceptiveField, RowReport, Span, Walk
from striate.arithmetic.structure import reads, structure_faults
from striate.errors import Fault, LayerError
from striate.errors.layers import needs_word_vectors, one_input_needed
from striate.layers import (
    Convolution,
    Embedding,
    FullyConnected,
    Inception,
    Input,
    Join,
    RadialBasis,
    Reshape,
    TransposedConvolution,
)
from striate.shapes import Features, Image, Shape, Words
from striate.table import Row, Table, Unreadable


def walk(table: Table) -> Walk:
    """Compute every row of a table, and find every fault, in one pass.

    A row that cannot be computed is taken to give what it claims, so that the rows below it are
    checked all the same; where it claims nothing they stay unknown. A row copied by mistake gives
    what its original gives.

    Args:
        table: Any table, faulty ones too.

    Returns:
        A report a row and all faults, in the order of the rows.
    """
    found = list(structure_faults(table))
    reports: list[RowReport] = []
    originals: dict[str, RowReport] = {}
    for row, sources in zip(table.rows, reads(table), strict=True):
        original = originals.get(row.name)
        if original and original.row == row and original.output == _claimed_output(row):
            reports.append(replace(original, row=row, cost=None))
            continue
        report, row_faults = _report(row, [reports[source] for source in sources])
        reports.append(report)
        originals.setdefault(row.name, report)
        found += row_faults
    found.sort(key=lambda fault: fault.line or 0)
    return Walk(table, tuple(reports), tuple(found))


def _report(row: Row, below: list[RowReport]) -> tuple[RowReport, list[Fault]]:
    layer = row.layer
    needed = 0 if isinstance(layer, Input) else max(len(row.reads), 1)
    shapes = tuple(report.output for report in below if report.output is not None)[:needed]
    lost = RowReport(row, shapes, _claimed_output(row), None, None)
    # What keeps a shape from being known is a fault of its own, and one is enough.
    if isinstance(layer, Unreadable) or len(shapes) < needed:
        return lost, []
    if not isinstance(layer, Input | Join) and needed > 1:
        fault = one_input_needed(layer.KIND, needed)
        return lost, [fault.at(f"{row.name}, From", row.line)]
    if not isinstance(layer, Embedding) and any(isinstance(shape, Words) for shape in shapes):
        return lost, [_placed(needs_word_vectors(layer.KIND), row)]
    try:
        output = layer.output(*shapes)
        cost = layer.cost(*shapes)
    except LayerError as error:
        return lost, [_placed(fault, row) for fault in error.faults]
    field = _field(row, below, shapes)
    return RowReport(row, shapes, output, cost, field), []


def _placed(fault: Fault, row: Row) -> Fault:
    return fault.at(f"{row.name}, {fault.where}", row.line)


def _claimed_output(row: Row) -> Shape | None:
    """Give what a row says comes out, for the rows below one that cannot be computed."""
    maps = row.claims.maps
    match row.layer:
        case Convolution() | TransposedConvolution() | Inception():
            maps = row.layer.maps
        case Embedding():
            maps = 1
        case FullyConnected() | RadialBasis():
            return Features(row.layer.units)
        case Reshape():
            return row.layer.shape
        case _:
            pass
    match row.claims.size:
        case (height, width) if maps is not None and min(maps, height, width) > 0:
            return Image(maps, height, width)
        case (count,) if maps is None and count > 0:
            return Features(count)
        case _:
            return None


def _field(row: Row, below: list[RowReport], shapes: tuple[Shape, ...]) -> ReceptiveField | None:
    if isinstance(row.layer, Input):
        if isinstance(row.layer.shape, Image):
            return ReceptiveField(Span(0, 0, 1), Span(0, 0, 1))
        return None
    if isinstance(row.layer, Unreadable):
        return None
    fields = [report.field for report in below if report.field is not None]
    if not fields or len(fields) < len(below):
        return None
    axes = row.layer.axes(*shapes)
    return ReceptiveField(
        _joined([field.height for field in fields]).through(axes[0]),
        _joined([field.width for field in fields]).through(axes[1]),
    )


def _joined(spans: list[Span]) -> Span:
    """Cover what all branches see: the widest one decides."""
    return Span(
        min(span.first for span in spans),
        max(span.last for span in spans),
        max(span.jump for span in spans),
    )

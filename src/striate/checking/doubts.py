"""Rows that contradict themselves, and facts of a table that a reader would ask about."""

from collections.abc import Iterator

from striate.arithmetic import RowReport, Walk, never_negative, plain_rows
from striate.checking.response_constants import equivalents
from striate.errors import Fault, Remark
from striate.errors.claims import pooling_called_convolution
from striate.layers import (
    AveragePooling,
    Convolution,
    LpPooling,
    MaxPooling,
    RadialBasis,
    ResponseNormalization,
)
from striate.layers.windows import pair
from striate.shapes import Image
from striate.table import Row


def doubts(walk: Walk) -> Iterator[Fault]:
    """Find rows whose numbers say that they are something else than their type."""
    convolutions = [
        report
        for report in walk.reports
        if report.cost is not None and isinstance(report.row.layer, Convolution)
    ]
    bare = [report for report in convolutions if report.row.activation is None]
    # Where all the others have a function, one that has none may be no convolution.
    if len(bare) != 1 or len(convolutions) == 1 or not _keeps_its_maps(bare[0]):
        return
    poolings = [report for report in walk.reports if isinstance(report.row.layer, MaxPooling)]
    alike = [other.row.name for other in poolings if _slides_alike(bare[0], other)]
    if alike:
        yield _misnamed(bare[0], alike)


def _response_remarks(walk: Walk) -> Iterator[Remark]:
    """Write each normalisation for the libraries once; rows that share it are named."""
    rows: dict[ResponseNormalization, list[Row]] = {}
    for row in walk.table.rows:
        if isinstance(row.layer, ResponseNormalization):
            rows.setdefault(row.layer, []).append(row)
    for layer, sharing in rows.items():
        names = ", ".join(row.name for row in sharing)
        yield Remark(names, equivalents(layer), sharing[0].line)


def _root_remarks(walk: Walk) -> Iterator[Remark]:
    """Name poolings that take a root of what may be below zero."""
    rows = plain_rows(walk)
    above_zero = never_negative(rows)
    for row in rows:
        layer = row.layer
        if (
            isinstance(layer, LpPooling)
            and not layer.takes_any_sign
            and not above_zero[row.reads[0]]
        ):
            yield Remark(
                row.row.name,
                f"It adds up x^{layer.p:g} with the signs of x, as PyTorch does, and where the sum is below 0 "
                "its root is NaN. What it reads may be below 0: a function such as ReLU ahead of it, or an "
                "even p, rules that out.",
                row.row.line,
            )


def _slides_alike(report: RowReport, pooling: RowReport) -> bool:
    layer, other = report.row.layer, pooling.row.layer
    if not isinstance(layer, Convolution) or not isinstance(other, MaxPooling):
        return False
    return layer.window == other.window and max(layer.window.stride) > 1


def _keeps_its_maps(report: RowReport) -> bool:
    return (
        isinstance(report.output, Image)
        and isinstance(report.inputs[0], Image)
        and report.inputs[0].channels == report.output.channels
    )


def _misnamed(report: RowReport, poolings: list[str]) -> Fault:
    layer, cost = report.row.layer, report.cost
    if not isinstance(layer, Convolution) or cost is None:
        message = "only computed convolutions are doubted"
        raise TypeError(message)
    height, width = pair(layer.kernel)
    return pooling_called_convolution(
        report.row.name,
        maps=layer.maps,
        window=f"{height}x{width}, stride {max(layer.window.stride)}",
        poolings=" and ".join(poolings),
        parameters=cost.parameters,
        line=report.row.line,
    )


def remarks(walk: Walk) -> Iterator[Remark]:
    """Explain what a reader would stumble over although it is right."""
    is_complete = all(report.cost is not None for report in walk.reports)
    yield from _response_remarks(walk)
    yield from _root_remarks(walk) if is_complete else ()
    for report in walk.reports:
        row, cost = report.row, report.cost
        match row.layer:
            case AveragePooling() if row.activation is not None:
                yield Remark(
                    row.name,
                    f"An average pooling with {row.activation} behind it has no trained number. "
                    "LeNet-5's has a gain and a bias a map: Subsampling with reduction=mean, or "
                    "with reduction=sum as section II-B of the paper has it.",
                    row.line,
                )
            case RadialBasis(codes=codes) if cost is not None and is_complete:
                others = walk.total.connections - cost.fixed
                drawn = "" if codes else " They are drawn at random, for the table draws none."
                yield Remark(
                    row.name,
                    f"Its {cost.fixed:,} connections are {row.layer.units} x {report.inputs[0]} "
                    f"components of fixed codes, which training never changes. They belong to the "
                    f"total of {walk.total.connections:,}; the other rows have {others:,}.{drawn}",
                    row.line,
                )
            case _:
                pass

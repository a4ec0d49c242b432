"""How many products a step of training takes, by the arithmetic on the table."""

from striate.arithmetic import RowReport, Walk, reads
from striate.layers import Convolution, Inception
from striate.table import Unreadable


OPERATIONS = 2
"""Of floating point in a multiply-add."""


def reading_products(walk: Walk) -> int:
    """Give the multiply-adds of reading one example."""
    return walk.total.multiply_adds


def training_products(walk: Walk) -> int:
    """Give the multiply-adds of learning from one example, side heads included.

    A row takes its products once forward, once for the gradient of its weights if it trains any, and
    once for the gradient of what it reads, if a row below it trains something.

    Args:
        walk: The arithmetic on a table without faults.
    """
    learns_below: list[bool] = []
    total = 0
    for report, below in zip(walk.reports, reads(walk.table), strict=True):
        needs_input = any(learns_below[at] or _trains(walk.reports[at]) for at in below)
        learns_below.append(needs_input)
        products = report.cost.multiply_adds if report.cost else 0
        total += products * (1 + _trains(report))
        total += products if needs_input else _products_behind_weights(report)
    return total


def _trains(report: RowReport) -> bool:
    return report.cost is not None and report.cost.parameters > 0


def _products_behind_weights(report: RowReport) -> int:
    """Count the products of an Inception row that read the outputs of its own convolutions."""
    layer = report.row.layer
    if isinstance(layer, Unreadable) or not isinstance(layer, Inception):
        return 0
    total = 0
    for branch in layer.branches:
        below, has_weights = report.inputs[0], False
        for _, part in branch:
            if has_weights:
                total += part.cost(below).multiply_adds
            has_weights = has_weights or isinstance(part, Convolution)
            below = part.output(below)
    return total

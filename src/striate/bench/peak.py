"""Products: the most that the machine does a second, and how many a table needs."""

import time
from typing import final

import torch

from striate.arithmetic import RowReport, Walk, reads
from striate.bench.serving import Answer, Job
from striate.layers import Convolution, Inception
from striate.table import Unreadable


OPERATIONS = 2
"""Of floating point in a multiply-add."""

_SIDE = {"cpu": 2048, "cuda": 8192}
WIDTHS = {"fp32": torch.float32, "bf16": torch.bfloat16}


@final
class MatrixProducts:
    """Multiplies matrices in both widths.

    Args:
        job: Its threads and its device.
    """

    def __init__(self, job: Job) -> None:
        torch.set_num_threads(job["threads"])
        self.device = torch.device(job["device"])
        side = _SIDE[self.device.type]
        self.operations = 2 * side**3
        drawn = torch.randn(side, side, generator=torch.Generator().manual_seed(0))
        self.pairs = {
            name: (drawn.to(self.device, width), drawn.t().contiguous().to(self.device, width))
            for name, width in WIDTHS.items()
        }
        self.facts: Answer = {"side": side, "torch": str(torch.__version__)}
        self.block(0)

    def block(self, seconds: float) -> Answer:
        """Give the best rate of each width, in operations of floating point a second."""
        return {name: self._best(name, seconds / len(self.pairs)) for name in self.pairs}

    def _best(self, name: str, seconds: float) -> float:
        first, second = self.pairs[name]
        fastest, end = float("inf"), time.perf_counter() + seconds
        while True:
            began = time.perf_counter()
            torch.mm(first, second)
            if self.device.type == "cuda":
                torch.cuda.synchronize()
            fastest = min(fastest, time.perf_counter() - began)
            if time.perf_counter() >= end:
                return self.operations / fastest


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
        needs_input = any(
            learns_below[position] or _trains(walk.reports[position]) for position in below
        )
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

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

_SIDES = {"cpu": (256, 2048), "cuda": (1024, 8192)}
"""Of the first matrices that are tried, and of the largest."""

_LONGEST_PRODUCT_SECONDS = 0.25

WIDTHS = {"fp32": torch.float32, "bf16": torch.bfloat16}


@final
class MatrixProducts:
    """Multiplies matrices in both widths.

    The sides double as long as one product stays short. A processor without instructions for bf16
    takes minutes for what it does in a tenth of a second in fp32.

    Args:
        job: Its threads and its device.
    """

    def __init__(self, job: Job) -> None:
        torch.set_num_threads(job["threads"])
        self.device = torch.device(job["device"])
        self.pairs = {name: self._largest_pair(width) for name, width in WIDTHS.items()}
        self.facts: Answer = {
            "sides": {name: len(first) for name, (first, _) in self.pairs.items()},
            "torch": str(torch.__version__),
        }

    def block(self, seconds: float) -> Answer:
        """Give the best rate of each width, in operations of floating point a second."""
        return {name: self._best(name, seconds / len(self.pairs)) for name in self.pairs}

    def _largest_pair(self, width: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
        side, largest = _SIDES[self.device.type]
        while True:
            drawn = torch.randn(side, side, generator=torch.Generator().manual_seed(0))
            pair = (drawn.to(self.device, width), drawn.t().contiguous().to(self.device, width))
            self._seconds(*pair)
            if side == largest or 2**3 * self._seconds(*pair) > _LONGEST_PRODUCT_SECONDS:
                return pair
            side *= 2

    def _best(self, name: str, seconds: float) -> float:
        first, second = self.pairs[name]
        fastest, end = float("inf"), time.perf_counter() + seconds
        while True:
            fastest = min(fastest, self._seconds(first, second))
            if time.perf_counter() >= end:
                return OPERATIONS * len(first) ** 3 / fastest

    def _seconds(self, first: torch.Tensor, second: torch.Tensor) -> float:
        began = time.perf_counter()
        torch.mm(first, second)
        if self.device.type == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - began


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

"""The most products a second that the machine does: those of two large square matrices."""

import time
from typing import final

import torch

from striate.timing.serving import Answer, Job


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

"""PyTorch with all that its documentation advises for speed, on the same loop of steps.

Examples lie in memory and are taken by index, without a DataLoader; channels_last; a fused optimizer;
autocast where the width is bf16; the running loss stays a tensor; and torch.compile, kept where it is
faster than the same loop without it, for on some networks it is slower.
"""

import time
from collections.abc import Iterator

import torch
from torch import Tensor

from striate.bench.assignment import Assignment, take_up
from striate.bench.baseline import PlainTraining, autocast, optimizer_of
from striate.bench.serving import Job, Work
from striate.modules import limit_norms


_TRIED_STEPS = 5
_TRIED_SECONDS = 2.0


def tuned_work(job: Job) -> Work:
    """Set tuned PyTorch up for a job."""
    given = take_up(job)
    # Numbers too small for the usual form cost a hundred times as much on many processors.
    torch.set_flush_denormal(True)
    torch.backends.cudnn.benchmark = True
    return TunedTraining(given)


class TunedTraining(PlainTraining):
    """The tuned loop."""

    def set_up(self) -> None:
        """Lay the network out, compile the step's forward part, and keep what is faster."""
        given = self.given
        self.running = torch.zeros((), device=given.device)
        self.has_maps = given.images.ndim == 4
        self.images = given.images.to(given.device)
        self.labels = given.labels.to(given.device)
        if self.has_maps:
            self.network.to(memory_format=torch.channels_last)
        self.optimizer = optimizer_of(given.document.recipe, self.network, fused=True)
        self.forward = self.loss
        eager = self._seconds_a_step()
        self.forward = torch.compile(self.loss)
        began, refusal = time.perf_counter(), None
        try:
            self._try_step()
            compiling = time.perf_counter() - began
            compiled = self._seconds_a_step()
        except Exception as error:  # a compiler that is missing, or a graph that it refuses
            compiling, compiled = time.perf_counter() - began, None
            refusal = f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"
        is_compiled = compiled is not None and compiled < eager
        if not is_compiled:
            self.forward = self.loss
        self.tuning = {
            "compiled": is_compiled,
            "eager_step_seconds": eager,
            "compiled_step_seconds": compiled,
            "compile_seconds": compiling,
            "refused": refusal,
        }

    def __init__(self, given: Assignment) -> None:
        super().__init__(given)
        self.facts |= self.tuning

    def _try_step(self) -> None:
        batch = self.given.batch
        self.step(self.images[:batch], self.labels[:batch])
        self.given.settle()

    def _seconds_a_step(self) -> float:
        self._try_step()
        times: list[float] = []
        while len(times) < _TRIED_STEPS and sum(times) < _TRIED_SECONDS:
            began = time.perf_counter()
            self._try_step()
            times.append(time.perf_counter() - began)
        return min(times)

    def batches(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Give the batches of one epoch, taken by index."""
        for chosen in torch.randperm(len(self.labels), device=self.labels.device).split(
            self.given.batch
        ):
            yield self.images[chosen], self.labels[chosen]

    def step(self, images: Tensor, labels: Tensor) -> None:
        """Make one step."""
        inputs = self.scaled(images)
        if self.has_maps:
            inputs = inputs.contiguous(memory_format=torch.channels_last)
        self.optimizer.zero_grad(set_to_none=True)
        with autocast(self.given):
            loss = self.forward(inputs, labels)
        loss.backward()
        self.optimizer.step()
        limit_norms(self.limited)
        self.running += loss.detach()

"""Striate at work: steps by the trainer of `striate train`, readings as `evaluate` and `predict` read."""

from collections.abc import Iterator
from typing import final

import torch
from torch import Tensor

from striate.bench.assignment import Assignment, checked_facts, take_up
from striate.bench.files import BUNDLE, CHECKED
from striate.bench.serving import Answer, Job, Reading, Work, repeat
from striate.data import Examples, standardize
from striate.kernels import compile_kernels
from striate.modules import build, loss_function
from striate.prediction.bundle import load_bundle
from striate.prediction.views import Reader
from striate.recipe import Precision
from striate.runtime import for_inference
from striate.training.capturing import capture_for
from striate.training.compiling import kernels_of_run
from striate.training.loop import Trainer


def own_work(job: Job) -> Work:
    """Set Striate up for a job."""
    assignment = take_up(job)
    return _Training(assignment) if assignment.kind == "training" else _Reading(assignment, job)


@final
class _Training:
    def __init__(self, given: Assignment) -> None:
        document = given.document
        network = build(document)
        network.load_state_dict(dict(given.weights()))
        network.to(given.device)
        images, labels = given.images.to(given.device), given.labels.to(given.device)
        self.trainer = Trainer(
            network, Examples(images, labels), document.preparation, document.recipe
        )
        compile_kernels(kernels_of_run(self.trainer))  # as a run does that is long enough
        refusals = capture_for(self.trainer)
        self.batch, self.settle = given.batch, given.settle
        network.eval()
        first = images[:CHECKED]
        with torch.no_grad():
            outputs = self.trainer.form(standardize(first, document.preparation, self.trainer.mean))
        loss = loss_function(document.recipe)(outputs.float(), labels[:CHECKED]).mean()
        self.steps = self._steps()
        next(self.steps)
        self.settle()
        self.facts = {
            **given.facts(),
            **checked_facts(outputs, loss),
            "captured": self.trainer.is_captured,
            "refused": list(refusals),
        }

    def _steps(self) -> Iterator[None]:
        progress = self.trainer.progress
        while True:
            yield from self.trainer.epoch()
            progress.epoch, progress.step = progress.epoch + 1, 0

    def _done(self) -> int:
        progress = self.trainer.progress
        return progress.epoch * self.trainer.steps + progress.step

    def _step(self) -> int:
        before = self._done()
        next(self.steps)
        return self.batch * (self._done() - before)

    def block(self, seconds: float) -> Answer:
        """Train."""
        return repeat(self._step, seconds, self.settle)


@final
class _Reading(Reading):
    def __init__(self, given: Assignment, job: Job) -> None:
        super().__init__(given.images, job)
        bundle = load_bundle(given.folder / BUNDLE)
        bundle.network.to(given.device)
        precision: Precision = "bf16" if given.width == "bf16" else "fp32"
        form = for_inference(bundle.network, precision)
        document = bundle.document
        self.reader = Reader(form, document.preparation, document.recipe, bundle.mean)
        self.given, self.is_on_processor = given, given.device.type == "cpu"
        outputs = self.read(given.images[:CHECKED])
        self.facts = {
            **given.facts(),
            **checked_facts(outputs),
            "width": form.width,
            "engine": form.engine(self.batch),
        }

    def read(self, images: Tensor) -> Tensor:
        """Read a batch."""
        reading = self.reader(images if self.is_on_processor else images.to(self.given.device))
        reading.classes.cpu()
        return reading.outputs

    def settle(self) -> None:
        """Wait until everything is read."""
        self.given.settle()

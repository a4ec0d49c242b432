"""What Striate is measured beside: the same network in the loop of torch's tutorials, no form around it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import assert_never

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from striate.bench.assignment import Assignment, checked_facts, scale, take_up
from striate.bench.files import CHECKED
from striate.bench.serving import Answer, Job, Reading, Work, repeat
from striate.errors import TimingError
from striate.errors.bench import optimizer_not_in_plain_torch
from striate.modules import Network, build, limit_norms, limited_layers, mean_loss_function
from striate.recipe import Recipe


def plain_work(job: Job) -> Work:
    """Set plain PyTorch up for a job."""
    assignment = take_up(job)
    if assignment.kind == "training":
        return PlainTraining(assignment)
    return PlainReading(assignment, job)


def autocast(given: Assignment) -> AbstractContextManager[object]:
    """Give the context of torch's recipe for mixed precision; none for fp32."""
    is_lower = given.width == "bf16"
    return torch.autocast(given.device.type, torch.bfloat16, enabled=is_lower)


def plain_network(given: Assignment) -> Network:
    """Build the network of a job, with its numbers."""
    network = build(given.document)
    network.load_state_dict(dict(given.weights()))
    return network.to(given.device)


class PlainTraining:
    """The loop of torch's tutorials: a DataLoader over tensors, a step, the running loss.

    Args:
        given: The job.
    """

    def __init__(self, given: Assignment) -> None:
        self.given, self.network = given, plain_network(given)
        self.mean = None if given.mean is None else given.mean.to(given.device)
        self.criterion = mean_loss_function(given.document.recipe)
        self.limited = limited_layers(self.network)
        self.optimizer = optimizer_of(given.document.recipe, self.network)
        self.running_loss = 0.0
        self.network.eval()
        first, labels = given.images[:CHECKED].to(given.device), given.labels[:CHECKED]
        with torch.no_grad(), autocast(given):
            outputs = self.network(self.scaled(first))
        loss = self.criterion(outputs.float(), labels.to(given.device))
        self.network.train()
        self.set_up()
        self.steps = self.endless()
        next(self.steps)
        given.settle()
        self.facts = {**given.facts(), **checked_facts(outputs, loss)}

    def set_up(self) -> None:
        """Do what tuning does before the first step; a tutorial does nothing."""

    def scaled(self, images: Tensor) -> Tensor:
        """Turn bytes into numbers."""
        return scale(images, self.given.document.preparation, self.mean)

    def batches(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Give the batches of one epoch."""
        given = self.given
        data = TensorDataset(given.images, given.labels)
        loader = DataLoader(data, batch_size=given.batch, shuffle=True)
        for images, labels in loader:
            yield images.to(given.device), labels.to(given.device)

    def endless(self) -> Iterator[None]:
        """Train, and pause after every step."""
        while True:
            for images, labels in self.batches():
                self.step(images, labels)
                yield

    def step(self, images: Tensor, labels: Tensor) -> None:
        """Make one step."""
        self.optimizer.zero_grad()
        with autocast(self.given):
            loss = self.loss(self.scaled(images), labels)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        limit_norms(self.limited)
        self.running_loss += loss.item()

    def loss(self, inputs: Tensor, labels: Tensor) -> Tensor:
        """Give the loss, those of side heads added."""
        outputs, heads = self.network.forward_with_heads(inputs)
        loss = self.criterion(outputs, labels)
        for name, output in heads.items():
            loss = loss + self.network.head_weights[name] * self.criterion(output, labels)
        return loss

    def block(self, seconds: float) -> Answer:
        """Train."""
        return repeat(self._step, seconds, self.given.settle)

    def _step(self) -> int:
        next(self.steps)
        return self.given.batch


class PlainReading(Reading):
    """Reading as torch's tutorials do it: no gradients, and a softmax.

    Args:
        given: The job.
        job: The same, as it came.
    """

    def __init__(self, given: Assignment, job: Job) -> None:
        super().__init__(given.images, job)
        self.given, self.network = given, plain_network(given).eval()
        self.mean = None if given.mean is None else given.mean.to(given.device)
        outputs = self.read(given.images[:CHECKED])
        self.facts = {**given.facts(), **checked_facts(outputs)}

    def read(self, images: Tensor) -> Tensor:
        """Read a batch."""
        given = self.given
        with torch.no_grad(), autocast(given):
            inputs = scale(images.to(given.device), given.document.preparation, self.mean)
            outputs: Tensor = self.network(inputs)
            scores = -outputs if self.network.ending == "distances" else outputs
            torch.softmax(scores.float(), dim=1).argmax(dim=1).cpu()
        return outputs

    def settle(self) -> None:
        """Wait until everything is read."""
        self.given.settle()


_WITH_BETAS = {
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "adamax": torch.optim.Adamax,
    "nadam": torch.optim.NAdam,
    "radam": torch.optim.RAdam,
}
_FUSED = ("sgd", "nesterov", "adam", "adamw", "adagrad")


def optimizer_of(recipe: Recipe, network: nn.Module, **options: bool) -> torch.optim.Optimizer:
    """Make torch's optimizer of a recipe.

    Args:
        recipe: Its numbers.
        network: What is trained.
        options: More arguments, as `fused`, which torch has for some.
    """
    kind = recipe.optimizer
    parameters = [values for values in network.parameters() if values.requires_grad]
    if kind not in _FUSED:
        options.pop("fused", None)
    rate, momentum, decay = recipe.learning_rate, recipe.momentum, recipe.weight_decay
    match kind:
        case "sgd" | "nesterov":
            nesterov = kind == "nesterov" and momentum > 0
            return torch.optim.SGD(
                parameters, rate, momentum, weight_decay=decay, nesterov=nesterov, **options
            )
        case "adam" | "adamw" | "adamax" | "nadam" | "radam":
            return _WITH_BETAS[kind](
                parameters, rate, (momentum, 0.999), weight_decay=decay, **options
            )
        case "adagrad":
            return torch.optim.Adagrad(parameters, rate, weight_decay=decay, **options)
        case "rmsprop":
            return torch.optim.RMSprop(parameters, rate, momentum, weight_decay=decay, **options)
        case "adadelta":
            return torch.optim.Adadelta(parameters, rate, momentum, 1e-6, decay, **options)
        case "muon":
            raise TimingError(optimizer_not_in_plain_torch(kind))
        case _:
            assert_never(kind)

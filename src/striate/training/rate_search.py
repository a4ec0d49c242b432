"""A range test: which learning rates a network learns at, in one short run that leaves nothing behind.

Source:
    L. N. Smith, Cyclical learning rates for training neural networks, 2017, 3.3. The rule for the suggestion is that
    of J. Howard's course: a tenth of the rate at which the loss is least.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import final

from striate import pictures
from striate.data import Data, Listener, load_for
from striate.documents import Document
from striate.errors import DocumentError
from striate.notebook import picture_html
from striate.system.devices import PROCESSOR, check_device
from striate.table import Table
from striate.training.inputs import learn_vocabulary, read_given, with_words
from striate.training.launch import asked_for, fit_to
from striate.training.learning import Learning
from striate.training.loop import Trainer
from striate.training.optimizers import restore_state, state_tensors
from striate.training.weights.files import Given


STEPS = 100
LOWEST, HIGHEST = 1e-6, 10.0
_KEPT = 0.9
"""Part of the mean of losses that is kept a step."""
_TOO_LARGE = 4.0
"""Times the least smoothed loss above which no larger rate is tried."""
_FALLEN = 0.97
"""Part of the first losses below which the loss has fallen at all."""
_FIRST = 10
_PART_OF_BEST = 10


@final
@dataclass(frozen=True, slots=True, repr=False)
class RateSearch:
    """What a range test found.

    Args:
        network: Name of the network.
        optimizer: Of its recipe.
        stated: The learning rate of its recipe.
        rates: One a step, each larger than the one before by the same factor.
        losses: Of the batch of each step, before it.
        smoothed: The same, averaged over the steps so far, the last ones foremost.
    """

    network: str
    optimizer: str
    stated: float
    rates: tuple[float, ...]
    losses: tuple[float, ...]
    smoothed: tuple[float, ...]

    @property
    def best(self) -> int | None:
        """Step at which the smoothed loss is least; None where it has not fallen."""
        if not self.smoothed:
            return None
        at = min(range(len(self.smoothed)), key=lambda step: self.smoothed[step])
        first = self.smoothed[: min(_FIRST, at)]
        return at if first and self.smoothed[at] < _FALLEN * sum(first) / len(first) else None

    @property
    def suggestion(self) -> float | None:
        """A tenth of the rate at which the smoothed loss is least; None where it has not fallen."""
        return None if self.best is None else self.rates[self.best] / _PART_OF_BEST

    @property
    def rule(self) -> str:
        """How the suggestion was found, in a sentence."""
        if self.best is None or self.suggestion is None:
            return "The loss has not fallen at any rate, so that none is suggested."
        return (
            f"The smoothed loss is least at {self.rates[self.best]:.2g}; suggested is a tenth of that, "
            f"{self.suggestion:.2g}."
        )

    def png(self) -> bytes:
        """Draw the losses over the rates."""
        title = f"{self.network}: training loss by learning rate ({self.optimizer})"
        return pictures.draw_rates(
            self.rates, self.losses, self.smoothed, self.suggestion, title, self.rule
        )

    def __repr__(self) -> str:
        """Tell what is suggested."""
        return f"<RateSearch of {len(self.rates)} steps: {self.rule}>"

    def _repr_html_(self) -> str:
        return picture_html(self.png(), "training loss by learning rate")


def find_rate(
    network: str | Path | Document | Table | None = None,
    data: Data = None,
    *,
    vectors: str | Path | None = None,
    weights: Given | None = None,
    device: str = PROCESSOR,
    listen: Listener | None = None,
    **fields: object,
) -> RateSearch:
    """Find out at which learning rates a network learns its data; nothing is written.

    Args:
        network: A shipped name, a path, a document, or a table written in Python; chosen by the data when absent.
        data: Name, folder or file of the data, as `load_source` takes it; the document's own, or `mnist`, when absent.
        vectors: File of word vectors, for a network that begins with such.
        weights: Those of another network to begin with, as `load_weights` takes them.
        device: Where it learns: `cpu`, `cuda` or `cuda:1`.
        listen: Called after every picture in a file that was compared with the cache, or decoded.
        fields: Fields of the recipe that replace the document's.

    Raises:
        StriateError: Anything is wrong with the document, the recipe or the data.
    """
    check_device(device, "--device")
    document, data, _ = asked_for(network, data, fields)
    if document.training_faults:
        raise DocumentError(*document.training_faults)
    source = load_for(document, data, listen, may_stream=True)
    fitted, _ = fit_to(document, source)
    vocabulary = learn_vocabulary(fitted, source)
    trained = fitted if vocabulary is None else with_words(fitted, len(vocabulary))
    given = read_given(trained, vocabulary, None if vectors is None else Path(vectors))
    learning = Learning(trained, source, vocabulary, given, device)
    learning.begin_with(weights)
    return search_rates(learning.trainer, document.name)


def search_rates(trainer: Trainer, name: str = "", steps: int = STEPS) -> RateSearch:
    """Take steps of growing learning rates, and put everything back: weights, statistics, state, random numbers.

    Args:
        trainer: A network with its examples and its recipe.
        name: Of the network.
        steps: How many are taken at most; it ends sooner where the loss is no longer finite, or four times the least.
    """
    rates, losses, smoothed = list[float](), list[float](), list[float]()
    with _put_back(trainer):
        for step, rate in enumerate(_rates(steps)):
            loss = trainer.try_step(step, rate)
            if not math.isfinite(loss):
                break
            rates.append(rate)
            losses.append(loss)
            smoothed.append(_smoothed(losses))
            if smoothed[-1] > _TOO_LARGE * min(smoothed):
                break
    recipe = trainer.recipe
    return RateSearch(
        name,
        recipe.optimizer,
        recipe.learning_rate,
        tuple(rates),
        tuple(losses),
        tuple(smoothed),
    )


def _rates(steps: int) -> Iterator[float]:
    for step in range(steps):
        yield LOWEST * (HIGHEST / LOWEST) ** (step / max(steps - 1, 1))


def _smoothed(losses: Sequence[float]) -> float:
    """Average losses, the last ones foremost; the weights of all add up to 1 from the first one on."""
    weights = [_KEPT ** (len(losses) - 1 - at) for at in range(len(losses))]
    parts = (weight * loss for weight, loss in zip(weights, losses, strict=True))
    return math.fsum(parts) / math.fsum(weights)


@contextmanager
def _put_back(trainer: Trainer) -> Iterator[None]:
    """Leave a trainer as it is now, whatever it does meanwhile."""
    network, optimizer = trainer.network, trainer.optimizer
    state = {name: one.clone() for name, one in trainer.state().items()}
    modes = [(module, module.training) for module in network.modules()]
    gradients = [(one, one.grad) for one in network.parameters()]
    rates = [group["lr"] for group in optimizer.param_groups]
    before = {name: one.clone() for name, one in state_tensors(optimizer).items()}
    try:
        yield
    finally:
        trainer.restore(state, trainer.progress)
        restore_state(optimizer, before)
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate
        for parameter, gradient in gradients:
            parameter.grad = gradient
        for module, is_training in modes:
            module.training = is_training

"""The training loop: bytes in, better weights out, one epoch at a time."""

import hashlib
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import final

import torch
from torch import Tensor, nn
from torch.nn.modules.dropout import _DropoutNd

from striate.augmentation.transforms import Augmenter
from striate.data import (
    Examples,
    FittedImages,
    ReadExamples,
    ReadImages,
    standardize,
    training_mean,
)
from striate.errors import RankEchoError, TrainingError
from striate.errors.training import loss_not_finite
from striate.kernels import Kernel, OnlyKernels
from striate.modules import Embedding, Network, class_weights_of, limit_norms, limited_layers
from striate.preparation import Preparation
from striate.recipe import Recipe
from striate.runtime import Outcome, TrainingForm
from striate.runtime.cuda_graph import Batch, Graph
from striate.system.randomness import RandomState, checked_random_state
from striate.system.ranks import ALONE, Ranks
from striate.training.averaging import WeightAverage
from striate.training.checkpoint import Progress
from striate.training.freezing import freeze
from striate.training.gathering import Gathering
from striate.training.mixing import Mixing
from striate.training.optimizers import (
    FACTOR,
    learning_rate,
    optimizer_of,
    restore_state,
    state_tensors,
)
from striate.training.order import Order, order_of


_IMAGE_AXES = 4
AVERAGE = "average."
"""What the names of the averaged weights in a checkpoint begin with."""
RANDOM = "random"
"""Name of the random state in a checkpoint; that of a card begins with it."""
_RANDOM_OF_DEVICE = f"{RANDOM}.cuda"


@final
class Trainer:
    """A network on its way, with everything that decides its next step.

    Args:
        network: The network; its weights change.
        examples: Training images of the network's input size and its margin, all in memory, where the
            network is, or fitted as they are read.
        preparation: How bytes become the network's numbers.
        recipe: How to train.
        classes: Names of the classes, where the recipe weighs them by name.
        ranks: The processes that each batch is divided among; all of them have the same network and examples.
    """

    def __init__(
        self,
        network: Network,
        examples: ReadExamples,
        preparation: Preparation,
        recipe: Recipe,
        classes: Sequence[str] = (),
        ranks: Ranks = ALONE,
    ) -> None:
        network.dropout_samples = recipe.dropout_samples
        self.network = network
        self.examples = examples
        self.preparation = preparation
        self.recipe = recipe
        self.still = freeze(network, recipe)
        self.limited = tuple(
            (layer, norm) for layer, norm in limited_layers(network) if _learns(layer)
        )
        self.optimizer = optimizer_of(recipe, network)
        self.device = next((one.device for one in network.parameters()), examples.images.device)
        self.classes = outputs_of(network)
        stored = examples.images
        self.shards = stored.shards if isinstance(stored, FittedImages) else None
        names = classes or tuple(map(str, range(self.classes)))
        weights = class_weights_of(recipe, examples.labels, names)
        weights = None if weights is None else weights.to(self.device)
        self.class_weights = weights
        self.form = TrainingForm(network, recipe, weights, ranks)
        self.form.lay_out()
        self.ranks = ranks
        self.is_asked_to_stop = self.must_stop = False
        self.gathering: Gathering | None = None
        if recipe.accumulate > 1 or not ranks.is_alone:
            self.gathering = Gathering(network, ranks)
            # The lines of a sparse gradient would be others in each part.
            for module in network.modules():
                if isinstance(module, Embedding):
                    module.has_sparse_gradient = False
        self.average = WeightAverage(network, recipe.ema_decay) if recipe.ema_decay else None
        self.progress = Progress()
        self.mean = training_mean(examples.images, preparation)
        self.augmenter = _augmenter_of(recipe, preparation, examples.images)
        self.kernel_choice = OnlyKernels(None)
        self.random = RandomState(recipe.seed)
        # Only dropout draws within a step; where there is none, steps need not wait for other threads.
        self.draws = any(isinstance(one, _DropoutNd) for one in network.modules())
        if self.device.type == "cuda":
            torch.cuda.manual_seed_all(recipe.seed)

    @property
    def kernels(self) -> tuple[Kernel, ...]:
        """What its steps have in C++."""
        return (*self.form.kernels, *getattr(self.optimizer, "kernels", ()))

    @property
    def is_captured(self) -> bool:
        """Whether its steps go by a graph."""
        return self.form.captured is not None

    @property
    def steps(self) -> int:
        """Steps an epoch; the last one may be smaller."""
        return -(-len(self.examples) // self.recipe.batch_size)

    def begin_together(self) -> None:
        """Give all processes the numbers of the first one, so that a machine that rounds otherwise changes none."""
        averages = {} if self.average is None else self.average.tensors
        for values in (*self.network.state_dict().values(), *averages.values()):
            self.ranks.take_from_first(values)

    def epoch(self) -> Iterator[None]:
        """Train for the rest of the epoch at hand, and pause after every step.

        Raises:
            TrainingError: The loss is not finite; the weights are those before the step.
        """
        self._to_training()
        order = self._order(self.progress.epoch)
        while self.progress.step < self.steps:
            began = time.perf_counter()
            with self.kernel_choice, self._own_random() if self.draws else nullcontext():
                self._step(order)
            self.progress.step += 1
            self.progress.seconds += time.perf_counter() - began
            yield

    def _to_training(self) -> None:
        self.network.train()
        for module in self.still:
            module.eval()

    @property
    def rate(self) -> float:
        """The learning rate of the last step, ahead of what rows have of their own."""
        return self._rate_of(max(self.progress.epoch * self.steps + self.progress.step - 1, 0))

    def _rate_of(self, step: int) -> float:
        losses = (record.validation_loss for record in self.progress.history)
        return learning_rate(self.recipe, step, self.steps * self.recipe.epochs, losses)

    def _own_random(self) -> AbstractContextManager[None]:
        """Have torch draw from the run's random state; among several processes, each from one of the step's."""
        if not self.ranks.is_alone:
            progress = self.progress
            drawn = (self.recipe.seed, progress.epoch, progress.step, self.ranks.rank)
            seed = int.from_bytes(hashlib.sha256(repr(drawn).encode()).digest()[:7])
            self.random = RandomState(seed)
            if self.device.type == "cuda":
                torch.cuda.manual_seed(seed)
        return self.random()

    def _step(self, order: Order) -> None:
        progress = self.progress
        outcome = self._learn(order, progress.epoch, progress.step)
        if not math.isfinite(outcome.loss):
            fault = loss_not_finite(outcome.loss, progress.epoch + 1, progress.step + 1, self.steps)
            raise (TrainingError if self.ranks.is_first else RankEchoError)(fault)
        self._follow(self._rate_of(progress.epoch * self.steps + progress.step))
        if self.average is not None:
            self.average.update(progress.epoch * self.steps + progress.step + 1)
        count = self._count(order, progress.step)
        progress.loss_sum += count * outcome.own_loss
        progress.errors += outcome.errors
        for name, loss in outcome.head_losses.items():
            progress.head_losses[name] = progress.head_losses.get(name, 0.0) + count * loss

    def _learn(self, order: Order, epoch: int, step: int) -> Outcome:
        """Leave the gradients of a batch in the parameters, however many parts and processes it is taken in."""
        gathering = self.gathering
        if gathering is None:
            self.must_stop = self.is_asked_to_stop
            inputs, labels = self._read(order, epoch, step)
            self._announce(order, step + 1)
            return self.form.backward(inputs, labels)
        parts = list(gathering.parts(self._count(order, step), self.recipe.accumulate))
        for part in parts:
            inputs, labels = self._read(order, epoch, step, part)
            if part is parts[-1]:
                self._announce(order, step + 1)
            gathering.count(labels, self.class_weights)
            gathering.add(self.form.backward(inputs, labels))
        outcome, self.must_stop = gathering.finish(is_asked_to_stop=self.is_asked_to_stop)
        return outcome

    def _announce(self, order: Order, step: int) -> None:
        """Say what this process reads next of the epoch, which a stream decodes meanwhile."""
        stored = self.examples.images
        if isinstance(stored, FittedImages) and step < self.steps:
            chosen = self._uses(order, step).indices
            stored.announce(chosen[self.ranks.part(len(chosen))])

    def _uses(self, order: Order, step: int) -> Order:
        size = self.recipe.batch_size
        return order.part(step * size, (step + 1) * size)

    def _count(self, order: Order, step: int) -> int:
        size = self.recipe.batch_size
        return min(size, len(order.indices) - step * size)

    def _follow(self, rate: float) -> None:
        """Take a step along the gradients that are there."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group[FACTOR]
        self.optimizer.step()
        limit_norms(self.limited)

    def try_step(self, number: int, rate: float) -> float:
        """Take a step of a rate of its own, which no figure of the run counts, and return the loss before it.

        Args:
            number: Which step of the run's own order, counted from 0.
            rate: The learning rate. A loss that is not finite is followed by no step.
        """
        epoch, step = divmod(number, self.steps)
        self._to_training()
        with self.kernel_choice, self.random() if self.draws else nullcontext():
            outcome = self._learn(self._order(epoch), epoch, step)
            if math.isfinite(outcome.loss):
                self._follow(rate)
        return outcome.loss

    def capture(self, graph: Graph) -> None:
        """Have the forward pass and the backward pass of each step go by a graph, smaller batches aside.

        Args:
            graph: What captures.

        Raises:
            CaptureError: It cannot be done, and nothing has changed.
        """
        self._to_training()
        one, other = (self._read(self._order(epoch), epoch, 0) for epoch in (0, 1))
        self.form.capture((one, other), graph)

    def _read(self, order: Order, epoch: int, step: int, part: slice | None = None) -> Batch:
        images, labels = self._mixed(order, epoch, step, part)
        return standardize(images, self.preparation, self.mean), labels

    def batch(self, epoch: int, step: int) -> Examples:
        """Give the examples of one step as they are augmented for it; both are counted from 0.

        The label of one that is mixed with another is that of its larger share.
        """
        images, labels = self._mixed(self._order(epoch), epoch, step)
        return Examples(images, labels if labels.dim() == 1 else labels.argmax(1))

    def _mixed(self, order: Order, epoch: int, step: int, part: slice | None = None) -> Batch:
        """Give the images of a step with the numbers of their classes, or with a share of each class."""
        chosen = self._uses(order, step)
        if part is not None:
            chosen = chosen.part(part.start, part.stop)
        images, labels = self._augmented(chosen, epoch), self._labels(chosen)
        if not self.recipe.is_mixed:
            return images, labels
        mixing = Mixing(self.recipe, epoch, chosen.keys, len(order.indices))
        others = order.at(mixing.others)
        mixing = mixing.on(self.device)
        return mixing(
            images, self._augmented(others, epoch), labels, self._labels(others), self.classes
        )

    def _labels(self, chosen: Order) -> Tensor:
        return self._placed(self.examples.labels.index_select(0, chosen.indices))

    def _augmented(self, chosen: Order, epoch: int) -> Tensor:
        """Give images in the range of bytes, and as bytes unless they are changed."""
        stored, indices = self.examples.images, chosen.indices
        # Whole images at a time, where an index goes through them number by number.
        images = stored.index_select(0, indices) if isinstance(stored, Tensor) else stored[indices]
        images = self._placed(images)
        if self.augmenter is None:
            return images
        if self.recipe.augmentation:
            images = images.float()
        return self.augmenter(images, self._placed(chosen.keys), epoch)

    def _placed(self, values: Tensor) -> Tensor:
        """Bring what was fitted in memory to where the network is."""
        # In a step of forty microseconds a call that does nothing is to be seen.
        return values if values.device == self.device else values.to(self.device)

    def _order(self, epoch: int) -> Order:
        return order_of(self.recipe, self.examples.labels, epoch, self.shards)

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Have the network hold the average of its weights, where the recipe asks for one."""
        with nullcontext() if self.average is None else self.average.applied():
            yield

    def begin_average(self) -> None:
        """Begin the average of the weights anew, with those that the network has now."""
        if self.average is not None:
            self.average.take(self.network.state_dict())

    def settle(self) -> None:
        """Leave the average of the weights in the network, where the recipe asks for one; it learns no more."""
        if self.average is not None:
            self.network.load_state_dict(self.average.tensors)

    def state(self) -> dict[str, Tensor]:
        """Give everything that decides the next step, as tensors by name, in memory."""
        state = {
            **{f"network.{name}": one for name, one in self.network.state_dict().items()},
            **{f"optimizer.{name}": one for name, one in state_tensors(self.optimizer).items()},
            RANDOM: self.random.state,
        }
        if self.average is not None:
            state |= {f"{AVERAGE}{name}": one for name, one in self.average.tensors.items()}
        if self.device.type == "cuda":  # dropout draws there
            state[_RANDOM_OF_DEVICE] = torch.cuda.get_rng_state(self.device)
        return {name: one.cpu() for name, one in state.items()}

    def restore(self, tensors: dict[str, Tensor], progress: Progress) -> None:
        """Go back to a state that `state` gave."""
        self.network.load_state_dict(part_of(tensors, "network."))
        restore_state(self.optimizer, part_of(tensors, "optimizer."))
        if self.average is not None:
            # A finished run has kept the average alone, as its weights.
            kept = part_of(tensors, AVERAGE) or self.network.state_dict()
            self.average.take(kept)
        self.random.state = checked_random_state(tensors[RANDOM])
        if self.device.type == "cuda":
            torch.cuda.set_rng_state(tensors[_RANDOM_OF_DEVICE], self.device)
        self.progress = progress


def _augmenter_of(recipe: Recipe, preparation: Preparation, images: ReadImages) -> Augmenter | None:
    """Make what augments images; vectors are read as they are."""
    if len(images.shape) < _IMAGE_AXES:
        return None
    height, width = (side - preparation.margin for side in images.shape[2:])
    return Augmenter(recipe.augmentation, recipe.seed, (height, width), images)


def outputs_of(network: Network) -> int:
    """Count the classes that a network tells apart; one score stands for two."""
    output = network.walk.trunk[-1].output
    count = 0 if output is None else output.elements
    return 2 if network.ending == "one score" else count


def _learns(layer: nn.Module) -> bool:
    return any(values.requires_grad for values in layer.parameters())


def part_of(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Pick the tensors whose names begin with a prefix, and take it off."""
    return {
        name.removeprefix(prefix): one for name, one in tensors.items() if name.startswith(prefix)
    }

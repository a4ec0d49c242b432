"""What a step follows: the loss of a batch, and its gradient in every parameter."""

from dataclasses import dataclass, field
from typing import final

import torch
from torch import Tensor

from striate.kernels import Kernel, bf16_gradients, full_chain, losses, straight_network
from striate.modules import (
    Chain,
    Network,
    StraightNetwork,
    lower_precision,
    mean_loss_function,
    predicted_classes,
    straight_network_of,
    width_of,
)
from striate.recipe import Recipe
from striate.training.captured import Batch, CapturedPass, Graph, Pass, capture, forget_gradients


@final
@dataclass(frozen=True, slots=True)
class Outcome:
    """What a batch came to.

    Args:
        loss: What the gradients are of: the mean over the examples, with those of side heads.
        own_loss: Of the network's own output.
        errors: Examples that were given another class than their label.
        head_losses: Of each side head, by its name.
    """

    loss: float
    own_loss: float
    errors: int
    head_losses: dict[str, float] = field(default_factory=dict)


@final
class Backpropagation:
    """Leave the gradients of a batch in the parameters of a network.

    Args:
        network: The network, in training mode.
        recipe: Its loss and precision.
        device: Where the network is.
    """

    def __init__(self, network: Network, recipe: Recipe, device: torch.device) -> None:
        self.network = network
        self.loss_of = mean_loss_function(recipe)
        self.precision = lower_precision(recipe.precision, network.walk, device)
        self.parameters = tuple(network.parameters())
        self.width = width_of(recipe.precision, network.walk, device)
        self.whole = _whole(network, recipe) if self.width == "fp32" else None
        self.captured: CapturedPass | None = None

    @property
    def kernels(self) -> tuple[Kernel, ...]:
        """What it has in C++."""
        if self.whole is not None:
            return self.whole.kernels
        gains = self.width == "bf16" and any(
            getattr(module, "gains_by_kernel", False) for module in self.network.modules()
        )
        return (*self.network.kernels, *((bf16_gradients.KERNEL,) if gains else ()))

    def __call__(self, inputs: Tensor, labels: Tensor) -> Outcome:
        """Take the loss, and its gradient in every parameter.

        Args:
            inputs: A batch, as the network reads it.
            labels: Numbers of the classes, int64.
        """
        if self.whole is not None and self.whole.does(inputs):
            return self.whole(inputs, labels)
        captured = self.captured
        if captured is None or not captured.does(inputs):
            run: Pass = self._differentiate
        else:
            run = captured
        loss, own_loss, errors, *heads = run(inputs, labels).tolist()
        names = (name for name, _ in self.network.heads)
        return Outcome(loss, own_loss, int(errors), dict(zip(names, heads, strict=True)))

    def capture(self, batches: tuple[Batch, Batch], graph: Graph) -> None:
        """Have batches of one size go by a graph from now on.

        Args:
            batches: Two of that size, with other examples in each.
            graph: What captures.

        Raises:
            CaptureError: It cannot be done, and nothing has changed.
        """
        self.captured = capture(self._differentiate, self.network, batches, graph)

    def _differentiate(self, inputs: Tensor, labels: Tensor) -> Tensor:
        """Leave the gradients in the parameters, and give the numbers of an `Outcome`, side by side.

        They come in one tensor, so that a device is waited for once.
        """
        with self.precision:
            outputs, heads = self.network.forward_with_heads(inputs)
        loss = own_loss = self._loss(outputs, labels)
        head_losses = {name: self._loss(output, labels) for name, output in heads.items()}
        for name, head_loss in head_losses.items():
            loss = loss + self.network.head_weights[name] * head_loss
        forget_gradients(self.parameters)
        loss.backward()  # type: ignore[no-untyped-call]
        with torch.no_grad():
            predicted = predicted_classes(outputs[: len(labels)], self.network.ending)
            errors = torch.count_nonzero(predicted != labels).float()
            return torch.stack((loss, own_loss, errors, *head_losses.values()))

    def _loss(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """Take the mean loss of a batch, whose outputs may be there once for every sample of dropout."""
        if len(outputs) > len(labels):
            labels = labels.repeat(len(outputs) // len(labels))
        return self.loss_of(outputs.float(), labels)


def _whole(network: Network, recipe: Recipe) -> "_WholeChain | _WholeStraight | None":
    """Give the form of a network in which all of it and its loss take one call, if it has one."""
    return _WholeChain.of(network, recipe) or _WholeStraight.of(network, recipe)


@final
class _WholeChain:
    """A network that is one chain of small full layers.

    For a few hundred numbers torch's way back through single operations takes ten times as long.
    """

    def __init__(self, chain: Chain, loss: int) -> None:
        self.chain, self.loss, self.parameters = chain, loss, chain.parameters
        self.kernels = chain.kernels
        self.gradients = [None if one is None else torch.empty_like(one) for one in self.parameters]

    @classmethod
    def of(cls, network: Network, recipe: Recipe) -> "_WholeChain | None":
        chains = [chain for chain, _ in network.parts]
        loss = full_chain.LOSSES.get(recipe.loss)
        chain = chains[0] if len(chains) == 1 else None
        if not isinstance(chain, Chain) or network.heads or loss is None:
            return None
        return cls(chain, loss)

    def does(self, inputs: Tensor) -> bool:
        return self.chain.does(inputs.flatten(1))

    def __call__(self, inputs: Tensor, labels: Tensor) -> Outcome:
        loss, errors = full_chain.learn(
            self.chain.plan, self.parameters, self.gradients, inputs.flatten(1), labels, self.loss
        )
        for parameter, gradient in zip(self.parameters, self.gradients, strict=True):
            if parameter is not None:
                parameter.grad = gradient
        return Outcome(loss, loss, errors)


@final
class _WholeStraight:
    """A network of small rows one behind the other: images stay in the cache of a core on their way."""

    def __init__(self, rows: StraightNetwork, trained: list[Tensor], recipe: Recipe) -> None:
        self.rows, self.trained, self.kernels = rows, trained, rows.kernels
        self.loss, self.constant = losses.LOSSES[recipe.loss], recipe.map_constant
        counts = [one.numel() for one in trained]
        self.gradients = torch.empty(sum(counts))
        self.each = [
            one.view(parameter.shape)
            for one, parameter in zip(torch.split(self.gradients, counts), trained, strict=True)
        ]

    @classmethod
    def of(cls, network: Network, recipe: Recipe) -> "_WholeStraight | None":
        rows = straight_network_of(network)
        if rows is None or recipe.loss not in losses.LOSSES:
            return None
        trained = [one for one in rows.parameters if one is not None and one.requires_grad]
        is_all = len(trained) == len(list(network.parameters()))
        return cls(rows, trained, recipe) if is_all else None

    def does(self, inputs: Tensor) -> bool:
        return self.rows.does(inputs)

    def __call__(self, inputs: Tensor, labels: Tensor) -> Outcome:
        rows, sums = self.rows, self.gradients
        loss, errors = straight_network.learn(
            rows.plan, rows.parameters, sums, inputs, labels, self.loss, self.constant
        )
        for parameter, gradient in zip(self.trained, self.each, strict=True):
            parameter.grad = gradient
        return Outcome(loss, loss, errors)

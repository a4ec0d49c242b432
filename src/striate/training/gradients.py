"""What a step follows: the loss of a batch, and its gradient in every parameter."""

from dataclasses import dataclass, field
from typing import final

import torch
from torch import Tensor

from striate.kernels import full_chain, lanes
from striate.kernels.tape import Tape
from striate.modules import (
    Chain,
    Network,
    is_of_small_rows,
    lower_precision,
    mean_loss_function,
    predicted_classes,
    width_of,
)
from striate.recipe import Recipe


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
        is_fp32 = width_of(recipe.precision, network.walk, device) == "fp32"
        self.whole = _WholeChain.of(network, recipe) if is_fp32 else None
        self.is_straight = is_fp32 and is_of_small_rows(network)

    def __call__(self, inputs: Tensor, labels: Tensor) -> Outcome:
        """Take the loss, and its gradient in every parameter.

        Args:
            inputs: A batch, as the network reads it.
            labels: Numbers of the classes, int64.
        """
        if self.whole is not None:
            values = inputs.flatten(1)
            if self.whole.chain.does(values):
                return self.whole(values, labels)
        if self.is_straight and lanes.suits(inputs):
            outcome = self._along_the_tape(inputs, labels)
            if outcome is not None:
                return outcome
        with self.precision:
            outputs, heads = self.network.forward_with_heads(inputs)
        loss = own_loss = self._loss(outputs, labels)
        head_losses = {name: self._loss(output, labels) for name, output in heads.items()}
        for name, head_loss in head_losses.items():
            loss = loss + self.network.head_weights[name] * head_loss
        for parameter in self.parameters:
            parameter.grad = None  # what `zero_grad` does, without its hooks
        loss.backward()  # type: ignore[no-untyped-call]
        return Outcome(
            float(loss.detach()),
            float(own_loss.detach()),
            self._count_errors(outputs.detach()[: len(labels)], labels),
            {name: float(one.detach()) for name, one in head_losses.items()},
        )

    def _along_the_tape(self, inputs: Tensor, labels: Tensor) -> Outcome | None:
        """Go through rows of kernels; None if a parameter was met by anything else."""
        tape = Tape(self.parameters)
        with torch.no_grad(), tape:
            outputs = self.network(inputs)
        if not tape.is_whole:
            return None
        scores = outputs.detach().requires_grad_()
        loss = self.loss_of(scores, labels)
        (gradient,) = torch.autograd.grad(loss, scores)
        with torch.no_grad():
            tape.go_back(gradient)
        value = float(loss.detach())
        return Outcome(value, value, self._count_errors(outputs, labels))

    def _count_errors(self, outputs: Tensor, labels: Tensor) -> int:
        predicted = predicted_classes(outputs, self.network.ending)
        return int(torch.count_nonzero(predicted != labels))

    def _loss(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """Take the mean loss of a batch, whose outputs may be there once for every sample of dropout."""
        if len(outputs) > len(labels):
            labels = labels.repeat(len(outputs) // len(labels))
        return self.loss_of(outputs.float(), labels)


@final
class _WholeChain:
    """A network that is one chain of small full layers: all of it and its loss take one call.

    For a few hundred numbers torch's way back through single operations takes ten times as long.
    """

    def __init__(self, chain: Chain, loss: int) -> None:
        self.chain, self.loss, self.parameters = chain, loss, chain.parameters
        self.gradients = [None if one is None else torch.empty_like(one) for one in self.parameters]

    @classmethod
    def of(cls, network: Network, recipe: Recipe) -> "_WholeChain | None":
        chains = [chain for chain, _ in network.parts]
        loss = full_chain.LOSSES.get(recipe.loss)
        chain = chains[0] if len(chains) == 1 else None
        if not isinstance(chain, Chain) or network.heads or loss is None:
            return None
        return cls(chain, loss)

    def __call__(self, values: Tensor, labels: Tensor) -> Outcome:
        loss, errors = full_chain.learn(
            self.chain.plan, self.parameters, self.gradients, values, labels, self.loss
        )
        for parameter, gradient in zip(self.parameters, self.gradients, strict=True):
            if parameter is not None:
                parameter.grad = gradient
        return Outcome(loss, loss, errors)

"""The form of a network that learns: gradients of its loss as fast as the machine can."""

from dataclasses import dataclass, field, replace
from typing import Any, final

import torch
from torch import Tensor, nn

from striate.errors import RecipeError
from striate.errors.arguments import need
from striate.errors.recipes import weights_without_data
from striate.kernels import Kernel, compile_kernels
from striate.modules import Network, Step, mean_loss_function, predicted_classes
from striate.recipe import Precision, Recipe, fitting_losses
from striate.runtime.cuda_graph import Batch, CapturedPass, Graph, Pass, capture, forget_gradients
from striate.runtime.guard import Guard, Saying, is_transformed
from striate.runtime.learning_rows import Operation, kernels_of_row, learning_row
from striate.runtime.one_call import StraightStep, one_call_step
from striate.runtime.precision import lower_precision, width_of
from striate.system.ranks import ALONE, Ranks


@final
@dataclass(frozen=True, slots=True)
class Outcome:
    """The losses and errors of one batch.

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


_Row = tuple[Step, tuple[Operation, ...] | None]
"""A row, and what does it; None where the network's modules do."""


@final
class TrainingForm:
    """A network that learns: the same outputs and gradients up to rounding, in a fraction of the time.

    It reads the numbers of its network at each use and keeps none of its own; whether a row is in training
    mode, its module says. Each use looks whether the network is still what the form was made from; one with
    hooks, replaced modules, parametrizations, or numbers of another width is run by torch alone, and a
    `SlowerWarning` says why. What was written over through `parameter.data` with another order in memory can be
    seen by nobody: call `refresh` after it. Second derivatives are the network's own affair: take them of it.

    Args:
        network: The network; it stays as it is, but for what `backward` and `lay_out` say.
        recipe: Its loss and precision.
        class_weights: How much an example of each class counts in the loss, where the recipe asks for weights.
        ranks: The processes that batches are divided among: batch normalisation is over all of them.
    """

    def __init__(
        self,
        network: Network,
        recipe: Recipe,
        class_weights: Tensor | None = None,
        ranks: Ranks = ALONE,
    ) -> None:
        self.network, self.recipe, self.ranks = network, recipe, ranks
        self.class_weights = class_weights
        self.loss_of = mean_loss_function(recipe, class_weights)
        self.captured: CapturedPass | None = None
        self._guard: Guard | None = None
        self._rows: tuple[_Row, ...] | None = None
        self._whole: StraightStep | None = None
        self._say = Saying()
        self._read_by_heads = frozenset(
            read for step in network.steps[network.trunk_length :] for read in step.reads
        )
        self._make()

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies are made anew from a copy of the network: this one holds addresses."""
        return TrainingForm, (self.network, self.recipe, self.class_weights, self.ranks)

    def __call__(self, examples: Tensor) -> Tensor:
        """Run a batch through all rows, with a gradient, and return the last one's output.

        Shapes:
            in:  batch x channels x height x width, batch x values, or batch x words
            out: batch x classes, or batch x 1 for one score
        """
        outputs, _ = self._forward(examples, with_heads=False)
        return outputs

    def forward_with_heads(self, examples: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Run a batch through all rows, side heads too, as `Network.forward_with_heads` does."""
        return self._forward(examples, with_heads=True)

    def backward(self, inputs: Tensor, labels: Tensor) -> Outcome:
        """Compute the loss of a batch, and leave its gradients in the parameters.

        Gradients that are there are replaced.

        Args:
            inputs: A batch, as the network reads it.
            labels: Numbers of the classes, int64; or a row of shares, one a class, for each example. An error is
                then an example that was given another class than that of its largest share.
        """
        holds = self._holds()
        if holds and self._whole is not None and self._whole.does(inputs):
            loss, errors = self._whole(inputs, labels)
            return Outcome(loss, loss, errors)
        captured = self.captured
        run: Pass = self._differentiate
        if holds and captured is not None and captured.does(inputs):
            run = captured
        loss, own_loss, wrong, *heads = run(inputs, labels).tolist()
        names = (name for name, _ in self.network.heads)
        return Outcome(loss, own_loss, int(wrong), dict(zip(names, heads, strict=True)))

    def lay_out(self) -> None:
        """Lay the network's kernels in memory as torch reads them a third faster: channels last.

        Their values stay. A network whose step is one call of a kernel stays as it is.
        """
        if self._whole is None:
            for module in self.network.modules():
                if type(module) is nn.Conv2d:
                    module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def refresh(self) -> None:
        """Make the form anew at its next use, whatever has changed."""
        self._guard = None

    @property
    def kernels(self) -> tuple[Kernel, ...]:
        """The kernels in C++ that its steps use."""
        if self._whole is not None:
            return (self._whole.kernel,)
        rows = (operation for _, operations in self._rows or () for operation in operations or ())
        return tuple(dict.fromkeys(kernel for row in rows for kernel in kernels_of_row(row)))

    def capture(self, batches: tuple[Batch, Batch], graph: Graph) -> None:
        """Have batches of one size go by a graph from now on.

        Args:
            batches: Two of that size, with other examples in each.
            graph: What captures.

        Raises:
            CaptureError: It cannot be done, and nothing has changed.
        """
        self.captured = capture(self._differentiate, self.network, batches, graph)

    def _holds(self) -> bool:
        """Whether the network is one that the form knows; the form is made anew where that has changed."""
        guard = self._guard
        if guard is None or not guard.holds():
            self._make()
        return self._rows is not None

    def _make(self) -> None:
        network, recipe = self.network, self.recipe
        self.device = next((values.device for values in network.parameters()), torch.device("cpu"))
        self.width = width_of(recipe.precision, network.walk, self.device)
        self.precision = lower_precision(recipe.precision, network.walk, self.device)
        self.parameters = tuple(network.parameters())
        self._guard = Guard(network, follows_values=False)
        reason = self._guard.reason
        if reason is not None:
            if not is_transformed():
                self._say(reason)
            self._rows = self._whole = None
            return
        is_known = self.width == "fp32" and recipe.has_plain_loss
        self._whole = one_call_step(network, recipe) if is_known else None
        self._rows = tuple(map(self._row, network.steps))

    def _row(self, step: Step) -> _Row:
        network = self.network
        faster = None if step.sampled else learning_row(network, step, self.width, self.ranks)
        if faster is None:
            return step, None
        behind = step.children[step.children.index(step.child) + 1 :]
        return step, (faster, *(getattr(network, child) for child in behind))

    def _forward(self, examples: Tensor, *, with_heads: bool) -> tuple[Tensor, dict[str, Tensor]]:
        network = self.network
        with self.precision:
            if not self._holds() or self._rows is None or type(examples) is not Tensor:
                if with_heads:
                    return network.forward_with_heads(examples)
                return network(examples), {}
            last = len(network.steps) if with_heads else network.trunk_length
            outputs = {0: examples}
            for position, (step, operations) in enumerate(self._rows[:last], start=1):
                if operations is None:
                    outputs[position] = network.run(step, outputs)
                else:
                    values = outputs[step.reads[0]]
                    for operation in operations:
                        values = operation(values)
                    outputs[position] = values
                for done in step.drops:
                    if done not in self._read_by_heads:
                        del outputs[done]
            heads = {name: outputs[end].flatten(1) for name, end in network.heads if with_heads}
            return outputs[network.trunk_length].flatten(1), heads

    def _differentiate(self, inputs: Tensor, labels: Tensor) -> Tensor:
        """Leave the gradients in the parameters, and give the numbers of an `Outcome`, side by side.

        They come in one tensor, so that a device is waited for once.
        """
        outputs, heads = self.forward_with_heads(inputs)
        loss = own_loss = self._loss(outputs, labels)
        head_losses = {name: self._loss(output, labels) for name, output in heads.items()}
        for name, head_loss in head_losses.items():
            loss = loss + self.network.head_weights[name] * head_loss
        forget_gradients(self.parameters)
        loss.backward()  # type: ignore[no-untyped-call]
        with torch.no_grad():
            predicted = predicted_classes(outputs[: len(labels)], self.network.ending)
            hard = labels if labels.dim() == 1 else labels.argmax(1)
            errors = torch.count_nonzero(predicted != hard).float()
            return torch.stack((loss, own_loss, errors, *head_losses.values()))

    def _loss(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """Compute the mean loss of a batch, whose outputs may be there once for every sample of dropout."""
        if len(outputs) > len(labels):
            samples = len(outputs) // len(labels)
            labels = labels.repeat(samples, *[1] * (labels.dim() - 1))
        return self.loss_of(outputs.float(), labels)


def for_training(
    network: Network, precision: Precision = "auto", *, recipe: Recipe | None = None
) -> TrainingForm:
    """Make a network ready to learn as fast as the machine can.

    Kernels for its rows are compiled, which takes some seconds once a machine; where there is no compiler, torch
    runs the rows.

    Args:
        network: The network; its numbers are read at each use.
        precision: Of products: `fp32`, `bf16`, or `auto`, which leaves it to the recipe; that takes bf16 for
            large networks of images on devices that multiply it faster.
        recipe: Says the loss that `backward` takes; the usual one for the network's last row when absent.

    Returns:
        What is called like the network itself; its outputs have gradients. `backward` computes the gradients of
        a loss in one step, which is faster.
    """
    need("network", network, Network, "what striate.build returns")
    losses = fitting_losses(network.walk.table)
    if recipe is not None and recipe.class_weights:
        raise RecipeError(weights_without_data())
    base = recipe or (Recipe(loss=losses[0]) if losses else Recipe())
    if precision != "auto":
        base = replace(base, precision=precision)
    form = TrainingForm(network, base)
    compile_kernels(form.kernels)
    return form

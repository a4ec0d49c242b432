"""The network that a table describes: a plain nn.Module whose children bear the rows' names."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal, final

import torch
from torch import Tensor, nn

from striate.arithmetic import Walk, reads
from striate.layers import Dropout, FullyConnected, Function, RadialBasis, SideHead
from striate.modules.functions import function_module
from striate.modules.rows import applies_function, module_of, padding_of, reads_flat
from striate.recipe import fitting_losses, left_to_loss
from striate.table import Row, Start, Table


Ending = Literal["scores", "one score", "distances"]
"""What the last row gives: scores, of which the largest names the class; one score, which names the
second of two classes where it is above 0; or distances, of which the smallest names the class."""


@final
@dataclass(frozen=True, slots=True)
class Step:
    """The modules that do one row, and the rows that it reads.

    Args:
        row: Its name in the table.
        child: Its name in the network.
        children: Names of all modules that do it, in their order: what pads, the layer, the function.
        reads: Positions of the rows whose outputs it takes.
        is_flat: Whether it takes maps as one flat vector.
        sampled: For each of the rows that it reads, whether it is here that dropout takes it several
            times; empty if none is.
        drops: Positions of the rows whose outputs nobody needs after it.
        function: What its last module applies, if it applies one.
        start: How its trained numbers begin; None leaves it to the recipe.
    """

    row: str
    child: str
    children: tuple[str, ...]
    reads: tuple[int, ...]
    is_flat: bool
    sampled: tuple[bool, ...]
    drops: tuple[int, ...]
    function: Function | None
    start: Start | None


@final
class Network(nn.Module):
    """A table as a plain module of torch: `network.C3.weight` is the weight of the row C3.

    What follows a row's layer is a child of its own, `network.C3_ReLU`; so is padding that torch's layer
    cannot do, `network.C3_padding`. A row whose name a module already uses for something else gets a `_`
    behind it: the weight of a row called train is `network.train_.weight`.

    A softmax in the last row, or the sigmoid of a single unit, is left to the loss and to
    `class_probabilities`, which take it together with the logarithm: `forward` gives the scores that
    go into it.

    Side heads are run by `forward_with_heads` alone.

    In training, the first Dropout on a way through the rows takes every example `dropout_samples` times:
    what comes behind it is computed for the whole batch once, then for the whole batch again, and so on.

    Args:
        walk: The arithmetic on a table without faults.

    Shapes:
        in:  batch x channels x height x width, batch x values, or batch x words
        out: batch x classes, or batch x 1 for one score; in training, (samples x batch) of them
    """

    def __init__(self, walk: Walk) -> None:
        super().__init__()
        self.walk = walk
        self.dropout_samples = 1
        self.ending: Ending = ending_of(walk.table)
        self.steps = tuple(self._add_rows(walk))
        trunk, *heads = walk.table.parts
        self.trunk_length = len(trunk) - 1
        ends = accumulate((len(head) for head in heads), initial=self.trunk_length)
        self.heads = tuple(
            (head[0].name, end) for head, end in zip(heads, list(ends)[1:], strict=True)
        )
        self.head_weights = {
            head[0].name: head[0].layer.weight
            for head in heads
            if isinstance(head[0].layer, SideHead)
        }
        self.built_as = description_of(self)

    def forward(self, examples: Tensor) -> Tensor:
        """Run a batch through all rows and give the last one's output."""
        outputs = {0: examples}
        for position, step in enumerate(self.steps[: self.trunk_length], start=1):
            outputs[position] = self.run(step, outputs)
            for done in step.drops:
                del outputs[done]
        return outputs[self.trunk_length].flatten(1)

    def run(self, step: Step, outputs: Mapping[int, Tensor]) -> Tensor:
        """Run one row on the outputs of the rows that it reads, by their positions."""
        inputs = [outputs[read] for read in step.reads]
        if step.sampled and self.training and self.dropout_samples > 1:
            inputs = [
                torch.cat([values] * self.dropout_samples) if is_sampled else values
                for values, is_sampled in zip(inputs, step.sampled, strict=True)
            ]
        if step.is_flat:
            inputs = [values.flatten(1) for values in inputs]
        first, *following = step.children
        values: Tensor = getattr(self, first)(*inputs)
        for child in following:
            values = getattr(self, child)(values)
        return values

    def forward_with_heads(self, examples: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Run a batch through all rows, side heads too.

        Returns:
            What `forward` gives, and the output of each side head by the name of its first row.
        """
        if not self.heads:
            return self(examples), {}
        outputs = self._run_all(examples)
        heads = {name: outputs[end].flatten(1) for name, end in self.heads}
        return outputs[self.trunk_length].flatten(1), heads

    def trace(self, examples: Tensor) -> dict[str, Tensor]:
        """Run a batch and keep the output of every row, by its name in the table.

        The last one is what `forward` gives: what is left to the loss there is left out here, too.
        """
        outputs = self._run_all(examples)
        return {step.row: outputs[position] for position, step in enumerate(self.steps, start=1)}

    def _run_all(self, examples: Tensor) -> dict[int, Tensor]:
        outputs = {0: examples}
        for position, step in enumerate(self.steps, start=1):
            outputs[position] = self.run(step, outputs)
        return outputs

    @property
    def last(self) -> nn.Module:
        """The module of the row that gives the network's output."""
        return self.get_submodule(self.steps[self.trunk_length - 1].child)

    @property
    def ends(self) -> tuple[nn.Module, ...]:
        """The modules of the rows that give an output: the network's own, and that of each side head."""
        positions = (self.trunk_length, *(end for _, end in self.heads))
        return tuple(self.get_submodule(self.steps[end - 1].child) for end in positions)

    def without_heads(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Leave the numbers of side heads out of a state of this network."""
        trunk = {child for step in self.steps[: self.trunk_length] for child in step.children}
        return {name: kept for name, kept in tensors.items() if name.partition(".")[0] in trunk}

    def _add_rows(self, walk: Walk) -> Iterator[Step]:
        """Add the modules of all rows, and say in which order they run."""
        others = {"steps", "trunk_length", "heads", "head_weights", "built_as"}
        taken = frozenset(dir(self)) | others
        # Identifiers never end in _ after a letter or digit, so that such names are free.
        names = [
            f"{row.identifier}_" if row.identifier in taken else row.identifier
            for row in walk.table.rows
        ]
        used = {*taken, *names}
        plans = zip(_plans(walk.table), walk.reports[1:], names[1:], strict=True)
        for (row_reads, sampled, drops, function), report, child in plans:
            modules = {child: module_of(report, function)}
            padding = padding_of(report)
            if padding is not None:
                modules = {_free(f"{child}_padding", used): padding, **modules}
            if function is not None and not applies_function(report):
                follows = function_module(function)
                modules[_free(f"{child}_{type(follows).__name__}", used)] = follows
            for name, module in modules.items():
                self.add_module(name, module)
            row = report.row
            is_flat, children = reads_flat(report), tuple(modules)
            yield Step(
                *(row.name, child, children, row_reads, is_flat, sampled, drops, function),
                start=row.start,
            )


def _free(name: str, used: Iterable[str]) -> str:
    return f"{name}_" if name in used else name


_Plan = tuple[tuple[int, ...], tuple[bool, ...], tuple[int, ...], Function | None]
"""What a row reads, which of it dropout takes several times here, what nobody needs after it, its function."""


def _plans(table: Table) -> Iterator[_Plan]:
    sources = reads(table)
    last_use = {
        read: position
        for position, read_rows in enumerate(sources[: len(table.trunk)])
        for read in read_rows
    }
    last_rows = {part[-1].name for part in table.parts}
    left_out = left_to_loss(table)
    samples: set[int] = set()  # positions of rows whose outputs are there once a sample
    for position, row in enumerate(table.rows[1:], start=1):
        is_sampled = isinstance(row.layer, Dropout) or not samples.isdisjoint(sources[position])
        sampled = tuple(is_sampled and read not in samples for read in sources[position])
        if is_sampled:
            samples.add(position)
        drops = tuple(read for read, use in last_use.items() if use == position)
        function = _function(row, left_out if row.name in last_rows else None)
        yield sources[position], sampled if any(sampled) else (), drops, function


def _function(row: Row, left_out: Function | None) -> Function | None:
    return None if row.function == left_out else row.function


def ending_of(table: Table) -> Ending:
    """Tell what the last row of a table gives."""
    if isinstance(table.trunk[-1].layer, RadialBasis):
        return "distances"
    return "one score" if fitting_losses(table) == ("binary-cross-entropy",) else "scores"


Description = tuple[
    str, tuple[type, ...], tuple[tuple[str, tuple[int, ...]], ...], dict[str, object]
]
"""Classes of all modules as torch shows them, the shapes of all tensors by name, and all options by name."""

_SAME_ANYWAY = frozenset({"training", "inplace", "has_sparse_gradient"}) | {
    f"{side}_{count}" for side in ("in", "out", "num") for count in ("features", "channels")
}
"""What modules keep beside their options: their mode, how they do it and keep it, and sizes, which their tensors have."""


def options_of(module: nn.Module) -> dict[str, object]:
    """Return what decides beside its tensors what a module computes, by the names of its attributes."""
    return {
        name: value
        for name, value in vars(module).items()
        if not name.startswith("_")
        and name not in _SAME_ANYWAY
        and isinstance(value, int | float | str | tuple | None)
    }


def description_of(network: nn.Module) -> Description:
    """Describe the modules of a network: their classes, the shapes of their tensors, and their options.

    `network.built_as` is the description of a network as it was built: one whose modules were replaced,
    wrapped or parametrized since has another.
    """
    tensors = (*network.named_parameters(), *network.named_buffers())
    options = {
        f"{where}.{name}": value
        for where, module in network.named_modules()
        if module is not network
        for name, value in options_of(module).items()
    }
    shapes = tuple((name, tuple(values.shape)) for name, values in tensors)
    return repr(network), tuple(map(type, network.modules())), shapes, options


def limited_layers(network: Network) -> tuple[tuple[nn.Module, float], ...]:
    """Return the full layers of a network whose rows allow their units a norm, each with that norm."""
    return tuple(
        (network.get_submodule(step.child), report.row.layer.max_norm)
        for step, report in zip(network.steps, network.walk.reports[1:], strict=True)
        if isinstance(report.row.layer, FullyConnected) and report.row.layer.max_norm is not None
    )


def limit_norms(layers: Iterable[tuple[nn.Module, float]]) -> None:
    """Scale the weights of each unit back to the norm that its row allows; shorter ones stay.

    Args:
        layers: Those that `limited_layers` gives; their weights change in place.

    Source:
        Kim 2014, section 2.1: after every step, wherever the L2 norm is above 3.
    """
    with torch.no_grad():
        for layer, norm in layers:
            layer.weight.renorm_(2, 0, norm)  # type: ignore[operator]

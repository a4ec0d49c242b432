"""The network that a table describes: a plain nn.Module whose children bear the rows' names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal, final

import torch
from torch import Tensor, nn

from striate.arithmetic import Walk, reads
from striate.kernels import Kernel
from striate.layers import Dropout, Function, RadialBasis, SideHead
from striate.modules.chains import Chain, chain_row
from striate.modules.functions import apply
from striate.modules.rectified_pooling import RectifiedPooling, rectified_pooling
from striate.modules.rows import module_of
from striate.recipe import fitting_losses
from striate.table import Row, Start, Table


Ending = Literal["scores", "one score", "distances"]
"""What the last row gives: scores, of which the largest names the class; one score, which names the
second of two classes where it is above 0; or distances, of which the smallest names the class."""


@final
@dataclass(frozen=True, slots=True)
class Step:
    """One row at work.

    Args:
        row: Its name in the table.
        child: Its name in the network.
        reads: Positions of the rows whose outputs it takes.
        sampled: For each of them, whether it is here that dropout takes it several times; empty if
            none is.
        drops: Positions of the rows whose outputs nobody needs after it.
        function: Applied to what comes out, by the module itself where it has one of its own.
        start: How its trained numbers begin; None leaves it to the recipe.
    """

    row: str
    child: str
    reads: tuple[int, ...]
    sampled: tuple[bool, ...]
    drops: tuple[int, ...]
    function: Function | None
    start: Start | None


@final
class Network(nn.Module):
    """A table at work: `network.C3.weight` is the weight of the row C3.

    A row whose name a module already uses for something else gets a `_` behind it: the weight of a
    row called train is `network.train_.weight`.

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
        taken = frozenset(dir(self)) | {"steps", "parts", "heads", "head_weights", "trunk_length"}
        self.steps = tuple(_steps(walk, taken))
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
        for step, report in zip(self.steps, walk.reports[1:], strict=True):
            self.add_module(step.child, module_of(report, step.function))
        self._read_by_heads = frozenset(
            read for step in self.steps[self.trunk_length :] for read in step.reads
        )
        self.parts = tuple(self._parts())

    @property
    def last(self) -> nn.Module:
        """The module of the row that gives the network's output."""
        return self.get_submodule(self.steps[self.trunk_length - 1].child)

    @property
    def ends(self) -> tuple[nn.Module, ...]:
        """The modules of the rows that give an output: the network's own, and that of each side head."""
        positions = (self.trunk_length, *(end for _, end in self.heads))
        return tuple(self.get_submodule(self.steps[end - 1].child) for end in positions)

    @property
    def kernels(self) -> tuple[Kernel, ...]:
        """What its rows have in C++, each once; a chain stands for its rows."""
        chains = [part for part, _ in self.parts if isinstance(part, Chain)]
        chained = {module for chain in chains for module, _ in chain.rows}
        rows = (one for one in self.modules() if one is not self and one not in chained)
        doers = (*rows, *chains)
        found = (getattr(one, "kernels", ()) for one in doers)
        return tuple(dict.fromkeys(kernel for kernels in found for kernel in kernels))

    def forward(self, examples: Tensor) -> Tensor:
        """Run a batch through all rows and give the last one's output."""
        return self._run_trunk(examples, frozenset())[self.trunk_length].flatten(1)

    def forward_with_heads(self, examples: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Run a batch through all rows, side heads too.

        Returns:
            What `forward` gives, and the output of each side head by the name of its first row.
        """
        outputs = self._run_trunk(examples, self._read_by_heads)
        for position, step in enumerate(self.steps[self.trunk_length :], self.trunk_length + 1):
            outputs[position] = self.run(step, outputs)
        heads = {name: outputs[end].flatten(1) for name, end in self.heads}
        return outputs[self.trunk_length].flatten(1), heads

    def _run_trunk(self, examples: Tensor, kept: frozenset[int]) -> dict[int, Tensor]:
        """Give the last output, and those that are to be kept; the others are let go of."""
        outputs: dict[int, Tensor] = {0: examples}
        position = 0
        for part, steps in self.parts:
            position += len(steps)
            first = steps[0]
            outputs[position] = (
                self.run(first, outputs) if part is None else part(outputs[first.reads[0]])
            )
            for step in steps:
                for done in step.drops:
                    if done not in kept:
                        outputs.pop(done, None)  # within a part nothing was kept
        return outputs

    def without_heads(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Leave the numbers of side heads out of a state of this network."""
        trunk = {step.child for step in self.steps[: self.trunk_length]}
        return {name: one for name, one in tensors.items() if name.partition(".")[0] in trunk}

    def trace(self, examples: Tensor) -> dict[str, Tensor]:
        """Run a batch and keep the output of every row, by its name in the table.

        The last one is what `forward` gives: what is left to the loss there is left out here, too.
        """
        outputs = self._run_all(examples)
        return {step.row: outputs[position] for position, step in enumerate(self.steps, start=1)}

    def _run_all(self, examples: Tensor) -> dict[int, Tensor]:
        outputs: dict[int, Tensor] = {0: examples}
        for position, step in enumerate(self.steps, start=1):
            outputs[position] = self.run(step, outputs)
        return outputs

    def _parts(self) -> Iterator[tuple[Chain | RectifiedPooling | None, tuple[Step, ...]]]:
        """Give the steps of the trunk in order, those that are done as one together."""
        trunk = self.steps[: self.trunk_length]
        start = 0
        while start < len(trunk):
            part = self._pooling_at(start) or self._chain_at(start)
            length = (
                2 if isinstance(part, RectifiedPooling) else 1 if part is None else len(part.rows)
            )
            yield part, trunk[start : start + length]
            start += length

    def _chain_at(self, start: int) -> Chain | None:
        rows, end = [], start
        while end == start or self._alone_reads_the_one_before(end):
            step = self.steps[end]
            row = chain_row(getattr(self, step.child), step.function)
            if row is None:
                break
            rows.append(row)
            end += 1
        return Chain(rows) if len(rows) > 1 else None

    def _pooling_at(self, start: int) -> RectifiedPooling | None:
        if not self._alone_reads_the_one_before(start + 1):
            return None
        first, second = self.steps[start : start + 2]
        if first.sampled or second.sampled:
            return None
        modules = getattr(self, first.child), getattr(self, second.child)
        return rectified_pooling(modules[0], first.function, modules[1], second.function)

    def _alone_reads_the_one_before(self, position: int) -> bool:
        """Tell whether no other row than the next one of the trunk reads an output."""
        if position >= self.trunk_length or position in self._read_by_heads:
            return False
        step = self.steps[position]
        return step.drops == step.reads == (position,)

    def run(self, step: Step, outputs: dict[int, Tensor]) -> Tensor:
        """Run one row on the outputs of the rows that it reads, by their positions."""
        # Its name holds no dots, for which `get_submodule` looks at length.
        module = getattr(self, step.child)
        inputs = [outputs[read] for read in step.reads]
        if step.sampled and self.training and self.dropout_samples > 1:
            inputs = [
                torch.cat([one] * self.dropout_samples) if is_sampled else one
                for one, is_sampled in zip(inputs, step.sampled, strict=True)
            ]
        values: Tensor = module(*inputs)
        return values if hasattr(module, "function") else apply(step.function, values)


def ending_of(table: Table) -> Ending:
    """Tell what the last row of a table gives."""
    if isinstance(table.trunk[-1].layer, RadialBasis):
        return "distances"
    return "one score" if fitting_losses(table) == ("binary-cross-entropy",) else "scores"


def _steps(walk: Walk, taken: frozenset[str]) -> Iterator[Step]:
    sources = reads(walk.table)
    trunk = len(walk.table.trunk)
    last_use = {
        read: position for position, read_rows in enumerate(sources[:trunk]) for read in read_rows
    }
    last_rows = {part[-1].name for part in walk.table.parts}
    left_out: Function = "sigmoid" if ending_of(walk.table) == "one score" else "softmax"
    samples: set[int] = set()  # positions of rows whose outputs are there once a sample
    for position, row in enumerate(walk.table.rows):
        if position:
            is_sampled = isinstance(row.layer, Dropout) or not samples.isdisjoint(sources[position])
            sampled = tuple(is_sampled and read not in samples for read in sources[position])
            if is_sampled:
                samples.add(position)
            drops = tuple(read for read, use in last_use.items() if use == position)
            # Identifiers never end in _ after a letter or digit, so that this one is free.
            child = f"{row.identifier}_" if row.identifier in taken else row.identifier
            yield Step(
                row.name,
                child,
                sources[position],
                sampled if any(sampled) else (),
                drops,
                _function(row, left_out if row.name in last_rows else None),
                row.start,
            )


def _function(row: Row, left_out: Function | None) -> Function | None:
    return None if row.function == left_out else row.function

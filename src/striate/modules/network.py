"""The network that a table describes: a plain nn.Module whose children bear the rows' names."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, final

from torch import Tensor, nn

from striate.arithmetic import Walk, reads
from striate.layers import Function, RadialBasis
from striate.modules.functions import apply
from striate.modules.rows import module_of
from striate.table import Row


Ending = Literal["scores", "distances"]
"""What the last row gives: scores, of which the largest names the class, or distances, of which
the smallest does."""


@final
@dataclass(frozen=True, slots=True)
class Step:
    """One row at work.

    Args:
        row: Its name in the table.
        child: Its name in the network.
        reads: Positions of the rows whose outputs it takes.
        drops: Positions of the rows whose outputs nobody needs after it.
        function: Applied to what comes out.
    """

    row: str
    child: str
    reads: tuple[int, ...]
    drops: tuple[int, ...]
    function: Function | None


@final
class Network(nn.Module):
    """A table at work: `network.C3.weight` is the weight of the row C3.

    A row whose name a module already uses for something else gets a `_` behind it: the weight of a
    row called train is `network.train_.weight`.

    A softmax in the last row is left to the loss and to `class_probabilities`, which take it
    together with the logarithm: `forward` gives the scores that go into it.

    Args:
        walk: The arithmetic on a table without faults.

    Shapes:
        in:  batch x channels x height x width, batch x values, or batch x words
        out: batch x classes
    """

    def __init__(self, walk: Walk) -> None:
        super().__init__()
        last = walk.table.rows[-1]
        self.ending: Ending = "distances" if isinstance(last.layer, RadialBasis) else "scores"
        self.steps = tuple(_steps(walk, taken=frozenset(dir(self)) | {"steps"}))
        for step, report in zip(self.steps, walk.reports[1:], strict=True):
            self.add_module(step.child, module_of(report))

    @property
    def last(self) -> nn.Module:
        """The module of the last row."""
        return self.get_submodule(self.steps[-1].child)

    def forward(self, examples: Tensor) -> Tensor:
        """Run a batch through all rows and give the last one's output."""
        outputs: dict[int, Tensor] = {0: examples}
        for position, step in enumerate(self.steps, start=1):
            outputs[position] = self.run(step, outputs)
            for done in step.drops:
                del outputs[done]
        return outputs[len(self.steps)].flatten(1)

    def trace(self, examples: Tensor) -> dict[str, Tensor]:
        """Run a batch and keep the output of every row, by its name in the table.

        The last one is what `forward` gives, so that a softmax in it is left out here, too.
        """
        outputs: dict[int, Tensor] = {0: examples}
        for position, step in enumerate(self.steps, start=1):
            outputs[position] = self.run(step, outputs)
        return {step.row: outputs[position] for position, step in enumerate(self.steps, start=1)}

    def run(self, step: Step, outputs: dict[int, Tensor]) -> Tensor:
        """Run one row on the outputs of the rows that it reads, by their positions."""
        values: Tensor = self.get_submodule(step.child)(*(outputs[read] for read in step.reads))
        return values if step.function is None else apply(step.function, values)


def _steps(walk: Walk, taken: frozenset[str]) -> Iterator[Step]:
    sources = reads(walk.table)
    last_use = {read: position for position, read_rows in enumerate(sources) for read in read_rows}
    final_position = len(sources) - 1
    for position, row in enumerate(walk.table.rows):
        if position:
            drops = tuple(read for read, use in last_use.items() if use == position)
            # Identifiers never end in _ after a letter or digit, so that this one is free.
            child = f"{row.identifier}_" if row.identifier in taken else row.identifier
            yield Step(
                row.name,
                child,
                sources[position],
                drops,
                _function(row, is_last=position == final_position),
            )


def _function(row: Row, *, is_last: bool) -> Function | None:
    function = row.function
    return None if is_last and function == "softmax" else function

"""A network whose rows torch runs one after the other."""

from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor

from striate.inference.products import BLOCK, Operation
from striate.inference.rows import is_empty, operation
from striate.modules import Network
from striate.modules.rows import FlatLinear


@final
@dataclass(frozen=True, slots=True)
class _Call:
    """One row at work.

    Args:
        run: What it does.
        reads: Positions of the rows whose outputs it takes.
        gives: Its own position.
        drops: Positions of the rows whose outputs nobody needs after it.
    """

    run: Operation
    reads: tuple[int, ...]
    gives: int
    drops: tuple[int, ...]


@final
class LargeNetwork:
    """A network of many numbers, its weights laid out for the machine's products.

    Rows that do nothing once a network has learnt are left out. A batch goes through the rows of maps in
    blocks, and as a whole through the flat rows behind them, whose weights are many and are then read
    once.

    Args:
        network: Its weights are copied as they are now.
        number: What is multiplied: fp32 or bf16.
    """

    def __init__(self, network: Network, number: torch.dtype) -> None:
        self.number, self.axes = number, network.walk.input.axes
        self.calls = _calls(network, number)
        self.of_maps = _count_rows_of_maps(self.calls, network)
        self.last = self.calls[-1].gives if self.calls else 0

    @torch.inference_mode()
    def __call__(self, examples: Tensor) -> Tensor:
        """Run a batch.

        Shapes:
            in:  batch x channels x height x width, batch x values, or batch x words
            out: batch x values
        """
        if examples.is_floating_point():
            examples = examples.to(self.number)
        if examples.dim() == 4:  # noqa: PLR2004 - batch, maps, height, width
            examples = examples.contiguous(memory_format=torch.channels_last)
        maps, flat = self.calls[: self.of_maps], self.calls[self.of_maps :]
        values = examples
        if maps:
            # A card has neither cores that share a block nor a cache that it stays in.
            at_once = BLOCK if examples.device.type == "cpu" else max(len(examples), 1)
            parts = [_run(maps, 0, part, maps[-1].gives) for part in torch.split(examples, at_once)]
            values = parts[0] if len(parts) == 1 else torch.cat(parts)
        values = _run(flat, maps[-1].gives if maps else 0, values, self.last)
        return values.flatten(1).to(torch.promote_types(values.dtype, torch.float32))


def _run(calls: tuple[_Call, ...], begins: int, values: Tensor, ends: int) -> Tensor:
    """Run some rows on the output of the row before them."""
    outputs = {begins: values}
    for call in calls:
        outputs[call.gives] = call.run(*(outputs[read] for read in call.reads))
        for done in call.drops:
            del outputs[done]
    return outputs[ends]


def _calls(network: Network, number: torch.dtype) -> tuple[_Call, ...]:
    steps = network.steps[: network.trunk_length]
    stands_for = {0: 0}
    kept: list[tuple[Operation, tuple[int, ...], int]] = []
    for position, step in enumerate(steps, start=1):
        module = network.get_submodule(step.child)
        reads = tuple(stands_for[read] for read in step.reads)
        stands_for[position] = position
        if is_empty(module, step.function):
            stands_for[position] = reads[0]
            continue
        is_last = position == len(steps)
        # Scores that differ in their third digit must not become the same.
        of_row = torch.float32 if is_last and number == torch.bfloat16 else number
        shape = network.walk.trunk[position].inputs[0]
        kept.append((operation(module, shape, step.function, of_row), reads, position))
    uses = {read: gives for _, reads, gives in kept for read in reads}
    return tuple(
        _Call(run, reads, gives, tuple({read for read in reads if uses[read] == gives}))
        for run, reads, gives in kept
    )


def _count_rows_of_maps(calls: tuple[_Call, ...], network: Network) -> int:
    """Count the rows ahead of the first flat product, if all of it goes through one row there."""
    modules = [network.get_submodule(step.child) for step in network.steps]
    for at, call in enumerate(calls):
        if isinstance(modules[call.gives - 1], FlatLinear):
            before = calls[at - 1].gives if at else 0
            is_narrow = all(
                read >= call.gives or read == before
                for later in calls[at:]
                for read in later.reads
                if read < call.gives
            )
            return at if is_narrow else len(calls)
    return len(calls)

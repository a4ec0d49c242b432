"""A small network run by one call of the kernel."""

from typing import final

import torch
from torch import Tensor

from striate.inference.program import Program
from striate.kernels.small_network import KERNEL


_LEAST_SHARED = 1_000_000
"""Products from which a batch is shared among threads: below it they take longer to meet."""


@final
class SmallNetwork:
    """A network of few numbers, at work in the kernel.

    Args:
        program: Its rows and numbers.
        axes: Of one example.
        words: Words that it knows, if it reads sentences.
        products: Of one example.
    """

    def __init__(
        self, program: Program, axes: tuple[int, ...], words: int | None, products: int
    ) -> None:
        self.axes, self.words, self.products = axes, words, products
        self.number = torch.float32 if words is None else torch.int64
        self.given = program.given
        self.numbers = torch.cat(program.numbers)
        self.rows = torch.tensor([row.fields for row in program.rows], dtype=torch.int64)
        size = torch.Size(axes).numel() * self.number.itemsize
        places = (self.rows.data_ptr(), self.numbers.data_ptr())
        sizes = (len(self.rows), size, program.copied, program.given, program.out, program.scratch)
        self.header = torch.tensor((*places, *sizes), dtype=torch.int64)
        self.place = self.header.data_ptr()
        self.run = KERNEL.function("run_network")

    def __call__(self, examples: Tensor) -> Tensor:
        """Run a batch.

        Shapes:
            in:  batch x channels x height x width, batch x values, or batch x words
            out: batch x values
        """
        batch = len(examples)
        if examples.shape[1:] != self.axes or examples.dtype != self.number:
            examples = self._fitted(examples)
        if not examples.is_contiguous():
            examples = examples.contiguous()
        if self.words is not None and batch and int(examples.max()) > self.words:
            message = f"word {int(examples.max())} of a network that knows {self.words} words"
            raise IndexError(message)
        out = torch.empty(batch, self.given)
        is_shared = batch > 1 and batch * self.products >= _LEAST_SHARED
        threads = min(torch.get_num_threads(), batch) if is_shared else 1
        self.run(self.place, examples.data_ptr(), batch, out.data_ptr(), threads)
        return out

    def _fitted(self, examples: Tensor) -> Tensor:
        if examples.shape[1:] != self.axes:
            came, needed = tuple(examples.shape[1:]), self.axes
            message = f"examples of {came} came to a network that reads {needed}"
            raise ValueError(message)
        return examples.to(self.number)

"""A small network run by one call of the kernel."""

from ctypes import addressof
from typing import final, get_args

import torch
from torch import Tensor

from striate.inference.program import Program
from striate.kernels.small_network import KERNEL, ReadingFields
from striate.modules import Ending, Network
from striate.shapes import Words


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
        self.run, self.run_reading = KERNEL.function("run_network"), KERNEL.function("read_network")

    def __call__(self, examples: Tensor) -> Tensor:
        """Run a batch.

        Shapes:
            in:  batch x channels x height x width, batch x values, or batch x words
            out: batch x values
        """
        examples = self._fitted(examples, self.number)
        batch = len(examples)
        out = torch.empty(batch, self.given)
        self.run(self.place, examples.data_ptr(), batch, out.data_ptr(), self._threads(batch))
        return out

    def read(self, stored: Tensor, way: "Way") -> tuple[Tensor, Tensor, Tensor]:
        """Read stored examples, and say what they are.

        Shapes:
            in:  batch x channels x height x width, batch x values, or batch x words
            out: batch x values, batch x classes and batch x classes

        Args:
            stored: Bytes, or the numbers of words.
            way: From what is stored to what the outputs say.

        Returns:
            The outputs, the probabilities of the classes, and their numbers, the likeliest first.
        """
        stored = self._fitted(stored, torch.uint8 if self.words is None else self.number)
        batch, classes = len(stored), way.classes or self.given
        outputs, chances = torch.empty(batch, self.given), torch.empty(batch, classes)
        order = torch.empty(batch, classes, dtype=torch.int64)
        self.run_reading(
            self.place,
            way.place,
            stored.data_ptr(),
            batch,
            outputs.data_ptr(),
            chances.data_ptr(),
            order.data_ptr(),
            self._threads(batch),
        )
        return outputs, chances, order

    def _threads(self, batch: int) -> int:
        is_shared = batch > 1 and batch * self.products >= _LEAST_SHARED
        return min(torch.get_num_threads(), batch) if is_shared else 1

    def _fitted(self, examples: Tensor, number: torch.dtype) -> Tensor:
        if examples.shape[1:] != self.axes:
            came, needed = tuple(examples.shape[1:]), self.axes
            message = f"examples of {came} came to a network that reads {needed}"
            raise ValueError(message)
        if examples.dtype != number:
            examples = examples.to(number)
        if self.words is not None and len(examples) and int(examples.max()) > self.words:
            message = f"word {int(examples.max())} of a network that knows {self.words} words"
            raise IndexError(message)
        return examples if examples.is_contiguous() else examples.contiguous()


@final
class Way:
    """The way from what is stored to what a network's outputs say, as the kernel goes it.

    Args:
        network: Its input and its ending are looked at.
        low: Value of byte 0.
        step: Between the values of one byte and the next.
        mean: Of the training images, in bytes, which is subtracted in place of `low`; None for none.
        constant: j of LeNet-5's equation 9, for distances.
    """

    def __init__(
        self, network: Network, low: float, step: float, mean: Tensor | None, constant: float
    ) -> None:
        shape = network.walk.input
        self.mean = None if mean is None else mean.expand(shape.axes).contiguous()
        self.classes = 2 if network.ending == "one score" else None
        self.fields = ReadingFields(
            is_words=isinstance(shape, Words),
            mean=None if self.mean is None else self.mean.data_ptr(),
            step=step,
            low=low,
            ending=get_args(Ending).index(network.ending),
            constant=constant,
        )
        self.place = addressof(self.fields)

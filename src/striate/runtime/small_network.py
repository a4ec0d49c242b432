"""A small network run by one call of the kernel."""

from ctypes import addressof
from typing import NamedTuple, final, get_args

import torch
from torch import FloatTensor, LongTensor, Tensor

from striate.kernels.small_network import KERNEL, ReadingFields
from striate.modules import Ending, Network
from striate.runtime.program import Program
from striate.shapes import Words


_LEAST_SHARED = 1_000_000
"""Products from which a batch is shared among threads: below it they take longer to meet."""


@final
class Reading(NamedTuple):
    """The outputs, probabilities and classes of some examples.

    Args:
        outputs: Of the last row, for the first view; examples x values.
        chances: Probabilities of the classes, averaged over all views; examples x classes.
        classes: Their numbers, the likeliest first; examples x classes.
    """

    outputs: Tensor
    chances: Tensor
    classes: Tensor


@final
class SmallNetwork:
    """A network of few numbers, at work in the kernel.

    What it gives is made by torch's oldest constructors: they take less time than `empty`, and whatever
    number or device torch takes by default, they give what the kernel writes.

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
        self.stored = torch.uint8 if words is None else torch.int64
        self.given = program.given
        self._fits: torch.Size | None = None
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
        shape = examples.shape
        if (
            shape != self._fits  # the usual case without a call: it is a tenth of an answer
            or examples.dtype is not self.number
            or not examples.is_contiguous()
        ):
            examples = self._fitted(examples, self.number)
            self._fits = shape if self.words is None else None
        batch = shape[0]
        out = FloatTensor(batch, self.given)
        threads = 1 if batch == 1 else self._threads(batch)
        self.run(self.place, examples.data_ptr(), batch, out.data_ptr(), threads)
        return out

    def read(self, stored: Tensor, way: "Way") -> Reading:
        """Read stored examples, and say what they are.

        Shapes:
            in: batch x channels x height x width, batch x values, or batch x words

        Args:
            stored: Bytes, or the numbers of words.
            way: From what is stored to what the outputs say.
        """
        stored = self._fitted(stored, self.stored)
        batch, classes = stored.shape[0], way.classes or self.given
        outputs, chances = FloatTensor(batch, self.given), FloatTensor(batch, classes)
        order = LongTensor(batch, classes)
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
        return Reading(outputs, chances, order)

    def _threads(self, batch: int) -> int:
        is_shared = batch > 1 and batch * self.products >= _LEAST_SHARED
        return min(torch.get_num_threads(), batch) if is_shared else 1

    def _fitted(self, examples: Tensor, number: torch.dtype) -> Tensor:
        if examples.shape[1:] != self.axes:
            came, needed = tuple(examples.shape[1:]), self.axes
            message = f"examples of {came} came to a network that reads {needed}"
            raise ValueError(message)
        if examples.dtype is not number:
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

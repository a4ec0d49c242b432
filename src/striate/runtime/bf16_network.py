"""A network whose rows follow one another, read in bf16 by one call of a kernel."""

from collections.abc import Sequence
from ctypes import addressof
from dataclasses import dataclass
from itertools import count
from typing import final

import torch
from torch import Tensor

from striate.kernels.bf16_network import KERNEL, NetworkFields, RowFields
from striate.modules import Network
from striate.runtime.bf16_rows import Sliding, rows_of
from striate.shapes import Image


_numbers = count(1)


@final
@dataclass(frozen=True, slots=True)
class _Place:
    """Maps in the scratch, with zeros around them.

    Args:
        begin: Position of the zeros above them.
        maps: How large they are.
        before: Zeros above and on the left.
        after: Zeros below and on the right.
    """

    begin: int
    maps: Image
    before: tuple[int, int]
    after: tuple[int, int]

    @property
    def line(self) -> int:
        """Numbers of a line of pixels."""
        return (self.before[1] + self.maps.width + self.after[1]) * self.maps.channels

    @property
    def first(self) -> int:
        """Position of the first pixel of the maps."""
        return self.begin + self.before[0] * self.line + self.before[1] * self.maps.channels

    @property
    def end(self) -> int:
        """Position behind it; a pair of numbers may reach beyond the last window by one."""
        height = self.before[0] + self.maps.height + self.after[0]
        return self.begin + height * self.line + 1


@final
class Bf16Network:
    """Convolutions, maximum poolings and full layers with ReLU, one behind the other.

    A core takes whole images through all rows, so that the maps of an image stay in its cache; a single
    image is shared by the cores row by row.

    Args:
        network: Its weights are copied as they are now.

    Raises:
        UnknownRowError: As `rows_of`.
    """

    def __init__(self, network: Network) -> None:
        rows = rows_of(network)
        self.axes, self.given = network.walk.input.axes, rows[-1].to.channels
        places = _places(rows)
        self._kept = [
            values for row in rows for values in (row.weights, row.bias) if values is not None
        ]
        self._rows = (RowFields * len(rows))(
            *(
                _fields(row, of, to)
                for row, of, to in zip(rows, places, [*places[1:], None], strict=True)
            )
        )
        first = places[0]
        self._fields = NetworkFields(
            rows=addressof(self._rows),
            count=len(rows),
            channels=first.maps.channels,
            height=first.maps.height,
            width=first.maps.width,
            first=first.first,
            first_line=first.line,
            given=self.given,
            scratch=places[-1].end,
            number=next(_numbers),
        )
        self._place = addressof(self._fields)
        self._run = KERNEL.function("run_rows_of_maps")

    def __call__(self, examples: Tensor) -> Tensor:
        """Run a batch.

        Shapes:
            in:  batch x channels x height x width
            out: batch x values, fp32

        Raises:
            ValueError: The examples have other axes.
        """
        if examples.shape[1:] != self.axes:
            came, needed = tuple(examples.shape[1:]), self.axes
            message = f"examples of {came} came to a network that reads {needed}"
            raise ValueError(message)
        examples = examples.detach().float().contiguous()
        out = torch.empty(len(examples), self.given, dtype=torch.float32)
        threads = torch.get_num_threads()
        self._run(self._place, examples.data_ptr(), len(examples), out.data_ptr(), threads)
        return out


def _places(rows: Sequence[Sliding]) -> list[_Place]:
    """Lay what each row reads behind what the one before it does."""
    places: list[_Place] = []
    for row in rows:
        begin = places[-1].end if places else 0
        places.append(_Place(begin, row.of, row.before, row.after))
    return places


def _fields(row: Sliding, of: _Place, to: _Place | None) -> RowFields:
    return RowFields(
        kind=row.kind,
        is_rectified=row.is_rectified,
        source=of.begin,
        source_line=of.line,
        channels=row.of.channels,
        out=0 if to is None else to.first,
        out_line=0 if to is None else to.line,
        maps=row.to.channels,
        rows=row.to.height,
        columns=row.to.width,
        groups=row.groups,
        kernel_height=row.kernel[0],
        kernel_width=row.kernel[1],
        stride_down=row.stride[0],
        stride_across=row.stride[1],
        weights=None if row.weights is None else row.weights.data_ptr(),
        bias=None if row.bias is None else row.bias.data_ptr(),
    )

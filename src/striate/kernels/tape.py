"""Kernels one behind the other, and the way back through them without torch's engine in between.

For rows of few numbers the engine takes longer than the rows: it builds a node for every call, and goes from one
to the next in C++ and back into Python.
"""

from collections.abc import Iterable
from threading import local
from typing import Any, Self, final

import torch
from torch import Tensor


class _State(local):
    tape: "Tape | None" = None


_state = _State()


def run(function: type[torch.autograd.Function], values: Tensor, *others: Any) -> Tensor:
    """Run a function on the values of a row: by torch, or on the tape that is being written.

    Args:
        function: Its gradients are those of its first input, and of those that are tensors.
        values: What the row reads.
        others: Parameters and constants.
    """
    tape = _state.tape
    out: Tensor = (
        function.apply(values, *others)  # type: ignore[no-untyped-call]
        if tape is None
        else tape.write(function, values, *others)
    )
    return out


def is_written() -> bool:
    """Tell whether a tape is being written."""
    return _state.tape is not None


class _Record:
    """What a function keeps for its way back, in the place of torch's context."""

    saved_tensors: tuple[Tensor | None, ...] = ()

    def __init__(
        self,
        function: Any,
        others: tuple[Any, ...],
        needs_input_grad: tuple[bool, ...],
    ) -> None:
        self.function, self.others, self.needs_input_grad = function, others, needs_input_grad
        self.out = torch.empty(0)

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        self.saved_tensors = tensors


@final
class Tape:
    """The functions that a straight network ran, each of which read what the one before it gave.

    It is written while it is the context of a forward pass without gradients.

    Args:
        parameters: Of the network.
    """

    def __init__(self, parameters: Iterable[Tensor]) -> None:
        self._parameters = {one.data_ptr(): one for one in parameters}
        self._records: list[_Record] = []
        self._found: set[int] = set()

    def __enter__(self) -> Self:
        """Write what runs."""
        _state.tape = self
        return self

    def __exit__(self, *error: object) -> None:
        """Write no more."""
        _state.tape = None

    def write(
        self, function: type[torch.autograd.Function], values: Tensor, *others: Any
    ) -> Tensor:
        """Run a function, and keep what its way back needs."""
        own = [self._place(one) for one in others]
        self._found.update(place for place in own if place)
        needs = (bool(self._records), *(place != 0 for place in own))
        record = _Record(function, others, needs)
        record.out = function.forward(record, values, *others)
        self._records.append(record)
        return record.out

    @property
    def is_whole(self) -> bool:
        """Tell whether every parameter was used by a function on the tape."""
        return len(self._found) == len(self._parameters)

    def go_back(self, gradient: Tensor) -> None:
        """Leave the gradients in the parameters.

        Args:
            gradient: Of what the last function gave.
        """
        for record in reversed(self._records):
            # Between two rows there are views at most: maps are read as one flat vector.
            gradient, *others = record.function.backward(record, gradient.view(record.out.shape))
            for one, its in zip(record.others, others, strict=True):
                place = 0 if its is None else self._place(one)
                if place:
                    parameter = self._parameters[place]
                    parameter.grad = its.view(parameter.shape)

    def _place(self, one: object) -> int:
        place = one.data_ptr() if isinstance(one, Tensor) else 0
        return place if place in self._parameters else 0

"""A CUDA graph on the processor: operations are recorded with their tensors, and done again on those."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, final

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


_WAITS = {torch.Tag.data_dependent_output, torch.Tag.dynamic_output_shape}
"""Of operations whose outcome the host reads: `item`, `nonzero`, masks."""
_BY_INDEX = {"aten::index", "aten::index_put", "aten::index_put_", "aten::_index_put_impl_"}
"""These wait only for a mask, whose places they look for."""
_FROM_THE_HOST = {"aten::lift_fresh", "aten::lift_fresh_copy"}
"""`torch.tensor` of Python's numbers: a copy from memory that a graph cannot hold."""
_WITHOUT_WORK = {
    "_unsafe_view",
    "empty",
    "empty_like",
    "new_empty",
    "empty_strided",
    "promote_types",
}


@final
@dataclass(frozen=True)
class Operation:
    function: Any
    arguments: tuple[Any, ...]
    options: dict[str, Any]
    made: tuple[Tensor | None, ...]
    """What it gave, None for all that shares its memory with an argument: views, and what was changed in place."""

    def __call__(self) -> None:
        again = tree_leaves(self.function(*self.arguments, **self.options))
        for place, values in zip(self.made, again, strict=True):
            if place is not None:
                place.copy_(values)


@final
class Recorder(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Refuse what a capture refuses, and hand every other operation on to be recorded."""

    def __init__(self, record: Callable[..., Any] | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.record = record
        self.launches: list[str] = []

    def __torch_dispatch__(
        self, func: Any, types: object, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        name = func._schema.name
        is_mask = any(one.dtype in {torch.bool, torch.uint8} for one in tensors_of(args[1:2]))
        waits = is_mask if name in _BY_INDEX else _WAITS.intersection(func.tags)
        devices = {one.device.type for one in tensors_of((args, kwargs)) if one.dim()}
        if waits or name in _FROM_THE_HOST or len(devices) > 1:
            message = f"operation not permitted when stream is capturing: {name}"
            raise RuntimeError(message)
        if not func.is_view and name.partition("::")[2] not in _WITHOUT_WORK:
            self.launches.append(name)
        options = kwargs or {}
        return self.record(func, args, options) if self.record else func(*args, **options)


@final
@dataclass
class RecordedGraph:
    """What `CudaGraph` is to a card.

    As with a card, a capture changes nothing: what it wrote to is put back, and what it made holds no
    numbers (here: NaN) until it is replayed. What Python did in it is done once and for all.
    """

    operations: list[Operation] = field(default_factory=list)
    replays: int = 0
    _outside: dict[int, tuple[Tensor, Tensor]] = field(default_factory=dict)
    _inside: set[int] = field(default_factory=set)

    def warm_up(self, work: Callable[[], Tensor]) -> None:
        work()

    def capture(self, work: Callable[[], Tensor]) -> Tensor:
        assert not self.operations, "captured twice"
        try:
            with torch.random.fork_rng([]), Recorder(self._record):
                return work()
        finally:
            with below_autograd():
                for operation in self.operations:
                    for place in operation.made:
                        if place is not None:
                            place.fill_(torch.nan if place.is_floating_point() else 77)
                for tensor, values in self._outside.values():
                    tensor.copy_(values)

    def replay(self) -> None:
        self.replays += 1
        with below_autograd():
            for operation in self.operations:
                operation()

    def _record(self, function: Any, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
        taken = tensors_of((arguments, options))
        for one in taken:
            if memory(one) not in self._inside:
                self._outside.setdefault(memory(one), (one, one.detach().clone()))
        given = function(*arguments, **options)
        shared = {memory(one) for one in taken}
        leaves = tree_leaves(given)
        made = tuple(
            one if isinstance(one, Tensor) and memory(one) not in shared else None for one in leaves
        )
        self._inside |= {memory(one) for one in made if one is not None}
        self.operations.append(Operation(function, arguments, options, made))
        return given


def below_autograd() -> Any:
    return torch._C._AutoDispatchBelowAutograd()


def memory(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


def tensors_of(values: object) -> list[Tensor]:
    return [one for one in tree_leaves(values) if isinstance(one, Tensor)]

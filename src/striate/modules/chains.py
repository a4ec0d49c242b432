"""Full layers one behind the other, which a kernel runs as one where they are small."""

from collections.abc import Sequence
from typing import final

from torch import Tensor

from striate.kernels import Kernel, full_chain
from striate.layers import Function
from striate.modules.rows import FlatLinear


@final
class Chain:
    """Neighbouring full layers of a network, each of which alone reads the one before.

    A small one is over sooner than torch's call for it has begun, and a layer takes eight such calls in
    a step of training.

    Args:
        rows: Each row's module, and the function behind it.
    """

    def __init__(self, rows: Sequence[tuple[FlatLinear, Function | None]]) -> None:
        self.rows = tuple(rows)
        modules = tuple(module for module, _ in rows)
        sizes = (modules[0].in_features, *(module.out_features for module in modules))
        self.features = modules[0].in_features
        self.plan = full_chain.Plan(sizes, tuple(function for _, function in rows))

    @property
    def parameters(self) -> list[Tensor | None]:
        """Weights and biases, row by row; None for a bias that is not there."""
        return [one for module, _ in self.rows for one in (module.weight, module.bias)]

    @property
    def kernels(self) -> tuple[Kernel, ...]:
        """What does it in C++."""
        return (full_chain.KERNEL,)

    def does(self, values: Tensor) -> bool:
        """Tell whether the kernel can run it on flat values, whose number it trusts."""
        return values.shape[1] == self.features and full_chain.does(values)

    def __call__(self, values: Tensor) -> Tensor:
        """Run all rows.

        Shapes:
            in:  batch x any
            out: batch x units of the last row
        """
        values = values.flatten(1)
        if self.does(values):
            in_one_call: Tensor = full_chain.FullChain.apply(  # type: ignore[no-untyped-call]
                values, self.plan, *self.parameters
            )
            return in_one_call
        for module, _ in self.rows:
            values = module(values)
        return values


def chain_row(
    module: object, function: Function | None
) -> tuple[FlatLinear, Function | None] | None:
    """Give a row as part of a chain; None unless it is small and the kernel knows its activation."""
    suits = (
        isinstance(module, FlatLinear)
        and module.weight.numel() <= full_chain.MOST_WEIGHTS
        and function in full_chain.FUNCTIONS
    )
    return (module, function) if suits and isinstance(module, FlatLinear) else None

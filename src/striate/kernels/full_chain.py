"""A network of small full layers one behind the other: forward, loss and backward in one call."""

from array import array
from collections.abc import Sequence
from ctypes import byref, c_long, c_void_p
from typing import final

from torch import Tensor

from striate.kernels import losses
from striate.kernels.addresses import addresses, place
from striate.kernels.functions import FUNCTIONS
from striate.kernels.kernel import Kernel
from striate.kernels.losses import Outcome, as_labels
from striate.layers import Function


KERNEL = Kernel(
    "full_chain",
    {"learn": (c_long, c_long, *(c_void_p,) * 5, c_long, c_void_p, c_void_p)},
)

LOSSES = {name: losses.LOSSES[name] for name in ("cross-entropy", "binary-cross-entropy")}
"""The losses that it knows, of a recipe, by their numbers in C++."""

MOST_WEIGHTS = 2**14
"""Weights of a layer up to which torch's single calls take longer than the products in them."""


@final
class Plan:
    """The layers of a chain as the kernel reads them.

    Args:
        sizes: Features of the first layer, and the units of all.
        functions: The activation of each layer.
    """

    def __init__(self, sizes: Sequence[int], functions: Sequence[Function | None]) -> None:
        self.features, self.units, self.layers = sizes[0], sizes[-1], len(functions)
        self._arrays = (
            array("q", sizes),
            array("q", [FUNCTIONS[function] for function in functions]),
        )
        self.places = tuple(map(place, self._arrays))


def learn(
    plan: Plan,
    parameters: Sequence[Tensor | None],
    gradients: Sequence[Tensor | None],
    values: Tensor,
    labels: Tensor,
    loss: int,
) -> tuple[float, int]:
    """Compute the gradients of a chain whose last layer gives the scores of a loss.

    Args:
        plan: The layers.
        parameters: W and b of each layer, contiguous fp32; None where there is no b.
        gradients: Written to; as the parameters.
        values: examples x features, fp32.
        labels: Numbers of the classes, int64.
        loss: One of LOSSES.

    Returns:
        The mean loss of the examples, and how many of them are given another class than their label.

    Raises:
        IndexError: A label names no class.
        ValueError: There is not one int64 label an example.
    """
    values = values.contiguous()
    labels = as_labels(labels, len(values))
    given, made, outcome = addresses(parameters), addresses(gradients), Outcome()
    KERNEL(
        "learn",
        *(len(values), plan.layers, *plan.places, values, place(given)),
        *(labels, loss, place(made), byref(outcome)),
    )
    return outcome.read(plan.units)

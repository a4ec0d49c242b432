"""Small full layers one behind the other, forward and backward in one call each."""

from array import array
from collections.abc import Sequence
from ctypes import byref, c_long, c_void_p
from typing import Any, final

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from striate.kernels import losses
from striate.kernels.addresses import addresses, place
from striate.kernels.kernel import Kernel
from striate.kernels.losses import Outcome, as_labels
from striate.layers import Function


KERNEL = Kernel(
    "full_chain",
    {
        "run": (c_long, c_long, *(c_void_p,) * 6),
        "differentiate": (c_long, c_long, *(c_void_p,) * 9),
        "learn": (c_long, c_long, *(c_void_p,) * 5, c_long, c_void_p, c_void_p),
    },
)
FUNCTIONS: dict[Function | None, int] = {None: 0, "sigmoid": 1, "ReLU": 2}
"""The activations that it knows, by their numbers in C++."""

LOSSES = {name: losses.LOSSES[name] for name in ("cross-entropy", "binary-cross-entropy")}
"""The losses that it knows, of a recipe, by their numbers in C++."""

MOST_WEIGHTS = 2**14
"""Weights of a layer up to which torch's single calls take longer than the products in them."""

_FLAT_AXES = 2


def does(values: Tensor) -> bool:
    """Tell whether the kernel can run a chain on some values."""
    return (
        values.dtype == torch.float32
        and values.device.type == "cpu"
        and values.dim() == _FLAT_AXES
        and KERNEL.is_ready
        and not torch.is_autocast_enabled("cpu")
    )


@final
class Plan:
    """The layers of a chain as the kernel reads them.

    Args:
        sizes: Features of the first layer, and the units of all.
        functions: The activation of each layer; one of FUNCTIONS.
    """

    def __init__(self, sizes: Sequence[int], functions: Sequence[Function | None]) -> None:
        self.units, self.layers = sizes[-1], len(functions)
        self.hidden = sum(sizes[1:-1])
        self._arrays = (
            array("q", sizes),
            array("q", [FUNCTIONS[function] for function in functions]),
        )
        self.places = tuple(map(place, self._arrays))


@final
class FullChain(torch.autograd.Function):
    """y = f(W x + b), layer behind layer.

    Args:
        values: x of the first layer.
        plan: The layers.
        parameters: W and b of each layer; None where there is no b.

    Shapes:
        values: examples x features
        out:    examples x units of the last layer
    """

    @staticmethod
    def forward(ctx: Any, values: Tensor, plan: Plan, *parameters: Tensor | None) -> Tensor:
        """Run all layers."""
        values = values.contiguous()
        examples = values.shape[0]
        hidden = values.new_empty(examples * plan.hidden)
        out = values.new_empty(examples, plan.units)
        ctx.plan = plan
        ctx.save_for_backward(values, hidden, out, *parameters)
        given = addresses(parameters)
        KERNEL("run", examples, plan.layers, *plan.places, values, place(given), hidden, out)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        """Give the gradients of the values, where they are needed, and of all parameters."""
        plan = ctx.plan
        values, hidden, out, *parameters = ctx.saved_tensors
        gradients = [None if one is None else torch.empty_like(one) for one in parameters]
        of_values = torch.empty_like(values) if ctx.needs_input_grad[0] else None
        given, made = addresses(parameters), addresses(gradients)
        KERNEL(
            "differentiate",
            values.shape[0],
            plan.layers,
            *plan.places,
            values,
            place(given),
            hidden,
            out,
            gradient.contiguous(),
            place(made),
            0 if of_values is None else of_values,
        )
        return of_values, None, *gradients


def learn(
    plan: Plan,
    parameters: Sequence[Tensor | None],
    gradients: Sequence[Tensor | None],
    values: Tensor,
    labels: Tensor,
    loss: int,
) -> tuple[float, int]:
    """Find the gradients of a chain whose last layer gives the scores of a loss.

    Args:
        plan: The layers.
        parameters: W and b of each layer; None where there is no b.
        gradients: Written to; as the parameters.
        values: examples x features.
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

"""Gradient descent that steps along all parameters of a small network in one call."""

from collections.abc import Iterable
from typing import Any, final

import torch
from torch import Tensor, nn

from striate.kernels import Kernel, descent
from striate.training.uncompiled import Uncompiled


_VELOCITY = "momentum_buffer"


@final
class Descent(Uncompiled, torch.optim.SGD):
    """torch's gradient descent, its state included, with a shorter way to it for small networks.

    For some hundred numbers torch's fused step takes ten times as long to begin as to be done.

    Args:
        parameters: What is trained.
        fields: Those of torch's SGD.
    """

    kernels: tuple[Kernel, ...] = (descent.KERNEL,)

    def __init__(self, parameters: Iterable[nn.Parameter], **fields: Any) -> None:
        super().__init__(parameters, **fields)
        (group,) = self.param_groups
        self.is_small = descent.suits(group["params"])

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """Make one step with the gradients at hand."""
        (group,) = self.param_groups
        weights = [one for one in group["params"] if one.grad is not None]
        if not self.is_small or not descent.does(weights):
            super().step(closure)
            return
        descent.descend(
            weights,
            # torch gives a gradient the order in memory of its parameter, whatever that is.
            [one.grad for one in weights],
            self._velocities(weights) if group["momentum"] else (),
            group["lr"],
            group["momentum"],
            group["weight_decay"],
            is_nesterov=group["nesterov"],
        )

    # torch would wrap it for hooks and its profiler, which takes as long as the step itself.
    step.hooked = True  # type: ignore[attr-defined]

    def _velocities(self, weights: list[nn.Parameter]) -> list[Tensor]:
        """Give the velocities; 0 before the first step, which makes them its gradients."""
        states = [self.state[one] for one in weights]
        for state, one in zip(states, weights, strict=True):
            if state.get(_VELOCITY) is None:
                state[_VELOCITY] = torch.zeros_like(one)
        return [state[_VELOCITY] for state in states]

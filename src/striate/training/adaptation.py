"""Adam, which steps along all parameters of a small network in one call."""

from collections.abc import Iterable
from typing import Any, final

import torch
from torch import Tensor, nn

from striate.kernels import Kernel, descent
from striate.training.uncompiled import Uncompiled


_STATE = ("exp_avg", "exp_avg_sq", "step")


@final
class Adaptation(Uncompiled, torch.optim.Adam):
    """torch's Adam, its state included, with a shorter way to it for small networks.

    For some ten thousand numbers torch's fused step takes as long to begin as to be done.

    Args:
        parameters: What is trained.
        fields: Those of torch's Adam; `decoupled_weight_decay` makes it AdamW.
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
        means, squares, steps = self._states(weights)
        first, second = group["betas"]
        descent.adapt(
            weights,
            # torch gives a gradient the order in memory of its parameter, whatever that is.
            [one.grad for one in weights],
            means,
            squares,
            steps,
            descent.AdamRule(
                group["lr"],
                first,
                second,
                group["weight_decay"],
                group["eps"],
                group["decoupled_weight_decay"],
            ),
        )

    # torch would wrap it for hooks and its profiler, which takes as long as the step itself.
    step.hooked = True  # type: ignore[attr-defined]

    def _states(self, weights: list[nn.Parameter]) -> tuple[list[Tensor], ...]:
        """Give the means, the squares and the counts of steps; 0 before the first step."""
        states = [self.state[one] for one in weights]
        for state, one in zip(states, weights, strict=True):
            if not state:
                state["step"] = torch.zeros((), dtype=torch.float32)
                state["exp_avg"], state["exp_avg_sq"] = torch.zeros_like(one), torch.zeros_like(one)
        return tuple([state[name] for state in states] for name in _STATE)

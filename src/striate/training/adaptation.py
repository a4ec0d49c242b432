"""Adam, which steps along all parameters of a small network in one call."""

from collections.abc import Sequence
from typing import Any, final

import torch
from torch import Tensor, nn

from striate.kernels import descent
from striate.training.one_call import OneCall


@final
class Adaptation(OneCall, torch.optim.Adam):
    """torch's Adam, or AdamW with `decoupled_weight_decay`."""

    def step_in_one_call(
        self, weights: Sequence[nn.Parameter], gradients: Sequence[Tensor], group: dict[str, Any]
    ) -> None:
        """Change weights, means and squares in place."""
        states = [self.state[one] for one in weights]
        for state, one in zip(states, weights, strict=True):
            if not state:  # before the first step
                state["step"] = torch.zeros((), dtype=torch.float32)
                state["exp_avg"], state["exp_avg_sq"] = torch.zeros_like(one), torch.zeros_like(one)
        first, second = group["betas"]
        descent.adapt(
            weights,
            gradients,
            [state["exp_avg"] for state in states],
            [state["exp_avg_sq"] for state in states],
            [state["step"] for state in states],
            descent.AdamRule(
                group["lr"],
                first,
                second,
                group["weight_decay"],
                group["eps"],
                group["decoupled_weight_decay"],
            ),
        )

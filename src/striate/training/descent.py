"""Gradient descent that steps along all parameters of a small network in one call."""

from collections.abc import Sequence
from typing import Any, final

import torch
from torch import Tensor, nn

from striate.kernels import descent
from striate.training.one_call import OneCall


_VELOCITY = "momentum_buffer"


@final
class Descent(OneCall, torch.optim.SGD):
    """torch's gradient descent, with momentum, Nesterov's rule, or neither."""

    def step_in_one_call(
        self, weights: Sequence[nn.Parameter], gradients: Sequence[Tensor], group: dict[str, Any]
    ) -> None:
        """Change weights and velocities in place."""
        descent.descend(
            weights,
            gradients,
            self._velocities(weights) if group["momentum"] else (),
            group["lr"],
            group["momentum"],
            group["weight_decay"],
            is_nesterov=group["nesterov"],
        )

    def _velocities(self, weights: Sequence[nn.Parameter]) -> list[Tensor]:
        """Give the velocities; 0 before the first step, which makes them its gradients."""
        states = [self.state[one] for one in weights]
        for state, one in zip(states, weights, strict=True):
            if state.get(_VELOCITY) is None:
                state[_VELOCITY] = torch.zeros_like(one)
        return [state[_VELOCITY] for state in states]

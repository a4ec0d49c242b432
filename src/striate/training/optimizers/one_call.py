"""torch's optimizers, which step along all parameters of a small network in one call."""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from inspect import unwrap
from typing import Any, final

import torch
from torch import Tensor, nn

from striate.kernels import Kernel, descent
from striate.runtime.guard import note_step


_VELOCITY = "momentum_buffer"

Parameters = Iterable[nn.Parameter] | Iterable[dict[str, Any]]
"""What an optimizer steps on: parameters, or groups of them, each with options of its own."""


class Uncompiled(torch.optim.Optimizer):
    """torch's optimizer without its compiler.

    torch keeps the compiler's hands off some methods by asking the compiler, which it loads for that on their
    first call: 70 MB and a second, in a process that compiles nothing.
    """

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters with their options; called once, while the optimizer is made."""
        method = torch.optim.Optimizer.add_param_group
        getattr(method, "__wrapped__", method)(self, param_group)


class Unwrapped(Uncompiled):
    """torch's optimizer as it is; stands before torch's class among the bases of an optimizer."""

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """Make one step with the gradients at hand."""
        # What torch wraps its step in loads the compiler, and does nothing for gradients that are not traced.
        unwrap(super().step)(self, closure)
        note_step()

    # torch would wrap it for hooks and its profiler, which takes as long as the step itself.
    step.hooked = True  # type: ignore[attr-defined]


class OneCall(Unwrapped):
    """torch's optimizer, its state included, with a shorter way to its step for small networks.

    torch's fused step takes as long to begin as ten thousand numbers take to be done.

    Args:
        parameters: What is trained, or groups of it.
        fields: Those of torch's optimizer.
    """

    kernels: tuple[Kernel, ...] = (descent.KERNEL,)

    def __init__(self, parameters: Parameters, **fields: Any) -> None:
        super().__init__(parameters, **fields)
        every = [one for group in self.param_groups for one in group["params"]]
        self.is_small = descent.suits(every)

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """Make one step with the gradients at hand."""
        groups = [
            (group, [one for one in group["params"] if one.grad is not None])
            for group in self.param_groups
        ]
        if not self.is_small or not all(descent.does(weights) for _, weights in groups):
            super().step(closure)
            return
        for group, weights in groups:
            if not weights:
                continue
            # torch gives a gradient the order in memory of its parameter, whatever that is.
            self.step_in_one_call(weights, [one.grad for one in weights], group)
        note_step()

    step.hooked = True  # type: ignore[attr-defined]

    @abstractmethod
    def step_in_one_call(
        self, weights: Sequence[nn.Parameter], gradients: Sequence[Tensor], group: dict[str, Any]
    ) -> None:
        """Change weights in place.

        Args:
            weights: Those that have a gradient.
            gradients: Theirs.
            group: The options of torch's optimizer.
        """


@final
class SGD(OneCall, torch.optim.SGD):
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


@final
class Adam(OneCall, torch.optim.Adam):
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

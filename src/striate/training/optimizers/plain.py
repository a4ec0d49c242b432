"""torch's optimizers, which need nothing but their own steps."""

from collections.abc import Iterable
from inspect import unwrap
from typing import Any, final

import torch
from torch import nn

from striate.runtime.guard import note_step


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

    # torch would wrap it for hooks and its profiler, which takes as long as the step of a small network.
    step.hooked = True  # type: ignore[attr-defined]


@final
class SGD(Unwrapped, torch.optim.SGD):
    """torch's gradient descent, with momentum, Nesterov's rule, or neither."""


@final
class Adam(Unwrapped, torch.optim.Adam):
    """torch's Adam, or AdamW with `decoupled_weight_decay`."""


@final
class RMSprop(Unwrapped, torch.optim.RMSprop):
    """torch's RMSprop."""


@final
class Adagrad(Unwrapped, torch.optim.Adagrad):
    """torch's Adagrad."""


@final
class Adamax(Unwrapped, torch.optim.Adamax):
    """torch's Adamax."""


@final
class NAdam(Unwrapped, torch.optim.NAdam):
    """torch's NAdam."""


@final
class RAdam(Unwrapped, torch.optim.RAdam):
    """torch's RAdam."""

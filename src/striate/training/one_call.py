"""Steps of small networks, along all parameters in one call."""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from striate.kernels import Kernel, descent
from striate.runtime.guard import note_step
from striate.training.uncompiled import Uncompiled


class OneCall(Uncompiled):
    """torch's optimizer, its state included, with a shorter way to its step for small networks.

    torch's fused step takes as long to begin as ten thousand numbers take to be done. Stands before torch's
    class among the bases of an optimizer with one group.

    Args:
        parameters: What is trained.
        fields: Those of torch's optimizer.
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
        # torch gives a gradient the order in memory of its parameter, whatever that is.
        self.step_in_one_call(weights, [one.grad for one in weights], group)
        note_step()

    # torch would wrap it for hooks and its profiler, which takes as long as the step itself.
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

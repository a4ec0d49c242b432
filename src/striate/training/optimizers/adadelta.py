"""Adadelta, with steps that touch only the word vectors whose words were read."""

from typing import Any, final

import torch
from torch import Tensor

from striate.training.optimizers.one_call import Parameters, Uncompiled


EPSILON = 1e-6
"""M. D. Zeiler, ADADELTA: An adaptive learning rate method, 2012, section 4."""

_STEP, _SQUARES, _DELTAS, _TOUCHED = "step", "square_avg", "acc_delta", "touched"


@final
class Adadelta(Uncompiled):
    """Divide each gradient by its own running size, and multiply it by that of the last steps.

    A line of a parameter whose gradient is sparse does not move while its gradient is zero; its two
    averages only shrink, by rho a step. That is made up for when the line is next read, so that a
    step on word vectors costs as much as the words of its batch, and the outcome is the same.

    Args:
        parameters: What is trained.
        rate: Factor of every step; 1 in the paper.
        rho: Part of the averages that is kept a step.
        weight_decay: Part of each weight added to its gradient; 0 where gradients are sparse.

    Source:
        M. D. Zeiler, ADADELTA: an adaptive learning rate method, 2012, algorithm 1.
    """

    def __init__(
        self, parameters: Parameters, rate: float, rho: float, weight_decay: float
    ) -> None:
        super().__init__(parameters, {"lr": rate, "rho": rho, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]  # noqa: ARG002
        """Make one step with the gradients at hand."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                state = self.state[parameter] or self._began(parameter)
                state[_STEP] += 1
                if parameter.grad.is_sparse:
                    self._step_on_lines(parameter, parameter.grad.coalesce(), state, group)
                else:
                    gradient = parameter.grad.add(parameter, alpha=group["weight_decay"])
                    delta = _delta(gradient, state[_SQUARES], state[_DELTAS], group["rho"])
                    parameter.sub_(delta, alpha=group["lr"])

    def _began(self, parameter: Tensor) -> dict[str, Tensor]:
        state = self.state[parameter]
        state[_STEP] = torch.zeros(())
        state[_SQUARES], state[_DELTAS] = torch.zeros_like(parameter), torch.zeros_like(parameter)
        if parameter.grad is not None and parameter.grad.is_sparse:
            state[_TOUCHED] = torch.zeros(len(parameter))
        return state

    def _step_on_lines(
        self, parameter: Tensor, gradient: Tensor, state: dict[str, Tensor], group: dict[str, Any]
    ) -> None:
        lines, rho = gradient.indices().squeeze(0), group["rho"]
        # The averages shrink once in this step as always, and once for each step left out.
        missed = (rho ** (state[_STEP] - state[_TOUCHED][lines] - 1)).unsqueeze(1)
        squares, deltas = (state[name][lines] * missed for name in (_SQUARES, _DELTAS))
        delta = _delta(gradient.values(), squares, deltas, rho)
        parameter.index_add_(0, lines, delta, alpha=-group["lr"])
        state[_SQUARES].index_copy_(0, lines, squares)
        state[_DELTAS].index_copy_(0, lines, deltas)
        state[_TOUCHED][lines] = state[_STEP]


def _delta(gradient: Tensor, squares: Tensor, deltas: Tensor, rho: float) -> Tensor:
    """Give the step along a gradient, and bring both averages up to date in place."""
    squares.mul_(rho).addcmul_(gradient, gradient, value=1 - rho)
    delta = deltas.add(EPSILON).div_(squares.add(EPSILON)).sqrt_().mul_(gradient)
    deltas.mul_(rho).addcmul_(delta, delta, value=1 - rho)
    return delta

"""Muon: steps on matrices whose directions are all of one length."""

from collections.abc import Iterable
from typing import Any, final

import torch
from torch import Tensor, nn

from striate.runtime import multiplies_bf16
from striate.training.optimizers.one_call import Parameters, Uncompiled


_ITERATIONS = 5
_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of the polynomial a x + b x^3 + c x^5, which brings singular values between 0.01 and 1 to about 1
in five iterations, none of them exactly: it is steepest at 0 where a fixed point at 1 would not allow it."""
_SIZE = 0.2
"""Root mean square of a step in Adam's experience (Liu et al. 2025, section 2.2)."""
_SECOND_RATE, _EPSILON = 0.999, 1e-8

_STEP, _MOMENTUM, _MEAN, _SQUARES = "step", "momentum", "exp_avg", "exp_avg_sq"


@final
class Muon(Uncompiled):
    """Step along the momentum of each matrix, with its singular values replaced by ones.

    A gradient of a layer is a matrix with a few large directions; here the small ones, which also
    teach, move as far. Kernels count as matrices of maps x all values of a window. A step has the
    size of one of Adam, so that rates and weight decays are alike; what is no matrix goes by AdamW.

    Args:
        parameters: What is trained.
        matrices: Those of them that are stepped on so: weights of more than one axis, but for word
            vectors and for rows that give the network's outputs.
        rate: Size of a step.
        momentum: Part of the last step that is kept; looked ahead by Nesterov's rule.
        weight_decay: Part of each weight removed a step, times the rate.

    Source:
        K. Jordan et al., Muon: an optimizer for hidden layers in neural networks, 2024; size of steps
        and weight decay by J. Liu et al., Muon is scalable for LLM training, 2025.
    """

    def __init__(
        self,
        parameters: Parameters,
        matrices: Iterable[nn.Parameter],
        rate: float,
        momentum: float,
        weight_decay: float,
    ) -> None:
        options = {"lr": rate, "momentum": momentum, "weight_decay": weight_decay}
        super().__init__(parameters, options)
        self.matrices = {id(one) for one in matrices}

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]  # noqa: ARG002
        """Make one step with the gradients at hand."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                parameter.mul_(1 - group["lr"] * group["weight_decay"])
                is_matrix = id(parameter) in self.matrices
                direction = self._of_matrix if is_matrix else self._of_adam
                towards = direction(parameter, parameter.grad, group["momentum"])
                parameter.add_(towards, alpha=-group["lr"])

    def _of_matrix(self, parameter: Tensor, gradient: Tensor, rate: float) -> Tensor:
        state = self.state[parameter]
        if not state:
            state[_MOMENTUM] = torch.zeros_like(parameter)
        momentum: Tensor = state[_MOMENTUM]
        momentum.mul_(rate).add_(gradient)
        ahead = gradient.add(momentum, alpha=rate).flatten(1)
        rows, columns = ahead.shape
        return orthogonal(ahead).mul_(_SIZE * max(rows, columns) ** 0.5).view(parameter.shape)

    def _of_adam(self, parameter: Tensor, gradient: Tensor, rate: float) -> Tensor:
        state = self.state[parameter]
        if not state:
            state[_STEP] = torch.zeros(())
            state[_MEAN], state[_SQUARES] = (torch.zeros_like(parameter) for _ in range(2))
        state[_STEP] += 1
        steps = float(state[_STEP])
        state[_MEAN].lerp_(gradient, 1 - rate)
        state[_SQUARES].mul_(_SECOND_RATE).addcmul_(gradient, gradient, value=1 - _SECOND_RATE)
        spread = (state[_SQUARES] / (1 - _SECOND_RATE**steps)).sqrt_().add_(_EPSILON)
        return (state[_MEAN] / (1 - rate**steps)).div_(spread)


def orthogonal(matrix: Tensor) -> Tensor:
    """Bring all singular values of a matrix near 1, by Newton-Schulz iterations.

    They are products of matrices alone, which are exact enough in bf16 where it is faster.

    Returns:
        A matrix of the same shape with the same singular vectors, and values from 0.7 to 1.2 where they
        were above a hundredth of the matrix's norm.
    """
    a, b, c = _COEFFICIENTS
    is_tall = matrix.shape[0] > matrix.shape[1]
    wide = matrix.t() if is_tall else matrix
    if multiplies_bf16(matrix.device):
        wide = wide.bfloat16()
    wide = wide / (torch.linalg.vector_norm(wide) + 1e-7)
    for _ in range(_ITERATIONS):
        gram = wide @ wide.t()
        wide = a * wide + (b * gram + c * gram @ gram) @ wide
    return (wide.t() if is_tall else wide).to(matrix.dtype, memory_format=torch.contiguous_format)

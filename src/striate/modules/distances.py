"""LeNet-5's output: squared distances to the fixed codes of the classes."""

from typing import Any, final

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from striate.kernels import tape
from striate.layers import RadialBasis
from striate.modules.precision import at_least_fp32, full_precision


@final
class Distances(nn.Module):
    """Give the squared Euclidean distance to each unit's code; the smallest names the class.

    Args:
        layer: The row's RBF.
        features: Values of the vector that is compared.

    Source:
        LeCun et al. 1998, II-B, equation 7.
    """

    codes: Tensor

    def __init__(self, layer: RadialBasis, features: int) -> None:
        super().__init__()
        codes = torch.empty(layer.units, features)
        if layer.codes is not None:
            codes.copy_(torch.tensor(layer.codes.vectors))
        self.are_drawn = layer.codes is not None
        self.register_buffer("codes", codes)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw +1 and -1 at random where the table draws no codes."""
        if not self.are_drawn:
            self.codes.bernoulli_().mul_(2).sub_(1)

    def forward(self, values: Tensor) -> Tensor:
        """Measure the distances.

        Shapes:
            in:  batch x any, read as one flat vector
            out: batch x units
        """
        values = at_least_fp32(values.flatten(1))
        if tape.is_written():
            return tape.run(_Measure, values, self.codes)
        # The difference of larger numbers needs all their digits.
        with full_precision(values.device):
            return _distances(values, self.codes)

    def extra_repr(self) -> str:
        """Say how many codes of which length are kept."""
        return f"{self.codes.shape[1]}, {self.codes.shape[0]}"


def _distances(values: Tensor, codes: Tensor) -> Tensor:
    # |x - w|^2 = |x|^2 - 2 x.w + |w|^2 turns the differences into one matrix product.
    squares = values.square().sum(dim=1, keepdim=True) + codes.square().sum(dim=1)
    return torch.addmm(squares, values, codes.t(), alpha=-2)


@final
class _Measure(torch.autograd.Function):
    """The distances as one function, for the tape."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, codes: Tensor) -> Tensor:
        """Measure them."""
        ctx.save_for_backward(values, codes)
        return _distances(values, codes)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        """Give the gradient of the values: 2 (x - w), weighed by that of each distance."""
        values, codes = ctx.saved_tensors
        of_values = values * gradient.sum(1, keepdim=True)
        return of_values.addmm_(gradient, codes, alpha=-1).mul_(2), None

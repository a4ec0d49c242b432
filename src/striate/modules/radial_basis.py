"""LeNet-5's output: squared distances to the fixed codes of the classes."""

from typing import final

import torch
from torch import Tensor, nn

from striate import layers


@final
class RadialBasis(nn.Module):
    """Compute the squared Euclidean distance to each unit's code; the smallest names the class.

    Args:
        layer: The row's RBF.
        features: Values of the vector that is compared.

    Source:
        LeCun et al. 1998, II-B, equation 7.
    """

    codes: Tensor

    def __init__(self, layer: layers.RadialBasis, features: int) -> None:
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
            in:  batch x features
            out: batch x units
        """
        # |x - w|^2 = |x|^2 - 2 x.w + |w|^2 turns the differences into one matrix product.
        squares = values.square().sum(dim=1, keepdim=True) + self.codes.square().sum(dim=1)
        return torch.addmm(squares, values, self.codes.t(), alpha=-2)

    def extra_repr(self) -> str:
        """Say how many codes of which length are kept."""
        return f"{self.codes.shape[1]}, {self.codes.shape[0]}"

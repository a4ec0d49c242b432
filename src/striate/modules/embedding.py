"""Word vectors, trained or kept, with the zeros of the padding word."""

from typing import final

import torch
from torch import Tensor, nn
from torch.nn import functional

from striate import layers


@final
class Embedding(nn.Module):
    """Give each word its vector; word 0 gets zeros that training never changes.

    Word n has the line n - 1 of `weight`, so that the padding is no part of what is trained.

    Its gradient is sparse where `has_sparse_gradient` is set: made of the lines that were read. Only
    an optimizer that knows of such gradients may set it.

    Args:
        layer: The row's embedding.
    """

    padding: Tensor
    weight: Tensor

    def __init__(self, layer: layers.Embedding) -> None:
        super().__init__()
        self.layer = layer
        self.has_sparse_gradient = False
        self.register_buffer("padding", torch.zeros(layer.dimensions))
        vectors = torch.empty(layer.words, layer.dimensions)
        if layer.is_trained:
            self.weight = nn.Parameter(vectors)
        else:
            self.register_buffer("weight", vectors)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the vectors as torch's embedding does, from the normal distribution."""
        with torch.no_grad():
            self.weight.normal_()

    def forward(self, numbers: Tensor) -> Tensor:
        """Look the vectors up.

        Shapes:
            in:  batch x words, whole numbers
            out: batch x 1 x words x dimensions
        """
        vectors = functional.embedding(
            (numbers - 1).clamp(min=0), self.weight, sparse=self.has_sparse_gradient
        )
        return torch.where((numbers > 0).unsqueeze(-1), vectors, self.padding).unsqueeze(1)

    def extra_repr(self) -> str:
        """Say how many vectors there are, and where they come from."""
        return f"{self.layer.words}, {self.layer.dimensions}, vectors={self.layer.vectors}"

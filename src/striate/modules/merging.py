"""Rows that make one of several branches."""

from typing import final

import torch
from torch import Tensor, nn


@final
class Concat(nn.Module):
    """Put branches one behind the other along the maps."""

    def forward(self, *branches: Tensor) -> Tensor:
        """Join.

        Shapes:
            in:  batch x maps x height x width each
            out: batch x (sum of maps) x height x width
        """
        return torch.cat(branches, dim=1)


@final
class Add(nn.Module):
    """Add branches value by value."""

    def forward(self, *branches: Tensor) -> Tensor:
        """Add.

        Shapes:
            in:  one shape for all
            out: the same
        """
        total = branches[0]
        for branch in branches[1:]:
            total = total + branch
        return total


@final
class Multiply(nn.Module):
    """Multiply branches value by value; one value a map counts at every place of it."""

    def forward(self, *branches: Tensor) -> Tensor:
        """Multiply.

        Shapes:
            in:  batch x maps x height x width, batch x maps, or either axis of 1; or batch x values each
            out: that of the largest one
        """
        axes = max(branch.dim() for branch in branches)
        first, *others = (
            branch.reshape(*branch.shape, *[1] * (axes - branch.dim())) for branch in branches
        )
        for branch in others:
            first = first * branch
        return first

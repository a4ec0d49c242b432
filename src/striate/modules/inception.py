"""GoogLeNet's module: branches side by side."""

from typing import final

import torch
from torch import Tensor, nn

from striate import layers
from striate.layers import Convolution, Function
from striate.modules.convolutions import convolution
from striate.modules.functions import function_module
from striate.modules.poolings import max_pooling
from striate.shapes import Image


@final
class Inception(nn.Module):
    """Four branches, whose maps are put one behind the other: `network.inception_3a.n5x5.weight`.

    Args:
        layer: The row's numbers.
        image: What it reads.
        function: What follows each convolution, or None.

    Source:
        Szegedy et al. 2014, figure 2b.
    """

    def __init__(self, layer: layers.Inception, image: Image, function: Function | None) -> None:
        super().__init__()
        self.branches: tuple[tuple[str, ...], ...] = ()
        for branch in layer.branches:
            names, below = [], image
            for name, part in branch:
                names.append(name)
                if isinstance(part, Convolution):
                    self.add_module(name, convolution(part, below))
                    if function is not None:
                        follows = function_module(function)
                        names.append(f"{name}_{type(follows).__name__}")
                        self.add_module(names[-1], follows)
                else:
                    self.add_module(name, max_pooling(part, below))
                below = part.output(below)
            self.branches = (*self.branches, tuple(names))

    def forward(self, maps: Tensor) -> Tensor:
        """Run all branches.

        Shapes:
            in:  batch x maps x height x width
            out: batch x (sum of maps) x height x width
        """
        return torch.cat([self._run(branch, maps) for branch in self.branches], dim=1)

    def _run(self, branch: tuple[str, ...], maps: Tensor) -> Tensor:
        for name in branch:
            maps = getattr(self, name)(maps)
        return maps

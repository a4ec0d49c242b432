"""GoogLeNet's module: branches side by side."""

from typing import final

import torch
from torch import Tensor, nn

from striate.layers import Convolution, Function, Inception
from striate.modules.convolutions import PaddedConvolution
from striate.modules.poolings import MaxPool
from striate.shapes import Image


@final
class InceptionModule(nn.Module):
    """Four branches, whose maps are put one behind the other: `network.inception_3a.n5x5.weight`.

    Args:
        layer: The row's numbers.
        image: What it reads.
        function: What follows each convolution, or None.

    Source:
        Szegedy et al. 2014, figure 2b.
    """

    def __init__(self, layer: Inception, image: Image, function: Function | None) -> None:
        super().__init__()
        self.function: Function | None = function
        self.branches = tuple(tuple(name for name, _ in branch) for branch in layer.branches)
        for branch in layer.branches:
            below = image
            for name, part in branch:
                module: nn.Module
                if isinstance(part, Convolution):
                    module = PaddedConvolution(part, below, function)
                else:
                    module = MaxPool(part, below)
                self.add_module(name, module)
                below = part.output(below)

    def forward(self, maps: Tensor) -> Tensor:
        """Run all branches.

        Shapes:
            in:  batch x maps x height x width
            out: batch x (sum of maps) x height x width
        """
        return torch.cat([self._run(branch, maps) for branch in self.branches], dim=1)

    def _run(self, branch: tuple[str, ...], maps: Tensor) -> Tensor:
        for name in branch:
            maps = self.get_submodule(name)(maps)
        return maps

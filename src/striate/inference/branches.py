"""GoogLeNet's module, its products with the same maps taken as one."""

import torch
from torch import Tensor

from striate.inference.products import Kernels, Operation, convolution, kernels_of
from striate.modules.convolutions import PaddedConvolution
from striate.modules.inception import InceptionModule


def branches(module: InceptionModule, size: tuple[int, int], number: torch.dtype) -> Operation:
    """Prepare a module whose branches begin with 1x1 convolutions or with a pooling.

    The convolutions that read the module's own maps are one convolution with the maps of all of them,
    so that those maps are read from memory once.

    Args:
        module: Its weights are copied.
        size: Height and width of its maps.
        number: What is multiplied: fp32 or bf16.
    """
    parts = [[module.get_submodule(name) for name in branch] for branch in module.branches]
    firsts = {
        at: branch[0]
        for at, branch in enumerate(parts)
        if isinstance(branch[0], PaddedConvolution) and branch[0].kernel_size == (1, 1)
    }
    merged = [kernels_of(first) for first in firsts.values()]
    counts = [len(one.weight) for one in merged]
    first = convolution(_joined(merged), size, module.function, number) if merged else None
    rest = [
        [
            convolution(kernels_of(part), size, module.function, number)
            if isinstance(part, PaddedConvolution)
            else part
            for part in (branch[1:] if at in firsts else branch)
        ]
        for at, branch in enumerate(parts)
    ]

    def run(maps: Tensor) -> Tensor:
        values = [maps] * len(rest)
        if first is not None:
            for at, part in zip(firsts, torch.split(first(maps), counts, dim=1), strict=True):
                values[at] = part
        for at, branch in enumerate(rest):
            for operation in branch:
                values[at] = operation(values[at])
        return torch.cat(values, dim=1)

    return run


def _joined(several: list[Kernels]) -> Kernels:
    """Put 1x1 kernels one behind the other."""
    biases = [one.bias for one in several if one.bias is not None]
    return Kernels(
        torch.cat([one.weight for one in several]), torch.cat(biases) if biases else None
    )

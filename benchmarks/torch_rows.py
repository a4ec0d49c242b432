"""Striate with its rows left to torch: what its faster forms are held against."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import PropertyMock, patch

from torch import Tensor
from torch.nn import functional

from striate.kernels.kernel import SWITCH
from striate.modules import Embedding
from striate.runtime.learning_rows import SlidingConvolution


@contextmanager
def torch_rows() -> Iterator[None]:
    """Use no kernels, convolutions over words that leave nothing out, and dense gradients of word vectors."""
    dense = PropertyMock(return_value=False)  # whatever is set
    with (
        patch.dict(os.environ, {SWITCH: "off"}),
        patch.object(SlidingConvolution, "__call__", _convolve),
        patch.object(Embedding, "has_sparse_gradient", dense, create=True),
    ):
        yield


def _convolve(row: SlidingConvolution, maps: Tensor) -> Tensor:
    """Multiply every window as it is: torch's own convolution does that too, but takes ten times as long."""
    module = row.module
    padded = maps if row.padding is None else row.padding(maps)
    above = int(module.padding[0])
    lines = functional.pad(padded, (0, 0, above, above)).squeeze(1)
    windows = lines.unfold(1, module.kernel_size[0], 1).flatten(2)  # batch x rows x (width x reach)
    kernels = module.weight.squeeze(1).transpose(1, 2).flatten(1)
    return functional.linear(windows, kernels, module.bias).transpose(1, 2).unsqueeze(3)

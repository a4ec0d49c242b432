"""Networks whose rows stand one behind the other, each of which a kernel can do both ways."""

from torch import nn

from striate.modules.convolutions import PaddedConvolution, PartialConvolution
from striate.modules.distances import Distances
from striate.modules.network import Network
from striate.modules.poolings import Subsample
from striate.modules.rows import FlatLinear


def is_of_small_rows(network: Network) -> bool:
    """Tell whether the gradients of a network can be found row by row.

    Every row reads the one before it alone, and is a convolution, a subsampling or a full layer in C++, a
    change of shape, or distances at the end.
    """
    follows = all(step.reads == (position,) for position, step in enumerate(network.steps))
    modules = [network.get_submodule(step.child) for step in network.steps]
    return follows and not network.heads and all(map(_is_known, modules))


def _is_known(module: nn.Module) -> bool:
    match module:
        case PaddedConvolution() | PartialConvolution() | FlatLinear():
            return module.small is not None
        case Subsample():
            return bool(module.kernels)
        case _:
            return isinstance(module, Distances | nn.Flatten | nn.Identity)

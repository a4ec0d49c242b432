"""Networks whose biases and small weights are not those that a first draw leaves alike."""

from functools import cache

import torch

from striate.modules import Network, build
from striate.networks import load


def shaken(network: Network) -> Network:
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for one in network.parameters():
            spread = 0.1 if one.dim() == 1 or len(one) < 20 else 0.0
            one.add_(spread * torch.randn(one.shape, generator=generator))
    return network.eval()


@cache
def shaken_shipped(name: str) -> Network:
    """A shipped network, drawn once for all tests: whoever changes it takes a copy."""
    return shaken(build(load(name)))

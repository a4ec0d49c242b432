"""How shapes and weights lie in the memory of the kernel for small networks."""

import torch
from torch import Tensor
from torch.nn import functional

from striate.kernels.small_network import LANES
from striate.shapes import Image, Shape


def whole_vectors(count: int, lanes: int = LANES) -> int:
    """Round a count of floats up to whole vectors."""
    return -(-count // lanes) * lanes


def to_whole_vectors(values: Tensor, lanes: int = LANES) -> Tensor:
    """Fill a flat tensor up with zeros to whole vectors."""
    return functional.pad(values.detach(), (0, whole_vectors(len(values), lanes) - len(values)))


def panels(weight: Tensor, groups: int = 1, lanes: int = LANES) -> Tensor:
    """Lay the weights of as many units as a vector has lanes side by side, each group of units by itself.

    Shapes:
        in:  units x inputs
        out: groups x panels x inputs x lanes, as one flat vector
    """
    laid = []
    for part in torch.chunk(weight.detach(), groups):
        units, inputs = part.shape
        whole = functional.pad(part, (0, 0, 0, whole_vectors(units, lanes) - units))
        laid.append(whole.view(-1, lanes, inputs).transpose(1, 2).flatten())
    return torch.cat(laid)


def panel_biases(bias: Tensor, groups: int, lanes: int) -> Tensor:
    """Lay biases as `panels` lays the weights of their units."""
    return torch.cat([to_whole_vectors(part, lanes) for part in torch.chunk(bias.detach(), groups)])


def channels_last(weight: Tensor, of: Shape) -> Tensor:
    """Turn weights of flat vectors to the order in which the maps that they read lie.

    Shapes:
        in:  units x (channels x height x width)
        out: units x (height x width x channels)
    """
    channels, height, width = axes_of(of)
    return weight.reshape(-1, channels, height * width).transpose(1, 2).flatten(1)


def axes_of(shape: Shape) -> tuple[int, int, int]:
    """Give channels, height and width; flat values are so many channels of one pixel."""
    if isinstance(shape, Image):
        return shape.channels, shape.height, shape.width
    return shape.elements, 1, 1


def flat(shape: Shape) -> Image:
    """Give the same values as channels of one pixel."""
    return Image(shape.elements, 1, 1)

"""What part of the input a unit sees: by arithmetic, and by the slope of its value."""

from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor

from striate.arithmetic import Pixels
from striate.errors import SeeingError
from striate.errors.seeing import no_field, no_such_unit
from striate.modules import Network
from striate.see.rows import Array, evaluating, report_of
from striate.shapes import Image


@final
@dataclass(frozen=True, slots=True)
class Field:
    """The part of the input that one unit sees, in pixels counted from 0; below 0 it lies in the padding.

    Args:
        top: First row.
        bottom: Last row.
        left: First column.
        right: Last column.
        jump: Rows and columns from here to the field of the next unit.
    """

    top: int
    bottom: int
    left: int
    right: int
    jump: tuple[Pixels, Pixels]

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.bottom - self.top + 1, self.right - self.left + 1

    @property
    def center(self) -> tuple[float, float]:
        """Row and column of the middle."""
        return (self.top + self.bottom) / 2, (self.left + self.right) / 2


def receptive_field(network: Network, row: str, place: tuple[int, int]) -> Field:
    """Return what a unit sees of the input, by arithmetic through all branches.

    Args:
        network: A network of images.
        row: Name of the unit's row.
        place: Row and column of the unit within its map; (0, 0) in a row of units without places.

    Raises:
        SeeingError: There is no such row or place, or the network reads no image.
    """
    report = report_of(network, row)
    if report.field is None:
        raise SeeingError(no_field(row))
    check_place(network, row, place)
    down, across = report.field.height, report.field.width
    rows, columns = down.at_output(place[0]), across.at_output(place[1])
    return Field(*rows, *columns, (down.jump, across.jump))


def check_place(network: Network, row: str, place: tuple[int, int], map_number: int = 0) -> None:
    """Report a unit that a row does not have.

    Raises:
        SeeingError: It has none there; how many it has is said.
    """
    output = report_of(network, row).output
    if output is None:
        raise SeeingError(no_field(row))
    count, height, width = output.axes if isinstance(output, Image) else (output.axes[0], 1, 1)
    if not (0 <= map_number < count and 0 <= place[0] < height and 0 <= place[1] < width):
        raise SeeingError(no_such_unit(row, (map_number, *place), (count, height, width)))


def effective_field(
    network: Network, inputs: Tensor, row: str, map_number: int, place: tuple[int, int]
) -> Array:
    """Return how much a unit's value changes with each pixel of an example.

    Shapes:
        inputs: 1 x channels x height x width
        out: height x width; the sum over the channels of the slopes' sizes

    Args:
        network: A network of images; its mode and its gradients are left as they were.
        inputs: One example.
        row: Name of the unit's row.
        map_number: Its map, counted from 0.
        place: Its row and column.

    Source:
        Luo et al. 2016, Understanding the effective receptive field.
    """
    check_place(network, row, place, map_number)
    seen = inputs.detach().clone().requires_grad_()
    with evaluating(network), torch.enable_grad():
        output = network.trace(seen)[row]
        unit = output[(0, map_number, *place)[: output.dim()]]
        (slopes,) = torch.autograd.grad(unit, seen)
    return slopes[0].abs().sum(0).float().cpu().numpy()

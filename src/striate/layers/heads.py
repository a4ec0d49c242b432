"""Where a side head leaves the network: the beginning of an output that is there for training only."""

import math
from dataclasses import dataclass
from typing import ClassVar, final

from striate.errors import LayerError
from striate.errors.layers import not_positive_number
from striate.layers.cost import Cost
from striate.layers.windows import Axis
from striate.shapes import Shape


@final
@dataclass(frozen=True, slots=True)
class SideHead:
    """Pass the values of an inner row to an output of its own, whose loss is added while training.

    The rows behind it, up to the next side head or the end of the table, belong to the head. They are
    no part of the network once it is trained.

    Shapes:
        in:  any
        out: the same

    Args:
        weight: What the head's loss is multiplied by before it is added.

    Raises:
        LayerError: The weight is not above 0.

    Source:
        Szegedy et al. 2014, section 5: the auxiliary classifiers, with weight 0.3.
    """

    weight: float = 0.3

    KIND: ClassVar = "Side head"

    def __post_init__(self) -> None:
        if not (math.isfinite(self.weight) and self.weight > 0):
            raise LayerError(not_positive_number(self.KIND, "weight", self.weight))

    def axes(self, shape: Shape) -> tuple[Axis, Axis]:  # noqa: ARG002 - each value stays itself
        """Give a window of one cell."""
        return Axis(), Axis()

    def output(self, shape: Shape) -> Shape:
        """Give the shape of the output."""
        return shape

    def cost(self, shape: Shape) -> Cost:  # noqa: ARG002 - no input costs anything
        """Count nothing: no number is held, no sum done."""
        return Cost()

"""Layers that scale values by their neighbours or by their batch: response and batch normalisation."""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal, final

from striate.errors import Fault, LayerError
from striate.errors.layers import (
    even_window,
    groups_do_not_divide_maps,
    needs_image,
    not_a_choice,
    not_positive,
    not_positive_number,
)
from striate.layers.cost import Cost
from striate.layers.windows import Axis
from striate.shapes import Image, Shape


Region = Literal["across", "within"]


@final
@dataclass(frozen=True, slots=True)
class ResponseNormalization:
    """Divide each value by (k + c x the sum of its neighbours' squares) ^ beta.

    The neighbours are the values at the same place of the `size` maps around it, or, with the region
    `within`, the `size` x `size` values around it in its own map. Beyond an edge they are zeros. c
    is alpha, or alpha divided by the number of neighbours: papers and libraries differ in that.

    Shapes:
        in:  channels x height x width
        out: the same

    Args:
        size: Maps in a window, the value's own in the middle; an odd number.
        alpha: Weight of the sum.
        beta: Power of the denominator.
        k: What is added to the sum; TensorFlow's bias.
        is_divided: Whether alpha is divided by the number of values in the window (PyTorch, Caffe,
            the code of 2012), or multiplies their sum as it is (the formula as printed in 2012,
            TensorFlow).
        region: `across` maps, or `within` one.
        groups: Parts of the maps; windows never cross from one to another.

    Raises:
        LayerError: A number is impossible; all of them are named.

    Source:
        Krizhevsky et al. 2012, section 3.3.
    """

    size: int = 5
    alpha: float = 1e-4
    beta: float = 0.75
    k: float = 1.0
    is_divided: bool = True
    region: Region = "across"
    groups: int = 1

    KIND: ClassVar = "LRN"

    def __post_init__(self) -> None:
        faults: list[Fault] = [
            not_positive(self.KIND, name, value)
            for name, value in (("size", self.size), ("groups", self.groups))
            if value < 1
        ]
        faults += [
            not_positive_number(self.KIND, name, value)
            for name, value in (("alpha", self.alpha), ("beta", self.beta), ("k", self.k))
            if not (math.isfinite(value) and value > 0)
        ]
        if self.size > 0 and self.size % 2 == 0:
            faults.append(even_window(self.KIND, self.size))
        if self.region not in {"across", "within"}:
            faults.append(not_a_choice(self.KIND, "region", self.region, "across or within"))
        if faults:
            raise LayerError(*faults)

    @property
    def neighbours(self) -> int:
        """Values in a window, those beyond an edge among them."""
        return self.size if self.region == "across" else self.size**2

    @property
    def coefficient(self) -> float:
        """What each neighbour's square is multiplied by: c."""
        return self.alpha / self.neighbours if self.is_divided else self.alpha

    def axes(self, shape: Shape) -> tuple[Axis, Axis]:  # noqa: ARG002 - any image
        """Give the window along height and width; across maps it is one cell."""
        if self.region == "across":
            return Axis(), Axis()
        axis = Axis(self.size, before=self.size // 2, after=self.size // 2)
        return axis, axis

    def output(self, shape: Shape) -> Image:
        """Give the shape of the output.

        Raises:
            LayerError: The input is flat, or its maps do not divide into the groups.
        """
        if not isinstance(shape, Image):
            raise LayerError(needs_image(self.KIND, str(shape)))
        if shape.channels % self.groups:
            fault = groups_do_not_divide_maps(self.KIND, self.groups, shape.channels)
            raise LayerError(fault)
        return shape

    def cost(self, shape: Shape) -> Cost:  # noqa: ARG002 - no input costs anything
        """Count nothing: no number is held, and no product with a weight is made."""
        return Cost()


@final
@dataclass(frozen=True, slots=True)
class BatchNormalization:
    """Subtract each map's mean and divide by its deviation, then a trained gain and bias a map.

    In training, mean and variance are those of the batch; afterwards those kept from training.

    Shapes:
        in:  any; maps, or values of a flat vector
        out: the same

    Args:
        epsilon: Added to the variance.
        momentum: Part of the kept mean and variance that each batch replaces.

    Raises:
        LayerError: A number is impossible; all of them are named.

    Source:
        Ioffe and Szegedy 2015.
    """

    epsilon: float = 1e-5
    momentum: float = 0.1

    KIND: ClassVar = "Batch normalisation"

    def __post_init__(self) -> None:
        faults = [
            not_positive_number(self.KIND, name, value)
            for name, value in (("epsilon", self.epsilon), ("momentum", self.momentum))
            if not (math.isfinite(value) and value > 0)
        ]
        if faults:
            raise LayerError(*faults)

    def axes(self, shape: Shape) -> tuple[Axis, Axis]:  # noqa: ARG002 - each value stays itself
        """Give a window of one cell."""
        return Axis(), Axis()

    def output(self, shape: Shape) -> Shape:
        """Give the shape of the output."""
        return shape

    def cost(self, shape: Shape) -> Cost:
        """Count a gain and a bias a map, and the kept mean and variance, which nothing trains."""
        maps = shape.axes[0]
        return Cost(parameters=2 * maps, fixed=2 * maps, biases=maps)

"""Layers that scale values by their neighbours, their batch, their group of maps or their whole example."""

import math
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, final, get_args

from striate.errors import Fault, LayerError
from striate.errors.layers import (
    even_window,
    group_of_one_value,
    groups_do_not_divide_maps,
    needs_image,
    not_a_choice,
    not_positive,
    not_positive_number,
)
from striate.layers.cost import Cost
from striate.layers.windows import Axis, whole
from striate.shapes import Image, Shape


Region = Literal["across", "within"]
NormalizedOver = Literal["all", "maps"]


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
    """Subtract each map's mean and divide by its deviation, then a trained scale and offset a map.

    In training, mean and variance are those of the batch; afterwards those kept from training.

    Shapes:
        in:  any; maps, or values of a flat vector
        out: the same

    Args:
        epsilon: Added to the variance.
        momentum: Part of the kept mean and variance that each batch replaces.
        has_scale: Whether each map is multiplied by a trained number; Keras's gamma.
        has_offset: Whether a trained number is added to each map; Keras's beta.

    Raises:
        LayerError: A number is impossible; all of them are named.

    Source:
        Ioffe and Szegedy 2015.
    """

    epsilon: float = 1e-5
    momentum: float = 0.1
    has_scale: bool = True
    has_offset: bool = True

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
        """Count a scale and an offset a map, and the kept mean and variance, which nothing trains."""
        maps = shape.axes[0]
        scaled = _scaled(maps, has_scale=self.has_scale, has_offset=self.has_offset)
        return replace(scaled, fixed=2 * maps)


def _scaled(numbers: int, *, has_scale: bool, has_offset: bool) -> Cost:
    """Count the numbers by which normalised values are scaled and moved."""
    biases = numbers if has_offset else 0
    return Cost(parameters=biases + (numbers if has_scale else 0), biases=biases)


@final
@dataclass(frozen=True, slots=True)
class LayerNormalization:
    """Subtract the mean of an example and divide by its deviation, then a trained scale and offset.

    Shapes:
        in:  any
        out: the same

    Args:
        over: `all` values of an example together (PyTorch's LayerNorm of the whole shape), each with a
            scale and an offset of its own; or the `maps` at each place by themselves (Keras's
            LayerNormalization, ConvNeXt), with a scale and an offset a map. Of flat values both are the same.
        epsilon: Added to the variance.
        has_scale: Whether normalised values are multiplied by trained numbers.
        has_offset: Whether trained numbers are added to them.

    Raises:
        LayerError: A number is impossible, or the word is neither; all are named.

    Source:
        Ba et al. 2016, equation 4.
    """

    over: NormalizedOver = "all"
    epsilon: float = 1e-5
    has_scale: bool = True
    has_offset: bool = True

    KIND: ClassVar = "Layer normalisation"

    def __post_init__(self) -> None:
        faults = _epsilon_faults(self.KIND, self.epsilon)
        if self.over not in get_args(NormalizedOver):
            faults.append(not_a_choice(self.KIND, "over", self.over, "all or maps"))
        if faults:
            raise LayerError(*faults)

    def axes(self, shape: Shape) -> tuple[Axis, Axis]:
        """Give a window of one cell across maps, or one that covers the whole input."""
        return (Axis(), Axis()) if self.over == "maps" else whole(shape)

    def output(self, shape: Shape) -> Shape:
        """Give the shape of the output."""
        return shape

    def cost(self, shape: Shape) -> Cost:
        """Count the scales and offsets; no product with a value below is made."""
        numbers = shape.axes[0] if self.over == "maps" else shape.elements
        return _scaled(numbers, has_scale=self.has_scale, has_offset=self.has_offset)


@final
@dataclass(frozen=True, slots=True)
class GroupNormalization:
    """Subtract the mean of a group of maps and divide by its deviation, then a scale and offset a map.

    Shapes:
        in:  any; maps, or values of a flat vector
        out: the same

    Args:
        groups: Parts into which the maps are split; each map is one by itself when absent, which is called
            instance normalisation.
        epsilon: Added to the variance.
        has_scale: Whether each map is multiplied by a trained number.
        has_offset: Whether a trained number is added to each map.

    Raises:
        LayerError: A number is impossible; all of them are named.

    Source:
        Wu and He 2018; Ulyanov et al. 2016 for instances.
    """

    groups: int | None
    epsilon: float = 1e-5
    has_scale: bool = True
    has_offset: bool = True

    KIND: ClassVar = "Group normalisation"

    def __post_init__(self) -> None:
        faults = _epsilon_faults(self.KIND, self.epsilon)
        if self.groups is not None and self.groups < 1:
            faults.append(not_positive(self.KIND, "groups", self.groups))
        if faults:
            raise LayerError(*faults)

    def axes(self, shape: Shape) -> tuple[Axis, Axis]:
        """Give a window that covers the whole input."""
        return whole(shape)

    def output(self, shape: Shape) -> Shape:
        """Give the shape of the output.

        Raises:
            LayerError: The maps do not divide into the groups, or a group is one value alone.
        """
        maps = shape.axes[0]
        groups = maps if self.groups is None else self.groups
        if maps % groups:
            raise LayerError(groups_do_not_divide_maps(self.KIND, groups, maps))
        if shape.elements == groups:
            raise LayerError(group_of_one_value(self.KIND, groups))
        return shape

    def cost(self, shape: Shape) -> Cost:
        """Count a scale and an offset a map."""
        return _scaled(shape.axes[0], has_scale=self.has_scale, has_offset=self.has_offset)


def _epsilon_faults(kind: str, epsilon: float) -> list[Fault]:
    if math.isfinite(epsilon) and epsilon > 0:
        return []
    return [not_positive_number(kind, "epsilon", epsilon)]

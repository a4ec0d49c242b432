"""Layers that read all values below: fully connected, flattening, and LeNet-5's distances."""

import math
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar, final

from striate.errors import LayerError
from striate.errors.layers import (
    bad_code_cell,
    codes_of_wrong_length,
    codes_of_wrong_number,
    equal_codes,
    not_positive,
    not_positive_number,
    values_do_not_fit,
)
from striate.layers.cost import Cost
from striate.layers.windows import Axis, whole
from striate.shapes import Features, Image, Shape


INK, PAPER = "#", "."


@final
@dataclass(frozen=True, slots=True)
class FullyConnected:
    """Weigh all values below for every unit, plus a bias; maps are read as one flat vector.

    Shapes:
        in:  any
        out: units

    Args:
        units: Output values.
        has_bias: Whether every unit has a trained bias.
        max_norm: Largest L2 norm of a unit's weights, its bias not counted: after every step longer
            ones are scaled back to it. No limit when absent.

    Raises:
        LayerError: There is no unit, or the norm is not above 0.

    Source:
        Hinton et al. 2012 for the limit of the norm; Kim 2014, section 2.1.
    """

    units: int
    has_bias: bool = True
    max_norm: float | None = None

    KIND: ClassVar = "Fully connected"

    def __post_init__(self) -> None:
        faults = [] if self.units >= 1 else [not_positive(self.KIND, "units", self.units)]
        if self.max_norm is not None and not 0 < self.max_norm < math.inf:
            faults.append(not_positive_number(self.KIND, "max_norm", self.max_norm))
        if faults:
            raise LayerError(*faults)

    def axes(self, shape: Shape) -> tuple[Axis, Axis]:
        """Give a window that covers the whole input."""
        return whole(shape)

    def output(self, shape: Shape) -> Features:  # noqa: ARG002 - any shape will do
        """Give the shape of the output."""
        return Features(self.units)

    def cost(self, shape: Shape) -> Cost:
        """Count the numbers held and the sums done for one example."""
        weights = self.units * shape.elements
        parameters = weights + (self.units if self.has_bias else 0)
        return Cost(
            parameters=parameters,
            connections=parameters,
            bias_links=parameters - weights,
            biases=parameters - weights,
            multiply_adds=weights,
        )


@final
@dataclass(frozen=True, slots=True)
class Flatten:
    """Read maps as one flat vector, map by map, row by row.

    Shapes:
        in:  any
        out: all its values
    """

    KIND: ClassVar = "Flatten"

    def axes(self, shape: Shape) -> tuple[Axis, Axis]:
        """Give a window that covers the whole input: the places of the values are lost."""
        return whole(shape)

    def output(self, shape: Shape) -> Features:
        """Give the shape of the output."""
        return Features(shape.elements)

    def cost(self, shape: Shape) -> Cost:  # noqa: ARG002 - no input costs anything
        """Count nothing: no number is held, no sum done."""
        return Cost()


@final
@dataclass(frozen=True, slots=True)
class Reshape:
    """Read the same values as another shape, map by map, row by row.

    Shapes:
        in:  any
        out: `shape`

    Args:
        shape: Maps, or flat values.

    Raises:
        LayerError: One of its sizes is below 1.
    """

    shape: Image | Features

    KIND: ClassVar = "Reshape"

    def __post_init__(self) -> None:
        if min(self.shape.axes) < 1:
            raise LayerError(not_positive(self.KIND, "every size", str(self.shape)))

    def axes(self, shape: Shape) -> tuple[Axis, Axis]:
        """Give a window that covers the whole input: the places of the values are lost."""
        return whole(shape)

    def output(self, shape: Shape) -> Image | Features:
        """Give the shape of the output.

        Raises:
            LayerError: The input has more or fewer values.
        """
        if shape.elements != self.shape.elements:
            came = f"{shape} = {shape.elements:,}"
            asked = f"{self.shape} = {self.shape.elements:,}"
            raise LayerError(values_do_not_fit(came, asked))
        return self.shape

    def cost(self, shape: Shape) -> Cost:  # noqa: ARG002 - no input costs anything
        """Count nothing: no number is held, no sum done."""
        return Cost()


@final
@dataclass(frozen=True, slots=True)
class Codes:
    """Drawings of +1 (ink) and -1 (paper) that stand for the classes.

    Args:
        drawings: One drawing a class, as lines of `#` and `.`.

    Raises:
        LayerError: A cell is neither, or two drawings are the same; all are named.
    """

    drawings: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        faults = [
            bad_code_cell(index, cell)
            for index, drawing in enumerate(self.drawings)
            for cell in sorted(set("".join(drawing)) - {INK, PAPER})
        ]
        faults += [
            equal_codes(first, second)
            for first, second in combinations(range(len(self.drawings)), 2)
            if self.drawings[first] == self.drawings[second]
        ]
        if faults:
            raise LayerError(*faults)

    @property
    def vectors(self) -> tuple[tuple[int, ...], ...]:
        """The drawings read row by row: 1 for ink, -1 for paper."""
        return tuple(
            tuple(1 if cell == INK else -1 for cell in "".join(drawing))
            for drawing in self.drawings
        )

    @property
    def smallest_distance(self) -> int:
        """Cells in which the two most similar drawings differ."""
        return min(
            sum(a != b for a, b in zip(one, other, strict=True))
            for one, other in combinations(self.vectors, 2)
        )


@final
@dataclass(frozen=True, slots=True)
class RadialBasis:
    """Give each unit's squared distance to its fixed code; the smallest one names the class.

    y_i = sum over j of (x_j - w_ij)^2, without a half and without a sign.

    Shapes:
        in:  any
        out: units, each 0 or more

    Args:
        units: Output values, one a class.
        codes: The fixed codes; drawn at random as +1 and -1 from the run's seed when absent, which
            the paper allows.

    Raises:
        LayerError: There is no unit.

    Source:
        LeCun et al. 1998, II-B, equation 7.
    """

    units: int
    codes: Codes | None = None

    KIND: ClassVar = "RBF"

    def __post_init__(self) -> None:
        if self.units < 1:
            raise LayerError(not_positive(self.KIND, "units", self.units))

    def axes(self, shape: Shape) -> tuple[Axis, Axis]:
        """Give a window that covers the whole input."""
        return whole(shape)

    def output(self, shape: Shape) -> Features:
        """Give the shape of the output.

        Raises:
            LayerError: The codes are too few, too many, or of another length than the input.
        """
        if self.codes is not None:
            vectors = self.codes.vectors
            faults = [
                codes_of_wrong_length(index, len(vector), shape.elements)
                for index, vector in enumerate(vectors)
                if len(vector) != shape.elements
            ]
            if len(vectors) != self.units:
                faults.insert(0, codes_of_wrong_number(len(vectors), self.units))
            if faults:
                raise LayerError(*faults)
        return Features(self.units)

    def cost(self, shape: Shape) -> Cost:
        """Count the fixed numbers and the sums for one example; nothing is trained."""
        centers = self.units * shape.elements
        return Cost(fixed=centers, connections=centers, multiply_adds=centers)

"""Layers that treat each value by itself: activations, one with trained slopes, a scale, and dropout."""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal, final, get_args

from striate.errors import LayerError
from striate.errors.fault import listed
from striate.errors.layers import fraction_out_of_range, needs_image, not_a_choice, not_finite
from striate.layers.cost import Cost
from striate.layers.functions import (
    ELU,
    FUNCTION_NAMES,
    Function,
    LeakyReLU,
    function_meant,
    is_function,
)
from striate.layers.windows import Axis
from striate.shapes import Image, Shape


Dropped = Literal["values", "maps"]
Slopes = Literal["one", "maps", "values"]


@final
@dataclass(frozen=True, slots=True)
class Activation:
    """Apply a function to every value; softmax runs over the maps or units.

    Shapes:
        in:  any
        out: the same

    Args:
        function: One of `Function`.

    Raises:
        LayerError: The function is none of them.
    """

    function: Function

    KIND: ClassVar = "Activation"

    def __post_init__(self) -> None:
        object.__setattr__(self, "function", function_meant(self.function))
        if not is_function(self.function):
            choices = listed((*FUNCTION_NAMES, LeakyReLU.KIND, ELU.KIND))
            raise LayerError(not_a_choice(self.KIND, "function", self.function, choices))

    def axes(self, shape: Shape) -> tuple[Axis, Axis]:  # noqa: ARG002 - each value stays itself
        """Give a window of one cell."""
        return Axis(), Axis()

    def output(self, shape: Shape) -> Shape:
        """Give the shape of the output."""
        return shape

    def cost(self, shape: Shape) -> Cost:  # noqa: ARG002 - no input costs anything
        """Count nothing: no number is held, no product made."""
        return Cost()


@final
@dataclass(frozen=True, slots=True)
class Dropout:
    """Set a random part of the values to zero while training, and scale the rest up.

    The rest is divided by 1 - fraction in training, so that nothing is done afterwards. Papers up
    to 2014 multiply the outputs by 1 - fraction afterwards instead: the same in expectation.

    Shapes:
        in:  any
        out: the same

    Args:
        fraction: Part of the values dropped, at least 0 and below 1.
        drops: Single `values`, or whole `maps` at once.

    Raises:
        LayerError: The fraction is out of range, or it is neither of the two words.

    Source:
        Hinton et al. 2012; Tompson et al. 2015, section 3.2, for whole maps.
    """

    fraction: float = 0.5
    drops: Dropped = "values"

    KIND: ClassVar = "Dropout"

    def __post_init__(self) -> None:
        faults = []
        if not 0 <= self.fraction < 1:
            faults.append(fraction_out_of_range(self.KIND, "fraction", self.fraction))
        if self.drops not in get_args(Dropped):
            faults.append(not_a_choice(self.KIND, "drops", self.drops, "values or maps"))
        if faults:
            raise LayerError(*faults)

    def axes(self, shape: Shape) -> tuple[Axis, Axis]:  # noqa: ARG002 - each value stays itself
        """Give a window of one cell."""
        return Axis(), Axis()

    def output(self, shape: Shape) -> Shape:
        """Give the shape of the output.

        Raises:
            LayerError: Whole maps are to be dropped, and the input is flat.
        """
        if self.drops == "maps" and not isinstance(shape, Image):
            raise LayerError(needs_image("Spatial dropout", str(shape)))
        return shape

    def cost(self, shape: Shape) -> Cost:  # noqa: ARG002 - no input costs anything
        """Count nothing: no number is held, no product made."""
        return Cost()


@final
@dataclass(frozen=True, slots=True)
class ParametricReLU:
    """Keep what is above 0, and multiply the rest by a slope that is trained.

    Shapes:
        in:  any
        out: the same

    Args:
        slopes: `one` for all values, one for each of the `maps` (PyTorch has both), or one for each of the
            `values` (Keras).
        start: What every slope begins with.

    Raises:
        LayerError: The word is none of the three, or the start is not finite.

    Source:
        He et al. 2015, equation 1.
    """

    slopes: Slopes = "maps"
    start: float = 0.25

    KIND: ClassVar = "PReLU"

    def __post_init__(self) -> None:
        faults = []
        if self.slopes not in get_args(Slopes):
            faults.append(not_a_choice(self.KIND, "slopes", self.slopes, listed(get_args(Slopes))))
        if not math.isfinite(self.start):
            faults.append(not_finite(self.KIND, "start", self.start))
        if faults:
            raise LayerError(*faults)

    def axes(self, shape: Shape) -> tuple[Axis, Axis]:  # noqa: ARG002 - each value stays itself
        """Give a window of one cell."""
        return Axis(), Axis()

    def output(self, shape: Shape) -> Shape:
        """Give the shape of the output."""
        return shape

    def cost(self, shape: Shape) -> Cost:
        """Count the slopes."""
        match self.slopes:
            case "one":
                return Cost(parameters=1)
            case "maps":
                return Cost(parameters=shape.axes[0])
            case "values":
                return Cost(parameters=shape.elements)


@final
@dataclass(frozen=True, slots=True)
class Scaling:
    """Multiply every value by a factor, and add an offset: the same for all, or a trained factor for each map.

    Shapes:
        in:  any
        out: the same

    Args:
        factor: What values are multiplied by; what each trained factor begins with.
        offset: What is added behind the product.
        is_trained: Whether each map (or value in a row) has a trained factor of its own.

    Raises:
        LayerError: A number is not finite, or there is an offset beside trained factors; all are named.

    Source:
        Szegedy et al. 2016, Inception-v4, section 3.3, for one factor; Touvron et al. 2021, CaiT, section 2,
        for trained ones (layer scale).
    """

    factor: float = 1.0
    offset: float = 0.0
    is_trained: bool = False

    KIND: ClassVar = "Scale"

    def __post_init__(self) -> None:
        numbers = (("factor", self.factor), ("offset", self.offset))
        faults = [
            not_finite(self.KIND, name, number)
            for name, number in numbers
            if not math.isfinite(number)
        ]
        if self.is_trained and self.offset:
            faults.append(
                not_a_choice(self.KIND, "offset", f"{self.offset:g}", "0 beside trained factors")
            )
        if faults:
            raise LayerError(*faults)

    def axes(self, shape: Shape) -> tuple[Axis, Axis]:  # noqa: ARG002 - each value stays itself
        """Give a window of one cell."""
        return Axis(), Axis()

    def output(self, shape: Shape) -> Shape:
        """Give the shape of the output."""
        return shape

    def cost(self, shape: Shape) -> Cost:
        """Count the trained factors."""
        return Cost(parameters=shape.axes[0] if self.is_trained else 0)

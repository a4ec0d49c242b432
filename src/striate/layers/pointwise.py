"""Layers that treat each value by itself: an activation as a row, and dropout."""

from dataclasses import dataclass
from typing import ClassVar, Literal, final, get_args

from striate.errors import LayerError
from striate.errors.fault import listed
from striate.errors.layers import fraction_out_of_range, not_a_choice
from striate.layers.cost import Cost
from striate.layers.windows import Axis
from striate.shapes import Shape


Function = Literal["tanh", "scaled tanh", "ReLU", "sigmoid", "softmax"]
"""Activation functions: `scaled tanh` is LeNet-5's 1.7159 tanh(2x/3)."""


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
        if self.function not in get_args(Function):
            choices = listed(get_args(Function))
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

    Raises:
        LayerError: The fraction is out of range.
    """

    fraction: float = 0.5

    KIND: ClassVar = "Dropout"

    def __post_init__(self) -> None:
        if not 0 <= self.fraction < 1:
            raise LayerError(fraction_out_of_range(self.KIND, "fraction", self.fraction))

    def axes(self, shape: Shape) -> tuple[Axis, Axis]:  # noqa: ARG002 - each value stays itself
        """Give a window of one cell."""
        return Axis(), Axis()

    def output(self, shape: Shape) -> Shape:
        """Give the shape of the output."""
        return shape

    def cost(self, shape: Shape) -> Cost:  # noqa: ARG002 - no input costs anything
        """Count nothing: no number is held, no product made."""
        return Cost()

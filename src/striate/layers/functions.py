"""Activation functions: names, and two that have a number of their own."""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal, final, get_args

from striate.errors import LayerError
from striate.errors.fault import listed
from striate.errors.layers import not_finite


FunctionName = Literal[
    "tanh",
    "scaled tanh",
    "ReLU",
    "sigmoid",
    "softmax",
    "log-softmax",
    "ReLU6",
    "GELU",
    "GELU (tanh)",
    "SiLU",
    "mish",
    "SELU",
    "softplus",
    "softsign",
    "hard swish",
    "hard sigmoid",
    "hard tanh",
    "log sigmoid",
]
"""Functions that are set by their name alone. `scaled tanh` is LeNet-5's 1.7159 tanh(2x/3), `GELU (tanh)`
the approximation of GELU by a tanh, `SiLU` what others call swish."""

FUNCTION_NAMES: tuple[FunctionName, ...] = get_args(FunctionName)

AMPLITUDE, SLOPE = 1.7159, 2 / 3
"""Of the scaled tanh, by LeCun et al. 1998, appendix A."""

NEVER_NEGATIVE: tuple[FunctionName, ...] = (
    *("ReLU", "ReLU6", "sigmoid", "softmax", "softplus", "hard sigmoid"),
)
"""Functions whose values are 0 or more."""


@final
@dataclass(frozen=True, slots=True)
class LeakyReLU:
    """Keep what is above 0, and multiply the rest by a small slope.

    Args:
        slope: Of the values below 0: 0.01 by default in PyTorch, 0.3 in Keras, 0.1 in Darknet.

    Raises:
        LayerError: The slope is not finite.

    Source:
        Maas et al. 2013, section 2.
    """

    slope: float = 0.01

    KIND: ClassVar = "leaky ReLU"
    NUMBER: ClassVar = "slope"

    def __post_init__(self) -> None:
        if not math.isfinite(self.slope):
            raise LayerError(not_finite(self.KIND, "slope", self.slope))

    def __str__(self) -> str:
        """Write it as in a table: `leaky ReLU (0.1)`."""
        return f"{self.KIND} ({self.slope!r})"


@final
@dataclass(frozen=True, slots=True)
class ELU:
    """Keep what is above 0, and take alpha (e^x - 1) of the rest.

    Args:
        alpha: What it comes near to, below 0, with a minus sign.

    Raises:
        LayerError: Alpha is not finite.

    Source:
        Clevert et al. 2015, equation 15.
    """

    alpha: float = 1.0

    KIND: ClassVar = "ELU"
    NUMBER: ClassVar = "alpha"

    def __post_init__(self) -> None:
        if not math.isfinite(self.alpha):
            raise LayerError(not_finite(self.KIND, "alpha", self.alpha))

    def __str__(self) -> str:
        """Write it as in a table: `ELU (1.0)`."""
        return f"{self.KIND} ({self.alpha!r})"


Function = FunctionName | LeakyReLU | ELU


def function_meant(value: object) -> object:
    """Return the function whose name is written otherwise only in capitals, and any other value as it is."""
    folded = {name.casefold(): name for name in FUNCTION_NAMES}
    return folded.get(value.casefold(), value) if isinstance(value, str) else value


def function_choices() -> str:
    """List the names of all functions, and those that are classes, for they have a number of their own."""
    return listed((*map(repr, FUNCTION_NAMES), *(one.__name__ for one in (LeakyReLU, ELU))))


def is_function(value: object) -> bool:
    """Whether a value, of whatever type, is an activation function."""
    return isinstance(value, LeakyReLU | ELU) or value in FUNCTION_NAMES

"""Kinds of augmentation that change the values of a picture."""

from dataclasses import dataclass
from typing import final

from striate.augmentation.ranges import outside, raise_faults


@final
@dataclass(frozen=True, slots=True)
class Contrast:
    """Draw the values apart or together, about their mean.

    Args:
        fraction: The factor lies between 1 - fraction and 1 + fraction.
    """

    fraction: float

    def __post_init__(self) -> None:
        raise_faults(outside("contrast", "fraction", self.fraction, 0, 1))


@final
@dataclass(frozen=True, slots=True)
class Brightness:
    """Multiply all values, as more or less light does.

    Args:
        fraction: The factor lies between 1 - fraction and 1 + fraction.
    """

    fraction: float

    def __post_init__(self) -> None:
        raise_faults(outside("brightness", "fraction", self.fraction, 0, 1))


@final
@dataclass(frozen=True, slots=True)
class Lighting:
    """Change the color of the light along the axes in which the training set's own colors vary.

    Args:
        deviation: The move along each principal axis is normal, and its standard deviation this
            part of the colors' own along that axis.

    Source:
        Krizhevsky et al. 2012, 4.1, with 0.1. The paper multiplies by the eigenvalues of the
        covariance, whose unit is a squared value; here, as by its name in the authors' code, by
        their square roots.
    """

    deviation: float = 0.1

    def __post_init__(self) -> None:
        raise_faults(outside("lighting", "deviation", self.deviation, 0))


@final
@dataclass(frozen=True, slots=True)
class Noise:
    """Add white noise: to each value a number of its own. The notes say that it does not help.

    Args:
        deviation: Standard deviation, as a part of the range from black to white.
    """

    deviation: float

    def __post_init__(self) -> None:
        raise_faults(outside("noise", "deviation", self.deviation, 0))

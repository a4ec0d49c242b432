"""Kinds of augmentation that change the values of a picture."""

from dataclasses import dataclass
from typing import final

from striate.augmentation.kinds.ranges import outside, raise_faults


SMALLEST_ERASED = 0.02
"""Smallest part of a picture's area that is erased."""


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


@final
@dataclass(frozen=True, slots=True)
class Erase:
    """Fill a rectangle with white noise, so that no single part of a picture decides.

    Its area lies evenly between 2 % of the picture's and `largest`, its height between 0.3 and 1 / 0.3
    times its width, no longer than the picture, and it lies anywhere inside.

    Args:
        share: Of pictures that this is done to.
        largest: Largest part of the picture's area.

    Source:
        Zhong, Zheng, Kang, Li and Yang, Random erasing data augmentation, 2017, with its share and range of
        areas for CIFAR and Fashion-MNIST. The paper draws again where a rectangle is too long.
    """

    share: float = 0.5
    largest: float = 0.4

    def __post_init__(self) -> None:
        raise_faults(
            outside("erase", "share", self.share, 0, 1)
            + outside("erase", "largest", self.largest, SMALLEST_ERASED, 1)
        )

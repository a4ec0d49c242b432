"""Kinds of augmentation that move a picture."""

from dataclasses import dataclass
from typing import final

from striate.augmentation.kinds.ranges import outside, raise_faults


@final
@dataclass(frozen=True, slots=True)
class Shift:
    """Move the picture, down or up and to the right or left.

    Args:
        pixels: Largest move along each axis.

    Source:
        LeCun et al. 1998, III-B; the ranges of its distortions are not published.
    """

    pixels: float

    def __post_init__(self) -> None:
        raise_faults(outside("shift", "pixels", self.pixels, 0))


@final
@dataclass(frozen=True, slots=True)
class Rotate:
    """Turn the picture about its center.

    Args:
        degrees: Largest angle, to either side.
    """

    degrees: float

    def __post_init__(self) -> None:
        raise_faults(outside("rotate", "degrees", self.degrees, 0, 180))


@final
@dataclass(frozen=True, slots=True)
class Scale:
    """Make the picture larger or smaller, about its center.

    Args:
        fraction: The factor lies between 1 - fraction and 1 + fraction.

    Source:
        LeCun et al. 1998, III-B; the range is not published.
    """

    fraction: float

    def __post_init__(self) -> None:
        raise_faults(outside("scale", "fraction", self.fraction, 0, 1, is_below=True))


@final
@dataclass(frozen=True, slots=True)
class Squeeze:
    """Compress the picture along one axis and stretch it along the other by the same factor.

    Args:
        fraction: The horizontal factor lies between 1 - fraction and 1 + fraction; the vertical one
            is its inverse.

    Source:
        LeCun et al. 1998, III-B; the range is not published.
    """

    fraction: float

    def __post_init__(self) -> None:
        raise_faults(outside("squeeze", "fraction", self.fraction, 0, 1, is_below=True))


@final
@dataclass(frozen=True, slots=True)
class Shear:
    """Slant the picture: its upper half goes one way and its lower half the other.

    Args:
        fraction: Largest horizontal move for each pixel of height.

    Source:
        LeCun et al. 1998, III-B; the range is not published.
    """

    fraction: float

    def __post_init__(self) -> None:
        raise_faults(outside("shear", "fraction", self.fraction, 0))


@final
@dataclass(frozen=True, slots=True)
class Elastic:
    """Bend the picture as rubber: each pixel is moved, and its neighbors almost alike.

    The moves are even noise between -1 and 1, smoothed by a Gaussian whose weights add up to 1, and
    multiplied by `alpha`. With a sigma of 4 their standard deviation is 0.041 alpha pixels; toward
    the border it is less.

    Args:
        alpha: Strength.
        sigma: Standard deviation of the Gaussian, in pixels: the larger, the smoother.

    Source:
        Simard, Steinkraus and Platt 2003; its sigma of 4 and alpha of 34 are known at second hand.
    """

    alpha: float = 34.0
    sigma: float = 4.0

    def __post_init__(self) -> None:
        raise_faults(
            outside("elastic", "alpha", self.alpha, 0)
            + outside("elastic", "sigma", self.sigma, 0, is_above=True)
        )

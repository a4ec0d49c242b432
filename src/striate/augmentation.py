"""What is done to training images, so that a network never meets the same one twice: frozen data.

Each kind holds the largest change it makes; how much of it an image gets is drawn anew for each of
its uses. `augmenter/` draws and does it.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, final, get_args

from striate.errors import Fault, RecipeError
from striate.errors.augmentation import kind_given_twice, two_windows, value_outside


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
        _raise(_outside("shift", "pixels", self.pixels, 0))


@final
@dataclass(frozen=True, slots=True)
class Rotate:
    """Turn the picture about its center.

    Args:
        degrees: Largest angle, to either side.
    """

    degrees: float

    def __post_init__(self) -> None:
        _raise(_outside("rotate", "degrees", self.degrees, 0, 180))


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
        _raise(_outside("scale", "fraction", self.fraction, 0, 1, is_below=True))


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
        _raise(_outside("squeeze", "fraction", self.fraction, 0, 1, is_below=True))


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
        _raise(_outside("shear", "fraction", self.fraction, 0))


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
        _raise(
            _outside("elastic", "alpha", self.alpha, 0)
            + _outside("elastic", "sigma", self.sigma, 0, is_above=True)
        )


@final
@dataclass(frozen=True, slots=True)
class Flip:
    """Mirror every second picture, left to right.

    Source:
        Krizhevsky et al. 2012, 4.1.
    """


@final
@dataclass(frozen=True, slots=True)
class Crop:
    """Cut a window of the network's size at a random place.

    It is cut from the picture with background around it, or from a picture that is stored larger
    than the network's input (`margin` of the preparation).

    Args:
        padding: Pixels of background added on each side.

    Source:
        Krizhevsky et al. 2012, 4.1: 224 x 224 out of 256 x 256, without padding.
    """

    padding: int = 0

    def __post_init__(self) -> None:
        _raise(_outside("crop", "padding", self.padding, 0))


@final
@dataclass(frozen=True, slots=True)
class AreaCrop:
    """Cut a window of random size, shape and place, and bring it to the network's size.

    Args:
        smallest: Smallest part of the picture's area; the largest is all of it.
        aspect: Smallest ratio of width to height, in units of the picture's own; the largest is its
            inverse.

    Source:
        Szegedy et al. 2014, 6: 8 % to 100 % of the area, 3/4 to 4/3.
    """

    smallest: float = 0.08
    aspect: float = 0.75

    def __post_init__(self) -> None:
        _raise(
            _outside("area-crop", "smallest", self.smallest, 0, 1, is_above=True)
            + _outside("area-crop", "aspect", self.aspect, 0, 1, is_above=True)
        )


@final
@dataclass(frozen=True, slots=True)
class Contrast:
    """Draw the values apart or together, about their mean.

    Args:
        fraction: The factor lies between 1 - fraction and 1 + fraction.
    """

    fraction: float

    def __post_init__(self) -> None:
        _raise(_outside("contrast", "fraction", self.fraction, 0, 1))


@final
@dataclass(frozen=True, slots=True)
class Brightness:
    """Multiply all values, as more or less light does.

    Args:
        fraction: The factor lies between 1 - fraction and 1 + fraction.
    """

    fraction: float

    def __post_init__(self) -> None:
        _raise(_outside("brightness", "fraction", self.fraction, 0, 1))


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
        _raise(_outside("lighting", "deviation", self.deviation, 0))


@final
@dataclass(frozen=True, slots=True)
class Noise:
    """Add white noise: to each value a number of its own. The notes say that it does not help.

    Args:
        deviation: Standard deviation, as a part of the range from black to white.
    """

    deviation: float

    def __post_init__(self) -> None:
        _raise(_outside("noise", "deviation", self.deviation, 0))


Augmentation = (
    Shift
    | Rotate
    | Scale
    | Squeeze
    | Shear
    | Elastic
    | Flip
    | Crop
    | AreaCrop
    | Contrast
    | Brightness
    | Lighting
    | Noise
)


Word = Literal[
    "shift",
    "rotate",
    "scale",
    "squeeze",
    "shear",
    "elastic",
    "flip",
    "crop",
    "area-crop",
    "contrast",
    "brightness",
    "lighting",
    "noise",
]
"""What each kind is called in a document, in the order of the union."""

WORDS: tuple[Word, ...] = get_args(Word)

KINDS: Mapping[Word, type[Augmentation]] = dict(zip(WORDS, get_args(Augmentation), strict=True))


def word_of(one: Augmentation) -> Word:
    """Give the word for a kind."""
    return next(word for word, kind in KINDS.items() if isinstance(one, kind))


def list_faults(augmentation: Iterable[Augmentation]) -> tuple[Fault, ...]:
    """Report kinds that are given twice, or that cannot stand beside each other."""
    words = [word_of(one) for one in augmentation]
    faults = [kind_given_twice(word) for word in WORDS if words.count(word) > 1]
    if "crop" in words and "area-crop" in words:
        faults.append(two_windows())
    return tuple(faults)


def _outside(
    word: str,
    parameter: str,
    value: float,
    least: float,
    most: float = math.inf,
    *,
    is_above: bool = False,
    is_below: bool = False,
) -> list[Fault]:
    """Report a value outside of its range; `is_above` and `is_below` leave its ends out."""
    is_inside = least <= value <= most and math.isfinite(value)
    is_inside &= not (is_above and value == least) and not (is_below and value == most)
    if is_inside:
        return []
    lower = f"above {least:g}" if is_above else f"{least:g} or more"
    upper = f"below {most:g}" if is_below else f"at most {most:g}"
    needed = f"a finite number, {lower}" if math.isinf(most) else f"a number, {lower} and {upper}"
    return [value_outside(word, parameter, value, needed)]


def _raise(faults: list[Fault]) -> None:
    if faults:
        raise RecipeError(*faults)

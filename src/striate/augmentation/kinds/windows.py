"""Kinds of augmentation that choose the part of a picture that is seen, or mirror it."""

from dataclasses import dataclass
from typing import final

from striate.augmentation.kinds.ranges import outside, raise_faults


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
        raise_faults(outside("crop", "padding", self.padding, 0))


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
        raise_faults(
            outside("area-crop", "smallest", self.smallest, 0, 1, is_above=True)
            + outside("area-crop", "aspect", self.aspect, 0, 1, is_above=True)
        )

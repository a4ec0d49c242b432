"""A kind of augmentation that chooses among others."""

from dataclasses import dataclass
from typing import final

from striate.augmentation.kinds.ranges import outside, raise_faults


OPERATIONS = (
    "identity",
    "rotate",
    "shear-x",
    "shear-y",
    "shift-x",
    "shift-y",
    "brightness",
    "contrast",
    "color",
    "posterize",
    "solarize",
)
"""What is chosen from."""

STRONGEST = 30
"""The magnitude at which an operation goes as far as it does."""


@final
@dataclass(frozen=True, slots=True)
class RandAugment:
    """Do a few operations to each picture, chosen among eleven, all of one magnitude.

    Args:
        operations: Different ones that a picture gets.
        magnitude: From 0 for none to 30 for the strongest. Those with a direction go in either.

    Source:
        Cubuk, Zoph, Shlens and Le, RandAugment, 2019. Its operations autocontrast, equalize and sharpness, which
        need histograms and neighbours, are left out; it may choose one several times.
    """

    operations: int = 2
    magnitude: float = 9.0

    def __post_init__(self) -> None:
        raise_faults(
            outside("rand-augment", "operations", self.operations, 1, len(OPERATIONS))
            + outside("rand-augment", "magnitude", self.magnitude, 0, STRONGEST)
        )

"""What is done to training images, so that a network never meets the same one twice: frozen data.

Each kind holds the largest change it makes; how much of it an image gets is drawn anew for each of
its uses. `transforms` draws and does it.
"""

from collections.abc import Iterable, Mapping
from typing import Literal, get_args

from striate.augmentation.kinds.moves import Elastic, Rotate, Scale, Shear, Shift, Squeeze
from striate.augmentation.kinds.policies import RandAugment
from striate.augmentation.kinds.values import Brightness, Contrast, Erase, Lighting, Noise
from striate.augmentation.kinds.windows import AreaCrop, Crop, Flip
from striate.errors import Fault
from striate.errors.augmentation import kind_given_twice, two_windows


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
    | Erase
    | RandAugment
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
    "erase",
    "rand-augment",
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


__all__ = [
    "KINDS",
    "WORDS",
    "AreaCrop",
    "Augmentation",
    "Brightness",
    "Contrast",
    "Crop",
    "Elastic",
    "Erase",
    "Flip",
    "Lighting",
    "Noise",
    "RandAugment",
    "Rotate",
    "Scale",
    "Shear",
    "Shift",
    "Squeeze",
    "Word",
    "list_faults",
    "word_of",
]

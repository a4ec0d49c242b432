"""From training images to what the network meets in their place, whole batches at a time.

The random numbers of an image come from a hash of the recipe's seed, the epoch and the image's index
(`draws`), so that a result depends neither on the size of the batch nor on resuming. All moves of a
recipe become one map (`maps`, `windows`), by which a picture is read once (`sampling`); then its
values change (`colors`).
"""

from striate.augmentation.transforms.augmenter import Augmenter
from striate.augmentation.transforms.colors import ColorAxes, color_axes


__all__ = ["Augmenter", "ColorAxes", "color_axes"]

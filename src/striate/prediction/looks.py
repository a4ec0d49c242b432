"""How bright and how colored the training images are, so that a picture of another kind is noticed."""

import math
from collections.abc import Mapping
from typing import final

import torch
from torch import Tensor

from striate.data import ReadImages


_SAMPLE = 1000
_AT_ONCE = 50
_IMAGE_AXES, _COLORS = 4, 3

_LEAST_SLACK = 8.0
"""Of 255: what two cameras, or two ways to save a picture, make of the same thing."""
_SLACK = 0.25
"""Part of the range of the training images by which a picture may lie outside of it."""

_BRIGHTNESS, _BORDER, _COLOR = "brightness", "border", "color"
_NAMES = {
    _BRIGHTNESS: "mean brightness",
    _BORDER: "brightness of the border",
    _COLOR: "mean difference of its colors",
}


@final
class Looks:
    """What training images have in common, in bytes of 0 to 255.

    Args:
        ranges: The lowest and the highest mean brightness of an image, brightness of its border, and, of images
            in colors, mean difference between the strongest and the weakest of them.

    Raises:
        ValueError: A range is not understood.
    """

    def __init__(self, ranges: Mapping[str, tuple[float, float]]) -> None:
        for name, (low, high) in ranges.items():
            if name not in _NAMES or not (math.isfinite(low) and math.isfinite(high)):
                message = f"{name} from {low} to {high}"
                raise ValueError(message)
        self.ranges = dict(ranges)

    def unlike(self, image: Tensor) -> str:
        """Say what of a picture is outside of all that the network was trained on; nothing where all is within.

        Shapes:
            image: channels x height x width, uint8, fitted as the network reads it
        """
        found = {name: float(values) for name, values in _measured(image.unsqueeze(0)).items()}
        told = []
        for name, (low, high) in self.ranges.items():
            slack = max(_LEAST_SLACK, _SLACK * (high - low))
            if name in found and not low - slack <= found[name] <= high + slack:
                told.append(
                    f"its {_NAMES[name]} is {found[name]:.0f}, theirs {low:.0f} to {high:.0f}"
                )
        return f"unlike the training images (of 255): {'; '.join(told)}" if told else ""


def looks_of(images: ReadImages) -> Looks | None:
    """Measure how training images look; of many, a thousand from beginning to end.

    Args:
        images: Bytes, examples x channels x height x width, fitted as the network reads them.

    Returns:
        None for vectors and sentences.
    """
    count = images.shape[0]
    if len(images.shape) < _IMAGE_AXES or not count:
        return None
    steps = min(count, _SAMPLE)
    chosen = torch.arange(steps) * (count - 1) // max(steps - 1, 1)
    measured = [
        _measured(images[chosen[start : start + _AT_ONCE]]) for start in range(0, steps, _AT_ONCE)
    ]
    ranges = {}
    for name in measured[0]:
        values = torch.cat([part[name] for part in measured])
        ranges[name] = round(float(values.min()), 1), round(float(values.max()), 1)
    return Looks(ranges)


def _measured(images: Tensor) -> dict[str, Tensor]:
    """Measure each of some images."""
    values = images.float()
    edges = [values[:, :, 0], values[:, :, -1], values[:, :, :, 0], values[:, :, :, -1]]
    found = {
        _BRIGHTNESS: values.mean((1, 2, 3)),
        _BORDER: torch.cat([edge.flatten(1) for edge in edges], 1).mean(1),
    }
    if images.shape[1] == _COLORS:
        found[_COLOR] = (values.amax(1) - values.amin(1)).mean((1, 2))
    return found

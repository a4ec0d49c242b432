"""Change the values of pictures: contrast, brightness, light, noise, and what is erased."""

from dataclasses import dataclass
from typing import Protocol, final

import torch
from torch import Tensor

from striate.augmentation.kinds import (
    Augmentation,
    Brightness,
    Contrast,
    Erase,
    Lighting,
    Noise,
    RandAugment,
)
from striate.augmentation.kinds.values import SMALLEST_ERASED
from striate.augmentation.transforms.draws import Draws
from striate.augmentation.transforms.policies import policy_colors


WHITE = 255.0

_PLACE = 5
"""Numbers that decide whether, where and how large a picture is erased."""
_FLATTEST = 0.3
"""Smallest ratio of height to width of what is erased."""

_CHUNK = 1 << 22
_STEPS = 1 << 12


class Pictures(Protocol):
    """A tensor of bytes, or anything that gives one a part at a time.

    Shapes:
        examples x channels x height x width
    """

    @property
    def shape(self) -> torch.Size:
        """Of all of them."""

    def __len__(self) -> int:
        """Number of pictures."""

    def __getitem__(self, part: slice, /) -> Tensor:
        """Give some of them."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class ColorAxes:
    """How the colors of a training set vary.

    Shapes:
        directions: channels x axes
        deviations: axes

    Args:
        directions: Principal axes of all its pixels, a column each, of length 1.
        deviations: Standard deviation of the pixels along each axis, in values from 0 to 255.
    """

    directions: Tensor
    deviations: Tensor


def color_axes(images: Pictures) -> ColorAxes:
    """Find the principal axes of the colors of all pixels, by their covariance.

    Shapes:
        images: examples x channels x height x width, bytes
    """
    channels = images.shape[1]
    sums = torch.zeros(channels, dtype=torch.float64)
    products = torch.zeros(channels, channels, dtype=torch.float64)
    step = max(1, _CHUNK // images.shape[1:].numel())
    for start in range(0, len(images), step):
        pixels = images[start : start + step].transpose(0, 1).flatten(1).double()
        sums += pixels.sum(1)
        products += pixels @ pixels.T
    count = images.shape.numel() / channels
    means = sums / count
    covariance = products / count - means[:, None] * means
    variances, directions = torch.linalg.eigh(covariance)
    return ColorAxes(directions.float(), variances.clamp(min=0).sqrt().float())


def recolor(images: Tensor, one: Augmentation, axes: ColorAxes | None, draws: Draws) -> Tensor:
    """Change values, and give images as they came for a kind that moves pixels.

    Shapes:
        in, out: images x channels x height x width, float32, 0 for black and 255 for white

    Args:
        images: The pictures.
        one: A kind with its strength.
        axes: Of the training set; needed for lighting.
        draws: Random numbers.
    """
    match one:
        case Contrast(fraction):
            factor = 1 + draws.around("contrast", 1)[:, :, None, None] * fraction
            return images * factor + _means(images) * (1 - factor)
        case Brightness(fraction):
            return images * (1 + draws.around("brightness", 1)[:, :, None, None] * fraction)
        case Lighting(deviation) if axes is not None:
            directions = axes.directions.to(images.device)
            deviations = axes.deviations.to(images.device)
            moves = draws.normal("lighting", len(deviations)) * deviations * deviation
            # A sum of few terms, written out: a product of matrices may round by the batch's size.
            color = sum(moves[:, at, None] * directions[:, at] for at in range(len(deviations)))
            return images + torch.as_tensor(color)[:, :, None, None]
        case Noise(deviation):
            noise = draws.normal("noise", images.shape[1:].numel()) * (WHITE * deviation)
            return images + noise.view_as(images)
        case Erase():
            return _erased(images, one, draws)
        case RandAugment():
            return policy_colors(images, _means(images), one, draws)
        case _:
            return images


def _erased(images: Tensor, one: Erase, draws: Draws) -> Tensor:
    height, width = images.shape[2:]
    drawn = draws.uniform("erase", _PLACE + images.shape[1:].numel())
    # Twice the digits: no last bit that depends on the size of the batch may decide how large it is.
    is_asked, area, shape, down, across = drawn[:, :_PLACE].double().unbind(1)
    area = (SMALLEST_ERASED + (one.largest - SMALLEST_ERASED) * area) * height * width
    ratio = _FLATTEST ** (1 - 2 * shape)  # even in its logarithm, so that both ways are as likely
    tall = (area * ratio).sqrt().round().clamp(1, height)
    broad = (area / ratio).sqrt().round().clamp(1, width)
    top = (down * (height - tall + 1)).floor()
    left = (across * (width - broad + 1)).floor()
    rows = _inside(top, tall, height) & (is_asked < one.share)[:, None]
    inside = rows[:, :, None] & _inside(left, broad, width)[:, None, :]
    return torch.where(inside[:, None], WHITE * drawn[:, _PLACE:].view_as(images), images)


def _inside(begin: Tensor, length: Tensor, size: int) -> Tensor:
    """Mark the places of lines that begin somewhere, images x size."""
    places = torch.arange(size, device=begin.device)
    return (places >= begin[:, None]) & (places < (begin + length)[:, None])


def _means(images: Tensor) -> Tensor:
    # Whole numbers add up to the same sum in any order.
    total = (images * _STEPS).round().long().sum((1, 2, 3))
    return (total.double() / (_STEPS * images.shape[1:].numel())).float()[:, None, None, None]

"""The windows of stored images that a network reads, and the mean that is subtracted from them."""

from dataclasses import replace

import torch
from torch import Tensor

from striate.data.fitted import ReadImages
from striate.preparation import Preparation
from striate.shapes import Image


# Values summed at a time: 32 MiB as int64.
_CHUNK = 2**22


def stored_image(image: Image, preparation: Preparation) -> Image:
    """Give the size in which images are kept for an input: larger by the margin."""
    margin = preparation.margin
    return replace(image, height=image.height + margin, width=image.width + margin)


def covering(height: int, width: int, image: Image) -> tuple[int, int]:
    """Give the smallest size of the same aspect that covers an image.

    Examples:
        >>> covering(300, 400, Image(3, 256, 256))
        (256, 341)
    """
    if height * image.width <= width * image.height:
        return image.height, max(image.width, round(width * image.height / height))
    return max(image.height, round(height * image.width / width)), image.width


def central(images: Tensor, preparation: Preparation) -> Tensor:
    """Cut the central windows out of stored images, which are what a network usually reads.

    Shapes:
        in:  ... x height + margin x width + margin
        out: ... x height x width
    """
    corner = preparation.margin // 2
    return window(images, corner, corner, preparation.margin)


def window(images: Tensor, top: int, left: int, margin: int) -> Tensor:
    """Cut the window that begins at a row and a column out of stored images, without a copy.

    Shapes:
        in:  ... x height + margin x width + margin
        out: ... x height x width
    """
    height, width = images.shape[-2] - margin, images.shape[-1] - margin
    return images[..., top : top + height, left : left + width]


def training_mean(images: ReadImages, preparation: Preparation) -> Tensor | None:
    """Measure what is subtracted from every image, on the central windows of the training images.

    The sums are of whole numbers, so that they are the same at every time.

    Args:
        images: Bytes, examples x channels x height + margin x width + margin.
        preparation: Which mean, if any.

    Returns:
        float32 in the range of bytes, channels x 1 x 1 or channels x height x width; None where
        nothing is subtracted.
    """
    if preparation.subtract == "nothing":
        return None
    total = torch.zeros(
        central(images[:0], preparation).shape[1:], dtype=torch.int64, device=images.device
    )
    step = max(1, _CHUNK // images.shape[1:].numel())
    for start in range(0, len(images), step):
        windows = central(images[start : start + step], preparation)
        total += windows.sum(0, dtype=torch.int64)
    means = total.double() / len(images)
    if preparation.subtract == "channel-mean":
        pixels = total.shape[1] * total.shape[2]
        means = total.sum((1, 2), keepdim=True).double() / (len(images) * pixels)
    return means.float()


def value_range(preparation: Preparation, mean: Tensor | None) -> tuple[float, float]:
    """Give the smallest and the largest number that a byte can become."""
    ends = [preparation.low, preparation.high]
    if mean is not None:
        step = (preparation.high - preparation.low) / 255
        ends = [-step * float(mean.max()), step * (255 - float(mean.min()))]
    return min(ends), max(ends)

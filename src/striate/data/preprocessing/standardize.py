"""From bytes to the numbers that a network reads, and the mean that is subtracted from them."""

import torch
from torch import Tensor

from striate.data.preprocessing.crop import central
from striate.data.preprocessing.inputs import ReadImages
from striate.preparation import Preparation


# Values summed at a time: 32 MiB as int64.
_CHUNK = 2**22


def standardize(images: Tensor, preparation: Preparation, mean: Tensor | None = None) -> Tensor:
    """Turn bytes into the numbers that a network reads: low for byte 0, high for byte 255.

    Args:
        images: Bytes, or float32 in their range, of any shape; or the numbers of words, int32, which
            stay as they are.
        preparation: The two values, and whether a mean is subtracted.
        mean: Of the training images, as `training_mean` gives it.

    Returns:
        float32, of the same shape; int32 for words.

    Raises:
        ValueError: The mean is missing, or not asked for.
    """
    if images.dtype == torch.int32:
        return images
    if (mean is None) != (preparation.subtract == "nothing"):
        message = f"the preparation subtracts {preparation.subtract}"
        raise ValueError(message)
    low, step = byte_values(preparation)
    if mean is not None:
        return (images.float() - mean.to(images.device)).mul_(step)
    scaled = images.to(torch.float32, copy=True).mul_(step)
    return scaled.add_(low) if low else scaled


def byte_values(preparation: Preparation) -> tuple[float, float]:
    """Give the value of byte 0, and what the value of a byte has more than that of the one before."""
    return preparation.low, (preparation.high - preparation.low) / 255


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

"""From bytes to the numbers that a network reads, and the mean that is subtracted from them."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from striate.data.preprocessing.crop import central
from striate.data.preprocessing.inputs import ReadImages
from striate.preparation import Preparation


# Values summed at a time: 32 MiB as int64.
_CHUNK = 2**22


Ends = float | NDArray[np.float32]
"""An end of the values of bytes: one number for all channels, or channels x 1 x 1."""


def standardize(images: Tensor, preparation: Preparation, mean: Tensor | None = None) -> Tensor:
    """Turn bytes into the numbers that a network reads: low for byte 0, high for byte 255, or by mean and std.

    Args:
        images: Bytes, or float32 in their range, of any shape, but for values by channels, whose
            shape ends in channels x height x width; or the numbers of words, int32, which stay as they are.
        preparation: The values, and whether a mean is subtracted.
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
    low, step = (_across(numbers, images.device) for numbers in preparation.byte_values)
    if mean is not None:
        return (images.float() - mean.to(images.device)).mul_(step)
    scaled = images.to(torch.float32, copy=True).mul_(step)
    return scaled.add_(low) if isinstance(low, Tensor) or low else scaled


def _across(numbers: tuple[float, ...], device: torch.device) -> float | Tensor:
    """Lay a number for each channel out so that it meets all pixels; one for all stays a number."""
    if len(numbers) == 1:
        return numbers[0]
    return torch.tensor(numbers, device=device).view(-1, 1, 1)


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


def value_range(preparation: Preparation, mean: Tensor | None) -> tuple[Ends, Ends]:
    """Give the smallest and the largest number that a byte can become, one for all channels or one for each."""
    lows, steps = preparation.byte_values
    ends = [preparation.low, preparation.high]
    if preparation.mean:
        ends = [lows[0], lows[0] + 255 * steps[0]]
    if len(lows) > 1:
        black, each = (np.array(one, np.float32).reshape(-1, 1, 1) for one in (lows, steps))
        return black, black + 255 * each
    if mean is not None:
        (step,) = steps
        ends = [-step * float(mean.max()), step * (255 - float(mean.min()))]
    return min(ends), max(ends)

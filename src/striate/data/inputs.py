"""Bring pictures and stored images to the size and the values that a network reads."""

import numpy as np
import numpy.typing as npt
import PIL.Image
import torch
from torch import Tensor
from torch.nn.functional import pad

from striate.data.digits import center_digit
from striate.data.examples import Examples
from striate.errors import DataError, Fault
from striate.errors.images import (
    box_larger_than_field,
    channels_do_not_convert,
    digit_needs_gray_square,
    images_larger_than_input,
)
from striate.preparation import Preparation
from striate.shapes import Image


_GRAY, _COLOR = 1, 3

# Values converted at a time: 4 MiB as float32, which stays in the processor's cache.
_CHUNK = 2**20


def fit_picture(
    pixels: npt.NDArray[np.uint8], image: Image, preparation: Preparation, where: str
) -> Tensor:
    """Bring a picture to the network's input.

    Args:
        pixels: Height x width x 3 (red, green, blue).
        image: What the network reads.
        preparation: Whether the picture is resized, or searched for a digit.
        where: The picture's name, for the message.

    Returns:
        Bytes, channels x height x width.

    Raises:
        DataError: The picture holds no ink, or the input cannot be filled from a picture.
    """
    picture = PIL.Image.fromarray(pixels)
    if preparation.fit == "digit":
        faults = _digit_faults(image, preparation, where)
        if faults:
            raise DataError(*faults)
        gray = np.asarray(picture.convert("L"))
        digit = center_digit(gray, box=preparation.box, side=image.height, where=where)
        return torch.from_numpy(digit).unsqueeze(0)
    if image.channels not in {_GRAY, _COLOR}:
        raise DataError(channels_do_not_convert(where, _COLOR, image.channels))
    resized = picture.convert("L" if image.channels == _GRAY else "RGB").resize(
        (image.width, image.height), PIL.Image.Resampling.BILINEAR
    )
    filled = torch.from_numpy(np.array(resized))
    return filled.unsqueeze(0) if image.channels == _GRAY else filled.permute(2, 0, 1).contiguous()


def fit_examples(examples: Examples, image: Image, preparation: Preparation) -> Examples:
    """Bring stored images to the network's input.

    `digit` takes them for centered digits already and pads them with background, as MNIST's 28x28
    become 32x32; an odd rest goes below and to the right. `resize` scales them.

    Args:
        examples: Images of any one size.
        image: What the network reads.
        preparation: Whether the images are resized, or padded as digits.

    Returns:
        The same examples with images of the input's size; the same object if nothing changes.

    Raises:
        DataError: The channels do not convert, or digits are larger than the input.
    """
    images = examples.images
    stored = Image(*images.shape[1:])
    faults = _digit_faults(image, preparation, "images") if preparation.fit == "digit" else []
    if preparation.fit == "digit" and (stored.height > image.height or stored.width > image.width):
        faults.append(images_larger_than_input("images", str(stored), str(image)))
    if stored.channels != image.channels and {stored.channels, image.channels} != {_GRAY, _COLOR}:
        faults.append(channels_do_not_convert("images", stored.channels, image.channels))
    if faults:
        raise DataError(*faults)
    if stored == image:
        return examples
    fitted = images.new_empty((len(examples), *image.axes))
    sized = _padded if preparation.fit == "digit" else _resized
    step = max(1, _CHUNK // max(stored.elements, image.elements))
    for start in range(0, len(examples), step):
        chunk = images[start : start + step]
        if stored.channels == _COLOR and image.channels == _GRAY:
            chunk = _luma(chunk)
        # Gray is repeated for the three colors as it is assigned.
        fitted[start : start + step] = sized(chunk, image)
    return Examples(fitted, examples.labels)


def standardize(images: Tensor, preparation: Preparation) -> Tensor:
    """Turn bytes into the numbers that a network reads: low for byte 0, high for byte 255.

    Args:
        images: Bytes, of any shape; or the numbers of words, which stay as they are.
        preparation: The two values.

    Returns:
        float32, of the same shape; int32 for words.
    """
    if images.dtype == torch.int32:
        return images
    step = (preparation.high - preparation.low) / 255
    return images.float().mul_(step).add_(preparation.low)


def _digit_faults(image: Image, preparation: Preparation, where: str) -> list[Fault]:
    faults = []
    if image.channels != _GRAY or image.height != image.width:
        faults.append(digit_needs_gray_square(where, str(image)))
    side = min(image.height, image.width)
    if preparation.box > side:
        faults.append(box_larger_than_field(where, preparation.box, side))
    return faults


def _luma(images: Tensor) -> Tensor:
    # ITU-R 601-2 in the fixed point of Pillow's convert("L").
    red, green, blue = images.int().unbind(1)
    gray = (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16
    return gray.unsqueeze(1).to(torch.uint8)


def _padded(images: Tensor, image: Image) -> Tensor:
    rows, columns = image.height - images.shape[2], image.width - images.shape[3]
    return pad(images, (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2))


def _resized(images: Tensor, image: Image) -> Tensor:
    """Resize within one level of Pillow, which rounds between the two passes, and far faster.

    Not by torch's `interpolate`: with antialias, it fills a result of width 1 from one row alone
    (2.13).
    """
    rows = _shares(images.shape[2], image.height)
    columns = _shares(images.shape[3], image.width)
    return (rows @ images.float() @ columns.T).round_().to(torch.uint8)


def _shares(length: int, target: int) -> Tensor:
    """Give the share of each pixel in each pixel of the result, target x length.

    The bilinear filter is a triangle, as wide to each side as a pixel of the coarser grid.
    """
    scale = length / target
    centers = (torch.arange(target) + 0.5) * scale
    pixels = torch.arange(length) + 0.5
    triangle = (1 - (pixels - centers[:, None]).abs() / max(scale, 1)).clamp_(min=0)
    return triangle / triangle.sum(1, keepdim=True)

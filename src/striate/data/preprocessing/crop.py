"""The windows of stored images that a network reads."""

from dataclasses import replace

from torch import Tensor

from striate.preparation import Preparation
from striate.shapes import Image


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


def contained(height: int, width: int, image: Image) -> tuple[int, int]:
    """Return the largest size of the same aspect that fits into an image.

    Examples:
        >>> contained(300, 400, Image(3, 256, 256))
        (192, 256)
    """
    if height * image.width <= width * image.height:
        return max(1, round(height * image.width / width)), image.width
    return image.height, max(1, round(width * image.height / height))


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

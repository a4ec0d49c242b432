"""Read pictures at places between their pixels, and bend those places as rubber."""

import math

import torch
from torch import Tensor
from torch.nn.functional import grid_sample, pad

from striate.augmentation.kinds import Elastic
from striate.augmentation.transforms.draws import Draws, leading
from striate.augmentation.transforms.maps import AffineMap, affine_map
from striate.augmentation.transforms.windows import Size


# With these steps, every sum below is exact in double precision, and so it is the same in whatever
# order a matrix product adds: (-1, 1) in 2^-16, twice times weights in 2^-17, is within 52 bits.
_NOISE_BITS = 16
_WEIGHT_STEP = 2.0**-17

_REACH_SIGMAS = 4


def elastic_moves(elastic: Elastic, size: Size, draws: Draws) -> tuple[Tensor, Tensor]:
    """Draw how far each pixel is moved, to the right and down.

    Returns:
        Two of images x height x width, in pixels.
    """
    height, width = size
    bits = draws.bits("elastic", height * width).view(-1, height, width)
    smooth_rows = _gaussian(height, elastic.sigma).to(bits.device)
    smooth_columns = _gaussian(width, elastic.sigma).to(bits.device)
    moves = []
    for part in (bits, bits << _NOISE_BITS):
        noise = (2 * leading(part, _NOISE_BITS).double() + 1) / (1 << _NOISE_BITS) - 1
        smoothed = smooth_rows @ noise @ smooth_columns
        moves.append((smoothed * elastic.alpha).float())
    return moves[0], moves[1]


def _gaussian(length: int, sigma: float) -> Tensor:
    """Give the weight of each pixel in each smoothed one; noise beyond the border counts as 0."""
    reach = math.ceil(_REACH_SIGMAS * sigma)
    distances = torch.arange(-reach, reach + 1, dtype=torch.float64)
    weights = torch.exp(-distances.square() / (2 * sigma * sigma))
    weights = (weights / weights.sum() / _WEIGHT_STEP).round() * _WEIGHT_STEP
    places = torch.arange(length)
    apart = places[:, None] - places
    near = weights[(apart + reach).clamp(0, 2 * reach)]
    return torch.where(apart.abs() <= reach, near, 0.0)


def centers(length: int, device: torch.device) -> Tensor:
    """Give the places of pixels on one axis, counted from the center."""
    return torch.arange(length, device=device) - (length - 1) / 2


def sample(images: Tensor, whole: AffineMap, x: Tensor, y: Tensor) -> Tensor:
    """Read images at places between pixels, from the four around them; background is 0.

    Shapes:
        in:  images x channels x height x width; (images) x rows x columns, twice
        out: images x channels x rows x columns

    Args:
        images: float32.
        whole: From places of the result to places of the images.
        x: Places of the result on the horizontal axis, in pixels from its center.
        y: Places on the vertical axis.
    """
    height, width = images.shape[2:]
    # On a side that is a power of 2, torch's coordinates hold whole pixels without an error.
    tall, broad = (1 << (side - 1).bit_length() for side in (height, width))
    if (tall, broad) != (height, width):
        images = pad(images, (0, broad - width, 0, tall - height))
    scale_x, scale_y = 2 / broad, 2 / tall
    to_grid = affine_map(
        xx=scale_x, x0=width / broad - 1, yy=scale_y, y0=height / tall - 1, like=whole.xx
    )
    grid = to_grid.after(whole).places(x, y)
    return grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=False)

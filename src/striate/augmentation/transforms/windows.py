"""The window of a stored picture that a result shows, whole pixels or parts of the area."""

import math

import torch
from torch import Tensor
from torch.nn.functional import pad

from striate.augmentation.kinds import AreaCrop, Crop
from striate.augmentation.transforms.draws import Draws
from striate.augmentation.transforms.maps import AffineMap, affine_map, each


Size = tuple[int, int]
"""Height and width, in pixels."""


def corners(crop: Crop | None, stored: Size, size: Size, draws: Draws) -> Tensor:
    """Draw the upper left corner of each window, in whole pixels of the stored picture.

    Args:
        crop: Random windows, which may begin in the padding; None for the central one.
        stored: Of the pictures.
        size: Of the windows.
        draws: Random numbers.

    Returns:
        Rows and columns, images x 2, int64.
    """
    room = torch.tensor([stored[0] - size[0], stored[1] - size[1]])
    uniform = draws.uniform("crop", 2)
    room = room.to(uniform.device)
    if crop is None:
        return (room // 2).expand(len(uniform), 2)
    return (uniform * (room + 2 * crop.padding + 1)).long() - crop.padding


def cut(images: Tensor, corner: Tensor, padding: int, size: Size) -> Tensor:
    """Cut a window out of each image, exactly.

    Shapes:
        in:  images x channels x height x width; images x 2
        out: images x channels x size
    """
    if padding:
        images = pad(images, (padding, padding, padding, padding))
    windows = images.unfold(2, size[0], 1).unfold(3, size[1], 1)
    rows, columns = (corner + padding).unbind(1)
    return windows[torch.arange(len(images), device=images.device), :, rows, columns]


def window_map(corner: Tensor, stored: Size, size: Size) -> AffineMap:
    """Give the map of windows of whole pixels."""
    rows, columns = corner.float().unbind(1)
    return affine_map(
        x0=columns + ((size[1] - 1) / 2 - (stored[1] - 1) / 2),
        y0=rows + ((size[0] - 1) / 2 - (stored[0] - 1) / 2),
        like=rows,
    )


def area_map(crop: AreaCrop, stored: Size, size: Size, draws: Draws) -> AffineMap:
    """Draw windows of random area, shape and place, inside of the picture.

    The area is even. The logarithm of the aspect is even over what fits for that area, so that tall
    windows are as frequent as broad ones.
    """
    uniform = draws.uniform("area-crop", 4)
    area = crop.smallest + (1 - crop.smallest) * uniform[:, 0]
    widest = each(math.log, (1 / area).clamp(max=1 / crop.aspect))
    aspect = each(math.exp, (2 * uniform[:, 1] - 1) * widest)
    height, width = (area / aspect).sqrt().clamp(max=1), (area * aspect).sqrt().clamp(max=1)
    room_x, room_y = (1 - width) * stored[1], (1 - height) * stored[0]
    return affine_map(
        xx=width * (stored[1] / size[1]),
        x0=(uniform[:, 2] - 0.5) * room_x,
        yy=height * (stored[0] / size[0]),
        y0=(uniform[:, 3] - 0.5) * room_y,
        like=area,
    )

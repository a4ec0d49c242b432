"""Do what a policy has chosen for each picture: its moves as one map, and then its values."""

import math

import torch
from torch import Tensor

from striate.augmentation.kinds import RandAugment
from striate.augmentation.kinds.policies import OPERATIONS, STRONGEST
from striate.augmentation.transforms.draws import Draws
from striate.augmentation.transforms.maps import AffineMap, affine_map, each
from striate.augmentation.transforms.windows import Size


# What an operation does at the strongest, as the paper's code does it.
_DEGREES = 30.0
_SHEAR = 0.3
_SHIFT = 0.45
_FACTOR = 0.9
_BITS = 4
_HALF = 0.5

_WHITE = 255.0
_LIGHTNESS = (0.299, 0.587, 0.114)


def _amounts(one: RandAugment, draws: Draws) -> dict[str, Tensor]:
    """Draw how far each operation goes, from -1 to 1 for each picture; 0 where it is not chosen."""
    drawn = draws.uniform("rand-augment", 2 * len(OPERATIONS))
    keys, signs = drawn[:, : len(OPERATIONS)], drawn[:, len(OPERATIONS) :]
    chosen = keys.argsort(dim=1, stable=True).argsort(dim=1) < one.operations
    far = torch.where(signs < _HALF, -1.0, 1.0) * (one.magnitude / STRONGEST)
    return dict(zip(OPERATIONS, torch.where(chosen, far, 0.0).unbind(1), strict=True))


def policy_map(one: RandAugment, draws: Draws, size: Size) -> AffineMap:
    """Give the map of the moves that were chosen for each picture."""
    amounts = _amounts(one, draws)
    angles = amounts["rotate"] * math.radians(_DEGREES)
    cosine, sine = each(math.cos, angles), each(math.sin, angles)
    turned = affine_map(xx=cosine, xy=-sine, yx=sine, yy=cosine, like=sine)
    slanted = affine_map(
        xy=-_SHEAR * amounts["shear-x"], yx=-_SHEAR * amounts["shear-y"], like=sine
    )
    height, width = size
    moved = affine_map(
        x0=-_SHIFT * width * amounts["shift-x"], y0=-_SHIFT * height * amounts["shift-y"], like=sine
    )
    return turned.after(slanted).after(moved)


def policy_colors(images: Tensor, means: Tensor, one: RandAugment, draws: Draws) -> Tensor:
    """Change the values of each picture by what was chosen for it.

    Shapes:
        in, out: images x channels x height x width, float32, 0 for black and 255 for white
        means: images x 1 x 1 x 1
    """
    amounts = {name: amount[:, None, None, None] for name, amount in _amounts(one, draws).items()}
    light, contrast, color = (
        1 + _FACTOR * amounts[name] for name in ("brightness", "contrast", "color")
    )
    images = (images * contrast + means * (1 - contrast)) * light
    if images.shape[1] == len(_LIGHTNESS):
        # Few terms, written out: a product of matrices may round by the batch's size.
        parts = [share * images[:, at] for at, share in enumerate(_LIGHTNESS)]
        gray = (parts[0] + parts[1] + parts[2])[:, None]
        images = images * color + gray * (1 - color)
    steps = torch.exp2((_BITS * amounts["posterize"].abs()).round())
    is_coarse = amounts["posterize"] != 0
    images = torch.where(is_coarse, (images.clamp(0, _WHITE) / steps).floor() * steps, images)
    threshold = _WHITE * (1 - amounts["solarize"].abs())
    return torch.where((amounts["solarize"] != 0) & (images >= threshold), _WHITE - images, images)

"""Where each pixel of the result comes from: all moves of a recipe as one affine map an image.

Coordinates are pixels, counted from the center of the picture, x to the right and y down. Only
elementwise arithmetic is used, for a matrix product may round by the size of the batch.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor

from striate.augmentation.kinds import (
    Augmentation,
    Flip,
    Rotate,
    Scale,
    Shear,
    Shift,
    Squeeze,
)
from striate.augmentation.transforms.draws import Draws


@final
@dataclass(frozen=True, slots=True, eq=False)
class AffineMap:
    """The place (x, y) of the result shows (xx x + xy y + x0, yx x + yy y + y0) of the picture.

    Shapes:
        each: images

    Args:
        xx: Share of x in the picture's x.
        xy: Share of y in the picture's x.
        x0: The picture's x at the center of the result.
        yx: Share of x in the picture's y.
        yy: Share of y in the picture's y.
        y0: The picture's y at the center of the result.
    """

    xx: Tensor
    xy: Tensor
    x0: Tensor
    yx: Tensor
    yy: Tensor
    y0: Tensor

    def after(self, move: "AffineMap") -> "AffineMap":
        """Give the map that looks where `move` says in what this map shows."""
        return AffineMap(
            self.xx * move.xx + self.xy * move.yx,
            self.xx * move.xy + self.xy * move.yy,
            self.xx * move.x0 + self.xy * move.y0 + self.x0,
            self.yx * move.xx + self.yy * move.yx,
            self.yx * move.xy + self.yy * move.yy,
            self.yx * move.x0 + self.yy * move.y0 + self.y0,
        )

    def places(self, x: Tensor, y: Tensor) -> Tensor:
        """Look up places of the result.

        Shapes:
            in:  height x width, or images x height x width; axes of length 1 are repeated
            out: images x height x width x 2, first the picture's x and then its y
        """
        xx, xy, x0, yx, yy, y0 = (
            one[:, None, None] for one in (self.xx, self.xy, self.x0, self.yx, self.yy, self.y0)
        )
        places = x.new_empty((len(self.xx), y.shape[-2], x.shape[-1], 2))
        # Grouped so that the terms stay small where a row of x or a column of y is repeated.
        torch.add(xx * x, xy * y + x0, out=places[..., 0])
        torch.add(yx * x, yy * y + y0, out=places[..., 1])
        return places


def affine_map(
    xx: Tensor | float = 1.0,
    xy: Tensor | float = 0.0,
    x0: Tensor | float = 0.0,
    yx: Tensor | float = 0.0,
    yy: Tensor | float = 1.0,
    y0: Tensor | float = 0.0,
    *,
    like: Tensor,
) -> AffineMap:
    """Make a map from numbers for all images alike or for each; identity where nothing is given."""
    zeros = torch.zeros_like(like)
    return AffineMap(*(zeros + one for one in (xx, xy, x0, yx, yy, y0)))


def move_map(one: Augmentation, draws: Draws) -> AffineMap | None:
    """Draw one move of a picture, as the way back from its result; None for what is no move."""
    match one:
        case Shift(pixels):
            x, y = (draws.around("shift", 2) * pixels).unbind(1)
            return affine_map(x0=-x, y0=-y, like=x)
        case Rotate(degrees):
            angles = draws.around("rotate", 1)[:, 0] * math.radians(degrees)
            cosine, sine = each(math.cos, angles), each(math.sin, angles)
            return affine_map(xx=cosine, xy=-sine, yx=sine, yy=cosine, like=sine)
        case Scale(fraction):
            factor = 1 + draws.around("scale", 1)[:, 0] * fraction
            return affine_map(xx=1 / factor, yy=1 / factor, like=factor)
        case Squeeze(fraction):
            factor = 1 + draws.around("squeeze", 1)[:, 0] * fraction
            return affine_map(xx=1 / factor, yy=factor, like=factor)
        case Shear(fraction):
            slant = draws.around("shear", 1)[:, 0] * fraction
            return affine_map(xy=-slant, like=slant)
        case Flip():
            sign = 1 - 2 * is_flipped(draws).float()
            return affine_map(xx=sign, like=sign)
        case _:
            return None


def is_flipped(draws: Draws) -> Tensor:
    """Draw which images are mirrored: every second one."""
    return draws.bits("flip", 1)[:, 0] < 0


def each(function: Callable[[float], float], values: Tensor) -> Tensor:
    """Compute a function of a number an image.

    torch's own may differ in the last bit with the place of an image in the batch.
    """
    return torch.tensor([function(value) for value in values.tolist()], device=values.device)

"""Examples that are mixed with others: mixup lays one over another, CutMix cuts a rectangle out of another.

What an example is mixed with is drawn for each of its uses, without a state, as augmentation is: the result depends
on seed, epoch and example, and neither on the batch nor on whether the run was resumed.

Source:
    H. Zhang, M. Cisse, Y. N. Dauphin, D. Lopez-Paz, mixup: beyond empirical risk minimization, 2017. S. Yun, D. Han
    and others, CutMix: regularization strategy to train strong classifiers with localizable features, 2019.
"""

from functools import cache
from typing import final

import numpy as np
import torch
from torch import Tensor

from striate.augmentation.transforms.draws import Draws, leading
from striate.recipe import Recipe


_PARTNER, _COIN, _SHARE, _ROW, _COLUMN = range(5)
"""Which of the numbers of an example is what."""

_BITS = 12
_POINTS, _TERMS = 20_001, 80


@final
class Mixing:
    """What each example of a batch is mixed with, and how.

    Args:
        recipe: Its alphas and its seed.
        epoch: Counted from 0.
        keys: What the examples draw by, int64.
        count: Examples of an epoch, from which the others are taken.
    """

    def __init__(self, recipe: Recipe, epoch: int, keys: Tensor, count: int) -> None:
        bits = Draws(recipe.seed, epoch, keys).bits("mixing", 5)
        # 31 bits, whose remainder is even enough for any number of examples that fit into memory.
        self.others = leading(bits[:, _PARTNER], 31) % count
        cuts = leading(bits[:, _COIN], 1).bool()
        if not (recipe.mixup and recipe.cutmix):
            cuts = torch.full_like(cuts, bool(recipe.cutmix))
        self.cuts = cuts
        place = leading(bits[:, _SHARE], _BITS)
        by_mixup, by_cutmix = (
            _shares(alpha or 1.0).to(keys.device)[place] for alpha in (recipe.mixup, recipe.cutmix)
        )
        self.shares = torch.where(cuts, by_cutmix, by_mixup)
        self.corner = leading(bits[:, _ROW : _COLUMN + 1], 24).float() / (1 << 24)

    def on(self, device: torch.device) -> "Mixing":
        """Bring what was drawn to where the images are."""
        for name in ("cuts", "shares", "corner"):
            setattr(self, name, getattr(self, name).to(device))
        return self

    def __call__(
        self, images: Tensor, others: Tensor, labels: Tensor, other_labels: Tensor, classes: int
    ) -> tuple[Tensor, Tensor]:
        """Mix a batch, and give each example a share of each class.

        Shapes:
            in:  batch x ...; the same; batch; batch
            out: batch x ...; batch x classes

        Args:
            images: Numbers in any range; vectors can be laid over each other as well.
            others: What they are mixed with, in their order.
            labels: Of the images.
            other_labels: Of the others.
            classes: How many there are.
        """
        shares, own = self.shares, images.float()
        wide = (-1, *[1] * (images.dim() - 1))
        parts = shares.view(wide).expand(len(images), *[1] * (images.dim() - 1))
        if images.dim() == _IMAGE_AXES and bool(self.cuts.any()):
            outside, left = self._outside(images.shape[2], images.shape[3])
            shares = torch.where(self.cuts, left, shares)
            parts = torch.where(self.cuts.view(wide), outside.unsqueeze(1).float(), parts)
        mixed = parts * own + (1 - parts) * others.float()
        each = torch.zeros(len(labels), classes, device=images.device)
        each.scatter_(1, labels.unsqueeze(1), shares.unsqueeze(1))
        each.scatter_add_(1, other_labels.unsqueeze(1), 1 - shares.unsqueeze(1))
        return mixed, each

    def _outside(self, height: int, width: int) -> tuple[Tensor, Tensor]:
        """Say which pixels stay, batch x height x width, and what share of all they are.

        The rectangle has the sides' own proportions, its middle lies anywhere, and what lies beyond the image counts
        for nothing: the share is that of the pixels that stay.
        """
        side = (1 - self.shares).sqrt()
        inside = torch.ones(len(side), 1, 1, dtype=torch.bool, device=side.device)
        for axis, length in enumerate((height, width)):
            half = (side * length).floor().div(2, rounding_mode="floor")
            middle = (self.corner[:, axis] * length).floor()
            places = torch.arange(length, device=side.device)
            is_within = (places >= (middle - half)[:, None]) & (places < (middle + half)[:, None])
            inside = inside & (is_within[:, :, None] if axis == 0 else is_within[:, None, :])
        return ~inside, 1 - inside.flatten(1).float().mean(1)


_IMAGE_AXES = 4


@cache
def _shares(alpha: float) -> Tensor:
    """Give equally likely quantiles of Beta(alpha, alpha), the smallest first, float32.

    Up to 1/2 its distribution is x^a / (a B) F(a, 1 - a; a + 1; x), in powers of x that fall off as those of 1/2;
    above it is the mirror image.

    Source:
        M. Abramowitz, I. A. Stegun, Handbook of mathematical functions, 26.5.4 and 15.1.1.
    """
    power = np.linspace(0.0, 0.5**alpha, _POINTS)
    with np.errstate(under="ignore"):
        x = power ** (1 / alpha)
    series, term = np.zeros_like(x), np.ones_like(x)
    for step in range(_TERMS):
        series += term * (alpha / (alpha + step))
        term = term * x * ((1 - alpha + step) / (step + 1))
    distribution = power * series
    distribution *= 0.5 / distribution[-1]  # half of it lies below 1/2
    chances = (np.arange(1 << (_BITS - 1)) + 0.5) / (1 << _BITS)
    with np.errstate(under="ignore"):
        low = np.interp(chances, distribution, power) ** (1 / alpha)
    return torch.from_numpy(np.concatenate((low, 1 - low[::-1]))).float()

"""Draw and do the augmentation of whole batches, on the device where they lie."""

from typing import final

import torch
from torch import Tensor

from striate.augmentation.kinds import (
    AreaCrop,
    Augmentation,
    Brightness,
    Contrast,
    Crop,
    Elastic,
    Erase,
    Flip,
    Lighting,
    Noise,
    RandAugment,
    Rotate,
    Scale,
    Shear,
    Shift,
    Squeeze,
)
from striate.augmentation.transforms.colors import WHITE, ColorAxes, Pictures, color_axes, recolor
from striate.augmentation.transforms.draws import Draws
from striate.augmentation.transforms.maps import is_flipped, move_map
from striate.augmentation.transforms.policies import policy_map
from striate.augmentation.transforms.sampling import centers, elastic_moves, sample
from striate.augmentation.transforms.windows import Size, area_map, corners, cut, window_map


_Values = Contrast | Brightness | Lighting | Noise | Erase | RandAugment
_Between = Shift | Rotate | Scale | Squeeze | Shear | Elastic | AreaCrop | RandAugment


@final
class Augmenter:
    """What a recipe does to training images.

    The window is cut first. Then the moves follow in the order of the recipe, the elastic one last,
    as one map, by which each picture is read once; where only windows are cut and pictures
    mirrored, whole pixels are copied. Values are changed after that, in the order of the recipe.

    Args:
        augmentation: The recipe's.
        seed: The recipe's.
        size: Height and width of the result.
        training_images: Bytes, examples x channels x height x width; their colors are measured if
            the light is to be changed.
    """

    def __init__(
        self,
        augmentation: tuple[Augmentation, ...],
        seed: int,
        size: Size,
        training_images: Pictures,
    ) -> None:
        self.augmentation, self.seed, self.size = augmentation, seed, size
        needs_axes = any(isinstance(one, Lighting) for one in augmentation)
        self.axes: ColorAxes | None = color_axes(training_images) if needs_axes else None

    def __call__(self, images: Tensor, indices: Tensor, epoch: int) -> Tensor:
        """Augment a batch; each result depends on its own image, index and epoch alone.

        Shapes:
            in:  images x channels x height x width; images
            out: images x channels x size

        Args:
            images: Bytes, or float32 from 0 for background and black to 255 for white.
            indices: Index of each image in the training set, int64.
            epoch: Counted from 0.

        Returns:
            Of the type that came; the same tensor if there is nothing to do. Bytes are rounded and kept within their range; float32 may leave
            it where values are changed.
        """
        if not self.augmentation and images.shape[2:] == self.size:
            return images
        draws = Draws(self.seed, epoch, indices)
        is_between = any(isinstance(one, _Between) for one in self.augmentation)
        moved = self._read(images, draws) if is_between else self._copied(images, draws)
        if not any(isinstance(one, _Values) for one in self.augmentation):
            return _typed(moved, images.dtype)
        moved = moved.float()
        for one in self.augmentation:
            moved = recolor(moved, one, self.axes, draws)
        return _typed(moved, images.dtype)

    def _crop(self) -> Crop | None:
        return next((one for one in self.augmentation if isinstance(one, Crop)), None)

    def _copied(self, images: Tensor, draws: Draws) -> Tensor:
        """Cut windows and mirror them, pixel by pixel."""
        stored, crop = (images.shape[2], images.shape[3]), self._crop()
        if crop is not None or stored != self.size:
            corner = corners(crop, stored, self.size, draws)
            images = cut(images, corner, crop.padding if crop else 0, self.size)
        if any(isinstance(one, Flip) for one in self.augmentation):
            images = torch.where(is_flipped(draws)[:, None, None, None], images.flip(3), images)
        return images

    def _read(self, images: Tensor, draws: Draws) -> Tensor:
        """Read each picture once, by the one map of all its moves."""
        stored = (images.shape[2], images.shape[3])
        window = window_map(corners(self._crop(), stored, self.size, draws), stored, self.size)
        x = centers(self.size[1], images.device).unsqueeze(0)
        y = centers(self.size[0], images.device).unsqueeze(1)
        for one in self.augmentation:
            match one:
                case AreaCrop():
                    window = area_map(one, stored, self.size, draws)
                case Elastic():
                    right, down = elastic_moves(one, self.size, draws)
                    x, y = x + right, y + down
                case _:
                    pass
        whole = window
        for one in self.augmentation:
            move = (
                policy_map(one, draws, self.size)
                if isinstance(one, RandAugment)
                else move_map(one, draws)
            )
            whole = whole if move is None else whole.after(move)
        return sample(images.float(), whole, x, y)


def _typed(images: Tensor, dtype: torch.dtype) -> Tensor:
    if images.dtype == dtype:
        return images
    return images.round().clamp(0, WHITE).to(dtype)

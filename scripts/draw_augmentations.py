"""Draw the pictures of docs/augmentation.md: each kind of augmentation on a few images.

The digits are the first ones of MNIST. Its images are grey, so that the kinds that change colors are
shown on scenes that this script paints: a meadow with a house and the sun.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from striate.augmentation.transforms import Augmenter
from striate.data import load_source
from striate.documents.augmentations import read_augmentation
from striate.pictures.page import Page
from striate.pictures.style import QUIET
from striate.pictures.tiles import tile, tile_size
from striate.system.files import write_durably


FOLDER = Path("docs/pictures")
DIGITS = ("shift 3", "rotate 20", "scale 0.25", "squeeze 0.25", "shear 0.4", "elastic 34 4")
SCENES = (
    "flip",
    "crop 8",
    "area-crop 0.08 0.75",
    "contrast 0.6",
    "brightness 0.5",
    "lighting 0.5",
    "noise 0.1",
    "erase 0.7 0.4",
    "rand-augment 2 15",
)
NOTES = {
    "lighting 0.5": "0.5 for the picture's sake; AlexNet's paper has 0.1.",
    "rand-augment 2 15": "15 for the picture's sake; it is 9 where nothing is said.",
    "noise 0.1": "White noise: the notes say that it does not help.",
}

_ROWS, _DRAWS = 3, 7
_GAP = 10
_HEADING = 20
_SCENE = 48
_SUN = 4.5


def _noise(generator: torch.Generator, *shape: int) -> Tensor:
    return torch.rand(shape, generator=generator)


def paint_scenes(count: int) -> Tensor:
    """Paint small landscapes that are no mirror images of themselves.

    Shapes:
        out: count x 3 x 48 x 48, bytes
    """
    generator = torch.Generator().manual_seed(8)
    scenes = torch.empty(count, 3, _SCENE, _SCENE)
    y, x = torch.meshgrid(torch.arange(_SCENE), torch.arange(_SCENE), indexing="ij")
    for scene in scenes:
        daylight = 0.55 + 0.45 * float(_noise(generator, 1))
        horizon = 26 + int(8 * _noise(generator, 1))
        left = 6 + int(14 * _noise(generator, 1))
        sky = torch.tensor([150.0, 195.0, 240.0]) * daylight
        meadow = torch.tensor([90.0, 150.0, 60.0]) * daylight
        wall = torch.tensor([235.0, 220.0, 190.0]) * daylight
        roof = torch.tensor([180.0, 60.0, 45.0]) * daylight
        sun = torch.tensor([255.0, 235.0, 120.0])
        grain = 8 * _noise(generator, _SCENE, _SCENE)
        scene[:] = torch.where(y < horizon, sky[:, None, None] + y, meadow[:, None, None] + grain)
        is_wall = (x >= left) & (x < left + 15) & (y >= horizon - 8) & (y < horizon + 6)
        is_roof = (y < horizon - 8) & (y >= horizon - 16 + (x - left - 7).abs())
        is_door = (x >= left + 3) & (x < left + 7) & (y >= horizon - 2) & (y < horizon + 6)
        is_sun = (x - 40).square() + (y - 8).square() < _SUN * _SUN
        for shape, color in ((is_wall, wall), (is_roof, roof), (is_door, roof / 2), (is_sun, sun)):
            scene[:, shape] = color[:, None]
    return scenes.clamp(0, 255).to(torch.uint8)


def draw(text: str, images: Tensor) -> bytes:
    """Draw images beside several draws of an augmentation, one row each.

    Args:
        text: The augmentation, as a recipe has it.
        images: Bytes, examples x channels x height x width.
    """
    height, width = images.shape[2:]
    augment = Augmenter(read_augmentation(text), 0, (height, width), images)
    shown = images[:_ROWS]
    draws = [augment(shown, torch.arange(_ROWS), epoch) for epoch in range(_DRAWS)]
    size = tile_size(height, width, 84)
    step = size[1] + _GAP
    across = (1 + _DRAWS) * step + _GAP
    notes = [NOTES[text]] if text in NOTES else []
    page = Page(across, _HEADING + _ROWS * (size[0] + _GAP), text, notes)
    page.write(0, 12, "as stored", color=QUIET)
    page.write(step + _GAP, 12, "in seven epochs", color=QUIET)
    for row in range(_ROWS):
        for column, batch in enumerate((shown, *draws)):
            pixels = tile(batch[row].numpy().astype(np.float32), size, low=0, high=255)
            x = column * step + (_GAP if column else 0)
            page.paste(x + 1, _HEADING + row * (size[0] + _GAP), pixels, framed=True)
    return page.png()


if __name__ == "__main__":
    digits = torch.nn.functional.pad(load_source("mnist").train.images[:100], (2, 2, 2, 2))
    scenes = paint_scenes(100)
    for kinds, pictures in ((DIGITS, digits), (SCENES, scenes)):
        for kind in kinds:
            file = FOLDER / f"augmentation-{kind.split(maxsplit=1)[0]}.png"
            write_durably(file, draw(kind, pictures))
            print(file)

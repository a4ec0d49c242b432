"""Draw the pictures of the README that show each `fit`: a picture as it is stored, and as a network reads it."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from draw_augmentations import paint_scenes

from striate.data import decode_picture, fit_picture
from striate.networks import load
from striate.pictures.page import Page
from striate.pictures.style import QUIET
from striate.pictures.tiles import tile, tile_size
from striate.preparation import Fit, Preparation
from striate.shapes import Image
from striate.system.files import write_durably


FOLDER = Path("docs/pictures")
DIGIT = Path("examples/digits/seven-pen-on-paper.jpg")
READS = Image(3, 48, 48)
FITS: tuple[Fit, ...] = ("resize", "crop", "letterbox")

_SIDE, _GAP, _HEADING = 120, 14, 20


def draw(stored: npt.NDArray[np.uint8], read: npt.NDArray[np.uint8], title: str) -> bytes:
    """Draw a picture beside what a network reads of it; both are height x width x channels, bytes."""
    sizes = [tile_size(*picture.shape[:2], _SIDE) for picture in (stored, read)]
    across = sum(width for _, width in sizes) + _GAP
    page = Page(across, _HEADING + max(height for height, _ in sizes) + 2, title, [])
    x = 0
    for picture, size, words in zip((stored, read), sizes, ("as stored", "as read"), strict=True):
        page.write(x, 12, words, color=QUIET)
        pixels = tile(picture.transpose(2, 0, 1).astype(np.float32), size, low=0, high=255)
        page.paste(x + 1, _HEADING, pixels, framed=True)
        x += size[1] + _GAP
    return page.png()


if __name__ == "__main__":
    scene = paint_scenes(1)[0].permute(1, 2, 0).numpy()[8:38]
    digits = load("lenet5")
    shown = [(scene, READS, Preparation(fit=fit)) for fit in FITS]
    shown.append((decode_picture(DIGIT), digits.table.image or READS, digits.preparation))
    for picture, image, preparation in shown:
        fitted = fit_picture(picture, image, preparation, "a picture").permute(1, 2, 0).numpy()
        file = FOLDER / f"fit-{preparation.fit}.png"
        write_durably(file, draw(picture, fitted, f"fit: {preparation.fit}"))
        print(file)

"""Small pictures in files, for tests of picture folders."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import PIL.Image


def pixels(seed: int, height: int = 6, width: int = 8) -> npt.NDArray[np.uint8]:
    """Noise, so that no two seeds give the same picture."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def write_pictures(root: Path, names: Iterable[str]) -> Path:
    """Write a picture under each name; its seed is the place in the order of names."""
    for seed, name in enumerate(names):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        PIL.Image.fromarray(pixels(seed)).save(path, "PNG")
    return root


def write_classes(root: Path, classes: Iterable[str], each: int) -> Path:
    """Write some pictures of each class."""
    return write_pictures(root, [f"{name}/{at}.png" for name in classes for at in range(each)])

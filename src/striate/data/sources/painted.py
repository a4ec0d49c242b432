"""Small colour pictures that a seeded painter makes: shapes of any colour, size and angle, and nothing to download."""

import numpy as np
import torch
from numpy.typing import NDArray

from striate.data.examples import Examples, Source


NAME = "painted-shapes"

CLASSES = ("disk", "ring", "square", "triangle", "cross", "bars")

SIDE, WHITE = 32, 255
_TRAIN, _TEST = 3000, 1200
_SEED = 19590407

Array = NDArray[np.float64]


def painted_shapes() -> Source:
    """Paint the pictures: six shapes, each in any two colours, at any angle, under a little noise.

    Returns:
        3,000 pictures to learn from and 1,200 for the test, 3 x 32 x 32, as many of each class; the same at every time.
    """
    generator = np.random.default_rng(_SEED)
    return Source(NAME, CLASSES, _painted(generator, _TRAIN), _painted(generator, _TEST))


def _painted(generator: np.random.Generator, count: int) -> Examples:
    labels = np.arange(count) % len(CLASSES)
    along = np.arange(SIDE) - (SIDE - 1) / 2
    shape = (count, 1, 1)
    center = generator.uniform(-5, 5, (2, *shape))
    radius = generator.uniform(6, 11, shape)
    turn = generator.uniform(0, 2 * np.pi, shape)
    across, down = along[None, None, :] - center[0], along[None, :, None] - center[1]
    x = (across * np.cos(turn) + down * np.sin(turn)) / radius
    y = (down * np.cos(turn) - across * np.sin(turn)) / radius
    # How far a pixel lies outside of the shape, in pixels: edges are as soft as a camera's.
    outside = _outside(x, y, labels) * radius
    cover = np.clip(0.5 - outside, 0, 1)[:, None]
    colors = _colors(generator, count)
    pictures = colors[0] * cover + colors[1] * (1 - cover)
    pictures += generator.uniform(-20, 20, pictures.shape)
    images = np.clip(np.rint(pictures), 0, WHITE).astype(np.uint8)
    return Examples(torch.from_numpy(images), torch.from_numpy(labels.astype(np.int64)))


def _outside(x: Array, y: Array, labels: NDArray[np.int64]) -> Array:
    """Return the distance from each shape, in radii; below 0 within it."""
    found = np.empty_like(x)
    for label, name in enumerate(CLASSES):
        own = labels == label
        found[own] = _shape(name, x[own], y[own])
    return found


def _shape(name: str, x: Array, y: Array) -> Array:
    widest = np.maximum(np.abs(x), np.abs(y))
    lean = np.sqrt(3) / 2 * x
    match name:
        case "disk":
            return np.hypot(x, y) - 0.9
        case "ring":
            return np.abs(np.hypot(x, y) - 0.75) - 0.2
        case "square":
            return widest - 0.75
        case "triangle":
            return np.maximum(-y, y / 2 + np.abs(lean)) - 0.5
        case "cross":
            lying = np.maximum(np.abs(x), 3 * np.abs(y))
            return np.minimum(lying, np.maximum(3 * np.abs(x), np.abs(y))) - 0.95
        case _:
            stripes = np.abs(np.mod(5 * y / 3, 1) - 0.5) - 0.25
            return np.maximum(widest - 0.9, 0.6 * stripes)


def _colors(generator: np.random.Generator, count: int) -> Array:
    """Draw the colour of each shape and of its ground, at least 80 of 255 apart in one of three channels."""
    ground = generator.uniform(0, WHITE, (count, 3))
    shift = generator.uniform(80, WHITE, (count, 3)) * generator.choice((-1.0, 1.0), (count, 3))
    is_beyond = np.abs(2 * (ground + shift) - WHITE) > WHITE
    shape = np.where(is_beyond, ground - shift, ground + shift)
    return np.stack((np.clip(shape, 0, WHITE), ground))[..., None, None]

"""Small sets of colour pictures that a seeded painter makes: icons, flags and textures."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import PIL.Image
import PIL.ImageDraw


Pixels = npt.NDArray[np.uint8]
Painter = Callable[[np.random.Generator, int], PIL.Image.Image]

_FINER = 4
"""Times as large as it is shown a picture is painted, so that edges are smooth."""


def paint(kind: str, count: int, side: int, seed: int) -> tuple[Pixels, npt.NDArray[np.int64]]:
    """Paint pictures of all classes of a kind.

    Shapes:
        out: examples x side x side x 3, in turns of the classes, and the class of each

    Args:
        kind: A name of `KINDS`.
        count: Pictures of each class.
        side: Height and width in pixels.
        seed: Start of every random choice.
    """
    random = np.random.default_rng(seed)
    painters = KINDS[kind]
    pictures, labels = [], []
    for _ in range(count):
        for label, painter in enumerate(painters.values()):
            large = painter(random, side * _FINER)
            pictures.append(np.asarray(large.resize((side, side), PIL.Image.Resampling.BOX)))
            labels.append(label)
    return np.array(pictures, np.uint8), np.array(labels, np.int64)


def _color(random: np.random.Generator, low: int = 0, high: int = 256) -> tuple[int, int, int]:
    red, green, blue = random.integers(low, high, 3).tolist()
    return red, green, blue


def _sheet(
    random: np.random.Generator, side: int
) -> tuple[PIL.Image.Image, PIL.ImageDraw.ImageDraw]:
    image = PIL.Image.new("RGB", (side, side), _color(random, 140))
    return image, PIL.ImageDraw.Draw(image)


def _place(random: np.random.Generator, side: int) -> tuple[float, float, float]:
    radius = side * random.uniform(0.18, 0.4)
    x, y = random.uniform(radius, side - radius, 2)
    return float(x), float(y), float(radius)


def _polygon(corners: int, *, is_star: bool = False) -> Painter:
    """Return a painter of a regular polygon or star, at any place, size, angle and colour."""

    def painted(random: np.random.Generator, side: int) -> PIL.Image.Image:
        image, draw = _sheet(random, side)
        x, y, radius = _place(random, side)
        angles = random.uniform(0, 2 * np.pi) + np.arange(corners) * 2 * np.pi / corners
        reach = np.where(np.arange(corners) % 2, 0.45, 1.0) if is_star else np.ones(corners)
        points = [
            (x + radius * far * np.cos(angle), y + radius * far * np.sin(angle))
            for angle, far in zip(angles, reach, strict=True)
        ]
        draw.polygon(points, fill=_color(random, 0, 140))
        return image

    return painted


def _round(*, is_open: bool) -> Painter:
    def painted(random: np.random.Generator, side: int) -> PIL.Image.Image:
        image, draw = _sheet(random, side)
        x, y, radius = _place(random, side)
        ink = _color(random, 0, 140)
        box = (x - radius, y - radius, x + radius, y + radius)
        if is_open:
            draw.ellipse(box, outline=ink, width=max(2, int(radius * 0.35)))
        else:
            draw.ellipse(box, fill=ink)
        return image

    return painted


def _flag(kind: str) -> Painter:
    """Return a painter of flags: what is where tells the class, and the colours do not."""

    def painted(random: np.random.Generator, side: int) -> PIL.Image.Image:
        colors = [_color(random) for _ in range(3)]
        image = PIL.Image.new("RGB", (side, side), colors[0])
        draw = PIL.ImageDraw.Draw(image)
        third = side * random.uniform(0.28, 0.38)
        match kind:
            case "bars":
                draw.rectangle((third, 0, side - third, side), fill=colors[1])
                draw.rectangle((side - third, 0, side, side), fill=colors[2])
            case "stripes":
                draw.rectangle((0, third, side, side - third), fill=colors[1])
                draw.rectangle((0, side - third, side, side), fill=colors[2])
            case "cross":
                width, at = side * random.uniform(0.08, 0.2), side * random.uniform(0.3, 0.6)
                draw.rectangle((at - width / 2, 0, at + width / 2, side), fill=colors[1])
                draw.rectangle((0, (side - width) / 2, side, (side + width) / 2), fill=colors[1])
            case "saltire":
                width = max(2, int(side * random.uniform(0.08, 0.2)))
                draw.line((0, 0, side, side), fill=colors[1], width=width)
                draw.line((side, 0, 0, side), fill=colors[1], width=width)
            case _:
                radius = side * random.uniform(0.15, 0.35)
                middle = side / 2
                box = (middle - radius, middle - radius, middle + radius, middle + radius)
                draw.ellipse(box, fill=colors[1])
        noise = random.normal(0, 12, (side, side, 1))
        pixels = np.clip(np.asarray(image) + noise, 0, 255)
        return PIL.Image.fromarray(pixels.astype(np.uint8))

    return painted


def _texture(kind: str) -> Painter:
    """Return a painter of grey patterns under noise, at any wavelength, angle and phase."""

    def painted(random: np.random.Generator, side: int) -> PIL.Image.Image:
        places = np.arange(side) / side
        x, y = np.meshgrid(places, places)
        angle, waves = random.uniform(0, np.pi), random.uniform(4, 9)
        along = np.cos(angle) * x + np.sin(angle) * y
        across = np.cos(angle) * y - np.sin(angle) * x
        first = np.sin(2 * np.pi * (waves * along + random.uniform()))
        second = np.sin(2 * np.pi * (waves * across + random.uniform()))
        rings = np.hypot(x - random.uniform(0.2, 0.8), y - random.uniform(0.2, 0.8))
        values = {
            "lines": first,
            "checks": np.sign(first * second),
            "dots": (np.minimum(first, second) > random.uniform(0.2, 0.5)) * 2.0 - 1,
            "rings": np.sin(2 * np.pi * waves * rings),
        }[kind]
        contrast = random.uniform(25, 70)
        grey = 128 + contrast * values + random.normal(0, 40, (side, side))
        pixels = np.clip(grey, 0, 255).astype(np.uint8)
        return PIL.Image.fromarray(pixels).convert("RGB")

    return painted


KINDS: dict[str, dict[str, Painter]] = {
    "icons": {
        "circle": _round(is_open=False),
        "ring": _round(is_open=True),
        "square": _polygon(4),
        "triangle": _polygon(3),
        "star": _polygon(10, is_star=True),
        "hexagon": _polygon(6),
    },
    "flags": {kind: _flag(kind) for kind in ("bars", "stripes", "cross", "saltire", "disc")},
    "textures": {kind: _texture(kind) for kind in ("lines", "checks", "dots", "rings")},
}
"""The classes of each kind of picture, with their painters."""

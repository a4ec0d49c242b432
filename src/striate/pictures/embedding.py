"""Examples as points of a plane, with small pictures of some of them."""

from collections.abc import Mapping, Sequence
from colorsys import hsv_to_rgb

import numpy as np
from numpy.typing import NDArray

from striate.pictures.fonts import shortened
from striate.pictures.page import Page, Pixels, rgb
from striate.pictures.style import LINES, QUIET, TEXT


_SIDE = 860
_EDGE = 20
_DOT = 6
_FRAME = 2
_LEGEND = 150
_LINE = 18


def class_colors(count: int) -> list[str]:
    """Return a color for each class: those of lines as far as they reach, else hues around the circle."""
    if count <= len(LINES):
        return list(LINES[:count])
    hues = [
        hsv_to_rgb(at / count, 0.55 + 0.4 * (at % 2), 0.9 - 0.3 * (at % 3) / 2)
        for at in range(count)
    ]
    return ["#" + "".join(f"{round(255 * part):02x}" for part in color) for color in hues]


def draw_embedding(
    points: NDArray[np.float32],
    labels: Sequence[int],
    classes: Sequence[str],
    thumbnails: Mapping[int, Pixels],
    title: str,
    notes: Sequence[str],
) -> bytes:
    """Draw a dot for each example in the color of its class, and small pictures where there is room.

    Args:
        points: examples x 2.
        labels: The class of each.
        classes: Their names.
        thumbnails: Pixels by the number of the point, of one size; a picture that would cover another is left out.
        title: Of the picture.
        notes: Sentences below the title.

    Returns:
        A PNG.
    """
    colors, shown = class_colors(len(classes)), sorted(set(labels))
    page = Page(_SIDE + _LEGEND, max(_SIDE, len(shown) * _LINE), title, notes)
    low, high = points.min(axis=0), points.max(axis=0)
    reach = float((high - low).max()) or 1.0
    middle = (low + high) / 2
    places = (points - middle) / reach * (_SIDE - 2 * _EDGE) + _SIDE / 2
    places[:, 1] = _SIDE - places[:, 1]
    for label, (x, y) in zip(labels, places, strict=True):
        pixels = np.tile(rgb(colors[label]), (_DOT, _DOT, 1))
        page.paste(round(float(x)) - _DOT // 2, round(float(y)) - _DOT // 2, pixels)
    taken: list[tuple[float, float]] = []
    for number, picture in thumbnails.items():
        height, width = picture.shape[:2]
        x, y = (float(at) for at in places[number])
        if any(abs(x - a) < width + 4 and abs(y - b) < height + 4 for a, b in taken):
            continue
        taken.append((x, y))
        left = min(max(round(x - width / 2), _FRAME), _SIDE - width - _FRAME)
        top = min(max(round(y - height / 2), _FRAME), _SIDE - height - _FRAME)
        frame = np.tile(rgb(colors[labels[number]]), (height + 2 * _FRAME, width + 2 * _FRAME, 1))
        page.paste(left - _FRAME, top - _FRAME, frame)
        page.paste(left, top, picture)
    for line, label in enumerate(shown):
        y = line * _LINE
        page.paste(_SIDE + 16, y + 3, np.tile(rgb(colors[label]), (10, 10, 1)))
        page.write(_SIDE + 32, y + 12, shortened(classes[label], _LEGEND - 36, TEXT), color=QUIET)
    return page.png()


def thumbnail_side(count: int) -> int:
    """Return the longer side of a small picture where so many points lie."""
    return 40 if count > 60 else 56  # noqa: PLR2004 - few pictures may be larger

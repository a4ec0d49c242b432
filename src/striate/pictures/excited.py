"""What excites a network, drawn: patches of pictures map by map, and pictures that were climbed to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np

from striate.pictures.fonts import shortened, width_of
from striate.pictures.page import Page, Pixels
from striate.pictures.style import QUIET, SMALL, TEXT
from striate.pictures.tiles import Level, Values, tile, tile_size


_GAP = 8
_LINE = 14
_NARROWEST = 520
_WIDEST = 1200
_PATCH, _PICTURE = 64, 128


@final
@dataclass(frozen=True, slots=True)
class Strip:
    """What stands beside one another for one map.

    Args:
        heading: The map.
        tiles: Patches as they are drawn, all of one size, the strongest first.
        captions: What is written under each.
    """

    heading: str
    tiles: Sequence[Pixels]
    captions: Sequence[str]


def patch_tile(patch: Values, *, low: Level, high: Level) -> Pixels:
    """Show a patch of a picture; what lies beyond the picture's edge is white.

    Shapes:
        patch: channels x height x width
        out:   height x width x 3
    """
    _, height, width = patch.shape
    size = tile_size(height, width, _PATCH)
    return tile(np.where(np.isnan(patch), high, patch), size, low=low, high=high)


def draw_strips(strips: Sequence[Strip], title: str, notes: Sequence[str]) -> bytes:
    """Draw a strip of patches for each map, two strips side by side where they are narrow.

    Args:
        strips: At least one; all tiles have one size.
        title: Of the picture.
        notes: Sentences below the title.

    Returns:
        A PNG.
    """
    height, width = strips[0].tiles[0].shape[:2]
    widest = max(width_of(text, SMALL) for strip in strips for text in strip.captions)
    cell = max(width, round(widest)) + _GAP
    left = round(max(width_of(strip.heading, TEXT) for strip in strips)) + _GAP
    long = left + cell * max(len(strip.tiles) for strip in strips) + 2 * _GAP
    columns = max(1, min(len(strips), _WIDEST // long))
    rows, step = -(-len(strips) // columns), height + _LINE + _GAP
    page = Page(max(columns * long, _NARROWEST), rows * step, title, notes)
    for at, strip in enumerate(strips):
        x, y = at // rows * long, at % rows * step
        page.write(x, y + height // 2 + 4, strip.heading, color=QUIET)
        for place, (pixels, caption) in enumerate(zip(strip.tiles, strip.captions, strict=True)):
            across = x + left + place * cell
            page.paste(across, y, pixels, framed=True)
            page.write(across, y + height + 11, caption, size=SMALL, color=QUIET)
    return page.png()


def draw_climbed(
    pictures: Values,
    captions: Sequence[str],
    title: str,
    notes: Sequence[str],
    *,
    low: Level,
    high: Level,
) -> bytes:
    """Draw pictures that excite units as strongly as can be, each over its caption.

    Shapes:
        pictures: units x channels x height x width

    Returns:
        A PNG.
    """
    _, _, height, width = pictures.shape
    size = tile_size(height, width, _PICTURE)
    cell = size[1] + _GAP
    columns = max(1, min(len(pictures), _WIDEST // cell))
    step = size[0] + _LINE + _GAP
    rows = -(-len(pictures) // columns)
    page = Page(max(columns * cell - _GAP, _NARROWEST), rows * step - _GAP, title, notes)
    for place, (picture, caption) in enumerate(zip(pictures, captions, strict=True)):
        x, y = place % columns * cell, place // columns * step
        page.paste(x, y, tile(picture, size, low=low, high=high), framed=True)
        page.write(
            x, y + size[0] + 12, shortened(caption, cell - 4, SMALL), size=SMALL, color=QUIET
        )
    return page.png()

"""A batch as the network reads it."""

from collections.abc import Sequence

import numpy as np

from striate.pictures.fonts import shortened, width_of
from striate.pictures.page import Page
from striate.pictures.style import TEXT
from striate.pictures.tiles import Level, Values, level_text, tile, tile_size


_SHOWN = 64
_FEW = 12
_LABEL_HEIGHT = 19
_GAP = 12
_WIDEST_LABEL = 116
_NARROWEST_PAGE = 480
_FOOT = 30
_ROUNDING = 1.0001


def draw_batch(
    images: Values,
    labels: Sequence[str],
    *,
    low: Level,
    high: Level,
    title: str,
    remarks: Sequence[str] = (),
) -> bytes:
    """Draw up to 64 images of a batch, each under its label, with the numbers of the whole batch.

    Shapes:
        images: examples x channels x height x width

    Args:
        images: Exactly the numbers that the network reads.
        labels: One for each image.
        low: The number that is drawn black.
        high: The number that is drawn white; it may be the smaller one.
        title: Of the picture.
        remarks: What was done with images before the network reads them.

    Returns:
        A PNG.

    Raises:
        ValueError: The images have another number of axes, or the labels another number.
    """
    count, _, height, width = images.shape
    shown = list(zip(images, labels, strict=True))[:_SHOWN]
    columns, wish = (4, 190) if count <= _FEW else (8, 96)
    columns = max(1, min(columns, count))
    size = tile_size(height, width, wish)
    label_width = max((width_of(label, TEXT) for label in labels[:_SHOWN]), default=0)
    cell = max(size[1], min(round(label_width), _WIDEST_LABEL)) + _GAP
    step = _LABEL_HEIGHT + size[0] + _GAP
    rows = -(-len(shown) // columns)
    page = Page(
        max(columns * cell - _GAP, _NARROWEST_PAGE),
        rows * step + _FOOT,
        title,
        [*_notes(images, low=low, high=high), *remarks],
    )
    for place, (image, label) in enumerate(shown):
        x, y = place % columns * cell, place // columns * step
        page.write(x, y + 13, shortened(label, cell - _GAP // 2, TEXT))
        page.paste(x, y + _LABEL_HEIGHT, tile(image, size, low=low, high=high), framed=True)
    greys = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    page.ramp(1, rows * step + 12, greys, (level_text(low), level_text(high)), "value read")
    return page.png()


def _notes(images: Values, *, low: Level, high: Level) -> list[str]:
    count, channels, height, width = images.shape
    shown = f"{min(count, _SHOWN)} of {count:,} images" if count > _SHOWN else f"{count} images"
    notes = [f"{'1 image' if count == 1 else shown}, {channels} × {height} × {width}"]
    if channels not in {1, 3}:
        notes[0] += f"; of the {channels} channels the first is drawn"
    values = images[np.isfinite(images)]
    if values.size:
        notes.append(
            f"smallest {values.min():.4g}, largest {values.max():.4g}, "
            f"mean {values.mean(dtype=np.float64):.3g}, "
            f"standard deviation {values.std(dtype=np.float64):.3g}"
        )
    middle, reach = np.add(low, high) / 2, np.abs(np.subtract(high, low)) / 2
    is_outside = np.abs(images - middle) > reach * _ROUNDING
    outside = np.count_nonzero(is_outside & np.isfinite(images))
    if outside:
        share = 100 * outside / values.size
        ends = f"{np.minimum(low, high).min():g} to {np.maximum(low, high).max():g}"
        notes.append(f"{share:.3g} % of the values lie outside of {ends}: drawn black or white")
    if values.size < images.size:
        lost = images.size - values.size
        notes.append(f"values that are not finite, drawn orange: {lost:,}")
    return notes

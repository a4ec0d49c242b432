"""The cells of a confusion matrix: where they stand and which color each has."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from striate.pictures.fonts import shortened, width_of
from striate.pictures.page import Pixels, rgb
from striate.pictures.style import EMPTY_CELL, MISTAKE_RAMP, RIGHT_CELL, SMALL


Counts = NDArray[np.integer[Any]]
Shares = NDArray[np.float64]

TRUE: Final = "true class"
PREDICTED: Final = "predicted class"
SPACE: Final = 8
HEADING: Final = 22

_MOST_NUMBERED = 30
_NUMBERED_SIDE = 640
_PLAIN_SIDE = 800
_LARGEST_CELL = 84
# From the best to the least; a cell grows if its count does not even fit by the last.
_NUMBER_STYLES = (("{:,}", 10.0), ("{:,}", 9.0), ("{:,}", 8.0), ("{:d}", 8.0), ("{:d}", 7.0))
_NUMBER_MARGIN = 5
_LEAST_CELL_WITH_LINES = 8
_NAME_LINE = 13
_WIDEST_NAME = 170


@final
@dataclass(frozen=True, slots=True)
class Matrix:
    """Where the matrix stands on its page, in pixels.

    Args:
        names: Of the classes, none wider than there is room for.
        left: Left edge of the first cell.
        top: Upper edge of the first cell.
        cell: Side of a cell.
        number_form: How a count is written, for `str.format`; None for a matrix without counts.
        number_size: Of the counts, in points.
        has_upright_names: The names of the columns fit above them without being turned.
    """

    names: tuple[str, ...]
    left: int
    top: int
    cell: int
    number_form: str | None
    number_size: float
    has_upright_names: bool

    @property
    def right(self) -> int:
        """Right edge of the last cell."""
        return self.left + len(self.names) * self.cell

    @property
    def bottom(self) -> int:
        """Lower edge of the last cell."""
        return self.top + len(self.names) * self.cell

    @property
    def rows_a_name(self) -> int:
        """Every so many rows there is room for a name."""
        return -(-_NAME_LINE // self.cell)


def place_matrix(counts: Counts, classes: Sequence[str]) -> Matrix:
    """Choose sizes by which everything can be read, or at least seen.

    Raises:
        ValueError: There are no classes.
    """
    names = tuple(shortened(name, _WIDEST_NAME, SMALL) for name in classes)
    widest = round(max(width_of(name, SMALL) for name in names))
    cell, form, size = max(1, _PLAIN_SIDE // len(names)), None, SMALL
    if len(names) <= _MOST_NUMBERED:
        cell, form, size = _numbered_cell(int(counts.max()), len(names))
    has_upright_names = widest <= cell - SPACE // 2
    return Matrix(
        names,
        left=max(widest, round(width_of(TRUE, SMALL))) + SPACE,
        top=HEADING + (_NAME_LINE if has_upright_names else widest) + SPACE,
        cell=cell,
        number_form=form,
        number_size=size,
        has_upright_names=has_upright_names,
    )


def _numbered_cell(largest: int, classes: int) -> tuple[int, str, float]:
    cell = min(_LARGEST_CELL, _NUMBERED_SIDE // classes)
    rooms = [
        (math.ceil(width_of(form.format(largest), size)) + _NUMBER_MARGIN, form, size)
        for form, size in _NUMBER_STYLES
    ]
    for room, form, size in rooms:
        if room <= cell:
            return cell, form, size
    return rooms[-1]


def ramp(levels: Shares) -> Pixels:
    """Give the color of a mistake for each level from 0 to 1.

    Shapes:
        levels: any
        out:    levels x 3
    """
    stops = np.array([rgb(color) for color in MISTAKE_RAMP])
    places = np.linspace(0, 1, len(stops))
    parts = [np.interp(levels, places, stops[:, part]) for part in range(stops.shape[1])]
    return np.rint(np.stack(parts, axis=-1)).astype(np.uint8)


def cell_colors(shares: Shares, right: Shares) -> Pixels:
    """Color the mistakes by their share; right answers are the darker a grey, the more of the class they are.

    Shapes:
        shares: true class x predicted class, 0 on the diagonal
        right:  classes: the share of each that is right
        out:    true class x predicted class x 3
    """
    colors = np.tile(rgb(EMPTY_CELL), (*shares.shape, 1))
    is_mistake = shares > 0
    if is_mistake.any():
        colors[is_mistake] = ramp(shares[is_mistake] / shares.max())
    ends = rgb(EMPTY_CELL).astype(np.float64), rgb(RIGHT_CELL).astype(np.float64)
    greys = ends[0] + right[:, None] * (ends[1] - ends[0])
    colors[np.eye(len(shares), dtype=bool)] = np.rint(greys).astype(np.uint8)
    return colors


def cell_pixels(colors: Pixels, cell: int) -> Pixels:
    """Make a square of each color, with a white line between two if there is room for one."""
    pixels = colors.repeat(cell, axis=0).repeat(cell, axis=1)
    if cell >= _LEAST_CELL_WITH_LINES:
        pixels[cell - 1 :: cell] = rgb("white")
        pixels[:, cell - 1 :: cell] = rgb("white")
    return pixels

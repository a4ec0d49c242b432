"""What a network of sentences makes of the words of one sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from striate.pictures.fonts import shortened, width_of
from striate.pictures.page import Page, rgb
from striate.pictures.signed import signed_colors, signed_ramp
from striate.pictures.style import INK, QUIET, SMALL, TEXT, VALIDATION, WRONG


_LINE = 20
_HEAD = 46
_BAR = 120
_CELL = 82
_FOOT = 34
_WIDEST_WORD = 150
_NARROWEST = 520


@final
@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One map over the words.

    Args:
        heading: Two or three short lines: its row, its number, what it adds.
        values: One a word.
        window: The first and the last word of the strongest window, counted among those drawn.
    """

    heading: tuple[str, ...]
    values: NDArray[np.float32]
    window: tuple[int, int]


def draw_words(
    words: Sequence[str],
    is_known: Sequence[bool],
    effects: NDArray[np.float32],
    columns: Sequence[Column],
    title: str,
    notes: Sequence[str],
) -> bytes:
    """Draw a line for each word: by how much a class's score falls without it, and how strongly maps answer around it.

    Args:
        words: The sentence.
        is_known: Whether each word has a vector.
        effects: One a word.
        columns: At least one.
        title: Of the picture.
        notes: Sentences below the title.

    Returns:
        A PNG.
    """
    left = max(round(max(width_of(word, TEXT) for word in words)), 40)
    left = min(left, _WIDEST_WORD) + 12
    first = left + _BAR + 24
    page = Page(
        max(first + len(columns) * _CELL, _NARROWEST),
        _HEAD + len(words) * _LINE + _FOOT,
        title,
        notes,
    )
    _draw_effects(page, left, words, is_known, effects)
    largest = max(float(np.abs(column.values).max()) for column in columns) or 1.0
    for number, column in enumerate(columns):
        x = first + number * _CELL
        for line, text in enumerate(column.heading):
            page.write(
                x, 12 + line * 12, shortened(text, _CELL - 6, SMALL), size=SMALL, color=QUIET
            )
        colors = signed_colors(column.values, largest)
        top, bottom = column.window
        page.paste(
            x - 2,
            _HEAD + top * _LINE - 2,
            np.tile(rgb(INK), ((bottom - top + 1) * _LINE + 2, _CELL - 6, 1)),
        )
        for at, pixel in enumerate(colors):
            cell = np.tile(pixel, (_LINE - 2, _CELL - 10, 1))
            page.paste(x, _HEAD + at * _LINE, cell)
    page.ramp(
        1,
        _HEAD + len(words) * _LINE + 16,
        signed_ramp(),
        (f"{-largest:.3g}", f"{largest:.3g}"),
        "value",
    )
    return page.png()


def _draw_effects(
    page: Page,
    left: int,
    words: Sequence[str],
    is_known: Sequence[bool],
    effects: NDArray[np.float32],
) -> None:
    """Write the words, each with a bar to the right for what speaks for the class, else to the left."""
    page.write(left + _BAR / 2, 12, "falls without it", size=SMALL, color=QUIET, align="center")
    reach = float(np.abs(effects).max()) or 1.0
    for at, (word, known) in enumerate(zip(words, is_known, strict=True)):
        y = _HEAD + at * _LINE
        color = INK if known else QUIET
        said = shortened(word if known else f"({word})", left - 12, TEXT)
        page.write(left - 12, y + 14, said, color=color, align="right")
        length = round(_BAR / 2 * float(effects[at]) / reach)
        if length:
            pixels = np.tile(rgb(WRONG if length > 0 else VALIDATION), (_LINE - 8, abs(length), 1))
            page.paste(left + _BAR // 2 + min(length, 0), y + 4, pixels)
    page.paste(left + _BAR // 2, _HEAD, np.tile(rgb(QUIET), (len(words) * _LINE, 1, 1)))

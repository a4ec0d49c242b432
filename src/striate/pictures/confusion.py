"""Which class is taken for which."""

from collections.abc import Sequence

import numpy as np

from striate.pictures.fonts import arrowed, shortened, width_of
from striate.pictures.matrix import (
    HEADING,
    PREDICTED,
    SPACE,
    TRUE,
    Counts,
    Matrix,
    Shares,
    cell_colors,
    cell_pixels,
    place_matrix,
    ramp,
)
from striate.pictures.page import Page, Pixels, filled
from striate.pictures.style import BAR, INK, QUIET, SMALL, TEXT


_RATES_WIDTH = 96
_RATE_RIGHT = 46
_ONE_DECIMAL = 0.1
_FOOT = 36
_NARROWEST_PAGE = 480
_LISTED = 15
_LIST_COLUMNS = 3
_LIST_LINE = 18
_DARK = 140
_HALF_LETTER = 4
_LEAST_BAR_WITH_GAP = 4
_DIAGONAL = "diagonal: right answers, the darker the more of the class they are"


def draw_confusion(counts: Counts, classes: Sequence[str], title: str) -> bytes:
    """Draw a confusion matrix in which only the mistakes have a color.

    Up to 30 classes have their counts in the cells; for more there is a plain map and a list of the
    most frequent mistakes.

    Shapes:
        counts: true class x predicted class

    Args:
        counts: Examples of each true class that were given each predicted class.
        classes: Names, in the order of the counts.
        title: Of the picture.

    Returns:
        A PNG.

    Raises:
        ValueError: The counts are not classes x classes, or there are no classes.
    """
    wrong = np.where(np.eye(len(classes), dtype=bool), 0, counts).astype(np.int64)
    totals = counts.sum(axis=1)
    shares = wrong / np.maximum(totals, 1)[:, None]
    matrix = place_matrix(counts, classes)
    frequent = [] if matrix.number_form else _frequent(wrong, classes)
    width = max(matrix.right + _RATES_WIDTH, _NARROWEST_PAGE)
    height = matrix.bottom + _FOOT + _list_height(len(frequent))
    notes = [_note(int(wrong.sum()), int(totals.sum())), _DIAGONAL]
    page = Page(width, height, title, notes)
    right = np.diag(counts) / np.maximum(totals, 1)
    colors = cell_colors(shares, right)
    page.paste(matrix.left, matrix.top, cell_pixels(colors, matrix.cell))
    _write_names(page, matrix)
    if matrix.number_form:
        _write_counts(page, matrix, counts, colors, matrix.number_form)
    if matrix.rows_a_name == 1:
        _write_rates(page, matrix, shares.sum(axis=1), totals)
    else:
        _draw_rates(page, matrix, shares.sum(axis=1))
    if wrong.any():
        ends = ("0 %", f"{100 * shares.max():.3g} %")
        page.ramp(0, matrix.bottom + 20, ramp(np.linspace(0, 1, 128)), ends, f"share of the {TRUE}")
    _write_frequent(page, matrix.bottom + _FOOT, width // _LIST_COLUMNS, frequent)
    return page.png()


def _note(wrong: int, total: int) -> str:
    if not total:
        return "no examples"
    return f"{wrong:,} of {total:,} examples are given a wrong class: {100 * wrong / total:.3g} %"


def _write_names(page: Page, matrix: Matrix) -> None:
    above, before = matrix.top - SPACE + 1, matrix.left - SPACE
    page.write(matrix.left, 12, PREDICTED, size=SMALL, color=QUIET)
    page.write(before, above, TRUE, size=SMALL, color=QUIET, align="right")
    for place in range(0, len(matrix.names), matrix.rows_a_name):
        name, middle = matrix.names[place], (place + 0.5) * matrix.cell
        is_upright = matrix.has_upright_names
        page.write(before, matrix.top + middle + _HALF_LETTER, name, size=SMALL, align="right")
        page.write(
            matrix.left + middle, above, name, size=SMALL, align="center", upright=is_upright
        )


def _write_counts(page: Page, matrix: Matrix, counts: Counts, colors: Pixels, form: str) -> None:
    for row, column in np.argwhere(counts):
        page.write(
            matrix.left + (column + 0.5) * matrix.cell,
            matrix.top + (row + 0.5) * matrix.cell + 0.5 * matrix.number_size,
            form.format(counts[row, column]),
            size=matrix.number_size,
            color="white" if colors[row, column].mean() < _DARK else INK,
            align="center",
        )


def _write_rates(page: Page, matrix: Matrix, rates: Shares, totals: Counts) -> None:
    decimals = 1 if rates.max() >= _ONE_DECIMAL else 2
    right = matrix.right + SPACE + _RATE_RIGHT
    page.write(right, matrix.top - SPACE + 1, "error", size=SMALL, color=QUIET, align="right")
    for row, (rate, total) in enumerate(zip(rates, totals, strict=True)):
        y = matrix.top + (row + 0.5) * matrix.cell + _HALF_LETTER
        text = f"{100 * rate:.{decimals}f} %" if total else "–"
        page.write(right, y, text, size=SMALL, align="right")


def _draw_rates(page: Page, matrix: Matrix, rates: Shares) -> None:
    left, largest = matrix.right + SPACE, rates.max()
    has_gaps = matrix.cell >= _LEAST_BAR_WITH_GAP
    heading = f"error ≤ {100 * largest:.3g} %"
    page.write(left, matrix.top - SPACE + 1, heading, size=SMALL, color=QUIET)
    for row, rate in enumerate(rates):
        length = round(rate / largest * (_RATES_WIDTH - SPACE)) if largest else 0
        if length:
            thick = matrix.cell - (max(1, matrix.cell // 4) if has_gaps else 0)
            page.paste(left, matrix.top + row * matrix.cell, filled(thick, length, BAR))


def _frequent(wrong: Counts, classes: Sequence[str]) -> list[tuple[int, str]]:
    order = np.argsort(-wrong, axis=None, kind="stable")[:_LISTED]
    pairs = [divmod(int(place), len(classes)) for place in order]
    return [
        (int(wrong[pair]), arrowed(classes[pair[0]], classes[pair[1]]))
        for pair in pairs
        if wrong[pair]
    ]


def _list_height(entries: int) -> int:
    return HEADING + -(-entries // _LIST_COLUMNS) * _LIST_LINE + SPACE if entries else 0


def _write_frequent(page: Page, y: int, width: int, frequent: Sequence[tuple[int, str]]) -> None:
    if not frequent:
        return
    page.write(0, y + HEADING, "Most frequent: true → predicted", color=QUIET)
    rows = -(-len(frequent) // _LIST_COLUMNS)
    left = round(max(width_of(f"{count:,}", TEXT) for count, _ in frequent))
    for place, (count, pair) in enumerate(frequent):
        x, line = place // rows * width, y + HEADING + SPACE + (place % rows + 1) * _LIST_LINE
        page.write(x + left, line, f"{count:,}", align="right", color=QUIET)
        room = width - left - 3 * SPACE
        page.write(x + left + SPACE, line, shortened(pair, room, TEXT))

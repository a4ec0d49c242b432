"""The images that a network misreads, the most confident mistake first."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import final

from striate.pictures.fonts import arrowed, shortened, width_of
from striate.pictures.page import Page
from striate.pictures.style import QUIET, SMALL, TEXT, WRONG
from striate.pictures.tiles import Level, Values, tile, tile_size


_SHOWN = 48
_COLUMNS = 8
_WISH = 96
_GAP = 16
_LINE = 16
_WIDEST_CAPTION = 122
_NARROWEST_PAGE = 560
_LEAST_SCORE = 0.0005
"""Below which a score of one decimal would be 0.0 %."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Mistake:
    """An image that the network takes for another class.

    Shapes:
        image: channels x height x width

    Args:
        image: The numbers that the network read.
        true: Name of the class that the image is of.
        predicted: Name of the class that the network gives.
        score: Of the predicted class, 0 to 1.
        index: Position of the image in its data set, which is that in predictions.csv.
        name: Its file, whose folders are left out of the picture; empty where it has none.
    """

    image: Values
    true: str
    predicted: str
    score: float
    index: int
    name: str = ""


def draw_mistakes(
    mistakes: Sequence[Mistake],
    title: str,
    *,
    low: Level = 0.0,
    high: Level = 1.0,
    remark: str = "",
) -> bytes:
    """Draw up to 48 mistakes, the one with the highest score first.

    Args:
        mistakes: In any order; images of one size.
        title: Of the picture.
        low: The number that is drawn black.
        high: The number that is drawn white; it may be the smaller one.
        remark: What the scores mean, where that is not plain.

    Returns:
        A PNG; without mistakes, one that says so.
    """
    if not mistakes:
        return Page(_NARROWEST_PAGE, 0, title, ["No mistakes: every prediction is right."]).png()
    worst = sorted(mistakes, key=lambda mistake: (-mistake.score, mistake.index))[:_SHOWN]
    _, height, width = worst[0].image.shape
    size = tile_size(height, width, _WISH)
    room = max(size[1], _WIDEST_CAPTION)
    one_line = all(width_of(_lines(mistake, one_line=True)[0], TEXT) <= room for mistake in worst)
    wanted = max(width_of(text, TEXT) for m in worst for text in _lines(m, one_line=one_line))
    small = (text for m in worst for text in (PurePath(m.name).name, _score(m)))
    wanted = max(wanted, *(width_of(text, SMALL) for text in small))
    cell = max(size[1], min(round(wanted), room)) + _GAP
    names = [_in_lines(mistake.name, cell - _GAP // 2) for mistake in worst]
    lines = (2 if one_line else 3) + max(map(len, names))
    step = size[0] + lines * _LINE + _GAP
    columns = min(_COLUMNS, len(worst))
    page = Page(
        max(columns * cell - _GAP, _NARROWEST_PAGE),
        -(-len(worst) // columns) * step - _GAP,
        title,
        [
            *_notes(len(mistakes), are_files=any(mistake.name for mistake in mistakes)),
            *([remark] if remark else []),
        ],
    )
    for place, mistake in enumerate(worst):
        x, y = place % columns * cell, place // columns * step
        page.paste(x, y, tile(mistake.image, size, low=low, high=high), framed=True)
        _write_caption(page, x, y + size[0], mistake, room=cell - _GAP // 2, one_line=one_line)
        bottom = y + size[0] + (2 if one_line else 3) * _LINE
        for line, text in enumerate(names[place], start=1):
            page.write(x, bottom + line * _LINE, text, size=SMALL, color=QUIET)
    return page.png()


def _notes(count: int, *, are_files: bool) -> list[str]:
    number = "1 mistake" if count == 1 else f"{count:,} mistakes"
    shown = f"{_SHOWN} of {number}" if count > _SHOWN else number
    place = "# in predictions.csv, file" if are_files else "position in the data set"
    return [f"{shown}, highest score first: true → predicted, score, {place}"]


def _lines(mistake: Mistake, *, one_line: bool) -> list[str]:
    if one_line:
        return [arrowed(mistake.true, mistake.predicted)]
    return [mistake.true, arrowed("", mistake.predicted)]


def _write_caption(
    page: Page, x: int, y: int, mistake: Mistake, *, room: int, one_line: bool
) -> None:
    true = mistake.true if one_line else shortened(mistake.true, room, TEXT)
    predicted = arrowed("", mistake.predicted)
    page.write(x, y + _LINE, true)
    if one_line:
        page.write(x + width_of(true, TEXT), y + _LINE, f" {predicted}", color=WRONG)
    else:
        y += _LINE
        page.write(x, y + _LINE, shortened(predicted, room, TEXT), color=WRONG)
    page.write(x, y + 2 * _LINE, _score(mistake), size=SMALL, color=QUIET)


def _score(mistake: Mistake) -> str:
    form = ".1f" if mistake.score >= _LEAST_SCORE else ".2g"
    return f"{100 * mistake.score:{form}} %   #{mistake.index}"


def _in_lines(name: str, room: float) -> list[str]:
    """Write the name of a file in at most two lines, so that it is found in its folder; longer ones lose their middle."""
    name = PurePath(name).name
    whole = next((end for end in range(len(name), 0, -1) if width_of(name[:end], SMALL) <= room), 0)
    lines = [name[:whole], name[whole:]]
    return [shortened(line, room, SMALL) for line in lines if line]

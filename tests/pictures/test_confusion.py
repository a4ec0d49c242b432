from io import BytesIO
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from striate.pictures import draw_confusion
from striate.pictures.page import Page


RIGHT = (0xB0, 0xB0, 0xB0)
NONE_RIGHT = (0xF6, 0xF6, 0xF6)
FRAME = 0xD4


def pixels(png: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(BytesIO(png)).convert("RGB"))


def bands(is_set: NDArray[np.bool_] | np.bool_) -> list[tuple[int, int]]:
    """Give the first and the last place of every run of true values."""
    places = np.flatnonzero(is_set)
    breaks = [place for place, following in pairwise(places) if following > place + 1]
    starts = [following for place, following in pairwise(places) if following > place + 1]
    if not len(places):
        return []
    firsts, lasts = [places[0], *starts], [*breaks, places[-1]]
    return [(int(first), int(last)) for first, last in zip(firsts, lasts, strict=True)]


def colored(page: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Mark what has a color, the bar that explains the colors left out: it comes last."""
    mask: NDArray[np.bool_] = np.ptp(page, axis=2) > 0
    runs = bands(mask.any(axis=1))
    if runs:
        mask[runs[-1][0] :] = False
    return mask


def diagonal(page: NDArray[np.uint8], classes: int) -> list[tuple[int, int]]:
    """Give the middles of the cells of right answers."""
    length = 15  # no letter has a line of this length
    is_grey = (np.ptp(page, axis=2) == 0) & (page[..., 0] != FRAME)
    is_right = is_grey & (page[..., 0] >= RIGHT[0]) & (page[..., 0] < NONE_RIGHT[0] - 8)
    is_right = np.pad(is_right.cumsum(axis=1), ((0, 0), (1, 0)))
    lines = np.argwhere(is_right[:, length:] - is_right[:, :-length] == length)
    (top, left), (bottom, right) = lines.min(axis=0), lines.max(axis=0)
    right += length - 1
    side = (bottom - top + 2) / classes
    assert abs(side - (right - left + 2) / classes) < 1
    middles = (np.arange(classes) + 0.5) * side
    return [(int(top + middle), int(left + middle)) for middle in middles]


def names(number: int) -> list[str]:
    return [f"class {place}" for place in range(number)]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give what would be written, without drawing it."""
    texts: list[str] = []
    monkeypatch.setattr(Page, "write", lambda _, __, ___, text, **____: texts.append(text))
    monkeypatch.setattr(Page, "png", lambda _: b"")
    return texts


@pytest.mark.parametrize(("classes", "true", "predicted"), [(2, 1, 0), (10, 2, 7), (30, 29, 0)])
def test_a_single_mistake_colors_exactly_one_cell(classes: int, true: int, predicted: int) -> None:
    counts = 50 * np.eye(classes, dtype=np.int64)
    counts[true, predicted] = 1
    page = pixels(draw_confusion(counts, names(classes), "one mistake"))
    mask = colored(page)
    middles = diagonal(page, classes)
    row_bands, column_bands = bands(mask.any(axis=1)), bands(mask.any(axis=0))
    assert len(row_bands) == len(column_bands) == 1
    assert row_bands[0][0] < middles[true][0] < row_bands[0][1]
    assert column_bands[0][0] < middles[predicted][1] < column_bands[0][1]


@pytest.mark.parametrize(("classes", "side"), [(40, 19), (200, 4)])
def test_a_mistake_among_many_classes_is_one_square_of_a_plain_map(classes: int, side: int) -> None:
    counts = 50 * np.eye(classes, dtype=np.int64)
    counts[1, classes - 1] = 2
    page = pixels(draw_confusion(counts, ["x"] * classes, "many classes"))
    mask = colored(page)
    assert mask.sum() == side * side
    assert page.shape[1] < 1200


def test_without_mistakes_nothing_has_a_color() -> None:
    page = pixels(draw_confusion(7 * np.eye(5, dtype=np.int64), names(5), "perfect"))
    assert np.ptp(page, axis=2).max() == 0


def test_the_color_follows_the_share_of_the_row_not_the_count() -> None:
    counts = np.array([[5, 5, 0], [0, 950, 50], [0, 0, 1]])
    page = pixels(draw_confusion(counts, names(3), ""))
    middles = diagonal(page, 3)
    half = page[middles[0][0] - 20, middles[1][1]]
    twentieth = page[middles[1][0] - 20, middles[2][1]]
    assert half.sum() < twentieth.sum() - 200


def test_right_answers_are_of_one_grey_however_many_they_are() -> None:
    page = pixels(draw_confusion(np.diag([1, 20, 9000]), names(3), ""))
    for row, column in diagonal(page, 3):
        assert tuple(page[row - 20, column - 20]) == RIGHT


def test_the_diagonal_is_the_darker_the_more_of_a_class_is_right() -> None:
    counts = np.array([[40, 0, 0, 0], [5, 15, 0, 0], [0, 9, 3, 0], [7, 0, 0, 0]])
    page = pixels(draw_confusion(counts, names(4), ""))
    (first_row, first_column), *_ = diagonal(page[:, :, :], 3)
    side = diagonal(page, 3)[1][0] - first_row
    greys = [
        int(page[first_row + at * side - 20, first_column + at * side - 20, 0]) for at in range(4)
    ]
    assert greys[0] == RIGHT[0]
    assert greys[3] == NONE_RIGHT[0]
    assert greys == sorted(greys)
    assert greys[1] - greys[0] == pytest.approx((greys[3] - greys[0]) / 4, abs=1)


def test_the_bars_of_many_classes_do_not_make_one_wall() -> None:
    counts = 50 * np.eye(70, dtype=np.int64)
    counts[:, 0] += 10
    counts[0, 0] = 50
    page = pixels(draw_confusion(counts, ["x"] * 70, ""))
    bars = np.all(page == (0xB8, 0xB8, 0xB8), axis=2)
    runs = bands(bars[:, bars.sum(axis=0).argmax()])
    assert sum(last - first > 2 for first, last in runs) == 69


def test_every_count_above_zero_is_written_and_every_error_rate(written: list[str]) -> None:
    counts = np.array([[11, 0, 33], [0, 4321, 0], [6, 2, 0]])
    draw_confusion(counts, ["a", "b", "c"], "")
    numbers = [text for text in written if text.replace(",", "").isdigit()]
    assert sorted(numbers) == ["11", "2", "33", "4,321", "6"]
    rates = [text for text in written if text in {"75.0 %", "0.0 %", "100.0 %"}]
    assert rates == ["75.0 %", "0.0 %", "100.0 %"]
    assert "41 of 4,373 examples are given a wrong class: 0.938 %" in written


def test_a_class_without_examples_has_no_error_rate(written: list[str]) -> None:
    draw_confusion(np.array([[3, 1], [0, 0]]), ["a", "b"], "")
    assert written.count("–") == 1


def test_no_examples_at_all_is_said(written: list[str]) -> None:
    draw_confusion(np.zeros((3, 3), dtype=np.int64), names(3), "")
    assert "no examples" in written


def test_many_classes_come_with_a_list_of_the_most_frequent_mistakes(written: list[str]) -> None:
    counts = np.zeros((40, 40), dtype=np.int64)
    counts[3, 8], counts[8, 3], counts[5, 5] = 12, 1300, 9999
    draw_confusion(counts, names(40), "")
    pairs = [text for text in written if " → class" in text]
    assert pairs == ["class 8 → class 3", "class 3 → class 8"]
    assert "1,300" in written
    assert "9,999" not in written


def test_counts_of_any_integer_type_give_the_same_picture() -> None:
    counts = np.zeros((31, 31), dtype=np.uint8)
    counts[0, 1], counts[2, 1], counts[3, 3] = 3, 200, 255
    png = draw_confusion(counts, ["x"] * 31, "")
    assert png == draw_confusion(counts.astype(np.int64), ["x"] * 31, "")


@pytest.mark.parametrize(
    ("name", "classes"),
    [
        ("운동화", 31),
        ("a name of very many words " * 8, 31),
        ("운동화", 2),
        (r"$\no$ formula", 2),
        ("", 2),
    ],
)
def test_any_name_can_be_a_class(name: str, classes: int) -> None:
    counts = np.ones((classes, classes), dtype=np.int64)
    page = pixels(draw_confusion(counts, [name] * classes, name))
    assert page.shape[1] < 1200
    assert page[:, -10:].min() == 255, "something is cut off at the right"


def test_counts_of_five_digits_stay_inside_their_cells() -> None:
    page = pixels(draw_confusion(np.diag([88_888] * 30), ["x"] * 30, ""))
    row, column = diagonal(page, 30)[3]
    cell = diagonal(page, 30)[4][1] - column
    for edge in (column - cell // 2 + 1, column + cell // 2 - 2):
        assert {tuple(pixel) for pixel in page[row - 5 : row + 5, edge]} == {RIGHT}


def test_equal_counts_give_equal_bytes() -> None:
    counts = np.array([[9, 1], [2, 8]])
    assert draw_confusion(counts, ["a", "b"], "t") == draw_confusion(counts.copy(), ["a", "b"], "t")
    assert draw_confusion(counts, ["a", "b"], "t") != draw_confusion(counts.T, ["a", "b"], "t")


def test_counts_of_other_classes_are_refused() -> None:
    with pytest.raises(ValueError, match="broadcast"):
        draw_confusion(np.ones((3, 3), dtype=np.int64), ["a", "b"], "")

from io import BytesIO
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from striate.pictures import Mistake, draw_mistakes
from striate.pictures.fonts import width_of
from striate.pictures.page import Page
from striate.pictures.style import TEXT


def pixels(png: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(BytesIO(png)).convert("RGB"))


def mistake(
    grey: float, score: float, *, true: str = "4", predicted: str = "9", index: int = 0
) -> Mistake:
    image = np.full((1, 28, 28), grey / 255, dtype=np.float32)
    return Mistake(image, true, predicted, score, index)


def place_of(page: NDArray[np.uint8], grey: int) -> tuple[int, int] | None:
    """Find the first long line of one grey; no letter has such a line."""
    length = 60
    places = np.flatnonzero((page[..., 0] == grey) & (page[..., 1] == grey))
    lines = places[: 1 - length][places[length - 1 :] - places[: 1 - length] == length - 1]
    return divmod(int(lines[0]), page.shape[1]) if len(lines) else None


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give what would be written, without drawing it."""
    texts: list[str] = []
    monkeypatch.setattr(Page, "write", lambda _, __, ___, text, **____: texts.append(text))
    monkeypatch.setattr(Page, "png", lambda _: b"")
    return texts


def test_the_highest_score_comes_first_in_reading_order() -> None:
    scores = np.random.default_rng(0).permutation(20) / 20
    page = pixels(draw_mistakes([mistake(100 + 2 * n, s) for n, s in enumerate(scores)], ""))
    worst_first = [100 + 2 * int(n) for n in np.argsort(-scores)]
    places = [place for grey in worst_first if (place := place_of(page, grey))]
    assert len(places) == 20
    assert places == sorted(places)


def test_what_scores_mean_is_said_where_it_is_not_plain(written: list[str]) -> None:
    draw_mistakes([mistake(10, 0.08)], "", remark="scores come from distances")
    without = [*written]
    draw_mistakes([mistake(10, 0.08)], "")
    assert len(written) == 2 * len(without) - 1


def test_of_more_than_forty_eight_the_least_confident_are_left_out() -> None:
    mistakes = [mistake(10, 0.9)] * 48 + [mistake(100, 0.2)]
    page = pixels(draw_mistakes(mistakes, ""))
    assert place_of(page, 10)
    assert place_of(page, 100) is None


def test_the_number_of_all_mistakes_is_written(written: list[str]) -> None:
    draw_mistakes([mistake(10, 0.9)] * 49, "")
    assert any(text.startswith("48 of 49 mistakes") for text in written)


def test_a_caption_has_both_classes_the_score_and_the_position(written: list[str]) -> None:
    draw_mistakes([mistake(0, 0.873, true="4", predicted="9", index=1234)], "")
    caption = "".join(written)
    assert "4 → 9" in caption
    assert "87.3 %" in caption
    assert "#1234" in caption


@pytest.mark.parametrize(
    "name",
    [
        "cup/IMG_2009 (1).jpeg",
        "cup/a/2026-11-30 14.05.35 kitchen.jpg",
        "컵/부엌에서 찍은 사진 3.png",
    ],
)
def test_a_file_is_named_whole_so_that_it_is_found(written: list[str], name: str) -> None:
    image = np.zeros((1, 28, 28), dtype=np.float32)
    draw_mistakes([Mistake(image, "cup", "ball", 0.5, 17, name)] * 9, "")
    caption = "".join(written)
    assert "#17" in caption
    assert name.rsplit("/", maxsplit=1)[-1] in caption
    assert any(text.endswith("# in predictions.csv, file") for text in written)


def test_names_of_files_do_not_run_into_each_other_or_into_the_pictures_below() -> None:
    image = np.full((1, 28, 28), 100 / 255, dtype=np.float32)
    page = pixels(draw_mistakes([Mistake(image, "a", "b", 0.5, 3, "W" * 300)] * 16, ""))
    first, last = place_of(page, 100), place_of(page[::-1], 100)
    assert first is not None
    assert last is not None
    is_inked = (page.min(axis=2) < 200).any(axis=0)
    assert not is_inked[first[1] - 8 : first[1]].any()


def test_low_is_black_and_high_is_white() -> None:
    assert place_of(pixels(draw_mistakes([mistake(51, 0.5)], "", low=1, high=0)), 204)
    assert place_of(pixels(draw_mistakes([mistake(51, 0.5)], "", low=-1, high=1)), 153)


def test_no_mistakes_give_a_picture_that_says_so(written: list[str]) -> None:
    draw_mistakes([], "Digits")
    assert "No mistakes: every prediction is right." in written


def test_the_picture_without_mistakes_is_not_empty() -> None:
    assert pixels(draw_mistakes([], "")).min() < 110


def test_the_order_in_which_mistakes_come_does_not_matter() -> None:
    mistakes = [mistake(n, 0.5 + n % 3 / 10, index=n) for n in range(10)]
    assert draw_mistakes(mistakes, "") == draw_mistakes(mistakes[::-1], "")
    assert draw_mistakes(mistakes, "") != draw_mistakes(mistakes[:-1], "")


@pytest.mark.parametrize(
    "name", ["a name of very many words " * 8, r"$\no$ formula", "티셔츠와 긴 이름의 옷"]
)
def test_any_name_can_be_a_class(name: str) -> None:
    page = pixels(draw_mistakes([mistake(10, 0.5, true=name, predicted=name)] * 8, name))
    assert place_of(page, 10)
    assert page.shape[1] < 1200
    assert page[:, -10:].min() == 255, "something is cut off at the right"


def test_color_images_keep_their_colors() -> None:
    image = np.zeros((3, 8, 8), dtype=np.float32)
    image[2] = 1
    page = pixels(draw_mistakes([Mistake(image, "a", "b", 0.5, 0)], ""))
    assert np.all(page == (0, 0, 255), axis=2).sum() == 96 * 96


def test_small_scores_keep_digits_that_tell_them_apart(written: list[str]) -> None:
    draw_mistakes([mistake(10, score) for score in (0.079, 0.0006, 3.14e-7, 2.7e-7, 0.0)], "")
    said = [text.partition(" %")[0] for text in written if "#" in text and "highest" not in text]
    assert said == ["7.9", "0.1", "3.1e-05", "2.7e-05", "0"]


def test_no_score_is_written_over_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[tuple[float, float, float]] = []

    def note(_: Page, x: float, y: float, text: str, *, size: float = TEXT, **__: object) -> None:
        written.append((y, x, x + width_of(text, size)))

    monkeypatch.setattr(Page, "write", note)
    draw_mistakes([mistake(10, 3.14e-7, index=66_513 + n) for n in range(8)], "")
    ordered = sorted(written)
    assert all(one[2] <= other[1] for one, other in pairwise(ordered) if one[0] == other[0])


def test_the_arrow_stands_before_a_class_whose_letters_run_to_the_left() -> None:
    names = ("עברית", "9")
    pages = [pixels(draw_mistakes([mistake(10, 0.5, predicted=name)], "")) for name in names]
    # Only the arrow and the predicted class have a color.
    colored = [np.ptp(page.astype(int), axis=2) > 60 for page in pages]
    begins = [int(np.flatnonzero(one.any(axis=0))[0]) for one in colored]
    assert begins[0] == begins[1]
    arrows = [one[:, begins[0] : begins[0] + 10] for one in colored]
    assert np.array_equal(*arrows)
    assert arrows[0].sum() > 10

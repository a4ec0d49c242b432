import statistics
from io import BytesIO

import matplotlib as mpl
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from striate.pictures import draw_batch
from striate.pictures.page import Page


def settings() -> dict[str, object]:
    # To read the backend would choose one.
    return {name: mpl.rcParams[name] for name in mpl.rcParams if name != "backend"}


def pixels(png: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(BytesIO(png)).convert("RGB"))


def constant_images(values: list[float], side: int = 28) -> NDArray[np.float32]:
    column = np.array(values, dtype=np.float32)[:, None, None, None]
    return np.broadcast_to(column, (len(values), 1, side, side))


def corner_of_square(page: NDArray[np.uint8], grey: int, side: int) -> tuple[int, int]:
    """Find the first square of one grey: no letter has a line as long as its upper edge."""
    is_grey = (page[..., 0] == grey) & (page[..., 1] == grey)
    places = np.flatnonzero(is_grey)
    lines = places[: 1 - side][places[side - 1 :] - places[: 1 - side] == side - 1]
    assert len(lines), f"no square of grey {grey}"
    row, column = divmod(int(lines[0]), page.shape[1])
    assert is_grey[row : row + side, column : column + side].all()
    return row, column


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give what would be written, without drawing it."""
    texts: list[str] = []
    monkeypatch.setattr(Page, "write", lambda _, __, ___, text, **____: texts.append(text))
    monkeypatch.setattr(Page, "png", lambda _: b"")
    return texts


def test_sixty_four_images_stand_in_reading_order_each_with_its_own_grey() -> None:
    greys = [5 + 3 * number for number in range(64)]
    images = constant_images([grey / 255 for grey in greys])
    page = pixels(draw_batch(images, ["x"] * 64, low=0, high=1, title="greys"))
    corners = [corner_of_square(page, grey, side=84) for grey in greys]
    assert corners == sorted(corners)
    assert len({row for row, _ in corners}) == len({column for _, column in corners}) == 8


def test_a_color_image_appears_pixel_by_pixel() -> None:
    colors = np.random.default_rng(0).integers(0, 256, size=(5, 7, 3))
    colors[..., 1] = (colors[..., 0] + 60) % 256  # no pixel is grey, all else on the page is
    image = (colors.transpose(2, 0, 1) / 255 * 1.275 - 0.1).astype(np.float32)
    page = pixels(draw_batch(image[None], ["7"], low=-0.1, high=1.175, title="colors"))
    is_colored = np.ptp(page, axis=2) > 0
    rows, columns = np.flatnonzero(is_colored.any(1)), np.flatnonzero(is_colored.any(0))
    tile = page[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    factor = len(tile) // 5
    assert factor > 1
    np.testing.assert_array_equal(tile, np.kron(colors, np.ones((factor, factor, 1), dtype=int)))


@pytest.mark.parametrize(
    ("low", "high", "value"),
    [(0.0, 1.0, 0.2), (-2.0, 8.0, 0.0), (1.0, 0.0, 0.8), (0.0, 255.0, 51.0)],
)
def test_low_is_black_and_high_is_white_whichever_is_larger(
    low: float, high: float, value: float
) -> None:
    png = draw_batch(constant_images([value]), ["x"], low=low, high=high, title="")
    corner_of_square(pixels(png), 51, side=100)


def test_a_value_below_low_is_black() -> None:
    png = draw_batch(constant_images([-3.0]), ["x"], low=0, high=1, title="")
    corner_of_square(pixels(png), 0, side=100)


def test_values_beyond_low_and_high_are_counted(written: list[str]) -> None:
    images = constant_images([-3.0, 0.5, 0.5, 0.5])
    draw_batch(images, list("abcd"), low=0, high=1, title="")
    assert any(text.startswith("25 % of the values lie outside of 0 to 1") for text in written)


def test_rounding_of_the_ends_does_not_count_as_outside(written: list[str]) -> None:
    images = constant_images([-0.1, 1.175])
    draw_batch(images, ["a", "b"], low=-0.1, high=1.175, title="")
    assert not any("outside" in text for text in written)


def test_the_numbers_are_those_of_the_whole_batch_not_of_the_images_shown(
    written: list[str],
) -> None:
    values = [0.01 * number for number in range(100)]
    draw_batch(constant_images(values, side=3), ["x"] * 100, low=0, high=1, title="")
    mean, deviation = statistics.fmean(values), statistics.pstdev(values)
    assert (
        f"smallest 0, largest 0.99, mean {mean:.3g}, standard deviation {deviation:.3g}" in written
    )
    assert "64 of 100 images, 1 × 3 × 3" in written


def test_what_was_done_with_pictures_stands_on_them(written: list[str]) -> None:
    images = constant_images([0.5])
    draw_batch(images, ["1"], low=0.0, high=1.0, title="", remarks=["colors are left out"])
    assert "colors are left out" in written


def test_the_sixty_fifth_image_is_not_drawn() -> None:
    images = constant_images([0.0] * 64 + [100 / 255])
    page = pixels(draw_batch(images, ["x"] * 65, low=0, high=1, title=""))
    with pytest.raises(AssertionError, match="no square"):
        corner_of_square(page, 100, side=40)


def test_of_two_channels_the_first_is_drawn() -> None:
    images = np.stack([np.full((9, 9), 0.2), np.full((9, 9), 0.6)])[None].astype(np.float32)
    page = pixels(draw_batch(images, ["x"], low=0, high=1, title=""))
    corner_of_square(page, 51, side=100)


def test_a_picture_of_two_channels_says_that_one_is_drawn(written: list[str]) -> None:
    images = np.zeros((1, 2, 9, 9), dtype=np.float32)
    draw_batch(images, ["x"], low=0, high=1, title="")
    assert "1 image, 2 × 9 × 9; of the 2 channels the first is drawn" in written


def test_what_is_not_a_number_is_orange() -> None:
    images = constant_images([0.5], side=10).copy()
    images[0, 0, 1, 1:4] = np.nan
    images[0, 0, 5, 5] = np.inf
    page = pixels(draw_batch(images, ["a"], low=0, high=1, title=""))
    is_orange = np.ptp(page, axis=2) > 0
    assert np.count_nonzero(is_orange) == 4 * 19 * 19  # each of the 100 values is 19 pixels wide


def test_what_is_not_a_number_is_counted_and_left_out_of_the_others(written: list[str]) -> None:
    images = constant_images([0.5, 0.5]).copy()
    images[0, 0, :2, :2] = np.nan
    images[1, 0, 0, 0] = np.inf
    draw_batch(images, ["a", "b"], low=0, high=1, title="")
    assert "values that are not finite, drawn orange: 5" in written
    assert "smallest 0.5, largest 0.5, mean 0.5, standard deviation 0" in written


def test_large_images_are_scaled_down_to_a_page_that_fits_a_screen() -> None:
    images = np.full((13, 3, 500, 400), 0.2, dtype=np.float32)
    page = pixels(draw_batch(images, ["name"] * 13, low=0, high=1, title=""))
    corner_of_square(page, 51, side=70)
    assert page.shape[1] < 1200


@pytest.mark.parametrize("name", ["운동화", "a name of very many words " * 8, r"$\no$ formula", ""])
def test_any_name_can_be_a_label(name: str) -> None:
    page = pixels(draw_batch(constant_images([0.2] * 13), [name] * 13, low=0, high=1, title=name))
    corner_of_square(page, 51, side=84)
    assert page.shape[1] < 1200
    assert page[:, -10:].min() == 255, "something is cut off at the right"


def test_no_images_give_a_picture_without_images(written: list[str]) -> None:
    empty = np.zeros((0, 1, 28, 28), dtype=np.float32)
    draw_batch(empty, [], low=0, high=1, title="")
    assert "0 images, 1 × 28 × 28" in written


def test_the_picture_without_images_has_no_tile() -> None:
    page = pixels(draw_batch(np.zeros((0, 1, 28, 28), np.float32), [], low=0, high=1, title=""))
    assert len(page) < 150


def test_equal_batches_give_equal_bytes_whatever_the_settings_of_matplotlib() -> None:
    images = constant_images([0.1, 0.9])
    usual = draw_batch(images, ["a", "b"], low=0, high=1, title="t")
    with mpl.rc_context({"font.size": 30, "text.color": "red", "savefig.dpi": 40}):
        before = settings()
        assert draw_batch(images, ["a", "b"], low=0, high=1, title="t") == usual
        assert settings() == before
    assert draw_batch(images, ["a", "c"], low=0, high=1, title="t") != usual


def test_a_label_for_each_image_is_needed() -> None:
    with pytest.raises(ValueError, match="shorter"):
        draw_batch(constant_images([0.1, 0.9]), ["a"], low=0, high=1, title="")

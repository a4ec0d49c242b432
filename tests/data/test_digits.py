"""A digit in a picture is found, scaled and centered as the digits of MNIST were."""

import io
from time import perf_counter

import numpy as np
import numpy.typing as npt
import PIL.Image
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra import numpy as arrays

from striate.data import center_digit, read_idx
from striate.data.sources import find
from striate.data.user_files import read_unpacked
from striate.errors import DataError


Bytes = npt.NDArray[np.uint8]

# Ink of up to 14 pixels a side, weak and strong, with a border of clean background.
DRAWINGS = (
    arrays.arrays(
        np.uint8,
        arrays.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=14),
        elements=st.sampled_from([0, 0, 0, 60, 200, 255]),
    )
    .filter(np.any)
    .map(lambda ink: np.pad(ink, 2))
)


@pytest.fixture(scope="module")
def digits() -> Bytes:
    """The 10,000 test digits of MNIST."""
    path = find.SHIPPED / "t10k-images-idx3-ubyte.xz"
    return read_idx(read_unpacked(path), str(path))


def centered(gray: Bytes, box: int = 20, side: int = 32) -> Bytes:
    return center_digit(gray, box=box, side=side, where="digit.png")


def jpeg(gray: Bytes, quality: int = 75) -> Bytes:
    file = io.BytesIO()
    PIL.Image.fromarray(gray).save(file, "JPEG", quality=quality)
    return np.asarray(PIL.Image.open(file))


def extent(ink: Bytes) -> tuple[int, int]:
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    return int(rows[-1] - rows[0]) + 1, int(columns[-1] - columns[0]) + 1


def center_of_mass(ink: Bytes) -> tuple[float, float]:
    rows, columns = np.indices(ink.shape)
    return float(np.average(rows, weights=ink)), float(np.average(columns, weights=ink))


def difference(one: Bytes, other: Bytes) -> float:
    """Mean difference of two fields, moved by at most a pixel: the center is rounded to one."""
    return min(
        float(np.abs(np.roll(one, (down, right), (0, 1)).astype(int) - other).mean())
        for down in (-1, 0, 1)
        for right in (-1, 0, 1)
    )


def test_digits_of_mnist_stay_as_they_are_stored(digits: Bytes) -> None:
    stored = np.pad(digits[:1000], ((0, 0), (2, 2), (2, 2)))
    prepared = np.stack([centered(digit) for digit in digits[:1000]])
    # The strongest ink becomes 255, and in every tenth stored digit it is 254.
    worst = np.abs(stored.astype(int) - prepared).max((1, 2))
    assert (worst == 0).mean() > 0.85
    assert (worst <= 1).mean() >= 0.999


def test_digits_of_mnist_stay_in_a_field_of_any_size(digits: Bytes) -> None:
    for side in (28, 29, 33):
        before = (side - 28) // 2
        stored = np.pad(digits[7], (before, side - 28 - before))
        assert np.array_equal(centered(digits[7], side=side), stored)


def test_digits_of_mnist_survive_enlargement_by_whole_factors(digits: Bytes) -> None:
    for digit in digits[:40]:
        for factor in (2, 3, 7):
            large = digit.repeat(factor, 0).repeat(factor, 1)
            assert difference(centered(large), centered(digit)) < 0.5


@given(DRAWINGS)
@settings(deadline=None, max_examples=80)
def test_dark_on_light_and_light_on_dark_are_the_same(drawing: Bytes) -> None:
    assert np.array_equal(centered(255 - drawing), centered(drawing))


@given(DRAWINGS, st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
@settings(deadline=None, max_examples=80)
def test_more_background_changes_nothing(drawing: Bytes, above: int, left: int, right: int) -> None:
    wide = np.pad(drawing, ((above, 3), (left, right)))
    assert np.array_equal(centered(wide), centered(drawing))


@given(DRAWINGS, st.integers(2, 5))
@settings(deadline=None, max_examples=80)
def test_enlargement_changes_little(drawing: Bytes, factor: int) -> None:
    large = drawing.repeat(factor, 0).repeat(factor, 1)
    assert difference(centered(large), centered(drawing)) < 20


@given(DRAWINGS, st.integers(1, 32))
@settings(deadline=None, max_examples=80)
def test_ink_fills_the_box_around_its_center_of_mass(drawing: Bytes, box: int) -> None:
    result = centered(drawing, box)
    assert result.shape == (32, 32)
    assert result.dtype == np.uint8
    assert result.max() == 255
    assert max(extent(result)) <= box
    row, column = center_of_mass(result)
    assert 15.5 - 1e-9 <= row < 16.5 or result[0].any() or result[-1].any()
    assert 15.5 - 1e-9 <= column < 16.5 or result[:, 0].any() or result[:, -1].any()


@given(DRAWINGS)
@settings(deadline=None, max_examples=80)
def test_ink_of_the_boxs_size_is_moved_and_not_altered(drawing: Bytes) -> None:
    rows, columns = extent(drawing)
    strongest = int(drawing.max())
    result = centered(drawing, max(rows, columns))
    expected = np.rint(drawing[drawing > 0] * (255 / strongest))
    assert result[result > 0].tolist() == expected.tolist()


def test_the_aspect_is_kept() -> None:
    tall = np.zeros((300, 300), np.uint8)
    tall[20:280, 100:165] = 255
    assert extent(centered(tall)) == (20, 5)
    assert extent(centered(tall.T.copy())) == (5, 20)


def test_ink_far_from_its_center_of_mass_is_not_cut_off() -> None:
    comet = np.zeros((28, 28), np.uint8)
    comet[4:24, 14] = 60
    comet[20:24, 10:18] = 255
    result = centered(comet, box=20, side=22)
    assert extent(result) == (20, 8)
    assert int(result.sum()) == int(comet.sum())


@pytest.mark.parametrize("shape", [(5, 5), (28, 28), (701, 400), (3000, 4000)])
def test_a_stroke_of_one_pixel_is_found_in_any_picture(shape: tuple[int, int]) -> None:
    paper = np.full(shape, 255, np.uint8)
    paper[1:-1, shape[1] // 2] = 0
    result = centered(paper)
    height, width = extent(result)
    assert height == 20
    assert width <= 20 // 3 + 1  # at 5x5, the stroke is a third as wide as it is long
    assert result.max() == 255


@pytest.mark.parametrize("shape", [(1, 4000), (4000, 1), (1, 2), (2, 1)])
def test_a_picture_of_one_row_or_column_gives_a_digit_or_no_ink(shape: tuple[int, int]) -> None:
    paper = np.zeros(shape, np.uint8)
    paper[-1, -1] = 255
    try:
        result = centered(paper)
    except DataError:
        return
    assert result.max() == 255


def test_a_huge_photograph_takes_less_than_two_seconds() -> None:
    paper = np.full((3000, 4000), 220, np.uint8)
    paper[600:2400, 1800:2000] = 40
    start = perf_counter()
    centered(paper)
    assert perf_counter() - start < 2


def test_faint_ink_of_a_clean_picture_is_kept(digits: Bytes) -> None:
    faint = (digits[0] // 64).astype(np.uint8) + 100
    expected = centered((digits[0] // 64 * 85).astype(np.uint8))
    assert np.array_equal(centered(faint), expected)


def test_ink_that_runs_off_the_picture_is_no_noise() -> None:
    gray = np.zeros((28, 28), np.uint8)
    gray[0:20, 10:13] = np.array([20, 255, 20])
    assert sorted(set(centered(gray).ravel().tolist())) == [0, 20, 255]


@pytest.mark.parametrize(("quality", "most"), [(40, 16), (75, 1.5), (95, 0.5)])
def test_the_fringe_of_jpeg_does_not_shrink_the_digit(
    digits: Bytes, quality: int, most: float
) -> None:
    for digit in digits[:20]:
        drawn = np.where(digit.repeat(3, 0).repeat(3, 1) > 127, 0, 255).astype(np.uint8)
        drawn = np.pad(drawn, 13, constant_values=255)
        clean, saved = centered(drawn), centered(jpeg(drawn, quality))
        assert max(extent(np.where(saved > 60, saved, 0).astype(np.uint8))) == 20
        assert difference(saved, clean) < most


def test_the_noise_and_the_shade_of_photographed_paper_are_lost(digits: Bytes) -> None:
    noise = np.random.default_rng(3)
    for digit in digits[:20]:
        large = digit.repeat(10, 0).repeat(10, 1).astype(float)
        shade = np.linspace(-10, 10, 280)
        photograph = 210 - large * (170 / 255) + shade + noise.normal(0, 4, large.shape)
        result = centered(jpeg(photograph.clip(0, 255).astype(np.uint8), 85))
        assert max(extent(result)) == 20
        assert difference(result, centered(digit)) < 5


@pytest.mark.parametrize("value", [0, 77, 255])
@pytest.mark.parametrize("shape", [(1, 1), (5, 5), (200, 300)])
def test_a_picture_of_one_color_has_no_ink(shape: tuple[int, int], value: int) -> None:
    with pytest.raises(DataError) as caught:
        centered(np.full(shape, value, np.uint8))
    assert str(caught.value) == (
        "digit.png: there is no ink in it: no pixel stands out from the border.\n"
        "  Needed: one digit, darker or lighter than the paper around it.\n"
        "  Fix: draw the digit with more contrast, and leave paper on all sides."
    )


@pytest.mark.parametrize("side", [60, 400, 1500])
def test_photographed_paper_without_a_digit_has_no_ink(side: int) -> None:
    noise = np.random.default_rng(side)
    paper = noise.normal(200, 5, (side, side)).clip(0, 255).astype(np.uint8)
    with pytest.raises(DataError, match="no ink"):
        centered(paper)


def test_a_box_larger_than_the_field_is_named() -> None:
    with pytest.raises(DataError) as caught:
        centered(np.eye(5, dtype=np.uint8), box=20, side=16)
    assert str(caught.value) == (
        "digit.png: the ink is fitted into 20x20 pixels, and the network reads 16x16.\n"
        "  Needed: a box of at most 16.\n"
        "  Fix: write box as 16 or less."
    )

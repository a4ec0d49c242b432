"""Windows: crops are whole pixels in the right frequencies, and areas stay within their limits."""

import math
from collections import Counter

import pytest
import torch
from torch import Tensor
from torch.nn.functional import pad

from striate.augmentation.kinds import AreaCrop, Augmentation, Crop, Flip, Rotate
from striate.augmentation.transforms import Augmenter
from striate.augmentation.transforms.draws import Draws
from striate.augmentation.transforms.windows import Size, area_map, corners


def numbered(height: int, width: int) -> Tensor:
    """A picture whose every pixel has a value of its own."""
    return torch.arange(1, height * width + 1).float().view(1, 1, height, width)


def augmented(images: Tensor, size: Size, *augmentation: Augmentation) -> Tensor:
    return Augmenter(augmentation, 0, size, images)(images, torch.arange(len(images)), 0)


def test_a_crop_is_a_part_of_the_padded_picture_and_every_place_comes() -> None:
    pictures = numbered(5, 7).expand(3000, 1, 5, 7)
    padded = pad(pictures[0, 0], (2, 2, 2, 2))
    places = {
        tuple(padded[row : row + 5, column : column + 7].flatten().tolist()): (row, column)
        for row in range(5)
        for column in range(5)
    }
    cut = augmented(pictures, (5, 7), Crop(2))
    found = Counter(places[tuple(one.flatten().tolist())] for one in cut)
    assert len(found) == 25
    assert min(found.values()) > 80  # 120 are expected
    assert max(found.values()) < 160


def test_a_larger_picture_gives_windows_from_corner_to_corner() -> None:
    pictures = numbered(9, 8).expand(2000, 1, 9, 8)
    cut = augmented(pictures, (6, 7), Crop(), Flip())
    expected = {
        tuple(window.flatten().tolist())
        for row in range(4)
        for column in range(2)
        for window in (
            pictures[0, 0, row : row + 6, column : column + 7],
            pictures[0, 0, row : row + 6, column : column + 7].flip(1),
        )
    }
    assert {tuple(one.flatten().tolist()) for one in cut} == expected


@pytest.mark.parametrize("size", [(6, 6), (5, 7), (9, 8)])
def test_without_a_crop_the_central_window_is_taken(size: Size) -> None:
    picture = numbered(9, 8)
    top, left = (9 - size[0]) // 2, (8 - size[1]) // 2
    expected = picture[:, :, top : top + size[0], left : left + size[1]]
    assert torch.equal(augmented(picture, size), expected)
    assert torch.equal(augmented(picture, size, Rotate(0)), expected)


@pytest.mark.parametrize("size", [(6, 6), (5, 7), (9, 8)])
def test_a_crop_is_the_same_among_other_moves(size: Size) -> None:
    pictures = numbered(9, 8).expand(50, 1, 9, 8)
    copied = augmented(pictures, size, Crop(2), Flip())
    assert torch.equal(augmented(pictures, size, Crop(2), Flip(), Rotate(0)), copied)


def test_corners_are_even_and_never_beyond_the_room() -> None:
    corner = corners(Crop(1), (40, 20), (30, 20), Draws(0, 0, torch.arange(4000)))
    assert Counter(corner[:, 0].tolist()).keys() == set(range(-1, 12))
    assert Counter(corner[:, 1].tolist()).keys() == {-1, 0, 1}


@pytest.mark.parametrize(("smallest", "aspect"), [(0.08, 0.75), (0.9, 0.5), (1.0, 0.1), (0.3, 1.0)])
def test_areas_and_aspects_stay_within_their_limits_and_inside_of_the_picture(
    smallest: float, aspect: float
) -> None:
    stored, size = (40, 60), (20, 15)
    draws = Draws(0, 0, torch.arange(5000))
    window = area_map(AreaCrop(smallest, aspect), stored, size, draws)
    widths, heights = window.xx * 15, window.yy * 20
    area = widths * heights / (40 * 60)
    ratio = (widths / 60) / (heights / 40)
    assert float(area.min()) >= smallest - 1e-5
    assert float(area.max()) <= 1 + 1e-5
    assert float(ratio.min()) >= aspect - 1e-5
    assert float(ratio.max()) <= 1 / aspect + 1e-5
    assert float((window.x0.abs() + widths / 2).max()) <= 30 + 1e-4
    assert float((window.y0.abs() + heights / 2).max()) <= 20 + 1e-4
    # The area is even, and tall windows are as frequent as broad ones.
    assert (
        abs(float(area.mean()) - (1 + smallest) / 2)
        < 4 * (1 - smallest) / math.sqrt(12 * 5000) + 1e-5
    )
    assert abs(float(ratio.log().mean())) < 0.02
    if smallest == 0.08:
        assert float(ratio.min()) < 0.76
        assert float(ratio.max()) > 1.32
        assert float(area.min()) < 0.09


def test_the_whole_area_is_the_picture_resized() -> None:
    across = torch.arange(16.0).expand(1, 1, 16, 16)
    halved = augmented(across, (8, 8), AreaCrop(1, 1))
    torch.testing.assert_close(halved[0, 0], (torch.arange(8.0) * 2 + 0.5).expand(8, 8))

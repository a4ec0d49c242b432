"""`letterbox` keeps all of a picture and its aspect, and fills the rest: for files and for arrays alike."""

import numpy as np
import PIL.Image
import pytest
import torch

from striate.data import Examples, fit_examples, fit_picture
from striate.preparation import Preparation
from striate.shapes import Image


LETTERBOX = Preparation("letterbox")


@pytest.mark.parametrize(
    ("height", "width", "rows", "columns"),
    [
        (10, 20, slice(5, 15), slice(0, 20)),
        (20, 10, slice(0, 20), slice(5, 15)),
        (7, 20, slice(7, 14), slice(0, 20)),
        (20, 20, slice(0, 20), slice(0, 20)),
        (5, 10, slice(5, 15), slice(0, 20)),
        (40, 80, slice(5, 15), slice(0, 20)),
    ],
)
def test_all_of_a_picture_is_in_the_middle(
    height: int, width: int, rows: slice, columns: slice
) -> None:
    pixels = np.full((height, width, 3), 200, np.uint8)
    image = Image(3, 20, 20)
    of_file = fit_picture(pixels, image, LETTERBOX, "a")
    stored = Examples(torch.tensor(pixels).permute(2, 0, 1).unsqueeze(0), torch.zeros(1).long())
    of_array = fit_examples(stored, image, LETTERBOX).images[0]
    expected = torch.zeros(3, 20, 20, dtype=torch.uint8)
    expected[:, rows, columns] = 200
    assert torch.equal(of_file, expected)
    assert torch.equal(of_array, expected)


def test_what_is_inside_is_pillows_resized_picture() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (30, 60, 3), dtype=np.uint8)
    found = fit_picture(pixels, Image(3, 24, 24), LETTERBOX, "a")
    inside = PIL.Image.fromarray(pixels).resize((24, 12), PIL.Image.Resampling.BILINEAR)
    assert np.array_equal(found[:, 6:18].permute(1, 2, 0).numpy(), np.asarray(inside))
    assert not found[:, :6].any()
    assert not found[:, 18:].any()

"""Pictures that are fitted together come out as each does alone, gray ones as if they had colors."""

import numpy as np
import numpy.typing as npt
import PIL.Image
import pytest
from hypothesis import given, strategies as st

from picture_files import pixels
from striate.data import fit_picture
from striate.data.preprocessing.resize import fit_pictures
from striate.errors import DataError
from striate.preparation import Preparation
from striate.shapes import Image


DIGIT = Preparation("digit")
LENET = Image(1, 32, 32)


Bytes = npt.NDArray[np.uint8]


def picture(seed: int, height: int, width: int, mode: str) -> PIL.Image.Image:
    """Paint noise on black, so that it passes for ink."""
    ground = np.zeros((height, width, 3), np.uint8)
    top, left = 1 + seed % 2, 1 + seed % 3
    ground[top:-1, left:-1] = pixels(seed, height - 1 - top, width - 1 - left)
    return PIL.Image.fromarray(ground).convert(mode)


def blank(height: int, width: int) -> PIL.Image.Image:
    return PIL.Image.new("L", (width, height), 90)


def alone(one: PIL.Image.Image, image: Image, preparation: Preparation) -> Bytes | None:
    try:
        return fit_picture(np.asarray(one.convert("RGB")), image, preparation, "x").numpy()
    except DataError:
        return None


PICTURES = st.lists(
    st.one_of(
        st.builds(
            picture,
            st.integers(0, 99),
            st.sampled_from([5, 20, 24]),
            st.sampled_from([7, 20]),
            st.sampled_from(["L", "RGB"]),
        ),
        st.builds(blank, st.sampled_from([5, 20]), st.sampled_from([7, 20])),
    ),
    max_size=8,
)


@pytest.mark.parametrize(
    ("image", "preparation"),
    [
        (LENET, DIGIT),
        (Image(1, 9, 9), Preparation("resize")),
        (Image(3, 9, 7), Preparation("resize")),
        (Image(3, 9, 7), Preparation("crop", margin=2)),
    ],
)
@given(given=PICTURES)
def test_each_is_as_alone(
    image: Image, preparation: Preparation, given: list[PIL.Image.Image]
) -> None:
    together = fit_pictures(given, image, preparation)
    for one, fitted in zip(given, together, strict=True):
        expected = alone(one, image, preparation)
        if fitted is None or expected is None:
            assert fitted is expected
        else:
            assert np.array_equal(fitted, expected)


def test_ink_of_several_widths_is_put_in_the_middle_side_by_side() -> None:
    # As high as the box, and so not scaled: where it comes to lie can be counted.
    pictures = []
    for width in (20, 18, 16):
        ink = np.zeros((40, 40), np.uint8)
        ink[5:25, 7 : 7 + width] = 200
        pictures.append(PIL.Image.fromarray(ink))
    *fitted, nothing = fit_pictures([*pictures, blank(40, 40)], LENET, DIGIT)
    for width, one in zip((20, 18, 16), fitted, strict=True):
        expected = np.zeros((1, 32, 32), np.uint8)
        expected[0, 6:26, 16 - width // 2 : 16 + width // 2] = 255
        assert one is not None
        assert np.array_equal(one, expected)
    assert nothing is None

"""Stored images and pictures in files meet the network in one form."""

from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import torch
from hypothesis import given, settings, strategies as st
from torch import Tensor

from striate.data import (
    Examples,
    decode_picture,
    fit_examples,
    fit_picture,
    read_idx,
    standardize,
)
from striate.data.preprocessing import inputs
from striate.data.preprocessing.standardize import value_range
from striate.data.sources import find
from striate.data.user_files import read_unpacked
from striate.errors import DataError
from striate.pictures.tiles import tile
from striate.preparation import Preparation
from striate.shapes import Image


RESIZE = Preparation(fit="resize")
DIGIT = Preparation(fit="digit")
LENET = Image(1, 32, 32)


def random_images(*shape: int) -> Tensor:
    return torch.randint(
        0, 256, shape, dtype=torch.uint8, generator=torch.Generator().manual_seed(4)
    )


def examples(images: Tensor) -> Examples:
    return Examples(images, torch.arange(len(images)))


def fitted(images: Tensor, image: Image, preparation: Preparation = RESIZE) -> Tensor:
    result = fit_examples(examples(images), image, preparation)
    assert result.labels.tolist() == list(range(len(images)))
    assert result.images.dtype == torch.uint8
    return result.images


def pillow(image: Tensor) -> PIL.Image.Image:
    """One stored image as Pillow holds it."""
    gray_or_color = image[0] if len(image) == 1 else image.permute(1, 2, 0)
    return PIL.Image.fromarray(gray_or_color.numpy())


def refused(images: Tensor, image: Image, preparation: Preparation) -> str:
    with pytest.raises(DataError) as caught:
        fit_examples(examples(images), image, preparation)
    return str(caught.value)


def test_a_digit_in_a_file_is_prepared_like_the_stored_one(tmp_path: Path) -> None:
    shipped = find.SHIPPED / "t10k-images-idx3-ubyte.xz"
    stored = torch.from_numpy(read_idx(read_unpacked(shipped), "t10k")[:50]).unsqueeze(1)
    padded = fitted(stored, LENET, DIGIT)
    for index, image in enumerate(stored):
        path = tmp_path / f"{index}.png"
        pillow(image).save(path)
        prepared = fit_picture(decode_picture(path), LENET, DIGIT, str(path))
        assert prepared.shape == (1, 32, 32)
        assert (prepared.int() - padded[index].int()).abs().max() <= 1


def test_28x28_digits_are_padded_by_two_pixels_all_around() -> None:
    images = random_images(3, 1, 28, 28)
    result = fitted(images, LENET, DIGIT)
    assert result.shape == (3, 1, 32, 32)
    assert torch.equal(result[:, :, 2:30, 2:30], images)
    assert int(result.long().sum()) == int(images.long().sum())


def test_an_odd_rest_goes_below_and_to_the_right() -> None:
    result = fitted(
        torch.full((1, 1, 2, 3), 9, dtype=torch.uint8), Image(1, 5, 5), Preparation("digit", 5)
    )
    assert result[0, 0].tolist() == [
        [0, 0, 0, 0, 0],
        [0, 9, 9, 9, 0],
        [0, 9, 9, 9, 0],
        [0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0],
    ]
    result = fitted(
        torch.full((1, 1, 4, 4), 9, dtype=torch.uint8), Image(1, 5, 5), Preparation("digit", 5)
    )
    assert result[0, 0, :, 0].tolist() == result[0, 0, 0].tolist() == [9, 9, 9, 9, 0]


def test_images_of_the_inputs_size_are_not_copied() -> None:
    stored = examples(random_images(2, 3, 8, 9))
    assert fit_examples(stored, Image(3, 8, 9), RESIZE) is stored


@given(
    st.sampled_from([1, 3]),
    st.sampled_from([1, 3]),
    st.tuples(*[st.integers(1, 40)] * 4),
)
@settings(deadline=None, max_examples=60)
def test_stored_images_are_resized_as_pillow_resizes_pictures(
    stored: int, channels: int, sizes: tuple[int, int, int, int]
) -> None:
    height, width, rows, columns = sizes
    image = Image(channels, rows, columns)
    images = random_images(2, stored, height, width)
    result = fitted(images, image)
    for one, other in zip(images, result, strict=True):
        picture = np.asarray(pillow(one).convert("RGB"))
        from_file = fit_picture(picture, image, RESIZE, "x")
        assert from_file.shape == other.shape == (channels, rows, columns)
        assert from_file.dtype == torch.uint8
        assert (from_file.int() - other.int()).abs().max() <= 1


def test_resizing_makes_nothing_darker_or_lighter() -> None:
    images = random_images(4, 1, 90, 80)
    from_files = [
        np.asarray(pillow(one).resize((37, 41), PIL.Image.Resampling.BILINEAR)) for one in images
    ]
    result = fitted(images, Image(1, 41, 37))[:, 0].numpy()
    assert abs(float(np.mean(np.stack(from_files) - result.astype(float)))) < 0.05
    white = torch.full((1, 1, 28, 28), 255, dtype=torch.uint8)
    assert int(fitted(white, Image(1, 33, 9)).min()) == 255


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_picture_is_resized_as_pillow_does_it(mode: str) -> None:
    pixels = random_images(50, 40, 3).numpy()
    picture = PIL.Image.fromarray(pixels).convert(mode)
    expected = np.asarray(picture.resize((21, 13), PIL.Image.Resampling.BILINEAR))
    result = fit_picture(pixels, Image(1 if mode == "L" else 3, 13, 21), RESIZE, "x")
    assert result.is_contiguous()
    assert np.array_equal(result.permute(1, 2, 0).numpy().squeeze(), expected)


def test_color_becomes_the_gray_of_pillow() -> None:
    images = random_images(20, 3, 16, 16)
    result = fitted(images, Image(1, 16, 16))
    for one, other in zip(images, result, strict=True):
        assert np.array_equal(other[0].numpy(), np.asarray(pillow(one).convert("L")))


def test_gray_is_repeated_for_the_three_colors() -> None:
    images = random_images(2, 1, 4, 4)
    assert torch.equal(fitted(images, Image(3, 4, 4)), images.repeat(1, 3, 1, 1))


def test_color_digits_become_gray_digits() -> None:
    images = random_images(2, 1, 28, 28).repeat(1, 3, 1, 1)
    assert torch.equal(fitted(images, LENET, DIGIT)[:, 0, 2:30, 2:30], images[:, 0])


def test_more_images_than_are_converted_at_a_time_keep_their_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    images = random_images(10, 1, 3, 3)
    at_once = fitted(images, Image(1, 5, 5))
    monkeypatch.setattr(inputs, "_CHUNK", 75)  # three at a time, one in the end
    assert torch.equal(fitted(images, Image(1, 5, 5)), at_once)
    monkeypatch.setattr(inputs, "_CHUNK", 1)  # less than one image
    assert torch.equal(fitted(images, Image(1, 5, 5)), at_once)


def test_light_and_dark_digits_are_centered() -> None:
    pixels = np.full((60, 50, 3), 250, np.uint8)
    pixels[10:40, 30:36] = (30, 0, 60)
    result = fit_picture(pixels, LENET, DIGIT, "x")
    assert result[0, 6:26, 14:18].min() == 255
    assert int(result.long().sum()) == 20 * 4 * 255
    assert torch.equal(fit_picture(255 - pixels, LENET, DIGIT, "x"), result)


def test_bytes_become_the_values_of_lenet5() -> None:
    images = torch.arange(256, dtype=torch.uint8).reshape(1, 1, 16, 16)
    values = standardize(images, Preparation("digit", low=-0.1, high=1.175))
    assert values.dtype == torch.float32
    assert values.shape == images.shape
    expected = np.linspace(-0.1, 1.175, 256)
    assert np.allclose(values.flatten().numpy(), expected, rtol=0, atol=1e-6)
    assert images.flatten().tolist() == list(range(256))


def test_values_may_fall_from_background_to_ink() -> None:
    values = standardize(torch.tensor([0, 255], dtype=torch.uint8), Preparation(low=1, high=-1))
    assert values.tolist() == [1, -1]


def test_bytes_become_the_values_of_imagenet_by_hand() -> None:
    means, stds = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    preparation = Preparation(mean=means, std=stds)
    images = torch.arange(768, dtype=torch.int64).remainder(251).view(1, 3, 16, 16).byte()
    shares = images.numpy().astype(np.float64) / 255
    expected = (shares - np.reshape(means, (3, 1, 1))) / np.reshape(stds, (3, 1, 1))
    assert np.allclose(standardize(images, preparation).numpy(), expected, rtol=0, atol=1e-6)
    assert np.allclose(standardize(images[0], preparation).numpy(), expected[0], rtol=0, atol=1e-6)
    black, white = value_range(preparation, None)
    ends = standardize(
        torch.tensor([0, 255]).byte().view(2, 1, 1, 1).expand(2, 3, 1, 1), preparation
    )
    assert np.allclose(black, ends[0].numpy(), rtol=0, atol=1e-6)
    assert np.allclose(white, ends[1].numpy(), rtol=0, atol=1e-6)
    # Drawn, the values are the picture's own bytes again.
    shown = tile(standardize(images, preparation)[0].numpy(), (16, 16), low=black, high=white)
    assert np.array_equal(shown.transpose(2, 0, 1), images[0].numpy())
    gray = standardize(images, Preparation(mean=(0.5,), std=(0.25,)))
    assert np.allclose(gray.numpy(), shares * 4 - 2, rtol=0, atol=1e-6)


def test_a_picture_without_ink_is_named() -> None:
    with pytest.raises(DataError, match=r"^paper\.jpg: there is no ink in it"):
        fit_picture(np.full((40, 40, 3), 200, np.uint8), LENET, DIGIT, "paper.jpg")


SQUARE = (
    "fit is 'digit', and the network reads 3x16x24.\n"
    "  Needed: an input of one channel and equal height and width.\n"
    "  Fix: write fit: resize, or change the input."
)
BOX = (
    "the ink is fitted into 20x20 pixels, and the network reads 16x16.\n"
    "  Needed: a box of at most 16.\n"
    "  Fix: write box as 16 or less."
)


def test_an_input_that_no_digit_fits_is_named() -> None:
    with pytest.raises(DataError) as caught:
        fit_picture(np.zeros((40, 40, 3), np.uint8), Image(3, 16, 24), DIGIT, "7.png")
    assert str(caught.value) == f"7.png: {SQUARE}\n7.png: {BOX}"


def test_all_that_keeps_images_from_an_input_is_named() -> None:
    assert refused(random_images(1, 2, 28, 28), Image(3, 16, 24), DIGIT) == (
        f"images: {SQUARE}\n"
        f"images: {BOX}\n"
        "images: they are 2x28x28, and the network reads 3x16x24.\n"
        "  Needed: images of at most the size of the input, since fit 'digit' only pads them.\n"
        "  Fix: write fit: resize, or a larger input.\n"
        "images: 2 channels for a network that reads 3.\n"
        "  Needed: images of 3 channels, or gray for color, or color for gray.\n"
        "  Fix: change the channels of the input, or of the images."
    )


def test_channels_that_stand_first_are_to_be_put_last() -> None:
    images = torch.from_numpy(np.moveaxis(np.zeros((2, 3, 9, 8), np.uint8), -1, 1))
    assert refused(images, Image(3, 9, 8), RESIZE) == (
        "images: 8 channels for a network that reads 3.\n"
        "  Needed: images of 3 channels, or gray for color, or color for gray.\n"
        "  Fix: put the channels last, n x height x width x channels: np.moveaxis(images, 1, -1)."
    )


def test_images_of_any_channels_are_resized_map_by_map() -> None:
    images = random_images(2, 4, 9, 9)
    result = fitted(images, Image(4, 5, 6))
    for index in range(4):
        assert torch.equal(
            result[:, index], fitted(images[:, index : index + 1], Image(1, 5, 6))[:, 0]
        )


def test_a_picture_does_not_fill_two_channels() -> None:
    with pytest.raises(DataError) as caught:
        fit_picture(np.zeros((4, 4, 3), np.uint8), Image(2, 4, 4), RESIZE, "x.png")
    assert str(caught.value) == (
        "x.png: 3 channels for a network that reads 2.\n"
        "  Needed: images of 2 channels, or gray for color, or color for gray.\n"
        "  Fix: change the channels of the input, or of the images."
    )

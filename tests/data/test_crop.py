"""What is kept beyond the input, what is read of it, and what is subtracted."""

import numpy as np
import PIL.Image
import pytest
import torch
from torch import Tensor

from striate.data import (
    Examples,
    central,
    fit_examples,
    fit_picture,
    standardize,
    training_mean,
    value_range,
)
from striate.data.preprocessing.crop import covering
from striate.prediction.views import read_views
from striate.preparation import Preparation, Subtract, mean_axes
from striate.shapes import Image


def pictures(*shape: int) -> Tensor:
    generator = torch.Generator().manual_seed(6)
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator)


def fitted(images: Tensor, image: Image, preparation: Preparation) -> Tensor:
    return fit_examples(Examples(images, torch.zeros(len(images))), image, preparation).images


@pytest.mark.parametrize("sides", [(40, 60), (60, 40), (37, 41), (40, 40), (9, 100), (16, 12)])
@pytest.mark.parametrize("image", [Image(3, 16, 16), Image(1, 12, 20), Image(3, 20, 12)])
@pytest.mark.parametrize("margin", [0, 3])
def test_crop_is_pillows_resize_to_cover_and_its_middle(
    sides: tuple[int, int], image: Image, margin: int
) -> None:
    colors = pictures(1, 3, *sides)
    preparation = Preparation(fit="crop", margin=margin)
    height, width = image.height + margin, image.width + margin
    scale = max(height / sides[0], width / sides[1])
    tall, broad = max(height, round(sides[0] * scale)), max(width, round(sides[1] * scale))
    picture = PIL.Image.fromarray(colors[0].permute(1, 2, 0).numpy())
    gray_or_color = picture.convert("L" if image.channels == 1 else "RGB")
    covered = np.asarray(gray_or_color.resize((broad, tall), PIL.Image.Resampling.BILINEAR))
    top, left = (tall - height) // 2, (broad - width) // 2
    expected = covered[top : top + height, left : left + width].reshape(height, width, -1)
    for result in (
        fit_picture(np.asarray(picture), image, preparation, "a.png"),
        fitted(colors, image, preparation)[0],
    ):
        assert result.shape == (image.channels, height, width)
        apart = np.abs(result.permute(1, 2, 0).numpy().astype(int) - expected)
        assert apart.max() <= 1


def test_alexnets_picture_is_256_high_and_its_central_square() -> None:
    assert covering(375, 500, Image(3, 256, 256)) == (256, 341)
    assert covering(500, 375, Image(3, 256, 256)) == (341, 256)


def test_a_margin_keeps_pixels_around_the_digit() -> None:
    images = pictures(2, 1, 28, 28)
    kept = fitted(images, Image(1, 28, 28), Preparation(fit="digit", margin=5))
    assert kept.shape == (2, 1, 33, 33)
    assert torch.equal(kept[:, :, 2:30, 2:30], images)
    assert torch.equal(central(kept, Preparation(margin=5)), images)


def test_views_are_the_center_the_corners_and_their_mirror_images() -> None:
    images, preparation = pictures(4, 3, 9, 10), Preparation(margin=4)
    center = images[:, :, 2:7, 2:8]
    assert torch.equal(next(read_views(images, preparation, "one")), center)
    assert len(list(read_views(images, preparation, "one"))) == 1
    flips = list(read_views(images, preparation, "flip"))
    assert torch.equal(torch.stack(flips), torch.stack((center, center.flip(3))))
    crops = list(read_views(images, preparation, "ten-crop"))
    windows = [
        center,
        images[:, :, :5, :6],
        images[:, :, :5, 4:],
        images[:, :, 4:, :6],
        images[:, :, 4:, 4:],
    ]
    expected = [view for window in windows for view in (window, window.flip(3))]
    assert len(crops) == 10
    assert torch.equal(torch.stack(crops), torch.stack(expected))


@pytest.mark.parametrize("margin", [0, 3])
def test_the_means_are_numpys(margin: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("striate.data.preprocessing.standardize._CHUNK", 126 * 1000)
    images = pictures(2500, 3, 6, 7)
    corner = margin // 2
    numbers = images.numpy()[
        :, :, corner : corner + 6 - margin, corner : corner + 7 - margin
    ].astype(np.float64)
    for subtract, axes in (("channel-mean", (0, 2, 3)), ("mean-image", (0,))):
        preparation = Preparation(margin=margin, subtract=subtract)  # type: ignore[arg-type]
        mean = training_mean(images, preparation)
        assert mean is not None
        expected = numbers.mean(axes, keepdims=True)[0]
        np.testing.assert_allclose(mean.numpy(), expected, rtol=1e-6)
        assert mean.shape == mean_axes(Image(3, 6 - margin, 7 - margin), preparation)
    assert training_mean(images, Preparation(margin=margin)) is None


def test_values_less_the_mean_have_none() -> None:
    images = pictures(800, 2, 5, 5)
    preparation = Preparation(low=0, high=255, subtract="mean-image")
    mean = training_mean(images, preparation)
    values = standardize(images, preparation, mean)
    assert float(values.mean(0).abs().max()) < 1e-4
    torch.testing.assert_close(values, images.double().sub(images.double().mean(0)).float())
    low, high = value_range(preparation, mean)
    assert low - 1e-4 < float(values.min())
    assert high + 1e-4 > float(values.max())
    halves = Preparation(low=-1, high=1, subtract="mean-image")
    torch.testing.assert_close(standardize(images, halves, mean), values * 2 / 255)


def test_a_mean_that_is_missing_is_no_zero() -> None:
    images = pictures(2, 1, 4, 4)
    with pytest.raises(ValueError, match="the preparation subtracts mean-image"):
        standardize(images, Preparation(subtract="mean-image"))
    with pytest.raises(ValueError, match="the preparation subtracts nothing"):
        standardize(images, Preparation(), torch.zeros(1))


@pytest.mark.parametrize("subtract", ["channel-mean", "mean-image"])
def test_the_mean_stays_where_the_images_are(subtract: Subtract) -> None:
    images = torch.zeros(2, 3, 4, 4, dtype=torch.uint8, device="meta")
    mean = training_mean(images, Preparation(subtract=subtract))
    assert mean is not None
    assert mean.device.type == "meta"

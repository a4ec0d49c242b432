"""Values of pictures, against numpy in double precision."""

import numpy as np
import pytest
import torch
from torch import Tensor

from striate.augmentation.kinds import Augmentation, Brightness, Contrast, Erase, Lighting, Noise
from striate.augmentation.transforms import Augmenter, color_axes
from striate.augmentation.transforms.draws import Draws


COUNT = 300


def colored(count: int = COUNT) -> Tensor:
    """Pictures whose colors hang together, as those of photographs do."""
    generator = torch.Generator().manual_seed(2)
    light = torch.randint(0, 200, (count, 1, 6, 5), generator=generator)
    tint = torch.randint(0, 56, (count, 3, 6, 5), generator=generator)
    return (light + tint * torch.tensor([1.0, 0.6, 0.2]).view(3, 1, 1)).to(torch.uint8)


def augmented(images: Tensor, *augmentation: Augmentation) -> Tensor:
    augment = Augmenter(augmentation, 0, (images.shape[2], images.shape[3]), images)
    return augment(images.float(), torch.arange(len(images)), 0)


def draws() -> Draws:
    return Draws(0, 0, torch.arange(COUNT))


def test_the_axes_are_those_of_numpys_covariance() -> None:
    images = colored()
    axes = color_axes(images)
    pixels = images.numpy().transpose(1, 0, 2, 3).reshape(3, -1).astype(np.float64)
    variances, directions = np.linalg.eigh(np.cov(pixels, bias=True))
    np.testing.assert_allclose(axes.deviations.numpy(), np.sqrt(variances), rtol=1e-5)
    cosines = np.abs((axes.directions.numpy() * directions).sum(0))
    np.testing.assert_allclose(cosines, 1, atol=1e-5)


def test_many_images_are_measured_as_few(monkeypatch: pytest.MonkeyPatch) -> None:
    images = colored()
    whole = color_axes(images)
    monkeypatch.setattr("striate.augmentation.transforms.colors._CHUNK", 1000)
    torch.testing.assert_close(color_axes(images).deviations, whole.deviations)


def test_lighting_adds_one_color_a_picture_with_the_sets_own_covariance() -> None:
    images = torch.cat([colored()] * 20)
    pixels = images.numpy().transpose(1, 0, 2, 3).reshape(3, -1).astype(np.float64)
    added = (augmented(images, Lighting(0.1)) - images.float()).numpy()
    np.testing.assert_allclose(added, added[:, :, :1, :1] + np.zeros_like(added), atol=1e-4)
    covariance = np.cov(added[:, :, 0, 0].astype(np.float64).T)
    np.testing.assert_allclose(covariance, 0.01 * np.cov(pixels), rtol=0.1)


def test_gray_pictures_have_one_axis() -> None:
    images = colored()[:, :1]
    added = augmented(images, Lighting(0.5)) - images.float()
    normal = draws().normal("lighting", 1)[:, :, None, None]
    expected = normal.abs() * images.double().std().float() * 0.5
    torch.testing.assert_close(added.abs(), expected.expand_as(added), rtol=1e-3, atol=1e-3)


def test_contrast_draws_values_apart_about_their_mean() -> None:
    images = colored()
    factors = 1 + draws().around("contrast", 1).double().numpy()[:, :, None, None] * 0.8
    numbers = images.numpy().astype(np.float64)
    means = numbers.mean((1, 2, 3), keepdims=True)
    changed = augmented(images, Contrast(0.8)).numpy()
    np.testing.assert_allclose(changed, means + factors * (numbers - means), atol=1e-3)


def test_brightness_multiplies() -> None:
    images = colored()
    factors = 1 + draws().around("brightness", 1).double().numpy()[:, :, None, None]
    changed = augmented(images, Brightness(1.0)).numpy()
    np.testing.assert_allclose(changed, factors * images.numpy(), atol=1e-3)
    assert changed.min() >= 0


def test_noise_is_white_and_of_the_deviation_asked_for() -> None:
    images = colored()
    noise = (augmented(images, Noise(0.1)) - images.float()).double()
    assert float(noise.std()) == pytest.approx(25.5, rel=0.02)
    assert abs(float(noise.mean())) < 4 * 25.5 / noise.numel() ** 0.5
    beside = (noise[..., 1:] * noise[..., :-1]).mean() / noise.square().mean()
    assert abs(float(beside)) < 4 / noise.numel() ** 0.5 * 1.2


def test_values_change_in_the_order_of_the_recipe() -> None:
    images = colored()
    brightened = augmented(images, Brightness(0.5), Noise(0.2))
    alone = augmented(images, Noise(0.2)) - images.float()
    torch.testing.assert_close(
        brightened - alone, augmented(images, Brightness(0.5)), atol=1e-3, rtol=0
    )
    other = augmented(images, Noise(0.2), Brightness(0.5))
    assert not torch.allclose(other, brightened, atol=1)


def test_a_rectangle_of_the_size_asked_for_is_filled_with_noise() -> None:
    images = torch.full((2000, 1, 20, 30), 77, dtype=torch.uint8)
    changed = augmented(images, Erase(0.5, 0.3))[:, 0] != 77
    is_erased = changed.flatten(1).any(1)
    assert float(is_erased.double().mean()) == pytest.approx(0.5, abs=0.04)
    areas = []
    for one in changed[is_erased]:
        rows, columns = (one.any(axis).nonzero().flatten() for axis in (1, 0))
        tall, broad = (int(line[-1] - line[0]) + 1 for line in (rows, columns))
        # One value in 256 is that of the picture, so that a border may look unchanged.
        assert float(one.sum()) > 0.9 * tall * broad
        areas.append(tall * broad / 600)
    assert 0.01 < min(areas) < 0.03
    assert 0.28 < max(areas) < 0.32
    assert sum(areas) / len(areas) == pytest.approx(0.16, abs=0.01)
    often = changed[is_erased].double().mean(0)
    assert float(often.min()) > 0  # corners, too
    assert float(often[:, 1:15].mean()) == pytest.approx(float(often[:, 15:29].mean()), rel=0.05)


def test_what_is_erased_holds_every_value_as_often() -> None:
    images = torch.zeros(300, 3, 24, 24, dtype=torch.uint8)
    changed = augmented(images, Erase(1.0, 0.9)).double()
    values = changed[changed > 0]
    assert float(values.mean()) == pytest.approx(127.5, rel=0.02)
    assert float(values.std()) == pytest.approx(255 / 12**0.5, rel=0.02)
    # All colors are filled where one is.
    assert bool(((changed > 0).sum(1) >= 2).eq((changed > 0).any(1)).double().mean() > 0.95)

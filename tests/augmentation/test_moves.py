"""Moves of pictures, against Pillow, plain numpy and exact shifts."""

import math

import numpy as np
import PIL.Image
import pytest
import torch
from torch import Tensor

from striate.augmentation.kinds import (
    Augmentation,
    Elastic,
    Flip,
    Rotate,
    Scale,
    Shear,
    Shift,
    Squeeze,
)
from striate.augmentation.transforms import Augmenter
from striate.augmentation.transforms.draws import Draws
from striate.augmentation.transforms.sampling import elastic_moves
from striate.data import load_source
from striate.documents.augmentations import read_augmentation


def digits(count: int, side: int) -> Tensor:
    """Digits with so much background that nothing is moved out of the picture."""
    around = (side - 28) // 2
    images = load_source("mnist").train.images[:count].float()
    return torch.nn.functional.pad(images, (around, around, around, around))


def augmented(images: Tensor, *augmentation: Augmentation, seed: int = 0) -> Tensor:
    augment = Augmenter(augmentation, seed, (images.shape[2], images.shape[3]), images)
    return augment(images, torch.arange(len(images)), 0)


def forward_matrices(augmentation: tuple[Augmentation, ...], count: int) -> np.ndarray:
    """What happens to a point of each picture, x to the right and y down from its center."""
    draws = Draws(0, 0, torch.arange(count))
    matrices = []
    for index in range(count):
        whole = np.eye(3)
        for one in augmentation:
            move = np.eye(3)
            match one:
                case Shift(pixels):
                    move[:2, 2] = draws.around("shift", 2)[index].double() * pixels
                case Rotate(degrees):
                    angle = -math.radians(float(draws.around("rotate", 1)[index]) * degrees)
                    move[:2, :2] = [
                        [math.cos(angle), -math.sin(angle)],
                        [math.sin(angle), math.cos(angle)],
                    ]
                case Scale(fraction):
                    factor = 1 + float(draws.around("scale", 1)[index]) * fraction
                    move[0, 0] = move[1, 1] = factor
                case Squeeze(fraction):
                    factor = 1 + float(draws.around("squeeze", 1)[index]) * fraction
                    move[0, 0], move[1, 1] = factor, 1 / factor
                case Shear(fraction):
                    move[0, 1] = float(draws.around("shear", 1)[index]) * fraction
                case Flip():
                    move[0, 0] = -1 if int(draws.bits("flip", 1)[index]) < 0 else 1
                case _:
                    raise AssertionError(one)
            whole = move @ whole
        matrices.append(whole)
    return np.stack(matrices)


@pytest.mark.parametrize(
    "text",
    [
        "shift 3",
        "rotate 180",
        "scale 0.3",
        "squeeze 0.3",
        "shear 0.4",
        "shift 3, rotate 40, scale 0.2, squeeze 0.2, shear 0.3, flip",
        "flip, shear 0.3, squeeze 0.2, scale 0.2, rotate 40, shift 3",
    ],
)
def test_moves_are_those_of_pillow_by_the_same_matrix(text: str) -> None:
    augmentation = read_augmentation(text)
    images = digits(12, 60)
    results = augmented(images, *augmentation).numpy()
    matrices = forward_matrices(augmentation, len(images))
    center = np.array([[1, 0, 30], [0, 1, 30], [0, 0, 1]])  # Pillow counts from the corner
    for image, result, matrix in zip(images.numpy(), results, matrices, strict=True):
        back = center @ np.linalg.inv(matrix) @ np.linalg.inv(center)
        expected = PIL.Image.fromarray(image[0]).transform(
            (60, 60),
            PIL.Image.Transform.AFFINE,
            tuple(back[:2].flatten()),
            PIL.Image.Resampling.BILINEAR,
        )
        assert np.abs(result[0] - np.asarray(expected)).max() < 0.02


def test_a_shift_by_whole_pixels_moves_right_and_down() -> None:
    images = digits(200, 40)
    moved = augmented(images, Shift(4))
    moves = Draws(0, 0, torch.arange(200)).around("shift", 2) * 4
    masses = images.sum((1, 2, 3)), moved.sum((1, 2, 3))
    torch.testing.assert_close(masses[0], masses[1], rtol=1e-3, atol=1e-1)
    places = torch.arange(40.0)
    for axis, move in ((3, moves[:, 0]), (2, moves[:, 1])):
        other = 2 if axis == 3 else 3
        before = (images.sum((1, other)) * places).sum(1) / masses[0]
        after = (moved.sum((1, other)) * places).sum(1) / masses[1]
        torch.testing.assert_close(after - before, move, rtol=0, atol=0.01)
    assert moves.min() < -3.9
    assert moves.max() > 3.9


def test_what_comes_from_outside_is_background() -> None:
    white = torch.full((50, 2, 17, 23), 255.0)
    moved = augmented(white, Scale(0.9))
    factors = 1 + Draws(0, 0, torch.arange(50)).around("scale", 1)[:, 0] * 0.9
    for picture, factor in zip(moved, factors, strict=True):
        if factor < 0.7:
            assert float(picture[:, :2].abs().max()) == 0
            assert float(picture[:, 8, 11].min()) > 254.99
        if factor >= 1:
            assert float(picture.min()) > 254.99


def test_half_of_the_pictures_are_mirrored_exactly() -> None:
    images = digits(400, 28).to(torch.uint8)
    flipped = augmented(images, Flip())
    is_mirrored = (flipped == images.flip(3)).flatten(1).all(1)
    is_kept = (flipped == images).flatten(1).all(1)
    assert bool((is_mirrored | is_kept).all())
    assert 160 < int(is_mirrored.sum()) < 240
    between = augmented(images.float(), Flip(), Rotate(0))
    assert torch.equal(between, flipped.float())


def test_elastic_moves_have_the_deviation_that_a_gaussian_leaves() -> None:
    draws = Draws(1, 0, torch.arange(60))
    right, down = elastic_moves(Elastic(34, 4), (64, 64), draws)
    for moves in (right, down):
        inner = moves[:, 16:-16, 16:-16].double()
        # Even noise has 1 / sqrt(3); a Gaussian in two dimensions keeps 1 / (2 sqrt(pi) sigma).
        expected = 34 / math.sqrt(3) / (2 * math.sqrt(math.pi) * 4)
        assert expected == pytest.approx(0.041 * 34, rel=0.02)
        assert float(inner.std()) == pytest.approx(expected, rel=0.05)
        assert abs(float(inner.mean())) < 4 * 0.071  # of 60 x 32 x 32 smoothed values
        corner = moves[:, :2, :2].double()
        assert float(corner.std()) < 0.7 * expected
    inner = torch.stack((right, down)).flatten(1)
    assert abs(float(torch.corrcoef(inner)[0, 1])) < 0.05


def test_elastic_moves_are_noise_smoothed_by_a_gaussian() -> None:
    sigma, size = 1.5, (11, 14)
    draws = Draws(1, 0, torch.arange(2))
    right, down = elastic_moves(Elastic(1, sigma), size, draws)
    bits = draws.bits("elastic", 11 * 14).numpy().astype(np.uint64).reshape(2, *size)
    distances = np.arange(-6, 7)
    weights = np.exp(-(distances**2) / (2 * sigma**2))
    weights /= weights.sum()
    for moves, shift in ((right, 48), (down, 32)):
        noise = (bits >> np.uint64(shift) & np.uint64(0xFFFF)).astype(float) / 32768 - 1 + 2**-16
        padded = np.pad(noise, ((0, 0), (6, 6), (6, 6)))
        expected = np.zeros_like(noise)
        for row, weight in enumerate(weights):
            for column, other in enumerate(weights):
                expected += weight * other * padded[:, row : row + 11, column : column + 14]
        assert np.abs(moves.numpy() - expected).max() < 1e-4


def test_an_elastic_picture_is_read_at_its_moved_places() -> None:
    images = digits(3, 36)
    bent = augmented(images, Elastic(20, 3)).numpy()
    right, down = elastic_moves(Elastic(20, 3), (36, 36), Draws(0, 0, torch.arange(3)))
    for index in range(3):
        for row in range(4, 32, 3):
            for column in range(4, 32, 3):
                x = column + float(right[index, row, column])
                y = row + float(down[index, row, column])
                left, top = math.floor(x), math.floor(y)
                part = images[index, 0, top : top + 2, left : left + 2].double().numpy()
                across = part @ [left + 1 - x, x - left]
                expected = across @ [top + 1 - y, y - top]
                assert abs(bent[index, 0, row, column] - expected) < 0.01

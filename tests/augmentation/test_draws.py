"""The random numbers of an image, against SplitMix64 in plain Python and against what they should be."""

import numpy as np
import pytest
import torch

from striate.augmentation.kinds import WORDS
from striate.augmentation.transforms.draws import Draws, leading


MASK = 2**64 - 1
STEP = 0x9E3779B97F4A7C15


def mixed(number: int) -> int:
    """The last step of SplitMix64, in whole numbers without an end."""
    number = (number ^ number >> 30) * 0xBF58476D1CE4E5B9 & MASK
    number = (number ^ number >> 27) * 0x94D049BB133111EB & MASK
    return number ^ number >> 31


def test_the_mixing_is_that_of_splitmix64() -> None:
    # The first numbers of the published generator for the state 1234567.
    first = [mixed(1234567 + STEP * count & MASK) for count in (1, 2, 3)]
    assert first == [6457827717110365317, 3203168211198807973, 9817491932198370423]


@pytest.mark.parametrize("seed", [0, 7, 2**62 + 3, 2**63 - 1])
def test_bits_are_the_hash_of_seed_epoch_index_kind_and_counter(seed: int) -> None:
    indices = [0, 1, 59_999, 2**40]
    draws = Draws(seed, 300, torch.tensor(indices)).bits("scale", 3)
    for row, index in enumerate(indices):
        key = mixed(mixed(mixed(seed) + 300 * STEP & MASK) + index * STEP & MASK)
        stream = mixed(key + (WORDS.index("scale") + 1) * STEP & MASK)
        expected = [mixed(stream + count * STEP & MASK) for count in (1, 2, 3)]
        assert [number % 2**64 for number in draws[row].tolist()] == expected


def test_leading_bits_have_no_sign() -> None:
    numbers = torch.tensor([-1, -(2**63), 2**62])
    assert leading(numbers, 4).tolist() == [15, 8, 4]


def test_uniform_numbers_fill_their_range_evenly() -> None:
    uniform = Draws(3, 0, torch.arange(1000)).uniform("shift", 100).flatten().double().numpy()
    assert uniform.min() >= 0
    assert uniform.max() < 1
    counts = np.histogram(uniform, 20, (0, 1))[0]
    chi_squared = ((counts - 5000) ** 2 / 5000).sum()
    assert chi_squared < 43.8  # the 99.9 % point at 19 degrees of freedom
    assert abs(np.corrcoef(uniform[:-1], uniform[1:])[0, 1]) < 0.02


def test_normal_numbers_have_the_moments_of_the_normal_distribution() -> None:
    normal = Draws(3, 0, torch.arange(1000)).normal("noise", 200).double().flatten()
    deviation = len(normal) ** -0.5
    assert abs(float(normal.mean())) < 4 * deviation
    assert abs(float(normal.square().mean()) - 1) < 4 * 2**0.5 * deviation
    assert abs(float(normal.pow(4).mean()) - 3) < 4 * 96**0.5 * deviation
    assert 4 < float(normal.abs().max()) < 4.5


def test_kinds_epochs_seeds_and_images_draw_numbers_of_their_own() -> None:
    def drawn(seed: int, epoch: int, index: int, word: str) -> float:
        return float(Draws(seed, epoch, torch.tensor([index])).uniform(word, 1))  # type: ignore[arg-type]

    numbers = {
        drawn(seed, epoch, index, word)
        for seed in (0, 1)
        for epoch in (0, 1, 2)
        for index in (0, 1, 2)
        for word in WORDS
    }
    assert len(numbers) == 2 * 3 * 3 * len(WORDS)

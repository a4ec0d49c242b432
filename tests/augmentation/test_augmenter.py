"""A result depends on the image, its index, the epoch and the seed: not on the batch, nor on torch's state."""

import pytest
import torch
from torch import Tensor

from striate.augmentation.kinds import Augmentation
from striate.augmentation.transforms import Augmenter
from striate.data import load_source
from striate.documents.augmentations import read_augmentation


EVERYTHING = (
    "shift 2, rotate 10, scale 0.1, squeeze 0.1, shear 0.1, elastic, flip, crop 2, contrast 0.2, "
    "brightness 0.2, lighting, noise 0.1, erase, rand-augment"
)
LISTS = (EVERYTHING, "flip, crop 3", "flip", "crop 1", "area-crop, flip", "elastic 8 3", "lighting")


def pictures(*shape: int) -> Tensor:
    generator = torch.Generator().manual_seed(5)
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator)


def augmenter(text: str, images: Tensor, seed: int = 0) -> Augmenter:
    augmentation: tuple[Augmentation, ...] = read_augmentation(text)
    return Augmenter(augmentation, seed, (images.shape[2], images.shape[3]), images)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("text", LISTS)
def test_neither_the_batch_nor_the_order_changes_a_bit(text: str, channels: int) -> None:
    images, indices = pictures(41, channels, 13, 19), torch.arange(41) * 3
    augment = augmenter(text, images)
    for kind in (torch.uint8, torch.float32):
        whole = augment(images.to(kind), indices, epoch=4)
        assert whole.dtype == kind
        assert not torch.equal(whole, images.to(kind))
        for size in (1, 2, 13, 40):
            parts = [
                augment(images[start : start + size].to(kind), indices[start : start + size], 4)
                for start in range(0, 41, size)
            ]
            assert torch.equal(torch.cat(parts), whole)
        order = torch.randperm(41, generator=torch.Generator().manual_seed(1))
        assert torch.equal(augment(images[order].to(kind), indices[order], 4), whole[order])


def test_the_number_of_threads_changes_nothing() -> None:
    images, indices = pictures(64, 3, 24, 24), torch.arange(64)
    augment, threads = augmenter(EVERYTHING, images), torch.get_num_threads()
    results = []
    try:
        for count in (1, 2):
            torch.set_num_threads(count)
            results.append(augment(images.float(), indices, 0))
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(*results)


def test_torchs_own_random_state_is_neither_read_nor_moved() -> None:
    images, indices = pictures(8, 3, 16, 16), torch.arange(8)
    augment = augmenter(EVERYTHING, images)
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = augment(images, indices, 0)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    assert torch.equal(augment(images, indices, 0), first)


def test_epochs_seeds_and_indices_change_the_result() -> None:
    images = pictures(1, 1, 16, 16).expand(2, 1, 16, 16)
    first = augmenter("shift 3", images)(images, torch.tensor([0, 1]), 0)
    assert not torch.equal(first[0], first[1])
    assert not torch.equal(first, augmenter("shift 3", images)(images, torch.tensor([0, 1]), 1))
    assert not torch.equal(first, augmenter("shift 3", images, 1)(images, torch.tensor([0, 1]), 0))


ZEROS = (
    "shift 0, rotate 0, scale 0, squeeze 0, shear 0, elastic 0 4, area-crop 1 1, contrast 0, "
    "brightness 0, lighting 0, noise 0, erase 0, rand-augment 3 0"
)


@pytest.mark.parametrize("sides", [(28, 28), (32, 32), (13, 57), (1, 1)])
@pytest.mark.parametrize("text", [ZEROS, "none", "elastic 0 2", "crop 0, rotate 0", "contrast 0"])
def test_no_strength_is_no_change_to_a_bit(text: str, sides: tuple[int, int]) -> None:
    images = pictures(5, 3, *sides)
    for given in (images, images.float() + 0.3):
        result = augmenter(text, images)(given, torch.arange(5), 2)
        assert torch.equal(result, given)


def test_the_images_that_came_are_not_written_to() -> None:
    images = pictures(5, 3, 12, 12)
    for given in (images.clone(), images.float()):
        for text in (*LISTS, ZEROS):
            augmenter(text, images)(given, torch.arange(5), 0)
        assert torch.equal(given.to(torch.uint8), images)


def test_bytes_are_the_rounded_numbers_within_their_range() -> None:
    images, indices = pictures(40, 3, 12, 12), torch.arange(40)
    augment = augmenter("rotate 20, contrast 0.9, noise 0.3", images)
    numbers = augment(images.float(), indices, 0)
    assert numbers.min() < 0
    assert numbers.max() > 255
    expected = numbers.round().clamp(0, 255).to(torch.uint8)
    assert torch.equal(augment(images, indices, 0), expected)


def test_the_moves_of_a_recipe_do_not_hang_on_its_other_kinds() -> None:
    digits = load_source("mnist").train.images[:20].float()
    indices = torch.arange(20)
    alone = augmenter("shift 2", digits)(digits, indices, 0)
    beside = augmenter("brightness 0, noise 0, shift 2", digits)(digits, indices, 0)
    assert torch.equal(alone, beside)


def test_no_image_is_a_batch_too() -> None:
    images = pictures(4, 1, 8, 8)
    nothing = augmenter(EVERYTHING, images)(images[:0], torch.arange(0), 0)
    assert nothing.shape == (0, 1, 8, 8)

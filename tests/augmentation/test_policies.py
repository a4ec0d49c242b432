"""RandAugment: how many operations a picture gets, how far they go, and what they do, beside plain numpy."""

import numpy as np
import pytest
import torch
from torch import Tensor

from striate.augmentation.kinds import RandAugment
from striate.augmentation.kinds.policies import OPERATIONS
from striate.augmentation.transforms import Augmenter
from striate.augmentation.transforms.draws import Draws
from striate.augmentation.transforms.policies import _amounts, policy_map


COUNT = 4_000


def pictures() -> Tensor:
    generator = torch.Generator().manual_seed(3)
    return torch.randint(0, 256, (COUNT, 3, 6, 8), generator=generator, dtype=torch.uint8)


def drawn(one: RandAugment) -> dict[str, np.ndarray]:
    amounts = _amounts(one, Draws(5, 0, torch.arange(COUNT)))
    return {name: amount.numpy() for name, amount in amounts.items()}


@pytest.mark.parametrize("operations", [1, 2, 5])
def test_every_picture_gets_as_many_and_every_operation_is_as_frequent(operations: int) -> None:
    amounts = np.stack(list(drawn(RandAugment(operations, 12)).values()))
    assert (np.count_nonzero(amounts, 0) == operations).all()
    assert np.abs(amounts[amounts != 0]) == pytest.approx(0.4)
    expected = COUNT * operations / len(OPERATIONS)
    often = np.count_nonzero(amounts, 1)
    assert (np.abs(often - expected) < 5 * np.sqrt(expected)).all()
    assert np.abs((amounts > 0).sum(1) - often / 2).max() < 5 * np.sqrt(expected)


def test_values_are_those_of_numpy() -> None:
    images, one = pictures(), RandAugment(1, 15)
    found = Augmenter((one,), 5, (6, 8), images)(images, torch.arange(COUNT), 0).numpy()
    amounts, came = drawn(one), images.numpy().astype(float)
    gray = (came * np.array([0.299, 0.587, 0.114])[:, None, None]).sum(1, keepdims=True)
    means = came.mean((1, 2, 3), keepdims=True)
    for name in ("identity", "brightness", "contrast", "color", "posterize", "solarize"):
        picked = amounts[name] != 0
        own, factor = came[picked], 1 + 0.9 * amounts[name][picked][:, None, None, None]
        expected = {
            "identity": own,
            "brightness": own * factor,
            "contrast": own * factor + means[picked] * (1 - factor),
            "color": own * factor + gray[picked] * (1 - factor),
            "posterize": own // 4 * 4,
            "solarize": np.where(own >= 127.5, 255 - own, own),
        }[name]
        assert picked.sum() > 100
        assert np.abs(found[picked] - expected.clip(0, 255)).max() <= 0.51


def test_moves_go_as_far_as_the_papers() -> None:
    one = RandAugment(1, 30)
    whole, amounts = policy_map(one, Draws(5, 0, torch.arange(COUNT)), (60, 80)), drawn(one)
    for name, found, far in (
        ("rotate", whole.yx, 0.5),
        ("shear-x", whole.xy, 0.3),
        ("shear-y", whole.yx, 0.3),
        ("shift-x", whole.x0, 36.0),
        ("shift-y", whole.y0, 27.0),
    ):
        picked = amounts[name] != 0
        assert np.abs(found.numpy()[picked]) == pytest.approx(far, rel=1e-5)
        assert (found.numpy()[amounts["identity"] != 0] == 0).all()

"""Holding out: the same share of every class, once and for all by the seed."""

import pytest
import torch
from hypothesis import given, settings, strategies as st
from torch import Tensor

from striate.data import Examples, hold_out
from striate.errors import DataError


def numbered(labels: list[int] | Tensor) -> Examples:
    """Examples whose image is their own number, so that each can be told from the others."""
    classes = torch.as_tensor(labels, dtype=torch.int64)
    numbers = torch.arange(len(classes))
    images = torch.stack((numbers // 256, numbers % 256), 1).to(torch.uint8)
    return Examples(images.reshape(-1, 1, 1, 2), classes)


def numbers(examples: Examples) -> list[int]:
    high, low = examples.images.flatten(1).long().unbind(1)
    return (high * 256 + low).tolist()


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60), st.data())
@settings(deadline=None, max_examples=100)
def test_every_class_gives_its_share(labels: list[int], data: st.DataObject) -> None:
    count = data.draw(st.integers(0, len(labels) - 1))
    rest, held = hold_out(numbered(labels), count, data.draw(st.integers(0, 2**32)))
    assert (len(rest), len(held)) == (len(labels) - count, count)
    for label in set(labels):
        exact = count * labels.count(label) / len(labels)
        assert abs(int((held.labels == label).sum()) - exact) < 1


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60), st.integers(0, 2**32))
@settings(deadline=None, max_examples=100)
def test_nothing_is_lost_doubled_reordered_or_relabelled(labels: list[int], seed: int) -> None:
    rest, held = hold_out(numbered(labels), len(labels) // 3, seed)
    assert sorted(numbers(rest) + numbers(held)) == list(range(len(labels)))
    for part in (rest, held):
        assert numbers(part) == sorted(numbers(part))
        assert part.labels.tolist() == [labels[number] for number in numbers(part)]


def test_the_largest_remainders_give_one_more() -> None:
    labels = [0] * 5 + [1] * 3 + [2] * 2
    _, held = hold_out(numbered(labels), 3, seed=0)
    assert held.labels.bincount(minlength=3).tolist() == [1, 1, 1]  # of 1.5, 0.9 and 0.6
    _, held = hold_out(numbered(labels), 4, seed=0)
    assert held.labels.bincount(minlength=3).tolist() == [2, 1, 1]  # of 2.0, 1.2 and 0.8


def test_the_seed_alone_decides_which_are_held_out() -> None:
    examples = numbered(torch.arange(1000) % 10)
    first, again, other = (numbers(hold_out(examples, 200, seed)[1]) for seed in (7, 7, 8))
    assert first == again
    assert first != other


def test_holding_out_does_not_touch_the_global_randomness() -> None:
    before = torch.get_rng_state()
    hold_out(numbered([0, 1, 0, 1]), 2, seed=3)
    assert torch.equal(before, torch.get_rng_state())


def test_the_choice_is_not_the_first_of_each_class() -> None:
    _, held = hold_out(numbered([0] * 1000), 100, seed=1)
    assert 400 < sum(numbers(held)) / 100 < 600


@pytest.mark.parametrize(
    ("count", "total", "came", "most"),
    [(5, 5, "5 examples held out of 5", 4), (-1, 2000, "-1 examples held out of 2,000", 1999)],
)
def test_too_many_held_out_are_named(count: int, total: int, came: str, most: int) -> None:
    with pytest.raises(DataError) as caught:
        hold_out(numbered([0] * total), count, seed=0)
    assert str(caught.value) == (
        f"validation: {came}.\n"
        f"  Needed: from 0 to {most:,}, so that at least one is left to train on.\n"
        f"  Fix: write --validation {total // 10}, for example."
    )


def test_nothing_can_be_held_out_of_nothing() -> None:
    rest, held = hold_out(numbered([]), 0, seed=0)
    assert (len(rest), len(held)) == (0, 0)
    with pytest.raises(DataError, match="1 example held out of 0"):
        hold_out(numbered([]), 1, seed=0)

"""Random numbers that belong to one use of one image: no state, no order, no batch.

Each is a hash of the recipe's seed, the epoch, the image's index in the training set, the kind that
asks, and a counter. So it is the same in whatever batch the image comes, and after a run was
resumed, and one kind's numbers stay as they are when another kind is added.

Source:
    G. L. Steele, D. Lea, C. H. Flood, Fast splittable pseudorandom number generators, 2014: the
    mixing of bits (SplitMix64).
"""

from functools import cache
from typing import Literal, final

import torch
from torch import Tensor

from striate.augmentation.kinds import WORDS, Word


def _signed(number: int) -> int:
    """Keep the last 64 bits, as torch's whole numbers do."""
    bits = number & ((1 << 64) - 1)
    return bits - (1 << 64) if bits >> 63 else bits


_STEP = _signed(0x9E3779B97F4A7C15)
_FIRST = _signed(0xBF58476D1CE4E5B9)
_SECOND = _signed(0x94D049BB133111EB)

_QUANTILE_BITS = 16

Stream = Word | Literal["mixing"]
"""Who asks: a kind of augmentation, or what mixes examples."""


@final
class Draws:
    """The random numbers of a batch.

    Args:
        seed: The recipe's.
        epoch: Counted from 0.
        indices: Index of each image in the training set, int64.
    """

    def __init__(self, seed: int, epoch: int, indices: Tensor) -> None:
        start = _mixed(_mixed(torch.tensor([seed], device=indices.device)) + _signed(epoch * _STEP))
        self._keys = _mixed(start + indices * _STEP)

    def bits(self, word: Stream, count: int) -> Tensor:
        """Draw whole numbers of 64 even bits, images x count, for the kind of a word."""
        number = 0 if word == "mixing" else WORDS.index(word) + 1
        stream = _mixed(self._keys + _signed(number * _STEP))
        counter = torch.arange(1, count + 1, device=stream.device) * _STEP
        return _mixed(stream.unsqueeze(1) + counter)

    def uniform(self, word: Stream, count: int) -> Tensor:
        """Draw numbers between 0 and below 1, images x count, float32."""
        return leading(self.bits(word, count), 24).float().div_(1 << 24)

    def around(self, word: Stream, count: int) -> Tensor:
        """Draw numbers between -1 and below 1, images x count, float32."""
        return self.uniform(word, count).mul_(2).sub_(1)

    def normal(self, word: Stream, count: int) -> Tensor:
        """Draw normal numbers of deviation 1, images x count, float32.

        They are 65,536 equally likely quantiles. A logarithm and a cosine would do it, too, but
        theirs may differ in the last bit with the place of an image in the batch.
        """
        quantiles = _quantiles().to(self._keys.device)
        return quantiles[leading(self.bits(word, count), _QUANTILE_BITS)]


def leading(bits: Tensor, count: int) -> Tensor:
    """Give the first bits of numbers, as numbers of their own."""
    return _shifted(bits, 64 - count)


@cache
def _quantiles() -> Tensor:
    middles = (torch.arange(1 << _QUANTILE_BITS, dtype=torch.float64) + 0.5) / (1 << _QUANTILE_BITS)
    return torch.special.ndtri(middles).float()


def _mixed(numbers: Tensor) -> Tensor:
    numbers = (numbers ^ _shifted(numbers, 30)).mul_(_FIRST)
    numbers = (numbers ^ _shifted(numbers, 27)).mul_(_SECOND)
    return numbers ^ _shifted(numbers, 31)


def _shifted(numbers: Tensor, places: int) -> Tensor:
    # torch repeats the sign when it shifts; zeros are needed.
    return (numbers >> places).bitwise_and_((1 << 64 - places) - 1)

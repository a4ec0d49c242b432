"""A ReLU taken behind the maximum pooling that follows it, where there is less to rectify."""

from typing import final

from torch import Tensor, nn

from striate.layers import Function
from striate.modules.convolutions import PaddedConvolution
from striate.modules.functions import apply
from striate.modules.poolings import MaxPool


@final
class RectifiedPooling:
    """A convolution with ReLU and a maximum pooling that alone reads it.

    The largest of some rectified values is the largest of them all, rectified; and where that is not above 0, no
    gradient goes to any of them. So all numbers stay what they were, and a pooling of 2x2 leaves a quarter of the values
    to rectify, forward and back.

    Args:
        convolution: Its function is ReLU.
        pooling: What reads it.
    """

    def __init__(self, convolution: PaddedConvolution, pooling: MaxPool) -> None:
        self.convolution, self.pooling = convolution, pooling

    def __call__(self, maps: Tensor) -> Tensor:
        """Run both rows.

        Shapes:
            in:  batch x channels x height x width
            out: batch x maps x rows x columns of the pooling
        """
        return apply("ReLU", self.pooling(self.convolution.sums(maps)))


def rectified_pooling(
    first: nn.Module, function: Function | None, second: nn.Module, its_function: Function | None
) -> RectifiedPooling | None:
    """Give two neighbouring rows as one; None unless they are such a pair.

    A small convolution has its function in its kernel.
    """
    if (
        isinstance(first, PaddedConvolution)
        and isinstance(second, MaxPool)
        and first.small is None
        and (function, its_function) == ("ReLU", None)
    ):
        return RectifiedPooling(first, second)
    return None

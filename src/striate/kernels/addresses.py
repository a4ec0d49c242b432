"""Lists of tensors, as kernels read them."""

from array import array
from collections.abc import Sequence

from torch import Tensor


def addresses(tensors: Sequence[Tensor | None]) -> "array[int]":
    """Give the addresses of tensors; 0 for one that is not there."""
    return array("q", [0 if values is None else values.data_ptr() for values in tensors])


def place(numbers: "array[int]") -> int:
    """Give the address of an array, which its owner keeps until the call is over."""
    return numbers.buffer_info()[0]

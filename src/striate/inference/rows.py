"""What torch does for each row when nothing is learnt from it."""

from typing import final

import torch
from torch import Tensor, nn

from striate.inference.branches import branches
from striate.inference.products import Operation, convolution, kernels_of, product
from striate.layers import Function
from striate.modules.convolutions import PaddedConvolution, PartialConvolution
from striate.modules.functions import apply
from striate.modules.inception import InceptionModule
from striate.modules.rows import FlatLinear
from striate.shapes import Image, Shape


def is_empty(module: nn.Module, function: Function | None) -> bool:
    """Tell whether a row hands on what it reads."""
    return function is None and isinstance(module, nn.Dropout | nn.Identity)


def operation(
    module: nn.Module, shape: Shape, function: Function | None, number: torch.dtype
) -> Operation:
    """Prepare a row.

    Args:
        module: What torch does when it learns; not in training mode.
        shape: What it reads.
        function: Applied to what comes out.
        number: What is multiplied: fp32 or bf16.
    """
    match module:
        case PaddedConvolution() | PartialConvolution():
            return convolution(kernels_of(module), _size(shape), function, number)
        case FlatLinear():
            return product(module, function, number)
        case InceptionModule():
            return branches(module, _size(shape), number)
        case nn.Dropout() | nn.Identity():
            return _Applied(None, function)
        case _:
            # A module with a function of its own applies it.
            is_done = function is None or hasattr(module, "function")
            return module if is_done else _Applied(module, function)


def _size(shape: Shape) -> tuple[int, int]:
    if not isinstance(shape, Image):
        message = f"a row of maps was prepared for {shape}"
        raise TypeError(message)
    return shape.height, shape.width


@final
class _Applied:
    """A module and the function behind it."""

    def __init__(self, module: nn.Module | None, function: Function | None) -> None:
        self.module, self.function = module, function

    def __call__(self, *values: Tensor) -> Tensor:
        given: Tensor = values[0] if self.module is None else self.module(*values)
        return given if self.function is None else apply(self.function, given)

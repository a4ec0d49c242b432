"""Gradients of a convolution's weights from numbers in bf16, for processors with AVX-512 BF16."""

from ctypes import Structure, byref, c_long, c_void_p
from typing import ClassVar, final

import torch
from torch import Tensor

from striate.kernels.kernel import Kernel


KERNEL = Kernel("bf16_gradients", {"differentiate": (*(c_void_p,) * 5, c_long)})


@final
class _Geometry(Structure):
    _fields_: ClassVar = [
        (name, c_long)
        for name in (
            *("batch", "height", "width", "channels", "rows", "columns", "maps", "groups"),
            *("kernel_height", "kernel_width", "stride_down", "stride_across", "top", "left"),
        )
    ]


def differentiate(
    maps: Tensor,
    gradient: Tensor,
    shape: torch.Size,
    *,
    stride: tuple[int, int],
    padding: tuple[int, int],
) -> tuple[Tensor, Tensor]:
    """Find the gradients of the weights and biases of a convolution without dilation.

    Sums are in fp32, and so is what comes out.

    Args:
        maps: What it read, batch x channels x height x width, bf16.
        gradient: Of what it gave, batch x maps x rows x columns, bf16.
        shape: Of the weights, maps x channels of a group x height x width.
        stride: Down and across.
        padding: Zeros above and on the left.

    Returns:
        Gradients of the weights, channels last, and of the biases.
    """
    maps = maps.contiguous(memory_format=torch.channels_last)
    gradient = gradient.contiguous(memory_format=torch.channels_last)
    batch, channels, height, width = maps.shape
    rows, columns = gradient.shape[2:]
    sizes = (batch, height, width, channels, rows, columns, shape[0], channels // shape[1])
    geometry = _Geometry(*sizes, *shape[2:], *stride, *padding)
    weights = torch.empty(shape, dtype=torch.float32, memory_format=torch.channels_last)
    biases = torch.empty(shape[0], dtype=torch.float32)
    threads = torch.get_num_threads()
    KERNEL("differentiate", maps, gradient, weights, biases, byref(geometry), threads)
    return weights, biases

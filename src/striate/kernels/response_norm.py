"""Response normalisation across maps, forward and backward in one pass over the maps each."""

from ctypes import c_float, c_long, c_void_p
from typing import Any, final

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from striate.kernels.kernel import Kernel


_PLACES, _CONSTANTS = (c_long, c_long, c_long), (c_float, c_float)

KERNEL = Kernel(
    "response_norm",
    {
        f"{name}_{number}": (*(c_void_p,) * tensors, *_PLACES, *_CONSTANTS)
        for name, tensors in (("normalize", 2), ("differentiate", 3))
        for number in ("float", "bfloat16")
    },
)
BETA = 0.75
"""The one exponent that it knows, which takes two square roots."""
_NAMES = {torch.float32: "float", torch.bfloat16: "bfloat16"}
_IMAGE_AXES = 4


def does(maps: Tensor, beta: float) -> bool:
    """Tell whether the kernel can normalise some maps."""
    return (
        beta == BETA
        and maps.device.type == "cpu"
        and maps.dtype in _NAMES
        and maps.dim() == _IMAGE_AXES
        and KERNEL.is_ready
    )


@final
class ResponseNormalization(torch.autograd.Function):
    """b = a (k + c x the sum of a^2 over a window of maps) ^ -3/4.

    Sums and roots are fp32, whatever the maps are. Nothing but the maps is kept for the gradient.

    Shapes:
        maps: batch x maps x height x width; channels last is the order in memory that it works in
        out:  the same
    """

    @staticmethod
    def forward(ctx: Any, maps: Tensor, size: int, coefficient: float, k: float) -> Tensor:
        """Normalise."""
        maps = maps.contiguous(memory_format=torch.channels_last)
        ctx.save_for_backward(maps)
        ctx.constants = (size // 2, coefficient, k)
        out = torch.empty_like(maps)
        places, count = maps.numel() // maps.shape[1], maps.shape[1]
        KERNEL(f"normalize_{_NAMES[maps.dtype]}", maps, out, places, count, *ctx.constants)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None]:
        """Give the gradient of the maps."""
        (maps,) = ctx.saved_tensors
        gradient = gradient.contiguous(memory_format=torch.channels_last)
        out = torch.empty_like(maps)
        places, count = maps.numel() // maps.shape[1], maps.shape[1]
        function = f"differentiate_{_NAMES[maps.dtype]}"
        KERNEL(function, maps, gradient, out, places, count, *ctx.constants)
        return out, None, None, None

"""Numbers of half the width, where a machine multiplies them twice as fast."""

from contextlib import AbstractContextManager, nullcontext
from typing import Literal

import torch
from torch import Tensor

from striate.arithmetic import Walk
from striate.kernels.processor import has_any
from striate.recipe import Precision
from striate.shapes import Image


Width = Literal["fp32", "bf16"]
"""Of numbers that are multiplied; sums are always fp32."""

_LEAST_PRODUCTS = 10_000_000
"""Products an image from which halving them pays: below it, changing widths takes longer."""


def lower_precision(
    precision: Precision, walk: Walk, device: torch.device
) -> AbstractContextManager[object]:
    """Give the context in which a network's rows run while it trains.

    In it products are taken of bf16 numbers and added up in fp32. Weights and their gradients stay
    fp32, and so do sums of response normalisation, distances, and products of sentences, whose
    kernels leave out most of the work anyway.

    Args:
        precision: `auto` takes bf16 where the device multiplies it faster and the network's rows are
            large enough to gain.
        walk: The arithmetic on the network's table.
        device: Where it trains.
    """
    if not torch.amp.is_autocast_available(device.type):
        return nullcontext()  # as on the meta device, where shapes are audited
    is_lower = width_of(precision, walk, device) == "bf16"
    # Weights are read once a step, so that nothing is gained by keeping them in bf16; and what was kept outside
    # of a CUDA graph would be read in it as it was then.
    return torch.autocast(device.type, torch.bfloat16, enabled=is_lower, cache_enabled=False)


def width_of(precision: Precision, walk: Walk, device: torch.device) -> Width:
    """Tell of which numbers a network's products are taken.

    `auto` takes bf16 where the device multiplies it faster and the rows are large enough to gain:
    there a step, or a batch that is read, takes half the time. Below that, changing widths takes longer
    than it saves.

    Args:
        precision: What the user asked for.
        walk: The arithmetic on the network's table.
        device: Where it runs.
    """
    if precision != "auto":
        return precision
    is_large = isinstance(walk.input, Image) and walk.total.multiply_adds >= _LEAST_PRODUCTS
    return "bf16" if is_large and multiplies_bf16(device) else "fp32"


def multiplies_bf16(device: torch.device) -> bool:
    """Tell whether a device has instructions for products of bf16; otherwise they are slower."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return has_any("avx512_bf16", "amx_bf16", "bf16")


def at_least_fp32(values: Tensor) -> Tensor:
    """Widen numbers of half the width, and leave others as they are."""
    return values.to(torch.promote_types(values.dtype, torch.float32))


def full_precision(device: torch.device) -> AbstractContextManager[object]:
    """Give the context for sums that would lose too much in bf16."""
    if not torch.amp.is_autocast_available(device.type):
        return nullcontext()  # as on the meta device, where shapes are audited
    return torch.autocast(device.type, enabled=False)

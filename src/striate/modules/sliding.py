"""Windows that slide over lines of numbers, with all products by zero left out."""

from typing import Any, final

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional


_MOSTLY_ZERO = 1 / 8
"""Share of gradients other than zero up to which it is quicker to pick them one by one."""


@final
class SlidingProducts(torch.autograd.Function):
    """Multiply every window of lines with every kernel, and add the products up.

    Shapes:
        lines:   batch x height x width
        kernels: maps x kernel height x width
        out:     batch x rows x maps
    """

    @staticmethod
    def forward(ctx: Any, lines: Tensor, kernels: Tensor) -> Tensor:
        """Give the sums."""
        ctx.save_for_backward(lines, kernels)
        batch, height, width = lines.shape
        maps, reach, _ = kernels.shape
        flat = lines.reshape(-1, width)
        filled = flat.any(dim=1).nonzero().squeeze(1)
        stacked = kernels.transpose(0, 1).reshape(reach * maps, width)
        products = lines.new_zeros(batch * height, reach * maps)
        products.index_copy_(0, filled, flat[filled] @ stacked.t())
        products = products.view(batch, height, reach, maps)
        rows = height - reach + 1
        sums = products[:, :rows, 0].contiguous()
        for at in range(1, reach):
            sums += products[:, at : at + rows, at]
        return sums

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """Give the gradients of lines and kernels."""
        lines, kernels = ctx.saved_tensors
        is_sparse = torch.count_nonzero(gradient) <= _MOSTLY_ZERO * gradient.numel()
        gather = _from_few if is_sparse else _from_all
        return gather(gradient, lines, kernels, ctx.needs_input_grad)


def _from_few(
    gradient: Tensor, lines: Tensor, kernels: Tensor, needs: tuple[bool, bool]
) -> tuple[Tensor | None, Tensor | None]:
    """Add up the gradients of single outputs."""
    batch, height, width = lines.shape
    maps, reach, _ = kernels.shape
    example, row, chosen = gradient.nonzero(as_tuple=True)
    steps = torch.arange(reach)
    line = (example * height + row).unsqueeze(1).add(steps).flatten()
    kernel_line = chosen.unsqueeze(1).add(steps * maps).flatten()
    values = gradient[example, row, chosen].repeat_interleave(reach)
    of_lines = of_kernels = None
    if needs[0]:
        stacked = kernels.transpose(0, 1).reshape(reach * maps, width)
        of_lines = _weighted_sums(stacked, kernel_line, values, line, batch * height)
        of_lines = of_lines.view(batch, height, width)
    if needs[1]:
        flat = lines.reshape(-1, width)
        of_kernels = _weighted_sums(flat, line, values, kernel_line, reach * maps)
        of_kernels = of_kernels.view(reach, maps, width).transpose(0, 1)
    return of_lines, of_kernels


def _weighted_sums(
    table: Tensor, read: Tensor, weights: Tensor, into: Tensor, count: int
) -> Tensor:
    """Add lines of a table, each with its weight, into `count` lines, in one fixed order."""
    order = into.argsort(stable=True)
    begins = torch.searchsorted(into[order], torch.arange(count))
    # A bag of embeddings is the quickest weighted sum of lines that torch has.
    return functional.embedding_bag(
        read[order], table, begins, mode="sum", per_sample_weights=weights[order]
    )


def _from_all(
    gradient: Tensor, lines: Tensor, kernels: Tensor, needs: tuple[bool, bool]
) -> tuple[Tensor | None, Tensor | None]:
    """Multiply matrices."""
    rows = gradient.shape[1]
    of_lines = torch.zeros_like(lines) if needs[0] else None
    of_kernels = torch.zeros_like(kernels) if needs[1] else None
    flat = gradient.reshape(-1, gradient.shape[2]).t()
    for at in range(kernels.shape[1]):
        if of_lines is not None:
            of_lines[:, at : at + rows] += gradient @ kernels[:, at]
        if of_kernels is not None:
            of_kernels[:, at] = flat @ lines[:, at : at + rows].reshape(-1, lines.shape[2])
    return of_lines, of_kernels

"""Windows that slide over lines of numbers, with all products by zero left out."""

from typing import Any, final

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


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
    @once_differentiable  # type: ignore[untyped-decorator]
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """Give the gradients of lines and kernels."""
        lines, kernels = ctx.saved_tensors
        needs_lines, needs_kernels = ctx.needs_input_grad
        of_lines = torch.zeros_like(lines) if needs_lines else None
        of_kernels = torch.zeros_like(kernels) if needs_kernels else None
        is_sparse = torch.count_nonzero(gradient) <= _MOSTLY_ZERO * gradient.numel()
        gather = _from_few if is_sparse else _from_all
        gather(gradient, lines, kernels, of_lines, of_kernels)
        return of_lines, of_kernels


def _from_few(
    gradient: Tensor,
    lines: Tensor,
    kernels: Tensor,
    of_lines: Tensor | None,
    of_kernels: Tensor | None,
) -> None:
    """Add up the gradients of single outputs."""
    example, row, chosen = gradient.nonzero(as_tuple=True)
    values = gradient[example, row, chosen].unsqueeze(1)
    start = example * lines.shape[1] + row
    width = lines.shape[2]
    for at in range(kernels.shape[1]):
        if of_lines is not None:
            of_lines.view(-1, width).index_add_(0, start + at, values * kernels[chosen, at])
        if of_kernels is not None:
            read = lines.reshape(-1, width)[start + at]
            of_kernels[:, at].index_add_(0, chosen, values * read)


def _from_all(
    gradient: Tensor,
    lines: Tensor,
    kernels: Tensor,
    of_lines: Tensor | None,
    of_kernels: Tensor | None,
) -> None:
    """Multiply matrices."""
    rows = gradient.shape[1]
    for at in range(kernels.shape[1]):
        if of_lines is not None:
            of_lines[:, at : at + rows] += gradient @ kernels[:, at]
        if of_kernels is not None:
            read = lines[:, at : at + rows].reshape(-1, lines.shape[2])
            of_kernels[:, at] += gradient.reshape(-1, gradient.shape[2]).t() @ read

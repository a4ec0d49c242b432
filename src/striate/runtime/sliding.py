"""Windows that slide over lines of numbers, with products by zero, and those known already, left out."""

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
        distinct, numbers = _distinct(flat[filled])
        count = len(distinct)
        stacked = kernels.transpose(0, 1).reshape(reach * maps, width)
        products = lines.new_zeros(count + 1, reach * maps)  # the last ones are those of zeros
        torch.mm(distinct, stacked.t(), out=products[:count])
        number = numbers.new_full((batch * height,), count)
        number[filled] = numbers
        windows = number.view(batch, height).unfold(1, reach, 1) * reach + torch.arange(reach)
        sums = functional.embedding_bag(
            windows.reshape(-1, reach), products.view(-1, maps), mode="sum"
        )
        return sums.view(batch, height - reach + 1, maps)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """Give the gradients of lines and kernels."""
        lines, kernels = ctx.saved_tensors
        is_sparse = torch.count_nonzero(gradient) <= _MOSTLY_ZERO * gradient.numel()
        gather = _from_few if is_sparse else _from_all
        return gather(gradient, lines, kernels, ctx.needs_input_grad)


def _distinct(lines: Tensor) -> tuple[Tensor, Tensor]:
    """Give equal lines once, and the number of each line among those.

    A sentence repeats its words, and a batch of sentences repeats most of them. Lines are brought in the
    order of their first number, and neighbours are compared whole; two different ones that begin
    alike can keep others apart, which costs a product and changes nothing.
    """
    order = lines[:, 0].argsort()
    ordered = lines[order]
    is_new = torch.ones(len(lines), dtype=torch.bool)
    is_new[1:] = (ordered[1:] != ordered[:-1]).any(dim=1)
    numbers = torch.empty_like(order)
    numbers[order] = is_new.cumsum(0) - 1
    return ordered[is_new], numbers


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
    for line in range(kernels.shape[1]):
        if of_lines is not None:
            of_lines[:, line : line + rows] += gradient @ kernels[:, line]
        if of_kernels is not None:
            of_kernels[:, line] = flat @ lines[:, line : line + rows].reshape(-1, lines.shape[2])
    return of_lines, of_kernels

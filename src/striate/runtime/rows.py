"""Rows that are done faster than torch's own layers do them, with a gradient."""

from typing import Any, final

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

from striate.kernels import response_norm
from striate.layers import ResponseNormalization
from striate.runtime.precision import at_least_fp32
from striate.system.ranks import Ranks


@final
class FasterResponseNorm:
    """Response normalisation across maps.

    torch's own layer adds the squares up with a pooling in three dimensions, forward and backward, and
    takes more than twice the time. Here neighbouring maps are added up as shifted slices, and the
    gradient is written out; where there is a compiler, a kernel does it in a tenth of that time.

    Args:
        layer: The row's normalisation, whose region is `across`.
    """

    def __init__(self, layer: ResponseNormalization) -> None:
        self.layer = layer

    def __call__(self, maps: Tensor) -> Tensor:
        """Normalise; batch x maps x height x width to the same."""
        layer = self.layer
        if layer.groups == 1:
            return self._across(maps)
        return torch.cat([self._across(part) for part in maps.chunk(layer.groups, dim=1)], dim=1)

    def _across(self, maps: Tensor) -> Tensor:
        layer = self.layer
        if response_norm.does(maps, layer.beta):
            in_one_pass: Tensor = response_norm.ResponseNormalization.apply(  # type: ignore[no-untyped-call]
                maps, layer.size, layer.coefficient, layer.k
            )
            return in_one_pass
        normalized: Tensor = _AcrossMaps.apply(  # type: ignore[no-untyped-call]
            maps, layer.size, layer.coefficient, layer.beta, layer.k
        )
        return normalized


@final
class _AcrossMaps(torch.autograd.Function):
    """b = a s^-beta with s = k + c x (sum of a^2 over a window of maps), and its gradient.

    With g the gradient at b, that at a is  g s^-beta - 2 c beta a W(g a s^(-beta - 1)),  where W adds
    up over the same window: a value is a neighbour of its neighbours.

    Maps may come in bf16; sums and powers are fp32 all the same.
    """

    @staticmethod
    def forward(
        ctx: Any, maps: Tensor, size: int, coefficient: float, beta: float, k: float
    ) -> Tensor:
        wide = at_least_fp32(maps)
        sums = _sum_across(wide * wide, size).mul_(coefficient).add_(k)
        ctx.save_for_backward(maps, sums)
        ctx.constants = (size, coefficient, beta)
        return (wide * _power(sums, beta)).to(maps.dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None, None]:
        maps, sums = ctx.saved_tensors
        size, coefficient, beta = ctx.constants
        wide = at_least_fp32(maps)
        scaled = at_least_fp32(gradient) * _power(sums, beta)
        spread = _sum_across(scaled * wide / sums, size)
        scaled.addcmul_(wide, spread, value=-2 * coefficient * beta)
        return scaled.to(maps.dtype), None, None, None, None


def _power(sums: Tensor, beta: float) -> Tensor:
    """Give sums ^ -beta; the usual 3/4 takes two square roots, which cost half as much."""
    if beta == response_norm.BETA:
        root = sums.sqrt()
        return root.mul_(root.sqrt()).reciprocal_()
    return sums.pow(-beta)


def _sum_across(squares: Tensor, size: int) -> Tensor:
    """Add up a window of maps around each map; beyond the first and the last there is nothing."""
    total = squares.clone()
    maps = squares.shape[1]
    for away in range(1, min(size // 2, maps - 1) + 1):
        total[:, away:] += squares[:, :-away]
        total[:, :-away] += squares[:, away:]
    return total


@final
class SharedBatchNorm:
    """Batch normalisation whose means and variances are those of the examples of all processes.

    torch's `SyncBatchNorm` needs a graphics card. Sums are taken and added in double precision, as torch's own
    normalisation takes them in one process: otherwise two processes would learn what one does not.

    Args:
        module: The row's normalisation; its running statistics change as in one process.
        ranks: The processes.
        is_flat: Whether it reads maps as one flat vector.
    """

    def __init__(
        self, module: nn.BatchNorm1d | nn.BatchNorm2d, ranks: Ranks, *, is_flat: bool
    ) -> None:
        self.module, self.ranks, self.is_flat = module, ranks, is_flat

    def __call__(self, maps: Tensor) -> Tensor:
        """Normalise; batch x maps, or batch x maps x height x width, to the same."""
        module = self.module
        values = at_least_fp32(maps.flatten(1) if self.is_flat else maps)
        if not module.training:
            return module(values)
        count, mean, variance = self._statistics(values.detach())
        self._keep(mean, variance * (count / (count - 1)))
        own = dict(module.named_parameters())  # a row may have one of both, or none
        normalized: Tensor = _Normalized.apply(  # type: ignore[no-untyped-call]
            values,
            own.get("weight"),
            own.get("bias"),
            mean.to(values.dtype),
            variance.to(values.dtype),
            (count, module.eps, self.ranks),
        )
        return normalized

    @torch.no_grad()
    def _statistics(self, values: Tensor) -> tuple[float, Tensor, Tensor]:
        """Give the number of values a map, and means and variances of maps, over all processes."""
        own_count = self.ranks.weight * values.numel() / values.shape[1]
        own = torch.batch_norm_update_stats(values, None, None, 0)
        mean, variance = (of_own.double() for of_own in own)
        sums = torch.cat((mean, variance + mean.square(), mean.new_ones(1))) * own_count
        self.ranks.add_up(sums)
        means, squares = (sums[:-1] / sums[-1]).chunk(2)
        return float(sums[-1]), means, squares - means.square()

    @torch.no_grad()
    def _keep(self, mean: Tensor, variance: Tensor) -> None:
        module = self.module
        if module.num_batches_tracked is not None:
            module.num_batches_tracked.add_(1)
        for kept, found in ((module.running_mean, mean), (module.running_var, variance)):
            if kept is not None and module.momentum is not None:
                kept.lerp_(found.to(kept.dtype), module.momentum)


@final
class _Normalized(torch.autograd.Function):
    """y = w (x - m) / s + b with the mean m and the deviation s of all processes' values, and its gradient.

    With g the gradient at y and N values a map, that at x is  w / s (g - sum(g) / N - (x - m) sum(g (x - m)) / (N s^2)),
    where sums are over all processes. Each process differentiates the mean loss of its own examples, which counts by
    its share of the batch.
    """

    @staticmethod
    def forward(
        ctx: Any,
        values: Tensor,
        weight: Tensor | None,
        bias: Tensor | None,
        mean: Tensor,
        variance: Tensor,
        constants: tuple[float, float, Ranks],
    ) -> Tensor:
        ctx.constants = constants
        ctx.save_for_backward(values, weight, mean, (variance + constants[1]).rsqrt())
        return functional.batch_norm(values, mean, variance, weight, bias, eps=constants[1])

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        values, weight, mean, inverse = ctx.saved_tensors
        count, epsilon, ranks = ctx.constants
        # torch's own backward pass, with a mean that is not that of these values, adds up what belongs to weight and bias.
        _, products, sums = torch.ops.aten.native_batch_norm_backward(
            *(gradient, values, weight, None, None, mean, inverse, True, epsilon),
            [False, True, True],
        )
        shared = torch.cat((sums, products)).double() * ranks.share
        ranks.add_up(shared)
        each_counts = ranks.weight / (count * ranks.share)
        of_sums, of_products = (shared * each_counts).to(values.dtype).chunk(2)
        each = [1, -1, *(1 for _ in values.shape[2:])]
        scale = inverse if weight is None else inverse * weight
        centered = (values - mean.view(each)) * (inverse * of_products).view(each)
        at_values = (gradient - of_sums.view(each) - centered) * scale.view(each)
        needs_weight, needs_bias = ctx.needs_input_grad[1:3]
        own = (products if needs_weight else None, sums if needs_bias else None)
        return at_values, *own, None, None, None

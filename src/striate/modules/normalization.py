"""Response normalisation as papers and libraries write it, and torch's batch normalisation."""

from typing import final

import torch
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx, once_differentiable
from torch.nn import functional

from striate.kernels import Kernel, response_norm
from striate.layers import (
    BatchNormalization,
    GroupNormalization,
    LayerNormalization,
    ResponseNormalization,
)
from striate.modules.precision import at_least_fp32
from striate.shapes import Image, Shape


@final
class ResponseNorm(nn.Module):
    """Divide each value by (k + c x the sum of its neighbours' squares) ^ beta.

    torch's own layer adds the squares up with a pooling in three dimensions, forward and backward, and
    takes more than twice the time. Here neighbouring maps are added up as shifted slices, and the
    gradient is written out; where there is a compiler, a kernel does it in a tenth of that time.

    Args:
        layer: The row's normalisation.

    Source:
        Krizhevsky et al. 2012, section 3.3.
    """

    def __init__(self, layer: ResponseNormalization) -> None:
        super().__init__()
        self.layer = layer

    @property
    def kernels(self) -> tuple[Kernel, ...]:
        """What does it in C++."""
        layer = self.layer
        is_known = layer.region == "across" and layer.beta == response_norm.BETA
        return (response_norm.KERNEL,) if is_known else ()

    def forward(self, maps: Tensor) -> Tensor:
        """Normalise.

        Shapes:
            in:  batch x maps x height x width
            out: the same
        """
        layer = self.layer
        if layer.region == "within":
            wide = at_least_fp32(maps)
            sums = _sum_within(wide * wide, layer.size) * layer.coefficient + layer.k
            return (wide * sums.pow(-layer.beta)).to(maps.dtype)
        if layer.groups == 1:
            return _normalize_across(maps, layer)
        parts = maps.chunk(layer.groups, dim=1)
        return torch.cat([_normalize_across(part, layer) for part in parts], dim=1)

    def extra_repr(self) -> str:
        """Give the constants."""
        layer = self.layer
        return (
            f"{layer.region}, size={layer.size}, coefficient={layer.coefficient:g}, "
            f"beta={layer.beta:g}, k={layer.k:g}, groups={layer.groups}"
        )


def _normalize_across(maps: Tensor, layer: ResponseNormalization) -> Tensor:
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
        context: FunctionCtx,
        maps: Tensor,
        size: int,
        coefficient: float,
        beta: float,
        k: float,
    ) -> Tensor:
        wide = at_least_fp32(maps)
        sums = _sum_across(wide * wide, size).mul_(coefficient).add_(k)
        context.save_for_backward(maps, sums)
        context.constants = (size, coefficient, beta)  # type: ignore[attr-defined]
        return (wide * _power(sums, beta)).to(maps.dtype)

    @staticmethod
    @once_differentiable
    def backward(context: FunctionCtx, gradient: Tensor) -> tuple[Tensor, None, None, None, None]:
        maps, sums = context.saved_tensors  # type: ignore[attr-defined]
        size, coefficient, beta = context.constants  # type: ignore[attr-defined]
        wide = at_least_fp32(maps)
        scaled = at_least_fp32(gradient) * _power(sums, beta)
        spread = _sum_across(scaled * wide / sums, size)
        scaled.addcmul_(wide, spread, value=-2 * coefficient * beta)
        return scaled.to(maps.dtype), None, None, None, None


def _power(sums: Tensor, beta: float) -> Tensor:
    """Give sums ^ -beta; the usual 3/4 takes two square roots, which cost half as much."""
    if beta == 0.75:  # noqa: PLR2004 - the exponent of every network in print
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


def _sum_within(squares: Tensor, size: int) -> Tensor:
    """Add up a window of size x size around each place of a map."""
    return functional.avg_pool2d(squares, size, stride=1, padding=size // 2, divisor_override=1)


def batch_norm(layer: BatchNormalization, shape: Shape) -> nn.Module:
    """Make torch's batch normalisation for maps or for flat vectors.

    Args:
        layer: The row's normalisation.
        shape: What it reads.
    """
    kind = nn.BatchNorm2d if isinstance(shape, Image) else nn.BatchNorm1d
    has_any = layer.has_scale or layer.has_offset
    return _scaled(kind(shape.axes[0], layer.epsilon, layer.momentum, affine=has_any), layer)


def layer_norm(layer: LayerNormalization, shape: Shape) -> nn.Module:
    """Return torch's layer normalisation, over whole examples or over the maps at each place.

    Args:
        layer: The row's normalisation.
        shape: What it reads.
    """
    has_any = layer.has_scale or layer.has_offset
    by_place = layer.over == "maps"
    kind = MapsNorm if by_place and isinstance(shape, Image) else nn.LayerNorm
    axes = shape.axes[:1] if by_place else shape.axes
    return _scaled(kind(axes, layer.epsilon, elementwise_affine=has_any), layer)


def group_norm(layer: GroupNormalization, shape: Shape) -> nn.Module:
    """Return torch's group normalisation; of instances, with as many groups as there are maps.

    Args:
        layer: The row's normalisation.
        shape: What it reads.
    """
    maps = shape.axes[0]
    groups = maps if layer.groups is None else layer.groups
    has_any = layer.has_scale or layer.has_offset
    return _scaled(nn.GroupNorm(groups, maps, layer.epsilon, affine=has_any), layer)


@final
class MapsNorm(nn.LayerNorm):
    """torch's layer normalisation over the maps at each place."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's name
        """Normalise.

        Shapes:
            in:  batch x maps x height x width
            out: the same
        """
        return super().forward(input.movedim(1, -1)).movedim(-1, 1)


def _scaled(
    module: nn.Module, layer: BatchNormalization | LayerNormalization | GroupNormalization
) -> nn.Module:
    """Take out the scale or the offset where a row has only the other; torch's layers have both or none."""
    if layer.has_scale != layer.has_offset:
        module.register_parameter("weight" if layer.has_offset else "bias", None)
    return module

"""Transposed convolutions, upsampling and borders: torch's own, and one of ours for uneven cuts."""

from typing import assert_never, final

from torch import Tensor, nn
from torch.nn import functional

from striate.layers import Border, TransposedConvolution, Upsampling
from striate.layers.windows import pair


def transposed_convolution(layer: TransposedConvolution, channels: int) -> nn.ConvTranspose2d:
    """Return torch's transposed convolution, or one that cuts its output where the two ends differ.

    Args:
        layer: The row's layer.
        channels: Maps that it reads.
    """
    window = layer.window
    (top, below), (left, right) = layer.cut
    added = (top - below, left - right)
    bounds = [max(both) for both in zip(window.stride, window.dilation, strict=True)]
    # torch cuts both ends alike, and then adds less than a stride or a dilation behind.
    if all(0 <= cells < most for cells, most in zip(added, bounds, strict=True)):
        return nn.ConvTranspose2d(
            *(channels, layer.maps, window.kernel, window.stride, (top, left), added),
            *(layer.groups, layer.has_bias, window.dilation),
        )
    return CutTransposedConvolution(layer, channels)


@final
class CutTransposedConvolution(nn.ConvTranspose2d):
    """torch's transposed convolution, with another number of cells cut off from each side of its output.

    Args:
        layer: The row's layer.
        channels: Maps that it reads.
    """

    def __init__(self, layer: TransposedConvolution, channels: int) -> None:
        window, ((top, below), (left, right)) = layer.window, layer.cut
        added = (max(-below, 0), max(-right, 0))
        super().__init__(
            *(channels, layer.maps, window.kernel, window.stride, (0, 0), added),
            *(layer.groups, layer.has_bias, window.dilation),
        )
        self.ends = (-left, -max(right, 0), -top, -max(below, 0))

    def forward(self, input: Tensor, output_size: list[int] | None = None) -> Tensor:  # noqa: A002 - torch's name
        """Convolve, and cut.

        Shapes:
            in:  batch x channels x height x width
            out: batch x maps x rows x columns
        """
        return functional.pad(super().forward(input, output_size), self.ends)


def upsampling(layer: Upsampling) -> nn.Upsample:
    """Return torch's upsampling."""
    corners = layer.is_aligned if layer.interpolation == "bilinear" else None
    down, across = pair(layer.factor)
    return nn.Upsample(
        scale_factor=(float(down), float(across)), mode=layer.interpolation, align_corners=corners
    )


def border(layer: Border) -> nn.Module:
    """Return torch's padding layer."""
    sides = layer.sides
    ends = (sides.left, sides.right, sides.top, sides.bottom)
    match layer.mode:
        case "zeros":
            return nn.ZeroPad2d(ends)
        case "reflect":
            return nn.ReflectionPad2d(ends)
        case "replicate":
            return nn.ReplicationPad2d(ends)
        case _:
            assert_never(layer.mode)

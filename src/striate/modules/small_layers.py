"""Which convolutions and full layers have a form in C++, for images that lie side by side."""

from dataclasses import dataclass
from typing import ClassVar, final

from torch import Tensor

from striate.kernels import Kernel, convolution, full_layer
from striate.kernels.convolution import Connections
from striate.kernels.lanes import Activation
from striate.layers import Convolution, Function
from striate.modules.functions import ACTIVATIONS
from striate.shapes import Image


@final
@dataclass(frozen=True, slots=True, eq=False)
class SmallConvolution:
    """A convolution of few maps, and what follows its sums.

    Args:
        connections: The pairs of maps that its kernels connect.
        activation: What follows.
        axes: Of the maps that it was made for: the kernel trusts them.
    """

    connections: Connections
    activation: Activation
    axes: tuple[int, ...]
    kernels: ClassVar[tuple[Kernel, ...]] = convolution.KERNELS

    def does(self, maps: Tensor) -> bool:
        """Tell whether it can convolve some maps."""
        return maps.shape[1:] == self.axes and convolution.does(maps)

    def __call__(self, maps: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """Convolve, with one kernel a pair, or with all of them as torch's layer has them."""
        one_a_pair = weight.reshape(-1, *weight.shape[-2:])
        out: Tensor = convolution.Convolution.apply(  # type: ignore[no-untyped-call]
            maps, one_a_pair, bias, self.connections, self.activation
        )
        return out


@final
@dataclass(frozen=True, slots=True, eq=False)
class SmallFullLayer:
    """A full layer of few weights, or a convolution that covers its maps, and what follows its sums.

    Args:
        activation: What follows.
        count: Of the values that it was made for: the kernel trusts it.
    """

    activation: Activation
    count: int
    kernels: ClassVar[tuple[Kernel, ...]] = full_layer.KERNELS

    def does(self, values: Tensor) -> bool:
        """Tell whether it can weigh some values, and gains by it."""
        return values.shape[1:].numel() == self.count and full_layer.does(values)

    def __call__(self, values: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """Weigh, with a weight for each unit and value, in any axes."""
        out: Tensor = full_layer.FullLayer.apply(  # type: ignore[no-untyped-call]
            values.flatten(1), weight.flatten(1), bias, self.activation
        )
        return out.view(*out.shape, *(1,) * (values.dim() - 2))


def small_convolution(
    layer: Convolution, image: Image, function: Function | None
) -> SmallConvolution | SmallFullLayer | None:
    """Give the form of a convolution in C++, if it has one.

    Args:
        layer: The row's convolution.
        image: What it reads.
        function: What follows it.
    """
    window, table = layer.window, layer.connection_table
    is_known = (
        function in ACTIVATIONS
        and layer.groups == 1
        and window.stride == window.dilation == (1, 1)
        and not any(window.sides(image))
    )
    if not is_known:
        return None
    activation = ACTIVATIONS[function]
    if table is None and window.kernel == (image.height, image.width):
        return small_full_layer(layer.maps, image.elements, function)
    if image.channels > convolution.MOST_CHANNELS:
        return None
    every = [(above, below) for above in range(layer.maps) for below in range(image.channels)]
    pairs = every if table is None else list(table.pairs)
    return SmallConvolution(Connections.of(pairs, layer.maps), activation, image.axes)


def small_full_layer(units: int, values: int, function: Function | None) -> SmallFullLayer | None:
    """Give the form of a full layer in C++, if it has one.

    Args:
        units: Its units.
        values: What each unit reads.
        function: What follows it.
    """
    if units * values > full_layer.MOST_WEIGHTS or function not in ACTIVATIONS:
        return None
    return SmallFullLayer(ACTIVATIONS[function], values)

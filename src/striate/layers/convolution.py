"""Convolution, with groups or with a table that says which maps are connected."""

from dataclasses import dataclass
from typing import ClassVar, final

from striate.errors import LayerError
from striate.errors.layers import (
    connections_of_wrong_size,
    groups_and_connections,
    groups_do_not_divide,
    not_positive,
    unconnected_map,
)
from striate.layers.cost import Cost
from striate.layers.windows import Axis, Padding, Pair, Window, needed_image, pair
from striate.shapes import Image, Shape


@final
@dataclass(frozen=True, slots=True)
class ConnectionTable:
    """Which maps below each map of a convolution reads, as in LeNet-5's Table I.

    Args:
        marks: One tuple a map below, one truth value a map of the convolution.
    """

    marks: tuple[tuple[bool, ...], ...]

    @property
    def maps_in(self) -> int:
        """Maps below."""
        return len(self.marks)

    @property
    def maps_out(self) -> int:
        """Maps of the convolution."""
        return max(map(len, self.marks), default=0)

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Connected (map, map below), in the order in which their kernels are stored."""
        return tuple(
            (column, row)
            for column in range(self.maps_out)
            for row in range(self.maps_in)
            if column < len(self.marks[row]) and self.marks[row][column]
        )

    @property
    def maps_read(self) -> tuple[int, ...]:
        """How many maps below each map of the convolution reads."""
        read = [0] * self.maps_out
        for column, _ in self.pairs:
            read[column] += 1
        return tuple(read)


@final
@dataclass(frozen=True, slots=True)
class Convolution:
    """Slide kernels over the maps below; each output map has a bias unless `has_bias` is off.

    Shapes:
        in:  channels x height x width
        out: maps x rows x columns, by `window_count`

    Args:
        maps: Output maps.
        kernel: Height and width of the kernel.
        stride: Steps between windows.
        padding: `valid`, `same`, pixels, or `Sides`.
        dilation: Distance of two cells of the kernel.
        groups: Parts into which the maps are split; each output map reads one part.
        has_bias: Whether every output map has a trained bias.
        connection_table: Which maps are connected; all of them when absent.

    Raises:
        LayerError: A number is impossible; all of them are named.
    """

    maps: int
    kernel: Pair
    stride: Pair = (1, 1)
    padding: Padding = "valid"
    dilation: Pair = (1, 1)
    groups: int = 1
    has_bias: bool = True
    connection_table: ConnectionTable | None = None

    KIND: ClassVar = "Convolution"

    def __post_init__(self) -> None:
        for name in ("kernel", "stride", "dilation"):
            object.__setattr__(self, name, pair(getattr(self, name)))
        faults = self.window.faults(self.KIND)
        faults += [
            not_positive(self.KIND, name, value)
            for name, value in (("maps", self.maps), ("groups", self.groups))
            if value < 1
        ]
        if self.connection_table is not None and self.groups > 1:
            faults.append(groups_and_connections())
        if faults:
            raise LayerError(*faults)

    @property
    def window(self) -> Window:
        """The sliding window."""
        return Window(pair(self.kernel), pair(self.stride), self.padding, pair(self.dilation))

    def axes(self, shape: Shape) -> tuple[Axis, Axis]:
        """Give the window along height and width of this input."""
        return self.window.axes(needed_image(self.KIND, shape))

    def output(self, shape: Shape) -> Image:
        """Give the shape of the output.

        Raises:
            LayerError: The input is flat, or the window, the groups or the table do not fit it.
        """
        image = needed_image(self.KIND, shape)
        faults = []
        if self.groups > 1 and (image.channels % self.groups or self.maps % self.groups):
            faults.append(groups_do_not_divide(self.groups, image.channels, self.maps))
        table = self.connection_table
        if table is not None:
            if (table.maps_in, table.maps_out) != (image.channels, self.maps):
                faults.append(
                    connections_of_wrong_size(
                        table.maps_in, table.maps_out, image.channels, self.maps
                    )
                )
            faults += [unconnected_map(i) for i, read in enumerate(table.maps_read) if not read]
        faults += self.window.misfits(image)
        if faults:
            raise LayerError(*faults)
        return Image(self.maps, *self.window.count(image))

    def kernels(self, shape: Shape) -> int:
        """Count the pairs of an input and an output map that are connected."""
        if self.connection_table is not None:
            return len(self.connection_table.pairs)
        return self.maps * (needed_image(self.KIND, shape).channels // self.groups)

    def cost(self, shape: Shape) -> Cost:
        """Count the numbers held and the sums done for one example."""
        out = self.output(shape)
        height, width = pair(self.kernel)
        positions = out.height * out.width
        weights = self.kernels(shape) * height * width
        parameters = weights + (self.maps if self.has_bias else 0)
        return Cost(
            parameters=parameters,
            connections=positions * parameters,
            bias_links=positions * (parameters - weights),
            biases=parameters - weights,
            multiply_adds=positions * weights,
        )


@final
@dataclass(frozen=True, slots=True)
class DepthwiseConvolution:
    """Slide kernels over each map by itself: a convolution with as many groups as there are maps below.

    Shapes:
        in:  channels x height x width
        out: (channels x multiplier) x rows x columns, by `window_count`

    Args:
        kernel: Height and width of the kernel.
        stride: Steps between windows.
        padding: `valid`, `same`, pixels, or `Sides`.
        dilation: Distance of two cells of the kernel.
        multiplier: Maps made of each map below.
        has_bias: Whether every output map has a trained bias.

    Raises:
        LayerError: A number is impossible; all of them are named.

    Source:
        Howard et al. 2017, section 3.1.
    """

    kernel: Pair
    stride: Pair = (1, 1)
    padding: Padding = "valid"
    dilation: Pair = (1, 1)
    multiplier: int = 1
    has_bias: bool = True

    KIND: ClassVar = "Depthwise convolution"

    def __post_init__(self) -> None:
        for name in ("kernel", "stride", "dilation"):
            object.__setattr__(self, name, pair(getattr(self, name)))
        faults = self.window.faults(self.KIND)
        if self.multiplier < 1:
            faults.append(not_positive(self.KIND, "multiplier", self.multiplier))
        if faults:
            raise LayerError(*faults)

    @property
    def window(self) -> Window:
        """The sliding window."""
        return Window(pair(self.kernel), pair(self.stride), self.padding, pair(self.dilation))

    def on(self, shape: Shape) -> Convolution:
        """Return the convolution with groups that it is on some maps.

        Raises:
            LayerError: The input is flat.
        """
        maps = needed_image(self.KIND, shape).channels
        return Convolution(
            maps * self.multiplier,
            self.kernel,
            self.stride,
            self.padding,
            self.dilation,
            groups=maps,
            has_bias=self.has_bias,
        )

    def axes(self, shape: Shape) -> tuple[Axis, Axis]:
        """Give the window along height and width of this input."""
        return self.on(shape).axes(shape)

    def output(self, shape: Shape) -> Image:
        """Give the shape of the output.

        Raises:
            LayerError: The input is flat, or the window does not fit it.
        """
        return self.on(shape).output(shape)

    def cost(self, shape: Shape) -> Cost:
        """Count the numbers held and the sums done for one example."""
        return self.on(shape).cost(shape)

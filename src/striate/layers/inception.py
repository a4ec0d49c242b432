"""GoogLeNet's module: four branches side by side, whose maps are put one behind the other."""

from dataclasses import dataclass
from typing import ClassVar, final

from striate.errors import LayerError
from striate.errors.layers import (
    inception_without_branch,
    negative,
    reduction_without_kernel,
)
from striate.layers.convolution import Convolution
from striate.layers.cost import Cost
from striate.layers.pooling import MaxPooling
from striate.layers.windows import Axis, needed_image
from striate.shapes import Image, Shape


Branch = tuple[tuple[str, Convolution | MaxPooling], ...]


def _branch(name: str, kernel: int, reduction: int, maps: int) -> Branch:
    if not maps:
        return ()
    convolution = (name, Convolution(maps, kernel, padding=kernel // 2))
    if not reduction:
        return (convolution,)
    return ((f"{name}_reduce", Convolution(reduction, 1)), convolution)


@final
@dataclass(frozen=True, slots=True)
class Inception:
    """Look through windows of 1x1, 3x3 and 5x5 and at the maximum of 3x3, all at once.

    A branch of 0 maps is left out; a reduction of 0 too, and its branch then reads the input. The
    activation of the row follows each of its convolutions.

    Shapes:
        in:  channels x height x width
        out: (n1x1 + n3x3 + n5x5 + pool_projection) x height x width

    Args:
        n1x1: Maps of the 1x1 convolution.
        n3x3_reduce: Maps of the 1x1 convolution ahead of the 3x3 one.
        n3x3: Maps of the 3x3 convolution.
        n5x5_reduce: Maps of the 1x1 convolution ahead of the 5x5 one.
        n5x5: Maps of the 5x5 convolution.
        pool_projection: Maps of the 1x1 convolution behind the 3x3 max pooling.

    Raises:
        LayerError: A number is impossible; all of them are named.

    Source:
        Szegedy et al. 2014, figure 2b; the names are those of its Table 1.
    """

    n1x1: int = 0
    n3x3_reduce: int = 0
    n3x3: int = 0
    n5x5_reduce: int = 0
    n5x5: int = 0
    pool_projection: int = 0

    KIND: ClassVar = "Inception"

    def __post_init__(self) -> None:
        faults = [
            negative(self.KIND, name, value)
            for name in self.__slots__
            if (value := getattr(self, name)) < 0
        ]
        for side, reduction, maps in (
            ("3x3", self.n3x3_reduce, self.n3x3),
            ("5x5", self.n5x5_reduce, self.n5x5),
        ):
            if reduction > 0 and maps == 0:
                faults.append(reduction_without_kernel(self.KIND, side, reduction))
        if not faults and not self.maps:
            faults.append(inception_without_branch(self.KIND))
        if faults:
            raise LayerError(*faults)

    @property
    def maps(self) -> int:
        """Maps of all branches together."""
        return self.n1x1 + self.n3x3 + self.n5x5 + self.pool_projection

    @property
    def branches(self) -> tuple[Branch, ...]:
        """The branches in the order of their maps: the layers of each, with their names."""
        candidates = (
            _branch("n1x1", 1, 0, self.n1x1),
            _branch("n3x3", 3, self.n3x3_reduce, self.n3x3),
            _branch("n5x5", 5, self.n5x5_reduce, self.n5x5),
            (
                ("pool", MaxPooling(3, stride=1, padding=1)),
                ("pool_projection", Convolution(self.pool_projection, 1)),
            )
            if self.pool_projection
            else (),
        )
        return tuple(branch for branch in candidates if branch)

    def convolutions(self, shape: Shape) -> tuple[tuple[str, Convolution, Image], ...]:
        """Give every convolution with its name and what it reads."""
        image = needed_image(self.KIND, shape)
        found = []
        for branch in self.branches:
            below = image
            for name, layer in branch:
                if isinstance(layer, Convolution):
                    found.append((name, layer, below))
                below = layer.output(below)
        return tuple(found)

    def axes(self, shape: Shape) -> tuple[Axis, Axis]:  # noqa: ARG002 - any image
        """Give the window of the widest branch along height and width."""
        reach = 5 if self.n5x5 else 3 if self.n3x3 or self.pool_projection else 1
        axis = Axis(reach, before=reach // 2, after=reach // 2)
        return axis, axis

    def output(self, shape: Shape) -> Image:
        """Give the shape of the output.

        Raises:
            LayerError: The input is flat.
        """
        image = needed_image(self.KIND, shape)
        return Image(self.maps, image.height, image.width)

    def cost(self, shape: Shape) -> Cost:
        """Count the numbers held and the sums done by all branches, for one example."""
        costs = [layer.cost(below) for _, layer, below in self.convolutions(shape)]
        return Cost(
            parameters=sum(cost.parameters for cost in costs),
            connections=sum(cost.connections for cost in costs) + self._pooling_links(shape),
            bias_links=sum(cost.bias_links for cost in costs),
            biases=sum(cost.biases for cost in costs),
            multiply_adds=sum(cost.multiply_adds for cost in costs),
        )

    def _pooling_links(self, shape: Shape) -> int:
        pools = [
            layer
            for branch in self.branches
            for _, layer in branch
            if isinstance(layer, MaxPooling)
        ]
        return sum(pool.cost(shape).connections for pool in pools)

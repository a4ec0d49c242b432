"""Networks whose rows stand one behind the other, which one call takes both ways."""

from collections.abc import Sequence
from typing import ClassVar, final

from torch import Tensor, nn

from striate.kernels import Kernel, straight_network
from striate.kernels.straight_network import Kind, Plan, Row
from striate.modules.convolutions import PaddedConvolution, PartialConvolution
from striate.modules.distances import Distances
from striate.modules.functions import ACTIVATIONS
from striate.modules.network import Network
from striate.modules.poolings import Subsample
from striate.modules.rows import FlatLinear
from striate.modules.small_layers import SmallFullLayer
from striate.shapes import Image, Shape


@final
class StraightNetwork:
    """All rows of a network, each of which reads the one before it alone.

    `parameters` are their weights and biases, row by row: None for a bias that is not there, and for distances
    the codes.

    Args:
        axes: Of an example.
        rows: Each row's module, and what it is for the kernel.
    """

    kernels: ClassVar[tuple[Kernel, ...]] = (straight_network.KERNEL,)

    def __init__(self, axes: tuple[int, ...], rows: Sequence[tuple[nn.Module, Row]]) -> None:
        self.plan = Plan(axes, [row for _, row in rows])
        self.parameters = [one for module, _ in rows for one in _numbers(module)]

    def does(self, examples: Tensor) -> bool:
        """Tell whether the kernel can take examples through the rows and back."""
        return straight_network.does(self.plan, examples, self.parameters)


def _numbers(module: nn.Module) -> tuple[Tensor | None, Tensor | None]:
    if isinstance(module, Distances):
        return module.codes, None
    return module.weight, module.bias  # type: ignore[return-value]


def straight_network_of(network: Network) -> StraightNetwork | None:
    """Give all rows of a network in the form of one call.

    Returns:
        None unless every row reads the one before it alone, is a convolution, a subsampling or a full layer in
        C++, a change of shape, or distances, and the values of all rows are few.
    """
    reports = network.walk.reports
    follows = all(step.reads == (position,) for position, step in enumerate(network.steps))
    values = sum(report.output.elements for report in reports if report.output is not None)
    if network.heads or not follows or values > straight_network.MOST_VALUES:
        return None
    rows = []
    for step, report in zip(network.steps, reports[1:], strict=True):
        module = network.get_submodule(step.child)
        if isinstance(module, nn.Flatten | nn.Identity) and step.function is None:
            continue
        row = _row(module, report.inputs[0])
        if row is None:
            return None
        rows.append((module, row))
    return StraightNetwork(network.walk.input.axes, rows) if rows else None


def _row(module: nn.Module, shape: Shape) -> Row | None:
    """Give a row of a shape for the kernel; None if it does not know it."""
    reads = shape.axes if isinstance(shape, Image) else (shape.elements, 1, 1)
    match module:
        case PaddedConvolution() | PartialConvolution() | FlatLinear() if module.small is not None:
            small = module.small
            if isinstance(small, SmallFullLayer):
                return Row(Kind.WEIGH, reads, len(module.weight), small.activation)
            connections, kernel = small.connections, module.weight.shape[-2:]
            maps = connections.maps_above
            return Row(Kind.CONVOLVE, reads, maps, small.activation, kernel, connections)
        case Subsample() if module.kernels:
            activation, window = ACTIVATIONS[module.function], module.window.kernel
            maps = len(module.weight)
            return Row(Kind.SUBSAMPLE, reads, maps, activation, window, share=module.share)
        case Distances():
            return Row(Kind.MEASURE, reads, len(module.codes), ACTIVATIONS[None])
        case _:
            return None

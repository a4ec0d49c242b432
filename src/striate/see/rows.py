"""What the rows of a network give for an example, and the kernels that they hold."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from striate.arithmetic import RowReport
from striate.errors import SeeingError
from striate.errors.seeing import no_kernels, unknown_row
from striate.layers import Convolution, DepthwiseConvolution
from striate.modules import Network
from striate.notebook import picture_html
from striate.pictures.seen import draw_filters


Array = NDArray[np.float32]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Filters:
    """The kernels of a row.

    Args:
        row: Its name.
        weights: maps x channels x height x width; zero where a map does not read a channel.
        is_connected: maps x channels; whether a map reads a channel at all.
    """

    row: str
    weights: Array
    is_connected: NDArray[np.bool_]

    def __repr__(self) -> str:
        """Tell the row and the size of its kernels."""
        maps, channels, height, width = self.weights.shape
        return f"<Filters of {self.row!r}: {maps} maps, {channels} channels, {height}x{width}>"

    def _repr_html_(self) -> str:
        shows = f"kernels of {self.row}"
        return picture_html(draw_filters(self.weights, self.is_connected, shows), shows)


@contextmanager
def evaluating(network: nn.Module) -> Iterator[None]:
    """Put a network into evaluation mode for a while, each of its modules back into its own afterwards."""
    modes = [(module, module.training) for module in network.modules()]
    network.eval()
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode


def report_of(network: Network, row: str) -> RowReport:
    """Return what the arithmetic says of a row.

    Raises:
        SeeingError: The network has no such row; its rows are named.
    """
    for report in network.walk.reports:
        if report.row.name == row:
            return report
    raise SeeingError(unknown_row(row, [report.row.name for report in network.walk.reports]))


def module_of_row(network: Network, row: str) -> nn.Module:
    """Return the module that does a row's layer."""
    (child,) = (step.child for step in network.steps if step.row == row)
    return network.get_submodule(child)


def maps(network: Network, inputs: Tensor) -> dict[str, Array]:
    """Return the output of every row for one example or several.

    The last row's output is what goes into its softmax, or into the sigmoid of a single unit.

    Shapes:
        inputs: batch x channels x height x width, prepared as the network reads them
        out: batch x the row's own axes

    Args:
        network: Any network built from a table; its mode is left as it was.
        inputs: A batch.
    """
    with evaluating(network), torch.no_grad():
        outputs = {network.walk.reports[0].row.name: inputs, **network.trace(inputs)}
    return {row: values.float().cpu().numpy() for row, values in outputs.items()}


def filters(network: Network, row: str | None = None) -> Filters:
    """Return the kernels of a convolution.

    Args:
        network: Any network built from a table.
        row: Its name; the first convolution where it is absent.

    Raises:
        SeeingError: There is no such row, or it holds no kernels.
    """
    names = rows_with_kernels(network)
    if row is None:
        if not names:
            raise SeeingError(no_kernels(network.walk.reports[0].row.name, names))
        row = names[0]
    report = report_of(network, row)
    if row not in names:
        raise SeeingError(no_kernels(row, names))
    return Filters(row, full_kernels(network, row), connections(report))


def rows_with_kernels(network: Network) -> list[str]:
    """Return the names of the rows whose kernels slide over maps."""
    kinds = Convolution | DepthwiseConvolution
    return [
        report.row.name for report in network.walk.reports if isinstance(report.row.layer, kinds)
    ]


def full_kernels(network: Network, row: str) -> Array:
    """Return a convolution's kernels with zeros where a map does not read a channel.

    Shapes:
        out: maps x channels x height x width
    """
    module, report = module_of_row(network, row), report_of(network, row)
    with torch.no_grad():
        full = getattr(module, "full_weight", None)
        weight: Tensor = module.get_parameter("weight") if full is None else full()
    values = weight.detach().float().cpu().numpy()
    connected = connections(report)
    if values.shape[1] == connected.shape[1]:
        return values
    spread = np.zeros((*connected.shape, *values.shape[2:]), values.dtype)
    spread[connected] = values.reshape(-1, *values.shape[2:])
    return spread


def connections(report: RowReport) -> NDArray[np.bool_]:
    """Return which channels each map of a convolution reads: maps x channels."""
    layer, channels = report.row.layer, report.inputs[0].axes[0]
    if isinstance(layer, Convolution) and layer.connection_table is not None:
        connected = np.zeros((layer.maps, channels), bool)
        for above, below in layer.connection_table.pairs:
            connected[above, below] = True
        return connected
    if isinstance(layer, DepthwiseConvolution):
        groups, maps = channels, channels * layer.multiplier
    elif isinstance(layer, Convolution):
        groups, maps = layer.groups, layer.maps
    else:
        raise SeeingError(no_kernels(report.row.name, []))
    part_of_map = np.arange(maps) * groups // maps
    part_of_channel = np.arange(channels) * groups // channels
    return part_of_map[:, None] == part_of_channel[None, :]

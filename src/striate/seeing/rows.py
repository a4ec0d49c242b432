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
from striate.layers import Convolution
from striate.modules import Network


Array = NDArray[np.float32]


@final
@dataclass(frozen=True, slots=True, eq=False)
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
    names = [report.row.name for report in network.walk.reports if _has_kernels(report)]
    if row is None:
        if not names:
            raise SeeingError(no_kernels(network.walk.reports[0].row.name, names))
        row = names[0]
    report = report_of(network, row)
    layer = report.row.layer
    if not isinstance(layer, Convolution):
        raise SeeingError(no_kernels(row, names))
    return Filters(row, full_kernels(network, row), _connected(report))


def full_kernels(network: Network, row: str) -> Array:
    """Return a convolution's kernels with zeros where a map does not read a channel.

    Shapes:
        out: maps x channels x height x width
    """
    module, layer = module_of_row(network, row), report_of(network, row).row.layer
    with torch.no_grad():
        full = getattr(module, "full_weight", None)
        weight: Tensor = module.get_parameter("weight") if full is None else full()
    values = weight.detach().float().cpu().numpy()
    if not isinstance(layer, Convolution) or layer.groups == 1:
        return values
    groups, (rows, channels) = layer.groups, values.shape[:2]
    spread = np.zeros((rows, groups * channels, *values.shape[2:]), values.dtype)
    for group in range(groups):
        here = slice(group * rows // groups, (group + 1) * rows // groups)
        spread[here, group * channels : (group + 1) * channels] = values[here]
    return spread


def _has_kernels(report: RowReport) -> bool:
    return isinstance(report.row.layer, Convolution)


def _connected(report: RowReport) -> NDArray[np.bool_]:
    layer, channels = report.row.layer, report.inputs[0].axes[0]
    if not isinstance(layer, Convolution):
        raise SeeingError(no_kernels(report.row.name, []))
    connected = np.zeros((layer.maps, channels), bool)
    if layer.connection_table is not None:
        for above, below in layer.connection_table.pairs:
            connected[above, below] = True
        return connected
    for group in range(layer.groups):
        rows = slice(group * layer.maps // layer.groups, (group + 1) * layer.maps // layer.groups)
        columns = slice(group * channels // layer.groups, (group + 1) * channels // layer.groups)
        connected[rows, columns] = True
    return connected

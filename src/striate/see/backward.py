"""How the loss depends on one value of a row and on one weight behind it, factor by factor.

The loss of one example is followed back by the chain rule: to the value, through the function to the sum, and
from the sums of all places that share a weight to that weight.
"""

import copy
from dataclasses import dataclass
from functools import partial
from typing import final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from striate.arithmetic import RowReport
from striate.errors import SeeingError
from striate.errors.seeing import no_such_weight
from striate.layers import (
    Activation,
    Convolution,
    DepthwiseConvolution,
    FullyConnected,
    Inception,
    Layer,
)
from striate.modules import Network, loss_function
from striate.modules.functions import function_module
from striate.recipe import Recipe
from striate.see.rows import connections, evaluating, report_of
from striate.see.units import Exact, Unit, last_of_branch, unit
from striate.shapes import Image
from striate.table import Unreadable


MOST_PLACES = 12
"""Places of a shared weight that are told one by one."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class SharedWeight:
    """One weight, and what each place that uses it adds to its gradient.

    Args:
        place: Channel, row and column in the kernel of the unit's map; the input's number in a full layer.
        by_sums: The slope of the loss by the sum of each place: the row's height x width, or 1 x 1.
        read: What the weight is multiplied by at each place; 0 in the padding.
    """

    place: tuple[int, ...]
    by_sums: Exact
    read: Exact

    @property
    def products(self) -> Exact:
        """What each place adds."""
        return self.by_sums * self.read

    @property
    def gradient(self) -> float:
        """The slope of the loss by the weight: the sum over all places."""
        return float(self.products.sum())


@final
@dataclass(frozen=True, slots=True, eq=False)
class UnitGradient:
    """The slope of the loss by one value, and what it is made of.

    Args:
        unit: The value, and how it comes about.
        loss: Of the example.
        by_value: The slope of the loss by the value.
        slope: Of the function at the sum; 1 where there is none.
        by_sum: The slope of the loss by the sum: the product of the two.
        weight: A weight behind the value, shared by all places; None in a row without weights.
    """

    unit: Unit
    loss: float
    by_value: float
    slope: float
    by_sum: float
    weight: SharedWeight | None


def unit_gradient(
    network: Network,
    inputs: Tensor,
    label: int,
    recipe: Recipe,
    row: str,
    place: tuple[int, int, int] | None = None,
    weight: tuple[int, ...] | None = None,
) -> UnitGradient:
    """Return how the loss of one example depends on one value of a row, in double precision.

    Shapes:
        inputs: 1 x channels x height x width, or 1 x values

    Args:
        network: Any network built from a table; it is left as it was.
        inputs: One example, prepared as the network reads it.
        label: The class that it is of.
        recipe: Its loss is followed.
        row: Name of a row that `unit` can take apart.
        place: Map, row and column of the value; the one with the steepest slope where it is absent.
        weight: Channel, row and column in the map's kernel, or the input's number of a full layer; the one with
            the steepest slope where it is absent.

    Raises:
        SeeingError: There is no such unit or weight, or the row's units are no single sum.
    """
    report = report_of(network, row)
    wide = copy.deepcopy(network).double()
    kept = _kept_sums(wide, report)
    examples = inputs.double() if inputs.is_floating_point() else inputs
    with evaluating(wide), torch.enable_grad():
        outputs = wide.trace(examples.detach().requires_grad_(examples.is_floating_point()))
        outputs[row].retain_grad()
        last = outputs[wide.steps[wide.trunk_length - 1].row].flatten(1)
        loss = loss_function(recipe)(last, torch.tensor([label])).sum()
        torch.autograd.backward(loss)
    by_values = _planes(outputs[row].grad)
    if place is None:
        steepest = np.unravel_index(int(np.abs(by_values).argmax()), by_values.shape)
        place = int(steepest[0]), int(steepest[1]), int(steepest[2])
    taken = unit(network, inputs, row, place[0], place[1:])
    name, layer, number = "", report.row.layer, place[0]
    if isinstance(layer, Inception):
        name, layer, number = last_of_branch(layer, number)
    read, sums = kept[name]
    by_sums = _planes(sums.grad)[number]
    shared = _shared(report, layer, read, by_sums, number, weight)
    return UnitGradient(
        taken,
        float(loss.detach()),
        float(by_values[place]),
        _slope(taken),
        float(by_sums[place[1:]]),
        shared,
    )


def _kept_sums(network: Network, report: RowReport) -> dict[str, tuple[Tensor, Tensor]]:
    """Keep what a row reads and its sums, whose slopes are wanted: of an Inception module, those of each branch by its name."""
    (step,) = (step for step in network.steps if step.row == report.row.name)
    module, layer = network.get_submodule(step.child), report.row.layer
    kept: dict[str, tuple[Tensor, Tensor]] = {}

    def keep(name: str, _module: object, read: tuple[Tensor, ...], given: Tensor) -> None:
        given.retain_grad()
        kept[name] = read[0].detach(), given

    def keep_read(_module: object, read: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        sums = read[0].clone()
        sums.retain_grad()
        kept[""] = sums.detach(), sums
        return (sums,)

    if isinstance(layer, Activation):
        # Its module is the function itself, and its sum what that reads.
        module.register_forward_pre_hook(keep_read)
        return kept
    ends = [branch[-1][0] for branch in layer.branches] if isinstance(layer, Inception) else [""]
    for name in ends:
        module.get_submodule(name).register_forward_hook(partial(keep, name))
    return kept


def _planes(values: Tensor | None) -> Exact:
    """Give the slopes of one example as maps x height x width."""
    if values is None:
        message = "a value behind the output has no slope"
        raise RuntimeError(message)
    planes: Exact = values[0].cpu().numpy()
    return planes.reshape(len(planes), *(planes.shape[1:] or (1, 1)))


def _slope(taken: Unit) -> float:
    if taken.function is None:
        return 1.0
    total = torch.tensor([taken.total], dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(function_module(taken.function)(total).sum(), total)
    return float(slope)


def _shared(
    report: RowReport,
    layer: Layer | Unreadable,
    read: Tensor,
    by_sums: Exact,
    number: int,
    wanted: tuple[int, ...] | None,
) -> SharedWeight | None:
    """Find a weight of a map, and what each place adds to its slope."""
    if isinstance(layer, FullyConnected):
        values: Exact = read[0].flatten().cpu().numpy()
        candidates = values[:, None, None] * by_sums
        place = _chosen(report.row.name, np.abs(candidates.sum((1, 2))), wanted)
        return SharedWeight(place, by_sums, values[place].reshape(1, 1))
    if not isinstance(layer, Convolution | DepthwiseConvolution):
        return None
    down, across = layer.window.axes(Image(*read.shape[1:]))
    maps: Exact = read[0].cpu().numpy()
    padded = np.pad(maps, ((0, 0), (down.before, down.reach), (across.before, across.reach)))
    height, width = by_sums.shape
    # The last convolution of a branch reads all that the branch made.
    is_own = layer is report.row.layer
    is_read = connections(report)[number] if is_own else np.ones(len(maps), bool)
    slopes = np.zeros((len(maps), down.kernel, across.kernel))

    def windows(y: int, x: int) -> Exact:
        top, left = y * down.dilation, x * across.dilation
        return padded[:, top :: down.stride, left :: across.stride][:, :height, :width]

    for y in range(down.kernel):
        for x in range(across.kernel):
            slopes[:, y, x] = (windows(y, x) * by_sums).sum((1, 2)) * is_read
    place = _chosen(report.row.name, np.abs(slopes), wanted)
    if not is_read[place[0]]:
        raise SeeingError(no_such_weight(report.row.name, place, slopes.shape))
    return SharedWeight(place, by_sums, windows(place[1], place[2])[place[0]])


def _chosen(
    row: str, sizes: NDArray[np.float64], wanted: tuple[int, ...] | None
) -> tuple[int, ...]:
    if wanted is None:
        return tuple(int(at) for at in np.unravel_index(int(sizes.argmax()), sizes.shape))
    fits = len(wanted) == sizes.ndim and all(
        0 <= number < length for number, length in zip(wanted, sizes.shape, strict=True)
    )
    if not fits:
        raise SeeingError(no_such_weight(row, wanted, sizes.shape))
    return wanted


def gradient_lines(found: UnitGradient, digits: int = 6) -> list[str]:
    """Return the way back as text: the loss, the chain rule, and the sum behind a shared weight.

    Args:
        found: What `unit_gradient` gave.
        digits: Significant ones.
    """

    def said(number: float) -> str:
        return f"{number:.{digits}g}"

    lines = [f"loss L = {said(found.loss)}", f"dL/da = {said(found.by_value)}   a: the value"]
    if found.unit.function is not None:
        lines += [
            f"da/dz = {said(found.slope)}   z: the sum that goes into {found.unit.function}",
            f"dL/dz = dL/da x da/dz = {said(found.by_value)} x {said(found.slope)} = {said(found.by_sum)}",
        ]
    weight = found.weight
    if weight is None:
        return lines
    if len(weight.place) == 1:
        name = f"w[{weight.place[0]}]"
        own = f"dL/dz x x = {said(found.by_sum)} x {said(float(weight.read[0, 0]))}"
        return [*lines, "", f"dL/d{name} = {own} = {said(weight.gradient)}"]
    channel, down, across = weight.place
    name = f"w[channel {channel}, row {down}, column {across}]"
    products = weight.products
    lines += ["", f"{products.size} places share {name}; each adds dL/dz x x:"]
    order = np.argsort(-np.abs(products), axis=None, kind="stable")
    told = max(1, min(MOST_PLACES, int(np.count_nonzero(products))))
    for cell in order[:told]:
        y, x = np.unravel_index(int(cell), products.shape)
        factors = f"{said(float(weight.by_sums[y, x]))} x {said(float(weight.read[y, x]))}"
        lines.append(f"  row {y}, column {x}: {factors} = {said(float(products[y, x]))}")
    rest = order[told:]
    if len(rest):
        lines.append(
            f"  and {len(rest)} more, which add {said(float(products.ravel()[rest].sum()))}"
        )
    return [*lines, f"dL/d{name} = {said(weight.gradient)}"]

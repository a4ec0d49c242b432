"""Where examples lie behind the last hidden row: seen from the side on which they spread most, or by their neighbours."""

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import final

import torch

from striate.errors import SeeingError
from striate.errors.seeing import no_umap, too_few_for_umap
from striate.modules import Network
from striate.see.patches import Prepared, outputs_of
from striate.see.rows import Array, report_of


MOST = 2000
"""Examples that are placed; of more, every so many."""

NEIGHBOURS = 15
"""Examples that UMAP keeps near each one: what its authors use."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Embedded:
    """Examples as points of a plane.

    Args:
        row: The row whose values are looked at.
        points: examples x 2, in units of the row's values; without units by UMAP.
        examples: Their positions in the data.
        shares: Parts of the whole variance that lie along the two axes; None by UMAP, whose axes mean nothing.
    """

    row: str
    points: Array
    examples: list[int]
    shares: tuple[float, float] | None


def last_hidden_row(network: Network) -> str:
    """Return the name of the row that the last one reads, behind which the classes should lie apart."""
    step = network.steps[network.trunk_length - 1]
    return network.walk.reports[step.reads[0]].row.name


def embedding(
    network: Network,
    examples: Prepared,
    row: str | None = None,
    most: int = MOST,
    *,
    by_neighbours: bool = False,
) -> Embedded:
    """Return where examples lie in the plane along which the values of a row vary most: principal components.

    Args:
        network: Any network built from a table; its mode is left as it was.
        examples: As the network reads them: a tensor, or `Fitted` examples of any number.
        row: Name of the row; the one that the last row reads where it is absent.
        most: Examples that are placed; of more, as many at equal distances.
        by_neighbours: Place them by UMAP, so that those that are near in the row stay near: distances of groups mean
            little. It is a package of its own, `striate[umap]`.

    Raises:
        SeeingError: There is no such row; or UMAP is not installed, or has too few examples.

    Source:
        K. Pearson, On lines and planes of closest fit to systems of points in space, 1901. L. McInnes, J. Healy and
        J. Melville, UMAP: uniform manifold approximation and projection for dimension reduction, 2018.
    """
    name = row or last_hidden_row(network)
    report_of(network, name)
    count = min(most, len(examples))
    if by_neighbours:
        if find_spec("umap") is None:
            raise SeeingError(no_umap())
        if count <= NEIGHBOURS:
            raise SeeingError(too_few_for_umap(count, NEIGHBOURS + 1))
    wanted = [at * len(examples) // count for at in range(count)]
    parts = []
    chosen = torch.tensor(wanted)
    for start, outputs in outputs_of(network, examples, {name}):
        values = outputs[name].flatten(1)
        inside = (chosen >= start) & (chosen < start + len(values))
        parts.append(values[chosen[inside] - start].double().cpu())
    values = torch.cat(parts)
    if by_neighbours:
        return Embedded(name, _by_neighbours(values), wanted, None)
    points, shares = _by_components(values)
    return Embedded(name, points, wanted, shares)


def _by_components(values: torch.Tensor) -> tuple[Array, tuple[float, float]]:
    """Give the places along the two directions of the largest variance, and their shares of it."""
    values = values - values.mean(dim=0)
    _, sizes, axes = torch.linalg.svd(values, full_matrices=False)
    # An axis and its opposite fit alike; the one whose largest part is above 0 is taken.
    signs = axes.gather(1, axes.abs().argmax(dim=1, keepdim=True)).sign()
    axes = (axes * signs)[:2]
    points = torch.zeros(len(values), 2, dtype=torch.float64)
    points[:, : len(axes)] = values @ axes.t()
    variances = torch.cat((sizes.square(), torch.zeros(2, dtype=torch.float64)))
    whole = float(variances.sum()) or 1.0
    return points.float().numpy(), (float(variances[0]) / whole, float(variances[1]) / whole)


def _by_neighbours(values: torch.Tensor) -> Array:
    """Give the places by UMAP; equal values have equal places, whatever was drawn before."""
    reducer = import_module("umap").UMAP(n_neighbors=NEIGHBOURS, random_state=0, n_jobs=1)
    placed: Array = reducer.fit_transform(values.float().numpy())
    return placed.astype("float32")

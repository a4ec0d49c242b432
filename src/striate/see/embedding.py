"""Where examples lie behind the last hidden row, seen from the side on which they spread most."""

from dataclasses import dataclass
from typing import final

import torch

from striate.modules import Network
from striate.see.patches import Prepared, outputs_of
from striate.see.rows import Array, report_of


MOST = 2000
"""Examples that are placed; of more, every so many."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Embedded:
    """Examples as points of a plane.

    Args:
        row: The row whose values are looked at.
        points: examples x 2, in units of the row's values.
        examples: Their positions in the data.
        shares: Parts of the whole variance that lie along the two axes.
    """

    row: str
    points: Array
    examples: list[int]
    shares: tuple[float, float]


def last_hidden_row(network: Network) -> str:
    """Return the name of the row that the last one reads, behind which the classes should lie apart."""
    step = network.steps[network.trunk_length - 1]
    return network.walk.reports[step.reads[0]].row.name


def embedding(
    network: Network, examples: Prepared, row: str | None = None, most: int = MOST
) -> Embedded:
    """Return where examples lie in the plane along which the values of a row vary most: principal components.

    Args:
        network: Any network built from a table; its mode is left as it was.
        examples: As the network reads them: a tensor, or `Fitted` examples of any number.
        row: Name of the row; the one that the last row reads where it is absent.
        most: Examples that are placed; of more, as many at equal distances.

    Raises:
        SeeingError: There is no such row.

    Source:
        K. Pearson, On lines and planes of closest fit to systems of points in space, 1901.
    """
    name = row or last_hidden_row(network)
    report_of(network, name)
    count = min(most, len(examples))
    wanted = [at * len(examples) // count for at in range(count)]
    parts = []
    chosen = torch.tensor(wanted)
    for start, outputs in outputs_of(network, examples, {name}):
        values = outputs[name].flatten(1)
        inside = (chosen >= start) & (chosen < start + len(values))
        parts.append(values[chosen[inside] - start].double().cpu())
    values = torch.cat(parts)
    values = values - values.mean(dim=0)
    _, sizes, axes = torch.linalg.svd(values, full_matrices=False)
    # An axis and its opposite fit alike; the one whose largest part is above 0 is taken.
    signs = axes.gather(1, axes.abs().argmax(dim=1, keepdim=True)).sign()
    axes = (axes * signs)[:2]
    points = torch.zeros(count, 2, dtype=torch.float64)
    points[:, : len(axes)] = values @ axes.t()
    variances = torch.cat((sizes.square(), torch.zeros(2, dtype=torch.float64)))
    whole = float(variances.sum()) or 1.0
    shares = float(variances[0]) / whole, float(variances[1]) / whole
    return Embedded(name, points.float().numpy(), wanted, shares)

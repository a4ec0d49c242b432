"""What a layer costs: the numbers it holds and the sums it does, for one example."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import final


@final
@dataclass(frozen=True, slots=True)
class Cost:
    """Counts of one layer, for one example.

    Args:
        parameters: Numbers that training changes.
        fixed: Numbers that the layer keeps and training never changes.
        connections: Links into the layer's units, a bias counted as one (LeCun et al. 1998).
        bias_links: Those of them that lead from a bias.
        biases: Parameters that are biases.
        multiply_adds: Products of a weight and a value; neither biases nor pooling are counted.
    """

    parameters: int = 0
    fixed: int = 0
    connections: int = 0
    bias_links: int = 0
    biases: int = 0
    multiply_adds: int = 0


def added(costs: Iterable[Cost]) -> Cost:
    """Add up what several layers cost."""
    known = list(costs)
    return Cost(
        **{one.name: sum(getattr(cost, one.name) for cost in known) for one in fields(Cost)}
    )

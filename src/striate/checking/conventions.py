"""The ways in which a printed count may have been made: what is counted, and what a K is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, final

from striate.arithmetic import RowReport, Walk
from striate.layers import (
    Convolution,
    Cost,
    DepthwiseConvolution,
    FullyConnected,
    Inception,
    RadialBasis,
    TransposedConvolution,
)
from striate.table import Claim


Count = Literal["parameters", "connections", "multiply_adds", "neurons"]

_UNITS = {"K": 1, "M": 2, "G": 3}

TOLERANCE = 0.01
"""Part of a rounded count by which its source may be off: those of GoogLeNet's Table 1 that agree
at all agree within it."""


@final
@dataclass(frozen=True, slots=True)
class Reading:
    """A way of counting under which a claim is right.

    Args:
        convention: In words; nothing for the plain count of a whole number.
        distance: Part of the count by which a rounded claim is off.
        is_rounding: Whether rounding or cutting alone explains that.
    """

    convention: str
    distance: float = 0.0
    is_rounding: bool = True

    def __str__(self) -> str:
        """Give the convention, and how far the claim is off."""
        off = "" if self.is_rounding else f"within {100 * self.distance:.1f} %"
        return ", ".join(part for part in (self.convention, off) if part)


def row_counts(quantity: Count, report: RowReport) -> tuple[tuple[str, int], ...]:
    """Give a count of one row under every convention, the plain one first."""
    cost = report.cost or Cost()
    if quantity == "neurons":
        return (("", report.output.elements if report.output is not None else 0),)
    return _counts(quantity, cost)


def total_counts(quantity: Count, walk: Walk) -> tuple[tuple[str, int], ...]:
    """Give a count of the whole network under every convention, the plain one first."""
    if quantity == "neurons":
        return (("", walk.neurons),)
    counts = _counts(quantity, walk.total)
    if len(walk.table.parts) == 1:
        return counts
    with_heads = _counts(quantity, walk.total_with_heads)
    heads = "side heads counted too"
    return counts + tuple(
        (f"{heads}, {convention}" if convention else heads, count)
        for convention, count in with_heads
    )


def _counts(
    quantity: Literal["parameters", "connections", "multiply_adds"], cost: Cost
) -> tuple[tuple[str, int], ...]:
    match quantity:
        case "parameters":
            return (
                ("", cost.parameters),
                ("weights without biases", cost.parameters - cost.biases),
                ("fixed numbers counted too", cost.parameters + cost.fixed),
            )
        case "connections":
            return (
                ("", cost.connections),
                ("biases not counted", cost.connections - cost.bias_links),
            )
        case "multiply_adds":
            return (
                ("", cost.multiply_adds),
                ("two operations a multiply-add", 2 * cost.multiply_adds),
                ("biases counted too", cost.multiply_adds + cost.bias_links),
            )


def readings(claim: Claim, counts: tuple[tuple[str, int], ...]) -> tuple[Reading, ...]:
    """Give every way of counting under which a claim is right, those that fit exactly first.

    Args:
        claim: As printed.
        counts: The count under every convention, the plain one first.
    """
    if not claim.is_rounded:
        exact = [Reading(convention) for convention, count in counts if claim.number == count]
        # Two ways that count the same are one, told by the plainer name.
        return tuple(exact[:1])
    found = list(_rounded(claim, counts))
    return tuple(sorted(found, key=lambda reading: not reading.is_rounding))


def _rounded(claim: Claim, counts: tuple[tuple[str, int], ...]) -> Iterator[Reading]:
    for convention, count in counts:
        if not claim.unit:
            if claim.is_about(count):
                step = f"rounded to {claim.step:,}" if claim.step > 1 else ""
                yield Reading(", ".join(one for one in (step, convention) if one))
            continue
        for base in (1000, 1024):
            unit = base ** _UNITS[claim.unit]
            names = [f"{claim.unit} = {unit:,}", convention]
            written = ", ".join(name for name in names if name)
            # A rounded and a cut number are both less than one unit of its last digit away.
            away = abs(count / unit - claim.number)
            distance = away * unit / max(count, 1)
            is_rounding = away < 10**-claim.decimals
            if is_rounding or distance < TOLERANCE:
                yield Reading(written, distance, is_rounding)


def depth_of(report: RowReport) -> int:
    """Count the layers with weights that stand one behind the other in a row."""
    match report.row.layer:
        case (
            Convolution()
            | DepthwiseConvolution()
            | TransposedConvolution()
            | FullyConnected()
            | RadialBasis()
        ):
            return 1
        case Inception() as module:
            return max(
                sum(isinstance(layer, Convolution) for _, layer in branch)
                for branch in module.branches
            )
        case _:
            return 0

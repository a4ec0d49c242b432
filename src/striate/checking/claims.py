"""Compare what a table claims with what its arithmetic gives, cell by cell."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, final

from striate.arithmetic import RowReport, Walk
from striate.checking.variants import explain
from striate.errors import Fault
from striate.errors.claims import claim_contradicted
from striate.layers import Cost, Input
from striate.shapes import Features, Image, Shape, Words
from striate.spelling import spell
from striate.table import Claim, Claims, Unreadable


Verdict = Literal["agrees", "agrees under a convention", "contradicts"]
Quantity = Literal["maps", "size", "parameters", "connections", "multiply_adds"]

QUANTITIES: tuple[Quantity, ...] = (
    "maps",
    "size",
    "parameters",
    "connections",
    "multiply_adds",
)
_HEADINGS = {
    "maps": "Maps",
    "size": "Size",
    "parameters": "Parameters",
    "connections": "Connections",
    "multiply_adds": "Operations",
}
_UNITS = {"K": 1, "M": 2, "G": 3}


@final
@dataclass(frozen=True, slots=True)
class Comparison:
    """One claim beside the number that the arithmetic gives.

    Args:
        row: Name of the row; `Total` for the whole network.
        quantity: What is counted.
        claimed: As the table has it.
        computed: As the arithmetic has it.
        verdict: Whether they agree.
        convention: Under which the claim is right, if it is not right as it stands.
        fault: The contradiction with its likely reason; None if there is none.
    """

    row: str
    quantity: Quantity
    claimed: str
    computed: str
    verdict: Verdict
    convention: str = ""
    fault: Fault | None = None


def compare(walk: Walk) -> tuple[Comparison, ...]:
    """Compare every claim of a table.

    Args:
        walk: The arithmetic on it.

    Returns:
        One comparison a claim, row by row, the totals last. Claims of rows that cannot be computed
        are left out: their rows have faults.
    """
    rows = [
        comparison
        for report in walk.reports
        if report.output is not None and report.cost is not None
        for comparison in _compare_row(report, report.output, report.cost)
    ]
    return (*rows, *_compare_totals(walk))


def _compare_row(report: RowReport, output: Shape, cost: Cost) -> Iterator[Comparison]:
    row, claims = report.row, report.row.claims
    sums = {one.of: str(one) for one in spell(report)}
    for quantity in QUANTITIES:
        claimed = getattr(claims, quantity)
        if claimed is None:
            continue
        convention = _convention(quantity, claims, output, cost)
        computed = _written(quantity, output, cost)
        text = _claimed(quantity, claims)
        if convention is not None:
            verdict: Verdict = "agrees under a convention" if convention else "agrees"
            yield Comparison(row.name, quantity, text, computed, verdict, convention)
            continue
        fault = claim_contradicted(
            f"{row.name}, {_HEADINGS[quantity]}",
            claimed=text,
            computed=computed,
            arithmetic=_arithmetic(quantity, sums),
            reason=_reason(report, quantity, claims),
            line=row.line,
        )
        yield Comparison(row.name, quantity, text, computed, "contradicts", fault=fault)


def _compare_totals(walk: Walk) -> Iterator[Comparison]:
    totals, cost = walk.table.totals, walk.total
    if any(report.cost is None for report in walk.reports):
        return
    for quantity in QUANTITIES:
        claim = getattr(totals, quantity)
        if not isinstance(claim, Claim):
            continue
        counts = _counts(quantity, cost)
        convention = _count_convention(claim, counts)
        computed = f"{counts[0][1]:,}"
        if convention is not None:
            verdict: Verdict = "agrees under a convention" if convention else "agrees"
            yield Comparison("Total", quantity, str(claim), computed, verdict, convention)
            continue
        fault = claim_contradicted(
            f"Total, {_HEADINGS[quantity]}",
            claimed=str(claim),
            computed=computed,
            arithmetic=_addition(walk, quantity),
            reason=_missing_row(walk, quantity, claim),
            line=walk.table.totals_line,
        )
        yield Comparison("Total", quantity, str(claim), computed, "contradicts", fault=fault)


def _convention(quantity: Quantity, claims: Claims, output: Shape, cost: Cost) -> str | None:
    """Give the convention under which a claim is right: nothing if as it stands, None if none."""
    match quantity:
        case "maps":
            channels = output.channels if isinstance(output, Image) else output.count
            return "" if claims.maps == channels else None
        case "size":
            return _size_convention(claims.size or (), output)
        case _:
            claim = getattr(claims, quantity)
            return _count_convention(claim, _counts(quantity, cost))


def _size_convention(size: tuple[int, ...], output: Shape) -> str | None:
    match output:
        case Image(channels, height, width):
            if size == (height, width):
                return ""
            if size == (width, height):
                return "width x height"
            is_units = size == (channels,) and (height, width) == (1, 1)
            return "maps of 1x1 counted as units" if is_units else None
        case Features(count) | Words(count):
            return "" if size in {(count,), (1, 1)} else None


def _counts(quantity: Quantity, cost: Cost) -> tuple[tuple[str, int], ...]:
    """Give a count under every convention, the plain one first."""
    match quantity:
        case "parameters":
            return (
                ("", cost.parameters),
                ("fixed numbers counted too", cost.parameters + cost.fixed),
            )
        case "connections":
            return (
                ("", cost.connections),
                ("biases not counted", cost.connections - cost.bias_links),
            )
        case _:
            return (
                ("", cost.multiply_adds),
                ("two operations a multiply-add", 2 * cost.multiply_adds),
                ("biases counted too", cost.multiply_adds + cost.bias_links),
            )


def _count_convention(claim: Claim, counts: tuple[tuple[str, int], ...]) -> str | None:
    for convention, count in counts:
        if not claim.is_rounded:
            if claim.number == count:
                return convention
            continue
        for base in (1000, 1024):
            # A rounded and a cut number are both less than one unit of its last digit away.
            away = abs(count / base ** _UNITS[claim.unit] - claim.number)
            if away < 10**-claim.decimals:
                names = [f"{claim.unit} = {base ** _UNITS[claim.unit]:,}", convention]
                return ", ".join(name for name in names if name)
    return None


def _written(quantity: Quantity, output: Shape, cost: Cost) -> str:
    match quantity:
        case "maps":
            return f"{output.channels if isinstance(output, Image) else output.count:,}"
        case "size":
            return "x".join(map(str, output.axes[-2:]))
        case _:
            return f"{_counts(quantity, cost)[0][1]:,}"


def _claimed(quantity: Quantity, claims: Claims) -> str:
    if quantity == "size":
        return "x".join(f"{number:,}" for number in claims.size or ())
    value = getattr(claims, quantity)
    return f"{value:,}" if isinstance(value, int) else str(value)


def _arithmetic(quantity: Quantity, sums: dict[str, str]) -> str:
    if quantity == "size":
        found = [sums[name] for name in ("size", "height", "width") if name in sums]
        return "; ".join(found)
    return sums.get("multiply-adds" if quantity == "multiply_adds" else quantity, "")


def _reason(report: RowReport, quantity: Quantity, claims: Claims) -> str:
    layer = report.row.layer
    if isinstance(layer, Unreadable | Input) or len(report.inputs) != 1:
        return ""
    return explain(
        layer,
        report.inputs[0],
        lambda output, cost: _convention(quantity, claims, output, cost) == "",
    )


def _addition(walk: Walk, quantity: Quantity) -> str:
    counts = [
        _counts(quantity, report.cost)[0][1] for report in walk.reports if report.cost is not None
    ]
    return " + ".join(f"{count:,}" for count in counts if count)


def _missing_row(walk: Walk, quantity: Quantity, claim: Claim) -> str:
    total = _counts(quantity, walk.total)[0][1]
    for report in walk.reports:
        count = _counts(quantity, report.cost)[0][1] if report.cost is not None else 0
        if count and total - count == claim.number:
            return f"the claim leaves out the {count:,} of {report.row.name}"
    return ""

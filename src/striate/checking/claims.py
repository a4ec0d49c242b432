"""Compare what a table claims with what its arithmetic gives, cell by cell."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal, final

from striate.arithmetic import RowReport, Walk
from striate.checking.conventions import (
    Count,
    Reading,
    depth_of,
    readings,
    row_counts,
    total_counts,
)
from striate.checking.variants import explain, explain_units
from striate.errors import Fault
from striate.errors.claims import claim_contradicted
from striate.layers import Cost, Input
from striate.layers.cost import added
from striate.shapes import Features, Image, Shape, Words
from striate.spelling import spell
from striate.table import Claim, Claims, Unreadable


Usual = defaultdict[tuple[Count, str], float]
"""How well each way of counting fits the claims of a table."""

Verdict = Literal["agrees", "agrees under a convention", "contradicts"]
Quantity = Literal["maps", "size", "depth"] | Count
OfTotals = Literal["fixed"]

COUNTS: tuple[Count, ...] = ("parameters", "connections", "multiply_adds", "neurons")
QUANTITIES: tuple[Quantity, ...] = ("maps", "size", "depth", *COUNTS)

_OF_SHAPES = {"maps", "size", "height", "width"}

_TURNED = "width x height"

_HEADINGS: dict[Quantity, str] = {
    "maps": "Maps",
    "size": "Size",
    "depth": "Depth",
    "parameters": "Parameters",
    "connections": "Connections",
    "multiply_adds": "Operations",
    "neurons": "Neurons",
}
_FIXED = "Non-trainable"


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
    quantity: Quantity | OfTotals
    claimed: str
    computed: str
    verdict: Verdict
    convention: str = ""
    fault: Fault | None = None


def compare(walk: Walk) -> tuple[Comparison, ...]:
    """Compare every claim of a table.

    A rounded count may be right in several ways; the way that most of the table's claims share is
    the one that is told.

    Args:
        walk: The arithmetic on it.

    Returns:
        One comparison a claim, row by row, the totals last. Claims of rows that cannot be computed
        are left out: their rows have faults.
    """
    computed = [
        _with_rows_above(walk, at)
        for at, report in enumerate(walk.reports)
        if report.output is not None and report.cost is not None
    ]
    usual: Usual = defaultdict(float)
    for report in computed:
        for quantity in COUNTS:
            for reading in _readings(quantity, report):
                # Of ways that fit equally many claims, the one that fits them best.
                usual[quantity, reading.convention] += 1 - reading.distance
    refused = _refused(computed)
    rows = [
        comparison for report in computed for comparison in _compare_row(report, usual, refused)
    ]
    return (*rows, *_compare_totals(walk))


_LEAST_COLUMN = 2
"""Claims of a column that must be right as they stand before one that needs a convention is doubted."""


def _refused(computed: list[RowReport]) -> set[tuple[Quantity, str]]:
    """Give the conventions that a column does not follow: most of its exact claims would be wrong under them.

    A single count of weights without biases, where the other rows count their biases, is a slip.
    """
    plain: defaultdict[tuple[Quantity, str], int] = defaultdict(int)
    needed: defaultdict[tuple[Quantity, str], int] = defaultdict(int)
    for report in computed:
        for quantity in COUNTS:
            claim = getattr(report.row.claims, quantity)
            if not isinstance(claim, Claim) or claim.is_rounded:
                continue
            (_, count), *others = row_counts(quantity, report)
            for convention, other in others:
                plain[quantity, convention] += claim.number == count != other
                needed[quantity, convention] += claim.number == other != count
        size = _convention("size", report, defaultdict(float)) if report.row.claims.size else None
        turned = isinstance(report.output, Image) and report.output.height != report.output.width
        plain["size", _TURNED] += turned and size == ""
        needed["size", _TURNED] += size == _TURNED
    return {
        convention
        for convention, count in needed.items()
        if count and plain[convention] >= max(_LEAST_COLUMN, count + 1)
    }


def _with_rows_above(walk: Walk, at: int) -> RowReport:
    """Give a row the cost of all the rows that its claims are the sums of."""
    report = walk.reports[at]
    number = report.row.claims.rows
    if number == 1 or report.cost is None:
        return report
    return replace(
        report,
        cost=added(one.cost or Cost() for one in walk.reports[max(at - number + 1, 0) : at + 1]),
    )


def _readings(quantity: Count, report: RowReport) -> tuple[Reading, ...]:
    claim = getattr(report.row.claims, quantity)
    return readings(claim, row_counts(quantity, report)) if isinstance(claim, Claim) else ()


def _compare_row(
    report: RowReport, usual: Usual, refused: set[tuple[Quantity, str]]
) -> Iterator[Comparison]:
    row, claims = report.row, report.row.claims
    # Of several rows together no layer's sum tells.
    sums = {one.of: str(one) for one in spell(report) if claims.rows == 1 or one.of in _OF_SHAPES}
    for quantity in QUANTITIES:
        if getattr(claims, quantity) is None:
            continue
        convention = _convention(quantity, report, usual)
        computed, text = _written(quantity, report), _claimed(quantity, claims)
        if convention is not None and (quantity, convention) not in refused:
            yield _agreement(row.name, quantity, text, computed, convention)
            continue
        fault = claim_contradicted(
            f"{row.name}, {_HEADINGS[quantity]}",
            claimed=text,
            computed=computed,
            arithmetic=_arithmetic(quantity, sums),
            reason=_reason(report, quantity),
            note=row.note,
            line=claims.line or row.line,
            in_comment=claims.line is not None,
        )
        yield Comparison(row.name, quantity, text, computed, "contradicts", fault=fault)


def _compare_totals(walk: Walk) -> Iterator[Comparison]:
    if any(report.cost is None for report in walk.reports):
        return
    stated = ((walk.table.totals_line, walk.table.totals), *walk.table.other_totals)
    yield from _compare_fixed(walk, stated)
    for (line, totals), quantity in product(stated, COUNTS):
        claim = getattr(totals, quantity)
        if not isinstance(claim, Claim):
            continue
        counts = total_counts(quantity, walk)
        found = readings(claim, counts)
        computed = f"{counts[0][1]:,}"
        if found:
            yield _agreement("Total", quantity, str(claim), computed, str(found[0]))
            continue
        fault = claim_contradicted(
            f"Total, {_HEADINGS[quantity]}",
            claimed=str(claim),
            computed=computed,
            arithmetic=_addition(walk, quantity),
            reason=_missing_row(walk, quantity, claim),
            note="",
            line=line,
        )
        yield Comparison("Total", quantity, str(claim), computed, "contradicts", fault=fault)


def _compare_fixed(walk: Walk, stated: Sequence[tuple[int | None, Claims]]) -> Iterator[Comparison]:
    """Compare how many numbers are not trained with those that rows hold, or with none where none is counted."""
    counted = {claims.parameters for _, claims in stated if claims.parameters}
    # PyTorch's prints leave running means out, and then as many are trained as there are.
    is_left_out = {claim.number for claim in counted} == {walk.total.parameters}
    computed = 0 if is_left_out else walk.total.fixed
    for line, claims in stated:
        if claims.fixed is None:
            continue
        said = str(claims.fixed)
        if readings(claims.fixed, (("", computed),)):
            yield _agreement("Total", "fixed", said, f"{computed:,}", "")
            continue
        fault = claim_contradicted(
            f"Total, {_FIXED}",
            claimed=said,
            computed=f"{computed:,}",
            arithmetic="",
            reason="",
            note="",
            line=line,
        )
        yield Comparison("Total", "fixed", said, f"{computed:,}", "contradicts", fault=fault)


def _agreement(
    row: str, quantity: Quantity | OfTotals, claimed: str, computed: str, convention: str
) -> Comparison:
    verdict: Verdict = "agrees under a convention" if convention else "agrees"
    return Comparison(row, quantity, claimed, computed, verdict, convention)


def _convention(quantity: Quantity, report: RowReport, usual: Usual) -> str | None:
    """Give the convention under which a claim is right: nothing if as it stands, None if none."""
    claims, output = report.row.claims, report.output
    if output is None:
        return None
    match quantity:
        case "maps":
            return "" if claims.maps == _channels(output) else None
        case "size":
            return _size_convention(claims.size or (), output)
        case "depth":
            return "" if claims.depth == depth_of(report) else None
        case _:
            found = _readings(quantity, report)
            if not found:
                return None
            shared = [one for one in found if usual[quantity, one.convention] > 1]
            chosen = max(shared, key=lambda one: usual[quantity, one.convention], default=found[0])
            return str(chosen)


def _size_convention(size: tuple[int, ...], output: Shape) -> str | None:
    match output:
        case Image(channels, height, width):
            if size == (height, width):
                return ""
            if size == (width, height):
                return _TURNED
            is_units = size == (channels,) and (height, width) == (1, 1)
            return "maps of 1x1 counted as units" if is_units else None
        case Features(count) | Words(count):
            return "" if size in {(count,), (1, 1)} else None


def _channels(output: Shape) -> int:
    return output.channels if isinstance(output, Image) else output.count


def _written(quantity: Quantity, report: RowReport) -> str:
    output = report.output
    match quantity:
        case "maps":
            return "" if output is None else f"{_channels(output):,}"
        case "size":
            return "" if output is None else "x".join(map(str, output.axes[-2:]))
        case "depth":
            return f"{depth_of(report)}"
        case _:
            return f"{row_counts(quantity, report)[0][1]:,}"


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


def _reason(report: RowReport, quantity: Quantity) -> str:
    layer, claims = report.row.layer, report.row.claims
    is_of_several = claims.rows > 1 and quantity in COUNTS
    if isinstance(layer, Unreadable | Input) or len(report.inputs) != 1 or is_of_several:
        return ""

    def holds(output: Shape, cost: Cost) -> bool:
        variant = RowReport(report.row, report.inputs, output, cost, None)
        return _convention(quantity, variant, defaultdict(float)) == ""

    reason = explain(layer, report.inputs[0], holds)
    if not reason and quantity == "neurons" and claims.neurons and report.output is not None:
        return explain_units(int(claims.neurons.number), report.output)
    return reason


def _addition(walk: Walk, quantity: Count) -> str:
    counts = [
        row_counts(quantity, report)[0][1]
        for report in walk.trunk
        if quantity != "neurons" or (report.cost is not None and report.cost.parameters)
    ]
    return " + ".join(f"{count:,}" for count in counts if count)


def _missing_row(walk: Walk, quantity: Count, claim: Claim) -> str:
    total = total_counts(quantity, walk)[0][1]
    for report in walk.trunk:
        count = row_counts(quantity, report)[0][1]
        if count and total - count == claim.number:
            return f"the claim leaves out the {count:,} of {report.row.name}"
    return ""

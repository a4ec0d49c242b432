"""`striate check`: every row and every claimed number of a document, in one pass."""

import argparse
import sys
from dataclasses import asdict

from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid

from striate.arithmetic import RowReport
from striate.checking import Comparison, Count, Report, check
from striate.checking.conventions import row_counts, total_counts
from striate.cli.listing import how_to_pick, listing
from striate.cli.terminal import console, plain_table, print_json
from striate.documents import read_input, write_draft
from striate.networks import load_networks
from striate.spelling import spell


NAME = "check"
HELP = "check every row and every claimed number of a document"
DESCRIPTION = (
    "Check every row of a network's table, and every number that it claims, against arithmetic. "
    "All findings come in one pass, with their lines. The exit code is 1 if there is one."
)

_SIGNS = {"agrees": "=", "agrees under a convention": "≈", "contradicts": "≠"}
_COUNTS: dict[Count, str] = {
    "parameters": "parameters",
    "connections": "connections",
    "multiply_adds": "multiply-adds",
    "neurons": "neurons",
}
_ALWAYS_SHOWN = {"parameters", "connections"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's flags."""
    parser.add_argument(
        "network", help="a shipped name, or a Markdown file; FILE#NAME picks one of several"
    )
    parser.add_argument("--arithmetic", action="store_true", help="spell out the sums of every row")
    parser.add_argument(
        "--input", metavar="3x32x32", help="what comes in, for a table that does not say it"
    )
    parser.add_argument(
        "--draft",
        action="store_true",
        help="print what was read as a table, with ? in the cells that are missing",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Check, print, and tell by the exit code whether anything is wrong."""
    given = None if arguments.input is None else read_input(arguments.input)
    reports = [check(document) for document in load_networks(arguments.network, given)]
    if arguments.draft:
        sys.stdout.write("\n".join(write_draft(report.document) for report in reports))
        return 0 if all(report.agrees for report in reports) else 1
    if arguments.json:
        print_json({"networks": [_plain(report) for report in reports]})
    else:
        out = console()
        for number, report in enumerate(reports, 1):
            if number > 1:
                out.print()
            _print_heading(out, report, number if len(reports) > 1 else None)
            _print(out, report, spelled=arguments.arithmetic)
        if len(reports) > 1:
            _print_listing(out, reports)
    return 0 if all(report.agrees for report in reports) else 1


def _print_heading(out: Console, report: Report, number: int | None) -> None:
    """Say which network comes; one of several with the name by which it is picked."""
    document = report.document
    title, place = document.title or document.name, document.where
    if number is not None:
        title, place = f"{number}. {title}", f"{place}#{document.name}"
    place += "" if document.line is None else f", line {document.line}"
    out.print(f"[bold]{escape(title)}[/]  [dim]{escape(place)}[/]")


def _print_listing(out: Console, reports: list[Report]) -> None:
    networks = [report.document for report in reports]
    out.print(f"\n[bold]{len(networks)} networks[/]  [dim]{escape(networks[0].where)}[/]\n")
    out.print(listing(networks, [len(report.findings) for report in reports]))
    out.print(f"\n[dim]{escape(how_to_pick(networks))}[/]")


def _print(out: Console, report: Report, *, spelled: bool) -> None:
    document = report.document
    if document.source:
        out.print(f"[dim]{escape(document.source)}[/]")
    out.print()
    out.print(_table(report))
    if spelled:
        out.print()
        out.print(_sums(report))
    out.print()
    out.print(_in_all(report))
    for remark in report.remarks:
        out.print()
        where = "" if remark.line is None else f"line {remark.line}, "
        out.print(f"[cyan]note[/] {escape(where)}{escape(remark.row)}: {escape(remark.text)}")
    for finding in report.findings:
        out.print()
        out.print(f"[red]wrong[/] {escape(str(finding))}")
    out.print()
    if report.agrees:
        claims = len(report.comparisons)
        out.print(f"[green]All {claims} claims agree.[/]" if claims else "[green]Nothing wrong.[/]")
    else:
        number = len(report.findings)
        out.print(f"[red]{number} {'finding' if number == 1 else 'findings'}.[/]")


def _in_all(report: Report) -> str:
    walk = report.walk
    if not _is_computed(report):
        return "The totals are unknown while rows cannot be computed."
    field = walk.trunk[-1].field if walk.trunk else None
    seen = "" if field is None else f"; one output sees {field} of the input"
    text = (
        f"{walk.total.multiply_adds:,} multiply-adds; {walk.activation_elements:,} values between "
        f"the rows{seen}."
    )
    if len(walk.table.parts) == 1:
        return text
    return f"{text} With its side heads {walk.total_with_heads.parameters:,} parameters."


def _is_computed(report: Report) -> bool:
    return all(row.cost is not None for row in report.walk.reports)


def _table(report: Report) -> Grid:
    claimed = {one.quantity for one in report.comparisons}
    counts = [quantity for quantity in _COUNTS if quantity in _ALWAYS_SHOWN or quantity in claimed]
    headings = ["line", "row", "output", *(_COUNTS[quantity] for quantity in counts), "verdict"]
    table = plain_table(*headings, numbers=("line", *_COUNTS.values()))
    for row in report.walk.reports:
        found = report.of_row(row.row.name)
        cells = [_count(row, quantity, found) for quantity in counts]
        line = "" if row.row.line is None else str(row.row.line)
        verdict = _verdict(report, row, found)
        table.add_row(line, escape(row.row.name), _output(row, found), *cells, verdict)
    totals = report.of_row("Total")
    cells = [_total(report, quantity, totals) for quantity in counts]
    place = report.walk.table.totals_line
    verdict = _worst(totals) if totals else ""
    table.add_row("" if place is None else str(place), "Total", "", *cells, verdict, style="bold")
    return table


def _output(row: RowReport, found: tuple[Comparison, ...]) -> str:
    if row.output is None:
        return "?"
    shown = str(row.output) if row.cost is not None else f"{row.output}?"
    for one in found:
        if one.quantity == "size":
            shown += f" {_SIGNS[one.verdict]} {one.claimed}"
    for one in found:
        if one.quantity == "maps" and one.verdict == "contradicts":
            shown += f" ≠ {one.claimed} maps"
    return shown


def _count(row: RowReport, quantity: Count, found: tuple[Comparison, ...]) -> str:
    if row.cost is None:
        return "?"
    value = row_counts(quantity, row)[0][1]
    for one in found:
        if one.quantity == quantity:
            return f"{value:,} {_SIGNS[one.verdict]} {one.claimed}"
    return f"{value:,}" if value else ""


def _total(report: Report, quantity: Count, found: tuple[Comparison, ...]) -> str:
    if not _is_computed(report):
        return "?"
    value = total_counts(quantity, report.walk)[0][1]
    for one in found:
        if one.quantity == quantity:
            return f"{value:,} {_SIGNS[one.verdict]} {one.claimed}"
    return f"{value:,}"


def _verdict(report: Report, row: RowReport, found: tuple[Comparison, ...]) -> str:
    if row.cost is None:
        return "[red]not computed[/]"
    contradicted = [one.fault for one in found if one.fault is not None]
    others = [finding for finding in report.findings if finding not in contradicted]
    if not contradicted and any(one.line == row.row.line is not None for one in others):
        return "[red]wrong, see below[/]"
    return _worst(found) if found else "[dim]no claim[/]"


def _worst(found: tuple[Comparison, ...]) -> str:
    verdicts = [one.verdict for one in found]
    if "contradicts" in verdicts:
        return "[red]contradicts[/]"
    conventions = dict.fromkeys(one.convention for one in found if one.convention)
    if conventions:
        return f"[yellow]agrees: {escape('; '.join(conventions))}[/]"
    return "[green]agrees[/]"


def _sums(report: Report) -> Grid:
    table = plain_table("row", "of", "sum")
    for row in report.walk.reports:
        for index, one in enumerate(spell(row)):
            table.add_row("" if index else escape(row.row.name), one.of, escape(str(one)))
    return table


def _plain(report: Report) -> dict[str, object]:
    walk = report.walk
    return {
        "name": report.document.name,
        "title": report.document.title,
        "where": report.document.where,
        "agrees": report.agrees,
        "rows": [
            {
                "name": row.row.name,
                "line": row.row.line,
                "output": None if row.output is None else list(row.output.axes),
                "cost": None if row.cost is None else asdict(row.cost),
                "receptive_field": None
                if row.field is None
                else [row.field.height.size, row.field.width.size],
                "arithmetic": {one.of: str(one) for one in spell(row)},
                "claims": [_plain_claim(one) for one in report.of_row(row.row.name)],
            }
            for row in walk.reports
        ],
        "totals": {
            **asdict(walk.total),
            "parameters_with_side_heads": walk.total_with_heads.parameters,
            "claims": [_plain_claim(one) for one in report.of_row("Total")],
        },
        "findings": [asdict(finding) for finding in report.findings],
        "remarks": [asdict(remark) for remark in report.remarks],
    }


def _plain_claim(one: Comparison) -> dict[str, object]:
    return {
        "quantity": one.quantity,
        "claimed": one.claimed,
        "computed": one.computed,
        "verdict": one.verdict,
        "convention": one.convention,
    }

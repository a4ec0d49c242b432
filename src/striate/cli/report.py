"""What a check found, as text.

Of one document, all of each network: a line a row, the sums, what is wrong and what is worth saying.
Of many, what is wrong, and a line a network.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from striate.arithmetic import RowReport
from striate.checking import Comparison, Count, Report
from striate.checking.conventions import row_counts, total_counts
from striate.cli.console import console, escape, escape_lines, plain_table
from striate.cli.listing import how_to_pick, listing
from striate.errors.words import Words
from striate.layers import Input
from striate.networks.gathering import Gathered
from striate.spelling import spell


if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table as Grid


_SIGNS = {"agrees": "=", "agrees under a convention": "≈", "contradicts": "≠"}
_COUNTS: dict[Count, str] = {
    "parameters": "parameters",
    "connections": "connections",
    "multiply_adds": "multiply-adds",
    "neurons": "neurons",
}
_ALWAYS_SHOWN = {"parameters", "connections"}


def print_reports(
    gathered: Gathered, reports: Sequence[Report], words: Words, *, spelled: bool
) -> None:
    """Print what was found in one document, or in many.

    Args:
        gathered: What was read, and what was passed over.
        reports: What was found in each network.
        words: In which language.
        spelled: Whether every network is printed whole, with its sums.
    """
    out = console()
    if gathered.is_many and not spelled:
        _print_findings_of_many(out, reports, words)
    else:
        for number, report in enumerate(reports, 1):
            if number > 1:
                out.print()
            _print_heading(out, report, words, number if len(reports) > 1 else None)
            _print_whole(out, report, words, spelled=spelled)
    if gathered.is_many or len(reports) > 1:
        _print_list(out, reports, words, is_of_many=gathered.is_many)
    for said in passed_over(gathered, words):
        out.print(f"[dim]{escape(said)}[/]")
    for said in left_in_english(words):
        out.print(f"\n[dim]{escape(said)}[/]")


def said_in_all(reports: Sequence[Report], words: Words) -> str:
    """Say how many findings there are in how many networks of how many documents."""
    documents = len({report.document.where for report in reports})
    findings = sum(len(report.findings) for report in reports)
    return words(
        "{} in {}: {}.",
        words.counted(len(reports), "network"),
        words.counted(documents, "document"),
        words.counted(findings, "finding"),
    )


def passed_over(gathered: Gathered, words: Words) -> Iterator[str]:
    """Say how many files were not checked, and why."""
    if gathered.without:
        yield words(
            "Passed over without a network: {}.", words.counted(len(gathered.without), "file")
        )
    if gathered.unopened:
        counts = gathered.unopened.most_common()
        endings = ", ".join(f"{ending} ({number})" for ending, number in counts)
        yield words("Not opened, for networks are not written in such files: {}.", endings)


def left_in_english(words: Words) -> Iterator[str]:
    """Say how many sentences could not be said in the language that was asked for."""
    number = len(words.untranslated)
    if number:
        yield words("{} without a Korean form yet: in English.", words.counted(number, "sentence"))


def _print_findings_of_many(out: "Console", reports: Sequence[Report], words: Words) -> None:
    for report in reports:
        if report.findings:
            _print_heading(out, report, words)
            _print_findings(out, report, words)
            out.print()


def _print_list(
    out: "Console", reports: Sequence[Report], words: Words, *, is_of_many: bool
) -> None:
    networks = [report.document for report in reports]
    findings = [len(report.findings) for report in reports]
    if is_of_many:
        out.print(f"[bold]{escape(said_in_all(reports, words))}[/]")
    else:
        said, where = words.counted(len(networks), "network"), escape(networks[0].where)
        out.print(f"\n[bold]{said}[/]  [dim]{where}[/]")
    if networks:
        out.print()
        out.print(listing(networks, findings, words, is_of_many=is_of_many))
    if not is_of_many:
        out.print(f"\n[dim]{escape(how_to_pick(networks, words))}[/]")


def _print_heading(out: "Console", report: Report, words: Words, number: int | None = None) -> None:
    """Say which network comes; one of several with the name by which it is picked."""
    document = report.document
    title, place = document.heading, document.where
    if number is not None:
        title, place = f"{number}. {title}", f"{place}#{document.name}"
    place += "" if document.line is None else f", {words('line {}', document.line)}"
    out.print(f"[bold]{escape(title)}[/]  [dim]{escape(place)}[/]")


def _print_whole(out: "Console", report: Report, words: Words, *, spelled: bool) -> None:
    """Print everything that was found in one network."""
    document = report.document
    if document.source:
        out.print(f"[dim]{escape(document.source)}[/]")
    out.print()
    out.print(_table(report, words))
    if spelled:
        out.print()
        out.print(_sums(report, words))
    out.print()
    out.print(_in_all(report, words))
    for remark in report.remarks:
        out.print(f"\n[cyan]{words('note')}[/] {escape(words.remark(remark))}")
    _print_findings(out, report, words)
    out.print()
    if report.agrees:
        claims = len(report.comparisons)
        said = words("All {} claims agree.", claims) if claims else words("Nothing wrong.")
        out.print(f"[green]{said}[/]")
    else:
        out.print(f"[red]{words.counted(len(report.findings), 'finding')}.[/]")


def _print_findings(out: "Console", report: Report, words: Words) -> None:
    """Print all that is wrong, a paragraph each."""
    for finding in report.findings:
        out.print(f"\n[red]{words('wrong')}[/] {escape_lines(words.fault(finding))}")


def _in_all(report: Report, words: Words) -> str:
    walk = report.walk
    if not _is_computed(report):
        return words("The totals are unknown while rows cannot be computed.")
    field = walk.trunk[-1].field if walk.trunk else None
    counts = f"{walk.total.multiply_adds:,}", f"{walk.activation_elements:,}"
    text = (
        words("{} multiply-adds; {} values between the rows.", *counts)
        if field is None
        else words(
            "{} multiply-adds; {} values between the rows; one output sees {} of the input.",
            *counts,
            field,
        )
    )
    if len(walk.table.parts) == 1:
        return text
    with_heads = f"{walk.total_with_heads.parameters:,}"
    return f"{text} {words('With its side heads {} parameters.', with_heads)}"


def _is_computed(report: Report) -> bool:
    return all(row.cost is not None for row in report.walk.reports)


def _table(report: Report, words: Words) -> "Grid":
    claimed = {comparison.quantity for comparison in report.comparisons}
    counts = [quantity for quantity in _COUNTS if quantity in _ALWAYS_SHOWN or quantity in claimed]
    named = [words(_COUNTS[quantity]) for quantity in counts]
    line = words("line")
    headings = [line, words("row"), words("output"), *named, words("verdict")]
    table = plain_table(*headings, numbers=(line, *named))
    for row in report.walk.reports:
        found = report.of_row(row.row.name)
        table.add_row(
            "" if row.row.line is None else str(row.row.line),
            escape(row.row.name),
            _output(row, found, words),
            *(_count(row, quantity, found, words) for quantity in counts),
            _verdict(report, row, found, words),
        )
    totals = report.of_row("Total")
    place = report.walk.table.totals_line
    table.add_row(
        "" if place is None else str(place),
        words("Total"),
        "",
        *(_total(report, quantity, totals) for quantity in counts),
        _worst(totals, words) if totals else "",
        style="bold",
    )
    return table


def _output(row: RowReport, found: tuple[Comparison, ...], words: Words) -> str:
    if row.output is None:
        return "?"
    shown = str(row.output) if row.cost is not None else f"{row.output}?"
    for claim in found:
        if claim.quantity == "size":
            shown += f" {_SIGNS[claim.verdict]} {claim.claimed}"
    for claim in found:
        if claim.quantity == "maps" and claim.verdict == "contradicts":
            shown += f" ≠ {words('{} maps', claim.claimed)}"
    return shown


def _count(row: RowReport, quantity: Count, found: tuple[Comparison, ...], words: Words) -> str:
    if row.cost is None:
        return "?"
    value = row_counts(quantity, row)[0][1]
    beside = _beside_claim(value, quantity, found)
    rows = row.row.claims.rows
    if not beside or rows == 1 or quantity == "neurons":
        return beside or (f"{value:,}" if value else "")
    # The claim is that of several rows: their sum stands beside it.
    summed = next(claim for claim in found if claim.quantity == quantity)
    compared = f"{summed.computed} {_SIGNS[summed.verdict]} {summed.claimed}"
    return f"{value:,}; {words('with {} above {}', words.counted(rows - 1, 'row'), compared)}"


def _total(report: Report, quantity: Count, found: tuple[Comparison, ...]) -> str:
    if not _is_computed(report):
        return "?"
    value = total_counts(quantity, report.walk)[0][1]
    return _beside_claim(value, quantity, found) or f"{value:,}"


def _beside_claim(value: int, quantity: Count, found: tuple[Comparison, ...]) -> str:
    """Write a count beside what is claimed of it; nothing if nothing is."""
    claims = (claim for claim in found if claim.quantity == quantity)
    return next((f"{value:,} {_SIGNS[claim.verdict]} {claim.claimed}" for claim in claims), "")


def _verdict(report: Report, row: RowReport, found: tuple[Comparison, ...], words: Words) -> str:
    if row.cost is None:
        return f"[red]{words('not computed')}[/]"
    contradicted = [claim.fault for claim in found if claim.fault is not None]
    others = [finding for finding in report.findings if finding not in contradicted]
    if isinstance(row.row.layer, Input):
        # Where no row says what comes in, the input stands on the line of the first layer.
        lines = [one.row.line for one in report.walk.reports]
        if lines.count(row.row.line) > 1:
            others = [one for one in others if one.where.startswith(row.row.name)]
    if not contradicted and any(finding.line == row.row.line is not None for finding in others):
        return f"[red]{words('wrong, see below')}[/]"
    return _worst(found, words) if found else f"[dim]{words('no claim')}[/]"


def _worst(found: tuple[Comparison, ...], words: Words) -> str:
    verdicts = [claim.verdict for claim in found]
    if "contradicts" in verdicts:
        return f"[red]{words('contradicts')}[/]"
    conventions = dict.fromkeys(claim.convention for claim in found if claim.convention)
    if conventions:
        said = "; ".join(map(words.sentence, conventions))
        return f"[yellow]{escape(words('agrees: {}', said))}[/]"
    return f"[green]{words('agrees')}[/]"


def _sums(report: Report, words: Words) -> "Grid":
    table = plain_table(words("row"), words("of"), words("sum"))
    for row in report.walk.reports:
        for index, spelled in enumerate(spell(row)):
            name = "" if index else escape(row.row.name)
            table.add_row(name, words(spelled.of), escape(str(spelled)))
    return table

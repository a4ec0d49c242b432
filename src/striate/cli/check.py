"""`striate check`: every row and every claimed number of documents, in one pass."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import get_args

from striate.checking import Report, check
from striate.cli.terminal import print_error, print_json, visible
from striate.documents import read_input
from striate.errors import Fault
from striate.errors.words import Language, Words
from striate.networks.gathering import Gathered, gather
from striate.spelling import spell


HELP = "check every row and every claimed number of documents"
DESCRIPTION = (
    "Check every row of a network's table, and every number that it claims, against arithmetic. "
    "All findings come in one pass, with their lines. Of folders, every file that holds a network is "
    "checked. The exit code is the worst of all documents: 1 if there is a finding, 2 if a document "
    "cannot be read, or is named and holds no network."
)

_RIGHT, _FINDINGS, _NOT_READ = 0, 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's flags."""
    parser.add_argument(
        "network",
        nargs="+",
        help="a shipped name, a file, a folder, or - for standard input; FILE#NAME picks one network of several",
    )
    parser.add_argument(
        "--input", metavar="3x32x32", help="what comes in, for a table that does not say it"
    )
    parser.add_argument(
        "--skip-others",
        action="store_true",
        help="pass over files that are named and hold no network, as those of folders are",
    )
    parser.add_argument(
        "--watch",
        action="store_true",
        help="check again whenever a file changes, until Ctrl-C (exit code 130)",
    )
    parser.add_argument(
        "--language",
        choices=get_args(Language),
        help="of verdicts and messages: en or ko (that of the documents; JSON is English without it)",
    )
    forms = parser.add_mutually_exclusive_group()
    forms.add_argument("--arithmetic", action="store_true", help="spell out the sums of every row")
    forms.add_argument(
        "--draft",
        action="store_true",
        help="print what was read as a table, with ? in the cells that are missing",
    )
    forms.add_argument(
        "--format",
        choices=("text", "json", "github"),
        default="text",
        help="text; json for programs; github: annotations beside the lines of a change (text)",
    )
    forms.add_argument(
        "--json", action="store_const", const="json", dest="format", help="print JSON"
    )


def run(arguments: argparse.Namespace) -> int:
    """Check, print, and tell by the exit code whether anything is wrong."""
    if arguments.watch:
        from striate.cli.watching import watch

        watch(arguments.network, lambda: _check(arguments))
    return _check(arguments)


def _check(arguments: argparse.Namespace) -> int:
    given = None if arguments.input is None else read_input(arguments.input)
    gathered = gather(arguments.network, given, skips_others=arguments.skip_others)
    reports = [check(document) for document in gathered.networks]
    words = Words(arguments.language or _language_of(gathered, arguments.format))
    if arguments.draft:
        from striate.documents import write_draft

        drafts = "\n".join(write_draft(report.document) for report in reports)
        sys.stdout.write(visible(drafts, is_name=False))
    elif arguments.format == "json":
        print_json(_plain(gathered, reports, words))
    elif arguments.format == "github":
        from striate.cli.annotations import print_annotations

        print_annotations(gathered, reports, words)
    else:
        from striate.cli.report import print_reports

        print_reports(gathered, reports, words, spelled=arguments.arithmetic)
    sys.stdout.flush()
    for _, fault in gathered.faults:
        print_error(words.fault(fault))
    if gathered.faults:
        return _NOT_READ
    return _RIGHT if all(report.agrees for report in reports) else _FINDINGS


def _language_of(gathered: Gathered, form: str) -> Language:
    """Return the language in which most of the networks are written; programs read English."""
    korean = sum(network.language == "ko" for network in gathered.networks)
    return "ko" if form != "json" and 2 * korean > len(gathered.networks) else "en"


def _plain(gathered: Gathered, reports: Sequence[Report], words: Words) -> dict[str, object]:
    return {
        "networks": [_plain_report(report, words) for report in reports],
        "errors": [
            {"place": place, **_plain_fault(fault, words)} for place, fault in gathered.faults
        ],
        "without_network": gathered.without,
        "not_opened": dict(gathered.unopened),
    }


def _plain_report(report: Report, words: Words) -> dict[str, object]:
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
                "arithmetic": {spelled.of: str(spelled) for spelled in spell(row)},
                "claims": _plain_claims(report, row.row.name),
            }
            for row in walk.reports
        ],
        "totals": {
            **asdict(walk.total),
            "parameters_with_side_heads": walk.total_with_heads.parameters,
            "claims": _plain_claims(report, "Total"),
        },
        "findings": [_plain_fault(finding, words) for finding in report.findings],
        "remarks": [
            {**asdict(remark), "row": words.place(remark.row), "text": words.sentence(remark.text)}
            for remark in report.remarks
        ],
    }


def _plain_claims(report: Report, row: str) -> list[dict[str, object]]:
    names = ("quantity", "claimed", "computed", "verdict", "convention")
    return [{name: getattr(claim, name) for name in names} for claim in report.of_row(row)]


def _plain_fault(fault: Fault, words: Words) -> dict[str, object]:
    said = {name: words.sentence(getattr(fault, name)) for name in ("came", "needed", "fix")}
    return {**asdict(fault), "where": words.place(fault.where), **said}

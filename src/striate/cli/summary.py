"""`striate summary`: size, cost and receptive field of every row."""

import argparse
from dataclasses import asdict

from rich.table import Table as Grid

from striate.arithmetic import RowReport, Span, Walk
from striate.cli.console import console, escape, plain_table
from striate.cli.network_flags import add_language, add_network, asked_network
from striate.cli.terminal import print_json
from striate.errors.words import Words


HELP = "size, cost, memory and receptive field of every row"
DESCRIPTION = (
    "Print size, parameters, connections, multiply-adds, memory of the outputs, receptive field "
    "and jump of every row, for one example in single precision."
)

_BYTES = 4
_KIBI = 1024


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's flags."""
    add_network(parser)
    add_language(parser, "of headings and notes")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print the table; a document with faults is an error."""
    document = asked_network(arguments)
    walk = document.sound_walk()
    if arguments.json:
        print_json(
            {
                "name": document.name,
                "rows": [_plain(report) for report in walk.reports],
                **asdict(walk.total),
                "parameters_with_side_heads": walk.total_with_heads.parameters,
                "activation_bytes": _BYTES * walk.activation_elements,
            }
        )
        return 0
    out, words = console(), Words(arguments.language or document.language)
    out.print(f"[bold]{escape(document.title)}[/]  [dim]{escape(document.source)}[/]\n")
    out.print(_table(walk, words))
    notes = [words("weights {}", _memory(walk.total.parameters))]
    if len(walk.table.parts) > 1:
        with_heads = walk.total_with_heads.parameters
        notes.append(
            words("{} parameters with the side heads that training adds", f"{with_heads:,}")
        )
    if walk.total.fixed:
        fixed = f"{walk.total.fixed:,}"
        notes.append(words("{} fixed numbers that training never changes", fixed))
    notes.append(words("memory is that of the outputs of one example"))
    out.print(f"\n[dim]{'; '.join(notes)}.[/]")
    return 0


def _table(walk: Walk, words: Words) -> Grid:
    named = ("parameters", "connections", "multiply-adds", "memory", "field", "jump")
    headings = tuple(map(words, named))
    table = plain_table(words("row"), words("output"), *headings, numbers=headings)
    for report in walk.reports:
        cost, output = report.cost, report.output
        if cost is None or output is None:
            continue
        table.add_row(
            escape(report.row.name),
            str(output),
            *(f"{count:,}" for count in (cost.parameters, cost.connections, cost.multiply_adds)),
            _memory(output.elements),
            "" if report.field is None else str(report.field),
            _jump(report),
        )
    total = walk.total
    counts = (total.parameters, total.connections, total.multiply_adds)
    memory = _memory(walk.activation_elements)
    table.add_row(words("Total"), "", *(f"{count:,}" for count in counts), memory, style="bold")
    return table


def _memory(elements: int) -> str:
    size = _BYTES * elements
    if size < _KIBI:
        return f"{size} B"
    if size < _KIBI**2:
        return f"{size / _KIBI:.1f} KiB"
    return f"{size / _KIBI**2:.1f} MiB"


def _jump(report: RowReport) -> str:
    if report.field is None:
        return ""
    down, across = report.field.height.jump, report.field.width.jump
    return str(down) if down == across else f"{down}x{across}"


def _plain(report: RowReport) -> dict[str, object]:
    cost, output = report.cost, report.output
    return {
        "name": report.row.name,
        "output": None if output is None else list(output.axes),
        "parameters": cost and cost.parameters,
        "fixed": cost and cost.fixed,
        "connections": cost and cost.connections,
        "multiply_adds": cost and cost.multiply_adds,
        "activation_bytes": None if output is None else _BYTES * output.elements,
        "receptive_field": report.field
        and {"height": _span(report.field.height), "width": _span(report.field.width)},
    }


def _span(span: Span) -> dict[str, float]:
    return {
        "size": span.size,
        "jump": span.jump if isinstance(span.jump, int) else float(span.jump),
        "first_center": span.center,
    }

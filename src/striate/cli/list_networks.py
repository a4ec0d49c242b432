"""`striate list`: the shipped networks, or those of a document."""

import argparse
from textwrap import shorten

from striate.cli.listing import how_to_pick, listing, parameters_of
from striate.cli.terminal import console, escape, plain_table, print_json
from striate.networks import load, load_networks, network_names


HELP = "name the shipped networks, or those of a document"
DESCRIPTION = (
    "Name the shipped networks, with their source and number of parameters; or those of a Markdown "
    "file, with their numbers, rows, parameters and lines."
)

_GAP = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's flags."""
    parser.add_argument("document", nargs="?", help="a Markdown file, or a shipped name")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print one line a network."""
    if arguments.document is not None:
        return _list_document(arguments.document, as_json=arguments.json)
    rows = [
        (document.name, document.walk.total.parameters, document.source)
        for document in map(load, network_names())
    ]
    if arguments.json:
        names = ("name", "parameters", "source")
        print_json([dict(zip(names, row, strict=True)) for row in rows])
        return 0
    table = plain_table("network", "parameters", "source", numbers=("parameters",))
    out = console()
    widest = max(len(name) for name, _, _ in rows)
    counts = max(len("parameters"), *(len(f"{parameters:,}") for _, parameters, _ in rows))
    room = max(out.width - widest - counts - 3 * _GAP, len("source"))
    for name, parameters, source in rows:
        table.add_row(name, f"{parameters:,}", shorten(source, room, placeholder=" …"))
    out.print(table)
    return 0


def _list_document(where: str, *, as_json: bool) -> int:
    networks = load_networks(where)
    if as_json:
        print_json(
            [
                {
                    "number": number,
                    "name": network.name,
                    "title": network.title,
                    "rows": len(network.table.rows),
                    "parameters": parameters_of(network),
                    "line": network.line,
                }
                for number, network in enumerate(networks, 1)
            ]
        )
        return 0
    out = console()
    out.print(listing(networks))
    if len(networks) > 1:
        out.print(f"\n[dim]{escape(how_to_pick(networks))}[/]")
    return 0

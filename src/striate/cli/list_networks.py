"""`striate list`: the shipped networks."""

import argparse
from textwrap import shorten

from striate.arithmetic import walk
from striate.cli.terminal import console, plain_table, print_json
from striate.networks import load, network_names


NAME = "list"
HELP = "name the shipped networks"
DESCRIPTION = "Name the shipped networks, with their source and number of parameters."

_GAP = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's flags."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print one line a network."""
    rows = [
        (document.name, walk(document.table).total.parameters, document.source)
        for document in map(load, network_names())
    ]
    if arguments.json:
        names = ("name", "parameters", "source")
        print_json([dict(zip(names, row, strict=True)) for row in rows])
        return 0
    table = plain_table("network", "parameters", "source", numbers=("parameters",))
    out = console()
    widest = max(len(name) for name, _, _ in rows)
    table.columns[0].min_width = widest
    room = max(out.width - widest - len("parameters") - 2 * _GAP, len("source"))
    for name, parameters, source in rows:
        table.add_row(name, f"{parameters:,}", shorten(source, room, placeholder=" …"))
    out.print(table)
    return 0

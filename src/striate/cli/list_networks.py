"""`striate list`: the shipped networks, or those of a document."""

import argparse
from textwrap import shorten

from striate.cli.console import console, escape, plain_table
from striate.cli.listing import how_to_pick, listing, parameters_of
from striate.cli.network_flags import add_language
from striate.cli.terminal import print_json
from striate.documents import Document
from striate.errors.words import Language, Words
from striate.networks import load, load_networks, network_names
from striate.shapes import Words as Sentence


HELP = "name the shipped networks, or those of a document"
DESCRIPTION = (
    "Name the shipped networks, with number of parameters, input, data that they are made for, and source; or those of a Markdown "
    "file, with their numbers, rows, parameters and lines."
)

_GAP = 2
_WIDE = 100
"""Columns from which on there is room for what a network is made for."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's flags."""
    parser.add_argument("document", nargs="?", help="a Markdown file, or a shipped name")
    add_language(parser, "of headings and notes")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print one line a network."""
    if arguments.document is not None:
        return _list_document(arguments.document, arguments.language, as_json=arguments.json)
    documents = [load(name) for name in network_names()]
    if arguments.json:
        print_json(
            [
                {
                    "name": document.name,
                    "parameters": document.walk.total.parameters,
                    "input": _input_of(document, Words()),
                    "data": document.data or None,
                    "source": document.source,
                }
                for document in documents
            ]
        )
        return 0
    out, words = console(), Words(arguments.language or "en")
    rows = [
        (
            document.name,
            f"{document.walk.total.parameters:,}",
            _input_of(document, words),
            *((document.data or "-",) if out.width >= _WIDE else ()),
        )
        for document in documents
    ]
    told = ("network", "parameters", "input", "made for", "source")
    *names, source = map(words, (*told[: len(rows[0])], told[-1]))
    widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
    room = max(out.width - sum(widths) - _GAP * (len(widths) + 1), len(source))
    table = plain_table(*names, source, numbers=(names[1],))
    for row, document in zip(rows, documents, strict=True):
        table.add_row(*row, shorten(document.source, room, placeholder=" …"))
    out.print(table)
    return 0


def _input_of(document: Document, words: Words) -> str:
    shape = document.table.input
    return words("sentences") if isinstance(shape, Sentence) else str(shape or words("any"))


def _list_document(where: str, language: Language | None, *, as_json: bool) -> int:
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
    out, words = console(), Words(language or networks[0].language)
    out.print(listing(networks, words=words))
    if len(networks) > 1:
        out.print(f"\n[dim]{escape(how_to_pick(networks, words))}[/]")
    return 0

"""The arguments of verbs that take any network: which one, and what comes into it where it does not say so."""

import argparse
from typing import get_args

from striate.documents import Document, read_input
from striate.errors.words import Language
from striate.networks import load
from striate.shapes import Shape


def add_network(
    parser: argparse.ArgumentParser, what: str = "a shipped name, or a file of any form (FILE#NAME)"
) -> None:
    """Declare the network, and its input."""
    parser.add_argument("network", help=what)
    parser.add_argument(
        "--input", metavar="3x32x32", help="what comes in, for a network that does not say it"
    )


def add_language(parser: argparse.ArgumentParser, of_what: str) -> None:
    """Declare the language in which people read what is printed."""
    parser.add_argument(
        "--language",
        choices=get_args(Language),
        help=f"{of_what}: en or ko (that of the document)",
    )


def given_input(arguments: argparse.Namespace) -> Shape | None:
    """Return what comes in, where the flag says it."""
    return None if arguments.input is None else read_input(arguments.input)


def asked_network(arguments: argparse.Namespace) -> Document:
    """Load the network that is asked for."""
    return load(arguments.network, given_input(arguments))

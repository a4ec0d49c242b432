"""The networks that come with Striate: each is a Markdown document in this folder, and nothing else."""

import sys
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from striate import documents
from striate.documents import Document, choose, read_file, read_networks
from striate.errors import DocumentError, UsageError
from striate.errors.arguments import argument_of_other_type, need
from striate.errors.documents import unknown_network, unreadable_file
from striate.preparation import Preparation
from striate.shapes import Shape
from striate.table import Table


STANDARD_INPUT = "standard input"
"""Where a network stands that comes through a pipe; the place of it is `-`."""

_FOLDER = Path(__file__).parent


def network_names() -> tuple[str, ...]:
    """Name the shipped networks, in alphabetical order."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.md")))


def network_text(name: str) -> str:
    """Give the Markdown of a shipped network.

    Raises:
        DocumentError: No network of this name is shipped.
    """
    if name not in network_names():
        raise DocumentError(unknown_network(name, network_names()))
    return (_FOLDER / f"{name}.md").read_text(encoding="utf-8")


def load_networks(where: str | Path, given: Shape | None = None) -> tuple[Document, ...]:
    """Load every network of a shipped document or of a Markdown file.

    Args:
        where: A shipped name, or a path; `path#name` and `path#2` pick one of several.
        given: What comes in, for a table that does not say it.

    Returns:
        The networks, in the order of the document; their faults are theirs to tell.

    Raises:
        DocumentError: It is neither a name nor a file, or it holds no such network.
    """
    need("where", where, (str, Path), "the name of a shipped network, or a path")
    place, _, choice = str(where).partition("#")
    if place in network_names():
        networks = _read_shipped(place, given)
    elif place == "-":
        networks = _read_typed(given)
    elif _is_there(Path(place)):
        networks = read_file(Path(place), given)
    else:
        raise DocumentError(unknown_network(place, network_names()))
    return (choose(networks, choice, place),) if choice else networks


@lru_cache(maxsize=256)
def _read_shipped(name: str, given: Shape | None) -> tuple[Document, ...]:
    """Read a shipped document once in a process: a document is frozen, and carries its walk."""
    return read_networks(network_text(name), name, given)


def _read_typed(given: Shape | None) -> tuple[Document, ...]:
    """Read the networks of what comes through a pipe, or is typed, as Markdown or by its words."""
    try:
        text = "" if sys.stdin is None else sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError(
            unreadable_file(STANDARD_INPUT, f"byte {error.start} is not UTF-8")
        ) from error
    return read_networks(text, STANDARD_INPUT, given)


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a text in place of a path is too long to be one
        return False


def load(where: str | Path, given: Shape | None = None) -> Document:
    """Load one network.

    Args:
        where: A shipped name (`lenet5`) or a path; `notes.md#alexnet` or `notes.md#2` where the
            document holds several.
        given: What comes in, for a table that does not say it.

    Returns:
        The network's document; its faults are reported when it is checked or built.

    Raises:
        DocumentError: It is neither a name nor a file, or it does not name one network.
    """
    return choose(load_networks(where, given), None, str(where).partition("#")[0])


def document_from(network: str | Path | Document | Table) -> Document:
    """Return the document of a network, however it is given.

    Args:
        network: A shipped name, a path, a document, or a table written in Python.

    Raises:
        DocumentError: It is neither a name nor a file, or it does not name one network.
    """
    match network:
        case Document():
            return network
        case Table():
            return documents.document_of(network)
        case str() | Path():
            return load(network)
        case _:
            raise UsageError(argument_of_other_type("network", type(network).__name__, _NEEDED))


_NEEDED = "the name of a shipped network, a path, a Document, or a Table"


def document_of(
    network: str | Path | Document | Table,
    name: str | None = None,
    preparation: Preparation | None = None,
) -> Document:
    """Return the document of a network; a table written in Python gets the usual recipe for its output.

    Args:
        network: A table written in Python; or a shipped name, a path, or a document.
        name: Short name of the network; `network`, for a table, when absent.
        preparation: How pictures become inputs; the document's when absent, and for a table chosen by the
            data, in training.

    Raises:
        DocumentError: It is neither a name nor a file, or it does not name one network.
        UsageError: It is of another type.
    """
    if isinstance(network, Table):
        return documents.document_of(network, name or "network", preparation)
    document = document_from(network)
    if preparation is not None:
        document = replace(document, preparation=preparation, is_preparation_open=False)
    return document if name is None else replace(document, name=name)


def write_document(network: str | Path | Document | Table) -> str:
    """Return the Markdown of a network, however it is given, which reads as the same network.

    Raises:
        DocumentError: It is neither a name nor a file, or it does not name one network.
        UsageError: It is of another type.
    """
    return documents.write_document(document_from(network))

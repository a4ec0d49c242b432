"""Networks as a table, a line each: what to write behind `#`, and how many findings there are."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from striate.cli.console import escape, plain_table
from striate.documents import Document
from striate.errors.words import Words


if TYPE_CHECKING:
    from rich.table import Table as Grid


def listing(
    networks: Sequence[Document],
    findings: Sequence[int] = (),
    words: Words | None = None,
    *,
    is_of_many: bool = False,
) -> "Grid":
    """List networks.

    Args:
        networks: All of them, in the order of the document, or of the documents.
        findings: How many findings each has, if they were checked.
        words: In which language; English when absent.
        is_of_many: Whether they are of several documents, whose names stand in place of numbers.
    """
    words = words or Words()
    first = words("document" if is_of_many else "number")
    numbers = [words("rows"), words("parameters"), words("line")]
    numbers += [words("findings")] if findings else []
    right = numbers if is_of_many else [first, *numbers]
    table = plain_table(first, words("network"), *numbers, numbers=tuple(right))
    for index, network in enumerate(networks):
        parameters = parameters_of(network)
        table.add_row(
            escape(network.where) if is_of_many else str(index + 1),
            escape(network.name),
            str(len(network.table.rows)),
            "?" if parameters is None else f"{parameters:,}",
            "" if network.line is None else str(network.line),
            *([str(findings[index])] if findings else []),
        )
    return table


def parameters_of(network: Document) -> int | None:
    """Count the parameters of a network; None while a row cannot be computed."""
    is_known = all(report.cost is not None for report in network.walk.reports)
    return network.walk.total.parameters if is_known else None


def how_to_pick(networks: Sequence[Document], words: Words | None = None) -> str:
    """Say how one of several networks is named."""
    where, name = networks[0].where, networks[0].name
    said = words or Words()
    return said("Pick one by its name or its number: {} or {}.", f"{where}#{name}", f"{where}#1")

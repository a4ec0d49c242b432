"""The networks of one document as a table: what to write behind `#`."""

from collections.abc import Sequence

from rich.table import Table as Grid

from striate.arithmetic import walk
from striate.cli.terminal import escape, plain_table
from striate.documents import Document


def listing(networks: Sequence[Document], findings: Sequence[int] = ()) -> Grid:
    """List the networks of a document.

    Args:
        networks: All of them, in the order of the document.
        findings: How many findings each has, if they were checked.
    """
    headings = ["number", "network", "rows", "parameters", "line"]
    headings += ["findings"] if findings else []
    table = plain_table(*headings, numbers=("number", "rows", "parameters", "line", "findings"))
    for at, network in enumerate(networks):
        parameters = parameters_of(network)
        table.add_row(
            str(at + 1),
            escape(network.name),
            str(len(network.table.rows)),
            "?" if parameters is None else f"{parameters:,}",
            "" if network.line is None else str(network.line),
            *([str(findings[at])] if findings else []),
        )
    return table


def parameters_of(network: Document) -> int | None:
    """Count the parameters of a network; None while a row cannot be computed."""
    walked = walk(network.table)
    is_known = all(report.cost is not None for report in walked.reports)
    return walked.total.parameters if is_known else None


def how_to_pick(networks: Sequence[Document]) -> str:
    """Say how one of several networks is named."""
    where, name = networks[0].where, networks[0].name
    return f"Pick one by its name or its number: {where}#{name} or {where}#1."

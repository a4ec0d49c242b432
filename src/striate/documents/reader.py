"""From a Markdown text to its networks, with every fault in it and no torch."""

import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from striate.documents.blocks import attach, is_codes, is_connection_table
from striate.documents.document import Document, usual_recipe
from striate.documents.front_matter import Heading, read_front_matter
from striate.documents.markdown import Grid, Parts, split
from striate.documents.rows import is_layer_table, read_rows
from striate.errors import DocumentError, Fault
from striate.errors.blocks import fence_not_closed
from striate.errors.documents import (
    meaningless_group,
    no_network,
    no_such_network,
    several_networks,
    unreadable_file,
)
from striate.layers import Input
from striate.preparation import Preparation, TextPreparation
from striate.table import Table


def read_networks(text: str, where: str) -> tuple[Document, ...]:
    """Read every network of a Markdown text.

    A table with the headings Layer and Type begins a network. The connection tables and drawn codes
    between it and the next such table belong to it, and those above the first one to the first.
    What cannot be read becomes a fault of the document that it stands in, with its line.

    Args:
        text: The whole text.
        where: Its path or name, for messages.

    Returns:
        One document a network, in the order of the text.

    Raises:
        DocumentError: There is no table of layers in it.
    """
    parts = split(text)
    heading = read_front_matter(parts.front_matter)
    grids = [grid for grid in parts.grids if is_layer_table(grid)]
    if not grids:
        endless = (fence for fence in parts.fences if not fence.is_closed)
        swallowed = (fence_not_closed(fence.info, fence.line) for fence in endless)
        raise DocumentError(*heading.faults, *swallowed, no_network(where))
    bounds = [0, *(grid.line for grid in grids[1:]), sys.maxsize]
    return tuple(
        _network(parts, heading, grid, within, where, is_alone=len(grids) == 1)
        for grid, within in zip(grids, pairwise(bounds), strict=True)
    )


def read_file(path: Path) -> tuple[Document, ...]:
    """Read every network of a Markdown file.

    Raises:
        DocumentError: The file cannot be read, or holds no table of layers.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        problem = error.strerror or str(error)
        raise DocumentError(unreadable_file(str(path), problem)) from error
    except UnicodeDecodeError as error:
        problem = f"byte {error.start} is not UTF-8"
        raise DocumentError(unreadable_file(str(path), problem)) from error
    return read_networks(text, str(path))


def choose(networks: tuple[Document, ...], choice: str | None, where: str) -> Document:
    """Pick one network of a document, by its name or its number from 1.

    Raises:
        DocumentError: The choice is missing or fits none.
    """
    names = [network.name for network in networks]
    if not choice:
        if len(networks) == 1:
            return networks[0]
        raise DocumentError(several_networks(where, names))
    if choice.isdecimal() and 1 <= int(choice) <= len(networks):
        return networks[int(choice) - 1]
    for network in networks:
        if choice.casefold() in {network.name.casefold(), network.title.casefold()}:
            return network
    raise DocumentError(no_such_network(where, choice, names))


def _network(
    parts: Parts,
    heading: Heading,
    grid: Grid,
    within: tuple[int, int],
    where: str,
    *,
    is_alone: bool,
) -> Document:
    read = read_rows(grid)
    start, end = within
    blocks = attach(
        Table(read.rows, read.totals, read.totals_line),
        [
            other
            for other in parts.grids
            if start < other.line < end and other is not grid and is_connection_table(other)
        ],
        [fence for fence in parts.fences if start < fence.line < end and is_codes(fence)],
    )
    recipe = usual_recipe(blocks.table)
    if heading.recipe is not None:
        recipe = heading.recipe if heading.has_loss else replace(heading.recipe, loss=recipe.loss)
    title = (parts.title if is_alone else grid.heading) or heading.name or Path(where).stem
    return Document(
        name=heading.name if is_alone and heading.name else _slug(title),
        table=blocks.table,
        title=title,
        source=heading.source,
        preparation=heading.preparation or Preparation(),
        text=heading.text or TextPreparation(),
        recipe=recipe,
        body=parts.body if is_alone else "",
        where=where,
        line=grid.line,
        recipe_line=heading.recipe_line,
        reading_faults=(
            *heading.faults,
            *_faults_of_groups(heading, blocks.table),
            *read.faults,
            *blocks.faults,
        ),
    )


def _faults_of_groups(heading: Heading, table: Table) -> Iterator[Fault]:
    """Report a preparation of pictures for sentences, and the other way round."""
    first = table.rows[0].layer if table.rows else None
    if not isinstance(first, Input):
        return
    if table.words is None and heading.text_line is not None:
        yield meaningless_group("text", "no sentences", heading.text_line)
    if table.words is not None and heading.input_line is not None:
        yield meaningless_group("input", "sentences", heading.input_line)


def _slug(title: str) -> str:
    return re.sub(r"[^\w]+", "-", title.casefold()).strip("-") or "network"

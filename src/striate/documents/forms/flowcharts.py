"""Flowcharts of Mermaid whose nodes are layers: they are tables with a column of what each row reads."""

import re
from collections.abc import Sequence
from itertools import pairwise

from striate.documents.parts import Block, Grid
from striate.documents.patterns import pattern_of


_BEGINS = pattern_of(r"\s*(?:flowchart|graph)\s+(?:TB|TD|BT|LR|RL)\b", re.IGNORECASE)
_NODE = pattern_of(
    r"(?P<id>\w+)(?:\s*[\[({>]{1,3}/?\s*(?:\"(?P<quoted>[^\"]*)\"|(?P<bare>[^\"\[\](){}|]*(?:\([^()]*\)[^\"\[\](){}|]*)*))\s*/?[\])}]{1,3})?(?::::\w+)?"
)
_EDGE = pattern_of(r"\s*(?:--[^->|]*-{1,2}>|-{2,4}>?|={2,4}>?|-\.+->?)\s*(?:\|[^|]*\|)?\s*")
_WITHOUT_NODES = pattern_of(
    r"\s*(?:classDef|class|style|linkStyle|click|subgraph|end|direction|accTitle|accDescr|%%|---|title)\b.*|\s*%%.*|\s*---\s*"
)
_BREAK = pattern_of(r"<br\s*/?>|\\n", re.IGNORECASE)


WITH_TABLE = (
    "%% Striate reads this table in place of the chart above, while that is as it was written: "
)
"""Begins a comment below a chart; its digest follows, and then lines of Markdown behind `%%:`."""
_TABLE_LINE = "%%: "


def table_as_comments(chart: Sequence[str], markdown: str) -> list[str]:
    """Write the table of a chart as comments that stand below it, which Mermaid passes over.

    A chart says what people look at, and not all that a network is: its biases, its notes, its claims.

    Args:
        chart: The lines from `flowchart` on.
        markdown: Tables, and what belongs to their rows.
    """
    return [f"{WITH_TABLE}{_digest(chart)}", *(_TABLE_LINE + line for line in markdown.split("\n"))]


def _digest(chart: Sequence[str]) -> str:
    """Compute what tells nodes and arrows from others, whatever their colours are."""
    import hashlib

    said = (line.strip() for line in chart if not _WITHOUT_NODES.fullmatch(line))
    return hashlib.sha256("\n".join(filter(None, said)).encode()).hexdigest()[:16]


def charts_as_tables(text: str) -> str:
    """Put the tables that stand in comments below charts in place of these; every line stays where it is.

    A chart that was changed since it was written with its table is left as it is.
    """
    lines = text.split("\n")
    for at, line in enumerate(lines):
        if not line.strip().startswith(WITH_TABLE):
            continue
        start = next((up for up in range(at, -1, -1) if _BEGINS.match(lines[up])), at)
        if line.strip().removeprefix(WITH_TABLE) != _digest(lines[start:at]):
            continue
        end = at + 1
        while end < len(lines) and lines[end].startswith(_TABLE_LINE.rstrip()):
            lines[end] = lines[end][len(_TABLE_LINE) :].rstrip("\r")
            end += 1
        title = ""
        if start > 1 and lines[start - 1].strip() == "---":
            above = start - 2
            while above and lines[above].strip() != "---":
                title = title or _titled(lines[above])
                above -= 1
            start = above
        if start and lines[start - 1].lstrip().startswith(("```", "~~~")) and end < len(lines):
            start -= 1
            lines[end] = ""
        lines[start : at + 1] = [f"# {title}" if title else "", *[""] * (at - start)]
    return "\n".join(lines)


def _titled(line: str) -> str:
    """Give the title of a line of front matter, which is written as JSON is."""
    import json

    name, _, value = line.partition(":")
    try:
        return str(json.loads(value)) if name.strip() == "title" else ""
    except json.JSONDecodeError:
        return value.strip()


def flowchart_of(block: Block) -> Grid | None:
    """Return the chart that a block holds as a table; None if it holds none, or a line of it is something else."""
    lines = [(at, text) for at, text in enumerate(block.lines, block.line + 1) if text.strip()]
    start = next((at for at, (_, text) in enumerate(lines) if _BEGINS.match(text)), None)
    if start is None:
        return None
    labels: dict[str, tuple[int, str]] = {}
    sources: dict[str, list[str]] = {}
    for line, text in lines[start + 1 :]:
        if _WITHOUT_NODES.fullmatch(text):
            continue
        chain = _chain(text.strip().rstrip(";"), line, labels)
        if chain is None:
            return None
        for above, below in pairwise(chain):
            sources.setdefault(below, []).append(above)
    if not labels:
        return None
    rows = tuple(
        (line, (*_cells(label), ", ".join(sources.get(name, ())), name))
        for name, (line, label) in labels.items()
    )
    return Grid(
        block.heading, ("Layer", "Details", "Output size", "From", "#"), lines[start][0], rows
    )


def _chain(text: str, line: int, labels: dict[str, tuple[int, str]]) -> list[str] | None:
    """Read the nodes of a line, from arrow to arrow, and keep what stands in them."""
    chain: list[str] = []
    at = 0
    while at < len(text):
        node = _NODE.match(text, at)
        if node is None:
            return None
        name = node["id"]
        label = node["quoted"] if node["quoted"] is not None else node["bare"]
        if label is not None or name not in labels:
            labels[name] = (line, label if label is not None else name)
        chain.append(name)
        at = node.end()
        edge = _EDGE.match(text, at)
        if edge is None or edge.end() == at:
            return chain if at == len(text) else None
        at = edge.end()
    return chain


def _cells(label: str) -> tuple[str, str, str]:
    """Part what stands in a node into a name, what the layer is, and the size that comes out."""
    parts = [part.strip() for part in _BREAK.split(label) if part.strip()]
    if len(parts) == 1:
        return parts[0], "", ""
    is_sized = re.search(r"\d\s*[@x×]\s*\d|^[\d,]+$", parts[-1]) is not None
    name, *details = parts[:-1] if is_sized else parts
    return name, ", ".join(details), parts[-1] if is_sized else ""

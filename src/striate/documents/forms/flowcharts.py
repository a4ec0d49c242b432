"""Flowcharts of Mermaid whose nodes are layers: they are tables with a column of what each row reads."""

import re
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

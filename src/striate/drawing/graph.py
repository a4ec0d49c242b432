"""Any network as a graph, each block below those that it reads, as GoogLeNet was drawn in 2014 and ResNet in 2015."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import final

from striate.drawing.blocks import Block
from striate.drawing.figure import INK, QUIET, RULE, Area, Item, Line, Point, Text, text_width
from striate.drawing.palette import EDGE, FACE


@final
@dataclass(frozen=True, slots=True)
class Label:
    """A line of what stands in a block: its text, its color, and whether it is set in bold."""

    text: str
    fill: str = INK
    is_bold: bool = False


_SWEEPS = 12
_BETWEEN = 7.0
_LEADING = 1.3
_PORT = 5.0
"""Distance of two edges at the side of a block, where it is wide enough."""

_ASIDE = 0.01
"""How much the place of a shortcut, or of a side head, counts beside that of a block: blocks stay in one line."""

_STRAIGHT = 2.0
"""Points to the side up to which an edge is drawn straight down."""

_STEPS = 10
"""Straight parts that a bend is drawn of."""


@final
@dataclass(slots=True)
class _Node:
    """A block, or a place in a layer through which an edge passes that is longer than one layer.

    Args:
        layer: Its layer, from 0 at the top.
        width: In points; that of a place to pass is small.
        height: In points; that of a place to pass is none.
        lines: What is written in it.
        block: Position of its block; None for a place to pass.
        weight: How much its place counts.
        above: Nodes of the layer above that it hangs on.
        below: Nodes of the layer below that hang on it.
        across: Its middle.
    """

    layer: int
    width: float
    height: float = 0.0
    lines: tuple[Label, ...] = ()
    block: int | None = None
    weight: float = 1.0
    above: list["_Node"] = field(default_factory=list)
    below: list["_Node"] = field(default_factory=list)
    across: float = 0.0


def full_labels(blocks: tuple[Block, ...]) -> list[tuple[Label, ...]]:
    """Give each block its name, what it does, and what comes out, in a line each."""
    return [
        tuple(
            Label(
                line,
                QUIET if number == len(block.lines) - 1 else INK,
                is_bold=number == 0 and bool(block.name),
            )
            for number, line in enumerate(block.lines)
        )
        for block in blocks
    ]


def draw_graph(
    blocks: tuple[Block, ...], labels: Sequence[tuple[Label, ...]], size: float
) -> Iterator[Item]:
    """Draw blocks and what they read, from the top down.

    Args:
        blocks: The first one is the input.
        labels: What stands in each of them.
        size: Of the letters, in points.

    Yields:
        What is drawn, the lowest first.
    """
    nodes = _nodes(blocks, labels, size)
    layers = _layers(nodes, blocks)
    _order(layers)
    _place(layers)
    middles, heights = _rows(layers, size)
    for node in nodes:
        if node.block is not None:
            for source in node.above:
                yield Line(_way(source, node, middles, heights), RULE, 0.5, has_head=True)
    for node in nodes:
        if node.block is not None:
            yield from _box(blocks[node.block], node, middles[node.layer], size)


def _rows(layers: list[list[_Node]], size: float) -> tuple[list[float], list[float]]:
    """Give the middle and the height of each layer."""
    middles: list[float] = []
    heights: list[float] = []
    top = 0.0
    for layer in layers:
        height = max(node.height for node in layer)
        # Edges that go far to the side need room to bend.
        bend = max(
            abs(other.across - node.across) for node in layer for other in [node, *node.above]
        )
        top += (1.0 + min(bend / 150.0, 0.4)) * size if middles else 0.0
        middles.append(top + height / 2)
        heights.append(height)
        top += height
    return middles, heights


def _nodes(
    blocks: tuple[Block, ...], labels: Sequence[tuple[Label, ...]], size: float
) -> list[_Node]:
    """Make the nodes, with one in every layer that an edge passes."""
    made: list[_Node] = []
    nodes: list[_Node] = []
    above_all: list[frozenset[int]] = []  # of each block, those that it depends on
    for at, (block, lines) in enumerate(zip(blocks, labels, strict=True)):
        layer = 1 + max((made[source].layer for source in block.sources), default=-1)
        width = max(text_width(line.text, size, is_bold=line.is_bold) for line in lines)
        height = (_LEADING * len(lines) + 0.45) * size
        weight = _ASIDE if block.is_side else 1.0
        node = _Node(layer, width + 1.2 * size, height, lines, at, weight)
        made.append(node)
        nodes.append(node)
        above_all.append(frozenset(block.sources).union(*(above_all[one] for one in block.sources)))
        for source in block.sources:
            is_shortcut = any(source in above_all[other] for other in block.sources)
            above = made[source]
            for passed in range(made[source].layer + 1, layer):
                weight = _ASIDE if is_shortcut else 1.0
                between = _Node(passed, size, weight=weight)
                _join(above, between)
                nodes.append(between)
                above = between
            _join(above, node)
    return nodes


def _join(above: _Node, below: _Node) -> None:
    above.below.append(below)
    below.above.append(above)


def _layers(nodes: Sequence[_Node], blocks: tuple[Block, ...]) -> list[list[_Node]]:
    """Give the nodes of each layer, side heads in turns to the right and to the left of the others."""
    layers: dict[int, list[_Node]] = defaultdict(list)
    heads = 0
    for node in nodes:
        block = None if node.block is None else blocks[node.block]
        is_side = block is not None and block.is_side
        if block is not None and is_side:
            heads += not any(blocks[source].is_side for source in block.sources)
        layers[node.layer].insert(
            0 if is_side and heads % 2 == 0 else len(layers[node.layer]), node
        )
    return [layers[number] for number in range(len(layers))]


def _order(layers: list[list[_Node]]) -> None:
    """Sort each layer by the mean place of its neighbours, down and up in turns, so that few edges cross."""
    place = {id(node): at for layer in layers for at, node in enumerate(layer)}
    for sweep in range(_SWEEPS):
        is_down = sweep % 2 == 0
        for layer in layers if is_down else reversed(layers):
            wanted = {
                id(node): _mean(
                    [place[id(other)] for other in _neighbours(node, is_down=is_down)],
                    place[id(node)],
                )
                for node in layer
            }
            layer.sort(key=lambda node: wanted[id(node)])
            place |= {id(node): at for at, node in enumerate(layer)}


def _place(layers: list[list[_Node]]) -> None:
    """Give each node a place as near to the middle of its neighbours as those beside it allow."""
    for layer in layers:
        _spread(layer, [0.0] * len(layer))
    for sweep in range(_SWEEPS):
        is_down = sweep % 2 == 0
        for layer in layers if is_down else reversed(layers):
            wanted = [_middle(_neighbours(node, is_down=is_down), node.across) for node in layer]
            _spread(layer, wanted)
    for layer in layers:
        for node in layer:
            if node.block is None and node.above[0].block is not None:
                _straighten(node, layers)


def _straighten(first: _Node, layers: list[list[_Node]]) -> None:
    """Draw the places that an edge passes straight below one another, on the side where there is room for it."""
    passed = [first]
    while passed[-1].below[0].block is None:
        passed += passed[-1].below
    for across in (max(node.across for node in passed), min(node.across for node in passed)):
        is_free = all(
            abs(other.across - across) >= (other.width + node.width) / 2 + _BETWEEN / 2
            for node in passed
            for other in layers[node.layer]
            if other is not node
        )
        if is_free:
            for node in passed:
                node.across = across
            return


def _spread(layer: list[_Node], wanted: list[float]) -> None:
    """Place the nodes of a layer in their order: groups that would overlap are moved to their common middle."""
    groups: list[tuple[list[_Node], float]] = []  # nodes, left edge
    for node, across in zip(layer, wanted, strict=True):
        groups.append(([node], across - node.width / 2))
        while len(groups) > 1 and groups[-2][1] + _extent(groups[-2][0]) + _BETWEEN > groups[-1][1]:
            (first, left), (second, right) = groups[-2], groups[-1]
            shift = _extent(first) + _BETWEEN
            share = _weight(first) / (_weight(first) + _weight(second))
            groups[-2:] = [([*first, *second], share * left + (1 - share) * (right - shift))]
    for nodes, left in groups:
        edge = left
        for node in nodes:
            node.across = edge + node.width / 2
            edge += node.width + _BETWEEN


def _extent(nodes: list[_Node]) -> float:
    return sum(node.width for node in nodes) + _BETWEEN * (len(nodes) - 1)


def _weight(nodes: list[_Node]) -> float:
    return sum(node.weight for node in nodes)


def _middle(nodes: list[_Node], otherwise: float) -> float:
    if not nodes:
        return otherwise
    return sum(node.weight * node.across for node in nodes) / _weight(nodes)


def _neighbours(node: _Node, *, is_down: bool) -> list[_Node]:
    return node.above if is_down else node.below


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _way(
    source: _Node, node: _Node, middles: list[float], heights: list[float]
) -> tuple[Point, ...]:
    """Give the way of an edge to a node, from its block through all layers that it passes."""
    ends = [(_port(node, source, node.above), middles[node.layer] - node.height / 2)]
    below = node
    while source.block is None:
        middle, half = middles[source.layer], heights[source.layer] / 2
        ends += [(source.across, middle + half), (source.across, middle - half)]
        below, (source,) = source, source.above
    ends.append((_port(source, below, source.below), middles[source.layer] + source.height / 2))
    ends.reverse()
    points = ends[:1]
    for end in ends[1:]:
        points += _bend(points[-1], end)
    if abs(points[0][0] - points[-1][0]) < _STRAIGHT and len(ends) == 2:  # noqa: PLR2004 - no layer between
        across = (points[0][0] + points[-1][0]) / 2
        return (across, points[0][1]), (across, points[-1][1])
    return tuple(points)


def _port(node: _Node, other: _Node, others: list[_Node]) -> float:
    """Give the place at the side of a block where one of its edges begins or ends, in the order of their other ends.

    The middle belongs to the edges of blocks; those of shortcuts and side heads lie beside it.
    """
    order = sorted(others, key=lambda one: one.across)
    ranks = [rank for rank, one in enumerate(order) if one.weight > _ASIDE]
    middle = sum(ranks) / len(ranks) if ranks else (len(order) - 1) / 2
    step = min(_PORT, 0.7 * node.width / len(others))
    return node.across + step * (next(at for at, one in enumerate(order) if one is other) - middle)


def _bend(start: Point, end: Point) -> list[Point]:
    """Give a way that leaves downwards and arrives downwards, without its start."""
    (x, y), (to_x, to_y) = start, end
    if abs(to_x - x) < 0.05:  # noqa: PLR2004 - points, less than a line is wide
        return [end]
    shares = [step / _STEPS for step in range(1, _STEPS + 1)]
    return [(x + (to_x - x) * t * t * (3 - 2 * t), y + (to_y - y) * t) for t in shares]


def _box(block: Block, node: _Node, middle: float, size: float) -> Iterator[Item]:
    height = node.height
    left, top = node.across - node.width / 2, middle - height / 2
    right, bottom = left + node.width, top + height
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    yield Area(corners, FACE[block.family], EDGE[block.family], 0.5)
    first = top + (height - _LEADING * size * (len(node.lines) - 1)) / 2 + 0.35 * size
    for number, line in enumerate(node.lines):
        place = (node.across, first + number * _LEADING * size)
        yield Text(place, line.text, size, fill=line.fill, is_bold=line.is_bold)

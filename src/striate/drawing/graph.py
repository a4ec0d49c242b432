"""Any network as a graph, each block below those that it reads, as GoogLeNet was drawn in 2014."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import final

from striate.drawing.blocks import Block
from striate.drawing.figure import QUIET, RULE, Area, Item, Line, Point, Text, text_width
from striate.drawing.palette import EDGE, FACE


_SWEEPS = 12
_BETWEEN = 7.0
_LEADING = 1.3


@final
@dataclass(slots=True)
class _Node:
    """A block, or a place in a layer through which an edge passes that is longer than one layer.

    Args:
        layer: Its layer, from 0 at the top.
        width: In points; that of a place to pass is small.
        lines: What is written in it.
        block: Position of its block; None for a place to pass.
        above: Nodes of the layer above that it hangs on.
        below: Nodes of the layer below that hang on it.
        across: Its middle.
    """

    layer: int
    width: float
    lines: tuple[str, ...] = ()
    block: int | None = None
    above: list["_Node"] = field(default_factory=list)
    below: list["_Node"] = field(default_factory=list)
    across: float = 0.0


def draw_graph(blocks: tuple[Block, ...], size: float) -> Iterator[Item]:
    """Draw blocks and what they read, from the top down.

    Args:
        blocks: The first one is the input.
        size: Of the letters, in points.

    Yields:
        What is drawn, the lowest first.
    """
    nodes = _nodes(blocks, size)
    layers = _layers(nodes)
    _order(layers)
    _place(layers)
    middles, heights = _rows(layers, size)
    for node in nodes:
        if node.block is not None:
            for source in node.above:
                way = _way(source, node, middles, heights)
                yield Line(way, RULE, 0.5, has_head=True)
    for node in nodes:
        if node.block is not None:
            middle, height = middles[node.layer], heights[node.layer]
            yield from _box(blocks[node.block], node, middle, height, size)


def _rows(layers: list[list[_Node]], size: float) -> tuple[list[float], list[float]]:
    """Give the middle and the height of each layer."""
    middles, heights, top = [], [], 0.0
    for layer in layers:
        height = _LEADING * size * max(len(node.lines) for node in layer) + 0.7 * size
        middles.append(top + height / 2)
        heights.append(height)
        top += height + 1.5 * size
    return middles, heights


def _nodes(blocks: tuple[Block, ...], size: float) -> list[_Node]:
    """Make the nodes, with one in every layer that an edge passes."""
    made: list[_Node] = []
    nodes: list[_Node] = []
    for at, block in enumerate(blocks):
        layer = 1 + max((made[source].layer for source in block.sources), default=-1)
        lines = block.lines
        width = max(text_width(line, size) for line in lines) + 1.2 * size
        node = _Node(layer, width, lines, at)
        made.append(node)
        nodes.append(node)
        for source in block.sources:
            above = made[source]
            for passed in range(made[source].layer + 1, layer):
                between = _Node(passed, size)
                _join(above, between)
                nodes.append(between)
                above = between
            _join(above, node)
    return nodes


def _join(above: _Node, below: _Node) -> None:
    above.below.append(below)
    below.above.append(above)


def _layers(nodes: Sequence[_Node]) -> list[list[_Node]]:
    layers: dict[int, list[_Node]] = defaultdict(list)
    for node in nodes:
        layers[node.layer].append(node)
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
            wanted = [
                _mean([other.across for other in _neighbours(node, is_down=is_down)], node.across)
                for node in layer
            ]
            _spread(layer, wanted)


def _spread(layer: list[_Node], wanted: list[float]) -> None:
    """Place the nodes of a layer in their order: groups that would overlap are moved to their common middle."""
    groups: list[tuple[list[_Node], float]] = []  # nodes, left edge
    for node, across in zip(layer, wanted, strict=True):
        groups.append(([node], across - node.width / 2))
        while len(groups) > 1 and groups[-2][1] + _extent(groups[-2][0]) + _BETWEEN > groups[-1][1]:
            (first, left), (second, right) = groups[-2], groups[-1]
            shift = _extent(first) + _BETWEEN
            share = len(first) / (len(first) + len(second))
            groups[-2:] = [([*first, *second], share * left + (1 - share) * (right - shift))]
    for nodes, left in groups:
        edge = left
        for node in nodes:
            node.across = edge + node.width / 2
            edge += node.width + _BETWEEN


def _extent(nodes: list[_Node]) -> float:
    return sum(node.width for node in nodes) + _BETWEEN * (len(nodes) - 1)


def _neighbours(node: _Node, *, is_down: bool) -> list[_Node]:
    return node.above if is_down else node.below


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _way(
    source: _Node, node: _Node, middles: list[float], heights: list[float]
) -> tuple[Point, ...]:
    """Give the way of an edge to a node, from its block through all layers that it passes."""
    points = [(node.across, middles[node.layer] - heights[node.layer] / 2)]
    while True:
        middle, half = middles[source.layer], heights[source.layer] / 2
        if source.block is not None:
            points.append((source.across, middle + half))
            return tuple(reversed(points))
        points += [(source.across, middle + half), (source.across, middle - half)]
        (source,) = source.above


def _box(block: Block, node: _Node, middle: float, height: float, size: float) -> Iterator[Item]:
    left, top = node.across - node.width / 2, middle - height / 2
    right, bottom = left + node.width, top + height
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    yield Area(corners, FACE[block.family], EDGE[block.family], 0.5)
    first = top + (height - _LEADING * size * (len(node.lines) - 1)) / 2 + 0.35 * size
    for number, line in enumerate(node.lines):
        is_name = number == 0 and bool(block.name)
        is_size = number == len(node.lines) - 1
        yield Text(
            (node.across, first + number * _LEADING * size),
            line,
            size,
            fill=QUIET if is_size else "#222222",
            is_bold=is_name,
        )

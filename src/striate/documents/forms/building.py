"""Collect the layers of a definition, with what each reads, into the rows of a table."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from striate.errors import Fault, LayerError, Remark
from striate.layers import (
    Activation,
    AdaptivePooling,
    Add,
    BatchNormalization,
    Convolution,
    DepthwiseConvolution,
    Dropout,
    FullyConnected,
    Function,
    GlobalPooling,
    Input,
    Layer,
    SideHead,
    TransposedConvolution,
)
from striate.shapes import Image, Shape
from striate.table import Claims, Row, Table, Unreadable


MOST_LAYERS = 5000
"""Most layers of a network in another form: the largest that are in use have a quarter of that."""

NO_CLAIMS = Claims()

_TAKE_A_FUNCTION = (
    Convolution,
    DepthwiseConvolution,
    TransposedConvolution,
    FullyConnected,
    BatchNormalization,
    Add,
)
_READ_MAPS = (Convolution, DepthwiseConvolution, TransposedConvolution)
_PASS_ON = (Activation, Dropout, BatchNormalization)


@dataclass(frozen=True)
class _Node:
    """One layer on its way into a table: the row, and the names of all rows that it reads."""

    row: Row
    sources: tuple[str, ...]


class Builder:
    """Collects rows in the order of a definition, and what comes out of each.

    A layer whose numbers cannot be becomes `Unreadable`, and its fault is kept; so does one that does not
    fit what it reads, but there the fault is left to the arithmetic on the table.
    """

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.remarks: list[Remark] = []
        self.outputs: dict[str, Shape | None] = {}
        self._nodes: dict[str, _Node] = {}
        self._identifiers: set[str] = set()
        self._taken: dict[str, int] = {}
        self._turned = ""

    @property
    def last(self) -> str:
        """Name of the row that the next one reads; nothing before the first one."""
        return self._turned or next(reversed(self._nodes), "")

    def turn_to(self, name: str) -> None:
        """Let the next row read a row further up."""
        self._turned = name

    def add(
        self,
        name: str,
        layer: Layer | Unreadable | Callable[[], Layer],
        sources: Sequence[str] | None = None,
        *,
        line: int | None = None,
        claims: Claims = NO_CLAIMS,
        function: Function | None = None,
    ) -> str:
        """Add a row.

        Args:
            name: What it would be called; a number is put behind a name that is taken.
            layer: The layer, or what makes it and may find its numbers impossible.
            sources: Names of the rows that it reads; the latest one when absent.
            line: Line of the document.
            claims: What the document says of it.
            function: The activation function in which it ends.

        Returns:
            The name that it got.
        """
        row = Row(self._free(name or "layer"), Unreadable(), function, (), claims, line)
        try:
            made = layer() if callable(layer) else layer
            row = replace(row, layer=made)
        except LayerError as error:
            self.faults += [fault.at(f"{row.name}, {fault.where}", line) for fault in error.faults]
        read = tuple(sources) if sources is not None else (self.last,) if self._nodes else ()
        self._nodes[row.name] = _Node(row, read)
        self._turned = ""
        self._identifiers.add(row.identifier)
        self.outputs[row.name] = self._output(row, read)
        return row.name

    def tell(self, row: str, text: str, line: int | None) -> None:
        """Keep a remark."""
        self.remarks.append(Remark(row, text, line))

    def change(self, name: str, layer: Layer) -> None:
        """Put another layer into a row that is there already."""
        node = self._nodes[name]
        row = replace(node.row, layer=layer)
        self._nodes[name] = replace(node, row=row)
        self.outputs[name] = self._output(row, node.sources)

    def layer(self, name: str) -> Layer | Unreadable:
        """Give the layer of a row."""
        return self._nodes[name].row.layer

    def ends(self) -> list[str]:
        """Name the rows that no other row reads."""
        read = {source for node in self._nodes.values() for source in node.sources}
        return [name for name in self._nodes if name not in read]

    def table(
        self,
        *,
        merged: bool,
        totals: Claims = NO_CLAIMS,
        totals_line: int | None = None,
    ) -> Table:
        """Make the table.

        Args:
            merged: Whether a function in a row of its own, behind the one row that it reads, becomes that
                row's activation.
            totals: What the document says of the whole network.
            totals_line: Line of that.
        """
        self._keep_maps_where_read()
        nodes = list(self._nodes.values())
        if merged:
            nodes = _merged(nodes)
        return Table(tuple(_rows(nodes)), totals, totals_line)

    def split_heads(self, main: str, weights: dict[str, float]) -> list[str]:
        """Move what does not lead to the main output into side heads behind the trunk.

        Args:
            main: The row that gives the network's output.
            weights: What the loss of each other end is multiplied by.

        Returns:
            The ends that are no side heads: they leave the trunk at several places, or share rows.
        """
        trunk = self._above(main)
        heads: list[tuple[str, list[str], str]] = []
        wrong: list[str] = []
        taken: set[str] = set()
        for end in self.ends():
            if end == main:
                continue
            within = self._above(end) - trunk
            entries = {
                source for name in within for source in self._nodes[name].sources if source in trunk
            }
            if len(entries) != 1 or within & taken:
                wrong.append(end)
                continue
            taken |= within
            heads.append((end, [name for name in self._nodes if name in within], entries.pop()))
        if wrong:
            return wrong
        kept = {name: node for name, node in self._nodes.items() if name in trunk}
        for end, names, entry in heads:
            name = self._free(f"head {end}")
            weight = weights.get(end, 1.0)
            kept[name] = _Node(Row(name, SideHead(weight)), (entry,))
            self.outputs[name] = self.outputs[entry]
            for each in names:
                node = self._nodes[each]
                sources = tuple(name if source == entry else source for source in node.sources)
                kept[each] = replace(node, sources=sources)
        self._nodes = kept
        return []

    def _above(self, end: str) -> set[str]:
        found: set[str] = set()
        waiting = [end]
        while waiting:
            name = waiting.pop()
            if name in self._nodes and name not in found:
                found.add(name)
                waiting += self._nodes[name].sources
        return found

    def _output(self, row: Row, sources: tuple[str, ...]) -> Shape | None:
        shapes = [shape for name in sources if (shape := self.outputs.get(name)) is not None]
        if isinstance(row.layer, Unreadable) or len(shapes) < len(sources):
            return None
        try:
            return row.layer.output(*shapes)
        except (LayerError, TypeError):
            return None

    def _free(self, wanted: str) -> str:
        # Counting goes on where it stopped, so that many rows of one name take no quadratic time.
        name, number = wanted, self._taken.get(wanted, 1)
        while name in self._nodes or Row(name, Unreadable()).identifier in self._identifiers:
            number += 1
            name = f"{wanted} ({number})"
        self._taken[wanted] = number
        return name

    def _keep_maps_where_read(self) -> None:
        """Let a global pooling keep maps of 1x1 where a convolution reads them, at once or behind others."""
        reading: dict[str, list[_Node]] = {}
        for node in self._nodes.values():
            for source in node.sources:
                reading.setdefault(source, []).append(node)
        changed = False
        for name, node in list(self._nodes.items()):
            layer = node.row.layer
            if isinstance(layer, GlobalPooling) and _leads_to_maps(name, reading):
                self._nodes[name] = replace(
                    node, row=replace(node.row, layer=AdaptivePooling(1, layer.reduction))
                )
                changed = True
        if changed:
            for name, node in self._nodes.items():
                self.outputs[name] = self._output(node.row, node.sources)


def _leads_to_maps(name: str, reading: dict[str, list[_Node]]) -> bool:
    """Whether maps are needed below a row: rows that only pass values on are looked through."""
    waiting, seen = [name], {name}
    while waiting:
        for node in reading.get(waiting.pop(), ()):
            if isinstance(node.row.layer, _READ_MAPS):
                return True
            if isinstance(node.row.layer, _PASS_ON) and node.row.name not in seen:
                seen.add(node.row.name)
                waiting.append(node.row.name)
    return False


def _merged(nodes: list[_Node]) -> list[_Node]:
    """Make activations of the functions that alone read the row above them."""
    readers: dict[str, int] = {}
    for node in nodes:
        for source in node.sources:
            readers[source] = readers.get(source, 0) + 1
    kept: list[_Node] = []
    renamed: dict[str, str] = {}
    for node in nodes:
        sources = tuple(renamed.get(source, source) for source in node.sources)
        above = kept[-1] if kept else None
        if (
            isinstance(node.row.layer, Activation)
            and above is not None
            and sources == (above.row.name,)
            and readers.get(node.sources[0], 0) == 1
            and above.row.activation is None
            and isinstance(above.row.layer, _TAKE_A_FUNCTION)
        ):
            row = replace(above.row, activation=node.row.layer.function)
            kept[-1] = replace(above, row=row)
            renamed[node.row.name] = above.row.name
            readers[above.row.name] = readers.get(node.row.name, 0)
        else:
            kept.append(replace(node, sources=sources))
    return kept


def _rows(nodes: list[_Node]) -> Iterator[Row]:
    """Give the rows; what the row above gives need not be named."""
    above = ""
    for node in nodes:
        is_plain = node.sources == (above,) and not isinstance(node.row.layer, SideHead)
        is_first = isinstance(node.row.layer, Input) or not node.sources
        yield replace(node.row, reads=() if is_plain or is_first else node.sources)
        above = node.row.name


def image_of(shape: Shape | None) -> Image | None:
    """Give a shape if it is one of maps."""
    return shape if isinstance(shape, Image) else None

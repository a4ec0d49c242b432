"""Rows of blocks in brackets on their way, and shortcuts without weights where shapes differ."""

from dataclasses import dataclass, field
from typing import final

from striate.documents.table.claims import output_of
from striate.documents.table.rows import Names
from striate.errors import Fault
from striate.layers import Concat, Input, Layer, MaxPooling, Scaling, Slice
from striate.shapes import Image, Shape
from striate.table import Row


@final
@dataclass
class Built:
    """Rows on their way, with what comes out of the last one."""

    names: Names = field(default_factory=Names)
    rows: list[Row] = field(default_factory=list)
    shapes: dict[str, Shape] = field(default_factory=dict)
    pairs: list[tuple[Layer, Shape]] = field(default_factory=list)
    missing: list[Fault] = field(default_factory=list)

    @property
    def last(self) -> str:
        """The name of the last row."""
        return self.rows[-1].name

    def put(
        self,
        name: str,
        layer: Layer,
        line: int,
        source: str = "",
        *,
        is_rectified: bool = False,
        others: tuple[str, ...] = (),
    ) -> str:
        """Add a row that reads another one, or several."""
        read = source or (self.last if self.rows else "")
        reads = (
            (read, *others) if others else (() if not self.rows or read == self.last else (read,))
        )
        named = self.names.of(name)
        shape = self.shapes.get(read)
        if isinstance(layer, Concat):
            joined = [self.shapes[name] for name in reads]
            output: Shape | None = layer.output(*joined)
        elif isinstance(layer, Input):
            output = layer.output()
        else:
            output = output_of(layer, shape) if shape is not None and not others else shape
        self.rows.append(Row(named, layer, "ReLU" if is_rectified else None, reads, line=line))
        if shape is not None and not others:
            self.pairs.append((layer, shape))
        if output is not None:
            self.shapes[named] = output
        return named

    def widen(self, label: str, source: str, maps: int, stride: int, line: int) -> str:
        """Bring what a shortcut reads to the shape of its sum without weights, and return the row that gives it.

        Every so many cells are kept, and maps of zeros, which are maps times 0, come behind: option A of ResNet's paper.
        """
        if stride > 1:
            source = self.put(f"{label} shortcut", MaxPooling(1, stride), line, source)
        came = self.shapes[source]
        missing = maps - came.channels if isinstance(came, Image) else 0
        if missing <= 0:
            return source
        whole, rest = divmod(missing, maps - missing)
        zeros = []
        if whole:
            zeros = [self.put(f"{label} zeros", Scaling(0.0), line, source)] * whole
        if rest:
            part = self.put(f"{label} rest", Slice(rest), line, source)
            zeros.append(self.put(f"{label} zeros of the rest", Scaling(0.0), line, part))
        return self.put(f"{label} widened", Concat(), line, source, others=tuple(zeros))

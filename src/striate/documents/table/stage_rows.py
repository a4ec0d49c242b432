"""Rows of blocks in brackets on their way, and shortcuts without weights where shapes differ."""

from dataclasses import dataclass, field, replace
from typing import final

from striate.documents.table.claims import Line, output_of, shapes_of
from striate.documents.table.phrases import POOLINGS, Step
from striate.documents.table.rows import Names, size_claims
from striate.documents.table.text import Size
from striate.errors import Fault, Remark
from striate.errors.inference import layer_inferred
from striate.layers import Concat, Input, Layer, MaxPooling, Scaling, Slice, Window
from striate.shapes import Image, Shape
from striate.table import Claim, Claims, Row


@final
@dataclass
class Built:
    """Rows on their way, with what comes out of the last one."""

    names: Names = field(default_factory=Names)
    rows: list[Row] = field(default_factory=list)
    shapes: dict[str, Shape] = field(default_factory=dict)
    pairs: list[tuple[Layer, Shape]] = field(default_factory=list)
    missing: list[Fault] = field(default_factory=list)
    told: list[Remark] = field(default_factory=list)

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

    def claim(self, line: Line, ahead: int) -> None:
        """Let the last of the rows that a line has become claim what the line says comes out of it, and its parameters.

        Args:
            line: The line.
            ahead: How many rows stand ahead of it.
        """
        made = self.rows[ahead:]
        if not made:
            return
        shape = self.shapes.get(made[-1].name)
        claims = Claims()
        # A vector has one place, so that 1x1 tells nothing of its length.
        if shape is not None and line.output is not None and not self._is_one(line.output, shape):
            claims = size_claims(line, shape, "maps last")
        if line.parameters:
            claims = replace(claims, parameters=Claim(line.parameters), rows=len(made))
        self.rows[-1] = replace(made[-1], claims=claims)

    @staticmethod
    def _is_one(size: Size, shape: Shape) -> bool:
        return set(size.numbers) == {1} and not isinstance(shape, Image)

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


def padded_as_usual(built: Built, line: Line, step: Step, shape: Shape) -> Step:
    """Pad a pooling between blocks with shortcuts whose windows overlap, as ResNet's code does, and tell it.

    The paper's table says of it `3x3 max pool, stride 2` alone. A size that comes without padding is believed.
    """
    said = step.said[0]
    if step.op not in POOLINGS or len(step.said) > 1 or "padding" in said:
        return step
    kernel, stride = said.get("kernel"), said.get("stride")
    if (
        kernel is None
        or stride is None
        or min(kernel) <= max(stride)
        or not isinstance(shape, Image)
    ):
        return step
    plane = shapes_of(line.output, "maps last")[1]
    if plane == Window(kernel, stride, "valid").count(shape):
        return step
    pixels = max(kernel) // 2
    told = f"padding {pixels}: as in ResNet, for none is said"
    built.told.append(layer_inferred(line.name, (told,), line.line))
    return step.with_defaults({"padding": pixels})

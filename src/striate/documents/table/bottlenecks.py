"""Tables of inverted residual bottlenecks, as MobileNetV2's: columns t, c, n and s, a sequence of blocks a row."""

import re
from dataclasses import dataclass, field
from typing import final

from striate.documents.parts import Grid, NetworkRead
from striate.documents.patterns import pattern_of
from striate.documents.table.claims import output_of
from striate.documents.table.columns import columns_of
from striate.documents.table.rows import Names
from striate.documents.table.text import is_empty, plain
from striate.documents.table.words import ops_in
from striate.errors import Fault, Remark
from striate.errors.inference import (
    bottlenecks_inferred,
    cell_not_understood,
    column_not_read,
    input_contradicted,
    missing_in_row,
)
from striate.layers import (
    Add,
    AveragePooling,
    BatchNormalization,
    Convolution,
    DepthwiseConvolution,
    Dropout,
    Function,
    GlobalPooling,
    Input,
    Layer,
    MaxPooling,
    Padding,
)
from striate.shapes import Features, Image, Shape
from striate.table import Row, Table, Unreadable


_EXPANSION = pattern_of(r"t|exp(?:ansion)?(?: factor| ratio| rate)?(?: ?\(?t\)?)?", re.IGNORECASE)
_BLOCK = pattern_of(
    r"(?:linear |inverted |residual )*(?:bottlenecks?|inverted[ -]residuals?|mbconv)(?: blocks?)?(?:,? ?(?P<side>\d)x\d)?",
    re.IGNORECASE,
)
_KERNEL = pattern_of(r"(\d{1,2})x(\d{1,2})")
_MOST_BLOCKS = 64


@final
@dataclass(frozen=True)
class _Columns:
    """Where a table has its operators, expansions, maps, repetitions, strides and inputs; None where it has none."""

    operator: int
    expansion: int
    maps: int
    repeats: int | None
    stride: int | None
    input: int | None


def bottleneck_columns(grid: Grid) -> _Columns | None:
    """Return the columns of a table of bottlenecks; None for any other table."""
    titles = [plain(title).strip() for title in grid.titles]
    expansion = next((at for at, title in enumerate(titles) if _EXPANSION.fullmatch(title)), None)
    if expansion is None or len(grid.lines) < 2:  # noqa: PLR2004 - a block, and what reads it
        return None
    operator = next(
        (
            at
            for at in range(len(titles))
            if any(
                at < len(texts) and _BLOCK.fullmatch(plain(texts[at])) for _, texts in grid.lines
            )
        ),
        None,
    )
    roles = columns_of(grid).roles
    at = {role: place for place, role in enumerate(roles) if role is not None}
    maps = at.get("maps", at.get("output"))
    if operator is None or maps is None:
        return None
    return _Columns(
        operator,
        expansion,
        maps,
        at.get("repeats"),
        at.get("stride"),
        at.get("input", at.get("size")),
    )


def read_bottlenecks(grid: Grid, columns: _Columns, given: Shape | None) -> NetworkRead:
    """Read a table of bottlenecks.

    Args:
        grid: The table.
        columns: Its columns, as `bottleneck_columns` gives them.
        given: What comes in, where the user says it.
    """
    places = {columns.operator, columns.expansion, columns.maps, columns.repeats, columns.stride}
    places.add(columns.input)
    built = _Built(columns, tuple(map(plain, grid.titles)))
    built.remarks += [
        column_not_read(plain(title), grid.line)
        for at, title in enumerate(grid.titles)
        if at not in places
        and any(at < len(texts) and not is_empty(texts[at]) for _, texts in grid.lines)
    ]
    start = built.size_in(grid.lines[0][1])
    shape = start if isinstance(start, Image) else given
    built.put("Input", Input(shape) if shape is not None else Unreadable(), grid.lines[0][0])
    if shape is None:
        built.faults.append(missing_in_row("Input", ("its size",), grid.lines[0][0]))
    last = grid.lines[-1][0]
    for line, texts in grid.lines:
        built.read(line, texts, is_last=line == last)
    if built.has_blocks:
        built.remarks.insert(0, bottlenecks_inferred(grid.line))
    return NetworkRead(
        Table(tuple(built.rows)),
        grid.line,
        grid.heading,
        faults=tuple(built.faults),
        remarks=tuple(built.remarks),
    )


@final
@dataclass
class _Built:
    """Rows on their way, with what comes out of the last one."""

    columns: _Columns
    titles: tuple[str, ...]
    names: Names = field(default_factory=Names)
    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    shape: Shape | None = None
    has_blocks: bool = False

    def size_in(self, texts: tuple[str, ...]) -> Shape | None:
        """Return what a line says that comes in, maps last."""
        text = self._text(texts, self.columns.input)
        numbers = [int(one) for one in re.findall(r"\d{1,6}", text)]
        match numbers:
            case [height, width, maps] if min(numbers) > 0:
                return Image(maps, height, width)
            case [count] if count > 0:
                return Features(count)
            case _:
                return None

    def read(self, line: int, texts: tuple[str, ...], *, is_last: bool) -> None:
        """Add the rows of a line: a sequence of blocks, a convolution, a pooling."""
        operator = self._text(texts, self.columns.operator)
        came = self.size_in(texts)
        if came is not None and self.shape is not None and came.elements != self.shape.elements:
            self.faults.append(input_contradicted(operator, str(came), str(self.shape), line))
        numbers = {
            "repeats": self._number(line, texts, self.columns.repeats, operator),
            "stride": self._number(line, texts, self.columns.stride, operator),
            "expansion": self._number(line, texts, self.columns.expansion, operator),
        }
        said = self._text(texts, self.columns.maps)
        maps = int(said) if said.isdecimal() and int(said) else None
        ops = [op for _, _, op in ops_in(operator)]
        block = _BLOCK.fullmatch(operator)
        if block is None and any("pooling" in op or "global" in op for op in ops):
            self._pool(operator, line)
        elif ops == ["dropout"]:
            self.put(operator, Dropout(), line)
        elif block is None and not {"convolution", "dense"} & set(ops):
            self._lack(operator, "what it does", line)
        elif maps is None:
            self._lack(operator, "its maps", line, said)
        elif block is not None:
            side = int(block["side"] or 3)
            times = min(numbers["repeats"], _MOST_BLOCKS)
            for number in range(times):
                step = numbers["stride"] if number == 0 else 1
                self._block(
                    f"line {line} block {number + 1}",
                    (numbers["expansion"], maps, side, step),
                    line,
                )
        else:
            kernel = _KERNEL.search(operator)
            side = int(kernel[1]) if kernel else (3 if _is_wide(self.shape) else 1)
            for _ in range(min(numbers["repeats"], _MOST_BLOCKS)):
                self._convolve(operator, (maps, side, numbers["stride"]), line, is_last=is_last)

    def put(
        self,
        name: str,
        layer: Layer | Unreadable,
        line: int,
        function: Function | None = None,
        reads: tuple[str, ...] = (),
    ) -> None:
        """Add a row that reads the one above, or others."""
        self.rows.append(Row(self.names.of(name), layer, function, reads, line=line))
        if isinstance(layer, Unreadable):
            self.shape = None
        elif isinstance(layer, Input):
            self.shape = layer.output()
        elif self.shape is not None and not isinstance(layer, Add):
            self.shape = output_of(layer, self.shape)

    def _block(self, name: str, said: tuple[int, int, int, int], line: int) -> None:
        """Add an inverted residual: a wider 1x1, each map by itself, a narrower 1x1 without a function."""
        expansion, maps, side, stride = said
        self.has_blocks = True
        source, came = self.rows[-1].name, self.shape
        channels = came.channels if isinstance(came, Image) else maps
        if expansion != 1:
            self.put(f"{name} expand", Convolution(expansion * channels, 1, has_bias=False), line)
            self.put(f"{name} expand BN", BatchNormalization(), line, "ReLU6")
        layer = DepthwiseConvolution(side, stride, side // 2, has_bias=False)
        self.put(f"{name} depthwise", layer, line)
        self.put(f"{name} depthwise BN", BatchNormalization(), line, "ReLU6")
        self.put(f"{name} project", Convolution(maps, 1, has_bias=False), line)
        self.put(f"{name} project BN", BatchNormalization(), line)
        if came is not None and self.shape == came:
            self.put(f"{name} sum", Add(), line, reads=(self.rows[-1].name, source))

    def _convolve(self, name: str, said: tuple[int, int, int], line: int, *, is_last: bool) -> None:
        """Add a convolution with its normalisation; the last of all gives scores, and has biases alone."""
        maps, side, stride = said
        padding: Padding = side // 2 or "valid"
        self.put(name, Convolution(maps, side, stride, padding, has_bias=is_last), line)
        if not is_last:
            self.put(f"{name} BN", BatchNormalization(), line, "ReLU6")

    def _pool(self, name: str, line: int) -> None:
        """Add a pooling of the window that the operator says, or of whole maps, which stay maps of 1x1."""
        kernel, shape = _KERNEL.search(name), self.shape
        sides = (int(kernel[1]), int(kernel[2])) if kernel else None
        if sides is None and isinstance(shape, Image):
            sides = (shape.height, shape.width)
        is_max = any(op in {"max pooling", "global max"} for _, _, op in ops_in(name))
        if sides is None:
            self.put(name, GlobalPooling("max" if is_max else "average"), line)
        else:
            self.put(name, (MaxPooling if is_max else AveragePooling)(sides, sides), line)

    def _lack(self, name: str, what: str, line: int, said: str = "") -> None:
        beside = ((self.titles[self.columns.maps], said),) if said and not is_empty(said) else ()
        self.faults.append(missing_in_row(name, (what,), line, beside))
        self.put(name, Unreadable(), line)

    def _number(self, line: int, texts: tuple[str, ...], at: int | None, name: str) -> int:
        """Return a number of a line; 1 where nothing stands there."""
        text = self._text(texts, at)
        if not text or is_empty(text):
            return 1
        if text.isdecimal() and int(text):
            return int(text)
        self.faults.append(cell_not_understood(name, self.titles[at or 0], text, line))
        return 1

    def _text(self, texts: tuple[str, ...], at: int | None) -> str:
        return plain(texts[at]) if at is not None and at < len(texts) else ""


def _is_wide(shape: Shape | None) -> bool:
    """Whether maps have room for a kernel of 3x3."""
    return isinstance(shape, Image) and min(shape.height, shape.width) > 1


__all__ = ["bottleneck_columns", "read_bottlenecks"]

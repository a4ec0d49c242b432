"""From a solved reading to the rows of a table, with their claims and with what was inferred."""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import final

from striate.documents.table.accounting import CLAIMS, COUNTS, facts_of, numbers_left, words_left
from striate.documents.table.axes import PLANE_AXES
from striate.documents.table.claims import (
    SIZED_KERNEL,
    UNSAID_KERNEL,
    Line,
    Order,
    agrees,
    is_rounding,
    parameters_of,
    shapes_of,
)
from striate.documents.table.functions import linear_layers, with_function
from striate.documents.table.lines import LEFT, Draft
from striate.documents.table.numbers import POOLINGS
from striate.documents.table.prose import Habits
from striate.documents.table.solving import Solution, Solved
from striate.documents.table.text import Size
from striate.documents.trained import trained_beside
from striate.errors import Fault, LayerError, Remark
from striate.errors.inference import (
    cell_not_read,
    cell_not_understood,
    habit_followed,
    input_contradicted,
    layer_inferred,
    line_of_no_layer,
    line_of_preparation,
    maps_of_input,
    missing_in_row,
    sum_of_rows,
    words_not_taken,
)
from striate.layers import (
    Activation,
    AdaptivePooling,
    Add,
    AveragePooling,
    BatchNormalization,
    Border,
    ChannelShuffle,
    Concat,
    Convolution,
    Cropping,
    Dropout,
    Flatten,
    FullyConnected,
    GlobalPooling,
    Inception,
    Input,
    Layer,
    LpPooling,
    MaxPooling,
    Multiply,
    ParametricReLU,
    Scaling,
    Slice,
    TransposedConvolution,
    Upsampling,
)
from striate.shapes import Image, Shape
from striate.table import Claim, Claims, Row, Table, Unreadable


@final
@dataclass(frozen=True)
class RowsMade:
    """The rows of a reading.

    Args:
        table: The table.
        faults: What is missing, row by row.
        remarks: What was inferred.
    """

    table: Table
    faults: tuple[Fault, ...]
    remarks: tuple[Remark, ...]


_SUFFIXES: dict[type, str] = {
    Convolution: "convolution",
    MaxPooling: "pooling",
    AveragePooling: "pooling",
    LpPooling: "pooling",
    GlobalPooling: "pooling",
    FullyConnected: "full layer",
    BatchNormalization: "normalisation",
    Activation: "function",
    Dropout: "dropout",
    Flatten: "flatten",
    Add: "sum",
    Concat: "concat",
    Multiply: "product",
    TransposedConvolution: "convolution",
    Upsampling: "upsampling",
    Border: "padding",
    AdaptivePooling: "pooling",
    Inception: "inception",
    ParametricReLU: "function",
    Scaling: "scale",
    Slice: "slice",
    Cropping: "cropping",
    ChannelShuffle: "shuffle",
}
_TAKE_FUNCTIONS = (
    *(Convolution, TransposedConvolution, FullyConnected, BatchNormalization, Add, Inception),
)
_TRAINED = (
    *(Convolution, TransposedConvolution, FullyConnected, BatchNormalization, Inception),
    ParametricReLU,
)

JOINING = {"add", "concat", "multiply"}
"""What reads several rows."""


def rows_of(draft: Draft, solution: Solution | None, habits: Habits) -> RowsMade:
    """Make the rows of a reading; where there is none, every row keeps its place."""
    names = Names()
    faults: list[Fault] = []
    remarks: list[Remark] = [line_of_no_layer(text, line) for line, text in draft.headings]
    remarks += [line_of_preparation(text, line) for line, text in draft.prepared]
    if solution is None:
        rows = [Row(names.of(line.name), Unreadable(), line=line.line) for line in draft.lines]
        return RowsMade(Table(tuple(rows)), (), tuple(remarks))
    start = solution.input
    first = (
        draft.first_line
        if draft.first_line is not None
        else (draft.lines[0].line if draft.lines else None)
    )
    rows = [_first_row(draft, start, first, names, remarks)]
    by_line: dict[int, list[Solved]] = {}
    for solved in solution.layers:
        by_line.setdefault(solved.line, []).append(solved)
    steps = 1
    outputs = [rows[0].name]  # the row that gives what comes out of the input and of each line
    is_exact = _is_exact(solution.lines)
    for number, line in enumerate(solution.lines):
        layers = by_line.get(number, [])
        shape = layers[0].came if layers else None
        if (
            line.input is not None
            and shape is not None
            and number
            and len(line.reads) <= 1
            and not _reads(line, shape, solution.order)
        ):
            faults.append(input_contradicted(line.name, line.input.text, str(shape), line.line))
        elif line.input is not None and shape is not None and _is_miscounted(line.input, shape):
            came = f"{shape} = {shape.elements:,}"
            faults.append(input_contradicted(line.name, line.input.text, came, line.line))
        sources = tuple(outputs[place + 1] for place in line.reads or (number - 1,))
        if len(sources) > 1 and line.steps[0].op not in JOINING:
            faults.append(
                missing_in_row(line.name, (f"how it joins {', '.join(sources)}",), line.line)
            )
        made, told, found = _rows_of_line(
            line, _doubted(line, layers), solution.order, names, is_exact=is_exact
        )
        if made and (len(sources) > 1 or sources[0] != rows[-1].name):
            made[0] = replace(made[0], reads=sources)
        rows += made
        remarks += told
        faults += found
        steps += len(line.steps) * line.repeats
        _name_unread(line, _left(line, layers, steps), remarks, faults)
        outputs.append(made[-1].name if made else sources[0])
    rows = list(with_function(rows, habits))
    remarks += linear_layers(rows)
    remarks += _of_the_whole(draft, solution, habits)
    table = Table(tuple(rows), *_totals(draft, solution, habits))
    return RowsMade(table, tuple(faults), tuple(remarks))


def _of_the_whole(draft: Draft, solution: Solution, habits: Habits) -> Iterator[Remark]:
    """Tell what a sentence puts behind all convolutions, and which words of the rows change nothing."""
    is_normalised = any(
        len(read.steps) != len(line.steps)
        for read, line in zip(solution.lines, draft.lines, strict=True)
    )
    if is_normalised and habits.has_normalisation:
        came = "batch normalisation stands behind every one of them"
        place = draft.lines[0].line
        yield habit_followed("convolutions", came, habits.lines.get("has_normalisation"), place)
    words = [
        (one.line, said)
        for one in solution.lines
        for said in words_left(one.cells, {step.op for step in one.steps})
    ]
    if words:
        yield words_not_taken(tuple(dict.fromkeys(words)), words[0][0])


def left_of_input(draft: Draft, start: Shape) -> Iterator[Remark]:
    """Name the numbers in the row of the input that are none of its sizes, nor the values of pixels."""
    facts = facts_of((start, start.elements, draft.first_maps, draft.first_size, 1, 0, 255))
    left = [number for _, number in numbers_left(draft.first_cells, facts, 1)]
    if left and draft.first_line is not None:
        yield cell_not_read(draft.first_name, LEFT, ", ".join(left), draft.first_line)


def _first_row(
    draft: Draft, start: Shape, line: int | None, names: "Names", remarks: list[Remark]
) -> Row:
    """Make the row of the input, with the count of its values where its size states one."""
    stated = None if draft.first_size is None else draft.first_size.stated
    claims = Claims() if stated is None else Claims(neurons=Claim(f"{stated:,}"))
    if isinstance(start, Image) and draft.first_maps not in {None, start.channels}:
        remarks.append(maps_of_input(str(draft.first_maps), str(start), line or 0))
    remarks += left_of_input(draft, start)
    return Row(names.of(draft.first_name), Input(start), claims=claims, line=line)


def _left(line: Line, layers: list[Solved], steps: int) -> Iterator[tuple[str, str]]:
    """Give the numbers of a line that no layer of it has, those of its layers ahead of those of its claims."""
    if not layers or any(one.layer is None and one.missing for one in layers):
        return
    claims = (line.output, line.input, line.parameters, line.counts, line.counted)
    said = [one[key] for step in line.steps for one in step.said for key in _COMPARED if key in one]
    repeats = line.repeats if line.repeats > 1 or "repeats" in line.cells else None
    facts = facts_of((claims, repeats, said, *map(_facts_of_layer, layers)))
    named: dict[str, list[str]] = {}
    unread = {role for role, _ in line.unread}
    cells = {role: text for role, text in line.cells.items() if role not in unread}
    for role, number in numbers_left(cells, facts, steps):
        named.setdefault(role if role in CLAIMS else LEFT, []).append(number)
    for column, numbers in named.items():
        yield column, ", ".join(dict.fromkeys(numbers))


_COMPARED = ("maps in", "units in", "output", "multiplier")
"""What words say of a layer and what is compared with it, or worked into it."""


def _facts_of_layer(one: Solved) -> tuple[object, ...]:
    """Give the numbers of a layer, with those that are written in their place: the pixels of `same`."""
    window = getattr(one.layer, "window", None)
    sides = window.kernel if window is not None else ()
    pixels = (tuple(side // 2 for side in sides), math.prod(sides)) if sides else ()
    left = (1, 1) if isinstance(one.layer, GlobalPooling) else ()
    shapes = ((shape, shape.elements) for shape in (one.came, one.shape))
    return (one.layer, pixels, left, tuple(shapes))


_NUMBERLESS = {"flatten", "activation", "add", "concat", "multiply"}
"""What no number can change."""


def _name_unread(
    line: Line, left: Iterable[tuple[str, str]], remarks: list[Remark], faults: list[Fault]
) -> None:
    """Name the cells that were not understood: a fault where nothing else in the row decides."""
    for column, cell in (*line.unread, *left):
        is_proven = line.output is not None or line.parameters is not None
        if column == LEFT:
            # A size proves a pooling, and parameters a layer that has some: groups leave sizes alone.
            is_proven = (
                line.parameters not in {None, "0"}
                or (line.output is not None and all(step.op in POOLINGS for step in line.steps))
                or all(step.op in _NUMBERLESS for step in line.steps)
            )
        if is_proven or column in CLAIMS:
            remarks.append(cell_not_read(line.name, column, cell, line.line))
        else:
            faults.append(cell_not_understood(line.name, column, cell, line.line))


def _is_miscounted(size: Size, shape: Shape) -> bool:
    """Whether a count behind a product is not that of its values: `5x5x64 = 4096`."""
    return size.stated is not None and size.stated != shape.elements


def _reads(line: Line, shape: Shape, order: Order) -> bool:
    maps, size = shapes_of(line.input, order)
    product = 1
    for number in (*size, maps or 1):
        product *= number
    if product == shape.elements:
        return True
    return (
        isinstance(shape, Image)
        and maps is None
        and size in {(shape.height, shape.width), (shape.channels,), (shape.width, shape.height)}
    )


def _rows_of_line(
    line: Line, layers: list[Solved], order: Order, names: "Names", *, is_exact: bool
) -> tuple[list[Row], list[Remark], list[Fault]]:
    rows: list[Row] = []
    remarks: list[Remark] = []
    faults: list[Fault] = []
    fused = _fused(layers)
    trained = [at for at, (one, _) in enumerate(fused) if isinstance(one.layer, _TRAINED)]
    for at, (one, activation) in enumerate(fused):
        name = names.of(_name(line.name, one.layer, len(fused)))
        function = None if activation is None else activation.function
        claims = Claims()
        if at == len(fused) - 1:
            claims = size_claims(line, one.shape, order)
        if one.layer is None:
            claims = Claims()
            if line.output is not None:
                claims = (at == len(fused) - 1 and _stated(line, order)) or _claims_of(one.shape)
            unread = Unreadable(_known(line, one))
            rows.append(Row(name, unread, function, claims=claims, line=line.line, note=line.note))
            faults.append(missing_in_row(name, one.missing, line.line, line.beside))
            continue
        counted = trained[-1] if trained else len(fused) - 1
        if at == counted:
            counted_in = line if is_exact else _rounded(line, layers)
            claims = _with_counts(claims, counted_in, at + 1 if len(trained) > 1 else 1, len(fused))
        other = _other_input(line, one)
        if other:
            faults.append(input_contradicted(name, other, str(one.came), line.line))
        row = Row(
            name,
            one.layer,
            function,
            claims=_own(claims, one.layer),
            line=line.line,
            note=line.note if at == 0 else "",
        )
        rows.append(row)
        told = tuple(text for text in _told(one, line) if text)
        if told:
            remarks.append(layer_inferred(name, told, line.line))
    if len(trained) > 1 and line.parameters:
        ends = rows[trained[0]].name, rows[trained[-1]].name
        remarks.append(sum_of_rows(line.name, len(trained), ends, line.line))
    return rows, remarks, faults


def _other_input(line: Line, one: Solved) -> str:
    """Return what the words of a layer say that comes in, where it is not what does: `Linear(392 → 10)`."""
    if one.step >= len(line.steps) or len(line.reads) > 1:
        return ""
    came = {
        "maps in": one.came.channels if isinstance(one.came, Image) else one.came.elements,
        "units in": one.came.elements,
    }
    readings = line.steps[one.step].said
    for key, count in came.items():
        said = [reading.get(key) for reading in readings]
        if said and None not in said and count not in said:
            return f"{said[0]:,} {'maps' if key == 'maps in' else 'values'}"
    return ""


def _doubted(line: Line, layers: list[Solved]) -> list[Solved]:
    """Take back kernels that neither parameters nor sizes prove: what cannot be decided is asked for."""
    keeping: list[Layer | None] = []
    for solved in layers:
        layer = solved.layer
        if isinstance(layer, Convolution) and _same_size(solved.came, solved.shape):
            layer = replace(layer, padding="same")
        keeping.append(layer)
    total = parameters_of(
        (solved.layer, solved.came) for solved in layers if solved.layer is not None
    )
    counts = (total.parameters, total.parameters + total.fixed, total.parameters - total.biases)
    printed = line.parameters
    is_proven = printed not in {None, "0"} and any(
        agrees(printed, count) for count in counts if printed
    )
    if is_proven:
        return layers
    return [
        replace(one, layer=None, doubted=doubted, missing=("its kernel",))
        if UNSAID_KERNEL in one.inferred and SIZED_KERNEL not in one.inferred
        else one
        for one, doubted in zip(layers, keeping, strict=True)
    ]


def _same_size(came: Shape, out: Shape) -> bool:
    """Whether maps come out as high and wide as they went in."""
    return isinstance(came, Image) and isinstance(out, Image) and came.axes[1:] == out.axes[1:]


_TYPES: dict[str, str] = {
    "convolution": "Convolution",
    "depthwise": "Convolution",
    "max pooling": "Max pooling",
    "average pooling": "Average pooling",
    "lp pooling": "Lp pooling",
    "pooling": "Max pooling",
    "dense": "Fully connected",
    "output": "Fully connected",
}


def _known(line: Line, one: Solved) -> tuple[tuple[str, str], ...]:
    """Give what is known of a row that cannot be read, with question marks for what is missing."""
    step = line.steps[one.step % len(line.steps)]
    kind = _TYPES.get(step.op, "?")
    cells = {"Type": kind}
    said = step.said[0] if step.said else {}
    if kind == "Convolution":
        cells["Maps"] = str(said.get("maps", "?" if "its maps" in one.missing else ""))
    for key, column in (("kernel", "Kernel"), ("stride", "Stride")):
        if key in said:
            cells[column] = f"{said[key][0]}x{said[key][1]}"
        elif key == "kernel" and kind not in {"?", "Fully connected"}:
            cells[column] = "?"
    if kind == "Fully connected":
        cells["Size"] = str(said.get("units", "?"))
    if isinstance(one.shape, Image) and cells.get("Maps") == "":
        cells["Maps"] = str(one.shape.channels)
    if isinstance(one.doubted, Convolution) and one.doubted.padding == "same":
        cells["Padding"] = "same"
    return tuple((column, text) for column, text in cells.items() if text)


def _fused(layers: list[Solved]) -> list[tuple[Solved, Activation | None]]:
    """Give each layer the function right behind it; what does nothing is left out."""
    fused: list[tuple[Solved, Activation | None]] = []
    for one in layers:
        if one.layer is None and not one.missing:
            continue
        ahead = fused[-1] if fused else None
        is_open = (
            ahead is not None and ahead[1] is None and isinstance(ahead[0].layer, _TAKE_FUNCTIONS)
        )
        if ahead is not None and is_open and isinstance(one.layer, Activation):
            inferred = (*ahead[0].inferred, *one.inferred)
            fused[-1] = (replace(ahead[0], inferred=inferred), one.layer)
        else:
            fused.append((one, None))
    return fused


def _told(one: Solved, line: Line) -> Iterator[str]:
    for text in one.inferred:
        if text == UNSAID_KERNEL and isinstance(one.layer, Convolution):
            height, width = one.layer.window.kernel
            came = f"from {line.parameters} parameters" if line.parameters else "from the sizes"
            yield f"kernel {height}x{width}: {came}"
        elif text not in {SIZED_KERNEL, UNSAID_KERNEL}:
            yield text


def _name(name: str, layer: Layer | None, count: int) -> str:
    if count == 1:
        return name
    suffix = _SUFFIXES.get(type(layer), "layer")
    return f"{name} {suffix}"


def _stated(line: Line, order: Order) -> Claims | None:
    """Give what a line says that comes out of it, where it says all of it."""
    maps, size = shapes_of(line.output, order, line.maps)
    if maps is not None and len(size) == PLANE_AXES:
        return Claims(maps, size)
    return Claims(size=size) if maps is None and len(size) == 1 else None


def _claims_of(shape: Shape | None) -> Claims:
    if isinstance(shape, Image):
        return Claims(shape.channels, (shape.height, shape.width))
    return Claims() if shape is None else Claims(size=(shape.elements,))


def size_claims(line: Line, shape: Shape, order: Order) -> Claims:
    """Give the size and the maps that a line claims, for the row that ends it."""
    maps, size = shapes_of(line.output, order, line.maps)
    if isinstance(shape, Image):
        if len(size) == 1:
            if size[0] == shape.elements and shape.height * shape.width > 1:
                return Claims(neurons=Claim(f"{size[0]:,}"))
            if size[0] == shape.height == shape.width:
                return Claims(maps, (shape.height, shape.width))
            if maps is None and size[0] == shape.channels:
                return Claims(maps=shape.channels)
        return Claims(maps, size if len(size) in {1, 2} else None)
    if maps is not None and size:
        product = maps
        for number in size:
            product *= number
        return Claims(size=(product,)) if product == shape.elements else Claims(maps, size)
    if len(size) > 1:
        product = 1
        for number in size:
            product *= number
        return Claims(size=(product,)) if product == shape.elements else Claims(size=size)
    return Claims(size=size or None) if size or maps is None else Claims(size=(maps,))


def _own(claims: Claims, layer: Layer) -> Claims:
    """Leave out what a layer sets by itself and so cannot be wrong about."""
    if isinstance(layer, Convolution | TransposedConvolution) and claims.maps == layer.maps:
        return replace(claims, maps=None)
    if isinstance(layer, FullyConnected) and claims.size == (layer.units,):
        return replace(claims, size=None)
    return claims


def _is_exact(lines: Iterable[Line]) -> bool:
    """Whether a table counts its parameters to the last one: some count above a thousand is no round one."""
    counts = [(line.parameters or "").replace(",", "") for line in lines]
    return any(re.fullmatch(r"\d{2,}(?!00)\d\d", count) for count in counts)


def _rounded(line: Line, layers: list[Solved]) -> Line:
    """Give a line that counts its parameters in whole thousands their unit, where that is their number."""
    digits = (line.parameters or "").replace(",", "")
    if not digits.endswith("000"):
        return line
    held = [(one.layer, one.came) for one in layers if one.layer is not None]
    total = parameters_of(held).parameters
    if str(total) == digits or not is_rounding(digits, total):
        return line
    return replace(line, parameters=f"{int(digits) // 1000}K")


def _with_counts(claims: Claims, line: Line, covered: int, layers: int) -> Claims:
    """Add the counts of a line, which are those of all its layers."""
    if line.parameters:
        claims = replace(claims, parameters=Claim(line.parameters), rows=covered)
    if layers > 1:
        return claims
    counts = {name: Claim(printed) for name, printed in line.counts.items()}
    return replace(
        claims,
        multiply_adds=counts.get("multiply_adds"),
        connections=counts.get("connections"),
        neurons=counts.get("neurons", claims.neurons),
    )


def _totals(
    draft: Draft, solution: Solution, habits: Habits
) -> tuple[Claims, int | None, tuple[tuple[int, Claims], ...]]:
    """Give the claims for the whole network: of a Total row, of a sentence, and of what is trained alone."""
    counts = (solution.parameters, solution.parameters + solution.fixed)
    fitting = [one for one in habits.totals if any(agrees(one[1], count) for count in counts)]
    said = fitting or habits.totals or _sums_below(draft, habits)
    found = [one for one in (draft.totals, *said[:1]) if one is not None]
    if not found:
        return Claims(), None, ()
    (line, claim), *others = [(at, _total_claim(printed, counts)) for at, printed in found]
    parts = trained_beside((*draft.parts, *habits.parts), claim)
    more = [(at, Claims(parameters=other)) for at, other in others if not fitting]
    return Claims(parameters=claim), line, tuple(dict.fromkeys((*more, *parts)))


def _total_claim(printed: str, counts: Iterable[int]) -> Claim:
    """Take a count in whole thousands for a rounded one where that is its number."""
    digits = printed.replace(",", "")
    is_whole = digits not in map(str, counts)
    is_about = is_whole and any(is_rounding(digits, count) for count in counts)
    return Claim(f"~{printed}" if is_about else printed)


def _sums_below(draft: Draft, habits: Habits) -> list[tuple[int, str]]:
    """Give lines below a table that say `Total` and a number, where all that the table counts is parameters."""
    counted = {role for one in draft.lines for role in one.cells if role in COUNTS}
    last = max((one.line for one in draft.lines), default=0)
    return [one for one in habits.sums if one[0] > last] if counted == {"parameters"} else []


class Names:
    """Gives each row a name of its own."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}
        self._identifiers: set[str] = set()

    def of(self, name: str) -> str:
        """Give a name, with a number behind it where it stands already."""
        words = " ".join(name.replace(",", " ").split()) or "row"
        number = self._taken.get(words, 0)
        while True:
            number += 1
            between = " - " if words[-1].isdigit() else " "  # or it were read as more digits
            candidate = words if number == 1 else f"{words}{between}{number}"
            identifier = Row(candidate, Unreadable()).identifier.casefold()
            if identifier not in self._identifiers:
                break
        self._taken[words] = number
        self._identifiers.add(identifier)
        return candidate


__all__ = ["LayerError", "RowsMade", "rows_of"]

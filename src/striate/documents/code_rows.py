"""From the layers of a Sequential to the rows of a table: names, functions, and what comes in."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import final

from striate.arithmetic import RowReport, walk
from striate.documents.code_layers import CodeLayer, Framework, Reads
from striate.errors import Fault
from striate.errors.code import (
    claimed_input_differs,
    flatten_missing,
    keras_input_unknown,
    no_layers,
    torch_input_unknown,
)
from striate.layers import (
    Activation,
    Dropout,
    Flatten,
    FullyConnected,
    Function,
    GlobalPooling,
    Input,
)
from striate.shapes import Features, Image, Shape
from striate.table import Row, Table, Unreadable


@final
@dataclass(frozen=True, slots=True)
class CodeRows:
    """The rows of a Sequential.

    Args:
        rows: The rows, the input first.
        faults: What keeps them from being what the code says.
    """

    rows: tuple[Row, ...]
    faults: tuple[Fault, ...]


def code_rows(
    layers: Sequence[CodeLayer], framework: Framework, example: Shape | None, line: int
) -> CodeRows:
    """Make rows of the layers of a Sequential.

    A function behind a layer becomes that row's activation. Rows are named by kind and number, and
    the last one is the output.

    Args:
        layers: What the Sequential holds, in its order.
        framework: Whose layers they are.
        example: Shape of the one example that the code makes, if there is one.
        line: Line of the Sequential.
    """
    if not layers:
        return CodeRows((), (no_layers(line),))
    joined = _joined(layers)
    faults: list[Fault] = []
    if not isinstance(joined[0].layer, Input):
        first, fault = _input(joined, framework, example)
        joined = [first, *joined]
        faults += [fault] if fault else []
    names = _names(joined)
    rows = tuple(
        # Those without a layer were joined to the row above.
        Row(name, one.layer or Unreadable(), one.function, line=one.line)
        for name, one in zip(names, joined, strict=True)
    )
    return CodeRows(rows, (*faults, *_input_faults(rows, joined, framework)))


def _joined(layers: Sequence[CodeLayer]) -> list[CodeLayer]:
    """Join each function to the layer above it, where it can be that row's activation."""
    joined: list[CodeLayer] = []
    for one in layers:
        if one.layer is not None:
            joined.append(one)
        elif one.function is not None:
            above = joined[-1] if joined else None
            if above is None or not _takes_function(above):
                joined.append(_as_row(one, one.function))
            else:
                joined[-1] = replace(above, function=one.function)
    return joined or [replace(layers[0], layer=Unreadable())]


def _takes_function(above: CodeLayer) -> bool:
    plain = Input | Activation | Dropout | Flatten
    return above.function is None and not isinstance(above.layer, plain)


def _as_row(one: CodeLayer, function: Function) -> CodeLayer:
    return replace(one, layer=Activation(function), function=None)


def _input(
    layers: list[CodeLayer], framework: Framework, example: Shape | None
) -> tuple[CodeLayer, Fault | None]:
    """Find what comes in: said by the first layer, or by an example in the block."""
    first = layers[0]
    made = CodeLayer("Input", "Input", first.line, Unreadable())
    if framework == "keras":
        if first.reads is None or isinstance(first.reads.value, int):
            is_silent = not first.says_input
            return made, keras_input_unknown(first.kind, first.line) if is_silent else None
        return replace(made, layer=Input(first.reads.value), line=first.reads.line), None
    if example is not None:
        return replace(made, layer=Input(example)), None
    for one in layers:
        if isinstance(one.layer, FullyConnected) and one.reads and isinstance(one.reads.value, int):
            return replace(made, layer=Input(Features(one.reads.value))), None
        if not isinstance(one.layer, Flatten | Dropout | Activation):
            is_silent = not one.says_input
            return made, torch_input_unknown(one.kind, one.line) if is_silent else None
    return made, torch_input_unknown(first.kind, first.line)


def _names(layers: list[CodeLayer]) -> list[str]:
    """Name each row by its kind and number; a kind that stands once needs no number."""
    last = len(layers) - 1
    given = Counter(one.name for one in layers if one.name)
    words = [
        "" if given[one.name] == 1 else "Output" if at == last and at else one.word
        for at, one in enumerate(layers)
    ]
    times, seen = Counter(words), Counter[str]()
    names: list[str] = []
    for word, one in zip(words, layers, strict=True):
        seen[word] += 1
        while f"{word}{seen[word]}" in given:
            seen[word] += 1
        is_only = times[word] == 1 and word not in given
        names.append((word if is_only else f"{word}{seen[word]}") if word else one.name)
    return names


def _input_faults(
    rows: tuple[Row, ...], layers: list[CodeLayer], framework: Framework
) -> Iterator[Fault]:
    """Compare what the code says comes in with what does, row by row."""
    reports = walk(Table(rows)).reports
    is_pooled = False
    for at, (one, report) in enumerate(zip(layers, reports, strict=True)):
        shape = report.inputs[0] if report.inputs else None
        if shape is not None and isinstance(one.layer, FullyConnected):
            # PyTorch keeps the one cell of a global pooling as a map; here it is a value.
            maps = shape if isinstance(shape, Image) else Image(shape.count, 1, 1)
            if isinstance(shape, Image) or (is_pooled and framework == "torch"):
                yield flatten_missing(one.kind, str(maps), one.line)
                is_pooled = False
                continue
        if shape is not None and one.reads is not None:
            yield from _claim(one.kind, one.reads, shape, reports[at - 1])
        is_pooled = isinstance(one.layer, GlobalPooling) or (
            is_pooled and isinstance(one.layer, Activation | Dropout)
        )


def _claim(kind: str, reads: Reads, shape: Shape, above: RowReport) -> Iterator[Fault]:
    match reads.argument, shape:
        case "in_channels", Image(channels, _, _):
            computed: Shape | int = channels
        case "in_features", Features(count):
            computed = count
        case "in_channels" | "in_features", _:
            return  # the row itself reports that it cannot read such a shape
        case _:
            computed = shape
    if reads.value != computed:
        yield claimed_input_differs(
            kind,
            reads.argument,
            claimed=str(reads.value),
            computed=str(computed),
            above=above.row.name,
            line=reads.line,
        )

"""A step of gradient descent as lines of text: what fits the width, with a mark where it does not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from rich.cells import cell_len

from striate.errors.words import Words


if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from striate.explanation import GradientStep, RowBackward, RowForward

    Array = NDArray[np.float64]


_UNIT, _CELL = 6, 11
_UNITS_SHOWN = 10
_LEAST_ABREAST = 2


@final
@dataclass(frozen=True, slots=True)
class _Sheet:
    """How much is shown.

    Args:
        width: Columns of the terminal.
        full: Whether everything is.
        words: In which language.
    """

    width: int
    full: bool
    words: Words

    def places(self, taken: int = 0) -> int:
        """Count the numbers that fit a line besides the unit and the columns that are taken."""
        return max(1, (self.width - _UNIT) // _CELL) - taken

    def told(self, text: str) -> list[str]:
        """Say a sentence, broken into lines."""
        return folded(self.words.sentence(text), self.width, "  ")

    def units(self, lines: Sequence[str]) -> list[str]:
        """Keep the lines of the first units, and say how many are left out."""
        if self.full or len(lines) <= _UNITS_SHOWN:
            return list(lines)
        kept = list(lines[:_UNITS_SHOWN])
        rest = f"{len(lines) - _UNITS_SHOWN:,} more units"
        return [*kept, f"{'...':>{_UNIT}}  {self.words.sentence(rest)}"]

    def matrix(self, numbers: "Array", head: str, columns: dict[str, "Array"]) -> Iterator[str]:
        """Write a matrix, a line a unit, and columns behind its last one, or below where it is narrow.

        Args:
            numbers: units x values.
            head: What a value is called; its number from 1 is put behind it.
            columns: More numbers, one a unit each, by their headings.
        """
        values = numbers.shape[1]
        places = self.places(len(columns))
        if columns and places < _LEAST_ABREAST:
            yield from self.matrix(numbers, head, {})
            yield from self.columns(columns)
            return
        if values <= places:
            yield from self._band(numbers, head, range(values), columns, left_out=0)
        elif self.full:
            for start in range(0, values, places):
                band = range(start, min(start + places, values))
                behind = columns if band.stop == values else {}
                yield from self._band(numbers, head, band, behind, left_out=0)
        else:
            # The mark of what is left out takes the place of a number.
            shown = max(1, places - 1)
            yield from self._band(numbers, head, range(shown), columns, left_out=values - shown)

    def _band(
        self,
        numbers: "Array",
        head: str,
        band: range,
        columns: dict[str, "Array"],
        *,
        left_out: int,
    ) -> Iterator[str]:
        mark, dots = ([f"+{left_out:,} ..."], ["..."]) if left_out else ([], [])
        yield _line(self.words("unit"), [*(f"{head}{at + 1}" for at in band), *mark, *columns])
        lines = [
            _line(
                str(unit + 1),
                [
                    *map(_number, numbers[unit, band.start : band.stop]),
                    *dots,
                    *(_number(column[unit]) for column in columns.values()),
                ],
            )
            for unit in range(len(numbers))
        ]
        yield from self.units(lines)

    def columns(self, columns: dict[str, "Array"]) -> Iterator[str]:
        """Write columns of one number a unit."""
        lines = [
            _line(str(unit), [_number(one) for one in numbers])
            for unit, numbers in enumerate(zip(*columns.values(), strict=True), start=1)
        ]
        yield _line(self.words("unit"), list(columns))
        yield from self.units(lines)

    def vector(self, name: str, numbers: "Array") -> Iterator[str]:
        """Write a vector in lines."""
        places = self.places()
        shown = len(numbers) if self.full else min(len(numbers), places)
        for start in range(0, shown, places):
            cells = [_number(one) for one in numbers[start : min(start + places, shown)]]
            yield _line(name if start == 0 else "", cells)
        if shown < len(numbers):
            rest = self.words.sentence(f"{len(numbers) - shown:,} more values")
            yield f"{'...':>{_UNIT}}  {rest}"


def folded(text: str, width: int, indent: str = "") -> list[str]:
    """Break a text into lines of at most so many columns; a Korean letter takes two.

    Args:
        text: Of words between blanks.
        width: Columns.
        indent: Stands before all lines but the first.
    """
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines[-1].strip() else f"{lines[-1]}{word}"
        if cell_len(longer) <= width or not lines[-1].strip():
            lines[-1] = longer
        else:
            lines.append(f"{indent}{word}")
    return lines


def forward_lines(
    step: "GradientStep", width: int, *, full: bool, words: Words | None = None
) -> Iterator[str]:
    """Write the way up: what every row reads, its weights, its sums and its values; then the loss."""
    sheet = _Sheet(width, full, words or Words())
    yield sheet.words("FORWARD")
    yield ""
    yield from sheet.vector("x", step.forward[0].inputs)
    yield ""
    for at, row in enumerate(step.forward):
        reads = "x" if at == 0 else f"a of {step.forward[at - 1].name}"
        yield from sheet.told(f"{row.name}: {_formula(row, reads)}")
        yield from _row_forward(sheet, row)
        yield ""
    yield from sheet.told(_loss(step))
    yield ""


def _row_forward(sheet: _Sheet, row: "RowForward") -> Iterator[str]:
    ends = {"z": row.sums} if row.function is None else {"z": row.sums, "a": row.values}
    if row.weights is not None:
        biases = {} if row.biases is None else {"b": row.biases}
        yield from sheet.matrix(row.weights, "w", biases | ends)
    elif row.function is not None:
        yield from sheet.columns(ends)


def _formula(row: "RowForward", reads: str) -> str:
    bias = "" if row.biases is None else " + b"
    sums = f"z = {reads}" if row.weights is None else f"z = W x{bias}, x = {reads}"
    if row.weights is not None and reads == "x":
        sums = f"z = W x{bias}"
    return f"{sums}; a = z" if row.function is None else f"{sums}; a = {row.function}(z)"


def _loss(step: "GradientStep") -> str:
    last = step.forward[-1]
    if last.function == "sigmoid":
        formula = "-ln a" if step.label == 1 else "-ln(1 - a)"
    elif last.function == "softmax":
        formula = f"-ln a of unit {step.label + 1}"
    else:
        formula = f"-ln of the softmax of a at unit {step.label + 1}"
    return f"Loss: L = {formula} = {step.loss:.6g}"


def backward_lines(
    step: "GradientStep", width: int, *, full: bool, words: Words | None = None
) -> Iterator[str]:
    """Write the way down: the factors of the chain rule, the gradients and the new weights."""
    sheet, rate = _Sheet(width, full, words or Words()), f"{step.learning_rate:g}"
    yield sheet.words("BACKWARD")
    yield ""
    yield from sheet.told(
        "dL/dz = dL/da da/dz; dL/dW = dL/dz times x; dL/db = dL/dz. The row below is handed "
        "dL/da = W^T dL/dz. "
        f"New: w' = w - {rate} dL/dw, b' = b - {rate} dL/db."
    )
    yield ""
    for row, before in zip(step.backward, reversed(step.forward), strict=True):
        yield sheet.words.sentence(f"{row.name}: the chain rule")
        yield from _chain(sheet, row)
        if row.loss_by_weights is not None and row.new_weights is not None:
            yield sheet.words.sentence(f"{before.name}: gradient of the weights")
            yield from sheet.matrix(row.loss_by_weights, "dL/dw", {})
            yield sheet.words.sentence(f"{before.name}: new weights")
            biases = {} if row.new_biases is None else {"b'": row.new_biases}
            yield from sheet.matrix(row.new_weights, "w'", biases)
        yield ""


def _chain(sheet: _Sheet, row: "RowBackward") -> Iterator[str]:
    if row.values_by_sums.ndim == 1:
        yield from sheet.columns(
            {"dL/da": row.loss_by_values, "da/dz": row.values_by_sums, "dL/dz": row.loss_by_sums}
        )
        return
    yield from sheet.columns({"dL/da": row.loss_by_values, "dL/dz": row.loss_by_sums})
    yield from sheet.told(
        f"{row.name}: da/dz, a line for each a, a column for each z; dL/dz sums over the lines"
    )
    yield from sheet.matrix(row.values_by_sums, "z", {})


def _line(name: str, cells: Sequence[str]) -> str:
    return " " * (_UNIT - cell_len(name)) + name + "".join(f"{cell:>{_CELL}}" for cell in cells)


def _number(value: float) -> str:
    return f"{value + 0.0:.4g}"  # which makes 0 of -0

"""From a table as people write it to a network: its words give lines, and arithmetic reads them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from striate.documents.parts import Grid, NetworkRead
from striate.documents.table.axes import IMAGE_AXES
from striate.documents.table.claims import CONTRADICTION, Line, Order, agrees, fits, shapes_of
from striate.documents.table.columns import Columns, columns_of, unknown_cells
from striate.documents.table.inputs import inputs_of, likely_inputs
from striate.documents.table.lines import (
    Draft,
    cells_by_role,
    draft_of,
    op_by_letter,
)
from striate.documents.table.phrases import CONVOLUTIONS, MAIN, WINDOWED, Step, read_phrase
from striate.documents.table.prose import Habits
from striate.documents.table.rows import rows_of
from striate.documents.table.solving import Solution, solve
from striate.documents.table.sources import follow
from striate.documents.table.text import is_empty, plain
from striate.documents.table.words import Op, Role, ops_in
from striate.errors import Remark
from striate.errors.inference import (
    column_names_rows,
    column_not_compared,
    column_not_read,
    input_inferred,
    input_not_said,
    rows_from_below,
    sizes_inferred,
    widths_first,
)
from striate.layers import BatchNormalization, Convolution, FullyConnected, Layer
from striate.shapes import Shape


_LAYERS = {*MAIN, "flatten", "activation", "normalisation", "dropout", "input", "response"}
_KERNELED = MAIN - {"output"}
_PERFECT = 0.5
"""What a reading costs less than that nothing can better."""

_LEAST_LINES = 2
_MOST_LINES = 2000


def is_candidate(grid: Grid) -> bool:
    """Whether a table may be a network: its rows name layers, and its columns say something of them."""
    if len(grid.lines) < _LEAST_LINES:
        return False
    # The first lines decide; whoever reads the table refuses one that has too many.
    grid = replace(grid, lines=grid.lines[:_MOST_LINES])
    columns = columns_of(grid)
    if "measure" in columns.roles or _is_matrix(grid):
        return False
    named = [_ops_of(cells_by_role(columns, cells)) for _, cells in grid.lines]
    filled = [ops for ops in named if ops is not None]
    known = [ops for ops in filled if any(op in _LAYERS for op in ops)]
    if len(known) < max(2, len(filled) / 2):
        return False
    if not columns.has("layer", "type", "details"):
        return False
    if not any(op in _KERNELED for ops in known for op in ops):
        return False
    if columns.has("output", "size", "input", "kernel", "maps", "units", "pooling", "neurons"):
        return True
    # Without a column of numbers, the words of the layers must hold them.
    return _has_numbers(grid, columns)


def _is_matrix(grid: Grid) -> bool:
    """Whether the headings stand again in front of the rows, as in a table of who is taken for whom."""
    titles = {plain(title).casefold() for title in grid.titles[1:] if not is_empty(title)}
    rows = {plain(cells[0]).casefold() for _, cells in grid.lines if cells}
    return len(titles & rows) > 1


def _has_numbers(grid: Grid, columns: Columns) -> bool:
    counted = asked = 0
    for _, cells in grid.lines:
        by_role = cells_by_role(columns, cells)
        text = " ".join(by_role.get(role, "") for role in ("layer", "type", "details"))
        steps = read_phrase(text).steps
        main = next((step.op for step in steps if step.op in MAIN), None)
        # A function, a dropout or a flattening in a row of its own has no numbers to say.
        asked += not steps or main is not None
        loose = read_phrase(by_role.get("details", ""), main=main).loose if main else ()
        counted += any(
            key in said
            for readings in (loose, *(step.said for step in steps))
            for said in readings
            for key in ("kernel", "maps", "units", "output")
        )
    return counted * 3 >= asked and counted > 1


def _ops_of(cells: dict[Role, str]) -> list[Op] | None:
    """Give the layers that a row names, or None for a row that says nothing at all."""
    texts = [cells.get("type", ""), cells.get("layer", "")]
    for text in texts:
        ops = [op for _, _, op in ops_in(plain(text))]
        if ops:
            return ops
    letter = op_by_letter(plain(cells.get("layer", "")))
    if letter:
        return [letter]
    details = cells.get("details", "")
    if all(is_empty(text) for text in (*texts, details)):
        return None
    return [op for _, _, op in ops_in(plain(details))]


def interpret(grid: Grid, habits: Habits, *, given: Shape | None = None) -> NetworkRead:
    """Read a table as people write it.

    Args:
        grid: A table for which `is_candidate` holds.
        habits: What the sentences around it say.
        given: What comes in, where the user says it.
    """
    columns = columns_of(grid).in_order(
        habits.axes, f"the sentence in line {habits.lines.get('axes')}"
    )
    draft = draft_of(grid, columns)
    return read_draft(draft, habits, grid, columns, given=given)


def read_draft(
    draft: Draft,
    habits: Habits,
    grid: Grid,
    columns: Columns,
    *,
    given: Shape | None = None,
    name: str = "",
) -> NetworkRead:
    """Solve a draft for what it leaves open, and make it a network."""
    has_own = draft.first_size is not None or (
        draft.first is not None and draft.first.height is not None
    )
    naming = _columns_of_names(grid, columns, draft)
    remarks = [
        (column_names_rows if title in naming else column_not_read)(title, grid.line)
        for title in columns.unread
    ]
    for title, role in zip(grid.titles, columns.roles, strict=False):
        if role == "field":
            remarks.append(column_not_compared(plain(title), grid.line))
    sources = follow(draft)
    faults = list(sources.faults)
    if not sources.is_column:
        title = plain(grid.titles[columns.roles.index("from")])
        remarks.append(column_not_read(title, grid.line))
    if len(grid.lines) > 1 and grid.lines[0][0] > grid.lines[1][0]:
        remarks.append(rows_from_below(grid.line))
    if columns.turned:
        remarks.append(widths_first(columns.turned, grid.line))
    solution, said = _best(draft, habits, None if has_own else given)
    if solution is None:
        faults.append(input_not_said(grid.line, likely_inputs(draft, _orders(draft)[0])))
        return NetworkRead(
            rows_of(draft, None, habits).table,
            grid.line,
            grid.heading,
            name,
            tuple(faults),
            tuple(remarks),
        )
    if draft.first is None or draft.first_size is None:
        remarks.append(input_inferred(solution.input, said, grid.line))
    remarks += _order_told(solution, grid.line)
    made = rows_of(draft, solution, habits)
    return NetworkRead(
        made.table,
        grid.line,
        grid.heading,
        name,
        (*faults, *made.faults),
        (*remarks, *made.remarks),
    )


def _columns_of_names(grid: Grid, columns: Columns, draft: Draft) -> set[str]:
    """Give the columns that are not understood, and that say what some rows do all the same."""
    details = {line.line: line.cells.get("details", "") for line in draft.lines}
    return {
        title
        for line, texts in grid.lines
        for title, text in unknown_cells(grid, columns, texts)
        if line in details and text in details[line]
    }


def _order_told(solution: Solution, line: int) -> list[Remark]:
    """Tell that sizes of three numbers have their maps first, and how many rows agree with it."""
    outputs = {solved.line: solved.shape for solved in solution.layers}
    sized = [
        (row.output, outputs[number])
        for number, row in enumerate(solution.lines)
        if row.output
        and len(row.output.numbers) == IMAGE_AXES
        and not row.output.order
        and number in outputs
    ]
    if not sized or solution.order != "maps first":
        return []
    agreeing = sum(fits(shape, *shapes_of(size, solution.order)) for size, shape in sized)
    return [sizes_inferred(solution.order, agreeing, len(sized), line)]


def _best(draft: Draft, habits: Habits, given: Shape | None) -> tuple[Solution | None, str]:
    """Try every input and order of sizes that may be meant, and every habit that the total decides."""
    best: tuple[float, Solution, str, Habits] | None = None
    totals = [draft.totals] if draft.totals else habits.totals
    is_sized = all(
        line.output is not None or not any(step.op in WINDOWED for step in line.steps)
        for line in draft.lines
    )
    for order in _orders(draft):
        for start, cost, said in inputs_of(draft, habits, order, given):
            for variant, lines, extra in _variants(habits, draft, has_total=bool(totals)):
                solution = solve(lines, start, order, variant)
                if solution is None:
                    continue
                cost_here = solution.cost + cost + extra
                if totals and not _has_total(solution, totals):
                    cost_here += CONTRADICTION
                if best is None or cost_here < best[0]:
                    best = (cost_here, solution, said, variant)
                if cost_here < 1.0 + cost or (is_sized and cost_here < CONTRADICTION):
                    break
            if best is not None and is_sized and best[0] < _PERFECT:
                break
    if best is None:
        return None, ""
    _, solution, said, variant = best
    lines = [] if _has_total(solution, totals) else _biased_as_others(solution, variant)
    if lines:
        solution = solve(lines, solution.input, solution.order, variant) or solution
    return solution, said


def _has_total(solution: Solution, totals: Sequence[tuple[int, str]]) -> bool:
    return any(
        agrees(printed, count)
        for _, printed in totals
        for count in (solution.parameters, solution.parameters + solution.fixed)
    )


_LEAST_HABIT = 2
"""Layers that must have biases before one without them is doubted."""


def _biased_as_others(solution: Solution, habits: Habits) -> list[Line]:
    """Give the lines with biases in every layer, where a few parameters alone speak against them.

    A count that is short by exactly its biases is a slip where the other layers of the kind have theirs: other
    convolutions for a convolution, and for a full layer those and other full layers. Nothing comes back where nothing
    is doubted.
    """
    weighted = [
        (one.line, one.step, one.layer)
        for one, below in zip(solution.layers, (*solution.layers[1:], None), strict=True)
        if isinstance(one.layer, Convolution | FullyConnected)
        and not isinstance(below and below.layer, BatchNormalization)
    ]
    doubted: list[tuple[int, int]] = []
    kinds: tuple[type[Layer], ...] = (Convolution, FullyConnected)
    for kind, is_said in zip(kinds, (habits.has_bias, habits.full_bias), strict=True):
        without = [
            (line, step)
            for line, step, layer in weighted
            if isinstance(layer, kind) and not layer.has_bias
        ]
        has = sum(
            layer.has_bias and isinstance(layer, Convolution | kind) for *_, layer in weighted
        )
        if is_said is None and has >= _LEAST_HABIT and has > len(without):
            doubted += without
    lines = list(solution.lines)
    for number, place in doubted:
        steps = list(lines[number].steps)
        if any("bias" in said for said in steps[place].said):
            return []
        steps[place] = steps[place].with_defaults({"bias": True})
        lines[number] = replace(lines[number], steps=steps)
    return lines if doubted else []


def _variants(
    habits: Habits, draft: Draft, *, has_total: bool
) -> Iterator[tuple[Habits, list[Line], float]]:
    """Give the habits as said, and those that a total may decide where rows claim no parameters."""
    lines = draft.lines
    if habits.has_normalisation and not any(
        step.op == "normalisation" for line in lines for step in line.steps
    ):
        yield habits, _normalised(lines, habits.spared), 0.0
        yield habits, lines, 3.0
    else:
        yield habits, lines, 0.0
    if habits.padding is None:
        yield replace(habits, padding="same", custom="as the other sizes have it"), lines, 0.8
    if has_total:
        yield habits, _laid_flat(lines), 1.0
    if has_total and habits.has_bias is None and not any(line.parameters for line in lines):
        yield replace(habits, has_bias=False), lines, 2.0


def _laid_flat(lines: list[Line]) -> list[Line]:
    """Let full layers that give as many values as they read lay maps flat: what a total may decide."""
    return [
        replace(
            line,
            steps=[
                step.with_defaults({"flat": True}) if step.op == "dense" else step
                for step in line.steps
            ],
        )
        for line in lines
    ]


def _normalised(lines: list[Line], spared: str) -> list[Line]:
    """Put batch normalisation behind every convolution, as a sentence says, but for the one that it spares."""
    all_steps = [step for line in lines for step in line.steps if step.op in CONVOLUTIONS]
    without = {"first": all_steps[:1], "last": all_steps[-1:]}.get(spared, [])
    made = []
    for line in lines:
        steps = []
        for step in line.steps:
            steps.append(step)
            if step.op in CONVOLUTIONS and not any(step is one for one in without):
                steps.append(Step("normalisation", word="BN"))
        made.append(replace(line, steps=steps))
    return made


def _orders(draft: Draft) -> tuple[Order, ...]:
    """Give the orders that sizes of three numbers may have, the one that most are plainly in first."""
    sizes = [
        size.numbers
        for line in draft.lines
        for size in (line.output, line.input)
        if size is not None and len(size.numbers) == IMAGE_AXES and not size.order
    ]
    if draft.first_size is not None and len(draft.first_size.numbers) == IMAGE_AXES:
        sizes.append(draft.first_size.numbers)
    if not sizes:
        return ("maps last",)
    first = sum(b == c != a for a, b, c in sizes)
    last = sum(a == b != c for a, b, c in sizes)
    # `36x16x16` alone says nothing of its order.
    if last and not first and 2 * last >= len(sizes):
        return ("maps last",)
    if first and not last and 2 * first >= len(sizes):
        return ("maps first",)
    return ("maps last", "maps first") if last >= first else ("maps first", "maps last")


__all__ = ["interpret", "is_candidate", "read_draft"]

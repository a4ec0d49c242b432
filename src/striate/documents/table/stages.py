"""Tables whose columns are networks: VGG's columns A to E, and ResNet's stages of blocks in brackets."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import final

from striate.documents.parts import Grid, NetworkRead
from striate.documents.patterns import pattern_of
from striate.documents.table.accounting import facts_of, numbers_left, words_left
from striate.documents.table.axes import PLANE_AXES
from striate.documents.table.brackets import BLOCK, OF_SEVERAL, Block, block_in
from striate.documents.table.claims import (
    SIZED_KERNEL,
    UNSAID_KERNEL,
    Line,
    agrees,
    cost_of,
)
from striate.documents.table.columns import Columns, columns_of
from striate.documents.table.inputs import likely_inputs
from striate.documents.table.interpretation import read_draft
from striate.documents.table.lines import LEFT, Draft, line_of
from striate.documents.table.phrases import MAIN, Step
from striate.documents.table.prose import Habits, InputSaid, input_in
from striate.documents.table.rows import left_of_input
from striate.documents.table.solving import solve
from striate.documents.table.stage_rows import Built, padded_as_usual
from striate.documents.table.text import Size, is_empty, plain, read_count
from striate.documents.table.totals import COUNTS_PARAMETERS
from striate.documents.table.words import Op, Role, ops_in, roles_of
from striate.errors import Remark
from striate.errors.inference import (
    block_of_one,
    cell_not_read,
    input_not_said,
    layer_inferred,
    line_of_no_layer,
    missing_in_row,
    network_of_column,
    shortcut_not_understood,
    shortcuts_inferred,
)
from striate.layers import Activation, Add, BatchNormalization, Convolution, Input
from striate.layers.cost import added
from striate.shapes import Image, Shape
from striate.table import Claim, Claims, Row, Table, Unreadable


_LEAST_LINES = 3
_MOST_LINES = 500
_MOST_COLUMNS = 40
_LEAST_COLUMNS = 3
"""Networks side by side from which on a lone cell stands for all of them."""

_VGG_CELL = pattern_of(r"conv\d{1,2}-\d{2,5}(?!\d)", re.IGNORECASE)
_FLOPS = pattern_of(r"(?:m|g)?(?:flops?|macs?|mult-?adds?).*", re.IGNORECASE)


def network_columns(grid: Grid) -> tuple[int, ...]:
    """Give the columns of a table that each hold a network; none where its rows are layers of one."""
    if not _LEAST_LINES <= len(grid.lines) <= _MOST_LINES or len(grid.titles) > _MOST_COLUMNS:
        return ()
    roles = columns_of(grid).roles
    if "measure" in roles:
        return ()
    found, alike, blocks = [], [], False
    for at, title in enumerate(grid.titles):
        cells = [
            plain(texts[at])
            for _, texts in grid.lines
            if at < len(texts) and not is_empty(texts[at])
        ]
        if not cells or (
            roles[at] not in {None, "layer", "type", "details", "maps"}
            and "[" not in "".join(cells)
        ):
            continue
        is_block = sum(block_in(cell) is not None for cell in cells)
        named = sum(bool(ops_in(cell)) or bool(BLOCK.search(cell)) for cell in cells)
        if is_block:
            found.append(at)
            blocks = True
        elif named >= max(3, 0.6 * len(cells)):
            found += [at] if _is_unnamed(title, roles[at]) else []
            alike += [at] if _is_unnamed(title, roles[at]) or not roles_of(title) else []
    if blocks:
        return tuple(
            at
            for at in found
            if any(BLOCK.search(plain(texts[at])) for _, texts in grid.lines if at < len(texts))
        )
    if len(alike) > len(found) and _say_the_same(grid, alike):
        found = alike
    return tuple(found) if len(found) > 1 else ()


def _say_the_same(grid: Grid, columns: Sequence[int]) -> bool:
    """Whether columns have most of their cells in common, as networks side by side have, and a name and its kind have not."""
    rows = [[plain(texts[at]) for at in columns if at < len(texts)] for _, texts in grid.lines]
    filled = [{cell for cell in row if not is_empty(cell)} for row in rows]
    shared = [len(cells) == 1 for cells, row in zip(filled, rows, strict=True) if any(row)]
    return bool(shared) and sum(shared) > len(shared) / 2


def _is_unnamed(title: str, role: Role | None) -> bool:
    """Whether a heading names a network rather than what a column holds: A, B, ours."""
    return (
        role is None
        or not plain(title)
        or (
            role in {"layer", "type", "maps"}
            and re.fullmatch(r"[A-Z]\d?", plain(title)) is not None
        )
    )


def read_columns(
    grid: Grid,
    columns: Sequence[int],
    habits: Habits,
    *,
    claims: dict[str, str],
    given: Shape | None = None,
) -> list[NetworkRead]:
    """Read each network of a table that has one a column.

    Args:
        grid: The table.
        columns: Columns that hold a network.
        habits: What the sentences around it say.
        claims: Parameters by network, of a table below.
        given: What comes in, where the user says it.
    """
    reads = []
    if habits.padding is None and any(
        _VGG_CELL.match(plain(texts[at]))
        for _, texts in grid.lines
        for at in columns
        if at < len(texts)
    ):
        habits = replace(
            habits, padding="same", custom="as is the custom where layers are called conv3-64"
        )
    known = columns_of(grid).in_order(
        habits.axes, f"the sentence in line {habits.lines.get('axes')}"
    )
    roles = known.roles
    name_at = next(
        (at for at, role in enumerate(roles) if role in {"layer", "type"} and at not in columns),
        None,
    )
    size_at = next(
        (at for at, role in enumerate(roles) if role in {"output", "size"} and at not in columns),
        None,
    )
    count_at = roles.index("parameters") if "parameters" in roles and len(columns) == 1 else None
    axes = known.axes.get(roles[size_at] or "output", "") if size_at is not None else ""
    shared_columns = replace(known, roles=(), unread=(), axes={"output": axes})
    for at in columns:
        title = plain(grid.titles[at]) or f"column {at + 1}"
        shared = habits if len(columns) == 1 else replace(habits, totals=[])
        draft, blocks = _draft(grid, at, columns, (name_at, size_at, count_at), shared_columns)
        if title in claims and draft.totals is None:
            draft.totals = (grid.line, claims[title])
        name = title if len(columns) > 1 else ""
        if blocks:
            reads.append(_read_blocks(grid, draft, blocks, shared, name, given))
        else:
            if draft.totals is not None:
                shared = replace(shared, totals=[draft.totals])
            read = read_draft(draft, shared, grid, shared_columns, name=name, given=given)
            reads.append(
                replace(read, remarks=(*read.remarks, network_of_column(title, grid.line)))
            )
    return reads


def _draft(
    grid: Grid,
    at: int,
    columns: Sequence[int],
    beside: tuple[int | None, int | None, int | None],
    known: Columns,
) -> tuple[Draft, dict[int, Block]]:
    """Read one column of networks, with the columns beside it: names, sizes and counts of parameters."""
    name_at, size_at, count_at = beside
    draft = Draft([])
    blocks: dict[int, Block] = {}
    for line, texts in grid.lines:
        name, size = _text(texts, name_at), _text(texts, size_at)
        cell = _cell(texts, at, columns) or (size if _starts(draft, name, name) else "")
        if not cell and len(columns) == 1 and ops_in(name):
            # Where there is one network, a layer without details is one all the same.
            cell, name = name, ""
        if not cell:
            continue
        if COUNTS_PARAMETERS.fullmatch(name):
            printed = read_count(cell)
            draft.totals = (line, printed) if printed else draft.totals
            continue
        if _FLOPS.fullmatch(name):
            continue
        cells: dict[Role, str] = {"layer": cell}
        if name:
            cells = {"layer": name, "details": cell}
        if not is_empty(size):
            cells["output"] = size
        if _starts(draft, cell, name):
            draft.first = input_in(", ".join(cells.values()), line) or InputSaid(
                None, None, None, line
            )
            draft.first_line, draft.first_name, draft.first_cells = line, "Input", cells
            continue
        block = block_in(cell)
        if block is not None:
            blocks[len(draft.lines)] = block
            details = OF_SEVERAL.sub("", cell)
            held, named = {**cells, "details": details}, name or f"blocks in line {line}"
            made: Line | None = Line(line, named, [], output=_size(cells, known), cells=held)
        else:
            made = _line(line, name, cell, cells, known)
        if made is not None:
            made.parameters = read_count(_text(texts, count_at)) or made.parameters
            draft.lines.append(made)
        elif not re.search(r"\d+ weight layers|layers$", cell):
            draft.headings += ((line, " ".join(filter(None, (name, cell)))),)
    return draft, blocks


def _line(line: int, name: str, cell: str, cells: dict[Role, str], known: Columns) -> Line | None:
    """Read a line that holds no block; None if it names no layer."""
    if name and not _ops(cell) and _ops(f"{cell} {name}") - _ops(name):
        # `global average` of a row that is called `pool`.
        cells = {**cells, "layer": name, "type": f"{cell} {name}"}
        del cells["details"]
        return line_of(line, cells, known)
    if not _ops(cell) | _ops(name):
        if not re.search(r"\d\s*x\s*\d", cell):
            return None
        # A kernel without a word is a convolution: `3x3, 64`.
        cells = {**cells, "layer": name, "type": "convolution", "details": cell}
    does = _ops(cell)
    says_all = does & MAIN or not _ops(name) & {"convolution", "pooling"}
    if name and does and says_all:
        cells = {key: value for key, value in cells.items() if key != "layer"}
    return line_of(line, cells, known)


def _ops(text: str) -> set[Op]:
    return {op for _, _, op in ops_in(text)}


def _text(texts: Sequence[str], at: int | None) -> str:
    return plain(texts[at]) if at is not None and at < len(texts) else ""


def _cell(texts: Sequence[str], at: int, columns: Sequence[int]) -> str:
    """Return what a line says of a network; what stands in one column alone stands for all of several."""
    cell = _text(texts, at)
    if not is_empty(cell):
        return cell
    filled = [
        plain(texts[other])
        for other in columns
        if other < len(texts) and not is_empty(texts[other])
    ]
    is_shared = len(filled) == 1 and len(columns) >= _LEAST_COLUMNS and is_shareable(filled[0])
    return filled[0] if is_shared else ""


def is_shareable(cell: str) -> bool:
    """Whether a layer that stands once may stand for all columns."""
    ops = [op for _, _, op in ops_in(cell)]
    return bool(ops) and "convolution" not in ops


def _starts(draft: Draft, cell: str, name: str) -> bool:
    if draft.lines or draft.first is not None:
        return False
    ops = [op for _, _, op in ops_in(name or cell)] or [op for _, _, op in ops_in(cell)]
    return bool(ops) and ops[0] == "input"


def _size(cells: dict[Role, str], columns: Columns) -> Size | None:
    return columns.size("output", cells["output"]) if "output" in cells else None


@final
@dataclass(frozen=True)
class _Rule:
    """How blocks are built: with shortcuts, with normalisation, with biases, with their stride in a kernel."""

    is_residual: bool
    has_normalisation: bool
    has_bias: bool
    projects: bool
    strided: tuple[int, int] | None

    def strided_part(self, block: Block) -> int:
        """Return the place of the convolution that has the stride of a block: the first, where none is said."""
        kernels = [kernel for kernel, _ in block.parts]
        return kernels.index(self.strided) if self.strided in kernels else 0


def _rules(habits: Habits) -> Iterator[_Rule]:
    """Give the ways in which blocks may be built, the likeliest first; what sentences say is not doubted."""
    residuals = (True,) if habits.residual else (False, True)
    norms = (habits.has_normalisation,) if habits.has_normalisation is not None else (True, False)
    for is_residual in residuals:
        for norm in norms:
            biases = (
                (habits.has_bias,)
                if habits.has_bias is not None
                else ((False, True) if norm else (True, False))
            )
            for bias in biases:
                # `Shortcuts are identities` may be loose talk, which a total decides.
                shortcuts = {
                    "projection": (True,),
                    "none": (False,),
                    "identity": (False, True),
                }.get(habits.shortcut or "", (True, False))
                for projects in shortcuts if is_residual else (False,):
                    yield _Rule(is_residual, bool(norm), bool(bias), projects, habits.strided)


def _read_blocks(
    grid: Grid,
    draft: Draft,
    blocks: dict[int, Block],
    habits: Habits,
    name: str,
    given: Shape | None,
) -> NetworkRead:
    """Read a network of stages, by the rule that its total decides, or that sentences say."""
    start = _start(draft, habits) or (given if isinstance(given, Image) else None)
    totals = [draft.totals] if draft.totals else habits.totals
    if start is None:
        rows = tuple(Row(line.name, Unreadable(), line=line.line) for line in draft.lines)
        return NetworkRead(
            Table(rows),
            grid.line,
            grid.heading,
            name,
            (input_not_said(grid.line, likely_inputs(draft, "maps last")),),
        )
    rule, built, is_met = _by_total(draft, blocks, start, habits, [count for _, count in totals])
    settled = "the total settles it" if is_met else "for nothing is said of them"
    if rule.is_residual and not is_met:
        settled = "by the sentences around the table" if habits.residual else "as in ResNet"
    remarks = [shortcuts_inferred(_spoken(rule, blocks.values()), settled, grid.line)]
    if rule.is_residual and not is_met and "shortcut not understood" in habits.lines:
        remarks.append(shortcut_not_understood(habits.lines["shortcut not understood"]))
    if name:
        remarks.append(network_of_column(name, grid.line))
    claims = Claims(parameters=Claim(totals[0][1])) if totals else Claims()
    table = Table(tuple(built.rows), claims, totals[0][0] if totals else None)
    faults = list(built.missing)
    if rule.is_residual and not is_met:
        remarks += [
            block_of_one(draft.lines[number].name, draft.lines[number].line)
            for number, block in blocks.items()
            if len(block.parts) == 1
        ]
    remarks += [line_of_no_layer(text, place) for place, text in draft.headings]
    remarks += [*left_of_input(draft, start), *built.told]
    for line, left in _left_of_stages(draft, blocks, built):
        remarks.append(cell_not_read(line.name, LEFT, left, line.line))
    if not is_met and not habits.residual and habits.has_normalisation is None:
        faults.append(
            missing_in_row(
                grid.heading or "blocks",
                ("whether blocks have shortcuts and normalisation",),
                grid.line,
            )
        )
    return NetworkRead(table, grid.line, grid.heading, name, tuple(faults), tuple(remarks))


def _by_total(
    draft: Draft, blocks: dict[int, Block], start: Image, habits: Habits, totals: Sequence[str]
) -> tuple[_Rule, Built, bool]:
    """Build blocks by the first rule that meets a total; by the likeliest, and False, if none does."""
    tried: list[tuple[_Rule, Built]] = []
    for rule in _rules(habits):
        built = _build(draft, blocks, start, habits, rule)
        tried.append((rule, built))
        total = added(cost_of(layer, shape) for layer, shape in built.pairs)
        counts = (total.parameters, total.parameters + total.fixed)
        if any(agrees(printed, count) for printed in totals for count in counts):
            return rule, built, True
    return *tried[0], False


def _left_of_stages(
    draft: Draft, blocks: dict[int, Block], built: Built
) -> Iterator[tuple[Line, str]]:
    """Give the numbers and words of each line that none of its rows has."""
    for number, line in enumerate(draft.lines):
        rows = [row for row in built.rows if row.line == line.line]
        shapes = [(shape, shape.elements) for row in rows if (shape := built.shapes.get(row.name))]
        times = blocks[number].times if number in blocks else line.repeats
        facts = facts_of(([row.layer for row in rows], shapes, times, line.output, 1))
        # Beside a cell of details the other one is the name of the stage.
        cells = {
            role: text
            for role, text in line.cells.items()
            if role != "layer" or "details" not in line.cells
        }
        does: set[Op] = {
            *(step.op for step in line.steps),
            "convolution",
            "activation",
            "normalisation",
        }
        left = [*(one for _, one in numbers_left(cells, facts, 0)), *words_left(cells, does)]
        if rows and left:
            yield line, ", ".join(left)


def _spoken(rule: _Rule, blocks: Iterable[Block]) -> str:
    shortcut = (
        (
            "1x1 convolutions where shapes differ, else identities"
            if rule.projects
            else "identities, with maps of zeros where shapes differ"
        )
        if rule.is_residual
        else "none"
    )
    norm = (
        "batch normalisation behind every convolution"
        if rule.has_normalisation
        else "no normalisation"
    )
    has_kernels = any(len({kernel for kernel, _ in block.parts}) > 1 for block in blocks)
    place = "first" if rule.strided is None else f"{rule.strided[0]}x{rule.strided[1]}"
    stride = f"; a stride stands in the {place} convolution of a block" if has_kernels else ""
    return f"shortcuts: {shortcut}; {norm}; {'biases' if rule.has_bias else 'no biases'}{stride}"


def _start(draft: Draft, habits: Habits) -> Image | None:
    said = [draft.first] if draft.first else []
    said += habits.inputs
    height = next((one.height for one in said if one.height), None)
    width = next((one.width for one in said if one.width), None)
    channels = next((one.channels for one in said if one.channels), None)
    if height is None or width is None or channels is None:
        return None
    return Image(channels, height, width)


def _build(
    draft: Draft, blocks: dict[int, Block], start: Image, habits: Habits, rule: _Rule
) -> Built:
    built = Built()
    built.put(
        "Input", Input(start), draft.first_line or (draft.lines[0].line if draft.lines else 1)
    )
    for number, line in enumerate(draft.lines):
        shape = built.shapes.get(built.last)
        if shape is None:
            break
        ahead = len(built.rows)
        if number in blocks and isinstance(shape, Image):
            _stage(built, line, blocks[number], rule)
        else:
            _simple(built, line, shape, habits, rule)
        built.claim(line, ahead)
    return built


def _simple(built: Built, line: Line, shape: Shape, habits: Habits, rule: _Rule) -> None:
    steps = list(line.steps)
    if (
        any(step.op == "convolution" for step in steps)
        and rule.has_normalisation
        and not any(step.op == "normalisation" for step in steps)
    ):
        at = next(at for at, step in enumerate(steps) if step.op == "convolution")
        steps[at + 1 : at + 1] = [
            Step("normalisation"),
            Step("activation", ({"function": "ReLU"},)),
        ]
    if rule.is_residual:
        steps = [padded_as_usual(built, line, step, shape) for step in steps]
    habit = replace(
        habits,
        has_bias=rule.has_bias,
        padding=habits.padding if habits.padding is not None else None,
    )
    dense = any(step.op == "dense" for step in steps)
    solution = solve(
        [replace(line, steps=steps)],
        shape,
        "maps last",
        replace(habit, has_bias=None) if dense else habit,
    )
    for one in solution.layers if solution else ():
        if one.layer is None:
            if one.missing:
                built.missing.append(missing_in_row(line.name, one.missing, line.line))
            continue
        if (
            isinstance(one.layer, Activation)
            and built.rows
            and built.rows[-1].activation is None
            and isinstance(built.rows[-1].layer, BatchNormalization | Convolution)
        ):
            built.rows[-1] = replace(built.rows[-1], activation=one.layer.function)
            continue
        named = f"{line.name} {one.layer.KIND.lower()}" if len(steps) > 1 else line.name
        named = built.put(named, one.layer, line.line)
        told = tuple(text for text in one.inferred if text not in {SIZED_KERNEL, UNSAID_KERNEL})
        built.told += [layer_inferred(named, told, line.line)] if told else []


def _stage(built: Built, line: Line, block: Block, rule: _Rule) -> None:
    shape = built.shapes[built.last]
    if not isinstance(shape, Image):
        return
    stride = 1
    if line.output is not None and len(line.output.numbers) >= PLANE_AXES:
        out = line.output.numbers[0]
        stride = max(1, round(shape.height / out)) if out else 1
    for number in range(block.times):
        source = built.last
        came = built.shapes[source]
        step = stride if number == 0 else 1
        label = f"{line.name} block {number + 1}"
        for at, (kernel, maps) in enumerate(block.parts):
            is_last = at == len(block.parts) - 1
            layer = Convolution(
                maps,
                kernel,
                step if at == rule.strided_part(block) else 1,
                max(kernel) // 2 if max(kernel) > 1 else "valid",
                has_bias=rule.has_bias,
            )
            keeps = is_last and rule.is_residual
            built.put(
                f"{label} conv {at + 1}",
                layer,
                line.line,
                is_rectified=not (rule.has_normalisation or keeps),
            )
            if rule.has_normalisation:
                built.put(
                    f"{label} BN {at + 1}",
                    BatchNormalization(),
                    line.line,
                    is_rectified=not keeps,
                )
        if not rule.is_residual:
            continue
        inner, other = built.last, source
        maps = block.parts[-1][1]
        if built.shapes[inner] != came and not rule.projects:
            other = built.widen(label, source, maps, step, line.line)
        elif built.shapes[inner] != came:
            other = built.put(
                f"{label} shortcut",
                Convolution(maps, 1, step, has_bias=rule.has_bias),
                line.line,
                source,
            )
            if rule.has_normalisation:
                other = built.put(f"{label} shortcut BN", BatchNormalization(), line.line)
        built.put(f"{label} sum", Add(), line.line, inner, is_rectified=True, others=(other,))


__all__ = ["Remark", "network_columns", "read_columns"]

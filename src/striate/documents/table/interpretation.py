"""From a table as people write it to a network: its words give lines, and arithmetic reads them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, final

from striate.documents.parts import Grid, NetworkRead
from striate.documents.table.columns import Columns, columns_of
from striate.documents.table.phrases import (
    CONVOLUTIONS,
    MAIN,
    POOLINGS,
    WINDOWED,
    Phrase,
    Said,
    Step,
    range_of,
    read_phrase,
)
from striate.documents.table.prose import Habits, InputSaid, input_in
from striate.documents.table.rows import rows_of
from striate.documents.table.solving import (
    CONTRADICTION,
    Line,
    Order,
    Solution,
    agrees,
    solve,
)
from striate.documents.table.text import Size, is_empty, plain, read_count, read_size
from striate.documents.table.words import Op, Role, function_in, ops_in
from striate.errors.inference import (
    column_not_read,
    input_inferred,
    input_not_said,
    sizes_inferred,
)
from striate.shapes import Features, Image, Shape


_LAYERS = {*MAIN, "flatten", "activation", "normalisation", "dropout", "input", "response"}
_KERNELED = {
    "convolution",
    "depthwise",
    "separable",
    "transposed",
    "dense",
    "max pooling",
    "average pooling",
    "pooling",
    "global average",
    "global max",
}
_LINES = 5000


@final
@dataclass
class Draft:
    """A table on its way to a network: the lines below the input, and what is known of the input.

    Args:
        lines: The lines.
        first: What the row of the input says; None if there is no such row.
        first_line: Line of that row.
        first_name: Its name.
        totals: (line, count as printed) of the Total row.
        headings: (line, text) of rows that only part the others.
    """

    lines: list[Line]
    first: InputSaid | None = None
    first_line: int | None = None
    first_name: str = "Input"
    first_size: Size | None = None
    first_maps: int | None = None
    totals: tuple[int, str] | None = None
    headings: tuple[tuple[int, str], ...] = ()


def is_candidate(grid: Grid) -> bool:
    """Whether a table may be a network: its rows name layers, and its columns say something of them."""
    if len(grid.lines) < 2 or len(grid.lines) > _LINES:
        return False
    columns = columns_of(grid)
    if "measure" in columns.roles:
        return False
    named = [_ops_of(_cells(grid, columns, cells), columns) for _, cells in grid.lines]
    filled = [ops for ops in named if ops is not None]
    known = [ops for ops in filled if any(op in _LAYERS for op in ops)]
    if len(known) < max(2, len(filled) / 2):
        return False
    if not columns.has("layer", "type", "details"):
        return False
    if not any(op in _KERNELED for ops in known for op in ops):
        return False
    if columns.has("output", "size", "input", "kernel", "maps", "units", "pooling"):
        return True
    # Without a column of numbers, the words of the layers must hold them.
    return _has_numbers(grid, columns)


def _has_numbers(grid: Grid, columns: Columns) -> bool:
    counted = 0
    for _, cells in grid.lines:
        by_role = _cells(grid, columns, cells)
        text = " ".join(by_role.get(role, "") for role in ("layer", "type", "details"))
        phrase = read_phrase(text)
        counted += any(
            key in said
            for step in phrase.steps
            for said in step.said
            for key in ("kernel", "maps", "units", "output")
        )
    return counted * 3 >= len(grid.lines) and counted > 1


def _ops_of(cells: dict[Role, str], columns: Columns) -> list[Op] | None:
    """Give the layers that a row names, or None for a row that says nothing at all."""
    texts = [cells.get("type", ""), cells.get("layer", "")]
    if not columns.has("layer", "type"):
        texts.append(cells.get("details", ""))
    for text in texts:
        ops = [op for _, _, op in ops_in(plain(text))]
        if ops:
            return ops
    if all(is_empty(text) for text in texts):
        return None
    letter = _by_letter(plain(cells.get("layer", "")))
    return [letter] if letter else []


def _cells(grid: Grid, columns: Columns, cells: Sequence[str]) -> dict[Role, str]:
    """Give the cells of a row by role; several of details are joined."""
    by_role: dict[Role, str] = {}
    for role, text in zip(columns.roles, cells, strict=False):
        if role is None or is_empty(text):
            continue
        by_role[role] = f"{by_role[role]}, {text}" if role in by_role else text
    return by_role


_LETTERS: tuple[tuple[str, Op], ...] = (
    ("C", "convolution"),
    ("S", "pooling"),
    ("P", "pooling"),
    ("F", "dense"),
)


def _by_letter(name: str) -> Op | None:
    """Take LeNet-5's way of naming rows at its word: C1, S2, F6."""
    found = re.fullmatch(r"([CSPF])\s?-?\d{1,2}(?:_\d)?", name)
    return dict(_LETTERS)[found[1]] if found else None


def interpret(grid: Grid, habits: Habits, *, given: Shape | None = None) -> NetworkRead:
    """Read a table as people write it.

    Args:
        grid: A table for which `is_candidate` holds.
        habits: What the sentences around it say.
        given: What comes in, where the user says it.
    """
    columns = columns_of(grid)
    draft = draft_of(grid, columns)
    return read_draft(draft, habits, grid, columns, given=given)


def read_draft(
    draft: Draft,
    habits: Habits,
    grid: Grid,
    columns: Columns | None,
    *,
    given: Shape | None = None,
    name: str = "",
) -> NetworkRead:
    """Solve a draft for what it leaves open, and make it a network."""
    solution, said = _best(draft, habits, given)
    remarks = []
    faults = []
    if columns is not None:
        remarks += [column_not_read(title, grid.line) for title in columns.unread]
    if solution is None:
        faults.append(input_not_said(grid.line))
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
    told = _order_told(draft, solution.order)
    if told is not None:
        remarks.append(sizes_inferred(solution.order, told[0], told[1], grid.line))
    made = rows_of(draft, solution, habits)
    return NetworkRead(
        made.table,
        grid.line,
        grid.heading,
        name,
        (*faults, *made.faults),
        (*remarks, *made.remarks),
    )


def _order_told(draft: Draft, order: Order) -> tuple[int, int] | None:
    sizes = [
        line.output
        for line in draft.lines
        if line.output and len(line.output.numbers) == 3 and not line.output.order
    ]
    return (len(sizes), len(sizes)) if sizes and order == "maps first" else None


def _best(draft: Draft, habits: Habits, given: Shape | None) -> tuple[Solution | None, str]:
    """Try every input and order of sizes that may be meant, and every habit that the total decides."""
    best: tuple[float, Solution, str] | None = None
    totals = [draft.totals] if draft.totals else habits.totals
    for order in _orders(draft):
        for start, cost, said in _inputs(draft, habits, order, given):
            for variant, extra in _variants(habits, draft, has_total=bool(totals)):
                solution = solve(draft.lines, start, order, variant)
                if solution is None:
                    continue
                cost_here = solution.cost + cost + extra
                if totals and not any(
                    agrees(printed, count)
                    for _, printed in totals
                    for count in (solution.parameters, solution.parameters + solution.fixed)
                ):
                    cost_here += CONTRADICTION
                if best is None or cost_here < best[0]:
                    best = (cost_here, solution, said)
                if cost_here < 1.0 + cost:
                    break
    return (None, "") if best is None else best[1:]


def _variants(habits: Habits, draft: Draft, *, has_total: bool) -> Iterator[tuple[Habits, float]]:
    """Give the habits as said, and those that a total may decide where rows claim no parameters."""
    yield habits, 0.0
    if habits.padding is None:
        yield replace(habits, padding="same"), 0.8
    if has_total and habits.has_bias is None and not any(line.parameters for line in draft.lines):
        yield replace(habits, has_bias=False), 2.0


def _orders(draft: Draft) -> tuple[Order, ...]:
    """Give the orders that sizes of three numbers may have, the one that most are plainly in first."""
    sizes = [
        size.numbers
        for line in draft.lines
        for size in (line.output, line.input)
        if size is not None and len(size.numbers) == 3 and not size.order
    ]
    if draft.first_size is not None and len(draft.first_size.numbers) == 3:
        sizes.append(draft.first_size.numbers)
    if not sizes:
        return ("maps last",)
    first = sum(b == c != a for a, b, c in sizes)
    last = sum(a == b != c for a, b, c in sizes)
    if last and not first:
        return ("maps last",)
    if first and not last:
        return ("maps first",)
    return ("maps last", "maps first") if last >= first else ("maps first", "maps last")


def _inputs(
    draft: Draft, habits: Habits, order: Order, given: Shape | None
) -> Iterator[tuple[Shape, float, str]]:
    """Give what may come in, with a cost and with where it is said."""
    if given is not None:
        yield given, 0.0, "as given"
        return
    known: list[tuple[int | None, int | None, int | None, float, str]] = []
    if draft.first is not None or draft.first_size is not None:
        said = draft.first
        channels = said.channels if said else None
        height, width = (said.height, said.width) if said else (None, None)
        size = draft.first_size
        if size is not None:
            match size.numbers:
                case (a, b, c):
                    is_first = size.order == "maps first" or (
                        not size.order and order == "maps first"
                    )
                    channels, height, width = (a, b, c) if is_first else (c, a, b)
                case (a, b) if (
                    draft.first_maps is not None or channels is not None or max(a, b) > 1
                ):
                    height, width = a, b
                case (a,):
                    if (
                        draft.first_maps is None
                        and channels is None
                        and all(_reads_vectors(line) for line in draft.lines[:1])
                    ):
                        yield Features(a), 0.0, f"line {draft.first_line}"
                        return
                    height = width = a
        channels = draft.first_maps or channels
        known.append((channels, height, width, 0.0, f"line {draft.first_line}"))
    elif draft.lines and draft.lines[0].input is not None:
        size = draft.lines[0].input
        where = f"what row {draft.lines[0].name} reads"
        if len(size.numbers) == 3:
            is_first = size.order == "maps first" or (not size.order and order == "maps first")
            a, b, c = size.numbers
            known.append(((a, b, c) if is_first else (c, a, b)) + (0.0, where))
        elif len(size.numbers) == 2:
            known.append((None, *size.numbers, 0.0, where))
        elif _reads_vectors(draft.lines[0]):
            yield Features(size.numbers[0]), 0.0, where
            return
    sentences = [
        (one.channels, one.height, one.width, 0.2 * rank, f"the sentence in line {one.line}")
        for rank, one in enumerate(habits.inputs)
    ]
    channels_said = next(((one[0], one[4]) for one in sentences if one[0] is not None), None)
    if not known:
        known = [one for one in sentences if one[1] is not None]
    else:
        sized = next((one for one in sentences if one[1] is not None), None)
        known = [
            (
                channels,
                height if height is not None else sized[1] if sized else None,
                width if width is not None else sized[2] if sized else None,
                cost,
                where,
            )
            for channels, height, width, cost, where in known
        ]
    if not known or all(one[1] is None for one in known):
        known = (
            [*known[:1], *_by_arithmetic(draft, order, habits)]
            if not known
            else [
                (known[0][0] or one[0], one[1], one[2], one[3], one[4])
                for one in _by_arithmetic(draft, order, habits)
            ]
        )
    seen: set[Shape] = set()
    for channels, height, width, cost, where in known[:8]:
        if height is None or width is None:
            continue
        if channels is not None:
            options = [(channels, cost, where)]
        elif channels_said is not None and channels_said[0] is not None:
            options = [(channels_said[0], cost, f"{where} and {channels_said[1]}")]
        else:
            options = _channels(draft, order, cost, where)
        for maps, extra, said_by in options:
            shape = Image(maps, height, width)
            if (
                shape not in seen
                and 0 < maps <= 10**5
                and 0 < min(height, width)
                and max(height, width) <= 10**5
            ):
                seen.add(shape)
                yield shape, extra, said_by


def _reads_vectors(line: Line) -> bool:
    return any(step.op == "dense" for step in line.steps) and not any(
        step.op in WINDOWED for step in line.steps
    )


def _channels(draft: Draft, order: Order, cost: float, where: str) -> list[tuple[int, float, str]]:
    """Give the channels that the parameters of the first convolution leave possible."""
    for line in draft.lines[:3]:
        said = [
            one["maps in"]
            for step in line.steps
            if step.op in CONVOLUTIONS
            for one in step.said
            if "maps in" in one
        ]
        if said:
            return [(said[0], cost, f"{where}, and maps that row {line.name} reads")]
        if line.input is not None and len(line.input.numbers) == 3:
            return [(line.input.numbers[0 if order == "maps first" else 2], cost, where)]
        if line.parameters and any(step.op in CONVOLUTIONS for step in line.steps):
            told = f"{where}, and the {line.parameters} parameters of row {line.name}"
            return [(maps, cost + 0.1 * rank, told) for rank, maps in enumerate((3, 1, 4, 2))]
    return []


def _by_arithmetic(
    draft: Draft, order: Order, habits: Habits
) -> list[tuple[int | None, int | None, int | None, float, str]]:
    """Solve for the size of an input that nothing names, from what comes out of the first line."""
    if not draft.lines:
        return []
    line = draft.lines[0]
    size = line.output
    first = line.steps[0] if line.steps else None
    if (
        size is None
        or first is None
        or first.op not in CONVOLUTIONS
        or len(size.numbers) < 2
        or len(line.steps) > 2
    ):
        return []
    numbers = size.numbers
    height, width = numbers[1:] if order == "maps first" and len(numbers) == 3 else numbers[:2]
    found: list[tuple[int | None, int | None, int | None, float, str]] = []
    for said in first.said:
        kernel = said.get("kernel") or habits.kernel
        stride = said.get("stride", (1, 1))
        padding = said.get("padding", habits.padding)
        where = f"what comes out of row {line.name}"
        if stride != (1, 1) or padding is None or kernel is None:
            continue
        if padding == "same":
            found.append((None, height, width, 0.0, where))
        else:
            pixels = 0 if padding == "valid" else padding
            if isinstance(pixels, int):
                found.append(
                    (
                        None,
                        height + kernel[0] - 1 - 2 * pixels,
                        width + kernel[1] - 1 - 2 * pixels,
                        0.0,
                        where,
                    )
                )
    return found


def draft_of(grid: Grid, columns: Columns) -> Draft:
    """Read the lines of a table by its columns."""
    draft = Draft([])
    has_ops = columns.has("layer", "type")
    numbered = columns.has("number")
    for line, texts in grid.lines:
        cells = _cells(grid, columns, texts)
        if not cells and all(is_empty(text) for text in texts):
            continue
        total = _total(cells, texts, columns)
        if total is not None:
            draft.totals = (line, total) if total else draft.totals
            continue
        if (
            not draft.lines
            and draft.first is None
            and draft.first_size is None
            and _is_input(cells, columns)
        ):
            _take_input(draft, line, cells)
            continue
        made = _line(line, cells, columns, has_ops=has_ops, numbered=numbered)
        if made is None:
            draft.headings += ((line, plain(" ".join(texts))),)
            continue
        draft.lines.append(made)
    return _alternated(draft)


_TOTAL = re.compile(
    r"(?:grand |sub)?(?:total|sum)s?(?: ?(?:trainable )?(?:params?|parameters|number of parameters))?|합계|총계|총합|총 ?(?:파라미터|매개변수|합)(?: ?수)?|전체|계|总计|总和|合计|总参数(?:量|数)?|合計|總計|総数|総パラメータ数?|gesamt|summe|insgesamt|parameters?|total ?:.*",
    re.IGNORECASE,
)


def _total(cells: dict[Role, str], texts: Sequence[str], columns: Columns) -> str | None:
    """Give the count of a Total row, nothing for one without, and None for any other row."""
    words = [plain(text).strip(" :") for text in texts if not is_empty(text)]
    named = [word for word in words[:3] if _TOTAL.fullmatch(word)]
    if not named:
        return None
    for role in ("parameters", "weights"):
        if role in cells:
            printed = read_count(cells[role])  # type: ignore[index]
            if printed:
                return printed
    counts = [read_count(word) for word in words if word not in named]
    known = [count for count in counts if count]
    return known[-1] if known else ""


def _is_input(cells: dict[Role, str], columns: Columns) -> bool:
    names = [plain(cells.get(role, "")) for role in ("type", "layer")]
    for name in names:
        ops = [op for _, _, op in ops_in(name)]
        if ops and ops[0] == "input":
            return not any(op in MAIN for op in ops[1:])
        if ops:
            return False
    return any(
        re.fullmatch(
            r"(?:rgb |grey |gray )?(?:image|picture|图像|画像|영상|이미지|bild)s?",
            name,
            re.IGNORECASE,
        )
        for name in names
    )


def _take_input(draft: Draft, line: int, cells: dict[Role, str]) -> None:
    draft.first_line = line
    draft.first_name = _short_name(cells.get("layer", "")) or "Input"
    for role in ("output", "size", "input"):
        if role in cells and draft.first_size is None:
            draft.first_size = read_size(cells[role])  # type: ignore[index]
    maps = cells.get("maps", "")
    counted = re.match(r"\d+", plain(maps))
    draft.first_maps = int(counted[0]) if counted else None
    words = ", ".join(
        text
        for role, text in cells.items()
        if role not in {"parameters", "number", "kernel", "stride"}
    )
    draft.first = input_in(words, line) or InputSaid(None, None, None, line)
    if (
        draft.first_size is not None
        and len(draft.first_size.numbers) == 1
        and draft.first.height is not None
    ):
        draft.first_size = None


def _line(
    line: int, cells: dict[Role, str], columns: Columns, *, has_ops: bool, numbered: bool
) -> Line | None:
    name = (
        _short_name(cells.get("layer", ""))
        or plain(cells.get("type", ""))
        or plain(cells.get("details", ""))[:40]
    )
    phrase, named = _named(cells, columns)
    steps, repeats = phrase.steps, phrase.repeats
    if not steps:
        texts = [cells.get(role, "") for role in ("layer", "type", "details")]
        if len(cells) == 1 or all(is_empty(text) for text in texts[:2]):
            return (
                None
                if len(cells) <= 2
                else Line(line, name or f"line {line}", [Step("identity")], output=None)
            )
        word = plain(
            next(
                text
                for text in (cells.get("type", ""), cells.get("layer", ""))
                if not is_empty(text)
            )
        )
        steps = [Step("unsupported", word=word)]  # type: ignore[arg-type]
    steps = _without_names(steps)
    main = next((at for at, step in enumerate(steps) if step.op in MAIN), None)
    made = Line(line, name or steps[0].word, steps, repeats)
    if main is not None:
        _fill(made, main, cells, named)
    else:
        _fill_beside(made, cells)
    _claim(made, cells)
    if made.repeats == 1 and numbered and "number" in cells:
        counted = range_of(plain(cells["number"]))
        trained = sum(step.op in CONVOLUTIONS or step.op == "dense" for step in made.steps)
        made.repeats = counted if trained == 1 and len(made.steps) <= 3 else 1
    if "repeats" in cells:
        counted_here = re.search(r"\d+", plain(cells["repeats"]))
        made.repeats = min(int(counted_here[0]), 64) if counted_here else made.repeats
    return made


def _without_names(steps: list[Step]) -> list[Step]:
    """Leave out a word that names the place of a row beside one that says what it does: Output (FC)."""
    ops = [step.op for step in steps]
    if len(steps) > 1 and "output" in ops and any(op in MAIN - {"output"} for op in ops):
        said = next(step.said for step in steps if step.op == "output")
        kept = [step for step in steps if step.op != "output"]
        return [
            step.with_readings(said) if step.op == "dense" and said != ({},) else step
            for step in kept
        ]
    if len(steps) > 1 and ops[0] == "input":
        return [step for step in steps if step.op != "input"]
    doubled: list[Step] = []
    for step in steps:
        # `Dense (fully connected)` is one layer.
        if (
            doubled
            and doubled[-1].op == step.op
            and step.op in {"dense", "dropout", "normalisation", "flatten"}
            and step.said == ({},)
        ):
            continue
        doubled.append(step)
    return doubled


def _named(cells: dict[Role, str], columns: Columns) -> tuple[Phrase, Role]:
    """Read the cell that says what a row does: its type, else its name, else its details."""
    layer = cells.get("layer", "")
    named = read_phrase(layer, is_name=True) if layer else Phrase()
    if "type" in cells:
        phrase = read_phrase(cells["type"])
        kinds = [step.op for step in phrase.steps]
        if (
            kinds
            and kinds != ["input"]
            and not (kinds == ["output"] and any(step.op in MAIN for step in named.steps))
        ):
            phrase.repeats = max(phrase.repeats, named.repeats)
            return _with_name(phrase, named), "type"
        if named.steps:
            return named, "layer"
        if kinds:
            return phrase, "type"
    if named.steps:
        return named, "layer"
    letter = _by_letter(plain(layer))
    if letter is not None:
        return Phrase([Step(letter, ({},), plain(layer))], ({},), named.repeats), "layer"
    if "details" in cells:
        phrase = read_phrase(cells["details"])
        return phrase, "details"
    return Phrase(), "layer"


def _with_name(phrase: Phrase, named: Phrase) -> Phrase:
    """Take from the name of a row what its type leaves open: `Conv 3x3 | Convolution`."""
    steps = []
    for step in phrase.steps:
        match = next((one for one in named.steps if one.op == step.op and one.said != ({},)), None)
        if match is not None:
            said = tuple(
                {key: value for key, value in one.items() if key in {"kernel", "stride", "padding"}}
                for one in match.said
            )
            step = step.with_readings(said)
        steps.append(step)
    return Phrase(steps, phrase.loose, phrase.repeats)


def _fill(made: Line, main: int, cells: dict[Role, str], named: Role) -> None:
    """Give the main layer of a line, and those beside it, what the other cells say."""
    step = made.steps[main]
    after: list[Step] = []
    before: list[Step] = []
    column: Said = {}
    if "stride" in cells and step.op in WINDOWED:
        column |= _stride_cell(cells["stride"])
    if "padding" in cells and step.op in WINDOWED:
        column |= _padding_cell(cells["padding"])
    if "groups" in cells:
        counted = re.fullmatch(r"\d{1,6}", plain(cells["groups"]))
        column |= {"groups": int(counted[0])} if counted and step.op == "convolution" else {}
    if "dilation" in cells and step.op == "convolution":
        counted = re.match(r"\d{1,3}", plain(cells["dilation"]))
        column |= {"dilation": int(counted[0])} if counted else {}
    if "maps in" in cells:
        counted = re.match(r"\d{1,6}", plain(cells["maps in"]))
        column |= {"maps in": int(counted[0])} if counted and step.op in CONVOLUTIONS else {}
    for role in ("maps", "units"):
        if role in cells:
            column |= _maps_cell(cells[role], step.op, made)  # type: ignore[index]
    step = step.with_defaults(column)
    pool_at = next((at for at, one in enumerate(made.steps) if one.op in POOLINGS), None)
    if "kernel" in cells:
        step = _kernel_cell(step, cells["kernel"], after)
    if "pooling" in cells:
        readings = read_phrase(cells["pooling"], main="max pooling").loose
        if step.op in POOLINGS:
            step = step.with_readings(readings)
        elif pool_at is None:
            word = plain(cells["pooling"])
            is_average = re.search(r"av(?:g|erage)|mean|평균|平均", word, re.IGNORECASE)
            if not re.fullmatch(r"no|x|false|-", word, re.IGNORECASE):
                after.append(
                    Step("average pooling" if is_average else "max pooling", readings, word)
                )
    for role in ("details", "note"):
        if role in cells and role != named:
            step = _details_cell(step, cells[role], made, before, after, is_note=role == "note")  # type: ignore[index]
    made.steps[main] = step
    functions = [one for one in made.steps if one.op == "activation"]
    if "activation" in cells and not functions and not any(one.op == "activation" for one in after):
        function = _function_cell(cells["activation"])
        if function is not None:
            after.insert(0, function)
    if "normalisation" in cells and re.fullmatch(
        r"yes|y|✓|✔|true|o|bn|batch.*|1|있음|是|有", plain(cells["normalisation"]), re.IGNORECASE
    ):
        after.insert(0, Step("normalisation", word="BN"))
    _insert(made, main, before, after)
    if "dropout" in cells:
        _dropout_cell(made, cells["dropout"])
    if step.op == "convolution" and step.word.casefold().startswith("dense"):
        made.steps[main] = replace(step, op="dense")


def _insert(made: Line, main: int, before: list[Step], after: list[Step]) -> None:
    """Put layers beside the main one: functions and normalisation right behind it, the rest at the end."""
    present = {step.op for step in made.steps}
    before = [step for step in before if step.op not in present]
    after = [step for step in after if step.op not in present or step.op == "activation"]
    near = [step for step in after if step.op in {"activation", "normalisation"}]
    far = [step for step in after if step.op not in {"activation", "normalisation"}]
    has_own = any(step.op == "activation" for step in made.steps)
    near = [step for step in near if not (has_own and step.op == "activation")]
    made.steps[main + 1 : main + 1] = near
    made.steps[main:main] = before
    made.steps += far


def _fill_beside(made: Line, cells: dict[Role, str]) -> None:
    """Give a line that is only a function, a dropout or the like what its other cells say."""
    step = made.steps[0]
    texts = ", ".join(
        cells[role] for role in ("details", "note", "kernel", "maps", "dropout") if role in cells
    )  # type: ignore[index]
    if step.op == "dropout" and not any("fraction" in said for said in step.said):
        if texts:
            phrase = read_phrase(texts, main="dropout")
            made.steps[0] = step.with_readings(phrase.loose)
    elif step.op == "activation":
        named = step.said[0].get("function") if step.said else None
        function = _function_cell(cells.get("activation", ""))
        if named is None and function is not None:
            made.steps[0] = replace(step, said=function.said)
        units = read_phrase(texts, main="dense").loose if texts else ({},)
        if named == "softmax" and units and "units" in units[0] and made.output is None:
            made.output = Size((units[0]["units"],), texts)


def _stride_cell(text: str) -> Said:
    numbers = [int(one) for one in re.findall(r"\d+", plain(text))[:2]]
    if not numbers or max(numbers) > 64 or min(numbers) < 1:
        return {}
    return {"stride": (numbers[0], numbers[-1])}


def _padding_cell(text: str) -> Said:
    words = plain(text)
    found = re.search(r"(\d+)(?:\s*[x,]\s*(\d+))?", words)
    if found and int(found[1]) < 64:
        height, width = int(found[1]), int(found[2] or found[1])
        return {"padding": height if height == width else (height, width)}
    readings = read_phrase(f"padding {words}", main="convolution").loose
    if readings and "padding" in readings[0]:
        return {"padding": readings[0]["padding"]}
    if re.fullmatch(r"no|none|x|false", words, re.IGNORECASE):
        return {"padding": "valid"}
    return {}


def _maps_cell(text: str, op: Op, made: Line) -> Said:
    words = plain(text)
    if op in {"dense", "output"}:
        found = re.search(r"(?:(\d[\d,]*)\s*(?:→|->)\s*)?(\d{1,3}(?:,\d{3})+|\d+)", words)
        return {"units": int(found[2].replace(",", ""))} if found and "x" not in words else {}
    if op in CONVOLUTIONS:
        readings = read_phrase(words, main=op).loose
        return readings[0] if readings else {}
    found = re.fullmatch(r"(\d{1,6})(?:\D.*)?", words)
    if found and "x" not in words[:12]:
        made.maps = int(found[1])
    return {}


def _kernel_cell(step: Step, text: str, after: list[Step]) -> Step:
    if step.op in WINDOWED or step.op in {"dense", "output"}:
        words = plain(text)
        if step.op in WINDOWED and re.fullmatch(r"\d{1,2}", words):
            return step.with_defaults({"kernel": (int(words), int(words))})
        if step.op in WINDOWED:
            bare = re.fullmatch(r"[(\[]?\s*(\d{1,3})\s*,\s*(\d{1,3})\s*[)\]]?", words)
            if bare:
                return step.with_defaults({"kernel": (int(bare[1]), int(bare[2]))})
        phrase = read_phrase(text, main=step.op)
        after += [one for one in phrase.steps if one.op != "flatten"]
        return step.with_readings(phrase.loose)
    return step


def _details_cell(
    step: Step, text: str, made: Line, before: list[Step], after: list[Step], *, is_note: bool
) -> Step:
    phrase = read_phrase(text, main=step.op)
    if phrase.repeats > 1 and made.repeats == 1 and not is_note:
        made.repeats = phrase.repeats
    if is_note:
        # A remark is believed where it counts something by name, and is no source of layers.
        named = {"kernel", "maps", "units", "stride", "padding"}
        kept = tuple(
            {key: value for key, value in said.items() if key in named} for said in phrase.loose
        )
        strict = re.search(
            r"\d\s*-?\s*(?:filters?|kernels?|channels?|maps|units|neurons|필터|채널|通道|滤波器|フィルタ)|stride|pad|\dx\d",
            plain(text),
            re.IGNORECASE,
        )
        if not strict or len(plain(text)) > 80:
            return step
        return step.with_readings((*kept, {}))
    before += [one for one in phrase.steps if one.op == "flatten"]
    after += [one for one in phrase.steps if one.op != "flatten"]
    if step.op in POOLINGS:
        words = plain(text)
        pool = (
            "average"
            if re.search(r"av(?:g|erage)|mean|평균|平均|mittel", words, re.IGNORECASE)
            else ("max" if re.search(r"max|최대|最大", words, re.IGNORECASE) else "")
        )
        if pool:
            step = step.with_defaults({"pool": pool})
    sizes = [said["output"] for said in phrase.loose if "output" in said]
    if sizes and made.output is None:
        made.output = sizes[0]
    return step.with_readings(phrase.loose)


_NO_FUNCTION = re.compile(
    r"linear|none|identity|no|선형|없음|无|線形|なし|keine|logits|raw.*", re.IGNORECASE
)


def _function_cell(text: str) -> Step | None:
    words = plain(text)
    function = function_in(words)
    if function is not None:
        return Step("activation", ({"function": function},), words)
    if not words or _NO_FUNCTION.fullmatch(words) or re.fullmatch(r"[\d.,%]+", words):
        return None
    return Step("activation", ({"function": None},), words)


def _dropout_cell(made: Line, text: str) -> None:
    words = plain(text)
    readings = read_phrase(words, main="dropout").loose
    said = readings[0] if readings else {}
    is_named = any(step.op == "dropout" for step in made.steps)
    if "fraction" not in said:
        percent = re.fullmatch(r"(\d{1,2})", words)
        said = {"fraction": int(percent[1]) / 100} if percent and int(percent[1]) else {}
    if said and said["fraction"] > 0 and not is_named:
        made.steps.append(Step("dropout", (said,), words))


def _claim(made: Line, cells: dict[Role, str]) -> None:
    """Take what a line claims."""
    for role in ("output", "size"):
        if role in cells and made.output is None:
            made.output = read_size(cells[role])  # type: ignore[index]
    if made.output is None:
        said = [one["output"] for step in made.steps for one in step.said if "output" in one]
        made.output = said[-1] if said else None
    if "input" in cells:
        made.input = read_size(cells["input"])
    weights = read_count(cells["weights"]) if "weights" in cells else None
    biases = read_count(cells["biases"]) if "biases" in cells else None
    if "parameters" in cells:
        made.parameters = read_count(cells["parameters"])
    elif weights is not None:
        both = _added(weights, biases)
        made.parameters = both or weights
    for role, count in (
        ("operations", "multiply_adds"),
        ("connections", "connections"),
        ("neurons", "neurons"),
    ):
        if role in cells:
            printed = read_count(cells[role])  # type: ignore[index]
            if printed is not None:
                made.counts[count] = printed
    made.note = plain(cells.get("note", ""))


def _added(weights: str, biases: str | None) -> str | None:
    numbers = [one.replace(",", "") for one in (weights, biases or "")]
    return f"{sum(map(int, numbers)):,}" if all(one.isdecimal() for one in numbers) else None


def _short_name(text: str) -> str:
    words = plain(text).strip(" :.")
    return words[:60]


def _alternated(draft: Draft) -> Draft:
    """Let neighbouring lines that stand equally often alternate, as `3x dw, 3x pw` means three pairs."""
    runs: list[list[Line]] = []
    for line in draft.lines:
        ahead = runs[-1][-1] if runs else None
        if (
            ahead
            and ahead.repeats == line.repeats > 1
            and _is_prefixed(ahead)
            and _is_prefixed(line)
            and ahead.steps[0].op != line.steps[0].op
        ):
            runs[-1].append(line)
        else:
            runs.append([line])
    lines: list[Line] = []
    for run in runs:
        if len(run) == 1:
            lines += run
            continue
        for _ in range(run[0].repeats):
            lines += [replace(line, repeats=1, parameters=None) for line in run]
    draft.lines = lines
    # Where sizes are those that come in, what comes out of a line is what the next one reads.
    for line, below in pairwise(draft.lines):
        if line.output is None and line.maps is None and below.input is not None:
            line.output = below.input
    return draft


def _is_prefixed(line: Line) -> bool:
    return re.match(r"\s*\d{1,2}\s*x", line.name) is not None


__all__ = ["Draft", "draft_of", "interpret", "is_candidate", "read_draft"]

"""The lines of a table of layers: what each says of its layers, and what it claims."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import final

from striate.documents.parts import Grid
from striate.documents.patterns import pattern_of
from striate.documents.table.accounting import CLAIMS, COUNTS
from striate.documents.table.cells import fill, fill_beside, is_signed, of_own_widths
from striate.documents.table.claims import Line
from striate.documents.table.columns import Columns, unknown_cells
from striate.documents.table.counted import parameters_apart, settle_ordinals
from striate.documents.table.phrases import (
    CONVOLUTIONS,
    MAIN,
    WINDOWED,
    Phrase,
    Step,
    parted,
    range_of,
    read_phrase,
)
from striate.documents.table.prose import InputSaid, input_in
from striate.documents.table.text import Size, is_empty, plain, read_count
from striate.documents.table.words import SIZES, Op, Role, ops_in
from striate.documents.trained import Part, part_of_total


@final
@dataclass
class Draft:
    """A table on its way to a network: the lines below the input, and what is known of the input.

    Args:
        lines: The lines.
        first: What the row of the input says; None if there is no such row.
        first_line: Line of that row.
        first_name: Its name.
        first_number: Its number, where a column counts the rows.
        first_size: Its size, as printed.
        first_maps: Its maps, where a column of their own says so.
        first_cells: All its cells.
        totals: (line, count as printed) of the Total row.
        parts: Counts of what is trained, and of what is not.
        headings: (line, text) of rows that only part the others.
        prepared: (line, text) of rows that say how pictures are prepared.
    """

    lines: list[Line]
    first: InputSaid | None = None
    first_line: int | None = None
    first_name: str = "Input"
    first_number: str = ""
    first_size: Size | None = None
    first_maps: int | None = None
    first_cells: Mapping[Role, str] = field(default_factory=dict)
    totals: tuple[int, str] | None = None
    parts: list[Part] = field(default_factory=list)
    headings: tuple[tuple[int, str], ...] = ()
    prepared: tuple[tuple[int, str], ...] = ()


def cells_by_role(columns: Columns, cells: Sequence[str]) -> dict[Role, str]:
    """Give the cells of a row by role; several of details are joined."""
    by_role: dict[Role, str] = {}
    for role, text in zip(columns.roles, cells, strict=False):
        if role is None or is_empty(text):
            continue
        by_role[role] = f"{by_role[role]}, {text}" if role in by_role else text
    return by_role


_CELLS_OF_HEADING = 2
"""Most cells of a line that only parts the rows below it from those above."""

_SIZED = pattern_of(r"\d\s*x\s*\d|\d\s*@\s*\d|\(\s*\d+\s*,\s*\d+")
"""A size or a kernel, which no heading between rows has."""

_LAYERS_OF_ONE = 3
"""Most layers of a line that a range of numbers repeats: a convolution, its normalisation, its function."""

_MOST_REPEATS = 64
_LEAST_SIDE = 16
"""A side from which on a size in a column of kernels is that of a picture."""

_LETTERS: tuple[tuple[str, Op], ...] = (
    ("C", "convolution"),
    ("S", "pooling"),
    ("P", "pooling"),
    ("F", "dense"),
)


def op_by_letter(name: str) -> Op | None:
    """Take LeNet-5's way of naming rows at its word: C1, S2, F6."""
    found = re.fullmatch(r"([CSPFcpf])\s?-?\d{1,2}(?:_\d)?", name)
    return dict(_LETTERS)[found[1].upper()] if found else None


def draft_of(grid: Grid, columns: Columns) -> Draft:
    """Read the lines of a table by its columns."""
    draft = Draft([])
    for line, texts, cells in _lines_of(grid, columns):
        if not cells and all(is_empty(text) for text in texts):
            continue
        if _is_banner(texts):
            draft.headings += ((line, plain(texts[0])),)
            continue
        part = part_of_total(line, " ".join(map(plain, texts)))
        if part is not None:
            draft.parts.append(part)
            continue
        if _PART_OF_TOTAL.match(plain(texts[0])):
            draft.headings += ((line, plain(" ".join(texts))),)
            continue
        total = _total(cells, texts, is_below=bool(draft.lines))
        if total is not None:
            draft.totals = (line, total) if total else draft.totals
            if not total and re.search(r"\d", " ".join(texts)):
                draft.headings += ((line, plain(" ".join(texts))),)
            continue
        if (
            not draft.lines
            and draft.first is None
            and draft.first_size is None
            and _is_input(cells)
        ):
            _take_input(draft, line, cells, columns)
            continue
        if not draft.lines and _prepares(cells):
            draft.prepared += ((line, plain(next(iter(cells.values())))),)
            continue
        made = line_of(line, cells, columns)
        if made is None:
            draft.headings += ((line, plain(" ".join(texts))),)
            continue
        made.beside = tuple(
            (title, text)
            for title, text in unknown_cells(grid, columns, texts)
            if text not in cells.get("details", "")
        )
        draft.lines.append(made)
    if "parameters" not in columns.roles:
        settle_ordinals(draft.lines)
    return _alternated(draft)


def _lines_of(
    grid: Grid, columns: Columns
) -> Iterator[tuple[int, tuple[str, ...], dict[Role, str]]]:
    """Give the lines of a table; one that holds several layers in each of its cells is as many lines."""
    for line, texts in grid.lines:
        by_role = cells_by_role(columns, texts)
        if not {"layer", "type", "details"} & set(by_role):
            # What an unknown column alone says of a row is its layers.
            told = [text for _, text in unknown_cells(grid, columns, texts) if ops_in(text)]
            by_role |= {"details": ", ".join(told)} if told else {}
        for cells in _abreast(by_role):
            yield line, texts, cells


_PARTS = pattern_of(r"\s*[;,]\s+")
_TIMES = pattern_of(r"^\d{1,2}\s*[x×]\s*")


def _abreast(cells: dict[Role, str]) -> list[dict[Role, str]]:
    """Part a line whose cells hold as many parts as it names layers: `2× Conv dw, Conv | 3×3×32 dw, 1×1×32×64`."""
    named: Role = "type" if ops_in(plain(cells.get("type", ""))) else "layer"
    parts = {role: _PARTS.split(plain(text)) for role, text in cells.items()}
    layers = parts.get(named, [])
    alike = {role for role, found in parts.items() if len(found) == len(layers)}
    if len(layers) < 2 or not alike & {"kernel", "details", "maps"}:  # noqa: PLR2004 - layers side by side
        return [cells]
    if not all({op for _, _, op in ops_in(part)} & MAIN for part in layers):
        return [cells]
    times = _TIMES.match(layers[0])
    made: list[dict[Role, str]] = []
    for at in range(len(layers)):
        first, last = at == 0, at == len(layers) - 1
        one = {
            role: parts[role][at] if role in alike else text
            for role, text in cells.items()
            if role in alike or (first if role == "input" else last if role in CLAIMS else True)
        }
        if times and not first:
            one[named] = f"{times[0]}{one[named]}"
        made.append(one)
    return made


def _prepares(cells: dict[Role, str]) -> bool:
    """Whether a row ahead of all layers only says how pictures are prepared, or varied."""
    names: tuple[Role, ...] = ("type", "layer")
    ops = [op for role in names for _, _, op in ops_in(plain(cells.get(role, "")))]
    return bool(ops) and ops[0] == "preparation" and not set(ops) & MAIN


def _is_banner(texts: Sequence[str]) -> bool:
    """Whether a row is one cell over all columns, which HTML gives to each of them: `Encoder`."""
    return (
        len(texts) > _CELLS_OF_HEADING and len(set(texts)) == 1 and not re.search(r"\d", texts[0])
    )


_PART_OF_TOTAL = pattern_of(
    r"non[- ]?trainable|trainable (?:param|weight)|훈련 ?불가|不可训练", re.IGNORECASE
)
_TOTAL = pattern_of(
    r"(?:grand |sub)?(?:total|sum)s?(?: ?(?:trainable )?(?:params?|parameters|number of parameters))?|합계|총계|총합|총 ?(?:파라미터|매개변수|합)(?: ?수)?|전체|계|总计|总和|合计|总参数(?:量|数)?|合計|總計|総数|総パラメータ数?|gesamt|summe|insgesamt|parameters?|total ?:.*",
    re.IGNORECASE,
)


def _total(cells: dict[Role, str], texts: Sequence[str], *, is_below: bool) -> str | None:
    """Give the count of a Total row, nothing for one without, and None for any other row.

    Below layers, a row that holds a count of parameters and names no layer is one, too.
    """
    words = [plain(text).strip(" :") for text in texts if not is_empty(text)]
    named = [word for word in words[:3] if _TOTAL.fullmatch(word)]
    is_count = is_below and set(cells) <= COUNTS and bool({"parameters", "weights"} & set(cells))
    if not named and not is_count:
        return None
    for role in ("parameters", "weights"):
        if role in cells:
            printed = read_count(cells[role])
            if printed:
                return printed
    counts = [read_count(word) for word in words if word not in named]
    known = [count for count in counts if count]
    return known[-1] if known else ""


_PICTURE = pattern_of(
    r"(?:(?:rgb|grey|gray|colou?r|raw|source|original)[ -]*)?(?:image|picture|photo(?:graph)?|frame|data|图像|图片|画像|写真|영상|이미지|사진|데이터|bild|foto|daten)s?",
    re.IGNORECASE,
)
_DOES: frozenset[Role] = frozenset(
    {"kernel", "stride", "padding", "units", "pooling", "activation", "from"}
)
"""Cells that only a layer has."""


def _is_input(cells: dict[Role, str]) -> bool:
    """Whether the first row is the picture that comes in: by its name, or because it does nothing."""
    roles: tuple[Role, ...] = ("type", "layer")
    names = [plain(cells.get(role, "")) for role in roles]
    for name in names:
        ops = [op for _, _, op in ops_in(name)]
        if ops and ops[0] == "input":
            return not any(op in MAIN for op in ops[1:])
        if ops:
            return False
    if any(_PICTURE.fullmatch(name) for name in names):
        return True
    details = plain(cells.get("details", ""))
    if ops_in(details) or any(op_by_letter(name) for name in names) or _DOES & set(cells):
        return False
    says_size = input_in(details) is not None or any(role in cells for role in SIZES)
    return says_size and plain(cells.get("parameters", "0")) == "0"


def _take_input(draft: Draft, line: int, cells: dict[Role, str], columns: Columns) -> None:
    draft.first_line, draft.first_cells = line, cells
    draft.first_name = _short_name(cells.get("layer", "")) or "Input"
    draft.first_number = plain(cells.get("number", ""))
    roles: tuple[Role, ...] = ("output", "size", "input")
    for role in roles:
        if role in cells and draft.first_size is None:
            draft.first_size = columns.size(role, cells[role])
    # Where no cell gives a size, that of the picture may stand where layers have units or kernels.
    beside: tuple[Role, ...] = ("units", "neurons", "kernel")
    for role in beside:
        if role in cells and draft.first_size is None:
            size = columns.size(role, cells[role])
            is_kernel = role == "kernel" and (size is None or max(size.numbers) < _LEAST_SIDE)
            draft.first_size = None if is_kernel else size
    maps = cells.get("maps", "")
    counted = re.match(r"\d+", plain(maps))
    draft.first_maps = int(counted[0]) if counted else None
    words = ", ".join(
        text
        for role, text in cells.items()
        if role not in {"parameters", "number", "kernel", "stride"}
    )
    axes = columns.axes.get("output", "") or columns.axes.get("size", "")
    draft.first = input_in(words, line, axes) or InputSaid(None, None, None, line)
    if (
        draft.first_size is not None
        and len(draft.first_size.numbers) == 1
        and draft.first.height is not None
    ):
        draft.first_size = None


def line_of(line: int, cells: dict[Role, str], columns: Columns) -> Line | None:
    """Read one line: its layers and their numbers, and what it claims; None for a heading between rows.

    Args:
        line: Its place in the document.
        cells: Its cells.
        columns: What the headings say of them: orders of sizes, units of counts.
    """
    cells = parameters_apart(cells)
    name = (
        _short_name(cells.get("layer", ""))
        or plain(cells.get("type", ""))
        or plain(cells.get("details", ""))[:40]
    )
    written, cells = cells, _detailed(cells)
    phrase, named = _named(cells)
    steps, repeats = phrase.steps, phrase.repeats
    if repeats > 1 and len(steps) == 1:
        steps, repeats, cells = of_own_widths(steps[0], repeats, cells)
    if not steps:
        named_by: tuple[Role, ...] = ("type", "layer", "details")
        texts = [cells.get(role, "") for role in named_by]
        if len(cells) == 1 or all(is_empty(text) for text in texts[:-1]):
            sized = any(_SIZED.search(plain(text)) for text in cells.values())
            if len(cells) <= _CELLS_OF_HEADING and not sized:
                return None
            does = (_DOES | {"details"}) & set(cells) or plain(cells.get("parameters", "0")) != "0"
            steps = [Step("unsupported" if does else "identity", word=f"line {line}")]
            name = name or f"line {line}"
        else:
            steps = [
                Step("unsupported", word=plain(next(text for text in texts if not is_empty(text))))
            ]
    # A row of nothing but names says no layer.
    steps = _without_names(steps) or [
        Step("unsupported", word=plain(next(iter(cells.values()), "")))
    ]
    main = next((at for at, step in enumerate(steps) if step.op in MAIN), None)
    made = Line(line, name or steps[0].word, steps, repeats, cells=written)
    made.counted = tuple(columns.batches.values())
    if main is not None:
        fill(made, main, cells, named)
    else:
        fill_beside(made, cells)
    _claim(made, cells, columns)
    made.unread = tuple(_unread(made, main, cells))
    made.steps = [part for step in made.steps for part in parted(step)]
    made.number = plain(cells.get("number", ""))
    if made.repeats == 1 and made.number:
        counted = range_of(made.number)
        trained = sum(step.op in CONVOLUTIONS or step.op == "dense" for step in made.steps)
        made.repeats = counted if trained == 1 and len(made.steps) <= _LAYERS_OF_ONE else 1
    if "repeats" in cells:
        counted_here = re.search(r"\d+", plain(cells["repeats"]))
        made.repeats = min(int(counted_here[0]), _MOST_REPEATS) if counted_here else made.repeats
    return made


def _detailed(cells: dict[Role, str]) -> dict[Role, str]:
    """Take what stands in the column of types for details where the name of the row says what it does."""
    kind = cells.get("type", "")
    if is_empty(kind) or ops_in(plain(kind)) or not ops_in(plain(cells.get("layer", ""))):
        return cells
    if not re.search(r"\d", kind):
        return cells
    others = dict(cells)
    del others["type"]
    told = others.get("details", "")
    others["details"] = f"{kind}, {told}" if told else kind
    return others


LEFT = "numbers"
"""The column that numbers of a cell are named under which no layer of its row takes."""

_SAID: tuple[tuple[Role, str], ...] = (
    *(("kernel", "kernel"), ("stride", "stride"), ("padding", "padding")),
    *(("groups", "groups"), ("dilation", "dilation")),
)


def _unread(made: Line, main: int | None, cells: dict[Role, str]) -> Iterator[tuple[str, str]]:
    """Give the cells of a line that hold something, of which nothing was understood."""
    step = made.steps[main] if main is not None else None
    if step is not None and step.op in WINDOWED:
        place = next(at for at, one in enumerate(made.steps) if one.op == step.op)
        said = made.steps[place].said
        for role, key in _SAID:
            if role in cells and not any(key in reading for reading in said):
                yield role, plain(cells[role])
    counts: tuple[Role, ...] = ("maps", "units", "neurons")
    for role in counts if step is not None else ():
        if is_signed(cells.get(role, "")):
            yield role, plain(cells[role])
    for one in made.steps:
        if all("left" in said for said in one.said):
            yield LEFT, one.said[0]["left"]
    claims: tuple[tuple[Role, object], ...] = (
        ("output", made.output),
        ("input", made.input),
        ("parameters", made.parameters),
        ("operations", made.counts.get("multiply_adds")),
        ("connections", made.counts.get("connections")),
    )
    for role, claim in claims:
        if role in cells and claim is None:
            yield role, plain(cells[role])


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


def _named(cells: dict[Role, str]) -> tuple[Phrase, Role]:
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
        detailed = read_phrase(cells["details"]) if "details" in cells else Phrase()
        mains = [step.op for step in detailed.steps if step.op in MAIN]
        says = {step.op for step in detailed.steps}
        if any(step.op in mains for step in named.steps) and all(
            step.op in says for step in named.steps
        ):
            # `conv1 | Conv2d(1, 10, 5)`: the cell of details says all that the name says, and more.
            return detailed, "details"
        return named, "layer"
    letter = op_by_letter(plain(layer))
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
            steps.append(step.with_readings(said))
        else:
            steps.append(step)
    return Phrase(steps, phrase.loose, phrase.repeats)


def _claim(made: Line, cells: dict[Role, str], columns: Columns) -> None:
    """Take what a line claims."""
    sizes: tuple[Role, ...] = ("output", "size")
    for role in sizes:
        if role in cells and made.output is None:
            made.output = columns.size(role, cells[role])
    if made.output is None:
        # `6@5x5` may be a size, or maps and their kernel.
        sure = [step for step in made.steps if all("output" in one for one in step.said)]
        said = [one["output"] for step in sure for one in step.said]
        made.output = said[-1] if said else None
    stated = None if made.output is None else made.output.stated
    if stated is not None:
        made.counts["neurons"] = f"{stated:,}"
    if "input" in cells:
        made.input = columns.size("input", cells["input"])
    weights = columns.count("weights", cells.get("weights", ""))
    biases = columns.count("biases", cells.get("biases", ""))
    if "parameters" in cells:
        made.parameters = columns.count("parameters", cells["parameters"])
        made.counted += (weights or "", biases or "")
    elif weights is not None:
        both = _added(weights, biases)
        made.parameters = both or weights
        made.is_weights = biases is None and "biases" not in cells
        made.counted += (weights, biases or "")
    counts: tuple[tuple[Role, str], ...] = (
        ("operations", "multiply_adds"),
        ("connections", "connections"),
        ("neurons", "neurons"),
    )
    for role, count in counts:
        printed = columns.count(role, cells.get(role, ""))
        if printed is not None:
            made.counts[count] = printed
    made.note = plain(cells.get("note", ""))
    made.sources = plain(cells.get("from", ""))


def _added(weights: str, biases: str | None) -> str | None:
    numbers = [one.replace(",", "") for one in (weights, biases or "")]
    return f"{sum(map(int, numbers)):,}" if all(one.isdecimal() for one in numbers) else None


_LONGEST_NAME = 60


def _short_name(text: str) -> str:
    """Give a row's name: what stands ahead of a colon, or all of a cell, up to a whole word."""
    words = plain(text).strip(" :.").lstrip("-*•+ ")
    label, _, rest = words.partition(":")
    if rest and re.search(r"[^\W\d]", label):
        words = label.strip()
    return words if len(words) <= _LONGEST_NAME else words[:_LONGEST_NAME].rpartition(" ")[0]


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
            lines += [
                replace(line, repeats=1, parameters=None, counted=(line.repeats,)) for line in run
            ]
    draft.lines = lines
    _name_end(draft)
    # Where sizes are those that come in, what comes out of a line is what the next one reads.
    for line, below in pairwise(draft.lines):
        if (
            line.output is None
            and line.maps is None
            and below.input is not None
            and not below.sources
        ):
            line.output = below.input
    return draft


def _name_end(draft: Draft) -> None:
    """Let an `Output (10 classes)` below a full layer of 10 units be what comes out of it, and no layer."""
    if len(draft.lines) < 2 or draft.lines[-1].parameters:  # noqa: PLR2004 - it and the one above
        return
    *_, above, last = draft.lines
    full = [step for step in above.steps if step.op == "dense"]
    ends = last.steps[0].op == "output" and last.steps[0].word.casefold() in _ENDS
    if not full or not ends or len(last.steps) > 1 or last.repeats > 1:
        return
    units = [{said.get("units") for said in step.said} for step in (full[-1], last.steps[0])]
    if units[0] == units[1] and None not in units[0]:
        draft.lines.pop()
        draft.headings += ((last.line, " ".join(map(plain, last.cells.values()))),)


_ENDS = {"output", "outputs", "out", "prediction", "출력", "输出", "輸出", "出力", "ausgabe"}


def _is_prefixed(line: Line) -> bool:
    return re.match(r"\s*\d{1,2}\s*[x×]", line.name) is not None

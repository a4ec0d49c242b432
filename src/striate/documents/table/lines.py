"""The lines of a table of layers: what each says of its layers, and what it claims."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import final

from striate.documents.parts import Grid
from striate.documents.table.candidates import Line
from striate.documents.table.columns import Columns
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
from striate.documents.table.prose import InputSaid, input_in
from striate.documents.table.text import Size, is_empty, plain, read_count, read_size
from striate.documents.table.words import Op, Role, function_in, ops_in


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


def cells_by_role(columns: Columns, cells: Sequence[str]) -> dict[Role, str]:
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


def op_by_letter(name: str) -> Op | None:
    """Take LeNet-5's way of naming rows at its word: C1, S2, F6."""
    found = re.fullmatch(r"([CSPF])\s?-?\d{1,2}(?:_\d)?", name)
    return dict(_LETTERS)[found[1]] if found else None


def draft_of(grid: Grid, columns: Columns) -> Draft:
    """Read the lines of a table by its columns."""
    draft = Draft([])
    numbered = columns.has("number")
    for line, texts in grid.lines:
        cells = cells_by_role(columns, texts)
        if not cells and all(is_empty(text) for text in texts):
            continue
        total = _total(cells, texts)
        if total is not None:
            draft.totals = (line, total) if total else draft.totals
            continue
        if (
            not draft.lines
            and draft.first is None
            and draft.first_size is None
            and _is_input(cells)
        ):
            _take_input(draft, line, cells)
            continue
        made = line_of(line, cells, numbered=numbered)
        if made is None:
            draft.headings += ((line, plain(" ".join(texts))),)
            continue
        draft.lines.append(made)
    return _alternated(draft)


_TOTAL = re.compile(
    r"(?:grand |sub)?(?:total|sum)s?(?: ?(?:trainable )?(?:params?|parameters|number of parameters))?|합계|총계|총합|총 ?(?:파라미터|매개변수|합)(?: ?수)?|전체|계|总计|总和|合计|总参数(?:量|数)?|合計|總計|総数|総パラメータ数?|gesamt|summe|insgesamt|parameters?|total ?:.*",
    re.IGNORECASE,
)


def _total(cells: dict[Role, str], texts: Sequence[str]) -> str | None:
    """Give the count of a Total row, nothing for one without, and None for any other row."""
    words = [plain(text).strip(" :") for text in texts if not is_empty(text)]
    named = [word for word in words[:3] if _TOTAL.fullmatch(word)]
    if not named:
        return None
    for role in ("parameters", "weights"):
        if role in cells:
            printed = read_count(cells[role])
            if printed:
                return printed
    counts = [read_count(word) for word in words if word not in named]
    known = [count for count in counts if count]
    return known[-1] if known else ""


def _is_input(cells: dict[Role, str]) -> bool:
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
            draft.first_size = read_size(cells[role])
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


def line_of(line: int, cells: dict[Role, str], *, numbered: bool = False) -> Line | None:
    """Read one line: its layers and their numbers, and what it claims; None for a heading between rows."""
    name = (
        _short_name(cells.get("layer", ""))
        or plain(cells.get("type", ""))
        or plain(cells.get("details", ""))[:40]
    )
    phrase, named = _named(cells)
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
        steps = [Step("unsupported", word=word)]
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
        if mains and any(step.op in mains for step in named.steps):
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


def _fill(made: Line, main: int, cells: dict[Role, str], named: Role) -> None:
    """Give the main layer of a line, and those beside it, what the other cells say."""
    step = made.steps[main]
    after: list[Step] = []
    before: list[Step] = []
    step = step.with_defaults(_column_said(step, cells, made))
    if "kernel" in cells:
        step = _kernel_cell(step, cells["kernel"], after)
    if "pooling" in cells:
        step = _pooling_cell(step, cells["pooling"], made, after)
    for role in ("details", "note"):
        if role in cells and role != named:
            step = _details_cell(step, cells[role], made, before, after, is_note=role == "note")
    made.steps[main] = step
    has_function = any(one.op == "activation" for one in (*made.steps, *after))
    function = _function_cell(cells.get("activation", "")) if not has_function else None
    if function is not None:
        after.insert(0, function)
    if "normalisation" in cells and _YES.fullmatch(plain(cells["normalisation"])):
        after.insert(0, Step("normalisation", word="BN"))
    _insert(made, main, before, after)
    if "dropout" in cells:
        _dropout_cell(made, cells["dropout"])


_YES = re.compile(r"yes|y|✓|✔|true|o|bn|batch.*|1|있음|是|有", re.IGNORECASE)


def _column_said(step: Step, cells: dict[Role, str], made: Line) -> Said:
    """Read the columns that hold one number of a layer each."""
    column: Said = {}
    if "stride" in cells and step.op in WINDOWED:
        column |= _stride_cell(cells["stride"])
    if "padding" in cells and step.op in WINDOWED:
        column |= _padding_cell(cells["padding"])
    counts: tuple[Role, ...] = ("groups", "dilation", "maps in")
    for role in counts:
        counted = re.match(r"\d{1,6}", plain(cells.get(role, "")))
        if counted and step.op == "convolution":
            column[role] = int(counted[0])
    units: tuple[Role, ...] = ("maps", "units")
    for role in units:
        if role in cells:
            column |= _maps_cell(cells[role], step.op, made)
    return column


def _pooling_cell(step: Step, text: str, made: Line, after: list[Step]) -> Step:
    """Read a column of poolings: the window of one, or a pooling behind another layer."""
    readings = read_phrase(text, main="max pooling").loose
    if step.op in POOLINGS:
        return step.with_readings(readings)
    word = plain(text)
    if not any(one.op in POOLINGS for one in made.steps) and not re.fullmatch(
        r"no|x|false", word, re.IGNORECASE
    ):
        is_average = re.search(r"av(?:g|erage)|mean|평균|平均", word, re.IGNORECASE)
        after.append(Step("average pooling" if is_average else "max pooling", readings, word))
    return step


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
    )
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
            made.output = read_size(cells[role])
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
            printed = read_count(cells[role])
            if printed is not None:
                made.counts[count] = printed
    made.note = plain(cells.get("note", ""))
    made.sources = plain(cells.get("from", ""))


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
    return re.match(r"\s*\d{1,2}\s*[x×]", line.name) is not None

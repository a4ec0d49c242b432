"""What the other cells of a line say of its layers: strides, paddings, kernels, counts, functions, details."""

import re
from dataclasses import replace
from typing import Final

from striate.documents.patterns import pattern_of
from striate.documents.table.claims import Line
from striate.documents.table.phrases import (
    CONVOLUTIONS,
    POOLINGS,
    WINDOWED,
    Said,
    Step,
    function_said,
    read_phrase,
)
from striate.documents.table.resizing import BRANCHES
from striate.documents.table.text import Size, plain, read_count, whole
from striate.documents.table.unrolling import widths_of
from striate.documents.table.words import Op, Role, function_in


_MOST_STRIDE: Final = 64
_LONGEST_REMARK: Final = 80
_BEFORE_DIGITS: Final = 12


def fill(made: Line, main: int, cells: dict[Role, str], named: Role) -> None:
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
    _share_maps(made, main, cells)
    has_function = any(one.op == "activation" for one in (*made.steps, *after))
    if step.op in POOLINGS and _POOLS.fullmatch(plain(cells.get("activation", ""))):
        # What stands among functions says what a pooling takes of its window.
        is_largest = _LARGEST.match(plain(cells.pop("activation")))
        made.steps[main] = step.with_defaults({"pool": "max" if is_largest else "average"})
    after[:0] = [
        one
        for one in _function_cells(cells.get("activation", ""))
        if one.op != "activation" or not has_function
    ]
    if "normalisation" in cells and _YES.fullmatch(plain(cells["normalisation"])):
        after.insert(0, Step("normalisation", word="BN"))
    _insert(made, main, before, after)
    if "dropout" in cells:
        _dropout_cell(made, cells["dropout"])


def of_own_widths(
    step: Step, repeats: int, cells: dict[Role, str]
) -> tuple[list[Step], int, dict[Role, str]]:
    """Give each layer of a row like `Conv3-5 | 96, 96, 64 filters` the width of its own."""
    told: tuple[Role, ...] = ("details", "maps", "units", "output")
    for role in told if step.op in {"convolution", "dense"} else ():
        if role == "output" and step.op == "convolution":
            continue
        is_bare = role != "details"
        widths, rest = widths_of(plain(cells.get(role, "")), repeats, is_bare=is_bare)
        if widths:
            key = "maps" if step.op == "convolution" else "units"
            cells = {**cells, role: str(widths[-1]) if role == "output" else rest}
            (said, *_) = read_phrase(rest, main=step.op).loose
            shared = {one: said[one] for one in said if one in {"kernel", "padding"}}
            return [step.with_defaults({key: width, **shared}) for width in widths], 1, cells
    return [step], repeats, cells


def _share_maps(made: Line, main: int, cells: dict[Role, str]) -> None:
    """Let all convolutions of a line have the maps and the kernel that columns say of it, where they say none."""
    for at, one in enumerate(made.steps):
        if at == main or one.op != "convolution" or made.steps[main].op != "convolution":
            continue
        shared = _maps_cell(cells["maps"], one.op, made) if "maps" in cells else {}
        wide = one.with_defaults({key: shared[key] for key in shared if key == "maps"})
        made.steps[at] = _kernel_cell(wide, cells["kernel"], []) if "kernel" in cells else wide


_YES = pattern_of(r"yes|y|✓|✔|true|o|bn|batch.*|1|있음|是|有", re.IGNORECASE)


def _column_said(step: Step, cells: dict[Role, str], made: Line) -> Said:
    """Read the columns that hold one number of a layer each."""
    column: Said = {}
    if "stride" in cells and step.op in WINDOWED:
        column |= _stride_cell(cells["stride"])
    if "padding" in cells and step.op in WINDOWED:
        column |= _padding_cell(cells["padding"])
    counts: tuple[Role, ...] = ("groups", "dilation", "maps in")
    for role in counts:
        counted = re.match(r"\d{1,6}(?!\d)", plain(cells.get(role, "")))
        if counted and step.op == "convolution":
            column[role] = int(counted[0])
    for branch in BRANCHES if step.op == "inception" else ():
        counted = re.match(r"\d{1,6}(?!\d)", plain(cells.get(branch, "")))
        if counted:
            column[branch] = int(counted[0])
    units: tuple[Role, ...] = ("maps", "units")
    for role in units:
        if role in cells:
            column |= _maps_cell(cells[role], step.op, made)
    biases = read_count(cells.get("biases", ""))
    if biases is not None and step.op in {*CONVOLUTIONS, "dense", "output"}:
        column["bias"] = biases != "0"
    if "neurons" in cells and step.op in {"dense", "output"} and "units" not in column:
        column |= _maps_cell(cells["neurons"], step.op, made)
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


_FLAT = pattern_of(
    r"(?:outputs?|ou?puts?|to|→|->|=)\s*[:=]?\s*(\d{1,3}(?:,\d{3})+|\d{1,7})(?![\dx.,@]|\s*-?\s*d(?:im|\b))"
    r"|(?<![\dx.,])(\d{1,3}(?:,\d{3})+|\d{1,7})\s*(?:outputs?|ou?puts?|values|neurons)(?![a-z])",
    re.IGNORECASE,
)
"""How many values come out of a flattening, where its row says so."""


def fill_beside(made: Line, cells: dict[Role, str]) -> None:
    """Give a line that is only a function, a dropout or the like what its other cells say."""
    step = made.steps[0]
    texts = ", ".join(
        cells[role] for role in ("details", "note", "kernel", "maps", "dropout") if role in cells
    )
    if step.op == "dropout" and not any("fraction" in said for said in step.said):
        if texts:
            phrase = read_phrase(texts, main="dropout")
            made.steps[0] = step.with_readings(phrase.loose)
    elif step.op == "flatten" and made.output is None and not {"output", "size"} & set(cells):
        counted = _FLAT.search(plain(texts))
        if counted:
            made.output = Size((whole(counted[1] or counted[2]),), texts)
    elif step.op == "activation":
        named = step.said[0].get("function") if step.said else None
        function = _function_cell(cells.get("activation", ""))
        if named is None and function is not None:
            made.steps[0] = replace(step, said=function.said)
        units = read_phrase(texts, main="dense").loose if texts else ({},)
        if named == "softmax" and units and "units" in units[0] and made.output is None:
            made.output = Size((units[0]["units"],), texts)


_STRIDE_AND_PADDING = pattern_of(r"(\d+(?:x\d+)?)\s*/\s*(\d+(?:x\d+)?|same|valid)", re.IGNORECASE)


def _stride_cell(text: str) -> Said:
    padded = _STRIDE_AND_PADDING.fullmatch(plain(text))
    if padded:
        return _stride_cell(padded[1]) | _padding_cell(padded[2])
    numbers = [int(one) for one in re.findall(r"\d+", plain(text))[:2]]
    if not numbers or max(numbers) > _MOST_STRIDE or min(numbers) < 1:
        return {}
    return {"stride": (numbers[0], numbers[-1])}


def _padding_cell(text: str) -> Said:
    words = plain(text)
    found = re.search(r"(\d+)(?:\s*[x,]\s*(\d+))?", words)
    if found and int(found[1]) < _MOST_STRIDE:
        height, width = int(found[1]), int(found[2] or found[1])
        return {"padding": height if height == width else (height, width)}
    readings = read_phrase(f"padding {words}", main="convolution").loose
    if readings and "padding" in readings[0]:
        return {"padding": readings[0]["padding"]}
    if re.fullmatch(r"no|none|x|false", words, re.IGNORECASE):
        return {"padding": "valid"}
    return {}


_SIGNED = pattern_of(r"[-+−–]\s*\d")


def is_signed(text: str) -> bool:
    """Whether a cell begins with a sign and a number, as no count does."""
    return bool(_SIGNED.match(plain(text)))


_IN_TO_OUT = pattern_of(r"(\d[\d,]*)\s*/\s*(\d[\d,]*)$")
"""Maps that come in and maps that come out, with a stroke between them."""


def _maps_cell(text: str, op: Op, made: Line) -> Said:
    words = _IN_TO_OUT.sub(r"\1→\2", plain(text))
    if is_signed(words):
        return {}
    if op in {"dense", "output"}:
        found = re.search(r"(?:(\d[\d,]*)\s*(?:→|->)\s*)?(\d{1,3}(?:,\d{3})+|\d+)", words)
        return {"units": int(found[2].replace(",", ""))} if found and "x" not in words else {}
    if op in CONVOLUTIONS:
        readings = read_phrase(words, main=op).loose
        return readings[0] if readings else {}
    found = re.fullmatch(r"(\d{1,6})(?:\D.*)?", words)
    if found and "x" not in words[:_BEFORE_DIGITS]:
        made.maps = int(found[1])
    return {}


_GLOBAL = pattern_of(r"global|전역|全局|全域|グローバル|大域", re.IGNORECASE)


def _kernel_cell(step: Step, text: str, after: list[Step]) -> Step:
    if step.op in WINDOWED or step.op in {"dense", "output"}:
        words = plain(text)
        if step.op in POOLINGS and _GLOBAL.fullmatch(words):
            return replace(step, op="global max" if step.op == "max pooling" else "global average")
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
        if not strict or len(plain(text)) > _LONGEST_REMARK:
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
    if made.output is None and all("output" in said for said in phrase.loose):
        made.output = phrase.loose[0]["output"]
    return step.with_readings(phrase.loose)


_NO_FUNCTION = pattern_of(
    r"linear|none|identity|no|선형|없음|无|線形|なし|keine|logits|raw.*", re.IGNORECASE
)


def _function_cell(text: str) -> Step | None:
    words = plain(text)
    function = function_in(words)
    if function is not None:
        return Step("activation", (function_said(words),), words)
    if not words or _NO_FUNCTION.fullmatch(words) or re.fullmatch(r"[\d.,%]+", words):
        return None
    return Step("activation", ({"function": None},), words)


_POOLS = pattern_of(r"max(?:imum)?|average|avg|mean|최대|평균|最大|平均", re.IGNORECASE)

_LARGEST = pattern_of(r"max|최대|最大", re.IGNORECASE)


def _function_cells(text: str) -> list[Step]:
    """Give the function of a layer, and what stands beside it: `BN + ReLU`."""
    named = read_phrase(text).steps
    if any(one.op in {"normalisation", "dropout"} for one in named):
        return [one for one in named if one.op in {"normalisation", "dropout", "activation"}]
    function = _function_cell(text)
    return [] if function is None else [function]


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

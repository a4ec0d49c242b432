"""Cut the summary that a library prints of a network into its rows: Keras, torchsummary, torchinfo."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, final

from striate.documents.forms.recognition import SUMMARY_HEADER
from striate.documents.patterns import pattern_of
from striate.documents.trained import Part, part_of_total


Dialect = Literal["Keras", "torchsummary", "torchinfo"]

_CELLS = 3
"""Name, sizes, and count; behind them may stand what the layer reads."""

_RULE = pattern_of(r"^[\s_=\-─━┄┈┌┐└┘├┤┬┴┼┏┓┗┛┣┫┳┻╋┡┩╇╞╡╪╘╛╧╒╕╤+|│┃]+$")
_BAR = pattern_of(r"[│┃|]")
_SHAPE = r"\[?\((?:None|\d+|\?)?,?[^()]*\)\]?|\[(?:\((?:None|\d+)[^()]*\),?\s*)+\]"
_KERAS_ROW = pattern_of(
    r"^(?P<name>.*\S)\s+(?P<shape>\[?\((?:None|\d+)(?:,[^()]*)?\)\]?|\[(?:\((?:None|\d+)[^()]*\),?\s*)+\])"
    r"\s+(?P<count>[\d,]+)(?:\s+\(unbuilt\))?(?:\s+(?P<inbound>\S.*?))?\s*$"
)
_TORCHSUMMARY_ROW = pattern_of(
    r"^\s*(?P<kind>[\w.]+)-(?P<number>\d+)\s+(?P<shape>\[.*?\])\s+(?P<count>[\d,]+)(?:\s+(?P<left>\S.*?))?\s*$"
)
_TREE_ROW = pattern_of(
    r"^(?P<tree>[\s│├└─|+`\\-]*)(?P<kind>[A-Za-z_][\w.]*)(?:\s*\((?P<variable>[^)]*)\))?"
    r"(?::\s*(?P<depth>\d+)(?:-(?P<number>\d+))?)?(?P<rest>\s.*)?$"
)
_TREE_CELL = pattern_of(
    r"\[[^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*\]|\(recursive\)|--|\?|True|False|Partial|[\d.,]+\s?%?(?:[KMG]\b)?"
)
_TOTAL = pattern_of(r"Total params:?\s*([\d,]+)", re.IGNORECASE)
_OPTIMIZER = pattern_of(r"Optimizer params:?\s*([\d,]+)", re.IGNORECASE)
_INPUT_SIZE = pattern_of(
    r"Input size(?: ?\((?P<unit>[kMG]?B|[kMG]?bytes)\))?:?\s*(?P<number>\d[\d,]*(?:\.\d+)?)",
    re.IGNORECASE,
)
_MEMORY = pattern_of(
    r"^\W*(?:Input size|Forward/backward|Params size|Estimated Total|Total mult-adds)",
    re.IGNORECASE,
)
_EXAMPLES = pattern_of(r"\[\s*(\d+)\s*,")
_END = pattern_of(r"^\W*(?:Total params|Trainable params|Non-trainable params)", re.IGNORECASE)


@final
@dataclass(frozen=True, slots=True)
class PrintedRow:
    """One row of a summary, as printed.

    Args:
        name: The layer's own name, or its class with its number.
        kind: Its class; it may be cut off.
        output: Sizes that come out, the number of examples left out; empty if they are not printed.
        parameters: As printed; None where there is a dash.
        line: Line of the document.
        sources: Names of the layers that it reads, where they are printed.
        inputs: Sizes that go in, where they are printed.
        kernel: Height and width of the kernel, where they are printed.
        depth: How deep it stands in the tree.
        is_shared: Whether it uses the weights of a row above once more.
    """

    name: str
    kind: str
    output: tuple[int, ...]
    parameters: int | None
    line: int
    sources: tuple[str, ...] = ()
    inputs: tuple[int, ...] = ()
    kernel: tuple[int, ...] = ()
    depth: int = 1
    is_shared: bool = False


@final
@dataclass(frozen=True, slots=True)
class PrintedSummary:
    """A summary, as printed.

    Args:
        dialect: Who printed it.
        rows: Its rows.
        line: Line of its heading.
        total: All parameters; None if they are not printed.
        total_line: Line of that.
        parts: Counts of what is trained, and of what is not.
        optimizer: Numbers of the optimizer that are part of the total.
        is_graph: Whether it prints what each layer reads.
        bytes_in: Least and most bytes of a batch that comes in; None if they are not printed.
        examples: Examples of that batch.
        memory_lines: Lines that count memory, whose numbers are no sizes of pictures.
        left: (line, text) of what is not read: further columns, and what stands behind the last one.
    """

    dialect: Dialect
    rows: tuple[PrintedRow, ...]
    line: int
    total: int | None = None
    total_line: int | None = None
    parts: tuple[Part, ...] = ()
    optimizer: int = 0
    is_graph: bool = False
    bytes_in: tuple[float, float] | None = None
    examples: int = 1
    memory_lines: tuple[int, ...] = ()
    left: tuple[tuple[int, str], ...] = ()

    def may_read(self, values: int) -> bool:
        """Whether so many values of an example are what the print says comes in, in single or half precision."""
        if self.bytes_in is None:
            return True
        least, most = self.bytes_in
        return any(least <= values * self.examples * size <= most for size in (4, 2))


def cut_summaries(lines: Sequence[str], first_line: int) -> list[PrintedSummary]:
    """Cut every summary in some lines into its rows.

    Args:
        lines: The text.
        first_line: Line of the document on which it begins.
    """
    starts = [number for number, line in enumerate(lines) if SUMMARY_HEADER.search(line)]
    return [
        _cut(lines[start:end], first_line + start)
        for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)
    ]


def _cut(lines: Sequence[str], line: int) -> PrintedSummary:
    header = lines[0]
    rows_end = next((at for at, text in enumerate(lines) if _END.match(text)), len(lines))
    body = lines[1:rows_end]
    dialect: Dialect
    if (
        "depth" in header
        or "var_name" in header
        or any(re.search(r"[├└]─[A-Za-z]", text) for text in body)
    ):
        dialect, (rows, left) = "torchinfo", _tree(header, body, line + 1)
    elif any(_TORCHSUMMARY_ROW.match(text) for text in body):
        dialect, (rows, left) = "torchsummary", _numbered(body, line + 1)
    else:
        boxed = any(mark in header for mark in "│┃") or header.strip().startswith("|")
        rows, left = (_boxed if boxed else _plain)(header, body, line + 1)
        dialect = "Keras"
    titles = [title for title in _parts_of(header)[1:] if not _TITLE.fullmatch(title)]
    left = [*((line, title) for title in titles), *left]
    for at, text in enumerate(lines[rows_end:], line + rows_end):
        behind = _BEHIND_COUNT.match(text)
        left += [(at, behind[1])] if behind else []
    total, total_line, optimizer = None, None, 0
    for at, text in enumerate(lines):
        found, extra = _TOTAL.search(text), _OPTIMIZER.search(text)
        if found and total is None:
            total, total_line = _count(found[1]), line + at
        if extra:
            optimizer = _count(extra[1]) or 0
    is_graph = dialect == "Keras" and "connected to" in header.casefold()
    memory = tuple(line + at for at, text in enumerate(lines) if _MEMORY.match(text))
    batch = next((found for text in body if (found := _EXAMPLES.search(text))), None)
    return PrintedSummary(
        dialect,
        tuple(rows),
        line,
        total,
        total_line,
        tuple(part for at, text in enumerate(lines) if (part := part_of_total(line + at, text))),
        optimizer,
        is_graph,
        _bytes_in(lines, dialect),
        max(int(batch[1]), 1) if batch and dialect != "Keras" else 1,
        memory,
        tuple(left),
    )


_TITLE = pattern_of(
    r"(?:output|input|kernel) shape|param(?:eter)?s?(?: ?#)?|#|connected to", re.IGNORECASE
)
_BEHIND_COUNT = pattern_of(
    r"^\W*(?:(?:total|trainable|non-trainable|optimizer) params|total mult-adds|(?:input|forward/backward pass|params|estimated total) size)"
    r"(?: \(\w+\))?\s*:?\s*\d[\d,.]*(?![\d,.])(?:\s*(?:\([^)]*\)|[kMG]?B\b|bytes))?[ \t]+([^\W_(].*?)\s*$",
    re.IGNORECASE,
)


def _parts_of(text: str) -> list[str]:
    """Give the titles, or the cells, of a line that stand two blanks or a bar apart."""
    return [part.strip() for part in re.split(r"\s{2,}|[│┃|]", text.strip("│┃| ")) if part.strip()]


_OVERHEAD = 200
"""Bytes that torchinfo counts besides the numbers of a batch."""


def _bytes_in(lines: Sequence[str], dialect: Dialect) -> tuple[float, float] | None:
    """Return the least and the most bytes that a printed size of the input stands for."""
    found = next((found for text in lines if (found := _INPUT_SIZE.search(text))), None)
    if found is None or dialect == "Keras":
        return None
    power = max("bkmg".find((found["unit"] or "b")[0].casefold()), 0)
    unit = (1024.0 if dialect == "torchsummary" else 1000.0) ** power
    number = found["number"].replace(",", "")
    half = 0.5 * 10.0 ** -len(number.partition(".")[2]) if power else 0.0
    extra = _OVERHEAD if dialect == "torchinfo" else 0
    return (float(number) - half) * unit - extra, (float(number) + half) * unit


_Cut = tuple[list[PrintedRow], list[tuple[int, str]]]
"""Rows, and (line, text) of what is none of them."""


def _numbered(lines: Sequence[str], first_line: int) -> _Cut:
    rows, left = [], []
    for line, text in enumerate(lines, first_line):
        found = _TORCHSUMMARY_ROW.match(text)
        if found:
            name = f"{found['kind']}-{found['number']}"
            rows.append(
                PrintedRow(
                    name, found["kind"], _sizes(found["shape"]), _count(found["count"]), line
                )
            )
            left += [(line, found["left"])] if found["left"] else []
        elif re.search(r"\w", text):
            left.append((line, text.strip()))
    return rows, left


def _tree(header: str, lines: Sequence[str], first_line: int) -> _Cut:
    titles = [title.casefold() for title in re.split(r"\s{2,}", header.strip())][1:]
    rows, left = [], []
    for line, text in enumerate(lines, first_line):
        if _RULE.match(text) or not text.strip():
            continue
        found = _TREE_ROW.match(text)
        if not found:
            left.append((line, text.strip()))
            continue
        printed = _TREE_CELL.findall(found["rest"] or "")
        cells = dict(zip(titles, printed, strict=False))
        words = _TREE_CELL.sub("", found["rest"] or "").split()
        left += [(line, " ".join([*printed[len(titles) :], *words]))]
        # Without numbers the branches of the tree tell the depth: two signs, then five for each further one.
        depth = int(found["depth"]) if found["depth"] else (len(found["tree"]) + 3) // 5
        number = f"{depth}-{found['number']}" if found["number"] else str(depth)
        name = found["variable"] or f"{found['kind']} {number}"
        count = cells.get("param #", "--")
        output, inputs = cells.get("output shape", ""), cells.get("input shape", "")
        kernel = tuple(int(size) for size in re.findall(r"\d+", cells.get("kernel shape", "")))
        rows.append(
            PrintedRow(
                name,
                found["kind"],
                _sizes(output),
                _count(count),
                line,
                inputs=_sizes(inputs),
                kernel=kernel[-2:],
                depth=depth,
                is_shared="recursive" in (count or ""),
            )
        )
    return rows, [one for one in left if one[1]]


def _boxed(header: str, lines: Sequence[str], first_line: int) -> _Cut:
    """Cut a summary that is drawn as a box: a row ends where a rule stands."""
    width = len(_cells_of_box(header))
    rows: list[PrintedRow] = []
    left: list[tuple[int, str]] = []
    cells, start = [""] * width, first_line
    for line, text in enumerate([*lines, "─"], first_line):
        if not text.strip():
            continue
        if (
            _RULE.match(text)
            and not re.search(r"\w", text)
            and not any(cell.strip() for cell in _cells_of_box(text) if not _RULE.match(cell))
        ):
            rows += _row_of_cells(cells, start)
            cells = [""] * width
            continue
        if not any(cells):
            start = line
        for at, cell in enumerate(_cells_of_box(text)):
            if at >= width:
                left += [(line, cell.strip())] if cell.strip() else []
            else:
                cells[at] += (" " if at >= _CELLS else "") + cell.strip()
    return rows, left


def _cells_of_box(text: str) -> list[str]:
    return list(_BAR.split(text.strip().strip("│┃|")))


def _plain(header: str, lines: Sequence[str], first_line: int) -> _Cut:
    """Cut a summary without a box: cells stand below their titles, and long ones go on below."""
    starts = [found.start() for found in re.finditer(r"(?<=\s\s)\S|^\s*\S", header)]
    starts = [0, *starts[1:]]
    rows: list[PrintedRow] = []
    left: list[tuple[int, str]] = []
    is_graph = "connected to" in header.casefold()
    cells: list[str] = []
    line = first_line
    for number, text in enumerate(lines, first_line):
        if _RULE.match(text) or not text.strip():
            continue
        found = _KERAS_ROW.match(text)
        below = [text[a:b].strip() for a, b in zip(starts, [*starts[1:], None], strict=True)]
        below += [""] * (4 - len(below))
        if found or re.fullmatch(r"[\d,]+", below[2]):
            rows += _row_of_cells(cells, line)
            line = number
            left += (
                [(line, found["inbound"])] if found and found["inbound"] and not is_graph else []
            )
            cells = (
                [found[group] or "" for group in ("name", "shape", "count", "inbound")]
                if found
                else below
            )
        elif cells:
            cells = [
                f"{one}{' ' if at >= _CELLS else ''}{two}"
                for at, (one, two) in enumerate(zip(cells, below, strict=False))
            ]
    rows += _row_of_cells(cells, line)
    return rows, left


def _row_of_cells(cells: list[str], line: int) -> list[PrintedRow]:
    if len(cells) < _CELLS or not cells[0].strip():
        return []
    found = re.match(r"^(.*?)\s*\(([^()]*)\)?\s*$", cells[0].strip())
    name, kind = (found[1] or found[2], found[2]) if found else (cells[0].strip(), "")
    # A name that is cut off keeps its mark, so that it is looked for by its beginning.
    sources = (
        [
            name_read + (cut if not place else "")
            for name_read, place, cut in re.findall(
                r"([\w./:]+(?:-[\w./:]+)*)((?:\[\d*\]?)*)(…?)", cells[3]
            )
            if place or cut
        ]
        if len(cells) > _CELLS
        else []
    )
    return [
        PrintedRow(
            name,
            kind,
            _sizes(cells[1]),
            _count(cells[2].partition("(")[0].strip()),
            line,
            tuple(sources),
        )
    ]


def _sizes(text: str) -> tuple[int, ...]:
    """Give the sizes of one output, without the number of examples; nothing if there are several."""
    found = re.search(
        r"[\[(]([^\[\]()]*)[\])]?",
        text.strip().strip("[") if text.strip().startswith("[(") else text,
    )
    if not found or text.count("(") > 1 or (text.count("[") > 1 and "(" not in text):
        return ()
    sizes = [one.strip() for one in found[1].split(",") if one.strip()]
    return tuple(int(one) for one in sizes[1:]) if all(one.isdecimal() for one in sizes[1:]) else ()


def _count(text: str) -> int | None:
    digits = text.strip().replace(",", "")
    return int(digits) if digits.isdecimal() else None

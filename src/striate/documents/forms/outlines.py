"""Outlines of networks: a layer a line, behind bullets, numbers or arrows. They are tables of one column."""

import re
from collections.abc import Iterator, Sequence

from striate.documents.forms.flowcharts import flowchart_of
from striate.documents.parts import Block, Grid, Parts
from striate.documents.patterns import pattern_of


_MARK = pattern_of(r"^\s*(?:[-*+•‣◦]|\(?\d{1,6}[.):])\s+(?=\S)")
_ARROW_LINE = pattern_of(r"^[\s|│v↓⬇▼⇓⭣]+$|^\s*(?:-+>|=+>|→|⇒)\s*$")
_ARROW_AHEAD = pattern_of(r"^\s*(?:[↓⬇▼⇓⭣→⇒]|-+>|=+>)\s*")
_SIZE = r"[(\[]?\s*(?:(?:n|b|none|-1)\s*,\s*)?\d{1,9}(?:\s*[x×,*]\s*\d{1,9}){0,3}\s*[)\]]?"
_SIZE_AHEAD = pattern_of(
    r"^\s*(?P<size>\[\s*\d{1,9}(?:\s*[x×,*]\s*\d{1,9}){0,3}\s*\])\s*(?P<layer>[^\W\d].*?)\s*$"
)
_ARROW_SIZED = pattern_of(rf"^\s*[|│v↓⬇▼⇓⭣]\s*(?P<size>{_SIZE})\s*$")
_OUTPUT = pattern_of(
    rf"\s*(?:→|⇒|-+>|=+>)\s*(?P<size>{_SIZE}|\d{{1,9}}@\d{{1,9}}\s*[x×]\s*\d{{1,9}})"
    r"(?P<behind>\s*(?:[(\[]|[,;]\s)[^→⇒]*(?:param|파라미터|매개 ?변수|参数|參數|パラメ)[^→⇒]*)?\s*\.?\s*$",
    re.IGNORECASE,
)
_INPUT = pattern_of(
    r"\W*(?:the )?(?:input|image|입력|输入|入力|eingabe|eingang|bild)\D{0,60}\d", re.IGNORECASE
)
_LEAST = 4
"""Fewest lines of an outline: an input, two layers, an output."""
_FARTHEST = 2
"""Most empty lines between an input and the list below it."""
_LONGEST = 200
"""Most characters of a line that names one layer; longer ones are sentences."""
_LONGEST_ITEM = 100
"""Most characters of it where no line names the input; longer ones tell of layers."""


def outlines_of(parts: Parts) -> list[Grid]:
    """Return the outlines in the blocks and paragraphs of a document, each as a table.

    Args:
        parts: The document.
    """
    blocks = [*parts.blocks, *_below_inputs(paragraphs(parts.prose))]
    return [grid for block in blocks if (grid := outline_of(block)) is not None]


def _below_inputs(blocks: Iterator[Block]) -> Iterator[Block]:
    """Give paragraphs, and put the line of an input that stands alone above a list ahead of it."""
    above: Block | None = None
    for block in blocks:
        ends = 0 if above is None else above.line + len(above.lines)
        gap = ("",) * (block.line - ends)
        if (
            above is not None
            and len(gap) <= _FARTHEST
            and _INPUT.match(above.lines[-1])
            and _MARK.match(block.lines[0])
        ):
            lines = (above.lines[-1], *gap, *block.lines)
            yield Block(block.heading, ends - 1, lines, is_closed=True)
        else:
            yield block
        above = block


def outline_of(block: Block) -> Grid | None:
    """Return the outline that a block holds as a table of layers and of what comes out of them.

    Args:
        block: A fenced block, or a paragraph of prose.

    Returns:
        The table; None if the first line is no input with a size, or the lines are marked in no way.
    """
    chart = flowchart_of(block)
    if chart is not None:
        return chart
    labelled = diagram_in(block.lines) or _labelled(block.lines)
    if labelled:
        rows = tuple((block.line + 1 + at, _row(name, text)) for at, name, text in labelled)
        return Grid(block.heading, ("Layer", "Details", "Output size"), rows[0][0], rows)
    lines = _items(list(enumerate(block.lines, block.line + 1)))
    lines = _chain(block) if len(lines) < _LEAST else lines
    if len(lines) < _LEAST or any(len(text) > _LONGEST for _, text in lines):
        return None
    if not names_input(lines[0][1]) and any(len(text) > _LONGEST_ITEM for _, text in lines):
        return None
    cells = tuple((line, _cells(text)) for line, text in lines)
    return Grid(block.heading, ("Layer", "Output size"), lines[0][0], cells)


_ONLY_FRAME = pattern_of(r"[\s┌┐└┘├┤┬┴┼─━═│┃║╔╗╚╝╠╣╭╮╰╯+|\-▼▽↓⬇⇓v]+")
_CORNER = pattern_of(r"[┌╔╭]|\+--")
_SIDE = pattern_of(r"[│┃║|]")
_ARROW_IN_FRAME = pattern_of(r"[▼▽↓⬇⇓]|^\s*[v|│]\s*$")
_BOXED = 2
"""Most texts of a line of a diagram: what stands in a box, and what stands beside it."""


def is_downward(lines: Sequence[str]) -> bool:
    """Whether lines are a diagram of boxes with arrows from one to the next below, and no table."""
    return any(_ARROW_IN_FRAME.search(line) for line in lines) and bool(diagram_in(lines))


def diagram_in(lines: Sequence[str]) -> list[tuple[int, str, str]]:
    """Return the boxes of a diagram that goes from top to bottom: place, text in a box and text beside it.

    Nothing is given for other texts, or where boxes stand side by side.
    """
    frames = [line for line in lines if line.strip() and _ONLY_FRAME.fullmatch(line)]
    if sum(bool(_CORNER.search(line)) for line in frames) < _BOXED:
        return []
    found = []
    for at, line in enumerate(lines):
        if not line.strip() or line in frames:
            continue
        parts = _SIDE.split(line)
        inner = [part.strip() for part in parts[1:]] if len(parts) > 1 else [line.strip()]
        inner = inner[:-1] if len(inner) > 1 and not inner[-1] else inner
        if len(inner) > _BOXED or not any(inner):
            return []
        name, text = (inner[0], inner[1]) if len(inner) > 1 else ("", inner[0])
        found.append((at, name, text))
    return found if len(found) >= _LEAST else []


_LABEL = pattern_of(r"\s*([^\s:：|][^:：|]{0,30}?)\s*[:：]\s+(\S.*)")


def _labelled(lines: Sequence[str]) -> list[tuple[int, str, str]]:
    """Return lines that each begin with the name of a layer and a colon, below one that says what comes in."""
    filled = [(at, line.strip()) for at, line in enumerate(lines) if line.strip()]
    if len(filled) < _LEAST or not names_input(filled[0][1]):
        return []
    found = [(at, _LABEL.fullmatch(line)) for at, line in filled]
    if not all(label for _, label in found[1:]):
        return []
    first = found[0][1]
    start = (filled[0][0], *((first[1], first[2]) if first else ("Input", filled[0][1])))
    return [start, *((at, label[1], label[2]) for at, label in found[1:] if label)]


def names_input(text: str) -> bool:
    """Whether a line of an outline says what comes in, with its size."""
    return bool(_INPUT.match(text))


def _items(numbered: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """Give the lines that name layers, without the marks ahead of them; none if they are of no one kind."""
    filled = _sized([(line, text) for line, text in numbered if text.strip()])
    layers = [(line, text) for line, text in filled if not _ARROW_LINE.match(text)]
    if len(layers) > 1 and len(filled) - len(layers) >= len(layers) - 1:
        return [(line, text.strip()) for line, text in layers]
    if filled and all(_SIZE_AHEAD.match(text) for _, text in filled):
        return [(line, _SIZE_AHEAD.sub(r"\g<layer> → \g<size>", text)) for line, text in filled]
    if any(_MARK.match(text) for _, text in filled):
        return _points(filled)
    behind = [(line, mark, text) for line, text in filled[1:] if (mark := _ARROW_AHEAD.match(text))]
    if filled and len(behind) == len(filled) - 1:
        first = (filled[0][0], filled[0][1].strip())
        return [first, *((line, text[mark.end() :].strip()) for line, mark, text in behind)]
    return []


def _sized(filled: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """Let a size beside an arrow be what comes out of the line above it: `↓ (14×14×8)`."""
    found: list[tuple[int, str]] = []
    for line, text in filled:
        size = _ARROW_SIZED.match(text)
        if size and found:
            found[-1] = (found[-1][0], f"{found[-1][1]} → {size['size']}")
        found.append((line, "↓" if size and found else text))
    return found


_HEADED = pattern_of(r"^[*_]*[^\W\d][^:：(→]{0,40}[:：][*_]*\s+")
_BETWEEN = pattern_of(r" (?:→|⇒|-{1,3}>|={1,2}>) ")
_LONGEST_CHAIN = 1000
"""Most characters of a line that holds a chain of arrows."""


def _chain(block: Block) -> list[tuple[int, str]]:
    """Give the layers of a chain of arrows that begins with a layer: what comes in is said elsewhere."""
    items: list[tuple[int, str]] = []
    if any(len(text) > _LONGEST_CHAIN for text in block.lines):
        return []
    for line, text in enumerate(block.lines, block.line + 1):
        for part in _BETWEEN.split(_HEADED.sub("", " ".join(text.split()))):
            if items and items[-1][1].count("(") > items[-1][1].count(")"):
                items[-1] = (items[-1][0], f"{items[-1][1]} → {part}")
            else:
                items.append((line, part))
    found = [(line, part.strip(" .`")) for line, part in items if part.strip(" .`")]
    return found if len(found) > len([text for text in block.lines if text.strip()]) else []


def _points(filled: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """Give the points of a list; what is further in, or wrapped, belongs to the point above it."""
    points: list[tuple[int, str]] = []
    margin, ahead = 0, None
    for line, text in filled:
        mark = _MARK.match(text)
        indent = len(text) - len(text.lstrip())
        if not points:
            if mark:
                margin = indent
                points.append((line, text[mark.end() :].strip()))
                if ahead is not None and not _INPUT.match(points[0][1]):
                    points.insert(0, ahead)
            elif _INPUT.match(text):
                ahead = (line, text.strip())
        elif indent > margin + 1:
            words = text[mark.end() :] if mark else text
            points[-1] = (points[-1][0], f"{points[-1][1]}{',' if mark else ''} {words.strip()}")
        elif mark:
            points.append((line, text[mark.end() :].strip()))
        else:
            break
    return points


def _row(name: str, text: str) -> tuple[str, str, str]:
    """Give the cells of a line of a diagram; what has no name beside it is its own."""
    told, size = _cells(text)
    return (name, told, size) if name else (told, "", size)


def _cells(text: str) -> tuple[str, str]:
    """Part a line into what its layer is and the size that an arrow says comes out of it.

    The arrow of `Linear(256 → 10)` and of `Linear 256 → 10` stands between what comes in and what comes out.
    """
    found = _OUTPUT.search(text)
    if found is None:
        return text, ""
    ahead, size = text[: found.start()].rstrip(" ,;"), found["size"]
    behind = found["behind"] or ""
    count = re.search(r"(?<![\dx×@])\d+$", ahead)
    is_within = ahead.count("(") > ahead.count(")")
    is_between = count is not None and size.isdecimal() and count[0] != size
    return (text, "") if is_within or is_between else (f"{ahead}{behind}", size)


def paragraphs(prose: Sequence[tuple[int, str]]) -> Iterator[Block]:
    """Give the paragraphs and lists of a text as blocks; empty lines between points part no list."""
    run: list[tuple[int, str]] = []
    for line, text in [*prose, (-1, "")]:
        if text.strip() and run and line - run[-1][0] in {1, 2}:
            is_next = line == run[-1][0] + 1
            if is_next or (_MARK.match(text) and _MARK.match(run[0][1])):
                run += [] if is_next else [(line - 1, "")]
                run.append((line, text))
                continue
        if text.strip() or line < 0:
            if run:
                words = tuple(words for _, words in run)
                yield Block("", run[0][0] - 1, words, is_closed=True)
            run = [(line, text)]

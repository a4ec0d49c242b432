"""Outlines of networks: a layer a line, behind bullets, numbers or arrows. They are tables of one column."""

import re
from collections.abc import Iterator, Sequence

from striate.documents.parts import Block, Grid, Parts


_MARK = re.compile(r"^\s*(?:[-*+•‣◦]|\(?\d{1,3}[.):])\s+(?=\S)")
_ARROW_LINE = re.compile(r"^[\s|│v↓⬇▼⇓⭣]+$|^\s*(?:-+>|=+>|→|⇒)\s*$")
_ARROW_AHEAD = re.compile(r"^\s*(?:[↓⬇▼⇓⭣→⇒]|-+>|=+>)\s*")
_SIZE = r"[(\[]?\s*\d{1,9}(?:\s*[x×,*]\s*\d{1,9}){0,3}\s*[)\]]?"
_SIZE_AHEAD = re.compile(
    r"^\s*(?P<size>\[\s*\d{1,9}(?:\s*[x×,*]\s*\d{1,9}){0,3}\s*\])\s*(?P<layer>[^\W\d].*?)\s*$"
)
_OUTPUT = re.compile(
    rf"\s*(?:→|⇒|-+>|=+>)\s*(?P<size>{_SIZE}|\d{{1,9}}@\d{{1,9}}\s*[x×]\s*\d{{1,9}})\s*\.?\s*$"
)
_INPUT = re.compile(
    r"\W*(?:the )?(?:input|image|입력|输入|入力|eingabe|eingang|bild)\D{0,60}\d", re.IGNORECASE
)
_LEAST = 4
"""Fewest lines of an outline: an input, two layers, an output."""
_LONGEST = 200
"""Most characters of a line that names one layer; longer ones are sentences."""


def outlines_of(parts: Parts) -> list[Grid]:
    """Return the outlines in the blocks and paragraphs of a document, each as a table.

    Args:
        parts: The document.
    """
    blocks = [*parts.blocks, *paragraphs(parts.prose)]
    return [grid for block in blocks if (grid := outline_of(block)) is not None]


def outline_of(block: Block) -> Grid | None:
    """Return the outline that a block holds as a table of layers and of what comes out of them.

    Args:
        block: A fenced block, or a paragraph of prose.

    Returns:
        The table; None if the first line is no input with a size, or the lines are marked in no way.
    """
    lines = _items(list(enumerate(block.lines, block.line + 1)))
    if len(lines) < _LEAST or any(len(text) > _LONGEST for _, text in lines):
        return None
    if not _INPUT.match(lines[0][1]) and not _is_of_layers([text for _, text in lines]):
        return None
    cells = tuple((line, _cells(text)) for line, text in lines)
    return Grid(block.heading, ("Layer", "Output size"), lines[0][0], cells)


_LAYER = re.compile(
    r"conv|pool|dense|fully|linear|(?<![a-z])fc(?![a-z])|faltung|voll(?:ständig)?[ -]?(?:verb|vern)|합성곱|컨볼루션|풀링|완전 ?연결|전결합|卷积|池化|"
    r"全连接|畳み込み|プーリング|全結合",
    re.IGNORECASE,
)
_BESIDE = re.compile(
    r"relu|tanh|sigmoid|soft-?max|drop-?out|batch|norm|flatten|output|ausgabe|드롭아웃|평탄화|출력|배치|激活|展平|输出|ドロップアウト|平坦化|出力",
    re.IGNORECASE,
)
_CONVOLUTION = re.compile(r"conv|faltung|합성곱|컨볼루션|卷积|畳み込み", re.IGNORECASE)
_LONGEST_ITEM = 100
"""Most characters of a point that only names a layer; longer ones tell of it."""


def _is_of_layers(items: Sequence[str]) -> bool:
    """Whether every point of a list names a layer, with its numbers, though none of them is the input.

    Notes that explain layers point by point have points without numbers, or of other things.
    """
    if any(len(text) > _LONGEST_ITEM for text in items):
        return False
    layers = [text for text in items if _LAYER.search(text)]
    counted = sum(bool(re.search(r"\d", text)) for text in layers)
    return (
        all(_LAYER.search(text) or _BESIDE.search(text) for text in items)
        and len(layers) >= _LEAST - 1
        and counted * 5 >= len(layers) * 4
        and _CONVOLUTION.search(items[0]) is not None
    )


def _items(numbered: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """Give the lines that name layers, without the marks ahead of them; none if they are of no one kind."""
    filled = [(line, text) for line, text in numbered if text.strip()]
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


def _points(filled: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """Give the points of a list; what is further in, or wrapped, belongs to the point above it."""
    points: list[tuple[int, str]] = []
    margin = 0
    for line, text in filled:
        mark = _MARK.match(text)
        indent = len(text) - len(text.lstrip())
        if not points:
            if mark:
                margin = indent
                points.append((line, text[mark.end() :].strip()))
        elif indent > margin + 1:
            words = text[mark.end() :] if mark else text
            points[-1] = (points[-1][0], f"{points[-1][1]}{',' if mark else ''} {words.strip()}")
        elif mark:
            points.append((line, text[mark.end() :].strip()))
        else:
            break
    return points


def _cells(text: str) -> tuple[str, str]:
    """Part a line into what its layer is and the size that an arrow says comes out of it."""
    found = _OUTPUT.search(text)
    return (text, "") if found is None else (text[: found.start()].rstrip(" ,;"), found["size"])


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

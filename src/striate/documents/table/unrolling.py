"""Parts of a cell that stand several times, written out: `2× [Conv, BN, ReLU], MaxPool` and `Conv3-20 ×2 + Pool`."""

import re

from striate.documents.patterns import pattern_of
from striate.documents.table.numbers import CONVOLUTIONS, MAIN
from striate.documents.table.words import ops_in


_MOST_TIMES = 64
_MOST_BEHIND = 8
"""A larger number behind a layer counts its maps: `3x3 conv x 64`."""

_LONGEST = 1200
"""Characters of a cell beyond which nothing more is written out."""

_BRACKETS = pattern_of(
    r"(?:(?<!\d)(?P<ahead>\d{1,2})\s*[x*]\s*)?(?P<open>[\[(])(?P<inner>(?:[^()\[\]]|\([^()]*\))*)[\])](?:\s*[x*]\s*(?P<behind>\d{1,2})(?![\dx]))?"
)
_CUT = pattern_of(r"\([^()]*\)|\[[^\[\]]*\]|(?P<mark>[,;+→⇒&|]|->|=>)")
_AHEAD = pattern_of(r"\s*(\d{1,2})\s*[x*]\s*(?=[^\W\d])")
_BEHIND = pattern_of(
    r"(?<=[\s)\]\d])\s*(?:(?<![\d\s])|(?<=\s))[x*]\s?(\d{1,2})\s*$|\(\s*[x*]\s*(\d{1,2})\s*\)\s*$"
)


KERNELS_BEHIND = pattern_of(
    r"[\s_-]*(?:核|필터|커널|フィルタ|カーネル|filters?|kernels?|sizes?|windows?|크기|尺寸|窗口|サイズ)",
    re.IGNORECASE,
)
"""Behind the word of a layer, of whose kernels it tells: `20个卷积核`, `pool size`."""


def unrolled(words: str) -> str:
    """Write out the parts of a cell that stand several times, where others stand once.

    What counts a whole cell is left to it.

    >>> unrolled("2x [Conv 3x3, BN], MaxPool 2x2"), unrolled("Conv 3x3 x2 + MaxPool"), unrolled("Conv + BN x2")
    ('Conv 3x3, BN, Conv 3x3, BN, MaxPool 2x2', 'Conv 3x3+ Conv 3x3+ MaxPool', 'Conv + BN x2')
    """
    if not re.search(
        r"\d\s*[x*]\s*[^\W\d\[(]|\d\s*[x*]\s*[\[(]|[\s)\]][x*]\s?\d|\([x*]\s*\d", words
    ):
        return words
    words = _BRACKETS.sub(lambda found: _written(found, words), words)
    return _by_pieces(words) if len(words) <= _LONGEST else words


def _does(words: str) -> list[str]:
    return [
        op for _, end, op in ops_in(words) if op in MAIN and not KERNELS_BEHIND.match(words, end)
    ]


def _written(found: re.Match[str], words: str) -> str:
    """Write out a bracket of layers, if layers stand beside it."""
    times = int(found["ahead"] or found["behind"] or 1)
    beside = f"{words[: found.start()]} ; {words[found.end() :]}"
    if not 1 < times <= _MOST_TIMES or not _does(found["inner"]) or not _does(beside):
        return found[0]
    return ", ".join([found["inner"]] * times)


def _by_pieces(words: str) -> str:
    """Write out a layer that counts itself, with what belongs to it, if another layer stands behind it."""
    pieces: list[tuple[str, str]] = []
    start = 0
    for cut in _CUT.finditer(words):
        if cut["mark"]:
            pieces.append((words[start : cut.start()], cut[0]))
            start = cut.end()
    pieces.append((words[start:], ""))
    made: list[tuple[str, str]] = []
    at = 0
    while at < len(pieces):
        text, mark = pieces[at]
        rest = [_does(piece) for piece, _ in pieces[at + 1 :]]
        ahead, behind = _AHEAD.match(text), _BEHIND.search(text)
        ends = next((at + 1 + n for n, ops in enumerate(rest) if set(ops) - CONVOLUTIONS), None)
        if ahead and ends is not None and set(_does(text)) & CONVOLUTIONS:
            group = [(text[ahead.end() :], mark), *pieces[at + 1 : ends]]
            made += group * min(int(ahead[1]), _MOST_TIMES)
            at = ends
            continue
        if behind and any(rest) and int(behind[1] or behind[2]) <= _MOST_BEHIND:
            made.append((text[: behind.start()], mark))
            first = next((n for n in reversed(range(len(made))) if _does(made[n][0])), None)
            if first is not None:
                made += made[first:] * (min(int(behind[1] or behind[2]), _MOST_TIMES) - 1)
        else:
            made.append((text, mark))
        at += 1
    if len(made) == len(pieces):
        return words
    return " ".join(f"{piece.strip()}{mark}" for piece, mark in made)


_COUNTS = r"\d{1,3}(?:,\d{3})+|\d{1,6}"
_EACH = pattern_of(
    rf"(?<![\dx.(,])(?P<counts>(?:{_COUNTS})(?:\s*(?:, |/| and )\s*(?:{_COUNTS}))+)(?![\dx.])(?=\s*(?P<word>$|filters?|kernels?|maps|channels|units|neurons|nodes|outputs|필터|개|채널|유닛|个|通道|枚|Filter|Neuronen))",
    re.IGNORECASE,
)


def widths_of(text: str, layers: int, *, is_bare: bool = False) -> tuple[tuple[int, ...], str]:
    """Read how wide each of several layers is that stand in one row, and give the rest of the cell.

    Args:
        text: The cell.
        layers: How many there are.
        is_bare: Whether its column says what it counts, so that no word has to.

    >>> widths_of("96, 96, 64 filters, 3x3", 3), widths_of("96, 64 filters", 3)
    (((96, 96, 64), ' filters, 3x3'), ((), '96, 64 filters'))
    """
    found = _EACH.search(text)
    counts = (
        [int(one.replace(",", "")) for one in re.findall(_COUNTS, found["counts"])] if found else []
    )
    if found is None or layers < 2 or len(counts) != layers or not (found["word"] or is_bare):  # noqa: PLR2004 - one row has one width
        return (), text
    return tuple(counts), f"{text[: found.start()]}{text[found.end() :]}"


__all__ = ["KERNELS_BEHIND", "unrolled", "widths_of"]

"""The order in which a document writes its sizes: maps, height and width in any order, in five languages."""

import re
import unicodedata
from typing import Final

from striate.documents.patterns import pattern_of


_WORDS: Final = {
    "W": r"w(?:idth)?|breite|너비|폭|가로|宽度?|寬度?|幅|横",
    "H": r"h(?:eight)?|höhe|높이|세로|高度|高さ?|縦",
    "C": r"c(?:h(?:annels?|s)?)?|d(?:epth)?|(?:feature )?maps|filters|kanäle|tiefe|채널(?: ?수)?|깊이|맵(?: ?수)?|필터(?: ?수)?"
    r"|通道数?|深度|チャネル数?|チャンネル数?|深さ",
    "N": r"n|b|bs|batch(?:[ _]size)?|배치|批次?|バッチ",
}
_AXIS = "|".join(_WORDS.values())
_BETWEEN = r"\s*[x×✕*·⋅,/、，]\s*"
_ORDER = pattern_of(
    rf"(?<![a-z\d_])(?:{_AXIS})(?:{_BETWEEN}(?:{_AXIS}))+(?![a-z\d_])", re.IGNORECASE
)
_PATTERNS = {axis: pattern_of(rf"(?:{words})", re.IGNORECASE) for axis, words in _WORDS.items()}
_SHORT = pattern_of(r"(?<![a-z\d])n?(chw|hwc|whc|cwh)(?![a-z\d])", re.IGNORECASE)
_OF_KERNELS = pattern_of(
    r"kernel|filter(?!s?\s*[x×*,])|window|stride|커널|필터 ?(?:열|크기)|스트라이드|核|滤波器|カーネル|フィルタ|kern(?![a-z])",
    re.IGNORECASE,
)

IMAGE_AXES: Final = 3
"""Numbers of the size of maps: how many, their height, their width."""

PLANE_AXES: Final = 2
"""Numbers of a height and a width."""


def axes_in(text: str) -> str:
    """Return the axes that a heading names in the order of its sizes, such as `CHW` or `WH`; nothing if none.

    >>> axes_in("Output (C×H×W)"), axes_in("출력 (높이, 너비, 채널)"), axes_in("Kernel")
    ('CHW', 'HWC', '')
    """
    words = unicodedata.normalize("NFKC", text.replace(r"\times", "×").replace("$", ""))
    short = _SHORT.search(words)
    if short:
        return short[1].upper()
    for found in _ORDER.finditer(words):
        named = [_axis(word) for word in re.split(_BETWEEN, found[0])]
        axes = "".join(axis for axis in named if axis != "N")
        if {"H", "W"} <= set(axes) and len(set(axes)) == len(axes):
            return axes
    return ""


def axes_of_sentence(text: str) -> str:
    """Return the axes that a sentence gives as the order of all sizes; nothing where it tells of kernels.

    >>> axes_of_sentence("Sizes are width × height × channels."), axes_of_sentence("Kernels are height × width.")
    ('WHC', '')
    """
    for clause in re.split(r"[;；。(（]|[.:](?:\s|$)", text):
        axes = axes_in(clause)
        # Two words with a comma between them are no order: `the same width, height and depth`.
        if (
            axes
            and not _OF_KERNELS.search(clause)
            and (len(axes) == IMAGE_AXES or "," not in clause)
        ):
            return axes
    return ""


def in_order(numbers: tuple[int, ...], axes: str) -> tuple[int, ...] | None:
    """Put the numbers of a size into the order of maps, height, width; None where the axes do not fit it.

    >>> in_order((96, 24, 8), "WHC"), in_order((96, 24), "WH"), in_order((120,), "CHW")
    ((8, 24, 96), (24, 96), None)
    """
    if len(numbers) == len(axes):
        by_axis = dict(zip(axes, numbers, strict=True))
    elif len(numbers) == IMAGE_AXES and len(axes) == PLANE_AXES:
        # Maps stand behind a height and a width that are named without them.
        by_axis = dict(zip(f"{axes}C", numbers, strict=True))
    elif len(numbers) == PLANE_AXES and len(axes) == IMAGE_AXES:
        by_axis = dict(zip(axes.replace("C", ""), numbers, strict=True))
    else:
        return None
    return tuple(by_axis[axis] for axis in "CHW" if axis in by_axis)


def _axis(word: str) -> str:
    return next((axis for axis, pattern in _PATTERNS.items() if pattern.fullmatch(word)), "")

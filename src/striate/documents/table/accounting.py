"""What of a row nothing has taken: numbers that none of its layers has, and words that nobody knows.

Reading takes numbers form by form, and what no form knows stays behind without a trace. So the account
is made at the end, once for all forms: a number of a cell must be one of the layers that the row has
become, of what comes in and out of them, or of what the row claims; or it must count the rows.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Final

from striate.documents.patterns import pattern_of
from striate.documents.table.numbers import CONVOLUTIONS, POOLINGS, WORDS_OF_NUMBERS
from striate.documents.table.text import Size, plain
from striate.documents.table.words import Op, Role, ops_in, roles_of


COUNTS: Final[frozenset[Role]] = frozenset(
    {"parameters", "weights", "biases", "operations", "connections", "neurons"}
)
CLAIMS: Final[frozenset[Role]] = COUNTS | {"output", "input", "size"}
"""Columns of what a row claims: numbers in them change no layer."""

TAKEN: Final[frozenset[Role]] = frozenset({"number", "note", "from", "ignored", "field", "measure"})
"""Columns that are kept, followed or named as they are."""

_NAMES: Final[frozenset[Role]] = frozenset({"layer", "type", "details"})
"""Columns in which a number may count the rows."""

_LONGEST_CELL = 400
_CLOSE = 1e-9
_MARK = "\x00"
"""Stands for the word of a layer or of a function."""

_TOKEN = pattern_of(
    r"(?P<number>(?<![\w.])(?:\d{1,3}(?:,\d{3})+(?![\d.])|0,\d+|\d+(?:\.\d+)?(?:e[-+]?\d+)?|\.\d+))|(?P<word>[^\W\d_]+)(?P<glued>\d*)"
)
_PLACED = pattern_of(
    rf"(?:^\s*[(\[#]?\s*|{_MARK}[\s_#.-]*|^[^{_MARK}\d]*[^\W\d_][\s_#.-]*|\d[-–—~_.]|\d\s[-–—~]\s|"
    r"(?<![^\W_])(?:layer|block|stage|module|number|no|nr|schicht|stufe|층|블록|단계|层|块|阶段|層|ブロック|段階)\.?[\s_#-]*)$",
    re.IGNORECASE,
)
"""What stands ahead of a number that counts rows: nothing, the word of a layer or of a part, or another such number."""

_BEHIND = pattern_of(rf"(?!\s*[x×*])\s*(?:$|[-–—~_.:)\],;(+&/{_MARK}]|[^\W\d])")
_LETTERS = pattern_of(r"[kspdgfcnhwx]", re.IGNORECASE)
"""Letters ahead of a number of a layer: `k3 s1`; and those that number rows, as in `C3`."""

_ORDINAL_WORDS = pattern_of(r"(?<![\w.])(?:\d+(?:st|nd|rd|th)|[1-3]-?d)(?![^\W_])", re.IGNORECASE)
_STILL: Final = pattern_of(
    r"(?:strides?|groups?|dilation)\s*[=:]?\s*[(\[]?\s*1(?:\s*[,×]\s*1)?(?![\d.])"
    r"|pad(?:ding)?\s*[=:]?\s*[(\[]?\s*0(?:\s*[,×]\s*0)?(?![\d.])|[(\[]\s*-1(?=\s*,)",
    re.IGNORECASE,
)
"""What says nothing: a stride of 1 or a padding of 0 beside a layer that has no window, a batch of any size."""

_LITTLE_WORDS = pattern_of(
    r"a|an|the|of|with|and|or|by|in|on|to|from|for|as|at|is|are|be|each|every|all|per|its|it|into|then|followed|using|"
    r"use|uses|used|max|maximum|average|avg|mean|no|not|without|none|null|layer|layers|block|blocks|stage|size|sizes|"
    r"shape|dim|dims|dimension|dimensions|number|function|functions|activated|value|values|vector|features|feature|map|"
    r"image|images|picture|pixel|pixels|px|rgb|grey|gray|greyscale|grayscale|colour|color|input|output|outputs|inputs|"
    r"channel|window|rate|probability|prob|keep|factor|raw|class|classes|way|x|n|b|bs|batch|e|k|s|p|c|h|w|d|f|g|m|ch|"
    r"bias|biases|weights|trainable|inplace|true|false|yes|mit|und|oder|von|der|die|das|den|dem|ohne|je|zu|auf|im|ein|"
    r"eine|bild|schicht|werte|klassen|층|레이어|개|장|개의|의|를|을|은|는|이|가|로|으로|와|과|크기|후|뒤|번|수|값|클래스|명|종|최대|평균|最大|平均|宽高|的|为|与|和|"
    r"及|个|個|张|层|層|维|次|后|大小|尺寸|图像|类|種|クラス|の|は|を|に|で|と|枚|個の|つ|global|ksize|ignore|drop|dropped",
    re.IGNORECASE,
)
"""Words that join others, or name what every layer has."""


def facts_of(values: Iterable[object]) -> frozenset[float]:
    """Gather every number that layers, shapes and sizes hold, with what is written in place of it: 25 % for 0.25."""
    found: set[float] = set()
    for number in _numbers(values):
        found.add(float(number))
        if 0 < number < 1:
            found |= {1 - number, 100 * number, 100 - 100 * number}
    return frozenset(found)


def _numbers(value: object) -> Iterator[float]:
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, int | float):
        yield value
    elif isinstance(value, Size):
        yield from (*value.numbers, value.stated or 0)
    elif is_dataclass(value) and not isinstance(value, type):
        for one in fields(value):
            yield from _numbers(getattr(value, one.name))
    elif isinstance(value, str):
        yield from (_value(one[0]) for one in re.finditer(r"\d[\d,]*(?:\.\d+)?", value))
    elif isinstance(value, Mapping):
        yield from _numbers(value.values())
    elif isinstance(value, Iterable):
        for one in value:
            yield from _numbers(one)


_NUMBERS = pattern_of(r"\d(?:[\d.,]*\d)?")


def numbers_left(
    cells: Mapping[Role, str], facts: frozenset[float], steps: int
) -> Iterator[tuple[Role, str]]:
    """Give the numbers of a row that are none of its facts, each with the word ahead of it.

    Args:
        cells: Its cells by what they hold.
        facts: The numbers of its layers, of what comes in and out of them, and of its claims.
        steps: How many layers there are up to this row: none of them bears a larger number.
    """
    for role, text in cells.items():
        if role in TAKEN:
            continue
        numbers = _NUMBERS.findall(_told(text))
        if all(_is_fact(number, facts) for number in numbers):
            continue  # the words, which need patterns of every layer, need not be told apart
        words = _STILL.sub(" ", _marked(text))
        if role == "layer" and _MARK not in words:
            continue
        for found in _TOKEN.finditer(words):
            word = found["word"] or ""
            if word and not (_LETTERS.fullmatch(word) or WORDS_OF_NUMBERS.fullmatch(word)):
                continue  # `l2` is a word
            digits = found["number"] or found["glued"]
            if not digits or _is_fact(digits, facts):
                continue
            if role in COUNTS and float(re.sub(r"\D", "", digits)) in facts:
                continue  # a point may part thousands
            at = found.start() + len(word)
            if role in _NAMES and _counts(words, at, found.end(), steps):
                continue
            yield role, _with_word(words, found)


def _is_fact(digits: str, facts: frozenset[float]) -> bool:
    if digits.startswith("0,"):
        # A comma may stand for a point, or between two numbers.
        decimal, *both = digits.replace(",", "."), *digits.split(",")
        return _is_fact(decimal, facts) or all(_is_fact(one, facts) for one in both)
    return any(abs(_value(digits) - one) < _CLOSE for one in facts)


def words_left(cells: Mapping[Role, str], taken: set[Op]) -> Iterator[str]:
    """Give the words of a row that name neither a layer of it nor a number of one, nor the row.

    Args:
        cells: Its cells by what they hold.
        taken: What its layers do.
    """
    families = {"", *map(_family, taken)} | ({"dense"} if "output" in taken else set())
    for role, text in cells.items():
        if role in TAKEN | COUNTS:
            continue
        words = _told(text)
        if role == "layer":
            # What stands ahead of the word of the layer is the name of the row.
            words = words[min((start for start, _, _ in ops_in(words)), default=len(words)) :]
        for part in re.split(r"[,;+&|()\[\]]|->|→|\.\s", words):
            left = WORDS_OF_NUMBERS.sub(" ", _marked(part))
            is_taken = {_family(op) for _, _, op in ops_in(part)} <= families
            if not is_taken or any(
                not _is_known(one["word"]) for one in _TOKEN.finditer(left) if one["word"]
            ):
                yield " ".join(part.split()).strip(" .:=/-")


_ASIDE: Final = pattern_of(
    r"(?<![\w.])(?:[a-z_]\w*(?:\.\w+)*\.\d+|\d+(?:\.\d+){2,})(?![\w.])|[\[(]\s*(?:-1|0)(?:\.0)?\s*[~～,]\s*1(?:\.0)?\s*[\])]",
    re.IGNORECASE,
)
"""Numbers that no layer takes: the place of a module in a model, as in `features.0`, and the range of a function, `[0, 1]`."""


def _told(text: str) -> str:
    """Give what a cell says of layers."""
    return _ASIDE.sub(" ", plain(text)[:_LONGEST_CELL])


def _family(op: Op) -> str:
    """Give what words for the same layer have in common; nothing for words that only name the place of a row."""
    if op in {"input", "output", "total", "identity", "preparation"}:
        return ""
    if op in POOLINGS or "global" in op or "adaptive" in op:
        return "pooling"
    return "convolution" if op in {*CONVOLUTIONS, "separable", "transposed"} else op


def _marked(text: str) -> str:
    """Write a cell with a mark in place of each word of a layer or of a function."""
    words = _told(text)
    for start, end, _ in reversed(ops_in(words)):
        words = f"{words[:start]}{_MARK}{words[end:]}"
    words = _ORDINAL_WORDS.sub(" ", words)
    return re.sub(r"(?<=\d)x(?=\d)", "×", words)


def _counts(words: str, start: int, end: int, steps: int) -> bool:
    """Whether a number counts rows: it stands at the beginning, or right behind a word, and is not too large."""
    digits = words[start:end]
    is_glued = start > 0 and not words[start - 1].isspace()
    if not digits.isdecimal() or (int(digits) > steps and not is_glued):
        return False
    ahead = words[:start]
    if words[end : end + 1] == ")":
        ahead = ahead.removesuffix("(")
    return bool(_PLACED.search(ahead) and _BEHIND.match(words, end))


def _with_word(words: str, found: re.Match[str]) -> str:
    ahead = re.search(r"([^\W\d_]+)\s*[=:]?\s*$", words[: found.start()])
    said = found[0]
    return f"{ahead[1]} {said}" if ahead and not found["word"] else said


@lru_cache(maxsize=4096)
def _is_known(word: str) -> bool:
    known = (_LITTLE_WORDS.fullmatch(word), WORDS_OF_NUMBERS.fullmatch(word))
    return any(known) or bool(roles_of(word))


def _value(digits: str) -> float:
    whole, _, part = digits.replace(",", "").partition(".")
    return float(f"{whole or 0}.{part.replace('.', '') or 0}")

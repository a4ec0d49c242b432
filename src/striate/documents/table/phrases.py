"""What the words of a cell say of layers: which layers, in which order, and their numbers."""

import re
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import final

from striate.documents.patterns import pattern_of
from striate.documents.table.numbers import (
    ADAPTIVE,
    ARROW,
    ARROW_TO,
    CONVOLUTIONS,
    MAIN,
    POOLINGS,
    WINDOWED,
    Said,
    readings_of,
)
from striate.documents.table.text import plain
from striate.documents.table.unrolling import KERNELS_BEHIND, unrolled
from striate.documents.table.words import Op, function_in, ops_in


Found = tuple[tuple[int, int, Op], ...]
"""Words for layers in a text: start, end and what each does."""


@final
@dataclass(frozen=True)
class Step:
    """One layer as far as words tell it.

    Args:
        op: What it does.
        said: Ways of reading its numbers, the likeliest first; they are weighed by arithmetic.
        word: How the document calls it.
    """

    op: Op
    said: tuple[Said, ...] = ({},)
    word: str = ""

    def with_defaults(self, other: Said) -> "Step":
        """Add numbers that another cell says, where this step has none of its own."""
        merged = tuple({**other, **one} for one in self._beside(other))
        return replace(self, said=merged)

    def with_readings(self, others: tuple[Said, ...]) -> "Step":
        """Add numbers that another cell says, in each of its readings."""
        if not others or others == ({},):
            return self
        merged = [{**other, **one} for other in others for one in self._beside(other)]
        return replace(self, said=tuple(merged[:8]))

    def _beside(self, other: Said) -> tuple[Said, ...]:
        """Give the readings that another cell leaves: beside a kernel of 3x3, MaxPool1 is no pooling of 1x1."""
        left = tuple(
            one
            for one in self.said
            if all(one.get(name, value) == value for name, value in other.items())
        )
        return left or self.said


@final
@dataclass
class Phrase:
    """What one cell says.

    Args:
        steps: The layers that it names, in their order.
        loose: Readings of the numbers that stand in a cell without the word of a layer.
        repeats: How often the whole of it stands in the network.
    """

    steps: list[Step] = field(default_factory=list)
    loose: tuple[Said, ...] = ({},)
    repeats: int = 1


_MOST_REPEATS = 64
_LEAST_MAPS = 8
"""A number behind a kernel and a dash that is smaller is the last layer of a range: conv1-3."""

_REPEATS = (
    pattern_of(
        r"(?:^|[\s)\]]|(?<=[^\W\d])(?=[×*]))[x×*]\s?(\d{1,2})\)?\s*(?:layers?|blocks?|times|회|번|个|层)?\s*$",
        re.IGNORECASE,
    ),
    pattern_of(r"\(\s*[x×*]\s*(\d{1,2})\s*\)|\(\s*(\d{1,2})\s*[x×]\s*\)", re.IGNORECASE),
    pattern_of(r"^(\d{1,2})\s*[x×*]\s*(?=[\[(]|[^\W\d])", re.IGNORECASE),
    pattern_of(
        r"(?<![\d.])(\d{1,2})\s*(?:times|layers of|회 반복|번 반복|次|回)(?![a-z])", re.IGNORECASE
    ),
)
_VGG_TIMES = pattern_of(r"(?<=-)(\d{2,4})x(\d{1,2})(?=\s*(?:$|[,;+→]))")
"""A repetition behind maps, which is no kernel: `conv3-64 ×2`."""

_FILTERS_TIMES = pattern_of(r"(?<![\dx.])(\d{1,5})\s*x\s*\(\s*(\d{1,2}x\d{1,2})\s*\)")
"""Filters and their kernel, which are no repetition: `16 × (3×3)`."""

_RANGE = pattern_of(
    r"(?<![\d.])(\d{1,3})\s*[-–—~〜～]\s*(?:[a-z]{2,}\s*)?(\d{1,3})(?![\d.])", re.IGNORECASE
)


def repeats_of(text: str) -> tuple[int, str]:
    """Find how often a cell says that it stands, and give the rest of it.

    >>> repeats_of("C1 (x3)"), repeats_of("3x Conv dw"), repeats_of("Conv2D (32, 3x3)x2")
    ((3, 'C1 '), (3, 'Conv dw'), (2, 'Conv2D (32, 3x3)'))
    """
    for pattern in _REPEATS:
        found = pattern.search(text)
        if found:
            digits = next(group for group in found.groups() if group)
            keep = ")" if found[0].startswith(")") else "]" if found[0].startswith("]") else ""
            rest = text[: found.start()] + keep + text[found.end() :]
            if 1 <= int(digits) <= _MOST_REPEATS:
                return int(digits), rest
    word = re.search(r"\b(twice|두 번|两次|2回)\b", text, re.IGNORECASE)
    return (2, text[: word.start()] + text[word.end() :]) if word else (1, text)


def range_of(text: str) -> int:
    """Count the layers that a name with a range of numbers stands for: `Conv 1-3` for 3."""
    found = _RANGE.search(text)
    if found is None:
        return 1
    first, last = int(found[1]), int(found[2])
    return last - first + 1 if 0 <= first < last <= first + 63 else 1


_ENLARGES = pattern_of(r"up-?sampl|resiz|interpolat|업샘플|上采样|アップサンプ", re.IGNORECASE)


def read_phrase(text: str, *, is_name: bool = False, main: Op | None = None) -> Phrase:
    """Read what a cell says of layers.

    Args:
        text: The cell, as written.
        is_name: Whether the cell names its row, so that a number behind the word of a layer may count
            the layers.
        main: The layer that another cell of the row has named already.
    """
    words = _FILTERS_TIMES.sub(r"\1 filters \2", _PLACED.sub(" ", plain(text)[:400]))
    words = _VGG_TIMES.sub(r"\1 x\2", words)
    # The 2 of `Upsample x2` is a factor.
    repeats, words = (1, words) if _ENLARGES.search(words) else repeats_of(unrolled(words))
    if is_name:
        words = _without_name(words)
    found = _without_counts(words, _without_kernels(words, ops_in(words)))
    if main is not None:
        return _details(words, found, main, repeats)
    if is_name and repeats == 1 and found:
        behind = words[found[0][1] :]
        range_here = _RANGE.match(behind.lstrip(" _(#"))
        if range_here and not _is_vgg(words[found[0][0] :], found[0][1] - found[0][0]):
            repeats = range_of(behind)
            words = words[: found[0][1]] + behind.lstrip(" _(#")[range_here.end() :]
            found = ops_in(words)
    if not found:
        readings = ({},) if is_name else readings_of(words, None)
        return Phrase([], readings, repeats)
    found = _without_label(words, found)
    pieces = _pieces(words, found)
    steps: list[Step] = []
    for (start, end, op), (before, after) in zip(found, pieces, strict=True):
        word = words[start:end]
        said = readings_of(f"{before} \x00 {after}", op, is_name=is_name, word=word)
        if op == "activation":
            function = function_said(f"{word}{after}")
            said = tuple({**function, **reading} for reading in said)
        if op == "normalisation":
            said = normalisation_said(word, after) or said
        steps.append(Step(op, said, word))
    return Phrase(_handed_back(steps), ({},), repeats)


_SLOPE = pattern_of(
    r"(?:relu|elu)\W{0,2}\s*(?:(?:negative[ _]?)?slope|alpha|α|기울기)?\s*[=:]?\s*(0?\.\d+|1(?:\.0*)?)(?![\d.]*\d)\s*\)?",
    re.IGNORECASE,
)


def function_said(text: str) -> Said:
    """Read a function with its slope: `LeakyReLU (alpha=0.1)`; no function where the text names none.

    >>> function_said("LeakyReLU(0.2)"), function_said("tanh")
    ({'function': 'leaky ReLU', 'slope': 0.2}, {'function': 'tanh'})
    """
    function = function_in(text)
    found = _SLOPE.search(text) if function in {"leaky ReLU", "ELU"} else None
    return {"function": function} | ({"slope": float(found[1])} if found else {})


_OTHER_NORM = pattern_of(r"(layer|group|instance)", re.IGNORECASE)


def normalisation_said(word: str, after: str) -> tuple[Said, ...]:
    """Read a normalisation that is not one of batches: `GroupNorm(32)`; nothing for one that is."""
    kind = _OTHER_NORM.match(word)
    if kind is None:
        return ()
    parts = re.match(r"[\s,(]*(?:groups?|g)?\s*=?\s*(\d{1,4})(?![\d.])", after, re.IGNORECASE)
    norm = kind[1].casefold()
    return ({"norm": norm} | ({"parts": int(parts[1])} if parts and norm == "group" else {}),)


_LABEL_ENDS = pattern_of(r"[\s_-]*(?:layers?|층|层|層|schicht)?\s*\d{0,2}\s*[:：]", re.IGNORECASE)


def _without_label(words: str, found: Found) -> Found:
    """Leave out the word ahead of a colon where a better one for the layer stands behind: `Pooling layer: 2x2 max pooling`."""
    (_, end, label), *behind = found
    if not _LABEL_ENDS.match(words, end):
        return found
    is_said = {
        "pooling": any("max" in op or "average" in op for *_, op in behind),
        "output": any(op == "dense" for *_, op in behind),
    }
    return tuple(behind) if is_said.get(label, label in {op for *_, op in behind}) else found


def _without_kernels(words: str, found: Found) -> Found:
    """Leave out words for layers that only say whose the kernels are: `卷积 5×5, 6 个卷积核`, `pool size`."""
    seen: set[bool] = set()
    kept = []
    for word in found:
        is_pooling = word[2] in POOLINGS
        says_size = is_pooling or word[2] == "convolution"
        if says_size and is_pooling in seen and KERNELS_BEHIND.match(words, word[1]):
            continue
        seen |= {is_pooling} if says_size else set()
        kept.append(word)
    return tuple(kept)


def _without_counts(words: str, found: Found) -> Found:
    """Leave out words that only count what a layer reads and gives: `FC, in 2304, out 10`, `1 input, 12 output`."""
    if not any(op in MAIN - {"output"} for _, _, op in found):
        return found
    return tuple(
        word
        for word in found
        if not _SIDE.fullmatch(words, word[0], word[1])
        or not (
            re.match(r"(?:_\w+)?\s*[=:]?\s*[(\[]?\d", words[word[1] :])
            or re.search(r"\d\s*$", words[: word[0]])
        )
    )


_SIDE = pattern_of(r"(?:in|out)(?:puts?)?", re.IGNORECASE)
_BESIDE = {"activation", "normalisation", "dropout", "flatten"}
_CALLED = pattern_of(r"[\w./-]+\s*\(([a-z][\w ]*)\)", re.IGNORECASE)
_PLACED = pattern_of(
    r"(?<![a-z])(?:block|stage|module|phase|블록|단계|阶段|模块|ブロック|ステージ)\s*[-_#]?\s*\d{1,2}(?![\w.])",
    re.IGNORECASE,
)
"""What counts the parts of a network: the 2 of `Conv2D Block 2` is no number of the layer."""

_PATH = pattern_of(r"[a-z_]\w*(?:\.\w+)*\.(\w+)", re.IGNORECASE)
"""Where a module stands in a model of PyTorch: `classifier.1`, `layer1.0.conv2`."""

_LETTERED = pattern_of(r"[CSPF]\d{1,2}[.:,)]?\s*(?=[^\W\d])")
"""LeNet-5's way of numbering rows: the 4 of `S4 pooling` is no stride."""

_NUMBERED = pattern_of(
    r"(?P<kind>[^\d/,+(]*[^\W\d])(?:\s+|(?<=[^\x00-\x7f]))(?P<letter>[CFP](?=\d)|S(?=[3-9]|\d\d))\d{1,2}(?=\s*(?:\(|$))"
)
"""The same behind the layer: `池化层 S4` and `Faltung C3 (same)`."""

_LETTERS = {
    "C": CONVOLUTIONS,
    "F": {"dense", "output"},
    "S": POOLINGS,
    "P": POOLINGS,
}

_COUNTED = pattern_of(r"^(?:layer\s*)?\d{1,2}(?:[.:)]\s*|\s+)(?=[^\W\d])", re.IGNORECASE)


def _without_name(words: str) -> str:
    """Leave out what only names a row: `conv2d_1 (Conv2D)` is a Conv2D, `3 Convolution` is the third row."""
    path = _PATH.fullmatch(words.strip())
    if path:
        return path[1] if ops_in(path[1]) else ""
    called = _CALLED.fullmatch(words.strip())
    if called and ops_in(called[1]) and ops_in(words)[0][1] <= called.start(1):
        ahead, inside = ops_in(words)[0][2], ops_in(called[1])[0][2]
        # `Conv2D (ReLU)` is a layer with its function, where `block1 (Activation)` has a name of its own.
        is_function = ahead == "normalisation" and inside == "activation"
        if not is_function and not (ahead in MAIN and inside in _BESIDE):
            return called[1]
    numbered = _LETTERED.match(words)
    if numbered and ops_in(words[numbered.end() :]):
        return words[numbered.end() :]
    behind = _NUMBERED.match(words)
    # The 2 of `MaxPool S2` may be a stride, and poolings of 2x2 have it anyhow.
    if behind and {op for _, _, op in ops_in(behind["kind"])} & _LETTERS[behind["letter"]]:
        return f"{behind['kind']}{words[behind.end() :]}"
    counted = _COUNTED.match(words)
    if counted and any(start <= counted.end() for start, _, _ in ops_in(words)):
        return words[counted.end() :]
    return words


_FLATTENED = pattern_of(r"\s*[:=(][^,;→]*")


def _details(words: str, found: Found, main: Op, repeats: int) -> Phrase:
    """Read a cell of details: numbers of the layer that another cell names, and layers beside it."""
    beside = tuple(
        word
        for word in found
        if (
            word[2] in _BESIDE
            or (word[2] in POOLINGS and main not in POOLINGS)
            or (word[2] in ADAPTIVE and main in CONVOLUTIONS)
        )
        and word[2] != main
    )
    steps: list[Step] = []
    rest = words
    for (start, end, op), (before, after) in zip(beside, _pieces(words, beside), strict=True):
        word = words[start:end]
        said: tuple[Said, ...] = ({},)
        stop = end
        if op == "activation":
            said = (function_said(f"{word}{after}"),)
            slope = _SLOPE.search(words, start) if "slope" in said[0] else None
            stop = slope.end() if slope else end
        elif op == "normalisation":
            said = normalisation_said(word, after) or said
        elif op == "dropout":
            said = readings_of(f"{before} {after}", op)
        elif op in POOLINGS | ADAPTIVE:
            said = readings_of(f"{before} \x00 {after}", op, word=word)
        steps.append(Step(op, said, word))
        if op == "flatten":
            behind = _FLATTENED.match(words, end)
            stop = behind.end() if behind else end
        elif op in POOLINGS | ADAPTIVE or op == "dropout":
            stop = end + len(after)
        rest = rest[:start] + "; ".ljust(stop - start, " ")[: stop - start] + rest[stop:]
    arrow = (
        ARROW_TO.search(rest) if main in {"dense", "output"} and not ARROW.search(rest) else None
    )
    if arrow:
        rest = rest[: arrow.start()] + arrow[1] + rest[arrow.end() :]
    return Phrase(steps, readings_of(rest, main), repeats)


def _is_vgg(words: str, length: int) -> bool:
    """Whether a number range is VGG's way of writing a kernel and maps: conv3-64."""
    found = re.match(r"(\d{1,2})-(\d+)", words[length:])
    return found is not None and (int(found[2]) >= _LEAST_MAPS or int(found[2]) <= int(found[1]))


def _pieces(words: str, found: Found) -> list[tuple[str, str]]:
    """Give each word of a layer the text ahead of it and behind it that belongs to it."""
    cuts = [0]
    for (_, end, _), (start, _, _) in pairwise(found):
        between = words[end:start]
        masked = re.sub(r"\([^()]*\)|\[[^\[\]]*\]", lambda match: "_" * len(match[0]), between)
        marks = [
            match.end() for match in re.finditer(r"[,;+→&|/]|->|=>|⇒| - |\band\b|\bthen\b", masked)
        ]
        cuts.append(end + (marks[-1] if marks else len(between)))
    cuts.append(len(words))
    return [
        (words[cut:start], words[end:after])
        for (start, end, _), cut, after in zip(found, cuts, cuts[1:], strict=False)
    ]


_TAKES: dict[str, frozenset[str]] = {
    "activation": frozenset({"function", "slope"}),
    "normalisation": frozenset({"norm", "parts"}),
    "dropout": frozenset({"fraction", "left"}),
    "flatten": frozenset(),
}


def _handed_back(steps: list[Step]) -> list[Step]:
    """Give numbers that a function or a dropout cannot take to the layer ahead of it."""
    result: list[Step] = []
    for step in steps:
        takes = _TAKES.get(step.op)
        if takes is None or len(step.said) != 1:
            result.append(step)
            continue
        own = {key: value for key, value in step.said[0].items() if key in takes}
        other = {key: value for key, value in step.said[0].items() if key not in takes}
        place = next((at for at in reversed(range(len(result))) if result[at].op in MAIN), None)
        if other and place is not None:
            result[place] = result[place].with_defaults(other)
        result.append(replace(step, said=(own,)))
    return result


def parted(step: Step) -> list[Step]:
    """Give the two layers that a separable convolution is: one of each map by itself, and one of 1x1."""
    if step.op != "separable":
        return [step]
    own = {"kernel", "stride", "padding", "dilation"}
    slid = tuple(
        {key: value for key, value in said.items() if key in own} | {"bias": False}
        for said in step.said
    )
    mixed = tuple(
        {key: value for key, value in said.items() if key not in own} | {"kernel": (1, 1)}
        for said in step.said
    )
    return [Step("depthwise", slid, step.word), Step("convolution", mixed, step.word)]


__all__ = [
    "CONVOLUTIONS",
    "MAIN",
    "POOLINGS",
    "WINDOWED",
    "Phrase",
    "Said",
    "Step",
    "parted",
    "range_of",
    "read_phrase",
    "repeats_of",
]

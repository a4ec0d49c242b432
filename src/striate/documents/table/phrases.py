"""What the words of a cell say of layers: which layers, in which order, and their numbers."""

import re
from dataclasses import dataclass, field, replace
from typing import Any, final

from striate.documents.table.text import Size, plain, read_size, whole
from striate.documents.table.words import SAME, VALID, Op, function_in, ops_in


Said = dict[str, Any]
"""Numbers of one layer as a cell says them: kernel, stride, padding, maps, maps in, units, fraction,
function, groups, output."""

WINDOWED = {
    "convolution",
    "depthwise",
    "separable",
    "transposed",
    "max pooling",
    "average pooling",
    "pooling",
}
CONVOLUTIONS = {"convolution", "depthwise", "separable", "transposed"}
POOLINGS = {"max pooling", "average pooling", "pooling"}
MAIN = WINDOWED | {"dense", "global average", "global max", "output"}


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
        merged = tuple({**other, **one} for one in self.said)
        return replace(self, said=merged)

    def with_readings(self, others: tuple[Said, ...]) -> "Step":
        """Add numbers that another cell says, in each of its readings."""
        if not others or others == ({},):
            return self
        merged = [{**other, **one} for one in self.said for other in others]
        return replace(self, said=tuple(merged[:8]))


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


_REPEATS = (
    re.compile(
        r"(?:^|[\s)\]])[x×*]\s?(\d{1,2})\)?\s*(?:layers?|blocks?|times|회|번|个|层)?\s*$",
        re.IGNORECASE,
    ),
    re.compile(r"\(\s*[x×*]\s*(\d{1,2})\s*\)|\(\s*(\d{1,2})\s*[x×]\s*\)", re.IGNORECASE),
    re.compile(r"^(\d{1,2})\s*[x×*]\s*(?=\[|[^\W\d])", re.IGNORECASE),
    re.compile(
        r"(?<![\d.])(\d{1,2})\s*(?:times|layers of|회 반복|번 반복|次|回)(?![a-z])", re.IGNORECASE
    ),
)
_RANGE = re.compile(
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
            if 1 <= int(digits) <= 64:
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


def read_phrase(text: str, *, is_name: bool = False, main: Op | None = None) -> Phrase:
    """Read what a cell says of layers.

    Args:
        text: The cell, as written.
        is_name: Whether the cell names its row, so that a number behind the word of a layer may count
            the layers.
        main: The layer that another cell of the row has named already.
    """
    words = plain(text)[:400]
    repeats, words = repeats_of(words)
    found = ops_in(words)
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
        readings = ({},) if is_name else _readings(words, None)
        return Phrase([], readings, repeats)
    pieces = _pieces(words, found)
    steps: list[Step] = []
    for (start, end, op), (before, after) in zip(found, pieces, strict=True):
        word = words[start:end]
        said = _readings(f"{before} \x00 {after}", op, is_name=is_name, word=word)
        if op == "activation":
            said = tuple({"function": function_in(word), **one} for one in said)
        steps.append(Step(op, said, word))
    return Phrase(_handed_back(steps), ({},), repeats)


_BESIDE = {"activation", "normalisation", "dropout", "flatten"}
_FLATTENED = re.compile(r"\s*[:=(][^,;→]*")


def _details(words: str, found: list[tuple[int, int, Op]], main: Op, repeats: int) -> Phrase:
    """Read a cell of details: numbers of the layer that another cell names, and layers beside it."""
    beside = [
        one for one in found if one[2] in _BESIDE or (one[2] in POOLINGS and main not in POOLINGS)
    ]
    beside = [one for one in beside if one[2] != main]
    steps: list[Step] = []
    rest = words
    for (start, end, op), (before, after) in zip(beside, _pieces(words, beside), strict=True):
        word = words[start:end]
        said: tuple[Said, ...] = ({},)
        if op == "activation":
            said = ({"function": function_in(word)},)
        elif op == "dropout":
            said = (_fraction(f"{before} {after}"),)
        elif op in POOLINGS:
            said = _readings(f"{before} \x00 {after}", op, word=word)
        steps.append(Step(op, said, word))
        stop = end
        if op == "flatten":
            behind = _FLATTENED.match(words, end)
            stop = behind.end() if behind else end
        elif op in POOLINGS or op == "dropout":
            stop = end + len(after)
        rest = rest[:start] + "; ".ljust(stop - start, " ")[: stop - start] + rest[stop:]
    arrow = (
        _ARROW_TO.search(rest) if main in {"dense", "output"} and not _ARROW.search(rest) else None
    )
    if arrow:
        rest = rest[: arrow.start()] + arrow[1] + rest[arrow.end() :]
    return Phrase(steps, _readings(rest, main), repeats)


def _is_vgg(words: str, length: int) -> bool:
    """Whether a number range is VGG's way of writing a kernel and maps: conv3-64."""
    found = re.match(r"(\d{1,2})-(\d+)", words[length:])
    return found is not None and (int(found[2]) >= 8 or int(found[2]) <= int(found[1]))


def _pieces(words: str, found: list[tuple[int, int, Op]]) -> list[tuple[str, str]]:
    """Give each word of a layer the text ahead of it and behind it that belongs to it."""
    cuts = [0]
    for (_, end, _), (start, _, _) in zip(found, found[1:], strict=False):
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
    "normalisation": frozenset(),
    "dropout": frozenset({"fraction"}),
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


_I = re.IGNORECASE
_STRIDE_WORD = r"(?:strides?|schritt(?:weite)?|보폭|스트라이드|간격|步长|步幅|步長|ストライド)"
_STRIDES = (
    re.compile(
        rf"{_STRIDE_WORD}\s*(?:size)?\s*(?:of|is|=|:|은|는|为|は|von)?\s*[(\[]?\s*(\d+)(?:\s*x\s*(\d+)|\s*,\s*(\d+)\s*[)\]])?",
        _I,
    ),
    re.compile(rf"(\d+)(?:x(\d+))?[ -]*(?:pixels?)?[ -]*{_STRIDE_WORD}", _I),
    re.compile(r"(?<![a-z\d])s\s*=?\s*(\d)(?!\d)(?:x(\d))?(?![a-z])", _I),
)
_PAD_WORD = r"(?:(?:zero[- ]?)?pad(?:ding|s|ded)?|패딩|填充|补零|パディング)"
_PADDINGS = (
    re.compile(
        rf"{_PAD_WORD}\s*(?:size)?\s*(?:of|by|is|=|:|은|는|为|は)?\s*[(\[]?\s*(\d+)(?:\s*x\s*(\d+)|\s*,\s*(\d+)\s*[)\]])?",
        _I,
    ),
    re.compile(rf"(?<![\dx])(\d+)(?:x(\d+))?[ -]*(?:pixels?|px)?[ -]*(?:of )?{_PAD_WORD}", _I),
    re.compile(r"(?<![a-z\d])p\s*=?\s*(\d)(?!\d)(?!\.)(?:x(\d))?(?![a-z])", _I),
)
_NO_PADDING = re.compile(
    rf"{_PAD_WORD}\s*[=:]?\s*(?:none|no|0\b)|(?:no|ohne|zero) {_PAD_WORD}(?!\s*\d)", _I
)
_KSP = re.compile(r"(?<![a-z])k(\d+)[ ,_-]*s(\d+)(?:[ ,_-]*p(\d+))?", _I)
_KERNELS = (
    re.compile(
        r"(?:kernel|filter|window|pool|patch)(?:[ _-]?size)\s*(?:of|is|=|:)?\s*[(\[]?\s*(\d+)(?:\s*x\s*(\d+)|\s*,\s*(\d+)\s*[)\]])?",
        _I,
    ),
    re.compile(
        r"(?:kernel|filter|window)\s*[=:]\s*[(\[]?\s*(\d+)(?:\s*x\s*(\d+)|\s*,\s*(\d+)\s*[)\]])?",
        _I,
    ),
    re.compile(r"(?<![a-z])[kf]\s*=\s*[(\[]?(\d+)(?:\s*x\s*(\d+)|\s*,\s*(\d+)\s*[)\]])?", _I),
    re.compile(
        r"(?:커널|윈도우|核|カーネル|kern)\s*(?:크기|大小|尺寸|サイズ|größe)?\s*(?:=|:|는|은|为|は)?\s*(\d+)(?:x(\d+))?(?![개个個\d])",
        _I,
    ),
)
_SLASHED = re.compile(r"(?<!\d)(\d+)x(\d+)(?:x\d+)?\s*(?:/|\+)\s*s?(\d)(?:\((s|v)\))?(?!\d)", _I)
_PAIR = re.compile(r"(?<![\dx.])(\d{1,4})x(\d{1,4})(?![\dx])")
_TRIPLE = re.compile(r"(?<![\dx.])(\d{1,5})x(\d{1,5})x(\d{1,5})(?![\dx])")
_FOUR = re.compile(r"(?<![\dx.])(\d{1,5})x(\d{1,5})x(\d{1,5})x(\d{1,5})(?![\dx])")
_TUPLE = re.compile(r"\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)")
_MAP_WORD = (
    r"(?:output |out |개의 |개 |个|個の?|コの)?(?:filters?|kernels?|(?:feature[ -]?)?maps?|channels?|ch(?![a-z])|masks?|필터|커널|채널|(?:특성|특징) ?맵|"
    r"通道|卷积核|滤波器|特征图|フィルタ(?:ー)?|チャネル|チャンネル|カーネル|kanäle|merkmalskarten|filtern)"
)
_MAPS = (
    re.compile(rf"(?<![\dx.])(\d{{1,5}})(?!x)\s*(?:\d+x\d+\s*)?-?\s*{_MAP_WORD}", _I),
    re.compile(
        rf"{_MAP_WORD}\s*(?:수|数|개수|个数)?\s*(?:of|is|=|:|는|은|为|は)?\s*(\d{{1,5}})(?![\dx.]|\s*x\s*\d)",
        _I,
    ),
)
_UNIT_WORD = (
    r"(?:units?|nodes?|neurons?|hidden|outputs?|out[_ ]features|classes|ways?|dim(?:ension)?s?|d(?![a-z])|개|명|뉴런|노드|유닛|차원|클래스|종|个|個|维|維|単位|"
    r"单元|神经元|节点|类|次元|ユニット|クラス|einheiten|neuronen|knoten|klassen)"
)
_UNITS = (
    re.compile(
        rf"(?<![\dx.])(\d{{1,3}}(?:,\d{{3}})+|\d{{1,7}})(?![x.]|,\d)\s*-?\s*{_UNIT_WORD}", _I
    ),
    re.compile(
        rf"(?:units?|neurons?|nodes?|outputs?|out[_ ]features|输出|출력|単位)\s*(?:of|=|:)?\s*(\d{{1,3}}(?:,\d{{3}})+|\d{{1,7}})(?![\dx.@])",
        _I,
    ),
)
_ARROW = re.compile(
    r"(\d{1,3}(?:,\d{3})+|\d{1,7})\s*(?:→|->|=>|⇒|⟶|➝)\s*(\d{1,3}(?:,\d{3})+|\d{1,7})"
)
_ARROW_TO = re.compile(r"(?:→|->|=>|⇒)\s*(\d{1,7})(?![\dx.])")
_OUTPUT = re.compile(
    r"(?:outputs?|produces|gives|yields|result(?:s|ing)?(?: in)?|输出|출력|出力|→|->)\s*(?:size|shape|of|is|=|:|크기|为|は)*\s*(?=[(\[]?\s*(?:none|-1|n\s*,|\d+\s*[x@,]\s*\d))",
    _I,
)
_KEEP = re.compile(r"keep(?:[ _-]?prob(?:ability)?)?\s*(?:of|=|:)?\s*(0?\.\d+|\d+\s*%)", _I)
_FRACTION = re.compile(r"(?<![\d.])(0?\.\d+)|(?<![\d.])(\d{1,2}(?:\.\d+)?)\s*%")
_HALF = re.compile(r"half|halv|一半|减半|減半|절반|반으로|半分|半減|hälfte|halbier", _I)
_AT = re.compile(r"(?<![\d.])(\d{1,5})\s*@\s*(\d{1,4})(?:x(\d{1,4}))?")
_TORCH_CONV = re.compile(r"\x00\s*\(\s*(\d+)\s*,\s*(\d+)\s*,\s*(?:kernel_size\s*=\s*)?\(?(\d+)")
_KOREAN_KERNELS = re.compile(
    r"(\d+)x(\d+)\s*(?:개의|个|個の|kernels? of|filters? of|of)\s*(\d+)x(\d+)", _I
)
_GROUPS = re.compile(r"groups?\s*(?:=|:)?\s*(\d+)|(\d+)\s*groups|그룹\s*(\d+)", _I)
_DILATION = re.compile(
    r"(?:dilat(?:ion|ed)(?:[ _]rate)?|팽창|空洞率|扩张率)\s*(?:=|:|of)?\s*(\d+)", _I
)
_INT = re.compile(r"(?<![\d.x\w@])(\d{1,3}(?:,\d{3})+(?!\d)|\d{1,6})(?![\dx@%\w]|\.\d)")


def _readings(
    text: str, op: Op | None, *, is_name: bool = False, word: str = ""
) -> tuple[Said, ...]:
    """Read the numbers of one layer in a piece of a cell, in every way that the words leave open."""
    rest = text
    said: Said = {}
    choices: list[list[Said]] = []

    def take(pattern: re.Pattern[str]) -> re.Match[str] | None:
        nonlocal rest
        found = pattern.search(rest)
        if found:
            rest = rest[: found.start()] + " ; " + rest[found.end() :]
        return found

    is_convolution = op in CONVOLUTIONS or op is None
    is_pooling = op in POOLINGS
    if op in {"activation", "normalisation", "flatten"} and not re.search(
        r"\d|same|valid", rest, _I
    ):
        return ({},)
    if op == "dropout":
        return (_fraction(rest),)
    out = _OUTPUT.search(rest)
    if out:
        size = read_size(rest[out.end() :])
        if size is not None and len(size.numbers) > 1:
            said["output"] = size
            cut = re.match(r"[(\[]?[^,;)\]]*(?:,\s*\d+)*[)\]]?", rest[out.end() :])
            rest = rest[: out.start()] + " ; " + rest[out.end() + (cut.end() if cut else 0) :]
    # PyTorch names the maps that come in first: Conv2d(1, 6, 5); Keras has no such number.
    torch_like = _TORCH_CONV.search(rest) if op == "convolution" and word.endswith("2d") else None
    if torch_like:
        said |= {
            "maps in": int(torch_like[1]),
            "maps": int(torch_like[2]),
            "kernel": (int(torch_like[3]),) * 2,
        }
        rest = re.sub(
            r"\(\s*\d+\s*,\s*\d+\s*,\s*(?:kernel_size\s*=\s*)?\(?\d+(?:\s*,\s*\d+\))?",
            "(",
            rest,
            count=1,
        )
    ksp = take(_KSP)
    if ksp:
        said |= {"kernel": (int(ksp[1]),) * 2, "stride": (int(ksp[2]),) * 2}
        said |= {"padding": int(ksp[3])} if ksp[3] else {}
    kernels = take(_KOREAN_KERNELS) if is_convolution else None
    if kernels:
        said |= {
            "maps in": int(kernels[1]),
            "maps": int(kernels[2]),
            "kernel": (int(kernels[3]), int(kernels[4])),
        }
    slashed = _SLASHED.search(rest)
    if slashed:
        said["stride"] = (int(slashed[3]),) * 2
        if slashed[4]:
            said["padding"] = "same" if slashed[4].casefold() == "s" else "valid"
        rest = rest[: slashed.start(3)].rstrip("/+ sS") + " ; " + rest[slashed.end() :]
    for pattern in _STRIDES:
        found = take(pattern) if "stride" not in said else None
        if found:
            said["stride"] = _pair(found)
    for pattern in (_GROUPS, _DILATION):
        found = take(pattern)
        if found:
            said["groups" if pattern is _GROUPS else "dilation"] = int(
                next(one for one in found.groups() if one)
            )
    for pattern in _PADDINGS:
        found = take(pattern) if "padding" not in said else None
        if found:
            height, width = _pair(found)
            said["padding"] = height if height == width else (height, width)
    if "padding" not in said:
        if SAME.search(rest):
            said["padding"] = "same"
        elif VALID.search(rest) or _NO_PADDING.search(rest):
            said["padding"] = "valid"
    if op in WINDOWED or op is None:
        for pattern in _KERNELS:
            found = take(pattern) if "kernel" not in said else None
            if found:
                said["kernel"] = _pair(found)
    arrow = take(_ARROW)
    if arrow:
        if op in {"dense", "output"}:
            said |= {"units in": whole(arrow[1]), "units": whole(arrow[2])}
        else:
            said |= {"maps in": whole(arrow[1]), "maps": whole(arrow[2])}
            said |= {"units in": whole(arrow[1]), "units": whole(arrow[2])} if op is None else {}
    if is_convolution:
        for pattern in _MAPS if not arrow else ():
            found = take(pattern) if "maps" not in said else None
            if found:
                said["maps"] = whole(found[1])
    if op in {"dense", "output"} or op is None:
        for pattern in _UNITS if not arrow else ():
            found = take(pattern) if "units" not in said else None
            if found:
                said["units"] = whole(found[1])
    at = take(_AT)
    if at and op not in {"dense", "output"}:
        height, width = int(at[2]), int(at[3] or at[2])
        choices.append(
            [
                {"maps": int(at[1]), "kernel": (height, width)},
                {
                    "maps": int(at[1]),
                    "output": Size((int(at[1]), height, width), at[0], "maps first"),
                },
            ]
        )
    four, triple = take(_FOUR), take(_TRIPLE)
    if four and is_convolution:
        a, b, c, d = (int(one) for one in four.groups())
        choices.append(
            ([{"kernel": (a, b), "maps in": c, "maps": d}] if max(a, b) <= 32 else [])
            + ([{"maps": a, "maps in": b, "kernel": (c, d)}] if max(c, d) <= 32 else [])
        )
    if triple and (is_convolution or is_pooling):
        a, b, c = (int(one) for one in triple.groups())
        options: list[Said] = []
        behind = re.search(r";\s*,?\s*(\d+)\s*$", rest) if "maps" not in said else None
        if max(a, b) <= 32:
            options += [{"kernel": (a, b), "maps in": c}]
            options += [] if "maps" in said or behind else [{"kernel": (a, b), "maps": c}]
        if max(b, c) <= 32 and is_convolution and "maps" not in said:
            options += [{"maps": a, "kernel": (b, c)}]
            if b == c and a != b:
                options.reverse()
        if options:
            choices.append(options)
    if "kernel" not in said and not triple and not four:
        pair = _PAIR.search(rest) or _TUPLE.search(rest)
        if pair and (op in WINDOWED or op is None):
            take(_PAIR if pair.re is _PAIR else _TUPLE)
            numbers = (int(pair[1]), int(pair[2]))
            if op is None:
                said["pair"] = numbers
            said["kernel"] = numbers
        elif pair and op in {"dense", "output"} and pair.re is _PAIR:
            take(_PAIR)
            said |= {"units in": int(pair[1]), "units": int(pair[2])}
    if op is None:
        said |= _fraction(rest)
    if is_pooling and "kernel" not in said and _HALF.search(rest):
        said |= {"kernel": (2, 2), "stride": said.get("stride", (2, 2))}
    _bare(rest, op, said, choices, is_name=is_name)
    readings: list[Said] = [said]
    for options in choices:
        readings = [{**one, **other} for one in readings for other in options][:8] or readings
    return tuple(readings)


def _bare(
    rest: str, op: Op | None, said: Said, choices: list[list[Said]], *, is_name: bool
) -> None:
    """Read whole numbers that stand alone: filters, a kernel, units, or the number of the layer."""
    vgg = re.search(r"\x00\s*(\d{1,2})\s*-\s*(\d{1,5})(?![\d.])", rest)
    if vgg and op in CONVOLUTIONS and "kernel" not in said:
        said |= {"kernel": (int(vgg[1]),) * 2, "maps": int(vgg[2])}
        return
    ordinal = (
        re.search(r"\x00[ _#-]*(\d{1,3})(?:_\d+)*[ab]?(?=\s|$|[:;,.()_-])", rest)
        if "\x00" in rest
        else None
    )
    dashed = re.search(r"\x00\s*-\s*(\d{1,6})\s*$", rest)
    if dashed and op == "dense" and "units" not in said:
        choices.append(
            [{"units": int(dashed[1])}, {}]
            if int(dashed[1]) >= 8
            else [{}, {"units": int(dashed[1])}]
        )
        return
    body = rest
    counted = None
    if ordinal:
        counted = int(ordinal[1])
        body = rest[: ordinal.start()] + " " + rest[ordinal.end() :]
    numbers = [whole(one) for one in _INT.findall(body)]
    if op in CONVOLUTIONS or op is None:
        if op is None and is_name:
            return
        if numbers and "maps" not in said:
            said["maps"] = numbers.pop(0)
        if numbers and "kernel" not in said and numbers[0] <= 16 and op is not None:
            said["kernel"] = (numbers[0],) * 2
        if op is None and "maps" in said and "units" not in said:
            said["units"] = said["maps"]
        elif counted is not None and "maps" not in said and counted >= 8 and op is not None:
            choices.append([{}, {"maps": counted}])
    elif op in POOLINGS and numbers and "kernel" not in said:
        said["kernel"] = (numbers[0],) * 2
        if len(numbers) > 1 and "stride" not in said:
            said["stride"] = (numbers[1],) * 2
    elif op in POOLINGS and counted is not None and "kernel" not in said:
        choices.append([{}, {"kernel": (counted,) * 2}])
    elif op in {"dense", "output"} and "units" not in said:
        if len(numbers) == 2 and "(" in body:
            said |= {"units in": numbers[0], "units": numbers[1]}
        elif numbers:
            said["units"] = numbers[0]
        elif counted is not None:
            choices.append([{"units": counted}, {}] if counted >= 10 else [{}, {"units": counted}])


def _fraction(text: str) -> Said:
    kept = _KEEP.search(text)
    if kept:
        return {"fraction": 1 - _number(kept[1])}
    found = _FRACTION.search(text)
    if found:
        return {"fraction": float(found[1]) if found[1] else float(found[2]) / 100}
    return {"fraction": 0.5} if _HALF.search(text) else {}


def _number(text: str) -> float:
    return float(text.rstrip("% ")) / 100 if text.endswith("%") else float(text)


def _pair(found: re.Match[str]) -> tuple[int, int]:
    numbers = [int(one) for one in found.groups() if one]
    return (numbers[0], numbers[1] if len(numbers) > 1 else numbers[0])

"""The numbers of one layer in the words of a cell: kernel, stride, padding, maps, units, fraction."""

import re
from typing import Any, final

from striate.documents.patterns import pattern_of
from striate.documents.table.text import Size, read_size, whole
from striate.documents.table.words import SAME, VALID, Op
from striate.layers import Sides


Said = dict[str, Any]
"""Numbers of one layer as a cell says them: kernel, stride, padding, maps, maps in, units, fraction,
function, groups, output, p."""

CONVOLUTIONS = {"convolution", "depthwise", "separable", "transposed"}
POOLINGS = {"max pooling", "average pooling", "lp pooling", "pooling"}
WINDOWED = CONVOLUTIONS | POOLINGS
ADAPTIVE = {"adaptive average", "adaptive max"}
RESIZING = ADAPTIVE | {"upsampling", "padding"}
MAIN = WINDOWED | RESIZING | {"dense", "global average", "global max", "inception", "output"}

_I = re.IGNORECASE
_SIDES = r"(?:[(\[]\s*(\d+)\s*,\s*(\d+)\s*[)\]]|[(\[]?\s*(\d+)(?:\s*x\s*(\d+))?)"
_STRIDE_WORD = r"(?:strides?|schritt(?:weite)?|보폭|스트라이드|간격|步长|步幅|步長|ストライド)"
_STRIDES = (
    pattern_of(
        rf"{_STRIDE_WORD}\s*(?:size)?\s*(?:of|is|=|:|은|는|为|は|von)?\s*{_SIDES}",
        _I,
    ),
    pattern_of(rf"(\d+)(?:x(\d+))?[ -]*(?:pixels?)?[ -]*{_STRIDE_WORD}", _I),
    pattern_of(r"(?<![a-z\d])s\s*=?\s*(\d)(?!\d)(?:x(\d))?(?![a-z])", _I),
    pattern_of(r"(?<![\w)\]])/\s?(\d)(?![\d.])"),
)
_PAD_WORD = r"(?:(?:zero[- ]?)?pad(?:ding|s|ded)?|패딩|填充|补零|パディング|auffüllung|polsterung|rand(?![a-z]))"
_PADDINGS = (
    pattern_of(
        rf"{_PAD_WORD}\s*(?:size)?\s*(?:of|by|is|=|:|은|는|为|は)?\s*{_SIDES}",
        _I,
    ),
    pattern_of(rf"(?<![\dx])(\d+)(?:x(\d+))?[ -]*(?:pixels?|px)?[ -]*(?:of )?{_PAD_WORD}", _I),
    pattern_of(r"(?<![a-z\d])p\s*=?\s*(\d)(?!\d)(?!\.)(?:x(\d))?(?![a-z])", _I),
)
_POWER_OF_WORD = pattern_of(r"l[ _-]?(\d+)", _I)
_POWER = pattern_of(r"(?<![a-z])(?:p|norm(?:[ _]type)?)\s*=\s*(\d+(?:\.\d+)?)(?![\dx])", _I)
_NO_PADDING = pattern_of(
    rf"{_PAD_WORD}\s*[=:]?\s*(?:none|no|0\b)|(?:no|ohne) {_PAD_WORD}(?!\s*\d)", _I
)
_PADS = pattern_of(
    rf"(?:with|using|mit|zero)[- ]*{_PAD_WORD}(?![^\W\d])|{_PAD_WORD}\s*[=:]?\s*(?:yes|있음|사용|적용|あり|有)|有{_PAD_WORD}",
    _I,
)
"""That a layer pads, and not by how much."""
_KSP = pattern_of(r"(?<![a-z])k(\d+)[ ,_-]*s(\d+)(?:[ ,_-]*p(\d+))?", _I)
_KERNELS = (
    pattern_of(
        rf"(?:kernel|filter|window|pool|patch)(?:[ _-]?size)\s*(?:of|is|=|:)?\s*{_SIDES}",
        _I,
    ),
    pattern_of(
        rf"(?:kernel|filter|window)\s*[=:]\s*{_SIDES}",
        _I,
    ),
    pattern_of(rf"(?<![a-z])[kf]\s*=\s*{_SIDES}", _I),
    pattern_of(
        rf"(?<![a-z])(?:kernel|window)\s+{_SIDES}(?!\s*(?:filters?|maps?|channels?|필터|채널))", _I
    ),
    pattern_of(
        r"(?:커널|윈도우|核|カーネル|kern)\s*(?:크기|大小|尺寸|サイズ|größe)?\s*(?:=|:|는|은|为|は)?\s*(\d+)(?:x(\d+))?(?![개个個\d])",
        _I,
    ),
)
_SLASHED = pattern_of(
    r"(?<!\d)(\d+)x(\d+)(?:x\d+)?\s*(?:/|\+)\s*s?(\d)(?:\((s|v)\)|\s*/\s*p?(\d))?(?![\dx])", _I
)
_PAIR = pattern_of(r"(?<![\dx.])(\d{1,9})x(\d{1,9})(?![\dx])")
_TRIPLE = pattern_of(r"(?<![\dx.])(\d{1,9})x(\d{1,9})x(\d{1,9})(?![\dx])")
_FOUR = pattern_of(r"(?<![\dx.])(\d{1,9})x(\d{1,9})x(\d{1,9})x(\d{1,9})(?![\dx])")
_TUPLE = pattern_of(r"\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)")
_MAP_WORD = (
    r"(?:output |out |개의 |개 |个|個の?|コの)?(?:filters?|kernels?|(?:feature[ -]?)?maps?|channels?|ch(?![a-z])|masks?|필터|커널|채널|(?:특성|특징) ?맵|"
    r"通道|卷积核|滤波器|特征图|フィルタ(?:ー)?|チャネル|チャンネル|カーネル|kanäle|merkmalskarten|filtern)"
)
_COUNTERS = r"(?:개|장|个|個|枚|コ)"
_MAPS = (
    # Of `96 11x11 filters` the kernel stays in the text, to be read behind the maps.
    pattern_of(
        rf"(?<![\dx.])(\d{{1,9}})(?!x)\s*(?:(?=\d+x\d+\s*-?\s*{_MAP_WORD})|-?\s*{_MAP_WORD})", _I
    ),
    pattern_of(
        rf"{_MAP_WORD}\s*(?:수|数|개수|个数)?\s*(?:of|is|=|:|는|은|为|は)?\s*(\d{{1,9}})(?![\dx.]|\s*x\s*\d)",
        _I,
    ),
    pattern_of(rf"(?<![\dx.])(\d{{1,9}})\s*{_COUNTERS}(?!\w)", _I),
)
_OUT = r"(?:outputs?|ou?puts?|ouptuts?|outptus?)"
_UNITS_IN = (
    pattern_of(
        r"(?<![\dx.,])(\d{1,3}(?:,\d{3})+|\d{1,9})\s*(?:inputs?|in[_ ]features)(?![a-z])", _I
    ),
    pattern_of(
        rf"(?:inputs?|in[_ ]features|输入|입력|入力)(?: size| of)?\s*[=:]?\s*(\d{{1,3}}(?:,\d{{3}})+|\d{{1,9}})(?![\dx.@]|\s*{_OUT})",
        _I,
    ),
)
_UNIT_WORD = (
    rf"(?:units?|nodes?|neurons?|hidden|{_OUT}|out[_ ]features|classes|ways?|dim(?:ension)?s?|d(?![a-z])|개|명|뉴런|노드|유닛|차원|클래스|종|个|個|维|維|単位|"
    r"单元|神经元|节点|类|次元|ユニット|クラス|einheiten|neuronen|knoten|klassen)"
)
_UNITS = (
    pattern_of(
        rf"(?<![\dx.])(\d{{1,3}}(?:,\d{{3}})+|\d{{1,9}})(?![x.]|,\d)\s*-?\s*{_UNIT_WORD}", _I
    ),
    pattern_of(
        rf"(?:units?|neurons?|nodes?|{_OUT}|out[_ ]features|输出|출력|単位)\s*(?:of|=|:)?\s*(\d{{1,3}}(?:,\d{{3}})+|\d{{1,9}})(?![\dx.@])",
        _I,
    ),
)
ARROW = pattern_of(
    r"(\d{1,3}(?:,\d{3})+|\d{1,9})\s*(?:→|->|=>|⇒|⟶|➝)\s*(\d{1,3}(?:,\d{3})+|\d{1,9})"
)
ARROW_TO = pattern_of(r"(?:→|->|=>|⇒)\s*(\d{1,9})(?![\dx.])")
_OUTPUT = pattern_of(
    rf"(?:{_OUT}|produces|gives|yields|result(?:s|ing)?(?: in)?|输出|출력|出力|→|->)\s*(?:size|shape|of|is|=|:|크기|为|は)*\s*(?=[(\[]?\s*(?:none|-1|n\s*,|\d+\s*[x@,]\s*\d))",
    _I,
)
_KEEP = pattern_of(r"keep(?:[ _-]?prob(?:ability)?)?\s*(?:of|=|:)?\s*(0?\.\d+|\d+\s*%)", _I)
_FRACTION = pattern_of(r"(?<![\d.,])(0?\.\d+|0,\d+)|(?<![\d.])(\d{1,2}(?:\.\d+)?)\s*%")
_HALVES = r"half|halv|一半|减半|減半|절반|반으로|半分|半減|hälfte|halbier"
_HALF = pattern_of(_HALVES, _I)
_AT = pattern_of(r"(?<![\d.])(\d{1,9})\s*@\s*(\d{1,4})(?:x(\d{1,4}))?")
_TORCH_CONV = pattern_of(
    r"\x00\s*\(\s*(\d+)\s*,\s*(\d+)\s*,\s*(?:kernel_size\s*=\s*)?\(?(\d+)(?:\s*,\s*(\d+)\))?"
)
_CALL_OF_TWO = pattern_of(r"\x00\s*\(\s*(\d{1,5})\s*,\s*(\d{1,5})\s*(?=[,)])")
_CONV_CALL = pattern_of(r"\x00\s*\(\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)x(\d+)")
_KERNELS_OF = pattern_of(
    r"(\d+)x(\d+)\s*(?:개의|个|個の|kernels? of|filters? of|of)\s*(\d+)x(\d+)", _I
)
_GROUPS = pattern_of(r"groups?\s*(?:=|:)?\s*(\d+)|(\d+)\s*groups|그룹\s*(\d+)", _I)
_DILATION = pattern_of(
    r"(?:dilat(?:ion|ed)(?:[ _]rate)?|팽창|空洞率|扩张率)\s*(?:=|:|of)?\s*[(\[]?\s*(\d+)", _I
)
_NAMED = r"(?:[ _-]*(?:channels?|features?|maps?|ch|units?|neurons?|dim|size))?"
_IN_OUT = pattern_of(
    rf"(?<![a-z])in(?:put)?s?{_NAMED}\s*[=:]?\s*(?:\d+(?:x\d+)+\s*=\s*)?(\d{{1,9}})(?![\dx.])\s*(?:[,;/|]|→|->|=>|to|and)?\s*out(?:put)?s?{_NAMED}\s*[=:]?\s*(\d{{1,9}})(?![\dx.])",
    _I,
)
_COUNTED_IN_OUT = pattern_of(
    rf"(?<![\d.x])(\d{{1,9}})\s*in(?:put)?s?{_NAMED}\s*(?:[,;/|]|→|->|to|and)\s*(\d{{1,9}})\s*out(?:put)?s?{_NAMED}(?![a-z])",
    _I,
)
_NO_BIAS = pattern_of(
    r"(?:no|without|w/o|ohne|zero)[ _-]*bias(?:es)?|bias(?:es)?\s*[=:]\s*(?:false|no|none|off|0)(?![\d.])|bias[ -]?free|"
    r"(?:편향|바이어스)\s*(?:없음|없이|x)|(?:无|無|不带|不使用)\s*偏置|バイアス\s*(?:なし|無し)",
    _I,
)
_BIAS = pattern_of(
    r"(?:with|incl\.?|including|mit)\s*bias(?:es)?(?![a-z])|bias(?:es)?\s*[=:]\s*(?:true|yes|on|1)(?![\d.])",
    _I,
)
_MULTIPLIER = pattern_of(r"multiplier\s*(?:of|=|:)?\s*(\d{1,3})(?![\d.])", _I)
_INT = pattern_of(r"(?<![\d.x\w@])(\d{1,3}(?:,\d{3})+(?!\d)|\d{1,9})(?![\dx@%\w]|\.\d)")


_BILINEAR = pattern_of(r"bilinear|쌍선형|双线性|雙線性|双線形", _I)
_FOUR_SIDES = pattern_of(r"\(\s*\(\s*(\d+)\s*,\s*(\d+)\s*\)\s*,\s*\(\s*(\d+)\s*,\s*(\d+)\s*\)\s*\)")
_ALONE = pattern_of(r"(?<![\d.\w@])x?(\d{1,3})x?(?![\d.\w@%])")
_CLASSES = pattern_of(r"(?<![\d.])0\s*[-~～〜–—到至]\s*\d{1,4}(?![\d.])")
_VGG = pattern_of(r"\x00\s*(\d{1,2})\s*-\s*(\d{1,9})(?![\d.])")
_DASHED = pattern_of(r"\x00\s*-\s*(\d{1,9})\s*$")
_ORDINAL = pattern_of(r"\x00[ _#-]*(\d{1,3})(?:_\d+)*[ab]?(?=\s|$|[:;,.()_-])(?!,\d{3}(?!\d))")

_ODD = pattern_of(
    r"(?:reflect|circular|replicat|mirror|symmetric)\w*[ -]*pad\w*|pad\w*\s*[=:]?\s*(?:reflect|circular|replicat|mirror)\w*|"
    r"(?:weights?[ -]*)?tied(?: weights)?|causal|\d or \d",
    _I,
)
"""Words beside a layer that change what it does, and that no row of a table has."""

_WIDEST = 32
"""Widest kernel that a product of numbers is taken for."""

WORDS_OF_NUMBERS = pattern_of(
    rf"(?<![a-z])(?:{_STRIDE_WORD}|{_PAD_WORD}|{_MAP_WORD}|{_UNIT_WORD}|{_OUT}|(?:{_HALVES})\w*|same|valid|unpadded|동일|세임|같음|밸리드|"
    r"없음|없이|있음|적용|사용|함수|풀|函数|関数|无|無|なし|無し|不带|bias(?:es)?|편향|바이어스|偏置|バイアス|kernel|filter|window|pool|patch|keep|커널|윈도우|核|カーネル|kern|"
    r"inputs?|groups?|dilat\w+|rate|multiplier|bilinear|depth)(?![a-z])",
    _I,
)
"""Words that say which number of a layer a number is."""

_ORDINALS = 8
"""A number behind the word of a layer that is larger hardly counts the layers."""


def readings_of(
    text: str, op: Op | None, *, is_name: bool = False, word: str = ""
) -> tuple[Said, ...]:
    """Read the numbers of one layer in a piece of a cell, in every way that the words leave open.

    Args:
        text: The piece; a zero byte stands for the word of the layer itself.
        op: What the layer does; None where the cell does not say.
        is_name: Whether the cell names the row, so that a number may count layers.
        word: The word of the layer.
    """
    if op in {"activation", "normalisation", "flatten"} and not re.search(
        r"\d|same|valid", text, _I
    ):
        return ({},)
    if op == "dropout":
        return (fraction_in(text),)
    # `10 classes, the digits 0-9` holds the names of classes beside their number.
    numbers = _Numbers(_CLASSES.sub(" ", text), op, word)
    if op in RESIZING:
        numbers.take_resizing()
        return numbers.readings()
    numbers.take_output()
    numbers.take_calls(word)
    if op == "lp pooling":
        numbers.take_power(word)
    numbers.take_steps()
    numbers.take_padding()
    numbers.take_counts()
    numbers.take_products()
    if op is None:
        numbers.said |= fraction_in(numbers.rest)
    if op in POOLINGS and "kernel" not in numbers.said and _HALF.search(numbers.rest):
        numbers.said |= {"kernel": (2, 2), "stride": numbers.said.get("stride", (2, 2))}
    numbers.take_bare(is_name=is_name)
    if op in WINDOWED or numbers.is_dense:
        numbers.keep_odd()
    return numbers.readings()


@final
class _Numbers:
    """Takes the numbers out of a text, one form after the other, so that none is read twice."""

    def __init__(self, text: str, op: Op | None, word: str) -> None:
        self.rest = text
        self.word = word
        self.op = op
        self.said: Said = {}
        self.choices: list[list[Said]] = []
        self.is_convolution = op in CONVOLUTIONS or op is None
        self.is_dense = op in {"dense", "output"}

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Find a form and cut it out of the text."""
        found = pattern.search(self.rest)
        if found:
            self.rest = f"{self.rest[: found.start()]} ; {self.rest[found.end() :]}"
        return found

    def first(self, patterns: tuple[re.Pattern[str], ...], key: str) -> re.Match[str] | None:
        """Take the first of several forms, unless the number is known."""
        if key in self.said:
            return None
        return next((found for found in map(self.take, patterns) if found), None)

    def readings(self) -> tuple[Said, ...]:
        """Give every way of reading that the choices leave."""
        readings: list[Said] = [self.said]
        for options in self.choices:
            readings = [{**one, **other} for one in readings for other in options][:8] or readings
        return tuple(readings)

    def keep_odd(self) -> None:
        """Keep words of the text that change what a layer does, and that no row of a table has."""
        odd = _ODD.findall(self.rest)
        if odd:
            self.said["left"] = ", ".join(odd)

    def take_resizing(self) -> None:
        """Take the one number, or the pair, of a layer that enlarges, frames or pools to a size."""
        if self.op in ADAPTIVE:
            # PyTorch's `output_size=(2, 2)` is the number of windows, of any number of maps.
            self.rest = self.rest.replace("output_size=", " ")
        self.take_output()
        if self.op == "upsampling" and _BILINEAR.search(self.rest):
            self.said["bilinear"] = True
        sides = self.take(_FOUR_SIDES) if self.op == "padding" else None
        if sides:
            self.said["padding"] = Sides(*(int(pixels) for pixels in sides.groups()))
            return
        pair = _PAIR.search(self.rest) or _TUPLE.search(self.rest)
        number = _ALONE.search(self.rest)
        if pair:
            self.said["kernel"] = (int(pair[1]), int(pair[2]))
        elif number:
            self.said["kernel"] = (int(number[1]),) * 2

    def take_output(self) -> None:
        """Take a size that the words say comes out: `outputs 28x28x6`."""
        out = _OUTPUT.search(self.rest)
        if out is None:
            return
        behind = self.rest[out.end() :]
        size = read_size(behind)
        if size is not None and len(size.numbers) > 1:
            self.said["output"] = size
            cut = re.match(r"[(\[]?[^,;)\]]*(?:,\s*\d+)*[)\]]?", behind)
            self.rest = f"{self.rest[: out.start()]} ; {behind[cut.end() if cut else 0 :]}"

    def take_calls(self, word: str) -> None:
        """Take forms that hold several numbers: a call of PyTorch, `k3s1p1`, `1x5 of 5x5`."""
        # PyTorch names the maps that come in first: Conv2d(1, 6, 5); Keras has no such number.
        called = _CONV_CALL.search(self.rest) or (
            _TORCH_CONV.search(self.rest) if word.endswith("2d") else None
        )
        if called and self.op == "convolution":
            came, maps, height, width = (int(one) for one in called.groups(called[3]))
            self.said |= {"maps in": came, "maps": maps, "kernel": (height, width)}
            self.rest = f"\x00 ( {self.rest[called.end() :].lstrip(' )')}"
        short = self.take(_KSP)
        if short:
            self.said |= {"kernel": (int(short[1]),) * 2, "stride": (int(short[2]),) * 2}
            self.said |= {"padding": int(short[3])} if short[3] else {}
        kernels = self.take(_KERNELS_OF) if self.is_convolution else None
        if kernels:
            came, maps, height, width = (int(one) for one in kernels.groups())
            self.said |= {"maps in": came, "maps": maps, "kernel": (height, width)}

    def take_power(self, word: str) -> None:
        """Take the p of an Lp pooling: that of its word, or of a `p = 3` which is no padding here."""
        found = _POWER_OF_WORD.match(word) or self.take(_POWER)
        if found or "euclidean" in word.casefold():
            self.said["p"] = float(found[1]) if found else 2.0

    def take_steps(self) -> None:
        """Take the stride, the groups and the dilation."""
        slashed = _SLASHED.search(self.rest)
        if slashed:
            self.said["stride"] = (int(slashed[3]),) * 2
            if slashed[4]:
                self.said["padding"] = "same" if slashed[4].casefold() == "s" else "valid"
            elif slashed[5]:
                self.said["padding"] = int(slashed[5])
            ahead = self.rest[: slashed.start(3)].rstrip("/+ sS")
            self.rest = f"{ahead} ; {self.rest[slashed.end() :]}"
        found = self.first(_STRIDES, "stride")
        if found:
            self.said["stride"] = _pair(found)
        for key, pattern in (("groups", _GROUPS), ("dilation", _DILATION)):
            found = self.take(pattern)
            if found:
                self.said[key] = int(next(one for one in found.groups() if one))

    def take_padding(self) -> None:
        """Take the padding, in pixels or as a rule."""
        found = self.first(_PADDINGS, "padding")
        if found:
            height, width = _pair(found)
            self.said["padding"] = height if height == width else (height, width)
        elif "padding" not in self.said and SAME.search(self.rest):
            self.said["padding"] = "same"
        elif "padding" not in self.said and (
            VALID.search(self.rest) or _NO_PADDING.search(self.rest)
        ):
            self.said["padding"] = "valid"
        elif "padding" not in self.said and _PADS.search(self.rest):
            self.said["pads"] = True

    def take_counts(self) -> None:
        """Take what is named beside its number: the kernel, the maps, the units."""
        found = self.first(_KERNELS, "kernel") if self.op in WINDOWED or self.op is None else None
        if found:
            self.said["kernel"] = _pair(found)
        if self.take(_NO_BIAS):
            self.said["bias"] = False
        elif self.take(_BIAS):
            self.said["bias"] = True
        deep = self.take(_MULTIPLIER) if self.op == "depthwise" else None
        if deep:
            self.said["multiplier"] = int(deep[1])
        arrow = self.take(_IN_OUT) or self.take(_COUNTED_IN_OUT) or self.take(ARROW)
        if arrow:
            came, out = whole(arrow[1]), whole(arrow[2])
            if not self.is_dense:
                self.said |= {"maps in": came, "maps": out}
            if self.is_dense or self.op is None:
                self.said |= {"units in": came, "units": out}
            return
        found = self.first(_MAPS, "maps") if self.is_convolution else None
        if found:
            self.said["maps"] = whole(found[1])
        came_in = self.first(_UNITS_IN, "units in") if self.is_dense else None
        if came_in:
            self.said["units in"] = whole(came_in[1])
        # Behind the function of a full layer its units may stand, too: `dense softmax layer with 7 units`.
        is_of_units = self.is_dense or self.op in {None, "activation"}
        found = self.first(_UNITS, "units") if is_of_units else None
        if found:
            self.said["units"] = whole(found[1])

    def take_products(self) -> None:
        """Take products of two, three or four numbers, in every way they may be meant."""
        at = self.take(_AT)
        if at and not self.is_dense:
            maps, height, width = int(at[1]), int(at[2]), int(at[3] or at[2])
            out = Size((maps, height, width), at[0], "maps first")
            options: list[Said] = [{"maps": maps, "output": out}]
            if "kernel" not in self.said and not _PAIR.search(self.rest):
                # Beside `5x5`, the sides of `6@28x28` are those of what comes out.
                options.insert(0, {"maps": maps, "kernel": (height, width)})
            self.choices.append(options)
        two = _CALL_OF_TWO.search(self.rest) if self.op == "convolution" else None
        if two and not {"maps", "maps in"} & set(self.said):
            self._take_call(int(two[1]), int(two[2]))
            self.rest = f"\x00 ( {self.rest[two.end() :]}"
        four, three = self.take(_FOUR), self.take(_TRIPLE)
        if four and self.is_convolution:
            a, b, c, d = (int(one) for one in four.groups())
            options = [{"kernel": (a, b), "maps in": c, "maps": d}] if max(a, b) <= _WIDEST else []
            options += [{"maps": a, "maps in": b, "kernel": (c, d)}] if max(c, d) <= _WIDEST else []
            self.choices.append(options)
        if three and (self.is_convolution or self.op in POOLINGS):
            self._take_three(*(int(one) for one in three.groups()))
        if not three and not four and not two:
            self._take_two()

    def _take_call(self, a: int, b: int) -> None:
        """Take the first two numbers of a call: maps in and out in PyTorch, maps and a kernel in Keras, or a kernel."""
        options: list[Said] = [{"maps in": a, "maps": b}]
        if "kernel" not in self.said:
            options += [{"maps": a, "kernel": (b, b)}] if b <= _WIDEST // 2 else []
            options += [{"kernel": (a, b)}] if max(a, b) <= _WIDEST // 2 else []
            if a == b or self.word.endswith("2D"):
                options.reverse()
        self.choices.append(options)

    def _take_three(self, a: int, b: int, c: int) -> None:
        options: list[Said] = []
        behind = (
            re.search(r";\s*,?\s*(\d+)(?![\dx@.])", self.rest) if "maps" not in self.said else None
        )
        if max(a, b) <= _WIDEST:
            options += [{"kernel": (a, b), "maps in": c}]
            options += [] if "maps" in self.said or behind else [{"kernel": (a, b), "maps": c}]
        if max(b, c) <= _WIDEST and self.is_convolution and "maps" not in self.said and not behind:
            options += [{"maps": a, "kernel": (b, c)}]
            if b == c and a != b:
                options.reverse()
        if options:
            self.choices.append(options)

    def _take_two(self) -> None:
        pattern = _PAIR if _PAIR.search(self.rest) else _TUPLE
        is_window = self.op in WINDOWED or self.op is None
        has_kernel = "kernel" in self.said
        if has_kernel and (self.op not in CONVOLUTIONS or {"maps", "maps in"} & set(self.said)):
            return
        pair = self.take(pattern) if is_window or (self.is_dense and pattern is _PAIR) else None
        if pair is None:
            return
        numbers = (int(pair[1]), int(pair[2]))
        if has_kernel:
            # Beside a kernel, `3x32` counts the maps that come in and out.
            self.said |= {"maps in": numbers[0], "maps": numbers[1]}
        elif is_window:
            self.said["kernel"] = numbers
        else:
            ways = (numbers, numbers[::-1])
            self.choices.append([{"units in": came, "units": units} for came, units in ways])

    def take_bare(self, *, is_name: bool) -> None:
        """Take whole numbers that stand alone: filters, a kernel, units, or the number of the layer."""
        vgg = _VGG.search(self.rest)
        if vgg and self.op in CONVOLUTIONS and "kernel" not in self.said:
            self.said |= {"kernel": (int(vgg[1]),) * 2, "maps": int(vgg[2])}
            return
        dashed = _DASHED.search(self.rest)
        if dashed and self.op == "dense" and "units" not in self.said:
            self._may_be({"units": int(dashed[1])}, is_likely=int(dashed[1]) >= _ORDINALS)
            return
        ordinal = _ORDINAL.search(self.rest)
        body = (
            f"{self.rest[: ordinal.start()]} {self.rest[ordinal.end() :]}" if ordinal else self.rest
        )
        numbers = [whole(one) for one in _INT.findall(body)]
        counted = int(ordinal[1]) if ordinal else None
        if self.op in CONVOLUTIONS:
            self._bare_convolution(numbers, counted)
        elif self.op is None and not is_name and numbers:
            self.said.setdefault("maps", numbers[0])
            self.said.setdefault("units", self.said["maps"])
        elif self.op in POOLINGS and "kernel" not in self.said:
            self._bare_pooling(numbers, counted)
        elif self.is_dense and "units" not in self.said:
            if len(numbers) > 1 and "(" in body:
                self.said |= {"units in": numbers[0], "units": numbers[1]}
            elif numbers:
                self.said["units"] = numbers[0]
            elif counted is not None:
                self._may_be({"units": counted}, is_likely=counted > _ORDINALS)

    def _bare_convolution(self, numbers: list[int], counted: int | None) -> None:
        if numbers and "maps" not in self.said:
            self.said["maps"] = numbers.pop(0)
        if numbers and "kernel" not in self.said and numbers[0] <= _WIDEST // 2:
            self.said["kernel"] = (numbers[0],) * 2
        if counted is not None and "maps" not in self.said and counted >= _ORDINALS:
            self._may_be({"maps": counted}, is_likely=False)

    def _bare_pooling(self, numbers: list[int], counted: int | None) -> None:
        if numbers:
            self.said["kernel"] = (numbers[0],) * 2
            if len(numbers) > 1:
                self.said.setdefault("stride", (numbers[1],) * 2)
        elif counted is not None:
            self._may_be({"kernel": (counted,) * 2}, is_likely=False)

    def _may_be(self, said: Said, *, is_likely: bool) -> None:
        """Leave open whether a number counts the layers or belongs to this one."""
        self.choices.append([said, {}] if is_likely else [{}, said])


def fraction_in(text: str) -> Said:
    """Read the part of the values that a dropout drops; empty where none is said."""
    kept = _KEEP.search(text)
    if kept:
        return {"fraction": 1 - _number(kept[1])}
    found = _FRACTION.search(text)
    if found:
        return {"fraction": _number(found[1] or f"{found[2]}%")}
    return {"fraction": 0.5} if _HALF.search(text) else {}


def _number(text: str) -> float:
    number = float(text.rstrip("% ").replace(",", "."))
    return number / 100 if text.endswith("%") else number


def _pair(found: re.Match[str]) -> tuple[int, int]:
    numbers = [int(one) for one in found.groups() if one]
    return (numbers[0], numbers[1] if len(numbers) > 1 else numbers[0])

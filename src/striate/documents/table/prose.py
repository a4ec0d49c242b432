"""What the sentences around a table say of its network: the input, usual paddings, biases, totals."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, final

from striate.documents.patterns import pattern_of
from striate.documents.table.axes import IMAGE_AXES, axes_in, axes_of_sentence, in_order
from striate.documents.table.shortcuts import SHORTCUT, Shortcut, shortcut_in
from striate.documents.table.text import ABOUT, ABOUT_BEHIND, plain, read_count
from striate.documents.table.words import function_in, ops_in
from striate.documents.trained import Part, part_of_total


@final
@dataclass(frozen=True)
class InputSaid:
    """An input as a sentence or a cell says it; None where it is silent.

    Args:
        channels: Maps of the picture.
        height: Its height, in pixels.
        width: Its width, in pixels.
        line: Where it is said.
    """

    channels: int | None
    height: int | None
    width: int | None
    line: int | None = None


@final
@dataclass
class Habits:
    """What sentences say of all layers of a kind.

    Args:
        inputs: Inputs that they name, the nearest to the table first.
        padding: Padding of the convolutions: same, valid, pixels, or None.
        kernel: Kernel of the convolutions.
        pool_kernel: Window of the poolings.
        pool: `max` or `average`, where they say what their poolings do.
        custom: Why convolutions have this padding, where no sentence says it.
        has_bias: Whether convolutions have biases; None where nothing is said.
        full_bias: The same of full layers.
        has_normalisation: Whether every convolution is followed by batch normalisation; None where nothing is said.
        spared: `last` or `first`, where a sentence excepts that convolution from the normalisation.
        function: Function behind every convolution.
        residual: Whether blocks are residual.
        strided: Kernel of the convolution of a block that takes its stride; None for the first.
        shortcut: What shortcuts are where shapes differ, as `shortcut_in` tells it.
        axes: The order in which sizes are written, as in `axes_in`; empty where no sentence says it.
        totals: (line, count as printed) of all parameters.
        sums: The same of lines that say `Total` and a number, and not what is counted.
        parts: Counts of what is trained, and of what is not.
        lines: Line on which each habit is said.
        has_keras: Whether the document speaks of Keras or TensorFlow, whose padding `same` may be uneven.
    """

    inputs: list[InputSaid] = field(default_factory=list)
    padding: Literal["same", "valid"] | int | None = None
    kernel: tuple[int, int] | None = None
    pool_kernel: tuple[int, int] | None = None
    pool: str = ""
    custom: str = ""
    has_bias: bool | None = None
    full_bias: bool | None = None
    has_normalisation: bool | None = None
    spared: str = ""
    function: str | None = None
    residual: bool | None = None
    strided: tuple[int, int] | None = None
    shortcut: Shortcut | None = None
    axes: str = ""
    totals: list[tuple[int, str]] = field(default_factory=list)
    sums: list[tuple[int, str]] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)
    has_keras: bool = False

    def of_full_layers(self) -> "Habits":
        """Return the habits with the biases of full layers in place of those of convolutions."""
        return replace(self, has_bias=self.full_bias)


_I = re.IGNORECASE
_LONGEST_SENTENCE = 2000
_MOST_INPUTS = 6
_MOST_TOTALS = 2
_WIDEST_KERNEL = 11
"""Sides of the largest window that a sentence is believed to mean; larger ones are pictures."""

_LEAST_SIDE = 4
_MOST_CHANNELS = 4
"""Channels of the pictures that people have: grey, two, colour, colour with transparency."""

_NEAR = 25
"""Characters around two numbers in which a word tells that they are a window."""

_GREY = pattern_of(
    r"gr[ae]y|black[- ]and[- ]white|monochrome|b&w|(?<!\d)(?:one|single|1)[- ]channel|in one channel|mnist|흑백|그레이|회색|단일 ?채널|1 ?채널|灰度|单通道|單通道|黑白|濃淡|グレー|白黒|モノクロ|graustufen|schwarz-?wei(?:ß|ss)|grau(?:bild|wert)?(?:er|e)?(?![a-z])|einkanal|eine[nm]? kanal",
    _I,
)
_COLOUR = pattern_of(
    r"(?<![a-z])rgb(?![a-z])|colou?r|(?:three|3)[- ]channels?|in three channels|컬러|칼라|천연색|3 ?채널|彩色|彩图|三通道|カラー|farb|drei kanäle",
    _I,
)
_CHANNELS = pattern_of(
    r"(?<![\dx])(\d{1,3})[- ]?(?:channels?|채널|通道|チャネル|チャンネル|kanäle)", _I
)
_PICTURE = pattern_of(
    r"pixel|tensor|cifar|mnist|imagenet|svhn|takes|reads|expects|image|picture|photo|input|resolution|crop|frame|patch|spe[ck]trogram|scan|drawing|grey|gray|rgb|colou?r|resiz|size|leaves|camera|영상|사진|이미지|그림|입력|화소|픽셀|图像|图片|输入|像素|画像|写真|入力|ピクセル|"
    r"bild|eingabe|foto|aufnahme|graustufen|farb",
    _I,
)
_SHAPED = pattern_of(
    r"(?<![\d@])(\d{1,4})x(\d{1,4})(?:x(\d{1,4}))?(?![\dx@])|[(\[]\s*(\d{1,4})\s*,\s*(\d{1,4})(?:\s*,\s*(\d{1,4}))?\s*[)\]]|(?:none|-1|n)\s*,\s*(\d{1,4})\s*,\s*(\d{1,4})\s*,\s*(\d{1,4})",
    _I,
)
_AT = pattern_of(r"(?<![\d.])(\d{1,3})\s*@\s*(\d{2,4})x(\d{2,4})(?![\dx])")
_KERNEL_WORDS = pattern_of(
    r"kernel|filter|pool|stride|window|conv|커널|필터|풀링|합성곱|卷积|池化|核|カーネル|プーリング|畳み込み|faltung|kern(?![a-z])",
    _I,
)


_WIDE = pattern_of(
    r"(\d{1,4})\s*(?:pixels?|px|bildpunkte|columns|cells)?\s*(?:wide|breit)(?![a-z])"
    r"|(?:width|너비|폭|가로|宽度?|幅|横)\s*(?:of|is|=|:|는|은|이|가|为|は|が)?\s*(\d{1,4})",
    _I,
)
_HIGH = pattern_of(
    r"(\d{1,4})\s*(?:pixels?|px|bildpunkte|rows|cells)?\s*(?:high|tall|hoch)(?![a-z])"
    r"|(?:height|높이|세로|高(?:度|さ)?|縦)\s*(?:of|is|=|:|는|은|이|가|为|は|が)?\s*(\d{1,4})",
    _I,
)


def input_in(text: str, line: int | None = None, axes: str = "") -> InputSaid | None:
    """Read the input that a sentence or a cell names: `36 × 36 pixels, grey`, `(144, 144, 3)`.

    Args:
        text: The sentence or the cell.
        line: Where it stands.
        axes: The order of the numbers, where it is said.

    >>> input_in("Photographs of 72x72 pixels in RGB"), input_in("A grey strip, 160 wide and 32 high")
    (InputSaid(channels=3, height=72, width=72, line=None), InputSaid(channels=1, height=32, width=160, line=None))
    """
    words = plain(text)[:_LONGEST_SENTENCE]
    channels: int | None = 1 if _GREY.search(words) else 3 if _COLOUR.search(words) else None
    counted = _CHANNELS.search(words)
    if counted:
        channels = int(counted[1])
    at = _AT.search(words)
    if at:
        return InputSaid(int(at[1]), int(at[2]), int(at[3]), line)
    best: InputSaid | None = None
    for found in _SHAPED.finditer(words):
        numbers = tuple(int(number) for number in found.groups() if number)
        ordered = in_order(numbers, axes) if axes else None
        if len(numbers) == IMAGE_AXES:
            said = (
                InputSaid(ordered[0], ordered[1], ordered[2], line)
                if ordered
                else _three(numbers, line)
            )
            if said is not None:
                return said
        elif best is None and not _is_kernel(words, found.start(), found.end(), numbers):
            height, width = ordered or numbers
            best = InputSaid(channels, height, width, line)
    wide, high = _WIDE.search(words), _HIGH.search(words)
    if best is None and wide and high:
        height, width = (int(found[1] or found[2]) for found in (high, wide))
        best = InputSaid(channels, height, width, line)
    if best is None and channels is not None:
        return InputSaid(channels, None, None, line)
    return best


def _is_kernel(words: str, start: int, end: int, numbers: tuple[int, ...]) -> bool:
    """Whether two numbers are the size of a window: too small for a picture, or beside such a word."""
    if max(numbers) > _WIDEST_KERNEL:
        return False
    near = words[max(start - _NEAR, 0) : end + _NEAR]
    return max(numbers) < _LEAST_SIDE or _KERNEL_WORDS.search(near) is not None


def _three(numbers: tuple[int, ...], line: int | None) -> InputSaid | None:
    """Tell by their sizes which of three numbers counts the channels."""
    a, b, c = numbers
    if c <= _MOST_CHANNELS < min(a, b):
        return InputSaid(c, a, b, line)
    if a <= _MOST_CHANNELS < min(b, c):
        return InputSaid(a, b, c, line)
    if a == b != c:
        return InputSaid(c, a, b, line)
    if b == c != a:
        return InputSaid(a, b, c, line)
    return None


_ALL = pattern_of(
    r"(?<![a-z])(?:all|every|each|always|any|throughout|everywhere|both)(?![a-z])|모든|모두|마다|전부|항상|각|所有|每|均|都|全部|すべて|全ての|各|alle[nrs]?(?![a-z])|jede[nrms]?|stets|immer",
    _I,
)
_CONV = pattern_of(r"conv|합성곱|컨볼루션|컨벌루션|卷积|畳み込み|faltung|filter|kernel|커널", _I)
_POOL = pattern_of(r"pool|풀링|池化|プーリング", _I)
_DENSE = pattern_of(r"fully|dense|linear|완전|全连接|全結合|vollverbunden", _I)
_KEEPS = pattern_of(
    r"same[ -]?padding|padding\s*[=:]?\s*['\"]?same|(?<![a-z])same(?![a-z])(?=.{0,30}(?:pad|conv|패딩|합성곱|填充|卷积|パディング|畳み))|['\"“‘]same['\"”’]|conv\w*\s[^.,;]{0,25}(?<![a-z])(?<!the )same(?![a-z])|keeps? (?:the|its|their|this)? ?(?:size|height|resolution|spatial|width)|keep(?:ing|s)? the (?:spatial )?(?:size|resolution|dimension)|(?:size|resolution) (?:is|are|stays?|remains?) (?:kept|preserved|unchanged|the same)|preserv\w+ (?:the )?(?:spatial )?(?:size|resolution|dimension)|padded (?:so|to|with|by|such)|is padded|are padded|크기를? ?(?:를 )?유지|크기가 (?:유지|같)|same 패딩|保持(?:尺寸|大小|宽高)?(?:不变)?|(?:尺寸|大小)不变|サイズ(?:を|が)(?:保|維持|変(?:え|わら)(?:ない)?)|同じサイズ|größe (?:bleibt|erhalten|bei)|behält|erhalten die größe|mit nullen aufgefüllt",
    _I,
)
_UNPADDED = pattern_of(
    r"(?<![a-z])valid(?![a-z])|no padding|without (?:any )?padding|not padded|(?<![a-z])(?:no|none of the) [^.,;]{0,30}?(?:is|are) padded|unpadded|padding is not used|no zero[- ]padding|패딩(?:은|을|이)? ?(?:없|쓰지 않|사용하지 않|하지 않)|不做填充|无填充|不填充|没有填充|不使用填充|不加填充|パディング(?:は|を)?(?:なし|無し|行わ|使わ|しない)|nicht (?:aufgefüllt|gepolstert|gepaddet)|kein(?:e|em)? (?:padding|auffüll)|ohne (?:padding|auffüll|rand)",
    _I,
)
_PAD_BY = pattern_of(
    r"(?:padding|pad|패딩|填充|パディング)\s*(?:of|by|is|=|:|은|는|为|は)?\s*(\d)(?!\d)|(\d) pixels? of (?:zero )?padding|padded by (\d)|padded with (\d)|um (\d) pixel aufgefüllt",
    _I,
)
_BIASED = pattern_of(
    r"(?:has|have|with|uses?|plus) (?:a |an |its )?(?:trained |own )?bias|편향(?:을|이)? (?:있|쓴다|사용한다|가진)|有偏置|带偏置|バイアスあり|mit bias|h(?:at|aben) (?:einen )?bias",
    _I,
)
_UNBIASED = pattern_of(
    r"no bias(?:es)?|without (?:a |any )?bias|bias-?free|bias ?= ?false|biases? (?:are|is) (?:not used|left out|omitted|switched off|off)|do(?:es)? not (?:have|use) (?:a )?bias|편향(?:은|을|이|항은|항을)? ?(?:없|쓰지 않|사용하지 않|빼|생략)|无偏置|不使用偏置|没有偏置|不[带含用]偏置|バイアス(?:は|を)?(?:なし|無し|使わ|用い|ない)|kein(?:e|en)? bias|ohne bias",
    _I,
)
_BATCH = pattern_of(
    r"batch[- ]?norm\w*|(?<![a-z])bn(?![a-z])|배치 ?정규화|批(?:量)?(?:归一化|标准化)|バッチ正規化",
    _I,
)
_NOT = pattern_of(
    r"(?<![a-z])(?:no|not|without|never|none)(?![a-z])|없|않|没有|无|不|なし|ない|kein|ohne|nicht",
    _I,
)
_SPARED = pattern_of(
    r"(?:but|except(?:ing)?|apart|aside|besides|other|save|excluding)(?: for| from| than| in| after| behind)*(?: the)? (?:very )?(?:last|final|output|first|initial)(?![a-z])"
    r"|(?:마지막|출력|첫)[^.,]{0,14}?(?:제외|빼|외에|말고)|除(?:了|去)?(?:最后|最末|输出|第一|首)[^,.，。]{0,8}|(?:最後|最終|出力|最初)[^、。]{0,8}?(?:除|以外)"
    r"|(?:außer|ausser|ausgenommen|bis auf|mit ausnahme)[^.,]{0,20}?(?:letzte|erste|ausgabe)",
    _I,
)
"""That a sentence on all layers excepts one, and which."""

_FIRST = pattern_of(r"first|initial|첫|第一|首|最初|erste", _I)
_PAIR = pattern_of(r"(?<![\dx])(\d{1,2})x(\d{1,2})(?![\dx])")
_FOLLOWS = pattern_of(
    r"follow|after|behind|뒤|다음|이후|后|後|nach|wird|use|apply|activation|활성|激活|活性化|쓴다|사용",
    _I,
)


def read_prose(
    near: Sequence[tuple[int, str]], far: Iterable[tuple[int, str]], line: int
) -> Habits:
    """Read what the sentences around a table say of its network.

    Args:
        near: (line, text) of the section that the table stands in.
        far: (line, text) of the rest of the document.
        line: Line of the table.
    """
    habits = Habits()
    nearest = sorted(_sentences(near), key=lambda sentence: abs(sentence[0] - line))
    for place, sentence in nearest:
        axes = axes_of_sentence(sentence)
        if axes:
            habits.axes, habits.lines["axes"] = axes, place
            break
    for is_near, sentences in ((True, nearest), (False, list(_sentences(far)))):
        for place, sentence in sentences:
            habits.has_keras = habits.has_keras or speaks_of_keras(sentence)
            _hear(habits, place, sentence, is_near=is_near)
    return habits


_KERAS = pattern_of(
    r"(?i:keras|tensorflow|\btf\.)|\(None,|\b(?:Conv2D|SeparableConv2D|(?:Max|Average)Pooling2D)\b"
)


def speaks_of_keras(text: str) -> bool:
    """Whether a text names Keras or TensorFlow, or writes layers and sizes as they do."""
    return _KERAS.search(text) is not None


def _sentences(lines: Iterable[tuple[int, str]]) -> Iterable[tuple[int, str]]:
    """Join wrapped lines to sentences, each with the line on which it begins."""
    held, start, last = "", 0, -2
    for line, text in lines:
        words = text.strip()
        begins = (
            not words
            or re.match(r"(?:[-*+>#|]|\d+[.)])\s", words)
            or line != last + 1
            or part_of_total(line, words) is not None
        )
        if held and begins:
            yield from _parted(held, start)
            held = ""
        if words:
            start = start if held else line
            held = f"{held} {words}" if held else words
        last = line
    if held:
        yield from _parted(held, start)


def _parted(text: str, line: int) -> Iterable[tuple[int, str]]:
    for sentence in re.split(
        r"(?<=[.!?。])(?<!e\.g\.)(?<!i\.e\.)(?<!ca\.)(?:\s+|(?<=。))", text[:5000]
    ):
        if sentence.strip():
            yield line, sentence.strip()


def _hear(habits: Habits, line: int, sentence: str, *, is_near: bool) -> None:
    words = plain(sentence)
    _hear_total(habits, line, words, is_near=is_near)
    _hear_blocks(habits, line, words)
    if (
        (_PICTURE.search(words) and re.search(r"\d", words))
        or _GREY.search(words)
        or _COLOUR.search(words)
    ):
        said = input_in(words, line, axes_in(sentence) or habits.axes)
        if said is not None and len(habits.inputs) < _MOST_INPUTS:
            habits.inputs.append(said)
    if not is_near and habits.lines:
        return
    subject = ""
    for clause in re.split(
        r"[,;，；、.:：](?!\d)|(?<![a-z])(?:and|but|while|und)(?![a-z])|(?<=[가-힣][고며])\s", words
    ):
        conv, pool = _CONV.search(clause), _POOL.search(clause)
        if pool and not (
            conv and conv.start() < pool.start() and not re.search(r"kernel|filter", conv[0], _I)
        ):
            subject = "pool"
        elif conv:
            subject = "conv"
        elif _DENSE.search(clause):
            subject = "dense"
        _hear_clause(habits, line, clause, subject, words)


_GENERAL = pattern_of(
    r"(?:convolutions?|filters|kernels) (?:layers? )?(?:are|is|use|have)|after (?:the )?convolutions",
    _I,
)


def _hear_clause(habits: Habits, line: int, clause: str, subject: str, sentence: str) -> None:
    def learn(name: str, value: object) -> None:
        if getattr(habits, name) in {None, ""}:
            setattr(habits, name, value)
            habits.lines[name] = line

    about_conv = subject == "conv" or (subject == "" and _CONV.search(sentence) is not None)
    if subject == "pool":
        kernel = _PAIR.search(clause)
        if kernel:
            learn("pool_kernel", (int(kernel[1]), int(kernel[2])))
        if re.search(r"max|최대|最大", clause, _I):
            learn("pool", "max")
        elif re.search(r"average|avg|mean|평균|平均|mittelwert", clause, _I):
            learn("pool", "average")
        return
    if _UNPADDED.search(clause):
        learn("padding", "valid")
    by = _PAD_BY.search(clause)
    if by and about_conv:
        learn("padding", int(next(one for one in by.groups() if one)))
    elif _is_kept(clause):
        learn("padding", "same")
    kernel = _PAIR.search(clause)
    if (
        kernel
        and about_conv
        and (_ALL.search(sentence) or _GENERAL.search(clause))
        and int(kernel[1]) <= _WIDEST_KERNEL
        and not _PICTURE.search(clause)
    ):
        learn("kernel", (int(kernel[1]), int(kernel[2])))
    biased = _BIASED.search(clause)
    # `None of the layers has a bias` says that there are none, and so does `keine Schicht mit Bias`.
    unbiased = _UNBIASED.search(clause) or (biased and _NOT.search(clause[: biased.start()]))
    if unbiased or biased:
        if subject != "dense":
            learn("has_bias", value=not unbiased)
        if subject != "conv":
            learn("full_bias", value=not unbiased)
    is_general = _ALL.search(sentence) or _GENERAL.search(sentence)
    if _BATCH.search(clause) and (is_general or _NOT.search(clause)):
        learn("has_normalisation", value=not _NOT.search(_around(clause, _BATCH)))
        spared = _SPARED.search(sentence)
        if spared and habits.has_normalisation:
            habits.spared = "first" if _FIRST.search(spared[0]) else "last"
    function = function_in(clause)
    if (
        function
        and about_conv
        and function != "softmax"
        and _ALL.search(sentence)
        and _FOLLOWS.search(sentence)
    ):
        learn("function", function)


def _is_kept(clause: str) -> bool:
    """Whether a clause says that sizes are kept, and does not deny it."""
    kept = _KEEPS.search(clause)
    if kept is None or _NOT.search(clause[max(kept.start() - 6, 0) : kept.start()]):
        return False
    # The `不` of `不变` is none that denies.
    return _CONV.search(clause) is not None or not _NOT.search(_KEEPS.sub("", clause))


_RESIDUAL = pattern_of(
    r"residual|res-?net|short-?cut|skip connection|잔차|지름길|숏컷|스킵 ?연결|残差|捷径|ショートカット|スキップ|abkürzung",
    _I,
)
_STRIDED = pattern_of(
    r"stride[sd]?\b[^.;]{0,30}?(?:in|at|on|of|by) (?:the |its |each |a )*(\d)x(\d)"
    r"|(\d)x(\d)[ -]?(?:(?:convolutions?|layers?|convs?|합성곱|컨볼루션|卷积|畳み込み|faltung(?:en)?)[^.;,]{0,25}?|(?:of|in) [^.;,]{0,30}?)"
    r"(?:strided|stride of 2|(?:stride|보폭|스트라이드|步长|步幅|ストライド|schrittweite) ?(?:[은이을가는为是=は:] ?)?2)",
    _I,
)


def _hear_blocks(habits: Habits, line: int, words: str) -> None:
    strided = _STRIDED.search(words)
    if strided and habits.strided is None:
        height, width = (int(number) for number in strided.groups() if number)
        # `The shortcut is a 1x1 convolution with stride 2` tells nothing of the other convolutions.
        if height > 1 or not SHORTCUT.search(words[: strided.start()].rpartition(";")[2]):
            habits.strided = (height, width)
    if not _RESIDUAL.search(words):
        return
    habits.residual = True
    habits.lines.setdefault("residual", line)
    said = shortcut_in(words)
    if said == "unclear":
        habits.lines.setdefault("shortcut not understood", line)
    elif said and habits.shortcut in {None, "identity"}:
        habits.shortcut = said


def _around(clause: str, pattern: re.Pattern[str]) -> str:
    found = pattern.search(clause)
    return clause if found is None else clause[max(found.start() - 20, 0) : found.end() + 12]


_COUNT = (
    rf"(?:{ABOUT})?\s*\d[\d,.]*\d?\s*(?:k|m|million|thousand|천|만|백만|万|百万)?(?![a-z\d])"
    rf"(?:{ABOUT_BEHIND})?"
)
_PARAMETER = r"(?:trainable |learnable |trained |model |free |학습 ?(?:가능한 )?|(?:可训练|可学习|需训练)的?|学習(?:可能な|する)?|訓練可能な|(?:trainier|lern)bare[rn]? |freie[rn]? )*(?:param(?:eter)?s?(?:n)?|weights and biases|파라미터|매개 ?변수|参数|參數|パラメータ|パラメーター|parametern?)"
_WHOLE = r"(?:the|this|our|my|das|dieses|unser) (?:\w+ )?(?:model|network|net|cnn|modell|netz)(?:werk)?(?![a-z])"
_OF_WHOLE = r"(?:(?!layer|row|block|schicht|would)[^.\d]){0,40}?"
"""Words between a network and its count, none of which names a part of it."""

_TOTALS = (
    pattern_of(
        rf"(?:total|overall|sum|합계|총|전체|总|總|合計|総|gesamt|insgesamt)[^.\d]{{0,30}}?{_PARAMETER}(?: ?(?:count|number|수|개수|量|数|数量|总数|zahl|anzahl))?s?[^\d.]{{0,14}}?({_COUNT})",
        _I,
    ),
    pattern_of(
        rf"{_PARAMETER}(?: ?수)?(?:의|の|的)?\s*(?:합계|총합|총계|总数|总量|總數|合计|总计|總計|の合計|総数|合計|in total|in all|insgesamt|gesamt|total|총 ?(?:개)?수)[^\d.]{{0,10}}?({_COUNT})",
        _I,
    ),
    pattern_of(
        rf"^[-*+ ]*(?:총 )?(?:number of )?(?:#|no\. of )?{_PARAMETER}(?: ?(?:count|수|개수|量|数|数量|zahl|anzahl))?\s*(?:은|는|为|は)?\s*[:=：]\s*({_COUNT})",
        _I,
    ),
    pattern_of(
        rf"({_COUNT})\s*(?:개의 |个|個の|个可训练的?)?\s*{_PARAMETER}\s*(?:in (?:all|total|sum)|altogether|overall|insgesamt)",
        _I,
    ),
    pattern_of(
        rf"(?:total|in all|in total|overall|together|amounts to|altogether|all in all|총|모두|共|总共|一共|全部で|全体で|insgesamt|zusammen)[^.\d]{{0,30}}?({_COUNT})\s*(?:개의? ?|个|個の?)?\s*(?:{_PARAMETER}|(?:trained |trainable )?numbers)",
        _I,
    ),
    pattern_of(
        rf"(?:network|model|that|layers|net|it|네트워크|모델|신경망|网络|模型|netz|modell|ネットワーク|モデル)\s?(?:has|have|gives?|makes?|holds?|contains?|comes? to|은|는|이|에는|は|には|besitzt|hat|有|共有)[^.\d]{{0,25}}?({_COUNT})\s*(?:개의? ?|个|個の?)?\s*{_PARAMETER}",
        _I,
    ),
    pattern_of(rf"(?:total|size|größe|크기|规模)\s*[:=：]\s*({_COUNT})\s*{_PARAMETER}", _I),
    pattern_of(rf"number of {_PARAMETER}{_OF_WHOLE}(?:is|are|=)\s*({_COUNT})", _I),
    pattern_of(rf"{_WHOLE}{_OF_WHOLE}({_COUNT})\s*{_PARAMETER}", _I),
    pattern_of(rf"({_COUNT})\s*{_PARAMETER}{_OF_WHOLE}{_WHOLE}", _I),
)

_UNNAMED_TOTALS = (
    pattern_of(
        rf"{_PARAMETER}(?: ?수)?(?:는|은|가)?\s*(?:모두 |총 |전부 )?({_COUNT})\s*개(?!의)", _I
    ),
    pattern_of(
        rf"(?:anzahl (?:der |an )?)?{_PARAMETER}(?:의|の|的)? ?(?:수|개수|量|数|数量|个数|总数|総数|zahl|anzahl)?\s?(?:는|은|为|是|约为?|は|beträgt|:)\s*(?:모두|총|전부|全部で|合わせて|合計で?|共|rund)?\s*({_COUNT})\s*(?:개(?!의)|個(?!の)|个(?!的)|이다|입니다|である|です|\W*$)",
        _I,
    ),
    pattern_of(
        rf"^\W*({_COUNT})\s*{_PARAMETER}\s*(?:\.?$|[,;]\s*(?:{ABOUT})?\s*\d[^,;]*(?:flops?|macs?|mult-?adds?|operations|연산)\W*$)",
        _I,
    ),
    pattern_of(rf"^\W*(?:it|this|es|dies) (?:has|needs|uses|hat|braucht|besitzt)(?: only| nur)? ({_COUNT})\s*{_PARAMETER}", _I),
)  # fmt: skip
"""Sentences that say a count of parameters; of the network, where nothing ahead names a part of it."""

_PART = pattern_of(
    r"layer|layers|block|row|stage|kernel|filter|schicht|block|층|계층|레이어|블록|단계|필터|커널|层|块|核|層|ブロック|フィルタ|(?<![a-z])[a-z]{1,5}-?\d",
    _I,
)


_OF_TOTALS = (
    *(
        "param",
        "weight",
        "numbers",
        "total",
        "sum",
        "gesamt",
        "파라미터",
        "매개",
        "합계",
        "총",
        "학습",
        "훈련",
    ),
    *("参数", "參數", "パラメータ", "总计", "总数", "總計", "合計", "合计"),
)
"""One of these words stands in all that is said of totals."""

_SUM = pattern_of(
    rf"\W*(?:grand total|total|sum|합계|총계|총합|总计|总数|總計|合計|合计|summe|gesamt|insgesamt)\W*[:=：]\W*({_COUNT})\W*",
    _I,
)


def _hear_total(habits: Habits, line: int, words: str, *, is_near: bool) -> None:
    if not is_near or len(habits.totals) > _MOST_TOTALS or not re.search(r"\d", words):
        return
    folded = words.casefold()
    if not any(word in folded for word in _OF_TOTALS):
        return
    part = part_of_total(line, words)
    if part is not None:
        habits.parts.append(part)
    if re.search(
        r"non[- ]?trainable|compared|instead of|fewer than|less than|at most|no more than|within|budget|limit|under \d|below \d|불가능?|학습되지 않|훈련되지 않|不可|不训练|学習しない|nicht trainier|以内|不超过|不多于|限制|이하|이내|미만|以下|未満|höchstens|weniger als|per layer|first layer|reduction|alexnet|vgg|resnet",
        words,
        _I,
    ) and not re.search(r"^\W*total", words, _I):
        return
    alone = _SUM.fullmatch(words)
    if alone and (printed := read_count(alone[1].strip(" .,"))):
        habits.sums.append((line, printed))
    for pattern in (*_TOTALS, *_UNNAMED_TOTALS):
        found = pattern.search(words)
        ahead = words[: found.start()] if found and pattern in _UNNAMED_TOTALS else ""
        if found and not _PART.search(ahead) and not ops_in(ahead):
            printed = read_count(found[1].strip(" .,"))
            if printed is not None and not re.fullmatch(r"\d{1,2}", printed):
                habits.totals.append((line, printed))
                return

"""The words of the table language: headings, layer types and functions, in English and Korean."""

import math
from collections.abc import Iterator, Mapping
from typing import Literal, TypeVar, get_args

from striate.documents.patterns import pattern_of
from striate.layers import ELU, FUNCTION_NAMES, Function, FunctionName, LeakyReLU


Column = Literal[
    "Layer",
    "Type",
    "Maps",
    "Size",
    "Kernel",
    "Stride",
    "Padding",
    "Groups",
    "#1x1",
    "#3x3 reduce",
    "#3x3",
    "#5x5 reduce",
    "#5x5",
    "Pool proj",
    "Activation",
    "From",
    "Initialization",
    "Depth",
    "Neurons",
    "Parameters",
    "Connections",
    "Operations",
    "Options",
    "Note",
]
"""Headings of a layer table, in the order in which they are written."""

Kind = Literal[
    "Input",
    "Convolution",
    "Depthwise convolution",
    "Transposed convolution",
    "Upsampling",
    "Padding",
    "Slice",
    "Cropping",
    "Channel shuffle",
    "Max pooling",
    "Average pooling",
    "L2 pooling",
    "Lp pooling",
    "Global average pooling",
    "Global max pooling",
    "Adaptive average pooling",
    "Adaptive max pooling",
    "Subsampling",
    "Fully connected",
    "RBF",
    "Flatten",
    "Reshape",
    "Activation",
    "PReLU",
    "Scale",
    "Dropout",
    "Spatial dropout",
    "Concat",
    "Add",
    "Multiply",
    "Inception",
    "LRN",
    "Batch normalisation",
    "Layer normalisation",
    "Group normalisation",
    "Instance normalisation",
    "Side head",
    "Sentence",
    "Embedding",
    "Total",
]
"""Types of rows. `Total` is not a layer: it holds the claims for the whole network."""

_COLUMN_SYNONYMS: Mapping[Column, tuple[str, ...]] = {
    "Layer": ("name", "층", "이름"),
    "Type": ("종류",),
    "Maps": ("feature maps", "특성 맵", "특성맵"),
    "Size": ("output size", "크기"),
    "Kernel": (
        "kernel size",
        "patch size",
        "patch size/stride",
        "patch size/ stride",
        "커널 크기",
        "커널",
    ),
    "Stride": ("스트라이드",),
    "Padding": ("패딩",),
    "Groups": ("그룹",),
    "#1x1": ("#1×1", "1x1"),
    "#3x3 reduce": ("#3×3 reduce", "3x3 reduce"),
    "#3x3": ("#3×3", "3x3"),
    "#5x5 reduce": ("#5×5 reduce", "5x5 reduce"),
    "#5x5": ("#5×5", "5x5"),
    "Pool proj": ("pool projection", "풀링 투영"),
    "Activation": ("activation function", "활성화 함수"),
    "From": ("reads", "입력"),
    "Initialization": ("initialisation", "초기화"),
    "Depth": ("깊이",),
    "Neurons": ("units", "뉴런"),
    "Parameters": ("params", "파라미터"),
    "Connections": ("연결",),
    "Operations": ("ops", "multiply-adds", "연산"),
    "Options": ("옵션",),
    "Note": ("notes", "remark", "비고"),
}

_KIND_SYNONYMS: Mapping[Kind, tuple[str, ...]] = {
    "Input": ("입력",),
    "Convolution": ("conv", "conv2d", "합성곱"),
    "Depthwise convolution": (
        *("depthwise conv", "conv dw", "dwconv", "depthwise", "depthwiseconv2d"),
        *("깊이별 합성곱", "뎁스와이즈 합성곱"),
    ),
    "Transposed convolution": (
        *("transposed conv", "transpose convolution", "conv transpose", "deconvolution", "deconv"),
        *("convtranspose2d", "conv2dtranspose", "up-convolution", "upconv", "전치 합성곱"),
    ),
    "Upsampling": ("upsample", "up-sampling", "upsampling2d", "업샘플링"),
    "Padding": ("zero padding", "zeropadding2d", "zeropad2d", "pad", "패딩", "제로 패딩"),
    "Slice": ("슬라이스", "맵 나누기"),
    "Cropping": ("crop", "cropping2d", "자르기", "크롭"),
    "Channel shuffle": ("channelshuffle", "채널 섞기", "채널 셔플"),
    "Max pooling": ("max pool", "maxpool2d", "maxpooling2d", "최대 풀링"),
    "Average pooling": ("avg pooling", "avg pool", "avgpool2d", "평균 풀링"),
    "L2 pooling": ("l2 pool", "l2-pooling", "euclidean pooling", "L2 풀링"),
    "Lp pooling": (
        *("lp pool", "lp-pooling", "lppool2d", "power-average pooling", "power average pooling"),
        *("Lp 풀링", "거듭제곱 평균 풀링"),
    ),
    "Global average pooling": ("전역 평균 풀링",),
    "Global max pooling": ("전역 최대 풀링",),
    "Adaptive average pooling": (
        *("adaptive avg pooling", "adaptive avg pool", "adaptiveavgpool2d", "적응 평균 풀링"),
    ),
    "Adaptive max pooling": ("adaptive max pool", "adaptivemaxpool2d", "적응 최대 풀링"),
    "Subsampling": ("sub-sampling", "부표본화", "서브샘플링"),
    "Fully connected": ("full connection", "dense", "linear", "완전 연결"),
    "RBF": ("euclidean rbf", "방사 기저 함수"),
    "Flatten": ("평탄화",),
    "Reshape": ("unflatten", "모양 변경", "형태 변경"),
    "Activation": ("활성화 함수", "활성화"),
    "PReLU": ("parametric relu",),
    "Scale": ("layer scale", "layerscale", "스케일"),
    "Dropout": ("드롭아웃",),
    "Spatial dropout": ("dropout2d", "spatialdropout2d", "channel dropout", "공간 드롭아웃"),
    "Concat": ("concatenation", "깊이 연결"),
    "Add": ("addition", "덧셈"),
    "Multiply": ("multiplication", "product", "곱셈", "곱"),
    "Inception": ("inception module", "인셉션", "인셉션 모듈"),
    "LRN": ("local response normalization", "response normalization", "국소 응답 정규화"),
    "Batch normalisation": ("batch normalization", "batchnorm", "batch norm", "배치 정규화"),
    "Layer normalisation": ("layer normalization", "layernorm", "layer norm", "층 정규화"),
    "Group normalisation": ("group normalization", "groupnorm", "group norm", "그룹 정규화"),
    "Instance normalisation": (
        *("instance normalization", "instancenorm", "instancenorm2d", "instance norm"),
        "인스턴스 정규화",
    ),
    "Side head": ("auxiliary classifier", "보조 분류기"),
    "Sentence": ("문장",),
    "Embedding": ("word vectors", "임베딩"),
    "Total": ("sum", "합계"),
}

_FUNCTION_SYNONYMS: Mapping[FunctionName, tuple[str, ...]] = {
    "tanh": ("하이퍼볼릭 탄젠트",),
    "scaled tanh": ("1.7159 tanh(2x/3)", "1.7159*tanh(2x/3)", "배율 tanh"),
    "ReLU": ("rectified linear", "렐루"),
    "sigmoid": ("logistic", "시그모이드"),
    "softmax": ("소프트맥스",),
    "log-softmax": ("log softmax", "logsoftmax", "log_softmax", "로그 소프트맥스"),
    "ReLU6": ("relu 6",),
    "GELU": ("gaussian error linear unit", "젤루"),
    "GELU (tanh)": ("gelu tanh", "gelu_new", "gelu (approximate)"),
    "SiLU": ("swish", "실루", "스위시"),
    "mish": ("미시",),
    "SELU": ("scaled elu", "셀루"),
    "softplus": ("소프트플러스",),
    "softsign": (),
    "hard swish": ("hardswish", "hard-swish", "h-swish", "hswish", "하드 스위시"),
    "hard sigmoid": ("hardsigmoid", "hard-sigmoid", "h-sigmoid", "하드 시그모이드"),
    "hard tanh": ("hardtanh", "hard-tanh", "하드 tanh"),
    "log sigmoid": ("logsigmoid", "log-sigmoid", "log_sigmoid", "로그 시그모이드"),
}

_NUMBERED: Mapping[type[LeakyReLU | ELU], tuple[str, ...]] = {
    LeakyReLU: (
        "leaky relu",
        "leakyrelu",
        "leaky-relu",
        "leaky_relu",
        "lrelu",
        "leaky",
        "리키 렐루",
    ),
    ELU: ("elu", "exponential linear unit", "엘루"),
}
"""Functions with a number of their own, which may stand behind them: `leaky ReLU (0.1)`."""

_WITH_NUMBER = pattern_of(
    r"(?P<name>.+?)[\s,(:]*(?:(?:slope|alpha|negative_slope|α|기울기)\s*=?\s*)?"
    r"(?P<number>-?\d+(?:\.\d+)?(?:e-?\d+)?)\s*\)?"
)


Name = TypeVar("Name", bound=str)


def _lookup(synonyms: Mapping[Name, tuple[str, ...]]) -> dict[str, Name]:
    lookup: dict[str, Name] = {}
    for name, others in synonyms.items():
        lookup |= {word.casefold(): name for word in (str(name), *others)}
    return lookup


_COLUMNS = _lookup(_COLUMN_SYNONYMS)
_KINDS = _lookup(_KIND_SYNONYMS)
_FUNCTIONS = _lookup(_FUNCTION_SYNONYMS)

COLUMNS: tuple[Column, ...] = get_args(Column)
KINDS: tuple[Kind, ...] = get_args(Kind)
FUNCTIONS: tuple[str, ...] = (*FUNCTION_NAMES, LeakyReLU.KIND, ELU.KIND)
"""Names of all functions, for messages."""


def _plain(word: str) -> str:
    return " ".join(word.replace("*", "").replace("`", "").split()).casefold()


def column_of(heading: str) -> Column | None:
    """Find the column that a heading names, in either language."""
    return _COLUMNS.get(_plain(heading))


def kind_of(word: str) -> Kind | None:
    """Find the layer type that a word names, in either language."""
    return _KINDS.get(_plain(word)) or (None if power_in(word) is None else "Lp pooling")


_POWER = pattern_of(
    r"l(?P<n>\d+(?:\.\d+)?)[ _-]*(?:norm[ _-]*)?(?:pool(?:ing)?|풀링)|"
    r"(?:lp[ _-]*(?:pool(?:ing)?|풀링)|lppool2d)[ ,(]+p\s*=\s*(?P<p>\d+(?:\.\d+)?)\)?"
)


def power_in(word: str) -> str | None:
    """Find the p of an Lp pooling that stands within its type, where it does.

    >>> power_in("L3 pooling"), power_in("Lp pooling, p = 1.5"), power_in("Lp pooling")
    ('3', '1.5', None)
    """
    match = _POWER.fullmatch(_plain(word))
    return None if match is None else match["n"] or match["p"]


def function_of(word: str) -> Function | None:
    """Find the activation function that a word names, in either language; a number may stand with it.

    >>> function_of("LeakyReLU (α = 0.1)"), function_of("swish")
    (LeakyReLU(slope=0.1), 'SiLU')
    """
    plain = _plain(word)
    # `1.7159*tanh(2x/3)` holds a star of its own, so it is looked up as written, too.
    named = _FUNCTIONS.get(word.strip().casefold()) or _FUNCTIONS.get(plain)
    if named is not None:
        return named
    match = _WITH_NUMBER.fullmatch(plain)
    for kind, words in _NUMBERED.items():
        if plain in words:
            return kind()
        if match is not None and match["name"] in words:
            number = float(match["number"])
            return kind(number) if math.isfinite(number) else None
    return None


def function_words() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give every function, and the layer PReLU, with all words for it: one home for all readers of tables."""
    for name, words in _FUNCTION_SYNONYMS.items():
        yield name, (name, *words)
    for kind, words in _NUMBERED.items():
        yield kind.KIND, words
    yield "PReLU", ("PReLU", *_KIND_SYNONYMS["PReLU"])


def known_columns() -> tuple[str, ...]:
    """Give every heading that is understood, for suggestions."""
    return tuple(_COLUMNS)


def korean_kind(kind: Kind) -> str:
    """Return the Korean name of a type, or its own where only that is used."""
    words = (word for word in _KIND_SYNONYMS[kind] if "가" <= word[0] <= "힣")
    return next(words, kind)


def korean_function(function: Function) -> str:
    """Return the Korean name of a function, or its own where only that is used."""
    synonyms = _FUNCTION_SYNONYMS.get(function, ()) if isinstance(function, str) else ()
    return next((word for word in synonyms if "가" <= word[0] <= "힣"), str(function))


def korean_column(column: Column) -> str:
    """Return the Korean name of a column, or its own where only that is used."""
    words = (word for word in _COLUMN_SYNONYMS.get(column, ()) if "가" <= word[0] <= "힣")
    return next(words, column)


def known_kinds() -> tuple[str, ...]:
    """Give every type that is understood, for suggestions."""
    return (*KINDS, *(word for words in _KIND_SYNONYMS.values() for word in words))

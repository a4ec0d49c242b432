"""The words that stand in a drawing, in English and Korean."""

from typing import Literal, cast, get_args

from striate.documents.vocabulary import Kind, korean_function, korean_kind
from striate.layers import Function


Language = Literal["en", "ko"]

_SHORT = {
    "Batch normalisation": "BN",
    "Concat": "concatenation",
    "Add": "addition",
    "Multiply": "product",
    "LRN": "LRN",
    "RBF": "RBF",
    "PReLU": "PReLU",
    "Inception": "Inception",
}
"""Names in English that are not simply the type in small letters."""


def kind_word(kind: str, language: Language) -> str:
    """Return the word for a type of rows, as it stands within a sentence."""
    if language == "ko" and kind in get_args(Kind):
        return korean_kind(cast("Kind", kind))
    return _SHORT.get(kind, kind.lower())


def power_word(p: float, language: Language) -> str:
    """Return the word for an Lp pooling of this p, whose L stays a capital."""
    return f"L{p:g} " + ("풀링" if language == "ko" else "pooling")


def function_word(function: Function, language: Language) -> str:
    """Return the word for an activation function; names of one word are the same in Korean texts."""
    name = str(function)
    return korean_function(function) if language == "ko" and " " in name else name


_KOREAN_SETTINGS = {
    "dilation": "팽창",
    "output_padding": "출력 패딩",
    "padding": "패딩",
    "rounding": "올림내림",
    "divisor": "나누는 수",
    "reduction": "축약",
    "interpolation": "보간",
    "aligned": "모서리 맞춤",
    "mode": "방식",
    "multiplier": "배수",
    "groups": "그룹",
    "first": "첫 맵",
    "slopes": "기울기",
    "factor": "배율",
    "offset": "더하는 수",
    "over": "범위",
    "region": "범위",
    "vectors": "벡터",
}
"""What settings of layers are called; one that is not here keeps the name that it has in a table."""


def setting_words(option: str, value: str, language: Language) -> str:
    """Say a setting of a layer, as it stands behind what the layer does: `dilation 2`, `aligned`."""
    name = _KOREAN_SETTINGS.get(option, option) if language == "ko" else option.replace("_", " ")
    return name if value == "yes" else f"{name} {value}"


def connection_words(language: Language) -> str:
    """Say that maps read only some of the maps below, by a table."""
    return "일부 연결" if language == "ko" else "partly connected"


def group_words(groups: int, language: Language) -> str:
    """Say in how many groups a convolution is done."""
    return f"{groups}개 그룹" if language == "ko" else f"{groups} groups"


def briefly(operation: str, language: Language) -> str:
    """Shorten the long words of an operation, as papers do: `3×3 conv`."""
    if language == "ko":
        return operation
    for word, short in (
        ("convolution", "conv"),
        ("pooling", "pool"),
        ("fully connected", "fc"),
        ("concatenation", "concat"),
    ):
        operation = operation.replace(word, short)
    return operation


def after_convolutions(functions: str, language: Language) -> str:
    """Say what follows each convolution of a drawing whose line says nothing else."""
    if language == "ko":
        return f"따로 적지 않은 합성곱 뒤: {functions}"
    return f"after each conv, unless said otherwise: {functions}"

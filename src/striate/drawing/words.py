"""The words that stand in a drawing, in English and Korean."""

from typing import Literal, cast, get_args

from striate.documents.vocabulary import Kind, korean_kind


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

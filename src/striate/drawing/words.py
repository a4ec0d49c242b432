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

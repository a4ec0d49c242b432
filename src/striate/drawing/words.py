"""The few words that stand in a drawing, in English and Korean."""

from dataclasses import dataclass
from typing import Literal, final


Language = Literal["en", "ko"]


@final
@dataclass(frozen=True, slots=True)
class Words:
    """Words of a language.

    Args:
        dropout: Of the layer that leaves values out.
        kinds: Of each kind of layer; those that are missing keep their English name.
    """

    dropout: str
    kinds: dict[str, str]


_ENGLISH = Words(
    "dropout",
    {
        "Concat": "concatenation",
        "Add": "addition",
        "Batch normalisation": "BN",
        "LRN": "LRN",
        "RBF": "RBF",
        "Inception": "Inception",
    },
)

_KOREAN = Words(
    "드롭아웃",
    {
        "Input": "입력",
        "Convolution": "합성곱",
        "Transposed convolution": "전치 합성곱",
        "Max pooling": "최대 풀링",
        "Average pooling": "평균 풀링",
        "Global average pooling": "전역 평균 풀링",
        "Global max pooling": "전역 최대 풀링",
        "Subsampling": "부표본화",
        "Fully connected": "완전 연결",
        "Concat": "연결",
        "Add": "덧셈",
        "Inception": "인셉션",
        "LRN": "LRN",
        "Batch normalisation": "배치 정규화",
        "Embedding": "임베딩",
        "RBF": "RBF",
    },
)


def words_of(language: Language) -> Words:
    """Return the words of a language."""
    return _KOREAN if language == "ko" else _ENGLISH


def kind_word(kind: str, language: Language) -> str:
    """Return the word for a kind of layer, as it stands within a sentence."""
    words = words_of(language).kinds
    return words.get(kind, kind.lower() if language == "en" else kind)

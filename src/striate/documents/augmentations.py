"""The augmentation of a recipe as one text: `shift 2, rotate 10, area-crop 0.08 0.75`."""

import re
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, get_type_hints

from striate.augmentation.kinds import KINDS, WORDS, Augmentation, Word, list_faults, word_of
from striate.documents.patterns import pattern_of
from striate.errors import Fault, RecipeError
from striate.errors.augmentation import not_a_number, unknown_kind, wrong_count_of_numbers


_SYNONYMS: Mapping[Word, tuple[str, ...]] = {
    "shift": ("translate", "이동", "평행 이동"),
    "rotate": ("rotation", "회전"),
    "scale": ("zoom", "크기", "확대 축소"),
    "squeeze": ("압축",),
    "shear": ("기울이기", "전단"),
    "elastic": ("탄성", "탄성 변형"),
    "flip": ("mirror", "뒤집기", "좌우 반전"),
    "crop": ("자르기",),
    "area-crop": ("area crop", "면적 자르기"),
    "contrast": ("명암", "대비"),
    "brightness": ("밝기",),
    "lighting": ("조명",),
    "noise": ("white noise", "잡음", "백색 잡음"),
    "erase": ("random erasing", "지우기", "무작위 지우기"),
    "rand-augment": ("randaugment", "rand augment", "무작위 증강"),
}

_LOOKUP: dict[str, Word] = {
    name: word for word, others in _SYNONYMS.items() for name in (word, *others)
}

_NONE = {"", "none", "없음"}

# The name goes up to the first piece that begins as a number does.
_PART = pattern_of(r"(?P<name>.*?)(?P<numbers>(?:^|\s)[-+.]?\d.*)?", re.DOTALL)


def read_augmentation(text: str) -> tuple[Augmentation, ...]:
    """Read a list of kinds, each with its numbers, in English or Korean.

    Args:
        text: Kinds separated by commas; nothing, or `none`, for none.

    Raises:
        RecipeError: A word or a number cannot be; all of them are named.

    Examples:
        >>> read_augmentation("이동 2, flip")
        (Shift(pixels=2.0), Flip())
    """
    if text.strip().casefold() in _NONE:
        return ()
    kinds: list[Augmentation] = []
    faults: list[Fault] = []
    for part in text.split(","):
        try:
            kinds.append(_kind(part.strip()))
        except RecipeError as error:
            faults += error.faults
    faults += list_faults(kinds)
    if faults:
        raise RecipeError(*faults)
    return tuple(kinds)


def write_augmentation(augmentation: tuple[Augmentation, ...]) -> str:
    """Write a list of kinds as `read_augmentation` reads it, with all digits.

    Examples:
        >>> write_augmentation(read_augmentation("elastic, shift 1.5"))
        'elastic 34 4, shift 1.5'
    """
    parts = []
    for one in augmentation:
        numbers = [getattr(one, item.name) for item in fields(one)]
        parts.append(" ".join((word_of(one), *(repr(number) for number in numbers))))
    return re.sub(r"\.0(?=$|[ ,])", "", ", ".join(parts)) or "none"


def _kind(part: str) -> Augmentation:
    match = _PART.fullmatch(part)
    name = " ".join(match["name"].split()).casefold() if match else part
    numbers = (match["numbers"] or "").split() if match else []
    word = _LOOKUP.get(name)
    if word is None:
        others = (other for synonyms in _SYNONYMS.values() for other in synonyms)
        raise RecipeError(unknown_kind(name, WORDS, others))
    kind = KINDS[word]
    parameters = tuple(item.name for item in fields(kind))
    least = sum(item.default is MISSING for item in fields(kind))
    if not least <= len(numbers) <= len(parameters):
        raise RecipeError(wrong_count_of_numbers(word, len(numbers), parameters, least))
    wanted = get_type_hints(kind)
    values: dict[str, Any] = {}
    faults = []
    for parameter, number in zip(parameters, numbers, strict=False):
        try:
            values[parameter] = wanted[parameter](number)
        except ValueError:
            is_whole = wanted[parameter] is int
            faults.append(not_a_number(word, parameter, number, is_whole=is_whole))
    if faults:
        raise RecipeError(*faults)
    return kind(**values)

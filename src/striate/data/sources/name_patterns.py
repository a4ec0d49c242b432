"""Classes in the names of files: which a pattern such as `{class}_#` tells, and which pattern names may follow."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from striate.data.images.listing import class_names
from striate.data.images.scan import ending
from striate.errors import DataError
from striate.errors.datasets import pattern_without_class


CLASS: Final = "{class}"
_WILDCARDS: Final = {CLASS: "(?P<label>.+)", "#": r"(?<!\d)\d+(?!\d)", "*": ".*?", "?": "."}

# Whole words before a number, and what stands between them.
_WORDS_AND_NUMBER = re.compile(r"(?P<words>(?:.*[^\W\d_])?[^\W\d_])(?P<between>[ ._-]*)\d+")
_OF_A_CLASS = 2


def labels_by(pattern: str, names: Sequence[str]) -> list[str]:
    """Return the class that each name tells; nothing for a name that is unlike the pattern.

    Args:
        pattern: What names look like: `{class}` where the class stands, `#` for a whole number, `*` for anything,
            `?` for one character.
        names: Paths of files; the last part of each is compared, without its ending or with it.

    Raises:
        DataError: The pattern has no class, or more than one.

    Examples:
        >>> labels_by("{class}_#", ["pets/american_bulldog_12.jpg", "cat.png"])
        ['american_bulldog', '']
        >>> labels_by("{class}#", ["rain12.jpg"])
        ['rain']
    """
    if pattern.count(CLASS) != 1:
        raise DataError(pattern_without_class(pattern))
    parts = re.split(r"(\{class\}|[#*?])", pattern)
    form = re.compile("".join(_WILDCARDS.get(part, re.escape(part)) for part in parts))
    labels = []
    for name in names:
        match = form.fullmatch(_stem(name)) or form.fullmatch(name.rpartition("/")[2])
        labels.append(match["label"].strip() if match else "")
    return labels


def likely_pattern(names: Iterable[str]) -> tuple[str, tuple[str, ...]] | None:
    """Find words before numbers that may be classes, where all names of a folder are written alike.

    Returns:
        The pattern and the words of the first such folder; None where names are of several forms, or hold one
        word, or one file of a word.

    Examples:
        >>> likely_pattern(["cat_1.jpg", "dog_1.jpg", "cat_2.jpg", "dog_2.jpg"])
        ('{class}_#', ('cat', 'dog'))
        >>> likely_pattern(["IMG_1.jpg", "IMG_2.jpg"])
    """
    by_folder: dict[str, list[re.Match[str] | None]] = {}
    for name in names:
        match = _WORDS_AND_NUMBER.fullmatch(_stem(name))
        by_folder.setdefault(name.rpartition("/")[0], []).append(match)
    for found in by_folder.values():
        matches = [match for match in found if match]
        counts = Counter(match["words"] for match in matches)
        forms = {match["between"] for match in matches}
        are_alike = len(matches) == len(found) and len(forms) == 1
        if are_alike and len(counts) >= _OF_A_CLASS and min(counts.values()) >= _OF_A_CLASS:
            return f"{CLASS}{forms.pop()}#", class_names(counts)
    return None


def _stem(name: str) -> str:
    last = name.rpartition("/")[2]
    return last[: len(last) - len(ending(last))]

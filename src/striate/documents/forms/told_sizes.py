"""Find the sizes of images that a text tells, for prints that leave the input out."""

import re
from collections.abc import Iterator

from striate.documents.patterns import pattern_of


_TUPLE = pattern_of(r"[(\[{]\s*((?:-?\d+|None|N|B|-1)(?:\s*,\s*\d+){1,3})\s*,?\s*[)\]}]")
_PRODUCT = pattern_of(
    r"(\d{1,5})\s*[x×X*]\s*(\d{1,5})(?:\s*[x×X*]\s*(\d{1,5}))?(?:\s*[x×X*]\s*(\d{1,5}))?"
)
_HIGH_WIDE = pattern_of(
    r"(\d{1,5})\s*(?:pixels?\s*|px\s*)?(?:high|tall|rows)\D{1,25}?(\d{1,5})\s*(?:pixels?\s*|px\s*)?(?:wide|columns|across)",
    re.IGNORECASE,
)
_WIDE_HIGH = pattern_of(
    r"(\d{1,5})\s*(?:pixels?\s*|px\s*)?(?:wide|columns|across)\D{1,25}?(\d{1,5})\s*(?:pixels?\s*|px\s*)?(?:high|tall|rows)",
    re.IGNORECASE,
)
_SQUARE = pattern_of(
    r"(?:size|SIZE|크기|side|edge|resolution)\D{0,12}?(\d{2,4})\b|\b(\d{2,4})\s*(?:pixels?|px|픽셀)",
    re.IGNORECASE,
)


def sizes_in(text: str) -> Iterator[tuple[int, ...]]:
    """Return the sizes that a text tells: three numbers, or height and width, the fullest ones first.

    >>> list(sizes_in("Inputs are 28 x 36 x 1."))
    [(28, 36, 1)]
    """
    triples: list[tuple[int, ...]] = []
    pairs: list[tuple[int, ...]] = []
    for found in _TUPLE.finditer(text):
        numbers = [int(side) if side.strip().isdecimal() else 0 for side in found[1].split(",")]
        sizes = tuple(numbers[1:]) if len(numbers) == 4 or 0 in numbers[:1] else tuple(numbers)  # noqa: PLR2004
        (triples if len(sizes) == 3 else pairs).append(sizes)  # noqa: PLR2004
    for found in _PRODUCT.finditer(text):
        sizes = tuple(int(side) for side in found.groups() if side)
        sizes = sizes[1:] if len(sizes) == 4 else sizes  # noqa: PLR2004
        (triples if len(sizes) == 3 else pairs).append(sizes)  # noqa: PLR2004
    pairs += [(int(found[1]), int(found[2])) for found in _HIGH_WIDE.finditer(text)]
    pairs += [(int(found[2]), int(found[1])) for found in _WIDE_HIGH.finditer(text)]
    pairs += [(int(found[1] or found[2]),) * 2 for found in _SQUARE.finditer(text)]
    seen: set[tuple[int, ...]] = set()
    for sizes in [*triples, *pairs]:
        if sizes not in seen and len(sizes) in {2, 3} and min(sizes) > 0 and len(seen) < 200:  # noqa: PLR2004
            seen.add(sizes)
            yield sizes

"""What the text around a list says of all its convolutions, and what lists take for granted."""

import re
from functools import cached_property, lru_cache
from typing import final

from striate.documents.patterns import pattern_of
from striate.layers import Padding


_KEEPS_SIZE = pattern_of(
    r"keep(?:s|ing)?\s+(?:the\s+)?(?:spatial\s+)?(?:size|resolution|dimension)|preserv\w*\s+(?:the\s+)?(?:spatial\s+)?(?:size|"
    r"resolution|dimension)|\bsame\b(?=[^.\n]{0,30}(?:pad|conv))|(?:pad|conv)[^.\n]{0,40}\bsame\b|zero[- ]padd|padded|padding\s*(?:of|=|:)?\s*1\b|크기(?:를|가)?\s*(?:유지|그대로)|같은 크기",
    re.IGNORECASE,
)
_SHRINKS = pattern_of(
    r"\bvalid\b|\bno\s+padding\b|without\s+padding|unpadded|padding\s*(?:of|=|:)?\s*0\b|패딩\s*(?:없|0)",
    re.IGNORECASE,
)
_OF_PADDING = ("keep", "preserv", "same", "pad", "valid", "크기", "패딩")
"""One of these words stands in all that is said of padding."""

_VGG_ITEM = pattern_of(r"conv\d{1,2}(?:x\d{1,2})?-\d", re.IGNORECASE)
"""How lists in the manner of VGG write a convolution, whose custom is to keep the size."""


@lru_cache(maxsize=16)
def habits_around(around: str) -> "ListHabits":
    """Return what a text says; the lists of one document share it."""
    return ListHabits(around)


@final
class ListHabits:
    """Reads the text around a list, as far as its items leave something open."""

    def __init__(self, around: str) -> None:
        self.around = around

    def padding_of(self, item: str) -> tuple[Padding, str]:
        """Return the padding of a convolution that gives none, and how that is told."""
        if self._padding is not None:
            text = f"padding {self._padding} of every convolution: from the text around the list."
            return self._padding, text
        if _VGG_ITEM.match(item):
            return "same", (
                "no padding is given: convolutions keep the size, as is the custom of such lists; "
                "write `valid` into the text if they do not."
            )
        return "valid", (
            "no padding is given, and so none is taken; write `same` into the text if convolutions keep the size."
        )

    @property
    def kernel(self) -> tuple[int, int] | None:
        """The kernel of every convolution; None where no sentence gives it."""
        return self._said[0]

    @cached_property
    def _padding(self) -> Padding | None:
        words = self.around.casefold()
        if not any(word in words for word in _OF_PADDING):
            return None
        keeps, shrinks = _KEEPS_SIZE.search(self.around), _SHRINKS.search(self.around)
        if keeps and not shrinks:
            return "same"
        return "valid" if shrinks and not keeps else self._said[1]

    @cached_property
    def _said(self) -> tuple[tuple[int, int] | None, Padding | None]:
        """The kernel and the padding that sentences give all convolutions."""
        from striate.documents.table.prose import read_prose

        habits = read_prose(list(enumerate(self.around.split("\n"), 1)), (), 0)
        return habits.kernel, habits.padding

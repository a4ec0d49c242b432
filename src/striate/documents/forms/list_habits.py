"""What the text around a list says of all its convolutions, and what lists take for granted."""

import re
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, final

from striate.documents.patterns import pattern_of
from striate.layers import Padding
from striate.shapes import Image, Shape


if TYPE_CHECKING:
    from striate.documents.table.prose import Habits


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
        padding = self._said.padding
        if padding is not None:
            return (
                padding,
                f"padding {padding} of every convolution: from the text around the list.",
            )
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
        return self._said.kernel

    @property
    def input(self) -> Shape | None:
        """The image that sentences name, if they name one alone."""
        named = {
            Image(one.channels, one.height, one.width)
            for one in self._said.inputs
            if one.channels and one.height and one.width
        }
        return named.pop() if len(named) == 1 else None

    @cached_property
    def _said(self) -> "Habits":
        """What sentences say of all layers."""
        from striate.documents.table.prose import read_prose

        return read_prose(list(enumerate(self.around.split("\n"), 1)), (), 0)

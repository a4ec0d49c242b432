"""A network as a table: frozen rows, with the numbers that the source claims for them."""

import keyword
import re
import unicodedata
from dataclasses import dataclass, field
from typing import final

from striate.layers import Activation, Function, Input, Layer
from striate.shapes import Image, Words


@final
@dataclass(frozen=True, slots=True)
class Claim:
    """A count as its source prints it: a whole number, or a rounded one with a unit.

    Args:
        text: `156`, `122,304`, `2.7K`, `60M`; separators do not count.
    """

    text: str

    def __str__(self) -> str:
        """Give the number as printed."""
        return self.text

    @property
    def is_rounded(self) -> bool:
        """Whether the source printed a unit, and so a rounded number."""
        return self.text[-1:].upper() in {"K", "M", "G"}

    @property
    def number(self) -> float:
        """The printed number, without its unit."""
        digits = self.text.rstrip("KMGkmg").replace(",", "")
        # A whole number stays one: floats above 2^53 have gaps.
        return int(digits) if digits.isdecimal() else float(digits)

    @property
    def unit(self) -> str:
        """`K`, `M`, `G` or nothing."""
        return self.text[-1].upper() if self.is_rounded else ""

    @property
    def decimals(self) -> int:
        """Digits printed behind the point."""
        _, point, behind = self.text.rstrip("KMGkmg").partition(".")
        return len(behind) if point else 0


@final
@dataclass(frozen=True, slots=True)
class Claims:
    """What the source claims for one row, or for the whole table; None where it is silent.

    Args:
        maps: Output maps, where the layer kind does not set them.
        size: Height and width of the output, or its units.
        parameters: Trained numbers.
        connections: Links into the row's units.
        multiply_adds: Products of a weight and a value, as the source's operations.
    """

    maps: int | None = None
    size: tuple[int, ...] | None = None
    parameters: Claim | None = None
    connections: Claim | None = None
    multiply_adds: Claim | None = None


@final
@dataclass(frozen=True, slots=True)
class Unreadable:
    """Stands in a row whose type or numbers could not be read, so that the rows below still can be
    checked from what it claims. A table that holds one is never built.
    """  # noqa: D205 - one sentence does not fit a line


@final
@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table.

    Args:
        name: The source's name of the layer: C1, conv2, inception (3a).
        layer: What the row does.
        activation: Function applied to the row's output, or None.
        reads: Names of the rows it reads; the row above when empty.
        claims: What the source says comes out.
        line: Line of the document; None for tables written in Python.
    """

    name: str
    layer: Layer | Unreadable
    activation: Function | None = None
    reads: tuple[str, ...] = ()
    claims: Claims = Claims()
    line: int | None = field(default=None, compare=False)

    @property
    def identifier(self) -> str:
        """The name as an attribute of the built network: `inception (3a)` is `inception_3a`."""
        word = re.sub(r"\W+", "_", unicodedata.normalize("NFKC", self.name)).strip("_")
        is_name = word[:1].isalpha() and not keyword.iskeyword(word)
        return word if is_name else f"row_{word}"

    @property
    def function(self) -> Function | None:
        """The function that the row ends in, whether beside its layer or as its layer."""
        return self.layer.function if isinstance(self.layer, Activation) else self.activation


@final
@dataclass(frozen=True, slots=True)
class Table:
    """A network: its rows from the input to the output, and the totals its source claims.

    Nothing is checked here: `arithmetic.walk` reports every fault of a table at once.

    Args:
        rows: The rows; the first one is the input.
        totals: Claims for the whole network.
        totals_line: Line of the document that holds them.
    """

    rows: tuple[Row, ...]
    totals: Claims = Claims()
    totals_line: int | None = field(default=None, compare=False)

    def row(self, name: str) -> Row:
        """Find a row by its name.

        Raises:
            KeyError: No row has this name.
        """
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(name)

    @property
    def image(self) -> Image | None:
        """The image that the table reads; None if it reads something else."""
        first = self.rows[0].layer if self.rows else None
        if isinstance(first, Input) and isinstance(first.shape, Image):
            return first.shape
        return None

    @property
    def words(self) -> Words | None:
        """The words that the table reads; None if it reads something else."""
        first = self.rows[0].layer if self.rows else None
        if isinstance(first, Input) and isinstance(first.shape, Words):
            return first.shape
        return None

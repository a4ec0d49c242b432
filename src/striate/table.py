"""A network as a table: frozen rows, with the numbers that the source claims for them."""

import keyword
import re
import unicodedata
from dataclasses import dataclass, field, replace
from typing import Literal, final, get_args

from striate.errors import UsageError
from striate.errors.arguments import argument_not_of_type
from striate.errors.fault import listed
from striate.errors.typed import typed
from striate.layers import (
    Activation,
    Function,
    Input,
    Layer,
    SideHead,
    function_choices,
    function_meant,
    is_function,
)
from striate.notebook import table_html
from striate.shapes import Image, Shape, Words


@final
@dataclass(frozen=True, slots=True)
class Claim:
    """A count as its source prints it: a whole number, or a rounded one with a unit or a sign.

    Args:
        text: `156`, `122,304`, `2.7K`, `60M`, `~211,000`; separators do not count.
    """

    text: str

    def __str__(self) -> str:
        """Give the number as printed."""
        return self.text

    @property
    def is_rounded(self) -> bool:
        """Whether the source printed a unit, or a sign for about, and so a rounded number."""
        return self.text.startswith("~") or self.text[-1:].upper() in {"K", "M", "G"}

    @property
    def number(self) -> float:
        """The printed number, without its unit."""
        digits = self.text.lstrip("~").rstrip("KMGkmg").replace(",", "")
        # A whole number stays one: floats above 2^53 have gaps.
        return int(digits) if digits.isdecimal() else float(digits)

    @property
    def unit(self) -> str:
        """`K`, `M`, `G` or nothing."""
        last = self.text[-1:].upper()
        return last if last in {"K", "M", "G"} else ""

    @property
    def step(self) -> int:
        """What a number without a unit is rounded to, by the zeros that it ends in: 1,000 of `~211,000`."""
        digits = self.text.replace(",", "")
        return int(10 ** (len(digits) - len(digits.rstrip("0"))))

    def is_about(self, count: int) -> bool:
        """Whether a number without a unit is a count, rounded or cut at its last digit that is not zero."""
        return abs(count - self.number) < self.step

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
        neurons: Values that come out, as the source's units.
        depth: Layers with weights, one behind the other.
        fixed: Numbers that are held and not trained; of the whole table alone.
        rows: How many rows the counts are the sums of: this one and those right above it.
        line: Line of the comment that holds them; None where the row does.
    """

    maps: int | None = None
    size: tuple[int, ...] | None = None
    parameters: Claim | None = None
    connections: Claim | None = None
    multiply_adds: Claim | None = None
    neurons: Claim | None = None
    depth: int | None = None
    fixed: Claim | None = None
    rows: int = 1
    line: int | None = field(default=None, compare=False)


Distribution = Literal["normal", "uniform", "zero"]


@final
@dataclass(frozen=True, slots=True)
class Start:
    """How the trained numbers of a row begin, where its source says so.

    Args:
        distribution: `normal` around 0, `uniform` around 0, or all `zero`.
        scale: Standard deviation of the normal one; largest value of the uniform one.
        bias: What every bias begins with.
    """

    distribution: Distribution
    scale: float = 0.0
    bias: float = 0.0

    def __post_init__(self) -> None:
        choices = get_args(Distribution)
        if self.distribution not in choices:
            needed = listed(map(repr, choices))
            raise UsageError(
                argument_not_of_type("Start", "distribution", repr(self.distribution), needed)
            )

    def __str__(self) -> str:
        """Write it as in a table: `N(0, 0.01), bias 1`; the second number is the deviation."""
        bias = f"bias {self.bias!r}"
        match self.distribution:
            case "normal":
                return f"N(0, {self.scale!r}), {bias}"
            case "uniform":
                return f"U(-{self.scale!r}, {self.scale!r}), {bias}"
            case "zero":
                return f"0, {bias}"


@final
@dataclass(frozen=True, slots=True)
class Unreadable:
    """Stands in a row whose type or numbers could not be read, so that the rows below still can be
    checked from what it claims. A table that holds one is never built.

    Args:
        told: (column, cell) of what is known of it all the same, with `?` for what is missing.
    """  # noqa: D205 - one sentence does not fit a line

    told: tuple[tuple[str, str], ...] = ()


@final
@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table.

    Args:
        name: The source's name of the layer: C1, conv2, inception (3a).
        layer: What the row does.
        activation: Function applied to the row's output, or None; `relu` is `ReLU`, however it is capitalized.
        reads: Names of the rows it reads; the row above when empty.
        claims: What the source says comes out.
        line: Line of the document; None for tables written in Python.
        start: How its trained numbers begin; None leaves it to the recipe.
        note: What the document remarks on it, such as why its source contradicts itself.
    """

    name: str
    layer: Layer | Unreadable
    activation: Function | None = None
    reads: tuple[str, ...] = ()
    claims: Claims = Claims()
    line: int | None = field(default=None, compare=False)
    start: Start | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if self.activation is None:
            return
        object.__setattr__(self, "activation", function_meant(self.activation))
        if not is_function(self.activation):
            needed = f"None, or one of {function_choices()}"
            raise UsageError(
                argument_not_of_type("Row", "activation", repr(self.activation), needed)
            )

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
@dataclass(frozen=True, slots=True, repr=False)
class Table:
    """A network: its rows from the input to the output, and the totals its source claims.

    A row of the kind SideHead ends the trunk of the network and begins a side head, which lasts to
    the next one or to the end.

    Nothing is checked here: `arithmetic.walk` reports every fault of a table at once.

    Args:
        rows: The rows; the first one is the input.
        totals: Claims for the whole network.
        totals_line: Line of the document that holds them.
        other_totals: Other claims for the whole network, each with its line.
    """

    rows: tuple[Row, ...]
    totals: Claims = Claims()
    totals_line: int | None = field(default=None, compare=False)
    other_totals: tuple[tuple[int, Claims], ...] = field(default=(), compare=False)

    def __repr__(self) -> str:
        """Name its input, the number of its rows, and its last one."""
        last = f", to {self.last.name}" if self.last else ""
        return f"<Table: {len(self.rows)} rows, from {self.input or 'an unknown input'}{last}>"

    def _repr_html_(self) -> str:
        cells = (
            (row.name, type(row.layer).__name__, row.function or "", ", ".join(row.reads))
            for row in self.rows
        )
        return table_html(("Layer", "Type", "Activation", "From"), cells)

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
    def parts(self) -> tuple[tuple[Row, ...], ...]:
        """The trunk, and each side head."""
        starts = [0, *(at for at, row in enumerate(self.rows) if isinstance(row.layer, SideHead))]
        ends = [*starts[1:], len(self.rows)]
        return tuple(self.rows[start:end] for start, end in zip(starts, ends, strict=True))

    @property
    def trunk(self) -> tuple[Row, ...]:
        """The rows up to the network's output, without the side heads."""
        return self.parts[0]

    @property
    def without_heads(self) -> "Table":
        """The table of the network as it is once it is trained."""
        return replace(self, rows=self.trunk)

    @property
    def last(self) -> Row | None:
        """The row that gives the network's output; None in an empty table."""
        return self.trunk[-1] if self.trunk else None

    @property
    def input(self) -> Shape | None:
        """What the table reads; None if its first row does not say."""
        first = self.rows[0].layer if self.rows else None
        return first.shape if isinstance(first, Input) else None

    @property
    def image(self) -> Image | None:
        """The image that the table reads; None if it reads something else."""
        return self.input if isinstance(self.input, Image) else None

    @property
    def words(self) -> Words | None:
        """The words that the table reads; None if it reads something else."""
        return self.input if isinstance(self.input, Words) else None


typed(UsageError, Claim, Claims, Start, Row, Table)

"""An experiment as its document states it: a claim, variants of a table, and what decides."""

import re
from dataclasses import dataclass, field
from typing import Literal, final, get_args

from striate.documents import Document


Direction = Literal["lower", "higher", "equal"]
"""How the compared variant's measure lies to the other's, if the claim holds."""

DIRECTIONS: tuple[Direction, ...] = get_args(Direction)

BudgetName = Literal["quick", "full"]


@final
@dataclass(frozen=True, slots=True)
class Margin:
    """The smallest difference that matters.

    Args:
        value: A difference in the measure's own unit, or a factor.
        is_factor: Whether it is a factor: `x2` is half as much, or twice as much.
    """

    value: float = 0.0
    is_factor: bool = False

    def __str__(self) -> str:
        """Write it as in a document."""
        return f"x{self.value:g}" if self.is_factor else f"{self.value:g}"


_MARGIN = re.compile(r"(?P<factor>[x×])?\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<percent>%)?")


def read_margin(text: str) -> Margin | None:
    """Read a margin: `0.01`, `1 %`, or the factor `x2`; None if it is none.

    >>> read_margin("1 %"), read_margin("x6"), read_margin("much")
    (Margin(value=0.01, is_factor=False), Margin(value=6.0, is_factor=True), None)
    """
    found = _MARGIN.fullmatch(text.strip())
    if found is None or (found["factor"] and (found["percent"] or float(found["number"]) < 1)):
        return None
    number = float(found["number"])
    return Margin(number / 100 if found["percent"] else number, bool(found["factor"]))


@final
@dataclass(frozen=True, slots=True)
class Budget:
    """How much is spent on an experiment.

    Args:
        seeds: Trainings of each variant; with the same seed all variants see the same examples in the same order.
        train: Training examples, drawn anew for each seed; 0 takes all.
        test: Test examples; 0 takes all.
        epochs: Passes over the training examples; 0 takes the recipe's.
        rates: Learning rates that each variant tries on held-out training examples; 1 takes the recipe's.
    """

    seeds: int = 3
    train: int = 0
    test: int = 0
    epochs: int = 0
    rates: int = 1


@final
@dataclass(frozen=True, slots=True)
class Edit:
    """One line of the table of variants.

    Args:
        row: A row of the network, `first`, `last` or `every` with a type, or what else is changed: `recipe`, `data`,
            `network` or `training`.
        column: A heading of the table language, a field of the recipe, or `row`, `above`, `below`.
        value: The new cell.
        line: Line of the document.
    """

    row: str
    column: str
    value: str
    line: int | None = field(default=None, compare=False)


@final
@dataclass(frozen=True, slots=True)
class Variant:
    """A network, its recipe and its data, as edits of the base network.

    Args:
        name: What it is called.
        edits: In their order; none for the base network itself.
        line: Line of the document.
    """

    name: str
    edits: tuple[Edit, ...] = ()
    line: int | None = field(default=None, compare=False)


@final
@dataclass(frozen=True, slots=True)
class Comparison:
    """A difference that the claim foretells.

    Args:
        compared: The variant that the claim speaks of.
        other: The variant it is compared with, or a number.
        measure: What is measured of `compared`.
        other_measure: What is measured of `other`; the same where it is a variant and nothing else is said.
        direction: How the first lies to the second.
        margin: By how much at least; for `equal`, at most.
        line: Line of the document.
    """

    compared: str
    other: str | float
    measure: str
    other_measure: str
    direction: Direction
    margin: Margin
    line: int | None = field(default=None, compare=False)


@final
@dataclass(frozen=True)
class Experiment:
    """A claim with all that is needed to ask whether it holds.

    Args:
        name: Short name: pooling-cost.
        claim: The claim in English.
        korean: The claim in Korean; may be empty.
        variants: At least one; the first one is compared with where nothing else is said.
        comparisons: At least one; all of them together are the claim.
        title: The heading of the document.
        number: Of the claim in the notes; 0 for claims from elsewhere.
        notes: Where the notes say it.
        source: Where it stands in print.
        network: Base network: a shipped name or a path; empty where the document has its own.
        networks: The networks in the document itself.
        fields: Fields of the recipe that all variants share, by name.
        data: Data set; empty where nothing is trained or looked at.
        about: What the claim itself is about, so that it is asked of no other: `network`, `data`, or both.
        usual: Measure, direction and margin where a comparison does not say its own, as written.
        quick: What a first look costs.
        full: What an answer costs.
        found: What was found when the experiment was last recorded; empty before.
        body: The Markdown below the front matter.
        where: Path or name of the document, for messages.
    """

    name: str
    claim: str
    korean: str
    variants: tuple[Variant, ...]
    comparisons: tuple[Comparison, ...]
    title: str = ""
    number: int = 0
    notes: str = ""
    source: str = ""
    network: str = ""
    networks: tuple[Document, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    data: str = ""
    about: tuple[str, ...] = ()
    usual: tuple[str, Direction, Margin] = ("", "lower", Margin())
    quick: Budget = Budget()
    full: Budget = Budget(seeds=10)
    found: tuple[tuple[str, str], ...] = ()
    body: str = field(default="", compare=False)
    where: str = field(default="", compare=False)

    def variant(self, name: str) -> Variant:
        """Find a variant by its name.

        Raises:
            KeyError: No variant has this name.
        """
        for variant in self.variants:
            if variant.name == name:
                return variant
        raise KeyError(name)

    def measures_of(self, variant: str) -> tuple[str, ...]:
        """Name what is measured of a variant, each once."""
        asked = [one.measure for one in self.comparisons if one.compared == variant]
        asked += [one.other_measure for one in self.comparisons if one.other == variant]
        return tuple(dict.fromkeys(asked))

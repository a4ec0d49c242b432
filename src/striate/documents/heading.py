"""What stands on top of a document, read: `front_matter.py` reads it where there is any."""

from dataclasses import dataclass, field
from typing import final

from striate.errors import Fault
from striate.preparation import Preparation, TextPreparation
from striate.recipe import Recipe


@final
@dataclass(frozen=True, slots=True)
class Heading:
    """The front matter of a document, read.

    Args:
        name: The network's name; empty if the document does not give one.
        source: Where the table stands in print.
        data: Data set that it is trained on; empty if the document does not give one.
        preparation: How pictures become inputs; None if the document is silent.
        text: How sentences become inputs; None if the document is silent.
        recipe: How to train; None if the document is silent.
        input_line: Line of the preparation of pictures; None if the document is silent.
        text_line: Line of the preparation of sentences; None if the document is silent.
        recipe_line: Line of the recipe's loss, or of the recipe if it names none.
        has_loss: Whether the recipe names its loss.
        stated: Names of the fields that the recipe gives.
        faults: Everything that could not be read.
    """

    name: str = ""
    source: str = ""
    data: str = ""
    preparation: Preparation | None = None
    text: TextPreparation | None = None
    recipe: Recipe | None = None
    input_line: int | None = None
    text_line: int | None = None
    recipe_line: int | None = None
    has_loss: bool = False
    stated: frozenset[str] = frozenset()
    faults: tuple[Fault, ...] = field(default=())

"""A network document: the table, with all that is needed to train and to use it."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import final

from striate.arithmetic import Walk, walk
from striate.documents.augmentations import write_augmentation
from striate.documents.data_sets import Mention
from striate.errors import DocumentError, Fault, Remark
from striate.errors.augmentation import only_for_images
from striate.errors.recipes import means_do_not_fit_input, no_shares_of_words
from striate.errors.tables import row_not_computed
from striate.errors.words import Language
from striate.fine_tuning import tuning_faults
from striate.notebook import table_html
from striate.preparation import Preparation, TextPreparation, numbers_as_text
from striate.recipe import (
    Recipe,
    dropout_faults,
    fitting_losses,
    label_faults,
    loss_faults,
    window_faults,
)
from striate.shapes import Image, Words
from striate.table import Table


@final
@dataclass(frozen=True, repr=False)
class Document:
    """One network as its document states it.

    Args:
        name: Short name: lenet5.
        table: The rows.
        title: The heading over the table.
        source: Where the table stands in print.
        data: Data set that it is trained on where nobody names another; may be empty.
        preparation: How pictures become inputs.
        text: How sentences become inputs.
        recipe: How to train.
        body: The Markdown below the front matter, if this is the document's only network.
        where: Path or name of the document, for messages.
        line: Line of the table.
        recipe_line: Line of the recipe's loss, or of the recipe if it names none.
        reading_faults: What could not be read.
        remarks: What was inferred.
        training_faults: What of its training is not understood; training alone needs it.
        mention: The data set that the front matter names or, if it is silent, the text around the
            table, if that names exactly one.
        language: In which it is written.
        is_preparation_open: Whether the data may choose the preparation, for nobody has.
        stated_fields: Names of the fields of the recipe that the document gives; the others are defaults.
        chosen_fields: Names of those that the data has chosen, where no network was named.
        given_fields: Names of those that a flag, or an argument of a call, has given.
        other_names: What it is called besides: the class of a network in code, or the function that makes it.
    """

    name: str
    table: Table
    title: str = ""
    source: str = ""
    data: str = ""
    preparation: Preparation = Preparation()
    text: TextPreparation = TextPreparation()
    recipe: Recipe = Recipe()
    body: str = field(default="", compare=False)
    where: str = field(default="", compare=False)
    line: int | None = field(default=None, compare=False)
    recipe_line: int | None = field(default=None, compare=False)
    reading_faults: tuple[Fault, ...] = field(default=(), compare=False)
    mention: Mention | None = field(default=None, compare=False)
    remarks: tuple[Remark, ...] = field(default=(), compare=False)
    training_faults: tuple[Fault, ...] = field(default=(), compare=False)
    is_preparation_open: bool = field(default=False, compare=False)
    stated_fields: frozenset[str] = field(default=frozenset(), compare=False)
    chosen_fields: frozenset[str] = field(default=frozenset(), compare=False)
    given_fields: frozenset[str] = field(default=frozenset(), compare=False)
    other_names: tuple[str, ...] = field(default=(), compare=False)
    language: Language = field(default="en", compare=False)

    def __repr__(self) -> str:
        """Name the network, its input and the size of its table."""
        return f"<Document {self.name!r}: {len(self.table.rows)} rows, from {self.table.input}>"

    @property
    def heading(self) -> str:
        """What it is called where people read it: its title, or its name where it has none."""
        return self.title or self.name

    def _repr_html_(self) -> str:
        cells = (
            (
                report.row.name,
                type(report.row.layer).__name__,
                "?" if report.output is None else str(report.output),
                "?" if report.cost is None else report.cost.parameters,
            )
            for report in self.walk.reports
        )
        return table_html(("Layer", "Type", "Output", "Parameters"), cells, self.heading)

    @cached_property
    def walk(self) -> Walk:
        """The arithmetic on the table, made once."""
        return walk(self.table)

    @cached_property
    def faults(self) -> tuple[Fault, ...]:
        """Everything that keeps the network from being built, in the order of the lines."""
        found = [
            *self.reading_faults,
            *(
                replace(fault, line=self.line if fault.line is None else fault.line)
                for fault in self.walk.faults
            ),
            *(replace(fault, line=self.recipe_line or None) for fault in self._recipe_faults()),
            *(
                replace(fault, line=self.recipe_line or None)
                for fault in image_faults(self.table, self.recipe, self.preparation)
            ),
        ]
        unknown = next((one.row for one in self.walk.reports if one.output is None), None)
        if unknown is not None and not found:
            found.append(row_not_computed(unknown.name, unknown.line or self.line))
        return tuple(sorted(found, key=lambda fault: fault.line or 0))

    def sound_walk(self) -> Walk:
        """Walk the table, if a network can be built from it.

        Raises:
            DocumentError: It cannot; every fault is named.
        """
        faults = self.faults
        if faults:
            raise DocumentError(*faults)
        return self.walk

    def training_faults_beside(self, fields: Collection[str]) -> tuple[Fault, ...]:
        """Return what of the training is not understood once some fields of the recipe are given anew.

        Args:
            fields: Names of these fields; whoever gives an optimizer settles all that concerns it.
        """
        return tuple(
            fault for fault in self.training_faults if not _settling(fault.where) & set(fields)
        )

    def _recipe_faults(self) -> tuple[Fault, ...]:
        # Without a recipe of its own there is no loss that could contradict the table.
        is_read = all(fault.where != "loss" for fault in self.training_faults)
        is_asked = self.recipe_line is not None and is_read
        recipe = self.recipe
        losses = () if not is_asked else loss_faults(recipe, self.table)
        rows = tuning_faults(recipe.freeze, recipe.learning_rate_of, self.walk)
        return (*losses, *label_faults(recipe), *dropout_faults(recipe, self.table), *rows)


def _settling(where: str) -> set[str]:
    """Name the fields of the recipe that settle what of the training is not understood, once given."""
    if where.startswith("callbacks"):
        return {"epochs", "early_stopping"}
    if where.startswith("schedule"):
        return {"schedule"}
    argument = where.rpartition(", ")[2]
    if argument in {"label_smoothing", "weight", "class_weight"}:
        return {"label_smoothing"} if argument == "label_smoothing" else {"class_weights"}
    if where.startswith("fit"):
        return {"epochs"}
    return {"loss"} if where.startswith("loss") else {"optimizer"}


def image_faults(table: Table, recipe: Recipe, preparation: Preparation) -> tuple[Fault, ...]:
    """Report what is asked for images and cannot be done to what the table reads.

    Args:
        table: What it reads decides: an image, a vector, or words.
        recipe: Its augmentation and views.
        preparation: Its margin and mean.
    """
    if table.input is None or isinstance(table.input, Image):
        count, image = len(preparation.mean), table.input
        windows = window_faults(recipe, preparation.margin)
        if image is None or count in {0, 1, image.channels}:
            return windows
        return (*windows, means_do_not_fit_input(count, str(image), image.channels))
    means = (("mean", preparation.mean), ("std", preparation.std))
    asked = (
        ("augmentation", write_augmentation(recipe.augmentation), "none"),
        ("views", recipe.views, "one"),
        ("cutmix", f"{recipe.cutmix:g}", "0"),
        ("margin", str(preparation.margin), "0"),
        ("subtract", preparation.subtract, "nothing"),
        *((name, numbers_as_text(one), "one number") for name, one in means if len(one) > 1),
    )
    faults = [only_for_images(*one) for one in asked if one[1] != one[2]]
    if recipe.mixup and isinstance(table.input, Words):
        faults.append(no_shares_of_words("mixup", f"{recipe.mixup:g}"))
    return tuple(faults)


def document_of(
    table: Table, name: str = "network", preparation: Preparation | None = None
) -> Document:
    """Make a document from a table written in Python, with the usual recipe for its output.

    Args:
        table: The rows.
        name: Short name of the network.
        preparation: How pictures become inputs; chosen by the data, in training, when absent.
    """
    return Document(
        name,
        table,
        title=name,
        preparation=preparation or Preparation(),
        recipe=usual_recipe(table),
        is_preparation_open=preparation is None,
    )


def usual_recipe(table: Table) -> Recipe:
    """Return the recipe of a table that comes without one, with the loss that fits its last row.

    Of five recipes for the network of most tutorials this one erred least on each of six small data sets, by
    examples held out of their training parts (`scripts/default_recipe.py`, results/default-recipe.json).
    """
    losses = fitting_losses(table)
    if not losses:
        return Recipe()
    return Recipe(optimizer="adamw", learning_rate=0.002, warmup=0.1, batch_size=32, loss=losses[0])

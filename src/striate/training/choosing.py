"""Choose a network for data that comes without one, and say why."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import PIL.Image

from striate.data import Data, Source, find_source
from striate.data.images.decode import has_colors
from striate.data.images.listing import Listing
from striate.documents import Document, document_of
from striate.errors import DataError, TrainingError
from striate.errors.fault import counted
from striate.errors.training import augmentation_not_chosen, input_of_data, no_network_for
from striate.layers import FullyConnected, Input
from striate.networks import load
from striate.shapes import Features, Image, Shape
from striate.table import Claims, Row, Table


_SMALL, _LARGE, _SENTENCES = "color-cnn", "resnet9", "text-cnn"
_SIDES = (32, 64, 96, 128)
_LOOKED_AT = 200
_MANY, _LARGE_SIDE = 10_000, 32
_GRAY, _COLORED = 1, 3
_IMAGE_AXES = 4
_STEPS, _LEAST_EPOCHS, _MOST_EPOCHS = 1500, 10, 60
"""Steps that a small set is trained for, within these epochs."""


def choose_network(data: Data, given: Collection[str] = ()) -> tuple[Document, tuple[str, ...]]:
    """Choose a network for a data set by what its examples are, their size, colors, classes and number.

    Args:
        data: As `load_source` takes it.
        given: Fields of the recipe that somebody gives: nothing is said of them.

    Returns:
        The document, and what was chosen and why, a sentence each.

    Raises:
        DataError: There is no such data set, or it cannot be understood.
        TrainingError: No shipped network suits it.
    """
    return choose_for(find_source(data), given)


def load_for_data(
    network: str | Path, data: Data, given: Shape | None = None
) -> tuple[Document, tuple[str, ...]]:
    """Load a network; one that does not say what comes in takes what the data holds, if all of it fits then.

    Args:
        network: A shipped name, or a path.
        data: As `load_source` takes it.
        given: What comes in, where somebody says it.

    Returns:
        The document, and what was chosen.

    Raises:
        DocumentError: It is neither a name nor a file, or it does not name one network.
    """
    document = load(network, given)
    if given is not None or data is None or not document.faults:
        return document, ()
    try:
        found = find_source(data)
    except DataError:
        return document, ()  # named where it is read to be trained on
    if not isinstance(found, Source) or found.texts:
        return document, ()
    axes = tuple(found.train.images.shape[1:])
    shape = Image(*axes) if len(axes) == _IMAGE_AXES - 1 else Features(axes[0])
    sized = load(network, shape)
    if sized.faults:
        return document, ()
    return sized, (input_of_data(str(shape), found.name),)


def choose_for(
    found: Source | Listing, given: Collection[str] = ()
) -> tuple[Document, tuple[str, ...]]:
    """Choose a network for a data set that was found, as `choose_network` does."""
    if isinstance(found, Source) and found.texts:
        document, count = load(_SENTENCES), len(found.train)
        held_out = min(document.recipe.validation, count // 10)
        document = _chosen(document, validation=held_out)
        of = f"{counted(len(found.classes), 'class', 'classes')}, {count:,} to train on"
        return document, (_told(_SENTENCES, f"sentences; {of}"),)
    count = _training_examples(found)
    if isinstance(found, Source) and found.train.images.dim() != _IMAGE_AXES:
        if found.train.images.dim() != _IMAGE_AXES - 2:
            raise TrainingError(no_network_for(found.name, tuple(found.train.images.shape[1:])))
        return _perceptron(found.train.images.shape[1], len(found.classes), count, given)
    sides, is_colored = _looks(found)
    if not sides:
        raise TrainingError(no_network_for(found.name, ()))
    middle = sorted(sides)[len(sides) // 2]
    seen = f"{'colored' if is_colored else 'gray'} pictures of {_sizes(sides)} pixels"
    # Which of them can be decoded, and so how many there are in the end, is not known yet.
    listed = f"{counted(count, 'file')}" if isinstance(found, Listing) else f"{count:,}"
    of = f"{counted(len(found.classes), 'class', 'classes')}, {listed} to train on"
    if is_colored and set(sides) == {_LARGE_SIDE} and count >= _MANY:
        return load(_LARGE), (_told(_LARGE, f"{seen}; {of}, enough for a large network"),)
    side = min(_SIDES, key=lambda one: (abs(one - middle), one))
    document = _at(load(_SMALL), Image(_COLORED if is_colored else _GRAY, side, side))
    document = _chosen(document, epochs=_epochs(document, count))
    document, fitted = _fit_units(document, len(found.classes)), document.recipe
    reason = f"{seen}; {of}: read at {side}x{side}{_epochs_told(fitted.epochs, given)}"
    if "augmentation" in given:
        return document, (_told(_SMALL, reason),)
    return document, (_told(_SMALL, reason), augmentation_not_chosen(max(1, side // 16)))


def _epochs_told(epochs: int, given: Collection[str]) -> str:
    return "" if "epochs" in given else f", {epochs} epochs"


def _told(network: str, why: str) -> str:
    return f"No network was named: {network} is taken, for the data holds {why}."


def _sizes(sides: list[int]) -> str:
    low, high = min(sides), max(sides)
    return f"{low}" if low == high else f"{low} to {high}"


def _chosen(document: Document, **fields: int) -> Document:
    """Lay what the data chooses over a recipe."""
    recipe = replace(document.recipe, **fields)  # type: ignore[arg-type]
    return replace(document, recipe=recipe, chosen_fields=document.chosen_fields | set(fields))


def _epochs(document: Document, count: int) -> int:
    """Return so many epochs that a small set has enough steps, and a large one not too many."""
    steps = max(1, -(-count // document.recipe.batch_size))
    return min(_MOST_EPOCHS, max(_LEAST_EPOCHS, -(-_STEPS // steps)))


def _at(document: Document, image: Image) -> Document:
    """Give a network another input; what is claimed of its rows held for the first one."""
    rows = tuple(replace(row, claims=Claims()) for row in document.table.rows)
    rows = (replace(rows[0], layer=Input(image)), *rows[1:])
    return replace(document, table=Table(rows), body="")


def _fit_units(document: Document, classes: int) -> Document:
    *rows, last = document.table.rows
    if not isinstance(last.layer, FullyConnected):
        return document
    last = replace(last, layer=replace(last.layer, units=classes))
    return replace(document, table=Table((*rows, last)))


def _perceptron(
    values: int, classes: int, count: int, given: Collection[str]
) -> tuple[Document, tuple[str, ...]]:
    rows = (
        Row("input", Input(Features(values))),
        Row("hidden", FullyConnected(64), "ReLU"),
        Row("output", FullyConnected(classes), "softmax"),
    )
    document = document_of(Table(rows), "perceptron")
    document = _chosen(document, epochs=_epochs(document, count))
    why = (
        f"vectors of {counted(values, 'value')}; {counted(classes, 'class', 'classes')}, {count:,} to train on: a "
        f"hidden row of 64{_epochs_told(document.recipe.epochs, given)}"
    )
    return document, (_told("a perceptron", why),)


def _training_examples(found: Source | Listing) -> int:
    return len(found.train) if isinstance(found, Source) else len(found.items.of("train"))


def _looks(found: Source | Listing) -> tuple[list[int], bool]:
    """Return the smaller sides of some pictures, and whether more than a tenth of them has colors."""
    if isinstance(found, Source):
        images = found.train.images
        step = max(1, len(images) // _LOOKED_AT)
        some = images[::step]
        is_colored = images.shape[1] == _COLORED and _share(
            has_colors(picture.numpy()) for picture in some.permute(0, 2, 3, 1)
        )
        return [min(images.shape[2:])], is_colored
    items = found.items.of("train")
    sides, colored = [], []
    for at in range(0, len(items), max(1, len(items) // _LOOKED_AT)):
        try:
            with items[at].opened() as file, PIL.Image.open(file) as picture:
                sides.append(min(picture.size))
                # A palette may hold transparency, of which Pillow warns where it is lost at once.
                small = np.asarray(picture.convert("RGBA").convert("RGB").resize((16, 16)))
        except (OSError, ValueError, SyntaxError, PIL.Image.DecompressionBombError):
            continue  # named when it is read to be trained on
        colored.append(has_colors(small))
    return sides, _share(colored)


_TENTH = 0.1


def _share(are: Iterable[bool]) -> bool:
    values = list(are)
    return bool(values) and sum(values) > _TENTH * len(values)

"""Read a data set of Hugging Face's hub, through its own library, which is installed only on request.

The library downloads it once and keeps it; no code of a data set is run.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from io import BytesIO
from itertools import chain
from typing import IO, Any, final

import numpy as np

from striate.data.listing import SPLITS, Items, Listing, Split, class_names
from striate.data.sources.class_folders import divided
from striate.data.sources.split_names import plain_split
from striate.errors import DataError
from striate.errors.datasets import (
    hub_extra_missing,
    hub_failed,
    hub_without_labels,
    hub_without_pictures,
    no_training_pictures,
)


HUB = "hf:"

_LABELS = ("label", "labels", "fine_label", "class", "category")


@final
class _Row:
    """Opens the picture of one row."""

    def __init__(self, rows: Any, index: int, column: str) -> None:
        self.rows, self.index, self.column = rows, index, column

    def __call__(self) -> IO[bytes]:
        """Open the bytes as they were uploaded."""
        cell = self.rows[self.index][self.column]
        content = cell.get("bytes") if isinstance(cell, dict) else None
        if content is None and isinstance(cell, dict) and cell.get("path"):
            with open(cell["path"], "rb") as file:  # noqa: PTH123 - the library gives a text
                content = file.read()
        return BytesIO(content or b"")


def list_hub(name: str) -> Listing:
    """List the pictures of a data set on the hub.

    Args:
        name: `hf:owner/name`.

    Raises:
        DataError: The extra is not installed, the data set cannot be had, or it has no pictures.
    """
    try:
        library = import_module("datasets")
    except ImportError as error:
        raise DataError(hub_extra_missing(name)) from error
    splits = _loaded(name, library)
    known = {split: found for split in splits if (found := plain_split(split)) is not None}
    if "train" not in known.values():
        raise DataError(no_training_pictures(name))
    features = splits[next(iter(known))].features
    picture, label = _columns(name, features, library)
    labels = {split: [str(one) for one in splits[split][label]] for split in known}
    names = getattr(features[label], "names", None)
    classes = tuple(names) if names else class_names(chain(*labels.values()))
    indices = {str(at) if names else one: at for at, one in enumerate(classes)}
    rows = {
        split: splits[split].cast_column(picture, library.Image(decode=False)) for split in known
    }
    places = [
        (split, at, indices[key])
        for split in known
        for at, key in enumerate(labels[split])
        if key in indices
    ]

    def find(number: int) -> tuple[str, _Row]:
        split, at, _ = places[number]
        return f"{name}, {split} {at:,}", _Row(rows[split], at, picture)

    items = _items(places, known, find)
    left_out = [f"split {split}" for split in splits if split not in known]
    unlabelled = sum(map(len, labels.values())) - len(items)
    left_out += [f"rows without a label: {unlabelled:,}"] if unlabelled else []
    given = f"by the splits {', '.join(known)}"
    return divided(Listing(name, name, classes, items, given, tuple(left_out)))


def _items(
    places: Sequence[tuple[str, int, int]],
    known: Mapping[str, Split],
    find: Callable[[int], tuple[str, _Row]],
) -> Items:
    """Give the pictures of rows, each told by its split there, its place in it, and its label."""
    return Items(
        [f"{split}/{at:09}" for split, at, _ in places],
        np.array([label for *_, label in places], np.int64),
        np.array([SPLITS.index(known[split]) for split, *_ in places], np.int8),
        np.arange(len(places)),
        find,
    )


def _loaded(name: str, library: Any) -> dict[str, Any]:
    try:
        return dict(library.load_dataset(name.removeprefix(HUB)))
    # Broad: the library raises errors of its own and of half a dozen others it is made of.
    except Exception as error:
        said = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        raise DataError(hub_failed(name, said)) from error


def _columns(name: str, features: Any, library: Any) -> tuple[str, str]:
    """Find the columns of pictures and of labels."""
    columns = list(features)
    picture = next((one for one in columns if isinstance(features[one], library.Image)), None)
    if picture is None:
        raise DataError(hub_without_pictures(name, columns))
    label = next((one for one in _LABELS if one in columns), None)
    if label is None:
        raise DataError(hub_without_labels(name, columns))
    return picture, label

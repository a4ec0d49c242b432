"""Read a data set of Hugging Face's hub, through its own library, which is installed only on request.

The library downloads it once and keeps it; no code of a data set is run.
"""

from importlib import import_module
from io import BytesIO
from typing import IO, Any, final

from striate.data.listing import Item, Listing, Split, class_names
from striate.data.picture_folders import SPLIT_NAMES, divided
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
    try:
        splits = dict(library.load_dataset(name.removeprefix(HUB)))
    # Broad: the library raises errors of its own and of half a dozen others it is made of.
    except Exception as error:
        said = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        raise DataError(hub_failed(name, said)) from error
    known = {split: SPLIT_NAMES[split] for split in splits if split in SPLIT_NAMES}
    chosen = {split: splits[split] for split in known}
    if "train" not in known.values():
        raise DataError(no_training_pictures(name))
    first = next(iter(chosen.values()))
    columns = list(first.features)
    picture = next((one for one in columns if isinstance(first.features[one], library.Image)), None)
    if picture is None:
        raise DataError(hub_without_pictures(name, columns))
    label = next((one for one in _LABELS if one in columns), None)
    if label is None:
        raise DataError(hub_without_labels(name, columns))
    names = getattr(first.features[label], "names", None)
    said_labels = {split: [str(one) for one in rows[label]] for split, rows in chosen.items()}
    keys = [key for labels in said_labels.values() for key in labels]
    classes = tuple(names) if names else class_names(keys)
    indices = {str(at) if names else one: at for at, one in enumerate(classes)}
    items = [
        item
        for split, rows in chosen.items()
        for item in _items(
            name,
            (split, known[split]),
            rows.cast_column(picture, library.Image(decode=False)),
            picture,
            [indices.get(one, -1) for one in said_labels[split]],
        )
    ]
    left_out = [f"split {split}" for split in splits if split not in known]
    unlabelled = sum(item.label < 0 for item in items)
    left_out += [f"{unlabelled:,} rows without a label"] if unlabelled else []
    return divided(
        Listing(
            name,
            name,
            classes,
            tuple(item for item in items if item.label >= 0),
            f"by the splits {', '.join(known)}",
            tuple(left_out),
        )
    )


def _items(
    name: str, split: tuple[str, Split], rows: Any, column: str, labels: list[int]
) -> list[Item]:
    said, meant = split
    return [
        Item(
            f"{said}/{index:09}",
            label,
            meant,
            f"{name}, {said} {index:,}",
            _Row(rows, index, column),
        )
        for index, label in enumerate(labels)
    ]

"""Read a data set of Hugging Face's hub, through its own library, which is installed only on request.

The library downloads it once and keeps it; no code of a data set is run.
"""

from collections.abc import Sequence
from importlib import import_module
from io import BytesIO
from typing import IO, Any, final

from striate.data.images.listing import Listing
from striate.data.sources.picture_rows import PictureRow, list_rows
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
class _Picture:
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
    names: Sequence[str] = getattr(features[label], "names", None) or ()
    rows: list[PictureRow] = []
    for told, split in known.items():
        pictures = splits[told].cast_column(picture, library.Image(decode=False))
        rows += [
            PictureRow(
                f"{told}/{number:09}",
                f"{name}, {told} {number:,}",
                _class_of(cell, names),
                split,
                _Picture(pictures, number, picture),
            )
            for number, cell in enumerate(splits[told][label])
        ]
    left_out = [f"split {told}" for told in splits if told not in known]
    return list_rows(name, name, rows, names, f"by the splits {', '.join(known)}", left_out)


def _class_of(cell: object, names: Sequence[str]) -> str:
    """Return the name of a class; nothing for a number that has none, as -1 where labels are kept back."""
    if not names:
        return "" if cell is None else str(cell)
    return names[cell] if isinstance(cell, int) and 0 <= cell < len(names) else ""


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

"""Pandas frames of pictures: arrays, images of Pillow, or paths of files, beside their classes."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image

from striate.data.examples import Source
from striate.data.images.listing import Listing, Split, composed
from striate.data.images.scan import ending
from striate.data.sources.columns import Heading, choose_label, choose_split
from striate.data.sources.found_pictures import PICTURE_NAMES
from striate.data.sources.npz import Array, arrays_source
from striate.data.sources.picture_rows import PictureRow, list_rows
from striate.data.user_files import open_file
from striate.errors import DataError
from striate.errors.datasets import dataset_of_several_sizes
from striate.errors.label_tables import unknown_split


_WHERE = "data frame"
_IMAGE = 2
_ARRAYS = {
    "train": ("x_train", "y_train"),
    "validation": ("x_val", "y_val"),
    "test": ("x_test", "y_test"),
}


def picture_frame(frame: Any) -> Source | Listing | None:
    """Make a data set of a frame with a column of pictures and one of classes, and perhaps of splits.

    Returns:
        The data set; None where no column holds pictures.

    Raises:
        DataError: Pictures have several sizes, or nothing tells their classes.
    """
    rows = list(frame.itertuples(index=False, name=None))
    names = [str(name) for name in frame.columns]
    columns = range(len(names))
    at = next((one for one in columns if rows and all(_is_image(row[one]) for row in rows)), None)
    is_path = at is None
    if is_path:
        at = next(
            (one for one in columns if rows and all(_is_path(row[one]) for row in rows)), None
        )
    if at is None:
        return None
    written = [["" if one == at else _text(cell) for one, cell in enumerate(row)] for row in rows]
    heading = Heading(_WHERE, names, written)
    by_split = choose_split(heading, {}, at)
    choice = choose_label(heading, {}, (at, by_split.column if by_split else None))
    labels = [composed(choice.label(heading, row)) for row in written]
    splits: list[Split] = []
    for number, row in enumerate(written, start=1):
        split = by_split.split(row) if by_split else "train"
        if split is None:
            raise DataError(
                unknown_split(f"{_WHERE}, row {number:,}", row[by_split.column] if by_split else "")
            )
        splits.append(split)
    said = f"by the column {names[by_split.column]!r}" if by_split else ""
    note = f"pictures from {names[at]!r}, {choice.said(heading)}"
    if is_path:
        listed = [
            PictureRow(
                f"{number:09}", str(row[at]), label, split, partial(open_file, Path(row[at]))
            )
            for number, (row, label, split) in enumerate(zip(rows, labels, splits, strict=True))
        ]
        return list_rows(_WHERE, _WHERE, listed, (), said, notes=(note,))
    return arrays_source("arrays", _WHERE, _arrays([row[at] for row in rows], labels, splits))


def _text(cell: object) -> str:
    """Return a cell as text; nothing for None and pandas' NaN."""
    return "" if cell is None or cell != cell else str(cell)  # noqa: PLR0124 - what NaN is known by


def _is_image(cell: object) -> bool:
    return isinstance(cell, PIL.Image.Image) or getattr(cell, "ndim", 0) >= _IMAGE


def _is_path(cell: object) -> bool:
    return isinstance(cell, str | Path) and ending(Path(cell).name) in PICTURE_NAMES


def _arrays(
    images: Sequence[Any], labels: Sequence[str], splits: Sequence[Split]
) -> dict[str, Array]:
    """Return images and labels of each split by the names that arrays have; those of one split are the whole."""
    read = [np.asarray(image) for image in images]
    sizes = {"x".join(map(str, image.shape)) for image in read}
    if len(sizes) > 1:
        raise DataError(dataset_of_several_sizes(sorted(sizes)))
    found: dict[str, Array] = {}
    for split in dict.fromkeys(splits):
        chosen = [at for at, one in enumerate(splits) if one == split]
        keys = _ARRAYS[split] if len(set(splits)) > 1 else ("x", "y")
        found[keys[0]] = np.array([read[at] for at in chosen])
        found[keys[1]] = np.array([labels[at] for at in chosen])
    return found

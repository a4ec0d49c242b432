"""Pictures that are rows of a table: a class beside the values of all pixels, as MNIST is shared in CSV."""

import csv
import io
import math
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, final

import numpy as np
import numpy.typing as npt

from striate.data.examples import Source
from striate.data.images.listing import Split
from striate.data.sources.columns import Heading, choose_label, choose_split, known_headings
from striate.data.sources.npz import arrays_source
from striate.data.user_files import decoded, open_file, read_unpacked
from striate.errors import DataError
from striate.errors.label_tables import pixels_without_classes, row_not_of_pixels, unknown_split


# A picture has at least as many pixels; as many columns of small numbers are nothing else.
_LEAST_PIXELS = 25
_COLORS = 3
_LARGEST = 255
_HEAD_BYTES = 2**20
_NUMBER = r"\d+(?:\.\d*)?(?:e[+-]?\d+)?"
_NUMBERS = re.compile(rf"{_NUMBER}(?:[ ,;\t]+{_NUMBER})*")


@final
class _Pictures(NamedTuple):
    """The rows of a table.

    Args:
        images: Bytes, or fractions where some are, rows x height x width, with three channels last where there are as many.
        labels: Class of each row, as it is written; None where the table has none.
        splits: What each is for; None where the file says it.
        said: What was read as what, in words.
    """

    images: npt.NDArray[np.generic]
    labels: list[str] | None
    splits: list[Split | None] | None
    said: str


def holds_pixels(path: Path) -> bool:
    """Whether the first rows of a CSV file are pixels of square pictures, beside a class or without one."""
    if path.suffix.lower() != ".csv":
        return False
    try:
        with open_file(path) as file:
            lines = file.read(_HEAD_BYTES).decode("utf-8-sig", "replace").splitlines()
    except (DataError, OSError):
        return False
    rows = list(csv.reader(io.StringIO("\n".join(lines[:2]))))
    return len(rows) > 1 and _pixel_columns(rows[1], rows[0]) is not None


def read_pixel_tables(name: str, files: Sequence[tuple[Split, Path]]) -> Source:
    """Read pictures of tables.

    Args:
        name: What the data set is called.
        files: One file, for training, or one of each split.

    Raises:
        DataError: A row is unlike the others, or nothing tells the classes.
    """
    read = {path: (split, _read(path)) for split, path in files}
    arrays: dict[str, npt.NDArray[np.generic]] = {}
    ignored: list[str] = []
    for path, (split, found) in read.items():
        if found.labels is None and len(files) == 1:
            raise DataError(pixels_without_classes(str(path)))
        if found.labels is None:
            ignored.append(f"table {path.name}: no column of classes")
            continue
        labels = np.array(_numbers(found.labels))
        splits: list[Split] = [split] * len(labels)
        if found.splits is not None:
            unknown = found.splits.index(None) if None in found.splits else None
            if unknown is not None:
                raise DataError(unknown_split(f"{path}, row {unknown + 1:,}", ""))
            splits = [one for one in found.splits if one is not None]
        for part in dict.fromkeys(splits):
            chosen = np.array([one == part for one in splits])
            short = {"train": "train", "validation": "val", "test": "test"}[part]
            for letter, values in (("x", found.images), ("y", labels)):
                key = f"{letter}_{short}"
                before = [arrays[key]] if key in arrays else []
                arrays[key] = np.concatenate([*before, values[chosen]])
    source = arrays_source(name, str(files[0][1]), arrays)
    notes = tuple(found.said for _, found in read.values())
    origin = replace(source.origin, ignored=tuple(ignored), notes=(*notes, *source.origin.notes))
    return replace(source, origin=origin)


def _numbers(labels: Sequence[str]) -> list[int] | list[str]:
    """Return classes as numbers where all are whole."""
    try:
        numbers = [float(label) for label in labels]
    except ValueError:
        return list(labels)
    return list(map(int, numbers)) if all(map(float.is_integer, numbers)) else list(labels)


def _pixel_columns(cells: Sequence[str], first: Sequence[str]) -> list[int] | None:
    """Return the columns of pixels in a row: one that holds all, or nearly all columns; None where there are none.

    Args:
        cells: The row.
        first: The first row, which may say which column is that of the classes.
    """
    texts = [at for at, cell in enumerate(cells) if cell.count(" ") >= _LEAST_PIXELS - 1]
    if len(texts) == 1 and _NUMBERS.fullmatch(cells[texts[0]].strip()):
        return texts
    called = [at for at, name in enumerate(first[: len(cells)]) if known_headings([name])]
    for others in (called, [], [0], [len(cells) - 1]):
        rest = [at for at in range(len(cells)) if at not in others]
        if _side(len(rest)) and _NUMBERS.fullmatch(",".join(cells[at].strip() for at in rest)):
            return rest
    return None


def _side(pixels: int) -> tuple[int, ...] | None:
    """Return height, width and channels of square pictures of so many values."""
    if pixels < _LEAST_PIXELS:
        return None
    for channels in (1, _COLORS):
        side = math.isqrt(pixels // channels)
        if side * side * channels == pixels:
            return (side, side) if channels == 1 else (side, side, channels)
    return None


def _read(path: Path) -> _Pictures:
    text = decoded(read_unpacked(path), str(path))
    rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    columns = _pixel_columns(rows[1], rows[0]) or []
    has_headings = _pixel_columns(rows[0], rows[0]) is None
    cells = rows[1:] if has_headings else rows
    names = rows[0] if has_headings else [f"column {at + 1}" for at in range(len(rows[0]))]
    images = _images(path, cells, columns, 1 + has_headings)
    others = [at for at in range(len(names)) if at not in set(columns)]
    kept = [[row[at] for at in others] for row in cells]
    heading = Heading(str(path), [names[at] for at in others], kept)
    by_split = choose_split(heading, {}, None)
    labels = None
    size = "x".join(map(str, images.shape[1:]))
    place = f"{len(columns):,} columns" if len(columns) > 1 else repr(names[columns[0]])
    said = f"{path.name}: pictures of {size} from {place}"
    if others:
        choice = choose_label(heading, {}, (by_split.column if by_split else None,))
        labels = [choice.label(heading, row) for row in kept]
        said += f", {choice.said(heading)}"
    # EMNIST's files, and the tables that were made from them, hold pictures mirrored at their diagonal.
    if "emnist" in path.name.casefold():
        images = np.ascontiguousarray(images.swapaxes(1, 2))
        said += "; mirrored at their diagonal, and turned upright"
    splits = [by_split.split(row) for row in kept] if by_split else None
    return _Pictures(images, labels, splits, said)


def _images(
    path: Path, rows: Sequence[Sequence[str]], columns: Sequence[int], first: int
) -> npt.NDArray[np.generic]:
    """Return the pixels of rows: as bytes, or as they are written where some are no whole numbers.

    Raises:
        DataError: A row has other numbers of pixels, or values that are none.
    """
    is_one = len(columns) == 1
    count = len(rows[0][columns[0]].split()) if is_one else len(columns)
    images: npt.NDArray[np.generic] = np.empty((len(rows), count), np.uint8)
    for at, row in enumerate(rows):
        try:
            written = row[columns[0]].split() if is_one else [row[column] for column in columns]
            values = np.array(written, np.float64)
        except (ValueError, IndexError):
            values = np.empty(0)
        if len(values) != count or not bool(((values >= 0) & (values <= _LARGEST)).all()):
            raise DataError(row_not_of_pixels(f"{path}, row {at + first:,}", count))
        if images.dtype == np.uint8 and bool((values % 1).any()):
            images = images.astype(np.float32)
        images[at] = values
    return images.reshape(len(rows), *(_side(count) or (1, count)))

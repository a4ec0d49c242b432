"""Pictures that lie in the rows of a table, each beside its class: of Parquet, or of a data set of the hub."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import IO, NamedTuple, final

import numpy as np

from striate.data.images.listing import (
    NEARBY,
    SPLITS,
    Items,
    Listing,
    Split,
    class_names,
    composed,
    plain_labels,
)
from striate.data.sources.class_folders import divided
from striate.data.sources.columns import Given, Heading, choose_label, choose_split
from striate.data.sources.parquet import PictureTable, read_beside_pictures
from striate.errors import DataError, Fault
from striate.errors.datasets import no_training_pictures
from striate.errors.label_tables import unknown_split


_BUFFER_BYTES = 2**26
"""Bytes of rows between which a stream is shuffled: groups of rows are read as wholes, and must stay in memory so long."""


@final
class PictureRow(NamedTuple):
    """A row with a picture in it.

    Args:
        name: Sorts it among the others, and is that of no other.
        where: What it is called in messages.
        label: Its class; empty where none is known.
        split: What it is for.
        opened: Opens its bytes.
    """

    name: str
    where: str
    label: str
    split: Split
    opened: Callable[[], IO[bytes]]


def list_rows(
    name: str,
    where: str,
    rows: Sequence[PictureRow],
    classes: Sequence[str],
    split: str,
    ignored: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> Listing:
    """List pictures of rows; those without a class are left out, and counted.

    Args:
        name: What the data set is called.
        where: Where it lies, in messages.
        rows: All of them.
        classes: Names of the classes in their order; by their names when empty.
        split: How the splits were told, in words; empty where they were not.
        ignored: What was left out, in words.
        notes: What a person should know of it.
    """
    known = [row for row in rows if row.label]
    names = tuple(classes) or class_names(row.label for row in known)
    indices = {label: index for index, label in enumerate(names)}
    items = Items(
        [row.name for row in known],
        np.array([indices[row.label] for row in known], np.int64),
        np.array([SPLITS.index(row.split) for row in known], np.int8),
        np.arange(len(known)),
        lambda number: (known[number].where, known[number].opened),
    )
    unlabelled = len(rows) - len(known)
    left_out = (*ignored, *([f"rows without a label: {unlabelled:,}"] if unlabelled else ()))
    return divided(Listing(name, where, names, items, split, left_out, notes=tuple(notes)))


def list_picture_tables(name: str, files: Sequence[tuple[Split, Path]], given: Given) -> Listing:
    """List the pictures of Parquet files.

    Args:
        name: What the data set is called.
        files: One file, for training, whose rows may say what they are for; or files of each split.
        given: Headings that the user chose.

    Raises:
        DataError: A file cannot be read, or does not tell what its pictures show; all faults are named.
    """
    rows: list[PictureRow] = []
    groups: list[int] = []
    row_bytes: list[float] = []
    notes: list[str] = []
    faults: list[Fault] = []
    by_column = ""
    for split, path in files:
        try:
            table = read_beside_pictures(path)
            labelled, columns, by_column = _labelled(table, split, given)
        except DataError as error:
            faults += error.faults
            continue
        first = groups[-1] + 1 if groups else 0
        groups += [first + table.group_of(row) for row in range(len(labelled))]
        row_bytes += [table.row_bytes]
        rows += labelled
        notes.append(columns)
    if faults:
        raise DataError(*faults)
    if not any(row.split == "train" for row in rows):
        raise DataError(no_training_pictures(str(files[0][1])))
    written = list({row.label for row in rows if row.label})
    plain = dict(zip(written, plain_labels(written), strict=True))
    rows = [row._replace(label=plain.get(row.label, "")) for row in rows]
    names = ", ".join(path.name for _, path in files)
    said = f"by the files {names}" if len(files) > 1 else by_column
    listing = list_rows(name, str(files[0][1]), rows, (), said, notes=notes)
    shards = np.array([at for at, row in zip(groups, rows, strict=True) if row.label], np.int64)
    nearby = max(1, min(NEARBY, int(_BUFFER_BYTES / max(*row_bytes, 1.0))))
    return replace(listing, shards=shards, nearby=nearby)


def _labelled(table: PictureTable, split: Split, given: Given) -> tuple[list[PictureRow], str, str]:
    """Return the rows of a file, which columns were read, and which one tells the splits, in words."""
    path, picture = table.path, table.headings.index(table.column)
    written = [["" if cell is None else str(cell) for cell in row] for row in table.rows]
    heading = Heading(str(path), table.headings, written)
    by_split = choose_split(heading, given, picture)
    label = choose_label(heading, given, (picture, by_split.column if by_split else None))
    rows: list[PictureRow] = []
    for number, texts in enumerate(written, start=1):
        where = f"{path}, row {number:,}"
        meant = by_split.split(texts) if by_split else split
        if meant is None:
            raise DataError(unknown_split(where, texts[by_split.column] if by_split else ""))
        of_row = composed(label.label(heading, texts))
        opened = partial(_opened, table, number - 1)
        rows.append(PictureRow(f"{path.name}/{number:09}", where, of_row, meant, opened))
    said = f"{path.name}: pictures from {heading.names[picture]!r}, {label.said(heading)}"
    return rows, said, f"by the column {heading.names[by_split.column]!r}" if by_split else ""


def _opened(table: PictureTable, row: int) -> IO[bytes]:
    return BytesIO(table.picture(row))

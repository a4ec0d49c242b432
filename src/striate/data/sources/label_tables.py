"""Read a folder of pictures whose classes stand in a table: CSV or TSV, one row a picture."""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import final

import numpy as np

from striate.data.images.scan import ending
from striate.data.listing import SPLITS, Items, Listing, Split, class_names, composed
from striate.data.sources.class_folders import SPLIT_NAMES, Found, divided, in_words, is_table
from striate.data.user_files import read_unpacked
from striate.errors import DataError, Fault
from striate.errors.datasets import (
    no_training_pictures,
    one_class,
    picture_named_twice,
    row_without_label,
    row_without_picture,
    several_label_files,
    table_not_text,
    unknown_split,
)


# Names of columns, written small and with `_` between words.
FILE_NAMES = frozenset(
    [
        "file",
        "files",
        "filename",
        "file_name",
        "filepath",
        "file_path",
        "filepaths",
        "path",
        "image",
        "images",
        "image_path",
        "image_name",
        "image_id",
        "img",
        "picture",
        "id",
    ]
)
LABEL_NAMES = frozenset(
    ["label", "labels", "class", "classes", "class_name", "category", "target", "y"]
)
SPLIT_COLUMNS = frozenset(["split", "set", "subset", "partition", "data_set", "dataset"])


@final
@dataclass(frozen=True, slots=True)
class _Columns:
    file: int
    label: int
    split: int | None
    has_header: bool


@final
@dataclass(frozen=True, slots=True)
class _Table:
    """A file of labels.

    Args:
        path: The file.
        columns: Where to find what.
        rows: Line and cells of each row that is not empty.
        split: What all rows are for, where the name of the file says it.
    """

    path: Path
    columns: _Columns
    rows: tuple[tuple[int, list[str]], ...]
    split: Split | None


@final
@dataclass(frozen=True, slots=True)
class _Row:
    """What a row says.

    Args:
        where: The row, in messages.
        at: Which picture it is about.
        label: Its class.
        split: What it is for.
    """

    where: str
    at: int
    label: str
    split: Split


def list_labelled(folder: Path, found: Found) -> Listing | None:
    """Understand a folder with a table of labels, or tables called as the splits.

    Args:
        folder: As the user gave it; its last part is the data set's name.
        found: Its pictures.

    Returns:
        The pictures that the tables name; None where there is no table of files and labels.

    Raises:
        DataError: A table cannot be read, there is more than one, or it leaves nothing to train on.
    """
    tables = _tables(found)
    if not tables:
        return None
    rows, faults = _read_all(tables, found)
    where = str(folder)
    if not any(row.split == "train" for row in rows):
        raise DataError(*(faults or [no_training_pictures(where)]))
    classes = class_names(row.label for row in rows)
    if len(classes) == 1:
        raise DataError(*(faults or [one_class(where, classes[0])]))
    unnamed = len(found.numbers) - len(rows)
    names = ", ".join(table.path.name for table in tables)
    ignored = found.ignored - Counter(table.path.suffix.lower() for table in tables)
    ignored[f"pictures that {names} does not name"] = unnamed
    has_split = any(table.split or table.columns.split is not None for table in tables)
    return divided(
        Listing(
            folder.resolve().name,
            where,
            classes,
            _items(found, rows, classes),
            f"by {names}" if has_split else "",
            in_words(ignored),
            tuple(faults),
            found.index,
        )
    )


def _items(found: Found, rows: list[_Row], classes: tuple[str, ...]) -> Items:
    indices = {name: index for index, name in enumerate(classes)}
    return Items(
        [found.names[row.at] for row in rows],
        np.array([indices[row.label] for row in rows], np.int64),
        np.array([SPLITS.index(row.split) for row in rows], np.int8),
        found.numbers[[row.at for row in rows]],
        found.find,
    )


def _tables(found: Found) -> list[_Table]:
    files = sorted(path for path in found.root.iterdir() if is_table(path))
    named = [path for path in files if path.stem.casefold() == "labels"]
    tables = [table for path in named or files if (table := _table(path, found)) is not None]
    if len(tables) > 1 and not all(table.split for table in tables):
        raise DataError(several_label_files(str(found.root), [one.path.name for one in tables]))
    return tables


def _table(path: Path, found: Found) -> _Table | None:
    try:
        text = read_unpacked(path).decode("utf-8-sig")
        first = text.split("\n", 1)[0]
        marks = "\t" if path.suffix.lower() == ".tsv" else max(",;\t", key=first.count)
        reader = csv.reader(StringIO(text, newline=""), delimiter=marks, strict=True)
        rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(table_not_text(str(path), str(error))) from error
    columns = _columns(rows[0][1], _places(found)) if rows else None
    if columns is None:
        return None
    split = SPLIT_NAMES.get(path.stem.casefold())
    return _Table(path, columns, tuple(rows[columns.has_header :]), split)


def _columns(header: list[str], places: Mapping[str, int | None]) -> _Columns | None:
    names = ["_".join(cell.casefold().replace("-", " ").split()) for cell in header]

    def column(known: frozenset[str]) -> int | None:
        return next((at for at, name in enumerate(names) if name in known), None)

    file, label = column(FILE_NAMES), column(LABEL_NAMES)
    if file is not None and label is not None:
        return _Columns(file, label, column(SPLIT_COLUMNS), has_header=True)
    # Without a header, the first row is about a picture already.
    if len(header) > 1 and _key(header[0]) in places:
        return _Columns(0, 1, 2 if len(header) > 2 else None, has_header=False)  # noqa: PLR2004
    return None


def _places(found: Found) -> dict[str, int | None]:
    """Give each picture by its path and by its name; None where several bear the name."""
    places: dict[str, int | None] = {}
    for at, path in enumerate(found.names):
        last = path.rpartition("/")[2]
        for name in {last, last[: len(last) - len(ending(last))]}:
            places[name] = None if name in places else at
    # Last, so that a path is never hidden by a name.
    places |= {path: at for at, path in enumerate(found.names)}
    return places


def _key(cell: str) -> str:
    return composed(cell.strip().replace("\\", "/").removeprefix("./"))


def _read_all(tables: list[_Table], found: Found) -> tuple[list[_Row], list[Fault]]:
    places = _places(found)
    read = [one for table in tables for one in _read(table, places)]
    rows, repeated = _once([one for one in read if isinstance(one, _Row)], found)
    return rows, [one for one in read if isinstance(one, Fault)] + repeated


def _read(table: _Table, places: Mapping[str, int | None]) -> Iterator[_Row | Fault]:
    columns = table.columns
    for line, cells in table.rows:
        where = f"{table.path}, line {line}"

        def cell(column: int | None, cells: list[str] = cells) -> str:
            return cells[column].strip() if column is not None and column < len(cells) else ""

        at = places.get(_key(cell(columns.file)))
        label = composed(cell(columns.label))
        split = table.split or ("train" if columns.split is None else None)
        if columns.split is not None:
            split = SPLIT_NAMES.get(cell(columns.split).casefold())
        if at is None:
            yield row_without_picture(where, cell(columns.file))
        elif not label:
            yield row_without_label(where, cell(columns.file))
        elif split is None:
            yield unknown_split(where, cell(columns.split))
        else:
            yield _Row(where, at, label, split)


def _once(rows: list[_Row], found: Found) -> tuple[list[_Row], list[Fault]]:
    """Keep the first row about each picture, and report the others."""
    first: dict[int, _Row] = {}
    faults = []
    for row in rows:
        kept = first.setdefault(row.at, row)
        if kept is not row:
            name = found.index.files.names[found.numbers[row.at]].rpartition("/")[2]
            faults.append(picture_named_twice(row.where, name, kept.where, (kept.label, row.label)))
    return list(first.values()), faults

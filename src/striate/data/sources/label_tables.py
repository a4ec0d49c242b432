"""Read a folder of pictures whose classes stand in a table: CSV, TSV, JSON or TXT, one row a picture."""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import final

import numpy as np

from striate.data.images.listing import (
    SPLITS,
    Items,
    Listing,
    Split,
    class_names,
    composed,
    plain_labels,
)
from striate.data.images.scan import ending
from striate.data.sources.class_folders import divided
from striate.data.sources.columns import (
    Choice,
    Given,
    Heading,
    SplitColumn,
    choose_file,
    choose_label,
    choose_split,
)
from striate.data.sources.folder_layouts import understand
from striate.data.sources.found_pictures import Found, Unclear, in_words, others, stepped_into
from striate.data.sources.named_pictures import NamedPictures
from striate.data.sources.rows import read_rows
from striate.data.sources.split_names import plain_split, same_rests, settle, split_name
from striate.data.user_files import decoded, read_unpacked
from striate.errors import DataError, Fault
from striate.errors.datasets import no_training_pictures
from striate.errors.label_tables import (
    picture_named_twice,
    row_with_more_cells,
    row_without_label,
    row_without_picture,
    several_label_files,
    table_not_text,
    table_of_no_pictures,
    unknown_split,
)
from striate.errors.texts import json_no_rows


SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".txt")

# Files that are often about something else, which is then no fault.
_QUIET = {".txt", ".json"}
_OBJECTS = {".jsonl", ".ndjson", ".json"}

# Tables that are read at most, for a folder may hold one beside each picture.
_MOST_TABLES = 50
_MOST_NAMED = 12


@final
@dataclass(frozen=True, slots=True)
class _Columns:
    file: int
    label: Choice
    split: SplitColumn | None

    @property
    def used(self) -> set[int]:
        """Columns that say something."""
        of_split = {self.split.column} if self.split else set()
        return {self.file, *self.label.columns, *of_split}


@final
@dataclass(frozen=True, slots=True)
class _Table:
    """A file of labels.

    Args:
        path: The file.
        name: Its path below the root.
        heading: Its headings and rows.
        lines: Line of each row.
        pictures: The picture that each row names, if any.
        columns: Where to find what.
        split: What all rows are for, where the name of the file or its folder says it.
        recased: Rows that name a picture in other small and capital letters than its own.
        too_wide: Lines of rows that have cells below no heading.
    """

    path: Path
    name: str
    heading: Heading
    lines: Sequence[int]
    pictures: Sequence[int | None]
    columns: _Columns
    split: Split | None
    recased: int
    too_wide: frozenset[int]

    @property
    def unused(self) -> list[str]:
        """Headings of columns that say nothing about classes."""
        used = self.columns.used
        return [name for at, name in enumerate(self.heading.names) if at not in used and name]


@final
@dataclass(frozen=True, slots=True)
class _Row:
    """What a row says.

    Args:
        where: The row, in messages.
        picture: Which picture it is about.
        label: Its class.
        split: What it is for.
    """

    where: str
    picture: int
    label: str
    split: Split


def list_labelled(folder: Path, found: Found, given: Given) -> Listing | tuple[Unclear, ...]:
    """Understand a folder with a table of labels, or tables called as the splits.

    Args:
        folder: As the user gave it; its last part is the data set's name.
        found: Its pictures.
        given: Headings that the user chose.

    Returns:
        The pictures that the tables name; tables that were not understood where none was.

    Raises:
        DataError: A table cannot be read, is about the pictures and cannot be understood, or there is
            more than one.
    """
    tables, unclear = _tables(found, given)
    if not tables:
        return unclear
    beside = () if given.keys() & {"file", "label"} else _beside_classes(found, tables)
    if beside:
        return (*unclear, *beside)
    rows, faults = _read_all(tables, found)
    where = str(folder)
    if not rows:
        raise DataError(*(faults or [no_training_pictures(where)]))
    classes = class_names(row.label for row in rows)
    names = ", ".join(table.name for table in tables)
    ignored = found.ignored - Counter(ending(table.path.name) for table in tables)
    ignored -= Counter(ending(one.path_below(found.folder)) for one in unclear)
    read = {table.path.relative_to(found.folder).as_posix() for table in tables}
    read |= {one.path_below(found.folder) for one in unclear}
    ignored[f"pictures that {names} does not name"] = len(found.numbers) - len(rows)
    has_split = any(table.split or table.columns.split is not None for table in tables)
    unused = [
        f"columns of {table.name}: {', '.join(table.unused[:_MOST_NAMED])}"
        for table in tables
        if table.unused
    ]
    return divided(
        Listing(
            folder.resolve().name,
            where,
            classes,
            _items(found, rows, classes),
            f"by {names}" if has_split else "",
            (*in_words(ignored, others(found, read)), *unused, *(one.said for one in unclear)),
            tuple(faults),
            found.index,
            (*(_read_as(table) for table in tables), *_unlike_folders(found, rows, names)),
        )
    )


def _beside_classes(found: Found, tables: Sequence[_Table]) -> tuple[Unclear, ...]:
    """Return tables that name none of the pictures in folders of classes, of which a split for training is full."""
    inner = stepped_into(found)
    used = sorted(set(inner.place_of.tolist()))
    try:
        layout = understand(str(found.folder), {inner.places[place] for place in used})
    except DataError:
        return ()
    known = {place: meaning for place in used if (meaning := layout.meaning(inner.places[place]))}
    has_classes = len({label for label, split in known.values() if split == "train"}) > 1
    named = [{picture for picture in table.pictures if picture is not None} for table in tables]
    places = set(inner.place_of[list(set().union(*named))].tolist())
    if not layout.has_splits or not has_classes or known.keys() & places:
        return ()
    return tuple(
        _unclear(
            table.path,
            DataError(table_of_no_pictures(str(table.path), table.heading.names)),
            f"table {table.name}: names pictures beside the folders of classes",
            pictures,
            is_about_pictures=True,
        )
        for table, pictures in zip(tables, named, strict=True)
    )


def _unlike_folders(found: Found, rows: Sequence[_Row], names: str) -> Iterator[str]:
    """Say where folders are called as classes that the tables do not have, or as another one than the picture's."""
    folders = [found.places[found.place_of[row.picture]].rpartition("/")[2] for row in rows]
    labels, called = {row.label for row in rows}, set(folders)
    if labels == called:
        other = [row for row, name in zip(rows, folders, strict=True) if row.label != name]
        if other:
            first = f"{found.names[other[0].picture]}, which is {other[0].label!r}"
            noun = "picture lies" if len(other) == 1 else "pictures lie"
            yield f"{len(other):,} {noun} in the folder of another class than {names} gives, as {first}"
    # A class of a table that lies in one folder alone is a part of that one: breeds of cats and dogs.
    elif 1 < len(called) < len(labels) and len(
        {(row.label, name) for row, name in zip(rows, folders, strict=True)}
    ) == len(labels):
        shown = ", ".join(f"{name}/" for name in sorted(called)[:_MOST_NAMED])
        yield f"classes are those of {names}, and not the folders {shown}"


def _read_as(table: _Table) -> str:
    file, label = table.heading.names[table.columns.file], table.columns.label
    recased = f"; {table.recased:,} in other small and capital letters" if table.recased else ""
    return f"{table.name}: pictures from {file!r}{recased}, {label.said(table.heading)}"


def _items(found: Found, rows: list[_Row], classes: tuple[str, ...]) -> Items:
    indices = {name: index for index, name in enumerate(classes)}
    return Items(
        [found.names[row.picture] for row in rows],
        np.array([indices[row.label] for row in rows], np.int64),
        np.array([SPLITS.index(row.split) for row in rows], np.int8),
        found.numbers[[row.picture for row in rows]],
        found.find,
    )


def _tables(found: Found, given: Given) -> tuple[list[_Table], tuple[Unclear, ...]]:
    paths = _paths(found)
    named = [path for path in paths if Path(path).stem.casefold() == "labels"]
    read = [(path, _table(path, found, given)) for path in named or paths]
    tables = [table for _, table in read if isinstance(table, _Table)]
    unclear = [table for _, table in read if isinstance(table, Unclear)]
    if named:
        unclear += [
            _unread(path, found, "one that is called labels") for path in paths if path not in named
        ]
    of_splits = [table for table in tables if table.split]
    if len({table.split for table in of_splits}) > 1:
        unclear += [
            _unread(table.name, found, "tables of the splits")
            for table in tables
            if not table.split
        ]
        tables = of_splits
    if not of_splits:
        tables = _by_their_names(tables)
        of_splits = [table for table in tables if table.split]
    if len(tables) > 1 and len(of_splits) < len(tables):
        raise DataError(several_label_files(str(found.root), [one.name for one in tables]))
    return tables, tuple(unclear)


def _by_their_names(tables: list[_Table]) -> list[_Table]:
    """Take tables whose names differ in nothing but a split for those of the splits: `label_train`, `label_val`."""
    called = {table.name: split_name(Path(table.name).stem) for table in tables}
    named = {name: split for name, split in called.items() if split is not None}
    if len(named) < len(tables) or len(tables) == 1 or not same_rests(named.values()):
        return tables
    meant = settle(named)
    return [replace(table, split=meant[table.name]) for table in tables]


def _unread(path: str, found: Found, others: str) -> Unclear:
    no_error = DataError(table_of_no_pictures(str(found.root / path), []))
    return _unclear(found.root / path, no_error, f"table {path}, beside {others}")


def _paths(found: Found) -> list[str]:
    """Return the paths of tables below the root: those in it, or else those in folders of it."""
    root = f"{found.root.relative_to(found.folder).as_posix()}/".removeprefix("./")
    below = [
        name.removeprefix(root)
        for name in found.index.files.names
        if name.startswith(root) and ending(name.rpartition("/")[2]) in SUFFIXES
    ]
    in_root = [name for name in below if "/" not in name]
    tables = [name for name in in_root if ending(name) not in _QUIET]
    inner = [name for name in below if name.count("/") == 1 and ending(name) not in _QUIET]
    # Beside each picture may lie a document of its own; one that is alone in the folder of a split is about all there.
    documents = [name for name in below if name.count("/") == 1 and ending(name) == ".json"]
    alone = Counter(name.partition("/")[0] for name in documents)
    documents = [
        name for name in documents if alone[top := name.partition("/")[0]] == 1 and plain_split(top)
    ]
    return (tables or inner or in_root or documents)[:_MOST_TABLES]


def _table(name: str, found: Found, given: Given) -> _Table | Unclear | None:
    path = found.root / name
    where = str(path)
    rows = _cells(path)
    if not rows:
        return None
    split = plain_split(path.stem) or plain_split(name.partition("/")[0] if "/" in name else "")
    called = split_name(path.stem)
    pictures = NamedPictures(found, name.rpartition("/")[0], split or (called and called.split))
    width = max(len(cells) for _, cells in rows)
    cells = [(*map(str.strip, row), *[""] * (width - len(row))) for _, row in rows]
    lines = [line for line, _ in rows]
    heading = Heading(where, cells[0], cells[1:] or cells)
    prefix = _prefix(heading, pictures)

    def lookup(cell: str) -> tuple[int, int] | None:
        return pictures.find(cell, prefix)

    try:
        file = choose_file(heading, lookup, pictures.count, given)
    except DataError as error:
        said, everything = f"table {name}: two columns name pictures", range(len(found.names))
        return _unclear(path, error, said, everything, is_about_pictures=True)
    is_quiet, is_text = path.suffix.lower() in _QUIET, path.suffix.lower() == ".txt"
    if file is None or (is_quiet and lookup(cells[-1][file]) is None):
        shown = f"({', '.join(heading.names[:_MOST_NAMED])})"
        said = f"table {name} {shown}: no column names the pictures"
        no_error = DataError(table_of_no_pictures(where, heading.names))
        return None if is_quiet else _unclear(path, no_error, said)
    if lookup(cells[0][file]) is not None:
        # Without a header, the first row is about a picture already.
        numbers = tuple(f"column {number}" for number in range(1, width + 1))
        heading = Heading(where, numbers, cells)
    else:
        heading, lines = Heading(where, cells[0], cells[1:]), lines[1:]
    if "submission" in path.stem.casefold():
        no_error = DataError(table_of_no_pictures(where, heading.names))
        return _unclear(path, no_error, f"table {name}: a form to be filled in")
    named = [lookup(row[file]) for row in heading.rows]
    try:
        columns = _columns(heading, file, given)
    except DataError as error:
        # That of a test whose classes nobody tells is as it should be.
        is_about = split != "test" and not is_text
        about = [one[0] for one in named if one is not None]
        said = f"table {name}: no column of classes"
        return _unclear(path, error, said, about, is_about_pictures=is_about)
    recased = sum(pictures.is_recased(row[file], prefix) for row in heading.rows)
    numbers_of = [one and one[0] for one in named]
    most = len(rows[0][1])
    too_wide = frozenset(line for line, row in rows if any(map(str.strip, row[most:])))
    return _Table(path, name, heading, lines, numbers_of, columns, split, recased, too_wide)


def _columns(heading: Heading, file: int, given: Given) -> _Columns:
    by_split = choose_split(heading, given, file)
    if heading.names[0] == "column 1" and len(heading.names) > 2:  # noqa: PLR2004 - file, label, split
        by_split = by_split or _unheaded_split(heading)
    taken = (file, by_split.column if by_split else None)
    return _Columns(file, choose_label(heading, given, taken), by_split)


def _unclear(
    path: Path,
    error: DataError,
    said: str,
    pictures: Iterable[int] = (),
    *,
    is_about_pictures: bool = False,
) -> Unclear:
    return Unclear(path, error.faults[0], said, is_about_pictures, frozenset(pictures))


def _unheaded_split(heading: Heading) -> SplitColumn | None:
    return next(
        (
            SplitColumn(column)
            for column in range(len(heading.names))
            if all(plain_split(cell) is not None for cell in heading.column(column))
        ),
        None,
    )


def _cells(path: Path) -> list[tuple[int, list[str]]]:
    """Read the rows of a table that are not empty, each with its line.

    Raises:
        DataError: It is no text in UTF-8, or its quotes are broken.
    """
    if path.suffix.lower() in _OBJECTS:
        return _cells_of_objects(path)
    is_txt = path.suffix.lower() == ".txt"
    try:
        text = decoded(read_unpacked(path), str(path))
        first = text.split("\n", 1)[0]
        marks = "\t" if path.suffix.lower() == ".tsv" else max(",;\t", key=first.count)
        if is_txt and marks not in first:
            # As `cats/1.jpg 0`: a name may hold blanks, a class has none.
            pairs = [line.rsplit(None, 1) for line in text.splitlines()]
            return [(line, pair) for line, pair in enumerate(pairs, start=1) if len(pair) == 2]  # noqa: PLR2004
        reader = csv.reader(StringIO(text, newline=""), delimiter=marks, strict=True)
        return [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except (DataError, csv.Error) as error:
        if is_txt:
            return []
        if isinstance(error, DataError):
            raise
        raise DataError(table_not_text(str(path), str(error))) from error


def _cells_of_objects(path: Path) -> list[tuple[int, list[str]]]:
    """Read objects as rows below their names, and a map from pictures to classes as two columns.

    Raises:
        DataError: Lines of objects cannot be read; a document of another form has no rows.
    """
    is_quiet = path.suffix.lower() in _QUIET
    try:
        if is_quiet:
            found = _mapping_in(json.loads(read_unpacked(path)))
            if isinstance(found, dict) and all(isinstance(one, str) for one in found.values()):
                # Names of classes by their numbers are no table, though pictures may be numbered, too.
                if found and all(name.isdecimal() for name in found) and not _are_padded(found):
                    return []
                return [(0, ["file", "label"]), *((0, [*pair]) for pair in found.items())]
        rows = read_rows(path)
    except (DataError, ValueError, RecursionError):
        if is_quiet:
            return []
        raise
    wrong = next(
        (f"line {line}: {cells}" for line, cells in rows.rows if isinstance(cells, str)), ""
    )
    if wrong:
        raise DataError(json_no_rows(str(path), f"cannot be read in {wrong}"))
    told = [(line, [_text(cell) for cell in cells]) for line, cells in rows.rows]
    return [(0, list(rows.headings)), *told]


def _are_padded(names: Iterable[str]) -> bool:
    """Whether names of digits are all of one length and begin with 0, as those of files do and numbers of classes do not."""
    written = list(names)
    return (
        len(set(map(len, written))) == 1
        and len(written[0]) > 1
        and any(name[0] == "0" for name in written)
    )


def _mapping_in(found: object) -> object:
    """Return the classes of pictures that stand below `labels`, beside the names of all `classes` by their places."""
    match found:
        case {"classes": [*names], "labels": dict(labels)} if all(
            isinstance(at, int) and 0 <= at < len(names) for at in labels.values()
        ):
            return {f"{name}": f"{names[at]}" for name, at in labels.items()}
    return found


def _text(cell: object) -> str:
    """Write a value of JSON as a table of text has it."""
    if isinstance(cell, bool):
        return str(cell).lower()
    is_whole = isinstance(cell, float) and cell.is_integer()
    return "" if cell is None else f"{cell:.0f}" if is_whole else str(cell)


def _prefix(heading: Heading, pictures: NamedPictures) -> str:
    """Return the folders that stand before all names of pictures and are none below the root."""
    for at in range(len(heading.names)):
        cells = [
            composed(cell.replace("\\", "/").removeprefix("./")) for cell in heading.column(at)
        ]
        if not cells or not all("/" in cell for cell in cells):
            continue
        parts = [cell.split("/")[:-1] for cell in cells]
        common = [names[0] for names in zip(*parts, strict=False) if len(set(names)) == 1]
        for depth in range(len(common) + 1):
            prefix = "".join(f"{name}/" for name in common[:depth])
            if 2 * sum(pictures.find(cell, prefix) is not None for cell in cells) > len(cells):
                return prefix
    return ""


def _read_all(tables: list[_Table], found: Found) -> tuple[list[_Row], list[Fault]]:
    read = [row for table in tables for row in _read(table)]
    rows, repeated = _once([row for row in read if isinstance(row, _Row)], found)
    labels = plain_labels([row.label for row in rows])
    rows = [replace(row, label=label) for row, label in zip(rows, labels, strict=True)]
    return rows, [row for row in read if isinstance(row, Fault)] + repeated


def _read(table: _Table) -> Iterator[_Row | Fault]:
    columns = table.columns
    for line, cells, picture in zip(table.lines, table.heading.rows, table.pictures, strict=True):
        where = f"{table.path}, line {line}"
        label = composed(columns.label.label(table.heading, cells))
        split = columns.split.split(cells) if columns.split else table.split or "train"
        if picture is None:
            yield row_without_picture(where, cells[columns.file])
        elif line in table.too_wide:
            yield row_with_more_cells(where, cells, table.heading.names)
        elif not label:
            yield row_without_label(where, cells[columns.file])
        elif split is None:
            yield unknown_split(where, cells[columns.split.column] if columns.split else "")
        else:
            yield _Row(where, picture, label, split)


def _once(rows: list[_Row], found: Found) -> tuple[list[_Row], list[Fault]]:
    """Keep the first row about each picture, and report the others."""
    first: dict[int, _Row] = {}
    faults = []
    for row in rows:
        kept = first.setdefault(row.picture, row)
        if kept is not row:
            name = found.index.files.names[found.numbers[row.picture]].rpartition("/")[2]
            faults.append(picture_named_twice(row.where, name, kept.where, (kept.label, row.label)))
    return list(first.values()), faults

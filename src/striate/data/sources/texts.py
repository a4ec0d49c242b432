"""Data sets of sentences with their classes, from tables in files or in memory; all broken rows are named at once."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, final

import torch

from striate.data.examples import Examples, Origin, Source, hold_out
from striate.data.images.listing import SPLITS, Split, plain_labels
from striate.data.sources.columns import (
    TEXT,
    Choice,
    Given,
    Heading,
    SplitColumn,
    choose_label,
    choose_split,
    choose_text,
    known_headings,
    may_be_classes,
    parse_columns,
    share_to_skip,
)
from striate.data.sources.packed import is_packed
from striate.data.sources.rows import Cells, Rows, read_rows, read_text, text_format
from striate.data.sources.split_names import SplitName, same_rests, split_name
from striate.errors import DataError, Fault
from striate.errors.label_tables import table_without_headings
from striate.errors.texts import (
    broken_rows,
    columns_not_found,
    no_rows,
    no_rows_to_train_on,
    one_class,
    several_text_files,
    texts_without_classes,
    two_columns_alike,
)


# How a table that is divided into several files numbers them: `train-00000-of-00002`.
_SHARD = re.compile(r"[-_.]\d+[-_.]of[-_.]\d+")

# Of words for classes, those that a message names.
_LABELS = (
    *("label", "class", "sentiment", "category", "target"),
    *("라벨", "레이블", "분류", "클래스", "감정", "범주"),
)


_EMPTY = "the text is empty"
_PAIR = 2


@final
@dataclass(frozen=True, slots=True)
class _Columns:
    """Where a table holds what.

    Args:
        text: Column of the sentences.
        label: That, or those, of the classes.
        split: That of the splits, if there is one.
    """

    text: int
    label: Choice
    split: SplitColumn | None


@final
@dataclass(frozen=True, slots=True)
class _Read:
    """One row: its sentence, its class and what it is for, or what is wrong with it."""

    number: int
    text: str = ""
    label: str = ""
    split: Split | None = None
    problem: str = ""


@final
@dataclass(frozen=True, slots=True)
class _Table:
    """What was read in a file.

    Args:
        where: The file, in messages.
        rows: Its rows.
        noun: What their numbers count.
        split_column: Heading of the column that says what each row is for; empty where there is none.
        note: Which columns were read, in words.
        labels: Headings of the column, or columns, of its classes.
        unused: Columns that were not, and rows that were left out, in words.
    """

    where: str
    rows: list[_Read]
    noun: str
    split_column: str
    note: str
    labels: tuple[str, ...]
    unused: tuple[str, ...]


def find_parts(folder: Path) -> tuple[tuple[Split, Path], ...]:
    """Find the files of a folder that are called after the splits; none where none is for training.

    Raises:
        DataError: Several files are called after one split, and not as shards of one table.
    """
    named: dict[Path, SplitName] = {}
    for path in sorted(folder.iterdir()):
        stem = _SHARD.sub("", path.name)
        # As `train.ft.txt`, or as `news-v1.1_train.json`.
        called = split_name(stem.split(".")[0]) or split_name(stem.rpartition(".")[0])
        if called is not None and text_format(path) and path.is_file():
            named[path] = called
    plain = {path: called for path, called in named.items() if called.is_plain}
    # As `ratings_train` and `ratings_test`, where no file is called by a split alone.
    parts = plain or (named if same_rests(named.values()) else {})
    found: dict[Split, list[Path]] = {}
    for path, called in parts.items():
        found.setdefault(called.split, []).append(path)
    faults = [
        several_text_files(str(folder), split, [path.name for path in paths])
        for split, paths in found.items()
        if len(paths) > 1 and not all(_SHARD.search(path.name) for path in paths)
    ]
    if "train" not in found:
        return ()
    if faults:
        raise DataError(*faults)
    return tuple((split, path) for split, paths in found.items() for path in paths)


def only_table(folder: Path) -> tuple[tuple[Split, Path], ...]:
    """Find the one table of a folder; none where it has several, or text alone that may say anything."""
    formats = {path: text_format(path) for path in sorted(folder.iterdir()) if path.is_file()}
    tables = [path for path, form in formats.items() if form not in {"", ".txt"} or is_packed(path)]
    return (("train", tables[0]),) if len(tables) == 1 and text_format(tables[0]) else ()


def read_lines(path: Path) -> list[str]:
    """Read the lines of a text file.

    Raises:
        DataError: The file cannot be read, or is not UTF-8.
    """
    return read_text(path).split("\n")


def read_sentences(path: Path, columns: str | None = None) -> list[str]:
    """Read the sentences of a file, without their classes: lines of `.txt`, a column of all else.

    Args:
        path: A file of any form that `read_rows` takes, with a heading for its sentences; or a text file.
        columns: The heading that the user chose, as `review` or `text=review`.

    Returns:
        The sentences in order. Empty ones stay, in a table, so that rows can be told.

    Raises:
        DataError: The file cannot be read, or it does not tell where its sentences are.
    """
    where = str(path)
    if text_format(path) == ".txt" and columns is None:
        return [line.strip() for line in read_lines(path) if line.strip()]
    given = parse_columns(columns, alone="text") if columns else {}
    found = read_rows(path)
    problems: dict[str, list[int]] = {}
    for number, cells in found.rows:
        if isinstance(cells, str):
            problems.setdefault(cells, []).append(number)
    faults = [
        broken_rows(where, problem, numbers, found.noun) for problem, numbers in problems.items()
    ]
    if not found.headings:
        faults.append(no_rows(where))
    if faults:
        raise DataError(*faults)
    column = _text_column(Heading(f"{where}, line 1", found.headings, []), where, given, ())
    return [_written(cells[column]).strip() for _, cells in found.rows]


def _text_column(heading: Heading, where: str, given: Given, labels: Sequence[str]) -> int:
    columns = choose_text(heading, given)
    if len(columns) > 1:
        names = [heading.names[column] for column in columns]
        raise DataError(two_columns_alike(where, "text", names))
    if not columns:
        raise DataError(columns_not_found(where, heading.names, TEXT, labels))
    return columns[0]


def frame_source(frame: Any) -> Source:
    """Make a data set of a pandas frame with columns of sentences and classes, and perhaps of splits.

    Raises:
        DataError: It has no such columns, or rows are broken; every one is named with its place.
    """
    cells = [
        (number, [None if cell is None or cell != cell else cell for cell in row])  # noqa: PLR0124
        for number, row in enumerate(frame.itertuples(index=False, name=None), start=1)
    ]
    found = Rows([str(name) for name in frame.columns], cells, "row")
    return _source_of("data frame", [("train", _understood(found, "data frame", {}))])


def lists_source(parts: Sequence[tuple[Split, Sequence[object], Sequence[object]]]) -> Source:
    """Make a data set of sentences and their classes in lists of the same length, a pair for each split.

    Raises:
        DataError: Two lists are of two lengths, or rows are broken; every one is named with its place.
    """
    faults: list[Fault] = []
    tables: list[tuple[Split, _Table]] = []
    for split, texts, labels in parts:
        where = "data" if len(parts) == 1 else f"data, {split}"
        if len(texts) != len(labels):
            faults.append(texts_without_classes(where, len(texts), len(labels)))
            continue
        rows = list(enumerate(zip(texts, labels, strict=True), start=1))
        table = _understood(Rows(("text", "label"), rows, "row"), where, {})
        tables.append((split, replace(table, note="")))
        faults += _row_faults(table)
    if faults:
        raise DataError(*faults)
    return _source_of("sentences", tables, "as given")


def read_text_source(name: str, files: Sequence[tuple[Split, Path]], given: Given) -> Source:
    """Read a data set of sentences.

    Args:
        name: What it is called.
        files: One file, for training, whose rows may say what they are for; or files of each split.
        given: Headings that the user chose.

    Raises:
        DataError: A file cannot be read, or rows are broken; every one is named with its line.
    """
    faults: list[Fault] = []
    tables: dict[Path, tuple[Split, _Table]] = {}
    learnt: set[str] = set()
    unlabelled: list[str] = []
    # Those for training first: what their classes are called tells a test without classes.
    for split, path in sorted(files, key=lambda file: SPLITS.index(file[0])):
        try:
            rows = _with_headings(read_rows(path), str(path), given)
            if split != "train" and learnt and not learnt & set(rows.headings):
                unlabelled.append(f"table {path.name}: no column of classes")
                continue
            table = _understood(rows, str(path), given)
        except DataError as error:
            faults += error.faults
        else:
            learnt |= set(table.labels if split == "train" else ())
            tables[path] = (split, table)
            faults += _row_faults(table)
    if faults:
        raise DataError(*faults)
    if len(tables) == 1:
        # Its rows are divided, as those of a file alone.
        files = [file for file in files if file[1] in tables]
    source = _source_of(name, [tables[path] for _, path in files if path in tables])
    origin = replace(source.origin, ignored=(*source.origin.ignored, *unlabelled))
    return replace(source, origin=origin)


def _understood(found: Rows, where: str, given: Given) -> _Table:
    """Tell which columns hold what, and read each row by them.

    Rows with an empty text are left out where they are few, as pictures are that cannot be read.

    Raises:
        DataError: The headings do not tell, or the classes are none.
    """
    if not found.headings:
        raise DataError(
            *(broken_rows(where, str(cells), [number], found.noun) for number, cells in found.rows),
            no_rows(where),
        )
    sound = [cells for _, cells in found.rows if not isinstance(cells, str)]
    heading = Heading(
        f"{where}, line 1" if found.noun == "line" else where,
        found.headings,
        [list(map(_label_text, cells)) for cells in sound],
    )
    # Lists and objects of JSON are no sentences, whatever they are called.
    nested = {
        at for cells in sound for at, cell in enumerate(cells) if isinstance(cell, list | dict)
    }
    flat = ["" if at in nested else name for at, name in enumerate(heading.names)]
    written = [
        ["" if at in nested else cell for at, cell in enumerate(row)] for row in heading.rows
    ]
    text = _text_column(replace(heading, names=flat, rows=written), where, given, _LABELS)
    by_split = choose_split(heading, given, text)
    split = by_split.column if by_split else None
    columns = _Columns(text, choose_label(heading, given, (text, split)), by_split)
    rows = [
        _Read(number, problem=cells)
        if isinstance(cells, str)
        else _row(number, cells, columns, heading)
        for number, cells in found.rows
    ]
    empty = [row.number for row in rows if row.problem == _EMPTY]
    is_left_out = bool(empty) and len(empty) <= share_to_skip(given) * len(rows)
    if is_left_out:
        rows = [row for row in rows if row.problem != _EMPTY]
    used = {text, split, *columns.label.columns}
    unused = [name for column, name in enumerate(found.headings) if column not in used and name]
    file = Path(where).name
    return _Table(
        where,
        rows,
        found.noun,
        found.headings[split] if split is not None else "",
        f"{file}: sentences from {found.headings[text]!r}, {columns.label.said(heading)}",
        tuple(found.headings[column] for column in columns.label.columns),
        (
            *((f"columns of {file}: {', '.join(unused)}",) if unused else ()),
            *((f"rows of {file} with an empty text: {len(empty):,}",) if is_left_out else ()),
        ),
    )


def _with_headings(found: Rows, where: str, given: Given) -> Rows:
    """Number the columns of a table whose first row is one of its data.

    That is so where no heading is known, and the first cell of a column of classes comes again in it. Of two
    columns, the other one holds the sentences.

    Raises:
        DataError: There are more columns, and the user has not said what is in them.
    """
    rows = [cells for _, cells in found.rows if not isinstance(cells, str)]
    first = list(map(_label_text, found.headings))
    if (
        not found.headings
        or known_headings(first)
        or (set(given) - {"skip"} and not _are_numbered(given))
        or not rows
    ):
        return found
    columns = [list(map(_label_text, column)) for column in zip(first, *rows, strict=True)]
    labels = [
        at for at, cells in enumerate(columns) if cells[0] in cells[1:] and may_be_classes(cells)
    ]
    if not labels:
        return found
    names = [f"column {at + 1}" for at in range(len(first))]
    longest = max(range(len(first)), key=lambda at: sum(map(len, columns[at])))
    if len(first) == _PAIR and len(labels) == 1:
        names[labels[0]], names[1 - labels[0]] = "label", "text"
    elif not _are_numbered(given):
        raise DataError(table_without_headings(where, first, names[longest], names[labels[0]]))
    return Rows(names, [(1, found.headings), *found.rows], found.noun)


def _are_numbered(given: Given) -> bool:
    return any(heading.startswith("column ") for heading in given.values())


def _row(number: int, cells: Cells, columns: _Columns, heading: Heading) -> _Read:
    text, problem = cells[columns.text], ""
    written = list(map(_label_text, cells))
    label = columns.label.label(heading, written)
    split = columns.split.split(written) if columns.split else None
    wrong = "" if label else "the class is empty"
    cell = cells[columns.label.columns[0]]
    if isinstance(cell, dict | bytes) or (isinstance(cell, list) and not columns.label.are_lists):
        wrong = "its class is neither text nor number"
    elif not label and cell is None:
        wrong = "the class is null"
    elif not label and columns.label.is_one_hot:
        wrong = "it is of no class, or of several"
    elif columns.split and split is None:
        of_split = written[columns.split.column]
        said = f"{of_split!r} is no part of a data set" if of_split else "the split is empty"
        wrong = wrong or f"{said}: write train, val or test"
    if text is None or (isinstance(text, str) and not text.strip()):
        problem = _EMPTY
    elif not isinstance(text, str):
        problem = "its text is no text"
    elif wrong:
        problem = wrong
    elif any("\ud800" <= sign <= "\udfff" for sign in text + label):
        problem = "it holds half a character (a lone surrogate)"
    return _Read(number, str(text).strip(), label, split, problem)


def _label_text(cell: object) -> str:
    """Return a cell as the name of a class or a split: true and false as JSON writes them."""
    return str(cell).lower() if isinstance(cell, bool) else _written(cell).strip()


def _written(cell: object) -> str:
    return "" if cell is None else str(cell)


def _source_of(name: str, tables: Sequence[tuple[Split, _Table]], division: str = "") -> Source:
    """Make a data set of rows that may say themselves what they are for, or of tables of each split.

    Args:
        name: What it is called.
        tables: One, or one for each split.
        division: How tables were told apart, where they are no files.
    """
    is_alone, first = len(tables) == 1, tables[0][1]
    where, by_column = first.where, first.split_column if is_alone else ""
    faults = list(_row_faults(first)) if is_alone else []
    rows = [
        row if is_alone else replace(row, split=split)
        for split, table in tables
        for row in table.rows
    ]
    splits = [row.split for row in rows]
    if not faults and (by_column or not is_alone) and "train" not in splits:
        faults.append(no_rows_to_train_on(where, sorted({str(split) for split in splits})))
    if not faults and len({row.label for row in rows}) == 1:
        faults.append(one_class(where, rows[0].label))
    if faults:
        raise DataError(*faults)
    labels = plain_labels([row.label for row in rows])
    given = [split or "train" for split in splits]
    return text_source(
        name,
        [row.text for row in rows],
        labels,
        given if by_column or not is_alone else None,
        Origin(
            f"by the column {by_column!r}"
            if is_alone
            else division
            or f"by the files {', '.join(Path(table.where).name for _, table in tables)}",
            ignored=tuple(said for _, table in tables for said in table.unused),
            notes=tuple(table.note for _, table in tables if table.note),
        ),
    )


def _row_faults(table: _Table) -> Iterator[Fault]:
    if not table.rows:
        yield no_rows(table.where)
    numbers: dict[str, list[int]] = {}
    for row in table.rows:
        if row.problem:
            numbers.setdefault(row.problem, []).append(row.number)
    for problem, places in numbers.items():
        yield broken_rows(table.where, problem, places, table.noun)


TEST_SHARE = 0.1
"""Part of the sentences that is kept for the test where a data set has no test part of its own."""

_SPLIT_SEED = 0

DRAWN = f"drawn: of every class 90 % for training and 10 % for the test, seed {_SPLIT_SEED}"


def text_source(
    name: str,
    texts: Sequence[str],
    labels: Sequence[str],
    splits: Sequence[Split] | None = None,
    origin: Origin | None = None,
) -> Source:
    """Make a data set of sentences.

    Where none is for the test, those for validation are it, as is usual; or else a tenth of every class,
    drawn from a constant seed.

    Args:
        name: What it is called.
        texts: The sentences.
        labels: The class of each.
        splits: What each is for, where the data says it.
        origin: What was understood of the place that they came from.

    Raises:
        DataError: Nothing would be left to train on.
    """
    said = origin or Origin()
    classes = sorted(set(labels), key=_class_order)
    places = {label: index for index, label in enumerate(classes)}
    everything = Examples(
        torch.arange(len(texts)).unsqueeze(1), torch.tensor([places[label] for label in labels])
    )
    parts = {
        split: _chosen(everything, [other == split for other in splits or ()])
        for split in SPLITS
        if splits is not None and split in splits
    }
    if "test" not in parts and "validation" in parts:
        parts["test"] = parts.pop("validation")
        said = replace(
            said, split=f"{said.split}; none for the test, so those for validation are it"
        )
    elif "test" not in parts:
        whole = parts.get("train", everything)
        count = max(1, round(TEST_SHARE * len(whole)))
        parts["train"], parts["test"] = hold_out(whole, count, _SPLIT_SEED)
        split = (
            f"{said.split}; none for the test, so {DRAWN}" if "train" in (splits or ()) else DRAWN
        )
        said = replace(said, split=split, is_drawn=True)
    return Source(
        name,
        tuple(classes),
        parts["train"],
        parts["test"],
        parts.get("validation"),
        origin=said,
        texts=tuple(texts),
    )


def _chosen(examples: Examples, is_chosen: Sequence[bool]) -> Examples:
    chosen = torch.tensor(is_chosen)
    return Examples(examples.images[chosen], examples.labels[chosen])


def _class_order(label: str) -> tuple[bool, int, str]:
    """Order whole numbers by their size, and put them before words."""
    is_number = label.isdecimal()
    return (not is_number, int(label) if is_number else 0, label)

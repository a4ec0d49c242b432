"""Rows of a table in a file: CSV, TSV, text between tabs, JSON, JSON lines, Parquet, lines of fastText."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, final

from striate.data.sources.columns import known_headings
from striate.data.sources.parquet import read_parquet
from striate.data.user_files import decoded, read_unpacked
from striate.errors import DataError
from striate.errors.fault import counted
from striate.errors.texts import json_no_rows


Cells: TypeAlias = Sequence[object]

SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet", ".txt")
_PACKED = (".gz", ".xz")

# What may part cells, tabs first where a file's name does not say; and lines that are looked at to tell.
_MARKS = ("\t", ",", ";", "|")
_LOOKED_AT = 50

# A cell that is quoted as a whole, with quotes in it written twice.
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')

_LABEL = "__label__"
"""What a class begins with where it stands before its text, as fastText writes a line."""

NO_JSON, NO_OBJECT = "it is no JSON", "it is no JSON object"


@final
@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a table as they are written.

    Args:
        headings: Of the columns.
        rows: Number of each row, with its cells in the order of the headings, or with what is wrong with
            it. Cells are texts, or what JSON and Parquet know besides: numbers, booleans, None, lists.
        noun: What is numbered: lines of a file, or rows from 1.
    """

    headings: Sequence[str]
    rows: Sequence[tuple[int, Cells | str]]
    noun: Literal["line", "row"] = "line"


def text_format(path: Path) -> str:
    """Return the ending of a file's name that says how it is read, packing left aside; or nothing."""
    name = path.name.lower()
    for packing in _PACKED:
        name = name.removesuffix(packing)
    return next((suffix for suffix in SUFFIXES if name.endswith(suffix)), "")


def read_rows(path: Path) -> Rows:
    """Read the rows of a file, in the form that its ending says.

    Raises:
        DataError: The file cannot be read, is not UTF-8, or holds no table.
    """
    form = text_format(path)
    if form == ".parquet":
        return Rows(*read_parquet(path), noun="row")
    text = read_text(path)
    if form in {".jsonl", ".ndjson"}:
        return _lines_of_objects(text)
    if form == ".json":
        return _document(text, str(path))
    if text.startswith(_LABEL):
        return _labelled_lines(text)
    return _table(text, is_raw=form != ".csv")


def read_text(path: Path) -> str:
    """Read a text file, with ends of lines as one character.

    Raises:
        DataError: The file cannot be read, or is not UTF-8.
    """
    text = decoded(read_unpacked(path), str(path))
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _table(text: str, *, is_raw: bool) -> Rows:
    """Read rows of cells below a line of headings."""
    mark = _mark(text, is_raw=is_raw)
    headings: Sequence[str] = ()
    rows: list[tuple[int, Cells | str]] = []
    for line, cells in _unquoted_rows(text) if mark == "\t" else _quoted_rows(text, mark):
        if isinstance(cells, str):
            rows.append((line, f"it cannot be read: {cells}"))
        elif not any(cell.strip() for cell in cells):
            continue
        elif not headings:
            headings = cells
        elif len(cells) != len(headings):
            rows.append((line, f"{len(cells)} cells under {len(headings)} headings"))
        else:
            rows.append((line, cells))
    return Rows(headings, rows)


def _labelled_lines(text: str) -> Rows:
    """Read lines of a class and a text, as `__label__good I liked it`."""
    rows: list[tuple[int, Cells | str]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        words = line.split()
        labels = [word.removeprefix(_LABEL) for word in words if word.startswith(_LABEL)]
        if len(labels) == 1:
            said = " ".join(word for word in words if not word.startswith(_LABEL))
            rows.append((number, [said, labels[0]]))
        elif words:
            rows.append((number, f"it has {counted(len(labels), 'class', 'classes')}"))
    return Rows(("text", "label"), rows)


def _mark(text: str, *, is_raw: bool) -> str:
    """Return what parts cells: a spreadsheet writes what its country uses, and the heading tells."""
    lines = [line for line in text.split("\n", _LOOKED_AT)[:_LOOKED_AT] if line.strip()]
    heading = lines[0] if lines else ""

    def fit(mark: str) -> tuple[int, bool, int]:
        cells = heading.count(mark)
        is_even = cells > 0 and all(line.count(mark) == cells for line in lines)
        return known_headings(heading.split(mark)), is_even, cells

    return max(_MARKS if is_raw else (*_MARKS[1:], _MARKS[0]), key=fit)


def _quoted_rows(text: str, mark: str) -> Iterator[tuple[int, list[str] | str]]:
    """Read rows in which quotes hold marks and lines; each with its first line, or what is wrong."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            yield line, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, str(error)


def _unquoted_rows(text: str) -> Iterator[tuple[int, list[str] | str]]:
    """Read rows of cells between tabs, in which a quote may be a sign as any other.

    Programs that write quotes around cells write them with tabs, too. A line is a row where all lines
    have as many cells as the first one, and then only cells that are quoted as a whole lose their
    quotes. Where lines are shorter, quotes hold the ends of lines.
    """
    lines = [line.split("\t") for line in text.split("\n")]
    filled = [cells for cells in lines if any(cell.strip() for cell in cells)]
    if any(len(cells) != len(filled[0]) for cells in filled):
        quoted = list(_quoted_rows(text, "\t"))
        widths = {len(cells) for _, cells in quoted if any(cells)}
        if len(widths) == 1 and not any(isinstance(cells, str) for _, cells in quoted):
            yield from quoted
            return
    for number, cells in enumerate(lines, start=1):
        yield number, list(map(_without_quotes, cells))


def _without_quotes(cell: str) -> str:
    match = _QUOTED.fullmatch(cell.strip())
    return match[1].replace('""', '"') if match else cell


def _lines_of_objects(text: str) -> Rows:
    """Read one JSON object a line."""
    read: list[tuple[int, object]] = []
    for line, written in enumerate(text.split("\n"), start=1):
        if not written.strip():
            continue
        try:
            read.append((line, json.loads(written)))
        except (ValueError, RecursionError):
            read.append((line, NO_JSON))
    return _of_objects(read, "line")


def _of_objects(read: Sequence[tuple[int, object]], noun: Literal["line", "row"]) -> Rows:
    """Lay objects out under all names that any of them has; one that lacks some has None there."""
    objects = [found for _, found in read if isinstance(found, dict)]
    headings = list(dict.fromkeys(str(name) for found in objects for name in found))
    rows: list[tuple[int, Cells | str]] = [
        (number, [found.get(name) for name in headings])
        if isinstance(found, dict)
        else (number, NO_JSON if found is NO_JSON else NO_OBJECT)
        for number, found in read
    ]
    return Rows(headings, rows, noun)


def _document(text: str, where: str) -> Rows:
    """Read rows of one JSON document: a list of objects, columns, or objects by their numbers.

    Lines of objects in a file of this ending are read, too.

    Raises:
        DataError: It is none of these.
    """
    try:
        found = json.loads(text)
    except RecursionError as error:
        raise DataError(json_no_rows(where, "is nested too deeply")) from error
    except json.JSONDecodeError as error:
        rows = _lines_of_objects(text)
        if rows.headings and not isinstance(rows.rows[0][1], str):
            return rows
        said = f"is no JSON: {error.msg}, on line {error.lineno:,}"
        raise DataError(json_no_rows(where, said)) from error
    objects = _objects_in(found)
    if objects is None:
        kind = "a list" if isinstance(found, list) else "a single value"
        kind = "an object" if isinstance(found, dict) else kind
        raise DataError(json_no_rows(where, f"is {kind} without rows in it"))
    return _of_objects(list(enumerate(objects, start=1)), "row")


def _objects_in(found: object) -> Sequence[object] | None:
    """Return the objects of a document, one a row; None where it is laid out in another way."""
    if isinstance(found, list):
        return _of_tasks(found) if any(isinstance(row, dict) for row in found) else None
    if not isinstance(found, dict) or not found:
        return None
    match found:
        case {"columns": [*names], "data": [*rows]} if all(
            isinstance(row, list) and len(row) == len(names) for row in rows
        ):
            return [dict(zip(map(str, names), row, strict=True)) for row in rows]
    values = list(found.values())
    if all(isinstance(value, list) for value in values):
        # Columns, or rows under one name.
        if len(values) == 1:
            return _objects_in(values[0])
        return _of_columns({name: dict(enumerate(value)) for name, value in found.items()})
    if all(isinstance(value, dict) for value in values):
        # As pandas writes them: by columns, where their names are known, or by rows.
        return _of_columns(found) if known_headings(list(found)) else values
    return None


def _of_tasks(rows: Sequence[object]) -> Sequence[object]:
    """Lay out what somebody labelled beside what people chose for it, as Label Studio writes both; other rows stay."""
    told: list[object] = []
    for row in rows:
        match row:
            case {"data": dict(data), "annotations": [*annotations]}:
                chosen = list(dict.fromkeys(_choices(annotations)))
                told.append(data | {"choice": chosen[0] if len(chosen) == 1 else chosen or None})
            case _:
                return rows
    return told


def _choices(annotations: Sequence[object]) -> Iterator[str]:
    for annotation in annotations:
        if not isinstance(annotation, dict) or annotation.get("was_cancelled") is True:
            continue
        results = annotation.get("result")
        for result in results if isinstance(results, list) else ():
            value = result.get("value") if isinstance(result, dict) else None
            chosen = value.get("choices") if isinstance(value, dict) else None
            yield from map(str, chosen if isinstance(chosen, list) else ())


def _of_columns(columns: Mapping[str, Mapping[object, object]]) -> Sequence[object] | None:
    """Return rows of columns; None where they are not of the same rows."""
    places = [list(column) for column in columns.values()]
    if any(place != places[0] for place in places):
        return None
    return [{name: column[place] for name, column in columns.items()} for place in places[0]]

"""Read sentences with their classes from CSV, TSV and JSONL files, and name every broken row at once."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, final, get_args

import torch

from striate.data.examples import Examples, Origin, Source, hold_out
from striate.data.listing import plain_labels
from striate.data.sources.columns import Given, Heading, parse_columns
from striate.data.user_files import read_unpacked
from striate.errors import DataError, Fault
from striate.errors.texts import (
    broken_rows,
    columns_not_found,
    mixed_splits,
    no_rows,
    not_utf8,
    one_class,
    two_columns_alike,
)


Part = Literal["train", "test"]
Role = Literal["text", "label", "split"]
_ROLES: tuple[Role, ...] = get_args(Role)

# A cell that is quoted as a whole, with quotes in it written twice.
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')

SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".txt")
_PACKED = (".gz", ".xz")

_ENGLISH: Mapping[Role, tuple[str, ...]] = {
    "text": ("text", "sentence", "review", "document", "comment", "content"),
    "label": ("label", "class", "sentiment", "category", "target"),
    "split": ("split", "subset", "part"),
}
_KOREAN: Mapping[Role, tuple[str, ...]] = {
    "text": ("문장", "내용", "글", "텍스트", "리뷰", "본문", "댓글"),
    "label": ("라벨", "레이블", "분류", "클래스", "감정", "범주"),
    "split": ("구분", "분할"),
}
HEADINGS: Mapping[Role, tuple[str, ...]] = {
    role: (*_ENGLISH[role], *_KOREAN[role]) for role in _ENGLISH
}
_PARTS: Mapping[str, Part] = {
    **dict.fromkeys(("train", "training", "valid", "validation", "val", "dev"), "train"),
    **dict.fromkeys(("학습", "훈련", "검증"), "train"),
    **dict.fromkeys(("test", "testing", "시험", "평가", "테스트"), "test"),
}


@final
@dataclass(frozen=True, slots=True)
class _Read:
    """One row: what its three cells hold, or what is wrong with it."""

    line: int
    text: str = ""
    label: str = ""
    part: Part | None = None
    problem: str = ""


def text_format(path: Path) -> str:
    """Give the ending of a file's name that says how it is read, packing left aside; or nothing."""
    name = path.name.lower()
    for packing in _PACKED:
        name = name.removesuffix(packing)
    return next((suffix for suffix in SUFFIXES if name.endswith(suffix)), "")


def find_parts(folder: Path) -> dict[Part, Path]:
    """Find the files of a folder that hold sentences to train on, and to test on."""
    found: dict[Part, Path] = {}
    for path in sorted(folder.iterdir()):
        part = _PARTS.get(path.name.split(".")[0].lower())
        if part is not None and text_format(path) and path.is_file():
            found.setdefault(part, path)
    return found if "train" in found else {}


def read_lines(path: Path) -> list[str]:
    """Read the lines of a text file.

    Raises:
        DataError: The file cannot be read, or is not UTF-8.
    """
    return _decoded(bytes(read_unpacked(path)), str(path)).split("\n")


def read_sentences(path: Path, columns: str | None = None) -> list[str]:
    """Read the sentences of a file, without their classes: lines of `.txt`, a column of all else.

    Args:
        path: A CSV, TSV or JSONL file with a heading for its sentences, or of one column; or a text file.
        columns: The heading that the user chose, as `text=review`.

    Returns:
        The sentences in order. Empty ones stay, in a table, so that rows can be told.

    Raises:
        DataError: The file cannot be read, or it does not tell where its sentences are.
    """
    where, form = str(path), text_format(path)
    if form == ".txt" and columns is None:
        return [line.strip() for line in read_lines(path) if line.strip()]
    given = parse_columns(columns) if columns else {}
    text = _decoded(bytes(read_unpacked(path)), where)
    if form in {".jsonl", ".ndjson"}:
        return list(_texts_of_objects(text, where, given))
    mark = _mark(text, is_raw=form != ".csv")
    rows = _unquoted_rows(text) if mark == "\t" else _quoted_rows(text, mark)
    filled = [(line, cells) for line, cells in rows if isinstance(cells, str) or any(cells)]
    broken = [(line, cells) for line, cells in filled if isinstance(cells, str)]
    if broken or not filled:
        faults = [
            broken_rows(where, f"it cannot be read: {cells}", [line]) for line, cells in broken
        ]
        raise DataError(*(faults or [no_rows(where)]))
    _, headings = filled[0]
    place = _text_column(list(headings), where, given)
    return [cells[place].strip() if place < len(cells) else "" for _, cells in filled[1:]]


def _texts_of_objects(text: str, where: str, given: Given) -> Iterator[str]:
    name = ""
    for line, written in enumerate(text.split("\n"), start=1):
        if not written.strip():
            continue
        try:
            found = json.loads(written)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise DataError(broken_rows(where, "it is no JSON object", [line]))
        names = list(found)
        name = name or names[_text_column(names, where, given)]
        yield str(found.get(name) or "").strip()


def _text_column(headings: list[str], where: str, given: Given) -> int:
    chosen = Heading(f"{where}, line 1", headings, []).chosen(given, "text")
    places = [chosen] if chosen is not None else _roles(headings).get("text", [])
    if len(places) > 1:
        raise DataError(two_columns_alike(where, "text", [headings[place] for place in places]))
    if not places:
        raise DataError(columns_not_found(where, headings, HEADINGS["text"], ()))
    return places[0]


def frame_source(frame: Any) -> Source:
    """Make a data set of a pandas frame with columns of sentences and classes, and perhaps of splits.

    Raises:
        DataError: It has no such columns, or rows are broken; every one is named with its place.
    """
    where = "data frame"
    headings = [str(name) for name in frame.columns]
    columns = _columns(headings, where, {})
    rows = []
    for number, cells in enumerate(frame.itertuples(index=False, name=None), start=1):
        written = ["" if cell is None or cell != cell else str(cell) for cell in cells]  # noqa: PLR0124
        rows.append(_row(number, written, columns, len(headings)))
    return _source_of(where, where, {"train": rows})


def read_text_source(name: str, files: Mapping[Part, Path], given: Given) -> Source:
    """Read a data set of sentences.

    Args:
        name: What it is called.
        files: One file, under `train`, whose rows may say where they belong; or two.
        given: Headings that the user chose.

    Raises:
        DataError: A file cannot be read, or rows are broken; every one is named with its line.
    """
    faults: list[Fault] = []
    read: dict[Part, list[_Read]] = {}
    for part, path in files.items():
        try:
            read[part] = list(_rows(path, given))
        except DataError as error:
            faults += error.faults
        else:
            faults += _row_faults(str(path), read[part], is_alone=len(files) == 1)
    if faults:
        raise DataError(*faults)
    return _source_of(name, str(files["train"]), read)


def _source_of(name: str, where: str, read: Mapping[Part, list[_Read]]) -> Source:
    """Make a data set of rows that may say themselves where they belong, or of two parts."""
    alone = len(read) == 1
    rows = [
        row if alone else _Read(row.line, row.text, row.label, part)
        for part, several in read.items()
        for row in several
    ]
    faults = list(_row_faults(where, rows, is_alone=True)) if alone else []
    if not faults and len({row.label for row in rows}) == 1:
        faults.append(one_class(where, rows[0].label))
    if faults:
        raise DataError(*faults)
    is_test = [row.part == "test" for row in rows] if any(row.part for row in rows) else None
    labels = plain_labels([row.label for row in rows])
    return text_source(name, [row.text for row in rows], labels, is_test)


def _row_faults(where: str, rows: list[_Read], *, is_alone: bool) -> Iterator[Fault]:
    if not rows:
        yield no_rows(where)
    lines: dict[str, list[int]] = {}
    for row in rows:
        if row.problem:
            lines.setdefault(row.problem, []).append(row.line)
    for problem, places in lines.items():
        yield broken_rows(where, problem, places)
    parts = {row.part for row in rows if not row.problem}
    if is_alone and None not in parts and len(parts) == 1:
        yield mixed_splits(where, next(iter(parts)) or "")


def _rows(path: Path, given: Given) -> Iterator[_Read]:
    where = str(path)
    text = _decoded(bytes(read_unpacked(path)), where)
    if text_format(path) in {".jsonl", ".ndjson"}:
        yield from _objects(text, where, given)
    else:
        yield from _cells(text, where, is_raw=text_format(path) != ".csv", given=given)


def _decoded(content: bytes, where: str) -> str:
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        try:
            content.decode("cp949")
            is_korean = True
        except UnicodeDecodeError:
            is_korean = False
        raise DataError(not_utf8(where, error.start, line, is_korean=is_korean)) from None


def _cells(text: str, where: str, *, is_raw: bool, given: Given) -> Iterator[_Read]:
    """Read rows of cells below a line of headings."""
    mark = _mark(text, is_raw=is_raw)
    columns: dict[Role, int] = {}
    width = 0
    for line, cells in _unquoted_rows(text) if mark == "\t" else _quoted_rows(text, mark):
        if isinstance(cells, str):
            yield _Read(line, problem=f"it cannot be read: {cells}")
        elif not columns:
            columns, width = _columns(cells, where, given), len(cells)
        elif any(cell.strip() for cell in cells):
            yield _row(line, cells, columns, width)


def _mark(text: str, *, is_raw: bool) -> str:
    """Return what parts cells: a spreadsheet writes what its country uses, and the heading tells."""
    heading = text.partition("\n")[0]
    marks = ("\t", ",") if is_raw else (",", ";", "\t")
    return max(marks, key=lambda mark: (len(_roles(heading.split(mark))), heading.count(mark)))


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


def _row(line: int, cells: list[str], columns: Mapping[Role, int], width: int) -> _Read:
    if len(cells) != width:
        return _Read(line, problem=f"{len(cells)} cells under {width} headings")
    split = cells[columns["split"]] if "split" in columns else ""
    return _checked(line, cells[columns["text"]], cells[columns["label"]], split)


def _objects(text: str, where: str, given: Given) -> Iterator[_Read]:
    """Read one JSON object a line."""
    columns: dict[Role, str] = {}
    for line, written in enumerate(text.split("\n"), start=1):
        if not written.strip():
            continue
        try:
            found = json.loads(written)
        except (ValueError, RecursionError):
            yield _Read(line, problem="it is no JSON")
            continue
        if not isinstance(found, dict):
            yield _Read(line, problem="it is no JSON object")
            continue
        if not columns:
            names = list(found)
            columns = {role: names[at] for role, at in _columns(names, where, given).items()}
        sentence, label = (found.get(columns[role], "") for role in ("text", "label"))
        if not isinstance(sentence, str) or isinstance(label, dict | list):
            yield _Read(line, problem="its text is no text, or its class neither text nor number")
        elif label is None:
            yield _Read(line, problem="the class is null")
        else:
            name = json.dumps(label) if isinstance(label, bool) else str(label)
            yield _checked(line, sentence, name, _split_of(found, columns))


def _split_of(found: Mapping[str, object], columns: Mapping[Role, str]) -> str:
    return str(found.get(columns["split"], "")) if "split" in columns else ""


def _checked(line: int, text: str, label: str, split: str) -> _Read:
    part = _PARTS.get(split.strip().lower())
    problem = ""
    if not text.strip():
        problem = "the text is empty"
    elif not label.strip():
        problem = "the class is empty"
    elif split.strip() and part is None:
        problem = f"{split.strip()!r} is no part of a data set: write train or test"
    elif any("\ud800" <= sign <= "\udfff" for sign in text + label):
        problem = "it holds half a character (a lone surrogate)"
    return _Read(line, text.strip(), label.strip(), part, problem)


def _columns(headings: list[str], where: str, given: Given) -> dict[Role, int]:
    roles = _roles(headings)
    heading = Heading(f"{where}, line 1", headings, [])
    for role in _ROLES:
        chosen = heading.chosen(given, role)
        if chosen is not None:
            roles[role] = [chosen]
    twice = [role for role, places in roles.items() if len(places) > 1]
    if twice:
        names = [headings[place] for place in roles[twice[0]]]
        raise DataError(two_columns_alike(where, twice[0], names))
    if "text" not in roles or "label" not in roles:
        raise DataError(columns_not_found(where, headings, HEADINGS["text"], HEADINGS["label"]))
    return {role: places[0] for role, places in roles.items()}


def _roles(headings: list[str]) -> dict[Role, list[int]]:
    roles: dict[Role, list[int]] = {}
    for place, heading in enumerate(headings):
        for role, names in HEADINGS.items():
            if heading.strip().strip('"').casefold() in names:
                roles.setdefault(role, []).append(place)
    return roles


TEST_SHARE = 0.1
"""Part of the sentences that is kept for the test where a data set has no test part of its own."""

_SPLIT_SEED = 0

DRAWN = f"drawn: of every class 90 % for training and 10 % for the test, seed {_SPLIT_SEED}"


def text_source(
    name: str, texts: Sequence[str], labels: Sequence[str], is_test: Sequence[bool] | None = None
) -> Source:
    """Make a data set of sentences.

    Args:
        name: What it is called.
        texts: The sentences.
        labels: The class of each.
        is_test: Which of them are for the test; a tenth of every class, drawn from a constant
            seed, when absent.

    Raises:
        DataError: Nothing would be left to train on.
    """
    classes = sorted(set(labels), key=_class_order)
    places = {label: index for index, label in enumerate(classes)}
    everything = Examples(
        torch.arange(len(texts)).unsqueeze(1), torch.tensor([places[label] for label in labels])
    )
    if is_test is None:
        count = max(1, round(TEST_SHARE * len(texts)))
        train, test = hold_out(everything, count, _SPLIT_SEED)
    else:
        chosen = torch.tensor(is_test)
        train, test = (
            Examples(everything.images[part], everything.labels[part]) for part in (~chosen, chosen)
        )
    origin = Origin(DRAWN, is_drawn=True) if is_test is None else Origin()
    return Source(name, tuple(classes), train, test, origin=origin, texts=tuple(texts))


def _class_order(label: str) -> tuple[bool, int, str]:
    """Order whole numbers by their size, and put them before words."""
    is_number = label.isdecimal()
    return (not is_number, int(label) if is_number else 0, label)

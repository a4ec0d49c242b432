"""Read tables of Parquet through `pyarrow`, which is installed only on request."""

import json
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from itertools import accumulate
from pathlib import Path
from threading import Lock
from typing import Any, final

from striate.data.user_files import MAX_BYTES, open_file
from striate.errors import DataError
from striate.errors.data import content_too_large
from striate.errors.datasets import parquet_extra_missing, parquet_not_read


def read_parquet(path: Path) -> tuple[list[str], list[tuple[int, list[object]]]]:
    """Read the rows of a file.

    Numbers of classes become their names, where the file knows them, as those of Hugging Face do.

    Returns:
        Headings, and the rows with their numbers from 1.

    Raises:
        DataError: The extra is not installed, the file is damaged, or it holds more than MAX_BYTES.
    """
    with _opened(path) as file:
        groups = range(file.metadata.num_row_groups)
        size = sum(file.metadata.row_group(group).total_byte_size for group in groups)
        if size > MAX_BYTES:
            raise DataError(content_too_large(str(path), MAX_BYTES))
        read = file.read()
    names = _names_of_classes(read.schema.metadata or {})
    columns = [_named(column.to_pylist(), names.get(name, ())) for name, column in _columns(read)]
    rows = [
        (number, list(cells)) for number, cells in enumerate(zip(*columns, strict=True), start=1)
    ]
    return list(read.column_names), rows


def holds_pictures(path: Path) -> bool:
    """Whether a column of a file holds the bytes of pictures: by themselves, or with their paths.

    Raises:
        DataError: The extra is not installed, or the file is damaged.
    """
    with _opened(path) as file:
        return any(map(_is_of_pictures, map(str, file.schema_arrow.types)))


@final
class PictureTable:
    """A file with a column of pictures, of which the other columns are read at once and pictures when they are asked for.

    Rows lie in groups, which are read as wholes.

    Args:
        path: The file.
        column: Heading of the pictures.
        headings: Of all columns.
        rows: Cells of each row, in the order of the headings; None for a picture.
        groups: Rows of each group.
        row_bytes: Bytes of a row, on average.
    """

    def __init__(
        self,
        path: Path,
        column: str,
        headings: list[str],
        rows: list[list[object]],
        groups: Sequence[int],
        row_bytes: float,
    ) -> None:
        self.path, self.column, self.headings, self.rows = path, column, headings, rows
        self.row_bytes = row_bytes
        self._firsts = [0, *accumulate(groups)]

    def group_of(self, row: int) -> int:
        """Give the group of a row; both are counted from 0."""
        return bisect_right(self._firsts, row) - 1

    def picture(self, row: int) -> bytes:
        """Read the bytes of a picture: from the file, or from the path that it names; none where it has none.

        Raises:
            DataError: The file cannot be read.
        """
        group = self.group_of(row)
        cell = _groups.cells(self, group)[row - self._firsts[group]].as_py()
        content = picture_bytes(cell)
        if content is None and isinstance(cell, dict) and isinstance(cell.get("path"), str):
            beside = self.path.parent / cell["path"]
            return beside.read_bytes() if beside.is_file() else b""
        return content or b""

    def read_group(self, group: int) -> Any:
        """Read the pictures of a group."""
        with _opened(self.path) as file:
            return file.read_row_group(group, columns=[self.column]).column(0)


_KEPT_BYTES = 2**28
"""Bytes of groups of rows that stay in memory for the pictures that are read next."""


@final
class _Groups:
    """The groups of rows that were read last, of all files."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Path, int], Any] = OrderedDict()
        self._lock = Lock()

    def cells(self, table: PictureTable, group: int) -> Any:
        """Give the pictures of a group."""
        key = (table.path, group)
        with self._lock:  # another thread may be reading the same one
            if key not in self._kept:
                self._kept[key] = table.read_group(group)
            self._kept.move_to_end(key)
            cells = self._kept[key]
            while (
                len(self._kept) > 1 and sum(one.nbytes for one in self._kept.values()) > _KEPT_BYTES
            ):
                self._kept.popitem(last=False)
        return cells


_groups = _Groups()


def read_beside_pictures(path: Path) -> PictureTable:
    """Read all columns of a file but that of its pictures.

    Raises:
        DataError: The extra is not installed, or the file is damaged.
    """
    with _opened(path) as file:
        headings = list(file.schema_arrow.names)
        kinds = zip(headings, map(str, file.schema_arrow.types), strict=True)
        column = next(name for name, kind in kinds if _is_of_pictures(kind))
        others = file.read(columns=[name for name in headings if name != column])
        groups = [file.metadata.row_group(at) for at in range(file.metadata.num_row_groups)]
        counts = [group.num_rows for group in groups]
        size = sum(group.total_byte_size for group in groups)
        names = _names_of_classes(file.schema_arrow.metadata or {})
    columns: list[list[object]] = [
        [None] * sum(counts)
        if name == column
        else _named(others.column(name).to_pylist(), names.get(name, ()))
        for name in headings
    ]
    rows = list(map(list, zip(*columns, strict=True)))
    return PictureTable(path, column, headings, rows, counts, size / max(len(rows), 1))


def _is_of_pictures(kind: str) -> bool:
    return kind in {"binary", "large_binary"} or (kind.startswith("struct<") and "bytes: " in kind)


def picture_bytes(cell: object) -> bytes | None:
    """Return the bytes of a picture in a cell; None where it holds none."""
    content = cell.get("bytes") if isinstance(cell, dict) else cell
    return content if isinstance(content, bytes) else None


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Open a file by the library.

    Raises:
        DataError: The extra is not installed, or the file is damaged.
    """
    where = str(path)
    try:
        library = import_module("pyarrow.parquet")
    except ImportError as error:
        raise DataError(parquet_extra_missing(where)) from error
    with open_file(path) as file:
        try:
            yield library.ParquetFile(file)
        except DataError:
            raise
        # Broad: damaged bytes take the library to errors of its own and of half a dozen others.
        except Exception as error:
            said = " ".join(str(error).split()).rstrip(".") or type(error).__name__
            raise DataError(parquet_not_read(where, said)) from error


def _columns(table: Any) -> list[tuple[str, Any]]:
    return list(zip(table.column_names, table.columns, strict=True))


def _named(values: list[object], names: Sequence[str]) -> list[object]:
    return [
        names[value] if isinstance(value, int) and 0 <= value < len(names) else value
        for value in values
    ]


def _names_of_classes(metadata: dict[bytes, bytes]) -> dict[str, Sequence[str]]:
    """Return the names of classes by column, from what Hugging Face's library writes about a table."""
    try:
        features = json.loads(metadata[b"huggingface"])["info"]["features"]
        return {
            column: feature["names"]
            for column, feature in features.items()
            if feature.get("_type") == "ClassLabel" and isinstance(feature.get("names"), list)
        }
    except (KeyError, ValueError, TypeError, AttributeError):
        return {}

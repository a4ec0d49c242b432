"""Read tables of Parquet through `pyarrow`, which is installed only on request."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

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
        kinds = map(str, file.schema_arrow.types)
        return any(
            kind in {"binary", "large_binary"} or (kind.startswith("struct<") and "bytes: " in kind)
            for kind in kinds
        )


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

"""Open a file that a user named, and read it unpacked, without filling the memory."""

import gzip
import lzma
import zlib
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from stat import S_ISREG
from typing import IO

from striate.errors import DataError
from striate.errors.data import (
    content_too_large,
    damaged_packing,
    missing_file,
    not_a_file,
    unreadable_file,
)
from striate.errors.texts import not_utf8


MAX_BYTES = 2 * 2**30
BLOCK_BYTES = 2**20

_GZIP = b"\x1f\x8b"
_XZ = b"\xfd7zXZ\x00"


def open_file(path: Path) -> IO[bytes]:
    """Open a regular file for reading.

    Raises:
        DataError: There is none, it is a folder or a device, or it may not be read.
    """
    where = str(path)
    try:
        # Asked first, because opening a named pipe waits for a writer.
        file = path.open("rb") if S_ISREG(path.stat().st_mode) else None
    except FileNotFoundError as error:
        raise DataError(missing_file(where)) from error
    except (OSError, ValueError) as error:
        raise DataError(unreadable_file(where, problem(error))) from error
    if file is None:
        raise DataError(not_a_file(where))
    return file


def read_unpacked(path: Path) -> bytearray:
    """Read a file, unpacked if it is packed with gzip or xz.

    Its first bytes decide and not its name, because browsers unpack what they download and keep
    the name.

    Raises:
        DataError: The file cannot be read, is damaged, or holds more than MAX_BYTES.
    """
    where = str(path)
    content = bytearray()
    with open_file(path) as file:
        start = file.read(len(_XZ))
        file.seek(0)
        try:
            for block in _blocks(file, start):
                content += block
                if len(content) > MAX_BYTES:
                    break
        except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as error:
            packing = "xz" if start == _XZ else "gzip"
            raise DataError(damaged_packing(where, packing)) from error
        except OSError as error:
            raise DataError(unreadable_file(where, problem(error))) from error
    if len(content) > MAX_BYTES:
        raise DataError(content_too_large(where, MAX_BYTES))
    return content


def decoded(content: bytes | bytearray, where: str) -> str:
    """Decode text in UTF-8, or in UTF-16 whose mark says so.

    Args:
        content: The bytes of a file.
        where: The file, in messages.

    Raises:
        DataError: It is neither.
    """
    encoding = "utf-16" if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        try:
            content.decode("cp949")
            is_korean = True
        except UnicodeDecodeError:
            is_korean = False
        raise DataError(not_utf8(where, error.start, line, is_korean=is_korean)) from None


def problem(error: OSError | ValueError) -> str:
    """Say in the system's own words why a file or folder was not handed out."""
    return (isinstance(error, OSError) and error.strerror) or str(error)


def _blocks(file: IO[bytes], start: bytes) -> Iterator[bytes]:
    if start.startswith(_GZIP):
        with gzip.open(file) as unpacked:
            yield from iter(partial(unpacked.read, BLOCK_BYTES), b"")
    elif start == _XZ:
        with lzma.open(file) as unpacked:
            yield from iter(partial(unpacked.read, BLOCK_BYTES), b"")
    else:
        yield from iter(partial(file.read, BLOCK_BYTES), b"")

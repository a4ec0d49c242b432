"""Read the vectors of a vocabulary's words from a file of word2vec or GloVe, line by line."""

import codecs
import gzip
import hashlib
import io
import lzma
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, final

import numpy as np
import torch
from torch import Tensor

from striate.data.preprocessing.vocabulary import Vocabulary
from striate.data.user_files import open_file
from striate.errors import DataError
from striate.errors.data import damaged_packing, empty_file
from striate.errors.texts import (
    damaged_vectors,
    no_vectors_found,
    not_vectors,
    vectors_of_other_dimensions,
)


_HEADER = re.compile(rb"\s*(\d{1,12})\s+(\d{1,6})\s*")
_NUMERALS = re.compile(rb"[-+.\deEinfa\s]*")
_NUMERAL = re.compile(rb"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:inf|nan)", re.IGNORECASE)
_LONGEST_WORD, _LONGEST_LINE = 4096, 2**20
_FLOAT_BYTES = 4


@final
@dataclass(frozen=True, slots=True, eq=False)
class GivenVectors:
    """Vectors from a file.

    Args:
        vectors: Words x dimensions, in the order of the vocabulary; zeros where none was found.
        is_found: Which words have one.
        file: Name of the file, without its folder.
        digest: SHA-256 of the file.
    """

    vectors: Tensor
    is_found: Tensor
    file: str
    digest: str

    @property
    def remark(self) -> str:
        """How many words were found."""
        found, total = int(self.is_found.sum()), len(self.is_found)
        return (
            f"{found:,} of {total:,} words have a vector in {self.file}; "
            f"the other {total - found:,} are drawn."
        )


class _Hashed(io.RawIOBase):
    """A file whose bytes are counted in a digest as they are read."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.digest = file, hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        block = self.file.read(len(buffer))
        self.digest.update(block)
        buffer[: len(block)] = block
        return len(block)


def read_vectors(path: Path, vocabulary: Vocabulary, dimensions: int, row: str) -> GivenVectors:
    """Read the vectors of a vocabulary's words; all others are passed over.

    Args:
        path: The text form of word2vec or GloVe, or the binary form of word2vec; raw, or packed
            with gzip or xz. Of a word that stands twice, the first vector is taken.
        vocabulary: The words.
        dimensions: Numbers of a vector that the network has room for.
        row: The row of the network that wants them, for messages.

    Raises:
        DataError: The file is no such file, is damaged, has vectors of another length, or knows
            none of the words.
    """
    where = str(path)
    vectors = torch.zeros(len(vocabulary), dimensions)
    is_found = torch.zeros(len(vocabulary), dtype=torch.bool)
    with open_file(path) as file:
        hashed = _Hashed(file)
        try:
            for word, values in _entries(_unpacked(hashed), where, dimensions, row):
                (number,) = vocabulary.numbers([word])
                if number and not is_found[number - 1]:
                    vectors[number - 1] = torch.from_numpy(values.astype(np.float32))
                    is_found[number - 1] = True
        except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as error:
            raise DataError(damaged_packing(where, "gzip or xz")) from error
        while hashed.read(_LONGEST_LINE):  # what stands behind the last vector counts, too
            pass
    if not torch.isfinite(vectors).all():
        raise DataError(damaged_vectors(where, "a vector", "values that are not finite"))
    if not is_found.any():
        raise DataError(no_vectors_found(where, vocabulary.words[:3]))
    return GivenVectors(vectors, is_found, path.name, hashed.digest.hexdigest())


def _unpacked(hashed: _Hashed) -> "io.BufferedReader[Any]":
    raw: io.RawIOBase = hashed
    buffered: io.BufferedReader[Any] = io.BufferedReader(raw, _LONGEST_LINE)
    start = buffered.peek(6)
    if start.startswith(b"\x1f\x8b"):
        return io.BufferedReader(gzip.GzipFile(fileobj=buffered), _LONGEST_LINE)
    if start.startswith(b"\xfd7zXZ\x00"):
        return io.BufferedReader(lzma.LZMAFile(buffered), _LONGEST_LINE)
    return buffered


Entries = Iterator[tuple[str, "np.ndarray[tuple[int], np.dtype[np.floating]]"]]


def _entries(file: io.BufferedReader, where: str, dimensions: int, row: str) -> Entries:
    # A mark of the order of bytes is no part of the first word.
    first = file.readline(_LONGEST_LINE).removeprefix(codecs.BOM_UTF8)
    if not first:
        raise DataError(empty_file(where))
    header = _HEADER.fullmatch(first)
    found = int(header[2]) if header else len(first.split()) - 1
    if header is None and (found < 1 or not _NUMERALS.fullmatch(first.partition(b" ")[2])):
        raise DataError(not_vectors(where))
    if found != dimensions:
        raise DataError(vectors_of_other_dimensions(where, found, row, dimensions))
    if header is not None and _is_binary(file, dimensions):
        return _binary(file, where, int(header[1]), dimensions)
    return _text(file, where, dimensions, b"" if header else first)


def _is_binary(file: io.BufferedReader, dimensions: int) -> bool:
    """Whether what stands behind the first word is no line of as many numerals as a vector has."""
    line, end, _ = file.peek(_LONGEST_LINE)[:_LONGEST_LINE].partition(b"\n")
    _, *numbers = line.rstrip().rsplit(b" ", dimensions)
    if not end:
        # The line is longer than what was read ahead: its last numeral may be cut.
        numbers = line.split(b" ")[1:-1]
    is_whole = len(numbers) == dimensions if end else 0 < len(numbers) < dimensions
    return not is_whole or not all(_NUMERAL.fullmatch(number) for number in numbers)


def _text(file: io.BufferedReader, where: str, dimensions: int, first: bytes) -> Entries:
    line = 1
    while True:
        written = first or file.readline(_LONGEST_LINE)
        if not written:
            return
        line += 0 if first else 1
        first = b""
        # A word of GloVe may hold blanks: its numbers are counted from the end.
        word, *numbers = written.rstrip().rsplit(b" ", dimensions)
        try:
            values = np.array(numbers, dtype=np.float64)
        except ValueError:
            values = np.empty(0)
        if len(values) != dimensions:
            problem = f"no word with {dimensions} numbers"
            raise DataError(damaged_vectors(where, f"line {line:,}", problem))
        yield word.decode(errors="replace"), values


def _binary(file: io.BufferedReader, where: str, count: int, dimensions: int) -> Entries:
    size = dimensions * _FLOAT_BYTES
    for number in range(1, count + 1):
        word = bytearray()
        while (sign := file.read(1)) not in {b" ", b""} and len(word) < _LONGEST_WORD:
            word += sign
        values = file.read(size)
        if sign != b" " or len(values) != size:
            place = f"vector {number:,} of {count:,}"
            raise DataError(damaged_vectors(where, place, "less than a word and its numbers"))
        yield bytes(word).lstrip(b"\n").decode(errors="replace"), np.frombuffer(values, "<f4")

"""The IDX format of MNIST: a type, the dimensions, and then the values, row by row.

Two bytes of 0, a byte for the type, a byte for the number of dimensions, four bytes for each
dimension (the first of them the most significant), the values. Only unsigned bytes are read.

Source:
    LeCun, Cortes, Burges: The MNIST database, "File formats".
"""

import re
from dataclasses import dataclass
from math import prod
from pathlib import Path
from struct import pack, unpack_from
from typing import final

import numpy as np
import numpy.typing as npt
import torch

from striate.data.examples import Examples
from striate.data.user_files import read_unpacked
from striate.errors import DataError, Fault
from striate.errors.data import (
    array_not_bytes,
    counts_differ,
    empty_file,
    idx_header_cut,
    idx_of_other_type,
    idx_of_wrong_length,
    idx_of_wrong_rank,
    idx_too_large,
    images_without_pixels,
    missing_parts,
    no_examples,
    not_idx,
    sizes_differ,
)


# An empty dimension counts as 1, because numpy refuses 0 x 4294967295 x 4294967295.
MAX_VALUES = 2 * 2**30
MAX_RANK = 32  # numpy before 2.0 holds no more

_UNSIGNED_BYTE = 0x08


def read_idx(content: bytes | bytearray, where: str) -> npt.NDArray[np.uint8]:
    """Read the array that an IDX file holds.

    Nothing is allocated before the declared dimensions are found to agree with the content.

    Args:
        content: The whole file, unpacked.
        where: The file's name, for the message.

    Raises:
        DataError: The content is no IDX file of bytes, or it is longer or shorter than declared.
    """
    if not content:
        raise DataError(empty_file(where))
    if content[:2] != bytes(min(2, len(content))):
        raise DataError(not_idx(where))
    if len(content) < 4:  # noqa: PLR2004 - the two zeros, the type and the rank
        raise DataError(idx_header_cut(where, len(content), 4))
    code, rank = content[2], content[3]
    faults = [] if code == _UNSIGNED_BYTE else [idx_of_other_type(where, code)]
    if not 1 <= rank <= MAX_RANK:
        faults.append(idx_of_wrong_rank(where, rank, f"from 1 to {MAX_RANK}"))
    if faults:
        raise DataError(*faults)
    start = 4 + 4 * rank
    if len(content) < start:
        raise DataError(idx_header_cut(where, len(content), start))
    shape = unpack_from(f">{rank}I", content, 4)
    if prod(max(length, 1) for length in shape) > MAX_VALUES:
        raise DataError(idx_too_large(where, shape, MAX_VALUES))
    values = memoryview(content)[start:]
    if len(values) != prod(shape):
        raise DataError(idx_of_wrong_length(where, shape, len(values), prod(shape)))
    # A copy, because the memory of `bytes` cannot be written to, which torch warns about.
    return np.frombuffer(values, np.uint8).reshape(shape).copy()


def write_idx(array: npt.NDArray[np.uint8]) -> bytes:
    """Give the content of the IDX file that holds an array.

    Raises:
        DataError: The array is not of bytes, or `read_idx` would refuse the file.
    """
    shape = array.shape
    faults = [] if array.dtype == np.uint8 else [array_not_bytes(str(array.dtype))]
    if not 1 <= array.ndim <= MAX_RANK:
        faults.append(idx_of_wrong_rank("array", array.ndim, f"from 1 to {MAX_RANK}"))
    if prod(max(length, 1) for length in shape) > MAX_VALUES:
        faults.append(idx_too_large("array", shape, MAX_VALUES))
    if faults:
        raise DataError(*faults)
    header = pack(f">4B{array.ndim}I", 0, 0, _UNSIGNED_BYTE, array.ndim, *shape)
    return header + array.tobytes()


TRAIN = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte")
TEST = ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")

_PAIR = re.compile(
    r"(?P<half>train|test|t10k)?(?:(?<=.)[-_.])?(?P<kind>images|labels)"
    r"(?:[-.]idx[134]-ubyte|\.idx)?(?:\.gz|\.xz)?"
)

# Dimensions of stored images: gray without an axis of channels, or with one.
_GRAY, _CHANNELS = 3, 4


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    path: Path
    array: npt.NDArray[np.uint8]


def read_folder(folder: Path) -> tuple[Examples, Examples]:
    """Read the training and the test examples of a folder.

    Args:
        folder: It holds the files of TRAIN and TEST, raw or packed as .gz or .xz; a dot in place
            of the last hyphen but one is accepted, and so is `idx4` for images with channels.

    Raises:
        DataError: Files are missing, cannot be read, or do not go together; all faults are named.
        OSError: The folder cannot be listed.
    """
    parts, faults = _parts(folder)
    for images, labels in (TRAIN, TEST):
        faults += _image_faults(parts.get(images)) + _label_faults(parts.get(labels))
        faults += _count_faults(folder, parts.get(images), parts.get(labels))
    faults += _size_faults(folder, parts.get(TRAIN[0]), parts.get(TEST[0]))
    if faults:
        raise DataError(*faults)
    train, test = (
        to_examples(parts[images].array, parts[labels].array) for images, labels in (TRAIN, TEST)
    )
    return train, test


def find_pair(folder: Path) -> tuple[Path, Path] | None:
    """Find a file of images and one of labels that stand alone.

    Returns:
        Images and labels; None where there are others of their kind, or they are of two halves.

    Raises:
        OSError: The folder cannot be listed.
    """
    found = [
        (path, match)
        for path in folder.iterdir()
        if (match := _PAIR.fullmatch(path.name)) and path.is_file()
    ]
    by_kind = {match["kind"]: path for path, match in found}
    if len(found) != len(by_kind) or len({match["half"] for _, match in found}) != 1:
        return None
    return (by_kind["images"], by_kind["labels"]) if len(by_kind) == len(TRAIN) else None


def read_pair(images: Path, labels: Path) -> Examples:
    """Read examples from a file of images and one of labels.

    Raises:
        DataError: A file cannot be read, or they do not go together; all faults are named.
    """
    parts: list[_Part | None] = []
    faults: list[Fault] = []
    for path in (images, labels):
        try:
            parts.append(_Part(path, read_idx(read_unpacked(path), str(path))))
        except DataError as error:
            faults += error.faults
            parts.append(None)
    faults += _image_faults(parts[0]) + _label_faults(parts[1])
    faults += _count_faults(images.parent, parts[0], parts[1])
    first, second = parts
    if faults or first is None or second is None:
        raise DataError(*faults)
    return to_examples(first.array, second.array)


def holds_idx(folder: Path) -> bool:
    """Tell whether a folder has a file that is called like one of the four.

    Raises:
        OSError: The folder cannot be listed.
    """
    known = {name for stem in (*TRAIN, *TEST) for name in _spellings(stem)}
    return any(path.name in known for path in folder.iterdir())


def to_examples(images: npt.NDArray[np.uint8], labels: npt.NDArray[np.uint8]) -> Examples:
    """Turn arrays that are known to fit into examples, gray images into images of one channel."""
    gray_or_color = torch.from_numpy(images)
    return Examples(
        gray_or_color.unsqueeze(1) if images.ndim == _GRAY else gray_or_color,
        torch.from_numpy(labels).long(),
    )


def _parts(folder: Path) -> tuple[dict[str, _Part], list[Fault]]:
    names = {path.name for path in folder.iterdir()}
    parts: dict[str, _Part] = {}
    missing: list[str] = []
    faults: list[Fault] = []
    for stem in (*TRAIN, *TEST):
        path = next((folder / name for name in _spellings(stem) if name in names), None)
        if path is None:
            missing.append(stem)
            continue
        try:
            parts[stem] = _Part(path, read_idx(read_unpacked(path), str(path)))
        except DataError as error:
            faults += error.faults
    return parts, [missing_parts(str(folder), missing), *faults] if missing else faults


def _spellings(stem: str) -> list[str]:
    stems = [stem, stem.replace("idx3", "idx4")]
    stems += [name.replace("-idx", ".idx") for name in stems]
    return [name + packing for packing in ("", ".gz", ".xz") for name in stems]


def _image_faults(part: _Part | None) -> list[Fault]:
    if part is None:
        return []
    where, shape = str(part.path), part.array.shape
    if len(shape) not in {_GRAY, _CHANNELS}:
        needed = "3 dimensions: examples, height and width, or 4: with channels after the examples"
        return [idx_of_wrong_rank(where, len(shape), needed)]
    faults = [] if shape[0] else [no_examples(where)]
    return faults if all(shape[1:]) else [*faults, images_without_pixels(where, shape[1:])]


def _label_faults(part: _Part | None) -> list[Fault]:
    if part is None:
        return []
    where, array = str(part.path), part.array
    if array.ndim != 1:
        return [idx_of_wrong_rank(where, array.ndim, "1 dimension: the examples")]
    return [] if len(array) else [no_examples(where)]


def _count_faults(folder: Path, images: _Part | None, labels: _Part | None) -> list[Fault]:
    if images is None or labels is None or len(images.array) == len(labels.array):
        return []
    return [
        counts_differ(
            str(folder),
            (images.path.name, len(images.array)),
            (labels.path.name, len(labels.array)),
        )
    ]


def _size_faults(folder: Path, train: _Part | None, test: _Part | None) -> list[Fault]:
    if train is None or test is None:
        return []
    sizes = [part.array.shape[1:] for part in (train, test)]
    channels_first = [size if len(size) == _GRAY else (1, *size) for size in sizes]
    if channels_first[0] == channels_first[1]:
        return []
    return [sizes_differ(str(folder), *channels_first)]

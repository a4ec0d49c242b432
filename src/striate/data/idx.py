"""The IDX format of MNIST: a type, the dimensions, and then the values, row by row.

Two bytes of 0, a byte for the type, a byte for the number of dimensions, four bytes for each
dimension (the first of them the most significant), the values. Only unsigned bytes are read.

Source:
    LeCun, Cortes, Burges: The MNIST database, "File formats".
"""

from math import prod
from struct import pack, unpack_from

import numpy as np
import numpy.typing as npt

from striate.errors import DataError
from striate.errors.data import (
    array_not_bytes,
    empty_file,
    idx_header_cut,
    idx_of_other_type,
    idx_of_wrong_length,
    idx_of_wrong_rank,
    idx_too_large,
    not_idx,
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

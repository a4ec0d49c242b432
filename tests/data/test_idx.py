"""The IDX format: read as its description says, refused by name when it is anything else."""

import tracemalloc
from struct import pack

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra import numpy as arrays

from striate.data import read_idx, write_idx
from striate.errors import DataError


SHAPES = arrays.array_shapes(min_dims=1, max_dims=5, min_side=0, max_side=5)

# Two zeros, unsigned bytes, two dimensions of 2 and 3, the values: by hand, after the description.
TWO_BY_THREE = bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255])


def refusal(content: bytes) -> str:
    with pytest.raises(DataError) as caught:
        read_idx(content, "train-images")
    return str(caught.value)


def test_values_are_read_row_by_row() -> None:
    array = read_idx(TWO_BY_THREE, "x")
    assert array.dtype == np.uint8
    assert array.tolist() == [[1, 2, 3], [4, 5, 255]]


def test_values_are_written_row_by_row() -> None:
    columns_first = np.asfortranarray(np.array([[1, 2, 3], [4, 5, 255]], np.uint8))
    assert write_idx(columns_first) == TWO_BY_THREE


def test_what_is_read_can_be_written_to() -> None:
    array = read_idx(TWO_BY_THREE, "x")
    array[0, 0] = 9
    assert TWO_BY_THREE[12] == 1


@given(arrays.arrays(np.uint8, SHAPES))
@settings(deadline=None, max_examples=100)
def test_what_is_written_is_read_back(array: npt.NDArray[np.uint8]) -> None:
    again = read_idx(write_idx(array), "x")
    assert again.shape == array.shape
    assert np.array_equal(again, array)


@given(st.binary(max_size=40) | st.binary(max_size=40).map(lambda tail: b"\0\0\x08" + tail))
@settings(deadline=None, max_examples=300)
def test_any_bytes_give_an_array_or_a_data_error(content: bytes) -> None:
    try:
        array = read_idx(content, "x")
    except DataError:
        return
    assert array.size == len(content) - 4 - 4 * array.ndim


@given(arrays.arrays(np.uint8, SHAPES), st.data())
@settings(deadline=None, max_examples=100)
def test_a_file_cut_anywhere_is_refused(array: npt.NDArray[np.uint8], data: st.DataObject) -> None:
    content = write_idx(array)
    with pytest.raises(DataError):
        read_idx(content[: data.draw(st.integers(0, len(content) - 1))], "x")


def test_an_empty_file_is_named() -> None:
    assert refusal(b"") == (
        "train-images: the file is empty.\n"
        "  Needed: a file with content.\n"
        "  Fix: copy or download it again."
    )


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n", b"\0\x01\x08\x01", b"\x01"])
def test_other_content_is_named(content: bytes) -> None:
    assert refusal(content) == (
        "train-images: it does not begin with two bytes of 0, a type and a number of dimensions.\n"
        "  Needed: an IDX file, the format of MNIST.\n"
        "  Fix: check that this is the right file."
    )


@pytest.mark.parametrize(
    ("content", "came", "needed"),
    [(b"\0", "1 byte", 4), (b"\0\0\x08", "3 bytes", 4), (TWO_BY_THREE[:11], "11 bytes", 12)],
)
def test_a_cut_header_is_named(content: bytes, came: str, needed: int) -> None:
    assert refusal(content) == (
        f"train-images: it ends after {came}.\n"
        f"  Needed: {needed} bytes of header, and the values behind them.\n"
        "  Fix: copy or download it again."
    )


def test_a_wrong_type_and_a_wrong_rank_are_named_together() -> None:
    assert refusal(bytes([0, 0, 0x0D, 0])) == (
        "train-images: its values have the type 0x0D.\n"
        "  Needed: unsigned bytes, type 0x08.\n"
        "  Fix: store the values as bytes from 0 to 255.\n"
        "train-images: it has 0 dimensions.\n"
        "  Needed: from 1 to 32.\n"
        "  Fix: check that this is the right file."
    )


@pytest.mark.parametrize("content", [TWO_BY_THREE[:-1], TWO_BY_THREE + b"\0"])
def test_a_wrong_length_is_named(content: bytes) -> None:
    assert refusal(content) == (
        f"train-images: it declares 2x3 values and holds {len(content) - 12}.\n"
        "  Needed: exactly 6 values behind the header.\n"
        "  Fix: copy or download it again."
    )


@pytest.mark.parametrize(
    "shape", [(2**32 - 1, 28, 28), (2**31 + 1,), (0, 2**32 - 1, 2**32 - 1), (2**32 - 1,) * 32]
)
def test_absurd_dimensions_are_named(shape: tuple[int, ...]) -> None:
    content = pack(f">4B{len(shape)}I", 0, 0, 8, len(shape), *shape)
    declared = "x".join(str(length) for length in shape)
    assert refusal(content) == (
        f"train-images: it declares {declared} values.\n"
        "  Needed: at most 2,147,483,648 values, an empty dimension counted as 1.\n"
        "  Fix: copy or download it again, or split the data set."
    )


@pytest.mark.parametrize("shape", [(2**31,), (2**32 - 1, 2**32 - 1)])
def test_declared_values_are_not_allocated(shape: tuple[int, ...]) -> None:
    content = pack(f">4B{len(shape)}I", 0, 0, 8, len(shape), *shape)
    tracemalloc.start()
    try:
        refusal(content)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_an_array_that_idx_cannot_hold_is_named() -> None:
    with pytest.raises(DataError) as caught:
        write_idx(np.float32(3) * np.ones((), np.float32))  # type: ignore[arg-type] # on purpose
    assert str(caught.value) == (
        "array: its values are float32.\n"
        "  Needed: uint8.\n"
        "  Fix: convert it first, as in array.astype(numpy.uint8).\n"
        "array: it has 0 dimensions.\n"
        "  Needed: from 1 to 32.\n"
        "  Fix: check that this is the right file."
    )


def test_an_array_that_would_not_be_read_is_not_written() -> None:
    with pytest.raises(DataError, match="it declares 0x4294967295 values"):
        write_idx(np.empty((0, 2**32 - 1), np.uint8))

"""From the cells of one row to its layer, kind by kind."""

from typing import assert_never, cast

from striate.documents.cells import (
    read_fraction,
    read_kernel,
    read_number,
    read_padding,
    read_pair,
    read_size,
    read_truth,
    read_whole,
)
from striate.documents.row_cells import RowCells
from striate.documents.vocabulary import Kind
from striate.errors.documents import said_twice
from striate.layers import (
    Activation,
    Add,
    AveragePooling,
    Concat,
    Convolution,
    Dropout,
    Embedding,
    Flatten,
    FullyConnected,
    Function,
    GlobalPooling,
    Input,
    Layer,
    MaxPooling,
    Padding,
    RadialBasis,
    Subsampling,
    Vectors,
)
from striate.layers.pooling import Divisor, Reduction
from striate.layers.windows import Rounding
from striate.shapes import Features, Image, Words


OPTIONS: dict[Kind, tuple[str, ...]] = {
    "Convolution": ("dilation", "bias"),
    "Max pooling": ("dilation", "rounding"),
    "Average pooling": ("rounding", "divisor"),
    "Subsampling": ("reduction",),
    "Fully connected": ("bias", "max_norm"),
    "Dropout": ("fraction",),
    "Sentence": ("padding",),
    "Embedding": ("words", "dimensions", "vectors"),
}
"""The options that each type has, besides its columns."""


def layer_of(cells: RowCells, kind: Kind, function: Function | None) -> Layer | None:
    """Make the layer of a row.

    Args:
        cells: The row's cells; what cannot be read is added to their faults.
        kind: Type of the row.
        function: Its activation function, which an Activation row is made of.

    Returns:
        The layer; None if a cell that it needs is missing or cannot be read.

    Raises:
        LayerError: The cells can be read, and their numbers cannot be.
    """
    match kind:
        case "Input":
            return _input(cells)
        case "Convolution":
            return _convolution(cells)
        case "Max pooling":
            return _max_pooling(cells)
        case "Average pooling":
            return _average_pooling(cells)
        case "Subsampling":
            return _subsampling(cells)
        case "Global average pooling" | "Global max pooling":
            return GlobalPooling("average" if kind == "Global average pooling" else "max")
        case "Fully connected" | "RBF":
            return _units(cells, kind)
        case "Flatten":
            return Flatten()
        case "Activation":
            return None if function is None else Activation(function)
        case "Dropout":
            return Dropout(cells.option("fraction", read_fraction, 0.5))
        case "Concat":
            return Concat()
        case "Add":
            return Add()
        case "Sentence" | "Embedding":
            return _sentence(cells) if kind == "Sentence" else _embedding(cells)
        case "Total":
            return None
        case _:
            assert_never(kind)


def _input(cells: RowCells) -> Layer | None:
    size = cells.need("Size", "Input", read_size)
    match size:
        case (height, width):
            maps = cells.need("Maps", "Input", read_whole)
            return None if maps is None else Input(Image(maps, height, width))
        case (count,):
            return Input(Features(count))
        case _:
            return None


def _sentence(cells: RowCells) -> Layer | None:
    count = cells.need("Size", "Sentence", read_whole)
    padding = cells.option("padding", read_whole, 0)
    return None if count is None else Input(Words(count, padding))


def _embedding(cells: RowCells) -> Layer | None:
    words = cells.need_option("words", "Embedding", read_whole)
    dimensions = cells.option("dimensions", _whole_or_none, None)
    vectors: Vectors = cells.option("vectors", _vectors, "random")
    if dimensions is None:
        size = cells.need("Size", "Embedding", read_pair)
        dimensions = None if size is None else size[1]
    if words is None or dimensions is None:
        return None
    return Embedding(words, dimensions, vectors)


def _convolution(cells: RowCells) -> Layer | None:
    maps = cells.need("Maps", "Convolution", read_whole)
    window = _window(cells, "Convolution")
    groups = cells.get("Groups", read_whole)
    dilation = cells.option("dilation", read_pair, (1, 1))
    has_bias = cells.option("bias", read_truth, default=True)
    if maps is None or window is None:
        return None
    kernel, stride, padding = window
    groups = 1 if groups is None else groups
    return Convolution(maps, kernel, stride or (1, 1), padding, dilation, groups, has_bias)


def _max_pooling(cells: RowCells) -> Layer | None:
    window = _window(cells, "Max pooling")
    dilation = cells.option("dilation", read_pair, (1, 1))
    rounding: Rounding = cells.option("rounding", _rounding, "floor")
    return None if window is None else MaxPooling(*window, dilation, rounding)


def _average_pooling(cells: RowCells) -> Layer | None:
    window = _window(cells, "Average pooling")
    rounding: Rounding = cells.option("rounding", _rounding, "floor")
    divisor: Divisor = cells.option("divisor", _divisor, "window")
    return None if window is None else AveragePooling(*window, rounding, divisor)


def _subsampling(cells: RowCells) -> Layer | None:
    window = _window(cells, "Subsampling")
    reduction: Reduction = cells.option("reduction", _reduction, "sum")
    return None if window is None else Subsampling(window[0], window[1], reduction)


# A layer checks its own words when it is made, so they pass here as they are written.
def _rounding(word: str) -> Rounding:
    return cast("Rounding", word)


def _divisor(word: str) -> Divisor:
    return cast("Divisor", word)


def _reduction(word: str) -> Reduction:
    return cast("Reduction", word)


def _vectors(word: str) -> Vectors:
    return cast("Vectors", word)


def _whole_or_none(text: str) -> int | None:
    return read_whole(text)


def _number_or_none(text: str) -> float | None:
    return read_number(text)


def _units(cells: RowCells, kind: Kind) -> Layer | None:
    if cells.has("Maps"):
        units = cells.get("Maps", read_whole)
    else:
        size = cells.need("Size", kind, read_size)
        units = None if size is None else size[0] if len(size) == 1 else size[0] * size[1]
    has_bias = cells.option("bias", read_truth, default=True) if kind != "RBF" else True
    max_norm = cells.option("max_norm", _number_or_none, None) if kind != "RBF" else None
    if units is None:
        return None
    return RadialBasis(units) if kind == "RBF" else FullyConnected(units, has_bias, max_norm)


def _window(
    cells: RowCells, kind: Kind
) -> tuple[tuple[int, int], tuple[int, int] | None, Padding] | None:
    read = cells.need("Kernel", kind, read_kernel)
    stride = cells.get("Stride", read_pair)
    padding = None if kind == "Subsampling" else cells.get("Padding", read_padding)
    if read is None:
        return None
    kernel, beside, padded = read
    if stride is not None and beside is not None and stride != beside:
        cells.faults.append(said_twice(cells.name, "Stride", cells.line))
    if padding is not None and padded is not None and padding != padded:
        cells.faults.append(said_twice(cells.name, "Padding", cells.line))
    return kernel, stride or beside, padding if padding is not None else padded or "valid"

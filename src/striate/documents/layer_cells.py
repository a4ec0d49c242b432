"""From the cells of one row to its layer, kind by kind."""

import math
from typing import Literal, assert_never, cast

from striate.documents.cells import (
    read_fraction,
    read_kernel,
    read_number,
    read_padding,
    read_pair,
    read_shape,
    read_truth,
    read_whole,
)
from striate.documents.row_cells import RowCells
from striate.documents.vocabulary import Column, Kind
from striate.documents.word_cells import read_embedding, read_sentence
from striate.errors.documents import reduction_of_other_kernel, said_twice
from striate.layers import (
    Activation,
    Add,
    AveragePooling,
    BatchNormalization,
    Concat,
    Convolution,
    Dropout,
    Flatten,
    FullyConnected,
    Function,
    GlobalPooling,
    Inception,
    Input,
    Layer,
    MaxPooling,
    Padding,
    RadialBasis,
    ResponseNormalization,
    SideHead,
    Subsampling,
)
from striate.layers.normalization import Region
from striate.layers.pooling import Divisor, Reduction
from striate.layers.windows import Rounding
from striate.shapes import Features, Image


OPTIONS: dict[Kind, tuple[str, ...]] = {
    "Convolution": ("dilation", "bias"),
    "Max pooling": ("dilation", "rounding"),
    "Average pooling": ("rounding", "divisor"),
    "Subsampling": ("reduction",),
    "Fully connected": ("bias", "max_norm"),
    "Dropout": ("fraction",),
    "LRN": ("size", "alpha", "beta", "k", "divided", "region"),
    "Batch normalisation": ("epsilon", "momentum"),
    "Side head": ("weight",),
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
        case "Fully connected" | "RBF":
            return _units(cells, kind)
        case "Inception":
            return _inception(cells)
        case "LRN":
            return _response_normalization(cells)
        case "Batch normalisation":
            return BatchNormalization(
                cells.option("epsilon", read_number, 1e-5),
                cells.option("momentum", read_number, 0.1),
            )
        case "Sentence":
            return read_sentence(cells)
        case "Embedding":
            return read_embedding(cells)
        case "Total":
            return None
        case _:
            return _layer_of_few_numbers(cells, kind, function)


FewNumbers = Literal[
    "Global average pooling",
    "Global max pooling",
    "Flatten",
    "Activation",
    "Dropout",
    "Concat",
    "Add",
    "Side head",
]


def _layer_of_few_numbers(
    cells: RowCells, kind: FewNumbers, function: Function | None
) -> Layer | None:
    """Make a layer that is set by one number or one word at most."""
    match kind:
        case "Global average pooling" | "Global max pooling":
            return GlobalPooling("average" if kind == "Global average pooling" else "max")
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
        case "Side head":
            return SideHead(cells.option("weight", read_number, 0.3))
        case _:
            assert_never(kind)


def _input(cells: RowCells) -> Layer | None:
    shape = cells.need("Size", "Input", read_shape)
    match shape:
        case (height, width), behind:
            maps = behind or cells.need("Maps", "Input", read_whole)
            return None if maps is None else Input(Image(maps, height, width))
        case (count,), _:
            return Input(Features(count))
        case _:
            return None


def _convolution(cells: RowCells) -> Layer | None:
    if cells.has("#3x3 reduce") or cells.has("#5x5 reduce"):
        # GoogLeNet's Table 1 writes a convolution and the reduction ahead of it as one row.
        return _reduced_convolution(cells)
    maps = _maps(cells)
    window = _window(cells, "Convolution")
    groups = cells.get("Groups", read_whole)
    dilation = cells.option("dilation", read_pair, (1, 1))
    has_bias = cells.option("bias", read_truth, default=True)
    if maps is None or window is None:
        return None
    kernel, stride, padding = window
    groups = 1 if groups is None else groups
    return Convolution(maps, kernel, stride or (1, 1), padding, dilation, groups, has_bias)


def _maps(cells: RowCells) -> int | None:
    """Read the maps of a convolution, which may stand behind its size: 112x112x64."""
    if not cells.has("Maps") and cells.has("Size"):
        shape = cells.get("Size", read_shape)
        if shape is not None and shape[1] is not None:
            return shape[1]
    return cells.need("Maps", "Convolution", read_whole)


def _reduced_convolution(cells: RowCells) -> Layer | None:
    window = cells.get("Kernel", read_kernel)
    stride = cells.get("Stride", read_pair)
    layer = _inception(cells)
    side = 3 if layer is not None and layer.n3x3 else 5
    if window is not None and (window[0], window[1] or stride or (1, 1)) != ((side, side), (1, 1)):
        cells.faults.append(reduction_of_other_kernel(cells.name, cells.text("Kernel"), cells.line))
        return None
    return layer


def _inception(cells: RowCells) -> Inception | None:
    columns: tuple[Column, ...] = (
        "#1x1",
        "#3x3 reduce",
        "#3x3",
        "#5x5 reduce",
        "#5x5",
        "Pool proj",
    )
    faults = len(cells.faults)
    numbers = [cells.get(column, read_whole) or 0 for column in columns]
    return Inception(*numbers) if len(cells.faults) == faults else None


def _response_normalization(cells: RowCells) -> ResponseNormalization:
    groups = cells.get("Groups", read_whole)
    region: Region = cells.option("region", _region, "across")
    usual = ResponseNormalization()
    return ResponseNormalization(
        cells.option("size", read_whole, usual.size),
        cells.option("alpha", read_number, usual.alpha),
        cells.option("beta", read_number, usual.beta),
        cells.option("k", read_number, usual.k),
        cells.option("divided", read_truth, default=usual.is_divided),
        region,
        1 if groups is None else groups,
    )


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


def _region(word: str) -> Region:
    return cast("Region", word)


def _reduction(word: str) -> Reduction:
    return cast("Reduction", word)


def _number_or_none(text: str) -> float | None:
    return read_number(text)


def _units(cells: RowCells, kind: Kind) -> Layer | None:
    if cells.has("Maps"):
        units = cells.get("Maps", read_whole)
    else:
        shape = cells.need("Size", kind, read_shape)
        units = None if shape is None else math.prod(shape[0]) * (shape[1] or 1)
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

"""From a row to the cells of its line in a table."""

from typing import assert_never

from striate.documents.vocabulary import Column
from striate.errors import DocumentError
from striate.errors.documents import unwritable_row
from striate.layers import (
    Activation,
    Add,
    AveragePooling,
    BatchNormalization,
    Concat,
    Convolution,
    Dropout,
    Embedding,
    Flatten,
    FullyConnected,
    GlobalPooling,
    Inception,
    Input,
    MaxPooling,
    RadialBasis,
    ResponseNormalization,
    SideHead,
    Sides,
    Subsampling,
    Window,
)
from striate.shapes import Image, Words
from striate.table import Claims, Row, Unreadable


Cells = dict[Column, str]


def cells_of(row: Row) -> Cells:
    """Give the text of every cell of a row that is not empty.

    Raises:
        DocumentError: The row could not be read and so cannot be written.
    """
    cells: Cells = {"Layer": row.name, **_layer_cells(row), **claimed(row.claims)}
    if row.activation is not None:
        cells["Activation"] = row.activation
    if row.reads:
        cells["From"] = ", ".join(row.reads)
    if row.start is not None:
        cells["Initialization"] = str(row.start)
    if row.note:
        cells["Note"] = row.note
    return cells


def claimed(claims: Claims) -> Cells:
    """Give the cells of what a source claims."""
    cells: Cells = {}
    if claims.maps is not None:
        cells["Maps"] = f"{claims.maps:,}"
    if claims.size is not None:
        cells["Size"] = "x".join(f"{number:,}" for number in claims.size)
    if claims.rows > 1:
        # A table of rows cannot say that a count is the sum of several.
        return cells
    if claims.parameters is not None:
        cells["Parameters"] = str(claims.parameters)
    if claims.connections is not None:
        cells["Connections"] = str(claims.connections)
    if claims.multiply_adds is not None:
        cells["Operations"] = str(claims.multiply_adds)
    if claims.neurons is not None:
        cells["Neurons"] = str(claims.neurons)
    if claims.depth is not None:
        cells["Depth"] = str(claims.depth)
    return cells


def _layer_cells(row: Row) -> Cells:
    layer = row.layer
    match layer:
        case Input(Image(channels, height, width)):
            return {"Type": "Input", "Maps": f"{channels:,}", "Size": f"{height}x{width}"}
        case Input(Words(count, padding)):
            return {"Type": "Sentence", "Size": f"{count:,}", **_options(padding=f"{padding:,}")}
        case Input():
            return {"Type": "Input", "Size": f"{layer.shape}"}
        case Convolution():
            return _convolution_cells(layer)
        case MaxPooling() | AveragePooling() | Subsampling():
            return _pooling_cells(layer)
        case GlobalPooling():
            return {"Type": f"Global {layer.reduction} pooling"}
        case FullyConnected():
            return {"Type": layer.KIND, **_units(row, layer.units), **_unit_options(layer)}
        case RadialBasis():
            return {"Type": layer.KIND, **_units(row, layer.units)}
        case Dropout():
            return {"Type": layer.KIND, **_options(fraction=repr(layer.fraction))}
        case Activation():
            return {"Type": layer.KIND, "Activation": layer.function}
        case Flatten() | Concat() | Add():
            return {"Type": layer.KIND}
        case Inception():
            return {"Type": layer.KIND, **_inception_cells(layer)}
        case ResponseNormalization():
            return {"Type": layer.KIND, **_response_cells(layer)}
        case BatchNormalization():
            numbers = _options(epsilon=repr(layer.epsilon), momentum=repr(layer.momentum))
            return {"Type": layer.KIND, **numbers}
        case SideHead():
            return {"Type": layer.KIND, **_options(weight=repr(layer.weight))}
        case Embedding():
            return {"Type": layer.KIND, **_embedding_options(row, layer)}
        case Unreadable():
            raise DocumentError(unwritable_row(row.name, row.line))
        case _:
            assert_never(layer)


def _inception_cells(layer: Inception) -> Cells:
    cells: Cells = {
        "#1x1": f"{layer.n1x1:,}",
        "#3x3 reduce": f"{layer.n3x3_reduce:,}",
        "#3x3": f"{layer.n3x3:,}",
        "#5x5 reduce": f"{layer.n5x5_reduce:,}",
        "#5x5": f"{layer.n5x5:,}",
        "Pool proj": f"{layer.pool_projection:,}",
    }
    return {column: text for column, text in cells.items() if text != "0"}


def _response_cells(layer: ResponseNormalization) -> Cells:
    cells = _options(
        size=str(layer.size),
        alpha=repr(layer.alpha),
        beta=repr(layer.beta),
        k=repr(layer.k),
        divided=layer.is_divided,
        region=layer.region,
    )
    return cells if layer.groups == 1 else {**cells, "Groups": str(layer.groups)}


def _convolution_cells(layer: Convolution) -> Cells:
    cells: Cells = {
        "Type": layer.KIND,
        "Maps": f"{layer.maps:,}",
        **_window(layer.window),
        **_options(dilation=_numbers(layer.window.dilation), bias=layer.has_bias),
    }
    if layer.groups > 1:
        cells["Groups"] = str(layer.groups)
    return cells


def _pooling_cells(layer: MaxPooling | AveragePooling | Subsampling) -> Cells:
    cells: Cells = {"Type": layer.KIND, **_window(layer.window)}
    match layer:
        case MaxPooling():
            dilation = _numbers(layer.window.dilation)
            return cells | _options(dilation=dilation, rounding=layer.rounding)
        case AveragePooling():
            return cells | _options(rounding=layer.rounding, divisor=layer.divisor)
        case Subsampling():
            return cells | _options(reduction=layer.reduction)
        case _:
            assert_never(layer)


def _units(row: Row, units: int) -> Cells:
    # Units stand under Size, as the papers write them, unless the row claims another size, too.
    return {"Size": f"{units:,}"} if row.claims.size is None else {"Maps": f"{units:,}"}


def _unit_options(layer: FullyConnected) -> Cells:
    if layer.max_norm is None:
        return _options(bias=layer.has_bias)
    return _options(bias=layer.has_bias, max_norm=f"{layer.max_norm!r}".removesuffix(".0"))


def _embedding_options(row: Row, layer: Embedding) -> Cells:
    options = {"words": f"{layer.words:,}", "vectors": layer.vectors}
    # The claimed size tells the dimensions, too, unless it is wrong, or there is none.
    if row.claims.size is None or row.claims.size[-1] != layer.dimensions:
        options["dimensions"] = f"{layer.dimensions:,}"
    return _options(**options)


_SILENT = {
    "dilation": "1",
    "rounding": "floor",
    "divisor": "window",
    "bias": True,
    "padding": "0",
    "region": "across",
}
"""Options that are not written where they have these values; `reduction` is always named."""


_TRUTH: dict[str | bool, str] = {True: "yes", False: "no"}


def _options(**options: str | bool) -> Cells:
    words = [
        f"{name}={_TRUTH.get(value, value)}"
        for name, value in options.items()
        if _SILENT.get(name) != value
    ]
    return {"Options": ", ".join(words)} if words else {}


def _window(window: Window) -> Cells:
    cells: Cells = {
        "Kernel": "x".join(map(str, window.kernel)),
        "Stride": _numbers(window.stride),
    }
    match window.padding:
        case "valid":
            pass
        case Sides(top, bottom, left, right):
            cells["Padding"] = f"{top}+{bottom}x{left}+{right}"
        case _:
            cells["Padding"] = str(window.padding)
    return cells


def _numbers(numbers: tuple[int, int]) -> str:
    height, width = numbers
    return str(height) if height == width else f"{height}x{width}"

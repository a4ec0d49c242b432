"""A table in Keras: its functional interface, channels last, the numbers of the workload in place."""

from collections.abc import Mapping

import keras
import numpy as np
from keras import layers

from keras_layers import MaskedConvolution, ResponseNorm, ScaledTanh, SquaredDistances, Subsample
from striate import layers as rows
from striate.arithmetic import RowReport, Walk, reads
from striate.shapes import Image, Words


Numbers = Mapping[str, np.ndarray]


class KerasNetwork:
    """Builds the model of a walk; the softmax of a last row is left to the loss.

    Args:
        walk: The arithmetic on a table without faults.
        weights: The numbers by the names of the rows, as Striate has them.
    """

    def __init__(self, walk: Walk, weights: Numbers) -> None:
        self.weights = weights
        self.orders: dict[int, np.ndarray | None] = {}
        trunk, *heads = walk.table.parts
        lasts = {part[-1].name for part in walk.table.parts}
        shape = walk.input
        if isinstance(shape, Words):
            entry = keras.Input((shape.count,), dtype="int32")
        else:
            axes = shape.axes
            entry = keras.Input((*axes[1:], axes[0]) if isinstance(shape, Image) else axes)
        values = [entry]
        for at, report in enumerate(walk.reports[1:], start=1):
            below = reads(walk.table)[at]
            given = [values[one] for one in below]
            self.order = self.orders.get(below[0])
            made = self._row(report, given)
            self.orders[at] = self.order
            function = report.row.function
            is_left_out = report.row.name in lasts and function in {"softmax", "sigmoid"}
            if not isinstance(report.row.layer, rows.Inception) and not is_left_out:
                made = _squashed(function, made)
            values.append(made)
        end = len(trunk) - 1
        outputs, self.head_weights = [_flat(values[end])], []
        for head in heads:
            end += len(head)
            outputs.append(_flat(values[end]))
            self.head_weights.append(head[0].layer.weight)
        outputs = [layers.Activation("linear", dtype="float32")(one) for one in outputs]
        self.model = keras.Model(entry, outputs if heads else outputs[0])

    def _numbers(self, report: RowReport) -> dict[str, np.ndarray]:
        name = report.row.identifier
        return {
            key.partition(".")[2]: values
            for key, values in self.weights.items()
            if key.partition(".")[0].removesuffix("_") == name
        }

    def _row(self, report: RowReport, given: list[object]) -> object:
        layer, shape, first = report.row.layer, report.inputs[0], given[0]
        numbers = self._numbers(report)
        match layer:
            case rows.Convolution():
                return _convolution(layer, shape, numbers, first)
            case rows.MaxPooling() | rows.AveragePooling():
                return _pooling(layer, shape, first)
            case rows.GlobalPooling():
                is_max = layer.reduction == "max"
                return (layers.GlobalMaxPooling2D if is_max else layers.GlobalAveragePooling2D)()(
                    first
                )
            case rows.Subsampling():
                factor = np.prod(layer.window.kernel) if layer.reduction == "sum" else 1
                made = Subsample(layer.window.kernel, layer.window.stride, int(factor))
                values = made(first)
                made.set_weights([numbers["weight"], numbers["bias"]])
                return values
            case rows.ResponseNormalization():
                return ResponseNorm(layer.size, layer.coefficient, layer.beta, layer.k)(first)
            case rows.Inception():
                return _inception(layer, report, numbers, first)
            case rows.Flatten():
                self.order = _order(shape) if isinstance(shape, Image) else self.order
                return layers.Flatten()(first)
            case rows.FullyConnected():
                return self._dense(layer, shape, numbers, first)
            case rows.RadialBasis():
                return SquaredDistances(numbers["codes"])(_flat(first))
            case rows.Embedding():
                vectors = np.concatenate([np.zeros_like(numbers["weight"][:1]), numbers["weight"]])
                made = layers.Embedding(*vectors.shape, trainable=layer.is_trained)
                values = made(first)
                made.set_weights([vectors])
                return layers.Reshape((shape.count, layer.dimensions, 1))(values)
            case rows.Dropout():
                return layers.Dropout(layer.fraction)(first)
            case rows.Concat():
                return layers.Concatenate()(given)
            case rows.SideHead() | rows.Activation():
                return first
            case other:
                message = f"{report.row.name}: Keras is not given {type(other).__name__}"
                raise NotImplementedError(message)

    def _dense(
        self, layer: rows.FullyConnected, shape: object, numbers: Numbers, below: object
    ) -> object:
        weight = numbers["weight"]
        order = _order(shape) if isinstance(shape, Image) else self.order
        if order is not None:
            weight = weight[:, order]
        self.order = None
        limit = (
            None if layer.max_norm is None else keras.constraints.MaxNorm(layer.max_norm, axis=0)
        )
        made = layers.Dense(layer.units, use_bias=layer.has_bias, kernel_constraint=limit)
        values = made(_flat(below))
        made.set_weights([weight.T, *([numbers["bias"]] if layer.has_bias else [])])
        return values


def _flat(values: object) -> object:
    return layers.Flatten()(values) if len(values.shape) > 2 else values


def _order(shape: Image) -> np.ndarray:
    """Give the places of values, channels last, in the order in which Striate flattens them."""
    places = np.arange(shape.elements).reshape(shape.axes)
    return places.transpose(1, 2, 0).ravel()


def _squashed(function: str | None, values: object) -> object:
    match function:
        case None:
            return values
        case "scaled tanh":
            return ScaledTanh()(values)
        case _:
            return layers.Activation(function.lower())(values)


def _edges(window: object, image: Image) -> list[tuple[int, int]]:
    """Give the cells of padding that windows touch, before and behind, down and across."""
    edges = []
    for axis, length, count in zip(
        window.axes(image), (image.height, image.width), window.count(image), strict=True
    ):
        behind = (count - 1) * axis.stride + axis.reach - axis.before - length
        edges.append((axis.before, max(behind, 0)))
    return edges


def _is_same(window: object, image: Image, edges: list[tuple[int, int]]) -> bool:
    """Tell whether `same` gives these very windows."""
    for (before, behind), axis, length in zip(
        edges, window.axes(image), (image.height, image.width), strict=True
    ):
        count = -(-length // axis.stride)
        total = max((count - 1) * axis.stride + axis.reach - length, 0)
        if (before, behind) != (total // 2, total - total // 2):
            return False
    return True


def _convolution(layer: rows.Convolution, image: Image, numbers: Numbers, below: object) -> object:
    window = layer.window
    edges = _edges(window, image)
    padding = "valid"
    if any(map(any, edges)):
        if _is_same(window, image, edges):
            padding = "same"
        else:
            below = layers.ZeroPadding2D(edges)(below)
    options = {
        "filters": layer.maps,
        "kernel_size": window.kernel,
        "strides": window.stride,
        "padding": padding,
        "use_bias": layer.has_bias,
    }
    bias = [numbers["bias"]] if layer.has_bias else []
    weight = numbers["weight"]
    if layer.connection_table is not None:
        full = np.zeros((layer.maps, image.channels, *window.kernel), np.float32)
        mask = np.zeros((1, 1, image.channels, layer.maps), np.float32)
        for kernel, (column, row) in zip(weight, layer.connection_table.pairs, strict=True):
            full[column, row], mask[0, 0, row, column] = kernel, 1
        return _set(MaskedConvolution(mask, **options), below, full, bias)
    if layer.groups > 1 and keras.backend.backend() == "tensorflow":
        return _in_groups(layer, options, weight, bias, below)
    return _set(layers.Conv2D(**options, groups=layer.groups), below, weight, bias)


def _in_groups(
    layer: rows.Convolution,
    options: dict[str, object],
    weight: np.ndarray,
    bias: list,
    below: object,
) -> object:
    """Convolve each group by itself: TensorFlow has no gradient of grouped convolutions on CPUs."""
    groups = layer.groups
    parts = keras.ops.split(below, groups, axis=-1)
    options = {**options, "filters": layer.maps // groups}
    biases = [[one] for one in np.split(bias[0], groups)] if bias else [[]] * groups
    made = [
        _set(layers.Conv2D(**options), *one)
        for one in zip(parts, np.split(weight, groups), biases, strict=True)
    ]
    return layers.Concatenate()(made)


def _set(made: layers.Layer, below: object, weight: np.ndarray, bias: list) -> object:
    values = made(below)
    made.set_weights([weight.transpose(2, 3, 1, 0), *bias])
    return values


def _pooling(layer: rows.MaxPooling | rows.AveragePooling, image: Image, below: object) -> object:
    window = layer.window
    edges = _edges(window, image)
    padding = "valid"
    if any(map(any, edges)):
        if not _is_same(window, image, edges) or isinstance(layer, rows.AveragePooling):
            message = f"{layer.KIND}: Keras has no such padding"
            raise NotImplementedError(message)
        padding = "same"
    kind = layers.MaxPooling2D if isinstance(layer, rows.MaxPooling) else layers.AveragePooling2D
    return kind(window.kernel, window.stride, padding)(below)


def _inception(layer: rows.Inception, report: RowReport, numbers: Numbers, below: object) -> object:
    ends = []
    for branch in layer.branches:
        shape, values = report.inputs[0], below
        for name, part in branch:
            if isinstance(part, rows.Convolution):
                own = {
                    key.rpartition(".")[2]: one
                    for key, one in numbers.items()
                    if key.startswith(f"{name}.")
                }
                values = _squashed(report.row.activation, _convolution(part, shape, own, values))
            else:
                values = _pooling(part, shape, values)
            shape = part.output(shape)
        ends.append(values)
    return layers.Concatenate()(ends)

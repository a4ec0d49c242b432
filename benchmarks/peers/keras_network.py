"""A table in Keras: the code that `striate convert --to keras` writes, with the numbers of the workload in place."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np
from keras import layers

from striate import Document, Input, Row, Table, document_of
from striate.arithmetic import reads
from striate.documents.writing import write_form
from striate.layers import Activation
from striate.shapes import Shape, Words


Numbers = Mapping[str, np.ndarray]

_NAMES = {
    "bias": "bias",
    "beta": "bias",
    "codes": "codes",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}
"""Keras's names of what is not called a weight by torch."""
_LEFT_TO_THE_LOSS = ("softmax", "sigmoid")
_KEEPS_ORDER = ("Dropout", "Activation", "BatchNormalization")


class GroupedConv2D(layers.Conv2D):
    """Convolves each group by itself: TensorFlow has no gradient of grouped convolutions on processors."""

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        """Convolve."""
        if self.groups == 1 or keras.backend.backend() != "tensorflow":
            return super().convolution_op(inputs, kernel)
        parts = keras.ops.split(inputs, self.groups, axis=-1)
        kernels = keras.ops.split(kernel, self.groups, axis=-1)
        conv = super().convolution_op
        return keras.ops.concatenate([conv(*one) for one in zip(parts, kernels, strict=True)], -1)


class KerasNetwork:
    """Builds the model of a document; the softmax of a last row is left to the loss.

    Args:
        document: The network, without faults.
        weights: The numbers by the names of the rows, as Striate has them.
    """

    def __init__(self, document: Document, weights: Numbers) -> None:
        self.weights = weights
        walk, (trunk, *heads) = document.sound_walk(), document.table.parts
        if isinstance(walk.input, Words):
            self.model = self._of_sentences(walk.input, trunk)
        else:
            self.model = self._written(trunk[0].name, walk.input, trunk[1:])
        outputs = [self.model.outputs[0]]
        for head in heads:
            source = walk.reports[reads(walk.table)[walk.table.rows.index(head[0])][0]]
            maps = self.model.get_layer(source.row.identifier).output
            made = self._written(source.row.name, source.output, head[1:])
            outputs.append(made(maps))
        self.head_weights = [head[0].layer.weight for head in heads]
        outputs = [layers.Activation("linear", dtype="float32")(one) for one in outputs]
        self.model = keras.Model(self.model.inputs[0], outputs if heads else outputs[0])

    def _of_sentences(self, shape: Words, trunk: Sequence[Row]) -> Any:
        """Put the vectors of words ahead, for which the code has no words."""
        embedding = trunk[1].layer
        weight = self.weights[f"{trunk[1].identifier}.weight"]
        vectors = np.concatenate([np.zeros_like(weight[:1]), weight])
        entry = keras.Input((shape.count,), dtype="int32")
        made = layers.Embedding(*vectors.shape, trainable=embedding.is_trained)
        values = layers.Reshape((shape.count, embedding.dimensions, 1))(made(entry))
        made.set_weights([vectors])
        image = Input.image(1, shape.count, embedding.dimensions).shape
        return keras.Model(entry, self._written(trunk[1].name, image, trunk[2:])(values))

    def _written(self, entry: str, shape: Shape, rows: Sequence[Row]) -> Any:
        """Run the code that is written of some rows behind a row of a name, and give its layers their numbers."""
        *others, last = rows
        if last.function not in _LEFT_TO_THE_LOSS:
            others = rows
        elif not isinstance(last.layer, Activation):  # a row of its own says nothing else
            others.append(replace(last, activation=None))
        table = Table((Row(entry, Input(shape)), *others))
        code = write_form(document_of(table), "keras").text
        space: dict[str, Any] = {}
        layers.Conv2D, kept = GroupedConv2D, layers.Conv2D
        try:
            exec(code.removesuffix("model.summary()\n"), space)
        finally:
            layers.Conv2D = kept
        for layer in space["model"].layers:
            if layer.weights:
                layer.set_weights([self._numbers(layer, one, rows) for one in layer.weights])
        return space["model"]

    def _numbers(self, layer: Any, weight: Any, rows: Sequence[Row]) -> np.ndarray:
        """Return one tensor of Striate's as Keras lays it out."""
        name, kind = _NAMES.get(weight.path.rpartition("/")[2], "weight"), type(layer).__name__
        numbers = next(
            values
            for key, values in self.weights.items()
            if key.rpartition(".")[2] == name
            and key.rpartition(".")[0].replace(".", "_").rstrip("_") == layer.name
        )
        if kind == "ConnectedConv2D" and name == "weight":
            pairs = next(row for row in rows if row.identifier == layer.name)
            full = np.zeros(weight.shape, np.float32)
            for kernel, (column, row) in zip(
                numbers, pairs.layer.connection_table.pairs, strict=True
            ):
                full[:, :, row, column] = kernel
            return full
        if numbers.ndim == 4:
            return numbers.transpose(2, 3, 1, 0)
        if kind == "Dense" and name == "weight":
            order = _order_below(layer)
            return (numbers if order is None else numbers[:, order]).T
        return numbers


def _order_below(layer: Any) -> np.ndarray | None:
    """Give the places, in the table's order, of the flat values of maps that a layer reads; None where they agree."""
    while True:
        layer = layer._inbound_nodes[0].input_tensors[0]._keras_history.operation
        if type(layer).__name__ == "Flatten":
            maps = layer._inbound_nodes[0].input_tensors[0]
            if type(maps._keras_history.operation).__name__ == "Permute":
                return None
            height, width, count = maps.shape[1:]
            places = np.arange(maps.shape[1] * width * count).reshape(count, height, width)
            return places.transpose(1, 2, 0).ravel()
        if type(layer).__name__ not in _KEEPS_ORDER:
            return None

"""The weights of an ONNX file, layer by layer in the order of its graph, as torch's layers hold them.

This module needs the library `onnx`, of the extra `export`; who imports it looks for that first.
"""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from numpy.typing import NDArray
from onnx.helper import get_attribute_value
from onnx.numpy_helper import to_array
from onnx.reference import ReferenceEvaluator
from torch import Tensor

from striate.errors import TrainingError
from striate.errors.transfer import quantized_weights


Values = NDArray[Any]

_CONSTANT = frozenset(
    [
        "Identity",
        "Cast",
        "DequantizeLinear",
        "Transpose",
        "Reshape",
        "Squeeze",
        "Unsqueeze",
        "Constant",
        "Flatten",
        "Mul",
        "Add",
        "Sub",
        "Div",
        "Concat",
        "QuantizeLinear",
    ]
)
"""Operators that are computed where all that they read is constant."""

_QUANTIZED = ("QLinear", "ConvInteger", "MatMulInteger", "DynamicQuantize", "QGemm", "QAttention")


def read_onnx_weights(path: Path, where: str) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    """Read the weights of a graph.

    Args:
        path: The file; weights beside it, in files that it names, are read too.
        where: What it is called, for messages.

    Returns:
        Tensors by name, as a state dict of torch has them, and what should be known of them.

    Raises:
        TrainingError: Its layers are such of small integers.
        ValueError: It is no file of ONNX.
        OSError: It cannot be read.
    """
    try:
        model = onnx.load(path)
    except DecodeError as error:
        message = "it is no file of ONNX"
        raise ValueError(message) from error
    return _Graph(model.graph, where).read(), ()


class _Graph:
    """Goes through the nodes of a graph, and keeps what each holds.

    Args:
        graph: The graph.
        where: What the file is called, for messages.
    """

    def __init__(self, graph: onnx.GraphProto, where: str) -> None:
        self.graph, self.where = graph, where
        self.constants: dict[str, Values] = {one.name: to_array(one) for one in graph.initializer}
        self.found: dict[str, Tensor] = {}
        self.product_of: dict[str, str] = {}
        """The layer whose product an output is, where a bias may follow."""

    def read(self) -> dict[str, Tensor]:
        """Return all weights, in the order of the nodes."""
        for number, node in enumerate(self.graph.node, 1):
            if not self._compute(node):
                self._keep(node, node.name or f"{node.op_type}_{number}")
        return self.found

    def _compute(self, node: onnx.NodeProto) -> bool:
        """Compute a node whose inputs are all constant; whether it is one."""
        names = [name for name in node.input if name]
        if node.op_type not in _CONSTANT or any(name not in self.constants for name in names):
            return False
        given = {name: self.constants[name] for name in names}
        outputs = ReferenceEvaluator(node).run(None, given)
        self.constants |= dict(zip(node.output, map(np.asarray, outputs), strict=True))
        return True

    def _keep(self, node: onnx.NodeProto, name: str) -> None:
        if node.op_type.startswith(_QUANTIZED):
            raise TrainingError(quantized_weights(self.where, node.op_type, name))
        weights = [self.constants.get(one) for one in node.input]
        match node.op_type, weights:
            case "Conv" | "ConvTranspose", [_, weight, *rest] if weight is not None:
                self._add(node, name, 1, weight, rest[0] if rest else None)
            case "Gemm", [None, weight, *rest] if weight is not None:
                fields = {one.name: get_attribute_value(one) for one in node.attribute}
                turned = weight if fields.get("transB") else weight.T
                turned = turned * fields.get("alpha", 1.0)
                bias = rest[0] if rest else None
                scaled = None if bias is None else bias.reshape(-1) * fields.get("beta", 1.0)
                self._add(node, name, 1, turned, scaled)
            case "MatMul", [None, weight] if weight is not None and weight.ndim == 2:  # noqa: PLR2004
                self._add(node, name, 1, weight.T, None)
            case "Add", [_, _]:
                self._add_bias(node)
            case "Gather", [table, None] if table is not None and table.ndim == 2:  # noqa: PLR2004
                self._add(node, name, 0, table, None)
            case "BatchNormalization", [_, scale, bias, mean, variance]:
                layer = self._layer(node, name, 1)
                kinds = ("weight", "bias", "running_mean", "running_var")
                for kind, values in zip(kinds, (scale, bias, mean, variance), strict=True):
                    if values is not None:
                        self._put(f"{layer}.{kind}", values)
            case (
                "LayerNormalization" | "InstanceNormalization" | "GroupNormalization",
                [_, scale, *rest],
            ) if scale is not None:
                self._add(node, name, 1, scale, rest[0] if rest else None)
            case "PRelu", [_, slope] if slope is not None:
                self._add(node, name, 1, slope.reshape(-1), None)
            case _:
                pass

    def _layer(self, node: onnx.NodeProto, name: str, place: int) -> str:
        """Name a layer after its weight, where that has a name as torch gives them; else after its node."""
        own = node.input[place]
        layer, _, kind = own.rpartition(".")
        named = layer if layer and kind == "weight" else name
        free, number = named, 2
        while any(f"{free}.{kind}" in self.found for kind in ("weight", "bias")):
            free, number = f"{named}_{number}", number + 1
        return free

    def _add(
        self, node: onnx.NodeProto, name: str, place: int, weight: Values, bias: Values | None
    ) -> None:
        layer = self._layer(node, name, place)
        self._put(f"{layer}.weight", weight)
        if bias is None:
            self.product_of[node.output[0]] = layer
        else:
            self._put(f"{layer}.bias", bias)

    def _add_bias(self, node: onnx.NodeProto) -> None:
        """Keep the constant that is added to the product of a layer, one number a unit or map."""
        for product, constant in (node.input, reversed(node.input)):
            layer, values = self.product_of.get(product), self.constants.get(constant)
            if layer is not None and values is not None:
                units = len(self.found[f"{layer}.weight"])
                if values.size == units and max(values.shape, default=0) == units:
                    self._put(f"{layer}.bias", values.reshape(-1))

    def _put(self, name: str, values: Values) -> None:
        self.found[name] = torch.from_numpy(np.array(values, dtype=np.float32))

"""What is written for Keras builds there, and with the built network's numbers it gives the same.

These tests run where Keras 3 is installed, which the project itself does not need.
"""

import os
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from numpy.typing import NDArray
from torch import nn

from strategies import tables
from striate.documents import Document, document_of
from striate.documents.writing import write_form
from striate.errors import DocumentError
from striate.modules import Network, build
from striate.modules.convolutions import PartialConvolution
from striate.networks import load
from striate.shapes import Image
from striate.table import Table


os.environ.setdefault("KERAS_BACKEND", "torch")
keras = pytest.importorskip("keras")


def written_model(document: Document) -> Any:
    """The model of the file that is written."""
    text = write_form(document, "keras").text.removesuffix("model.summary()\n")
    keras.utils.clear_session()
    keras.config.set_floatx("float64")
    space: dict[str, object] = {}
    exec(compile(text, "written.py", "exec"), space)
    return space["model"]


def assert_same(document: Document) -> None:
    torch.manual_seed(1)
    network = build(document).double().eval()
    with torch.no_grad():
        for values in (*network.parameters(), *network.buffers()):
            if values.is_floating_point() and values.dim() == 1:
                values.uniform_(0.5, 1.5)
    model = written_model(document)
    carry_over(network, model)
    shape = network.walk.input
    inputs = torch.randn(2, *shape.axes, dtype=torch.float64)
    as_keras = inputs.permute(0, 2, 3, 1) if isinstance(shape, Image) else inputs
    with torch.no_grad():
        wanted = network(inputs)
        came = torch.as_tensor(model(as_keras.contiguous(), training=False)).cpu()
    last = network.walk.table.trunk[-1].function
    if last == "softmax":
        wanted = wanted.softmax(dim=1)
    if last == "sigmoid" and wanted.shape[1] == 1:
        wanted = wanted.sigmoid()
    if came.dim() == 4:
        came = came.permute(0, 3, 1, 2)
    # Keras makes some numbers in single precision.
    difference = (came.flatten(1) - wanted).abs().max()
    assert difference <= 1e-4 * (1 + wanted.abs().max())


def carry_over(network: Network, model: Any) -> None:
    """Give each layer of the model the numbers of the module with its name."""
    by_name = {layer.name: layer for layer in model.layers}
    for report in network.walk.trunk[1:]:
        name = report.row.identifier
        module = network.get_submodule(name)
        is_inception = type(module).__name__ == "Inception"
        parts = dict(module.named_children()) if is_inception else {"": module}
        for part, inner in parts.items():
            layer = by_name.get(f"{name}_{part}" if part else name)
            if layer is not None and layer.weights:
                before = order_before(layer)
                layer.set_weights(
                    [fitted(inner, weight, before, order_behind(layer)) for weight in layer.weights]
                )
            else:
                assert not list(inner.parameters()), name


NAMES = {
    "bias": "bias",
    "beta": "bias",
    "codes": "codes",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}
KEEPS_ORDER = ("Dropout", "Activation", "BatchNormalization", "LeakyReLU", "ELU")


def order_before(layer: Any) -> NDArray[np.int64] | None:
    """Where each flat value that a layer reads stands in the order of the table; None if nowhere else."""
    while True:
        layer = layer._inbound_nodes[0].input_tensors[0]._keras_history.operation
        kind = type(layer).__name__
        if kind == "Flatten":
            above = layer._inbound_nodes[0].input_tensors[0]
            if type(above._keras_history.operation).__name__ == "Permute":
                return None
            height, width, maps = above.shape[1:]
            places = np.arange(maps * height * width).reshape(maps, height, width)
            return places.transpose(1, 2, 0).ravel()
        if kind not in KEEPS_ORDER:
            return None


def order_behind(layer: Any) -> NDArray[np.int64] | None:
    """The same of what a layer gives, where it is reshaped into maps at once."""
    while layer._outbound_nodes:
        layer = layer._outbound_nodes[0].operation
        kind = type(layer).__name__
        if kind == "Reshape" and len(layer.target_shape) == 3:
            if any(type(n.operation).__name__ == "Permute" for n in layer._outbound_nodes):
                return None
            height, width, maps = layer.target_shape
            places = np.arange(maps * height * width).reshape(maps, height, width)
            return places.transpose(1, 2, 0).ravel()
        if kind not in KEEPS_ORDER:
            return None
    return None


def fitted(
    module: nn.Module,
    weight: Any,
    before: NDArray[np.int64] | None,
    behind: NDArray[np.int64] | None,
) -> NDArray[np.float64]:
    """One tensor of the built network, laid out as Keras has it."""
    numbers = {key: value.detach().numpy() for key, value in module.state_dict().items()}
    kind, shape = weight.path.rsplit("/", 1)[-1], tuple(weight.shape)
    name = NAMES.get(kind, "weight")
    came = numbers[name]
    if kind == "kernel" and isinstance(module, PartialConvolution):
        came = module.full_weight().detach().numpy()
    if came.ndim == 4 and came.transpose(2, 3, 1, 0).shape == shape:
        return came.transpose(2, 3, 1, 0)
    if came.ndim == 4:  # depthwise: height x width x maps x multiplier
        height, width, maps, multiplier = shape
        return came.reshape(maps, multiplier, height, width).transpose(2, 3, 0, 1)
    if came.ndim == 3:
        return came.transpose(1, 2, 0)
    if kind == "kernel":
        came = came if before is None else came[:, before]
        return (came if behind is None else came[behind]).T
    if kind == "bias" and behind is not None:
        return came[behind]
    if came.ndim == 1 and before is not None and came.size == before.size:
        came = came[before]
    return np.broadcast_to(came, shape) if came.size == 1 else came.reshape(shape)


def says(document: Document) -> bool:
    try:
        write_form(document, "keras")
    except DocumentError:
        return False
    return True


@settings(max_examples=15, deadline=None)
@given(tables(12))
def test_any_table_that_can_be_said_gives_the_same(table: Table) -> None:
    document = document_of(table, "any")
    if says(document):
        assert_same(document)


@pytest.mark.parametrize("name", ["lenet5", "mlp", "fashion-cnn"])
def test_small_shipped_networks_give_the_same(name: str) -> None:
    assert_same(load(name))

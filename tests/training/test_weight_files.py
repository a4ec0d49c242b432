"""Weights of ONNX's and Keras's files: the same outputs as what the files themselves compute."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper
from onnx.numpy_helper import from_array

import striate
from striate.errors import TrainingError


Values = NDArray[Any]
DRAWN = np.random.default_rng(0)

TABLE = """
| Layer | Type | Maps | Size | Kernel | Options |
| --- | --- | --- | --- | --- | --- |
| in | Input | 2 | 6x7 | - | - |
| C1 | Convolution | 4 | - | 3x3 | bias=no |
| N1 | Batch normalisation | - | - | - | - |
| flat | Flatten | - | - | - | - |
| F | Fully connected | - | 5 | - | - |
| Output | Fully connected | - | 3 | - | - |
"""


def built(table: str = TABLE) -> striate.Network:
    return striate.build(striate.read_networks(table, "small.md")[0]).eval()


def drawn(*shape: int) -> Values:
    values: Values = DRAWN.random(shape, dtype=np.float32) - 0.4
    return values


KERNELS, SCALE, OFFSET, MEAN = drawn(4, 2, 3, 3), drawn(4), drawn(4), drawn(4)
VARIANCE = np.abs(drawn(4)) + 0.5
FIRST, FIRST_BIAS, LAST, LAST_BIAS = drawn(5, 80), drawn(5), drawn(3, 5), drawn(3)
PICTURES = drawn(3, 2, 6, 7)


def saved(path: Path, nodes: list[onnx.NodeProto], constants: dict[str, Values]) -> Path:
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 2, 6, 7])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 3])],
        [from_array(values, name) for name, values in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path


def plain_graph(path: Path) -> Path:
    """Layers as they are, a product with a bias behind it, and weights that other operators give."""
    quantized = np.clip(np.round(FIRST / 0.01), -127, 127).astype(np.int8)
    nodes = [
        helper.make_node("Identity", ["k"], ["k2"]),
        helper.make_node("Conv", ["x", "k2"], ["c"]),
        helper.make_node("BatchNormalization", ["c", "g", "b", "m", "v"], ["n"]),
        helper.make_node("Flatten", ["n"], ["f"]),
        helper.make_node("DequantizeLinear", ["q", "s"], ["w"]),
        helper.make_node("Transpose", ["w"], ["wt"], perm=[1, 0]),
        helper.make_node("MatMul", ["f", "wt"], ["p"]),
        helper.make_node("Add", ["fb", "p"], ["h"]),
        helper.make_node("Gemm", ["h", "l", "lb"], ["y"], alpha=2.0, beta=0.5),
    ]
    constants = {"k": KERNELS, "g": SCALE, "b": OFFSET, "m": MEAN, "v": VARIANCE}
    constants |= {"q": quantized, "s": np.array(0.01, np.float32), "fb": FIRST_BIAS}
    constants |= {"l": LAST.T.copy(), "lb": LAST_BIAS}
    return saved(path, nodes, constants)


def folded_graph(path: Path) -> Path:
    """What a converter makes of a convolution and the normalization behind it."""
    nodes = [
        helper.make_node("Conv", ["x", "k", "b"], ["c"]),
        helper.make_node("Flatten", ["c"], ["f"]),
        helper.make_node("Gemm", ["f", "w", "fb"], ["h"], transB=1),
        helper.make_node("Gemm", ["h", "l", "lb"], ["y"], transB=1),
    ]
    constants = {"k": KERNELS, "b": OFFSET, "w": FIRST, "fb": FIRST_BIAS}
    return saved(path, nodes, constants | {"l": LAST, "lb": LAST_BIAS})


FOLDED = (
    "1 batch normalization had been folded into the weights ahead: what is left is an offset, mean 0 and variance 1. "
    "While it learns it takes those of each batch, unless its rows are frozen."
)


@pytest.mark.parametrize(("graph", "notes"), [(plain_graph, ()), (folded_graph, (FOLDED,))])
def test_a_graph_gives_the_outputs_of_onnxruntime(
    tmp_path: Path, graph: Callable[[Path], Path], notes: tuple[str, ...]
) -> None:
    file, network = graph(tmp_path / "net.onnx"), built()
    session = pytest.importorskip("onnxruntime").InferenceSession(file)
    expected = session.run(None, {"x": PICTURES})[0]
    taken = striate.load_onnx_weights(network, file)
    assert (taken.by, taken.began, taken.unused) == ("order and shape", {}, ())
    assert taken.notes == notes
    found = network(torch.from_numpy(PICTURES)).detach().numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_a_graph_of_small_integers_is_named(tmp_path: Path) -> None:
    small = np.zeros((4, 2, 3, 3), np.int8)
    scales = ["s", "z"]
    read = [
        helper.make_node("QuantizeLinear", ["x", *scales], ["q"]),
        helper.make_node(
            "QLinearConv", ["q", *scales, "k", *scales, *scales], ["c"], name="conv1_quant"
        ),
        helper.make_node("DequantizeLinear", ["c", *scales], ["y"]),
    ]
    constants = {"s": np.float32(1), "z": np.int8(0), "k": small}
    graph = helper.make_graph(
        read,
        "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 2, 6, 7])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [from_array(np.asarray(values), name) for name, values in constants.items()],
    )
    file = tmp_path / "net.onnx"
    onnx.save(helper.make_model(graph), file)
    with pytest.raises(TrainingError) as caught:
        striate.load_onnx_weights(built(), file)
    assert str(caught.value) == (
        f"{file}: the node conv1_quant is QLinearConv, whose weights are small integers with scales of their own.\n"
        "  Needed: a graph of Conv, Gemm, MatMul, BatchNormalization and the like, in floating-point numbers.\n"
        "  Fix: take the file from before it was quantized."
    )


KERAS = {
    "conv2d": [KERNELS.transpose(2, 3, 1, 0)],
    "batch_normalization": [SCALE, OFFSET, MEAN, VARIANCE],
    "dense": [FIRST.T, FIRST_BIAS],
    "dense_1": [LAST.T, LAST_BIAS],
}
NAMES = {"conv2d": "eyes", "batch_normalization": "a", "dense": "z", "dense_1": "mouth"}
"""The names that their author gave them: not those under which Keras 3 keeps their weights."""


def keras_3(path: Path) -> Path:
    with h5py.File(path, "w") as file:
        for layer, values in KERAS.items():
            group = file.create_group(f"layers/{layer}/vars")
            group.attrs["name"] = NAMES[layer]
            for number, one in enumerate(values):
                group[str(number)] = one
        file["optimizer/vars/0"] = np.zeros(3)
    return path


def keras_archive(path: Path) -> Path:
    layers = [{"class_name": "Any", "config": {"name": name}} for name in NAMES.values()]
    inner = keras_3(path.with_suffix(".weights.h5"))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps({"config": {"layers": layers}}))
        archive.write(inner, "model.weights.h5")
    return path


def keras_2(path: Path) -> Path:
    kinds = {1: ["kernel"], 2: ["kernel", "bias"]}
    kinds[4] = ["gamma", "beta", "moving_mean", "moving_variance"]
    with h5py.File(path, "w") as file:
        root = file.create_group("model_weights")
        root.attrs["layer_names"] = [name.encode() for name in NAMES.values()]
        for layer, values in KERAS.items():
            name = NAMES[layer]
            group = root.create_group(name)
            variables = [f"{name}/{kind}:0" for kind in kinds[len(values)]]
            group.attrs["weight_names"] = [one.encode() for one in variables]
            for variable, one in zip(variables, values, strict=True):
                group[variable] = one
    return path


@pytest.mark.parametrize(
    ("write", "ending"), [(keras_archive, "keras"), (keras_3, "weights.h5"), (keras_2, "h5")]
)
def test_keras_reads_channels_last(
    tmp_path: Path, write: Callable[[Path], Path], ending: str
) -> None:
    """Its full layer behind maps has its inputs in another order than torch's."""
    network = built()
    taken = striate.load_weights(network, write(tmp_path / f"net.{ending}"))
    assert (taken.by, taken.began, taken.unused) == ("order and shape", {}, ())
    sums = np.zeros((3, 4, 5, 4), np.float32)  # pictures x height x width x maps
    pictures = PICTURES.transpose(0, 2, 3, 1)
    for down in range(3):
        for right in range(3):
            window = pictures[:, down : down + 4, right : right + 5]
            sums += window @ KERAS["conv2d"][0][down, right]
    maps = (sums - MEAN) / np.sqrt(VARIANCE + 1e-5) * SCALE + OFFSET
    hidden = maps.reshape(3, -1) @ KERAS["dense"][0] + FIRST_BIAS
    expected = hidden @ KERAS["dense_1"][0] + LAST_BIAS
    found = network(torch.from_numpy(PICTURES)).detach().numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)


def test_a_layer_of_keras_without_a_row_is_named(tmp_path: Path) -> None:
    file = tmp_path / "net.weights.h5"
    with h5py.File(file, "w") as opened:
        for number in range(3):
            opened[f"layers/lstm/vars/{number}"] = np.zeros((4, 8))
    with pytest.raises(TrainingError) as caught:
        striate.load_weights(built(), file)
    assert str(caught.value) == (
        f"{file}: the layer lstm holds weights of 4x8, 4x8, 4x8, which are not understood.\n"
        "  Needed: layers Conv2D, Conv2DTranspose, DepthwiseConv2D, Dense, Embedding, BatchNormalization or "
        "LayerNormalization.\n"
        "  Fix: take a network without it, or save the weights of the others alone."
    )

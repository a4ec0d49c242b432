"""The structure of ONNX files is that of the modules that torch wrote, and of graphs written by hand."""

import importlib.util
import warnings
from collections.abc import Sequence
from pathlib import Path

import onnx
import pytest
import torch
from onnx import TensorProto, helper
from torch import Tensor, nn
from torch.nn import functional

from striate.checking import check
from striate.documents import Document, read_file
from striate.errors import DocumentError, forms
from striate.layers import Activation, Border, Convolution, LeakyReLU, MaxPooling, Sides, Upsampling
from striate.shapes import Features, Image


class Residual(nn.Module):
    """A residual block, a transposed convolution, a gate and a mean."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, 2, 1, bias=False)
        self.norm = nn.BatchNorm2d(8)
        self.branch = nn.Conv2d(8, 8, 3, padding=1, groups=2)
        self.up = nn.ConvTranspose2d(8, 6, 2, 2)
        self.end = nn.Linear(6, 5)

    def forward(self, maps: Tensor) -> Tensor:
        """Classify."""
        stem = functional.max_pool2d(torch.relu(self.norm(self.stem(maps))), 3, 2, 1)
        up = self.up(torch.relu(self.branch(stem) + stem))
        gate = torch.sigmoid(functional.adaptive_avg_pool2d(up, 1))
        return self.end(functional.hardswish(up * gate).mean((2, 3)))


class Sliced(Residual):
    """A network that takes some of the maps, and uses weights twice."""

    def forward(self, maps: Tensor) -> Tensor:
        """Give maps."""
        stem = self.branch(self.stem(maps))
        return self.branch(torch.cat([stem, torch.relu(stem)], 1)[:, 4:12])


class Viewed(nn.Module):
    """A network whose flattening reckons with the number of examples."""

    def __init__(self) -> None:
        super().__init__()
        self.maps = nn.Conv2d(1, 6, 5)
        self.units = nn.Linear(6 * 12 * 12, 10)

    def forward(self, maps: Tensor) -> Tensor:
        """Classify."""
        pooled = functional.max_pool2d(functional.leaky_relu(self.maps(maps), 0.2), 2)
        return functional.softmax(self.units(pooled.view(pooled.size(0), -1)), 1)


def written(module: nn.Module, sizes: Sequence[int], file: Path) -> Path:
    """Write a module as torch does, for any number of examples, nothing of it folded."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            (torch.zeros(2, *sizes),),
            str(file),
            dynamo=False,
            opset_version=17,
            input_names=["maps"],
            dynamic_axes={"maps": {0: "batch"}},
            training=torch.onnx.TrainingMode.PRESERVE,
            do_constant_folding=False,
        )
    return file


def read(file: Path) -> Document:
    """Read the one network of a file."""
    (network,) = read_file(file)
    return network


def graph_of(
    nodes: Sequence[onnx.NodeProto],
    weights: dict[str, Sequence[int]],
    file: Path,
    **numbers: list[float],
) -> Path:
    """Write a graph that reads 2 maps of 8x8, with weights of 0 and small constants."""
    tensors = []
    for name, dims in weights.items():
        count = torch.Size(dims).numel()
        tensors.append(helper.make_tensor(name, TensorProto.FLOAT, dims, [0.0] * count))
    for name, values in numbers.items():
        is_whole = all(isinstance(value, int) for value in values)
        kind = TensorProto.INT64 if is_whole else TensorProto.FLOAT
        tensors.append(helper.make_tensor(name, kind, [len(values)], values))
    graph = helper.make_graph(
        list(nodes),
        "graph",
        [helper.make_tensor_value_info("in", TensorProto.FLOAT, ["N", 2, 8, 8])],
        [helper.make_tensor_value_info(nodes[-1].output[0], TensorProto.FLOAT, None)],
        tensors,
    )
    onnx.save(helper.make_model(graph), str(file))
    return file


@pytest.mark.parametrize(
    ("module", "sizes"),
    [(Residual(), (3, 32, 32)), (Viewed(), (1, 28, 28))],
    ids=["residual", "viewed"],
)
def test_a_file_of_torch_has_the_parameters_and_shapes_of_its_module(
    module: nn.Module, sizes: tuple[int, ...], tmp_path: Path
) -> None:
    """Convolutions, joined rows, gates, poolings and reckoned sizes come out as torch computes them."""
    network = read(written(module, sizes, tmp_path / "net.onnx"))
    assert not network.faults
    assert network.walk.reports[-1].output == Features(module(torch.zeros(2, *sizes)).shape[1])
    counts = sum(report.cost.parameters for report in network.walk.reports if report.cost)
    assert counts == sum(weights.numel() for weights in module.parameters())
    assert not check(network).findings


def test_what_no_table_holds_is_named_by_its_node(tmp_path: Path) -> None:
    """A slice of maps, and weights used twice, are faults."""
    network = read(written(Sliced(), (3, 32, 32), tmp_path / "net.onnx"))
    came = " ".join(fault.came for fault in network.faults)
    assert "Slice" in came
    assert "used once more" in came


@pytest.mark.parametrize(
    ("kind", "attributes", "values", "layer"),
    [
        ("MaxPool", {"kernel_shape": [2, 2]}, [], MaxPooling(2, 1)),
        (
            "MaxPool",
            {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [0, 0, 1, 1], "ceil_mode": 1},
            [],
            MaxPooling(3, 2, Sides(0, 1, 0, 1), (1, 1), "ceil"),
        ),
        ("Pad", {}, [[0, 0, 1, 2, 0, 0, 3, 4]], Border(Sides(1, 3, 2, 4))),
        ("Resize", {"mode": "linear"}, [[], [1.0, 1.0, 2.0, 2.0]], Upsampling(2, "bilinear")),
        ("Clip", {}, [[0.0], [6.0]], Activation("ReLU6")),
        ("LeakyRelu", {"alpha": 0.25}, [], Activation(LeakyReLU(0.25))),
    ],
)
def test_an_operator_is_the_layer_that_the_specification_says(
    kind: str,
    attributes: dict[str, object],
    values: list[list[float]],
    layer: object,
    tmp_path: Path,
) -> None:
    """Defaults are those of ONNX: the stride of a pooling is 1, and a resizing takes half pixels."""
    numbers = {f"k{place}": numbers for place, numbers in enumerate(values) if numbers}
    entries = [f"k{place}" if numbers else "" for place, numbers in enumerate(values)]
    node = helper.make_node(kind, ["in", *entries], ["out"], "row", **attributes)  # type: ignore[arg-type]
    network = read(graph_of([node], {}, tmp_path / "net.onnx", **numbers))
    assert not network.faults
    assert network.table.rows[1].layer == layer


@pytest.mark.parametrize(
    ("kind", "attributes", "says"),
    [
        ("Einsum", {"equation": "nchw->nc"}, "the operator Einsum"),
        ("Flatten", {"axis": 2}, "axis 2"),
        ("Softmax", {"axis": 2}, "axis"),
        ("HardSigmoid", {}, "slope 0.2"),
        ("MaxPool", {}, "do not fit"),
        ("MaxPool", {"kernel_shape": [2, 2], "strides": [1]}, "do not fit"),
        ("AveragePool", {"kernel_shape": [2, 2], "auto_pad": "SAME_LOWER"}, "SAME_LOWER"),
        ("Transpose", {"perm": [0, 2, 3, 1]}, "Transpose"),
    ],
)
def test_an_operator_that_is_no_layer_is_a_fault(
    kind: str, attributes: dict[str, object], says: str, tmp_path: Path
) -> None:
    """An attribute that changes what comes out is never passed over."""
    node = helper.make_node(kind, ["in"], ["out"], "row", **attributes)  # type: ignore[arg-type]
    (fault, *_) = read(graph_of([node], {}, tmp_path / "net.onnx")).faults
    assert fault.where == "row"
    assert says in fault.came


def test_a_constant_added_behind_is_the_bias(tmp_path: Path) -> None:
    """TensorFlow writes the bias as a node of its own; a constant of other dims is a fault."""
    nodes = [
        helper.make_node("Conv", ["in", "w"], ["maps"], "conv"),
        helper.make_node("Add", ["maps", "b"], ["out"], "add"),
    ]
    network = read(graph_of(nodes, {"w": [4, 2, 3, 3], "b": [1, 4, 1, 1]}, tmp_path / "net.onnx"))
    assert not network.faults
    assert network.table.rows[1].layer == Convolution(4, 3)
    other = read(graph_of(nodes, {"w": [4, 2, 3, 3], "b": [6, 6]}, tmp_path / "other.onnx"))
    assert [fault.where for fault in other.faults] == ["add"]


def test_weights_that_do_not_fit_the_maps_are_found(tmp_path: Path) -> None:
    """The number of weights in the file is a claim, which the arithmetic on the shapes contradicts."""
    node = helper.make_node("Conv", ["in", "w"], ["out"], "conv")
    network = read(graph_of([node], {"w": [4, 3, 3, 3]}, tmp_path / "net.onnx"))
    assert [
        word
        for finding in check(network).findings
        for word in ("108", "72")
        if word in finding.came
    ] == ["108", "72"]


def test_pictures_with_maps_last_are_turned(tmp_path: Path) -> None:
    """TensorFlow's pictures have the maps last; the node that turns them is no layer."""
    turn = helper.make_node("Transpose", ["in"], ["turned"], "turn", perm=[0, 3, 1, 2])
    conv = helper.make_node("Conv", ["turned", "w"], ["out"], "conv")
    network = read(graph_of([turn, conv], {"w": [4, 8, 1, 1]}, tmp_path / "net.onnx"))
    assert not network.faults
    assert network.table.input == Image(8, 2, 8)


@pytest.mark.parametrize("content", [b"", b"no graph", b"\x08\x07", bytes(range(256)) * 40])
def test_a_file_that_is_no_graph_is_refused(content: bytes, tmp_path: Path) -> None:
    """A broken file is named, whatever is in it."""
    file = tmp_path / "net.onnx"
    file.write_bytes(content)
    with pytest.raises(DocumentError, match="no network of ONNX"):
        read_file(file)


def test_without_the_library_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message says what to install."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr("striate.documents.reader.find_spec", lambda _: None)
    with pytest.raises(DocumentError, match=r"striate\[export\]"):
        read_file(tmp_path / "net.onnx")


def test_messages_about_files_that_are_no_text_read_word_for_word() -> None:
    """Each says where, what came, what is needed, and what to do."""
    assert str(forms.library_for_form("net.onnx", "ONNX", "onnx", "export")) == (
        "net.onnx: ONNX is read by the library onnx, which is not installed.\n"
        "  Needed: onnx.\n"
        "  Fix: install it: `pip install 'striate[export]'`."
    )
    assert str(forms.file_not_parsed("net.onnx", "ONNX")) == (
        "net.onnx: it is no network of ONNX.\n"
        "  Needed: a file of ONNX that holds a graph.\n"
        "  Fix: check that the file is complete, and write it again."
    )

"""An input that the user gives, for forms that leave it open, and bounds of what is read in them."""

from pathlib import Path

import pytest
import torch

from striate.checking import check
from striate.documents import read_file, read_networks
from striate.errors import DocumentError
from striate.errors.forms import too_many_layers, too_many_listings
from striate.shapes import Image, Shape


CAFFE = """\
name: "small"
layer {{ name: "data" type: "Data" top: "data" top: "label" {size} }}
layer {{ name: "c" type: "Convolution" bottom: "data" top: "c" convolution_param {{ num_output: 6 kernel_size: 3 }} }}
layer {{ name: "p" type: "InnerProduct" bottom: "c" top: "p" inner_product_param {{ num_output: 4 }} }}
"""
DARKNET = "[net]\n{size}\n[convolutional]\nfilters=6\nsize=3\nactivation=linear\n\n[connected]\noutput=4\nactivation=linear\n"
LIST = "INPUT {size} -> CONV3-6 -> FC-4\n\nConvolutions have no padding.\n"
SUMMARY = """\
----------------------------------------------------------------
        Layer (type)               Output Shape         Param #
================================================================
            Conv2d-1            [-1, 6, 18, 18]             168
            Linear-2                    [-1, 4]           7,780
================================================================
Total params: 7,948
{size}
"""
FORMS = [
    ("a.prototxt", CAFFE, "transform_param {{ crop_size: {0} }}"),
    ("a.cfg", DARKNET, "channels=3\nheight={0}\nwidth={0}"),
    ("a.txt", LIST, "[{0}x{0}x3]"),
    ("b.txt", SUMMARY, ""),
]


def total(path: Path, given: Shape | None) -> int | None:
    (document,) = read_file(path, given)
    report = check(document)
    return report.walk.total.parameters if report.agrees else None


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, text, _ in FORMS])
def test_an_input_that_a_form_leaves_open_can_be_given(
    tmp_path: Path, name: str, text: str
) -> None:
    path = tmp_path / name
    path.write_text(text.format(size=""), encoding="utf-8")
    assert total(path, None) is None
    assert total(path, Image(3, 20, 20)) == 6 * 28 + 4 * (6 * 18 * 18 + 1)


@pytest.mark.parametrize(("name", "text", "size"), FORMS[:3])
def test_an_input_that_a_form_says_is_not_replaced(
    tmp_path: Path, name: str, text: str, size: str
) -> None:
    path = tmp_path / name
    said = size.replace("{{", "{").replace("}}", "}").replace("{0}", "20")
    path.write_text(text.format(size=said), encoding="utf-8")
    (document,) = read_file(path, Image(3, 24, 24))
    assert document.table.input == Image(3, 20, 20)
    assert "--input says 3x24x24, the document says 3x20x20." in str(document.faults[0])


def test_a_graph_whose_sizes_are_open_takes_the_input_that_is_given(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    helper = onnx.helper
    node = helper.make_node("Conv", ["x", "w"], ["y"], kernel_shape=[3, 3])
    graph = helper.make_graph(
        [helper.make_node("ConstantOfShape", ["dims"], ["w"]), node],
        "open",
        [helper.make_tensor_value_info("x", 1, ["n", 3, "h", "w"])],
        [helper.make_tensor_value_info("y", 1, None)],
        [helper.make_tensor("dims", 7, [4], [8, 3, 3, 3])],
    )
    path = tmp_path / "open.onnx"
    onnx.save(helper.make_model(graph), path)
    assert total(path, None) is None
    assert total(path, Image(1, 20, 20)) is None
    assert total(path, Image(3, 20, 20)) == 8 * 27


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.cfg", "[net]\nheight=8\nwidth=8\nchannels=1\n" + "[dropout]\n" * 5001, "5,002"),
        ("a.prototxt", 'input: "x"\n' + "layer { }\n" * 5001, "5,001"),
        (
            "a.txt",
            "        Layer (type)     Output Shape    Param #\n"
            + "".join(f"     ReLU-{at}    [-1, 4]    0\n" for at in range(1, 5002)),
            "5,001",
        ),
    ],
)
def test_more_layers_than_any_network_has_are_named_by_their_number(
    tmp_path: Path, name: str, text: str, says: str
) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    (document,) = read_file(path)
    assert f"it has {says} layers." in str(document.faults[0])


def test_more_lists_than_anybody_writes_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("INPUT[8x8x1] -> CONV3-2 -> FC-2\n\n" * 300, encoding="utf-8")
    with pytest.raises(DocumentError, match="more than 200 networks"):
        read_file(path)


def test_messages_about_too_much_read_word_for_word() -> None:
    assert str(too_many_layers("Darknet cfg", 5001, 5000, 1)) == (
        "line 1, Darknet cfg: it has 5,001 layers.\n"
        "  Needed: at most 5,000 of one network.\n"
        "  Fix: leave out what repeats itself, or split the file."
    )
    assert str(too_many_listings(200, 20000, 7)) == (
        "line 7, lists of layers: from here on there are more than 200 networks, or 20,000 layers, in the document.\n"
        "  Needed: fewer of them in one document.\n"
        "  Fix: split the document."
    )


def test_an_endless_list_is_refused_by_its_number(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    rows = "".join(f"{number}. Conv 3x3, 8 filters\n" for number in range(2, 1500))
    path.write_text(f"# Net\n\n1. Input 28x28x1\n{rows}")
    with pytest.raises(DocumentError, match="it is a table of 1,499 rows"):
        read_file(path)


TWO = """\
```python
import torch
from torch import nn
one = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.LazyLinear(5))
```

## Another

```python
other = nn.Sequential(nn.Linear(7, 5))
other(torch.zeros(1, 7))
```
"""


def test_an_input_that_one_network_reads_is_no_fault_of_the_others(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(TWO)
    networks = read_file(path, Image(3, 8, 8))
    assert [check(one).findings for one in networks] == [(), ()]
    networks = read_file(path, Image(4, 8, 8))
    assert any("in_channels" in one.where for one in check(networks[0]).findings)


def test_a_network_that_is_not_read_is_not_blamed_for_its_input(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("from torch import nn\nnet = nn.Sequential(nn.Conv2d(3, 4, 3), found())\n")
    (network,) = read_file(path, Image(3, 8, 8))
    assert not any("--input" in finding.came for finding in check(network).findings)


def test_an_input_is_suggested_by_the_size_of_the_first_row_alone() -> None:
    stages = (
        "# A residual network\n\n| layer name | output size | 18-layer |\n|---|---|---|\n"
        "| conv1 | {size} | 7×7, 64, stride 2 |\n| conv2_x | 56×56 | [3×3, 64; 3×3, 64] × 2 |\n"
        "| conv3_x | 28×28 | [3×3, 128; 3×3, 128] × 2 |\n| | 1×1 | average pool, 1000-d fc, softmax |\n"
    )
    (silent,) = read_networks(stages.format(size="112×112"), "a.md")
    fixes = [fault.fix for fault in silent.reading_faults]
    assert fixes == [
        "add a row of the type Input, or say `--input CHANNELSx224x224, or CHANNELSx229x229`."
    ]
    for side, padding in ((224, 3), (229, 0)):
        convolution = torch.nn.Conv2d(1, 1, 7, 2, padding, device="meta")
        assert convolution(torch.zeros(1, side, side, device="meta")).shape[1:] == (112, 112)
    (unsized,) = read_networks(stages.format(size=""), "a.md")
    assert [fault.fix for fault in unsized.reading_faults] == [
        "add a row of the type Input, or say `--input CHANNELSxHEIGHTxWIDTH`."
    ]

"""Definitions, printed summaries and lists become the networks that torch makes of the same numbers."""

import json
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings, strategies as st
from torch import nn

from striate.checking import check
from striate.documents import Document, read_file, read_networks
from striate.documents.solve import convolutions, kernels
from striate.errors import Fault, forms
from striate.layers import (
    BatchNormalization,
    Convolution,
    LeakyReLU,
    MaxPooling,
    Multiply,
    ResponseNormalization,
    SideHead,
    Sides,
)
from striate.shapes import Image


FOLDER = Path(__file__).parent / "forms"

# What comes out of every row with weights, and how many: computed with torch.nn.
TRAINED = {
    "caffe-01-valid.prototxt": "16x32x32 416, 40x12x12 16040, 200 288200, 14 2814",
    "caffe-02-ceil-group.prototxt": "32x40x40 2432, 64x20x20 9280, 100 640100, 20 2020",
    "darknet-01-classifier.cfg": "24x32x32 648, 24x32x32 48, 48x16x16 10368, 48x16x16 96, 24x16x16 1152, "
    "24x16x16 48, 12x8x8 300",
    "darknet-02-connected.cfg": "16x24x32 416, 32x12x16 4640, 40x12x16 11520, 40x12x16 80, 100 192100, 7 707",
    "ksum-01-keras2.md": "16x42x42 160, 32x19x19 4640, 50 129650, 6 306",
    "ksum-02-keras3-box.txt": "20x64x64 560, 20x64x64 40, 40x32x32 7240, 40x32x32 80, 60 2460, 4 244",
    "ksum-03-notebook-indented.md": "12x24x32 312, 24x10x14 2616, 30 25230, 5 155",
    "tsum-01-torchsummary.md": "16x48x48 448, 32x24x24 4640, 48x12x12 13872, 96 165984, 12 1164",
    "tsum-02-functional-pools-missing.txt": "14x36x36 364, 28x14x14 9828, 42 57666, 8 344",
    "tinfo-01-torchinfo.md": "10x30x30 100, 20x12x12 3220, 40 28840, 10 410",
    "tinfo-02-nested.txt": "12x56x56 324, 12x56x56 24, 24x28x28 2592, 24x28x28 48, 64 301120, 9 585",
    "list-01-pattern.md": "24x48x48 672, 24x48x48 5208, 24x24x24 5208, 24x24x24 5208, 24x12x12 5208, "
    "24x12x12 5208, 96 83040, 96 9312, 10 970",
    "list-02-one-per-line.md": "24x128x128 672, 24x128x128 5208, 48x64x64 10416, 48x64x64 20784, "
    "72x32x32 31176, 512 9437696, 20 10260",
}


def read(text: str, where: str) -> Document:
    """Read the one network of a text."""
    (network,) = read_networks(text, where)
    return network


@pytest.mark.parametrize("name", TRAINED)
def test_a_file_gives_the_rows_that_torch_gives(name: str) -> None:
    """Every trained row has torch's output and torch's number of parameters."""
    (network,) = read_file(FOLDER / name)
    rows = [
        f"{report.output} {report.cost.parameters}"
        for report in network.walk.reports
        if report.cost is not None and report.cost.parameters
    ]
    assert ", ".join(rows) == TRAINED[name]
    assert not network.faults
    wrong = [f.line for f in check(network).findings]
    assert wrong == ([20] if name.startswith("ksum-03") else [])


def test_caffe_rounds_its_poolings_up_and_shares_scale_and_normalization() -> None:
    """What Caffe does otherwise than others stands in the table; V1's capitals are read alike."""
    text = """
    input: "data" input_dim: 1 input_dim: 3 input_dim: 224 input_dim: 224
    layers { name: "c" type: CONVOLUTION bottom: "data" top: "c"
      convolution_param { num_output: 8 kernel_size: 7 stride: 2 pad: 3 bias_term: false } }
    layer { name: "b" type: "BatchNorm" bottom: "c" top: "c" batch_norm_param { use_global_stats: true } }
    layer { name: "s" type: "Scale" bottom: "c" top: "c" scale_param { bias_term: true } }
    layer { name: "r" type: "ReLU" bottom: "c" top: "c" relu_param { negative_slope: 0.2 } }
    layer { name: "p" type: "Pooling" bottom: "c" top: "p" pooling_param { kernel_size: 3 stride: 2 } }
    layer { name: "n" type: "LRN" bottom: "p" top: "n" lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 k: 2 } }
    layer { name: "t" type: "Dropout" bottom: "n" top: "n" include { phase: TRAIN } }
    layer { name: "f" type: "InnerProduct" bottom: "n" top: "f" inner_product_param { num_output: 5 } }
    """
    network = read(text, "net.prototxt")
    pool = nn.MaxPool2d(3, 2, ceil_mode=True)(torch.empty(1, 8, 112, 112, device="meta"))
    layers = {row.name: row.layer for row in network.table.rows}
    assert network.walk.report("p").output == Image(*pool.shape[1:])
    assert layers["b"] == BatchNormalization(momentum=0.001)
    assert network.table.row("b").activation == LeakyReLU(0.2)
    assert layers["n"] == ResponseNormalization(5, 0.0001, 0.75, 2.0)
    assert "t" not in layers
    assert any(remark.row == "t" and "TRAIN" in remark.text for remark in network.remarks)


def test_a_further_loss_of_caffe_is_a_side_head() -> None:
    """What leads to a second loss alone leaves the trunk."""
    text = """
    input: "data" input_shape { dim: 1 dim: 1 dim: 8 dim: 8 }
    layer { name: "a" type: "InnerProduct" bottom: "data" top: "a" inner_product_param { num_output: 9 } }
    layer { name: "b" type: "InnerProduct" bottom: "a" top: "b" inner_product_param { num_output: 4 } }
    layer { name: "loss1" type: "SoftmaxWithLoss" bottom: "b" bottom: "label" top: "l1" loss_weight: 0.3 }
    layer { name: "c" type: "InnerProduct" bottom: "a" top: "c" inner_product_param { num_output: 4 } }
    layer { name: "loss2" type: "SoftmaxWithLoss" bottom: "c" bottom: "label" top: "l2" }
    """.replace('bottom: "label"', "")
    network = read(text, "net.prototxt")
    assert not network.faults
    trunk, head = network.table.parts
    assert [row.name for row in trunk] == ["data", "a", "c"]
    assert head[0].layer == SideHead(0.3)
    assert head[0].reads == ("a",)
    assert head[-1].function == "softmax"


def test_darknet_pads_poolings_and_joins_layers_by_number() -> None:
    """Its pooling of stride 1 keeps the size; [route] and [shortcut] count from 0, or back."""
    text = """[net]
height=13
width=13
channels=4
[convolutional]
filters=4
size=3
pad=1
activation=leaky
[maxpool]
size=2
stride=1
[shortcut]
from=-2
activation=linear
[route]
layers=-1,0
[upsample]
stride=2
[avgpool]
[softmax]
"""
    network = read(text, "net.cfg")
    assert not network.faults
    outputs = [str(report.output) for report in network.walk.reports]
    assert outputs == ["4x13x13"] * 4 + ["8x13x13", "8x26x26", "8", "8"]
    (pool,) = [row.layer for row in network.table.rows if isinstance(row.layer, MaxPooling)]
    assert pool.padding == Sides(0, 1, 0, 1)


def test_what_darknet_says_and_nobody_reads_is_named() -> None:
    """A field that changes the network and is not understood is a fault with its line."""
    text = "[net]\nheight=8\nwidth=8\nchannels=1\n[convolutional]\nfilters=2\nsize=3\nantialiasing=1\nactivation=relu\n"
    assert [(fault.line, "antialiasing" in fault.came) for fault in read(text, "a.cfg").faults] == [
        (8, True)
    ]


def test_a_gate_of_two_blobs_is_a_product() -> None:
    """Caffe's Eltwise multiplies where it says PROD; other weights than 1 are no table's."""
    text = """
    input: "data" input_shape { dim: 1 dim: 2 dim: 8 dim: 8 }
    layer { name: "a" type: "Convolution" bottom: "data" top: "a" convolution_param { num_output: 2 kernel_size: 1 } }
    layer { name: "m" type: "Eltwise" bottom: "a" bottom: "data" top: "m" eltwise_param { operation: PROD } }
    """
    assert read(text, "net.prototxt").table.rows[-1].layer == Multiply()
    other = text.replace("operation: PROD", "operation: SUM coeff: -1 coeff: 1")
    assert "coeff -1, 1" in read(other, "net.prototxt").faults[0].came


@pytest.mark.parametrize(
    ("first", "says"),
    [
        ("rescaling (Rescaling)", "which changes no shape"),
        ("dropout (GaussianNoise)", "which changes no shape"),
        ("resizing (Resizing)", "which prepares the pictures"),
    ],
)
def test_a_first_layer_that_changes_no_shape_tells_the_input(first: str, says: str) -> None:
    """Keras prints no input of a Sequential; what leaves such a layer is what enters the network."""
    text = (
        f"Model: net\n____\n Layer (type)      Output Shape       Param #\n====\n {first}   (None, 70, 50, 3)  0\n"
        " conv2d (Conv2D)   (None, 68, 48, 16)   448\n====\nTotal params: 448\n"
    )
    network = read(text, "summary.txt")
    assert not network.faults
    assert network.table.input == Image(3, 70, 50)
    assert any(says in remark.text for remark in network.remarks)


HEAD = 'input: "data" input_shape { dim: 1 dim: 2 dim: 8 dim: 8 }\n'
CONVOLUTION = 'layer { name: "%s" type: "Convolution" bottom: "data" top: "%s" %s convolution_param { num_output: 2 kernel_size: 1 %s } }\n'


@pytest.mark.parametrize(
    ("layer", "says"),
    [
        (CONVOLUTION % ("a", "a", "", "axis: 2"), "axis 2"),
        (CONVOLUTION % ("a", "a", "", "bias_term: perhaps"), "'perhaps'"),
        (CONVOLUTION % ("a", "a", "", "pad: 12345678901"), "'12345678901'"),
        (
            'layer { name: "b" type: "BatchNorm" bottom: "data" top: "b" batch_norm_param { eps: tiny } }',
            "'tiny'",
        ),
        (
            'layer { name: "s" type: "Softmax" bottom: "data" top: "s" softmax_param { axis: 3 } }',
            "axis 3",
        ),
    ],
)
def test_a_value_of_caffe_that_means_nothing_or_another_layer_is_a_fault(
    layer: str, says: str
) -> None:
    """No value is replaced by a default without a word."""
    (fault,) = read(HEAD + layer, "net.prototxt").faults
    assert says in fault.came


def test_weights_of_caffe_that_bear_one_name_are_shared() -> None:
    """Two layers with one set of weights have fewer parameters than a table would count."""
    named = 'param { name: "w" }'
    text = HEAD + CONVOLUTION % ("a", "a", named, "")
    again = (CONVOLUTION % ("b", "b", named, "")).replace('bottom: "data"', 'bottom: "a"')
    assert not read(text, "net.prototxt").faults
    assert [fault.came for fault in read(text + again, "net.prototxt").faults] == [
        "its weights w are those of a, used once more."
    ]


@pytest.mark.parametrize(
    ("rule", "is_there"),
    [
        ("include { phase: TEST }", True),
        ("include { phase: TRAIN }", False),
        ("exclude { phase: TEST }", False),
        ('include { stage: "deploy" }', False),
        ('include { not_stage: "deploy" }', True),
        ('exclude { phase: TEST stage: "deploy" }', True),
        ("include { phase: TRAIN } include { phase: TEST }", True),
    ],
)
def test_caffe_builds_the_layers_whose_rules_hold_for_the_test(
    rule: str, *, is_there: bool
) -> None:
    """A rule holds if its phase, its stages and its levels do, as in Caffe's StateMeetsRule."""
    relu = f'layer {{ name: "r" type: "Dropout" bottom: "a" top: "a" {rule} }}'
    network = read(HEAD + CONVOLUTION % ("a", "a", "", "") + relu, "net.prototxt")
    assert not network.faults
    assert ("r" in [row.name for row in network.table.rows]) is is_there


def test_a_field_of_darknet_that_stands_twice_is_a_fault() -> None:
    """Darknet takes the first of two values; what a reader takes is not said."""
    text = "[net]\nheight=8\nwidth=8\nchannels=1\n[convolutional]\nfilters=2\nsize=3\nfilters=4\nactivation=relu\n"
    assert [(fault.line, fault.came) for fault in read(text, "a.cfg").faults] == [
        (8, "filters is 2 above, and 4 here.")
    ]
    learnt = text.replace("filters=4\n", "").replace("[net]\n", "[net]\nbatch=1\nbatch=64\n")
    assert not read(learnt, "a.cfg").faults


@settings(max_examples=60, deadline=None)
@given(
    maps=st.tuples(st.integers(1, 8), st.integers(1, 8)),
    side=st.sampled_from([1, 3, 5, 7]),
    stride=st.integers(1, 2),
    padded_biased=st.tuples(st.booleans(), st.booleans()),
    length=st.integers(9, 40),
)
def test_a_kernel_is_found_from_what_torch_prints(
    maps: tuple[int, int], side: int, stride: int, padded_biased: tuple[bool, bool], length: int
) -> None:
    """A solved convolution has torch's number of parameters and torch's output."""
    is_padded, has_bias = padded_biased
    padding = side // 2 if is_padded else 0
    module = nn.Conv2d(*maps, side, stride, padding, bias=has_bias, device="meta")
    out = module(torch.empty(1, maps[0], length, length, device="meta"))
    parameters = sum(weight.numel() for weight in module.parameters())
    below = Image(maps[0], length, length)
    fit = convolutions(parameters, below, Image(*out.shape[1:]), "torch")[0]
    layer = Convolution(
        maps[1],
        fit.kernel,
        fit.stride,
        fit.padding,
        groups=fit.groups,
        has_bias=fit.has_bias,
    )
    assert layer.output(below) == Image(*out.shape[1:])
    assert layer.cost(below).parameters == parameters


def test_square_kernels_with_a_bias_are_likeliest() -> None:
    """1 map and 26 parameters a map: 5x5 and a bias, not 2x13 without one."""
    assert kernels(26 * 6, 1, 6)[0].size == (5, 5)


MESSAGES = [
    (
        forms.unknown_form_layer("slice", "Caffe prototxt", "the type SLICE", 7),
        (
            "line 7, slice: the type SLICE of Caffe prototxt has no counterpart among the layers of a table.\n"
            "  Needed: a layer that Striate computes, or a network that ends before this one.\n"
            "  Fix: take the layer out, or write what it does in layers that are known."
        ),
    ),
    (
        forms.unknown_form_field("conv 0", "antialiasing", 8),
        (
            "line 8, conv 0: the field antialiasing is not understood.\n"
            "  Needed: fields whose meaning is known, for each changes the network.\n"
            "  Fix: remove it if the network is the same without it."
        ),
    ),
    (
        forms.missing_form_number("CONV", "maps", 3),
        (
            "line 3, CONV: it has no maps.\n"
            "  Needed: maps, which nothing else in the document tells.\n"
            "  Fix: write maps."
        ),
    ),
    (
        forms.unreadable_form_value("conv1", "num_output", "many", "a whole number", 2),
        "line 2, conv1, num_output: 'many'.\n  Needed: a whole number.\n  Fix: correct the value.",
    ),
    (
        forms.unknown_form_source("pool1", "the blob x", 4),
        (
            "line 4, pool1: it reads the blob x, which nothing above it gives.\n"
            "  Needed: a name, or a number, of something above.\n"
            "  Fix: correct the name, or move the layer below what it reads."
        ),
    ),
    (
        forms.form_input_unknown("torchsummary", "height, width and maps", "write them", 1),
        (
            "line 1, torchsummary: the size of the input stands nowhere in it.\n"
            "  Needed: height, width and maps.\n"
            "  Fix: write them."
        ),
    ),
    (
        forms.several_outputs("Darknet cfg", ("a", "b"), 1),
        (
            "line 1, Darknet cfg: it ends in several places: a, b.\n"
            "  Needed: one output, or side heads that each leave the network at one place.\n"
            "  Fix: take away what does not lead to the output that you want checked."
        ),
    ),
    (
        forms.form_not_parsed("Caffe prototxt", "'}' stands here", "`field: value`", 9),
        (
            "line 9, Caffe prototxt: '}' stands here.\n"
            "  Needed: `field: value`.\n"
            "  Fix: correct the line; nothing below it was read."
        ),
    ),
    (
        forms.printed_layer_not_solved("conv", "convolution", "3x8x8", "8x6x6", "10", 5),
        (
            "line 5, conv: no convolution makes 8x6x6 with 10 parameters out of 3x8x8.\n"
            "  Needed: sizes and a number of parameters that belong together.\n"
            "  Fix: check the print: a layer may be missing above it, as functions in forward are not printed."
        ),
    ),
    (
        forms.printed_layer_hidden("vgg16", "Functional", 5),
        (
            "line 5, vgg16: Functional stands for a network of its own, whose layers are not printed.\n"
            "  Needed: a print of every layer.\n"
            "  Fix: print with the nested layers shown (`expand_nested=True`, a larger `depth`)."
        ),
    ),
    (
        forms.printed_weights_shared("Conv2d 1-3", 6),
        (
            "line 6, Conv2d 1-3: it is printed as (recursive): it uses the weights of a row above once more.\n"
            "  Needed: a layer with weights of its own in every row.\n"
            "  Fix: write the network as a table if the weights need not be shared."
        ),
    ),
    (
        forms.list_item_not_understood("FOO", ("CONV", "FC"), 2),
        (
            "line 2, list of layers: 'FOO' is no layer of such a list.\n"
            "  Needed: CONV or FC, with their numbers as in CONV3-64.\n"
            "  Fix: write the layer as one of these."
        ),
    ),
    (
        forms.list_words_not_understood("CONV3-8 odd 7", ("odd", "7"), 2),
        (
            "line 2, list of layers: in 'CONV3-8 odd 7', odd, 7 is not understood.\n"
            "  Needed: kernel, maps, stride, padding and a function, as in `CONV3-64 stride 2 RELU`.\n"
            "  Fix: remove it if the network is the same without it, or part layers by arrows."
        ),
    ),
    (
        forms.list_item_ambiguous("CONV 16, 32", 2),
        (
            "line 2, list of layers: which number of 'CONV 16, 32' is the kernel and which the maps cannot be told.\n"
            "  Needed: kernel and maps, as in CONV3-64 or `CONV 3x3, 64`.\n"
            "  Fix: write the item so."
        ),
    ),
    (
        forms.form_weights_shared("b", "w", "a", 6),
        (
            "line 6, b: its weights w are those of a, used once more.\n"
            "  Needed: a layer with weights of its own.\n"
            "  Fix: give the weights another name if they need not be shared."
        ),
    ),
    (
        forms.form_field_twice("[convolutional]", "filters", "2", "4", 8),
        (
            "line 8, [convolutional]: filters is 2 above, and 4 here.\n"
            "  Needed: one value.\n"
            "  Fix: remove the one that is not meant."
        ),
    ),
]


@pytest.mark.parametrize(("fault", "text"), MESSAGES)
def test_a_message_about_other_forms_reads_word_for_word(fault: Fault, text: str) -> None:
    """Each message says where, what came, what is needed, and what to do."""
    assert str(fault) == text


def test_the_lines_of_a_notebook_are_those_of_its_cells() -> None:
    # What an earlier cell printed has the first line of a later one; outputs stand above their sources.
    def cell(source: list[str], printed: list[str]) -> dict[str, object]:
        outputs = [{"output_type": "stream", "text": printed}] if printed else []
        return {"cell_type": "code", "metadata": {}, "outputs": outputs, "source": source}

    first = "from torch import nn\n"
    cells = [
        cell(["print(1)\n"], ["class Net(nn.Module):\n", "    pass\n"]),
        cell([first], []),
        cell(["width = lost()\n"], ["width = lost()\n"]),
        cell(["net = nn.Sequential(\n", "    nn.Linear(4, width),\n", ")\n"], []),
    ]
    text = json.dumps({"cells": cells, "nbformat": 4}, indent=1, sort_keys=True)
    (network,) = read_networks(text, "a.ipynb")
    (fault,) = network.faults
    assert "nn.Linear(4, width)" in text.splitlines()[(fault.line or 0) - 1]
    assert "`width`" in fault.came

"""One network over two tables, as course notes head them: a feature extractor, and a classifier below it."""

import pytest
from torch import nn

import striate
from striate.documents import read_networks
from striate.errors import Remark
from striate.shapes import Image


FEATURES = """# A small network

The input is a grey image of 28x28 pixels.

## Feature extractor

| Layer | Kernel | Filters | Activation | Output |
|---|---|---|---|---|
| Conv2D | 3x3 | 8 | ReLU | 26x26x8 |
| MaxPool | 2x2 | - | - | 13x13x8 |
"""
CLASSIFIER = """
## Classifier

| Layer | Units | Activation | Params |
|---|---|---|---|
| Flatten | 1352 | - | 0 |
| Dense | 64 | ReLU | 86592 |
| Dense | 10 | softmax | 650 |
"""


def test_a_table_that_begins_with_flattening_ends_the_network_above() -> None:
    (network,) = read_networks(FEATURES + CLASSIFIER, "a.md")
    parts = nn.Conv2d(1, 8, 3), nn.Linear(1352, 64), nn.Linear(64, 10)
    report = striate.check(network)
    assert report.walk.total.parameters == sum(
        values.numel() for part in parts for values in part.parameters()
    )
    assert [row.line for row in network.table.rows] == [9, 9, 10, 16, 17, 18]
    assert not report.findings
    told = Remark(
        "table",
        "It ends the network of the table in line 7: it begins with flattening or a full layer, which that one has not.",
        14,
    )
    assert told in report.remarks


@pytest.mark.parametrize(
    "above",
    [
        FEATURES + "| Dense | - | 10 | softmax | 10 |\n",
        FEATURES + "| Global average pooling | - | - | - | 8 |\n",
        FEATURES + "| Conv2D | 13x13 | 10 | softmax | 1x1x10 |\n",
    ],
    ids=["full layer", "global pooling", "softmax"],
)
def test_below_a_network_that_is_whole_stands_another(above: str) -> None:
    assert len(read_networks(above + CLASSIFIER.replace("1352", "784"), "a.md")) == 2


def test_a_second_table_with_maps_is_another_network() -> None:
    other = CLASSIFIER.replace("| Dense | 64", "| Conv2D 3x3 | 64")
    assert len(read_networks(FEATURES + other, "a.md")) == 2


def test_columns_that_mean_the_same_are_one() -> None:
    above = FEATURES.replace("| Output |\n|---", "| Output shape | Param # |\n|---|---")
    above = above.replace("26x26x8 |", "26x26x8 | 80 |").replace("13x13x8 |", "13x13x8 | 0 |")
    below = CLASSIFIER.replace(
        "Units | Activation | Params", "Units | Activation | Output | Parameters"
    )
    below = below.replace("|---|---|---|---|", "|---|---|---|---|---|").replace(
        "| 0 |", "| 1352 | 0 |"
    )
    below = below.replace("| 86592 |", "| 64 | 86599 |").replace("| 650 |", "| 10 | 650 |")
    (network,) = read_networks(above + below, "a.md")
    (finding,) = striate.check(network).findings
    assert str(finding).startswith(
        "line 17, Dense, Parameters: the table says 86599, the arithmetic gives 86,592."
    )


def test_a_column_of_networks_goes_on_in_no_other_table() -> None:
    stages = """
| layer name | output size | 10-layer |
|---|---|---|
| conv1 | 16x16 | 3x3, 16 |
| conv2_x | 16x16 | [3x3, 16; 3x3, 16] x 2 |
| conv3_x | 16x16 | [3x3, 16; 3x3, 16] x 2 |

| Layer | Units |
|---|---|
| Flatten | - |
| fc | 10 |
"""
    networks = read_networks(stages, "a.md", Image(3, 16, 16))
    assert [network.line for network in networks] == [2, 8]


def test_cells_below_no_heading_do_not_come_to_stand_below_one_of_the_other_table() -> None:
    above = FEATURES.replace("| 13x13x8 |", "| 13x13x8 | 999 |")
    networks = read_networks(above + CLASSIFIER, "a.md")
    assert [network.line for network in networks] == [7, 14]

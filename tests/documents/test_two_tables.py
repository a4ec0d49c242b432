"""One network over two tables, as course notes head them: a feature extractor, and a classifier below it."""

import pytest
from torch import nn

import striate
from striate.documents import read_networks
from striate.errors import Remark


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

"""Layouts of tables that would be read wrongly without a word: order of sizes, spanning titles, rows read elsewhere."""

import pytest

from striate.checking import check
from striate.documents import read_networks
from striate.documents.forms.recognition import is_delimited


def test_a_width_ahead_of_the_height_is_turned() -> None:
    text = """
Sizes are width × height × channels.

| Layer | Kernel | Stride | Padding | Output |
|---|---|---|---|---|
| Input | - | - | - | 96×24×1 |
| Conv | 3×3 | 1 | 1 | 96×24×8 |
| Max pool | 2×2 | 2 | 0 | 48×12×8 |
| FC | - | - | - | 5 |
"""
    (network,) = read_networks(text, "strip.md")
    report = check(network)
    assert report.agrees
    assert [str(row.output) for row in report.walk.reports] == [
        "1x24x96",
        "8x24x96",
        "8x12x48",
        "5",
    ]


def test_a_title_over_all_columns_hides_no_network() -> None:
    text = """
Every convolution keeps the size.

| Configurations | | |
|---|---|---|
| S | M | L |
| input (32 × 32 grey image) | input (32 × 32 grey image) | input (32 × 32 grey image) |
| conv3-8 | conv3-8 | conv3-8 |
| | conv1-8 | conv3-8 |
| maxpool | maxpool | maxpool |
| FC-10 | FC-10 | FC-10 |
| soft-max | soft-max | soft-max |
"""
    networks = read_networks(text, "depths.md")
    # 8 (9 + 1) + 10 (8 16 16 + 1), and 8 (8 + 1) or 8 (72 + 1) more.
    assert [check(network).walk.total.parameters for network in networks] == [20570, 20642, 21154]


def test_a_row_that_no_row_reads_is_named_where_a_column_says_what_each_reads() -> None:
    text = """
| Layer (type) | Output Shape | Param # | Connected to |
|---|---|---|---|
| input_1 (InputLayer) | (None, 16, 16, 4) | 0 | - |
| conv2d (Conv2D) | (None, 16, 16, 4) | 148 | input_1 |
| conv2d_1 (Conv2D) | (None, 16, 16, 4) | 148 | input_1 |
| dense (Dense) | (None, 2) | 2050 | conv2d_1 |
"""
    (network,) = read_networks(text, "detour.md")
    report = check(network)
    assert not report.agrees
    assert [row.reads for row in report.document.table.rows][2] == ("input_1 (InputLayer)",)
    assert [(finding.line, finding.came) for finding in report.findings] == [
        (5, "no row reads it, and it is not the last one.")
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_separated_values_need_no_ending(delimiter: str) -> None:
    rows = [
        ("Layer", "Type", "Kernel", "Output shape", "Parameters"),
        ("in", "Input", "", "1x12x12", "0"),
        ("c1", "Convolution", "3x3", "4x10x10", "40"),
        ("fc", "Dense", "", "5", "2005"),
    ]
    text = "".join(f"{delimiter.join(row)}\n" for row in rows)
    for where in ("standard input", "net.txt", "net.csv"):
        (network,) = read_networks(text, where)
        report = check(network)
        assert (report.agrees, report.walk.total.parameters) == (True, 2045)


@pytest.mark.parametrize(
    "text",
    [
        "A net, small, and quick.\nIt has two layers, of which one, the first, convolves.\nAnd so on, and on, and on.\n",
        "conv(1, 2, 3)\nconv(2, 3, 4)\n",
    ],
)
def test_sentences_with_commas_are_no_separated_values(text: str) -> None:
    assert not is_delimited(text, "")

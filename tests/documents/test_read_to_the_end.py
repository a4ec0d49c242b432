"""What a row says is read to the end: a number, a count or a word that nothing reads is named."""

from typing import Any

import pytest

from striate.checking import Report, check
from striate.documents import read_networks
from striate.documents.table.candidates import candidates_of
from striate.documents.table.claims import Candidate
from striate.errors import DocumentError


def read_one(text: str) -> Report:
    (document,) = read_networks(text, "a.md")
    return check(document)


def with_row(row: str) -> Report:
    """Read a small network of layers alone, with one row more."""
    rows = ("Input 12x12x1", "Conv 3x3, 16 maps, same", row, "Flatten", "FC 10")
    return read_one("| Layer |\n|---|\n" + "".join(f"| {one} |\n" for one in rows))


SIZED = """\
| Layer | Filters | Kernel | Output |
|---|---|---|---|
| Input | | {kernel} | {size} |
| Conv | 6 | 5x5 | 24x24x6 |
| Max pool | | 2x2 | {pooled} |
| FC | 10 | | 10 |
"""


@pytest.mark.parametrize(
    ("kernel", "size", "pooled", "said"),
    [
        ("", "28x28x1", "12x12x6 = 864", None),
        ("28x28x1", "", "12x12x6", None),
        (
            "",
            "28x28x1",
            "12x12x6 = 846",
            "Max pool, Neurons: the table says 846, the arithmetic gives 864",
        ),
        (
            "",
            "28*28*1 = 748",
            "12x12x6",
            "Input, Neurons: the table says 748, the arithmetic gives 784",
        ),
    ],
)
def test_a_count_behind_a_product_is_a_claim(
    kernel: str, size: str, pooled: str, said: str | None
) -> None:
    report = read_one(SIZED.format(kernel=kernel, size=size, pooled=pooled))
    assert report.walk.total.parameters == 6 * 26 + 10 * 865
    assert [said in str(one) for one in report.findings if said] == ([True] if said else [])
    assert report.agrees == (said is None)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("FC, in 2304, out 10", None),
        ("FC (2340 → 10)", "the table says 2,340 values, the row above gives 16x12x12"),
        ("Conv(8→16, 3x3, pad 1)", "the table says 8 maps, the row above gives 16x12x12"),
    ],
)
def test_what_a_layer_says_that_it_reads_is_compared(row: str, said: str | None) -> None:
    report = with_row(row)
    assert [said in str(one) for one in report.findings if said] == ([True] if said else [])
    assert report.agrees == (said is None)


@pytest.mark.parametrize(
    ("row", "parameters"),
    [
        ("Conv(16→8, 3x3, pad 1, no bias)", 16 * 8 * 9),
        ("Conv2D, 8 filters, 3x3, same, bias=False", 16 * 8 * 9),
        ("Convolve with eight 3x3 filters, same", 8 * 145),
        ("Conv 3x3, 8 filters, 2 groups, same", 8 * 73),
        ("Depthwise conv 3x3, multiplier 2, same", 32 * 10),
        ("GroupNorm(4)", 32),
        ("InstanceNorm", 32),
        ("Upsample bilinear x2", 0),
        ("Conv 3x3, 1500000 filters, same", 1500000 * 145),
        ("3x3, 16 filters, same, Conv×2", 2 * 16 * 145),
    ],
)
def test_words_that_change_a_layer_are_read(row: str, parameters: int) -> None:
    report = with_row(row)
    assert report.agrees, report.findings
    rows = report.walk.reports[2:-2]
    assert sum(one.cost.parameters for one in rows if one.cost) == parameters


@pytest.mark.parametrize(
    "row",
    [
        *("Deformable conv 3x3, 16", "Gated conv 3x3, 16", "Conv1D 3, 16", "CoordConv 3x3, 16"),
        *("Conv 3x3, 16, reflect padding", "Conv 3x3, 16, weights tied", "Conv 3x3 or 5x5, 16"),
        *("Conv 5x5/3x3, 16", "Conv 3x3, 16, 7", "LayerNorm", "GroupNorm"),
        *(
            "Stochastic pooling 2x2",
            "Lp pooling 2x2",
            "RoI pooling 7x7",
            "Spatial pyramid pooling 4,2,1",
        ),
        *(
            "Residual block, 16",
            "Residual block 3x3, 16",
            "Dense block",
            "Linear bottleneck 16",
            "Fire module, 16, 64",
        ),
        *(
            "Squeeze-and-Excitation, r=16",
            "CBAM",
            "Maxout, 16",
            "Highway layer, 16",
            "Transition layer",
        ),
        *(
            "DropBlock 0.1",
            "Gaussian noise 0.1",
            "BiLSTM 64",
            "TimeDistributed Dense 10",
            "MBConv6, 16, 3x3",
        ),
    ],
)
def test_a_row_that_no_table_has_is_named_in_its_place(row: str) -> None:
    faults = [one for one in with_row(row).findings if one.line == 5]
    assert faults, "the row is passed over"


def test_a_heading_between_rows_is_no_layer() -> None:
    assert with_row("Residual block 1").agrees
    assert with_row("Encoder").agrees


PLAIN = """\
| Layer | Neurons | Weights |
|---|---|---|
| Input | {size} | |
| Hidden | 30 | 784*30 |
| Output | 10 | {last} |
"""


def test_a_table_of_full_layers_counts_weights_without_their_biases() -> None:
    for size in ("784", "28×28", "28 x 28 = 784"):
        report = read_one(PLAIN.format(size=size, last="30*10 = 300"))
        assert report.agrees, report.findings
        assert report.walk.total.parameters == 784 * 30 + 30 + 310
    assert not read_one(PLAIN.format(size="784", last="30*10 = 301")).agrees


def test_as_many_units_as_values_are_told_and_the_total_decides() -> None:
    text = (
        "{said}\n\n| Layer | Output |\n|---|---|\n| Input | 12x12x1 |\n| Conv 3x3, 4 filters | 10x10x4 |\n"
        "| FC | 400 |\n| FC | 10 |\n"
    )
    (document,) = read_networks(text.format(said="A network."), "a.md")
    assert check(document).walk.total.parameters == 40 + 400 * 401 + 4010
    assert any("call it Flatten" in remark.text for remark in document.remarks)
    report = read_one(text.format(said="It has 4,050 parameters in total."))
    assert report.agrees
    assert report.walk.total.parameters == 4050


def test_the_maps_of_an_input_are_those_of_its_size() -> None:
    text = (
        "| Layer | What | Feature Map | Size | Kernel Size |\n|---|---|---|---|---|\n| In | Image | 1 | 30x30x3 | - |\n"
        "| 1 | Convolution | 8 | 28x28x8 | 3x3 |\n| 2 | FC | - | 5 | - |\n"
    )
    (document,) = read_networks(text, "a.md")
    assert check(document).walk.total.parameters == 8 * 28 + 5 * (28 * 28 * 8 + 1)
    assert (
        "It is 3x30x30, as its size says; the 1 in a column of maps is no number of its channels."
        in [remark.text for remark in document.remarks]
    )


def test_numbers_with_names_are_no_count() -> None:
    text = (
        "| Layer | Parameters | Output |\n|---|---|---|\n| Input | | 20x20x1 |\n"
        "| Conv | k=3, f=8, s=1, p=0 | 18x18x8 |\n| Max Pool | k=2, s=2 | 9x9x8 |\n| FC | 5 neurons | 5 |\n"
    )
    report = read_one(text)
    assert report.agrees, report.findings
    assert report.walk.total.parameters == 80 + 5 * 649


def test_columns_of_vgg_keep_their_sizes_and_say_why() -> None:
    text = (
        "| A | B |\n|---|---|\n| input (16x16 grey) | input (16x16 grey) |\n| conv3-16 | conv3-16 |\n| | conv3-16 |\n"
        "| maxpool | maxpool |\n| FC-10 | FC-10 |\n"
    )
    small, large = read_networks(text, "a.md")
    assert [check(one).walk.total.parameters for one in (small, large)] == [10410, 10410 + 2320]
    assert any("as is the custom where" in remark.text for remark in small.remarks)


POINTS = """\
Our net takes 16x16 grey images.

- Convolution: 8 filters of size 3x3, same padding, ReLU
- Max pooling 2x2
- Convolution: {count} filters of size 3x3, same padding, ReLU
- {last}
"""


def test_points_that_each_name_a_layer_are_a_network() -> None:
    report = read_one(POINTS.format(count=8, last="Fully connected layer with 10 units"))
    assert report.agrees, report.findings
    assert report.walk.total.parameters == 80 + 584 + 10 * (8 * 64 + 1)


def test_points_that_tell_of_other_things_are_none() -> None:
    for last in ("We trained it for 3 epochs", "Data come from a ring of 12 cameras"):
        with pytest.raises(DocumentError):
            read_networks(POINTS.format(count=8, last=last), "a.md")


def test_many_kernels_that_nothing_says_are_weighed_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []

    def counted(*one: Any) -> list[Candidate]:
        asked.append(one)
        return candidates_of(*one)

    monkeypatch.setattr("striate.documents.table.solving.candidates_of", counted)
    rows = "".join(f"| conv{number} | 8x8x4 |\n" for number in range(300))
    report = read_one(f"| Layer | Output |\n|---|---|\n| Input | 8x8x3 |\n{rows}| fc | 10 |\n")
    assert len(report.findings) == 300
    assert len(asked) < 100


@pytest.mark.parametrize("point", ["FC 10, 3", "Dense 10 3", "FC 10 (3)"])
def test_two_numbers_of_a_full_layer_are_not_one_of_them(point: str) -> None:
    report = read_one(
        f"# Net\n\n- Input 28x28x1\n- Conv 5x5, 6 filters\n- MaxPool 2x2\n- {point}\n"
    )
    assert [finding.came for finding in report.findings] == ["'10' is not understood."]


@pytest.mark.parametrize("point", ["FC8, 2", "FC 6, 4096", "FC 10", "FC-10"])
def test_the_number_of_a_layer_is_none_of_its_own(point: str) -> None:
    report = read_one(
        f"# Net\n\n- Input 28x28x1\n- Conv 5x5, 6 filters\n- MaxPool 2x2\n- {point}\n"
    )
    assert report.findings == ()


@pytest.mark.parametrize("cell", ["10, 3", "10 3", "10; 3"])
def test_two_numbers_in_a_cell_of_units_are_named(cell: str) -> None:
    table = (
        "| Layer | Filters | Kernel |\n|---|---|---|\n| Input 28x28x1 | | |\n| Conv | 6 | 5x5 |\n"
    )
    report = read_one(f"{table}| FC | {cell} | |\n")
    assert [finding.came for finding in report.findings] == ["'3' is not understood."]
    report = read_one(f"{table}| FC | 1 000 | |\n| FC | 10 | |\n")
    assert report.findings == ()


@pytest.mark.parametrize(
    ("row", "left"),
    [
        ("FC 10, stride 2", "stride 2"),
        ("FC 10, padding 1", "padding 1"),
        ("FC 10 (stride 2, padding 1)", "stride 2, padding 1"),
        ("Dropout 0.5 0.3", "0.3"),
        ("FC 10, dropout 50 % 25 %", "25"),
        ("FC 10, stride 1, padding 0", ""),
        ("Dropout (0.5)", ""),
        ("Dropout (keep 0.8)", ""),
    ],
)
def test_numbers_that_a_layer_cannot_have_are_named(row: str, left: str) -> None:
    report = read_one(
        "| Layer | Output |\n|---|---|\n| Input | 1x28x28 |\n| Conv 5x5, 6 filters | 6x24x24 |\n"
        f"| {row} | |\n| FC 10 | 10 |\n"
    )
    said = [f"'{left}' is not understood."] if left else []
    assert [finding.came for finding in report.findings] == said


def test_more_repetitions_than_are_read_are_named() -> None:
    report = read_one(
        "| Layer | Filters | Kernel | Repeats |\n|---|---|---|---|\n| Input 28x28x1 | | | 1 |\n"
        "| Conv | 6 | 3x3 same | 100 |\n| Conv | 6 | 3x3 same | 2 |\n| FC | 10 | | 1 |\n"
    )
    assert [finding.came for finding in report.findings] == ["'100' is not understood."]

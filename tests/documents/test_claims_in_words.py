"""Claims that stand where no column of their own holds them: in stages of blocks, and among the words of a layer."""

import pytest
from torch import nn

from striate.checking import Report, check
from striate.documents import read_networks
from striate.layers import MaxPooling
from striate.shapes import Image


RESNET34 = """\
# ResNet-34

| layer name | output size | 34-layer |
|---|---|---|
| conv1 | 112×112 | 7×7, 64, stride 2 |
| conv2_x | {pooled} | 3×3 max pool, stride 2 |
| | | [3×3, 64; 3×3, 64] × 3 |
| conv3_x | {third} | [3×3, 128; 3×3, 128] × 4 |
| conv4_x | 14×14 | [3×3, 256; 3×3, 256] × 6 |
| conv5_x | 7×7 | [3×3, 512; 3×3, 512] × 3 |
| | 1×1 | average pool, 1000-d fc, softmax |

{total} parameters, 3.6×10^9 FLOPs
"""


def read_one(text: str, given: Image | None = None) -> Report:
    (document,) = read_networks(text, "a.md", given)
    return check(document)


def findings(report: Report) -> list[str]:
    return [str(finding).splitlines()[0] for finding in report.findings]


def claims_of(report: Report) -> list[tuple[str, str]]:
    return [(one.quantity, one.claimed) for one in report.comparisons]


def test_sizes_of_stages_and_their_total_are_claims() -> None:
    right = RESNET34.format(pooled="56×56", third="28×28", total="21.8M")
    report = read_one(right, Image(3, 224, 224))
    assert report.agrees
    assert report.walk.total.parameters == 21_797_672  # as torchvision counts them
    sizes = ["112x112", "56x56", "28x28", "14x14", "7x7"]
    assert claims_of(report) == [*(("size", size) for size in sizes), ("parameters", "21.8M")]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            {"third": "29×29"},
            "line 8, conv3_x block 4 sum, Size: the table says 29x29, the arithmetic gives 28x28.",
        ),
        (
            {"pooled": "58×58"},
            "line 6, 3x3 max pool stride 2, Size: the table says 58x58, the arithmetic gives 56x56.",
        ),
        (
            {"total": "31.8M"},
            "line 13, Total, Parameters: the table says 31.8M, the arithmetic gives 21,797,672.",
        ),
    ],
)
def test_a_wrong_size_of_a_stage_or_a_wrong_total_is_found(
    wrong: dict[str, str], said: str
) -> None:
    text = RESNET34.format(**{"pooled": "56×56", "third": "28×28", "total": "21.8M", **wrong})
    assert findings(read_one(text, Image(3, 224, 224))) == [said]


@pytest.mark.parametrize(("pooled", "padding"), [("56×56", 1), ("55×55", "valid"), ("", 1)])
def test_the_pooling_ahead_of_residual_blocks_is_padded_as_in_resnet_and_told(
    pooled: str, padding: int | str
) -> None:
    text = RESNET34.format(pooled=pooled, third="28×28", total="21.8M")
    (document,) = read_networks(text, "a.md", Image(3, 224, 224))
    (pooling,) = (row.layer for row in document.table.rows if row.name.startswith("3x3 max"))
    assert isinstance(pooling, MaxPooling)
    assert (pooling.window.padding, pooling.rounding) == (padding, "floor")
    told = [one.text for one in document.remarks if one.line == 6]
    assert told == (["padding 1: as in ResNet, for none is said."] if padding == 1 else [])


LIST = """\
Input 3x32x32
1. conv 3x3, 8 filters, same{conv}
2. global average pool
3. {dense}
"""


@pytest.mark.parametrize(
    ("conv", "dense"),
    [
        (", params 224", "dense 10, 90 params"),
        (" (224 params)", "dense 10 (90 parameters)"),
        (" → 32x32x8 (파라미터 224개)", "완전연결 10 (파라미터 90개)"),
        (" → 32x32x8, 224 parameters", "dense 10 softmax [params: 90]"),
        ("; 参数 224 个", "全连接层 10（参数量：90）"),
        (", パラメータ数は224", "全結合層 10 (90個のパラメータ)"),
    ],
)
def test_a_count_of_parameters_among_words_is_a_claim_and_no_number_of_the_layer(
    conv: str, dense: str
) -> None:
    report = read_one(LIST.format(conv=conv, dense=dense))
    assert report.agrees
    counts = [claimed for quantity, claimed in claims_of(report) if quantity == "parameters"]
    assert counts == ["224", "90"]
    assert report.walk.total.parameters == 8 * (27 + 1) + 10 * (8 + 1)
    assert not [remark for remark in report.document.remarks if "not" in remark.text]


@pytest.mark.parametrize("count", ["91", "1,048,832"])
def test_a_wrong_count_of_parameters_among_words_is_found(count: str) -> None:
    text = LIST.format(conv="", dense=f"dense 10, {count} params")
    assert findings(read_one(text)) == [
        f"line 4, dense 10, Parameters: the table says {count}, the arithmetic gives 90."
    ]


UNET = """\
| Name | Layer | {heading}Output | Params |
|---|---|{bar}---|---|
| input | Input | {none}1×16×16 | 0 |
| e1 | Conv 3×3, 4, same, ReLU | {none}4×16×16 | 40 |
| p1 | MaxPool 2×2 | {none}4×8×8 | 0 |
| b | Conv 3×3, 8, same, ReLU | {none}8×8×8 | 296 |
| u1 | Upsample ×2 | {none}8×16×16 | 0 |
| c1 | {join} | 12×16×16 | 0 |
| out | Conv 1×1, 2 | {none}2×16×16 | 26 |
"""


@pytest.mark.parametrize(
    ("heading", "join"),
    [
        ("", "Concat u1, e1"),
        ("", "Concat with e1"),
        ("", "Concat(u1, e1)"),
        ("", "Concatenate: u1 + e1"),
        ("", "Concat of u1 and e1"),
        ("Input from", "Concat | u1, e1"),
        ("Inputs from", "Concat | u1, e1"),
        ("Takes from", "Concat | u1, e1"),
        ("Connected with", "Concat | u1, e1"),
    ],
)
def test_a_row_joins_the_rows_that_its_words_or_a_column_name(heading: str, join: str) -> None:
    cells = {"heading": f"{heading} | ", "bar": "---|", "none": " | "} if heading else {}
    empty = {"heading": "", "bar": "", "none": ""}
    report = read_one(UNET.format(join=join, **{**empty, **cells}))
    assert report.agrees
    (joined,) = (row for row in report.document.table.rows if row.name == "c1")
    assert joined.reads == ("u1", "e1")
    assert not [remark for remark in report.document.remarks if "words" in remark.row]


def test_words_that_name_no_rows_join_none() -> None:
    text = UNET.format(join="Concat with e9", heading="", bar="", none="")
    assert findings(read_one(text)) == [
        "line 8, c1: which rows it joins is not said, and the arithmetic does not tell."
    ]


KERAS = """\
| Layer (type) | Output Shape | Param # |
|---|---|---|
| conv2d (Conv2D) | (None, {side}, {side}, 32) | {count} |
| flatten (Flatten) | (None, {flat}) | 0 |
| dense (Dense) | (None, 10) | {dense} |
"""


@pytest.mark.parametrize(
    ("side", "count", "came"), [(26, 320, Image(1, 28, 28)), (30, 896, Image(3, 32, 32))]
)
def test_the_first_row_of_a_table_tells_its_input_where_only_one_is_that_of_a_picture(
    side: int, count: int, came: Image
) -> None:
    flat = side * side * 32
    text = KERAS.format(side=side, count=count, flat=flat, dense=10 * (flat + 1))
    report = read_one(text)
    assert report.agrees
    assert report.document.table.input == came
    assert report.document.remarks[0].text == (
        f"It is {came}: from what comes out of row conv2d (Conv2D), without padding as is usual where none is said."
    )


def test_a_first_size_that_may_be_padded_or_not_is_asked_for() -> None:
    flat = 28 * 28 * 32
    report = read_one(KERAS.format(side=28, count=320, flat=flat, dense=10 * (flat + 1)))
    (fault,) = report.findings
    assert str(fault).splitlines()[-1].endswith("or say `--input 1x28x28, or 1x30x30`.")


def test_a_size_that_does_not_come_out_is_no_reason_for_a_padding() -> None:
    text = (
        "| Layer | Output | Padding |\n|---|---|---|\n| Input | 8x13x13 | |\n"
        "| Conv 3x3, 16 filters | 16x12x12 | |\n| Max pool 2x2 | 16x5x5 | |\n| FC 10 | 10 | |\n"
    )
    report = read_one(text)
    (told,) = (one.text for one in report.document.remarks if "padding" in one.text)
    assert told == "padding valid: for none is said."
    (found, *_) = findings(report)
    assert found.endswith("Size: the table says 12x12, the arithmetic gives 11x11.")


STAGES = """
| layer name | output size | 10-layer | Params |
|---|---|---|---|
| conv1 | 16x16 | 3x3, 16 | 464 |
| conv2_x | 16x16 | [3x3, 16; 3x3, 16] x 2 | 9344 |
| | 1x1 | average pool, 10-d fc, softmax | 170 |

Residual blocks with identity shortcuts and batch normalisation behind every convolution, without biases. 9,978 parameters.
"""


def test_counts_beside_stages_of_blocks_are_compared() -> None:
    (right,) = read_networks(STAGES, "a.md", Image(3, 16, 16))
    stage = [nn.Conv2d(16, 16, 3, bias=False), nn.BatchNorm2d(16)] * 4
    assert sum(values.numel() for part in stage for values in part.parameters()) == 9344
    assert not check(right).findings
    (wrong,) = read_networks(STAGES.replace("| 9344 |", "| 77 |"), "a.md", Image(3, 16, 16))
    (finding,) = check(wrong).findings
    assert finding.came == "the table says 77, the arithmetic gives 9,344."
    assert finding.needed == "9,344."  # no layer's own sum is that of them all

"""Tables and lists as students write them: slips are told, and what is said is not said twice."""

import pytest
import torch
from torch import nn

from striate.checking import check
from striate.documents import read_networks
from striate.layers import AveragePooling, MaxPooling


HEAD = (
    "Input: 28x28 gray image.\n\n| Layer | Type | Units | Parameters |\n| --- | --- | --- | --- |\n"
)
POOLED = """| Layer | Output | Kernel |
| --- | --- | --- |
| Input | 32×32×3 | |
| Conv1 | 16×16×16 | 3×3, stride 2 |
| MaxPool1 | 8×8×16 | {window} |
| FC | 10 | |
"""
LISTS = {
    "en": """- Input layer: 64 x 64 color image
- Convolution layer: 32 filters of size 3 x 3, with padding, ReLU
- Pooling layer: 2 x 2 max pooling
- Convolution layer: 64 filters of size 3 x 3, no padding, ReLU
- Pooling layer: 2 x 2 average pooling
- Flatten
- Output layer: 5 units, softmax
""",
    "ko": """- 입력층: 64 x 64 컬러 사진
- 합성곱층: 필터 32개, 크기 3 x 3, 패딩 있음, ReLU
- 풀링층: 2 x 2 최대 풀링
- 합성곱층: 필터 64개, 크기 3 x 3, 패딩 없음, ReLU
- 풀링층: 2 x 2 평균 풀링
- 일렬로 펼침
- 출력층: 5개, 소프트맥스
""",
}


def remarks_of(text: str) -> list[str]:
    (document,) = read_networks(text, "net.md")
    return [str(remark) for remark in document.remarks]


def test_biases_that_a_full_layer_lacks_are_told_where_its_count_alone_says_so() -> None:
    rows = "| Flatten | Flatten | | |\n| Dense 1 | Dense | 128 | 100,480 |\n| Dense 2 | Dense | 10 | 1,280 |\n"
    (document,) = read_networks(HEAD + rows, "net.md")
    assert not document.table.rows[-1].layer.has_bias  # type: ignore[union-attr]
    assert any("no biases: from 1,280 parameters" in str(one) for one in document.remarks)


def test_biases_that_one_full_layer_lacks_beside_others_are_a_wrong_claim() -> None:
    rows = (
        "| Flatten | Flatten | | |\n| A | Dense | 64 | 50,240 |\n| B | Dense | 32 | 2,080 |\n"
        "| C | Dense | 10 | 320 |\n"
    )
    (document,) = read_networks(HEAD + rows, "net.md")
    wrong = [str(finding) for finding in check(document).findings]
    assert len(wrong) == 1
    assert "the table says 320, the arithmetic gives 330" in wrong[0]


@pytest.mark.parametrize("window", ["3×3, s=2", "3×3, stride 2", "3x3/2", "3×3"])
def test_the_number_in_a_name_is_no_window_where_a_cell_has_one(window: str) -> None:
    (document,) = read_networks(POOLED.format(window=window), "net.md")
    layer = document.table.rows[2].layer
    assert isinstance(layer, MaxPooling)
    assert (layer.kernel, layer.stride) == ((3, 3), (2, 2))
    assert layer.output(document.walk.reports[2].inputs[0]).axes == (16, 8, 8)


@pytest.mark.parametrize("language", LISTS)
def test_a_label_ahead_of_a_colon_is_no_layer_of_its_own(language: str) -> None:
    (document,) = read_networks(LISTS[language], "net.md")
    kinds = [type(row.layer) for row in document.table.rows]
    assert kinds.count(MaxPooling) == kinds.count(AveragePooling) == 1
    torch_says = nn.Sequential(
        *(nn.Conv2d(3, 32, 3, padding=1), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.AvgPool2d(2)),
        *(nn.Flatten(), nn.LazyLinear(5)),
    )
    torch_says(torch.zeros(1, 3, 64, 64))
    counted = sum(values.numel() for values in torch_says.parameters())
    assert document.walk.total.parameters == counted
    assert any("it pads, and not by how much" in str(one) for one in document.remarks)


@pytest.mark.parametrize(
    ("pooling", "side"), [("Max-Pooling: 2×2", 15), ("Pool: 3x3", 10), ("pool1: 10x10x6", 10)]
)
def test_a_small_pair_behind_a_colon_is_a_window_and_three_numbers_are_a_size(
    pooling: str, side: int
) -> None:
    text = f"- Input: 32×32×3\n- Conv 3×3, 6 filters\n- {pooling}\n- FC: 10\n"
    (document,) = read_networks(text, "net.md")
    assert document.walk.reports[2].output.axes == (6, side, side)  # type: ignore[union-attr]


def test_a_total_that_decides_how_blocks_are_built_leaves_nothing_to_ask() -> None:
    text = (
        "# A net\n\nThe network has 272,474 parameters.\n\n| layer | output size | blocks |\n| --- | --- | --- |\n"
        "| Input | 32x32x3 | |\n| conv1 | 32x32 | 3x3, 16 |\n"
        "| conv2_x | 32x32 | [3x3, 16; 3x3, 16] x 3 |\n| conv3_x | 16x16 | [3x3, 32; 3x3, 32] x 3 |\n"
        "| conv4_x | 8x8 | [3x3, 64; 3x3, 64] x 3 |\n| pool | 1x1 | average pool, 10-d fc, softmax |\n"
    )
    (document,) = read_networks(text, "net.md")
    assert (document.faults, check(document).findings) == ((), ())
    assert any("the total settles it" in str(one) for one in document.remarks)
    (document,) = read_networks(text.replace("272,474", "999,999"), "net.md")
    assert any("shortcuts and normalisation" in str(fault) for fault in document.faults)

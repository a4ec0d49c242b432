"""What sentences and comments say of the input, and of padding, where code, lists and prints leave it out."""

import pytest
import torch
from torch import nn

from striate.checking import check
from striate.documents import Document, read_networks


CODE = """
net = nn.Sequential(
    nn.Conv2d(1, 8, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8 * 18 * 22, 10))
"""
"""Reads one map of 40x48, and no other size of one map has as many values behind the pooling in this order."""


def read(text: str, name: str = "net.md") -> Document:
    (document,) = read_networks(text, name)
    return document


@pytest.mark.parametrize(
    "sentence",
    [
        "Pictures of 40 x 48 pixels in grey go in.",
        "입력은 40×48 크기의 흑백 영상이다.",
        "输入为 40×48 的单通道图像。",
        "40×48 の濃淡画像を入力とする。",
        "Das Netz bekommt Graustufenbilder mit 40 mal 48 Pixeln.",
        "- Image size: 40x48",
    ],
)
def test_a_sentence_beside_code_says_what_comes_in(sentence: str) -> None:
    document = read(f"# A net\n\n{sentence}\n\n```python{CODE}```\n")
    assert str(document.walk.reports[0].output) == "1x40x48"
    torch_says = nn.Sequential(
        nn.Conv2d(1, 8, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8 * 18 * 22, 10)
    )
    torch_says(torch.zeros(1, 1, 40, 48))
    counted = sum(values.numel() for values in torch_says.parameters())
    assert document.walk.total.parameters == counted
    assert not check(document).findings
    told = "Its input is not said: 1x40x48, which line 3 names, is taken."
    assert told in [remark.text for remark in document.remarks]


def test_a_comment_on_a_line_of_its_own_says_what_comes_in() -> None:
    document = read(f"from torch import nn\n{CODE}\n# input: 1x40x48\n", "net.py")
    assert str(document.walk.reports[0].output) == "1x40x48"


@pytest.mark.parametrize(
    "sentence",
    [
        "Pictures of 40 x 48 pixels in RGB go in.",  # the first layer reads one map
        "Pictures of 60 x 60 pixels in grey go in.",  # the dense layer reads 8x18x22
    ],
)
def test_a_sentence_that_the_layers_contradict_is_not_taken(sentence: str) -> None:
    document = read(f"{sentence}\n\n```python{CODE}```\n")
    assert any("height and width" in str(fault) for fault in document.faults)


def test_of_two_sizes_that_both_fit_none_is_taken() -> None:
    any_size = "net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 2))"
    one = "# A net\n\nPictures of 64 x 64 pixels in RGB go in."
    assert str(read(f"{one}\n\n```python\n{any_size}\n```\n").walk.reports[0].output) == "3x64x64"
    both = f"{one} Photographs of 96 x 96 pixels are tried, too.\n\n```python\n{any_size}\n```\n"
    assert any("height and width" in str(fault) for fault in read(both).faults)
    # What stands below another heading is further away.
    beside = f"{one}\n\n```python\n{any_size}\n```\n\n# Another\n\nPhotographs of 96 x 96 pixels.\n"
    assert str(read(beside).walk.reports[0].output) == "3x64x64"


@pytest.mark.parametrize(
    ("sentence", "side"),
    [
        ("No convolution is padded", 26),
        ("Convolutions keep the size", 28),
        ("所有卷积都做填充，保持尺寸不变", 28),
        ("畳み込みはすべてサイズが変わらないようにパディングする", 28),
    ],
)
def test_sentences_say_what_a_list_leaves_out(sentence: str, side: int) -> None:
    text = f"The input is a 28x28 grey image.\n\n{sentence}:\n\n```\nINPUT -> CONV3-8 -> RELU -> FC-10\n```\n"
    document = read(text)
    assert str(document.walk.reports[0].output) == "1x28x28"
    assert str(document.walk.reports[1].output) == f"8x{side}x{side}"
    assert document.walk.total.parameters == 8 * (9 + 1) + 10 * (8 * side * side + 1)


def test_a_kernel_of_grey_is_square_before_one_of_colours_is_not() -> None:
    rows = "Conv2d-1 [-1, 32, 26, 26] 320\nReLU-2 [-1, 32, 26, 26] 0\nLinear-3 [-1, 4] 86,532\n"
    text = f"Inputs of 26 x 26.\n\n```\nLayer (type) Output Shape Param #\n===\n{rows}===\n```\n"
    # 32 x (3x3x1 + 1) is 32 x (1x3x3 + 1), too.
    assert str(read(text).walk.reports[0].output) == "1x26x26"


def test_a_class_that_is_cut_off_where_another_one_ends_is_that_of_its_name() -> None:
    rows = (
        "conv2d (Conv2D)              (None, 26, 26, 8)         80\n"
        "average_pooling2d_1 (Average (None, 13, 13, 8)         0\n"
        "flatten (Flatten)            (None, 1352)              0\n"
    )
    text = f"28x28x1\n\n```\nLayer (type)                 Output Shape              Param #\n===\n{rows}===\n```\n"
    document = read(text)
    assert [str(report.output) for report in document.walk.reports[1:]] == [
        "8x26x26",
        "8x13x13",
        "1352",
    ]
    assert not document.faults


def test_one_size_with_equal_numbers_does_not_decide_the_order_of_all() -> None:
    rows = (
        "| Input | (None, 72, 32, 1) | 0 |\n| Conv 3x3, 16 filters | (None, 72, 32, 16) | 160 |\n"
        "| MaxPool | (None, 36, 16, 16) | 0 |\n| Conv 3x3, 32 filters | (None, 36, 16, 32) | 4,640 |\n"
        "| Dense | (None, 4) | 73,732 |\n"
    )
    document = read(f"| Layer | Output size | Param # |\n| --- | --- | --- |\n{rows}")
    assert str(document.walk.reports[0].output) == "1x72x32"
    assert not check(document).findings


def test_the_word_for_kernels_in_brackets_is_no_layer_that_is_repeated() -> None:
    rows = "| 输入 | 1×8×8 | 0 |\n| 卷积 (20个卷积核, 3×3) ×3 | 20×8×8 | 7,440 |\n| 全连接 | 10 | 12,810 |\n"
    document = read(f"| 层 | 输出尺寸 | 参数量 |\n| --- | --- | --- |\n{rows}")
    # 20x(9+1) and twice 20x(9x20+1)
    assert document.walk.total.parameters == 200 + 2 * 3_620 + 12_810
    assert not check(document).findings


@pytest.mark.parametrize("words", ["BN (ReLU)", "배치 정규화 (relu)", "bn1 (BatchNorm) + ReLU"])
def test_a_function_in_brackets_behind_a_normalisation_leaves_it_in_place(words: str) -> None:
    rows = f"| Input | 8x8x1 |\n| Conv 3x3, 4 filters, padding 1 | 8x8x4 |\n| {words} | 8x8x4 |\n| Dense | 10 |\n"
    document = read(f"| Layer | Output |\n| --- | --- |\n{rows}")
    torch_says = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(256, 10),
    )
    counted = sum(values.numel() for values in torch_says.parameters())
    assert document.walk.total.parameters == counted


def test_a_layer_that_stands_twice_is_no_block_whose_claims_are_passed_over() -> None:
    rows = (
        "| Input | 8x8x1 | 0 |\n| Conv (3x3, 8 filters, padding 1) x 2 | 8x8x8 | 664 |\n"
        "| Conv (3x3, 4 filters, padding 1) | 8x8x4 | 293 |\n| Dense | 10 | 2,570 |\n"
    )
    document = read(f"| Layer | Output | Parameters |\n| --- | --- | --- |\n{rows}")
    # 8x(9+1) + 8x(9x8+1) is 664, and 4x(9x8+1) is 292.
    assert [finding.line for finding in check(document).findings] == [5]

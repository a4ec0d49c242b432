"""Tables in our headings whose cells are written as other people write them, and where that ends."""

import pytest

from striate.checking import check
from striate.documents import Document, read_networks


SQUARE = """
| Layer | Type | Maps | Size | Kernel | Activation |
|---|---|---|---|---|---|
| In | Input | 3 | 32x32 | | |
| C1 | Convolution | 32 | 32x32 | {kernel} | ReLU |
| B1 | {norm} | 32 | 32x32 | | |
| P1 | {pool} | 32 | 16x16 | {window} | |
| Out | {full} | | 4 | | |
"""

KOREAN = """
| Layer | Type | Maps | Size | Kernel | Activation |
|---|---|---|---|---|---|
| 0 | 입력 | 1 | 28x28 | | |
| 1 | 합성곱 | 16 | 28x28 | 3x3 (same) | ReLU |
| 2 | 최대 풀링 | 16 | 14x14 | 2x2/2 | |
| 3 | 완전연결 | | 10 | | 소프트맥스 |
"""

WITHOUT_INPUT = """
| Layer | Type | Maps | Size | Kernel | Stride | Activation |
|---|---|---|---|---|---|---|
| conv1 | Conv2D | 32 | 26x26 | 3x3 | 1 | relu |
| pool1 | MaxPool2d | 32 | 13x13 | 2x2 | 2 | |
| fc | Linear | 10 | | | | softmax |

The input is a 1x28x28 picture.
"""


def read(text: str) -> Document:
    (network,) = read_networks(text, "net.md")
    return network


@pytest.mark.parametrize(
    ("kernel", "norm", "pool", "window", "full"),
    [
        ("5x5, padding 2", "BatchNormalization", "MaxPooling", "2x2, stride 2", "FullyConnected"),
        ("5x5 same", "BatchNorm2d", "MaxPool", "2x2", "Dense"),
        ("5x5 (pad 2)", "Batch normalisation", "Max pooling", "2x2/2", "Fully connected"),
    ],
)
def test_ways_of_writing_give_one_network(
    kernel: str, norm: str, pool: str, window: str, full: str
) -> None:
    text = SQUARE.format(kernel=kernel, norm=norm, pool=pool, window=window, full=full)
    report = check(read(text))
    # By hand: 32 (3 * 25 + 1), twice 32, and 4 (32 * 16 * 16 + 1).
    assert (report.agrees, report.walk.total.parameters) == (True, 2_432 + 64 + 32_772)


@pytest.mark.parametrize(("text", "parameters"), [(KOREAN, 160 + 31_370), (WITHOUT_INPUT, 54_410)])
def test_other_languages_and_inputs_in_sentences_are_read(text: str, parameters: int) -> None:
    report = check(read(text))
    assert (report.agrees, report.walk.total.parameters) == (True, parameters)


def test_what_nobody_can_read_is_told_of_the_table_as_it_stands() -> None:
    text = SQUARE.format(
        kernel="5x5 same", norm="Batchnomalizer", pool="MaxPooling", window="2x2/2", full="Dense"
    )
    told = [(fault.line, fault.where) for fault in read(text).faults]
    assert (6, "B1, Type") in told


def test_a_wrong_claim_stays_wrong() -> None:
    text = SQUARE.format(
        kernel="5x5 same", norm="BatchNorm", pool="MaxPool", window="2x2", full="Dense"
    )
    assert not check(read(text.replace("16x16", "15x16"))).agrees


@pytest.mark.parametrize("count", ["-4", "+4", "− 4"])
@pytest.mark.parametrize("heading", ["Maps", "Filters"])
def test_a_count_with_a_sign_is_none(count: str, heading: str) -> None:
    network = read(
        f"| Layer | Type | {heading} | Kernel | Activation |\n|---|---|---|---|---|\n"
        "| In | Input | 1 | | |\n"
        f"| C1 | Conv2D | {count} | 3x3 | |\n| Out | Dense | 2 | | |\n\nThe input is 1x8x8.\n"
    )
    assert any(fault.line == 4 and count.lstrip("−-+ ") in fault.came for fault in network.faults)


def test_a_row_that_names_itself_beside_the_input_is_told() -> None:
    network = read(
        "| Layer | Type | Filters | Output | Kernel | From |\n|---|---|---|---|---|---|\n"
        "| Input | Input | 1 | 8x8 | | |\n| C1 | Convolution | 4 | | 3x3 | Input, C1 |\n"
        "| O | Dense | 2 | | | C1 |\n"
    )
    assert [(fault.line, "'C1'" in fault.came) for fault in network.faults] == [(4, True)]

"""Every remark and every fault of an inference, word for word, from documents that call for it."""

import pytest

from striate.checking import check
from striate.documents import read_networks
from striate.documents.cells import read_input
from striate.errors import DocumentError
from striate.shapes import Image


def remarks_of(text: str) -> list[str]:
    (document,) = read_networks(text, "a.md")
    return [f"{remark.row}: {remark.text}" for remark in document.remarks]


def faults_of(text: str, given: Image | None = None) -> list[str]:
    (document,) = read_networks(text, "a.md", given)
    return [str(fault) for fault in check(document).findings]


TABLE = """\
Pictures of 20x20 pixels in grey. The network has 1,000 parameters in total. There is batch normalisation \
after every convolution.

| Layer | Output | Parameters | Colour |
|---|---|---|---|
| **Encoder** | | | |
| Conv 1-2 | 4x20x20 | 204 | red |
| Pool | 4x10x10 | 0 | blue |
| FC | 5 | 2,005 | red |
"""


def test_every_inference_is_told_in_a_line() -> None:
    assert remarks_of(TABLE) == [
        "column 'Colour': It is not read: what it holds is not known.",
        "Input: It is 1x20x20: from the sentence in line 1.",
        "sizes: They are maps first: 2 of 2 rows agree that way.",
        "line 5: It is taken for a heading, not for a layer: 'Encoder'.",
        (
            "Conv 1-2 convolution: kernel 3x3: from 204 parameters; "
            "padding same: what comes out further down agrees with it."
        ),
        (
            "Conv 1-2: Its counts are the sums of 4 layers, Conv 1-2 convolution to "
            "Conv 1-2 normalisation 2."
        ),
        (
            "Pool: max pooling: the usual one, for the document does not say which; "
            "window 2x2: from 20x20 to 10x10."
        ),
        "convolutions: batch normalisation stands behind every one of them, by the sentence in line 1.",
    ]


def test_what_contradicts_is_said_with_the_arithmetic() -> None:
    text = (
        "| Layer | Type | Input Size | Output Size | Kernel |\n|---|---|---|---|---|\n"
        "| 1 | Conv | 1@9x9 | 2@7x7 | 3x3 |\n| 2 | FC | 97 | 3 | - |\n"
    )
    assert faults_of(text)[0] == (
        "line 4, 2, input size: the table says 97, the row above gives 2x7x7.\n"
        "  Needed: 2x7x7.\n"
        "  Fix: write 2x7x7, or correct the row above."
    )


def test_an_input_of_a_flag_is_not_laid_over_that_of_a_document() -> None:
    text = (
        "| Layer | Maps | Size | Kernel |\n|---|---|---|---|\n| Input | 1 | 9x9 | - |\n"
        "| Conv | 2 | 7x7 | 3x3 |\n"
    )
    assert faults_of(text, Image(3, 9, 9)) == [
        (
            "line 1, Input: --input says 3x9x9, the document says 1x9x9.\n"
            "  Needed: one of the two: --input is for tables that do not say what comes in.\n"
            "  Fix: leave --input out, or write the input into the document."
        )
    ]
    assert faults_of(text, Image(1, 9, 9)) == []


@pytest.mark.parametrize("came", ["", "0x9x9", "9x9", "a", "1x2x3x4"])
def test_an_input_that_is_none_is_named(came: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read_input(came)
    assert str(caught.value) == (
        f"--input: {came!r} cannot be read.\n"
        "  Needed: channels x height x width, as in 3x32x32, or how many numbers a vector has, as in 784.\n"
        "  Fix: write it in this form."
    )


def test_a_remark_has_a_row_a_text_and_a_line() -> None:
    (document,) = read_networks(TABLE, "a.md")
    assert all(remark.line for remark in document.remarks)


def test_columns_and_blocks_are_told_as_networks() -> None:
    text = (
        "# Residual networks\n\nThe shortcut is a projection (option B) where shapes differ. Input: 3x16x16.\n\n"
        "| layer | output | a | b |\n|---|---|---|---|\n"
        "| conv1 | 16x16 | 3x3, 8 | 3x3, 8 |\n"
        "| conv2 | 8x8 | [3x3, 16; 3x3, 16] x 1 | [3x3, 16; 3x3, 16] x 2 |\n"
        "| | 1x1 | average pool, 4-d fc | average pool, 4-d fc |\n"
    )
    small, large = read_networks(text, "a.md")
    assert (small.name, large.name) == ("a", "b")
    assert [f"{one.row}: {one.text}" for one in small.remarks] == [
        (
            "blocks: shortcuts: 1x1 convolutions where shapes differ, else identities; batch normalisation "
            "behind every convolution; no biases: by the sentences around the table."
        ),
        "column a: It is read as a network of its own, from its first row to its last.",
        "conv1 convolution: padding same: from 16x16 to 16x16.",
        "average pool 4-d fc global pooling: it pools whole maps: 1x1 comes out.",
    ]
    assert large.walk.total.parameters - small.walk.total.parameters == 2 * (16 * 16 * 9 + 2 * 16)


def test_a_document_that_is_too_long_is_named() -> None:
    with pytest.raises(DocumentError) as caught:
        read_networks("x" * 5_000_001, "a.md")
    assert str(caught.value) == (
        "a.md: it has 5,000,001 characters.\n"
        "  Needed: at most 5,000,000.\n"
        "  Fix: cut the part out that holds the network."
    )

from dataclasses import replace

import pytest

from striate.arithmetic import walk
from striate.checking import check
from striate.checking.doubts import doubts, remarks
from striate.documents import document_of
from striate.layers import (
    AveragePooling,
    Convolution,
    FullyConnected,
    FunctionName,
    Input,
    LpPooling,
    MaxPooling,
    RadialBasis,
)
from striate.table import Claims, Row, Table


INPUT = Row("Input", Input.image(3, 31, 31))
FIRST = Row("C1", Convolution(8, 3), "ReLU")
POOLING = Row("S2", MaxPooling(3, 2))
SUSPECT = Row("F8", Convolution(8, 3, 2), line=9)
OUTPUT = Row("Output", FullyConnected(10), "softmax")


def test_a_convolution_that_is_a_pooling_by_all_signs_is_doubted() -> None:
    report = check(document_of(Table((INPUT, FIRST, POOLING, SUSPECT, OUTPUT))))
    assert [str(finding) for finding in report.findings] == [
        (
            "line 9, F8: it is called a convolution, but has no activation, where every other "
            "convolution of the table has one, keeps the 8 maps that it reads, and slides the "
            "3x3, stride 2 window of the max poolings S2.\n"
            "  Needed: a max pooling in this place, by all signs.\n"
            "  Fix: write the type Max pooling (최대 풀링), which takes its 584 parameters away; "
            "or give the row an activation if a convolution is meant."
        )
    ]


@pytest.mark.parametrize(
    "rows",
    [
        (INPUT, FIRST, POOLING, replace(SUSPECT, activation="ReLU"), OUTPUT),
        (INPUT, replace(FIRST, activation=None), POOLING, SUSPECT, OUTPUT),
        (INPUT, FIRST, replace(POOLING, layer=MaxPooling(2)), SUSPECT, OUTPUT),
        (INPUT, FIRST, POOLING, replace(SUSPECT, layer=Convolution(9, 3, 2)), OUTPUT),
        (INPUT, POOLING, replace(SUSPECT, layer=Convolution(3, 3, 2)), OUTPUT),
        (INPUT, FIRST, SUSPECT, OUTPUT),
    ],
)
def test_every_sign_is_needed_for_the_doubt(rows: tuple[Row, ...]) -> None:
    assert list(doubts(walk(Table(rows)))) == []


@pytest.mark.parametrize(
    "rows",
    [
        # No input; a window that does not fit.
        (SUSPECT, FIRST, POOLING, OUTPUT),
        (
            INPUT,
            FIRST,
            replace(SUSPECT, layer=Convolution(8, 30, 2), claims=Claims(size=(9, 9))),
            replace(POOLING, layer=MaxPooling(30, 2)),
        ),
    ],
)
def test_rows_that_cannot_be_computed_are_not_doubted(rows: tuple[Row, ...]) -> None:
    assert list(doubts(walk(Table(rows)))) == []


def test_an_average_pooling_with_an_activation_is_explained() -> None:
    table = Table((INPUT, Row("S2", AveragePooling(2), "tanh", line=5), OUTPUT))
    (remark,) = remarks(walk(table))
    assert (remark.row, remark.line) == ("S2", 5)
    assert remark.text == (
        "An average pooling with tanh behind it has no trained number. LeNet-5's has a gain and a "
        "bias a map: Subsampling with reduction=mean, or with reduction=sum as section II-B of the "
        "paper has it."
    )
    assert list(remarks(walk(Table((INPUT, Row("S2", AveragePooling(2)), OUTPUT))))) == []


def test_a_root_of_what_may_be_below_zero_is_told() -> None:
    def told(ahead: FunctionName, pooling: LpPooling) -> list[str]:
        rows = (INPUT, Row("C1", Convolution(4, 3), ahead), Row("S2", pooling, line=5), OUTPUT)
        return [remark.text for remark in remarks(walk(Table(rows)))]

    (text,) = told("tanh", LpPooling(2, p=3))
    assert text == (
        "It adds up x^3 with the signs of x, as PyTorch does, and where the sum is below 0 its root is NaN. "
        "What it reads may be below 0: a function such as ReLU ahead of it, or an even p, rules that out."
    )
    assert told("tanh", LpPooling(2, p=2)) == told("ReLU", LpPooling(2, p=2.5)) == []


def test_codes_that_are_not_drawn_are_said_to_be_random() -> None:
    table = Table((Row("Input", Input.features(4)), Row("Output", RadialBasis(2))))
    (remark,) = remarks(walk(table))
    assert remark.text == (
        "Its 8 connections are 2 x 4 components of fixed codes, which training never changes. They "
        "belong to the total of 8; the other rows have 0. They are drawn at random, for the table "
        "draws none."
    )

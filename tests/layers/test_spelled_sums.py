"""Every spelled sum, evaluated by rules of its own: no number here comes from the code under test."""

import math
import re
from collections.abc import Iterator
from fractions import Fraction

import pytest
from hypothesis import given, settings

from strategies import tables
from striate.arithmetic import walk
from striate.layers import (
    AveragePooling,
    Convolution,
    GlobalPooling,
    Input,
    Layer,
    MaxPooling,
    Sides,
    Subsampling,
)
from striate.networks import load
from striate.shapes import Image
from striate.spelling import spell
from striate.table import Row, Table


def evaluated(expression: str) -> Fraction:
    """Evaluate by the rules of school: brackets, then x * and /, then + and -."""
    tokens = re.findall(r"\d+|floor|ceil|[-+x*/()]", expression)
    assert "".join(tokens) == expression.replace(" ", "")
    rest = iter([*tokens, "end"])
    value, end = _sum(rest, next(rest))
    assert end == "end"
    return value


def _sum(rest: Iterator[str], token: str) -> tuple[Fraction, str]:
    value, token = _product(rest, token)
    while token in {"+", "-"}:
        sign = 1 if token == "+" else -1
        term, token = _product(rest, next(rest))
        value += sign * term
    return value, token


def _product(rest: Iterator[str], token: str) -> tuple[Fraction, str]:
    value, token = _factor(rest, token)
    while token in {"x", "*", "/"}:
        operation = token
        factor, token = _factor(rest, next(rest))
        value = value / factor if operation == "/" else value * factor
    return value, token


def _factor(rest: Iterator[str], token: str) -> tuple[Fraction, str]:
    if token in {"floor", "ceil"}:
        value, after = _factor(rest, next(rest))
        return Fraction(math.floor(value) if token == "floor" else math.ceil(value)), after
    if token == "(":
        value, closing = _sum(rest, next(rest))
        assert closing == ")"
        return value, next(rest)
    return Fraction(int(token)), next(rest)


def spelled(shape: Image, layer: Layer) -> list[str]:
    report = walk(Table((Row("Input", Input(shape)), Row("R", layer)))).reports[-1]
    return [f"{one.of}: {one}" for one in spell(report)]


@settings(max_examples=30)
@given(tables())
def test_every_spelled_sum_equals_the_number_of_its_row(table: Table) -> None:
    for report in walk(table).reports:
        assert report.output is not None
        assert report.cost is not None
        sums = spell(report)
        numbers = {
            "parameters": report.cost.parameters,
            "fixed numbers": report.cost.fixed,
            "connections": report.cost.connections,
            "multiply-adds": report.cost.multiply_adds,
        }
        if isinstance(report.output, Image):
            numbers |= {"height": report.output.height, "width": report.output.width}
            if any(one.of == "size" for one in sums):
                assert report.output.height == report.output.width
                numbers["size"] = report.output.height
        for one in sums:
            assert evaluated(one.expression) == one.value, one
            assert one.value == numbers[one.of], one
        spelled_counts = {one.of for one in sums} - {"size", "height", "width"}
        counted = {"parameters", "fixed numbers", "connections", "multiply-adds"}
        assert spelled_counts == {name for name in counted if numbers[name]}


def test_the_sums_of_lenet_5_are_those_on_the_board() -> None:
    walked = walk(load("lenet5").table)
    assert {
        report.row.name: [f"{one.of}: {one}" for one in spell(report)] for report in walked.reports
    } == {
        "Input": [],
        "C1": [
            "size: (32 - 5 + 2*0)/1 + 1 = 28",
            "parameters: 6 x (5x5x1 + 1) = 156",
            "connections: 28x28 x 156 = 122,304",
            "multiply-adds: 28x28 x 6 x 5x5x1 = 117,600",
        ],
        "S2": [
            "size: (28 - 2 + 2*0)/2 + 1 = 14",
            "parameters: 2 x 6 = 12",
            "connections: 6x14x14 x (2x2 + 1) = 5,880",
            "multiply-adds: 6x14x14 = 1,176",
        ],
        "C3": [
            "size: (14 - 5 + 2*0)/1 + 1 = 10",
            "parameters: 60 x 5x5 + 16 = 1,516",
            "connections: 10x10 x 1516 = 151,600",
            "multiply-adds: 10x10 x 60 x 5x5 = 150,000",
        ],
        "S4": [
            "size: (10 - 2 + 2*0)/2 + 1 = 5",
            "parameters: 2 x 16 = 32",
            "connections: 16x5x5 x (2x2 + 1) = 2,000",
            "multiply-adds: 16x5x5 = 400",
        ],
        "C5": [
            "size: (5 - 5 + 2*0)/1 + 1 = 1",
            "parameters: 120 x (5x5x16 + 1) = 48,120",
            "connections: 1x1 x 48120 = 48,120",
            "multiply-adds: 1x1 x 120 x 5x5x16 = 48,000",
        ],
        "F6": [
            "parameters: 84 x (120x1x1 + 1) = 10,164",
            "connections: 84 x (120x1x1 + 1) = 10,164",
            "multiply-adds: 84 x 120x1x1 = 10,080",
        ],
        "Output": [
            "fixed numbers: 10 x 84 = 840",
            "connections: 10 x 84 = 840",
            "multiply-adds: 10 x 84 = 840",
        ],
    }


@pytest.mark.parametrize(
    ("shape", "layer", "expected"),
    [
        (
            Image(64, 112, 112),
            MaxPooling(3, 2, rounding="ceil"),
            ["size: ceil((112 - 3 + 2*0)/2) + 1 = 56", "connections: 64x56x56 x 3x3 = 1,806,336"],
        ),
        (
            Image(1, 28, 28),
            MaxPooling(3, 2),
            ["size: floor((28 - 3 + 2*0)/2) + 1 = 13", "connections: 1x13x13 x 3x3 = 1,521"],
        ),
        (
            # A further window would start in the padding behind the input.
            Image(1, 4, 4),
            AveragePooling(2, 3, 1, "ceil"),
            ["size: ceil((4 - 2 + 2*1)/3) = 2", "connections: 1x2x2 x 2x2 = 16"],
        ),
        (
            Image(4, 224, 112),
            Convolution(2, (7, 5), (2, 1), "same", groups=2, has_bias=False),
            [
                "height: (224 - 7 + 2 + 3)/2 + 1 = 112",
                "width: (112 - 5 + 2*2)/1 + 1 = 112",
                "parameters: 2 x (7x5x4/2) = 140",
                "connections: 112x112 x 140 = 1,756,160",
                "multiply-adds: 112x112 x 2 x 7x5x4/2 = 1,756,160",
            ],
        ),
        (
            Image(1, 9, 9),
            Convolution(1, 3, 1, Sides(0, 1, 2, 2), 2),
            [
                "height: (9 - 5 + 0 + 1)/1 + 1 = 6",
                "width: (9 - 5 + 2*2)/1 + 1 = 9",
                "parameters: 1 x (3x3x1 + 1) = 10",
                "connections: 6x9 x 10 = 540",
                "multiply-adds: 6x9 x 1 x 3x3x1 = 486",
            ],
        ),
        (Image(3, 4, 5), GlobalPooling(), ["connections: 3x4x5 = 60"]),
        (
            Image(3, 4, 4),
            Subsampling((2, 1)),
            [
                "height: (4 - 2 + 2*0)/2 + 1 = 2",
                "width: (4 - 1 + 2*0)/1 + 1 = 4",
                "parameters: 2 x 3 = 6",
                "connections: 3x2x4 x (2x1 + 1) = 72",
                "multiply-adds: 3x2x4 = 24",
            ],
        ),
    ],
)
def test_a_sum_is_spelled_as_a_teacher_writes_it(
    shape: Image, layer: Layer, expected: list[str]
) -> None:
    assert spelled(shape, layer) == expected


def test_a_row_that_cannot_be_computed_spells_nothing() -> None:
    assert spelled(Image(1, 3, 3), Convolution(1, 5)) == []

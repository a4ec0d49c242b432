"""Two networks are told the same exactly where they compute the same."""

import pytest
import torch
from hypothesis import given, settings

from strategies import tables
from striate.arithmetic import walk
from striate.checking.differences import Comparison, compare
from striate.layers import (
    Activation,
    AdaptivePooling,
    Add,
    AveragePooling,
    Border,
    Concat,
    Convolution,
    DepthwiseConvolution,
    Dropout,
    Flatten,
    FullyConnected,
    GlobalPooling,
    Input,
    Layer,
    MaxPooling,
    Reshape,
    ResponseNormalization,
    Sides,
)
from striate.modules import build
from striate.networks import load
from striate.shapes import Image
from striate.table import Row, Table


IMAGE = Input.image(2, 9, 8)


def chain(*layers: Layer | tuple[Layer, str]) -> Table:
    """Rows behind each other; a pair is a layer and its function."""
    rows = []
    for number, each in enumerate((IMAGE, *layers)):
        layer, function = each if isinstance(each, tuple) else (each, None)
        rows.append(Row(f"r{number}", layer, function))  # type: ignore[arg-type]
    return Table(tuple(rows))


def compared(first: Table, second: Table, *, with_names: bool = False) -> Comparison:
    return compare(walk(first), walk(second), with_names=with_names)


def told(found: Comparison) -> list[tuple[str, str, str]]:
    return [(each.of, each.first, each.second) for pair in found.pairs for each in pair.differences]


CONV = Convolution(4, 3)
BRANCHES = (
    Row("in", IMAGE),
    Row("a", Convolution(3, 1), reads=("in",)),
    Row("b", Convolution(3, 3, padding=1), "ReLU", reads=("in",)),
)

SAME: dict[str, tuple[Table, Table]] = {
    "a function in a row of its own": (
        chain((CONV, "ReLU"), FullyConnected(3)),
        chain(CONV, Activation("ReLU"), FullyConnected(3)),
    ),
    "a flattening row": (chain(CONV, FullyConnected(3)), chain(CONV, Flatten(), FullyConnected(3))),
    "zeros around in a row of their own": (
        chain(Convolution(4, 3, 2, Sides(1, 0, 2, 1)), FullyConnected(3)),
        chain(Border(Sides(1, 0, 2, 1)), Convolution(4, 3, 2), FullyConnected(3)),
    ),
    "zeros around a maximum of what is never negative": (
        chain((CONV, "ReLU"), MaxPooling(3, 2, 1), FullyConnected(3)),
        chain((CONV, "ReLU"), Border(Sides(1, 1, 1, 1)), MaxPooling(3, 2), FullyConnected(3)),
    ),
    "a padding by rule": (
        chain(Convolution(4, 3, padding="same"), FullyConnected(3)),
        chain(Convolution(4, 3, padding=1), FullyConnected(3)),
    ),
    "rounding up that reaches nothing": (
        chain(CONV, MaxPooling((7, 2), 1, rounding="ceil"), FullyConnected(3)),
        chain(CONV, MaxPooling((7, 2), 1), FullyConnected(3)),
    ),
    "cells that rounding up adds": (
        chain(CONV, MaxPooling(2, rounding="ceil"), FullyConnected(3)),
        chain(CONV, MaxPooling(2, padding=Sides(0, 1, 0, 0)), FullyConnected(3)),
    ),
    "a convolution over whole maps": (
        chain(CONV, (Convolution(5, (7, 6)), "tanh"), FullyConnected(3)),
        chain(CONV, (FullyConnected(5), "tanh"), FullyConnected(3)),
    ),
    "depthwise, as groups": (
        chain(DepthwiseConvolution(3, multiplier=2), FullyConnected(3)),
        chain(Convolution(4, 3, groups=2), FullyConnected(3)),
    ),
    "adaptive pooling that divides": (
        chain(CONV, AdaptivePooling((1, 3)), FullyConnected(3)),
        chain(CONV, AveragePooling((7, 2)), FullyConnected(3)),
    ),
    "pooling over all": (
        chain(CONV, AveragePooling((7, 6)), FullyConnected(3)),
        chain(CONV, GlobalPooling(), FullyConnected(3)),
    ),
    "alpha over the plain sum": (
        chain(CONV, ResponseNormalization(5, 1e-4, is_divided=True), FullyConnected(3)),
        chain(CONV, ResponseNormalization(5, 2e-5, is_divided=False), FullyConnected(3)),
    ),
    "branches of a sum in another order": (
        Table((*BRANCHES, Row("sum", Add(), reads=("a", "b")), Row("out", FullyConnected(2)))),
        Table((*BRANCHES, Row("sum", Add(), reads=("b", "a")), Row("out", FullyConnected(2)))),
    ),
    "the softmax that a loss takes over": (
        chain((FullyConnected(3), "softmax")),
        chain(FullyConnected(3)),
    ),
    "names": (
        chain(CONV, FullyConnected(3)),
        Table((Row("in", IMAGE), Row("c", CONV), Row("out", FullyConnected(3)))),
    ),
}

DIFFERENT: dict[str, tuple[Table, Table, list[tuple[str, str, str]]]] = {
    "kernel": (
        chain(Convolution(4, 3), GlobalPooling(), FullyConnected(3)),
        chain(Convolution(4, (3, 5)), GlobalPooling(), FullyConnected(3)),
        [("kernel", "3x3", "3x5"), ("output", "4x7x6", "4x7x4")],
    ),
    "bias": (
        chain(FullyConnected(3)),
        chain(FullyConnected(3, has_bias=False)),
        [("bias", "yes", "no")],
    ),
    "function": (
        chain((CONV, "ReLU"), FullyConnected(3)),
        chain((CONV, "tanh"), FullyConnected(3)),
        [("function", "ReLU", "tanh")],
    ),
    "zeros around a maximum of what may be negative": (
        chain((CONV, "tanh"), MaxPooling(3, 2, 1), FullyConnected(3)),
        chain((CONV, "tanh"), Border(Sides(1, 1, 1, 1)), MaxPooling(3, 2), FullyConnected(3)),
        [("padding", "1+1x1+0", "0")],
    ),
    "what a mean counts": (
        chain(AveragePooling(3, 2, 1), FullyConnected(3)),
        chain(AveragePooling(3, 2, 1, divisor="inside"), FullyConnected(3)),
        [("divisor", "window", "inside")],
    ),
    "order of joined maps": (
        Table((*BRANCHES, Row("all", Concat(), reads=("a", "b")), Row("out", FullyConnected(2)))),
        Table((*BRANCHES, Row("all", Concat(), reads=("b", "a")), Row("out", FullyConnected(2)))),
        [],
    ),
    "order of cells": (
        chain(Reshape(Image(8, 3, 6)), CONV, FullyConnected(3)),
        chain(Reshape(Image(8, 6, 3)), CONV, FullyConnected(3)),
        [
            ("size", "8x3x6", "8x6x3"),
            ("output", "8x3x6", "8x6x3"),
            ("output", "4x1x4", "4x4x1"),
        ],
    ),
    "dropout": (
        chain(Dropout(0.5), FullyConnected(3)),
        chain(Dropout(0.25), FullyConnected(3)),
        [("fraction", "0.5", "0.25")],
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_ways_of_writing_the_same_are_equal_and_give_the_same_outputs(name: str) -> None:
    first, second = SAME[name]
    assert compared(first, second).is_same
    assert compared(second, first).is_same
    one, other = (build(table).double().eval() for table in (first, second))
    with torch.no_grad():
        for values, same in zip(one.parameters(), other.parameters(), strict=True):
            same.copy_(values.reshape(same.shape))
        inputs = torch.randn(2, 2, 9, 8, dtype=torch.float64)
        torch.testing.assert_close(one(inputs), other(inputs))


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_computes_something_else_differs_and_says_in_what(name: str) -> None:
    first, second, differences = DIFFERENT[name]
    found = compared(first, second)
    assert not found.is_same
    assert not compared(second, first).is_same
    if not differences:
        assert any(None in (pair.first, pair.second) for pair in found.pairs)
    else:
        assert [each for each in differences if each not in told(found)] == []


@settings(max_examples=8)
@given(tables(12))
def test_a_table_equals_itself(table: Table) -> None:
    found = compared(table, table, with_names=True)
    assert found.is_same
    assert found.first == found.second


def test_a_row_more_in_a_branch_is_found_as_that_row() -> None:
    table = load("resnet18").table
    first, *rest = table.rows
    longer = Table((first, Row("more", Dropout(0.125)), *rest))
    found = compared(table, longer)
    assert [pair.second.name for pair in found.pairs if not pair.is_same and pair.second] == [
        "more"
    ]
    assert found.first == found.second


def test_names_differ_where_they_are_compared() -> None:
    first, second = SAME["names"]
    assert told(compared(first, second, with_names=True)) == [
        ("name", "r0", "in"),
        ("name", "r1", "c"),
        ("name", "r2", "out"),
    ]

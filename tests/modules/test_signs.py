"""Which operations give nothing below zero: what the arithmetic says of it, beside torch."""

import pytest
import torch

import striate
from strategies import FUNCTIONS
from striate.arithmetic import never_negative, plain_rows
from striate.layers import (
    Activation,
    AveragePooling,
    Concat,
    Convolution,
    Function,
    GlobalPooling,
    Input,
    Layer,
    LpPooling,
    MaxPooling,
)
from striate.modules import build
from striate.table import Row, Table


POOLINGS: tuple[Layer, ...] = (
    MaxPooling(2),
    AveragePooling(2),
    LpPooling(2, p=1),
    LpPooling(2, p=2),
    GlobalPooling("max"),
)


def said_and_seen(*rows: Row) -> tuple[bool, bool]:
    """Say whether the last row gives nothing below zero: by the arithmetic, and by torch on many examples."""
    document = striate.document_of(Table((Row("Input", Input.image(2, 6, 6)), *rows)), "signs")
    said = never_negative(plain_rows(document.sound_walk()))[-1]
    draw = torch.Generator().manual_seed(0)
    # Each image as a whole is lighter or darker than zero: then some maps are negative all over.
    images = torch.randn(256, 2, 6, 6, generator=draw) + 4 * torch.randn(
        256, 1, 1, 1, generator=draw
    )
    with torch.no_grad():
        return said, bool(build(document)(images).min() >= 0)


@pytest.mark.parametrize("pooling", POOLINGS, ids=str)
@pytest.mark.parametrize("function", FUNCTIONS, ids=str)
def test_signs_behind_a_pooling_are_those_of_torch(function: Function, pooling: Layer) -> None:
    said, seen = said_and_seen(Row("C", Convolution(3, 3), function), Row("P", pooling))
    assert said == seen


@pytest.mark.parametrize("function", ["ReLU", "tanh"])
def test_signs_of_joined_maps_are_those_of_all_of_them(function: Function) -> None:
    said, seen = said_and_seen(
        Row("A", Convolution(3, 3), "ReLU", reads=("Input",)),
        Row("B", Convolution(3, 3), reads=("Input",)),
        Row("F", Activation(function), reads=("B",)),
        Row("J", Concat(), reads=("A", "F")),
    )
    assert said == seen == (function == "ReLU")


def test_operations_of_an_inception_row_have_names_of_their_own() -> None:
    rows = plain_rows(striate.load("googlenet").sound_walk())
    names = [row.identifier for row in rows]
    assert len(set(names)) == len(names)
    assert {"inception_3a_n3x3_reduce", "inception_3a"} <= set(names)

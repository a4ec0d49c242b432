"""Every shipped network in every form is read again as the same network, or the pages of commands say why not."""

import subprocess
import sys
from pathlib import Path

import pytest

from striate import document_of
from striate.arithmetic import walk
from striate.checking.differences import compare
from striate.documents import read_networks
from striate.documents.writing import Form, write_form
from striate.layers import (
    AveragePooling,
    ChannelShuffle,
    Codes,
    ConnectionTable,
    Convolution,
    Embedding,
    FullyConnected,
    Input,
    LayerNormalization,
    MaxPooling,
    ParametricReLU,
    RadialBasis,
    ResponseNormalization,
    Scaling,
    Sides,
    Subsampling,
    TransposedConvolution,
)
from striate.shapes import Words
from striate.table import Row, Table


ROOT = Path(__file__).parents[3]
MARKS = ((True, False, True), (False, True, True))
UNEVEN = Sides(0, 1, 1, 0)
DRAWN = Codes((("##", ".."), ("#.", ".#"), (".#", "#.")))
IMAGE = Input.image(2, 9, 9)


def test_the_pages_of_commands_say_what_does_not_come_back() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/round_trips.py", "--check"], cwd=ROOT, timeout=60, check=False
    )
    assert done.returncode == 0, "run scripts/round_trips.py"


@pytest.mark.parametrize(
    ("form", "rows"),
    [
        ("torch", (Convolution(3, 3, connection_table=ConnectionTable(MARKS)),)),
        ("torch", (Convolution(3, (3, 2), 2, 1, connection_table=ConnectionTable(MARKS)),)),
        ("torch", (Subsampling(3),)),
        ("torch", (Subsampling((3, 1), reduction="mean"),)),
        ("torch", (Scaling(0.1, is_trained=True),)),
        ("torch", (ResponseNormalization(3, region="within"),)),
        ("torch", (ResponseNormalization(3, 2e-4, 0.5, 2.0, groups=2),)),
        ("torch", (LayerNormalization("maps", has_offset=False),)),
        ("torch", (LayerNormalization("all", has_scale=False),)),
        ("torch", (ParametricReLU("values"),)),
        ("torch", (MaxPooling(3, 2, UNEVEN),)),
        ("torch", (AveragePooling(3, 2, UNEVEN, divisor="inside"),)),
        ("torch", (TransposedConvolution(3, 3, 2, Sides(2, 0, 0, 1)),)),
        ("torch", (FullyConnected(4), RadialBasis(3, DRAWN))),
        ("torch", (FullyConnected(4), RadialBasis(3))),
        ("keras", (Convolution(3, 3, connection_table=ConnectionTable(MARKS)),)),
        ("keras", (Subsampling(3),)),
        ("keras", (Subsampling(3, reduction="mean"),)),
        ("keras", (Scaling(0.1, is_trained=True),)),
        ("keras", (ChannelShuffle(2),)),
        ("keras", (ResponseNormalization(3, 2e-4, 0.5, 2.0),)),
        ("keras", (MaxPooling(3, 2, UNEVEN),)),
        ("keras", (FullyConnected(4), RadialBasis(3, DRAWN))),
        ("keras", (RadialBasis(3),)),
    ],
    ids=lambda one: one if isinstance(one, str) else "-".join(type(row).__name__ for row in one),
)
def test_what_a_framework_lacks_comes_back_from_the_class_that_stands_for_it(
    form: Form, rows: tuple[Convolution, ...]
) -> None:
    table = Table(
        (
            Row("Input", IMAGE),
            Row("C0", Convolution(2, 1), "scaled tanh"),
            *(Row(f"L{place}", row) for place, row in enumerate(rows)),
            Row("Output", FullyConnected(5), "GELU (tanh)"),
        )
    )
    assert_same(table, form)


def test_vectors_of_words_come_back_from_torch() -> None:
    rows = (Row("Sentence", Input(Words(9, 2))), Row("Vectors", Embedding(50, 6)))
    assert_same(Table((*rows, Row("C", Convolution(4, (3, 6)), "ReLU"))), "torch")


def assert_same(table: Table, form: Form) -> None:
    text = write_form(document_of(table, "any"), form).text
    (read,) = read_networks(text, "a.py")
    assert read.faults == (), text
    assert compare(walk(table), read.sound_walk()).is_same


def test_a_class_of_the_same_name_that_does_something_else_is_not_taken_for_it() -> None:
    scale = Row("S", Scaling(0.5, is_trained=True))
    table = Table((Row("Input", IMAGE), Row("C", Convolution(2, 1)), scale))
    text = write_form(document_of(table, "any"), "torch").text
    (read,) = read_networks(text, "a.py")
    assert read.faults == ()
    (changed,) = read_networks(text.replace("x * self.weight", "x + self.weight"), "a.py")
    assert changed.faults
    # What is only said of it in words changes nothing.
    (said,) = read_networks(text.replace("A trained factor", "Some factor"), "a.py")
    assert said.faults == ()

"""Messages about networks and examples that are not put into numbers, word for word."""

from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest

from messages import Case, assert_reads, functions, ids
from striate.cli.explain import run
from striate.data import load_source
from striate.documents import document_of
from striate.errors import explanation
from striate.explanation import explain_step, read_example
from striate.layers import Dropout, FullyConnected, Input
from striate.modules import build
from striate.networks import load
from striate.table import Row, Table


def many_drops() -> object:
    drops = [Row(f"D{at}", Dropout(0.5)) for at in range(12)]
    end = Row("Output", FullyConnected(2), "softmax")
    document = document_of(Table((Row("Input", Input.features(2)), *drops, end)), "drops")
    return explain_step(document, build(document), np.zeros(2), 0)


def asked(**words: str | None) -> Namespace:
    return Namespace(network="mlp", input=None, data="xor", example=0, weight=None, **words)


NEEDED = (
    "  Needed: fully connected rows one above the other, with tanh, scaled tanh, ReLU or sigmoid; a "
    "softmax in the last row alone.\n"
    "  Fix: explain one value of a row instead: --row NAME, which takes convolutions, too."
)

NOTES = Path(__file__).parents[1] / "documents" / "cnn-notes.ko.md"

CASES: list[Case] = [
    (
        "rows_not_explained",
        lambda: explain_step(load("lenet5"), build(load("lenet5")), np.zeros(1024), 0),
        f"lenet5: a step through C1, S2, C3, S4, C5, Output cannot be shown.\n{NEEDED}",
    ),
    (
        "rows_not_explained",
        many_drops,
        "drops: a step through D0, D1, D2, D3, D4, D5, D6, D7, D8, D9 and 2 more cannot be shown.\n"
        + NEEDED,
    ),
    (
        "no_such_example",
        lambda: read_example(load("mlp"), load_source("xor"), 9),
        (
            "--example: 9 is none of the 4 training examples of xor.\n"
            "  Needed: a number from 0 to 3.\n"
            "  Fix: write --example 3, for example."
        ),
    ),
    (
        "no_data_to_explain",
        lambda: run(Namespace(network=f"{NOTES}#4", input=None, data=None)),
        (
            "explain: the data is missing.\n"
            "  Needed: the data from which the example is taken.\n"
            "  Fix: write `striate explain mlp --step --data xor`, for example."
        ),
    ),
    (
        "flag_without_row",
        lambda: run(asked(row=None, unit="1")),
        (
            "--unit: it chooses within a row, and no row was named.\n"
            "  Needed: --row NAME beside it.\n"
            "  Fix: write --row NAME, or leave --unit out."
        ),
    ),
    (
        "no_words_known",
        lambda: read_example(load("text-cnn"), load_source("movie-reviews"), 0),
        (
            "text-cnn: it has not been trained, and knows no words.\n"
            "  Needed: the folder of a run, or a bundle, which holds the words that it learnt.\n"
            "  Fix: train it first: striate train text-cnn."
        ),
    ),
    (
        "full_is_for_steps",
        lambda: run(asked(row="Output", unit=None, full="yes")),
        (
            "--full: it prints the matrices of --step, and one value of a row was asked for.\n"
            "  Needed: --step beside it.\n"
            "  Fix: leave --full out; --json gives all digits of a row."
        ),
    ),
    (
        "numbers_not_understood",
        lambda: run(asked(row="C3", unit="a,2", full=None)),
        (
            "--unit: 'a,2' is not understood.\n"
            "  Needed: three whole numbers with commas between them, or one in a row without maps.\n"
            "  Fix: write --unit 0,2,3, for example."
        ),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=ids(CASES))
def test_a_message_about_explanations_reads_word_for_word(case: Case) -> None:
    assert_reads(explanation, case)


def test_no_message_about_explanations_is_without_a_case() -> None:
    assert {case[0] for case in CASES} == functions(explanation)

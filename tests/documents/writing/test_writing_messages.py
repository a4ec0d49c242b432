"""Messages about networks that another form cannot say, word for word."""

import pytest

from messages import C1, HEAD, INPUT, OUTPUT, RBF, Act, Case, assert_reads, functions, ids
from striate.documents import read_networks
from striate.documents.writing import Form, write_form
from striate.errors import writing


CONNECTIONS = "\n| Input → C1 | 0 | 1 | 2 | 3 |\n|-|-|-|-|-|\n" + "| 0 | X | X | X | X |\n"
CONNECTIONS += "| 1 | X |  | X | X |\n| 2 | X | X | X | X |\n"


def to(form: Form, *parts: str) -> Act:
    """Write a table in another form."""
    return lambda: write_form(read_networks("".join((HEAD, *parts)), "a.md")[0], form)


CASES: list[Case] = [
    (
        "no_second_table",
        to("csv", INPUT, C1.replace("| 6x6 |", "| - |"), RBF, CONNECTIONS),
        (
            "line 4, C1: it has a connection table beside the table of rows.\n"
            "  Needed: a form of several tables; CSV is one.\n"
            "  Fix: write it with --to markdown, html or latex."
        ),
    ),
    (
        "unsayable",
        to(
            "prototxt",
            INPUT,
            C1.replace("tanh", "GELU"),
            C1.replace("C1", "C2").replace("6x6", "4x4").replace("tanh", "mish"),
            OUTPUT,
        ),
        (
            "line 4, C1: Caffe has no layer for GELU.\n"
            "  Needed: rows that Caffe can say without changing what they compute.\n"
            "  Fix: write it with --to torch, or change the row.\n"
            "line 5, C2: Caffe has no layer for mish.\n"
            "  Needed: rows that Caffe can say without changing what they compute.\n"
            "  Fix: write it with --to torch, or change the row."
        ),
    ),
    (
        "unsayable",
        to("keras", INPUT, C1, "| S2 | L2 pooling | - | 3x3 | 2 | - |\n", OUTPUT),
        (
            "line 5, S2: Keras has no power-average pooling.\n"
            "  Needed: rows that Keras can say without changing what they compute.\n"
            "  Fix: write it with --to torch, or change the row."
        ),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=ids(CASES))
def test_a_message_about_writing_reads_word_for_word(case: Case) -> None:
    assert_reads(writing, case)


def test_no_message_about_writing_is_without_a_case() -> None:
    assert {case[0] for case in CASES} == functions(writing)

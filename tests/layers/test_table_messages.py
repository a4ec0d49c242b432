"""Messages about how rows hang together, word for word: a changed message is a changed line here."""

from dataclasses import replace

import pytest

from messages import (
    C1,
    INPUT,
    OUTPUT,
    Case,
    assert_reads,
    functions,
    ids,
    rows,
)
from striate.arithmetic import walk
from striate.checking import memory
from striate.errors import tables
from striate.layers import (
    Dropout,
    FullyConnected,
    Input,
)
from striate.modules import build
from striate.networks import document_of
from striate.table import Row, Table, Unreadable


SEEN = Row("Input", Input.image(1, 8, 8))
CASES: list[Case] = [
    (
        "empty_table",
        rows(),
        (
            "line 1, table: it has no rows.\n"
            "  Needed: an input row and at least one layer.\n"
            "  Fix: write the rows from the input to the output."
        ),
    ),
    (
        "first_row_is_not_input",
        rows(C1, OUTPUT),
        (
            "line 3, C1: it is the first row, and it is not the input.\n"
            "  Needed: a first row of type Input with maps and size.\n"
            "  Fix: add a row such as `| Input | Input | 1 | 32x32 |` above it."
        ),
    ),
    (
        "row_not_computed",
        lambda: (
            replace(
                document_of(Table((SEEN, Row("F", FullyConnected(2)))), "small"),
                table=Table((SEEN, Row("X", Unreadable(), line=7))),
            ).faults
        ),
        (
            "line 7, X: what comes out of it cannot be computed.\n"
            "  Needed: sizes that the document gives, from the input down to this row.\n"
            "  Fix: write the size of the input where the network begins, or give it: --input 3x32x32."
        ),
    ),
    (
        "second_input",
        rows(INPUT, INPUT.replace("| Input |", "| Again |", 1), OUTPUT),
        (
            "line 4, Again: it is of type Input, below the first row.\n"
            "  Needed: one input, in the first row.\n"
            "  Fix: remove the row, or give it the type of what it does."
        ),
    ),
    (
        "duplicate_row",
        rows(INPUT, C1, C1, OUTPUT),
        (
            "line 5, C1: a row of this name stands on line 4 already.\n"
            "  Needed: a name of its own for every row.\n"
            "  Fix: rename one of the two, or remove it if it was copied by mistake."
        ),
    ),
    (
        "duplicate_row",
        lambda: walk(Table((Row("I", Input.features(2)), Row("I", Dropout())))).faults,
        (
            "I: a row of this name stands above already.\n"
            "  Needed: a name of its own for every row.\n"
            "  Fix: rename one of the two, or remove it if it was copied by mistake."
        ),
    ),
    (
        "same_identifier",
        rows(
            INPUT,
            C1.replace("C1", "C 1").replace("6x6", "-"),
            C1.replace("C1", "C-1").replace("6x6", "-"),
            OUTPUT,
        ),
        (
            "line 5, C-1: its name and 'C 1' both become the attribute `C_1`.\n"
            "  Needed: names that differ in letters or digits.\n"
            "  Fix: rename one of the two."
        ),
    ),
    (
        "unknown_source",
        rows(INPUT, C1, OUTPUT.replace("softmax | -", "softmax | C11")),
        (
            "line 5, Output, From: there is no row 'C11'.\n"
            "  Needed: the name of a row above this one.\n"
            "  Fix: write 'C1'."
        ),
    ),
    (
        "unknown_source",
        rows(INPUT, C1, OUTPUT.replace("softmax | -", "softmax | pool")),
        (
            "line 5, Output, From: there is no row 'pool'.\n"
            "  Needed: the name of a row above this one.\n"
            "  Fix: use one of Input, C1."
        ),
    ),
    (
        "unknown_source",
        lambda: walk(Table((Row("I", Input.features(2), reads=("x",)),))).faults,
        (
            "I, From: there is no row 'x'.\n"
            "  Needed: the name of a row above this one.\n"
            "  Fix: leave the cell empty: no row is above."
        ),
    ),
    (
        "source_below",
        rows(INPUT, C1.replace("tanh | -", "tanh | C1"), OUTPUT),
        (
            "line 4, C1, From: 'C1' does not stand above this row.\n"
            "  Needed: the name of a row above this one.\n"
            "  Fix: move 'C1' up, or read another row."
        ),
    ),
    (
        "side_head_without_source",
        rows(
            INPUT,
            OUTPUT,
            OUTPUT.replace("Output | Fully connected | - | 2", "Side | Side head | - | -"),
        ),
        (
            "line 5, Side, From: the cell is empty.\n"
            "  Needed: the inner row whose output the side head reads.\n"
            "  Fix: write its name, as in `inception (4a)`."
        ),
    ),
    (
        "network_too_large",
        lambda: build(
            Table(
                (Row("I", Input.features(2**20)), Row("O", FullyConnected(2**29, has_bias=False)))
            )
        ),
        (
            "Total: its numbers take 2,097,152.0 GiB as fp32; 3.0 GiB of memory are free here.\n"
            "  Needed: memory for all numbers at once, and three or four times as much to train them.\n"
            "  Fix: use a larger machine, or look for a row that is larger than it was meant to be."
        ),
    ),
    (
        "unread_row",
        rows(INPUT, C1, OUTPUT.replace("softmax | -", "softmax | Input")),
        (
            "line 4, C1: no row reads it, and it is not the last one.\n"
            "  Needed: every row but the last is read by a row below.\n"
            "  Fix: name it in the From column of the row that reads it, or remove it."
        ),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=ids(CASES))
def test_a_message_about_tables_reads_word_for_word(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: 3 * 2**30)
    assert_reads(tables, case)


def test_no_message_about_tables_is_without_a_case() -> None:
    assert {case[0] for case in CASES} == functions(tables)

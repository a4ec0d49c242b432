"""Messages about claims and rows that contradict themselves, word for word: a changed message is a changed line here."""

import pytest

from messages import (
    C1,
    HEAD,
    INPUT,
    OUTPUT,
    Case,
    assert_reads,
    functions,
    ids,
    of,
    rows,
)
from striate.errors import claims


CASES: list[Case] = [
    (
        "claim_contradicted",
        rows(INPUT, C1.replace("| - |\n", "| 111 |\n"), OUTPUT),
        (
            "line 4, C1, Parameters: the table says 111, the arithmetic gives 112.\n"
            "  Needed: 112: 4 x (3x3x3 + 1) = 112.\n"
            "  Fix: write 112."
        ),
    ),
    (
        "pooling_called_convolution",
        rows(
            INPUT,
            C1,
            "| P2 | max pooling | - | - | 2 | 2 | - | - | - | - | - | - |\n",
            "| C3 | Convolution | 4 | - | 2 | 2 | - | - | - | - | - | - |\n",
            OUTPUT,
        ),
        (
            "line 6, C3: it is called a convolution, but has no activation, where every other "
            "convolution of the table has one, keeps the 4 maps that it reads, and slides the 2x2, "
            "stride 2 window of the max poolings P2.\n"
            "  Needed: a max pooling in this place, by all signs.\n"
            "  Fix: write the type Max pooling (최대 풀링), which takes its 68 parameters away; or give "
            "the row an activation if a convolution is meant."
        ),
    ),
    (
        "classes_of_data_differ",
        of(
            "# A network\n\nFor CIFAR-10.\n\n",
            HEAD,
            INPUT,
            "| F1 | Fully connected | - | 2 | - | - | - | - | ReLU | - | - | - |\n",
            OUTPUT,
        ),
        (
            "line 9, Output: the network ends in 2 softmax units, where CIFAR-10, which line 3 names, "
            "has 10 classes.\n"
            "  Needed: 10 units, one a class.\n"
            "  Fix: write 10 in place of 2; 2 is the size of F1 above, from which it was probably "
            "copied."
        ),
    ),
    (
        "classes_of_data_differ",
        of("---\ndata: mnist\n---\n", HEAD, INPUT, OUTPUT),
        (
            "line 7, Output: the network ends in 2 softmax units, where MNIST, which the front matter "
            "names, has 10 classes.\n"
            "  Needed: 10 units, one a class.\n"
            "  Fix: write 10 in place of 2."
        ),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=ids(CASES))
def test_a_message_about_claims_reads_word_for_word(case: Case) -> None:
    assert_reads(claims, case)


def test_no_message_about_claims_is_without_a_case() -> None:
    assert {case[0] for case in CASES} == functions(claims)

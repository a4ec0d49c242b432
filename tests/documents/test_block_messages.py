"""Messages about connection tables, drawn codes and fences, word for word."""

import pytest

from messages import C1, HEAD, INPUT, OUTPUT, RBF, Case, assert_reads, functions, ids, of, rows
from striate.errors import blocks


CASES: list[Case] = [
    (
        "fence_not_closed",
        rows(INPUT, RBF, "\n```codes Output\n#. .#\n\nThe end of the text.\n"),
        (
            "line 6, codes Output: the block begins here and never ends.\n"
            "  Needed: a closing fence; all below this line belongs to the block without it.\n"
            "  Fix: add a line with the same marks below the block."
        ),
    ),
    (
        "fence_not_closed",
        of("Text\n~~~\n", HEAD, INPUT, OUTPUT),
        (
            "line 2, fence: the block begins here and never ends.\n"
            "  Needed: a closing fence; all below this line belongs to the block without it.\n"
            "  Fix: add a line with the same marks below the block.\n"
            "a.md: it holds 1 block, and none of them is a network.\n"
            "  Needed: a table whose rows name layers (Convolution, 합성곱, 卷积 ...) and whose columns give their "
            "sizes, filters or kernels, in Markdown, HTML, LaTeX or CSV; or a model of Keras or PyTorch in Python.\n"
            "  Fix: write the network as such a table, one row a layer, or as a list, one line a layer behind `-` or a number."
        ),
    ),
    (
        "connections_of_unknown_row",
        rows(INPUT, C1, OUTPUT, "\n| Input → C2 | 0 |\n|-|-|\n| 0 | X |\n"),
        (
            "line 7, connection table: there is no convolution 'C2'.\n"
            "  Needed: C1.\n"
            "  Fix: name the convolution behind the arrow."
        ),
    ),
    (
        "connections_of_unknown_row",
        rows(INPUT, OUTPUT, "\n| Input → C2 | 0 |\n|-|-|\n| 0 | X |\n"),
        (
            "line 6, connection table: there is no convolution 'C2'.\n"
            "  Needed: a row of type Convolution.\n"
            "  Fix: name the convolution behind the arrow."
        ),
    ),
    (
        "connections_from_wrong_row",
        rows(
            INPUT.replace("| 3 |", "| 1 |"),
            C1,
            OUTPUT,
            "\n| S2 → C1 | 0 | 1 | 2 | 3 |\n|-|-|-|-|-|\n| 0 | X | X | X | X |\n",
        ),
        (
            "line 7, C1, connection table: it leads from 'S2', and the row reads 'Input'.\n"
            "  Needed: a table from 'Input'.\n"
            "  Fix: write `Input → C1` in its first cell."
        ),
    ),
    (
        "connections_of_wrong_width",
        rows(
            INPUT.replace("| 3 |", "| 2 |"),
            C1,
            OUTPUT,
            "\n| Input → C1 | 0 | 1 | 2 | 3 |\n|-|-|-|-|-|\n| 0 | X | X | X | X |\n| 1 | X |\n",
        ),
        (
            "line 10, C1, connection table: the line has 1 mark.\n"
            "  Needed: 4, one for each map of C1.\n"
            "  Fix: write 4 cells behind the first one."
        ),
    ),
    (
        "unreadable_mark",
        rows(
            INPUT.replace("| 3 |", "| 1 |"),
            C1,
            OUTPUT,
            "\n| Input → C1 | 0 | 1 | 2 | 3 |\n|-|-|-|-|-|\n| 0 | X | x | yes | 2 |\n",
        ),
        (
            "line 9, C1, connection table: 'yes' cannot be read.\n"
            "  Needed: X where the maps are connected, and an empty cell where they are not.\n"
            "  Fix: write X or nothing.\n"
            "line 9, C1, connection table: '2' cannot be read.\n"
            "  Needed: X where the maps are connected, and an empty cell where they are not.\n"
            "  Fix: write X or nothing."
        ),
    ),
    (
        "codes_of_unknown_row",
        rows(INPUT.replace("3 | 8x8", "- | 2"), RBF, "\n```codes\n#. .#\n```\n"),
        (
            "line 6, codes: there is no RBF row ''.\n"
            "  Needed: Output.\n"
            "  Fix: write `codes Output` behind the fence."
        ),
    ),
    (
        "codes_of_unknown_row",
        rows(INPUT.replace("3 | 8x8", "- | 2"), RBF, "\n```codes Outptu\n#. .#\n```\n"),
        (
            "line 6, codes: there is no RBF row 'Outptu'.\n"
            "  Needed: Output.\n"
            "  Fix: write `codes Output` behind the fence."
        ),
    ),
    (
        "codes_of_unknown_row",
        rows(INPUT, OUTPUT, "\n```codes Output\n#. .#\n```\n"),
        (
            "line 6, codes: there is no RBF row 'Output'.\n"
            "  Needed: a row of type RBF.\n"
            "  Fix: write `codes Output` behind the fence."
        ),
    ),
    (
        "repeated_block",
        rows(
            INPUT.replace("3 | 8x8", "- | 2"),
            RBF,
            "\n```codes Output\n#. .#\n```\n```codes Output\n.. ##\n```\n",
        ),
        (
            "line 9, Output, codes: it stands twice.\n"
            "  Needed: it once.\n"
            "  Fix: remove one of the two."
        ),
    ),
    (
        "repeated_block",
        rows(
            INPUT.replace("| 3 |", "| 1 |"),
            C1,
            OUTPUT,
            "\n| Input → C1 | 0 | 1 | 2 | 3 |\n|-|-|-|-|-|\n| 0 | X | X | X | X |\n" * 2,
        ),
        (
            "line 11, C1, connection table: it stands twice.\n"
            "  Needed: it once.\n"
            "  Fix: remove one of the two."
        ),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=ids(CASES))
def test_a_message_about_blocks_reads_word_for_word(case: Case) -> None:
    assert_reads(blocks, case)


def test_no_message_about_blocks_is_without_a_case() -> None:
    assert {case[0] for case in CASES} == functions(blocks)

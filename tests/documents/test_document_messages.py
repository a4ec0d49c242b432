"""Messages about cells, headings and blocks, word for word: a changed message is a changed line here."""

from dataclasses import replace
from pathlib import Path

import pytest

from messages import (
    C1,
    COLUMNS,
    HEAD,
    INPUT,
    KINDS,
    NETWORKS,
    OUTPUT,
    Case,
    assert_reads,
    functions,
    ids,
    of,
    recipe,
    rows,
)
from striate.checking import check
from striate.documents import choose, document_of, read_file, read_networks, write_document
from striate.errors import DocumentError, StriateError, documents
from striate.layers import Convolution, Input
from striate.networks import load
from striate.table import Row, Table, Unreadable


FUNCTIONS = (
    "tanh, scaled tanh, ReLU, sigmoid, softmax, log-softmax, ReLU6, GELU, GELU (tanh), SiLU, mish, SELU, "
    "softplus, softsign, hard swish, hard sigmoid, hard tanh, log sigmoid, leaky ReLU or ELU"
)

CASES: list[Case] = [
    (
        "no_network",
        of("# Notes\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"),
        (
            "a.md: it holds 1 table, and none of them is a network.\n"
            "  Needed: a table whose rows name layers (Convolution, 합성곱, 卷积 ...) and whose columns give their "
            "sizes, filters or kernels, in Markdown, HTML, LaTeX or CSV; or a model of Keras or PyTorch in Python.\n"
            "  Fix: write the network as such a table, one row a layer, or as a list, one line a layer behind `-` or a number."
        ),
    ),
    (
        "columns_lost",
        of(
            "Layer Kernel size Output\n"
            "Input - 1 × 8 × 8\nConv 3 × 3 2 × 6 × 6\nMaxPool 2 × 2 2 × 3 × 3\nFC - 10\n"
        ),
        (
            "a.md: line 1 holds the headings of a table, 'Layer Kernel size Output', and nothing parts the columns.\n"
            "  Needed: a mark between the cells of every line: `|`, a tab, or two blanks.\n"
            "  Fix: copy the table with its columns, or put the marks in."
        ),
    ),
    (
        "unknown_network",
        lambda: load("lenet-5"),
        (
            "lenet-5: it is neither a shipped network nor a file.\n"
            f"  Needed: {NETWORKS}, or the path of a Markdown file.\n"
            "  Fix: write 'lenet5'."
        ),
    ),
    (
        "unknown_network",
        lambda: load("no/such/file.md"),
        (
            "no/such/file.md: it is neither a shipped network nor a file.\n"
            f"  Needed: {NETWORKS}, or the path of a Markdown file.\n"
            "  Fix: see `striate list`, or check the path."
        ),
    ),
    (
        "no_such_network",
        lambda: load("lenet5#lenet"),
        (
            "lenet5: it holds no network 'lenet'.\n"
            "  Needed: lenet5, or a number from 1 to 1.\n"
            "  Fix: write `lenet5#lenet5`."
        ),
    ),
    (
        "unknown_heading",
        of("| Layer | Type | Kernal | Colour |\n|-|-|-|-|\n| I | Input | | |\n"),
        (
            "line 1, heading 'Kernal': no column of this name is known.\n"
            f"  Needed: {COLUMNS}.\n"
            "  Fix: write 'kernel'.\n"
            "line 1, heading 'Colour': no column of this name is known.\n"
            f"  Needed: {COLUMNS}.\n"
            "  Fix: rename the column Note if it is a remark.\n"
            "line 3, I, Size: the cell is empty.\n"
            "  Needed: a value: Input cannot do without.\n"
            "  Fix: fill in the column Size."
        ),
    ),
    (
        "reduction_of_other_kernel",
        of(
            "| Layer | Type | Maps | Size | Kernel | #3x3 reduce | #3x3 |\n|-|-|-|-|-|-|-|\n"
            "| I | Input | 3 | 8x8 | | | |\n| C | Convolution | | | 5x5/1 | 2 | 3 |\n"
        ),
        (
            "line 4, C, Kernel: 5x5/1, beside a reduction.\n"
            "  Needed: 3x3/1 with #3x3 reduce and #3x3, or 5x5/1 with #5x5 reduce and #5x5.\n"
            "  Fix: correct the kernel, or write the reduction as a row of its own."
        ),
    ),
    (
        "total_in_side_head",
        of(
            "| Layer | Type | Maps | Size |\n|-|-|-|-|\n| I | Input | 3 | 8x8 |\n"
            "| O | Dense | - | 2 |\n\n"
            "| Layer | Type | Size | From |\n|-|-|-|-|\n| H | Side head | - | I |\n"
            "| P | Dense | 2 | - |\n| T | Total | - | - |\n"
        ),
        (
            "line 10, Total: it stands in the table of a side head.\n"
            "  Needed: one row of totals, in the table of the network.\n"
            "  Fix: move its claims there; one that counts the side heads too is understood."
        ),
    ),
    (
        "repeated_heading",
        of(
            "| Layer | Type | 크기 | Size |\n|-|-|-|-|\n| I | Input | 3 | 4x4 |\n| D | dropout |||\n"
        ),
        (
            "line 1, heading 'Size': two columns bear it.\n"
            "  Needed: each column once.\n"
            "  Fix: remove one of the two."
        ),
    ),
    (
        "missing_heading",
        of("| Type | Size |\n|-|-|\n| Input | 3 |\n| dropout | - |\n"),
        (
            "line 1, headings: the table has no column Layer.\n"
            "  Needed: the columns Layer and Type.\n"
            "  Fix: add the column Layer."
        ),
    ),
    (
        "missing_heading",
        of("| Layer | Size | Maps |\n|-|-|-|\n| Input | 3 | - |\n| D | - | - |\n"),
        (
            "line 1, headings: the table has no column Type.\n"
            "  Needed: the columns Layer and Type.\n"
            "  Fix: add the column Type."
        ),
    ),
    (
        "too_many_cells",
        of("| Type | Layer | Size |\n|-|-|-|\n| Input | I | 3 | 4 | 5 |\n| dropout | D |\n"),
        (
            "line 3, I: the row has 5 cells.\n"
            "  Needed: at most 3, one a column.\n"
            "  Fix: remove the surplus, or write a bar inside a cell as `\\|`."
        ),
    ),
    (
        "gap_in_table",
        rows(INPUT, C1, "\n", OUTPUT),
        (
            "line 5, table: an empty line stands between two of its rows.\n"
            "  Needed: rows without a gap: Markdown ends a table at the first empty line.\n"
            "  Fix: remove the empty line."
        ),
    ),
    (
        "unnamed_row",
        rows(INPUT, C1.replace("C1", "-"), OUTPUT, "|" + " - |" * 12),
        (
            "line 4, Layer: the row has no name.\n"
            "  Needed: a name, such as C1.\n"
            "  Fix: write the layer's name in the column Layer.\n"
            "line 6, Layer: the row has no name.\n"
            "  Needed: a name, such as C1.\n"
            "  Fix: write the layer's name in the column Layer."
        ),
    ),
    (
        "unknown_type",
        rows(INPUT, C1.replace("Convolution", "Convolutoin"), OUTPUT),
        (
            "line 4, C1, Type: 'Convolutoin' is no type of layer.\n"
            f"  Needed: {KINDS}.\n"
            "  Fix: write 'Convolution'."
        ),
    ),
    (
        "unknown_type",
        rows(
            INPUT,
            C1.replace("Convolution", "Wavelet"),
            C1.replace("C1 | Convolution", "C2 | -"),
            OUTPUT,
        ),
        (
            "line 4, C1, Type: 'Wavelet' is no type of layer.\n"
            f"  Needed: {KINDS}.\n"
            "  Fix: choose the type of what the row does.\n"
            "line 5, C2, Type: the row has no type.\n"
            f"  Needed: {KINDS}.\n"
            "  Fix: choose the type of what the row does."
        ),
    ),
    (
        "unknown_function",
        rows(INPUT, C1.replace("tanh", "rleu"), OUTPUT.replace("softmax", "cube")),
        (
            "line 4, C1, Activation: 'rleu' is no activation function.\n"
            f"  Needed: {FUNCTIONS}.\n"
            "  Fix: write 'ReLU'.\n"
            "line 5, Output, Activation: 'cube' is no activation function.\n"
            f"  Needed: {FUNCTIONS}.\n"
            "  Fix: leave the cell empty for none."
        ),
    ),
    (
        "unreadable_cell",
        rows(
            INPUT, C1.replace("| 4 | 6x6 | 3 | 1 | - | -", "| +4 | 6x6x6x6 | 3-3 | 1x1x1 | -1 | x")
        ),
        (
            "line 4, C1, Maps: '+4' cannot be read.\n"
            "  Needed: a whole number of at most nine digits, as in 6 or 4,096.\n"
            "  Fix: write it in this form, or `-` for none.\n"
            "line 4, C1, Kernel: '3-3' cannot be read.\n"
            "  Needed: one number or height x width, as in 5, 5x5, 7x7/2 or 7x7+2(S).\n"
            "  Fix: write it in this form, or `-` for none.\n"
            "line 4, C1, Stride: '1x1x1' cannot be read.\n"
            "  Needed: one number or height x width, as in 5 or 5x5.\n"
            "  Fix: write it in this form, or `-` for none.\n"
            "line 4, C1, Padding: '-1' cannot be read.\n"
            "  Needed: valid, same, pixels as in 2, or before+after as in 0+3.\n"
            "  Fix: write it in this form, or `-` for none.\n"
            "line 4, C1, Groups: 'x' cannot be read.\n"
            "  Needed: a whole number of at most nine digits, as in 6 or 4,096.\n"
            "  Fix: write it in this form, or `-` for none.\n"
            "line 4, C1, Size: '6x6x6x6' cannot be read.\n"
            "  Needed: height x width, as in 28x28, or a number of units.\n"
            "  Fix: write it in this form, or `-` for none."
        ),
    ),
    (
        "unreadable_cell",
        rows(
            INPUT,
            C1.replace("| - | - |\n", "| bias=maybe, dilation=a | 1,23 |\n"),
            "| D | Dropout | - | - | - | - | - | - | - | - | fraction=half | - |\n",
            "| E | Dropout | - | - | - | - | - | - | - | - | half | - |\n",
            "| F | Dropout | - | - | - | - | - | - | - | - | fraction=1, fraction=0 | - |\n",
            OUTPUT,
        ),
        (
            "line 4, C1, Options, dilation: 'a' cannot be read.\n"
            "  Needed: one number or height x width, as in 5 or 5x5.\n"
            "  Fix: write it in this form, or `-` for none.\n"
            "line 4, C1, Options, bias: 'maybe' cannot be read.\n"
            "  Needed: yes or no.\n"
            "  Fix: write it in this form, or `-` for none.\n"
            "line 4, C1, Parameters: '1,23' cannot be read.\n"
            "  Needed: a count, as in 156, 122,304 or 2.7K.\n"
            "  Fix: write it in this form, or `-` for none.\n"
            "line 5, D, Options, fraction: 'half' cannot be read.\n"
            "  Needed: a fraction, as in 0.5 or 50 %.\n"
            "  Fix: write it in this form, or `-` for none.\n"
            "line 6, E, Options: 'half' cannot be read.\n"
            "  Needed: name=value pairs, as in rounding=ceil.\n"
            "  Fix: write it in this form, or `-` for none.\n"
            "line 7, F, Options: 'fraction=1, fraction=0' cannot be read.\n"
            "  Needed: name=value pairs, each name once.\n"
            "  Fix: write it in this form, or `-` for none."
        ),
    ),
    (
        "meaningless_group",
        recipe("text:\n  tokens: words\n"),
        (
            "line 2, text: the network reads no sentences, so that nothing of this group has an "
            "effect.\n"
            "  Needed: the group input, or none.\n"
            "  Fix: remove the group text."
        ),
    ),
    (
        "meaningless_group",
        of(
            "---\ninput:\n  fit: resize\n---\n",
            HEAD,
            "| Input | Sentence | - | 9 | - | - | - | - | - | - | - | - |\n",
            "| V | Embedding | - | 9x5 | - | - | - | - | - | - | words=3 | - |\n",
            OUTPUT,
        ),
        (
            "line 2, input: the network reads sentences, so that nothing of this group has an effect.\n"
            "  Needed: the group text, or none.\n"
            "  Fix: remove the group input."
        ),
    ),
    (
        "missing_option",
        rows(
            "| Input | Sentence | - | 9 | - | - | - | - | - | - | - | - |\n",
            "| Vectors | Embedding | - | 9x5 | - | - | - | - | - | - | - | - |\n",
            OUTPUT,
        ),
        (
            "line 4, Vectors, Options: there is no words.\n"
            "  Needed: a value: Embedding cannot do without.\n"
            "  Fix: write it in the column Options, as in words=1000."
        ),
    ),
    (
        "missing_cell",
        rows(
            INPUT.replace("| 3 |", "| - |"),
            "| C1 | Convolution | - | - | - | - | - | - | - | - | - | - |\n",
            "| A1 | Activation | - | - | - | - | - | - | - | - | - | - |\n",
            OUTPUT.replace("| 2 |", "| - |"),
        ),
        (
            "line 3, Input, Maps: the cell is empty.\n"
            "  Needed: a value: Input cannot do without.\n"
            "  Fix: fill in the column Maps.\n"
            "line 4, C1, Maps: the cell is empty.\n"
            "  Needed: a value: Convolution cannot do without.\n"
            "  Fix: fill in the column Maps.\n"
            "line 4, C1, Kernel: the cell is empty.\n"
            "  Needed: a value: Convolution cannot do without.\n"
            "  Fix: fill in the column Kernel.\n"
            "line 5, A1, Activation: the cell is empty.\n"
            "  Needed: a value: Activation cannot do without.\n"
            "  Fix: fill in the column Activation.\n"
            "line 6, Output, Size: the cell is empty.\n"
            "  Needed: a value: Fully connected cannot do without.\n"
            "  Fix: fill in the column Size."
        ),
    ),
    (
        "meaningless_cell",
        rows(
            INPUT.replace("| - | - | - |\n", "| C1 | - | - |\n"),
            OUTPUT.replace("| 2 | - |", "| 2 | 5x5 |"),
            "| Total | Total | 5 | - | - | - | - | - | - | - | - | - |\n",
        ),
        (
            "line 3, Input, From: it says 'C1', which means nothing to Input.\n"
            "  Needed: an empty cell.\n"
            "  Fix: write `-`, or change the type of the row.\n"
            "line 4, Output, Kernel: it says '5x5', which means nothing to Fully connected.\n"
            "  Needed: an empty cell.\n"
            "  Fix: write `-`, or change the type of the row.\n"
            "line 5, Total, Maps: it says '5', which means nothing to Total.\n"
            "  Needed: an empty cell.\n"
            "  Fix: write `-`, or change the type of the row."
        ),
    ),
    (
        "said_twice",
        rows(INPUT, C1.replace("| 6x6 | 3 | 1 | - |", "| - | 3x3+2(S) | 1 | 1 |"), OUTPUT),
        (
            "line 4, C1, Stride: the columns Kernel and Stride give different values.\n"
            "  Needed: one value.\n"
            "  Fix: remove one of the two.\n"
            "line 4, C1, Padding: the columns Kernel and Padding give different values.\n"
            "  Needed: one value.\n"
            "  Fix: remove one of the two."
        ),
    ),
    (
        "unknown_option",
        rows(
            INPUT,
            C1.replace("| - | - |\n", "| dillation=2, colour=red | - |\n"),
            "| P | Flatten | - | - | - | - | - | - | - | - | order=C | - |\n",
            OUTPUT,
        ),
        (
            "line 4, C1, Options: Convolution has no option 'dillation'.\n"
            "  Needed: dilation or bias.\n"
            "  Fix: write 'dilation'.\n"
            "line 4, C1, Options: Convolution has no option 'colour'.\n"
            "  Needed: dilation or bias.\n"
            "  Fix: remove it.\n"
            "line 5, P, Options: Flatten has no option 'order'.\n"
            "  Needed: no option: Flatten has none.\n"
            "  Fix: remove it."
        ),
    ),
    (
        "unwritable_row",
        lambda: write_document(document_of(Table((Row("L", Unreadable(), line=7),)))),
        (
            "line 7, L: the row could not be read.\n"
            "  Needed: a row without faults.\n"
            "  Fix: correct the document first: `striate check` names its faults."
        ),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=ids(CASES))
def test_a_message_about_documents_reads_word_for_word(case: Case) -> None:
    assert_reads(documents, case)


def test_no_message_about_documents_is_without_a_case() -> None:
    others = {"several_networks", "unreadable_file"}
    # test_inference_messages.py has these.
    others |= {"other_input", "unreadable_input", "document_too_long"}
    # test_foreign_layouts.py has these.
    others |= {"too_many_tables", "too_many_rows"}
    # tests/cli/test_input_flag.py has this.
    others |= {"bundle_has_input"}
    # tests/prediction/test_measured_data.py has this.
    others |= {"folder_for_file"}
    # test_check_of_many.py has these.
    others |= {"folder_without_network", "nothing_to_watch"}
    assert {case[0] for case in CASES} | others == functions(documents)


def test_several_networks_are_listed() -> None:
    both = HEAD + INPUT + OUTPUT
    with pytest.raises(StriateError) as caught:
        load_text(f"# One\n\n{both}\n# Two\n\n{both}")
    assert str(caught.value) == (
        "a.md: it holds 2 networks: one, two.\n"
        "  Needed: the name or number of one of them.\n"
        "  Fix: write `a.md#one` or `a.md#1`."
    )


def load_text(text: str) -> None:
    choose(read_networks(text, "a.md"), None, "a.md")


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(b"| Layer |\xff")
    for place, problem in (
        (path, "byte 9 is not UTF-8"),
        (tmp_path / "b.md", "No such file or directory"),
    ):
        with pytest.raises(StriateError) as caught:
            read_file(place)
        assert str(caught.value) == (
            f"{place}: it cannot be read: {problem}.\n"
            "  Needed: a text file in UTF-8.\n"
            "  Fix: check the path and the encoding."
        )


def test_a_row_that_nothing_computes_is_a_fault_even_where_nothing_else_is_wrong() -> None:
    document = document_of(
        Table((Row("Input", Input.image(1, 8, 8)), Row("C1", Convolution(2, kernel=3)))), "small"
    )
    unread = replace(document, table=Table((*document.table.rows, Row("X", Unreadable(), line=7))))
    (fault,) = check(unread).findings
    assert str(fault).startswith("line 7, X: what comes out of it cannot be computed.")
    with pytest.raises(DocumentError, match="cannot be computed"):
        unread.sound_walk()

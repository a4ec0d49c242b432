"""What was written is read again as the same document."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from strategies import documents
from striate.checking import check
from striate.documents import Document, document_of, read_networks, write_document
from striate.documents.document import image_faults
from striate.documents.writer import write_table
from striate.errors import DocumentError
from striate.layers import (
    Codes,
    ConnectionTable,
    Convolution,
    Dropout,
    FullyConnected,
    Input,
    MaxPooling,
    RadialBasis,
)
from striate.networks import load, network_names, network_text
from striate.recipe import Recipe, dropout_faults, label_faults, loss_faults
from striate.table import Row, Table, Unreadable


@settings(max_examples=25)
@given(documents())
def test_a_document_comes_back_equal_and_with_no_fault_but_its_recipes(document: Document) -> None:
    text = write_document(document)
    (read,) = read_networks(text, "a.md")
    assert read == document
    losses = loss_faults(document.recipe, document.table) if read.recipe_line is not None else ()
    labels = label_faults(document.recipe)
    dropouts = dropout_faults(document.recipe, document.table)
    images = image_faults(document.table, document.recipe, document.preparation)
    assert read.faults == tuple(
        replace(fault, line=read.recipe_line) for fault in (*losses, *labels, *dropouts, *images)
    )
    assert write_document(read) == text


@settings(max_examples=5)
@given(documents())
def test_windows_line_ends_and_a_byte_order_mark_change_nothing(document: Document) -> None:
    text = write_document(document)
    assert read_networks("\ufeff" + text.replace("\n", "\r\n"), "a.md") == (document,)


@pytest.mark.parametrize("name", network_names())
def test_a_shipped_document_is_written_as_it_stands_below_its_front_matter(name: str) -> None:
    text = write_document(load(name))
    assert text.split("---\n", 2)[2] == network_text(name).split("---\n", 2)[2]
    assert read_networks(text, name) == (load(name),)


def test_a_table_made_in_python_is_written_as_one_reads_it() -> None:
    marks = ConnectionTable(((True, False), (True, True)))
    codes = Codes((("#.#.",), ("..##",)))
    table = Table(
        (
            Row("Input", Input.image(2, 8, 8)),
            Row("C1", Convolution(2, 3, connection_table=marks), "ReLU"),
            Row("S2 | 최대", MaxPooling((3, 2), rounding="ceil")),
            Row("F3", FullyConnected(4, has_bias=False), "tanh"),
            Row("Output", RadialBasis(2, codes)),
        )
    )
    text = write_document(document_of(table, "two-codes"))
    assert text.split("---\n\n")[1] == (
        "# two-codes\n"
        "\n"
        "| Layer    | Type            | Maps | Size | Kernel | Stride | Activation | Options       |\n"
        "| -------- | --------------- | ---- | ---- | ------ | ------ | ---------- | ------------- |\n"
        "| Input    | Input           | 2    | 8x8  | -      | -      | -          | -             |\n"
        "| C1       | Convolution     | 2    | -    | 3x3    | 1      | ReLU       | -             |\n"
        "| S2 \\| 최대 | Max pooling     | -    | -    | 3x2    | 3x2    | -          | rounding=ceil |\n"
        "| F3       | Fully connected | -    | 4    | -      | -      | tanh       | bias=no       |\n"
        "| Output   | RBF             | -    | 2    | -      | -      | -          | -             |\n"
        "\n"
        "| Input → C1 | 0   | 1   |\n"
        "| ---------- | --- | --- |\n"
        "| 0          | X   |     |\n"
        "| 1          | X   | X   |\n"
        "\n"
        "```codes Output\n"
        "#.#. ..##\n"
        "```\n"
    )
    (read,) = read_networks(text, "a.md")
    assert read == document_of(table, "two-codes")
    assert read.recipe.loss == "map"


def test_a_changed_table_is_written_even_if_the_old_text_is_at_hand() -> None:
    document = load("lenet5-softmax")
    rows = (*document.table.rows[:-1], Row("Output", FullyConnected(26), "softmax"))
    changed = replace(document, table=Table(rows))
    (read,) = read_networks(write_document(changed), "a.md")
    assert read == changed


def test_a_table_that_cannot_be_trained_stays_sound_when_it_is_written() -> None:
    table = Table((Row("Input", Input.features(2)), Row("F1", FullyConnected(2), "tanh")))
    document = document_of(table)
    (read,) = read_networks(write_document(document), "a.md")
    assert read == document
    assert read.faults == document.faults == ()


def test_a_value_is_written_with_all_its_digits() -> None:
    recipe = Recipe(learning_rate=1 / 3, weight_decay=1e-07, seed=2**62)
    table = Table((Row("Input", Input.features(2)), Row("D", Dropout(1 / 3))))
    document = replace(document_of(table), recipe=recipe)
    assert read_networks(write_document(document), "a.md")[0] == document


def test_several_networks_of_one_text_are_written_one_by_one() -> None:
    shipped = ("lenet5", "lenet5-softmax")
    text = "\n\n".join(network_text(name).split("---\n", 2)[2] for name in shipped)
    networks = read_networks(text, "two.md")
    assert [network.name for network in networks] == ["lenet-5", "lenet-5-with-a-softmax"]
    for network in networks:
        assert network.body == ""
        (read,) = read_networks(write_document(network), "a.md")
        assert read == network
        assert check(read).findings == ()


def test_a_row_that_was_never_understood_is_not_written() -> None:
    table = Table((Row("Input", Input.features(2)), Row("L", Unreadable(), line=7)))
    with pytest.raises(DocumentError, match="line 7, L: the row could not be read"):
        write_table(table)
    with pytest.raises(DocumentError, match="line 7, L: the row could not be read"):
        write_document(document_of(table))

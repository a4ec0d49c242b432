"""Code that is written of a table is read again as the same network, or what is not read is named; nothing else."""

import pytest
from hypothesis import given, settings

from strategies import tables
from striate.arithmetic import walk
from striate.documents import Document, document_of, read_networks
from striate.documents.writing import Form, write_form
from striate.errors import DocumentError
from striate.networks import load
from striate.table import Table


def is_same(document: Document, form: Form) -> bool:
    """Whether the code gives the parameters and the outputs of the table; False if a fault names a part of it."""
    (read,) = read_networks(write_form(document, form).text, "a.py")
    if read.faults:
        return False
    came, back = walk(document.table), walk(read.table)
    assert back.total.parameters == came.total.parameters
    assert str(back.reports[-1].output) == str(came.reports[-1].output)
    return True


@pytest.mark.parametrize("form", ["torch", "keras"])
@pytest.mark.parametrize("name", ["fashion-cnn", "mlp", "resnet18", "vgg16"])
def test_code_of_a_shipped_network_is_read_as_the_same_network(name: str, form: Form) -> None:
    assert is_same(load(name), form)


@settings(max_examples=5)
@given(tables())
def test_code_of_a_table_is_never_read_as_another_network(table: Table) -> None:
    document = document_of(table)
    for form in ("torch", "keras"):
        try:
            is_same(document, form)
        except DocumentError:
            # A table of functions alone is no network in code, and Keras has no words for some rows.
            continue

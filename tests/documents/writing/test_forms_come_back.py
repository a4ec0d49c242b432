"""What is written in another form is read again as the same network."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from strategies import tables
from striate.documents import Document, document_of, read_networks
from striate.documents.writing import Form, write_form
from striate.errors import DocumentError
from striate.networks import load, network_names
from striate.table import Table


ENDINGS: dict[Form, str] = {"latex": "tex", "html": "html", "csv": "csv", "prototxt": "prototxt"}


def again(document: Document, form: Form) -> Document:
    (read,) = read_networks(write_form(document, form).text, f"a.{ENDINGS[form]}")
    return read


def spaced(table: Table) -> Table:
    """Leave one space where a name has several, as TeX and a browser do."""

    def name(words: str) -> str:
        return " ".join(words.split())

    rows = (
        replace(row, name=name(row.name), reads=tuple(map(name, row.reads))) for row in table.rows
    )
    return replace(table, rows=tuple(rows))


def is_one_table(table: Table) -> bool:
    try:
        write_form(document_of(table), "csv")
    except DocumentError:
        return False
    return True


@pytest.mark.parametrize("form", ["latex", "html"])
@settings(max_examples=10)
@given(table=tables(12))
def test_any_table_comes_back_equal(form: Form, table: Table) -> None:
    table = spaced(table)
    assert again(document_of(table, "any"), form).table == table


@settings(max_examples=10)
@given(tables(12).map(spaced).filter(is_one_table))
def test_any_table_of_rows_alone_comes_back_from_csv(table: Table) -> None:
    assert again(document_of(table, "any"), "csv").table == table


@pytest.mark.parametrize("form", ["latex", "html"])
@pytest.mark.parametrize("name", network_names())
def test_a_shipped_network_comes_back_equal(name: str, form: Form) -> None:
    document = load(name)
    read = again(document, form)
    assert read.table == document.table
    assert (read.title, read.faults) == (document.title, ())

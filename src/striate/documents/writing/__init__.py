"""A document written in the forms of other people: code, definitions and tables of other languages."""

from collections.abc import Callable, Mapping
from typing import Literal, get_args

from striate.documents.document import Document
from striate.documents.writer import write_document
from striate.documents.writing.caffe import write_caffe
from striate.documents.writing.grids import write_csv, write_html, write_latex
from striate.documents.writing.keras_code import write_keras
from striate.documents.writing.torch_code import write_torch
from striate.documents.writing.written import Written


Form = Literal["markdown", "keras", "torch", "latex", "html", "csv", "prototxt"]
FORMS: tuple[Form, ...] = get_args(Form)


def write_form(document: Document, form: Form) -> Written:
    """Return a network in another form.

    Args:
        document: The network.
        form: One of `FORMS`.

    Raises:
        DocumentError: The document has faults, or rows that the form cannot say; all are named.
    """
    document.sound_walk()
    return _WRITERS[form](document)


def _write_markdown(document: Document) -> Written:
    return Written(write_document(document))


_WRITERS: Mapping[Form, Callable[[Document], Written]] = {
    "markdown": _write_markdown,
    "keras": write_keras,
    "torch": write_torch,
    "latex": write_latex,
    "html": write_html,
    "csv": write_csv,
    "prototxt": write_caffe,
}

__all__ = ["FORMS", "Form", "Written", "write_form"]

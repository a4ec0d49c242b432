"""Every message about documents, forms and layers has a Korean form."""

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_type_hints

import pytest

from striate.checking import check
from striate.documents import read_file
from striate.errors import (
    Fault,
    blocks,
    claims,
    documents,
    forms,
    inference,
    layers,
    tables,
)
from striate.errors.words import Words


DOCUMENTS = Path(__file__).parents[1] / "documents"
TOLD = {"sizes_inferred": "maps first", "widths_first": "the heading 'W x H'"}
"""Words that the builder is given by others of this project."""


def value_of(hint: object, name: str) -> object:
    text = str(hint)
    if "str" in text and any(word in text for word in ("Iterable", "Sequence", "tuple", "list")):
        return ("C1", "C2")
    if hint is bool:
        return True
    if "int" in text:
        return 3
    if hint is str:
        return TOLD.get(name, "C1")
    raise TypeError(text)


def builders() -> Iterator[tuple[str, Callable[..., object], dict[str, object]]]:
    for module in (blocks, claims, documents, forms, inference, layers, tables):
        for name, build in inspect.getmembers(module, inspect.isfunction):
            if build.__module__ != module.__name__ or name.startswith("_"):
                continue
            hints = {key: hint for key, hint in get_type_hints(build).items() if key != "return"}
            try:
                yield name, build, {key: value_of(hint, name) for key, hint in hints.items()}
            except TypeError:
                # What takes a shape or a number with a point is met in the documents below.
                continue


def test_every_message_that_a_document_can_give_has_a_korean_form() -> None:
    left: dict[str, list[str]] = {}
    told = 0
    for name, build, arguments in builders():
        words = Words("ko")
        built = build(**arguments)
        if isinstance(built, Fault):
            words.fault(built)
            told += 1
        if words.untranslated:
            left[name] = list(words.untranslated)
    assert told > 60
    assert not left


@pytest.mark.parametrize(
    "file", sorted((DOCUMENTS / "forms").iterdir()), ids=lambda file: str(file.name)
)
def test_what_is_told_of_a_form_has_a_korean_form(file: Path) -> None:
    words = Words("ko")
    for document in read_file(file):
        report = check(document)
        for finding in report.findings:
            words.fault(finding)
        for remark in report.remarks:
            words.remark(remark)
    assert not words.untranslated

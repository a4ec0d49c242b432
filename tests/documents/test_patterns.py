"""Regular expressions of the readers: compiled when they are used, and all of them sound."""

import gc
import importlib
import pkgutil
import re

import pytest

import striate.documents
from striate.documents import patterns
from striate.documents.patterns import pattern_of


def test_an_expression_is_compiled_when_it_is_first_used(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    compile_now = re.compile

    def counted(text: str, flags: int) -> re.Pattern[str]:
        compiled.append(text)
        return compile_now(text, flags)

    monkeypatch.setattr(re, "compile", counted)
    kernel = pattern_of(r"(\d)X(\d)", re.IGNORECASE)
    assert compiled == []
    assert [kernel.sub(r"\2", "3x5"), kernel.findall("1x2 3x4"), kernel.groups] == [
        "5",
        [("1", "2"), ("3", "4")],
        2,
    ]
    assert compiled == [r"(\d)X(\d)"]


@pytest.mark.filterwarnings("error")
def test_every_expression_of_the_readers_can_be_compiled() -> None:
    for module in pkgutil.walk_packages(striate.documents.__path__, "striate.documents."):
        importlib.import_module(module.name)
    found = [one for one in gc.get_objects() if type(one) is patterns._Uncompiled]
    assert len(found) > 200
    assert all(isinstance(one.groups, int) for one in found)

"""Regular expressions of the readers: compiled when they are used, and all of them sound."""

import gc
import importlib
import pkgutil
import re
from functools import cache
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings, strategies as st

import striate.documents
from striate.documents.patterns import Uncompiled, pattern_of


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


def test_texts_without_the_letters_of_an_expression_never_have_it_compiled() -> None:
    strides = pattern_of(r"(?<![a-z])(?:STRIDES?|steps? of)\s*(\d+)", re.IGNORECASE)
    assert strides.search("3x3, padding 1") is None
    assert [*strides.finditer("a step, or two")] == [] == strides.findall("")
    assert strides.sub("", "pool 2x2") == "pool 2x2"
    assert strides.match("pool") is None is strides.fullmatch("pool")
    assert not is_compiled(strides)
    found = strides.search("Stride 2")
    assert found
    assert found[1] == "2"
    assert is_compiled(strides)


@pytest.mark.parametrize(
    ("expression", "flags", "texts"),
    [
        ("ab*c", 0, ["ac", "abbc"]),
        ("ab?c", 0, ["ac"]),
        ("x(?:ab|c[de]f)*y", 0, ["xy", "xcdfy"]),
        ("x(?:ab){0,2}y|z{0}w", 0, ["xy", "w"]),
        ("x(?:ab){,2}y", 0, ["xy"]),
        ("x(?:ab)?+y", 0, ["xy"]),
        ("a|", 0, [""]),
        ("(?:|b)c", 0, ["c"]),
        (r"\x00\u00e9\.\[", 0, ["\x00é.["]),
        (r"[]a]b[^]c]", 0, ["]bd"]),
        (r"(?P<one>a)(?P=one)", 0, ["aa"]),
        (r"(a)\1", 0, ["aa"]),
        ("(?i:ab)c", 0, ["ABc"]),
        ("a # nothing", re.VERBOSE, ["a"]),
        ("(?=abc)a(?!x)", 0, ["abc"]),
        ("STRASSE|größe", re.IGNORECASE, ["strasse", "GRÖßE", "Straſſe"]),
        ("in.k", re.IGNORECASE, ["İNoK", "IN\u212a\u212a"]),
        ("a{b}{2", 0, ["a{b}{2"]),
    ],
)
def test_what_an_expression_matches_is_never_passed_over(
    expression: str, flags: int, texts: list[str]
) -> None:
    for text in texts:
        assert re.search(expression, text, flags)
        assert pattern_of(expression, flags).search(text)


@pytest.mark.filterwarnings("error")
def test_every_expression_of_the_readers_can_be_compiled() -> None:
    assert all(isinstance(one.groups, int) for one in expressions())


def test_no_expression_of_the_readers_passes_over_what_it_matches() -> None:
    """Each line of the shipped networks and of the documents of these tests, beside the compiled expression."""
    folders = (Path(striate.__file__).parent / "networks", Path(__file__).parent)
    files = [file for folder in folders for file in sorted(folder.rglob("*.md"))]
    lines = {line for file in files for line in file.read_text("utf-8").splitlines()[::13]}
    assert len(lines) > 150
    found = expressions()
    passed = [
        (one.text, line)
        for one in found
        for line in lines
        if not one.may_match(line) and one.compiled().search(line)
    ]
    assert passed == []


@settings(max_examples=20)
@given(st.data())
def test_texts_made_from_an_expression_are_not_passed_over(data: st.DataObject) -> None:
    one = data.draw(st.sampled_from(expressions()))
    text = data.draw(st.from_regex(one.compiled()))
    assert one.may_match(text)


@cache
def expressions() -> tuple[Uncompiled, ...]:
    """Give all expressions of the readers."""
    for module in pkgutil.walk_packages(striate.documents.__path__, "striate.documents."):
        importlib.import_module(module.name)
    found = {one.text: one for one in gc.get_objects() if type(one) is Uncompiled}
    assert len(found) > 200
    return tuple(found[text] for text in sorted(found))


def is_compiled(expression: re.Pattern[str]) -> bool:
    """Whether an expression has been compiled."""
    return cast("Uncompiled", expression).is_compiled

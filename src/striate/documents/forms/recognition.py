"""Tell forms by their words and endings, so that what reads one is loaded only where it is met."""

import re
from collections.abc import Sequence

from striate.documents.patterns import pattern_of


SAVED = {".keras", ".h5", ".hdf5"}
"""Endings of the files that Keras saves models in."""

_CAFFE = pattern_of(r"^[ \t]*(?:layers?\s*\{|input\s*:\s*\"|input_(?:dim|shape)\b)", re.MULTILINE)
_PAGE = pattern_of(r"\s*(<!doctype html|<html\b)", re.IGNORECASE)
_KERAS = pattern_of(r'\A\s*\{\s*"(?:class_name|module|config|backend|keras_version)"\s*:')
TABULAR = pattern_of(r"\\begin\{(tabular[*xy]?|tabulary|longtable|tabu|array|NiceTabular)\}")
INPUT_WORDS = r"(?:(?:INPUT|IN|IMAGE|DATA|EINGABE|EINGANG)\b|(?:입력|输入|輸入|入力)(?:층|层|層)?)"
"""Words that a list of layers begins with."""

_LIST = pattern_of(
    rf"^[^\w\n]{{0,60}}(?:\d+[.)][^\w\n]{{0,20}})?{INPUT_WORDS}|{INPUT_WORDS}[^\n]*?(?:->|=>|→|⟶|➔|➜|⇒|›|»|\+)",
    re.IGNORECASE | re.MULTILINE,
)
SUMMARY_HEADER = pattern_of(r"Layer\s*\(type")
_DARKNET = pattern_of(r"^[ \t]*\[[ \t]*(?:net|network)[ \t]*\][ \t]*\r?$", re.MULTILINE)


def is_caffe(text: str, info: str) -> bool:
    """Whether a block is a definition of a network of Caffe.

    Args:
        text: The block.
        info: Its language, or the ending of its file.
    """
    if info.casefold() in {"prototxt", "caffe"}:
        return True
    return "layer" in text and _CAFFE.search(text) is not None and "type:" in text.replace(" ", "")


def is_darknet(text: str, info: str) -> bool:
    """Whether a block is a configuration of Darknet.

    Args:
        text: The block.
        info: Its language, or the ending of its file.
    """
    return info.casefold() == "darknet" or _DARKNET.search(text) is not None


def may_hold_list(text: str) -> bool:
    """Whether a line begins as lists of layers do, or has an arrow behind such a word; `lists.py` tells if it is one."""
    return _LIST.search(text) is not None


def is_summary(lines: Sequence[str]) -> bool:
    """Whether lines hold a printed summary."""
    return any(SUMMARY_HEADER.search(line) for line in lines)


def is_notebook(text: str, ending: str) -> bool:
    """Whether a file is a notebook, by its ending or its fields."""
    if ending == ".ipynb":
        return True
    return text.lstrip()[:1] == "{" and '"cells"' in text and '"cell_type"' in text


def is_keras_config(text: str, ending: str) -> bool:
    """Whether a file is a model as Keras writes it, by its ending and its first field.

    Args:
        text: The file.
        ending: Of its name, with the dot.
    """
    return ending in {".json", "", *SAVED} and bool(_KERAS.match(text)) and '"layers"' in text


_LEAST_VALUES = 3
"""Values a line, and lines, from which on a text without an ending of its own is one of separated values."""


def is_delimited(text: str, ending: str) -> bool:
    """Whether a file is of separated values, by its ending or because each line has as many of them."""
    if ending in {".csv", ".tsv", ".tab"}:
        return True
    first, *rest = text.removeprefix("\ufeff").strip().split("\n", _LEAST_VALUES)
    delimiter = max(",;\t", key=first.count)
    if (
        ending not in {"", ".txt"}
        or len(rest) < _LEAST_VALUES - 1
        or any(line.count(delimiter) < _LEAST_VALUES - 1 for line in (first, *rest[:2]))
    ):
        return False
    import csv

    try:
        rows = [row for row in csv.reader(text.splitlines(), delimiter=delimiter) if row]
    except csv.Error:
        return False
    return len({len(row) for row in rows}) == 1 and len(rows[0]) >= _LEAST_VALUES


def is_html(text: str, ending: str) -> bool:
    """Whether a file is a page of HTML, by its ending or by how it begins."""
    return ending in {".html", ".htm", ".xhtml"} or _PAGE.match(text) is not None


def is_latex(text: str, ending: str) -> bool:
    """Whether a file is LaTeX, by its ending or because a tabular stands in it outside of code."""
    if ending in {".tex", ".latex", ".ltx"}:
        return True
    return ending in {"", ".txt"} and TABULAR.search(text) is not None
